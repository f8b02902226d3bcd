//! What is held for a person, over the API: decisions of the risk engine and identity documents.

use identity::review::{NewReview, Upload};
use kernel::{AccountId, Actor, ActorKind, Role};
use serde_json::json;

use super::server::{Server, told};
use crate::console::record_tests::held;

#[testkit::db_test]
async fn r2_a_review_of_the_risk_engine_is_explained_and_ended_once(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let me = server.id_of(&lin).await;
    let (officer, auditor) =
        (server.staff("officer", Role::RISK_OFFICER).await, server.staff("auditor", Role::AUDITOR).await);
    let path = format!("/staff/risk-decisions/{}", held(&server.t.cx, me.parse().unwrap()).await);
    for query in ["", "?view=all", &format!("?account={me}")] {
        let list = server.look(&format!("/staff/risk-decisions{query}"), &auditor).await.json();
        assert_eq!(list["items"][0]["review"]["state"], "pending", "{query}: {list}");
    }
    assert_eq!(server.look("/staff/risk-decisions?account=x", &auditor).await.status, 400);
    let one = server.look(&path, &auditor).await.json();
    assert_eq!(
        (&one["inputs"]["agent"], &one["opinion"]["failure"]),
        (&json!("Chrome / Windows"), &json!("failed"))
    );
    let why = json!({"reason": "已电话核实"});
    assert_eq!(server.act(&format!("{path}/release"), &auditor, &why).await.status, 403, "who only reads");
    assert_eq!(server.act(&format!("{path}/release"), &officer, &why).await.status, 204);
    let twice = server.act(&format!("{path}/reject"), &officer, &why).await;
    assert_eq!(told(&twice), (409, "risk.review_ended".to_owned()));
    assert_eq!(server.look("/staff/risk-decisions/rsk_0000000000001", &officer).await.status, 404);
}

fn jpeg() -> Vec<u8> {
    let mut bytes =
        b"\xFF\xD8\xFF\xE0\x00\x04JF\xFF\xFE\x00\x05abc\xFF\xFF\xC4\x00\x03x\xFF\xC2\x00\x0B\x08".to_vec();
    bytes.extend_from_slice(&1000_u16.to_be_bytes());
    bytes.extend_from_slice(&1600_u16.to_be_bytes());
    bytes.extend_from_slice(b"\x01\x01\x11\x00\xFF\xDA\x00\x02picture\xFF\xD9");
    bytes
}

/// Documents of a customer that wait.
async fn handed_in(server: &Server, account: AccountId) -> String {
    let file = |name: &str| Upload {
        content_type: "image/jpeg".to_owned(),
        file_name: name.to_owned(),
        bytes: jpeg(),
        too_large: false,
    };
    let input = NewReview {
        name: "林小满".to_owned(),
        number: "330106199003071244".to_owned(),
        consent: true,
        front: file("front.jpg"),
        back: file("back.jpg"),
    };
    let actor = Actor { kind: ActorKind::account(account, vec![Role::CUSTOMER]), ..Actor::system("test") };
    let room = identity::real_name::RealName::default();
    identity::review::submit(&room, &server.t.cx, &actor, input).await.unwrap().id.to_string()
}

#[testkit::db_test]
async fn documents_are_opened_with_a_reason_looked_at_and_decided(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let account = server.id_of(&lin).await.parse().unwrap();
    let [one, two] = [
        server.staff("one", Role::IDENTITY_REVIEWER).await,
        server.staff("two", Role::IDENTITY_REVIEWER).await,
    ];
    let path = format!("/staff/identity-reviews/{}", handed_in(&server, account).await);
    let list = server.look("/staff/identity-reviews", &one).await.json();
    assert!(!list.to_string().contains("林小满") && list["items"][0]["state"] == "waiting", "{list}");
    let front = format!("{path}/documents/front");
    assert_eq!(told(&server.look(&front, &one).await), (409, "real_name.not_opened".to_owned()));
    let why = json!({"reason": "按顺序审核"});
    assert_eq!(server.act(&format!("{path}/open"), &one, &json!({"reason": ""})).await.status, 422);
    assert_eq!(server.act(&format!("{path}/open"), &one, &why).await.json()["name"], "林小满");
    assert_eq!(
        told(&server.act(&format!("{path}/open"), &two, &why).await),
        (409, "real_name.opened_by_other".to_owned())
    );
    let file = server.look(&front, &one).await;
    assert_eq!((file.header("content-type"), file.bytes.clone()), ("image/jpeg", jpeg()));
    assert_eq!(server.look(&front, &two).await.status, 409);
    assert_eq!(server.look(&format!("{path}/documents/inside"), &one).await.status, 404);
    let wrong =
        server.act(&format!("{path}/reject"), &one, &json!({"grounds": "ugly", "remark": "看不清"})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/grounds");
    assert_eq!(server.act(&format!("{path}/approve"), &two, &why).await.status, 409);
    assert_eq!(server.act(&format!("{path}/approve"), &one, &why).await.status, 204);
    let twice = server
        .act(&format!("{path}/reject"), &one, &json!({"grounds": "unreadable", "remark": "看不清"}))
        .await;
    assert_eq!(told(&twice), (409, "real_name.decided".to_owned()));
    assert_eq!(
        server.look("/staff/identity-reviews?state=approved", &two).await.json()["items"][0]["state"],
        "approved"
    );
}
