//! The customer's orders: all, open, ended; and doing one again.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use ordering::NewLine;
use ordering::draft::{self, Change};
use ordering::order::{Line, Order, Which, query};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::filling::fitting;
use super::orderside::{id, order_path};
use super::standing;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::OrderPages;
use crate::ui::shell::{self, Nav};
use crate::ui::table::{View, pager, views};
use crate::ui::{Page, PageCx, button_link, card, empty, money, status, time};

/// Orders of one page.
const ROWS: u16 = 20;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/orders", get(list)).route("/orders/{id}/again", post(again))
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    tab: Option<String>,
    after: Option<String>,
}

impl Wanted {
    fn which(&self) -> Which {
        match self.tab.as_deref() {
            Some("open") => Which::Open,
            Some("ended") => Which::Ended,
            _ => Which::All,
        }
    }
}

/// The name of a tab in addresses and cursors.
const fn name(which: Which) -> &'static str {
    match which {
        Which::All => "all",
        Which::Open => "open",
        Which::Ended => "ended",
    }
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Refused> {
    let which = wanted.which();
    let cursors = format!("orders.{}", name(which));
    let request = seal::page(&app, &cursors, wanted.after.as_deref(), None, ROWS)?;
    let found = query::list_own(&app.cx, &visitor.actor, which, &request).await?;
    let next = found.next.map(|position| {
        format!("/orders?tab={}&after={}", name(which), seal::cursor(&app, &cursors, position))
    });
    let first = wanted.after.is_some().then(|| format!("/orders?tab={}", name(which)));
    let cx = visitor.page(&app).await?;
    Ok(list_page(&cx, which, &found.items, first.as_deref(), next.as_deref()))
}

fn list_page(cx: &PageCx, which: Which, orders: &[Order], first: Option<&str>, next: Option<&str>) -> Markup {
    let t = OrderPages::of(cx.locale);
    let tab = |label, one: Which| View {
        label,
        href: format!("/orders?tab={}", name(one)),
        count: None,
        current: which == one,
    };
    let tabs = [tab(t.tab_all, Which::All), tab(t.tab_open, Which::Open), tab(t.tab_ended, Which::Ended)];
    let why = match which {
        Which::All => t.empty_all,
        Which::Open => t.empty_open,
        Which::Ended => t.empty_ended,
    };
    let rows: Vec<Markup> = orders.iter().map(|order| row(cx, order)).collect();
    let body = html! {
        h1 { (t.list_title) }
        (views(cx, &tabs))
        @if orders.is_empty() {
            (empty::empty(why, Some(button_link("/services", t.browse, ""))))
        } @else {
            (card::plain(card::rows(&rows)))
            (pager(cx, first, next))
        }
    };
    shell::portal(cx, &Page::new(t.list_title).nav(Nav::Orders), body)
}

/// One order in a list: what, number, when, how much, where it stands.
pub(super) fn row(cx: &PageCx, order: &Order) -> Markup {
    let told = standing::brief(cx.locale, order);
    card::row(
        &order_path(order.id),
        html! { (order.title.get(cx.locale)) },
        html! {
            span.num { (order.number()) } " · " (time::stamp(cx, order.placed_at))
            @if !order.total.is_zero() { " · " (money::money(order.total)) }
        },
        status::tag(told.kind, told.word),
    )
}

/// 再办一次: one service becomes a filled-in form, several go into the cart.
async fn again(
    State(app): State<App>,
    Path(order): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let actor = &form.visitor.actor;
    let view = query::view(&app.cx, actor, id(&order)?).await?;
    if let [line] = view.lines.as_slice() {
        let version = app.shelf.service(&line.service).ok_or(EdgeError::NotFound)?;
        let draft = draft::start(&app.cx, actor, &version, &line.offering, line.quantity).await?;
        let change = Change {
            revision: draft.revision,
            offering: None,
            quantity: None,
            answers: answers_again(&version, line),
            emptied: Vec::new(),
        };
        draft::save(&app.cx, actor, draft.id, change).await?;
        return Ok(see_other(&format!("/o/{}/check", draft.id)));
    }
    for line in &view.lines {
        let Some(version) = app.shelf.service(&line.service) else { continue };
        let new = NewLine {
            service: line.service.clone(),
            version: None,
            offering: line.offering.clone(),
            quantity: line.quantity,
            answers: Value::Object(answers_again(&version, line)),
            quote: None,
        };
        ordering::cart::add(&app.cx, &app.shelf, actor, new).await?;
    }
    Ok(see_other("/cart"))
}

/// What was answered then, without the time that is over.
fn answers_again(version: &catalogue::service::ServiceVersion, line: &Line) -> Map<String, Value> {
    let kept = fitting(version.form_for(&line.offering), &line.answers);
    let mut answers = kept.as_object().cloned().unwrap_or_default();
    if let Some(plan) = version.service.slots() {
        answers.remove(&plan.field);
    }
    answers
}

#[cfg(test)]
mod tests {
    use kernel::Locale;

    use super::*;
    use crate::portal::progress::tests::order;

    #[test]
    fn the_list_shows_orders_or_says_why_it_is_empty() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/orders", order().placed_at);
            let full = list_page(&cx, Which::All, &[order()], None, None).into_string();
            assert!(full.contains(&order().number()) && full.contains("¥50.00"));
            for which in [Which::All, Which::Open, Which::Ended] {
                let bare = list_page(&cx, which, &[], None, None).into_string();
                assert!(bare.contains(OrderPages::of(locale).browse));
            }
        }
    }
}
