//! Whole ways through the pages, as a browser without script goes them, on a scratch database.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use catalogue::service::{BetweenBalances, Shelf};
use durable::task::Tasks;
use kernel::{Actor, Role};
use notify::OutboxSender;
use ordering::{Desk, DeskLimits};
use testkit::TestDb;
use tower::ServiceExt as _;

use crate::edge::live::Live;
use crate::{App, Parts, Settings};

pub(super) const TABLES: [db::Migrations; 10] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    risk::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
    documents::MIGRATIONS,
];
pub(super) const PASSWORD: &str = "lamp-that-never-goes-out-24";
pub(super) const PHONE: &str = "13812345678";

/// The edge of a demo.
pub(super) async fn demo(t: &TestDb) -> App {
    guarded(t, shield::Settings::off()).await
}

/// The same behind a shield with these settings.
pub(crate) async fn guarded(t: &TestDb, shield: shield::Settings) -> App {
    opened(t, shield, BetweenBalances::Withheld).await
}

/// Of an operator who lets customers send money to each other or does not.
pub(super) async fn opened(t: &TestDb, shield: shield::Settings, between: BetweenBalances) -> App {
    t.migrate(&TABLES).await;
    let cx = t.cx.clone();
    let shelf = Shelf::load_with(&cx, between).await.unwrap();
    let patient = risk::engine::Settings::default().within(kernel::Duration::from_mins(1));
    let risk = risk::Engine::open(&cx, patient, None).await.unwrap();
    let tasks = Tasks::default();
    let payments = ordering::payment::Payments {
        cx: cx.clone(),
        gateways: connectors::Gateways::default(),
        callback_base: "https://counter.example/callbacks/gateways".to_owned(),
    };
    App::new(Parts {
        desk: Desk::open(&cx, &shelf, &risk, DeskLimits::default(), &tasks),
        press: crate::app::press_for_tests(),
        fulfilment: Arc::new(fulfilment::Fulfilment::new(
            Arc::clone(&shelf),
            connectors::Providers::default(),
            "https://counter.example/callbacks/providers",
        )),
        payments: Arc::new(payments),
        parties: crate::Parties::default(),
        hasher: identity::Hasher::new(identity::password::Cost::CHEAP, cx.rng.as_ref()).unwrap(),
        logins: risk::LoginPoint::default(),
        risk,
        real_name: Arc::default(),
        outbox: Some(OutboxSender),
        settings: Settings {
            public_url: "http://127.0.0.1:8024".to_owned(),
            insecure: true,
            host_aliases: Vec::new(),
            trusted_proxies: Vec::new(),
            gateway_origins: Vec::new(),
            version: "test",
        },
        shield: Arc::new(shield::Shield::new(cx.clone(), shield)),
        live: Live::start(&cx.db, &tasks),
        tasks,
        metrics: String::new,
        shelf,
        cx,
    })
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Of a redirect.
    pub(super) to: String,
    pub(super) clears: bool,
    pub(super) html: String,
}

/// Keeps cookies, takes the token of forms from the page, follows nothing by itself.
pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
    /// Where it connects from; nowhere, unless said.
    pub(super) address: Option<SocketAddr>,
}

impl Browser {
    pub(super) fn new(app: &App) -> Self {
        Self { router: crate::router(app), cookies: BTreeMap::new(), address: None }
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Answer {
        self.send_as(method, path, "application/x-www-form-urlencoded", body).await
    }

    async fn send_as(&mut self, method: Method, path: &str, kind: &str, body: Option<String>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", cookies.join("; "))
            .header("host", "127.0.0.1:8024")
            .header("accept-language", "zh-CN")
            .header("content-type", kind)
            .body(body.map_or_else(Body::empty, Body::from))
            .unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let header = |name| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let bytes = to_bytes(body, 1_000_000).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            to: header("location"),
            clears: !header("clear-site-data").is_empty(),
            html: String::from_utf8(bytes).unwrap(),
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Opens `page` and sends a form from it.
    pub(super) async fn post(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let html = self.get(page).await.html;
        self.submit(&html, action, fields).await
    }

    /// Sends a form of a page that is open already.
    pub(super) async fn submit(&mut self, html: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf =
            html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", csrf).extend_pairs(fields);
        self.send(Method::POST, action, Some(body.finish())).await
    }

    /// Opens `page` and sends a form with a text file from it.
    pub(super) async fn upload(
        &mut self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        (name, file, text): (&str, &str, &str),
    ) -> Answer {
        let html = self.get(page).await.html;
        let csrf =
            html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let part = |(name, value): (&str, &str)| {
            format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let mut body = part(("csrf", csrf));
        body.extend(fields.iter().copied().map(part));
        let about = format!("name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: text/csv");
        body += &format!("--xx\r\nContent-Disposition: form-data; {about}\r\n\r\n{text}\r\n--xx--\r\n");
        self.send_as(Method::POST, action, "multipart/form-data; boundary=xx", Some(body)).await
    }

    pub(super) async fn register(&mut self) -> Answer {
        let fields = [("contact", PHONE), ("password", PASSWORD), ("name", "林女士"), ("next", "/account")];
        self.post("/register", "/register", &fields).await
    }
}

/// The first run of six digits, tags left out.
pub(super) fn code_in(html: &str) -> String {
    let text: String =
        html.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text)).collect();
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 6).unwrap_or_default().to_owned()
}

#[testkit::db_test]
async fn somebody_registers_and_enters_the_code_from_the_outbox(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    let answer = browser.register().await;
    assert_eq!(
        (answer.status, answer.to.as_str()),
        (StatusCode::SEE_OTHER, "/register/verify?next=%2Faccount")
    );
    let page = browser.get(&answer.to).await;
    assert!(page.html.contains("138****5678") && page.html.contains("/demo/outbox"), "{}", page.html);
    let verify = answer.to;

    let wrong = browser.post(&verify, "/register/verify", &[("code", "12"), ("next", "/account")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#f-code\""), "{}", wrong.html);

    let code = code_in(&browser.get("/demo/outbox").await.html);
    let right = browser.post(&verify, "/register/verify", &[("code", &code), ("next", "/account")]).await;
    assert_eq!((right.status, right.to.as_str()), (StatusCode::SEE_OTHER, "/account"));
    let me = browser.get("/me").await.html;
    assert!(me.contains("已验证") && me.contains("林女士"), "{me}");
    assert_eq!(browser.get(&verify).await.to, "/account", "nothing is left to verify");
}

#[testkit::db_test]
async fn a_registration_that_is_wrong_comes_back_with_everything_typed_but_the_password(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    let fields =
        [("contact", "12"), ("password", "12345678"), ("name", "林女士"), ("next", "//evil.example")];
    let answer = browser.post("/register", "/register", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in
        ["<title>错误：", "href=\"#f-contact\"", "href=\"#f-password\"", "value=\"林女士\"", "value=\"12\""]
    {
        assert!(answer.html.contains(part), "{part}");
    }
    assert!(!answer.html.contains("12345678") && !answer.html.contains("evil.example"));
}

#[testkit::db_test]
async fn signing_in_says_how_many_tries_are_left_and_goes_back_to_where_it_was_asked(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    browser.register().await;
    let out = browser.post("/me", "/logout", &[]).await;
    assert!(out.clears && out.to == "/" && !browser.cookies.contains_key("everlit"));

    let asked = browser.get("/account/transactions").await;
    assert_eq!(asked.to, "/login?next=%2Faccount%2Ftransactions");
    let next = ("next", "/account/transactions");
    let wrong =
        browser.post(&asked.to, "/login", &[("contact", PHONE), ("password", "wrong words"), next]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("还可尝试 4 次") && wrong.html.contains(PHONE), "{}", wrong.html);

    let right = browser.post(&asked.to, "/login", &[("contact", PHONE), ("password", PASSWORD), next]).await;
    assert_eq!((right.status, right.to.as_str()), (StatusCode::SEE_OTHER, "/account/transactions"));
    assert_eq!(browser.get("/account/transactions").await.status, StatusCode::OK);
    assert_eq!(browser.get("/login").await.to, "/", "who is signed in is not asked again");
}

#[testkit::db_test]
async fn a_form_without_its_token_is_refused_and_nobody_is_signed_in(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    browser.get("/register").await;
    let body = format!("contact={PHONE}&password={PASSWORD}");
    let answer = browser.send(Method::POST, "/register", Some(body)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!browser.cookies.contains_key("everlit"));
}

#[testkit::db_test]
async fn colours_and_size_follow_the_account_and_stay_after_signing_out(t: TestDb) {
    let app = demo(&t).await;
    let (mut phone, mut desktop) = (Browser::new(&app), Browser::new(&app));
    let switched = phone.post("/help", "/display", &[("text", "large"), ("return", "/help")]).await;
    assert_eq!(switched.to, "/help");
    assert!(phone.get("/help").await.html.contains("data-text=\"large\""));
    assert!(phone.get("/help?lang=en").await.html.contains("<html lang=\"en\""));
    assert!(phone.get("/help").await.html.contains("<html lang=\"en\""), "the language stays");

    phone.register().await;
    assert!(!phone.cookies.contains_key("everlit_text"), "the account keeps it now");
    desktop.post("/login", "/login", &[("contact", PHONE), ("password", PASSWORD)]).await;
    let html = desktop.get("/help").await.html;
    assert!(html.contains("data-text=\"large\"") && html.contains("<html lang=\"en\""));
    desktop
        .post("/me/display", "/me/display", &[("theme", "dark"), ("text", "normal"), ("lang", "zh-CN")])
        .await;
    let html = phone.get("/help").await.html;
    assert!(
        html.contains("data-theme=\"dark\"")
            && !html.contains("data-text")
            && html.contains("<html lang=\"zh-CN\"")
    );
    phone.post("/me", "/logout", &[]).await;
    assert!(phone.get("/help").await.html.contains("data-theme=\"dark\""));
}

#[testkit::db_test]
async fn a_person_sees_their_devices_ends_one_and_changes_the_password(t: TestDb) {
    let app = demo(&t).await;
    let (mut here, mut there) = (Browser::new(&app), Browser::new(&app));
    here.register().await;
    there.post("/login", "/login", &[("contact", PHONE), ("password", PASSWORD)]).await;
    let page = here.get("/me/security").await.html;
    let end = page
        .split("action=\"")
        .map(|part| part.split('"').next().unwrap())
        .find(|path| path.ends_with("/end"));
    here.post("/me/security", end.unwrap(), &[]).await;
    assert!(there.get("/me").await.to.starts_with("/login"), "that device is signed out");

    let change = "/me/security/password";
    let wrong =
        here.post("/me/security", change, &[("current", "no"), ("password", "another good phrase")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#f-current\""));
    let right = here
        .post("/me/security", change, &[("current", PASSWORD), ("password", "another good phrase")])
        .await;
    assert_eq!(right.to, "/me/security?saved=password");
}

#[testkit::db_test]
async fn the_first_administrator_is_made_by_a_link_that_works_once(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    let link = identity::setup::create_setup_link(&app.cx, &Actor::system("test")).await.unwrap();
    assert_eq!(link.role, Role::ADMINISTRATOR);
    let path = format!("/setup/{}", link.token.expose());
    let fields = [("contact", "root@example.com"), ("password", PASSWORD), ("name", "")];
    assert_eq!(browser.post(&path, &path, &fields).await.to, "/login/enrol?next=%2Fconsole");
    let again = browser.get(&path).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(again.html.contains("用不了"));
}

#[testkit::db_test]
async fn an_amount_that_is_none_is_asked_for_again_and_a_strangers_top_up_is_not_found(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    browser.register().await;
    for amount in ["", "-5", "1e9", "一百", "<b>"] {
        let answer = browser.post("/me", "/account/topup", &[("amount", amount), ("gateway", "card")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
    }
    for path in ["/account/topup/pay_0000000000001", "/account/topup/nonsense", "/help/nonsense", "/setup/x"]
    {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[testkit::db_test]
async fn every_page_answers(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    let public = [
        "/login",
        "/register",
        "/help",
        "/help?q=%3Cb%3E",
        "/help/pay",
        "/a11y",
        "/status",
        "/me/display",
        "/demo/outbox",
    ];
    for path in public {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
    }
    browser.register().await;
    let own = [
        "/me",
        "/me/security",
        "/account",
        "/account/transactions",
        "/account/topup",
        "/messages",
        "/status",
    ];
    for path in own {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(browser.get("/messages?after=made-up").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.post("/messages", "/messages/read", &[]).await.to, "/messages");
}
