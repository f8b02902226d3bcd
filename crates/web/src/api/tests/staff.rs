//! What staff do over the API: roles, accounts, the record, attacks; and who may not.

use axum::http::Method;
use kernel::{Duration, Role};
use serde_json::json;
use shield::Signal;

use super::server::{Server, told};

#[testkit::db_test]
async fn w3_each_staff_route_asks_for_its_permission_and_refusals_are_recorded(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, clerk) = (server.customer("13800000001", 0).await, server.staff("clerk", Role::OPERATOR).await);
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let id = "acc_0000000000001";
    for (method, path) in [
        (Method::GET, "/staff/roles".to_owned()),
        (Method::PUT, "/staff/roles/night_lead".to_owned()),
        (Method::DELETE, "/staff/roles/night_lead".to_owned()),
        (Method::GET, "/staff/who-may".to_owned()),
        (Method::GET, "/staff/people".to_owned()),
        (Method::PUT, format!("/staff/people/{id}/roles")),
        (Method::POST, format!("/staff/accounts/{id}/freeze")),
        (Method::POST, format!("/staff/accounts/{id}/unfreeze")),
        (Method::GET, "/staff/recoveries".to_owned()),
        (Method::GET, "/staff/identity-reviews".to_owned()),
        (Method::GET, "/staff/audit-entries".to_owned()),
        (Method::POST, "/staff/audit-verifications".to_owned()),
        (Method::POST, "/staff/audit-exports".to_owned()),
        (Method::GET, "/staff/networks".to_owned()),
        (Method::POST, "/staff/networks".to_owned()),
        (Method::GET, "/staff/blocks".to_owned()),
        (Method::GET, "/staff/incidents".to_owned()),
        (Method::GET, "/staff/risk-decisions".to_owned()),
        (Method::POST, "/staff/risk-decisions/rsk_0000000000001/release".to_owned()),
    ] {
        let path = format!("/api/v1{path}");
        let ask = async |token| server.call(method.clone(), &path, token, &[], None).await;
        assert_eq!(ask(None).await.status, 401, "{method} {path}");
        assert_eq!(told(&ask(Some(&lin)).await), (403, "web.staff_only".to_owned()), "{method} {path}");
        assert_eq!(told(&ask(Some(&clerk)).await), (403, "web.forbidden".to_owned()), "{method} {path}");
    }
    let clerk = server.id_of(&clerk).await;
    let found = server
        .look(&format!("/staff/audit-entries?verb=access.refuse&actor={clerk}&limit=100"), &auditor)
        .await;
    assert_eq!(found.json()["items"].as_array().map(Vec::len), Some(19), "{}", found.json());
    assert!(found.json().to_string().contains("PUT /api/v1/staff/people/{id}/roles"));
}

#[testkit::db_test]
async fn roles_are_made_asked_about_given_and_removed(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let root = server.staff("root", Role::ADMINISTRATOR).await;
    let clerk = server.staff("clerk", Role::OPERATOR).await;
    let edit = |permissions: &[&str], version: i64| {
        json!({"title_zh": "夜班主管", "title_en": "Night lead", "permissions": permissions, "second_factor": false,
            "limits": {"transaction_minor": 500_000}, "version": version})
    };
    let path = "/staff/roles/night_lead";
    let unknown = server.put(path, &root, &edit(&["fly"], 0)).await;
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/permissions/0");
    let beyond = server.put(path, &root, &edit(&["act_as_customer"], 0)).await;
    assert_eq!(beyond.json()["errors"][0]["pointer"], "/permissions");
    assert_eq!(server.put(path, &root, &edit(&["refund_order", "read_audit"], 0)).await.status, 204);
    assert_eq!(told(&server.put(path, &root, &edit(&[], 0)).await), (409, "identity.wrong_state".to_owned()));
    assert_eq!(server.put("/staff/roles/Night%20Lead", &root, &edit(&[], 0)).await.status, 404);
    let roles = server.look("/staff/roles", &root).await.json();
    let ours = roles["items"].as_array().unwrap().iter().find(|one| one["code"] == "night_lead").unwrap();
    assert_eq!((&ours["built_in"], &ours["limits"]["transaction_minor"]), (&json!(false), &json!(500_000)));
    let version = ours["version"].as_i64().unwrap();

    let may = server.look("/staff/who-may?permission=refund_order&amount_minor=600000", &root).await.json();
    let answer = |code: &str| {
        let all = may["items"].as_array().unwrap();
        all.iter().find(|one| one["role"]["code"] == code).map(|one| one["within"].clone())
    };
    assert_eq!((answer("night_lead"), answer("finance")), (Some(json!(false)), Some(json!(true))));
    assert_eq!(answer("operator"), None, "who does not have it is not named");
    for query in ["", "?permission=fly", "?permission=refund_order&amount_minor=-1"] {
        let wrong = server.look(&format!("/staff/who-may{query}"), &root).await;
        assert_eq!(told(&wrong), (400, "web.bad_query".to_owned()), "{query}");
    }
    let who = format!("/staff/people/{}/roles", server.id_of(&clerk).await);
    assert_eq!(server.look("/staff/people", &root).await.json()["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.put(&who, &root, &json!({"roles": ["night_lead"]})).await.status, 204);
    assert_eq!(server.look("/staff/audit-entries", &clerk).await.status, 200, "from the next request on");
    let crossing = server.put(&who, &root, &json!({"roles": ["customer"]})).await;
    assert_eq!(crossing.json()["errors"][0]["pointer"], "/roles");
    let own = format!("/staff/people/{}/roles", server.id_of(&root).await);
    assert_eq!(
        told(&server.put(&own, &root, &json!({"roles": ["auditor"]})).await),
        (409, "identity.own_account".to_owned())
    );
    let held = server.delete(&format!("{path}?version={version}"), &root).await;
    assert_eq!(held.json()["errors"][0]["pointer"], "/role");
    assert_eq!(server.put(&who, &root, &json!({"roles": ["operator"]})).await.status, 204);
    assert_eq!(told(&server.delete(path, &root).await), (400, "web.bad_query".to_owned()));
    assert_eq!(server.delete(&format!("{path}?version={version}"), &root).await.status, 204);

    server.t.clock.advance(Duration::from_mins(6));
    for answer in [
        server.put(path, &root, &edit(&[], 0)).await,
        server.put(&who, &root, &json!({"roles": ["auditor"]})).await,
        server.delete("/staff/roles/auditor?version=1", &root).await,
    ] {
        assert_eq!(told(&answer), (403, "identity.proof_needed".to_owned()));
    }
}

#[testkit::db_test]
async fn an_account_is_frozen_and_unfrozen_by_who_may(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let (lead, officer) =
        (server.staff("lead", Role::SUPERVISOR).await, server.staff("officer", Role::RISK_OFFICER).await);
    let path = format!("/staff/accounts/{}", server.id_of(&lin).await);
    let why = json!({"reason": "疑似被盗"});
    assert_eq!(server.act(&format!("{path}/freeze"), &officer, &why).await.status, 204);
    assert_eq!(server.look("/me", &lin).await.status, 401);
    assert_eq!(
        server.act(&format!("{path}/unfreeze"), &officer, &why).await.status,
        403,
        "who freezes need not restore"
    );
    assert_eq!(server.act(&format!("{path}/unfreeze"), &lead, &json!({"reason": ""})).await.status, 422);
    assert_eq!(server.act(&format!("{path}/unfreeze"), &lead, &why).await.status, 204);
    assert_eq!(server.sign_in("13800000001").await.status, 201);
    assert_eq!(
        told(&server.act(&format!("{path}/unfreeze"), &lead, &why).await),
        (409, "identity.wrong_state".to_owned())
    );
    let own = format!("/staff/accounts/{}/freeze", server.id_of(&lead).await);
    assert_eq!(told(&server.act(&own, &lead, &why).await), (409, "identity.own_account".to_owned()));
    assert_eq!(server.act("/staff/accounts/acc_0000000000001/freeze", &lead, &why).await.status, 404);
}

#[testkit::db_test]
async fn w4_the_record_is_searched_verified_and_exported(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let me = server.id_of(&lin).await;
    let found = server.look(&format!("/staff/audit-entries?customer={me}&limit=1"), &auditor).await.json();
    assert_eq!(found["items"][0]["customer"], json!(me), "{found}");
    let next = found["next"].as_str().unwrap();
    assert_eq!(
        server.look(&format!("/staff/audit-entries?customer={me}&after={next}"), &auditor).await.status,
        200
    );
    let wrong = server.look("/staff/audit-entries?from=yesterday", &auditor).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/query/from");
    let verdict = server.act("/staff/audit-verifications", &auditor, &json!({})).await.json();
    assert_eq!((&verdict["sound"], &verdict["bad"]), (&json!(true), &json!(null)), "{verdict}");

    let why = json!({"reason": "quarterly review"});
    let file = server.act("/staff/audit-exports", &auditor, &why).await;
    assert!(file.header("content-type").starts_with("application/x-ndjson"));
    let proof = audit::verify_export(file.bytes.as_slice()).unwrap();
    assert!(proof.bad.is_none() && proof.whole && proof.entries > 2, "{proof:?}");
    let short = server.act("/staff/audit-exports", &auditor, &json!({"reason": "x"})).await;
    assert_eq!(short.json()["errors"][0]["pointer"], "/reason");
    let wrong = server
        .act("/staff/audit-exports", &auditor, &json!({"reason": "quarterly review", "from": "soon"}))
        .await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/from");
    server.t.clock.advance(Duration::from_mins(6));
    let late = server.act("/staff/audit-exports", &auditor, &why).await;
    assert_eq!(told(&late), (403, "audit.proof_needed".to_owned()));
}

#[testkit::db_test]
async fn networks_are_listed_and_incidents_handled_with_reasons(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let guard = server.staff("guard", Role::SECURITY_OFFICER).await;
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let wish = |list: &str, network: &str| json!({"list": list, "network": network, "lifetime": "week", "reason": "scans every night"});
    let made = server.act("/staff/networks", &guard, &wish("deny", "192.0.2.0/24")).await;
    assert_eq!(made.status, 201, "{}", made.json());
    for (body, code) in [
        (wish("deny", "192.0.2.0/24"), "shield.already_listed"),
        (wish("deny", "127.0.0.1"), "shield.would_lock_out"),
        (wish("deny", "no network"), "shield.invalid"),
        (wish("perhaps", "192.0.2.1"), "web.wrong_shape"),
    ] {
        assert_eq!(server.act("/staff/networks", &guard, &body).await.code(), code, "{body}");
    }
    assert_eq!(
        server.act("/staff/networks", &auditor, &wish("deny", "192.0.2.9")).await.status,
        403,
        "who only reads"
    );
    let list = server.look("/staff/networks", &auditor).await.json();
    assert_eq!(
        (&list["items"][0]["network"], &list["items"][0]["list"]),
        (&json!("192.0.2.0/24"), &json!("deny"))
    );
    let remove = format!("/staff/networks/{}/remove", made.json()["id"].as_str().unwrap());
    assert_eq!(server.act(&remove, &guard, &json!({"reason": "no"})).await.status, 422);
    assert_eq!(server.act(&remove, &guard, &json!({"reason": "it was a partner"})).await.status, 204);

    let tasks = durable::task::Tasks::default();
    let watchful = shield::Shield::open(&server.t.cx, shield::Settings::default()).await.unwrap();
    watchful.start(&tasks);
    for path in ["/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/cgi-bin/x"] {
        watchful.note("198.51.100.9".parse().unwrap(), &Signal::NotFound { path });
    }
    let mut open = server.look("/staff/incidents", &guard).await.json();
    for _ in 0..5_000 {
        if !open["items"].as_array().unwrap().is_empty() {
            break;
        }
        open = server.look("/staff/incidents", &guard).await.json();
    }
    let path = format!("/staff/incidents/{}", open["items"][0]["id"].as_str().unwrap());
    let one = server.look(&path, &auditor).await.json();
    assert_eq!((&one["kind"], &one["blocks"][0]["lifted_at"]), (&json!("path_scan"), &json!(null)), "{one}");
    assert_eq!(server.look("/staff/blocks", &guard).await.json()["items"].as_array().map(Vec::len), Some(1));
    let why = json!({"reason": "an agreed test"});
    assert_eq!(server.act(&format!("{path}/lift"), &auditor, &why).await.status, 403);
    assert_eq!(server.act(&format!("{path}/acknowledge"), &guard, &why).await.status, 204);
    assert_eq!(server.act(&format!("{path}/lift"), &guard, &why).await.status, 204);
    assert_eq!(server.look("/staff/blocks", &guard).await.json(), json!({"items": []}));
    assert_eq!(
        told(&server.act(&format!("{path}/lift"), &guard, &why).await),
        (409, "shield.wrong_state".to_owned())
    );
    assert_eq!(server.act(&format!("{path}/close"), &guard, &why).await.status, 204);
    assert_eq!(
        server.look("/staff/incidents?state=closed", &guard).await.json()["items"][0]["note"],
        why["reason"]
    );
    assert_eq!(server.look("/staff/incidents/inc_0000000000001", &guard).await.status, 404);
    tasks.stop().await;
}
