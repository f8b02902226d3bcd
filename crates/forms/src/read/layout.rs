//! Question pages: given ones cover every field once, in order, at most five a page; else pages are made.

use kernel::Text;
use serde_json::{Map, Value};

use super::Problems;
use super::keys::texts;
use crate::model::{Field, Step};

/// Questions of one page (ux: few fields at a time).
const MAX_ON_PAGE: usize = 5;

/// The order of a schema's properties: that of its pages, then any they forgot (a problem found later).
pub(crate) fn order<'a>(steps: Option<&'a Value>, properties: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for step in steps.and_then(Value::as_array).into_iter().flatten() {
        let listed = step.get("fields").and_then(Value::as_array).into_iter().flatten();
        for name in listed.filter_map(Value::as_str) {
            if properties.contains_key(name) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let rest: Vec<&str> =
        properties.keys().map(String::as_str).filter(|name| !names.contains(name)).collect();
    names.extend(rest);
    names
}

pub(crate) fn steps(given: Option<&Value>, at: &str, fields: &[Field], problems: &mut Problems) -> Vec<Step> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return made(fields) };
    let Some(given) = given.as_array() else {
        problems.add(at, "must be a list of {title, fields}");
        return Vec::new();
    };
    let mut steps = Vec::new();
    for (index, value) in given.iter().enumerate() {
        match step(value) {
            Ok(step) => steps.push(step),
            Err(message) => problems.add(format!("{at}/{index}"), message),
        }
    }
    covers(&steps, at, fields, problems);
    steps
}

fn step(given: &Value) -> Result<Step, String> {
    let object = given.as_object().ok_or("must be an object {title, fields}")?;
    if object.keys().any(|name| !matches!(name.as_str(), "title" | "fields")) {
        return Err("a step has only `title` and `fields`".to_owned());
    }
    let title = object.get("title").ok_or("`title` must be given as {zh, en}")?;
    let title = texts(title).map_err(|message| format!("`title` {message}"))?;
    let names = object.get("fields").and_then(Value::as_array).ok_or("`fields` must be a list of names")?;
    let fields: Vec<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if fields.len() != names.len() || !(1..=MAX_ON_PAGE).contains(&fields.len()) {
        return Err(format!("`fields` must be 1 to {MAX_ON_PAGE} names"));
    }
    Ok(Step { title, fields })
}

fn covers(steps: &[Step], at: &str, fields: &[Field], problems: &mut Problems) {
    let listed: Vec<&str> = steps.iter().flat_map(|step| &step.fields).map(String::as_str).collect();
    for (index, name) in listed.iter().enumerate() {
        if !fields.iter().any(|field| field.name == *name) {
            problems.add(at, format!("`{name}` is no field"));
        }
        if listed.iter().take(index).any(|other| other == name) {
            problems.add(at, format!("`{name}` stands in two places"));
        }
    }
    for field in fields.iter().filter(|field| !listed.contains(&field.name.as_str())) {
        problems.add(at, format!("`{}` stands in no step", field.name));
    }
    // One order for pages, checks and the summary; conditions rely on it.
    let in_order = listed.iter().zip(fields).all(|(name, field)| field.name == *name);
    let same_names =
        listed.len() == fields.len() && fields.iter().all(|field| listed.contains(&field.name.as_str()));
    if same_names && !in_order {
        problems.add(at, "the steps must list the fields in the order in which they are described");
    }
}

fn made(fields: &[Field]) -> Vec<Step> {
    let page = |chunk: &[Field]| Step {
        title: Text::new("填写信息", "Your details"),
        fields: chunk.iter().map(|field| field.name.clone()).collect(),
    };
    fields.chunks(MAX_ON_PAGE).map(page).collect()
}
