//! The document against the router, the texts, and itself.

use axum::http::{Method, StatusCode};
use kernel::Locale;
use serde_json::{Value, json};

use super::server::Server;
use crate::api::docs::registry;
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
    insta::assert_snapshot!(list.join("\n"), @r"
    POST /api/v1/accounts create_account
    GET /api/v1/api-keys list_api_keys
    POST /api/v1/api-keys create_api_key
    DELETE /api/v1/api-keys/{id} revoke_api_key
    DELETE /api/v1/api-keys/{id}/keys/{key} end_api_key
    POST /api/v1/api-keys/{id}/rotate rotate_api_key
    POST /api/v1/contact-undos undo_contact_change
    GET /api/v1/drafts list_drafts
    DELETE /api/v1/drafts/{id} discard_draft
    POST /api/v1/invitations/accept accept_invitation
    POST /api/v1/invitations/look look_at_invitation
    GET /api/v1/me get_me
    GET /api/v1/me/consents list_consents
    DELETE /api/v1/me/consents/{purpose} withdraw_consent
    PUT /api/v1/me/consents/{purpose} give_consent
    POST /api/v1/me/contacts change_contact
    POST /api/v1/me/contacts/{kind}/confirm confirm_contact
    GET /api/v1/me/devices list_devices
    DELETE /api/v1/me/devices/{id} forget_device
    POST /api/v1/me/erasure erase_me
    POST /api/v1/me/exports create_export
    GET /api/v1/me/factors get_factors
    DELETE /api/v1/me/factors/passkeys/{id} remove_passkey
    POST /api/v1/me/factors/recovery-codes create_recovery_codes
    DELETE /api/v1/me/factors/totp remove_totp
    POST /api/v1/me/factors/totp offer_totp
    POST /api/v1/me/factors/totp/confirm confirm_totp
    POST /api/v1/me/freeze freeze_me
    GET /api/v1/me/logins list_logins
    PUT /api/v1/me/password change_password
    DELETE /api/v1/me/sessions end_other_sessions
    GET /api/v1/me/sessions list_sessions
    DELETE /api/v1/me/sessions/{id} end_one_session
    POST /api/v1/me/verification verify_contact
    POST /api/v1/me/verification/codes send_verification
    GET /api/v1/orders list_orders
    POST /api/v1/orders create_order
    GET /api/v1/orders/{id} get_order
    POST /api/v1/orders/{id}/cancel cancel_order
    GET /api/v1/orders/{id}/events follow_order
    POST /api/v1/orders/{id}/payments start_payment
    GET /api/v1/orders/{id}/receipt get_receipt
    GET /api/v1/organisations list_organisations
    POST /api/v1/organisations found_organisation
    GET /api/v1/organisations/{id} get_organisation
    GET /api/v1/organisations/{id}/departments list_departments
    POST /api/v1/organisations/{id}/departments add_department
    DELETE /api/v1/organisations/{id}/departments/{department} remove_department
    GET /api/v1/organisations/{id}/invitations list_invitations
    POST /api/v1/organisations/{id}/invitations invite
    DELETE /api/v1/organisations/{id}/invitations/{invitation} withdraw_invitation
    GET /api/v1/organisations/{id}/members list_members
    DELETE /api/v1/organisations/{id}/members/{account} remove_member
    PUT /api/v1/organisations/{id}/members/{account} change_member
    POST /api/v1/password-resets create_password_reset
    POST /api/v1/password-resets/current finish_password_reset
    GET /api/v1/payments/{id} get_payment
    POST /api/v1/quotes create_quote
    GET /api/v1/quotes/{id} get_quote
    GET /api/v1/real-name get_real_name
    POST /api/v1/real-name check_real_name
    POST /api/v1/recoveries create_recovery
    GET /api/v1/recoveries/current get_recovery
    POST /api/v1/recoveries/current/complete complete_recovery
    POST /api/v1/recoveries/stop stop_recovery
    GET /api/v1/services list_services
    GET /api/v1/services/{code} get_service
    GET /api/v1/services/{code}/slots list_slots
    POST /api/v1/session-codes create_session_code
    POST /api/v1/sessions create_session
    DELETE /api/v1/sessions/current end_session
    POST /api/v1/sessions/current/codes create_proof_code
    POST /api/v1/sessions/current/proof prove_session
    POST /api/v1/staff/accounts/{id}/freeze freeze_account
    POST /api/v1/staff/accounts/{id}/unfreeze unfreeze_account
    GET /api/v1/staff/audit-entries search_audit
    POST /api/v1/staff/audit-exports export_audit
    POST /api/v1/staff/audit-verifications verify_audit
    GET /api/v1/staff/blocks list_blocks
    GET /api/v1/staff/identity-reviews list_identity_reviews
    GET /api/v1/staff/identity-reviews/{id} get_identity_review
    POST /api/v1/staff/identity-reviews/{id}/approve approve_identity
    GET /api/v1/staff/identity-reviews/{id}/documents/{side} get_identity_document
    POST /api/v1/staff/identity-reviews/{id}/open open_identity_review
    POST /api/v1/staff/identity-reviews/{id}/reject reject_identity
    GET /api/v1/staff/incidents list_incidents
    GET /api/v1/staff/incidents/{id} get_incident
    POST /api/v1/staff/incidents/{id}/acknowledge acknowledge_incident
    POST /api/v1/staff/incidents/{id}/close close_incident
    POST /api/v1/staff/incidents/{id}/lift lift_block
    GET /api/v1/staff/networks list_networks
    POST /api/v1/staff/networks add_network
    POST /api/v1/staff/networks/{id}/remove remove_network
    GET /api/v1/staff/organisations list_all_organisations
    GET /api/v1/staff/organisations/{id} look_at_organisation
    POST /api/v1/staff/organisations/{id}/confirm confirm_organisation
    POST /api/v1/staff/organisations/{id}/resume resume_organisation
    POST /api/v1/staff/organisations/{id}/suspend suspend_organisation
    GET /api/v1/staff/people list_staff
    PUT /api/v1/staff/people/{id}/roles set_roles
    GET /api/v1/staff/recoveries list_recoveries
    POST /api/v1/staff/recoveries/{id}/approve approve_recovery
    POST /api/v1/staff/recoveries/{id}/refuse refuse_recovery
    GET /api/v1/staff/risk-decisions list_risk_decisions
    GET /api/v1/staff/risk-decisions/{id} get_risk_decision
    POST /api/v1/staff/risk-decisions/{id}/reject reject_risk
    POST /api/v1/staff/risk-decisions/{id}/release release_risk
    GET /api/v1/staff/roles list_roles
    DELETE /api/v1/staff/roles/{code} remove_role
    PUT /api/v1/staff/roles/{code} edit_role
    GET /api/v1/staff/who-may who_may
    POST /api/v1/unfreezings create_unfreezing
    POST /api/v1/unfreezings/current finish_unfreezing
    GET /api/v1/wallet get_wallet
    GET /api/v1/wallet/entries list_wallet_entries
    POST /api/v1/wallet/top-ups create_top_up
    POST /callbacks/gateways/{name} gateway_callback
    POST /callbacks/providers/{name} provider_callback
    ");
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
    for path in ["/api/docs", "/api/docs?lang=en", "/api/docs/schemas"] {
        let answer = server.call(Method::GET, path, None, &[("accept-encoding", "gzip")], None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        // More than a page for customers may weigh: it is read by people who program.
        assert!(answer.bytes.len() < 20 * 1024, "{path}: {} bytes", answer.bytes.len());
    }
    let page = server.call(Method::GET, "/api/docs", None, &[], None).await;
    let text = String::from_utf8(page.bytes).unwrap();
    for id in [
        "id=\"create_order\"",
        "id=\"ordering.price_changed\"",
        "id=\"forms.required\"",
        "/api/v1/orders/{id}/events",
    ] {
        assert!(text.contains(id), "{id}");
    }
    let document = server.call(Method::GET, "/openapi.json", None, &[], None).await;
    assert_eq!(document.json(), *DOCUMENT);
    let tag = document.header("etag").to_owned();
    let again = server.call(Method::GET, "/openapi.json", None, &[("if-none-match", &tag)], None).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
