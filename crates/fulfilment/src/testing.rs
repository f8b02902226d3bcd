//! A counter for the tests of this crate: the real catalogue, desk and ledger.

use std::sync::Arc;

use catalogue::pack::SourceFile;
use catalogue::service::{BetweenBalances, PaymentMethod, Shelf};
use connectors::{Answer, Providers};
use durable::task::Tasks;
use durable::{Cx, Registry};
use http::HeaderMap;
use kernel::{AccountId, Actor, ActorKind, Duration, Locale, Money, Position, RequestId, Role};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::{Channel, LineState, OrderId, OrderState, OrderView};
use ordering::{Desk, DeskLimits, NewLine, PlaceOrder};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::flow::{Flow, LoggedStep, StepId, StepState};
pub(crate) use crate::script::{Reply, Script, done, later, refused};
use crate::{Error, Fulfilment, flow};

/// The tables that work touches.
pub(crate) const TABLES: [db::Migrations; 9] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
    risk::MIGRATIONS,
    notify::MIGRATIONS,
    identity::MIGRATIONS,
    ledger::MIGRATIONS,
    catalogue::MIGRATIONS,
    ordering::MIGRATIONS,
    crate::MIGRATIONS,
];

/// Everything a test needs.
pub(crate) struct Counter {
    pub t: TestDb,
    pub services: Arc<Fulfilment>,
    pub registry: Registry,
    pub script: Script,
    pub customer: Actor,
    pub operator: Actor,
    pub administrator: Actor,
    desk: Desk,
    pub guard: risk::Guard,
    orders: std::sync::atomic::AtomicU32,
    _tasks: Tasks,
}

impl Counter {
    pub async fn open(t: TestDb) -> Self {
        let script = Script::new(&t.cx);
        let providers = script.providers();
        Self::with(t, script, providers, BetweenBalances::Withheld).await
    }

    /// Of an operator who lets customers send money to each other.
    pub async fn open_between(t: TestDb) -> Self {
        let script = Script::new(&t.cx);
        let providers = script.providers();
        Self::with(t, script, providers, BetweenBalances::Offered).await
    }

    /// With providers that follow no script.
    pub async fn open_with(t: TestDb, providers: Providers) -> Self {
        let script = Script::new(&t.cx);
        Self::with(t, script, providers, BetweenBalances::Withheld).await
    }

    async fn with(t: TestDb, script: Script, providers: Providers, between: BetweenBalances) -> Self {
        t.migrate(&TABLES).await;
        catalogue::service::publish(&t.cx, &Actor::system("test"), &files()).await.unwrap();
        let shelf = Shelf::load_with(&t.cx, between).await.unwrap();
        let services =
            Arc::new(Fulfilment::new(Arc::clone(&shelf), providers, "https://here/callbacks/providers/"));
        let mut registry = Registry::default();
        crate::register(&mut registry, Arc::clone(&services));
        let outbox = || -> Arc<dyn notify::Sender> { Arc::new(notify::OutboxSender) };
        let senders = notify::Senders { sms: outbox(), email: outbox() };
        registry.handle(notify::DELIVER_JOB, notify::DeliverJob { senders });
        assert!(registry.unhandled().is_empty());
        let patient = risk::engine::Settings::default().within(kernel::Duration::from_mins(1));
        let risk = risk::Engine::open(&t.cx, patient, None).await.unwrap();
        let tasks = Tasks::default();
        let desk = Desk::open(&t.cx, &shelf, &risk, DeskLimits::default(), &tasks);
        let customer = register(&t.cx, "13800138000").await;
        let wallet = ledger::TopUp {
            customer: customer.account().unwrap(),
            gateway: "card",
            amount: Money::cny(100_000),
            business_key: "test".to_owned(),
        };
        let mut tx = t.cx.begin().await.unwrap();
        let lane = ledger::Lane(u16::try_from(tx.lane()).unwrap());
        ledger::credit_top_up(&mut tx, &t.cx, lane, wallet).await.unwrap();
        tx.commit().await.unwrap();
        let (operator, administrator) = (actor(&t.cx, Role::OPERATOR), actor(&t.cx, Role::ADMINISTRATOR));
        let orders = std::sync::atomic::AtomicU32::new(0);
        let guard = risk::Guard { engine: risk, origin: risk::Origin::default() };
        Self {
            t,
            services,
            registry,
            script,
            customer,
            operator,
            administrator,
            desk,
            guard,
            orders,
            _tasks: tasks,
        }
    }

    pub fn cx(&self) -> &Cx {
        &self.t.cx
    }

    /// Orders lines and pays by balance; nothing of the work is done yet.
    pub async fn place(&self, lines: Vec<(&str, &str, Value)>) -> OrderId {
        let total: i64 = lines.iter().map(|(service, offering, _)| self.price(service, offering)).sum();
        self.place_as(&self.customer, lines, total).await.unwrap()
    }

    /// The same by somebody, for a total.
    pub async fn place_as(
        &self,
        actor: &Actor,
        lines: Vec<(&str, &str, Value)>,
        total: i64,
    ) -> Result<OrderId, ordering::Error> {
        let me = actor.account().unwrap();
        let number = self.orders.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let key = format!("k{number}");
        let lines: Vec<NewLine> = lines
            .into_iter()
            .map(|(service, offering, answers)| NewLine {
                service: service.to_owned(),
                version: None,
                offering: offering.to_owned(),
                quantity: 1,
                answers,
                quote: None,
            })
            .collect();
        let order = PlaceOrder {
            actor: actor.clone(),
            customer: me,
            key: Key { actor: me, route: "POST /orders", fingerprint: fingerprint(&json!(key)), key },
            lines,
            payment: PaymentMethod::Balance,
            from_balance: None,
            agreed_total: Money::cny(total),
            cart: None,
            draft: None,
            channel: Channel::Api,
            hold_for: None,
            origin: risk::Origin::default(),
        };
        Ok(self.desk.place(order).await?.order)
    }

    fn price(&self, service: &str, offering: &str) -> i64 {
        let service = self.services.shelf.service(service).unwrap();
        service.offering(offering).unwrap().price.from().unwrap().minor
    }

    /// Does everything that is due.
    pub async fn work(&self) {
        durable::run_due(self.cx(), &self.registry).await.unwrap();
    }

    /// Lets time pass and does what became due, moment by moment.
    pub async fn pass(&self, time: Duration) {
        let end = self.cx().now().plus(time);
        self.work().await;
        while let Some(next) = durable::next_due(self.cx()).await.unwrap().filter(|next| *next <= end) {
            self.t.clock.set(next.max(self.cx().now()));
            self.work().await;
        }
        self.t.clock.set(end);
        self.work().await;
    }

    pub async fn view(&self, order: OrderId) -> OrderView {
        ordering::order::query::view(self.cx(), &Actor::system("test"), order).await.unwrap()
    }

    pub async fn state(&self, order: OrderId) -> OrderState {
        self.view(order).await.order.state
    }

    pub async fn lines(&self, order: OrderId) -> Vec<LineState> {
        self.view(order).await.lines.iter().map(|line| line.state).collect()
    }

    pub async fn flow(&self, order: OrderId) -> Flow {
        flow::of_order(self.cx(), &self.operator, order).await.unwrap().remove(0)
    }

    pub async fn log(&self, order: OrderId) -> Vec<LoggedStep> {
        let flow = self.flow(order).await.id;
        let log = flow::log(self.cx(), &self.services, &self.operator, flow).await.unwrap();
        log.into_iter().map(|view| view.step).collect()
    }

    /// `step purpose round state` of each entry of the log.
    pub async fn told(&self, order: OrderId) -> Vec<String> {
        let log = self.log(order).await;
        log.iter()
            .map(|s| format!("{} {} {} {}", s.step, s.purpose.name(), s.round, s.state.name()))
            .collect()
    }

    pub async fn codes(&self, order: OrderId) -> Vec<String> {
        self.view(order).await.events.into_iter().map(|event| event.code).collect()
    }

    pub async fn callback(&self, provider: &str, answer: &Answer) -> Result<(), Error> {
        let mut headers = HeaderMap::new();
        headers.insert("signed-by", provider.parse().unwrap());
        let body = serde_json::to_vec(answer).unwrap();
        crate::provider::callback(self.cx(), &self.services, provider, &headers, &body).await
    }

    /// What the customer can spend.
    pub async fn available(&self) -> i64 {
        let me = self.customer.account().unwrap();
        ledger::wallet_balance(self.cx(), &self.customer, me).await.unwrap().available.minor
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.t.raw(sql, Vec::new()).await[0].reader().get().unwrap()
    }

    /// The titles of what the customer was told, oldest first: in the message centre, and by SMS.
    pub async fn messages(&self) -> (Vec<String>, Vec<String>) {
        let inbox = notify::list_inbox(self.cx(), &self.customer, page()).await.unwrap().items;
        let sms = notify::list_outbox(self.cx(), &notify::OutboxSender, page()).await.unwrap().items;
        let (mut inbox, mut sms): (Vec<_>, Vec<_>) = (
            inbox.into_iter().map(|message| message.content.title).collect(),
            sms.into_iter().map(|message| message.content.title).collect(),
        );
        inbox.reverse();
        sms.reverse();
        (inbox, sms)
    }

    /// The `nth` time the work comes by `place`, the process dies there.
    pub fn die_at(&self, place: &'static str, nth: u32) {
        *self.services.death.lock().unwrap() = Some((place, nth));
    }

    /// Whether it came by; from now on it lives.
    pub fn died(&self) -> bool {
        self.services.death.lock().unwrap().take().is_none()
    }

    /// Ended orders leave nothing behind: no open step, no task of a step, no job; the ledger sums to zero, the audit
    /// chain holds.
    pub async fn sound(&self) {
        let open = "SELECT CAST(COUNT(*) AS BIGINT) FROM flow_step s JOIN flow f ON f.id = s.flow_id
                    WHERE s.state IN ('begun', 'waiting') AND f.ended_at IS NOT NULL";
        assert_eq!(self.number(open).await, 0, "open steps of ended flows");
        let dead = "SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE dead = TRUE";
        assert_eq!(self.number(dead).await, 0, "dead jobs");
        assert_eq!(self.stray_jobs().await, Vec::<String>::new(), "jobs of tries that have an end");
        let report = ledger::verify(self.cx()).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(audit::verify(self.cx()).await.unwrap().bad, None);
    }

    /// The jobs that would wake a try which has an end.
    async fn stray_jobs(&self) -> Vec<String> {
        let open =
            self.t.raw("SELECT id FROM flow_step WHERE state IN ('begun', 'waiting')", Vec::new()).await;
        let open: Vec<StepId> = open.iter().map(|row| StepId(row.reader().get().unwrap())).collect();
        let jobs = "SELECT payload FROM job WHERE kind = 'fulfilment.step'";
        let jobs = self.t.raw(jobs, Vec::new()).await;
        let jobs = jobs.iter().map(|row| row.reader().get::<String>().unwrap());
        jobs.filter(|payload| !open.iter().any(|id| payload.contains(&id.to_string()))).collect()
    }

    /// Nothing is left to do at all, now or later.
    pub async fn idle(&self) {
        self.work().await;
        assert_eq!(self.number("SELECT CAST(COUNT(*) AS BIGINT) FROM job").await, 0, "jobs left over");
        let open = "SELECT CAST(COUNT(*) AS BIGINT) FROM flow_step WHERE state IN ('begun', 'waiting')";
        assert_eq!(self.number(open).await, 0, "open steps");
    }
}

/// A customer with a phone.
pub(crate) async fn register(cx: &Cx, phone: &str) -> Actor {
    let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, &*cx.rng).unwrap();
    let account = identity::account::NewAccount {
        phone: Some(phone.to_owned()),
        email: None,
        name: None,
        password: "门前有一棵大枣树，秋天满地红枣".to_owned(),
        roles: vec![Role::CUSTOMER],
        locale: Locale::Zh,
    };
    let id = identity::account::create_account(cx, &hasher, &Actor::system("test"), account).await.unwrap();
    Actor { kind: ActorKind::account(id, vec![Role::CUSTOMER]), ..actor(cx, Role::CUSTOMER) }
}

/// The first of a page.
/// Somebody who has just shown a factor.
pub(crate) fn proven(cx: &Cx, actor: &Actor) -> Actor {
    actor.clone().proved(cx.now())
}

pub(crate) fn page() -> kernel::PageRequest {
    kernel::PageRequest::new(None::<Position>, 50)
}

pub(crate) fn actor(cx: &Cx, role: Role) -> Actor {
    let id = AccountId::new(&cx.ids, cx.now().minus(Duration::from_days(40)));
    Actor {
        kind: ActorKind::account(id, vec![role]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: "192.0.2.1".to_owned(),
    }
}

pub(crate) fn states(log: &[LoggedStep]) -> Vec<StepState> {
    log.iter().map(|step| step.state).collect()
}

pub(crate) fn phone() -> Value {
    json!({"phone": "13800000009"})
}

pub(crate) fn address() -> Value {
    json!({"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路 88 号", "name": "林晓", "phone": "13800000001"})
}

/// The packs of the demo and one for tests.
pub(crate) fn files() -> Vec<SourceFile> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    let mut files: Vec<SourceFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| SourceFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .collect();
    files.push(SourceFile { name: "test.yaml".to_owned(), text: TEST_PACK.to_owned() });
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Services of three providers after each other, then a receipt and a message.
pub(crate) const TEST_PACK: &str = include_str!("testing.yaml");
