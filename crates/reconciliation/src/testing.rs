//! What the tests share: a house with one gateway that keeps books of its own, customers who pay, and two people of finance.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use connectors::gateway::{
    Begun, Bill, BillKind, BillLine, CallbackError, Gateway, GatewayError, GatewayEvent, NewPayment,
    NewRefund, Payment, PaymentState, Refund,
};
use connectors::{BoxFuture, Gateways};
use durable::Cx;
use http::HeaderMap;
use kernel::{AccountId, Actor, ActorKind, Duration, Locale, Money, Refusal, RequestId, Role, Timestamp};
use ordering::idempotency::Key;
use ordering::payment::{self, AttemptId, Payments, StartAttempt, attempt, complete, ops};

use crate::bill::{self, Fetched};
use crate::difference::{self, Difference, Filter};
use crate::{Day, Reconciliation, Terms};

pub(crate) const WHY: &str = "checked with the gateway's file";

#[derive(Debug, Default)]
pub(crate) struct GatewayBooks {
    payments: BTreeMap<String, Payment>,
    bills: BTreeMap<jiff::civil::Date, Result<Bill, GatewayError>>,
}

/// A gateway that hands in the bills it was given.
#[derive(Debug)]
pub(crate) struct Scripted {
    name: &'static str,
    books: Mutex<GatewayBooks>,
    pub asked: AtomicU64,
}

impl Scripted {
    fn books(&self) -> MutexGuard<'_, GatewayBooks> {
        self.books.lock().unwrap()
    }

    pub fn hand_in(&self, day: Day, bill: Result<Bill, GatewayError>) {
        self.books().bills.insert(day.date(), bill);
    }

    /// The payer pays.
    fn capture(&self, attempt: &str, amount: Money, at: Timestamp) -> Payment {
        let mut books = self.books();
        let payment = books.payments.get_mut(attempt).unwrap();
        payment.state = PaymentState::Captured { captured: amount, card: None };
        payment.checkout = None;
        payment.sequence += 1;
        payment.updated_at = at;
        payment.clone()
    }
}

impl Gateway for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let payment = Payment {
            attempt_id: new.attempt_id.clone(),
            gateway_id: format!("g_{}", new.attempt_id),
            merchant_id: "everlit".to_owned(),
            amount: new.amount,
            state: PaymentState::Open,
            refunded: Money::zero(new.amount.currency),
            checkout: Some(connectors::gateway::Checkout::Page { url: "https://card.example/p".to_owned() }),
            sequence: 1,
            updated_at: Timestamp(0),
        };
        self.books().payments.insert(new.attempt_id.clone(), payment.clone());
        Box::pin(async { Ok(payment) })
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let found = self.books().payments.get(&begun.attempt_id).cloned();
        Box::pin(async { found.ok_or(GatewayError::NotKnown) })
    }

    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        self.query(begun)
    }

    fn refund<'a>(&'a self, _: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async { Err(GatewayError::not_offered("refund")) })
    }

    fn query_refund<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(async { Err(GatewayError::NotKnown) })
    }

    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let bill = self.books().bills.get(&day).cloned().unwrap_or(Err(GatewayError::NotKnown));
        Box::pin(async { bill })
    }

    fn verify_callback(&self, _: &HeaderMap, _: &[u8]) -> Result<GatewayEvent, CallbackError> {
        Err(CallbackError::Malformed("none".to_owned()))
    }
}

/// The house.
pub(crate) struct House {
    pub t: testkit::TestDb,
    pub svc: Arc<Reconciliation>,
    pub gateway: Arc<Scripted>,
    pub maker: Actor,
    pub checker: Actor,
    customer: Actor,
    payments: AtomicU64,
}

fn person(id: AccountId, role: Role) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![role]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: String::new(),
    }
}

impl House {
    pub async fn open(t: testkit::TestDb) -> Self {
        Self::at(t, "card").await
    }

    /// A house whose gateway has this name.
    pub async fn at(t: testkit::TestDb, name: &'static str) -> Self {
        t.migrate(&[
            durable::MIGRATIONS,
            audit::MIGRATIONS,
            identity::MIGRATIONS,
            ledger::MIGRATIONS,
            catalogue::MIGRATIONS,
            ordering::MIGRATIONS,
            crate::MIGRATIONS,
        ])
        .await;
        let gateway = Arc::new(Scripted { name, books: Mutex::default(), asked: AtomicU64::new(0) });
        let gateways: [Arc<dyn Gateway>; 1] = [gateway.clone()];
        let payments = Payments {
            cx: t.cx.clone(),
            gateways: Gateways::new(gateways),
            callback_base: "https://everlit.example/callbacks".to_owned(),
        };
        let svc = Arc::new(Reconciliation { payments: Arc::new(payments), terms: Terms::default() });
        let account = |role| person(AccountId::new(&t.cx.ids, t.cx.now()), role);
        let (maker, checker, customer) =
            (account(Role::FINANCE), account(Role::FINANCE), account(Role::CUSTOMER));
        Self { svc, gateway, maker, checker, customer, payments: AtomicU64::new(0), t }
    }

    pub fn cx(&self) -> &Cx {
        &self.t.cx
    }

    /// The day it is in Beijing.
    pub fn today(&self) -> Day {
        Day::of(self.cx().now())
    }

    /// Eleven in the morning of the day after `day`.
    pub fn morning_after(&self, day: Day) {
        self.t.clock.set(day.ends_at().plus(Duration::from_hours(11)));
    }

    /// A payment that waits for the payer.
    async fn begin(&self, fen: i64) -> AttemptId {
        let number = self.payments.fetch_add(1, Ordering::SeqCst);
        let key = Key {
            actor: self.customer.account().unwrap(),
            route: "POST /wallet/top-ups",
            key: format!("k{number}"),
            fingerprint: [0; 32],
        };
        let payment =
            ops::start_top_up(&self.svc.payments, &self.customer, Money::cny(fen), &key).await.unwrap();
        let wish = StartAttempt {
            payment: payment.id,
            gateway: self.gateway.name.to_owned(),
            locale: Locale::Zh,
            return_url: "https://everlit.example/back".to_owned(),
            screen: connectors::gateway::Screen::Computer,
            payer_address: None,
        };
        attempt::start_attempt(&self.svc.payments, &self.customer, wish).await.unwrap();
        let view = payment::ops::view(self.cx(), &self.customer, payment.id).await.unwrap();
        view.attempts[0].id
    }

    /// The payer paid and we know it.
    pub async fn pay(&self, fen: i64) -> String {
        let attempt = self.begin(fen).await.to_string();
        let report = self.gateway.capture(&attempt, Money::cny(fen), self.cx().now());
        complete::report(&self.svc.payments, &Actor::system("test"), self.gateway.name, &report)
            .await
            .unwrap();
        attempt
    }

    /// The payer paid and no word of it reached us.
    pub async fn pay_unheard(&self, fen: i64) -> String {
        let attempt = self.begin(fen).await.to_string();
        self.gateway.capture(&attempt, Money::cny(fen), self.cx().now());
        attempt
    }

    pub fn line(&self, number: u64, our_id: &str, fen: i64, fee: i64) -> BillLine {
        BillLine {
            number,
            kind: BillKind::Payment,
            our_id: our_id.to_owned(),
            gateway_id: format!("g_{our_id}"),
            amount: Money::cny(fen),
            fee: Money::cny(fee),
            at: self.cx().now(),
        }
    }

    pub fn hand_in(&self, day: Day, lines: Vec<BillLine>) {
        self.gateway.hand_in(day, Ok(Bill { lines, broken: Vec::new(), total: None }));
    }

    pub async fn fetch(&self, day: Day) -> Fetched {
        bill::fetch(&self.svc, &self.maker, "card", day).await.unwrap()
    }

    /// What is not closed, oldest first.
    pub async fn queue(&self) -> Vec<Difference> {
        let page = kernel::PageRequest::new(None, 100);
        difference::list(self.cx(), &self.maker, &Filter::default(), page).await.unwrap().items
    }

    /// The reasons in the queue, sorted.
    pub async fn reasons(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.queue().await.iter().map(|d| d.reason.name()).collect();
        names.sort_unstable();
        names
    }

    pub async fn find(&self, d: &Difference) -> Difference {
        difference::find(self.cx(), &self.maker, d.id).await.unwrap()
    }

    /// What the ledger says the gateway owes us.
    pub async fn owed(&self) -> i64 {
        let mut tx = self.cx().read().await.unwrap();
        let accounts = ledger::load_accounts_by_code(&mut tx, &["gateway:card".to_owned()]).await.unwrap();
        accounts.first().map_or(0, |account| account.balance().posted.minor)
    }

    /// The books are right, and what the gateway owes us is explained to the fen.
    pub async fn sound(&self) {
        let report = ledger::verify(self.cx()).await.unwrap();
        assert_eq!(report.faults, vec![]);
        for balance in crate::overview::balances(self.cx(), &self.maker).await.unwrap() {
            assert_eq!(balance.unexplained.minor, 0, "{balance:?}");
        }
        assert!(audit::verify(self.cx()).await.unwrap().bad.is_none());
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.t.raw(sql, Vec::new()).await[0].reader().get().unwrap()
    }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, crate::Error>) -> &'static str {
    result.unwrap_err().code()
}
