//! Listing somebody or something, with a second person where it lets past, and taking it away.

use durable::Cx;
use kernel::{Actor, FieldError, Page, PageRequest, Permission, Position};
use serde_json::{Value, json};

use super::model::{Entity, Entry, EntryId, EntryState, List, NewEntry};
use super::store;
use crate::Error;
use crate::decision::{permit, reason as check_reason};
use crate::engine::CHANNEL;
use crate::engine::rules::key;
use crate::rule::person;

/// Entries that stand or wait, the newest first. Needs `read_risk`.
pub async fn list(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Entry>, Error> {
    permit(actor, Permission::ReadRisk)?;
    let found = store::list(&mut cx.read().await?, cx, page.after.id, page.fetch()).await?;
    Ok(Page::cut(found, page, |entry| Position { key: entry.id.raw(), id: entry.id.raw() }))
}

/// Lists somebody or something. It holds at once on every node; an entry that allows waits for a second person. Needs `decide_risk`.
pub async fn add(cx: &Cx, actor: &Actor, new: &NewEntry) -> Result<EntryId, Error> {
    let by = person(actor)?;
    let now = cx.now();
    let value = check(cx, new)?;
    let state = if new.list == List::Allow { EntryState::Proposed } else { EntryState::Active };
    let mut tx = cx.begin().await?;
    // What has expired makes room for the same anew.
    store::remove_expired(&mut tx, now).await?;
    let id = EntryId(cx.ids.next(now));
    if !store::insert(&mut tx, cx, (id, value), new, state, by).await? {
        return Err(Error::AlreadyListed);
    }
    tx.notify(CHANNEL, "list");
    let customer = (new.entity == Entity::Customer).then_some(kernel::AccountId(value));
    let detail = json!({"list": new.list.name(), "entity": new.entity.name(), "until": new.expires_at});
    let entry = audit::Entry { customer, ..entry("risk.list_add", id, detail, Some(new.reason.trim())) };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(id)
}

fn check(cx: &Cx, new: &NewEntry) -> Result<i64, Error> {
    let mut fields: Vec<FieldError> = check_reason(&new.reason).err().into_iter().collect();
    let value = key(&cx.vault, new.entity, &new.value);
    if value.is_none() {
        let words = match new.entity {
            Entity::Customer => ("填写账号编号", "Enter the account's id"),
            Entity::Device => {
                ("填写决策中显示的设备编号", "Enter the device's number as a decision shows it")
            }
            Entity::Network => ("填写 IP 地址", "Enter an IP address"),
            Entity::Payee => {
                ("填写决策中显示的收款方编号", "Enter the payee's number as a decision shows it")
            }
            Entity::Phone => ("填写手机号", "Enter a mobile number"),
        };
        fields.push(FieldError::new("/value", "risk.list_value", words.0, words.1));
    }
    if new.expires_at.is_some_and(|until| until <= cx.now()) {
        fields.push(FieldError::new(
            "/expires_at",
            "risk.list_expiry",
            "到期时间要晚于现在",
            "It has to end later than now",
        ));
    }
    match value {
        Some(value) if fields.is_empty() => Ok(value),
        _ => Err(Error::Input { fields }),
    }
}

/// Approves an entry that lets past; not by who made it. Needs `decide_risk`.
pub async fn approve(cx: &Cx, actor: &Actor, id: EntryId) -> Result<(), Error> {
    let by = person(actor)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let found = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    if found.made_by == by {
        return Err(Error::SamePerson);
    }
    let over = found.expires_at.is_some_and(|until| until <= now);
    if over || !store::update_approved(&mut tx, id, by, now).await? {
        return Err(Error::WrongState);
    }
    tx.notify(CHANNEL, "list");
    let detail = json!({"list": found.list.name(), "entity": found.entity.name()});
    audit::record(&mut tx, cx, actor, entry("risk.list_approve", id, detail, None)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an entry away. A sanction is not taken away by who made it. Needs `decide_risk`.
pub async fn remove(cx: &Cx, actor: &Actor, id: EntryId, reason: &str) -> Result<(), Error> {
    let by = person(actor)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let mut tx = cx.begin().await?;
    let found = store::lock(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    if found.list == List::Sanctions && found.made_by == by {
        return Err(Error::SamePerson);
    }
    if !store::update_removed(&mut tx, id, by, cx.now()).await? {
        return Err(Error::WrongState);
    }
    tx.notify(CHANNEL, "list");
    let detail = json!({"list": found.list.name(), "entity": found.entity.name()});
    audit::record(&mut tx, cx, actor, entry("risk.list_remove", id, detail, Some(reason))).await?;
    tx.commit().await?;
    Ok(())
}

/// What an entry names, in the clear. Needs `read_risk` and `reveal_personal_data`, and is audited with the reason.
pub async fn reveal(cx: &Cx, actor: &Actor, id: EntryId, reason: &str) -> Result<String, Error> {
    permit(actor, Permission::ReadRisk)?;
    permit(actor, Permission::RevealPersonalData)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    let mut tx = cx.begin().await?;
    let value = store::find_value(&mut tx, cx, id).await?.ok_or(Error::NoSuchEntry)?;
    audit::record(&mut tx, cx, actor, entry("risk.list_reveal", id, Value::Null, Some(reason))).await?;
    tx.commit().await?;
    Ok(value)
}

fn entry<'a>(verb: &'static str, id: EntryId, detail: Value, reason: Option<&'a str>) -> audit::Entry<'a> {
    audit::Entry { verb, object_kind: "risk_list_entry", object: id.raw(), customer: None, detail, reason }
}
