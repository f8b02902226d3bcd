//! The audit log and the journal of risk over HTTP: filters that stay in the address, an export that proves itself, refused tries that
//! are recorded, a review that is ended once.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use identity::SignedIn;
use identity::session::{SessionId, SessionKind, Stage};
use kernel::{AccountId, Duration, RequestId, Role, Timestamp};
use risk::decision::{Asked, Candidate};
use risk::{DecisionId, Ladder, OnFailure, Outcome, Point, Policy, ReviewRule};
use serde_json::json;
use testkit::TestDb;
use tower::ServiceExt as _;

use super::journey_tests::{counter, person};
use crate::App;
use crate::edge::Visitor;

/// Somebody of staff whose session is open; how they signed in is told elsewhere.
struct Desk<'a> {
    app: &'a App,
    id: AccountId,
    role: Role,
    proved_at: Timestamp,
}

struct Answer {
    status: StatusCode,
    to: String,
    kind: String,
    text: String,
}

impl<'a> Desk<'a> {
    async fn open(app: &'a App, contact: &str, role: Role) -> Self {
        let id = person(app, contact, role).await;
        Self { app, id, role, proved_at: app.cx.now() }
    }

    fn visitor(&self, path: &str) -> Visitor {
        let now = self.app.cx.now();
        let signed_in = SignedIn {
            session: SessionId(1),
            kind: SessionKind::Cookie,
            stage: Stage::Open,
            account: self.id,
            roles: vec![self.role],
            permissions: self.role.built_in_permissions(),
            acting_for: None,
            preferences: identity::account::Preferences::default(),
            verified: true,
            methods: Vec::new(),
            device: None,
            created_at: now,
            proved_at: self.proved_at,
            expires_at: now.plus(Duration::from_hours(1)),
        };
        let uri = path.parse().unwrap();
        let mut visitor =
            Visitor::brief(self.app, &axum::http::HeaderMap::new(), &uri, &axum::http::Extensions::new());
        visitor.actor.kind = signed_in.actor(RequestId(9), String::new()).kind;
        visitor.signed_in = Some(signed_in);
        visitor.csrf = "token".to_owned();
        visitor
    }

    async fn send(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", "token").extend_pairs(fields);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .extension(self.visitor(path))
            .body(Body::from(body.finish()))
            .unwrap();
        let response = crate::router(self.app).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let header =
            |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let bytes = to_bytes(body, 4_000_000).await.unwrap().to_vec();
        let text = String::from_utf8(bytes).unwrap();
        Answer { status: parts.status, to: header("location"), kind: header("content-type"), text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, fields).await
    }
}

#[testkit::db_test]
async fn w4_the_log_is_searched_by_address_and_exported_as_a_file_that_proves_itself(t: TestDb) {
    let (app, order) = counter(&t).await;
    let auditor = Desk::open(&app, "auditor@example.com", Role::AUDITOR).await;
    let all = auditor.get("/console/audit").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.text);
    assert!(all.text.contains("account.create") && all.text.contains("order.place"), "{}", all.text);
    let of_order = format!("/console/audit?object={order}&verb=order.place&from=2026-11-21&to=2026-11-21");
    let one = auditor.get(&of_order).await;
    let table = one.text.split("<tbody>").nth(1).unwrap();
    assert!(table.contains("order.place") && !table.contains("account.create"), "{table}");
    assert!(one.text.contains(r#"value="2026-11-21""#), "the filters are still there");
    let none = auditor.get("/console/audit?verb=order.place&to=2026-11-20").await;
    assert!(!none.text.contains("<tbody>"));
    let unreadable = auditor.get("/console/audit?object=nonsense").await;
    assert!(
        unreadable.status == StatusCode::OK && !unreadable.text.contains("<tbody>"),
        "never means everything"
    );

    let why = ("reason", "asked by the regulator");
    let file = auditor.post("/console/audit/export", &[("verb", "order.place"), why]).await;
    assert_eq!((file.status, file.kind.as_str()), (StatusCode::OK, "application/x-ndjson; charset=utf-8"));
    let proof = audit::verify_export(file.text.as_bytes()).unwrap();
    assert_eq!((proof.bad, proof.whole, proof.entries), (None, false, 1));
    let file = auditor.post("/console/audit/export", &[why]).await;
    let proof = audit::verify_export(file.text.as_bytes()).unwrap();
    assert!(proof.bad.is_none() && proof.whole && proof.entries > 3, "{proof:?}");
    let without = auditor.post("/console/audit/export", &[("reason", "x"), ("verb", "order.place")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        without.text.contains("aria-invalid") && without.text.contains(r#"name="verb" value="order.place""#)
    );

    let later = Desk { proved_at: app.cx.now().minus(Duration::from_mins(6)), ..auditor };
    let asked = later.post("/console/audit/export", &[why]).await;
    assert_ne!(asked.kind, "application/x-ndjson; charset=utf-8", "W8: an old proof exports nothing");
    assert_ne!(asked.status, StatusCode::OK);
}

#[testkit::db_test]
async fn w4_who_tries_what_they_may_not_is_in_the_log_once_a_minute(t: TestDb) {
    let (app, _) = counter(&t).await;
    let operator = Desk::open(&app, "clerk@example.com", Role::OPERATOR).await;
    for _ in 0..5 {
        assert_eq!(operator.get("/console/audit").await.status, StatusCode::FORBIDDEN);
        let export = operator.post("/console/audit/export", &[("reason", "just curious")]).await;
        assert_eq!(export.status, StatusCode::FORBIDDEN);
    }
    let auditor = Desk::open(&app, "auditor@example.com", Role::AUDITOR).await;
    let found = auditor.get(&format!("/console/audit?verb=access.refuse&actor={}", operator.id)).await;
    assert_eq!(found.text.matches("GET /console/audit").count(), 1, "{}", found.text);
    assert_eq!(found.text.matches("POST /console/audit/export").count(), 1);
    assert!(found.text.contains("web.forbidden"));
}

/// A sign-in that waits for a person.
pub(crate) async fn held(cx: &durable::Cx, subject: AccountId) -> DecisionId {
    let policy = Policy {
        time_limit: Duration::from_secs(5),
        on_failure: OnFailure::HoldForReview,
        ladder: Ladder { notify: 30, step_up: 60, stop: 85, top: Outcome::Deny },
        review: ReviewRule { lasts: Duration::from_hours(24), then: Outcome::Deny },
    };
    let asked = Asked { point: Point::Login, subject, mark: 1, inputs: json!({"agent": "Chrome / Windows"}) };
    let score = Box::pin(async { Err("no scorer today".into()) });
    let main = Candidate { version: "login-1".to_owned(), score };
    risk::decision::decide(cx, &policy, asked, main, Vec::new()).await.unwrap().0
}

#[testkit::db_test]
async fn r2_a_review_is_listed_explained_and_ended_once_by_who_may(t: TestDb) {
    let (app, _) = counter(&t).await;
    let customer = person(&app, "13900139000", Role::CUSTOMER).await;
    let decision = held(&app.cx, customer).await;
    let operator = Desk::open(&app, "clerk@example.com", Role::OPERATOR).await;
    let supervisor = Desk::open(&app, "lead@example.com", Role::SUPERVISOR).await;
    let officer = Desk::open(&app, "risk@example.com", Role::RISK_OFFICER).await;
    let address = format!("/console/risk/{decision}");
    let (release, reason) = (format!("{address}/release"), [("release_reason", "the owner called us")]);
    for path in ["/console/risk", &address] {
        assert_eq!(operator.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(
        supervisor.post(&release, &reason).await.status,
        StatusCode::FORBIDDEN,
        "may look, not decide"
    );

    let list = officer.get(&format!("/console/risk?account={customer}")).await;
    assert!(list.text.contains(&address), "{}", list.text);
    let shown = officer.get(&address).await;
    assert!(shown.text.contains("Chrome / Windows") && shown.text.contains(&release), "{}", shown.text);
    let without = officer.post(&release, &[("release_reason", "ok")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = officer.post(&release, &reason).await;
    assert_eq!(
        (done.status, done.to.as_str()),
        (StatusCode::SEE_OTHER, format!("{address}?done=released").as_str())
    );
    assert_eq!(
        officer.post(&format!("{address}/reject"), &[("reject_reason", "the owner says no")]).await.status,
        StatusCode::CONFLICT
    );
    assert!(!officer.get(&address).await.text.contains(&release));
    for nonsense in ["/console/risk/rsk_0000000000001", "/console/risk/ord_0000000000001", "/console/risk/x"]
    {
        assert_eq!(officer.get(nonsense).await.status, StatusCode::NOT_FOUND, "{nonsense}");
    }
}
