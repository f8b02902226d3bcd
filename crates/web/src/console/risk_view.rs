//! One risk decision and its parts, in words.

use kernel::Permission;
use maud::{Markup, html};
use risk::decision::Opinion;
use risk::{Decision, DecisionId, Outcome, Reason, Review, ReviewState};
use serde_json::Value;

use super::frame::{self, People, Tried, fold, reason_field};
use super::risk::PATH;
use crate::i18n::RiskDesk;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, form, status, time};

/// One decision: what was decided and why, from what, its review, its shadows.
pub(super) fn detail(
    cx: &PageCx,
    people: &People,
    decision: &Decision,
    inputs: Option<&Value>,
    shadows: &[Opinion],
    tried: &Tried,
) -> Markup {
    let t = RiskDesk::of(cx.locale);
    html! {
        div.two {
            (card::card("facts", t.facts, None, facts(cx, people, decision)))
            (card::card("inputs", t.inputs, None, made_from(cx, inputs)))
        }
        @if let Some(review) = &decision.review {
            (card::card("review", t.review, None, review_card(cx, people, decision.id, review, tried)))
        }
        @if !shadows.is_empty() { (card::card("shadows", t.shadows, None, shadow_card(cx, shadows))) }
    }
}

fn row(label: &str, value: Markup) -> Answer<'_> {
    Answer { label, value, change: None }
}

fn facts(cx: &PageCx, people: &People, decision: &Decision) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let Opinion { version, reasons: why, outcome: result, .. } = &decision.opinion;
    summary::summary_list(
        cx,
        &[
            row(t.point, html! { (decision.point.words(cx.locale)) }),
            row(t.subject, people.customer(decision.subject)),
            row(t.at, time::full(cx, decision.made_at)),
            row(t.outcome, outcome(cx, *result)),
            row(t.score, html! { (score(cx, &decision.opinion)) " " span.sm.muted { (t.score_note) } }),
            row(t.reasons, reasons(cx, why)),
            row(t.version, html! { code { (version) } }),
        ],
    )
}

/// The members a decision was made from that this page has words for.
fn made_from(cx: &PageCx, inputs: Option<&Value>) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let Some(inputs) = inputs else { return html! { p.muted { (t.inputs_gone) } } };
    let text = |key: &str| inputs.get(key).and_then(Value::as_str).unwrap_or("—");
    let is = |key: &str| inputs.get(key).and_then(Value::as_bool).unwrap_or_default();
    let place: Option<kernel::Text> = inputs
        .get("place")
        .filter(|place| !place.is_null())
        .and_then(|place| serde_json::from_value(place.clone()).ok());
    let place = place.map_or_else(|| t.no_place.to_owned(), |place| place.get(cx.locale).to_owned());
    let failures = inputs.get("failures_before").and_then(Value::as_u64).unwrap_or_default();
    let device = if is("device_known") { t.device_known } else { t.device_new };
    html! {
        p.muted.sm { (t.inputs_note) }
        (summary::summary_list(cx, &[
            row(t.agent, html! { (text("agent")) }),
            row(t.place, html! { (place) }),
            row(t.device, html! { (device) }),
            row(t.failures, html! { span.num { (failures) } }),
            row(t.second_factor, html! { (if is("has_second_factor") { t.yes } else { t.no }) }),
            row(t.network, html! { code { (text("network")) } }),
        ]))
    }
}

fn review_card(cx: &PageCx, people: &People, id: DecisionId, review: &Review, tried: &Tried) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let mut rows = vec![row(t.state, review_state(cx, review.state))];
    if review.state == ReviewState::Pending {
        rows.push(row(t.until, time::full(cx, review.expires_at)));
        rows.push(row(t.then, outcome(cx, review.then)));
    }
    if let Some(at) = review.ended_at {
        rows.push(row(t.ended_at, time::full(cx, at)));
    }
    if let Some(by) = review.ended_by {
        rows.push(row(t.ended_by, html! { (people.name(by)) }));
    }
    if let Some(reason) = &review.reason {
        rows.push(row(t.reason, html! { (reason) }));
    }
    let act = |name: &str, title: &str, hint: &str, button: &str| {
        let field = format!("{name}_reason");
        let inside =
            html! { p.muted.sm { (hint) } (reason_field(cx, tried, &field)) button.btn { (button) } };
        fold(
            title,
            tried,
            &field,
            form::form(cx, &format!("{name}-form"), &format!("{PATH}/{id}/{name}"), None, inside),
        )
    };
    html! {
        (summary::summary_list(cx, &rows))
        @if review.state == ReviewState::Pending {
            @if cx.may(Permission::DecideRisk) {
                (act("release", t.release, t.release_hint, t.btn_release))
                (act("reject", t.reject, t.reject_hint, t.btn_reject))
            } @else { p.muted { (t.needs) } }
        }
    }
}

fn shadow_card(cx: &PageCx, shadows: &[Opinion]) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let row = |opinion: &Opinion| {
        Row::new(vec![
            html! { code { (opinion.version) } },
            score(cx, opinion),
            reasons(cx, &opinion.reasons),
            outcome(cx, opinion.outcome),
        ])
    };
    let columns =
        vec![Column::new(t.version), Column::number(t.score), Column::new(t.reasons), Column::new(t.outcome)];
    html! {
        p.muted.sm { (t.shadows_note) }
        (frame::table(cx, t.shadows, columns, shadows.iter().map(row).collect()))
    }
}

pub(super) fn score(cx: &PageCx, opinion: &Opinion) -> Markup {
    html! {
        @if let Some(score) = opinion.score { span.num { (score) } }
        @else { span.muted { (RiskDesk::of(cx.locale).no_score) } }
    }
}

pub(super) fn reasons(cx: &PageCx, reasons: &[Reason]) -> Markup {
    let t = RiskDesk::of(cx.locale);
    if reasons.is_empty() {
        return html! { span.muted { (t.no_reason) } };
    }
    let words: Vec<&str> = reasons.iter().map(|reason| reason.words(cx.locale)).collect();
    html! { (words.join(cx.locale.pick("、", ", "))) }
}

pub(super) fn outcome(cx: &PageCx, outcome: Outcome) -> Markup {
    let kind = match outcome {
        Outcome::Allow => Kind::Ok,
        Outcome::Notify => Kind::Info,
        Outcome::StepUp | Outcome::Review => Kind::Warn,
        Outcome::Deny => Kind::Bad,
    };
    status::tag(kind, outcome.words(cx.locale))
}

pub(super) fn review_state(cx: &PageCx, state: ReviewState) -> Markup {
    let t = RiskDesk::of(cx.locale);
    let (kind, word) = match state {
        ReviewState::Pending => (Kind::Warn, t.pending),
        ReviewState::Released => (Kind::Ok, t.released),
        ReviewState::Rejected => (Kind::Bad, t.rejected),
        ReviewState::Expired => (Kind::Plain, t.expired),
        ReviewState::Withdrawn => (Kind::Plain, t.withdrawn),
    };
    status::word(kind, word)
}

#[cfg(test)]
pub(super) mod tests {
    use kernel::{AccountId, Duration};
    use risk::Point;
    use serde_json::json;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    pub(in crate::console) fn decision(state: Option<ReviewState>) -> Decision {
        Decision {
            id: DecisionId(51),
            point: Point::Login,
            subject: AccountId(7),
            made_at: NOW,
            opinion: Opinion {
                version: "login-1".to_owned(),
                score: Some(91),
                reasons: vec![Reason::NewDevice, Reason::NewNetwork],
                outcome: Outcome::Review,
                failure: None,
            },
            review: state.map(|state| Review {
                state,
                expires_at: NOW.plus(Duration::from_hours(24)),
                then: Outcome::Deny,
                ended_at: None,
                ended_by: None,
                reason: None,
            }),
        }
    }

    #[test]
    fn one_decision_shows_what_it_was_made_from_and_offers_to_end_its_review() {
        each_language(|cx| {
            let inputs = json!({"network": "00ab", "agent": "Chrome / Windows", "place": {"zh": "上海", "en": "Shanghai"},
                "device_known": false, "failures_before": 3, "has_second_factor": true});
            let people = People::default();
            let show = |decision: &Decision, inputs: Option<&Value>| {
                detail(
                    cx,
                    &people,
                    decision,
                    inputs,
                    std::slice::from_ref(&decision.opinion),
                    &Tried::default(),
                )
                .into_string()
            };
            let page = show(&decision(Some(ReviewState::Pending)), Some(&inputs));
            let place = cx.locale.pick("上海", "Shanghai");
            assert!(
                page.contains("Chrome / Windows") && page.contains(place) && page.contains("release_reason"),
                "{page}"
            );
            let ended = show(&decision(Some(ReviewState::Expired)), None);
            assert!(!ended.contains("release_reason") && ended.contains(RiskDesk::of(cx.locale).inputs_gone));
            page
        });
    }
}
