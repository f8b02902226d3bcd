//! The console as a browser without script meets it, on a scratch database: signing in, every page with something on it, the acts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use catalogue::pack::SourceFile;
use catalogue::service::{PaymentMethod, Shelf};
use durable::task::Tasks;
use identity::account::NewAccount;
use kernel::{Actor, ActorKind, Locale, Money, Role};
use ordering::order::Channel;
use ordering::{Desk, DeskLimits, NewLine, OrderId, PlaceOrder};
use serde_json::json;
use testkit::TestDb;
use tower::ServiceExt as _;

use crate::edge::live::Live;
use crate::{App, Parts, Settings};

const TABLES: [db::Migrations; 12] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    shield::MIGRATIONS,
    risk::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
    reconciliation::MIGRATIONS,
    documents::MIGRATIONS,
];
pub(super) const PASSWORD: &str = "lamp-that-never-goes-out-24";
pub(super) const CUSTOMER: &str = "13800138000";
pub(super) const OPERATOR: &str = "operator@example.com";
pub(super) const ADMINISTRATOR: &str = "root@example.com";

/// The goods pack is published, three people can sign in, and one ordered a cleaning visit whose first step is a staff task.
pub(super) async fn counter(t: &TestDb) -> (App, OrderId) {
    counter_with(t, connectors::Gateways::default()).await
}

/// The same where one can pay from outside.
pub(super) async fn counter_with(t: &TestDb, gateways: connectors::Gateways) -> (App, OrderId) {
    t.migrate(&TABLES).await;
    let cx = t.cx.clone();
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../services/goods.yaml")).unwrap();
    let files = [SourceFile { name: "goods.yaml".to_owned(), text }];
    catalogue::service::publish(&cx, &Actor::system("test"), &files).await.unwrap();
    let shelf = Shelf::load(&cx).await.unwrap();
    let patient = risk::engine::Settings::default().within(kernel::Duration::from_mins(1));
    let risk = risk::Engine::open(&cx, patient, None).await.unwrap();
    let tasks = Tasks::default();
    let providers = connectors::Providers::default();
    let callback_base = "https://counter.example/callbacks".to_owned();
    let work = fulfilment::Fulfilment::new(Arc::clone(&shelf), providers, callback_base.clone());
    let app = App::new(Parts {
        desk: Desk::open(&cx, &shelf, &risk, DeskLimits::default(), &tasks),
        press: crate::app::press_for_tests(),
        fulfilment: Arc::new(work),
        payments: Arc::new(ordering::payment::Payments { cx: cx.clone(), gateways, callback_base }),
        parties: crate::Parties::default(),
        hasher: identity::Hasher::new(identity::password::Cost::CHEAP, cx.rng.as_ref()).unwrap(),
        logins: risk::LoginPoint::default(),
        risk,
        real_name: Arc::default(),
        outbox: None,
        settings: Settings {
            public_url: "http://127.0.0.1:8024".to_owned(),
            insecure: true,
            host_aliases: Vec::new(),
            trusted_proxies: Vec::new(),
            gateway_origins: Vec::new(),
            version: "test",
        },
        shield: Arc::new(shield::Shield::new(cx.clone(), shield::Settings::off())),
        live: Live::start(&cx.db, &tasks),
        tasks,
        metrics: String::new,
        shelf,
        cx,
    });
    for (contact, role) in [(OPERATOR, Role::OPERATOR), (ADMINISTRATOR, Role::ADMINISTRATOR)] {
        person(&app, contact, role).await;
    }
    let order = order(&app).await;
    let mut registry = durable::Registry::default();
    fulfilment::register(&mut registry, Arc::clone(&app.fulfilment));
    durable::run_due(&app.cx, &registry).await.unwrap();
    (app, order)
}

pub(super) async fn person(app: &App, contact: &str, role: Role) -> kernel::AccountId {
    if role.is_staff() {
        // These journeys are not about the second factor.
        let system = Actor::system("test");
        identity::role::set_second_factor(&app.cx, &system, role, false).await.unwrap();
    }
    let is_mail = contact.contains('@');
    let new = NewAccount {
        phone: (!is_mail).then(|| contact.to_owned()),
        email: is_mail.then(|| contact.to_owned()),
        name: Some("林小明".to_owned()),
        password: PASSWORD.to_owned(),
        roles: vec![role],
        locale: Locale::Zh,
    };
    identity::account::create_account(&app.cx, &app.hasher, &Actor::system("test"), new).await.unwrap()
}

async fn order(app: &App) -> OrderId {
    let cx = &app.cx;
    let customer = person(app, CUSTOMER, Role::CUSTOMER).await;
    let mut tx = cx.begin().await.unwrap();
    let lane = ledger::Lane(u16::try_from(tx.lane()).unwrap());
    let amount = Money::cny(50_000);
    let top_up = ledger::TopUp { customer, gateway: "card", amount, business_key: "test".to_owned() };
    ledger::credit_top_up(&mut tx, cx, lane, top_up).await.unwrap();
    tx.commit().await.unwrap();
    place(app, customer, PaymentMethod::Balance).await
}

/// A cleaning visit in the first slot that is free, under a key that is named for how it is paid.
pub(super) async fn place(app: &App, customer: kernel::AccountId, payment: PaymentMethod) -> OrderId {
    let cx = &app.cx;
    let service = app.shelf.service("appliance-cleaning").unwrap();
    let mut tx = cx.read().await.unwrap();
    let slots = catalogue::stock::free_slots(&mut tx, &service.service, cx.now()).await.unwrap();
    drop(tx);
    let address = json!({"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路88号1203室",
        "name": "林小明", "phone": CUSTOMER});
    let line = NewLine {
        service: service.code.clone(),
        version: None,
        offering: "aircon-wall".to_owned(),
        quantity: 1,
        answers: json!({"address": address, "visit": slots[0].sku}),
        quote: None,
    };
    let kind = ActorKind::account(customer, vec![Role::CUSTOMER]);
    let placed = app
        .desk
        .place(PlaceOrder {
            actor: Actor { kind, ..Actor::system("test") },
            customer,
            key: ordering::idempotency::Key {
                actor: customer,
                route: "POST /orders",
                key: payment.name().to_owned(),
                fingerprint: [0; 32],
            },
            lines: vec![line],
            payment,
            from_balance: None,
            agreed_total: Money::cny(9_900),
            cart: None,
            draft: None,
            channel: Channel::Portal,
            hold_for: None,
            origin: risk::Origin::default(),
        })
        .await
        .unwrap();
    placed.order
}

/// What came back.
pub(super) struct Answer {
    pub status: StatusCode,
    pub to: String,
    pub html: String,
}

impl Answer {
    /// The first address on the page that begins so.
    pub fn first(&self, begins: &str) -> String {
        let rest = self
            .html
            .split(&format!("href=\"{begins}"))
            .nth(1)
            .unwrap_or_else(|| panic!("no {begins} in {}", self.html));
        format!("{begins}{}", rest.split('"').next().unwrap())
    }
}

/// Keeps cookies, takes the token of forms from the page, follows nothing by itself.
pub(super) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    language: &'static str,
}

impl Browser {
    pub fn new(app: &App) -> Self {
        Self { router: crate::router(app), cookies: BTreeMap::new(), language: "zh-CN" }
    }

    pub async fn signed_in(app: &App, contact: &str) -> Self {
        let mut browser = Self::new(app);
        let fields = [("contact", contact), ("password", PASSWORD)];
        let answer = browser.post("/console/login", "/console/login", &fields).await;
        assert_eq!(
            (answer.status, answer.to.as_str()),
            (StatusCode::SEE_OTHER, "/console"),
            "{}",
            answer.html
        );
        browser
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", cookies.join("; "))
            .header("accept-language", self.language)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.map_or_else(Body::empty, Body::from))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = parts.headers.get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
        let bytes = to_bytes(body, 1_000_000).await.unwrap().to_vec();
        Answer { status: parts.status, to, html: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// A file: status, headers and bytes.
    pub async fn file(&self, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().uri(path).header("cookie", cookies.join("; "));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, 10_000_000).await.unwrap().to_vec())
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Opens `page` and sends a form from it.
    pub async fn post(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let html = self.get(page).await.html;
        let csrf =
            html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", csrf).extend_pairs(fields);
        self.send(Method::POST, action, Some(body.finish())).await
    }
}

#[testkit::db_test]
async fn w3_guests_sign_in_customers_are_sent_away_and_roles_get_what_is_theirs(t: TestDb) {
    let (app, order) = counter(&t).await;
    let mut guest = Browser::new(&app);
    let mut operator = Browser::signed_in(&app, OPERATOR).await;
    let mut administrator = Browser::signed_in(&app, ADMINISTRATOR).await;
    let account = operator.get("/console/customers").await.first("/console/customers/acc_");
    let task = operator.get("/console/tasks").await.first("/console/tasks/tsk_");
    for (_, path, needs) in crate::console::routes().table().iter().filter(|(method, ..)| *method == "GET") {
        let path = match *path {
            "/console/orders/{id}" => format!("/console/orders/{order}"),
            "/console/tasks/{id}" => task.clone(),
            "/console/customers/{id}" => account.clone(),
            "/console/catalog/{code}" => "/console/catalog/appliance-cleaning".to_owned(),
            "/console/stock/{sku}" => "/console/stock/router-wifi6-white".to_owned(),
            "/console/recon/months/{gateway}/{month}" => "/console/recon/months/card/2026-10".to_owned(),
            "/console/roles/{code}" => "/console/roles/operator".to_owned(),
            "/console/ledger/sort" => "/console/ledger/sort?sort=wallet".to_owned(),
            "/console/ledger/account" => "/console/ledger/account?code=gateway:card".to_owned(),
            // There is none yet; who may not look is told so before anything is looked up.
            plain => plain.replace(['{', '}'], ""),
        };
        let there = if path.ends_with("/id") || path.contains("/id/") {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        assert!(guest.get(&path).await.to.starts_with("/console/login?next="), "{path}");
        for (browser, role) in [(&mut operator, Role::OPERATOR), (&mut administrator, Role::ADMINISTRATOR)] {
            let may = role.built_in_permissions().contains(*needs);
            let want = if may { there } else { StatusCode::FORBIDDEN };
            for language in ["zh-CN", "en"] {
                browser.language = language;
                let answer = browser.get(&path).await;
                assert_eq!(answer.status, want, "{path} {role:?} {}", answer.html);
                assert!(!answer.html.contains(CUSTOMER), "{path} shows a phone number in clear");
            }
        }
    }
    for nonsense in
        ["/console/orders/ord_nonsense", "/console/tasks/x", "/console/fallout/1", "/console/stock/none"]
    {
        assert_eq!(operator.get(nonsense).await.status, StatusCode::NOT_FOUND, "{nonsense}");
    }
}

#[testkit::db_test]
async fn a_customer_cannot_sign_in_here_and_keeps_no_session(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut browser = Browser::new(&app);
    let fields = [("contact", CUSTOMER), ("password", PASSWORD)];
    let answer = browser.post("/console/login", "/console/login", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.html.contains("控制台只对员工开放") && answer.html.contains(CUSTOMER),
        "what was typed is kept"
    );
    assert!(!browser.cookies.contains_key("everlit"), "{:?}", browser.cookies);
    let fields = [("contact", OPERATOR), ("password", "not-the-password")];
    let answer = browser.post("/console/login", "/console/login", &fields).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.html.contains("还可尝试") && !answer.html.contains("not-the-password"));
}

#[testkit::db_test]
async fn a_pack_is_checked_then_published_and_a_broken_one_changes_nothing(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut browser = Browser::signed_in(&app, ADMINISTRATOR).await;
    let page = "/console/catalog/publish";
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../services/utilities.yaml"))
        .unwrap();
    let checked =
        browser.post(page, page, &[("file", "utilities.yaml"), ("text", &text), ("act", "check")]).await;
    assert!(checked.html.contains("value=\"publish\""), "{}", checked.html);
    let done =
        browser.post(page, page, &[("file", "utilities.yaml"), ("text", &text), ("act", "publish")]).await;
    assert_eq!(done.to, "/console/catalog?done=published", "{}", done.html);
    assert_eq!(app.shelf.verticals().len(), 2);
    let broken = text.replacen("workflow:", "wrokflow:", 1);
    let refused =
        browser.post(page, page, &[("file", "utilities.yaml"), ("text", &broken), ("act", "publish")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.html.contains("线上版本不变") && refused.html.contains("wrokflow"),
        "named, and kept as typed"
    );
    assert_eq!(app.shelf.verticals().len(), 2);
}

#[testkit::db_test]
async fn stock_customers_staff_and_proofs_answer_to_their_forms(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut browser = Browser::signed_in(&app, ADMINISTRATOR).await;
    let item = "/console/stock/router-wifi6-white";
    for (number, reason) in [("abc", "盘点后调整"), ("12", "短"), ("-1", "盘点后调整")] {
        let answer =
            browser.post(item, item, &[("change", "count"), ("number", number), ("reason", reason)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number} {reason}");
    }
    let fields = [("change", "by"), ("number", "-３"), ("reason", "盘点后调整")];
    assert_eq!(browser.post(item, item, &fields).await.to, format!("{item}?done=adjusted"));
    assert!(browser.get(item).await.html.contains("117"));

    let customer = browser.get("/console/customers?q=138%200013%208000").await.to;
    assert!(customer.starts_with("/console/customers/acc_"), "{customer}");
    let state = format!("{customer}/state");
    let freeze = [("command", "freeze"), ("state_reason", "账号疑似被盗用"), ("sure", "yes")];
    assert_eq!(browser.post(&customer, &state, &freeze).await.to, format!("{customer}?done=frozen"));
    assert_eq!(browser.post(&customer, &state, &freeze).await.status, StatusCode::CONFLICT, "twice");
    let clear =
        browser.post(&customer, &format!("{customer}/reveal"), &[("reveal_reason", "核对联系方式")]).await;
    assert!(clear.html.contains(CUSTOMER));
    let link = browser.post("/console/staff", "/console/staff/invite", &[("role", "operator")]).await;
    assert!(link.html.contains("/setup/evl_"), "{}", link.html);
    let none = browser.post("/console/staff", "/console/staff/invite", &[("role", "customer")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.post("/console/health", "/console/health/ledger", &[]).await.html.contains("账务平衡"));
    assert!(browser.post("/console/audit", "/console/audit/verify", &[]).await.html.contains("审计记录完整"));
    assert_eq!(browser.get("/console/orders?after=made-up").await.status, StatusCode::BAD_REQUEST);
}
