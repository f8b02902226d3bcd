//! Telling checkers and makers, and ending what nobody decided about.

use std::collections::BTreeMap;

use db::Tx;
use durable::{BoxError, BoxFuture, Cx, Event, Job, NewJob, Outcome, Registry, enqueue};
use identity::account::ContactPoint;
use identity::policy;
use kernel::{AccountId, Duration, Text};
use notify::{Channel, NewMessage, Template};

use super::many::{self, Digest};
use super::model::{Approval, ApprovalFact, ApprovalState, SubjectKind, topic};
use super::{ops, rules, store};
use crate::order::{self, Channel as Origin, OrderId};

const TELL_JOB: &str = "approval.tell";
/// Tells about the requests of files, many in one message.
const DIGEST_JOB: &str = "approval.tell_many";
/// How long it gathers.
const GATHERS: Duration = Duration::from_secs(20);
const EVERY: Duration = Duration::from_secs(15);

/// Registers the subscription and the schedule.
pub fn register(registry: &mut Registry) {
    registry
        .handle(TELL_JOB, tell)
        .handle(DIGEST_JOB, tell_many)
        .subscribe(topic::ASKED, TELL_JOB)
        .subscribe(topic::DECIDED, TELL_JOB)
        .schedule("approval.expire", EVERY, expire);
}

fn expire<'a>(cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        ops::expire_due(cx).await?;
        Ok(Outcome::Done)
    })
}

fn tell<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let fact: ApprovalFact = Event::of(job)?.read()?;
        let mut tx = cx.begin().await?;
        let Some(approval) = store::find(&mut tx, cx, fact.approval).await? else {
            return Ok(Outcome::Done);
        };
        if is_of_file(&mut tx, cx, &approval).await? {
            let (key, payload) = (approval.party.to_string(), serde_json::json!(approval.party));
            let job = NewJob { kind: DIGEST_JOB, key, payload, run_at: cx.now().plus(GATHERS) };
            enqueue(&mut tx, cx, job).await?;
            tx.commit().await?;
            return Ok(Outcome::Done);
        }
        // Told once a version, and never of what is over by now.
        if approval.version != fact.version || !store::tell(&mut tx, approval.id, fact.version).await? {
            return Ok(Outcome::Done);
        }
        let decisions = store::list_decisions(&mut tx, approval.id).await?;
        let level = rules::level_now(&approval).filter(|_| approval.state == ApprovalState::Open);
        let whom = if let Some(level) = level {
            let all = policy::checkers(&mut tx, cx, approval.party, level).await?;
            let past = |who: AccountId| decisions.iter().any(|one| one.checker == who);
            all.into_iter().filter(|(who, _)| *who != approval.maker && !past(*who)).collect()
        } else {
            let point = identity::account::contact_of(&mut tx, cx, approval.maker).await?;
            point.map(|point| vec![(approval.maker, point)]).unwrap_or_default()
        };
        for (account, point) in whom {
            for message in messages(&approval, account, &point) {
                notify::send(&mut tx, cx, message).await?;
            }
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    })
}

/// Whether it is about a line of a file.
async fn is_of_file(tx: &mut Tx, cx: &Cx, approval: &Approval) -> Result<bool, crate::Error> {
    if approval.subject != SubjectKind::Order {
        return Ok(false);
    }
    let order = order::ops::find(tx, cx, OrderId(approval.object)).await?;
    Ok(order.is_some_and(|order| order.channel == Origin::File))
}

fn tell_many<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let party: AccountId = serde_json::from_value(job.payload.clone())?;
        let mut tx = cx.begin().await?;
        for digest in many::digests(&mut tx, cx, party).await? {
            for message in messages_of_many(&digest) {
                notify::send(&mut tx, cx, message).await?;
            }
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    })
}

fn messages_of_many(digest: &Digest) -> [NewMessage; 2] {
    let text = |zh: &str, en: &str| Text::new(zh, en);
    let (name, title, body) = if digest.asked {
        (
            "approval.asked_many",
            text("有一批企业复核等您处理", "A file of requests waits for you"),
            text(
                "企业有 {count} 份、共 {amount} 的申请等您复核，可在“批量办理”中一并通过或退回。",
                "{count} requests for {amount} wait for your check. Approve or return them together under Orders by file.",
            ),
        )
    } else {
        (
            "approval.decided_many",
            text("一批企业复核已有结果", "Your file of requests was decided"),
            text(
                "您提交的 {count} 份、共 {amount} 的申请已有结果，可在“批量办理”中查看。",
                "{count} of your requests, for {amount}, were decided. See Orders by file.",
            ),
        )
    };
    let values = BTreeMap::from([
        ("count".to_owned(), digest.count.to_string()),
        ("amount".to_owned(), digest.sum.to_string()),
    ]);
    let template = || Template::Custom {
        name: name.to_owned(),
        title: title.clone(),
        body: body.clone(),
        values: values.clone(),
    };
    let message = |channel, to: String| NewMessage {
        channel,
        account: Some(digest.account),
        to,
        locale: digest.point.locale,
        template: template(),
        link: Some("/org/batches".to_owned()),
    };
    [
        message(Channel::Inbox, String::new()),
        message(digest.point.channel(), digest.point.contact.as_str().to_owned()),
    ]
}

/// In the message centre and where they registered.
fn messages(approval: &Approval, account: AccountId, point: &ContactPoint) -> [NewMessage; 2] {
    let message = |channel, to: String| NewMessage {
        channel,
        account: Some(account),
        to,
        locale: point.locale,
        template: template(approval),
        link: Some(format!("/org/approvals/{}", approval.id)),
    };
    [message(Channel::Inbox, String::new()), message(point.channel(), point.contact.as_str().to_owned())]
}

fn template(approval: &Approval) -> Template {
    let text = |zh: &str, en: &str| Text::new(zh, en);
    let (name, title, body) = match approval.state {
        ApprovalState::Open => (
            "approval.asked",
            text("有一份企业复核等您处理", "An approval waits for you"),
            text(
                "企业有一份 {amount} 的申请等您复核，到期前可在“企业复核”中通过或退回。",
                "A request for {amount} waits for your check. Approve or return it under Approvals before it expires.",
            ),
        ),
        ApprovalState::Approved => (
            "approval.approved",
            text("复核已通过", "Your request was approved"),
            text(
                "您提交的 {amount} 申请已通过复核，继续办理。",
                "Your request for {amount} was approved and goes on.",
            ),
        ),
        ApprovalState::Returned => (
            "approval.returned",
            text("复核已退回", "Your request was returned"),
            text(
                "您提交的 {amount} 申请被退回，没有扣款。原因可在“企业复核”中查看。",
                "Your request for {amount} was returned; nothing was charged. The reason is under Approvals.",
            ),
        ),
        ApprovalState::Withdrawn | ApprovalState::Expired => (
            "approval.ended",
            text("复核已结束", "Your request has ended"),
            text(
                "您提交的 {amount} 申请没有完成复核，已结束，没有扣款。",
                "Your request for {amount} ended without an approval; nothing was charged.",
            ),
        ),
    };
    let values = BTreeMap::from([("amount".to_owned(), approval.amount.to_string())]);
    Template::Custom { name: name.to_owned(), title, body, values }
}
