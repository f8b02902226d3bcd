//! Between answers and the names and values of an HTML form.
//!
//! A control is named like its field; the parts of an address or of a date in three inputs follow a dot: `home.city`,
//! `start.year`, `start.month`, `start.day`.

use kernel::{Currency, Money, normalise_digits};
use serde_json::{Map, Value};

use crate::model::{ADDRESS_PARTS, Field, FieldKind};

const DAY_PARTS: [&str; 3] = ["year", "month", "day"];

pub(crate) fn read<'a>(fields: &[Field], pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut posted: Vec<(&str, Option<&str>, &str)> = Vec::new();
    for (key, value) in pairs {
        let (name, part) = match key.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (key, None),
        };
        let known_part = part.is_none_or(|part| {
            DAY_PARTS.contains(&part) || ADDRESS_PARTS.iter().any(|known| known.name == part)
        });
        if known_part && fields.iter().any(|field| field.name == name) {
            posted.retain(|(n, p, _)| (*n, *p) != (name, part));
            posted.push((name, part, value));
        }
    }
    let mut answers = Map::new();
    for field in fields {
        let find = |part: Option<&str>| {
            let found = posted.iter().find(|(n, p, _)| *n == field.name && *p == part);
            found.map(|(_, _, value)| *value).filter(|value| !value.trim().is_empty())
        };
        let answer = match &field.kind {
            FieldKind::Address => address(find),
            FieldKind::Date { .. } => find(None).map(Value::from).or_else(|| day(find)),
            kind => find(None).map(|value| scalar(kind, value)),
        };
        if let Some(answer) = answer {
            answers.insert(field.name.clone(), answer);
        }
    }
    Value::Object(answers)
}

fn scalar(kind: &FieldKind, value: &str) -> Value {
    match kind {
        FieldKind::Money { .. } => match Money::parse(value, Currency::CNY) {
            Ok(money) => Value::from(money.minor),
            Err(_) => Value::from(value),
        },
        FieldKind::Integer { .. } => {
            let plain: String =
                normalise_digits(value).chars().filter(|&c| c != ',' && !c.is_whitespace()).collect();
            plain.parse::<i64>().map_or_else(|_| Value::from(value), Value::from)
        }
        FieldKind::Flag => match value {
            "on" | "true" | "1" | "yes" => Value::Bool(true),
            "off" | "false" | "0" | "no" => Value::Bool(false),
            other => Value::from(other),
        },
        _ => Value::from(value),
    }
}

fn address<'a>(find: impl Fn(Option<&str>) -> Option<&'a str>) -> Option<Value> {
    let mut parts = Map::new();
    for part in ADDRESS_PARTS {
        if let Some(value) = find(Some(part.name)) {
            parts.insert(part.name.to_owned(), Value::from(value));
        }
    }
    (!parts.is_empty()).then_some(Value::Object(parts))
}

fn day<'a>(find: impl Fn(Option<&str>) -> Option<&'a str>) -> Option<Value> {
    let parts = DAY_PARTS.map(|part| find(Some(part)));
    let any = parts.iter().any(Option::is_some);
    any.then(|| Value::from(parts.map(|part| part.unwrap_or_default().trim()).join("-")))
}

pub(crate) fn write(fields: &[Field], answers: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for field in fields {
        let name = &field.name;
        match (&field.kind, answers.get(name)) {
            (FieldKind::Address, Some(Value::Object(parts))) => {
                for part in ADDRESS_PARTS {
                    if let Some(value) = parts.get(part.name).and_then(Value::as_str) {
                        let value = if part.name == "phone" { local_phone(value) } else { value.to_owned() };
                        out.push((format!("{name}.{}", part.name), value));
                    }
                }
            }
            (FieldKind::Money { .. }, Some(Value::Number(number))) => {
                let shown =
                    number.as_i64().map_or_else(|| number.to_string(), |fen| Money::cny(fen).to_decimal());
                out.push((name.clone(), shown));
            }
            (FieldKind::Phone, Some(Value::String(phone))) => out.push((name.clone(), local_phone(phone))),
            (_, Some(Value::String(text))) => out.push((name.clone(), text.clone())),
            (_, Some(simple @ (Value::Bool(_) | Value::Number(_)))) => {
                out.push((name.clone(), simple.to_string()));
            }
            // No control holds these.
            (_, None | Some(Value::Null | Value::Array(_) | Value::Object(_))) => {}
        }
    }
    out
}

/// `+8613800000000` → `138 0000 0000`; anything else as it is.
pub(crate) fn local_phone(phone: &str) -> String {
    let grouped = phone
        .strip_prefix("+86")
        .filter(|local| local.len() == 11)
        .and_then(|local| Some(format!("{} {} {}", local.get(..3)?, local.get(3..7)?, local.get(7..)?)));
    grouped.unwrap_or_else(|| phone.to_owned())
}
