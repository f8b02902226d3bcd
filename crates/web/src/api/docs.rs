//! The documentation for people, made from the same document programs read. Nothing but HTML: an index, a page an area, and the pages of
//! [`schemas`] and [`codes`], so that none grows with all of the API.

pub(super) mod codes;
pub(super) mod schemas;

use axum::extract::{Path, State};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::openapi::{DOCUMENT, summary};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};
use crate::i18n::ApiDocs;
use crate::ui::{Page, PageCx, card, shell};

/// The areas in the order they are read: the tags of the operations.
pub(super) const AREAS: [&str; 14] = [
    "accounts",
    "security",
    "privacy",
    "organisations",
    "keys",
    "services",
    "orders",
    "payments",
    "wallet",
    "staff",
    "reviews",
    "audit",
    "shield",
    "callbacks",
];

fn label(t: &ApiDocs, area: &str) -> &'static str {
    match area {
        "accounts" => t.tag_accounts,
        "security" => t.tag_security,
        "privacy" => t.tag_privacy,
        "organisations" => t.tag_organisations,
        "keys" => t.tag_keys,
        "services" => t.tag_services,
        "orders" => t.tag_orders,
        "payments" => t.tag_payments,
        "wallet" => t.tag_wallet,
        "staff" => t.tag_staff,
        "reviews" => t.tag_reviews,
        "audit" => t.tag_audit,
        "shield" => t.tag_shield,
        _ => t.tag_callbacks,
    }
}

/// Path, method and description of each operation of an area.
fn operations_of(area: &str) -> Vec<(&'static str, &'static str, &'static Value)> {
    let paths = DOCUMENT.get("paths").and_then(Value::as_object).into_iter().flatten();
    let each = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    let is_here = |operation: &Value| {
        operation.get("tags").and_then(Value::as_array).is_some_and(|tags| tags.iter().any(|tag| tag == area))
    };
    each.filter(|(_, _, operation)| is_here(operation)).collect()
}

/// `/api/docs`: how it works, what can be called, what can go wrong.
pub(super) async fn index(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let how = [
        t.how_token,
        t.how_organisation,
        t.how_proof,
        t.how_key,
        t.how_money,
        t.how_pages,
        t.how_live,
        t.how_problems,
    ];
    let body = html! {
        h1 { (t.title) }
        p { (t.intro) }
        p {
            a href="/openapi.json" { (t.document) } " · " a href="/api/docs/schemas" { (t.schemas) } " · "
            a href="#codes" { (t.codes) }
        }
        (card::card("how", t.how, None, html! { div.stack { @for words in how { p { (words) } } } }))
        h2 { (t.areas) }
        @for area in AREAS {
            section aria-labelledby=(area) {
                h3 id=(area) { a href={ "/api/docs/" (area) } { (label(t, area)) } }
                ul.plain {
                    @for (_, _, operation) in operations_of(area) {
                        @let id = text(operation, "operationId");
                        li { a href={ "/api/docs/" (area) "#" (id) } { (summary(id, cx.locale)) } }
                    }
                }
            }
        }
        section aria-labelledby="codes" { h2 #codes { (t.codes) } p { (t.codes_intro) } (codes::index()) }
    };
    Ok(shell::portal(&cx, &Page::new(t.title).description(t.intro).public(), html! { div.stack { (body) } }))
}

/// `/api/docs/{area}`: the operations of one area.
pub(super) async fn area(
    State(app): State<App>,
    visitor: Visitor,
    Path(area): Path<String>,
) -> Result<Markup, Refused> {
    let operations = operations_of(&area);
    if operations.is_empty() {
        return Err(EdgeError::NotFound.into());
    }
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let title = label(t, &area);
    let body = html! {
        (shell::back_link("/api/docs", t.title))
        h1 { (title) }
        @for (path, method, operation) in operations { (one_operation(&cx, path, method, operation)) }
    };
    Ok(shell::portal(&cx, &Page::new(title).public(), html! { div.stack { (body) } }))
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
                @if let Some(schema) = body { p { (t.body) " " (schemas::schema_link(schema)) } }
                p {
                    (t.answers)
                    @for (status, response) in responses.filter(|(status, _)| *status != "default") {
                        " " span.num { (status) }
                        @for (_, media) in response.get("content").and_then(Value::as_object).into_iter().flatten() {
                            " " (schemas::schema_link(media.get("schema").unwrap_or(&Value::Null)))
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

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
