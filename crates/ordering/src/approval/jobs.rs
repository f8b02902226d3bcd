//! Telling checkers and makers, and ending what nobody decided about.

use std::collections::BTreeMap;

use durable::{BoxError, BoxFuture, Cx, Event, Job, Outcome, Registry};
use identity::account::ContactPoint;
use identity::policy;
use kernel::{AccountId, Duration, Text};
use notify::{Channel, NewMessage, Template};

use super::model::{Approval, ApprovalFact, ApprovalState, topic};
use super::{ops, rules, store};

const TELL_JOB: &str = "approval.tell";
const EVERY: Duration = Duration::from_secs(15);

/// Registers the subscription and the schedule.
pub fn register(registry: &mut Registry) {
    registry
        .handle(TELL_JOB, tell)
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
