//! Any field of a service's form as its control. What the pack says decides; no service is known here.

use forms::{ChoiceStyle, Field as Asked, FieldKind, Form, Width};
use jiff::ToSpan as _;
use jiff::civil::Date;
use kernel::FieldError;
use maud::{Markup, html};
use serde_json::Value;

use super::{AddressBook, Choice, Field, FieldWidth, SlotDay, Wrong, errors_of};
use crate::ui::{PageCx, time};

/// The control for one field. `answers` are all answers so far, right or wrong; `errors` those of the whole form
/// (pointers `/name`, `/name/part`).
///
/// A time slot's options come from the server: use [`render_slot_field`]; here it is a plain text control.
pub fn render_field(
    cx: &PageCx,
    form: &Form,
    asked: &Asked,
    answers: &Value,
    errors: &[FieldError],
    book: &AddressBook,
) -> Markup {
    let prepared = Prepared::new(cx, form, asked, answers, errors);
    let field = prepared.field(cx, asked);
    match &asked.kind {
        FieldKind::Text { max, pattern: Some(pattern), .. } => field.code(cx, &pattern.source, *max),
        FieldKind::Text { max, .. } => field.text(cx, *max),
        FieldKind::Paragraph { max } => field.textarea(cx, *max),
        FieldKind::Phone => field.phone(cx),
        FieldKind::Email => field.email(cx),
        FieldKind::Money { .. } => field.money(cx),
        FieldKind::Integer { min, max } => field.stepper(cx, *min, *max),
        FieldKind::Choice { options, style } => {
            let choice = |option: &'_ forms::ChoiceOption| -> (String, String, Option<String>) {
                let hint = option.hint.as_ref().map(|hint| hint.get(cx.locale).to_owned());
                (option.value.clone(), option.label.get(cx.locale).to_owned(), hint)
            };
            let owned: Vec<_> = options.iter().map(choice).collect();
            let choices: Vec<Choice<'_>> = owned
                .iter()
                .map(|(value, label, hint)| Choice { hint: hint.as_deref(), ..Choice::new(value, label) })
                .collect();
            match style {
                ChoiceStyle::Radio => field.radios(cx, &choices),
                ChoiceStyle::Select => field.select(cx, &choices),
            }
        }
        FieldKind::Flag => field.checkbox(cx, html! { (field.label) }),
        FieldKind::Date { min_days_ahead, max_days_ahead } => {
            let (min, max) = (day_ahead(cx, *min_days_ahead), day_ahead(cx, *max_days_ahead));
            field.date(cx, min.as_deref(), max.as_deref())
        }
        FieldKind::Slot => field.text(cx, 80),
        FieldKind::Address => field.address(cx, &prepared.pairs, &prepared.wrong, book),
        FieldKind::NationalId => field.national_id(cx),
    }
}

/// The control for a time slot, with the slots the server offers.
pub fn render_slot_field(
    cx: &PageCx,
    form: &Form,
    asked: &Asked,
    answers: &Value,
    errors: &[FieldError],
    days: &[SlotDay<'_>],
) -> Markup {
    let prepared = Prepared::new(cx, form, asked, answers, errors);
    prepared.field(cx, asked).slots(cx, days)
}

/// What the control needs, owned: the builder borrows from it.
struct Prepared {
    pairs: Vec<(String, String)>,
    wrong: Vec<Wrong>,
    value: String,
    error: Option<String>,
    when: Option<(String, String)>,
}

impl Prepared {
    fn new(cx: &PageCx, form: &Form, asked: &Asked, answers: &Value, errors: &[FieldError]) -> Self {
        let mut pairs = form.to_pairs(answers);
        if !pairs.iter().any(|(name, _)| belongs(name, &asked.name)) {
            pairs.extend(form.to_pairs(&default_of(asked)));
        }
        let wrong = errors_of(errors, cx.locale);
        let value =
            pairs.iter().find(|(name, _)| *name == asked.name).map_or_else(String::new, |p| p.1.clone());
        let error = wrong.iter().find(|e| e.name == asked.name).map(|e| e.message.clone());
        let when = asked.show_when.as_ref().map(|condition| {
            let words: Vec<String> = condition
                .is
                .iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
                .collect();
            (condition.field.clone(), words.join(" "))
        });
        Self { pairs, wrong, value, error, when }
    }

    fn field<'a>(&'a self, cx: &PageCx, asked: &'a Asked) -> Field<'a> {
        let mut field = Field::new(&asked.name, asked.label.get(cx.locale)).value(&self.value);
        field.hint = asked.hint.as_ref().map(|hint| hint.get(cx.locale));
        field.error = self.error.as_deref();
        field.optional = !asked.required;
        field.autocomplete = asked.autocomplete.as_deref();
        field.when = self.when.as_ref().map(|(name, is)| (name.as_str(), is.as_str()));
        field.width = match asked.width {
            Width::Short => FieldWidth::Short,
            Width::Medium => FieldWidth::Medium,
            Width::Long => FieldWidth::Long,
            Width::Full => FieldWidth::Full,
        };
        field
    }
}

fn belongs(control: &str, field: &str) -> bool {
    control == field || control.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'))
}

fn default_of(asked: &Asked) -> Value {
    let mut answers = serde_json::Map::new();
    if let Some(default) = &asked.default {
        answers.insert(asked.name.clone(), default.clone());
    }
    Value::Object(answers)
}

/// The day so many days after today, as the native control wants it.
fn day_ahead(cx: &PageCx, days: Option<i32>) -> Option<String> {
    let today: Date = time::date_text(cx.now).parse().ok()?;
    today.checked_add(days?.days()).ok().map(|day| day.to_string())
}

/// Today on the customer's calendar, for [`Form::check`].
pub fn today(cx: &PageCx) -> Date {
    time::date_text(cx.now).parse().unwrap_or_else(|_| Date::constant(1970, 1, 1))
}
