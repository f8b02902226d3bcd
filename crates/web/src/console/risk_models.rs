//! The models of the risk engine: which one scores, which runs beside, and the way back.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Page, Permission};
use maud::{Markup, html};
use risk::registry::{self, Kept, ModelId, ModelState};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, fold, next_href, reason_field};
use super::risk_parts::bar;
use super::risk_thresholds;
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{RiskLists as Words, RiskWork};
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, banner, card, empty, status, time};

pub(super) const PATH: &str = "/console/risk/models";
const NAV: ConsoleNav = ConsoleNav::RiskRules;
const LIST: &str = "console.risk.models";

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageRisk;
    Routes::new().get(PATH, Permission::ReadRisk, page).post("/console/risk/models/back", manage, back).post(
        "/console/risk/models/{id}/change",
        manage,
        change,
    )
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
    #[serde(flatten)]
    capacity: risk_thresholds::Wish,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = registry::list(&app.cx, &staff.actor, &request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let cx = &frame.cx;
    let (worked, wrong) = match wish.capacity.work_out(app, staff).await {
        Ok(worked) => (worked, Vec::new()),
        Err(refused) if refused.is_about_input() => (None, form::errors_of(refused.fields(), cx.locale)),
        Err(refused) => return Err(refused),
    };
    let body = html! {
        @if wish.done.is_some() { (banner::banner(Kind::Ok, RiskWork::of(cx.locale).done, html! {})) }
        (bar(cx, PATH))
        (view(cx, &items, &tried))
        (table::pager(cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        (risk_thresholds::cards(cx, app, &items, (&wish.capacity, worked.as_ref(), &wrong), &tried))
    };
    Ok(frame.form_page(RiskWork::of(cx.locale).models, NAV, &tried, body))
}

fn view(cx: &PageCx, items: &[Kept], tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.no_model, None);
    }
    let manages = cx.may(Permission::ManageRisk);
    let row = |kept: &Kept| {
        let limits = kept.thresholds;
        let mut cells = vec![
            html! { code { "model-" (kept.hash.get(..8).unwrap_or(&kept.hash)) } },
            html! {
                (state(cx, kept.state))
                @if let Some(wanted) = &kept.wanted { p.muted.sm { (t.waits) (wanted.reason) } }
            },
            html! { (time::date(kept.data_from)) " – " (time::date(kept.data_to)) },
            html! { span.num { (limits.step_up) " / " (limits.review) " / " (limits.deny) } },
            time::stamp(cx, kept.made_at),
            html! { @match kept.live_since { Some(at) => { (time::stamp(cx, at)) } None => { "—" } } },
        ];
        if manages {
            cells.push(change_form(cx, kept, tried));
        }
        Row::new(cells)
    };
    let mut columns = vec![
        Column::new(t.version),
        Column::new(RiskWork::of(cx.locale).state),
        Column::new(t.data),
        Column::number(t.thresholds),
        Column::new(t.made_at),
        Column::new(t.live_since),
    ];
    if manages {
        columns.push(Column::new(t.change));
    }
    html! {
        (frame::table(cx, RiskWork::of(cx.locale).models, columns, items.iter().map(row).collect()))
        @if manages {
            (card::card("back", t.back, None, form::form(cx, "back-form", "/console/risk/models/back", None, html! {
                (reason_field(cx, tried, "back_reason"))
                button.btn.sec { (t.btn_back) }
            })))
        }
    }
}

fn state(cx: &PageCx, state: ModelState) -> Markup {
    let kind = match state {
        ModelState::Candidate | ModelState::Retired => Kind::Plain,
        ModelState::Shadow => Kind::Info,
        ModelState::Live => Kind::Ok,
    };
    status::tag(kind, state.words(cx.locale))
}

/// What the operations take from each state.
const fn ways(state: ModelState) -> &'static [&'static str] {
    match state {
        ModelState::Candidate => &["shadow", "promote", "retire"],
        ModelState::Shadow => &["promote", "retire"],
        ModelState::Live => &["retire"],
        ModelState::Retired => &["shadow", "promote"],
    }
}

fn change_form(cx: &PageCx, kept: &Kept, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let word = |act: &str| match act {
        "shadow" => t.shadow,
        "promote" => t.promote,
        _ => t.retire,
    };
    // Each control on the page has a name of its own, so that what is wrong stands beside the right one.
    let (act, reason) = (format!("act_{}", kept.id), format!("reason_{}", kept.id));
    let choices: Vec<Choice<'_>> = ways(kept.state).iter().map(|act| Choice::new(act, word(act))).collect();
    let inside = html! {
        (tried.field(&act, t.act).pills(cx, &choices))
        (reason_field(cx, tried, &reason))
        button.btn.sec.small { (t.btn_change) }
    };
    let form =
        form::form(cx, &format!("form-{}", kept.id), &format!("{PATH}/{}/change", kept.id), None, inside);
    fold(t.change, tried, &reason, form)
}

async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let field = format!("reason_{id}");
    let act = form.get(&format!("act_{id}"));
    let id: ModelId = frame::id(&id)?;
    let (cx, actor, reason) = (&app.cx, &staff.actor, form.get(&field));
    let result = match act {
        "shadow" => registry::shadow(cx, actor, id, reason).await,
        "promote" => registry::promote(cx, actor, id, reason).await.map(drop),
        "retire" => registry::retire(cx, actor, id, reason).await,
        // Nothing chosen is a change that cannot be made.
        _ => Err(risk::Error::WrongState),
    };
    after(&app, &staff, &form, result.map_err(Refused::from), &field).await
}

async fn back(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let result = registry::roll_back(&app.cx, &staff.actor, form.get("back_reason")).await.map(drop);
    let result = result.map_err(Refused::from);
    after(&app, &staff, &form, result, "back_reason").await
}

pub(super) async fn after(
    app: &App,
    staff: &Staff,
    form: &PostForm,
    result: Result<(), Refused>,
    focus: &str,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}?done=yes"));
    frame::answer(target, form, focus, async |tried| show(app, staff, &Wish::default(), tried).await).await
}
