//! A sandbox, clients for its desks and a receiver of callbacks, all on one hand-moved clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use connectors::http::{Reply, Request};
use connectors::{
    AlipayPay, Answer, BaseUrl, Begun, Capture, CardGateway, Http, HttpProvider, Limits, NewPayment,
    Operation, OperationId, Payment, Provider, Screen, Secret, WechatPay,
};
use http::{HeaderMap, Method, StatusCode};
use kernel::{Clock as _, Duration, Locale, ManualClock, Money, SeededRng, Text, Timestamp};
use sandbox::{Believed, Config, Desk, Knobs, Running};
use serde_json::{Value, json};

pub struct World {
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub running: Running,
    pub http: Http,
    pub receiver: Receiver,
    /// Payments that were described, by attempt.
    described: Mutex<BTreeMap<String, NewPayment>>,
}

/// What arrived at the callback address, and what it answers next.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<(StatusCode, Vec<Callback>)>>,
    word: Arc<Mutex<&'static str>>,
}

#[derive(Debug, Clone)]
pub struct Callback {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Callback {
    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callbacks", listener.local_addr().unwrap());
        let receiver = Self {
            url,
            state: Arc::new(Mutex::new((StatusCode::NO_CONTENT, Vec::new()))),
            word: Arc::default(),
        };
        let take = |State(receiver): State<Self>, headers: HeaderMap, body: Bytes| async move {
            let mut state = receiver.state.lock().unwrap();
            state.1.push(Callback { headers, body });
            (state.0, *receiver.word.lock().unwrap())
        };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        #[allow(clippy::disallowed_methods, reason = "ends with the runtime of the test")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub fn answer_with(&self, status: StatusCode) {
        self.state.lock().unwrap().0 = status;
    }

    /// What Alipay wants to read.
    pub fn say_success(&self) {
        self.answer_with(StatusCode::OK);
        *self.word.lock().unwrap() = "success";
    }

    /// Everything that came since the last call.
    pub fn take(&self) -> Vec<Callback> {
        std::mem::take(&mut self.state.lock().unwrap().1)
    }
}

/// 21 November 2026, 20:45 in China.
pub const START: Timestamp = Timestamp::from_secs(1_795_265_100);

pub async fn world() -> World {
    world_with(|_| {}).await
}

pub async fn world_with(change: impl FnOnce(&mut Config)) -> World {
    let clock = Arc::new(ManualClock::at(START));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut config = Config::new(url, &Secret::generate(&SeededRng::new(1)));
    change(&mut config);
    let running = sandbox::start(listener, config.clone(), clock.clone()).unwrap();
    let http = client(Duration::from_secs(10));
    let (receiver, described) = (Receiver::start().await, Mutex::default());
    World { clock, config, running, http, receiver, described }
}

pub fn client(total: Duration) -> Http {
    Http::new(Limits { total, ..Limits::default() }).unwrap()
}

impl World {
    pub fn provider(&self, desk: Desk) -> HttpProvider {
        self.impatient_provider(desk, Duration::from_secs(10))
    }

    pub fn impatient_provider(&self, desk: Desk, patience: Duration) -> HttpProvider {
        let base = BaseUrl::parse(&self.config.base_url(desk)).unwrap();
        let keys = self.config.keys(desk).unwrap().clone();
        HttpProvider::new(desk.name(), base, keys, client(patience), self.clock.clone())
    }

    pub fn gateway(&self) -> CardGateway {
        self.impatient_gateway(Duration::from_secs(10))
    }

    pub fn impatient_gateway(&self, patience: Duration) -> CardGateway {
        CardGateway::new("card", self.config.card.clone().unwrap(), client(patience), self.clock.clone())
    }

    pub fn wechat(&self, believed: Believed) -> WechatPay {
        self.impatient_wechat(believed, Duration::from_secs(10))
    }

    pub fn impatient_wechat(&self, believed: Believed, patience: Duration) -> WechatPay {
        let settings = self.config.wechat("wechat", believed).unwrap();
        WechatPay::new(settings, client(patience), self.clock.clone(), Arc::new(SeededRng::new(7)))
    }

    pub fn alipay(&self) -> AlipayPay {
        self.impatient_alipay(Duration::from_secs(10))
    }

    pub fn impatient_alipay(&self, patience: Duration) -> AlipayPay {
        AlipayPay::new(self.config.alipay("alipay").unwrap(), client(patience), self.clock.clone())
    }

    pub fn set(&self, desk: Desk, knobs: Value) {
        self.running.sandbox.set_knobs(desk, serde_json::from_value::<Knobs>(knobs).unwrap());
    }

    /// Lets the future happen, and gives back the callbacks that came.
    pub async fn callbacks(&self) -> Vec<Callback> {
        self.running.sandbox.flush_all().await;
        self.receiver.take()
    }

    /// The callbacks about operations, verified by the client of `desk`.
    pub async fn answers(&self, desk: Desk) -> Vec<Answer> {
        let provider = self.provider(desk);
        let callbacks = self.callbacks().await;
        callbacks.iter().map(|c| provider.verify_callback(&c.headers, &c.body).unwrap()).collect()
    }

    pub fn top_up(&self, id: &str, phone: &str) -> Operation {
        self.operation(id, "mobile-top-up", json!({ "phone": phone }))
    }

    pub fn operation(&self, id: &str, service: &str, answers: Value) -> Operation {
        serde_json::from_value(json!({
            "operation_id": id, "operation": "submit", "service": service, "quantity": 1, "answers": answers,
            "reference": "8K2M-9Q7R-T4", "callback_url": self.receiver.url,
        }))
        .unwrap()
    }

    pub fn payment(&self, attempt_id: &str, fen: i64) -> NewPayment {
        let new = NewPayment {
            attempt_id: attempt_id.to_owned(),
            amount: Money::cny(fen),
            description: Text::new("话费充值 100 元 <b>", "Top-up ¥100 <b>"),
            reference: "8K2M-9Q7R-T4".to_owned(),
            locale: Locale::Zh,
            return_url: "http://127.0.0.1:9/orders/1?paid=maybe".to_owned(),
            callback_url: self.receiver.url.clone(),
            expires_at: self.clock.now().plus(Duration::from_mins(30)),
            screen: Screen::default(),
            payer_address: None,
            capture: Capture::Now,
        };
        self.described.lock().unwrap().insert(attempt_id.to_owned(), new.clone());
        new
    }

    /// An attempt as it is asked about, by somebody who has told nobody how to pay it.
    pub fn begun(&self, attempt_id: &str) -> Begun {
        let described = self.described.lock().unwrap().get(attempt_id).cloned();
        Begun::of(&described.unwrap_or_else(|| self.payment(attempt_id, 100)), None)
    }

    pub async fn get(&self, url: &str) -> Reply {
        self.send(Method::GET, url, &[], "").await
    }

    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Reply {
        let url = connectors::http::web_address(url).unwrap();
        self.http.send(Request { method, url, headers, body: body.as_bytes().to_vec() }).await.unwrap()
    }

    /// What the payer does on the page of the gateway.
    pub async fn choose(&self, checkout_url: &str, card: &str) -> Reply {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, checkout_url, &form, &format!("card={card}")).await
    }
}

impl World {
    /// Seconds since 1970 on the hand-moved clock.
    pub fn seconds(&self) -> i64 {
        self.clock.now().as_secs()
    }

    /// What the payer does on the page of WeChat Pay or Alipay.
    pub async fn press(&self, page: &str, way: &str) -> Reply {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, page, &form, &format!("way={way}")).await
    }
}

/// Where the payer of an open payment is sent.
pub fn page_of(payment: &Payment) -> &str {
    payment.checkout.as_ref().and_then(connectors::Checkout::page).unwrap()
}

pub fn id(text: &str) -> OperationId {
    OperationId::parse(text).unwrap()
}
