//! `/openapi.json`: OpenAPI 3.1, made from the routes themselves. Short texts are those of the documentation pages.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use kernel::Locale;
use serde_json::{Value, json};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApiBuilder, SecurityRequirement};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;

use super::call::public;
use super::wire::{Problem, ProblemField};
use crate::app::App;
use crate::i18n::ApiDocs;

/// The document, and the bytes that are sent.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| DOCUMENT.to_string().into_bytes());

/// What the routes are added to.
pub(super) fn base() -> OpenApiRouter<App> {
    let info = InfoBuilder::new()
        .title("Everlit API")
        .version("1")
        .description(Some("Ordering, paying and following services. Conventions: docs/api.md."));
    let mut components = Components::new();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert("bearer".to_owned(), bearer.into());
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.schemas.insert(ProblemField::name().into_owned(), ProblemField::schema());
    let signed_in = SecurityRequirement::new("bearer", Vec::<String>::new());
    let document =
        OpenApiBuilder::new().info(info).components(Some(components)).security(Some([signed_in])).build();
    OpenApiRouter::with_openapi(document)
}

/// What is somebody's business, and can be that of the organisation they act for.
const BUSINESS: [&str; 4] = ["orders", "payments", "wallet", "keys"];

/// Everything the derivation does not know: short texts, for whom something is done, and how every operation refuses.
fn document() -> Value {
    let (_, described) = super::described().split_for_parts();
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    for_each_operation(&mut document, |operation| {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let summary = summary(id, Locale::En);
        operation.insert("summary".to_owned(), summary.into());
        let of = |tag: &Value| BUSINESS.iter().any(|business| tag == business);
        let is_public = operation.contains_key("security");
        let tags = operation.get("tags").and_then(Value::as_array);
        if !is_public && tags.is_some_and(|tags| tags.iter().any(of)) {
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            if let Some(parameters) = parameters.as_array_mut() {
                parameters.push(acting_for());
            }
        }
        if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
            let content =
                json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
            responses
                .entry("default")
                .or_insert_with(|| json!({"description": "Refused; see the code", "content": content}));
        }
    });
    document
}

/// The header by which a program says for which organisation it acts.
fn acting_for() -> Value {
    json!({
        "name": "Everlit-Acting-For",
        "in": "header",
        "required": false,
        "description": ApiDocs::of(Locale::En).acting_for,
        "schema": {"type": "string", "pattern": "^org_"},
    })
}

fn for_each_operation(document: &mut Value, mut change: impl FnMut(&mut serde_json::Map<String, Value>)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(serde_json::Map::values_mut).filter_map(Value::as_object_mut) {
        for operation in item.values_mut().filter_map(Value::as_object_mut) {
            if operation.contains_key("operationId") {
                change(operation);
            }
        }
    }
}

/// What an operation does, in one phrase; empty for one nobody wrote a text for, which a test does not let pass.
pub(super) fn summary(operation_id: &str, locale: Locale) -> &'static str {
    let text = ApiDocs::TEXTS.iter().find(|(name, _, _)| *name == operation_id);
    text.map_or("", |(_, zh, en)| locale.pick(zh, en))
}

/// The document, for everybody.
pub(super) async fn serve(headers: HeaderMap) -> Response {
    public(&headers, "application/json", BYTES.clone())
}
