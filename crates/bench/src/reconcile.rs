//! A million lines of a bill against a million bookings (goal: a minute on two cores).
//!
//! What is measured is everything between the answer of the gateway and the day that is matched: the bill is kept line by line, our side is
//! read, both are compared, the fees are booked. The bookings are written by hand before; the ledger's chain is not, nobody reads it here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connectors::gateway::{
    Begun, Bill, BillKind, BillLine, CallbackError, Gateway, GatewayError, GatewayEvent, NewPayment,
    NewRefund, Payment, Refund,
};
use connectors::{BoxFuture, Gateways};
use durable::Cx;
use kernel::{Actor, IdGen, Money, SystemClock, SystemRng, Timestamp};
use ordering::payment::{AttemptId, Payments};
use reconciliation::{Day, Reconciliation, Terms, bill};
use rusqlite::{Connection, params};
use vault::Vault;

use crate::Failure;

/// For a million lines.
const GOAL: Duration = Duration::from_mins(1);
const MILLION: u64 = 1_000_000;

/// How long it took.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub lines: u64,
    pub matched: i64,
    pub took: Duration,
}

impl Outcome {
    /// In proportion to the lines.
    pub fn is_within_goal(&self) -> bool {
        self.matched.unsigned_abs() == self.lines
            && self.took.as_secs_f64() <= GOAL.as_secs_f64() * self.lines as f64 / MILLION as f64
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.lines as f64 / self.took.as_secs_f64();
        let (lines, matched, took) = (self.lines, self.matched, self.took.as_secs_f64());
        write!(
            f,
            "reconcile: {lines} lines, {matched} matched in {took:.1} s ({rate:.0} lines a second); goal {} s for a million",
            GOAL.as_secs()
        )
    }
}

/// Measures it on a file of its own.
pub async fn run(lines: u64) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("reconcile.db");
    let db = db::Db::open(&format!("sqlite:{}", file.display())).await?;
    db.migrate(&everlit::MIGRATIONS).await?;
    let cx = Cx {
        db,
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng),
        ids: Arc::new(IdGen::new(1)),
        vault: Arc::new(Vault::with_key([7; 32])?),
    };
    let day = Day::of(cx.now()).before();
    let account = {
        let mut tx = cx.begin().await?;
        let name = ledger::AccountName::Gateway("card");
        let account = ledger::ensure_account(&mut tx, &cx, name, kernel::Currency::CNY).await?;
        tx.commit().await?;
        account.id.0
    };
    let bill = fill(&file, day, account, lines)?;
    let gateway: Arc<dyn Gateway> = Arc::new(Scripted(bill));
    let payments = Payments {
        cx: cx.clone(),
        gateways: Gateways::new([gateway]),
        callback_base: "http://localhost".to_owned(),
    };
    let svc = Reconciliation { payments: Arc::new(payments), terms: Terms::default() };
    let actor = Actor::system("bench");
    let began = Instant::now();
    bill::fetch(&svc, &actor, "card", day).await?;
    let took = began.elapsed();
    let known = bill::find_day(&cx, &actor, "card", day).await?;
    Ok(Outcome { lines, matched: known.matched, took })
}

/// As many payments as lines, spread over the day, and the bill that has them all in another order.
fn fill(file: &Path, day: Day, account: i64, lines: u64) -> Result<Bill, Failure> {
    let mut connection = Connection::open(file)?;
    let tx = connection.transaction()?;
    let mut bill = Bill::default();
    {
        let mut payment = tx.prepare(
            "INSERT INTO payment (id, customer_id, purpose, amount, currency, state, version, expires_at, check_at, created_at, updated_at)
             VALUES (?1, 1, 'top_up', 10000, 'CNY', 'paid', 1, ?2, ?2, ?2, ?2)",
        )?;
        let mut attempt = tx.prepare(
            "INSERT INTO attempt (id, payment_id, customer_id, gateway, amount, currency, state, captured, gateway_id, sequence, polls,
                                  created_at, updated_at, captured_at)
             VALUES (?1, ?1, 1, 'card', 10000, 'CNY', 'captured', 10000, ?2, 1, 0, ?3, ?3, ?3)",
        )?;
        let mut transfer = tx.prepare(
            "INSERT INTO transfer (id, debit_account, credit_account, amount, currency, kind, business_key, memo, created_at, entry)
             VALUES (?1, ?2, 1, 10000, 'CNY', 'top_up', ?3, '', ?4, 0)",
        )?;
        let length = day.ends_at().since(day.begins_at()).0;
        for number in 1..=lines {
            let id = number as i64;
            let at = day.begins_at().0 + (length as f64 * (number as f64 / (lines + 1) as f64)) as i64;
            let our_id = AttemptId(id).to_string();
            let gateway_id = format!("g_{number}");
            payment.execute(params![id, at])?;
            attempt.execute(params![id, gateway_id, at])?;
            transfer.execute(params![id, account, format!("attempt:{our_id}"), at])?;
            bill.lines.push(BillLine {
                number,
                kind: BillKind::Payment,
                our_id,
                gateway_id,
                amount: Money::cny(10_000),
                fee: Money::cny(60),
                at: Timestamp(at),
            });
        }
    }
    tx.commit()?;
    // The gateway's order is its own: by a number that has nothing to do with ours.
    let shuffled: BTreeMap<u64, BillLine> =
        bill.lines.drain(..).map(|line| (line.number.wrapping_mul(0x9E37_79B9_7F4A_7C15), line)).collect();
    bill.lines =
        (1..).zip(shuffled.into_values()).map(|(number, line)| BillLine { number, ..line }).collect();
    Ok(bill)
}

/// A gateway that has one bill.
#[derive(Debug)]
struct Scripted(Bill);

fn nothing<T: Send>() -> BoxFuture<'static, Result<T, GatewayError>> {
    Box::pin(async { Err(GatewayError::NotKnown) })
}

impl Gateway for Scripted {
    fn name(&self) -> &'static str {
        "card"
    }

    fn create_attempt<'a>(&'a self, _: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        nothing()
    }

    fn query<'a>(&'a self, _: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        nothing()
    }

    fn close<'a>(&'a self, _: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        nothing()
    }

    fn refund<'a>(&'a self, _: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        nothing()
    }

    fn query_refund<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        nothing()
    }

    fn bill(&self, _: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn verify_callback(&self, _: &http::HeaderMap, _: &[u8]) -> Result<GatewayEvent, CallbackError> {
        Err(CallbackError::Malformed(String::new()))
    }
}
