//! Delivery: one job a message, tried until it is sent or given up.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use crate::channel::{Outgoing, Senders};

use super::model::{MessageId, MessageState, Stored};
use super::rules::{Next, after_try};
use super::{ops, store};

/// The kind of the delivery job.
pub const DELIVER_JOB: &str = "notify.deliver";

/// Delivers one message with the sender of its channel.
///
/// At least once: a crash between the provider's answer and our note sends the message again, with the same id; so does an
/// answer that was lost, [a few times](super::rules::after_try).
pub struct DeliverJob {
    pub senders: Senders,
}

impl DeliverJob {
    async fn deliver(&self, cx: &Cx, job: &Job) -> Result<Outcome, BoxError> {
        let id: MessageId = job
            .payload
            .get("message")
            .and_then(serde_json::Value::as_str)
            .ok_or("the job names no message")?
            .parse()?;
        let found = store::find_message(&mut cx.db.read().await?, id).await?;
        let Some(stored) = found.filter(|message| message.state == MessageState::Queued) else {
            return Ok(Outcome::Done);
        };
        let Some(sender) = self.senders.of(stored.channel) else {
            return Ok(Outcome::Done);
        };
        // No transaction is open while the provider is asked.
        let result = sender.send(&outgoing(cx, &stored)?).await;
        let tries = stored.attempts.saturating_add(1);
        let next = after_try(&result, tries, cx.now());
        if let Err(error) = &result {
            tracing::warn!(message = %id, channel = stored.channel.name(), tries, %error, "message not delivered");
        }
        let (state, sent_at) = match next {
            Next::Sent => (MessageState::Sent, Some(cx.now())),
            Next::TryAgain(_) => (MessageState::Queued, None),
            Next::Failed => (MessageState::Failed, None),
            Next::Unconfirmed => (MessageState::Unconfirmed, None),
        };
        let mut tx = cx.db.begin().await?;
        store::update_delivery(&mut tx, id, state, tries, sent_at).await?;
        tx.commit().await?;
        Ok(match next {
            Next::TryAgain(at) => Outcome::Again(at),
            Next::Sent | Next::Failed | Next::Unconfirmed => Outcome::Done,
        })
    }
}

fn outgoing(cx: &Cx, stored: &Stored) -> Result<Outgoing, BoxError> {
    Ok(Outgoing {
        id: stored.id,
        channel: stored.channel,
        to: ops::address(cx, stored)?,
        locale: stored.locale,
        template: stored.template.clone(),
        content: ops::content(cx, stored)?,
    })
}

impl Handler for DeliverJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(self.deliver(cx, job))
    }
}
