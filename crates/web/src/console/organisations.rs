//! Organisations as staff see them: who is here, whether the papers were looked at, and stopping one.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::organisation::{
    self as org, Found, OrganisationId, OrganisationKind, OrganisationState, OrganisationView,
};
use kernel::{Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{OrgDesk as Words, OrgWords};
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, card, form, status, time};

const PATH: &str = "/console/organisations";
const LIST: &str = "console.organisations";
const NAV: ConsoleNav = ConsoleNav::Organisations;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageOrganisations;
    Routes::new()
        .get(PATH, manage, page)
        .post(PATH, manage, found)
        .get("/console/organisations/{id}", manage, one)
        .post("/console/organisations/{id}/confirm", manage, confirm)
        .post("/console/organisations/{id}/state", manage, set_state)
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
    let Page { items, next } = org::list(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let t = Words::of(frame.cx.locale);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (rows(&frame.cx, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        (card::card("new", t.new_provider, None, new(&frame.cx, &tried)))
    };
    Ok(frame.form_page(t.title, NAV, &tried, body))
}

fn rows(cx: &PageCx, items: &[OrganisationView]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |one: &OrganisationView| {
        Row::new(vec![
            html! { (one.name) },
            html! { (kind(cx, one.kind)) },
            html! { span.num { (one.code) } },
            state(cx, one.state),
            confirmed(cx, one),
            time::stamp(cx, one.created_at),
        ])
        .href(format!("{PATH}/{}", one.id))
    };
    let columns = [t.name, t.kind, t.code, t.state, t.confirmed, t.since].map(Column::new).into();
    frame::table(cx, t.title, columns, items.iter().map(row).collect())
}

fn kind(cx: &PageCx, kind: OrganisationKind) -> &'static str {
    let t = Words::of(cx.locale);
    match kind {
        OrganisationKind::Enterprise => t.enterprise,
        OrganisationKind::Provider => t.provider,
    }
}

fn state(cx: &PageCx, state: OrganisationState) -> Markup {
    let t = Words::of(cx.locale);
    match state {
        OrganisationState::Active => status::tag(Kind::Ok, t.active),
        OrganisationState::Suspended => status::tag(Kind::Bad, t.suspended),
    }
}

fn confirmed(cx: &PageCx, one: &OrganisationView) -> Markup {
    let t = Words::of(cx.locale);
    if one.confirmed_at.is_some() { status::tag(Kind::Ok, t.yes) } else { status::tag(Kind::Warn, t.no) }
}

fn new(cx: &PageCx, tried: &Tried) -> Markup {
    let (t, words) = (Words::of(cx.locale), OrgWords::of(cx.locale));
    form::form(
        cx,
        "new-provider",
        PATH,
        None,
        html! {
            (tried.field("name", words.name).text(cx, 80))
            (tried.field("code", words.code).hint(words.code_hint).text(cx, 18))
            button.btn.sec { (t.btn_new) }
        },
    )
}

async fn found(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let input = Found {
        kind: OrganisationKind::Provider,
        name: form.get("name").to_owned(),
        code: form.get("code").to_owned(),
    };
    let result = org::found(&app.cx, &staff.actor, input).await;
    let target = result.map(|id| format!("{PATH}/{id}")).map_err(Refused::from);
    let wish = Wish::default();
    frame::answer(target, &form, "name", |tried| show(&app, &staff, &wish, tried)).await
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show_one(&app, &staff, frame::id(&id)?, &wish, Tried::default()).await
}

async fn show_one(
    app: &App,
    staff: &Staff,
    id: OrganisationId,
    wish: &Wish,
    tried: Tried,
) -> Result<Markup, Refused> {
    let found = org::look_at(&app.cx, &staff.actor, id).await?;
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (view(&frame.cx, &found, &tried))
    };
    Ok(frame.form_page(&found.name, NAV, &tried, body))
}

fn view(cx: &PageCx, one: &OrganisationView, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let suspended = one.state == OrganisationState::Suspended;
    let next = if suspended { OrganisationState::Active } else { OrganisationState::Suspended };
    html! {
        (card::plain(html! {
            dl.sum {
                div { dt { (t.kind) } dd { (kind(cx, one.kind)) } }
                div { dt { (t.code) } dd.num { (one.code) } }
                div { dt { (t.state) } dd { (state(cx, one.state)) } }
                div { dt { (t.confirmed) } dd { (confirmed(cx, one)) } }
                div { dt { (t.since) } dd { (time::full(cx, one.created_at)) } }
            }
        }))
        @if one.confirmed_at.is_none() {
            (card::card("confirm", t.confirm, None, form::form(cx, "confirm-form", &format!("{PATH}/{}/confirm", one.id), None, html! {
                (frame::reason_field(cx, tried, "confirm_reason"))
                button.btn { (t.btn_confirm) }
            })))
        }
        (card::card("state", t.suspend, None, html! {
            p.muted { (t.suspend_note) }
            (form::form(cx, "state-form", &format!("{PATH}/{}/state", one.id), None, html! {
                input type="hidden" name="to" value=(next.name());
                (frame::reason_field(cx, tried, "state_reason"))
                button.btn.danger { @if suspended { (t.btn_resume) } @else { (t.btn_suspend) } }
            }))
        }))
    }
}

async fn confirm(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrganisationId = frame::id(&id)?;
    let result = match frame::reason(&form, "confirm_reason") {
        Ok(reason) => org::confirm(&app.cx, &staff.actor, id, reason).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    let target = result.map(|()| format!("{PATH}/{id}?done=decided"));
    let wish = Wish::default();
    frame::answer(target, &form, "confirm_reason", |tried| show_one(&app, &staff, id, &wish, tried)).await
}

async fn set_state(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: OrganisationId = frame::id(&id)?;
    let to = OrganisationState::from_name(form.get("to")).unwrap_or(OrganisationState::Suspended);
    let result = match frame::reason(&form, "state_reason") {
        Ok(reason) => org::set_state(&app.cx, &staff.actor, id, to, reason).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    let target = result.map(|()| format!("{PATH}/{id}?done=decided"));
    let wish = Wish::default();
    frame::answer(target, &form, "state_reason", |tried| show_one(&app, &staff, id, &wish, tried)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_frame};

    #[test]
    fn an_organisation_shows_its_masked_code_and_how_to_stop_it() {
        each_frame(|frame| {
            let one = OrganisationView {
                id: OrganisationId(7),
                kind: OrganisationKind::Enterprise,
                state: OrganisationState::Active,
                name: "长明科技有限公司".to_owned(),
                code: "9135****0Y43".to_owned(),
                confirmed_at: None,
                created_at: NOW,
            };
            let page = view(&frame.cx, &one, &Tried::default()).into_string();
            assert!(page.contains("9135****0Y43") && page.contains("value=\"suspended\""));
            assert!(page.contains(Words::of(frame.cx.locale).btn_confirm));
            page + &rows(&frame.cx, &[one]).into_string()
        });
    }
}
