//! [`Form`]: a parsed, checked form. Cheap to clone; its validator is built once.

use std::sync::Arc;

use jiff::civil::Date;
use jsonschema::{PatternOptions, Validator};
use kernel::{FieldError, Locale};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Field, FieldKind, SchemaProblem, Step, SummaryRow, check, pairs, read, schema, summary};

/// The form of a service.
#[derive(Debug, Clone)]
pub struct Form {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    schema: Value,
    fields: Vec<Field>,
    steps: Vec<Step>,
    validator: Validator,
}

impl Form {
    /// Reads the author's form or the JSON Schema form, see the crate's documentation. Says all that is wrong.
    pub fn parse(given: &Value) -> Result<Self, Vec<SchemaProblem>> {
        let draft = read::form(given)?;
        let schema = schema::write(&draft)?;
        let one = |message: String| vec![SchemaProblem { pointer: String::new(), message }];
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            let pointer = error.instance_path().to_string();
            return Err(vec![SchemaProblem { pointer, message: error.to_string() }]);
        }
        // The plain engine takes time linear in the text, whatever pattern the schema brings.
        let validator = jsonschema::draft202012::options()
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(&schema)
            .map_err(|error| one(error.to_string()))?;
        let inner = Inner { schema, fields: draft.fields, steps: draft.steps, validator };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same form without some fields: those that another choice of the service makes pointless. Conditions on a field that is left out
    /// cannot be kept, and are refused.
    pub fn without(&self, names: &[&str]) -> Result<Self, Vec<SchemaProblem>> {
        let mut schema = self.schema().clone();
        let keeps = |name: &Value| name.as_str().is_none_or(|name| !names.contains(&name));
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|name, _| !names.contains(&name.as_str()));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(keeps);
        }
        if let Some(steps) = schema.get_mut("x-steps").and_then(Value::as_array_mut) {
            for step in steps.iter_mut() {
                if let Some(fields) = step.get_mut("fields").and_then(Value::as_array_mut) {
                    fields.retain(keeps);
                }
            }
            steps.retain(|step| step.get("fields").and_then(Value::as_array).is_none_or(|f| !f.is_empty()));
        }
        Self::parse(&schema)
    }

    /// Standard JSON Schema 2020-12 of the normalised answers, with `x-` keywords; `parse` reads it back.
    pub fn schema(&self) -> &Value {
        &self.inner.schema
    }

    /// In the order they are asked.
    pub fn fields(&self) -> &[Field] {
        &self.inner.fields
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The question pages; none when nothing is asked.
    pub fn steps(&self) -> &[Step] {
        &self.inner.steps
    }

    /// The normalised answers, or everything that is wrong with `answers`, in the order of the fields.
    ///
    /// `today` is the customer's day. Answers to fields that are not shown are dropped; an unticked flag becomes `false`.
    pub fn check(&self, answers: &Value, today: Date) -> Result<Value, Vec<FieldError>> {
        check::whole(self, answers, today)
    }

    /// Like [`check`](Self::check) for the shown fields of one page; `answers` may hold those of other pages, which
    /// decide what is shown. Gives the answers of this page only. The schema's last word comes with `check`.
    pub fn check_step(&self, step: usize, answers: &Value, today: Date) -> Result<Value, Vec<FieldError>> {
        check::step(self, step, answers, today)
    }

    /// What an HTML form posts, as answers: numbers and amounts are read where they can be, kept as typed where not (so
    /// the page can show them again beside the error). Empty is absent; the last of equal names counts.
    pub fn from_pairs<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
        pairs::read(self.fields(), pairs)
    }

    /// The inverse of [`from_pairs`](Self::from_pairs): the values of HTML controls for `answers`, right or wrong.
    pub fn to_pairs(&self, answers: &Value) -> Vec<(String, String)> {
        pairs::write(self.fields(), answers)
    }

    /// The fields that are asked, given the answers so far.
    pub fn visible(&self, answers: &Value) -> Vec<&Field> {
        match answers.as_object() {
            Some(given) => self.fields().iter().filter(|field| self.shows(field, given)).collect(),
            None => self.fields().iter().filter(|field| self.shows(field, &Map::new())).collect(),
        }
    }

    /// One row for each shown field, for "check your answers". `answers` are normalised ones.
    pub fn summary(&self, answers: &Value, locale: Locale) -> Vec<SummaryRow> {
        summary::rows(self, answers, locale)
    }

    /// The names of fields that hold personal data.
    pub fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.fields().iter().filter(|field| field.sensitive).map(|field| field.name.as_str())
    }

    pub(crate) fn validator(&self) -> &Validator {
        &self.inner.validator
    }

    /// Conditions look only at earlier fields, so this ends.
    pub(crate) fn shows(&self, field: &Field, given: &Map<String, Value>) -> bool {
        let Some(condition) = &field.show_when else { return true };
        let Some(earlier) = self.field(&condition.field) else { return false };
        let unticked = Value::Bool(false);
        let answer = match (given.get(&earlier.name), &earlier.kind) {
            (None | Some(Value::Null), FieldKind::Flag) => &unticked,
            (Some(answer), _) => answer,
            (None, _) => return false,
        };
        condition.is.contains(answer) && self.shows(earlier, given)
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.schema().serialize(out)
    }
}
