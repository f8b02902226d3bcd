//! What is read for evidence.

use db::{Result, Tx, params};
use kernel::Timestamp;

db::statements! {
    ACTS = "SELECT id, point, at, customer_id, payee, device, network, amount_minor, currency, object_id, outcome, score FROM risk_event
            WHERE customer_id IN {list $1} ORDER BY id DESC LIMIT $2";
    DECISIONS = "SELECT id, point, subject_id, made_at, version, score, reasons, outcome FROM risk_decision
                 WHERE subject_id IN {list $1} AND NOT shadow ORDER BY id DESC LIMIT $2";
    DEVICES = "SELECT device, customer_id, MIN(at), MAX(at), COUNT(*) FROM risk_event
               WHERE customer_id IN {list $1} AND device IS NOT NULL GROUP BY device, customer_id ORDER BY device, customer_id LIMIT $2";
}

/// An act, as a row of evidence.
pub(super) struct Act {
    pub id: i64,
    pub point: String,
    pub at: Timestamp,
    pub customer: i64,
    pub payee: Option<i64>,
    pub device: Option<i64>,
    pub network: Option<i64>,
    pub amount_minor: i64,
    pub currency: Option<String>,
    pub object: i64,
    pub outcome: String,
    pub score: Option<i64>,
}

pub(super) async fn list_acts(tx: &mut Tx, accounts: &[i64], most: i64) -> Result<Vec<Act>> {
    let rows = tx.all(&ACTS, params![accounts.to_vec(), most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(Act {
                id: r.get()?,
                point: r.get()?,
                at: r.get()?,
                customer: r.get()?,
                payee: r.get()?,
                device: r.get()?,
                network: r.get()?,
                amount_minor: r.get()?,
                currency: r.get()?,
                object: r.get()?,
                outcome: r.get()?,
                score: r.get()?,
            })
        })
        .collect()
}

/// A decision, as a row of evidence.
pub(super) struct Decided {
    pub id: i64,
    pub point: String,
    pub subject: i64,
    pub at: Timestamp,
    pub version: String,
    pub score: Option<i64>,
    pub reasons: String,
    pub outcome: String,
}

pub(super) async fn list_decisions(tx: &mut Tx, accounts: &[i64], most: i64) -> Result<Vec<Decided>> {
    let rows = tx.all(&DECISIONS, params![accounts.to_vec(), most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok(Decided {
                id: r.get()?,
                point: r.get()?,
                subject: r.get()?,
                at: r.get()?,
                version: r.get()?,
                score: r.get()?,
                reasons: r.get()?,
                outcome: r.get()?,
            })
        })
        .collect()
}

/// Device, account, first and last time, how often.
pub(super) type Device = (i64, i64, Timestamp, Timestamp, i64);

pub(super) async fn list_devices(tx: &mut Tx, accounts: &[i64], most: i64) -> Result<Vec<Device>> {
    let rows = tx.all(&DEVICES, params![accounts.to_vec(), most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?, r.get()?, r.get()?, r.get()?))
        })
        .collect()
}
