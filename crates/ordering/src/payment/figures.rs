//! Payments in figures: how many attempts became money, how long it takes, and what waits for somebody.
//!
//! Every question walks one index and stops at a bound; none is asked once a row.

use std::collections::BTreeMap;

use db::{Tx, params};
use durable::Cx;
use kernel::{Actor, Currency, Duration, Money, Permission, Timestamp};

use super::Error;
use super::model::AttemptState;
use crate::order::store::{money_of, named};

/// The longest time that is counted over.
pub const LONGEST: Duration = Duration::from_days(31);
/// An attempt that a gateway says nothing about for longer needs somebody.
pub const UNCLEAR_AFTER: Duration = Duration::from_mins(10);
/// The middle of how long it takes is taken of so many of the latest.
pub const SAMPLE: i64 = 1_000;

/// What is counted over: from a moment until now, in equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// At most [`LONGEST`] ago; what lies before is not counted.
    pub from: Timestamp,
    /// The length of one part.
    pub part: Duration,
}

/// What became of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// The money came: captured, or more than was wanted.
    pub paid: i64,
    /// Declined by a bank, or not taken up by the gateway.
    pub refused: i64,
    /// Nobody paid.
    pub closed: i64,
    /// The gateway did not say, or said what cannot be.
    pub unclear: i64,
    /// Without an end.
    pub open: i64,
}

impl Outcomes {
    pub const fn all(self) -> i64 {
        self.ended().saturating_add(self.unclear).saturating_add(self.open)
    }

    /// Those whose end is known.
    pub const fn ended(self) -> i64 {
        self.paid.saturating_add(self.refused).saturating_add(self.closed)
    }

    /// Of those that ended, how many in a thousand were paid; none while none has ended.
    pub const fn paid_permille(self) -> Option<i64> {
        self.paid.saturating_mul(1_000).checked_div(self.ended())
    }

    pub const fn merge(&mut self, other: Self) {
        self.paid = self.paid.saturating_add(other.paid);
        self.refused = self.refused.saturating_add(other.refused);
        self.closed = self.closed.saturating_add(other.closed);
        self.unclear = self.unclear.saturating_add(other.unclear);
        self.open = self.open.saturating_add(other.open);
    }

    const fn add(&mut self, state: AttemptState, count: i64) {
        let to = match state {
            AttemptState::Captured | AttemptState::Surplus => &mut self.paid,
            AttemptState::Declined | AttemptState::Failed => &mut self.refused,
            AttemptState::Closed => &mut self.closed,
            AttemptState::Unknown | AttemptState::Mismatch | AttemptState::Uncollected => &mut self.unclear,
            AttemptState::Opening
            | AttemptState::Open
            | AttemptState::Processing
            | AttemptState::Authorised
            | AttemptState::Capturing
            | AttemptState::Voiding => &mut self.open,
        };
        *to = to.saturating_add(count);
    }
}

/// One way to pay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Method {
    pub gateway: String,
    pub attempts: Outcomes,
    /// What came in, by currency.
    pub captured: Vec<Money>,
    /// From the beginning of the payment to the gateway's capture: the middle of the last [`SAMPLE`] of all ways.
    pub median: Option<Duration>,
}

/// What waits, now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Attempts nobody knows the end of for longer than [`UNCLEAR_AFTER`].
    pub unclear: i64,
    /// Refunds that gateways have not confirmed.
    pub refunds: i64,
    pub oldest_refund: Option<Timestamp>,
    /// What they come to, by currency.
    pub refund_sums: Vec<Money>,
    /// Disputes that are not decided, or do not fit what was paid.
    pub disputes: i64,
    /// Until when the first of them wants evidence.
    pub evidence_due: Option<Timestamp>,
}

/// How payments went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// The one with the most attempts first.
    pub methods: Vec<Method>,
    /// All ways together, one a part of the span, the oldest first.
    pub parts: Vec<Outcomes>,
    /// As with each way, over all.
    pub median: Option<Duration>,
    /// Attempts that brought money nobody wanted any more (P12).
    pub overpaid: i64,
    /// Refunds that gateways refused.
    pub refunds_failed: i64,
    pub waiting: Waiting,
}

db::statements! {
    ATTEMPTS = "SELECT gateway, state, currency, (created_at - $2) / $3 AS part, CAST(COUNT(*) AS BIGINT), CAST(SUM(captured) AS BIGINT)
                FROM attempt WHERE id >= $1 GROUP BY gateway, state, currency, part";
    TIMES = "SELECT a.gateway, a.captured_at - p.created_at FROM attempt a JOIN payment p ON p.id = a.payment_id
             WHERE a.id >= $1 AND a.state = 'captured' AND a.captured_at IS NOT NULL ORDER BY a.id DESC LIMIT $2";
    UNCLEAR = "SELECT CAST(COUNT(*) AS BIGINT) FROM attempt WHERE state IN ('unknown', 'mismatch', 'uncollected') AND updated_at <= $1";
    REFUNDS = "SELECT currency, CAST(SUM(CASE WHEN state = 'failed' THEN 0 ELSE 1 END) AS BIGINT),
                      CAST(SUM(CASE WHEN state = 'failed' THEN 0 ELSE amount END) AS BIGINT),
                      MIN(CASE WHEN state = 'failed' THEN NULL ELSE created_at END),
                      CAST(SUM(CASE WHEN state = 'failed' AND id >= $1 THEN 1 ELSE 0 END) AS BIGINT)
               FROM refund WHERE state IN ('pending', 'processing', 'unknown', 'failed') GROUP BY currency";
    DISPUTES = "SELECT CAST(COUNT(*) AS BIGINT), MIN(due_by) FROM dispute WHERE state IN ('asked', 'open', 'mismatch')";
}

/// The figures of a time that ends now.
pub async fn show(cx: &Cx, actor: &Actor, span: Span) -> Result<Figures, Error> {
    if !actor.may(Permission::ReadOrders) {
        return Err(Error::Forbidden);
    }
    let now = cx.now();
    let span = Span { from: span.from.max(now.minus(LONGEST)), part: span.part.max(Duration::from_mins(1)) };
    let since = kernel::first_id_at(span.from);
    let mut tx = cx.read().await?;
    let mut figures = counted(&mut tx, span, now, since).await?;
    times(&mut tx, &mut figures, since).await?;
    waiting(&mut tx, &mut figures, now, since).await?;
    Ok(figures)
}

async fn counted(tx: &mut Tx, span: Span, now: Timestamp, since: i64) -> Result<Figures, Error> {
    let parts = now.since(span.from).0.checked_div(span.part.0).unwrap_or(0).saturating_add(1);
    let mut figures = Figures {
        parts: vec![Outcomes::default(); usize::try_from(parts).unwrap_or_default()],
        ..Figures::default()
    };
    let mut methods: BTreeMap<String, (Outcomes, BTreeMap<Currency, i64>)> = BTreeMap::new();
    for row in tx.all(&ATTEMPTS, params![since, span.from, span.part.0]).await? {
        let mut r = row.reader();
        let (gateway, state, code): (String, String, String) = (r.get()?, r.get()?, r.get()?);
        let (part, count, captured): (i64, i64, i64) = (r.get()?, r.get()?, r.get()?);
        let state = named(AttemptState::from_name(&state), &state)?;
        let (outcomes, sums) = methods.entry(gateway).or_default();
        outcomes.add(state, count);
        if captured != 0 {
            let money = money_of(captured, &code)?;
            let sum = sums.entry(money.currency).or_default();
            *sum = sum.saturating_add(money.minor);
        }
        if state == AttemptState::Surplus {
            figures.overpaid = figures.overpaid.saturating_add(count);
        }
        if let Some(of_part) = usize::try_from(part).ok().and_then(|part| figures.parts.get_mut(part)) {
            of_part.add(state, count);
        }
    }
    figures.methods = methods
        .into_iter()
        .map(|(gateway, (attempts, sums))| Method {
            gateway,
            attempts,
            captured: sums.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect(),
            median: None,
        })
        .collect();
    figures.methods.sort_by_key(|method| std::cmp::Reverse(method.attempts.all()));
    Ok(figures)
}

async fn times(tx: &mut Tx, figures: &mut Figures, since: i64) -> Result<(), Error> {
    let mut all = Vec::new();
    let mut by_gateway: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in tx.all(&TIMES, params![since, SAMPLE]).await? {
        let mut r = row.reader();
        let (gateway, micros): (String, i64) = (r.get()?, r.get()?);
        // A gateway's clock may be behind ours.
        let micros = micros.max(0);
        all.push(micros);
        by_gateway.entry(gateway).or_default().push(micros);
    }
    figures.median = middle(all);
    for method in &mut figures.methods {
        method.median = by_gateway.remove(&method.gateway).and_then(middle);
    }
    Ok(())
}

/// The lower of the two in the middle when their number is even.
fn middle(mut micros: Vec<i64>) -> Option<Duration> {
    micros.sort_unstable();
    micros.get(micros.len().saturating_sub(1) / 2).map(|&micros| Duration::from_micros(micros))
}

async fn waiting(tx: &mut Tx, figures: &mut Figures, now: Timestamp, since: i64) -> Result<(), Error> {
    let waiting = &mut figures.waiting;
    waiting.unclear = tx.one(&UNCLEAR, params![now.minus(UNCLEAR_AFTER)]).await?.reader().get()?;
    for row in tx.all(&REFUNDS, params![since]).await? {
        let mut r = row.reader();
        let (code, count, sum): (String, i64, i64) = (r.get()?, r.get()?, r.get()?);
        let (oldest, failed): (Option<Timestamp>, i64) = (r.get()?, r.get()?);
        waiting.refunds = waiting.refunds.saturating_add(count);
        if count > 0 {
            waiting.refund_sums.push(money_of(sum, &code)?);
        }
        waiting.oldest_refund = [waiting.oldest_refund, oldest].into_iter().flatten().min();
        figures.refunds_failed = figures.refunds_failed.saturating_add(failed);
    }
    let row = tx.one(&DISPUTES, params![]).await?;
    let mut r = row.reader();
    (waiting.disputes, waiting.evidence_due) = (r.get()?, r.get()?);
    Ok(())
}
