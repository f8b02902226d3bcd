//! Payments: the list with the unclear ones first, by state, way, day or number.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use catalogue::service::PaymentMethod;
use kernel::{Page, PageRequest, Permission};
use maud::{Markup, html};
use ordering::payment::PaymentState;
use ordering::payment::browse::{self, Filter, Listed, Way};
use reconciliation::Day;
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, next_href};
use super::payment_view::{marks, purpose, state};
use super::words;
use crate::app::App;
use crate::edge::{Refused, form as posted, seal};
use crate::i18n::PayDesk;
use crate::ui::console::ConsoleNav;
use crate::ui::form::{Choice, Field};
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, banner, button_link, card, empty, link, money, time};

pub(super) const PATH: &str = "/console/payments";
pub(super) const NAV: ConsoleNav = ConsoleNav::Payments;
/// Unclear payments shown above the list; their own view has all.
const FEW: u16 = 20;
/// In the address, payments that no gateway had a part in; no gateway is called so.
const BALANCE: &str = "balance";

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadOrders, page)
}

/// The state of the list is its address.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    q: Option<String>,
    state: Option<String>,
    /// A way to pay.
    way: Option<String>,
    unclear: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

fn text(field: Option<&String>) -> &str {
    field.map_or("", |text| text.trim())
}

impl Wish {
    fn filter(&self) -> Filter {
        let way = match text(self.way.as_ref()) {
            _ if self.is_unclear() => Way::Unclear,
            "" => Way::Any,
            BALANCE => Way::Balance,
            name => Way::Gateway(name.to_owned()),
        };
        Filter {
            state: PaymentState::from_name(text(self.state.as_ref())),
            way,
            from: Day::parse(text(self.from.as_ref())).map(Day::begins_at),
            to: Day::parse(text(self.to.as_ref())).map(Day::ends_at),
        }
    }

    fn is_unclear(&self) -> bool {
        !text(self.unclear.as_ref()).is_empty()
    }

    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("state", text(self.state.as_ref())),
            ("way", text(self.way.as_ref())),
            ("unclear", if self.is_unclear() { "1" } else { "" }),
            ("from", text(self.from.as_ref())),
            ("to", text(self.to.as_ref())),
        ]
    }

    /// Nothing was asked for: the page that opens first.
    fn is_first(&self) -> bool {
        self.after.is_none() && self.pairs().iter().all(|(_, value)| value.is_empty())
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let sought = text(wish.q.as_ref());
    if let Some(id) = browse::find(&app.payments, &staff.actor, sought).await? {
        return Ok(posted::see_other(&format!("{PATH}/{id}")));
    }
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let list = format!("console.payments.{:?}", wish.pairs());
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = browse::list(&app.cx, &staff.actor, &wish.filter(), request).await?;
    let unclear = if wish.is_first() {
        let filter = Filter { way: Way::Unclear, ..Filter::default() };
        browse::list(&app.cx, &staff.actor, &filter, PageRequest::new(None, FEW)).await?.items
    } else {
        Vec::new()
    };
    let next = next_href(&app, &list, PATH, &wish.pairs(), next);
    let first = wish.after.as_deref().map(|_| frame::href(PATH, &wish.pairs()));
    let gateways: Vec<&str> = app.payments.gateways.names().collect();
    let (cx, t) = (&frame.cx, PayDesk::of(frame.cx.locale));
    let body = html! {
        @if !sought.is_empty() { (banner::banner(Kind::Warn, t.not_found, html! {})) }
        (views(cx, &wish))
        (filters(cx, &wish, &gateways))
        @if !unclear.is_empty() { (card::card("unclear", t.unclear_first, None, rows(cx, t.unclear_first, &unclear))) }
        (rows(cx, t.title, &items))
        (table::pager(cx, first.as_deref(), next.as_deref()))
    };
    let tools =
        html! { (search(t, sought)) (button_link("/console/payments/figures", t.figures, "sec small")) };
    Ok(frame.page(t.title, NAV, tools, body).into_response())
}

fn search(t: &PayDesk, text: &str) -> Markup {
    html! {
        form role="search" action=(PATH) aria-label=(t.search) {
            label.vh for="q" { (t.search) }
            input.in #q name="q" value=(text) maxlength="128" placeholder=(t.search) autocomplete="off";
            button.btn.sec.small { (t.btn_search) }
        }
    }
}

fn views(cx: &PageCx, wish: &Wish) -> Markup {
    let t = PayDesk::of(cx.locale);
    let current = text(wish.state.as_ref());
    let view = |label, name: &str, unclear: &str| {
        let mut pairs = wish.pairs();
        for (key, value) in &mut pairs {
            match *key {
                "state" => *value = name,
                "unclear" => *value = unclear,
                _ => {}
            }
        }
        let is_current = current == name && wish.is_unclear() != unclear.is_empty();
        View { label, href: frame::href(PATH, &pairs), count: None, current: is_current }
    };
    let all = [
        view(t.all, "", ""),
        view(t.unclear, "", "1"),
        view(t.open, PaymentState::Open.name(), ""),
        view(t.authorised, PaymentState::Authorised.name(), ""),
        view(t.paid, PaymentState::Paid.name(), ""),
        view(t.closed, PaymentState::Closed.name(), ""),
    ];
    table::views(cx, &all)
}

/// Way and days; the state is kept.
fn filters(cx: &PageCx, wish: &Wish, gateways: &[&str]) -> Markup {
    let t = PayDesk::of(cx.locale);
    let names = gateways.iter().copied().chain([PaymentMethod::Balance.name()]);
    let ways: Vec<Choice<'_>> =
        names.map(|name| Choice::new(name, words::gateway(name, cx.locale))).collect();
    let state = text(wish.state.as_ref());
    table::filter_bar(
        cx,
        PATH,
        html! {
            @if !state.is_empty() { input type="hidden" name="state" value=(state); }
            (Field::new("way", t.gateway).value(text(wish.way.as_ref())).optional().select(cx, &ways))
            (Field::new("from", t.from).value(text(wish.from.as_ref())).optional().date(cx, None, None))
            (Field::new("to", t.to).value(text(wish.to.as_ref())).optional().date(cx, None, None))
        },
    )
}

fn rows(cx: &PageCx, caption: &str, items: &[Listed]) -> Markup {
    let t = PayDesk::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.none, None);
    }
    let row = |one: &Listed| {
        let target = format!("{PATH}/{}", one.payment.id);
        Row::new(vec![
            link(&target, &one.payment.id.to_string()),
            purpose(cx, one.payment.purpose),
            html! { @match &one.gateway { Some(name) => { (words::gateway(name, cx.locale)) } None => { "—" } } },
            money::money(one.payment.amount),
            state(cx, one.payment.state),
            marks(cx, [one.is_unclear, one.is_overpaid, one.is_disputed]),
            time::stamp(cx, one.payment.created_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.payment),
        Column::new(t.purpose),
        Column::new(t.gateway),
        Column::number(t.amount),
        Column::new(t.state),
        Column::new(t.marks),
        Column::new(t.at),
    ];
    frame::table(cx, caption, columns, items.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::payment::tests::sample;
    use crate::console::tests::each_language;

    #[test]
    fn p12_the_list_marks_what_is_unclear_overpaid_and_disputed() {
        each_language(|cx| {
            let one = |is_unclear, is_overpaid, is_disputed| Listed {
                payment: sample(PaymentState::Paid),
                gateway: Some("card".to_owned()),
                is_unclear,
                is_overpaid,
                is_disputed,
            };
            let t = PayDesk::of(cx.locale);
            let page = rows(cx, t.title, &[one(true, true, true)]).into_string();
            for part in [t.unclear, t.overpaid, t.disputed, "¥100.00", words::gateway("card", cx.locale)] {
                assert!(page.contains(part), "{part}");
            }
            let plain = rows(cx, t.title, &[one(false, false, false)]).into_string();
            assert!(!plain.contains(t.overpaid) && !plain.contains(t.disputed));
            page
        });
    }

    #[test]
    fn what_is_asked_for_stands_in_the_address_and_nonsense_asks_for_nothing() {
        let wish = Wish {
            state: Some("paid".to_owned()),
            way: Some("balance".to_owned()),
            from: Some("2026-11-21".to_owned()),
            to: Some("2026-11-21".to_owned()),
            ..Wish::default()
        };
        let filter = wish.filter();
        assert_eq!((filter.state, &filter.way), (Some(PaymentState::Paid), &Way::Balance));
        let (from, to) = (filter.from.unwrap(), filter.to.unwrap());
        assert_eq!(to.since(from), kernel::Duration::from_days(1));
        let nonsense = Wish { state: Some("x".to_owned()), from: Some("'".to_owned()), ..Wish::default() };
        assert_eq!(nonsense.filter(), Filter::default());
        each_language(|cx| views(cx, &wish).into_string());
    }
}
