//! What a service asks and gives, before the first question (U3).

use maud::{Markup, html};

use super::{Icon, PageCx, icon, ring};
use crate::i18n::Data;

/// The six facts before the start. Each at most two short sentences; empty ones are left out.
#[derive(Debug, Clone, Default)]
pub struct Guide<'a> {
    pub who: &'a str,
    pub need: &'a str,
    pub price: &'a str,
    pub time: &'a str,
    pub refund: &'a str,
    /// Hours in which people are there besides the automatic counter: `(8, 22)`; `None` where none are needed.
    pub staffed: Option<(u8, u8)>,
}

/// The facts as a list with the ring of service hours.
pub fn guide(cx: &PageCx, guide: &Guide<'_>) -> Markup {
    let t = Data::of(cx.locale);
    let facts = [
        (Icon::User, t.guide_who, guide.who),
        (Icon::Document, t.guide_need, guide.need),
        (Icon::Wallet, t.guide_price, guide.price),
        (Icon::Clock, t.guide_time, guide.time),
        (Icon::Repeat, t.guide_refund, guide.refund),
    ];
    let staffed = guide.staffed.map(|(from, to)| t.staffed(from, to));
    let (from, to) = guide.staffed.unwrap_or((0, 0));
    html! {
        div.guide {
            div.hours {
                (ring::hours(from, to, t.hours_ring))
                p { b { (t.self_service) } @if let Some(staffed) = &staffed { br; span.muted.num { (staffed) } } }
            }
            dl {
                @for (picture, term, text) in facts.into_iter().filter(|(_, _, text)| !text.is_empty()) {
                    div { dt { (icon(picture)) (term) } dd { (text) } }
                }
            }
        }
    }
}
