//! "Check your answers": what was answered, as a person reads it.

use jiff::civil::Date;
use kernel::{Locale, Money};
use serde_json::{Map, Value};

use crate::Form;
use crate::model::{ADDRESS_PARTS, Field, FieldKind};
use crate::pairs::local_phone;

/// One line of the page that shows all answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// The field's name.
    pub field: String,
    pub label: String,
    /// Empty when nothing was answered. A slot's value is its key. Paragraphs and addresses may have several lines.
    pub value: String,
    /// The page where it can be changed.
    pub step: usize,
    /// Personal data: mask it for everybody but the customer.
    pub sensitive: bool,
}

pub(crate) fn rows(form: &Form, answers: &Value, locale: Locale) -> Vec<SummaryRow> {
    let empty = Map::new();
    let given = answers.as_object().unwrap_or(&empty);
    let row = |field: &Field| SummaryRow {
        field: field.name.clone(),
        label: field.label.get(locale).to_owned(),
        value: shown(field, given.get(&field.name), locale),
        step: form.steps().iter().position(|step| step.fields.contains(&field.name)).unwrap_or_default(),
        sensitive: field.sensitive,
    };
    form.fields().iter().filter(|field| form.shows(field, given)).map(row).collect()
}

fn shown(field: &Field, answer: Option<&Value>, locale: Locale) -> String {
    match (&field.kind, answer) {
        (_, None | Some(Value::Null)) => String::new(),
        (FieldKind::Phone, Some(Value::String(phone))) => local_phone(phone),
        (FieldKind::Money { .. }, Some(Value::Number(fen))) => {
            fen.as_i64().map_or_else(|| fen.to_string(), |fen| Money::cny(fen).to_string())
        }
        (FieldKind::Choice { options, .. }, Some(Value::String(value))) => options
            .iter()
            .find(|option| option.value == *value)
            .map_or_else(|| value.clone(), |option| option.label.get(locale).to_owned()),
        (FieldKind::Flag, Some(Value::Bool(ticked))) => match ticked {
            true => locale.pick("是", "Yes").to_owned(),
            false => locale.pick("否", "No").to_owned(),
        },
        (FieldKind::Date { .. }, Some(Value::String(day))) => match day.parse::<Date>() {
            Ok(day) => match locale {
                Locale::Zh => day.to_string(),
                Locale::En => day.strftime("%-d %b %Y").to_string(),
            },
            Err(_) => day.clone(),
        },
        (FieldKind::Address, Some(Value::Object(parts))) => address(parts, locale),
        (_, Some(Value::String(text))) => text.clone(),
        (_, Some(other)) => other.to_string(),
    }
}

/// The place in one line as envelopes have it, the person in a second.
fn address(parts: &Map<String, Value>, locale: Locale) -> String {
    let get = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut place: Vec<&str> = Vec::new();
    for part in ADDRESS_PARTS.iter().take(4) {
        let text = get(part.name);
        // 北京市 is both province and city.
        if !text.is_empty() && place.last() != Some(&text) {
            place.push(text);
        }
    }
    let place = match locale {
        Locale::Zh => place.concat(),
        Locale::En => place.iter().rev().copied().collect::<Vec<_>>().join(", "),
    };
    format!("{place}\n{} {}", get("name"), local_phone(get("phone"))).trim().to_owned()
}
