//! A whole edge on a scratch database, called without a network.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use catalogue::pack::SourceFile;
use catalogue::service::Shelf;
use durable::task::Tasks;
use kernel::{Actor, Duration, Money, Role};
use ordering::{Desk, DeskLimits};
use serde_json::{Value, json};
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

pub(super) const PASSWORD: &str = "a long phrase nobody guesses";

pub(super) struct Server {
    pub t: TestDb,
    pub app: App,
    router: Router,
    /// Where calls come from; nowhere, unless said.
    pub address: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

/// Status and code of an answer.
pub(super) fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A card gateway that nobody answers for: orders may name it, and no test here pays.
fn gateways(cx: &durable::Cx) -> connectors::Gateways {
    let settings = connectors::CardSettings {
        base: connectors::BaseUrl::parse("http://127.0.0.1:9/card").unwrap(),
        merchant_id: "acct_test".to_owned(),
        secret_key: connectors::card::ApiKey::parse("sk_test_0123456789abcdef").unwrap(),
        webhook: connectors::card::SigningSecrets::parse("whsec_0123456789abcdef0123456789abcdef").unwrap(),
    };
    let http = connectors::Http::new(connectors::CardGateway::limits()).unwrap();
    let card = connectors::CardGateway::new("card", settings, http, Arc::clone(&cx.clock));
    let card: Arc<dyn connectors::Gateway> = Arc::new(card);
    connectors::Gateways::new([card])
}

impl Server {
    pub async fn open(t: TestDb) -> Self {
        Self::guarded(t, shield::Settings::off()).await
    }

    /// The same behind a shield with these settings.
    pub async fn guarded(t: TestDb, shield: shield::Settings) -> Self {
        t.migrate(&TABLES).await;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../services");
        let mut files: Vec<SourceFile> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| SourceFile {
                name: path.file_name().unwrap().to_string_lossy().into_owned(),
                text: std::fs::read_to_string(path).unwrap(),
            })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let cx = t.cx.clone();
        catalogue::service::publish(&cx, &Actor::system("test"), &files).await.unwrap();
        let shelf = Shelf::load(&cx).await.unwrap();
        let patient = risk::engine::Settings::default().within(kernel::Duration::from_mins(1));
        let risk = risk::Engine::open(&cx, patient, None).await.unwrap();
        let tasks = Tasks::default();
        let cost = identity::password::Cost::CHEAP;
        let payments = ordering::payment::Payments {
            cx: cx.clone(),
            gateways: gateways(&cx),
            callback_base: "https://counter.example/callbacks/gateways".to_owned(),
        };
        let callbacks = "https://counter.example/callbacks/providers";
        let app = App::new(Parts {
            desk: Desk::open(&cx, &shelf, &risk, DeskLimits::default(), &tasks),
            press: crate::app::press_for_tests(),
            fulfilment: Arc::new(fulfilment::Fulfilment::new(
                Arc::clone(&shelf),
                connectors::Providers::default(),
                callbacks,
            )),
            payments: Arc::new(payments),
            parties: crate::Parties::default(),
            hasher: identity::Hasher::new(cost, cx.rng.as_ref()).unwrap(),
            logins: risk::LoginPoint::default(),
            risk,
            real_name: Arc::default(),
            outbox: None,
            settings: Settings {
                public_url: "https://counter.example".to_owned(),
                insecure: false,
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
        });
        let router = crate::router(&app);
        Self { t, app, router, address: None }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        let mut request =
            request.body(body.map_or_else(Body::empty, |text| Body::from(text.to_owned()))).unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10_000_000).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, Some(token), &[], None).await
    }

    pub async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        let headers = if key.is_empty() { &[][..] } else { &headers[..] };
        self.call(Method::POST, path, Some(token), headers, Some(&body.to_string())).await
    }

    /// Registers and signs in over the API; puts this much on the balance.
    pub async fn customer(&self, contact: &str, fen: i64) -> String {
        let body = json!({"contact": contact, "password": PASSWORD, "name": "林晓"});
        let answer = self.call(Method::POST, "/api/v1/accounts", None, &[], Some(&body.to_string())).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
        let body = json!({"contact": contact, "password": PASSWORD}).to_string();
        let answer = self.call(Method::POST, "/api/v1/sessions", None, &[], Some(&body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
        let session = answer.json();
        if fen > 0 {
            let customer = session["account"].as_str().unwrap().parse().unwrap();
            let mut tx = self.t.cx.begin().await.unwrap();
            let lane = ledger::Lane(u16::try_from(tx.lane()).unwrap());
            let business_key = format!("test:{contact}");
            let top_up = ledger::TopUp { customer, gateway: "card", amount: Money::cny(fen), business_key };
            ledger::credit_top_up(&mut tx, &self.t.cx, lane, top_up).await.unwrap();
            tx.commit().await.unwrap();
        }
        session["token"].as_str().unwrap().to_owned()
    }

    /// A call that changes something, with this method.
    pub async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        self.call(method, &format!("/api/v1{path}"), Some(token), &[], Some(&body.to_string())).await
    }

    pub async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, token, body).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.call(Method::DELETE, &format!("/api/v1{path}"), Some(token), &[], None).await
    }

    /// A POST under `/api/v1` without a key.
    pub async fn act(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, token, body).await
    }

    /// A GET under `/api/v1`.
    pub async fn look(&self, path: &str, token: &str) -> Answer {
        self.get(&format!("/api/v1{path}"), token).await
    }

    /// A POST under `/api/v1` by nobody.
    pub async fn open_to_all(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, &format!("/api/v1{path}"), None, &[], Some(&body.to_string())).await
    }

    /// Signs in with the usual password.
    pub async fn sign_in(&self, contact: &str) -> Answer {
        self.open_to_all("/sessions", &json!({"contact": contact, "password": PASSWORD})).await
    }

    /// Somebody of the staff whose role demands no second factor here, signed in.
    pub async fn staff(&self, name: &str, role: Role) -> String {
        let (cx, system) = (&self.t.cx, Actor::system("test"));
        identity::role::set_second_factor(cx, &system, role, false).await.unwrap();
        self.hired(name, role).await;
        let session = self.sign_in(&format!("{name}@example.com")).await;
        session.json()["token"].as_str().unwrap_or_else(|| panic!("{}", session.json())).to_owned()
    }

    /// Somebody of the staff.
    pub async fn hired(&self, name: &str, role: Role) -> kernel::AccountId {
        let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, self.t.cx.rng.as_ref()).unwrap();
        let new = identity::account::NewAccount {
            phone: None,
            email: Some(format!("{name}@example.com")),
            name: None,
            password: PASSWORD.to_owned(),
            roles: vec![role],
            locale: kernel::Locale::Zh,
        };
        identity::account::create_account(&self.t.cx, &hasher, &Actor::system("test"), new).await.unwrap()
    }

    /// The id of the account of a token.
    pub async fn id_of(&self, token: &str) -> String {
        self.look("/me", token).await.json()["id"].as_str().unwrap().to_owned()
    }

    /// The digits of the newest message, after codes that were asked for by address went out.
    pub async fn code(&self) -> String {
        let mut registry = durable::Registry::default();
        registry.handle(identity::signin::SEND_CODE_JOB, identity::signin::CodeJob);
        durable::run_due(&self.t.cx, &registry).await.unwrap();
        let page = kernel::PageRequest::new(None, 1);
        let sent = notify::list_outbox(&self.t.cx, &notify::OutboxSender, page).await.unwrap();
        let body = &sent.items[0].content.body;
        body.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect()
    }

    /// The token at the end of the newest link that begins so.
    pub async fn link(&self, begins: &str) -> String {
        let page = kernel::PageRequest::new(None, 20);
        let sent = notify::list_outbox(&self.t.cx, &notify::OutboxSender, page).await.unwrap();
        let mut links = sent.items.iter().filter_map(|one| one.content.link.as_deref()?.strip_prefix(begins));
        links.next().unwrap_or_else(|| panic!("no link {begins}")).to_owned()
    }

    /// Turns an authenticator app on; its secret and the recovery codes.
    pub async fn with_app(&self, token: &str) -> (String, Vec<String>) {
        let offer = self.act("/me/factors/totp", token, &json!({})).await;
        assert_eq!(offer.status, StatusCode::CREATED, "{}", offer.json());
        let secret = offer.json()["secret"].as_str().unwrap().to_owned();
        let code = json!({"code": self.shown(&secret)});
        let added = self.act("/me/factors/totp/confirm", token, &code).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.json());
        let codes = added.json()["recovery_codes"].as_array().unwrap().clone();
        self.t.clock.advance(Duration::from_secs(30));
        (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
    }

    /// What an app shows now.
    pub fn shown(&self, secret: &str) -> String {
        identity::factor::shown_by_app(secret, self.t.cx.now()).unwrap()
    }
}
