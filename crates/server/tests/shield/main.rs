//! The gate of a whole counter: budgets, lists, probing, hosts, proxies, sizes. Clients come through a trusted proxy on this machine, which
//! says who they are.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

#[path = "../common/mod.rs"]
mod common;
mod request;

use common::{TestApp, read};
use kernel::{AccountId, Actor, ActorKind, Duration, PageRequest, Role};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::json;
use shield::incident::{self, Detail, State};
use shield::list::{self, EntryKind, Lifetime, NewEntry};
use shield::{Class, Limits, Quota, Settings};
use testkit::{TestDb, db_test, until};

const PROXY: &str = "127.0.0.1";

/// A counter behind a proxy, with these settings of the shield.
async fn behind_proxy(t: TestDb, shield: Settings) -> TestApp {
    TestApp::start_with(t, |config| {
        config.trusted_proxies = vec![PROXY.parse().unwrap()];
        config.shield = Settings { kept: config.trusted_proxies.clone(), ..shield };
    })
    .await
}

fn only(address: &[(Class, Quota)], account: &[(Class, Quota)]) -> Settings {
    let limits = Limits {
        enabled: true,
        address: address.iter().copied().collect(),
        account: account.iter().copied().collect(),
    };
    Settings { limits, ..Settings::default() }
}

fn from(app: &TestApp, client: &str, method: Method, path: &str) -> RequestBuilder {
    app.request(method, path, "").header("x-forwarded-for", client)
}

async fn get(app: &TestApp, client: &str, path: &str) -> Response {
    from(app, client, Method::GET, path).send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

fn officer() -> Actor {
    Actor { kind: ActorKind::account(AccountId(1), vec![Role::SECURITY_OFFICER]), ..Actor::system("test") }
}

async fn incidents(app: &TestApp) -> Vec<Detail> {
    let page = PageRequest::new(None, 50);
    let found = incident::list(&app.t.cx, &officer(), State::Open, page).await.unwrap();
    let mut all = Vec::new();
    for incident in found.items {
        all.push(incident::get(&app.t.cx, &officer(), incident.id).await.unwrap());
    }
    all
}

#[db_test]
async fn budgets_of_an_address_are_told_and_held_in_both_forms(t: TestDb) {
    let three = Quota::new(3, 60);
    let app = behind_proxy(t, only(&[(Class::ApiRead, three), (Class::Page, three)], &[])).await;
    for left in [2, 1, 0] {
        let answer = get(&app, "192.0.2.1", "/api/v1/services").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, "ratelimit-policy"), "\"api_read\";q=3;w=60");
        assert_eq!(header(&answer, "ratelimit"), format!("\"api_read\";r={left};t={}", (3 - left) * 20));
    }
    let over = get(&app, "192.0.2.1", "/api/v1/services").await;
    assert_eq!((over.status(), header(&over, "retry-after").as_str()), (StatusCode::TOO_MANY_REQUESTS, "20"));
    assert_eq!(header(&over, "ratelimit"), "\"api_read\";r=0;t=60");
    assert_eq!(header(&over, "content-type"), "application/problem+json");
    let (_, problem) = read(over).await;
    assert_eq!((problem["code"].as_str(), problem["status"].as_u64()), (Some("shield.too_many"), Some(429)));
    assert_eq!(get(&app, "192.0.2.2", "/api/v1/services").await.status(), StatusCode::OK, "another address");
    assert_eq!(get(&app, "192.0.2.1", "/help").await.status(), StatusCode::OK, "another class");
    for (language, words) in [("zh-CN", "请求太频繁"), ("en", "Too many requests")] {
        for _ in 0..3 {
            get(&app, "192.0.2.3", "/help").await;
        }
        let over = from(&app, "192.0.2.3", Method::GET, "/help").header("accept-language", language);
        let over = over.send().await.unwrap();
        assert_eq!(
            (over.status(), header(&over, "retry-after").as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "20")
        );
        let page = over.text().await.unwrap();
        assert!(page.contains(words) && page.contains("shield.too_many"), "{page}");
    }
    for _ in 0..20 {
        let watched = get(&app, "192.0.2.3", "/health/live").await;
        assert_eq!((watched.status(), header(&watched, "ratelimit").as_str()), (StatusCode::OK, ""));
    }
    app.t.clock.advance(Duration::from_secs(20));
    assert_eq!(get(&app, "192.0.2.1", "/api/v1/services").await.status(), StatusCode::OK, "it grows back");
    app.tasks.stop().await;
}

#[db_test]
async fn an_account_has_a_budget_of_its_own_wherever_it_comes_from(t: TestDb) {
    let settings = only(&[(Class::ApiRead, Quota::new(100, 60))], &[(Class::ApiRead, Quota::new(2, 60))]);
    let app = behind_proxy(t, settings).await;
    let (lin, mei) = (app.customer("13800000001").await, app.customer("13800000002").await);
    let ask = async |token: &str, client: &str| {
        let request = app.request(Method::GET, "/api/v1/wallet", token).header("x-forwarded-for", client);
        request.send().await.unwrap()
    };
    let first = ask(&lin, "192.0.2.1").await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"api_read\";q=100;w=60, \"api_read_account\";q=2;w=60");
    assert_eq!(header(&first, "ratelimit"), "\"api_read\";r=99;t=1, \"api_read_account\";r=1;t=30");
    assert_eq!(ask(&lin, "192.0.2.2").await.status(), StatusCode::OK);
    let over = ask(&lin, "192.0.2.3").await;
    assert_eq!((over.status(), header(&over, "retry-after").as_str()), (StatusCode::TOO_MANY_REQUESTS, "30"));
    assert_eq!(ask(&mei, "192.0.2.3").await.status(), StatusCode::OK, "somebody else from the same place");
    app.tasks.stop().await;
}

#[db_test]
async fn who_is_on_the_deny_list_is_kept_out_of_every_node_at_once(t: TestDb) {
    let app = behind_proxy(t, Settings::off()).await;
    let other = app.another_node().await;
    let there = async |path: &str| {
        app.http
            .get(format!("{other}{path}"))
            .header("x-forwarded-for", "198.51.100.77")
            .send()
            .await
            .unwrap()
    };
    assert_eq!(there("/").await.status(), StatusCode::OK);
    let entry = NewEntry {
        kind: EntryKind::Deny,
        network: "198.51.100.0/24".to_owned(),
        lifetime: Lifetime::UntilRemoved,
        reason: "bought accounts in bulk".to_owned(),
    };
    let id = list::add(&app.t.cx, &officer(), &[], entry).await.unwrap();
    until(async || there("/").await.status() == StatusCode::FORBIDDEN).await;
    until(async || get(&app, "198.51.100.1", "/").await.status() == StatusCode::FORBIDDEN).await;
    for path in ["/", "/assets/nothing.css", "/health/live", "/api/v1/services", "/login"] {
        assert_eq!(there(path).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let (_, problem) = read(there("/api/v1/services").await).await;
    assert_eq!(problem["code"], "shield.denied");
    let page = there("/?lang=en").await;
    let number = header(&page, "x-request-id");
    let page = page.text().await.unwrap();
    assert!(page.contains("Access paused") && page.contains(&number), "{page}");
    assert_eq!(get(&app, "203.0.113.5", "/").await.status(), StatusCode::OK, "others come in");
    list::remove(&app.t.cx, &officer(), id, "they have apologised").await.unwrap();
    until(async || there("/").await.status() == StatusCode::OK).await;
    app.sound().await;
    app.tasks.stop().await;
}

#[db_test]
async fn a_scan_of_paths_is_blocked_written_down_and_lifted_by_a_person(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    for path in ["/.env", "/wp-login.php", "/.git/config?token=secret", "/phpmyadmin/"] {
        assert_eq!(get(&app, "192.0.2.9", path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get(&app, "192.0.2.9", "/help").await.status(), StatusCode::OK, "four are not enough");
    get(&app, "192.0.2.9", "/cgi-bin/test.cgi").await;
    let blocked = get(&app, "192.0.2.9", "/help").await;
    assert_eq!(blocked.status(), StatusCode::FORBIDDEN);
    assert_eq!(header(&blocked, "retry-after"), "600");
    let number = header(&blocked, "x-request-id");
    let page = blocked.text().await.unwrap();
    assert!(page.contains("暂停访问") && page.contains(&number) && page.contains("客服"), "{page}");
    assert_eq!(get(&app, "192.0.2.10", "/help").await.status(), StatusCode::OK, "the neighbour comes in");
    until(async || !incidents(&app).await.is_empty()).await;
    let Detail { incident, blocks } = incidents(&app).await.remove(0);
    assert_eq!((incident.kind.name(), incident.subjects, blocks.len()), ("path_scan", 5, 1));
    assert_eq!(incident.network.to_string(), "192.0.2.9");
    assert!(incident.evidence.contains(&"/.git/config".to_owned()), "{:?}", incident.evidence);
    assert!(!incident.evidence.concat().contains("secret"));
    incident::lift(&app.t.cx, &officer(), incident.id, "a test agreed with us").await.unwrap();
    until(async || get(&app, "192.0.2.9", "/help").await.status() == StatusCode::OK).await;
    app.sound().await;
    app.tasks.stop().await;
}

#[db_test]
async fn injection_patterns_are_counted_and_one_alone_is_answered_as_ever(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    let attack = "1%27%20union%20select%20password";
    assert_eq!(get(&app, "192.0.2.9", &format!("/search?q={attack}")).await.status(), StatusCode::OK);
    for path in ["/help", "/status", "/services", "/a11y"] {
        get(&app, "192.0.2.9", &format!("{path}?x=..%2f..%2fetc%2fpasswd")).await;
    }
    assert_eq!(get(&app, "192.0.2.9", "/help").await.status(), StatusCode::FORBIDDEN);
    until(async || incidents(&app).await.len() == 1).await;
    assert_eq!(incidents(&app).await[0].incident.kind.name(), "injection");
    app.tasks.stop().await;
}

#[db_test]
async fn trying_many_accounts_from_one_address_is_blocked_and_one_forgetful_person_is_not(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    let attempt = async |client: &str, contact: &str| {
        let body = json!({"contact": contact, "password": "not-the-right-one"});
        from(&app, client, Method::POST, "/api/v1/sessions").json(&body).send().await.unwrap().status()
    };
    for _ in 0..25 {
        attempt("192.0.2.1", "13800000001").await;
    }
    assert_eq!(get(&app, "192.0.2.1", "/help").await.status(), StatusCode::OK);
    for n in 10..27 {
        attempt("192.0.2.2", &format!("138000000{n}")).await;
    }
    assert_eq!(get(&app, "192.0.2.2", "/help").await.status(), StatusCode::FORBIDDEN);
    until(async || incidents(&app).await.len() == 1).await;
    let Detail { incident, .. } = incidents(&app).await.remove(0);
    assert_eq!(incident.kind.name(), "stuffing");
    assert!(incident.evidence.is_empty(), "no account is kept");
    app.tasks.stop().await;
}

#[db_test]
async fn forged_callbacks_and_ids_of_others_are_noticed(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    for _ in 0..10 {
        let forged = from(&app, "192.0.2.3", Method::POST, "/callbacks/gateways/card").body("{}");
        assert_eq!(forged.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(get(&app, "192.0.2.3", "/help").await.status(), StatusCode::FORBIDDEN);
    let lin = app.customer("13800000001").await;
    for n in 0..25_i64 {
        let path = format!("/api/v1/orders/ord_{}", kernel::encode_base32(1_000_000 + n));
        let asked = app.request(Method::GET, &path, &lin).header("x-forwarded-for", "192.0.2.4");
        assert_eq!(asked.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(get(&app, "192.0.2.4", "/help").await.status(), StatusCode::FORBIDDEN);
    until(async || incidents(&app).await.len() == 2).await;
    let mut kinds: Vec<&str> =
        incidents(&app).await.iter().map(|detail| detail.incident.kind.name()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["foreign_ids", "forged_callback"]);
    app.tasks.stop().await;
}

#[db_test]
async fn forms_from_elsewhere_are_refused_and_noticed(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    for n in 0..17 {
        let form = [("contact", "13800000001"), ("password", "x"), ("csrf", "guessed")];
        let sent = from(&app, "192.0.2.3", Method::POST, "/login")
            .header("origin", "https://evil.example")
            .form(&form);
        assert_eq!(sent.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{n}");
    }
    until(async || incidents(&app).await.len() == 1).await;
    assert_eq!(incidents(&app).await[0].incident.kind.name(), "forgery");
    app.tasks.stop().await;
}

#[db_test]
async fn this_machine_and_its_proxy_are_never_blocked_by_themselves(t: TestDb) {
    let app = behind_proxy(t, Settings { limits: Limits::off(), ..Settings::default() }).await;
    for n in 0..20 {
        app.request(Method::GET, &format!("/wp-{n}.php"), "").send().await.unwrap();
    }
    until(async || incidents(&app).await.len() == 1).await;
    assert!(incidents(&app).await[0].blocks.is_empty());
    assert_eq!(app.request(Method::GET, "/help", "").send().await.unwrap().status(), StatusCode::OK);
    app.tasks.stop().await;
}

#[db_test]
async fn without_a_trusted_proxy_nobody_chooses_their_address(t: TestDb) {
    let settings = only(&[(Class::ApiRead, Quota::new(5, 60))], &[]);
    let app = TestApp::start_with(t, |config| config.shield = settings).await;
    let mut through = 0;
    for n in 0..10 {
        let answer = get(&app, &format!("192.0.2.{n}"), "/api/v1/services").await;
        through += u32::from(answer.status() == StatusCode::OK);
    }
    assert_eq!(through, 5, "ten addresses were made up");
    app.tasks.stop().await;
}

#[db_test]
async fn every_answer_carries_what_browsers_are_held_to(t: TestDb) {
    let app = behind_proxy(t, only(&[(Class::Form, Quota::new(1, 60))], &[])).await;
    let asked = [
        (Method::GET, "/", 200),
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/api/v1/services", 200),
        (Method::GET, "/api/v1/orders", 401),
        (Method::GET, "/favicon.svg", 200),
        (Method::GET, "/health/live", 200),
        (Method::GET, "/orders", 303),
        (Method::POST, "/display", 415),
        (Method::POST, "/display", 429),
        (Method::DELETE, "/help", 429),
    ];
    for (method, path, status) in asked {
        let answer = from(&app, "192.0.2.1", method.clone(), path).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{method} {path}");
        }
        let policy = header(&answer, "content-security-policy");
        for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert!(!header(&answer, "cache-control").is_empty(), "{path}");
        assert!(header(&answer, "server").is_empty() && header(&answer, "x-powered-by").is_empty());
        assert_eq!(header(&answer, "strict-transport-security"), "", "over plain HTTP it would mean nothing");
        assert_eq!(header(&answer, "access-control-allow-origin"), "");
    }
    app.tasks.stop().await;
}
