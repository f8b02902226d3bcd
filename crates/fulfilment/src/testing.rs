//! A counter for the tests of this crate: the real catalogue, desk and ledger, and providers that do as they are told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use catalogue::pack::SourceFile;
use catalogue::service::{PaymentMethod, Shelf};
use connectors::protocol::SignatureError;
use connectors::{
    Answer, BoxFuture, CallbackError, Operation, OperationId, OperationKind, Outcome, Provider,
    ProviderError, Providers,
};
use durable::task::Tasks;
use durable::{Cx, Registry};
use http::HeaderMap;
use kernel::{
    AccountId, Actor, ActorKind, Duration, Locale, Money, Position, RequestId, Role, Text, Timestamp,
};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::{Channel, LineState, OrderId, OrderState, OrderView};
use ordering::{Desk, DeskLimits, NewLine, PlaceOrder};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::flow::{Flow, LoggedStep, StepState};
use crate::{Error, Fulfilment, flow};

/// What a provider does when asked the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Done,
    Later,
    Refuse,
    RefuseForNow,
    /// Does it, and the answer is lost.
    DoneUnheard,
    /// Takes it for later, and the answer is lost.
    LaterUnheard,
    /// The request never arrives, and nobody knows.
    Lost,
    /// Says that it did not take the request.
    Busy,
}

#[derive(Debug, Default)]
struct World {
    replies: VecDeque<Reply>,
    known: BTreeMap<String, Answer>,
    /// Everything that was asked, in order: `do`, `undo` or `poll` with the operation id.
    asked: Vec<(String, String)>,
    /// How often each operation was carried out.
    carried_out: BTreeMap<String, u32>,
    requests: BTreeMap<String, Operation>,
}

/// All providers of a test, behind one script.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    world: Arc<Mutex<World>>,
    cx: Cx,
}

#[derive(Debug)]
struct Scripted {
    name: &'static str,
    script: Script,
}

impl Script {
    pub fn then(&self, replies: &[Reply]) {
        self.world.lock().unwrap().replies.extend(replies);
    }

    /// What was asked so far: the step and purpose part of each operation id, without polls.
    pub fn asked(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.asked.iter().filter(|(how, _)| how != "poll").map(|(_, id)| id[14..].to_owned()).collect()
    }

    pub fn polls(&self) -> usize {
        self.world.lock().unwrap().asked.iter().filter(|(how, _)| how == "poll").count()
    }

    /// No operation was carried out twice, whatever was repeated.
    pub fn once_each(&self) {
        let world = self.world.lock().unwrap();
        assert!(world.carried_out.values().all(|&times| times == 1), "{:?}", world.carried_out);
    }

    pub fn carried_out(&self) -> usize {
        self.world.lock().unwrap().carried_out.len()
    }

    pub fn request(&self, ending: &str) -> Operation {
        let world = self.world.lock().unwrap();
        world.requests.iter().find(|(id, _)| id.ends_with(ending)).unwrap().1.clone()
    }

    /// The provider's word on an operation changes; gives the answer as a callback carries it.
    pub fn say(&self, ending: &str, outcome: Outcome) -> Answer {
        let mut world = self.world.lock().unwrap();
        let answer = world.known.iter_mut().find(|(id, _)| id.ends_with(ending)).unwrap().1;
        answer.sequence += 1;
        answer.at = self.cx.now();
        answer.outcome = outcome;
        answer.clone()
    }

    fn answer(&self, operation: &Operation, outcome: Outcome) -> Answer {
        let answer =
            Answer { operation_id: operation.operation_id.clone(), sequence: 1, at: self.cx.now(), outcome };
        let mut world = self.world.lock().unwrap();
        let id = operation.operation_id.to_string();
        *world.carried_out.entry(id.clone()).or_default() += 1;
        world.known.insert(id, answer.clone());
        answer
    }

    /// A provider is never called while a transaction is open (P11): with the one writer of the embedded database a
    /// second one could not begin.
    async fn no_transaction_is_open(&self) {
        let begun = tokio::time::timeout(std::time::Duration::from_secs(5), self.cx.begin()).await;
        drop(begun.expect("p11: a provider is called inside a transaction").unwrap());
    }
}

impl Provider for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn operate<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let script = &self.script;
            script.no_transaction_is_open().await;
            operation.check().unwrap();
            let id = operation.operation_id.to_string();
            let how = if operation.operation == OperationKind::Cancel { "undo" } else { "do" };
            let reply = {
                let mut world = script.world.lock().unwrap();
                world.asked.push((how.to_owned(), id.clone()));
                if let Some(earlier) = world.requests.insert(id.clone(), operation.clone()) {
                    assert_eq!(&earlier, operation, "one id, one document");
                }
                if let Some(known) = world.known.get(&id) {
                    return Ok(known.clone());
                }
                world.replies.pop_front().unwrap_or(Reply::Done)
            };
            let unknown = || Err(ProviderError::Unknown { detail: "lost".to_owned() });
            match reply {
                Reply::Done => Ok(script.answer(operation, done(json!({"reference": "R1"})))),
                Reply::Later => Ok(script.answer(operation, later("accepted", json!({})))),
                Reply::Refuse => Ok(script.answer(operation, refused(false))),
                Reply::RefuseForNow => Ok(script.answer(operation, refused(true))),
                Reply::DoneUnheard => {
                    script.answer(operation, done(json!({"reference": "R1"})));
                    unknown()
                }
                Reply::LaterUnheard => {
                    script.answer(operation, later("accepted", json!({})));
                    unknown()
                }
                Reply::Lost => unknown(),
                Reply::Busy => Err(ProviderError::Refused {
                    code: "busy".to_owned(),
                    detail: String::new(),
                    retriable: true,
                }),
            }
        })
    }

    fn poll<'a>(&'a self, id: &'a OperationId) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            self.script.no_transaction_is_open().await;
            let mut world = self.script.world.lock().unwrap();
            world.asked.push(("poll".to_owned(), id.to_string()));
            world.known.get(id.as_str()).cloned().ok_or(ProviderError::NotKnown)
        })
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, CallbackError> {
        if headers.get("signed-by").is_none_or(|by| by != self.name) {
            return Err(CallbackError::Signature(SignatureError::Wrong));
        }
        serde_json::from_slice(body).map_err(|error| CallbackError::Malformed(error.to_string()))
    }
}

pub(crate) fn done(result: Value) -> Outcome {
    let message = Some(Text::new("已办好", "Done"));
    Outcome::Done { result: result.as_object().unwrap().clone(), message }
}

pub(crate) fn later(state: &str, facts: Value) -> Outcome {
    Outcome::Later {
        expected_by: Timestamp(i64::MAX),
        state: state.to_owned(),
        facts: facts.as_object().unwrap().clone(),
        message: Some(Text::new("办理中", "Being done")),
    }
}

pub(crate) fn refused(retriable: bool) -> Outcome {
    Outcome::Refused {
        reason_code: "empty_number".to_owned(),
        message: Text::new("该号码是空号", "This number is not in service"),
        retriable,
    }
}

/// The tables that work touches.
pub(crate) const TABLES: [db::Migrations; 8] = [
    durable::MIGRATIONS,
    audit::MIGRATIONS,
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
    orders: std::sync::atomic::AtomicU32,
    _tasks: Tasks,
}

impl Counter {
    pub async fn open(t: TestDb) -> Self {
        let script = Script { world: Arc::default(), cx: t.cx.clone() };
        let of = |name| -> Arc<dyn Provider> { Arc::new(Scripted { name, script: script.clone() }) };
        let providers = Providers::new([of("telecom"), of("power"), of("warehouse")]);
        Self::with(t, script, providers).await
    }

    /// With providers that follow no script.
    pub async fn open_with(t: TestDb, providers: Providers) -> Self {
        let script = Script { world: Arc::default(), cx: t.cx.clone() };
        Self::with(t, script, providers).await
    }

    async fn with(t: TestDb, script: Script, providers: Providers) -> Self {
        t.migrate(&TABLES).await;
        catalogue::service::publish(&t.cx, &Actor::system("test"), &files()).await.unwrap();
        let shelf = Shelf::load(&t.cx).await.unwrap();
        let services =
            Arc::new(Fulfilment::new(Arc::clone(&shelf), providers, "https://here/callbacks/providers/"));
        let mut registry = Registry::default();
        crate::register(&mut registry, Arc::clone(&services));
        let outbox = || -> Arc<dyn notify::Sender> { Arc::new(notify::OutboxSender) };
        let senders = notify::Senders { sms: outbox(), email: outbox() };
        registry.handle(notify::DELIVER_JOB, notify::DeliverJob { senders });
        assert!(registry.unhandled().is_empty());
        let tasks = Tasks::default();
        let desk = Desk::open(&t.cx, &shelf, DeskLimits::default(), &tasks);
        let customer = register(&t.cx).await;
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
        let (operator, administrator) = (actor(&t.cx, Role::Operator), actor(&t.cx, Role::Administrator));
        let orders = std::sync::atomic::AtomicU32::new(0);
        Self { t, services, registry, script, customer, operator, administrator, desk, orders, _tasks: tasks }
    }

    pub fn cx(&self) -> &Cx {
        &self.t.cx
    }

    /// Orders lines and pays by balance; nothing of the work is done yet.
    pub async fn place(&self, lines: Vec<(&str, &str, Value)>) -> OrderId {
        let me = self.customer.account().unwrap();
        let number = self.orders.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let key = format!("k{number}");
        let total: i64 = lines.iter().map(|(service, offering, _)| self.price(service, offering)).sum();
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
            actor: self.customer.clone(),
            customer: me,
            key: Key { actor: me, route: "POST /orders", fingerprint: fingerprint(&json!(key)), key },
            lines,
            payment: PaymentMethod::Balance,
            agreed_total: Money::cny(total),
            cart: None,
            draft: None,
            channel: Channel::Api,
        };
        self.desk.place(order).await.unwrap().order
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
        let report = ledger::verify(self.cx()).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(audit::verify(self.cx()).await.unwrap().bad, None);
    }

    /// Nothing is left to do at all, once the last look at what has ended was taken.
    pub async fn idle(&self) {
        self.pass(Duration::from_mins(30)).await;
        assert_eq!(self.number("SELECT CAST(COUNT(*) AS BIGINT) FROM job").await, 0, "jobs left over");
        let open = "SELECT CAST(COUNT(*) AS BIGINT) FROM flow_step WHERE state IN ('begun', 'waiting')";
        assert_eq!(self.number(open).await, 0, "open steps");
    }
}

/// A customer with a phone.
async fn register(cx: &Cx) -> Actor {
    let hasher = identity::Hasher::new(identity::password::Cost::CHEAP, &*cx.rng).unwrap();
    let account = identity::account::NewAccount {
        phone: Some("13800138000".to_owned()),
        email: None,
        name: None,
        password: "门前有一棵大枣树".to_owned(),
        roles: vec![Role::Customer],
        locale: Locale::Zh,
    };
    let id = identity::account::create_account(cx, &hasher, &Actor::system("test"), account).await.unwrap();
    Actor { kind: ActorKind::Account { id, roles: vec![Role::Customer] }, ..actor(cx, Role::Customer) }
}

/// The first of a page.
pub(crate) fn page() -> kernel::PageRequest {
    kernel::PageRequest::new(None::<Position>, 50)
}

pub(crate) fn actor(cx: &Cx, role: Role) -> Actor {
    let id = AccountId::new(&cx.ids, cx.now().minus(Duration::from_days(40)));
    Actor {
        kind: ActorKind::Account { id, roles: vec![role] },
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
    files.push(SourceFile { name: "test.yaml".to_owned(), text: pack(TEST_WORKFLOW) });
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Two providers after each other, then a receipt.
pub(crate) const TEST_WORKFLOW: &str = "
      - {id: first, title: {zh: 第一步, en: First step}, provider: {provider: telecom, operation: submit, deadline: 10m, poll_every: 15s, retries: 2}, undo: provider_cancel}
      - {id: second, title: {zh: 第二步, en: Second step}, provider: {provider: power, operation: submit, deadline: 10m, poll_every: 15s, retries: 2}, undo: provider_cancel}
      - {id: third, title: {zh: 第三步, en: Third step}, provider: {provider: power, operation: submit, deadline: 10m, poll_every: 15s, retries: 2}, undo: provider_cancel}
      - {id: receipt, title: {zh: 开具收据, en: Receipt}, issue: receipt}
      - {id: tell, title: {zh: 通知您, en: We tell you}, notify: {subject: {zh: 已办好, en: It is done}, body: {zh: 已为您办好。, en: It is done.}}}";

/// The test pack with this workflow: `chain` gives money back by itself, `careful` asks the desk; `careful` costs a fee
/// to cancel, and a late cancellation becomes a request.
pub(crate) fn pack(workflow: &str) -> String {
    let service = |code: &str, name: &str, cancel: &str, refund: &str| {
        format!(
            "  - code: {code}
    icon: phone
    seller: test-demo
    name: {{zh: {name}, en: Test {code}}}
    summary: {{zh: 测试用业务, en: A service for tests}}
    guide:
      who: {{zh: 任何人, en: Anyone}}
      need: {{zh: 手机号, en: A mobile number}}
      time: {{zh: 几分钟, en: A few minutes}}
      refund: {{zh: 未办成自动退款, en: Refunded if it fails}}
    faq:
      - question: {{zh: 这是什么？, en: What is this?}}
        answer: {{zh: 这是测试。, en: It is a test.}}
      - question: {{zh: 怎么办理？, en: How does it work?}}
        answer: {{zh: 选好后提交。, en: Choose and submit.}}
    aliases: [测试, 试验, 测一测, 试试, 试用, ceshi, shiyan, cs, test, trial, try]
    form:
      - {{name: phone, kind: phone, label: {{zh: 手机号, en: Mobile number}}}}
    offerings:
      - {{code: one, name: {{zh: 一份, en: One}}, price: {{fixed: \"20.00\"}}, params: {{plan: P1}}}}
    stock: none
    payment: [balance, card]
    workflow:{workflow}
    service_level: 1h
    cancel:
{cancel}
    refund: {{on_failure: {refund}}}
    documents: [receipt]
"
        )
    };
    let chain = "      until: third\n      after: refuse\n      text: {zh: 第三步开始前可取消并全额退款, en: Free to cancel before the third step}";
    let careful = "      until: third\n      fee: \"3.00\"\n      after: refund_request\n      text: {zh: 第三步开始前可取消，收手续费 3 元, en: Cancel for ¥3 before the third step}";
    format!(
        "format: 1
vertical:
  code: test
  name: {{zh: 测试, en: Test}}
  summary: {{zh: 只用于测试, en: For tests only}}
  icon: phone
  position: 90
services:
{}{}",
        service("chain", "测试链", chain, "automatic"),
        service("careful", "测试慎重", careful, "staff")
    )
}
