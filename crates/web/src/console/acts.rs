//! Acts of the console that belong to no room's verbs: each writes its history and, last, the audit, in one transaction.

use kernel::{AccountId, Permission};
use ordering::OrderId;
use ordering::order::{NewEvent, ops};
use serde_json::{Value, json};

use super::access::Staff;
use super::frame::db;
use crate::app::App;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;

/// Somebody reads the answers of an order in clear; who and why stays in the audit (W4).
pub(crate) async fn reveal_order(app: &App, staff: &Staff, id: OrderId, why: &str) -> Result<(), Refused> {
    staff.staff(Permission::RevealPersonalData)?;
    if !staff.actor.has_fresh_proof(app.cx.now()) {
        return Err(identity::Error::ProofNeeded.into());
    }
    let mut tx = app.cx.begin().await.map_err(db)?;
    let order = ops::find(&mut tx, &app.cx, id).await.map_err(db)?.ok_or(EdgeError::NotFound)?;
    let entry = ops::entry("order.reveal", &order, Value::Null, Some(why));
    audit::record(&mut tx, &app.cx, &staff.actor, entry).await.map_err(db)?;
    tx.commit().await.map_err(db)
}

/// A note for colleagues in the order's history. The text stands in the history only.
pub(crate) async fn note_order(app: &App, staff: &Staff, id: OrderId, text: &str) -> Result<(), Refused> {
    staff.staff(Permission::WorkOrders)?;
    let mut tx = app.cx.begin().await.map_err(db)?;
    let order = ops::lock(&mut tx, &app.cx, id).await.map_err(db)?.ok_or(EdgeError::NotFound)?;
    let event = NewEvent::internal("note").because(text);
    ops::note(&mut tx, &app.cx, &staff.actor, &order, event).await.map_err(db)?;
    let entry = ops::entry("order.note", &order, Value::Null, None);
    audit::record(&mut tx, &app.cx, &staff.actor, entry).await.map_err(db)?;
    tx.commit().await.map_err(db)
}

/// A job that gave up is tried again; `false` when it is not dead any more.
pub(crate) async fn revive_job(app: &App, staff: &Staff, id: i64) -> Result<bool, Refused> {
    staff.staff(Permission::WorkOrders)?;
    let mut tx = app.cx.begin().await.map_err(db)?;
    let revived = durable::retry_dead(&mut tx, &app.cx, id).await.map_err(db)?;
    if revived {
        let customer: Option<AccountId> = None;
        let (verb, object_kind) = ("job.retry", "job");
        let entry = audit::Entry { verb, object_kind, object: id, customer, detail: json!({}), reason: None };
        audit::record(&mut tx, &app.cx, &staff.actor, entry).await.map_err(db)?;
    }
    tx.commit().await.map_err(db)?;
    Ok(revived)
}
