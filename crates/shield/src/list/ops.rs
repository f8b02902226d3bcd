//! Changing and reading the lists.

use audit::Entry as Act;
use durable::Cx;
use kernel::{Actor, Duration, Permission};
use serde_json::json;

use super::model::{Entry, EntryId, EntryKind, NewEntry};
use super::store;
use crate::address::Network;
use crate::error::reason;
use crate::{CHANNEL, Error};

/// Entries that are read at once.
const MOST: i64 = 1_000;
/// Who was kept out when and why can be looked up for this long.
const KEEP: Duration = Duration::from_days(365);
/// The widest networks an entry may name: more than a large provider has.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 20;

/// The entries that hold, newest first.
pub async fn entries(cx: &Cx, actor: &Actor) -> Result<Vec<Entry>, Error> {
    if !actor.may(Permission::ReadIncidents) {
        return Err(Error::NotAllowed);
    }
    Ok(store::live(&mut cx.read().await?, cx, MOST).await?)
}

/// Adds a network. `kept` are networks that no entry may keep out: this machine and its proxies; nor may it keep out who adds it.
pub async fn add(cx: &Cx, actor: &Actor, kept: &[Network], new: NewEntry) -> Result<EntryId, Error> {
    if !actor.may(Permission::ManageShield) {
        return Err(Error::NotAllowed);
    }
    let network = network(&new)?;
    let reason = reason(&new.reason)?.to_owned();
    if new.kind == EntryKind::Deny {
        let own = actor.address.parse().map(Network::single);
        if kept.iter().chain(own.iter()).any(|kept| network.meets(kept)) {
            return Err(Error::WouldLockOut);
        }
    }
    let now = cx.now();
    let entry = Entry {
        id: EntryId::new(&cx.ids, now),
        kind: new.kind,
        network,
        reason,
        author: actor.label(),
        created_at: now,
        expires_at: new.lifetime.length().map(|length| now.plus(length)),
    };
    let mut tx = cx.begin().await?;
    if !store::insert_entry(&mut tx, cx, &entry).await? {
        return Err(Error::AlreadyListed);
    }
    tx.notify(CHANNEL, "");
    let detail = json!({ "kind": entry.kind.name(), "lifetime": new.lifetime.name() });
    let verb = "shield.list_add";
    let act = Act {
        verb,
        object_kind: "shield_entry",
        object: entry.id.0,
        customer: None,
        detail,
        reason: Some(&entry.reason),
    };
    audit::record(&mut tx, cx, actor, act).await?;
    tx.commit().await?;
    Ok(entry.id)
}

fn network(new: &NewEntry) -> Result<Network, Error> {
    let network: Network = new.network.parse().map_err(|_| {
        let (zh, en) = (
            "填写地址或网段，例如 192.0.2.7 或 192.0.2.0/24",
            "Enter an address or a network, like 192.0.2.7 or 192.0.2.0/24",
        );
        Error::field("/network", "shield.bad_network", zh, en)
    })?;
    let widest = if network.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    if network.length() < widest {
        let (zh, en) = (
            "网段太大，IPv4 前缀至少 8 位，IPv6 至少 20 位",
            "The network is too wide: at least /8 for IPv4, /20 for IPv6",
        );
        return Err(Error::field("/network", "shield.too_wide", zh, en));
    }
    Ok(network)
}

/// Takes an entry off its list.
pub async fn remove(cx: &Cx, actor: &Actor, id: EntryId, why: &str) -> Result<(), Error> {
    if !actor.may(Permission::ManageShield) {
        return Err(Error::NotAllowed);
    }
    let why = reason(why)?;
    let mut tx = cx.begin().await?;
    if !store::end_entry(&mut tx, id, cx.now(), &actor.label()).await? {
        return Err(Error::WrongState);
    }
    tx.notify(CHANNEL, "");
    let verb = "shield.list_remove";
    let act = Act {
        verb,
        object_kind: "shield_entry",
        object: id.0,
        customer: None,
        detail: json!({}),
        reason: Some(why),
    };
    audit::record(&mut tx, cx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

pub(crate) async fn purge(cx: &Cx) -> db::Result<u64> {
    let mut tx = cx.begin().await?;
    let gone = store::delete_ended(&mut tx, cx.now().minus(KEEP)).await?;
    tx.commit().await?;
    Ok(gone)
}
