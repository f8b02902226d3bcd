//! A whole edge on a scratch database, called without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use catalogue::pack::SourceFile;
use catalogue::service::Shelf;
use durable::task::Tasks;
use kernel::{Actor, Money};
use ordering::{Desk, DeskLimits};
use serde_json::{Value, json};
use testkit::TestDb;
use tower::ServiceExt as _;

use crate::edge::live::Live;
use crate::{App, Parts, Settings};

const TABLES: [db::Migrations; 9] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    risk::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    fulfilment::MIGRATIONS,
];

pub(super) const PASSWORD: &str = "a long phrase nobody guesses";

pub(super) struct Server {
    pub t: TestDb,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
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

impl Server {
    pub async fn open(t: TestDb) -> Self {
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
        let tasks = Tasks::default();
        let cost = identity::password::Cost::CHEAP;
        let payments = ordering::payment::Payments {
            cx: cx.clone(),
            gateways: connectors::Gateways::default(),
            callback_base: "https://counter.example/callbacks/gateways".to_owned(),
        };
        let callbacks = "https://counter.example/callbacks/providers";
        let app = App::new(Parts {
            desk: Desk::open(&cx, &shelf, DeskLimits::default(), &tasks),
            fulfilment: Arc::new(fulfilment::Fulfilment::new(
                Arc::clone(&shelf),
                connectors::Providers::default(),
                callbacks,
            )),
            payments: Arc::new(payments),
            parties: crate::Parties::default(),
            hasher: identity::Hasher::new(cost, cx.rng.as_ref()).unwrap(),
            logins: risk::LoginPoint::default(),
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
            shield: Arc::new(shield::Shield::new(cx.clone(), shield::Settings::off())),
            live: Live::start(&cx.db, &tasks),
            tasks,
            metrics: String::new,
            shelf,
            cx,
        });
        let router = crate::router(&app);
        Self { t, router }
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
        let request =
            request.body(body.map_or_else(Body::empty, |text| Body::from(text.to_owned()))).unwrap();
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
}
