//! Thresholds as the desk can carry them: how each decision point behaves, what a number of reviews a day would mean, and setting a
//! model's steps.

use axum::extract::{Path, State};
use axum::response::Response;
use kernel::{FieldError, Permission};
use maud::{Markup, html};
use risk::Point;
use risk::engine::Thresholds;
use risk::registry::{self, Capacity, Kept, ModelId};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Tried, reason_field};
use super::risk_models::{self, PATH};
use super::risk_parts::row;
use super::risk_view::outcome;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused};
use crate::i18n::RiskLists as Words;
use crate::ui::form::{self, Choice, Field};
use crate::ui::table::{Column, Row};
use crate::ui::{PageCx, card, summary};

/// A sign-in has steps of its own, which its settings tell.
const POINTS: [Point; 6] = [
    Point::Payment,
    Point::Transfer,
    Point::Withdrawal,
    Point::Refund,
    Point::Register,
    Point::ContactChange,
];
/// Looked back at, and reviewed a day, unless somebody says otherwise.
const USUAL: (i64, i64) = (50, 30);

pub(crate) fn routes() -> Routes {
    Routes::new().post("/console/risk/models/{id}/thresholds", Permission::ManageRisk, set)
}

/// What is to be worked out.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wish {
    model: Option<String>,
    reviews_a_day: Option<String>,
    days: Option<String>,
}

/// What was worked out, and for which model.
pub(super) struct Worked {
    id: ModelId,
    found: Capacity,
}

impl Wish {
    /// The answer; what was not written as a number is answered like one that is out of its bounds.
    pub(super) async fn work_out(&self, app: &App, staff: &Staff) -> Result<Option<Worked>, Refused> {
        let Some(model) = self.model.as_deref() else { return Ok(None) };
        let id: ModelId = frame::id(model)?;
        let number = |text: &Option<String>| {
            let text = kernel::normalise_digits(text.as_deref().unwrap_or_default());
            text.trim().parse().unwrap_or(-1)
        };
        let (reviews, days) = (number(&self.reviews_a_day), number(&self.days));
        let found = registry::thresholds_for(&app.cx, &staff.actor, id, reviews, days).await?;
        Ok(Some(Worked { id, found }))
    }
}

/// Below the list of models: what a capacity would mean, setting the steps, and how each point behaves.
pub(super) fn cards(
    cx: &PageCx,
    app: &App,
    items: &[Kept],
    (wish, worked, wrong): (&Wish, Option<&Worked>, &[form::Wrong]),
    tried: &Tried,
) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        @if !items.is_empty() {
            (card::card("capacity", t.capacity, None, capacity(cx, items, wish, worked, wrong)))
            @if cx.may(Permission::ManageRisk) { (card::card("set", t.set, None, setting(cx, items, worked, tried))) }
        }
        (card::card("policies", t.policies, None, policies(cx, app)))
    }
}

fn named(items: &[Kept]) -> Vec<(String, String)> {
    let name = |kept: &Kept| format!("model-{}", kept.hash.get(..8).unwrap_or(&kept.hash));
    items.iter().map(|kept| (kept.id.to_string(), name(kept))).collect()
}

fn capacity(
    cx: &PageCx,
    items: &[Kept],
    wish: &Wish,
    worked: Option<&Worked>,
    wrong: &[form::Wrong],
) -> Markup {
    let t = Words::of(cx.locale);
    let models = named(items);
    let choices: Vec<Choice<'_>> = models.iter().map(|(id, name)| Choice::new(id, name)).collect();
    let first = models.first().map_or("", |(id, _)| id.as_str());
    let said = |name: &str| wrong.iter().find(|one| one.name == name).map(|one| one.message.as_str());
    let (reviews, days) = (USUAL.0.to_string(), USUAL.1.to_string());
    html! {
        p.muted.sm { (t.capacity_hint) }
        form #capacity-form method="get" action=(PATH) {
            (Field::new("model", t.model).value(wish.model.as_deref().unwrap_or(first)).select(cx, &choices))
            (Field::new("reviews_a_day", t.reviews_a_day).value(wish.reviews_a_day.as_deref().unwrap_or(&reviews)).error(said("reviews_a_day")).text(cx, 7))
            (Field::new("days", t.days_back).value(wish.days.as_deref().unwrap_or(&days)).error(said("days")).text(cx, 2))
            button.btn.sec { (t.btn_work_out) }
        }
        @if let Some(Worked { found, .. }) = worked {
            (summary::summary_list(cx, &[
                row(t.suggested, html! { span.num { (steps(found.thresholds)) } }),
                row(t.scored, html! { span.num { (found.acts) } }),
                row(t.would_review, html! { span.num { (found.reviewed) } }),
            ]))
        }
    }
}

fn steps(one: Thresholds) -> String {
    format!("{} / {} / {}", one.step_up, one.review, one.deny)
}

/// Begins with what was worked out, or with what holds.
fn setting(cx: &PageCx, items: &[Kept], worked: Option<&Worked>, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let Some(first) = items.first() else { return html! {} };
    let id = worked.map_or(first.id, |worked| worked.id);
    let kept = items.iter().find(|kept| kept.id == id).unwrap_or(first);
    let now = worked.map_or(kept.thresholds, |worked| worked.found.thresholds);
    let texts = [now.step_up.to_string(), now.review.to_string(), now.deny.to_string()];
    let step = |name: &'static str, label: &'static str, value: &str| {
        let field = tried.field(name, label);
        let field = if field.value.is_empty() { field.value(value) } else { field };
        field.text(cx, 3)
    };
    let [step_up, review, deny] = &texts;
    let inside = html! {
        p { code { "model-" (kept.hash.get(..8).unwrap_or(&kept.hash)) } " · " span.num { (steps(kept.thresholds)) } }
        p.muted.sm { (t.set_hint) }
        (step("step_up", t.step_up, step_up))
        (step("review", t.review_from, review))
        (step("deny", t.deny_from, deny))
        (reason_field(cx, tried, "set_reason"))
        button.btn { (t.btn_set) }
    };
    form::form(cx, "set-form", &format!("{PATH}/{}/thresholds", kept.id), None, inside)
}

fn policies(cx: &PageCx, app: &App) -> Markup {
    let t = Words::of(cx.locale);
    let row = |point: &Point| {
        let policy = app.risk.policy(*point);
        let hours = policy.review.lasts.as_secs().div_euclid(3_600);
        Row::new(vec![
            html! { (point.words(cx.locale)) },
            html! { span.num { (t.milliseconds(policy.time_limit.0.div_euclid(1_000))) } },
            html! { (policy.on_failure.words(cx.locale)) },
            html! { span.num { (steps(policy.thresholds)) } },
            html! { span.num { (t.hours(hours)) } },
            outcome(cx, policy.review.then),
        ])
    };
    let columns = vec![
        Column::new(t.point),
        Column::new(t.time_limit),
        Column::new(t.on_failure),
        Column::new(t.thresholds),
        Column::new(t.lasts),
        Column::new(t.then),
    ];
    html! {
        p.muted.sm { (t.policies_note) }
        (frame::table(cx, t.policies, columns, POINTS.iter().map(row).collect()))
    }
}

async fn set(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: ModelId = frame::id(&id)?;
    let result = match (step(&form, "step_up"), step(&form, "review"), step(&form, "deny")) {
        (Ok(step_up), Ok(review), Ok(deny)) => {
            let wanted = Thresholds { step_up, review, deny };
            let reason = form.get("set_reason");
            registry::set_thresholds(&app.cx, &staff.actor, id, wanted, reason).await.map_err(at_first)
        }
        (step_up, review, deny) => {
            let fields = [step_up, review, deny].into_iter().filter_map(Result::err).collect();
            Err(EdgeError::Shape { fields }.into())
        }
    };
    risk_models::after(&app, &staff, &form, result, "set_reason").await
}

fn step(form: &PostForm, name: &str) -> Result<u8, FieldError> {
    let found = form.number(name).and_then(|number| u8::try_from(number).ok());
    let (zh, en) = ("填写 1 至 101 的整数", "Enter a whole number from 1 to 101");
    found.ok_or_else(|| FieldError::new(format!("/{name}"), "web.threshold", zh, en))
}

/// That the steps are out of order is said at the first of them.
fn at_first(error: risk::Error) -> Refused {
    match error {
        risk::Error::Input { mut fields } => {
            for field in fields.iter_mut().filter(|field| field.pointer == "/thresholds") {
                "/step_up".clone_into(&mut field.pointer);
            }
            risk::Error::Input { fields }.into()
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use risk::registry::ModelState;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn kept(id: i64) -> Kept {
        Kept {
            id: ModelId(id),
            hash: format!("{id:08}cafe"),
            size_bytes: 9,
            data_from: NOW,
            data_to: NOW,
            figures: serde_json::Value::Null,
            state: ModelState::Live,
            thresholds: Thresholds { step_up: 50, review: 80, deny: 101 },
            made_by: None,
            made_at: NOW,
            live_since: Some(NOW),
            wanted: None,
        }
    }

    #[test]
    fn what_a_capacity_would_mean_is_shown_and_is_what_the_form_to_set_it_begins_with() {
        each_language(|cx| {
            let items = [kept(1), kept(2)];
            let thresholds = Thresholds { step_up: 50, review: 73, deny: 101 };
            let worked =
                Worked { id: ModelId(2), found: Capacity { thresholds, acts: 4_321, reviewed: 1_499 } };
            let asked = capacity(cx, &items, &Wish::default(), Some(&worked), &[]).into_string();
            assert!(asked.contains("50 / 73 / 101") && asked.contains("4321") && asked.contains("1499"));
            let form = setting(cx, &items, Some(&worked), &Tried::default()).into_string();
            assert!(form.contains(&format!("{PATH}/{}/thresholds\"", ModelId(2))), "{form}");
            assert!(form.contains("value=\"73\"") && form.contains("50 / 80 / 101"), "{form}");
            asked + &form
        });
    }

    #[test]
    fn what_is_wrong_with_a_capacity_stands_at_its_control() {
        each_language(|cx| {
            let wrong = [form::Wrong { name: "days".to_owned(), message: "wrong-words".to_owned() }];
            let page = capacity(cx, &[kept(1)], &Wish::default(), None, &wrong).into_string();
            assert!(page.contains("wrong-words") && page.contains("aria-invalid"), "{page}");
            page
        });
    }

    #[test]
    fn steps_out_of_order_are_told_at_the_first_of_them() {
        let field = FieldError::new("/thresholds", "risk.thresholds", "阈值", "Thresholds");
        let refused = at_first(risk::Error::Input { fields: vec![field] });
        assert_eq!(refused.fields()[0].pointer, "/step_up");
    }
}
