//! The shapes of what is sent and answered, each on the page of the area that alone uses it, or on that of the shared ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::extract::{Path, State};
use maud::{Markup, html};
use serde_json::Value;

use super::{AREAS, label, operations_of};
use crate::api::openapi::DOCUMENT;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};
use crate::i18n::ApiDocs;
use crate::ui::table::{Column, Row, Table, data_table};
use crate::ui::{Page, PageCx, card, shell};

/// Where schemas stand that several areas use, or that all refusals do.
const SHARED: &str = "shared";

/// Each schema's page.
static HOMES: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(homes);

fn homes() -> BTreeMap<String, &'static str> {
    let mut users: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for area in AREAS {
        for (_, _, operation) in operations_of(area) {
            let (mut found, mut open) = (BTreeSet::new(), vec![operation]);
            while let Some(value) = open.pop() {
                for name in references(value) {
                    if found.insert(name) {
                        open.extend(all().and_then(|schemas| schemas.get(name)));
                    }
                }
            }
            for name in found {
                users.entry(name.to_owned()).or_default().insert(area);
            }
        }
    }
    let home = |areas: BTreeSet<&'static str>| {
        let mut areas = areas.into_iter();
        match (areas.next(), areas.next()) {
            (Some(only), None) => only,
            _ => SHARED,
        }
    };
    users.into_iter().map(|(name, areas)| (name, home(areas))).collect()
}

fn all() -> Option<&'static serde_json::Map<String, Value>> {
    DOCUMENT.pointer("/components/schemas").and_then(Value::as_object)
}

/// The names of the schemas a value refers to.
fn references(value: &Value) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![value]);
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str);
                found.extend(name.and_then(|path| path.rsplit('/').next()));
                open.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

fn home(name: &str) -> &'static str {
    HOMES.get(name).copied().unwrap_or(SHARED)
}

/// The schemas of one page.
fn of(area: &str) -> Vec<(&'static String, &'static Value)> {
    all().into_iter().flatten().filter(|(name, _)| home(name) == area).collect()
}

fn title(t: &ApiDocs, area: &str) -> &'static str {
    if area == SHARED { t.shared } else { label(t, area) }
}

/// `/api/docs/schemas`: what there is, and where.
pub(in crate::api) async fn names(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let body = html! {
        (shell::back_link("/api/docs", t.title))
        h1 { (t.schemas) }
        p { (t.schemas_intro) }
        @for area in AREAS.into_iter().chain([SHARED]) {
            @if !of(area).is_empty() {
                h2 { a href={ "/api/docs/schemas/" (area) } { (title(t, area)) } }
                p { @for (name, _) in of(area) { a href={ "/api/docs/schemas/" (area) "#" (name) } { (name) } " " } }
            }
        }
    };
    Ok(shell::portal(&cx, &Page::new(t.schemas).public(), html! { div.stack { (body) } }))
}

/// `/api/docs/schemas/{area}`: the schemas of one area.
pub(in crate::api) async fn area(
    State(app): State<App>,
    visitor: Visitor,
    Path(area): Path<String>,
) -> Result<Markup, Refused> {
    let schemas = of(&area);
    if schemas.is_empty() {
        return Err(EdgeError::NotFound.into());
    }
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let body = html! {
        (shell::back_link("/api/docs/schemas", t.schemas))
        h1 { (title(t, &area)) }
        @for (name, schema) in schemas { (one_schema(&cx, name, schema)) }
    };
    Ok(shell::portal(&cx, &Page::new(t.schemas).public(), html! { div.stack { (body) } }))
}

fn one_schema(cx: &PageCx, name: &str, schema: &Value) -> Markup {
    let t = ApiDocs::of(cx.locale);
    let columns = vec![Column::new(t.member), Column::new(t.kind), Column::new(t.required)];
    let rows = parts(schema).into_iter().flat_map(members).map(|(member, required, schema)| {
        let required = if required { t.yes } else { t.no };
        Row::new(vec![html! { code { (member) } }, kind(schema), html! { (required) }])
    });
    let shown = Table { caption: name, columns, rows: rows.collect(), select: None, stack: true };
    let example = schema.get("example").or_else(|| schema.pointer("/examples/0"));
    let body = html! {
        @if shown.rows.is_empty() { p { (kind(schema)) } } @else { (data_table(cx, &shown)) }
        @if let Some(example) = example {
            p { (t.example) }
            pre.code tabindex="0" { code { (serde_json::to_string_pretty(example).unwrap_or_default()) } }
        }
    };
    card::card(name, name, None, body)
}

/// A schema, or the schemas it is put together from.
fn parts(schema: &Value) -> Vec<&Value> {
    let all =
        ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)).filter_map(Value::as_array);
    std::iter::once(schema).chain(all.flatten()).collect()
}

/// Name, whether it must be there, shape.
fn members(schema: &Value) -> Vec<(&str, bool, &Value)> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.map(|(name, shape)| (name.as_str(), required.contains(&name.as_str()), shape)).collect()
}

/// What a value is: a link to its schema, a list of it, or the name of its type.
fn kind(schema: &Value) -> Markup {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let choices = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema.get(*key)?.as_array());
    let values = schema.get("enum").and_then(Value::as_array);
    html! {
        @if reference.is_some() {
            (schema_link(schema))
        } @else if let Some(items) = schema.get("items") {
            "[" (kind(items)) "]"
        } @else if let Some(choices) = choices {
            @for (index, choice) in choices.iter().enumerate() {
                @if index > 0 { " | " }
                (kind(choice))
            }
        } @else if let Some(values) = values {
            code { (values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")) }
        } @else {
            code { (type_name(schema)) }
        }
    }
}

fn type_name(schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    let name = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => "object".to_owned(),
    };
    format.map_or(name.clone(), |format| format!("{name} ({format})"))
}

pub(super) fn schema_link(schema: &Value) -> Markup {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    html! {
        @match name {
            Some(name) => { a href={ "/api/docs/schemas/" (home(name)) "#" (name) } { code { (name) } } }
            None => { code { (type_name(schema)) } }
        }
    }
}
