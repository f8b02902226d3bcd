//! People who lost every second factor: two members of staff check who it is, each with a reason.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::recovery::{self, RecoveryId, RecoveryState, RecoveryView};
use kernel::{AccountId, Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::RecoverWords as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, card, form, status, time};

const PATH: &str = "/console/recoveries";
const LIST: &str = "console.recoveries";
const NAV: ConsoleNav = ConsoleNav::Recoveries;

pub(crate) fn routes() -> Routes {
    let restore = Permission::RestoreAccount;
    Routes::new().get(PATH, restore, page).post("/console/recoveries/{id}/approve", restore, approve).post(
        "/console/recoveries/{id}/refuse",
        restore,
        refuse,
    )
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
    let Page { items, next } = recovery::list(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let of = |item: &RecoveryView| [Some(item.account), item.first_by, item.second_by];
    let people = People::load(app, staff, items.iter().flat_map(of).flatten()).await?;
    let t = Words::of(frame.cx.locale);
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (rows(&frame.cx, &people, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        @for item in items.iter().filter(|item| item.state == RecoveryState::Waiting) {
            (decision(&frame.cx, &people, item, &tried))
        }
    };
    Ok(frame.form_page(t.desk, NAV, &tried, body))
}

fn rows(cx: &PageCx, people: &People, items: &[RecoveryView]) -> Markup {
    let t = Words::of(cx.locale);
    let who =
        |id: Option<AccountId>| html! { @match id { Some(id) => { (people.name(id)) } None => { "—" } } };
    let row = |item: &RecoveryView| {
        Row::new(vec![
            people.customer(item.account),
            state(cx, item.state),
            time::stamp(cx, item.created_at),
            who(item.first_by),
            who(item.second_by),
            time::stamp(cx, item.opens_at),
        ])
    };
    let columns = [t.account, t.state, t.asked, t.first, t.second, t.approved_from].map(Column::new).into();
    frame::table(cx, t.desk, columns, items.iter().map(row).collect())
}

fn state(cx: &PageCx, state: RecoveryState) -> Markup {
    let t = Words::of(cx.locale);
    match state {
        RecoveryState::Waiting => status::tag(Kind::Warn, t.s_waiting),
        RecoveryState::Approved => status::tag(Kind::Info, t.s_approved),
        RecoveryState::Refused => status::tag(Kind::Bad, t.s_refused),
        RecoveryState::Stopped => status::tag(Kind::Bad, t.s_stopped),
        RecoveryState::Done => status::tag(Kind::Ok, t.s_done),
    }
}

fn decision(cx: &PageCx, people: &People, item: &RecoveryView, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let (id, control) = (format!("decide-{}", item.id), format!("reason_{}", item.id));
    card::card(
        &id,
        &people.name(item.account),
        None,
        html! {
            p { (item.reason) }
            p.muted { (t.decide_note) }
            (form::form(cx, &format!("{id}-form"), &format!("{PATH}/{}/approve", item.id), None, html! {
                (frame::reason_field(cx, tried, &control))
                div.acts {
                    button.btn { (t.btn_approve) }
                    button.btn.danger formaction={ (PATH) "/" (item.id) "/refuse" } { (t.btn_refuse) }
                }
            }))
        },
    )
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: RecoveryId = frame::id(&id)?;
    let control = format!("reason_{id}");
    let result = match frame::reason(&form, &control) {
        Ok(reason) => {
            recovery::approve(&app.cx, &staff.actor, id, reason).await.map(|_| ()).map_err(Refused::from)
        }
        Err(refused) => Err(refused),
    };
    after(&app, &staff, &form, &control, result).await
}

async fn refuse(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: RecoveryId = frame::id(&id)?;
    let control = format!("reason_{id}");
    let result = match frame::reason(&form, &control) {
        Ok(reason) => recovery::refuse(&app.cx, &staff.actor, id, reason).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    after(&app, &staff, &form, &control, result).await
}

async fn after(
    app: &App,
    staff: &Staff,
    form: &PostForm,
    control: &str,
    result: Result<(), Refused>,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}?done=decided"));
    let wish = Wish::default();
    frame::answer(target, form, control, |tried| show(app, staff, &wish, tried)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_frame};

    #[test]
    fn who_agreed_and_what_is_asked_for_stands_on_the_page() {
        each_frame(|frame| {
            let item = RecoveryView {
                id: RecoveryId(5),
                account: AccountId(7),
                state: RecoveryState::Waiting,
                reason: "手机丢失，恢复码也在手机里".to_owned(),
                first_by: Some(AccountId(8)),
                second_by: None,
                opens_at: NOW,
                expires_at: NOW,
                created_at: NOW,
            };
            let people = People::default();
            let page = decision(&frame.cx, &people, &item, &Tried::default()).into_string();
            assert!(page.contains("手机丢失") && page.contains("/approve") && page.contains("/refuse"));
            page + &rows(&frame.cx, &people, &[item]).into_string()
        });
    }
}
