//! The pages as a browser without script meets them, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeMap;
use std::sync::Mutex;

use common::{PASSWORD, TestApp};
use reqwest::{Method, StatusCode};
use testkit::{TestDb, db_test};

/// A browser: keeps cookies, follows nothing by itself.
struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

struct Seen {
    status: StatusCode,
    location: String,
    body: String,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Mutex::new(BTreeMap::new()) }
    }

    async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Seen {
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut request = self.app.request(method.clone(), path, "").header("Cookie", cookies.join("; "));
        request = request.header("Accept-Language", "zh-CN");
        if method == Method::POST {
            request = request.form(form);
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").map_or("", |l| l.to_str().unwrap()).to_owned();
        Seen { status: answer.status(), location, body: answer.text().await.unwrap() }
    }

    async fn open(&self, path: &str) -> Seen {
        self.send(Method::GET, path, &[]).await
    }

    async fn sign_in(&self, contact: &str) {
        let page = self.open("/login").await;
        let form = [
            ("csrf", value(&page.body, "csrf")),
            ("contact", contact.to_owned()),
            ("password", PASSWORD.to_owned()),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(self.send(Method::POST, "/login", &form).await.status, 303);
    }
}

/// The value of the first input of this name.
fn value(body: &str, name: &str) -> String {
    let at = body.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {body}"));
    let tag = &body[body[..at].rfind('<').unwrap()..at + body[at..].find('>').unwrap()];
    tag.split("value=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned()).unwrap_or_default()
}

#[db_test]
async fn i8_the_check_page_makes_its_key_before_the_first_send_and_keeps_it(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000011").await;
    app.top_up(&token, 50_000).await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000011").await;
    let guide = lin.open("/services/mobile-top-up").await;
    let csrf = value(&guide.body, "csrf");
    let begun = lin
        .send(Method::POST, "/services/mobile-top-up/start", &[("csrf", &csrf), ("offering", "y10")])
        .await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let question = lin.open(&begun.location).await;
    let revision = value(&question.body, "revision");
    let answers =
        [("csrf", csrf.as_str()), ("revision", &revision), ("offering", "y10"), ("phone", "138 0000 0011")];
    let asked = lin.send(Method::POST, &begun.location, &answers).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let check = lin.open(&asked.location).await;
    let idem = value(&check.body, "idem");
    assert!(!idem.is_empty());
    assert_eq!(idem, value(&lin.open(&asked.location).await.body, "idem"), "a reload keeps the key");
    let total = value(&check.body, "total");
    let version = value(&check.body, "version");
    let send = [
        ("csrf", csrf.as_str()),
        ("idem", &idem),
        ("version", &version),
        ("total", &total),
        ("method", "balance"),
    ];
    let first = lin.send(Method::POST, &asked.location, &send).await;
    let again = lin.send(Method::POST, &asked.location, &send).await;
    assert_eq!(first.status, 303, "{}", first.body);
    assert_eq!(again.status, 303, "{}", again.body);
    let order =
        |seen: &Seen| seen.location.split('/').find(|part| part.starts_with("ord_")).map(str::to_owned);
    assert!(order(&first).is_some(), "{}", first.location);
    assert_eq!(order(&first), order(&again), "a double click is one order");
    assert_eq!(app.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await, 1);
    app.settle().await;
    app.sound().await;
}

#[db_test]
async fn a_form_from_elsewhere_or_without_its_token_changes_nothing(t: TestDb) {
    let app = TestApp::start(t).await;
    app.customer("13800000011").await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000011").await;
    let page = lin.open("/services/mobile-top-up").await;
    let csrf = value(&page.body, "csrf");
    for form in [vec![("offering", "y10")], vec![("csrf", "made-up"), ("offering", "y10")]] {
        let refused = lin.send(Method::POST, "/services/mobile-top-up/start", &form).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("页面已过期"), "{}", refused.body);
    }
    let cookies: Vec<String> = lin.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
    let foreign = app
        .request(Method::POST, "/services/mobile-top-up/start", "")
        .header("Cookie", cookies.join("; "))
        .header("Sec-Fetch-Site", "cross-site")
        .header("Origin", "https://evil.example")
        .form(&[("csrf", csrf.as_str()), ("offering", "y10")]);
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    assert_eq!(app.number("SELECT CAST(COUNT(*) AS BIGINT) FROM draft").await, 0);
}

#[db_test]
async fn w2_another_customers_pages_are_not_found_and_the_console_is_closed(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000011").await;
    app.top_up(&token, 50_000).await;
    app.customer("13800000012").await;
    let placed = app.post("/api/v1/orders", &token, "k", &common::top_up_order("13800000011")).await;
    let (_, placed) = common::read(placed).await;
    let order = placed["id"].as_str().unwrap();
    let (guest, chen) = (Browser::new(&app), Browser::new(&app));
    chen.sign_in("13800000012").await;
    for path in ["", "/done", "/cancel", "/receipt"] {
        let path = format!("/orders/{order}{path}");
        assert_eq!(chen.open(&path).await.status, 404, "{path}");
        let sent = guest.open(&path).await;
        assert!(
            sent.status == 303 && sent.location.starts_with("/login?next="),
            "{path}: {} {}",
            sent.status,
            sent.location
        );
    }
    for path in ["/console", "/console/orders", "/console/audit", "/console/stock", "/console/health"] {
        assert_eq!(chen.open(path).await.status, 403, "{path}");
        assert_eq!(guest.open(path).await.status, 303, "{path}");
    }
}

#[db_test]
async fn a_draft_is_discarded_after_a_second_look(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000011").await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000011").await;
    let csrf = value(&lin.open("/services/mobile-top-up").await.body, "csrf");
    let begin = [("csrf", csrf.as_str()), ("offering", "y10")];
    let begun = lin.send(Method::POST, "/services/mobile-top-up/start", &begin).await.location;
    let discard = begun.rsplit_once('/').map(|(draft, _)| format!("{draft}/discard")).unwrap();
    assert!(lin.open(&begun).await.body.contains(&discard), "the form offers it");
    assert!(lin.open("/").await.body.contains(&discard), "so does the home page");
    assert!(lin.open(&discard).await.body.contains("放弃这份草稿"));
    let drafts = "SELECT CAST(COUNT(*) AS BIGINT) FROM draft";
    assert_eq!(app.number(drafts).await, 1, "looking changes nothing");
    let gone = lin.send(Method::POST, &discard, &[("csrf", &csrf)]).await;
    assert_eq!((gone.status.as_u16(), gone.location.as_str()), (303, "/"));
    assert_eq!(app.number(drafts).await, 0);
    assert_eq!(lin.open(&begun).await.status, 404);
    // The same for programs.
    lin.send(Method::POST, "/services/mobile-top-up/start", &begin).await;
    let (_, list) = app.get("/api/v1/drafts", &token).await;
    let path = format!("/api/v1/drafts/{}", list["items"][0]["id"].as_str().unwrap());
    for status in [204, 404] {
        let answer = app.request(Method::DELETE, &path, &token).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[db_test]
async fn an_order_that_waits_for_a_card_is_paid_from_the_balance(t: TestDb) {
    let app = TestApp::start(t).await;
    let token = app.customer("13800000011").await;
    app.top_up(&token, 50_000).await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000011").await;
    let mut orders = Vec::new();
    for key in ["k1", "k2"] {
        let mut wish = common::top_up_order("13800000011");
        wish["payment_method"] = "card".into();
        let (status, placed) = common::read(app.post("/api/v1/orders", &token, key, &wish).await).await;
        assert_eq!((status.as_u16(), placed["state"].as_str()), (201, Some("awaiting_payment")), "{placed}");
        orders.push(placed["id"].as_str().unwrap().to_owned());
    }
    let page = format!("/pay/{}", orders[0]);
    let ways = lin.open(&page).await.body;
    assert!(ways.contains("¥500.00") && ways.contains("账户余额"), "{ways}");
    let pay = [("csrf", value(&ways, "csrf")), ("method", "balance".to_owned())];
    let pay: Vec<(&str, &str)> = pay.iter().map(|(k, v)| (*k, v.as_str())).collect();
    for _ in 0..2 {
        let paid = lin.send(Method::POST, &page, &pay).await;
        assert_eq!(paid.location, format!("/orders/{}/done", orders[0]), "{}", paid.body);
    }
    let by_program = format!("/api/v1/orders/{}/payments", orders[1]);
    for _ in 0..2 {
        let wish = serde_json::json!({"method": "balance"});
        let (status, paid) = common::read(app.post(&by_program, &token, "", &wish).await).await;
        assert_eq!((status.as_u16(), paid["status"].as_str()), (200, Some("paid")), "{paid}");
    }
    let (_, wallet) = app.get("/api/v1/wallet", &token).await;
    assert_eq!(wallet["available"]["minor"], 48_000, "each was paid once");
    app.settle().await;
    for order in &orders {
        let (_, order) = app.get(&format!("/api/v1/orders/{order}"), &token).await;
        let told = (order["state"].as_str(), order["payment_method"].as_str());
        assert_eq!(told, (Some("completed"), Some("balance")), "{order}");
        let result = order["lines"][0]["result"].as_object().unwrap();
        assert_eq!(result.keys().collect::<Vec<_>>(), ["carrier_reference"], "only what the pack names");
    }
    let receipt = lin.open(&format!("/orders/{}/receipt", orders[0])).await.body;
    assert!(receipt.contains("演示通信公司") && !receipt.contains("telecom-demo"), "{receipt}");
    app.sound().await;
}

#[db_test]
async fn a_top_up_leads_back_to_where_it_was_asked_for(t: TestDb) {
    let app = TestApp::start(t).await;
    app.customer("13800000011").await;
    let lin = Browser::new(&app);
    lin.sign_in("13800000011").await;
    let elsewhere = lin.open("/account/topup?next=//evil.example").await.body;
    assert!(!elsewhere.contains("name=\"next\""), "only places of this site");
    let ask = lin.open("/account/topup?next=%2Fcart").await.body;
    let form = ["csrf", "idem", "next"].map(|name| (name, value(&ask, name)));
    let mut form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    form.extend([("amount", "50"), ("gateway", "card")]);
    let checkout = lin.send(Method::POST, "/account/topup", &form).await.location;
    let paid = app.http.post(&checkout).form(&[("card", "pay")]).send().await.unwrap();
    let back = paid.headers().get("location").unwrap().to_str().unwrap();
    let back = back.strip_prefix(&app.base).unwrap();
    let state = lin.open(back).await.location;
    assert!(state.starts_with("/account/topup/pay_") && state.ends_with("?next=%2Fcart"), "{state}");
    let body = lin.open(&state).await.body;
    assert!(body.contains("href=\"/cart\"") && body.contains("继续办理"), "{body}");
}
