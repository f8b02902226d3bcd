//! Reads a form in either spelling into fields and pages, and says everything that is wrong with it.
//!
//! Both spellings say the same things under different keys ([`Key`]), so there is one reader.

mod keys;
mod kind;
mod layout;

use kernel::Text;
use serde_json::{Map, Value};

use crate::model::{Condition, Field, FieldKind, SchemaProblem, Step, Width};
use crate::value;
use keys::{Dialect, Keys, key};

/// Questions of one form. More is no form a person fills in.
const MAX_FIELDS: usize = 60;
/// Han characters of what messages call a field, so that every message stays within 25.
const MAX_NOUN: usize = 12;
const MAX_NAME: usize = 40;

/// What was read, before the schema is written.
pub(crate) struct Draft {
    pub fields: Vec<Field>,
    pub steps: Vec<Step>,
    /// Where `schema` starts from: what was given as JSON Schema, or nothing.
    pub base: Map<String, Value>,
}

/// Collects problems.
#[derive(Default)]
pub(crate) struct Problems(pub Vec<SchemaProblem>);

impl Problems {
    pub fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(SchemaProblem { pointer: pointer.into(), message: message.into() });
    }
}

pub(crate) fn form(given: &Value) -> Result<Draft, Vec<SchemaProblem>> {
    let mut problems = Problems::default();
    let draft = match given {
        Value::Array(fields) => author(fields, None, "", &mut problems),
        Value::Object(object) if object.contains_key("fields") => {
            for name in object.keys().filter(|name| !matches!(name.as_str(), "fields" | "steps")) {
                problems.add(format!("/{name}"), "unknown key; a form has `fields` and `steps`");
            }
            match object.get("fields").and_then(Value::as_array) {
                Some(fields) => author(fields, object.get("steps"), "/fields", &mut problems),
                None => return Err(one("/fields", "must be a list of fields")),
            }
        }
        Value::Object(object) => schema(object, &mut problems),
        _ => return Err(one("", "must be a list of fields, an object with `fields`, or a JSON Schema")),
    };
    if problems.0.is_empty() { Ok(draft) } else { Err(problems.0) }
}

fn one(pointer: &str, message: &str) -> Vec<SchemaProblem> {
    vec![SchemaProblem { pointer: pointer.to_owned(), message: message.to_owned() }]
}

fn author(given: &[Value], steps: Option<&Value>, at: &str, problems: &mut Problems) -> Draft {
    let mut fields: Vec<Field> = Vec::new();
    for (index, value) in given.iter().enumerate().take(MAX_FIELDS.saturating_add(1)) {
        let pointer = format!("{at}/{index}");
        let Some(object) = value.as_object() else {
            problems.add(pointer, "must be an object such as {name, kind, label}");
            continue;
        };
        let mut keys = Keys::new(Dialect::Author, object, pointer.clone(), problems);
        let name = keys.text(key::NAME).unwrap_or_default();
        let field = field(&mut keys, name, None);
        keys.finish();
        fields.extend(field);
    }
    common(&fields, at, Dialect::Author, problems);
    let steps = layout::steps(steps, "/steps", &fields, problems);
    Draft { fields, steps, base: Map::new() }
}

fn schema(object: &Map<String, Value>, problems: &mut Problems) -> Draft {
    if object.get("type").and_then(Value::as_str) != Some("object") {
        problems.add("/type", "must be `object`");
    }
    match object.get("additionalProperties") {
        None | Some(Value::Bool(false)) => {}
        Some(_) => problems.add("/additionalProperties", "must be false"),
    }
    let empty = Map::new();
    let properties = match object.get("properties") {
        None => &empty,
        Some(Value::Object(properties)) => properties,
        Some(_) => {
            problems.add("/properties", "must be an object");
            &empty
        }
    };
    let required: Vec<&str> = match object.get("required").map(Value::as_array) {
        None => Vec::new(),
        Some(Some(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(None) => {
            problems.add("/required", "must be a list of names");
            Vec::new()
        }
    };
    let mut fields = Vec::new();
    for name in layout::order(object.get("x-steps"), properties) {
        let Some(value) = properties.get(name) else { continue };
        let pointer = format!("/properties/{}", name.replace('~', "~0").replace('/', "~1"));
        let Some(property) = value.as_object() else {
            problems.add(pointer, "must be an object");
            continue;
        };
        let mut keys = Keys::new(Dialect::Schema, property, pointer, problems);
        let read = field(&mut keys, name.to_owned(), Some(required.contains(&name)));
        keys.finish();
        fields.extend(read);
    }
    common(&fields, "/properties", Dialect::Schema, problems);
    let steps = layout::steps(object.get("x-steps"), "/x-steps", &fields, problems);
    Draft { fields, steps, base: object.clone() }
}

/// One field; `listed` tells whether a JSON Schema lists it as required.
fn field(keys: &mut Keys<'_>, name: String, listed: Option<bool>) -> Option<Field> {
    check_name(keys, &name);
    let kind = kind::read(keys);
    if kind.is_none() {
        keys.allow_any();
    }
    let label = keys.both(key::LABEL);
    if label.is_none() {
        keys.missing(key::LABEL, "must be given as {zh, en}");
    }
    let hint = keys.both(key::HINT);
    let noun = keys.both(key::NOUN);
    if let Some(label) = &label {
        check_noun(keys, label, noun.as_ref());
    }
    let required = keys.flag(key::REQUIRED);
    let autocomplete = keys.text(key::AUTOCOMPLETE);
    let width = keys.text(key::WIDTH).and_then(|given| {
        let width = Width::ALL.into_iter().find(|width| width.name() == given);
        if width.is_none() {
            keys.wrong(key::WIDTH, "must be short, medium, long or full");
        }
        width
    });
    let show_when = keys.get(key::SHOW_WHEN).cloned().and_then(|value| condition(keys, &value));
    let remember = keys.text(key::REMEMBER);
    let sensitive = keys.flag(key::SENSITIVE);
    let default = keys.get(key::DEFAULT).cloned();
    let (kind, label) = (kind?, label?);
    if sensitive == Some(false) && kind.is_personal() {
        keys.wrong(key::SENSITIVE, "an answer of this kind is always personal data");
    }
    if show_when.is_some() && listed == Some(true) {
        keys.wrong(key::SHOW_WHEN, "a field shown conditionally is required by `x-required`, not `required`");
    }
    let mut field = Field {
        required: match listed {
            Some(listed) => listed || required.unwrap_or(false),
            None => required.unwrap_or(!matches!(kind, FieldKind::Flag)),
        },
        autocomplete: autocomplete.or_else(|| kind.default_autocomplete().map(str::to_owned)),
        width: width.unwrap_or_else(|| kind.default_width()),
        sensitive: sensitive.unwrap_or(false) || kind.is_personal(),
        default: None,
        name,
        label,
        hint,
        noun,
        kind,
        show_when,
        remember,
    };
    field.default = default.and_then(|value| first_value(keys, &field, &value));
    Some(field)
}

fn check_name(keys: &mut Keys<'_>, name: &str) {
    let fits = name.len() <= MAX_NAME
        && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !fits {
        keys.missing(key::NAME, "the name must be [a-z][a-z0-9_]* and at most 40 characters");
    }
}

fn check_noun(keys: &mut Keys<'_>, label: &Text, noun: Option<&Text>) {
    let (key, words) = match noun {
        Some(noun) => (key::NOUN, noun),
        None => (key::LABEL, label),
    };
    if words.zh.chars().filter(char::is_ascii).count() != words.zh.chars().count()
        && words.zh.chars().count() > MAX_NOUN
    {
        keys.wrong(key, "the Chinese has more than 12 characters; give a shorter `noun` for messages");
    }
}

fn condition(keys: &mut Keys<'_>, value: &Value) -> Option<Condition> {
    let message = "must be {field: NAME, is: VALUE or [VALUES]}";
    let field = value.get("field").and_then(Value::as_str);
    let is = match value.get("is") {
        Some(Value::Array(values)) => values.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(single) => vec![single.clone()],
    };
    match (field, value.as_object().map_or(0, Map::len)) {
        (Some(field), 2) if !is.is_empty() => Some(Condition { field: field.to_owned(), is }),
        _ => {
            keys.wrong(key::SHOW_WHEN, message);
            None
        }
    }
}

/// The value first shown: such as the field itself would accept.
fn first_value(keys: &mut Keys<'_>, field: &Field, given: &Value) -> Option<Value> {
    let allowed = matches!(
        field.kind,
        FieldKind::Text { .. }
            | FieldKind::Paragraph { .. }
            | FieldKind::Money { .. }
            | FieldKind::Integer { .. }
            | FieldKind::Choice { .. }
            | FieldKind::Flag
    );
    if !allowed {
        keys.wrong(key::DEFAULT, "a field of this kind has no default");
        return None;
    }
    let given = match (&field.kind, keys.dialect()) {
        (FieldKind::Money { .. }, Dialect::Author) => Value::from(keys.fen(key::DEFAULT)?),
        (FieldKind::Flag, _) if field.required => {
            keys.wrong(key::DEFAULT, "what must be ticked is never ticked beforehand");
            return None;
        }
        _ => given.clone(),
    };
    match value::check(field, Some(&given), jiff::civil::Date::MAX) {
        Ok(Some(value)) => Some(value),
        Ok(None) => None,
        Err(errors) => {
            let why = errors.first().map(|error| error.en.clone()).unwrap_or_default();
            keys.wrong(key::DEFAULT, &format!("the field itself would refuse this: {why}"));
            None
        }
    }
}

/// What concerns several fields.
fn common(fields: &[Field], at: &str, dialect: Dialect, problems: &mut Problems) {
    if fields.len() > MAX_FIELDS {
        problems.add(at, format!("at most {MAX_FIELDS} fields"));
    }
    for (index, field) in fields.iter().enumerate() {
        let place = match dialect {
            Dialect::Author => format!("{at}/{index}"),
            Dialect::Schema => format!("{at}/{}", field.name),
        };
        let mut earlier = fields.iter().take(index);
        if earlier.clone().any(|other| other.name == field.name) {
            problems.add(&place, format!("two fields are named `{}`", field.name));
        }
        let Some(condition) = &field.show_when else { continue };
        let place = format!("{place}/{}", key::SHOW_WHEN.in_dialect(dialect));
        match earlier.find(|other| other.name == condition.field).map(|other| &other.kind) {
            None => problems.add(place, format!("`{}` is no earlier field", condition.field)),
            Some(FieldKind::Flag) if condition.is.iter().all(Value::is_boolean) => {}
            Some(FieldKind::Choice { options, .. }) => {
                let offered = |value: &Value| options.iter().any(|option| value == option.value.as_str());
                if let Some(value) = condition.is.iter().find(|value| !offered(value)) {
                    problems.add(place, format!("{value} is no option of `{}`", condition.field));
                }
            }
            Some(FieldKind::Flag) => problems.add(place, "a flag is true or false"),
            Some(_) => problems.add(place, "only a choice or a flag can decide what is shown"),
        }
    }
}
