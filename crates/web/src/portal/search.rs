//! Search: services by names, synonyms, pinyin; one's own order by its number.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use catalogue::service::ServiceVersion;
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::{Order, query};
use serde::Deserialize;

use super::catalogue::cards;
use super::orders;
use crate::app::App;
use crate::edge::{Refused, Visitor};
use crate::i18n::ServiceWords;
use crate::ui::shell::{self, Nav};
use crate::ui::{Page, PageCx, button_link, card, empty};

/// Longer questions are cut: nobody names a service in a paragraph.
const MAX_CHARS: usize = 100;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/search", get(search))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

async fn search(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Refused> {
    let words: String = asked.q.trim().chars().take(MAX_CHARS).collect();
    let services = if words.is_empty() { Vec::new() } else { app.shelf.search(&words) };
    let order = order(&app, &visitor, &words).await?;
    Ok(page(&visitor.page(&app).await?, &words, &services, order.as_ref()))
}

/// The visitor's own order of this number or id.
async fn order(app: &App, visitor: &Visitor, words: &str) -> Result<Option<Order>, Refused> {
    let number = kernel::parse_order_number(words).map(OrderId);
    let Some(id) = number.or_else(|| words.parse().ok()).filter(|_| visitor.actor.account().is_some()) else {
        return Ok(None);
    };
    match query::get(&app.cx, &visitor.actor, id).await {
        Ok(order) => Ok(Some(order)),
        Err(ordering::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn page(cx: &PageCx, words: &str, services: &[Arc<ServiceVersion>], order: Option<&Order>) -> Markup {
    let t = ServiceWords::of(cx.locale);
    let found = services.len().saturating_add(usize::from(order.is_some()));
    let body = html! {
        h1 { (t.search_title) }
        (shell::search_box(cx, words))
        @if words.is_empty() {
            p.muted { (t.search_hint) }
        } @else if found == 0 {
            (empty::empty(&t.nothing_found(words), Some(button_link("/services", t.title, ""))))
        } @else {
            p.muted role="status" { (t.found(found)) }
        }
        @if let Some(order) = order {
            (card::card("found-orders", t.search_orders, None, card::rows(&[orders::row(cx, order)])))
        }
        @if !services.is_empty() {
            h2 { (t.search_services) }
            (cards(cx, services))
        }
    };
    shell::portal(cx, &Page::new(t.search_title).nav(Nav::Services), body)
}

#[cfg(test)]
mod tests {
    use kernel::Locale;

    use super::*;
    use crate::portal::progress::tests::order;

    #[test]
    fn what_was_asked_is_shown_as_text_and_nothing_found_says_so() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/search", order().placed_at);
            let page = page(&cx, "<b>'; DROP", &[], None).into_string();
            assert!(page.contains("&lt;b&gt;") && !page.contains("<b>'"));
            assert!(super::page(&cx, "x", &[], Some(&order())).into_string().contains(&order().number()));
        }
    }
}
