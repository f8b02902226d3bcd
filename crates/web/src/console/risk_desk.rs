//! The review desk: the review with the highest score, everything needed to decide it, three buttons and a reason; then the next opens by
//! itself (R2, R4).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{FieldError, Permission};
use maud::{Markup, html};
use ordering::OrderId;
use risk::case::{self, Choice, Desk};
use risk::decision;
use risk::{DecisionId, Point, ReviewState};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Tried, reason_field};
use super::risk_parts::{amount, bar, row};
use super::risk_view::{outcome, score};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::RiskWork as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::{Kind, PageCx, banner, card, empty, form, link, summary, time};

pub(super) const PATH: &str = "/console/risk/desk";
const NAV: ConsoleNav = ConsoleNav::RiskDesk;

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::DecideRisk, page).post(
        "/console/risk/desk/{id}",
        Permission::DecideRisk,
        decide,
    )
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let next = case::next(&app.cx, &staff.actor).await?;
    show(&app, &staff, next, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    desk: Option<Desk>,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let named = desk.iter().flat_map(|desk| desk.linked.iter().copied().chain([desk.decision.subject]));
    let people = People::load(app, staff, named).await?;
    let cx = &frame.cx;
    let body = html! {
        (said(cx, done))
        (bar(cx, PATH))
        @match &desk {
            Some(desk) => { (view(cx, &people, desk, &tried)) }
            None => { (empty::empty(Words::of(cx.locale).nothing, None)) }
        }
    };
    Ok(frame.form_page(Words::of(cx.locale).desk, NAV, &tried, body))
}

fn said(cx: &PageCx, done: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let text = match done.unwrap_or_default() {
        "release" => t.ok_release,
        "reject" => t.ok_reject,
        "material" => t.ok_material,
        _ => return html! {},
    };
    banner::banner(Kind::Ok, text, html! {})
}

fn view(cx: &PageCx, people: &People, desk: &Desk, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        div.two {
            (card::card("review", t.review, None, facts(cx, people, desk)))
            (card::card("decide", t.decide, None, choices(cx, desk, tried)))
        }
    }
}

fn facts(cx: &PageCx, people: &People, desk: &Desk) -> Markup {
    let t = Words::of(cx.locale);
    let decision = &desk.decision;
    let target = format!("/console/risk/{}", decision.id);
    let mut rows = vec![
        row(t.decision, html! { a href=(target) { (decision.point.words(cx.locale)) } }),
        row(
            t.subject,
            html! { @if desk.has_account() { (people.customer(decision.subject)) } @else { (t.no_account) } },
        ),
        row(t.amount, amount(desk.amount.as_ref())),
        row(t.score, score(cx, &decision.opinion)),
        row(t.reasons, html! { ul.plain { @for reason in desk.reasons(cx.locale) { li { (reason) } } } }),
        row(t.hits, rules(cx, desk)),
        row(t.version, html! { code { (decision.opinion.version) } }),
        row(t.made_at, time::full(cx, decision.made_at)),
    ];
    if let (Point::Payment | Point::Transfer | Point::Withdrawal, Some(object)) =
        (decision.point, desk.object)
    {
        let order = OrderId(object);
        rows.push(row(t.object, link(&format!("/console/orders/{order}"), &order.to_string())));
    }
    if let Some(review) = &decision.review {
        rows.push(row(t.until, time::countdown(cx, review.expires_at)));
        rows.push(row(t.then, outcome(cx, review.then)));
    }
    rows.push(row(
        t.linked,
        html! {
            @if desk.linked.is_empty() { (t.none) }
            @else { ul.plain { @for account in &desk.linked { li { (people.customer(*account)) } } } }
        },
    ));
    if let Some(at) = desk.material_asked_at {
        rows.push(row(t.asked, time::full(cx, at)));
    }
    if let Some(case) = desk.case {
        rows.push(row(t.case, link(&format!("/console/risk/cases/{case}"), &case.to_string())));
    }
    summary::summary_list(cx, &rows)
}

fn rules(cx: &PageCx, desk: &Desk) -> Markup {
    if desk.rules.is_empty() {
        return html! { (Words::of(cx.locale).none) };
    }
    html! {
        ul.plain {
            @for rule in &desk.rules {
                li { a href={ "/console/risk/rules/" (rule.id) } { (rule.rule.name.get(cx.locale)) " v" (rule.number) } }
            }
        }
    }
}

const fn name(choice: Choice) -> &'static str {
    match choice {
        Choice::Release => "release",
        Choice::Reject => "reject",
        Choice::AskMaterial => "material",
    }
}

fn choices(cx: &PageCx, desk: &Desk, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let id = desk.decision.id;
    let pending = desk.decision.review.as_ref().is_some_and(|review| review.state == ReviewState::Pending);
    if !pending {
        return html! { p { (t.ended) } p { a href=(PATH) { (t.next) } } };
    }
    let class = |choice| match choice {
        Choice::Release => "btn",
        Choice::Reject => "btn danger",
        Choice::AskMaterial => "btn sec",
    };
    let choices = desk.choices();
    let inside = html! {
        ul.plain {
            @for choice in &choices {
                li { b { (choice.words(cx.locale)) } " · " (desk.consequence(*choice).get(cx.locale)) }
            }
        }
        (reason_field(cx, tried, "reason"))
        div.acts {
            @for choice in &choices {
                button class=(class(*choice)) name="choice" value=(name(*choice)) { (choice.words(cx.locale)) }
            }
        }
    };
    html! {
        (form::form(cx, "decide-form", &format!("{PATH}/{id}"), None, inside))
        @if desk.case.is_none() && desk.has_account() { (open_case(cx, desk, tried)) }
    }
}

fn open_case(cx: &PageCx, desk: &Desk, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let inside = html! {
        input type="hidden" name="decision" value=(desk.decision.id);
        input type="hidden" name="account" value=(desk.decision.subject);
        (tried.field("title", t.case_title).text(cx, 200))
        button.btn.sec { (t.btn_open_case) }
    };
    frame::fold(t.case, tried, "title", form::form(cx, "case-form", "/console/risk/cases", None, inside))
}

async fn decide(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: DecisionId = frame::id(&id)?;
    let target = take(&app, &staff, id, &form).await.map(|done| format!("{PATH}?done={done}"));
    frame::answer(target, &form, "reason", async |tried| {
        let desk = case::show_review(&app.cx, &staff.actor, id).await?;
        show(&app, &staff, Some(desk), tried, None).await
    })
    .await
}

/// Does what was chosen; its name.
async fn take(app: &App, staff: &Staff, id: DecisionId, form: &PostForm) -> Result<&'static str, Refused> {
    let reason = frame::reason(form, "reason")?;
    let (cx, actor) = (&app.cx, &staff.actor);
    match form.get("choice") {
        "release" => decision::release(cx, actor, id, reason).await.map(|()| "release"),
        "reject" => decision::reject(cx, actor, id, reason).await.map(|()| "reject"),
        "material" => case::ask_material(cx, actor, id, reason).await.map(|_| "material"),
        _ => return Err(none_chosen()),
    }
    .map_err(Refused::from)
}

fn none_chosen() -> Refused {
    let field = FieldError::new("/reason", "web.choice_needed", "选择一项处理方式", "Choose what to do");
    EdgeError::Shape { fields: vec![field] }.into()
}

#[cfg(test)]
mod tests {
    use kernel::AccountId;

    use super::*;
    use crate::console::risk_view::tests::decision;
    use crate::console::tests::each_language;

    fn desk(state: ReviewState) -> Desk {
        Desk {
            decision: decision(Some(state)),
            object: None,
            amount: Some((1_234_500, "CNY".to_owned())),
            rules: Vec::new(),
            linked: vec![AccountId(8)],
            material_asked_at: None,
            case: None,
        }
    }

    #[test]
    fn r4_the_desk_says_why_what_it_leads_to_and_what_happens_when_nobody_looks() {
        each_language(|cx| {
            let desk = desk(ReviewState::Pending);
            let page = view(cx, &People::default(), &desk, &Tried::default()).into_string();
            for choice in [Choice::Release, Choice::Reject, Choice::AskMaterial] {
                assert!(page.contains(desk.consequence(choice).get(cx.locale)), "{choice:?}");
                assert!(page.contains(&format!("value=\"{}\"", name(choice))), "{choice:?}");
            }
            assert!(page.contains("12,345.00") && page.contains("login-1"), "{page}");
            assert!(page.contains(&AccountId(8).to_string()));
            page
        });
    }

    #[test]
    fn r2_a_review_that_ended_offers_the_next_and_no_button() {
        each_language(|cx| {
            let page = view(cx, &People::default(), &desk(ReviewState::Expired), &Tried::default());
            let page = page.into_string();
            assert!(!page.contains("name=\"choice\"") && page.contains(Words::of(cx.locale).ended));
            page
        });
    }
}
