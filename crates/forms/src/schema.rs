//! Writes JSON Schema 2020-12 for fields and pages. What `read` reads and this writes is the same form again.

use kernel::{Locale, Text};
use serde_json::{Map, Value, json};

use crate::model::{ADDRESS_PARTS, Field, FieldKind, SchemaProblem, Step};
use crate::read::Draft;
use crate::value::{MAX_EMAIL, MAX_SLOT};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Marks the conditions written here, so that reading a schema back does not double them.
const OURS: &str = "x-show-when";
const PHONE: &str = "^\\+861[3-9][0-9]{9}$";

pub(crate) fn write(draft: &Draft) -> Result<Value, Vec<SchemaProblem>> {
    let mut problems = Vec::new();
    let mut root = draft.base.clone();
    let given = root.remove("properties");
    let mut properties = Map::new();
    for field in &draft.fields {
        let base = given.as_ref().and_then(|all| all.get(&field.name)).and_then(Value::as_object);
        let property = merged(field, base.cloned().unwrap_or_default(), &mut problems);
        properties.insert(field.name.clone(), property);
    }
    let always = draft.fields.iter().filter(|field| field.required && field.show_when.is_none());
    root.insert("$schema".to_owned(), DIALECT.into());
    root.insert("type".to_owned(), "object".into());
    root.insert("properties".to_owned(), properties.into());
    root.insert("required".to_owned(), always.map(|field| Value::from(field.name.as_str())).collect());
    root.insert("additionalProperties".to_owned(), false.into());
    root.insert("x-steps".to_owned(), draft.steps.iter().map(step).collect());
    let mut rules = match root.remove("allOf") {
        Some(Value::Array(rules)) => rules,
        None => Vec::new(),
        Some(_) => {
            let message = "must be a list of schemas".to_owned();
            return Err(vec![SchemaProblem { pointer: "/allOf".to_owned(), message }]);
        }
    };
    rules.retain(|rule| rule.get("$comment").and_then(Value::as_str) != Some(OURS));
    rules.extend(draft.fields.iter().filter_map(condition));
    if !rules.is_empty() {
        root.insert("allOf".to_owned(), rules.into());
    }
    if problems.is_empty() { Ok(Value::Object(root)) } else { Err(problems) }
}

fn step(step: &Step) -> Value {
    json!({ "title": step.title, "fields": step.fields })
}

/// Requires a conditional field where it is shown.
fn condition(field: &Field) -> Option<Value> {
    let condition = field.show_when.as_ref().filter(|_| field.required)?;
    let mut known = Map::new();
    known.insert(condition.field.clone(), json!({ "enum": condition.is }));
    Some(json!({
        "$comment": OURS,
        "if": { "properties": known, "required": [condition.field] },
        "then": { "required": [field.name] },
    }))
}

/// Our keywords over the given ones; those that contradict are problems.
fn merged(field: &Field, mut given: Map<String, Value>, problems: &mut Vec<SchemaProblem>) -> Value {
    for (keyword, ours) in standard(field) {
        match given.get(&keyword) {
            Some(theirs) if *theirs != ours => problems.push(SchemaProblem {
                pointer: format!("/properties/{}/{keyword}", field.name),
                message: format!("for the kind `{}` this must be {ours}", field.kind.name()),
            }),
            _ => {
                given.insert(keyword, ours);
            }
        }
    }
    given.entry("title").or_insert_with(|| field.label.get(Locale::En).into());
    if let Some(description) = description(field) {
        given.entry("description").or_insert_with(|| description.into());
    }
    for (keyword, ours) in extra(field) {
        given.insert(keyword.to_owned(), ours);
    }
    Value::Object(given)
}

/// For programs: what `x-` keywords would tell.
fn description(field: &Field) -> Option<String> {
    let unit = match field.kind {
        FieldKind::Money { .. } => Some("In fen (1/100 yuan)."),
        FieldKind::Phone => Some("E.164."),
        _ => None,
    };
    let hint = field.hint.as_ref().map(|hint| hint.get(Locale::En));
    let parts: Vec<&str> = hint.into_iter().chain(unit).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The standard keywords of the kind.
fn standard(field: &Field) -> Map<String, Value> {
    let schema = match &field.kind {
        FieldKind::Text { min, max, pattern } => {
            let mut schema = json!({ "type": "string", "minLength": min, "maxLength": max });
            if let (Some(pattern), Some(schema)) = (pattern, schema.as_object_mut()) {
                schema.insert("pattern".to_owned(), pattern.source.as_str().into());
                schema.insert("examples".to_owned(), json!([pattern.example]));
            }
            schema
        }
        FieldKind::Paragraph { max } => json!({ "type": "string", "minLength": 1, "maxLength": max }),
        FieldKind::Phone => json!({ "type": "string", "pattern": PHONE }),
        FieldKind::Email => json!({ "type": "string", "format": "email", "maxLength": MAX_EMAIL }),
        FieldKind::Money { min, max, step } => {
            let mut schema = json!({ "type": "integer", "minimum": min, "maximum": max });
            if let (Some(step), Some(schema)) = (step, schema.as_object_mut()) {
                schema.insert("multipleOf".to_owned(), (*step).into());
            }
            schema
        }
        FieldKind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldKind::Choice { options, .. } => {
            let values: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            json!({ "type": "string", "enum": values })
        }
        FieldKind::Flag if field.required => json!({ "type": "boolean", "const": true }),
        FieldKind::Flag => json!({ "type": "boolean" }),
        FieldKind::Date { .. } => {
            json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
        }
        FieldKind::Slot => json!({ "type": "string", "minLength": 1, "maxLength": MAX_SLOT }),
        FieldKind::Address => address(),
        FieldKind::NationalId => json!({ "type": "string", "pattern": "^[1-9][0-9]{16}[0-9X]$" }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn address() -> Value {
    let mut properties = Map::new();
    for part in ADDRESS_PARTS {
        let limits = if part.name == "phone" {
            json!({ "type": "string", "title": part.en, "pattern": PHONE })
        } else {
            json!({ "type": "string", "title": part.en, "minLength": 1, "maxLength": part.max })
        };
        properties.insert(part.name.to_owned(), limits);
    }
    let required: Vec<&str> =
        ADDRESS_PARTS.iter().filter(|part| part.required).map(|part| part.name).collect();
    json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    })
}

/// What standard JSON Schema has no words for.
fn extra(field: &Field) -> Vec<(&'static str, Value)> {
    let mut out = vec![
        ("x-kind", field.kind.name().into()),
        ("x-label", json!(field.label)),
        ("x-width", field.width.name().into()),
    ];
    let text = |text: &Option<Text>| text.as_ref().map(|text| json!(text));
    let word = |word: &Option<String>| word.as_deref().map(Value::from);
    let number = |number: &Option<i32>| number.map(Value::from);
    let mut add = |keyword, value: Option<Value>| out.extend(value.map(|value| (keyword, value)));
    add("x-hint", text(&field.hint));
    add("x-noun", text(&field.noun));
    add("x-autocomplete", word(&field.autocomplete));
    add("x-remember", word(&field.remember));
    add("x-sensitive", field.sensitive.then_some(Value::Bool(true)));
    add("default", field.default.clone());
    if let Some(condition) = &field.show_when {
        add("x-show-when", Some(json!({ "field": condition.field, "is": condition.is })));
        add("x-required", Some(field.required.into()));
    }
    match &field.kind {
        FieldKind::Text { pattern: Some(pattern), .. } => add("x-format", Some(json!(pattern.format))),
        FieldKind::Choice { options, style } => {
            let style = match style {
                crate::ChoiceStyle::Radio => "radio",
                crate::ChoiceStyle::Select => "select",
            };
            add("x-style", Some(style.into()));
            let option = |option: &crate::ChoiceOption| match &option.hint {
                Some(hint) => json!({ "value": option.value, "label": option.label, "hint": hint }),
                None => json!({ "value": option.value, "label": option.label }),
            };
            add("x-options", Some(options.iter().map(option).collect()));
        }
        FieldKind::Date { min_days_ahead, max_days_ahead } => {
            add("x-min-days-ahead", number(min_days_ahead));
            add("x-max-days-ahead", number(max_days_ahead));
        }
        _ => {}
    }
    out
}
