//! Adding passkeys and taking them away, and being shown one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Timestamp};
use serde_json::json;

use crate::account::{self, StoredAccount, subject};
use crate::signin::{self, Method, Proven};
use crate::throttle::{self, Key, Scope};
use crate::{Error, factor, link, notice, session};

use super::model::{
    Added, Answer, Begun, Ceremony, CeremonyId, MOST_PASSKEYS, Owned, PasskeyId, PasskeyView, Passkeys,
    Purpose, Stored, VALID,
};
use super::rules::{self, At, Doubt, Made, NewAnswer, ProofAnswer, Shown};
use super::store;

/// What a passkey is found by, made from the credential itself.
pub(crate) const INDEXED: &[vault::IndexedColumn] =
    &[vault::IndexedColumn::new("passkey", "credential_index", "credential_sealed", store::CREDENTIAL)
        .made_by(store::CREDENTIAL, rules::text_of_id)];

/// Asks for a new passkey of the actor, who has shown a factor just now (W8).
pub async fn begin_adding(cx: &Cx, actor: &Actor, at: At<'_>) -> Result<Begun, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let known = store::list_passkeys(&mut tx, id).await?;
    if count_of(&mut tx, id).await? >= MOST_PASSKEYS {
        return Err(Error::TooManyPasskeys);
    }
    let known = known.iter().map(|key| credential_id(cx, key)).collect::<Result<_, _>>()?;
    let handle = handle_of(&mut tx, cx, id).await?;
    let (options, state) = at.party.ask_new(handle, &shown_name(cx, &stored)?, known)?;
    let ceremony = begin(&mut tx, cx, at, Purpose::Add, Some(id), &state).await?;
    tx.commit().await?;
    Ok(Begun { ceremony, options })
}

/// Takes the answer to [`begin_adding`] and keeps the passkey under a name.
pub async fn add(cx: &Cx, actor: &Actor, at: At<'_>, answer: Answer<'_>, name: &str) -> Result<Added, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let name = rules::check_name(name)?;
    let (account, state) = take(cx, at, Purpose::Add, answer).await?.ok_or(Error::PasskeyExpired)?;
    let made = if account == Some(id) {
        NewAnswer::read(answer.credential).and_then(|read| at.party.check_new(&read, &state))
    } else {
        Err(Doubt("foreign"))
    };
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let kept = match made {
        Ok(made) => keep(&mut tx, cx, &stored, made, &name).await?,
        Err(doubt) => Err(doubt),
    };
    match kept {
        Ok(passkey) => {
            let recovery_codes = factor::after_adding(&mut tx, cx, &stored).await?;
            notice::tell(&mut tx, cx, &stored, rules::added(&name)).await?;
            let detail = json!({ "passkey": passkey });
            audit::record(&mut tx, cx, actor, subject(&stored, "passkey.add", detail)).await?;
            tx.commit().await?;
            Ok(Added { passkey, recovery_codes })
        }
        Err(Doubt(reason)) => {
            let detail = json!({ "reason": reason });
            audit::record(&mut tx, cx, actor, subject(&stored, "passkey.add_refused", detail)).await?;
            tx.commit().await?;
            Err(Error::PasskeyNotAdded)
        }
    }
}

async fn keep(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    made: Made,
    name: &str,
) -> Result<Result<PasskeyId, Doubt>, Error> {
    // Once more under lock: two pages may have asked at the same time.
    if count_of(tx, account.id).await? >= MOST_PASSKEYS {
        return Err(Error::TooManyPasskeys);
    }
    let rng = cx.rng.as_ref();
    let now = cx.now();
    let key = Stored {
        id: PasskeyId::new(&cx.ids, now),
        account: account.id,
        credential_index: index_of(cx, &made.id),
        credential_sealed: cx.vault.seal(rng, store::CREDENTIAL, &made.credential)?,
        name_sealed: cx.vault.seal_text(rng, store::NAME, name)?,
        sign_count: made.sign_count,
        backup_eligible: made.backup_eligible,
        backup_state: made.backup_state,
        transports: made.transports,
        created_at: now,
        used_at: None,
        alarmed_at: None,
    };
    let is_new = store::insert_passkey(tx, &key).await?;
    Ok(if is_new { Ok(key.id) } else { Err(Doubt("known")) })
}

/// The actor's own passkeys, oldest first.
pub async fn list(cx: &Cx, actor: &Actor) -> Result<Passkeys, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let handle = store::find_owner(&mut tx, id)
        .await?
        .map(|sealed| cx.vault.open(store::HANDLE, &sealed))
        .transpose()?;
    let user_id = handle.map(|handle| URL_SAFE_NO_PAD.encode(handle));
    let view = |key: &Stored| {
        Ok(PasskeyView {
            id: key.id,
            name: cx.vault.open_text(store::NAME, &key.name_sealed)?,
            credential_id: URL_SAFE_NO_PAD.encode(credential_id(cx, key)?),
            is_synced: key.backup_state,
            created_at: key.created_at,
            used_at: key.used_at,
            alarmed_at: key.alarmed_at,
        })
    };
    let keys = store::list_passkeys(&mut tx, id).await?.iter().map(view).collect::<Result<_, Error>>()?;
    Ok(Passkeys { user_id, keys })
}

/// Gives one of the actor's passkeys another name.
pub async fn rename(cx: &Cx, actor: &Actor, id: PasskeyId, name: &str) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let name = rules::check_name(name)?;
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), store::NAME, &name)?;
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, account).await?;
    if !store::update_name(&mut tx, id, account, sealed).await? {
        return Err(Error::PasskeyNotFound);
    }
    let detail = json!({ "passkey": id });
    audit::record(&mut tx, cx, actor, subject(&stored, "passkey.rename", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes one of the actor's passkeys away, unless it is the last way in.
pub async fn remove(cx: &Cx, actor: &Actor, id: PasskeyId) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, account).await?;
    let keys = store::list_passkeys(&mut tx, account).await?;
    let gone = keys.iter().find(|key| key.id == id).ok_or(Error::PasskeyNotFound)?;
    // A code to a verified address is a way in as well, and so is another site.
    let contacts = [&stored.phone, &stored.email];
    let reachable = contacts.into_iter().flatten().any(|contact| contact.verified_at.is_some());
    let linked = link::count_of(&mut tx, account).await? > 0;
    if keys.len() == 1 && stored.password.is_none() && !reachable && !linked {
        return Err(Error::LastWayIn);
    }
    let before = factor::enrolled(&mut tx, account).await?;
    factor::require_removable(&mut tx, &stored, before).await?;
    store::delete_passkey(&mut tx, id, account).await?;
    if before.passkeys == 1 && !before.totp {
        // Recovery codes stand in for a second factor; without one they would be a way around the password.
        factor::remove_all(&mut tx, account).await?;
    }
    let name = cx.vault.open_text(store::NAME, &gone.name_sealed)?;
    notice::tell(&mut tx, cx, &stored, rules::removed(&name)).await?;
    let detail = json!({ "passkey": id });
    audit::record(&mut tx, cx, actor, subject(&stored, "passkey.remove", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// How many passkeys an account has.
pub(crate) async fn count_of(tx: &mut Tx, account: AccountId) -> Result<i64, Error> {
    Ok(store::count_passkeys(tx, account).await?)
}

/// Asks for a passkey: of anybody to sign in, otherwise of `account`.
pub async fn begin_proving(
    cx: &Cx,
    at: At<'_>,
    purpose: Purpose,
    account: Option<AccountId>,
) -> Result<Begun, Error> {
    let mut tx = cx.begin().await?;
    let mut allowed = Vec::new();
    if let Some(account) = account {
        for key in store::list_passkeys(&mut tx, account).await? {
            allowed.push((credential_id(cx, &key)?, key.transports));
        }
        if allowed.is_empty() {
            return Err(Error::PasskeyNotFound);
        }
    }
    let (options, state) = at.party.ask_proof(&allowed)?;
    let ceremony = begin(&mut tx, cx, at, purpose, account, &state).await?;
    tx.commit().await?;
    Ok(Begun { ceremony, options })
}

/// Takes the answer to [`begin_proving`]. Every try is counted; whatever is wrong with it, whosever passkey it is and in
/// whatever state the account, the refusal is the same. What was wrong stands in the audit.
pub async fn prove(
    cx: &Cx,
    actor: &Actor,
    at: At<'_>,
    purpose: Purpose,
    account: Option<AccountId>,
    answer: Answer<'_>,
) -> Result<Proven, Error> {
    let mut keys = vec![Key::address(cx, Scope::Address, &actor.address)];
    keys.extend(account.map(|account| Key::address_user(cx, &actor.address, &account.to_string())));
    throttle::claim(cx, keys.clone()).await?;
    let Some((asked, state)) = take(cx, at, purpose, answer).await? else {
        // A question that is too old is no try of anybody's.
        note_refusal(cx, actor, (purpose, None), account, Doubt("ceremony")).await?;
        return Err(Error::PasskeyExpired);
    };
    let mut tx = cx.read().await?;
    let found = match ProofAnswer::read(answer.credential) {
        Ok(read) => {
            let owned = store::find_owned(&mut tx, &index_of(cx, read.credential_id())).await?;
            owned.map(|owned| (read, owned)).ok_or(Doubt("unknown"))
        }
        Err(doubt) => Err(doubt),
    };
    drop(tx);
    let (read, owned) = match found {
        Ok(found) => found,
        Err(doubt) => return refuse(cx, actor, (purpose, at), account, doubt).await,
    };
    let handle = cx.vault.open(store::HANDLE, &owned.handle_sealed)?;
    let credential = cx.vault.open(store::CREDENTIAL, &owned.key.credential_sealed)?;
    let checked = if asked == account {
        rules::belongs(&read, &owned, &handle, account)
            .and_then(|()| at.party.check_proof(&read, &state, &credential))
    } else {
        Err(Doubt("foreign"))
    };
    let noted = match checked {
        Ok(shown) => note_use(cx, actor, &owned, shown, keys).await?,
        Err(doubt) => Err(doubt),
    };
    match noted {
        Ok(()) => Ok(Proven { account: owned.key.account, method: Method::Passkey, user_verified: true }),
        Err(doubt) => refuse(cx, actor, (purpose, at), Some(owned.key.account), doubt).await,
    }
}

/// Notes that the passkey was used. A counter that goes back is an alarm for its owner and for staff.
async fn note_use(
    cx: &Cx,
    actor: &Actor,
    owned: &Owned,
    shown: Shown,
    keys: Vec<Key>,
) -> Result<Result<(), Doubt>, Error> {
    let (id, now) = (owned.key.id, cx.now());
    let mut tx = cx.begin().await?;
    let Some(kept) = store::lock_count(&mut tx, id).await? else { return Ok(Err(Doubt("unknown"))) };
    store::update_used(&mut tx, id, kept.max(shown.sign_count), shown.backup_state, now).await?;
    throttle::forget(&mut tx, cx, keys).await?;
    if rules::counts_backwards(kept, shown.sign_count) {
        store::update_alarmed(&mut tx, id, now).await?;
        let account = owned.key.account;
        let stored = account::find_account(&mut tx, account).await?.ok_or(Error::NotFound)?;
        let name = cx.vault.open_text(store::NAME, &owned.key.name_sealed)?;
        notice::tell(&mut tx, cx, &stored, rules::alarmed(&name)).await?;
        let detail = json!({ "passkey": id, "kept": kept, "shown": shown.sign_count });
        audit::record(&mut tx, cx, actor, subject(&stored, "passkey.count_backwards", detail)).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// The one refusal there is.
async fn refuse<T>(
    cx: &Cx,
    actor: &Actor,
    (purpose, at): (Purpose, At<'_>),
    account: Option<AccountId>,
    doubt: Doubt,
) -> Result<T, Error> {
    note_refusal(cx, actor, (purpose, Some(at.agent)), account, doubt).await?;
    Err(Error::PasskeyRefused)
}

/// The audit says what was wrong. A try, by an `agent`, at an account that is known counts for it like a wrong password.
async fn note_refusal(
    cx: &Cx,
    actor: &Actor,
    (purpose, agent): (Purpose, Option<&str>),
    account: Option<AccountId>,
    Doubt(reason): Doubt,
) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let stored = match account {
        Some(account) => account::find_account(&mut tx, account).await?,
        None => None,
    };
    if let (Some(stored), Some(agent)) = (&stored, agent) {
        let signs_in = matches!(purpose, Purpose::SignIn | Purpose::SecondFactor);
        let client = signs_in.then(|| session::client(agent, actor));
        signin::note_try(&mut tx, cx, actor, stored, Method::Passkey, client.as_ref()).await?;
    }
    let entry = audit::Entry {
        verb: "passkey.refused",
        object_kind: "account",
        object: account.map_or(0, |account| account.0),
        customer: stored.as_ref().and_then(StoredAccount::as_customer),
        detail: json!({ "purpose": purpose.name(), "reason": reason }),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn begin(
    tx: &mut Tx,
    cx: &Cx,
    at: At<'_>,
    purpose: Purpose,
    account: Option<AccountId>,
    state: &[u8],
) -> Result<CeremonyId, Error> {
    let ceremony = Ceremony {
        id: CeremonyId::new(&cx.ids, cx.now()),
        browser_index: cx.vault.keyed(store::BROWSER, at.browser),
        purpose,
        account,
        state_sealed: cx.vault.seal(cx.rng.as_ref(), store::STATE, state)?,
        expires_at: cx.now().plus(VALID),
    };
    store::insert_ceremony(tx, &ceremony).await?;
    Ok(ceremony.id)
}

/// Uses a ceremony up before its answer is looked at. Commits on its own, so that no failure gives it back.
async fn take(
    cx: &Cx,
    at: At<'_>,
    purpose: Purpose,
    answer: Answer<'_>,
) -> Result<Option<(Option<AccountId>, Vec<u8>)>, Error> {
    let Ok(id) = answer.ceremony.parse::<CeremonyId>() else { return Ok(None) };
    let mut tx = cx.begin().await?;
    let browser = cx.vault.keyed(store::BROWSER, at.browser);
    let taken = store::take_ceremony(&mut tx, id, &browser, purpose, cx.now()).await?;
    tx.commit().await?;
    taken.map(|(account, sealed)| Ok((account, cx.vault.open(store::STATE, &sealed)?))).transpose()
}

fn index_of(cx: &Cx, credential_id: &[u8]) -> Vec<u8> {
    cx.vault.blind_index(store::CREDENTIAL, &rules::text_of(credential_id))
}

fn credential_id(cx: &Cx, key: &Stored) -> Result<Vec<u8>, Error> {
    rules::id_of(&cx.vault.open(store::CREDENTIAL, &key.credential_sealed)?)
}

/// The account's handle, made when it is first needed.
async fn handle_of(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<[u8; 16], Error> {
    let mut fresh = [0; 16];
    cx.rng.fill(&mut fresh);
    let sealed = cx.vault.seal(cx.rng.as_ref(), store::HANDLE, &fresh)?;
    store::insert_owner(tx, account, sealed, cx.now()).await?;
    let kept = store::find_owner(tx, account).await?.ok_or(Error::NotFound)?;
    cx.vault.open(store::HANDLE, &kept)?.try_into().map_err(|_| Error::bug("a handle has 16 bytes"))
}

/// What the person's list of passkeys says beside this site's name: the address they sign in with, masked.
fn shown_name(cx: &Cx, stored: &StoredAccount) -> Result<String, Error> {
    Ok(match (&stored.phone, &stored.email) {
        (Some(phone), _) => kernel::mask_phone(&account::open_phone(cx, &phone.sealed)?),
        (None, Some(email)) => kernel::mask_email(&account::open_email(cx, &email.sealed)?),
        (None, None) => stored.id.to_string(),
    })
}

/// Removes ceremonies nobody answered.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}

/// Takes every passkey away, in the caller's transaction: for a recovery that proved who it is in another way.
pub(crate) async fn remove_all(tx: &mut Tx, account: AccountId) -> Result<u64, Error> {
    Ok(store::delete_all(tx, account).await?)
}
