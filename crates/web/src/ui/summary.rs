//! Check answers (U5): what will be submitted, row by row, each with a way to change it; and what it costs.

use kernel::Money;
use maud::{Markup, html};

use super::{PageCx, money};
use crate::i18n::{Common, Data};

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    pub label: &'a str,
    /// An empty value is shown as 未填写.
    pub value: Markup,
    /// Where it is changed; that page comes straight back here.
    pub change: Option<&'a str>,
}

impl<'a> Answer<'a> {
    pub fn text(label: &'a str, value: &str, change: Option<&'a str>) -> Self {
        Self { label, value: html! { (value) }, change }
    }
}

/// The list of answers. The change link is named in full for screen readers (修改联系电话).
pub fn summary_list(cx: &PageCx, answers: &[Answer<'_>]) -> Markup {
    let t = Common::of(cx.locale);
    html! {
        dl.sum {
            @for answer in answers {
                div {
                    dt { (answer.label) }
                    dd { @if answer.value.0.is_empty() { span.muted { (t.not_filled) } } @else { (answer.value) } }
                    @if let Some(href) = answer.change {
                        dd.act { a href=(href) aria-label=(t.change_what(answer.label)) { (t.btn_change) } }
                    }
                }
            }
        }
    }
}

/// One line of the price.
#[derive(Debug, Clone)]
pub struct PriceLine<'a> {
    pub label: &'a str,
    /// Below the label: quantity, refundable, until when. May be empty.
    pub note: &'a str,
    pub amount: Money,
}

/// What it costs: lines and the total, which is always visible before paying.
pub fn price_table(cx: &PageCx, lines: &[PriceLine<'_>], total: Money) -> Markup {
    let t = Common::of(cx.locale);
    html! {
        table.price {
            caption.vh { (Data::of(cx.locale).fees) }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" {
                            (line.label)
                            @if !line.note.is_empty() { span.muted.sm { (line.note) } }
                        }
                        td.r { (money::money(line.amount)) }
                    }
                }
            }
            tfoot { tr { th scope="row" { (t.amount_due) } td.r { (money::large(total)) } } }
        }
    }
}
