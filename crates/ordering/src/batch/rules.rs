//! Reading a file and checking a line: text in, answers or everything that is wrong out. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalogue::service::{Outcome, PaymentMethod, Price, ServiceVersion};
use encoding_rs::GB18030;
use forms::{ADDRESS_PARTS, Field, FieldKind};
use kernel::{FieldError, Locale, Money, Text, Timestamp, hex, normalise_digits};
use serde_json::{Value, json};

use super::error::Error;
use super::model::{Column, Wrong};
use crate::desk::{beijing_date, from_catalogue};
use crate::idempotency::fingerprint;

/// Lines of one file.
pub const MOST_LINES: usize = 500;
/// Bytes of one file.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The column that says how many.
const QUANTITY: &str = "#quantity";
/// The mark that some editors put in front of UTF-8.
const MARK: char = '\u{feff}';

/// What a line of a file orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub answers: Value,
    pub quantity: i64,
    pub total: Money,
    /// A digest of service, offering, quantity and answers.
    pub content: String,
}

/// A line as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawLine {
    /// From 1; the heading is the first.
    pub line: i64,
    /// In the order of the columns of the service.
    pub cells: Vec<String>,
    /// There are more cells than headings.
    pub too_long: bool,
}

/// Whether an offering can be ordered by file: paid from the balance, at a price that needs no question to a provider and no time slot.
pub fn is_offered(version: &ServiceVersion, offering: &str) -> bool {
    let service = &version.service;
    let Some(found) = service.offering(offering) else { return false };
    service.outcome == Outcome::Order
        && !service.credits()
        && service.enquiry.is_none()
        && service.slots().is_none()
        && service.payment.contains(&PaymentMethod::Balance)
        && !matches!(found.price, Price::Quoted { .. })
}

/// The columns of an offering: its form field by field, and how many where that can be chosen.
pub fn columns(version: &ServiceVersion, offering: &str) -> Vec<Column> {
    let fields = version.form_for(offering).fields();
    let mut all: Vec<Column> = fields.iter().flat_map(columns_of).collect();
    if let Some(limits) = version.service.offering(offering).map(|found| found.quantity)
        && limits.max > limits.min
    {
        let hint = Text::new(
            format!("{} 至 {}，不填为 {}", limits.min, limits.max, limits.min),
            format!("{} to {}; {} when empty", limits.min, limits.max, limits.min),
        );
        let label = Text::new("数量", "Quantity");
        all.push(Column { key: QUANTITY.to_owned(), label, hint: Some(hint), required: false });
    }
    all
}

fn columns_of(field: &Field) -> Vec<Column> {
    let always = field.required && field.show_when.is_none();
    if !matches!(field.kind, FieldKind::Address) {
        let (key, label) = (field.name.clone(), field.label.clone());
        return vec![Column { key, label, hint: hint_of(field), required: always && !is_flag(field) }];
    }
    let part = |part: &forms::AddressPart| Column {
        key: format!("{}.{}", field.name, part.name),
        label: Text::new(
            format!("{}·{}", field.label.zh, part.zh),
            format!("{}: {}", field.label.get(Locale::En), part.en),
        ),
        hint: None,
        required: always && part.required,
    };
    ADDRESS_PARTS.iter().map(part).collect()
}

const fn is_flag(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Flag)
}

fn hint_of(field: &Field) -> Option<Text> {
    match &field.kind {
        FieldKind::Choice { options, .. } => {
            let all = |locale| {
                let labels: Vec<&str> = options.iter().map(|option| option.label.get(locale)).collect();
                labels.join(if locale == Locale::Zh { "、" } else { ", " })
            };
            Some(Text::new(all(Locale::Zh), all(Locale::En)))
        }
        FieldKind::Flag => Some(Text::new("是或否", "yes or no")),
        FieldKind::Date { .. } => Some(Text::new("如 2026-11-21", "such as 2026-11-21")),
        _ => field.hint.clone(),
    }
}

/// The lines of a file, or why none of it can be read.
pub(crate) fn read(columns: &[Column], bytes: &[u8]) -> Result<Vec<RawLine>, Error> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::TooLarge { most: MOST_BYTES });
    }
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut places: Option<Vec<usize>> = None;
    let (mut lines, mut at) = (Vec::new(), Place { line: 1, byte: 0 });
    for record in reader.records() {
        let record = record.map_err(|_| Error::Encoding)?;
        at = at.moved(&text, record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(places) = &places else {
            places = Some(heading(columns, record.iter())?);
            continue;
        };
        if lines.len() >= MOST_LINES {
            return Err(Error::TooManyLines { most: MOST_LINES });
        }
        let mut cells = vec![String::new(); columns.len()];
        for (place, cell) in places.iter().zip(record.iter()) {
            if let Some(slot) = cells.get_mut(*place) {
                *slot = plain(cell);
            }
        }
        let too_long = record.iter().skip(places.len()).any(|cell| !cell.trim().is_empty());
        lines.push(RawLine { line: at.line, cells, too_long });
    }
    if lines.is_empty() { Err(Error::Empty) } else { Ok(lines) }
}

/// Where a record begins. The reader says where it began to look, which may be before line breaks.
#[derive(Clone, Copy)]
struct Place {
    line: i64,
    byte: usize,
}

impl Place {
    /// The place of the record that the reader began to look for at `byte`.
    fn moved(self, text: &str, byte: u64) -> Self {
        let from = usize::try_from(byte).unwrap_or(usize::MAX).max(self.byte);
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let byte = from.saturating_add(breaks);
        let lines = text.get(self.byte..byte).unwrap_or_default().matches('\n').count();
        Self { line: self.line.saturating_add(i64::try_from(lines).unwrap_or(0)), byte }
    }
}

/// UTF-8 with or without its mark, otherwise what spreadsheets in China write.
fn decode(bytes: &[u8]) -> Result<String, Error> {
    if bytes.contains(&0) {
        // UTF-16, or no text at all.
        return Err(Error::Encoding);
    }
    let text = if let Ok(text) = std::str::from_utf8(bytes) {
        text.to_owned()
    } else {
        let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
        text.ok_or(Error::Encoding)?.into_owned()
    };
    Ok(text.trim_start_matches(MARK).to_owned())
}

/// A cell as it was meant: our own files put an apostrophe in front of what a spreadsheet would take for a formula.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let guarded = cell.strip_prefix('\'').filter(|rest| {
        rest.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
    });
    guarded.unwrap_or(cell).to_owned()
}

/// Which column each heading names.
fn heading<'a>(columns: &[Column], names: impl Iterator<Item = &'a str>) -> Result<Vec<usize>, Error> {
    let (mut places, mut unknown, mut twice) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut names: Vec<&str> = names.map(str::trim).collect();
    while names.last().is_some_and(|name| name.is_empty()) {
        names.pop();
    }
    for name in names {
        let same = |column: &Column| {
            [column.key.as_str(), &column.label.zh, column.label.get(Locale::En)]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        match columns.iter().position(same) {
            Some(place) if seen.insert(place) => places.push(place),
            Some(_) => twice.push(name),
            None => unknown.push(name),
        }
    }
    let missing: Vec<&str> = (0..)
        .zip(columns)
        .filter(|(place, column)| column.required && !seen.contains(place))
        .map(|(_, column)| column.label.zh.as_str())
        .collect();
    let names = |of: &[&str]| {
        of.iter().take(8).map(|name| name.chars().take(20).collect::<String>()).collect::<Vec<_>>().join("、")
    };
    if !unknown.is_empty() {
        return Err(Error::HeadingUnknown { names: names(&unknown) });
    }
    if !twice.is_empty() {
        return Err(Error::HeadingTwice { names: names(&twice) });
    }
    if !missing.is_empty() {
        return Err(Error::HeadingMissing { names: names(&missing) });
    }
    Ok(places)
}

/// What a line orders, or everything that is wrong with it.
pub(crate) fn check(
    version: &Arc<ServiceVersion>,
    offering: &str,
    columns: &[Column],
    cells: &[String],
    now: Timestamp,
) -> Result<Checked, Vec<Wrong>> {
    let form = version.form_for(offering);
    let mut wrong = Vec::new();
    let quantity = quantity(version, offering, columns, cells).unwrap_or_else(|one| {
        wrong.push(one);
        0
    });
    let meant: Vec<(&str, String)> = columns
        .iter()
        .zip(cells)
        .filter(|(column, _)| column.key != QUANTITY)
        .map(|(column, cell)| (column.key.as_str(), meaning(form.field(&column.key), cell)))
        .collect();
    let typed = form.from_pairs(meant.iter().map(|(key, value)| (*key, value.as_str())));
    let answers = match form.check(&typed, beijing_date(now)) {
        Ok(answers) if wrong.is_empty() => answers,
        Ok(_) => return Err(wrong),
        Err(fields) => {
            wrong.extend(fields.into_iter().map(|field| of_field(columns, field)));
            return Err(wrong);
        }
    };
    let found = version.offering(offering);
    let priced = found.and_then(|found| version.price(found, quantity, &answers, None, now));
    match priced {
        Ok(priced) => {
            let content = fingerprint(&json!([version.code, offering, quantity, answers]));
            Ok(Checked { total: priced.total, content: hex::encode(&content), answers, quantity })
        }
        Err(error) => Err(refused(columns, &from_catalogue(error, &version.service))),
    }
}

fn quantity(
    version: &ServiceVersion,
    offering: &str,
    columns: &[Column],
    cells: &[String],
) -> Result<i64, Wrong> {
    let limits = version.service.offering(offering).map(|found| (found.quantity.min, found.quantity.max));
    let (min, max) = limits.unwrap_or((1, 1));
    let typed = columns.iter().zip(cells).find(|(column, _)| column.key == QUANTITY);
    let Some(typed) = typed.map(|(_, cell)| cell.trim()).filter(|cell| !cell.is_empty()) else {
        return Ok(min);
    };
    let number = normalise_digits(typed).parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| Wrong {
        column: QUANTITY.to_owned(),
        zh: format!("数量需为 {min} 至 {max} 的整数"),
        en: format!("The quantity must be a whole number from {min} to {max}"),
    })
}

/// The answer a cell stands for: people write the words of a choice, not its name.
fn meaning(field: Option<&Field>, cell: &str) -> String {
    match field.map(|field| &field.kind) {
        Some(FieldKind::Choice { options, .. }) => {
            let said = |option: &&forms::ChoiceOption| {
                let words = [option.label.zh.as_str(), option.label.get(Locale::En)];
                words.iter().any(|word| word.eq_ignore_ascii_case(cell))
            };
            options.iter().find(said).map_or_else(|| cell.to_owned(), |option| option.value.clone())
        }
        Some(FieldKind::Flag) => match cell.to_ascii_lowercase().as_str() {
            "是" | "y" | "yes" => "true".to_owned(),
            "否" | "n" | "no" => "false".to_owned(),
            other => other.to_owned(),
        },
        _ => cell.to_owned(),
    }
}

/// A wrong field with the column it came from: `/answers/home/city` → `home.city`.
fn of_field(columns: &[Column], field: FieldError) -> Wrong {
    let inside = field.pointer.trim_start_matches("/lines/0").trim_start_matches("/answers");
    let key = inside.trim_start_matches('/').replace('/', ".");
    let exact = columns.iter().find(|column| column.key == key);
    let about = exact.or_else(|| columns.iter().find(|column| column.key.starts_with(&format!("{key}."))));
    let quantity = || (key == "quantity").then(|| QUANTITY.to_owned());
    let column = about.map(|column| column.key.clone()).or_else(quantity).unwrap_or_default();
    Wrong { column, zh: field.zh, en: field.en }
}

/// What the desk said of a line, each with its column where it is about one.
pub(crate) fn refused(columns: &[Column], error: &crate::Error) -> Vec<Wrong> {
    use kernel::Refusal as _;
    if let crate::Error::InvalidInput { fields } = error {
        return fields.iter().map(|field| of_field(columns, field.clone())).collect();
    }
    let (zh, en) = (error.message(Locale::Zh), error.message(Locale::En));
    vec![Wrong { column: String::new(), zh, en }]
}

/// Said of a line that has more cells than the heading.
pub(crate) fn too_long() -> Wrong {
    let (zh, en) = (
        "这一行的列数比表头多，逗号可能没有加引号，核对各列后保存",
        "This line has more cells than the heading; a comma may lack its quotes. Check each cell and save",
    );
    Wrong { column: String::new(), zh: zh.to_owned(), en: en.to_owned() }
}

/// Said of a line that orders what another one orders.
pub(crate) fn repeats(line: Option<i64>) -> Wrong {
    let (zh, en) = match line {
        Some(line) => (
            format!("与第 {line} 行内容相同，确实要办两次再选“仍然办理”"),
            format!("The same as line {line}. Choose Order anyway only if it is meant twice"),
        ),
        None => (
            "30 天内已办过内容相同的一行，确实要再办再选“仍然办理”".to_owned(),
            "The same was ordered within 30 days. Choose Order anyway only if it is meant again".to_owned(),
        ),
    };
    Wrong { column: String::new(), zh, en }
}
