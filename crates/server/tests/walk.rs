//! Every route of the API, walked by whoever has no business there: nobody, another customer, somebody acting for another
//! organisation, and a member of staff with too small a role.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use common::{PASSWORD, TestApp, read, top_up_order};
use identity::account::NewAccount;
use identity::organisation::{self, Found, Invite, OrganisationId, OrganisationKind};
use kernel::{AccountId, Actor, ActorKind, Locale, RequestId, Role};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{TestDb, db_test};

/// What belongs to one customer.
struct Owned {
    order: String,
    payment: String,
    quote: String,
    draft: String,
    organisation: String,
    api_key: String,
    session: String,
    device: String,
}

impl Owned {
    async fn of(app: &TestApp, token: &str) -> Self {
        let (_, placed) =
            read(app.post("/api/v1/orders", token, "k1", &top_up_order("13800000011")).await).await;
        let amount = json!({"amount": {"minor": 5000, "currency": "CNY"}});
        let (_, made) = read(app.post("/api/v1/wallet/top-ups", token, "t1", &amount).await).await;
        let quote =
            json!({"service": "mobile-top-up", "offering": "y10", "answers": {"phone": "13800000011"}});
        let (_, quote) = read(app.post("/api/v1/quotes", token, "", &quote).await).await;
        let wish = json!({"name": "长明科技", "code": "91350211M000100Y46"});
        let (_, organisation) = read(app.post("/api/v1/organisations", token, "", &wish).await).await;
        let wish = json!({"name": "ERP", "scopes": ["read_own_business"], "days": 1});
        let (_, key) = read(app.post("/api/v1/api-keys", token, "", &wish).await).await;
        let (_, sessions) = app.get("/api/v1/me/sessions", token).await;
        let (_, devices) = app.get("/api/v1/me/devices", token).await;
        let text =
            |value: &Value, name: &str| value[name].as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        Self {
            order: text(&placed, "id"),
            payment: text(&made, "payment"),
            quote: text(&quote, "id"),
            draft: "drf_0000000000001".to_owned(),
            organisation: text(&organisation, "id"),
            api_key: text(&key, "client"),
            session: text(&sessions["items"][0], "id"),
            device: text(&devices["items"][0], "id"),
        }
    }

    /// The path with this customer's ids in the places the template leaves open; `None` when nothing in it is anybody's.
    fn path(&self, template: &str) -> Option<String> {
        let id = match template {
            _ if template.contains("/staff/") => return None,
            _ if template.contains("/organisations/{") => &self.organisation,
            _ if template.contains("/api-keys/{") => &self.api_key,
            _ if template.contains("/sessions/{") => &self.session,
            _ if template.contains("/devices/{") => &self.device,
            _ if template.contains("/orders/{") => &self.order,
            _ if template.contains("/payments/{") => &self.payment,
            _ if template.contains("/quotes/{") => &self.quote,
            _ if template.contains("/drafts/{") => &self.draft,
            _ => return None,
        };
        let (before, rest) = template.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        Some(format!("{before}{id}{}", after.replace(['{', '}'], "x")))
    }
}

/// One operation of the description.
struct Route {
    method: Method,
    template: String,
    is_public: bool,
}

async fn routes(app: &TestApp) -> Vec<Route> {
    let (_, document) = app.get("/openapi.json", "").await;
    let mut all = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            let open =
                operation["security"].as_array().is_some_and(|list| list.iter().all(|one| one == &json!({})));
            if template.starts_with("/api/v1") {
                all.push(Route { method, template: template.clone(), is_public: open });
            }
        }
    }
    assert!(all.len() > 20, "the description has {} operations", all.len());
    all
}

async fn status(app: &TestApp, method: &Method, path: &str, token: &str) -> u16 {
    let request = app.request(method.clone(), path, token).header("Idempotency-Key", "walk");
    let request = if *method == Method::GET { request } else { request.json(&json!({})) };
    request.send().await.unwrap().status().as_u16()
}

fn acting(id: AccountId, role: Role, now: kernel::Timestamp) -> Actor {
    let kind = ActorKind::account(id, vec![role]);
    Actor { kind, request: RequestId(1), locale: Locale::Zh, address: String::new() }.proved(now)
}

/// Founds an organisation for the holder of a token, and lets the session act for it.
async fn organise(app: &TestApp, token: &str, code: &str) -> (OrganisationId, AccountId) {
    let cx = &app.t.cx;
    let me = identity::session::authenticate(cx, token).await.unwrap().unwrap().account;
    let actor = acting(me, Role::CUSTOMER, cx.now());
    let form =
        Found { kind: OrganisationKind::Enterprise, name: "长明科技".to_owned(), code: code.to_owned() };
    let id = organisation::found(cx, &actor, form).await.unwrap();
    organisation::act_for(cx, &actor, token, Some(id)).await.unwrap();
    (id, me)
}

async fn auditor(app: &TestApp) -> String {
    let cx = &app.t.cx;
    let system = Actor::system("test");
    identity::role::set_second_factor(cx, &system, Role::AUDITOR, false).await.unwrap();
    let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, &*cx.rng).unwrap();
    let new = NewAccount {
        phone: None,
        email: Some("auditor@example.com".to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![Role::AUDITOR],
        locale: Locale::Zh,
    };
    identity::account::create_account(cx, &hasher, &system, new).await.unwrap();
    let session = json!({"contact": "auditor@example.com", "password": PASSWORD});
    let (status, made) = read(app.post("/api/v1/sessions", "", "", &session).await).await;
    assert_eq!(status, 201, "{made}");
    made["token"].as_str().unwrap().to_owned()
}

#[db_test]
async fn w2_every_route_refuses_nobody_another_customer_another_organisation_and_too_small_a_role(t: TestDb) {
    let app = TestApp::start(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 50_000).await;
    let owned = Owned::of(&app, &lin).await;
    let (chen, wang) = (app.customer("13800000012").await, app.customer("13800000013").await);
    organise(&app, &wang, "91350100M000100Y43").await;
    let auditor = auditor(&app).await;
    for Route { method, template, is_public } in routes(&app).await {
        let path = owned.path(&template);
        let asked = path.clone().unwrap_or_else(|| template.replace(['{', '}'], "x"));
        if !is_public {
            assert_eq!(status(&app, &method, &asked, "").await, 401, "{method} {template} to nobody");
            assert_eq!(
                status(&app, &method, &asked, "evl_x").await,
                401,
                "{method} {template} to a made-up token"
            );
        }
        if template.contains("/staff/") {
            for (who, token) in [("a customer", &chen), ("an organisation", &wang)] {
                assert_eq!(status(&app, &method, &asked, token).await, 403, "{method} {template} to {who}");
            }
        }
        let Some(path) = path else { continue };
        for (who, token) in
            [("another customer", &chen), ("another organisation", &wang), ("an auditor", &auditor)]
        {
            let got = status(&app, &method, &path, token).await;
            // What is wrong with the empty body may be said first: that tells nothing of the thing.
            let refused =
                if method == Method::GET { got == 404 } else { [400, 403, 404, 422].contains(&got) };
            assert!(refused, "{method} {path} to {who}: {got}");
        }
    }
    let (_, order) = app.get(&format!("/api/v1/orders/{}", owned.order), &lin).await;
    assert_ne!(order["state"], "cancelled", "nobody else did anything to it");
}

#[db_test]
async fn w2_what_an_organisation_ordered_is_its_members_only_while_they_act_for_it(t: TestDb) {
    let app = TestApp::start(t).await;
    let cx = &app.t.cx;
    let (wang, zhao) = (app.customer("13800000013").await, app.customer("13800000014").await);
    let (id, me) = organise(&app, &wang, "91350100M000100Y43").await;
    app.top_up(&wang, 50_000).await;
    let (status, placed) =
        read(app.post("/api/v1/orders", &wang, "k1", &top_up_order("13800000013")).await).await;
    assert_eq!(status, 201, "{placed}");
    let path = format!("/api/v1/orders/{}", placed["id"].as_str().unwrap());

    let mut owner = acting(me, Role::ORG_OWNER, cx.now());
    if let ActorKind::Account(own) = &mut owner.kind {
        own.acting_for = Some(id.party());
    }
    let invite = Invite { role: Role::ORG_VIEWER, department: None, contact: String::new() };
    let link = organisation::invite(cx, &owner, "https://counter.example", invite).await.unwrap();
    let viewer = identity::session::authenticate(cx, &zhao).await.unwrap().unwrap().account;
    let viewer = acting(viewer, Role::CUSTOMER, cx.now());
    organisation::join(cx, &viewer, link.token.expose()).await.unwrap();
    assert_eq!(app.get(&path, &zhao).await.0, 404, "a member who acts for themselves");
    organisation::act_for(cx, &viewer, &zhao, Some(id)).await.unwrap();
    assert_eq!(app.get(&path, &zhao).await.0, 200, "the same member acting for it");
    let cancel = app.post(&format!("{path}/cancel"), &zhao, "c1", &json!({})).await;
    assert_eq!(cancel.status(), 403, "who only looks cancels nothing");
    let placed = app.post("/api/v1/orders", &zhao, "k2", &top_up_order("13800000014")).await;
    assert_eq!(placed.status(), 403, "nor orders anything");

    organisation::act_for(cx, &owner, &wang, None).await.unwrap();
    assert_eq!(app.get(&path, &wang).await.0, 404, "its owner acting for themselves");
    app.settle().await;
    app.sound().await;
}
