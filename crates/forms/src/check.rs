//! All answers of a form, or of one page. Conditions decide which fields count; the schema has the last word.

use jiff::civil::Date;
use kernel::FieldError;
use serde_json::{Map, Value};

use crate::messages::{self as say, Subject, general, same};
use crate::{Field, Form, value};

/// So many unknown members are named; a flood of them needs no flood of answers.
pub(crate) const MAX_UNKNOWN: usize = 20;

pub(crate) fn whole(form: &Form, answers: &Value, today: Date) -> Result<Value, Vec<FieldError>> {
    let given = object(answers)?;
    let answers = some(form, given, form.fields().iter(), today)?;
    if form.validator().is_valid(&answers) {
        return Ok(answers);
    }
    Err(last_word(form, &answers))
}

pub(crate) fn step(form: &Form, step: usize, answers: &Value, today: Date) -> Result<Value, Vec<FieldError>> {
    let Some(page) = form.steps().get(step) else {
        let number = same("number", step.saturating_add(1));
        return Err(vec![general("", say::UNKNOWN_STEP, &[number])]);
    };
    let given = object(answers)?;
    some(form, given, page.fields.iter().filter_map(|name| form.field(name)), today)
}

fn object(answers: &Value) -> Result<&Map<String, Value>, Vec<FieldError>> {
    answers.as_object().ok_or_else(|| vec![general("", say::NOT_AN_OBJECT, &[])])
}

fn some<'a>(
    form: &'a Form,
    given: &Map<String, Value>,
    fields: impl Iterator<Item = &'a Field>,
    today: Date,
) -> Result<Value, Vec<FieldError>> {
    let mut out = Map::new();
    let mut errors = Vec::new();
    for field in fields.filter(|field| form.shows(field, given)) {
        match value::check(field, given.get(&field.name), today) {
            Ok(Some(answer)) => {
                out.insert(field.name.clone(), answer);
            }
            Ok(None) => {}
            Err(wrong) => errors.extend(wrong),
        }
    }
    let strangers = given.keys().filter(|name| form.field(name).is_none()).take(MAX_UNKNOWN);
    errors.extend(strangers.map(|name| unknown("", name)));
    if errors.is_empty() { Ok(Value::Object(out)) } else { Err(errors) }
}

/// A member that is not in the form. Its name comes from outside, so it is shown shortened.
pub(crate) fn unknown(parent: &str, name: &str) -> FieldError {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    let pointer = format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"));
    general(&pointer, say::UNKNOWN_FIELD, &[same("name", shown)])
}

/// What keywords beyond our own say about answers that are fine field by field; one error for each place.
fn last_word(form: &Form, answers: &Value) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = Vec::new();
    for error in form.validator().iter_errors(answers) {
        let pointer = error.instance_path().to_string();
        if errors.iter().any(|known| known.pointer == pointer) {
            continue;
        }
        let name = pointer.split('/').nth(1).unwrap_or_default();
        errors.push(match form.field(name) {
            Some(field) => Subject { pointer, ..Subject::of(field) }.error(say::REFUSED, &[]),
            None => general(&pointer, say::REFUSED, &[]),
        });
    }
    errors
}
