//! The message centre: news of orders, newest first, marked as read when opened.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use notify::{InboxMessage, MessageId};

use super::account::After;
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::MessageWords;
use crate::ui::{self, Kind, Nav, Page, PageCx, card, empty, shell, status, table, time};

/// Messages of one page.
const LISTED: u16 = 20;
const LIST: &str = "portal.messages";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/messages", get(show))
        .route("/messages/read", post(read_all))
        .route("/messages/{id}/read", post(read))
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let wanted = seal::page(&app, LIST, after.after.as_deref(), None, LISTED)?;
    let found = notify::list_inbox(&app.cx, &visitor.actor, wanted).await?;
    let next = found.next.map(|position| format!("/messages?after={}", seal::cursor(&app, LIST, position)));
    let view = Inbox { messages: &found.items, is_first: after.after.is_none(), next: next.as_deref() };
    Ok(messages_page(&visitor.page(&app).await?, &view).into_response())
}

/// Marks one as read and goes where it leads.
async fn read(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id: MessageId = id.parse().map_err(|_| EdgeError::NotFound)?;
    notify::mark_read(&app.cx, &form.visitor.actor, id).await?;
    let to = if form.has("to") { local_path(form.get("to")) } else { "/messages" };
    Ok(see_other(to))
}

async fn read_all(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    notify::mark_all_read(&app.cx, &form.visitor.actor).await?;
    Ok(see_other("/messages"))
}

/// What `/messages` shows.
#[derive(Debug)]
pub(crate) struct Inbox<'a> {
    pub messages: &'a [InboxMessage],
    pub is_first: bool,
    pub next: Option<&'a str>,
}

/// `/messages`
pub(crate) fn messages_page(cx: &PageCx, view: &Inbox<'_>) -> Markup {
    let t = MessageWords::of(cx.locale);
    let list = html! {
        @if cx.unread > 0 {
            div.acts {
                span.muted { (t.unread_count(cx.unread)) }
                (ui::post_button(cx, "/messages/read", t.btn_all_read, "sec small", &[]))
            }
        }
        (card::plain(html! { ul.rows { @for message in view.messages { (row(cx, message)) } } }))
        (table::pager(cx, (!view.is_first).then_some("/messages"), view.next))
    };
    let body = html! {
        h1 { (t.title) }
        @if view.messages.is_empty() {
            (empty::empty(t.empty, Some(ui::button_link("/services", t.btn_services, "sec"))))
        } @else { (list) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).narrow(), body)
}

fn row(cx: &PageCx, message: &InboxMessage) -> Markup {
    let t = MessageWords::of(cx.locale);
    let unread = message.read_at.is_none();
    let action = format!("/messages/{}/read", message.id);
    let (label, target) = match (&message.content.link, unread) {
        (Some(link), _) => (Some(t.btn_open), link.as_str()),
        (None, true) => (Some(t.btn_read), "/messages"),
        (None, false) => (None, "/messages"),
    };
    html! {
        li.row id=(message.id) {
            div.grow {
                b { (message.content.title) } " "
                @if unread { (status::tag(Kind::Info, t.unread)) }
                p { (message.content.body) }
                div.muted.sm { (time::ago(cx, message.created_at)) }
            }
            @if let Some(label) = label {
                form.inline method="post" action=(action) {
                    (ui::form::csrf(cx))
                    input type="hidden" name="to" value=(target);
                    button.btn.sec.small aria-label={ (label) (cx.pick("：", ": ")) (message.content.title) } { (label) }
                }
            }
        }
    }
}
