//! A whole Everlit for tests: database, desk, pages over real HTTP, sandbox providers and gateway over real HTTP; a clock that obeys.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test fails loudly; not every test uses every part"
)]

use std::net::SocketAddr;

use connectors::{BaseUrl, Secret};
use durable::task::Tasks;
use durable::{Registry, run_due};
use everlit::assemble::{Services, app};
use everlit::config::{Card, Config, Partner, PayPage, RealNames};
use everlit::demo::packs;
use everlit::telemetry::Format;
use everlit::wiring;
use kernel::Actor;
use ordering::DeskLimits;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use sandbox::{Config as SandboxConfig, Desk, Running};
use serde_json::{Value, json};
use testkit::TestDb;
use tokio::net::TcpListener;

pub const PASSWORD: &str = "the-lamp-never-goes-out";

pub struct TestApp {
    pub t: TestDb,
    pub base: String,
    pub http: Client,
    pub registry: Registry,
    pub services: Services,
    pub sandbox: Running,
    pub tasks: Tasks,
    pub config: Config,
}

impl TestApp {
    pub async fn start(t: TestDb) -> Self {
        Self::start_with(t, |_| ()).await
    }

    /// The same with other settings.
    pub async fn start_with(t: TestDb, change: impl FnOnce(&mut Config)) -> Self {
        t.migrate(&everlit::MIGRATIONS).await;
        catalogue::service::publish(&t.cx, &Actor::system("test"), &packs::embedded()).await.unwrap();
        let side = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let secret = Secret::from_digest([9; 32]);
        let sandbox_config = SandboxConfig::new(format!("http://{}", side.local_addr().unwrap()), &secret);
        let sandbox = sandbox::start(side, sandbox_config.clone(), t.clock.clone()).unwrap();
        let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", pages.local_addr().unwrap());
        let mut config = settings(&sandbox_config, &base);
        change(&mut config);
        let services = Services::connect(&config, &t.cx, true).await.unwrap();
        let tasks = Tasks::default();
        let app = app(&config, &t.cx, &services, &tasks, true).unwrap();
        let door = everlit::serve::door(&config, &app, &tasks).await.unwrap();
        serve(pages, &app, door, &tasks);
        // Plain HTTP only, but the client wants to know; the second test finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            registry: wiring::registry(&services, &app.desk),
            t,
            base,
            http,
            services,
            sandbox,
            tasks,
            config,
        }
    }

    /// Another process of the same installation: its address.
    pub async fn another_node(&self) -> String {
        let services = Services::connect(&self.config, &self.t.cx, true).await.unwrap();
        let app = app(&self.config, &self.t.cx, &services, &self.tasks, true).unwrap();
        let door = everlit::serve::door(&self.config, &app, &self.tasks).await.unwrap();
        let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", pages.local_addr().unwrap());
        serve(pages, &app, door, &self.tasks);
        base
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    pub async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path, token).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Response {
        let mut request = self.request(Method::POST, path, token).json(body);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        request.send().await.unwrap()
    }

    /// A customer who registered over the API; the bearer token.
    pub async fn customer(&self, phone: &str) -> String {
        let account = json!({"contact": phone, "password": PASSWORD, "name": "林晓"});
        let made = self.post("/api/v1/accounts", "", "", &account).await;
        assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
        let session = json!({"contact": phone, "password": PASSWORD});
        let (status, session) = read(self.post("/api/v1/sessions", "", "", &session).await).await;
        assert_eq!(status, 201);
        session["token"].as_str().unwrap().to_owned()
    }

    /// Money on the balance, paid by card on the gateway's own page.
    pub async fn top_up(&self, token: &str, fen: i64) {
        let key = format!("top-up-{}", self.t.cx.id());
        let body = json!({"amount": {"minor": fen, "currency": "CNY"}});
        let (status, made) = read(self.post("/api/v1/wallet/top-ups", token, &key, &body).await).await;
        assert_eq!(status, 201, "{made}");
        self.pay_on_page(made["checkout_url"].as_str().unwrap()).await;
        self.settle().await;
    }

    pub async fn pay_on_page(&self, checkout: &str) {
        let paid = self.http.post(checkout).form(&[("card", "pay")]).send().await.unwrap();
        assert_eq!(paid.status(), 303);
    }

    /// Lets everything happen: callbacks, jobs, and what becomes due within the hour.
    pub async fn settle(&self) {
        use kernel::Clock as _;
        let end = self.t.clock.now().plus(kernel::Duration::from_hours(1));
        for _ in 0..200 {
            self.sandbox.sandbox.flush_all().await;
            run_due(&self.t.cx, &self.registry).await.unwrap();
            match durable::next_due(&self.t.cx).await.unwrap() {
                Some(due) if due <= end => self.t.clock.set(due.max(self.t.clock.now())),
                _ => return,
            }
        }
    }

    /// The books and the record are right. Asked at the end of tests.
    pub async fn sound(&self) {
        let books = ledger::verify(&self.t.cx).await.unwrap();
        assert!(books.is_sound(), "{books:?}");
        assert_eq!(audit::verify(&self.t.cx).await.unwrap().bad, None);
        let dead = "SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE dead = TRUE";
        assert_eq!(self.number(dead).await, 0, "dead jobs");
        let stray = "SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE kind = 'fulfilment.step'
                     AND NOT EXISTS (SELECT 1 FROM flow_step s WHERE s.ended_at IS NULL)";
        assert_eq!(self.number(stray).await, 0, "jobs of steps that have an end");
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.t.raw(sql, Vec::new()).await[0].reader().get().unwrap()
    }
}

fn serve(listener: TcpListener, app: &web::App, door: everlit::door::Door, tasks: &Tasks) {
    let (router, tasks) = (web::router(app), tasks.clone());
    let drain = std::time::Duration::from_secs(1);
    tasks.clone().spawn(async move { door.serve(listener, router, &tasks, drain).await });
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub fn order(service: &str, offering: &str, answers: Value, fen: i64) -> Value {
    json!({
        "lines": [{"service": service, "offering": offering, "answers": answers}],
        "payment_method": "balance",
        "total": {"minor": fen, "currency": "CNY"},
    })
}

/// ¥10 for a number.
pub fn top_up_order(phone: &str) -> Value {
    order("mobile-top-up", "y10", json!({"phone": phone}), 1_000)
}

fn settings(sandbox: &SandboxConfig, base: &str) -> Config {
    let partner = |desk: Desk| Partner {
        url: BaseUrl::parse(&sandbox.base_url(desk)).unwrap(),
        keys: sandbox.keys(desk).unwrap().clone(),
    };
    Config {
        money: ledger::allowance::Policy::default(),
        transfers: catalogue::service::BetweenBalances::Withheld,
        risk: risk::engine::Settings::default(),
        documents: everlit::config::Documents::default(),
        data: std::env::temp_dir(),
        database: String::new(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_url: base.to_owned(),
        host_aliases: Vec::new(),
        trusted_proxies: Vec::new(),
        tls: None,
        // The clock stands still, so budgets would never grow back.
        shield: shield::Settings::off(),
        connections: everlit::door::Connections::default(),
        master_key: None,
        keys_kept: everlit::config::KEYS_KEPT,
        kms: None,
        log: "warn".to_owned(),
        log_format: Format::Text,
        desk: DeskLimits::default(),
        smtp: None,
        sms: None,
        providers: Desk::PROVIDERS.iter().map(|desk| (desk.name().to_owned(), partner(*desk))).collect(),
        card: Some(Card { settings: sandbox.card.clone().unwrap(), page_origin: sandbox.public_url.clone() }),
        bank_transfer: sandbox.bank_transfer(),
        wechat: Some(PayPage {
            settings: sandbox.wechat("wechat", sandbox::Believed::PublicKey).unwrap(),
            page_origin: sandbox.public_url.clone(),
        }),
        alipay: Some(PayPage {
            settings: sandbox.alipay("alipay").unwrap(),
            page_origin: sandbox.public_url.clone(),
        }),
        real_name: RealNames { partner: Some(partner(Desk::Identity)), ..RealNames::default() },
        sign_in: everlit::sign_in::of_sandbox(sandbox).unwrap(),
        logins: risk::LoginPoint::default(),
        password_min: identity::password::ALONE,
    }
}
