//! The kind of a field and the limits that go with it.

use kernel::Money;
use regex::RegexBuilder;
use serde_json::Value;

use super::keys::{Dialect, Key, Keys, key, texts};
use crate::model::{ChoiceOption, ChoiceStyle, FieldKind, Pattern};

/// Characters of any answer; larger things are files.
const MAX_CHARACTERS: i64 = 10_000;
const MAX_OPTIONS: usize = 200;
const MAX_VALUE: usize = 80;
/// Radio buttons up to here, a list beyond.
const RADIOS: usize = 7;
/// A hundred years.
const MAX_DAYS: i64 = 36_525;
/// ¥9,999,999,999.99, the largest amount the pages have room for.
const MAX_FEN: i64 = 999_999_999_999;
const MAX_INTEGER: i64 = 1_000_000_000;

pub(crate) fn read(keys: &mut Keys<'_>) -> Option<FieldKind> {
    let Some(name) = keys.text(key::KIND) else {
        keys.missing(key::KIND, &known());
        return None;
    };
    match name.as_str() {
        "text" => text(keys),
        "paragraph" => {
            let max = length(keys, key::MAX_LENGTH, 500)?;
            Some(FieldKind::Paragraph { max })
        }
        "phone" => Some(FieldKind::Phone),
        "email" => Some(FieldKind::Email),
        "money" => money(keys),
        "integer" => {
            let min = keys.integer(key::MIN).unwrap_or(0);
            let max = keys.integer(key::MAX).unwrap_or(MAX_INTEGER.max(min));
            in_order(keys, min, max, key::MIN).then_some(FieldKind::Integer { min, max })
        }
        "choice" => choice(keys),
        "flag" => Some(FieldKind::Flag),
        "date" => {
            let min_days_ahead = days(keys, key::MIN_DAYS_AHEAD);
            let max_days_ahead = days(keys, key::MAX_DAYS_AHEAD);
            if let (Some(min), Some(max)) = (min_days_ahead, max_days_ahead) {
                in_order(keys, min.into(), max.into(), key::MIN_DAYS_AHEAD);
            }
            Some(FieldKind::Date { min_days_ahead, max_days_ahead })
        }
        "slot" => Some(FieldKind::Slot),
        "address" => Some(FieldKind::Address),
        "national_id" => Some(FieldKind::NationalId),
        _ => {
            keys.wrong(key::KIND, &known());
            None
        }
    }
}

fn known() -> String {
    format!("must be one of {}", FieldKind::NAMES.join(", "))
}

fn in_order(keys: &mut Keys<'_>, min: i64, max: i64, key: Key) -> bool {
    if min > max {
        keys.wrong(key, "the least is more than the most");
    }
    min <= max
}

fn length(keys: &mut Keys<'_>, key: Key, default: usize) -> Option<usize> {
    match keys.integer(key) {
        None => Some(default),
        Some(value) if (1..=MAX_CHARACTERS).contains(&value) => usize::try_from(value).ok(),
        Some(_) => {
            keys.wrong(key, "must be 1 to 10000 characters");
            None
        }
    }
}

fn days(keys: &mut Keys<'_>, key: Key) -> Option<i32> {
    let days = keys.integer(key)?;
    if days.abs() > MAX_DAYS {
        keys.wrong(key, "must be within a hundred years");
    }
    i32::try_from(days).ok()
}

fn text(keys: &mut Keys<'_>) -> Option<FieldKind> {
    let min = length(keys, key::MIN_LENGTH, 1);
    let max = length(keys, key::MAX_LENGTH, 100.max(min.unwrap_or(1)));
    let source = keys.text(key::PATTERN);
    let format = keys.both(key::FORMAT);
    let example = match keys.dialect() {
        Dialect::Author => keys.text(key::EXAMPLE),
        Dialect::Schema => keys.get(key::EXAMPLE).and_then(|list| list.get(0)?.as_str()).map(str::to_owned),
    };
    let (min, max) = (min?, max?);
    if min > max {
        keys.wrong(key::MIN_LENGTH, "the least is more than the most");
    }
    let pattern = match (source, format, example) {
        (None, None, _) => None,
        (Some(source), Some(format), Some(example)) => {
            let regex = compiled(keys, &source)?;
            let length = example.chars().count();
            if !regex.is_match(&example) || !(min..=max).contains(&length) {
                keys.wrong(key::EXAMPLE, "the example must fit the pattern and the lengths");
            }
            Some(Pattern { source, format, example, regex })
        }
        _ => {
            keys.missing(key::PATTERN, "a pattern needs `format` {zh, en} and an `example` for its message");
            return None;
        }
    };
    Some(FieldKind::Text { min, max, pattern })
}

fn compiled(keys: &mut Keys<'_>, source: &str) -> Option<regex::Regex> {
    if !(source.starts_with('^') && source.ends_with('$')) {
        keys.wrong(key::PATTERN, "must begin with ^ and end with $");
        return None;
    }
    // Grouped, so that both anchors hold for every alternative: ^a|b$ would let anything end in b.
    let inner = source.strip_prefix('^').and_then(|s| s.strip_suffix('$')).unwrap_or(source);
    match RegexBuilder::new(&format!("^(?:{inner})$")).size_limit(1 << 20).build() {
        Ok(regex) => Some(regex),
        Err(error) => {
            keys.wrong(key::PATTERN, &error.to_string());
            None
        }
    }
}

fn money(keys: &mut Keys<'_>) -> Option<FieldKind> {
    let min = keys.fen(key::MIN).unwrap_or(1);
    let max = keys.fen(key::MAX).unwrap_or(MAX_FEN);
    let step = keys.fen(key::STEP);
    if !(0..=MAX_FEN).contains(&min) || !(0..=MAX_FEN).contains(&max) {
        keys.wrong(key::MAX, "amounts are 0.00 to 9999999999.99");
    }
    if let Some(step) = step
        && (step < 1 || min.checked_rem(step) != Some(0) || max.checked_rem(step) != Some(0))
    {
        let step = Money::cny(step).to_plain();
        keys.wrong(key::STEP, &format!("both limits must be multiples of {step}"));
    }
    in_order(keys, min, max, key::MIN).then_some(FieldKind::Money { min, max, step })
}

fn choice(keys: &mut Keys<'_>) -> Option<FieldKind> {
    let given = match keys.get(key::OPTIONS).and_then(Value::as_array) {
        Some(given) if (1..=MAX_OPTIONS).contains(&given.len()) => given,
        _ => {
            keys.missing(key::OPTIONS, "must be a list of 1 to 200 options {value, label}");
            return None;
        }
    };
    let mut options: Vec<ChoiceOption> = Vec::new();
    for (index, value) in given.iter().enumerate() {
        match option(value) {
            Ok(option) if options.iter().any(|other| other.value == option.value) => {
                keys.wrong_at(key::OPTIONS, &index.to_string(), "two options have this value");
            }
            Ok(option) => options.push(option),
            Err(message) => keys.wrong_at(key::OPTIONS, &index.to_string(), message),
        }
    }
    let style = match keys.text(key::STYLE).as_deref() {
        Some("radio") => ChoiceStyle::Radio,
        Some("select") => ChoiceStyle::Select,
        Some(_) => {
            keys.wrong(key::STYLE, "must be radio or select");
            return None;
        }
        None if options.len() <= RADIOS => ChoiceStyle::Radio,
        None => ChoiceStyle::Select,
    };
    Some(FieldKind::Choice { options, style })
}

fn option(given: &Value) -> Result<ChoiceOption, &'static str> {
    let object = given.as_object().ok_or("must be an object {value, label}")?;
    if object.keys().any(|name| !matches!(name.as_str(), "value" | "label" | "hint")) {
        return Err("an option has only `value`, `label` and `hint`");
    }
    let value = object.get("value").and_then(Value::as_str).ok_or("`value` must be (quoted) text")?;
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    if value.is_empty() || value.chars().count() > MAX_VALUE || !value.chars().all(plain) {
        return Err("`value` must be 1 to 80 characters without blanks");
    }
    let label = texts(object.get("label").ok_or("`label` must be given as {zh, en}")?)?;
    let hint = object.get("hint").filter(|hint| !hint.is_null()).map(texts).transpose()?;
    Ok(ChoiceOption { value: value.to_owned(), label, hint })
}
