//! Rules of the risk engine: writing one, running it beside, trying it on the days past, and making it live with a second person (R3).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{FieldError, Page, Permission, Text};
use maud::{Markup, html};
use risk::rule::{self, DryRunId, NewRule, Rule, RuleId, RuleState};
use risk::{Outcome, Point};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, next_href};
use super::risk_parts::bar;
use super::risk_rule_view::{self as page_of, state};
use super::risk_view::outcome;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{RiskRules as Words, RiskWork};
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, banner, card, empty, link, time};

pub(super) const PATH: &str = "/console/risk/rules";
const NAV: ConsoleNav = ConsoleNav::RiskRules;
const LIST: &str = "console.risk.rules";
/// A dry run from the page looks back a week.
const DAYS: i64 = 7;
/// Where a rule may be asked: everywhere but at a sign-in, which has a model of its own.
const POINTS: [Point; 6] = [
    Point::Payment,
    Point::Transfer,
    Point::Withdrawal,
    Point::Refund,
    Point::Register,
    Point::ContactChange,
];
const OUTCOMES: [Outcome; 4] = [Outcome::Review, Outcome::StepUp, Outcome::Deny, Outcome::Notify];

pub(crate) fn routes() -> Routes {
    let (read, manage) = (Permission::ReadRisk, Permission::ManageRisk);
    Routes::new()
        .get(PATH, read, page)
        .post(PATH, manage, draft)
        .get("/console/risk/rules/{id}", read, one)
        .post("/console/risk/rules/{id}/ask", manage, ask)
        .post("/console/risk/rules/{id}/approve", manage, approve)
        .post("/console/risk/rules/{id}/decline", manage, decline)
        .post("/console/risk/rules/{id}/try", manage, dry_run)
        .get("/console/risk/rules/{id}/runs/{run}", read, run)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show_list(&app, &staff, &wish, Tried::default()).await
}

async fn show_list(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = rule::list(&app.cx, &staff.actor, &request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let cx = &frame.cx;
    let body = html! {
        (bar(cx, PATH))
        (rows(cx, &items))
        (table::pager(cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        (card::card("draft", Words::of(cx.locale).draft, None, html! {
            @if cx.may(Permission::ManageRisk) { (draft_form(cx, &tried)) }
            @else { p.muted { (RiskWork::of(cx.locale).manage_needs) } }
        }))
        (page_of::names(cx))
    };
    Ok(frame.form_page(RiskWork::of(cx.locale).rules, NAV, &tried, body))
}

fn rows(cx: &PageCx, items: &[Rule]) -> Markup {
    let t = Words::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.empty, None);
    }
    let row = |rule: &Rule| {
        let target = format!("{PATH}/{}", rule.id);
        Row::new(vec![
            link(&target, rule.rule.name.get(cx.locale)),
            html! { code { (rule.rule.code) } },
            html! { span.num { (rule.number) } },
            state(cx, rule.state),
            html! { @match &rule.wanted { Some(wanted) => { (state(cx, wanted.state)) } None => { "—" } } },
            html! { (page_of::points(cx, rule)) },
            outcome(cx, rule.rule.outcome),
            time::stamp(cx, rule.made_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.name),
        Column::new(t.code),
        Column::number(t.number),
        Column::new(t.state),
        Column::new(t.wanted),
        Column::new(t.points),
        Column::new(t.outcome),
        Column::new(t.made),
    ];
    frame::table(cx, RiskWork::of(cx.locale).rules, columns, items.iter().map(row).collect())
}

fn draft_form(cx: &PageCx, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let outcomes: Vec<Choice<'_>> =
        OUTCOMES.iter().map(|one| Choice::new(one.name(), one.words(cx.locale))).collect();
    // Each tick is a control of its own, so that it keeps what was chosen.
    let ticks: Vec<(String, Point)> =
        POINTS.iter().map(|point| (format!("point_{}", point.name()), *point)).collect();
    let inside = html! {
        (tried.field("code", t.code).hint(t.code_hint).text(cx, 40))
        (tried.field("name", t.name_zh).text(cx, 80))
        (tried.field("name_en", t.name_en).text(cx, 80))
        div.field.bad[tried.error("points").is_some()] {
            fieldset #f-points tabindex="-1" {
                legend { (t.points) }
                @if let Some(wrong) = tried.error("points") { p.err { (wrong) } }
                // One is enough: none of them is demanded by itself.
                div.ticks { @for (name, point) in &ticks {
                    (tried.field(name, point.words(cx.locale)).optional().checkbox(cx, html! { (point.words(cx.locale)) }))
                } }
            }
        }
        (tried.field("outcome", t.outcome).select(cx, &outcomes))
        (tried.field("source", t.source).hint(t.source_hint).textarea(cx, 1000))
        button.btn { (t.btn_draft) }
    };
    form::form(cx, "draft-form", PATH, None, inside)
}

async fn draft(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let points = POINTS.into_iter().filter(|point| form.get(&format!("point_{}", point.name())) == "true");
    let outcome = Outcome::from_name(form.get("outcome")).ok_or_else(|| {
        let words = ("选择命中结果", "Choose the outcome");
        Refused::from(EdgeError::Shape {
            fields: vec![FieldError::new("/outcome", "web.choice_needed", words.0, words.1)],
        })
    });
    let target = match outcome {
        Ok(outcome) => {
            let new = NewRule {
                code: form.get("code").trim().to_owned(),
                name: Text::new(form.get("name").trim(), form.get("name_en").trim()),
                points: points.collect(),
                source: form.get("source").to_owned(),
                outcome,
            };
            let result = rule::draft(&app.cx, &staff.actor, &new).await;
            result.map(|id| format!("{PATH}/{id}?done=draft")).map_err(Refused::from)
        }
        Err(refused) => Err(refused),
    };
    frame::answer(target, &form, "source", async |tried| {
        show_list(&app, &staff, &Wish::default(), tried).await
    })
    .await
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, frame::id(&id)?, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: RuleId,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let rule = rule::show(&app.cx, &staff.actor, id).await?;
    let figures = rule::figures(&app.cx, &staff.actor, id).await?;
    let named = [rule.made_by].into_iter().chain(rule.wanted.as_ref().map(|wanted| wanted.by));
    let people = People::load(app, staff, named).await?;
    let cx = &frame.cx;
    let body = html! {
        @if done.is_some() { (banner::banner(Kind::Ok, RiskWork::of(cx.locale).done, html! {})) }
        (bar(cx, PATH))
        (page_of::detail(cx, &people, &rule, figures, &tried))
    };
    let title = rule.rule.name.get(cx.locale).to_owned();
    Ok(frame.form_page(&title, NAV, &tried, body))
}

async fn after(
    app: &App,
    staff: &Staff,
    id: RuleId,
    form: &PostForm,
    result: Result<(), risk::Error>,
    focus: &str,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done=yes")).map_err(Refused::from);
    frame::answer(target, form, focus, |tried| show(app, staff, id, tried, None)).await
}

async fn ask(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    // What is no state is refused as a change that cannot be made.
    let result = match RuleState::from_name(form.get("to")) {
        Some(to) => rule::ask(&app.cx, &staff.actor, id, to, form.get("ask_reason")).await.map(drop),
        None => Err(risk::Error::WrongState),
    };
    after(&app, &staff, id, &form, result, "ask_reason").await
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = rule::approve(&app.cx, &staff.actor, id).await.map(drop);
    after(&app, &staff, id, &form, result, "decline_reason").await
}

async fn decline(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = frame::id(&id)?;
    let result = rule::decline(&app.cx, &staff.actor, id, form.get("decline_reason")).await;
    after(&app, &staff, id, &form, result, "decline_reason").await
}

async fn dry_run(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: RuleId = frame::id(&id)?;
    let result = rule::dry_run(&app.cx, &staff.actor, id, DAYS).await;
    let target = result.map(|run| format!("{PATH}/{id}/runs/{run}")).map_err(Refused::from);
    frame::answer(target, &form, "source", |tried| show(&app, &staff, id, tried, None)).await
}

async fn run(
    State(app): State<App>,
    staff: Staff,
    Path((id, run)): Path<(String, String)>,
) -> Result<Markup, Refused> {
    let (id, run): (RuleId, DryRunId) = (frame::id(&id)?, frame::id(&run)?);
    let frame = Frame::load(&app, &staff).await?;
    let dry = rule::show_dry_run(&app.cx, &staff.actor, run).await?;
    if dry.rule != id {
        return Err(EdgeError::NotFound.into());
    }
    let rule = rule::show(&app.cx, &staff.actor, id).await?;
    let cx = &frame.cx;
    let body = html! { (bar(cx, PATH)) (page_of::run(cx, &rule, &dry)) };
    Ok(frame.page(Words::of(cx.locale).dry, NAV, html! {}, body))
}
