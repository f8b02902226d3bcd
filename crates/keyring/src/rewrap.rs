//! Another master key: the data keys are wrapped again, and nothing else changes.

use connectors::Kms;
use durable::Cx;
use kernel::Actor;
use serde_json::json;

use crate::master::{unwrap, wrap};
use crate::model::{DataKey, KeyState};
use crate::rotate::entry;
use crate::{Error, Keyring, store};

/// Wraps every data key by `master`; how many were not yet. Running nodes have their keys and go on; the next start needs `master`.
///
/// What was wrapped is unwrapped once and compared before anything is written, and all rows change in one transaction.
pub async fn rewrap(cx: &Cx, actor: &Actor, keyring: &Keyring, master: &dyn Kms) -> Result<usize, Error> {
    let rows: Vec<DataKey> = store::list(&mut cx.read().await?).await?;
    let mut wrapped = Vec::new();
    for row in
        rows.into_iter().filter(|row| row.wrapped_by != master.name() && row.state != KeyState::Destroyed)
    {
        let key = keyring.masters().unwrap(&row).await?;
        let anew = wrap(master, row.purpose, row.number, &key).await?;
        let tried = DataKey { wrapped: anew.clone(), wrapped_by: master.name().to_owned(), ..row.clone() };
        if unwrap(master, &tried).await?.expose() != key.expose() {
            return Err(Error::Damaged(format!(
                "{} gives back another key than it was given",
                master.name()
            )));
        }
        wrapped.push((row, anew));
    }
    let mut tx = cx.begin().await?;
    for (row, anew) in &wrapped {
        if !store::rewrap(&mut tx, row, anew, master.name()).await? {
            return Err(Error::Db(db::Error::Conflict("a data key changed meanwhile".to_owned())));
        }
        let detail = json!({"purpose": row.purpose.name(), "from": row.wrapped_by, "to": master.name()});
        audit::record(&mut tx, cx, actor, entry("keys.rewrap", row.number, detail)).await?;
    }
    tx.commit().await?;
    Ok(wrapped.len())
}
