//! Organisations over the API: founding, people, acting for one, and foreign ones that do not exist.

use axum::http::Method;
use kernel::{Duration, Role};
use serde_json::{Value, json};

use super::server::{Answer, Server, told};

const CODE: &str = "91350100M000100Y43";

/// An enterprise of one owner: the owner's token, a stranger's, and the organisation's id.
async fn enterprise(server: &Server) -> (String, String, String) {
    let (lin, chen) = (server.customer("13800000001", 5_000).await, server.customer("13800000002", 0).await);
    let wish = json!({"name": "长明科技有限公司", "code": CODE});
    let founded = server.act("/organisations", &lin, &wish).await;
    assert_eq!(founded.status, 201, "{}", founded.json());
    let id = founded.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(founded.header("location"), format!("/api/v1/organisations/{id}"));
    (lin, chen, id)
}

async fn joined(server: &Server, (owner, who, id): (&str, &str, &str), role: &str) {
    let wish = json!({"role": role});
    let made = server.act(&format!("/organisations/{id}/invitations"), owner, &wish).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let token = json!({"token": made.json()["token"]});
    let accepted = server.act("/invitations/accept", who, &token).await;
    assert_eq!(accepted.status, 201, "{}", accepted.json());
}

#[testkit::db_test]
async fn w2_a_foreign_organisation_does_not_exist(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, chen, id) = enterprise(&server).await;
    let home = format!("/organisations/{id}");
    assert_eq!(server.look(&home, &lin).await.json()["code"], CODE);
    let department = json!({"department_name": "财务部"});
    for path in [
        home.clone(),
        format!("{home}/members"),
        format!("{home}/departments"),
        format!("{home}/invitations"),
    ] {
        assert_eq!(told(&server.look(&path, &chen).await), (404, "identity.not_found".to_owned()), "{path}");
        assert_eq!(
            server.call(Method::GET, &format!("/api/v1{path}"), None, &[], None).await.status,
            401,
            "{path}"
        );
    }
    for path in [format!("{home}/departments"), format!("{home}/invitations")] {
        assert_eq!(server.act(&path, &chen, &department).await.status, 404, "{path}");
        assert_eq!(server.act(&path, &chen, &json!({"unknown": 1})).await.status, 404, "before the body");
    }
    assert_eq!(
        server.put(&format!("{home}/members/acc_1"), &chen, &json!({"role": "org_owner"})).await.status,
        404
    );
    assert_eq!(server.delete(&format!("{home}/members/acc_1"), &chen).await.status, 404);
    assert_eq!(server.look("/organisations/nonsense", &lin).await.status, 404);
    assert_eq!(server.look("/organisations", &chen).await.json(), json!({"items": []}));
    let twice = server.act("/organisations", &chen, &json!({"name": "又一家", "code": CODE})).await;
    assert_eq!(told(&twice), (409, "identity.organisation_exists".to_owned()));
    let wrong = server.act("/organisations", &chen, &json!({"name": "又一家", "code": "1"})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/code");
}

#[testkit::db_test]
async fn a_member_joins_by_invitation_gets_a_place_and_leaves(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, chen, id) = enterprise(&server).await;
    let home = format!("/organisations/{id}");
    let invitations = format!("{home}/invitations");
    let made = server.act(&invitations, &lin, &json!({"role": "org_viewer"})).await.json();
    let token = json!({"token": made["token"]});
    let looked = server.open_to_all("/invitations/look", &token).await.json();
    assert_eq!(
        (&looked["organisation"], &looked["role"]),
        (&json!("长明科技有限公司"), &json!("org_viewer"))
    );
    assert_eq!(server.look(&invitations, &lin).await.json()["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(server.act("/invitations/accept", &chen, &token).await.json(), json!({"id": id}));
    let again = server.act("/invitations/accept", &chen, &token).await;
    assert_eq!(told(&again), (404, "identity.link_invalid".to_owned()), "a link works once");

    assert_eq!(server.look(&invitations, &chen).await.status, 403, "a viewer does not see who is invited");
    let refused = server.act(&invitations, &chen, &json!({"role": "org_viewer"})).await;
    assert_eq!(told(&refused), (403, "identity.not_allowed".to_owned()));
    let who = format!("{home}/members/{}", server.id_of(&chen).await);
    let added =
        server.act(&format!("{home}/departments"), &lin, &json!({"department_name": "财务部"})).await.json();
    let place = json!({"role": "org_buyer", "department": added["id"], "limits": {"transaction_minor": 500}});
    assert_eq!(server.put(&who, &lin, &place).await.status, 204);
    let members = server.look(&format!("{home}/members"), &chen).await.json();
    let chen_now =
        members["items"].as_array().unwrap().iter().find(|one| one["role"] == "org_buyer").unwrap();
    assert_eq!(
        (&chen_now["limits"]["transaction_minor"], &chen_now["department"]),
        (&json!(500), &added["id"])
    );
    for (place, pointer) in [
        (json!({"role": "administrator"}), "/role"),
        (json!({"role": "Not A Role"}), "/role"),
        (json!({"role": "org_buyer", "department": "dep_0000000000001"}), "/department"),
    ] {
        let wrong = server.put(&who, &lin, &place).await;
        assert_eq!(
            (wrong.status.as_u16(), &wrong.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{place}"
        );
    }
    let gone = format!("{home}/departments/{}", added["id"].as_str().unwrap());
    assert_eq!(server.delete(&gone, &lin).await.status, 204);
    assert_eq!(server.delete(&gone, &lin).await.status, 404);

    server.t.clock.advance(Duration::from_mins(6));
    let late = [
        server.put(&who, &lin, &place).await,
        server.delete(&who, &lin).await,
        server.act(&invitations, &lin, &json!({"role": "org_viewer"})).await,
        server.act(&format!("{home}/departments"), &lin, &json!({"department_name": "二"})).await,
    ];
    for answer in &late {
        assert_eq!(told(answer), (403, "identity.proof_needed".to_owned()));
    }
    let own = format!("{home}/members/{}", server.id_of(&lin).await);
    assert_eq!(told(&server.delete(&own, &lin).await), (409, "identity.last_owner".to_owned()));
    assert_eq!(server.delete(&who, &chen).await.status, 204, "leaving needs no proof");
    assert_eq!(server.look(&home, &chen).await.status, 404);
}

async fn acting(
    server: &Server,
    method: Method,
    path: &str,
    token: &str,
    id: &str,
    body: Option<&Value>,
) -> Answer {
    let headers = [("everlit-acting-for", id), ("idempotency-key", "k1")];
    let body = body.map(Value::to_string);
    server.call(method, &format!("/api/v1{path}"), Some(token), &headers, body.as_deref()).await
}

#[testkit::db_test]
async fn a_program_says_for_whom_it_acts_and_only_members_may(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, chen, id) = enterprise(&server).await;
    let order = json!({
        "lines": [{"service": "mobile-top-up", "offering": "y10", "answers": {"phone": "13800000001"}}],
        "payment_method": "balance", "total": {"minor": 1000, "currency": "CNY"},
    });
    assert_eq!(server.post("/api/v1/orders", &lin, "own", &order).await.status, 201);
    let count = |answer: Answer| answer.json()["items"].as_array().map(Vec::len);
    assert_eq!(count(server.look("/orders", &lin).await), Some(1));
    assert_eq!(
        count(acting(&server, Method::GET, "/orders", &lin, &id, None).await),
        Some(0),
        "another party's"
    );
    for foreign in [id.as_str(), "org_0000000000001", "nonsense", ""] {
        let answer = acting(&server, Method::GET, "/orders", &chen, foreign, None).await;
        assert_eq!(told(&answer), (404, "identity.not_found".to_owned()), "{foreign}");
    }
    joined(&server, (&lin, &chen, &id), "org_viewer").await;
    assert_eq!(count(acting(&server, Method::GET, "/orders", &chen, &id, None).await), Some(0));
    let refused = acting(&server, Method::POST, "/orders", &chen, &id, Some(&order)).await;
    assert_eq!(refused.status, 403, "who only looks orders nothing: {}", refused.json());
    assert_eq!(count(server.look("/orders", &chen).await), Some(0), "the next request is one's own again");

    let wish = json!({"name": "ERP", "scopes": ["act_as_customer", "read_own_business"], "days": 30});
    let key = acting(&server, Method::POST, "/api-keys", &lin, &id, Some(&wish)).await.json();
    let key = key["token"].as_str().unwrap();
    assert_eq!(server.look(&format!("/organisations/{id}"), key).await.status, 200);
    assert_eq!(acting(&server, Method::GET, "/orders", key, &id, None).await.status, 200);
    let other = acting(&server, Method::GET, "/orders", key, "org_0000000000001", None).await;
    assert_eq!(other.status, 404, "a key acts for the one it was made for");
    let own = server.id_of(&lin).await;
    let leave = server.delete(&format!("/organisations/{id}/members/{own}"), key).await;
    assert_eq!(told(&leave), (403, "web.session_needed".to_owned()));
}

#[testkit::db_test]
async fn staff_confirm_and_stop_an_organisation(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, _, id) = enterprise(&server).await;
    let (root, clerk) =
        (server.staff("root", Role::ADMINISTRATOR).await, server.staff("clerk", Role::OPERATOR).await);
    let path = format!("/staff/organisations/{id}");
    let why = json!({"reason": "已核对营业执照原件"});
    assert_eq!(server.look("/staff/organisations", &root).await.json()["items"][0]["code"], "9135****0Y43");
    assert_eq!(server.look(&path, &root).await.json()["confirmed_at"], Value::Null);
    for act in ["confirm", "suspend", "resume"] {
        let refused = server.act(&format!("{path}/{act}"), &clerk, &json!({})).await;
        assert_eq!(told(&refused), (403, "web.forbidden".to_owned()), "{act}");
    }
    assert_eq!(server.act(&format!("{path}/confirm"), &root, &why).await.status, 204);
    assert_eq!(server.act(&format!("{path}/confirm"), &root, &why).await.status, 409);
    assert_eq!(server.act(&format!("{path}/suspend"), &root, &why).await.status, 204);
    assert_eq!(server.look(&format!("/organisations/{id}"), &lin).await.status, 404, "nobody acts for it");
    assert_eq!(server.act(&format!("{path}/resume"), &root, &why).await.status, 204);
    assert_eq!(server.look(&format!("/organisations/{id}"), &lin).await.status, 200);
    let unknown = server.act("/staff/organisations/org_0000000000001/confirm", &root, &why).await;
    assert_eq!(unknown.status, 404);
}
