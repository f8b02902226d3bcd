//! Deciding, writing down, looking, and ending reviews.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use db::Tx;
use durable::{BoxError, BoxFuture, Cx};
use futures_util::future::{join, join_all};
use kernel::{AccountId, Actor, Page, PageRequest, Permission, Position, Timestamp};
use serde_json::{Value, json};

use super::model::{
    Asked, Decision, DecisionId, Failure, Filter, Judged, Opinion, Outcome, Point, Policy, Review,
    ReviewEnded, ReviewState, Scored,
};
use super::{INPUTS, REVIEW_ENDED, rules, store};
use crate::rule::variables::unfold;
use crate::{Error, label};

/// Reviews ended in one transaction.
const BATCH: i64 = 100;

/// A scorer at work on one question.
pub struct Candidate<'a> {
    /// Rules or model, with version.
    pub version: String,
    pub score: BoxFuture<'a, Result<Scored, BoxError>>,
}

/// Asks the scorer and, at the same time, its shadows; each has the policy's time. What a shadow does changes nothing.
pub async fn weigh(
    policy: &Policy,
    asked: Asked,
    at: Timestamp,
    main: Candidate<'_>,
    shadows: Vec<Candidate<'_>>,
) -> Judged {
    let beside = join_all(shadows.into_iter().map(|shadow| hear(policy, shadow)));
    let (main, shadows) = join(hear(policy, main), beside).await;
    Judged { asked, at, main, shadows, review: policy.review }
}

/// A scorer that panics has failed; it takes nobody down with it.
async fn guarded(mut score: BoxFuture<'_, Result<Scored, BoxError>>) -> Result<Scored, BoxError> {
    poll_fn(|task| {
        let polled = catch_unwind(AssertUnwindSafe(|| score.as_mut().poll(task)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(BoxError::from("it panicked"))))
    })
    .await
}

/// What a scorer comes to within the time limit.
async fn hear(policy: &Policy, candidate: Candidate<'_>) -> Opinion {
    let Candidate { version, score } = candidate;
    let answer = match tokio::time::timeout(policy.time_limit.to_std(), guarded(score)).await {
        Ok(Ok(scored)) => Ok(scored),
        Ok(Err(error)) => {
            tracing::warn!(version, error = &*error, "a risk scorer failed");
            Err(Failure::Failed)
        }
        Err(_) => {
            tracing::warn!(version, "a risk scorer was too slow");
            Err(Failure::TooSlow)
        }
    };
    rules::opinion(policy, version, answer)
}

/// Writes a decision down, and opens a review where one is needed, in the caller's transaction.
pub async fn journal(tx: &mut Tx, cx: &Cx, judged: &Judged) -> Result<DecisionId, Error> {
    let ids = journal_many(tx, cx, &[(judged, None)]).await?;
    ids.first().copied().ok_or_else(|| Error::bug("a decision without a row"))
}

/// Writes decisions down with what they were about, one statement a table; their ids in the order given.
pub(crate) async fn journal_many(
    tx: &mut Tx,
    cx: &Cx,
    all: &[(&Judged, Option<i64>)],
) -> Result<Vec<DecisionId>, Error> {
    let mut entries = Vec::with_capacity(all.len());
    for (judged, object) in all {
        let inputs = judged.asked.inputs.to_string();
        let inputs = cx.vault.seal_text(cx.rng.as_ref(), INPUTS, &inputs).map_err(Error::bug)?;
        entries.push(store::Entry { judged, inputs, object: *object });
    }
    let ids = store::insert(tx, cx, entries).await?;
    for (judged, _) in all {
        let (point, outcome) = (judged.asked.point.name(), judged.main.outcome.name());
        metrics::counter!("everlit_risk_decisions_total", "point" => point, "outcome" => outcome)
            .increment(1);
        if let Some(failure) = judged.main.failure {
            metrics::counter!("everlit_risk_failures_total", "point" => point, "cause" => failure.name())
                .increment(1);
        }
    }
    Ok(ids)
}

/// Decides and writes it down in a transaction of its own, so that the decision stands whatever comes of the matter.
pub async fn decide(
    cx: &Cx,
    policy: &Policy,
    asked: Asked,
    main: Candidate<'_>,
    shadows: Vec<Candidate<'_>>,
) -> Result<(DecisionId, Opinion), Error> {
    let judged = weigh(policy, asked, cx.now(), main, shadows).await;
    let mut tx = cx.begin().await?;
    let id = journal(&mut tx, cx, &judged).await?;
    tx.commit().await?;
    Ok((id, judged.main))
}

/// Decisions for staff, newest first.
pub async fn list_decisions(
    cx: &Cx,
    actor: &Actor,
    filter: Filter,
    page: &PageRequest,
) -> Result<Page<Decision>, Error> {
    permit(actor, Permission::ReadRisk)?;
    let mut tx = cx.read().await?;
    let (after, limit) = (page.after.id, page.fetch());
    let found = match filter {
        Filter::All => store::list(&mut tx, cx, after, limit).await?,
        Filter::Notable => store::list_notable(&mut tx, cx, after, limit).await?,
        Filter::Of(subject) => store::list_of(&mut tx, cx, subject, after, limit).await?,
    };
    Ok(cut(cx, found, page))
}

/// What was decided about oneself, newest first: for the explanation everybody has a right to.
pub async fn list_own(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Decision>, Error> {
    let subject = actor.account().ok_or(Error::SignInNeeded)?;
    let found = store::list_of(&mut cx.read().await?, cx, subject, page.after.id, page.fetch()).await?;
    Ok(cut(cx, found, page))
}

fn cut(cx: &Cx, found: Vec<Decision>, page: &PageRequest) -> Page<Decision> {
    let now = cx.now();
    Page::cut(found, page, |decision| Position { key: decision.id.raw(), id: decision.id.raw() })
        .map(|decision| now_seen(decision, now))
}

fn now_seen(mut decision: Decision, now: Timestamp) -> Decision {
    decision.review = decision.review.map(|review| rules::review_now(review, now));
    decision
}

/// One decision with what it was made from; reading it is audited. `None` instead of inputs that were erased.
pub async fn show_decision(
    cx: &Cx,
    actor: &Actor,
    id: DecisionId,
) -> Result<(Decision, Option<Value>), Error> {
    permit(actor, Permission::ReadRisk)?;
    let mut tx = cx.begin().await?;
    let decision = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let sealed = store::find_inputs(&mut tx, id).await?;
    let open = |sealed: Vec<u8>| -> Result<Value, Error> {
        let text = cx.vault.open_text(INPUTS, &sealed).map_err(Error::bug)?;
        serde_json::from_str(&text).map(unfold).map_err(Error::bug)
    };
    let inputs = sealed.map(open).transpose()?;
    audit::record(&mut tx, cx, actor, entry("risk.read", id, decision.subject, Value::Null, None)).await?;
    tx.commit().await?;
    Ok((now_seen(decision, cx.now()), inputs))
}

/// What the shadows of a decision thought.
pub async fn shadows_of(cx: &Cx, actor: &Actor, decision: &Decision) -> Result<Vec<Opinion>, Error> {
    permit(actor, Permission::ReadRisk)?;
    Ok(store::list_shadows(&mut cx.read().await?, decision).await?)
}

/// What holds now for a decision: its outcome, or that of its review.
pub async fn standing(tx: &mut Tx, cx: &Cx, id: DecisionId) -> Result<Outcome, Error> {
    let decision = now_seen(store::find(tx, cx, id).await?.ok_or(Error::NotFound)?, cx.now());
    Ok(decision.review.as_ref().map_or(decision.opinion.outcome, rules::standing))
}

/// What holds now for what was last under review with this mark; `None` where it never was, or its review was withdrawn.
pub async fn standing_of(
    tx: &mut Tx,
    cx: &Cx,
    point: Point,
    subject: AccountId,
    mark: i64,
) -> Result<Option<Outcome>, Error> {
    let review = store::find_precedent(tx, cx, subject, mark, point).await?;
    let review = review.filter(|review| review.state != ReviewState::Withdrawn);
    Ok(review.map(|review| rules::standing(&rules::review_now(review, cx.now()))))
}

/// What is under review with this mark ended otherwise, so nobody is to decide it any more; in the transaction of that end, which writes
/// the audit. It is no precedent and teaches nothing. Where nothing is under review it changes nothing.
pub async fn withdraw(
    tx: &mut Tx,
    cx: &Cx,
    point: Point,
    subject: AccountId,
    mark: i64,
) -> Result<(), Error> {
    store::withdraw(tx, point, subject, mark, cx.now()).await?;
    Ok(())
}

/// Lets through what was held.
pub async fn release(cx: &Cx, actor: &Actor, id: DecisionId, reason: &str) -> Result<(), Error> {
    end(cx, actor, id, ReviewState::Released, reason).await
}

/// Turns down what was held.
pub async fn reject(cx: &Cx, actor: &Actor, id: DecisionId, reason: &str) -> Result<(), Error> {
    end(cx, actor, id, ReviewState::Rejected, reason).await
}

async fn end(cx: &Cx, actor: &Actor, id: DecisionId, state: ReviewState, reason: &str) -> Result<(), Error> {
    permit(actor, Permission::DecideRisk)?;
    let reason = rules::reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let store::Held { point, subject, object, review } =
        store::lock_review(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    if actor.account() == Some(subject) {
        return Err(Error::OwnReview);
    }
    if rules::review_now(review.clone(), now).state != ReviewState::Pending {
        return Err(Error::Ended);
    }
    let ended = Review {
        state,
        ended_at: Some(now),
        ended_by: actor.account(),
        reason: Some(reason.to_owned()),
        ..review
    };
    if !store::update_review(&mut tx, cx, id, &ended).await? {
        return Err(Error::Ended);
    }
    let fact = ReviewEnded { point, subject, state, outcome: rules::standing(&ended), object };
    durable::emit(&mut tx, cx, REVIEW_ENDED, id.raw(), &fact).await?;
    // What a reviewer decided is what is known of the act, until somebody knows better.
    let word = label::Word {
        event: id.raw(),
        fraud: state == ReviewState::Rejected,
        known_at: now,
        by: actor.account(),
        case: None,
    };
    label::note(&mut tx, cx, word).await?;
    let verb = if state == ReviewState::Released { "risk.release" } else { "risk.reject" };
    audit::record(&mut tx, cx, actor, entry(verb, id, subject, json!({"point": point.name()}), Some(reason)))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the reviews nobody looked at in time; how many there were.
pub async fn expire_due(cx: &Cx) -> Result<usize, Error> {
    let actor = Actor::system("risk");
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let mut entries = Vec::new();
    for id in store::list_due(&mut tx, now, BATCH).await? {
        let Some(held) = store::lock_review(&mut tx, cx, id).await? else { continue };
        let store::Held { point, subject, object, review } = held;
        let review = rules::review_now(review, now);
        if review.state != ReviewState::Expired || !store::update_review(&mut tx, cx, id, &review).await? {
            continue;
        }
        let fact =
            ReviewEnded { point, subject, state: review.state, outcome: rules::standing(&review), object };
        durable::emit(&mut tx, cx, REVIEW_ENDED, id.raw(), &fact).await?;
        let detail = json!({"point": point.name(), "outcome": fact.outcome.name()});
        entries.push((&actor, entry("risk.expire", id, subject, detail, None)));
    }
    let count = entries.len();
    audit::record_many(&mut tx, cx, entries).await?;
    tx.commit().await?;
    Ok(count)
}

fn entry<'a>(
    verb: &'static str,
    id: DecisionId,
    subject: AccountId,
    detail: Value,
    reason: Option<&'a str>,
) -> audit::Entry<'a> {
    audit::Entry {
        verb,
        object_kind: "risk_decision",
        object: id.raw(),
        customer: Some(subject),
        detail,
        reason,
    }
}

pub(crate) fn permit(actor: &Actor, permission: Permission) -> Result<(), Error> {
    if actor.account().is_none() && !actor.is_system() {
        return Err(Error::SignInNeeded);
    }
    if actor.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}
