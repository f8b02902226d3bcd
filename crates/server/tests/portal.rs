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
