//! What customers filled in, as staff see it: personal data masked unless it was revealed with a reason (N4, W4).

use forms::FieldKind;
use fulfilment::question::Question;
use kernel::{Locale, mask_email, mask_phone};
use maud::{Markup, html};
use ordering::order::Line;
use serde_json::Value;

use crate::app::App;
use crate::edge::Refused;
use crate::i18n::{Desk, OrderDesk};
use crate::ui::summary::{self, Answer};
use crate::ui::{PageCx, card, time};

/// One answer as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub label: String,
    /// `None`: there is an answer, which is hidden.
    pub value: Option<String>,
}

/// The answers of a line under the form it was ordered with (O6). `clear` shows what is otherwise masked.
pub(crate) async fn answers(
    app: &App,
    line: &Line,
    locale: Locale,
    clear: bool,
) -> Result<Vec<Shown>, Refused> {
    let version = app.shelf.version(&app.cx, &line.service, line.service_version).await?;
    Ok(shown(version.form_for(&line.offering), &line.answers, locale, clear))
}

fn shown(form: &forms::Form, answers: &Value, locale: Locale, clear: bool) -> Vec<Shown> {
    let rows = form.summary(answers, locale).into_iter();
    rows.map(|row| {
        let kind = form.field(&row.field).map(|field| &field.kind);
        let value = if clear || !row.sensitive || row.value.is_empty() {
            Some(row.value)
        } else {
            match kind {
                Some(FieldKind::Phone) => Some(mask_phone(&row.value)),
                Some(FieldKind::Email) => Some(mask_email(&row.value)),
                _ => None,
            }
        };
        Shown { label: row.label, value }
    })
    .collect()
}

/// Answers as a list.
pub(crate) fn list(cx: &PageCx, answers: &[Shown]) -> Markup {
    let t = Desk::of(cx.locale);
    let value = |shown: &Shown| {
        html! { @if let Some(text) = &shown.value { (text) } @else { span.muted { (t.hidden) } } }
    };
    let rows: Vec<Answer<'_>> = answers
        .iter()
        .map(|shown| Answer { label: &shown.label, value: value(shown), change: None })
        .collect();
    summary::summary_list(cx, &rows)
}

/// What was recorded or reported: the members of a JSON object, as they are.
pub(crate) fn members(value: &Value) -> Markup {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    html! {
        @match value.as_object() {
            Some(members) => {
                @for (index, (name, value)) in members.iter().enumerate() {
                    @if index > 0 { br; }
                    span.muted { (name) } " " (text(value))
                }
            }
            None => { (text(value)) }
        }
    }
}

/// What was asked of the customer and answered.
pub(crate) fn questions(cx: &PageCx, questions: &[Question]) -> Markup {
    let t = OrderDesk::of(cx.locale);
    html! {
        @if !questions.is_empty() {
            (card::card("questions", t.questions, None, html! {
                @for question in questions {
                    div.note {
                        p { b { (question.text) } " " span.muted.sm { (time::stamp(cx, question.asked_at)) } }
                        @match (&question.answer, question.answered_at) {
                            (Some(answer), Some(at)) => { p { (answer) " " span.muted.sm { (time::stamp(cx, at)) } } }
                            _ => { p.muted { (t.no_answer) } }
                        }
                    }
                }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn w4_personal_answers_are_masked_until_they_are_revealed() {
        let label = |zh: &str, en: &str| json!({"zh": zh, "en": en});
        let form = forms::Form::parse(&json!([
            {"name": "phone", "kind": "phone", "label": label("手机号", "Mobile number")},
            {"name": "id", "kind": "national_id", "label": label("身份证号", "ID number")},
            {"name": "note", "kind": "text", "label": label("说明", "Note"), "required": false},
        ]))
        .unwrap();
        let answers = json!({"phone": "+8613800000000", "id": "11010519491231002X", "note": "三楼"});
        let masked = shown(&form, &answers, Locale::Zh, false);
        let values: Vec<Option<&str>> = masked.iter().map(|shown| shown.value.as_deref()).collect();
        assert_eq!(values[1..], [None, Some("三楼")]);
        assert!(values[0].is_some_and(|phone| phone.contains("****")));
        let clear = shown(&form, &answers, Locale::Zh, true);
        assert_eq!(clear[1].value.as_deref(), Some("11010519491231002X"));
    }
}
