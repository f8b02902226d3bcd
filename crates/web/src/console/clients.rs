//! Every program that calls with a key: whose it is, what it may, when it was last heard of; and ending one.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::client::{self, ClientView};
use kernel::{Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::KeyWords as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Column, Row};
use crate::ui::{self, Kind, PageCx, role, status, time};

const PATH: &str = "/console/clients";
const LIST: &str = "console.clients";
const NAV: ConsoleNav = ConsoleNav::Clients;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageClients;
    Routes::new().get(PATH, manage, page).post("/console/clients/{id}/revoke", manage, revoke)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = client::list_all(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let t = Words::of(frame.cx.locale);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (rows(&frame.cx, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        p { (ui::link("/me/keys", t.new)) }
    };
    Ok(frame.form_page(t.console_title, NAV, &tried, body))
}

fn rows(cx: &PageCx, items: &[ClientView]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |one: &ClientView| {
        let scopes: Vec<&str> = one.scopes.iter().map(|scope| role::permission(scope, cx.locale)).collect();
        let used = one.keys.iter().filter_map(|key| key.used_at).max();
        let expires = one.keys.iter().map(|key| key.expires_at).max();
        let at = |at: Option<kernel::Timestamp>| {
            html! {
                @match at { Some(at) => { (time::stamp(cx, at)) } None => { span.muted { (t.never) } } }
            }
        };
        Row::new(vec![
            html! { (one.name) br; span.num.muted { (one.id) } },
            html! { span.num { (one.owner) } },
            html! { @if one.party == one.owner { "—" } @else { span.num { (one.party) } } },
            html! { (scopes.join(" · ")) },
            at(used),
            at(expires),
            html! {
                @if one.revoked_at.is_some() { (status::tag(Kind::Bad, t.revoked)) }
                @else { (ui::post_button(cx, &format!("{PATH}/{}/revoke", one.id), t.btn_revoke, "text", &[])) }
            },
        ])
    };
    let columns = [t.name, t.owner, t.party, t.scopes, t.used, t.expires, t.act].map(Column::new).into();
    frame::table(cx, t.console_title, columns, items.iter().map(row).collect())
}

async fn revoke(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let result = client::revoke(&app.cx, &staff.actor, frame::id(&id)?).await;
    let target = result.map(|()| format!("{PATH}?done=decided")).map_err(Refused::from);
    let wish = Wish::default();
    frame::answer(target, &form, "name", |tried| show(&app, &staff, &wish, tried)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_frame};
    use identity::client::{ClientId, KeyId, KeyView};
    use kernel::{AccountId, Permissions};

    #[test]
    fn a_client_shows_whose_it_is_and_when_it_was_last_heard_of() {
        each_frame(|frame| {
            let key = KeyView {
                id: KeyId(3),
                hint: "Ab3d".to_owned(),
                created_at: NOW,
                expires_at: NOW,
                used_at: None,
            };
            let one = ClientView {
                id: ClientId(9),
                owner: AccountId(7),
                party: AccountId(8),
                name: "收银系统".to_owned(),
                scopes: Permissions::of(&[Permission::ActAsCustomer]),
                revoked_at: None,
                created_at: NOW,
                keys: vec![key],
            };
            let page = rows(&frame.cx, &[one]).into_string();
            assert!(page.contains("收银系统") && page.contains(Words::of(frame.cx.locale).never));
            page
        });
    }
}
