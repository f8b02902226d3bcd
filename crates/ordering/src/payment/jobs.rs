//! What payment does by itself: asking gateways, closing what nobody paid, giving money back.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Event, Handler, Job, Outcome, Registry};
use kernel::{Actor, Duration};
use serde_json::json;

use super::complete::{entry, ring};
use super::facts::{PaymentFact, ReviewFact, topic};
use super::model::{PaymentId, Payments};
use super::refund::{self, REFUND_JOB};
use super::{Error, authorised, give_back, rules, store, watch};
use crate::order::{self, OrderFact, RefundDue};

/// How often due questions and expired payments are looked for.
const EVERY: Duration = Duration::from_secs(15);

const REFUND_DUE_JOB: &str = "payment.refund_due";
const ORDER_FINISHED_JOB: &str = "payment.order_finished";
const CAPTURE_DUE_JOB: &str = "payment.capture_due";
const PAID_JOB: &str = "payment.withdraw_others";

/// Registers jobs, subscriptions and schedules.
pub fn register(registry: &mut Registry, svc: &Arc<Payments>) {
    let job = |run: Work| Task { svc: Arc::clone(svc), run };
    registry
        .handle(REFUND_JOB, job(|svc, job| Box::pin(ask_for_refund(svc, job))))
        .handle(REFUND_DUE_JOB, job(|svc, job| Box::pin(refund_due(svc, job))))
        .handle(ORDER_FINISHED_JOB, job(|svc, job| Box::pin(order_finished(svc, job))))
        .handle(CAPTURE_DUE_JOB, job(|svc, job| Box::pin(capture_due(svc, job))))
        .handle(PAID_JOB, job(|svc, job| Box::pin(paid(svc, job))))
        .subscribe(order::topic::REFUND_DUE, REFUND_DUE_JOB)
        .subscribe(order::topic::NOT_TO_BE_PAID, ORDER_FINISHED_JOB)
        .subscribe(order::topic::CAPTURE_DUE, CAPTURE_DUE_JOB)
        .subscribe(topic::OTHERS_OPEN, PAID_JOB)
        .schedule("payment.poll", EVERY, job(|svc, _| Box::pin(poll(svc))))
        .schedule("payment.expire", EVERY, job(|svc, _| Box::pin(expire(svc))));
}

type Work = for<'a> fn(&'a Payments, &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>>;

/// One kind of work with the gateways it needs.
struct Task {
    svc: Arc<Payments>,
    run: Work,
}

impl Handler for Task {
    fn run<'a>(&'a self, _: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        (self.run)(&self.svc, job)
    }
}

async fn poll(svc: &Payments) -> Result<Outcome, BoxError> {
    watch::poll_due(svc).await?;
    Ok(Outcome::Done)
}

async fn expire(svc: &Payments) -> Result<Outcome, BoxError> {
    watch::expire_due(svc).await?;
    Ok(Outcome::Done)
}

async fn ask_for_refund(svc: &Payments, job: &Job) -> Result<Outcome, BoxError> {
    let id =
        job.payload.get("refund").and_then(serde_json::Value::as_str).ok_or("the job names no refund")?;
    Ok(refund::execute(svc, &Actor::system("refund"), id.parse()?).await?)
}

async fn refund_due(svc: &Payments, job: &Job) -> Result<Outcome, BoxError> {
    let due: RefundDue = Event::of(job)?.read()?;
    let actor = Actor::system("refund");
    match give_back::open_due(&svc.cx, &actor, &due).await {
        Err(Error::MoreThanCaptured { .. }) => cannot_open(&svc.cx, &actor, &due).await?,
        other => drop(other?),
    }
    Ok(Outcome::Done)
}

/// An order that ended unpaid is not to be paid any more: its open attempts are closed at their gateways.
async fn order_finished(svc: &Payments, job: &Job) -> Result<Outcome, BoxError> {
    let fact: OrderFact = Event::of(job)?.read()?;
    let payment = store::payment_of_order(&mut svc.cx.read().await?, fact.order).await?;
    match payment {
        Some(payment) => withdraw(svc, payment.id).await,
        None => Ok(Outcome::Done),
    }
}

/// An order ended whose money was only authorised.
async fn capture_due(svc: &Payments, job: &Job) -> Result<Outcome, BoxError> {
    let fact: OrderFact = Event::of(job)?.read()?;
    authorised::order_ended(svc, &Actor::system("payment"), fact.order).await?;
    Ok(Outcome::Done)
}

/// One attempt won: the others are closed at their gateways.
async fn paid(svc: &Payments, job: &Job) -> Result<Outcome, BoxError> {
    let fact: PaymentFact = Event::of(job)?.read()?;
    withdraw(svc, fact.payment).await
}

async fn withdraw(svc: &Payments, payment: PaymentId) -> Result<Outcome, BoxError> {
    let ended = watch::withdraw(svc, &Actor::system("payment"), payment).await?;
    Ok(if ended { Outcome::Done } else { Outcome::Again(svc.cx.now().plus(rules::LOOK_AGAIN)) })
}

/// An order's money that cannot be given back as asked: a person has to look, because asking again will not help.
async fn cannot_open(cx: &Cx, actor: &Actor, due: &RefundDue) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let Some(payment) = store::payment_of_order(&mut tx, due.order).await? else {
        return Ok(tx.commit().await?);
    };
    let fact = ReviewFact {
        gateway: String::new(),
        payment: Some(payment.id),
        attempt: None,
        refund: None,
        order: Some(due.order),
        customer: Some(payment.customer),
        reason: "refund_exceeds".to_owned(),
    };
    ring(&mut tx, cx, actor, topic::REVIEW, fact).await?;
    let detail = json!({"order": due.order, "amount": due.amount, "key": due.business_key});
    audit::record(&mut tx, cx, actor, entry("refund.review", &payment, detail)).await?;
    tx.commit().await?;
    Ok(())
}
