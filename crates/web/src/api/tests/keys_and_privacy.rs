//! Programs with keys, and one's own data.

use kernel::{Duration, Role};
use serde_json::json;

use super::server::{Server, told};

const LIN: &str = "13800000001";

#[testkit::db_test]
async fn a_key_is_made_rotated_and_ended_by_its_owner_alone(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let (lin, chen) = (server.customer(LIN, 0).await, server.customer("13800000002", 0).await);
    let wish = |scope: &str, days: i64| json!({"name": "ERP", "scopes": [scope], "days": days});
    for (body, pointer) in [
        (wish("refund_order", 90), "/scopes"),
        (wish("everything", 90), "/scopes/0"),
        (wish("read_own_business", 0), "/days"),
        (json!({"name": "", "scopes": ["read_own_business"], "days": 1}), "/name"),
    ] {
        let wrong = server.act("/api-keys", &lin, &body).await;
        assert_eq!((wrong.status.as_u16(), &wrong.json()["errors"][0]["pointer"]), (422, &json!(pointer)));
    }
    let made = server.act("/api-keys", &lin, &wish("read_own_business", 90)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let (client, token) = (made.json()["client"].clone(), made.json()["token"].as_str().unwrap().to_owned());
    assert_eq!(server.look("/orders", &token).await.status, 200);
    let list = server.look("/api-keys", &lin).await.json();
    assert_eq!(
        (&list["items"][0]["id"], &list["items"][0]["scopes"]),
        (&client, &json!(["read_own_business"]))
    );
    assert!(token.ends_with(list["items"][0]["keys"][0]["hint"].as_str().unwrap()));
    assert!(!list.to_string().contains(&token), "a key is shown once");
    assert_eq!(server.look("/api-keys", &chen).await.json(), json!({"items": []}));

    let path = format!("/api-keys/{}", client.as_str().unwrap());
    let one = format!("{path}/keys/{}", made.json()["key"].as_str().unwrap());
    assert_eq!(server.act(&format!("{path}/rotate"), &chen, &json!({})).await.status, 404);
    assert_eq!(server.delete(&path, &chen).await.status, 404);
    assert_eq!(server.delete(&one, &chen).await.status, 404);
    let next = server.act(&format!("{path}/rotate"), &lin, &json!({})).await;
    let next = next.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(server.look("/orders", &token).await.status, 200, "the old one goes on for a week");
    assert_eq!(server.delete(&one, &lin).await.status, 204);
    assert_eq!(server.look("/orders", &token).await.status, 401);
    assert_eq!(server.look("/orders", &next).await.status, 200);

    server.t.clock.advance(Duration::from_mins(6));
    for answer in [
        server.act("/api-keys", &lin, &wish("read_own_business", 90)).await,
        server.act(&format!("{path}/rotate"), &lin, &json!({})).await,
        server.delete(&path, &lin).await,
    ] {
        assert_eq!(told(&answer), (403, "identity.proof_needed".to_owned()));
    }
    let lin = server.sign_in(LIN).await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(server.delete(&path, &lin).await.status, 204);
    assert_eq!(server.look("/orders", &next).await.status, 401);
}

#[testkit::db_test]
async fn agreements_are_given_and_taken_back_one_by_one(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let nothing = json!({});
    assert_eq!(server.put("/me/consents/marketing", &lin, &nothing).await.status, 204);
    assert_eq!(
        server.put("/me/consents/marketing", &lin, &nothing).await.status,
        204,
        "again changes nothing"
    );
    let list = server.look("/me/consents", &lin).await.json();
    let of = |purpose: &str| {
        let all = list["items"].as_array().unwrap();
        all.iter().filter(|one| one["purpose"] == purpose && one["withdrawn_at"].is_null()).count()
    };
    assert_eq!((of("notice"), of("marketing")), (1, 1), "{list}");
    assert_eq!(server.delete("/me/consents/marketing", &lin).await.status, 204);
    let needed = server.delete("/me/consents/notice", &lin).await;
    assert_eq!(told(&needed), (409, "identity.consent_needed".to_owned()));
    assert_eq!(server.put("/me/consents/everything", &lin, &nothing).await.status, 404);
}

#[testkit::db_test]
async fn a_copy_and_the_end_of_an_account_need_a_fresh_proof(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer(LIN, 0).await;
    let copy = server.act("/me/exports", &lin, &json!({})).await;
    assert_eq!(copy.status, 200, "{}", copy.json());
    assert_eq!(copy.json()["identity"]["account"]["phone"], "+8613800000001");
    assert!(copy.json()["orders"].is_array() && copy.json()["money"].is_array());
    assert_eq!(copy.header("cache-control"), "no-store");

    server.t.clock.advance(Duration::from_mins(6));
    let why = json!({"reason": "no longer needed"});
    for answer in
        [server.act("/me/exports", &lin, &json!({})).await, server.act("/me/erasure", &lin, &why).await]
    {
        assert_eq!(told(&answer), (403, "identity.proof_needed".to_owned()));
    }
    let lin = server.sign_in(LIN).await.json()["token"].as_str().unwrap().to_owned();
    let short = server.act("/me/erasure", &lin, &json!({"reason": "x"})).await;
    assert_eq!(short.json()["errors"][0]["pointer"], "/reason");
    assert_eq!(server.act("/me/erasure", &lin, &why).await.status, 204);
    assert_eq!(server.look("/me", &lin).await.status, 401);
    assert_eq!(server.sign_in(LIN).await.status, 401, "nobody is known by that number any more");
    let clerk = server.staff("clerk", Role::OPERATOR).await;
    assert_eq!(
        told(&server.act("/me/erasure", &clerk, &why).await),
        (409, "identity.own_account".to_owned())
    );
}
