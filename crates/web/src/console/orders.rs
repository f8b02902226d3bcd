//! 订单队列: saved views with counts, filters in the URL, fifty rows a page by keyset (S1); and the orders that are late (O9).

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kernel::{AccountId, Page, Permission, parse_order_number};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{Order, OrderState, Which, query};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, href, next_href};
use super::words;
use crate::app::App;
use crate::edge::{Refused, form as posted, seal};
use crate::i18n::{Desk, Queue};
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Chip, Column, Row, View};
use crate::ui::{self, Kind, banner, empty, money, time};

const PATH: &str = "/console/orders";
/// Late orders that are shown; more of them are no longer a matter of single orders.
const LATE: u16 = 200;

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadOrders, page).get(
        "/console/late",
        Permission::ReadOrders,
        late_page,
    )
}

/// The state of the list is its address.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    q: Option<String>,
    state: Option<String>,
    customer: Option<String>,
    after: Option<String>,
}

impl Wish {
    fn state(&self) -> Option<OrderState> {
        self.state.as_deref().and_then(OrderState::from_name)
    }

    fn customer(&self) -> Option<AccountId> {
        self.customer.as_deref()?.parse().ok()
    }
}

/// What the page shows.
#[derive(Debug)]
struct Listed {
    wish: Wish,
    orders: Vec<Order>,
    open: Vec<(OrderState, i64)>,
    next: Option<String>,
    unknown: bool,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let text = wish.q.clone().unwrap_or_default();
    let text = text.trim();
    if let Some(target) = found(&app, &staff, text).await? {
        return Ok(posted::see_other(&target));
    }
    let frame = Frame::load(&app, &staff).await?;
    let list = format!("console.orders.{:?}.{:?}", wish.state, wish.customer);
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = match wish.customer() {
        Some(customer) => query::list_of(&app.cx, &staff.actor, customer, Which::All, &request).await?,
        None => query::queue(&app.cx, &staff.actor, wish.state(), &request).await?,
    };
    let filters = [
        ("state", wish.state.as_deref().unwrap_or_default()),
        ("customer", wish.customer.as_deref().unwrap_or_default()),
    ];
    let listed = Listed {
        next: next_href(&app, &list, PATH, &filters, next),
        open: query::open_by_state(&app.cx, &staff.actor).await?,
        unknown: !text.is_empty(),
        orders: items,
        wish,
    };
    let people = People::of_orders(&app, &staff, &listed.orders).await?;
    let t = Queue::of(frame.cx.locale);
    let tools = search(t, text);
    Ok(frame.page(t.title, ConsoleNav::Orders, tools, view(&frame, &listed, &people)).into_response())
}

/// Where a searched number leads: an order's page, a customer's orders; nowhere when it is neither.
async fn found(app: &App, staff: &Staff, text: &str) -> Result<Option<String>, Refused> {
    if let Ok(customer) = text.parse::<AccountId>() {
        return Ok(Some(href(PATH, &[("customer", &customer.to_string())])));
    }
    let Some(id) = text.parse::<OrderId>().ok().or_else(|| parse_order_number(text).map(OrderId)) else {
        return Ok(None);
    };
    match query::get(&app.cx, &staff.actor, id).await {
        Ok(order) => Ok(Some(format!("{PATH}/{}", order.id))),
        Err(ordering::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn search(t: &Queue, text: &str) -> Markup {
    html! {
        form role="search" action=(PATH) {
            label.vh for="q" { (t.search) }
            input.in #q name="q" value=(text) maxlength="60" placeholder=(t.search) autocomplete="off";
            button.btn.sec.small { (t.search_label) }
        }
    }
}

fn view(frame: &Frame, listed: &Listed, people: &People) -> Markup {
    let cx = &frame.cx;
    let t = Queue::of(cx.locale);
    let wish = &listed.wish;
    let (state, customer) = (wish.state(), wish.customer());
    let mut labels = Vec::new();
    if let Some(state) = state.filter(|_| customer.is_none()) {
        labels.push(t.of_state(words::order_state(state, cx.locale).1));
    }
    if let Some(customer) = customer {
        labels.push(t.of_customer(&people.name(customer)));
    }
    let chips: Vec<Chip<'_>> = labels.iter().map(|label| Chip { label, without: PATH.to_owned() }).collect();
    html! {
        @if listed.unknown { (banner::banner(Kind::Warn, t.unknown, html! {})) }
        (table::views(cx, &views(frame, listed)))
        (table::chips(cx, &chips, PATH))
        @if listed.orders.is_empty() {
            (empty::empty(t.empty, Some(ui::button_link(PATH, t.refresh, "sec"))))
        } @else {
            (rows(frame, t.title, &listed.orders, people))
            (table::pager(cx, wish.after.as_deref().map(|_| PATH), listed.next.as_deref()))
            p.muted.sm.js-only { (t.keys) }
        }
    }
}

fn views<'a>(frame: &Frame, listed: &Listed) -> Vec<View<'a>> {
    let locale = frame.cx.locale;
    let t = Queue::of(locale);
    let none = listed.wish.state().is_none() && listed.wish.customer().is_none();
    let mut out = vec![View { label: t.all, href: PATH.to_owned(), count: None, current: none }];
    for &state in OrderState::ALL {
        let open = listed.open.iter().find(|(of, _)| *of == state).map(|(_, count)| *count);
        out.push(View {
            label: words::order_state(state, locale).1,
            href: href(PATH, &[("state", state.name())]),
            count: open.and_then(|count| u64::try_from(count).ok()),
            current: listed.wish.state() == Some(state),
        });
    }
    out.push(View { label: t.late, href: "/console/late".to_owned(), count: None, current: false });
    out
}

/// Orders as rows; also for the page of a customer.
pub(crate) fn rows(frame: &Frame, caption: &str, orders: &[Order], people: &People) -> Markup {
    let cx = &frame.cx;
    let d = Desk::of(cx.locale);
    let row = |order: &Order| {
        let (number, target) = (order.number(), format!("{PATH}/{}", order.id));
        let due = if order.state.is_final() {
            html! { span.muted { "—" } }
        } else {
            words::clock(cx, order.placed_at, order.due_at)
        };
        Row::new(vec![
            html! { a.num href=(target) { (number) } },
            html! { (order.title.get(cx.locale)) },
            people.customer(order.customer),
            money::money(order.total),
            words::order_tag(order.state, cx.locale),
            words::money_tag(order.money, cx.locale),
            due,
            time::stamp(cx, order.placed_at),
            html! { a.btn.sec.small href=(target) aria-label=(d.select_order(&number)) { (d.btn_open) } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(d.order),
        Column::new(d.service),
        Column::new(d.customer),
        Column::number(d.amount),
        Column::new(d.state),
        Column::new(d.money),
        Column::new(d.due),
        Column::new(d.placed),
        Column::new(d.action),
    ];
    let rows = orders.iter().map(row).collect();
    frame::table(cx, caption, columns, rows)
}

async fn late_page(State(app): State<App>, staff: Staff) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let orders = fulfilment::level::late_orders(&app.cx, &staff.actor, LATE).await?;
    let people = People::of_orders(&app, &staff, &orders).await?;
    let t = Queue::of(frame.cx.locale);
    Ok(frame.page(t.late_title, ConsoleNav::Orders, html! {}, late_view(&frame, &orders, &people)))
}

fn late_view(frame: &Frame, orders: &[Order], people: &People) -> Markup {
    let t = Queue::of(frame.cx.locale);
    html! {
        p.muted { (t.late_intro) " " (ui::link(PATH, t.title)) }
        @if orders.is_empty() { (empty::empty(t.late_empty, None)) }
        @else { (rows(frame, t.late_title, orders, people)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_frame, order};

    #[test]
    fn the_queue_shows_number_state_money_and_deadline_in_words() {
        each_frame(|frame| {
            let listed = Listed {
                wish: Wish { state: Some("in_progress".to_owned()), ..Wish::default() },
                orders: vec![order()],
                open: vec![(OrderState::InProgress, 7)],
                next: Some("/console/orders?after=x".to_owned()),
                unknown: true,
            };
            let page = view(frame, &listed, &People::default()).into_string();
            assert!(page.contains(&order().number()) && page.contains("¥1,300.00"));
            assert!(page.contains("/console/orders?state=fallout") && page.contains("/console/late"));
            assert!(page.contains(r#"rel="next""#));
            page
        });
    }

    #[test]
    fn an_empty_queue_says_so_and_leads_back_to_all_orders() {
        each_frame(|frame| {
            let page = late_view(frame, &[], &People::default()).into_string();
            assert!(page.contains(Queue::of(frame.cx.locale).late_empty));
            page
        });
    }
}
