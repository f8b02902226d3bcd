//! Noting what became known.

use db::Tx;
use durable::Cx;
use kernel::{Actor, FieldError, Permission, Timestamp};
use serde_json::json;

use super::store::{self, Word};
use crate::Error;
use crate::decision::{DecisionId, permit, reason as check_reason};

/// Notes whether an act was fraud, and since when that is known outside (not later than now). Needs `decide_risk`.
pub async fn label(
    cx: &Cx,
    actor: &Actor,
    decision: DecisionId,
    (fraud, known_at): (bool, Timestamp),
    reason: &str,
) -> Result<(), Error> {
    permit(actor, Permission::DecideRisk)?;
    let mut fields: Vec<FieldError> = check_reason(reason).err().into_iter().collect();
    if known_at > cx.now() {
        fields.push(FieldError::new(
            "/known_at",
            "risk.known_later",
            "得知的时间不能晚于现在",
            "It cannot be known later than now",
        ));
    }
    if !fields.is_empty() {
        return Err(Error::Input { fields });
    }
    let mut tx = cx.begin().await?;
    let word = Word { event: decision.raw(), fraud, known_at, by: actor.account(), case: None };
    if !note(&mut tx, cx, word).await? {
        return Err(Error::NoSuchEntry);
    }
    let entry = audit::Entry {
        verb: "risk.label",
        object_kind: "risk_decision",
        object: decision.raw(),
        customer: None,
        detail: json!({"fraud": fraud, "known_at": known_at}),
        reason: Some(reason.trim()),
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in the caller's transaction, who audits it; `false` when the engine did not judge the act: a sign-in.
pub(crate) async fn note(tx: &mut Tx, cx: &Cx, word: Word) -> Result<bool, Error> {
    Ok(store::insert(tx, cx, word).await?)
}
