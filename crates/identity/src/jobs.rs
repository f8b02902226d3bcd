//! Housekeeping: what has expired is removed.

use durable::{BoxError, BoxFuture, Cx, Handler, Job, Outcome};

use crate::{
    client, code, contact, device, factor, federation, merge, organisation, passkey, recovery, role, session,
    setup, throttle,
};

/// Removes expired sessions, codes, links and counts. For a schedule, once an hour.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeJob;

impl Handler for PurgeJob {
    fn run<'a>(&'a self, cx: &'a Cx, _job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            let now = cx.now();
            let mut tx = cx.begin().await?;
            session::purge(&mut tx, now).await?;
            code::purge(&mut tx, now).await?;
            setup::purge(&mut tx, now).await?;
            organisation::purge(&mut tx, now).await?;
            client::purge(&mut tx, now).await?;
            recovery::purge(&mut tx, now).await?;
            role::purge(&mut tx, now).await?;
            throttle::purge(&mut tx, now).await?;
            device::purge(&mut tx, now).await?;
            passkey::purge(&mut tx, now).await?;
            factor::purge(&mut tx, now).await?;
            federation::purge(&mut tx, now).await?;
            merge::purge(&mut tx, now).await?;
            contact::purge(&mut tx, now).await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        })
    }
}
