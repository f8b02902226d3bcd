//! Money over the API: payees, documents and invoices of a customer; payments, differences, cases and lists in the hands of staff.

use axum::http::Method;
use connectors::PaymentState;
use kernel::{AccountId, Actor, ActorKind, Money, Role};
use ordering::idempotency::{Key, fingerprint};
use ordering::payment::{self, PaymentId};
use serde_json::json;

use super::server::{Server, told};
use crate::console::record_tests::held;

#[testkit::db_test]
async fn a_payee_is_added_once_with_a_fresh_proof_and_only_its_end_is_told(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let other = server.customer("13800000002", 0).await;
    let wish = json!({"name": "王建国", "bank": "中国银行", "account": "6217 0000 1234 5678"});
    let added = server.act("/me/payees", &lin, &wish).await;
    assert_eq!(added.status, 201, "{}", added.json());
    let payee = added.json();
    assert_eq!((&payee["account_end"], &payee["name"]), (&json!("5678"), &json!("王建国")));
    let known = server.act("/me/payees", &lin, &wish).await;
    assert_eq!(known.status, 409, "{}", known.json());
    let list = server.look("/me/payees", &lin).await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1);
    assert!(!String::from_utf8(list.bytes).unwrap().contains("621700001234"), "the number stays here");
    let path = format!("/me/payees/{}", payee["id"].as_str().unwrap());
    assert_eq!(server.look("/me/payees", &other).await.json()["items"], json!([]));
    assert_eq!(server.delete(&path, &other).await.status, 404, "w2: another's does not exist");
    assert_eq!(server.delete(&path, &lin).await.status, 204);
    assert_eq!(server.delete(&path, &lin).await.status, 404);
    server.t.clock.advance(kernel::Duration::from_mins(6));
    assert_eq!(server.act("/me/payees", &lin, &wish).await.status, 403, "w8: prove it first");
}

#[testkit::db_test]
async fn a_statement_is_issued_once_and_its_file_never_changes(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 5_000).await;
    let other = server.customer("13800000002", 0).await;
    let day = reconciliation::Day::of(server.t.cx.now());
    server.t.clock.advance(kernel::Duration::from_days(1));
    let wish = json!({"kind": "statement", "from": day.to_string(), "to": day.to_string()});
    let first = server.act("/me/documents", &lin, &wish).await;
    assert_eq!(first.status, 201, "{}", first.json());
    assert_eq!(first.json()["amount"], json!({"minor": 5_000, "currency": "CNY"}));
    assert_eq!(server.act("/me/documents", &lin, &wish).await.json()["id"], first.json()["id"]);
    let today = json!({"kind": "statement", "from": day.next().to_string(), "to": day.next().to_string()});
    assert_eq!(server.act("/me/documents", &lin, &today).await.status, 409, "the day is not over");
    let nonsense = json!({"kind": "statement", "from": "x", "to": "y"});
    assert_eq!(server.act("/me/documents", &lin, &nonsense).await.status, 422);
    let long = json!({"kind": "statement", "from": "2020-01-01", "to": "2022-01-01"});
    assert_eq!(told(&server.act("/me/documents", &lin, &long).await).0, 422, "over a year");
    let path = format!("/me/documents/{}", first.json()["id"].as_str().unwrap());
    let file = server.look(&format!("{path}/file"), &lin).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/pdf"));
    assert!(file.bytes.starts_with(b"%PDF"));
    assert_eq!(server.look(&format!("{path}/file"), &lin).await.bytes, file.bytes);
    assert_eq!(server.look(&path, &lin).await.json()["number"], first.json()["number"]);
    for address in [path.clone(), format!("{path}/file")] {
        assert_eq!(server.look(&address, &other).await.status, 404, "w2");
    }
    assert_eq!(server.look("/me/documents", &lin).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.look("/me/documents", &other).await.json()["items"], json!([]));
}

#[testkit::db_test]
async fn titles_are_kept_and_an_invoice_needs_an_order_of_ones_own(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let other = server.customer("13800000002", 0).await;
    let added = server.act("/me/invoice-titles", &lin, &json!({"kind": "person", "name": "林晓"})).await;
    assert_eq!(added.status, 201, "{}", added.json());
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let company = json!({"kind": "company", "name": "长明科技有限公司"});
    assert_eq!(server.act("/me/invoice-titles", &lin, &company).await.status, 422, "without its number");
    assert_eq!(server.look("/me/invoice-titles", &lin).await.json()["items"][0]["id"], json!(id));
    let wish = json!({"order": "ord_000000000001A", "title": id});
    assert_eq!(server.act("/me/invoices", &lin, &wish).await.status, 404);
    assert_eq!(server.look("/me/invoices", &lin).await.json()["items"], json!([]));
    assert_eq!(server.look("/me/invoices/ivc_000000000001A", &lin).await.status, 404);
    let path = format!("/me/invoice-titles/{id}");
    assert_eq!(server.delete(&path, &other).await.status, 404, "w2");
    assert_eq!(server.delete(&path, &lin).await.status, 204);
}

/// A top-up by card that the gateway says is captured.
async fn paid(server: &Server, customer: AccountId) -> PaymentId {
    let kind = ActorKind::account(customer, vec![Role::CUSTOMER]);
    let actor = Actor { kind, ..Actor::system("test") };
    let svc = &server.app.payments;
    let key =
        Key { actor: customer, route: "POST /t", key: "k".to_owned(), fingerprint: fingerprint(&json!(1)) };
    let payment = payment::ops::start_top_up(svc, &actor, Money::cny(10_000), &key).await.unwrap();
    let wish =
        payment::StartAttempt::new(payment.id, "card", kernel::Locale::Zh, "https://counter.example/back");
    // Nobody answers: whether it was opened is not known, and then the report comes.
    payment::attempt::start_attempt(svc, &actor, wish).await.ok();
    let view = payment::ops::view(&svc.cx, &actor, payment.id).await.unwrap();
    let attempt = &view.attempts[0];
    let report = connectors::Payment {
        attempt_id: attempt.id.to_string(),
        gateway_id: "pi_1".to_owned(),
        merchant_id: "acct_test".to_owned(),
        amount: attempt.amount,
        state: PaymentState::Captured { captured: attempt.amount, card: None },
        refunded: Money::cny(0),
        checkout: None,
        sequence: 9,
        updated_at: svc.cx.now(),
    };
    payment::complete::report(svc, &Actor::system("test"), "card", &report).await.unwrap();
    payment.id
}

#[testkit::db_test]
async fn p10_staff_give_back_once_under_one_key_and_never_more_than_is_left(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let id = paid(&server, server.id_of(&lin).await.parse().unwrap()).await;
    let finance = server.staff("finance", Role::FINANCE).await;
    let operator = server.staff("operator", Role::OPERATOR).await;
    let list = server.look("/staff/payments?gateway=card&state=paid", &operator).await.json();
    assert_eq!(list["items"][0]["id"], json!(id.to_string()), "{list}");
    assert_eq!(server.look("/staff/payments?unclear=yes", &operator).await.json()["items"], json!([]));
    for wrong in ["state=x", "from=x", "unclear=x", "what=1"] {
        assert_eq!(server.look(&format!("/staff/payments?{wrong}"), &operator).await.status, 400, "{wrong}");
    }
    let path = format!("/staff/payments/{id}");
    let one = server.look(&path, &operator).await.json();
    assert_eq!(one["left"], json!({"minor": 10_000, "currency": "CNY"}), "{one}");
    assert_eq!(one["attempts"][0]["checkout"], json!(null), "whoever has that page pays");
    assert_eq!(server.look(&path, &lin).await.status, 403, "w3");
    assert_eq!(server.look("/staff/payments/pay_0000000000007", &operator).await.status, 404);
    let asked = server.act(&format!("{path}/ask"), &finance, &json!({})).await;
    assert_eq!(asked.json()["answer"], json!("nothing"), "{}", asked.json());
    assert_eq!(server.act(&format!("{path}/ask"), &operator, &json!({})).await.status, 403, "w3");

    let refunds = format!("/api/v1{path}/refunds");
    let wish = json!({"amount": {"minor": 4_000, "currency": "CNY"}, "reason": "the customer paid too much"});
    assert_eq!(server.post(&refunds, &operator, "k", &wish).await.status, 403, "w3");
    let keyless = server.post(&refunds, &finance, "", &wish).await;
    assert_eq!(told(&keyless), (400, "ordering.idempotency_key_required".to_owned()));
    let first = server.post(&refunds, &finance, "k1", &wish).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let again = server.post(&refunds, &finance, "k1", &wish).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (first.status, "true"));
    assert_eq!(again.json(), first.json());
    let over = json!({"amount": {"minor": 6_001, "currency": "CNY"}, "reason": "the customer paid too much"});
    assert_eq!(told(&server.post(&refunds, &finance, "k1", &over).await).0, 422, "i3: another wish");
    let more = server.post(&refunds, &finance, "k2", &over).await;
    assert_eq!(told(&more), (409, "payment.more_than_captured".to_owned()));
    let one = server.look(&path, &operator).await.json();
    assert_eq!(one["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(one["given_back"][0]["note"], json!("the customer paid too much"));
    server.t.clock.advance(kernel::Duration::from_mins(6));
    let late = server.post(&refunds, &finance, "k3", &wish).await;
    assert_eq!(told(&late), (403, "payment.proof_needed".to_owned()));
}

#[testkit::db_test]
async fn w3_differences_are_for_those_who_read_the_ledger_and_remedies_for_those_who_reconcile(
    t: testkit::TestDb,
) {
    let server = Server::open(t).await;
    let finance = server.staff("finance", Role::FINANCE).await;
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let operator = server.staff("operator", Role::OPERATOR).await;
    assert_eq!(server.look("/staff/differences", &auditor).await.json()["items"], json!([]));
    assert_eq!(server.look("/staff/differences?reason=only_theirs&state=open", &auditor).await.status, 200);
    for wrong in ["reason=x", "state=x", "from=x"] {
        assert_eq!(
            server.look(&format!("/staff/differences?{wrong}"), &auditor).await.status,
            400,
            "{wrong}"
        );
    }
    assert_eq!(server.look("/staff/differences", &operator).await.status, 403);
    let none = "/staff/differences/dif_000000000001A";
    let wish = json!({"remedy": "explain", "reason": "nothing of ours is wrong"});
    assert_eq!(server.look(none, &auditor).await.status, 404);
    assert_eq!(server.act(&format!("{none}/remedy"), &auditor, &wish).await.status, 403);
    assert_eq!(server.act(&format!("{none}/remedy"), &finance, &wish).await.status, 404);
    let unknown = json!({"remedy": "forget", "reason": "nothing of ours is wrong"});
    assert_eq!(server.act(&format!("{none}/remedy"), &finance, &unknown).await.status, 422);
    let half = json!({"remedy": "book_payout", "reference": "B-0001"});
    assert_eq!(server.act(&format!("{none}/remedy"), &finance, &half).await.status, 422);
    let why = json!({"reason": "nothing of ours is wrong"});
    for word in ["approve", "refuse"] {
        assert_eq!(
            server.act(&format!("{none}/write-off/{word}"), &finance, &why).await.status,
            404,
            "{word}"
        );
        assert_eq!(
            server.act(&format!("{none}/write-off/{word}"), &auditor, &why).await.status,
            403,
            "{word}"
        );
    }
}

#[testkit::db_test]
async fn a_case_is_opened_once_for_a_decision_written_into_and_closed(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let lin = server.customer("13800000001", 0).await;
    let me = server.id_of(&lin).await;
    let officer = server.staff("officer", Role::RISK_OFFICER).await;
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let decision = held(&server.t.cx, me.parse().unwrap()).await.to_string();
    let wish = json!({"account": me, "decision": decision, "title": "疑似盗用"});
    assert_eq!(server.act("/staff/risk-cases", &auditor, &wish).await.status, 403, "w3: who only reads");
    let opened = server.act("/staff/risk-cases", &officer, &wish).await;
    assert_eq!(opened.status, 201, "{}", opened.json());
    let again = server.act("/staff/risk-cases", &officer, &wish).await;
    assert_eq!(again.json(), opened.json(), "a decision has one case");
    let path = format!("/staff/risk-cases/{}", opened.json()["id"].as_str().unwrap());
    let note = json!({"text": "called twice, nobody answered"});
    assert_eq!(server.act(&format!("{path}/notes"), &officer, &note).await.status, 204);
    let one = server.look(&path, &auditor).await.json();
    assert_eq!((&one["title"], &one["notes"][0]["text"]), (&json!("疑似盗用"), &note["text"]), "{one}");
    let listed = server.look("/staff/risk-cases", &auditor).await.json();
    assert_eq!(listed["items"][0]["decision"], json!(decision));
    let verdict = json!({"fraud": true, "reason": "the owner confirmed it"});
    assert_eq!(server.act(&format!("{path}/close"), &officer, &verdict).await.status, 204);
    assert_eq!(told(&server.act(&format!("{path}/close"), &officer, &verdict).await).0, 409);
    assert_eq!(
        server.look("/staff/risk-cases?state=closed", &auditor).await.json()["items"][0]["fraud"],
        json!(true)
    );
    assert_eq!(server.look("/staff/risk-cases/cas_000000000001A", &auditor).await.status, 404);
}

#[testkit::db_test]
async fn an_entry_that_allows_waits_for_a_colleague_and_names_nobody(t: testkit::TestDb) {
    let server = Server::open(t).await;
    let officer = server.staff("officer", Role::RISK_OFFICER).await;
    let colleague = server.staff("colleague", Role::RISK_OFFICER).await;
    let auditor = server.staff("auditor", Role::AUDITOR).await;
    let wish =
        json!({"list": "allow", "entity": "network", "value": "203.0.113.9", "reason": "our own office"});
    assert_eq!(server.act("/staff/risk-lists", &auditor, &wish).await.status, 403, "w3");
    let added = server.act("/staff/risk-lists", &officer, &wish).await;
    assert_eq!(added.status, 201, "{}", added.json());
    let path = format!("/staff/risk-lists/{}", added.json()["id"].as_str().unwrap());
    let list = server.look("/staff/risk-lists", &auditor).await;
    assert_eq!(list.json()["items"][0]["state"], json!("proposed"));
    assert!(!String::from_utf8(list.bytes).unwrap().contains("203.0.113.9"), "it stays sealed");
    let own = server.call(Method::POST, &format!("/api/v1{path}/approve"), Some(&officer), &[], None).await;
    assert_eq!(told(&own), (403, "risk.same_person".to_owned()));
    let agreed =
        server.call(Method::POST, &format!("/api/v1{path}/approve"), Some(&colleague), &[], None).await;
    assert_eq!(agreed.status, 204);
    assert_eq!(server.look("/staff/risk-lists", &auditor).await.json()["items"][0]["state"], json!("active"));
    let why = json!({"reason": "the office moved"});
    assert_eq!(server.act(&format!("{path}/remove"), &officer, &why).await.status, 204);
    let wrong = json!({"list": "deny", "entity": "network", "value": "nonsense", "reason": "stolen cards"});
    assert_eq!(server.act("/staff/risk-lists", &officer, &wrong).await.status, 422);
}
