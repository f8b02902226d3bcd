//! Node numbers: each process leases one, so that ids of two processes never meet, and so that the work of a process that vanished is
//! given back.

use db::{Db, Result, params};
use kernel::{Clock, Duration, Timestamp};

use crate::{Cx, job};

/// How long a node counts as alive after its last sign of life.
pub const NODE_LEASE: Duration = Duration::from_secs(10);
/// Ids have ten bits for the node; number 0 is for tests and tools.
const NODES: std::ops::Range<u16> = 1..1024;

db::statements! {
    TAKEN = "SELECT node, expires_at FROM node_lease ORDER BY node";
    CLAIM = "INSERT INTO node_lease (node, holder, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
             WHERE node_lease.expires_at < $4";
    RENEW = "UPDATE node_lease SET expires_at = $3 WHERE node = $1 AND holder = $2";
    RELEASE = "DELETE FROM node_lease WHERE node = $1 AND holder = $2";
    EXPIRED = "SELECT node FROM node_lease WHERE expires_at < $1";
    ALIVE = "SELECT node FROM node_lease WHERE expires_at >= $1 ORDER BY node";
    FORGET = "DELETE FROM node_lease WHERE node = $1 AND expires_at < $2";
}

/// The nodes whose leases have not run out.
pub async fn live_nodes(cx: &Cx) -> Result<Vec<i64>> {
    let rows = cx.read().await?.all(&ALIVE, params![cx.now()]).await?;
    rows.iter().map(|row| row.reader().get()).collect()
}

/// How a process stands to others on the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It serves. On the embedded database there is one such process, so every older lease is a crashed predecessor's.
    Serving,
    /// A command beside whatever is running: it takes a free number and disturbs nobody.
    Beside,
}

/// A node number that is ours as long as we renew it.
#[derive(Debug, Clone)]
pub struct NodeLease {
    pub node: u16,
    holder: String,
}

impl NodeLease {
    /// Leases a free number; the jobs of the number's last holder, if it vanished, are given back.
    pub async fn take(db: &Db, clock: &dyn Clock, holder: String, presence: Presence) -> Result<Self> {
        let sole = db.file().is_some() && presence == Presence::Serving;
        loop {
            let now = clock.now();
            let mut tx = db.begin().await?;
            let mut taken = Vec::new();
            for row in tx.all(&TAKEN, params![]).await? {
                let mut r = row.reader();
                let (node, expires_at): (u16, Timestamp) = (r.get()?, r.get()?);
                if sole || expires_at < now {
                    job::free(&mut tx, i64::from(node), now).await?;
                } else {
                    taken.push(node);
                }
            }
            let Some(node) = NODES.into_iter().find(|n| !taken.contains(n)) else {
                return Err(db::Error::Unavailable("all 1,023 node numbers are taken".to_owned()));
            };
            // A lease of the embedded database is taken over whatever its time says.
            let before = if sole { Timestamp(i64::MAX) } else { now };
            let params = params![node, &holder, now.plus(NODE_LEASE), before];
            if tx.execute(&CLAIM, params).await? == 1 {
                tx.commit().await?;
                return Ok(Self { node, holder });
            }
        }
    }

    /// Says that we live, and gives back the jobs of nodes that do not. False when the lease was lost: the process must stop.
    pub async fn renew(&self, cx: &Cx) -> Result<bool> {
        let now = cx.now();
        let mut tx = cx.begin().await?;
        let ours = tx.execute(&RENEW, params![self.node, &self.holder, now.plus(NODE_LEASE)]).await? == 1;
        for row in tx.all(&EXPIRED, params![now]).await? {
            let node: i64 = row.reader().get()?;
            if tx.execute(&FORGET, params![node, now]).await? == 1 {
                job::free(&mut tx, node, now).await?;
                tx.notify(crate::WAKE, "");
            }
        }
        tx.commit().await?;
        Ok(ours)
    }

    /// Gives the number back when the process ends in order.
    pub async fn release(&self, cx: &Cx) -> Result<()> {
        let mut tx = cx.begin().await?;
        job::free(&mut tx, i64::from(self.node), cx.now()).await?;
        tx.execute(&RELEASE, params![self.node, &self.holder]).await?;
        tx.commit().await
    }
}
