//! The job that sees a question to its end, and the erasing of what has been kept long enough.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome, Registry};
use kernel::Duration;

use super::model::{CheckId, CheckState, RealName};
use super::{ops, rules, store};

/// Sees one question to its end.
pub(crate) const CHECK_JOB: &str = "real_name.check";
/// The job looks after whoever began the question had time to ask it.
pub(crate) const FIRST_LOOK: Duration = Duration::from_secs(10);
/// How often what is to be erased is erased.
const ERASE_EVERY: Duration = Duration::from_hours(1);

/// Jobs and schedules of real names and of the review of documents.
pub fn register(registry: &mut Registry, room: &Arc<RealName>) {
    registry.handle(CHECK_JOB, CheckJob { room: Arc::clone(room) }).schedule(
        "real_name.erase",
        ERASE_EVERY,
        EraseJob { room: Arc::clone(room) },
    );
}

struct CheckJob {
    room: Arc<RealName>,
}

impl Handler for CheckJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let id = job.payload.get("check").and_then(serde_json::Value::as_i64).map(CheckId);
            let id = id.ok_or("the job names no check")?;
            if ops::ask(&self.room, cx, id).await?.state != CheckState::Asking {
                return Ok(Outcome::Done);
            }
            let Some(check) = store::find_check(&mut cx.read().await?, id).await? else {
                return Ok(Outcome::Done);
            };
            let at = rules::ask_again(check.created_at, self.room.policy.ask_for, check.tries, cx.now());
            Ok(Outcome::Again(at.unwrap_or_else(|| cx.now().plus(Duration::from_mins(1)))))
        })
    }
}

struct EraseJob {
    room: Arc<RealName>,
}

impl Handler for EraseJob {
    fn run<'a>(&'a self, cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let before = cx.now().minus(self.room.policy.keep);
            let mut tx = cx.begin().await?;
            store::erase_old(&mut tx, before).await?;
            tx.commit().await?;
            crate::review::erase_due(cx, before).await?;
            Ok(Outcome::Done)
        })
    }
}
