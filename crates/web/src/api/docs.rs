//! The documentation for people, made from the same document programs read: operations, codes, schemas. Nothing but HTML.

use axum::extract::State;
use kernel::{CodeInfo, Locale};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::openapi::{DOCUMENT, summary};
use crate::app::App;
use crate::edge::problem::{EdgeError, status_of};
use crate::edge::{Refused, Visitor};
use crate::i18n::ApiDocs;
use crate::ui::table::{Column, Row, Table, data_table};
use crate::ui::{Page, PageCx, card, shell};

/// Every code a refusal can carry, by room.
pub(super) fn registry() -> Vec<&'static [CodeInfo]> {
    let mut rooms: Vec<&'static [CodeInfo]> = vec![
        EdgeError::CODES,
        super::json::FIELD_CODES,
        identity::Error::CODES,
        audit::Error::CODES,
        risk::Error::CODES,
        identity::real_name::Error::CODES,
        crate::edge::upload::Error::CODES,
        ordering::Error::CODES,
        ordering::payment::Error::CODES,
        ledger::Error::CODES,
        notify::Error::CODES,
        forms::CODES,
    ];
    rooms.extend(catalogue::CODES);
    rooms.extend(fulfilment::CODES);
    rooms
}

/// `/api/docs`: how it works, what can be called, what can go wrong.
pub(super) async fn operations(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let body = html! {
        h1 { (t.title) }
        p { (t.intro) }
        p {
            a href="/openapi.json" { (t.document) } " · " a href="/api/docs/schemas" { (t.schemas) } " · "
            a href="#codes" { (t.codes) }
        }
        (card::card("how", t.how, None, html! {
            div.stack {
                @for words in [t.how_token, t.how_key, t.how_money, t.how_pages, t.how_live, t.how_problems] { p { (words) } }
            }
        }))
        @for (tag, label) in tags(t) { (tagged(&cx, tag, label)) }
        section aria-labelledby="codes" { h2 #codes { (t.codes) } p { (t.codes_intro) } (codes(&cx)) }
    };
    Ok(shell::portal(&cx, &Page::new(t.title).description(t.intro).public(), html! { div.stack { (body) } }))
}

/// `/api/docs/schemas`: the shapes of what is sent and answered.
pub(super) async fn schemas(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let all = DOCUMENT.pointer("/components/schemas").and_then(Value::as_object);
    let body = html! {
        (shell::back_link("/api/docs", t.title))
        h1 { (t.schemas) }
        p { (t.schemas_intro) }
        @for (name, schema) in all.into_iter().flatten() { (one_schema(&cx, name, schema)) }
    };
    Ok(shell::portal(&cx, &Page::new(t.schemas).public(), html! { div.stack { (body) } }))
}

const fn tags(t: &ApiDocs) -> [(&'static str, &'static str); 6] {
    [
        ("accounts", t.tag_accounts),
        ("services", t.tag_services),
        ("orders", t.tag_orders),
        ("payments", t.tag_payments),
        ("wallet", t.tag_wallet),
        ("callbacks", t.tag_callbacks),
    ]
}

/// The operations of one tag.
fn tagged(cx: &PageCx, tag: &str, label: &str) -> Markup {
    let paths = DOCUMENT.get("paths").and_then(Value::as_object).into_iter().flatten();
    let each = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    let ours = each.filter(|(_, _, operation)| {
        operation.get("tags").and_then(Value::as_array).is_some_and(|tags| tags.iter().any(|t| t == tag))
    });
    html! {
        section aria-labelledby=(tag) {
            h2 id=(tag) { (label) }
            @for (path, method, operation) in ours { (one_operation(cx, path, method, operation)) }
        }
    }
}

fn one_operation(cx: &PageCx, path: &str, method: &str, operation: &Value) -> Markup {
    let t = ApiDocs::of(cx.locale);
    let id = text(operation, "operationId");
    let public = operation.get("security").and_then(Value::as_array).is_some_and(|list| {
        list.is_empty() || list.iter().any(|one| one.as_object().is_some_and(Map::is_empty))
    });
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let parameters: Vec<Markup> = parameters
        .map(|parameter| {
            let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
            html! {
                li {
                    code { (text(parameter, "name")) } " " span.muted { (place(t, text(parameter, "in"))) }
                    @if required { " " span.muted { (t.required) } }
                }
            }
        })
        .collect();
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let head =
        html! { span { (summary(id, cx.locale)) br; code.sm { b { (method.to_uppercase()) } " " (path) } } };
    html! {
        details.more id=(id) {
            summary { (head) }
            div.inside.stack {
                @if public { p.muted { (t.public) } }
                @if !parameters.is_empty() { p { (t.parameters) } ul.plain { @for one in &parameters { (one) } } }
                @if let Some(schema) = body { p { (t.body) " " (schema_link(schema)) } }
                p {
                    (t.answers)
                    @for (status, response) in responses.filter(|(status, _)| *status != "default") {
                        " " span.num { (status) }
                        @for (_, media) in response.get("content").and_then(Value::as_object).into_iter().flatten() {
                            " " (schema_link(media.get("schema").unwrap_or(&Value::Null)))
                        }
                    }
                }
            }
        }
    }
}

fn place(t: &ApiDocs, place: &str) -> &'static str {
    match place {
        "path" => t.in_path,
        "header" => t.in_header,
        _ => t.in_query,
    }
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

fn schema_link(schema: &Value) -> Markup {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    html! {
        @match name {
            Some(name) => { a href={ "/api/docs/schemas#" (name) } { code { (name) } } }
            None => { code { (type_name(schema)) } }
        }
    }
}

/// The registry of codes: what `type` and `code` of a problem say.
fn codes(cx: &PageCx) -> Markup {
    let t = ApiDocs::of(cx.locale);
    let columns =
        vec![Column::new(t.code), Column::number(t.status), Column::new(t.kind), Column::new(t.words)];
    let rows = registry().into_iter().flatten().map(|info| {
        let words = html! {
            span lang=(Locale::Zh.tag()) { (info.zh) } br; span.muted lang=(Locale::En.tag()) { (info.en) }
        };
        let status = status_of(info.code, info.kind).as_u16();
        let code = html! { code id=(info.code) { (info.code) } };
        Row::new(vec![code, html! { (status) }, html! { (format!("{:?}", info.kind)) }, words])
    });
    let shown = Table { caption: t.codes, columns, rows: rows.collect(), select: None, stack: true };
    data_table(cx, &shown)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
