//! What the tests share: a shop with two gateways, a customer, orders to be paid, and a look at the books.

use std::sync::Arc;

use catalogue::service::CaptureAt;
use connectors::Gateways;
use connectors::gateway::Gateway;
use db::params;
use durable::{Event, Registry};
use kernel::{AccountId, Actor, ActorKind, Currency, Duration, Locale, Money, RequestId, Role};
use ledger::AccountName;
use serde_json::json;

use super::gateway::{self, Scripted};
use crate::idempotency::Key;
use crate::order::{self, LineId, MoneyState, Order, OrderId, OrderState};
use crate::payment::{
    self, AttemptId, PaymentId, PaymentView, Payments, RETURN_PLACE, StartAttempt, Started, attempt, ops,
};

pub const PRICE: Money = Money::cny(10_000);

pub struct Till {
    pub t: testkit::TestDb,
    pub svc: Arc<Payments>,
    pub card: Arc<Scripted>,
    pub other: Arc<Scripted>,
    pub registry: Registry,
    pub customer: AccountId,
    pub actor: Actor,
    /// When the money of the orders made here is taken.
    pub capture: CaptureAt,
}

pub fn customer_of(id: AccountId) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![Role::CUSTOMER]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: String::new(),
    }
}

impl Till {
    pub async fn open(t: testkit::TestDb) -> Self {
        let card = Arc::new(Scripted::new("card", t.cx.db.clone()));
        let other = Arc::new(Scripted::new("wechat", t.cx.db.clone()));
        let gateways: [Arc<dyn Gateway>; 2] = [card.clone(), other.clone()];
        Self::with(t, Gateways::new(gateways), card, other).await
    }

    pub async fn with(
        t: testkit::TestDb,
        gateways: Gateways,
        card: Arc<Scripted>,
        other: Arc<Scripted>,
    ) -> Self {
        t.migrate(&[
            durable::MIGRATIONS,
            audit::MIGRATIONS,
            identity::MIGRATIONS,
            ledger::MIGRATIONS,
            catalogue::MIGRATIONS,
            crate::MIGRATIONS,
        ])
        .await;
        let callback_base = "https://everlit.example/callbacks".to_owned();
        let svc = Arc::new(Payments { cx: t.cx.clone(), gateways, callback_base });
        let mut registry = Registry::default();
        payment::register(&mut registry, &svc);
        let customer = AccountId::new(&t.cx.ids, t.cx.now());
        Self {
            actor: customer_of(customer),
            capture: CaptureAt::Order,
            t,
            svc,
            card,
            other,
            registry,
            customer,
        }
    }

    /// An order for [`PRICE`] that waits for payment for half an hour.
    pub async fn order(&self) -> (OrderId, PaymentId) {
        self.order_of(&[("telecom", PRICE.minor)], None).await
    }

    /// An order with a line a seller.
    pub async fn order_of(&self, lines: &[(&str, i64)], sku: Option<&str>) -> (OrderId, PaymentId) {
        self.split_order(lines, sku, 0).await
    }

    /// An order of which `part` is set aside in the wallet, as the desk does it.
    pub async fn split_order(
        &self,
        lines: &[(&str, i64)],
        sku: Option<&str>,
        part: i64,
    ) -> (OrderId, PaymentId) {
        let cx = &self.t.cx;
        let now = cx.now();
        let id = OrderId::new(&cx.ids, now);
        let pay_by = now.plus(Duration::from_mins(30));
        let total: i64 = lines.iter().map(|(_, fen)| fen).sum();
        let none: Option<i64> = None;
        let hold = (part > 0).then(|| ledger::HoldId::new(&cx.ids, now));
        let count = i64::try_from(lines.len()).unwrap();
        let row = params![
            id.raw(),
            self.customer,
            "awaiting_payment",
            "unpaid",
            total,
            "CNY",
            "card",
            hold.map(ledger::HoldId::raw),
            "手机充值",
            "Mobile top-up",
            count,
            "portal",
            none,
            now,
            now.plus(Duration::from_hours(24)),
            pay_by,
            self.capture.name(),
        ];
        let mut rows = Vec::new();
        for (position, (seller, fen)) in (0_i64..).zip(lines) {
            let answers = order::store::seal(cx, order::store::ANSWERS, &json!({})).unwrap();
            rows.push(params![
                LineId::new(&cx.ids, now).raw(),
                id.raw(),
                self.customer,
                position,
                "mobile-top-up",
                1_i64,
                "top-up",
                1_i64,
                *fen,
                *fen,
                "CNY",
                *seller,
                sku,
                "waiting",
                "手机充值",
                "Mobile top-up",
                answers,
                none,
                now,
                none,
            ]);
        }
        let mut tx = cx.begin().await.unwrap();
        if let Some(hold) = hold {
            self.set_part_aside(&mut tx, id, hold, (part, lines[0].0)).await;
        }
        tx.bulk(&order::store::INSERT_ORDER, vec![row]).await.unwrap();
        tx.bulk(&order::store::INSERT_LINE, rows).await.unwrap();
        let order = order::ops::find(&mut tx, cx, id).await.unwrap().unwrap();
        let payment = ops::open_for_order(&mut tx, cx, &order).await.unwrap();
        tx.commit().await.unwrap();
        (id, payment)
    }

    async fn set_part_aside(&self, tx: &mut db::Tx, id: OrderId, hold: ledger::HoldId, part: (i64, &str)) {
        let cx = &self.t.cx;
        let debit = ledger::ensure_account(tx, cx, self.wallet(), Currency::CNY).await.unwrap();
        let seller = AccountName::Revenue(part.1);
        let credit = ledger::ensure_account(tx, cx, seller, Currency::CNY).await.unwrap();
        let new = ledger::NewHold {
            id: hold,
            debit: debit.id,
            credit: credit.id,
            amount: Money::cny(part.0),
            kind: ledger::TransferKind::Purchase,
            business_key: format!("order:{id}:balance"),
            order: Some(id.raw()),
            customer: Some(self.customer),
            expires_at: None,
            memo: "order.placed".into(),
        };
        ledger::place(tx, cx, ledger::Lane(0), new).await.unwrap();
    }

    /// Money in the wallet.
    pub async fn fund(&self, fen: i64) {
        let cx = &self.t.cx;
        let mut tx = cx.begin().await.unwrap();
        let top_up = ledger::TopUp {
            customer: self.customer,
            gateway: "card",
            amount: Money::cny(fen),
            business_key: format!("fund:{}", cx.id()),
        };
        ledger::credit_top_up(&mut tx, cx, ledger::Lane(0), top_up).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Somebody of the staff who may refund and has just proved who it is.
    pub fn clerk(&self) -> Actor {
        let id = AccountId::new(&self.t.cx.ids, self.t.cx.now());
        let kind = ActorKind::account(id, vec![Role::FINANCE]);
        let actor = Actor { kind, request: RequestId(2), locale: Locale::Zh, address: String::new() };
        actor.proved(self.t.cx.now())
    }

    /// A payment for the balance.
    pub async fn top_up(&self) -> PaymentId {
        let key = self.key("k", PRICE);
        ops::start_top_up(&self.svc, &self.actor, PRICE, &key).await.unwrap().id
    }

    pub fn key(&self, key: &str, amount: Money) -> Key {
        Key {
            actor: self.customer,
            route: "POST /wallet/top-ups",
            key: key.to_owned(),
            fingerprint: crate::idempotency::fingerprint(&json!(amount)),
        }
    }

    pub async fn start(&self, payment: PaymentId, gateway: &str) -> Result<Started, payment::Error> {
        let input = StartAttempt {
            payment,
            gateway: gateway.to_owned(),
            locale: Locale::Zh,
            return_url: format!("https://everlit.example/pay/return/{RETURN_PLACE}"),
            screen: connectors::Screen::default(),
            payer_address: None,
        };
        attempt::start_attempt(&self.svc, &self.actor, input).await
    }

    /// Starts an attempt that must lead to the gateway's page.
    pub async fn begin(&self, payment: PaymentId, gateway: &str) -> AttemptId {
        match self.start(payment, gateway).await.unwrap() {
            Started::Checkout { attempt, .. } => attempt,
            other => panic!("{other:?}"),
        }
    }

    pub async fn callback(&self, report: &connectors::Payment) -> Result<(), payment::Error> {
        ops::callback(&self.svc, "card", &gateway::signed(), &gateway::payload(report)).await
    }

    pub async fn returned(&self, attempt: AttemptId) -> PaymentView {
        attempt::returned(&self.svc, &self.actor, attempt).await.unwrap()
    }

    /// Everything that is due now.
    pub async fn work(&self) {
        durable::run_due(&self.t.cx, &self.registry).await.unwrap();
    }

    pub async fn work_in(&self, time: Duration) {
        self.t.clock.advance(time);
        self.work().await;
    }

    pub async fn view(&self, payment: PaymentId) -> PaymentView {
        ops::view(&self.t.cx, &self.actor, payment).await.unwrap()
    }

    pub async fn order_now(&self, id: OrderId) -> Order {
        order::ops::find(&mut self.t.cx.read().await.unwrap(), &self.t.cx, id).await.unwrap().unwrap()
    }

    pub async fn check_order(&self, id: OrderId, state: OrderState, money: MoneyState) {
        let order = self.order_now(id).await;
        assert_eq!((order.state, order.money), (state, money));
    }

    /// The codes of an order's history.
    pub async fn history(&self, id: OrderId) -> Vec<String> {
        let events =
            order::store::events(&mut self.t.cx.read().await.unwrap(), &self.t.cx, id).await.unwrap();
        events.into_iter().map(|event| event.code).collect()
    }

    /// What an account holds and what of it is held, in fen.
    pub async fn balance(&self, name: AccountName<'_>) -> (i64, i64) {
        let code = name.code(Currency::CNY);
        let mut tx = self.t.cx.read().await.unwrap();
        let accounts = ledger::load_accounts_by_code(&mut tx, &[code]).await.unwrap();
        accounts.first().map_or((0, 0), |account| {
            let balance = account.balance();
            (balance.posted.minor, balance.held.minor)
        })
    }

    pub fn wallet(&self) -> AccountName<'static> {
        AccountName::Wallet(self.customer)
    }

    pub fn escrow(&self) -> AccountName<'static> {
        AccountName::Escrow(self.customer)
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let rows = self.t.raw(sql, Vec::new()).await;
        rows[0].reader().get().unwrap()
    }

    pub async fn transfers(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM transfer").await
    }

    /// The facts of one topic.
    pub async fn facts(&self, topic: &str) -> Vec<Event> {
        let sql = "SELECT id, topic, entity_id, payload FROM outbox WHERE topic = $1 ORDER BY id";
        let rows = self.t.raw(sql, params![topic]).await;
        let read = |row: &db::Row| {
            let mut r = row.reader();
            let (id, topic, entity) = (r.get().unwrap(), r.get().unwrap(), r.get().unwrap());
            Event { id, topic, entity, payload: serde_json::from_str(&r.get::<String>().unwrap()).unwrap() }
        };
        rows.iter().map(read).collect()
    }

    pub async fn audited(&self, verb: &str) -> i64 {
        let rows = self.t.raw("SELECT COUNT(*) FROM audit_entry WHERE verb = $1", params![verb]).await;
        rows[0].reader().get().unwrap()
    }

    /// The books are in order and no gateway was called with a transaction open.
    pub async fn sound(&self) {
        let report = ledger::verify(&self.t.cx).await.unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!(self.card.violations(), Vec::<String>::new());
        assert_eq!(self.other.violations(), Vec::<String>::new());
    }
}
