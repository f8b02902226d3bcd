//! Whose an account is: becoming a person's, handing that over when accounts merge, giving it up.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Level, Timestamp};
use serde_json::Value;

use crate::account::{self, AccountState};
use crate::privacy::{self, ConsentPurpose};

use super::error::Error;
use super::model::{Person, RealName, StoredPerson};
use super::ops::{entry, index_of, seal_person};
use super::store;

/// An account is to become a person's.
pub(crate) struct Claim<'a> {
    pub account: AccountId,
    pub person: &'a Person,
    pub level: Level,
    pub consented_at: Timestamp,
}

/// Gives an account its person and level, in the caller's transaction, which holds the account's lock. Refused with
/// `person_taken` when the person has as many accounts as one may, with `other_person` when the account is another's.
pub(crate) async fn claim(tx: &mut Tx, cx: &Cx, room: &RealName, claim: Claim<'_>) -> Result<(), Error> {
    let (now, index) = (cx.now(), index_of(cx, claim.person));
    match store::find_person(tx, claim.account).await? {
        Some(known) if known.slot.is_some() => {
            if known.person_index != index {
                return Err(Error::OtherPerson);
            }
            if claim.level > known.level {
                store::raise_person(tx, claim.account, claim.level, now).await?;
            }
            return Ok(());
        }
        Some(_) => drop(store::delete_person(tx, claim.account).await?),
        None => {}
    }
    let mut used = Vec::new();
    for (holder, slot, state) in store::list_holders(tx, &index).await? {
        if state == AccountState::Closed.name() {
            store::free_slot(tx, holder).await?;
        } else {
            used.push(slot);
        }
    }
    let sealed = seal_person(cx, claim.person)?;
    for slot in (0..room.policy.accounts_a_person).filter(|slot| !used.contains(slot)) {
        let person = StoredPerson {
            account: claim.account,
            person_index: index.clone(),
            slot: Some(slot),
            level: claim.level,
            person_sealed: sealed.clone(),
            consented_at: claim.consented_at,
            proved_at: now,
        };
        if store::insert_person(tx, &person).await? {
            return Ok(());
        }
    }
    Err(Error::PersonTaken)
}

/// Two accounts become one: what was proved of the one that closes is known of the other, unless that is proved to be somebody
/// already. In the caller's transaction, which holds both locks.
pub(crate) async fn hand_over(tx: &mut Tx, from: AccountId, into: AccountId) -> db::Result<()> {
    let Some(moving) = store::find_person(tx, from).await? else { return Ok(()) };
    match store::find_person(tx, into).await? {
        Some(known) if known.slot.is_some() => {
            let same = known.person_index == moving.person_index && moving.slot.is_some();
            if same && moving.level > known.level {
                store::raise_person(tx, into, moving.level, moving.proved_at).await?;
            }
            store::delete_person(tx, from).await?;
        }
        _ => {
            store::delete_person(tx, into).await?;
            store::move_person(tx, from, into).await?;
        }
    }
    Ok(())
}

/// Takes the consent back (PIPL Art. 15): the person, and every name, number and document that was given, are erased; the
/// level falls. What was done stays in the audit, without personal data.
pub async fn withdraw(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    account::lock_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if erase(&mut tx, cx, id).await? == 0 {
        return Err(Error::NothingToWithdraw);
    }
    privacy::note_withdrawal(&mut tx, cx, id, ConsentPurpose::RealName).await?;
    audit::record(&mut tx, cx, actor, entry(id, "real_name.withdraw", Value::Null)).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in the caller's transaction, which holds the account's lock and writes the audit: for deleting an account's data.
/// How many rows changed.
pub async fn erase(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<u64, Error> {
    let persons = store::delete_person(tx, account).await?;
    let checks = store::erase_checks(tx, account, cx.now()).await?;
    let reviews = crate::review::erase_all_of(tx, cx, account).await?;
    Ok(persons.saturating_add(checks).saturating_add(reviews))
}
