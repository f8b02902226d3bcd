//! One answer: from whatever JSON was given to its normalised form, or what is wrong with it.

use std::borrow::Cow;

use jiff::{Span, civil::Date};
use kernel::{FieldError, Money, normalise_digits, parse_mobile};
use serde_json::{Map, Value};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::id_number::{BadIdNumber, IdNumber};
use crate::messages::{self as say, Subject, both, same};
use crate::model::{ADDRESS_PARTS, AddressPart, Field, FieldKind, Pattern};
use crate::region;

/// The longest key of a time slot.
pub(crate) const MAX_SLOT: usize = 80;
/// RFC 5321.
pub(crate) const MAX_EMAIL: usize = 254;

type Checked = Result<Option<Value>, Vec<FieldError>>;

/// The normalised answer; `None` where there is none and none is needed.
pub(crate) fn check(field: &Field, given: Option<&Value>, today: Date) -> Checked {
    let error = |code, args: &[say::Arg]| Err(vec![Subject::of(field).error(code, args)]);
    let given = match given {
        None | Some(Value::Null) => return missing(field),
        Some(given) => given,
    };
    match &field.kind {
        FieldKind::Flag => match given {
            Value::Bool(false) if field.required => error(say::NOT_TICKED, &[]),
            Value::Bool(ticked) => Ok(Some(Value::Bool(*ticked))),
            _ => error(say::WRONG_TYPE, &[both("type", "是或否", "true or false")]),
        },
        FieldKind::Money { min, max, step } => match given {
            Value::String(text) if text.trim().is_empty() => missing(field),
            _ => money(field, given, (*min, *max, *step)),
        },
        FieldKind::Integer { min, max } => match given {
            Value::String(text) if text.trim().is_empty() => missing(field),
            _ => integer(field, given, *min, *max),
        },
        FieldKind::Address => address(field, given),
        _ => match given {
            Value::String(text) if tidy(text).is_empty() => missing(field),
            Value::String(text) => match words(field, text, today) {
                Ok(text) => Ok(Some(Value::String(text))),
                Err(wrong) => Err(vec![wrong]),
            },
            _ => error(say::WRONG_TYPE, &[both("type", "文字", "text")]),
        },
    }
}

fn missing(field: &Field) -> Checked {
    let code = match (&field.kind, field.required) {
        (FieldKind::Flag, false) => return Ok(Some(Value::Bool(false))),
        (_, false) => return Ok(None),
        (FieldKind::Flag, true) => say::NOT_TICKED,
        (FieldKind::Choice { .. } | FieldKind::Slot, true) => say::NOT_CHOSEN,
        (_, true) => say::REQUIRED,
    };
    Err(vec![Subject::of(field).error(code, &[])])
}

/// A number without fraction; JSON knows no difference between 12 and 12.0.
fn whole_number(given: &Value) -> Option<Result<i64, ()>> {
    let number = given.as_number()?;
    if let Some(value) = number.as_i64() {
        return Some(Ok(value));
    }
    let text = number.as_f64().map(|value| value.to_string()).unwrap_or_default();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    whole.then(|| text.parse::<i64>().map_err(|_| ()))
}

fn money(field: &Field, given: &Value, (min, max, step): (i64, i64, Option<i64>)) -> Checked {
    let plain = |fen| Money::cny(fen).to_plain();
    let error = |code, args: &[say::Arg]| Err(vec![Subject::of(field).error(code, args)]);
    match whole_number(given) {
        None => error(say::AMOUNT, &[]),
        Some(Ok(fen)) if (min..=max).contains(&fen) => match step {
            Some(step) if fen.checked_rem(step) != Some(0) => {
                error(say::AMOUNT_STEP, &[same("step", plain(step))])
            }
            _ => Ok(Some(Value::from(fen))),
        },
        Some(_) => error(say::AMOUNT_RANGE, &[same("min", plain(min)), same("max", plain(max))]),
    }
}

fn integer(field: &Field, given: &Value, min: i64, max: i64) -> Checked {
    let error = |code, args: &[say::Arg]| Err(vec![Subject::of(field).error(code, args)]);
    match whole_number(given) {
        None => error(say::INTEGER, &[same("min", min)]),
        Some(Ok(value)) if (min..=max).contains(&value) => Ok(Some(Value::from(value))),
        Some(_) => error(say::INTEGER_RANGE, &[same("min", min), same("max", max)]),
    }
}

/// Every kind whose answer is a text; `text` is not blank.
fn words(field: &Field, text: &str, today: Date) -> Result<String, FieldError> {
    let fail = |code, args: &[say::Arg]| Err(Subject::of(field).error(code, args));
    match &field.kind {
        FieldKind::Text { min, max, pattern } => {
            let folded =
                if pattern.is_some() { Cow::Owned(normalise_digits(text)) } else { Cow::Borrowed(text) };
            let text = line(&folded, *min, *max).map_err(|bad| bad.error(&Subject::of(field)))?;
            fits(field, pattern.as_ref(), text)
        }
        FieldKind::Paragraph { max } => {
            let unix = if text.contains('\r') {
                Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
            } else {
                Cow::Borrowed(text)
            };
            limited(&unix, 1, *max, |c| c == '\n').map_err(|bad| bad.error(&Subject::of(field)))
        }
        FieldKind::Slot => line(text, 1, MAX_SLOT).map_err(|bad| bad.error(&Subject::of(field))),
        FieldKind::Phone => match parse_mobile(text.trim()) {
            Some(phone) => Ok(phone),
            None => fail(say::PHONE, &[]),
        },
        FieldKind::Email => match email(text) {
            Some(email) => Ok(email),
            None => fail(say::EMAIL, &[]),
        },
        FieldKind::Choice { options, .. } => match options.iter().find(|option| option.value == text) {
            Some(option) => Ok(option.value.clone()),
            None => fail(say::NOT_AN_OPTION, &[]),
        },
        FieldKind::Date { min_days_ahead, max_days_ahead } => {
            day_in_range(field, text, today, *min_days_ahead, *max_days_ahead)
        }
        FieldKind::NationalId => match IdNumber::parse(text, today) {
            Ok(number) => Ok(number.into_text()),
            Err(BadIdNumber::Shape) => fail(say::ID_SHAPE, &[]),
            Err(BadIdNumber::Region) => fail(say::ID_REGION, &[]),
            Err(BadIdNumber::Birth) => fail(say::ID_BIRTH, &[]),
            Err(BadIdNumber::CheckDigit) => fail(say::ID_CHECK_DIGIT, &[]),
        },
        FieldKind::Money { .. } | FieldKind::Integer { .. } | FieldKind::Flag | FieldKind::Address => {
            fail(say::WRONG_TYPE, &[both("type", "所列类型", "of its own type")])
        }
    }
}

fn fits(field: &Field, pattern: Option<&Pattern>, text: String) -> Result<String, FieldError> {
    let Some(pattern) = pattern else { return Ok(text) };
    if pattern.regex.is_match(&text) {
        return Ok(text);
    }
    let format = both("format", pattern.format.zh.as_str(), pattern.format.get(kernel::Locale::En));
    Err(Subject::of(field).error(say::PATTERN, &[format, same("example", &pattern.example)]))
}

/// What can be wrong with free text.
enum BadText {
    Control,
    Short { min: usize, count: usize },
    Long { max: usize, count: usize },
}

impl BadText {
    fn error(&self, subject: &Subject) -> FieldError {
        match *self {
            Self::Control => subject.error(say::CONTROL_CHARACTER, &[]),
            Self::Short { min, count } => {
                subject.error(say::TOO_SHORT, &[same("min", min), same("count", count)])
            }
            Self::Long { max, count } => {
                subject.error(say::TOO_LONG, &[same("max", max), same("count", count)])
            }
        }
    }
}

fn line(text: &str, min: usize, max: usize) -> Result<String, BadText> {
    limited(text, min, max, |_| false)
}

fn limited(text: &str, min: usize, max: usize, allowed: impl Fn(char) -> bool) -> Result<String, BadText> {
    let text = tidy(text);
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(BadText::Control);
    }
    match text.chars().count() {
        count if count < min => Err(BadText::Short { min, count }),
        count if count > max => Err(BadText::Long { max, count }),
        _ => Ok(text.into_owned()),
    }
}

/// NFC, without blanks (also invisible ones) around it.
fn tidy(text: &str) -> Cow<'_, str> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}');
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text.trim_matches(blank));
    }
    let composed: String = text.nfc().collect();
    Cow::Owned(composed.trim_matches(blank).to_owned())
}

/// A plain address: one @, a domain with a dot, none of the characters that only quoting allows.
fn email(text: &str) -> Option<String> {
    let plain = normalise_digits(text);
    let plain = tidy(&plain);
    let (name, host) = plain.split_once('@')?;
    let odd = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"' | '\\')
    };
    let labels_fit =
        host.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'));
    let fits = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !plain.chars().any(odd)
        && !host.contains('@')
        && host.contains('.')
        && labels_fit
        && plain.len() <= MAX_EMAIL;
    fits.then(|| format!("{name}@{}", host.to_lowercase()))
}

/// `2026-11-21`, also with `/` or `.`, without leading zeros, or as 2026年11月21日.
fn day(text: &str) -> Option<Date> {
    let plain = normalise_digits(text);
    let plain = plain.trim().trim_end_matches('日');
    let mut parts = plain.split(['-', '/', '.', '年', '月']).map(str::trim);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits =
        |t: &str, most: usize| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|day| day.year() > 0)
}

fn day_in_range(
    field: &Field,
    text: &str,
    today: Date,
    min_ahead: Option<i32>,
    max_ahead: Option<i32>,
) -> Result<String, FieldError> {
    let fail = |code, args: &[say::Arg]| Err(Subject::of(field).error(code, args));
    let limit = |ahead: Option<i32>| {
        let span = Span::new().try_days(ahead?).ok()?;
        today.checked_add(span).ok().map(|day| (day, ahead.unwrap_or_default()))
    };
    let earliest = limit(min_ahead);
    let Some(day) = day(text) else {
        let example = earliest.map_or(today, |(day, _)| day);
        return fail(say::DATE, &[same("example", example)]);
    };
    if let Some((first, ahead)) = earliest
        && day < first
    {
        return fail(say::DATE_EARLY, &[named_day(first, ahead, today)]);
    }
    if let Some((last, ahead)) = limit(max_ahead)
        && day > last
    {
        return fail(say::DATE_LATE, &[named_day(last, ahead, today)]);
    }
    Ok(day.to_string())
}

/// 今天（11月21日） / today (21 Nov); with the year where it is another.
fn named_day(day: Date, ahead: i32, today: Date) -> say::Arg {
    let (zh, en) = if day.year() == today.year() {
        (day.strftime("%-m月%-d日").to_string(), day.strftime("%-d %b").to_string())
    } else {
        (day.strftime("%Y年%-m月%-d日").to_string(), day.strftime("%-d %b %Y").to_string())
    };
    match ahead {
        0 => both("day", format!("今天（{zh}）"), format!("today ({en})")),
        1 => both("day", format!("明天（{zh}）"), format!("tomorrow ({en})")),
        _ => both("day", zh, en),
    }
}

fn address(field: &Field, given: &Value) -> Checked {
    let Some(given) = given.as_object() else {
        let kind = [both("type", "包含省市等各项的对象", "an object with province, city and so on")];
        return Err(vec![Subject::of(field).error(say::WRONG_TYPE, &kind)]);
    };
    let blank = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| tidy(text).is_empty());
    if given.values().all(blank) && !field.required {
        return missing(field);
    }
    let mut out = Map::new();
    let mut errors = Vec::new();
    for part in ADDRESS_PARTS {
        match address_part(field, part, given.get(part.name)) {
            Ok(Some(text)) => {
                out.insert(part.name.to_owned(), Value::String(text));
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    let known = |name: &str| ADDRESS_PARTS.iter().any(|part| part.name == name);
    let unknown = given.keys().filter(|name| !known(name)).take(crate::check::MAX_UNKNOWN);
    errors.extend(unknown.map(|name| crate::check::unknown(&format!("/{}", field.name), name)));
    if errors.is_empty() { Ok(Some(Value::Object(out))) } else { Err(errors) }
}

fn address_part(
    field: &Field,
    part: &AddressPart,
    given: Option<&Value>,
) -> Result<Option<String>, FieldError> {
    let subject = || Subject {
        pointer: format!("/{}/{}", field.name, part.name),
        label_zh: part.zh.to_owned(),
        label_en: part.en.to_owned(),
        noun_zh: part.zh.to_owned(),
        noun_en: part.en_noun.to_owned(),
    };
    let text = match given {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.as_str(),
        Some(_) => return Err(subject().error(say::WRONG_TYPE, &[both("type", "文字", "text")])),
    };
    if tidy(text).is_empty() {
        let code = if part.name == "province" { say::NOT_CHOSEN } else { say::REQUIRED };
        return if part.required { Err(subject().error(code, &[])) } else { Ok(None) };
    }
    match part.name {
        "phone" => match parse_mobile(text.trim()) {
            Some(phone) => Ok(Some(phone)),
            None => Err(subject().error(say::PHONE, &[])),
        },
        "province" => match region::province(&tidy(text)) {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(subject().error(say::PROVINCE, &[])),
        },
        _ => line(text, 1, part.max).map(Some).map_err(|bad| bad.error(&subject())),
    }
}
