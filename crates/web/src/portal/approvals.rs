//! Checking what colleagues made: the list, one request, agreeing, returning, withdrawing; and the rules of who checks what. Views are in
//! [`super::approvals_view`].

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::organisation::{self as org, MemberView};
use identity::policy::{self, Checker, Level, OnExpiry, Policy, Rule, Subject};
use kernel::{Currency, Money, Role};
use maud::Markup;
use ordering::approval::{self, ApprovalId, PolicyChange, SubjectView};
use ordering::order::Which;
use serde::Deserialize;

use super::approvals_view::{self as view, Names, Sheet};
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::ApprovalWords;

/// Requests of one page.
const ROWS: u16 = 20;
const CURSORS: &str = "approvals";
/// Levels that the form of a rule offers.
pub(crate) const LEVELS: usize = 3;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/org/approvals", get(list))
        .route("/org/approvals/rules", get(rules).post(add_rule))
        .route("/org/approvals/rules/remove", post(remove_rule))
        .route("/org/approvals/{id}", get(look))
        .route("/org/approvals/{id}/approve", post(approve))
        .route("/org/approvals/{id}/return", post(send_back))
        .route("/org/approvals/{id}/withdraw", post(withdraw))
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    tab: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Refused> {
    visitor.account()?;
    let all = wanted.tab.as_deref() == Some("all");
    let which = if all { Which::All } else { Which::Open };
    let request = seal::page(&app, CURSORS, wanted.after.as_deref(), None, ROWS)?;
    let found = approval::list(&app.cx, &visitor.actor, which, &request).await?;
    let tab = if all { "all" } else { "open" };
    let next = found
        .next
        .map(|position| format!("/org/approvals?tab={tab}&after={}", seal::cursor(&app, CURSORS, position)));
    let names = names(&app, &visitor).await?;
    let cx = visitor.page(&app).await?;
    Ok(view::list_page(&cx, &found.items, &names, tab, next.as_deref(), wanted.done.as_deref()))
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(page(&app, &visitor, id(&text)?, "", Trouble::default()).await?.into_response())
}

fn id(text: &str) -> Result<ApprovalId, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    id: ApprovalId,
    reason: &str,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let found = approval::view(&app.cx, &visitor.actor, id).await?;
    let mut answers = Vec::new();
    if let SubjectView::Order(order) = &found.subject {
        for line in &order.lines {
            answers.push(super::progress::answers_of(app, visitor, line).await?);
        }
    }
    let names = names(app, visitor).await?;
    let cx = visitor.page(app).await?;
    Ok(view::request_page(&cx, &Sheet { found: &found, answers: &answers, names: &names, reason, trouble }))
}

/// The names of colleagues by account.
pub(super) async fn names(app: &App, visitor: &Visitor) -> Result<Names, Refused> {
    let members: Vec<MemberView> = org::members(&app.cx, &visitor.actor).await?;
    Ok(Names::of(&members, &services(app, visitor)))
}

/// What can be ordered, by code.
fn services(app: &App, visitor: &Visitor) -> Vec<(String, String)> {
    let all = app.shelf.all();
    let named = all.iter().map(|one| (one.code.clone(), one.service.name.get(visitor.locale).to_owned()));
    named.collect()
}

/// Back to the request with what was done, or the page again with what was in the way.
async fn after(
    app: &App,
    form: &PostForm,
    id: ApprovalId,
    result: Result<(), Refused>,
    done: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(()) => Ok(see_other(&format!("/org/approvals?done={done}"))),
        Err(refused) if refused.leads_away() || refused.kind() == kernel::Kind::NotFound => Err(refused),
        Err(refused) => {
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = page(app, &form.visitor, id, form.get("reason"), trouble).await?;
            reply::again(refused, |_| page, form.visitor.locale)
        }
    }
}

async fn approve(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    let level = form.number("level").unwrap_or(-1);
    let result = approval::approve(&app.cx, &form.visitor.actor, id, level).await;
    after(&app, &form, id, result.map(|_| ()).map_err(Refused::from), "approved").await
}

async fn send_back(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    let result = approval::return_it(&app.cx, &form.visitor.actor, id, form.get("reason")).await;
    after(&app, &form, id, result.map(|_| ()).map_err(Refused::from), "returned").await
}

async fn withdraw(
    State(app): State<App>,
    Path(text): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id = id(&text)?;
    let result = approval::withdraw(&app.cx, &form.visitor.actor, id).await;
    after(&app, &form, id, result.map(|_| ()).map_err(Refused::from), "withdrawn").await
}

async fn rules(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(rules_page(&app, &visitor, &|_| String::new(), Trouble::default()).await?.into_response())
}

async fn rules_page(
    app: &App,
    visitor: &Visitor,
    typed: &(dyn Fn(&str) -> String + Send + Sync),
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let current = policy::current(&app.cx, &visitor.actor).await?;
    let members = org::members(&app.cx, &visitor.actor).await?;
    let services = services(app, visitor);
    let names = Names::of(&members, &services);
    let able = view::Able::of(&members, &super::org::member_roles(app).await?);
    let cx = visitor.page(app).await?;
    Ok(view::rules_page(&cx, &current, &names, &able, &services, typed, &trouble))
}

/// The rule that was filled in.
fn rule(form: &PostForm) -> Result<Rule, Trouble> {
    let t = ApprovalWords::of(form.visitor.locale);
    let subject = match form.get("subject").split_once(':') {
        Some(("service", code)) => Subject::Service(code.to_owned()),
        _ if form.get("subject") == "transfer" => Subject::Transfer,
        _ => Subject::Any,
    };
    let above = Money::parse(form.get("above").trim(), Currency::CNY)
        .map_err(|_| Trouble::field_is("above", t.above_wrong))?;
    let named = (0..LEVELS).filter_map(|level| checker(form.get(&format!("level_{level}"))));
    let levels: Vec<Level> = named.map(|one| Level { checkers: vec![one] }).collect();
    if levels.is_empty() {
        return Err(Trouble::field_is("level_0", t.level_wrong));
    }
    let hours = form.number("lasts").ok_or_else(|| Trouble::field_is("lasts", t.lasts_wrong))?;
    let on_expiry = OnExpiry::from_name(form.get("on_expiry")).unwrap_or(OnExpiry::Reject);
    Ok(Rule { subject, above_minor: above.minor, levels, lasts_hours: hours, on_expiry })
}

fn checker(text: &str) -> Option<Checker> {
    match text.split_once(':')? {
        ("role", name) => Role::from_name(name).map(Checker::Role),
        ("member", id) => id.parse().ok().map(Checker::Member),
        _ => None,
    }
}

async fn add_rule(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let current = policy::current(&app.cx, &form.visitor.actor).await?;
    let trouble = match rule(&form) {
        Ok(rule) => {
            let mut rules = current.rules;
            rules.push(rule);
            let version = form.number("version").unwrap_or(-1);
            match change(&app, &form, Policy { rules, version }).await {
                Err(refused) if !refused.leads_away() => Trouble::of(&refused, form.visitor.locale),
                other => return other,
            }
        }
        Err(trouble) => trouble,
    };
    let typed = |name: &str| form.get(name).to_owned();
    Ok(crate::edge::form::again(rules_page(&app, &form.visitor, &typed, trouble).await?))
}

async fn remove_rule(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let mut current = policy::current(&app.cx, &form.visitor.actor).await?;
    let version = form.number("version").unwrap_or(-1);
    let place = form.number("rule").and_then(|place| usize::try_from(place).ok());
    let place = place.filter(|place| *place < current.rules.len()).ok_or(EdgeError::NotFound)?;
    current.rules.remove(place);
    match change(&app, &form, Policy { version, ..current }).await {
        Err(refused) if !refused.leads_away() => {
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = rules_page(&app, &form.visitor, &|_| String::new(), trouble).await?;
            reply::again(refused, |_| page, form.visitor.locale)
        }
        other => other,
    }
}

async fn change(app: &App, form: &PostForm, wanted: Policy) -> Result<Response, Refused> {
    Ok(match approval::change_policy(&app.cx, &form.visitor.actor, wanted).await? {
        PolicyChange::Changed => see_other("/org/approvals/rules"),
        PolicyChange::Asked(id) => see_other(&format!("/org/approvals/{id}")),
    })
}
