//! The document against the router, the texts, and itself.

use axum::http::{Method, StatusCode};
use kernel::Locale;
use serde_json::{Value, json};

use super::server::Server;
use crate::api::docs::AREAS;
use crate::api::docs::codes::registry;
use crate::api::openapi::{DOCUMENT, summary};

/// Path, method, operation.
fn operations() -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    all
}

#[test]
fn operations_keep_their_names() {
    let list: Vec<String> = operations()
        .iter()
        .map(|(path, method, operation)| {
            format!("{method} {path} {}", operation["operationId"].as_str().unwrap())
        })
        .collect();
    insta::assert_snapshot!("operations", list.join("\n"));
}

#[test]
fn the_document_is_openapi_3_1_and_every_operation_has_texts_a_tag_and_refusals() {
    assert!(DOCUMENT["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, method, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        for locale in Locale::ALL {
            assert!(!summary(id, locale).is_empty(), "{method} {path}: no text for {id}");
        }
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id}");
        assert!(operation["responses"]["default"].is_object(), "{id}");
    }
}

#[test]
fn routes_are_made_nowhere_but_with_their_description() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && name != "mod.rs" {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            assert!(!text.contains(".route("), "{name} has a route without a description");
        }
    }
}

#[test]
fn references_lead_somewhere_and_inputs_take_nothing_unknown() {
    let text = DOCUMENT.to_string();
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is missing");
    }
    for (path, method, operation) in operations().iter().filter(|(path, ..)| !path.starts_with("/callbacks"))
    {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(name) = body.as_str().and_then(|path| path.rsplit('/').next()) else { continue };
        assert_eq!(schemas[name]["additionalProperties"], json!(false), "{method} {path}: {name}");
    }
}

#[test]
fn examples_are_valid() {
    let mut checked = 0;
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        let mut one = schema.clone();
        let members = one.as_object_mut().unwrap();
        let mut examples: Vec<Value> = members.remove("example").into_iter().collect();
        examples.extend(members.remove("examples").and_then(|e| e.as_array().cloned()).unwrap_or_default());
        members.insert("components".to_owned(), DOCUMENT["components"].clone());
        let validator = jsonschema::draft202012::new(&one).unwrap_or_else(|e| panic!("{name}: {e}"));
        for example in examples {
            let faults: Vec<String> = validator.iter_errors(&example).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}");
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} examples");
}

#[test]
fn every_code_stands_in_the_registry_once() {
    let mut codes: Vec<&str> = registry().into_iter().flatten().map(|info| info.code).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
    assert!(all > 80, "{all}");
}

#[testkit::db_test]
async fn the_router_answers_what_the_document_describes_and_nothing_else(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let described = operations();
    let paths: std::collections::BTreeSet<&str> = described.iter().map(|(path, ..)| path.as_str()).collect();
    for path in paths {
        let address = path.replace(['{', '}'], "x");
        let here: Vec<&str> =
            described.iter().filter(|(p, ..)| p == path).map(|(_, method, _)| method.as_str()).collect();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = server.call(method.clone(), &address, None, &[], None).await;
            if here.contains(&method.as_str()) {
                assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                assert_ne!(answer.code(), "web.not_found", "{method} {path} is described and not there");
            } else {
                assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                let allow = answer.header("allow");
                assert!(here.iter().all(|m| allow.contains(m)), "{path}: {allow}");
                assert_eq!(answer.code(), "web.method_not_allowed");
            }
        }
    }
    for nowhere in
        ["/api", "/api/v2", "/api/v1/nothing", "/api/v1/orders/x/y", "/api/v1/orders/", "/callbacks/x"]
    {
        let answer = server.call(Method::GET, nowhere, None, &[], None).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::NOT_FOUND, "web.not_found"),
            "{nowhere}"
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[testkit::db_test]
async fn the_documentation_is_html_without_script_of_its_own_and_small(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let mut pages =
        vec!["/api/docs".to_owned(), "/api/docs/schemas".to_owned(), "/api/docs/schemas/shared".to_owned()];
    pages.extend(AREAS.iter().map(|area| format!("/api/docs/{area}")));
    let rooms: std::collections::BTreeSet<&str> =
        registry().into_iter().flatten().map(|info| info.code.split('.').next().unwrap()).collect();
    pages.extend(rooms.iter().map(|room| format!("/api/docs/codes/{room}")));
    let (mut seen, mut links) = (String::new(), Vec::new());
    while let Some(path) = pages.pop() {
        for lang in ["zh-CN", "en"] {
            let address = format!("{path}?lang={lang}");
            let answer = server.call(Method::GET, &address, None, &[("accept-encoding", "gzip")], None).await;
            assert_eq!(answer.status, StatusCode::OK, "{address}");
            assert!(answer.bytes.len() < 15 * 1024, "{address}: {} bytes", answer.bytes.len());
        }
        let page = server.call(Method::GET, &path, None, &[], None).await;
        let text = String::from_utf8(page.bytes).unwrap();
        for link in text.split("href=\"/api/docs").skip(1) {
            links.push(format!("/api/docs{}", link.split('"').next().unwrap()));
        }
        for id in text.split(" id=\"").skip(1) {
            seen.push_str(&format!("{path}#{}\n", id.split('"').next().unwrap()));
        }
        let schemas = path.replace("/docs/", "/docs/schemas/");
        let is_area = AREAS.iter().any(|area| path == format!("/api/docs/{area}"));
        if is_area && links.iter().any(|link| link.starts_with(&schemas)) {
            pages.push(schemas);
        }
    }
    for link in links.iter().filter(|link| link.contains('#')) {
        assert!(seen.contains(&format!("{link}\n")), "{link} leads nowhere");
    }
    for id in
        ["/api/docs/orders#create_order", "/api/docs#ordering.price_changed", "/api/docs#forms.required"]
    {
        assert!(seen.contains(&format!("{id}\n")), "{id}");
    }
    let document = server.call(Method::GET, "/openapi.json", None, &[], None).await;
    assert_eq!(document.json(), *DOCUMENT);
    let tag = document.header("etag").to_owned();
    let again = server.call(Method::GET, "/openapi.json", None, &[("if-none-match", &tag)], None).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
