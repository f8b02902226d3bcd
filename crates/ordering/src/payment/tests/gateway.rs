//! A gateway that keeps real books and misbehaves on request. With `watch` on, every call checks that nobody holds a transaction (P11).

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use connectors::BoxFuture;
use connectors::gateway::{
    Begun, CallbackError, CardHint, Checkout, Gateway, GatewayError, GatewayEvent, NewPayment, NewRefund,
    Payment, PaymentState, Refund, RefundState, Report,
};
use connectors::protocol::SignatureError;
use db::Db;
use http::HeaderMap;
use kernel::{Money, Text, Timestamp};
use tokio::sync::Semaphore;

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: for the calls before the one that fails.
    None,
    /// Carried out, and never answered.
    Hang,
    /// Not carried out, and never answered.
    Lost,
    /// Refused for good.
    Refuse,
    /// Not reached.
    Unreachable,
}

#[derive(Debug, Default)]
struct Books {
    payments: BTreeMap<String, Payment>,
    refunds: BTreeMap<String, Refund>,
    faults: VecDeque<Fault>,
    calls: Vec<String>,
    violations: Vec<String>,
}

#[derive(Debug)]
pub struct Scripted {
    name: &'static str,
    db: Db,
    books: Mutex<Books>,
    pub watch: AtomicBool,
    /// While on, an answer to `create_attempt` waits for a permit of `go`, having given one to `created`.
    pub slow_create: AtomicBool,
    pub created: Semaphore,
    pub go: Semaphore,
    /// Refunds are pending at first.
    pub slow_refunds: AtomicBool,
}

impl Scripted {
    pub fn new(name: &'static str, db: Db) -> Self {
        Self {
            name,
            db,
            books: Mutex::default(),
            watch: AtomicBool::new(true),
            slow_create: AtomicBool::new(false),
            created: Semaphore::new(0),
            go: Semaphore::new(0),
            slow_refunds: AtomicBool::new(false),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub fn fail_next(&self, faults: &[Fault]) {
        self.books().faults.extend(faults);
    }

    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.books().calls)
    }

    pub fn violations(&self) -> Vec<String> {
        self.books().violations.clone()
    }

    pub fn payment(&self, attempt: impl ToString) -> Payment {
        self.books().payments[&attempt.to_string()].clone()
    }

    pub fn refunds(&self) -> Vec<Refund> {
        self.books().refunds.values().cloned().collect()
    }

    /// The payer or the bank decides; the report that a callback would carry.
    pub fn decide(&self, attempt: impl ToString, state: PaymentState) -> Payment {
        let mut books = self.books();
        let payment = books.payments.get_mut(&attempt.to_string()).unwrap();
        payment.state = state;
        payment.checkout = None;
        payment.sequence += 1;
        payment.clone()
    }

    pub fn pay(&self, attempt: impl ToString) -> Payment {
        let amount = self.payment(attempt.to_string()).amount;
        self.decide(attempt, captured(amount))
    }

    /// The bank keeps the money for us until then.
    pub fn authorise(&self, attempt: impl ToString, until: Timestamp) -> Payment {
        let amount = self.payment(attempt.to_string()).amount;
        self.decide(attempt, PaymentState::Authorised { authorised: amount, until })
    }

    /// Knows nothing of an attempt any more.
    pub fn forget(&self, attempt: impl ToString) {
        self.books().payments.remove(&attempt.to_string());
    }

    pub fn decline(&self, attempt: impl ToString) -> Payment {
        self.decide(attempt, declined(false))
    }

    /// The card is declined; the page takes another one.
    pub fn decline_for_now(&self, attempt: impl ToString) -> Payment {
        self.decide(attempt, declined(true))
    }

    pub fn decide_refund(&self, refund: impl ToString, state: RefundState) -> Refund {
        let mut books = self.books();
        let refund = books.refunds.get_mut(&refund.to_string()).unwrap();
        refund.state = state;
        refund.clone()
    }

    /// The card is closed: it will not take anything back.
    pub fn refuse_refund(&self, refund: impl ToString) -> Refund {
        let message = Text::new("卡已注销", "The card is closed");
        self.decide_refund(refund, RefundState::Failed { code: "card_closed".to_owned(), message })
    }

    /// Notes the call, looks for open transactions, and says what is to go wrong.
    async fn called(&self, call: String) -> Option<Fault> {
        if self.watch.load(Ordering::SeqCst) && !self.is_idle().await {
            self.books().violations.push(call.clone());
        }
        let mut books = self.books();
        books.calls.push(call);
        books.faults.pop_front()
    }

    /// With one writer: whether it gets free. With many connections: whether none of them sits in a transaction; the other engine does not
    /// know the view that tells. A transaction that was given up is rolled back a moment later, on a busy machine a long moment; one that
    /// waits for this call stays open for all of it.
    async fn is_idle(&self) -> bool {
        tokio::time::timeout(std::time::Duration::from_secs(2), self.idle()).await.is_ok()
    }

    async fn idle(&self) {
        self.db.begin().await.unwrap().commit().await.unwrap();
        let open = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        while let Ok(rows) = self.db.read().await.unwrap().raw(open, Vec::new()).await
            && !rows.is_empty()
        {
            tokio::task::yield_now().await;
        }
    }

    async fn answer<T>(
        &self,
        call: String,
        act: impl FnOnce(&mut Books) -> Result<T, GatewayError> + Send,
    ) -> Result<T, GatewayError> {
        let lost = || GatewayError::Unknown { detail: "no answer in time".to_owned() };
        let refused =
            |retriable| GatewayError::Refused { code: "no".to_owned(), detail: String::new(), retriable };
        match self.called(call).await {
            None | Some(Fault::None) => act(&mut self.books()),
            Some(Fault::Hang) => {
                let _ = act(&mut self.books());
                Err(lost())
            }
            Some(Fault::Lost) => Err(lost()),
            Some(Fault::Refuse) => Err(refused(false)),
            Some(Fault::Unreachable) => Err(refused(true)),
        }
    }
}

fn declined(again: bool) -> PaymentState {
    let message = Text::new("余额不足", "Insufficient funds");
    PaymentState::Declined { code: "insufficient_funds".to_owned(), message, again }
}

pub fn captured(amount: Money) -> PaymentState {
    PaymentState::Captured {
        captured: amount,
        card: Some(CardHint { brand: "visa".to_owned(), last4: "4242".to_owned() }),
    }
}

/// A callback's headers with a good signature.
pub fn signed() -> HeaderMap {
    HeaderMap::from_iter([(
        http::HeaderName::from_static("signature"),
        http::HeaderValue::from_static("good"),
    )])
}

pub fn payload(payment: &Payment) -> Vec<u8> {
    serde_json::to_vec(&Report::Payment(payment.clone())).unwrap()
}

pub fn refund_body(refund: &Refund) -> Vec<u8> {
    serde_json::to_vec(&Report::Refund(refund.clone())).unwrap()
}

impl Gateway for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move {
            let open = |books: &mut Books| {
                let payment = books.payments.entry(new.attempt_id.clone()).or_insert_with(|| Payment {
                    attempt_id: new.attempt_id.clone(),
                    gateway_id: format!("g_{}", new.attempt_id),
                    merchant_id: "everlit".to_owned(),
                    amount: new.amount,
                    state: PaymentState::Open,
                    refunded: Money::zero(new.amount.currency),
                    checkout: Some(Checkout::Page {
                        url: format!("https://{}.example/{}", self.name, new.attempt_id),
                    }),
                    sequence: 1,
                    updated_at: Timestamp(0),
                });
                Ok(payment.clone())
            };
            let answer = self.answer(format!("create {}", new.attempt_id), open).await;
            if self.slow_create.load(Ordering::SeqCst) {
                self.created.add_permits(1);
                self.go.acquire().await.unwrap().forget();
            }
            answer
        })
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let attempt_id = &begun.attempt_id;
        let find = |books: &mut Books| books.payments.get(attempt_id).cloned().ok_or(GatewayError::NotKnown);
        Box::pin(self.answer(format!("query {attempt_id}"), find))
    }

    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let attempt_id = &begun.attempt_id;
        let close = |books: &mut Books| {
            let payment = books.payments.get_mut(attempt_id).ok_or(GatewayError::NotKnown)?;
            let open = matches!(
                payment.state,
                PaymentState::Open
                    | PaymentState::Declined { again: true, .. }
                    | PaymentState::Authorised { .. }
            );
            if open {
                payment.state = PaymentState::Closed;
                payment.checkout = None;
                payment.sequence += 1;
            }
            Ok(payment.clone())
        };
        Box::pin(self.answer(format!("close {attempt_id}"), close))
    }

    fn capture<'a>(
        &'a self,
        attempt_id: &'a str,
        amount: Money,
    ) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        let take = move |books: &mut Books| {
            let payment = books.payments.get_mut(attempt_id).ok_or(GatewayError::NotKnown)?;
            let refused = |code: &str| GatewayError::Refused {
                code: code.to_owned(),
                detail: String::new(),
                retriable: false,
            };
            match &payment.state {
                PaymentState::Authorised { authorised, .. } if amount.minor <= authorised.minor => {
                    payment.state = captured(amount);
                    payment.sequence += 1;
                    Ok(payment.clone())
                }
                PaymentState::Captured { captured, .. } if *captured == amount => Ok(payment.clone()),
                _ => Err(refused("not_authorised")),
            }
        };
        Box::pin(self.answer(format!("capture {attempt_id} {}", amount.minor), take))
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        let slow = self.slow_refunds.load(Ordering::SeqCst);
        let give = move |books: &mut Books| {
            let payment = books.payments.get(&new.attempt_id).ok_or(GatewayError::NotKnown)?;
            let state = if slow { RefundState::Pending } else { RefundState::Succeeded };
            let refund = Refund {
                refund_id: new.refund_id.clone(),
                attempt_id: new.attempt_id.clone(),
                gateway_id: format!("g_{}", new.refund_id),
                merchant_id: payment.merchant_id.clone(),
                amount: new.amount,
                state,
                updated_at: Timestamp(0),
            };
            Ok(books.refunds.entry(new.refund_id.clone()).or_insert(refund).clone())
        };
        Box::pin(self.answer(format!("refund {}", new.refund_id), give))
    }

    fn query_refund<'a>(
        &'a self,
        _: &'a str,
        refund_id: &'a str,
    ) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        let find = |books: &mut Books| books.refunds.get(refund_id).cloned().ok_or(GatewayError::NotKnown);
        Box::pin(self.answer(format!("query_refund {refund_id}"), find))
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        if headers.get("signature").is_none_or(|value| value != "good") {
            return Err(CallbackError::Signature(SignatureError::Wrong));
        }
        let report: Report =
            serde_json::from_slice(body).map_err(|error| CallbackError::Malformed(error.to_string()))?;
        let merchant = match &report {
            Report::Payment(payment) => &payment.merchant_id,
            Report::Refund(refund) => &refund.merchant_id,
            Report::Dispute(dispute) => &dispute.merchant_id,
        };
        if merchant == "everlit" {
            Ok(GatewayEvent { id: "evt".to_owned(), report })
        } else {
            Err(CallbackError::WrongMerchant(merchant.clone()))
        }
    }
}
