//! What a demo shows and a real installation never does: the messages that would have been sent.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use notify::{Channel, MessageState, OutboxMessage};

use super::account::After;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor, seal};
use crate::i18n::OutboxWords;
use crate::ui::{self, Kind, Page, PageCx, card, empty, shell, status, table, time};

/// Messages of one page.
const LISTED: u16 = 30;
const LIST: &str = "portal.outbox";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/demo/outbox", get(show))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    let demo = app.outbox.as_ref().ok_or(EdgeError::NotFound)?;
    let wanted = seal::page(&app, LIST, after.after.as_deref(), None, LISTED)?;
    let found = notify::list_outbox(&app.cx, demo, wanted).await?;
    let next =
        found.next.map(|position| format!("/demo/outbox?after={}", seal::cursor(&app, LIST, position)));
    let view = Outbox { messages: &found.items, is_first: after.after.is_none(), next: next.as_deref() };
    Ok(outbox_page(&visitor.page(&app).await?, &view).into_response())
}

/// What `/demo/outbox` shows.
#[derive(Debug)]
pub(crate) struct Outbox<'a> {
    pub messages: &'a [OutboxMessage],
    pub is_first: bool,
    pub next: Option<&'a str>,
}

/// `/demo/outbox`: whom it went to, then what it says; each message has an address of its own (`#msg_…`).
pub(crate) fn outbox_page(cx: &PageCx, view: &Outbox<'_>) -> Markup {
    let t = OutboxWords::of(cx.locale);
    let body = html! {
        h1 { (t.title) }
        p.muted { (t.lead) }
        @if view.messages.is_empty() {
            (empty::empty(t.empty, None))
        } @else {
            (card::plain(html! { ul.rows { @for message in view.messages { (row(cx, message)) } } }))
            (table::pager(cx, (!view.is_first).then_some("/demo/outbox"), view.next))
        }
    };
    shell::portal(cx, &Page::new(t.title).narrow(), body)
}

fn row(cx: &PageCx, message: &OutboxMessage) -> Markup {
    let t = OutboxWords::of(cx.locale);
    let channel = match message.channel {
        Channel::Sms => t.sms,
        Channel::Email => t.email,
        Channel::Inbox => t.inbox,
    };
    let (kind, word) = match message.state {
        MessageState::Queued => (Kind::Info, t.queued),
        MessageState::Sent => (Kind::Ok, t.sent),
        MessageState::Failed => (Kind::Bad, t.failed),
        MessageState::Unconfirmed => (Kind::Warn, t.unconfirmed),
    };
    html! {
        li.row id=(message.id) {
            div.grow {
                p.sm { span.muted { (channel) " · " (t.to) " " } b.num { (message.to) } }
                p { b { (message.content.title) } }
                p { (message.content.body) }
                p.muted.sm {
                    a href={ "#" (message.id) } { (time::ago(cx, message.created_at)) }
                    @if let Some(link) = &message.content.link { " · " (ui::link(link, t.open_link)) }
                }
            }
            div.end { (status::tag(kind, word)) }
        }
    }
}
