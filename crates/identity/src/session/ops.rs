//! Signing in and out, and knowing who sent a request.

use audit::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, ActorKind, Timestamp};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use vault::Vault;

use crate::Error;
use crate::account::{self, AccountState, StoredAccount, parse_contact, subject};
use crate::password::Hasher;
use crate::throttle::{self, Claimed, Key, Scope};
use crate::token::{Token, hash_of};

use super::model::{Client, LogIn, NewSession, SessionId, SessionView, SignedIn, StoredSession};
use super::{rules, store};

const CLIENT: &str = "identity.session.client";
const CSRF: &str = "identity.session.csrf";
/// What is typed as account is counted up to this length.
const LONGEST_CONTACT: usize = 254;

/// Who holds this token, if anybody. In the path of every request: one read; once in five minutes a write.
pub async fn authenticate(cx: &Cx, token: &str) -> Result<Option<SignedIn>, Error> {
    let Some(hash) = hash_of(token) else { return Ok(None) };
    let now = cx.now();
    let found = store::find_by_token(&mut cx.read().await?, hash).await?;
    let Some(found) = found.filter(|found| rules::is_live(found, now)) else { return Ok(None) };
    if rules::is_seen_again(found.seen_at, now) {
        // Worth a note in the log, not a refusal.
        if let Err(error) = note_seen(cx, found.signed_in.session, now).await {
            tracing::warn!(%error, "last seen was not written");
        }
    }
    Ok(Some(found.signed_in))
}

async fn note_seen(cx: &Cx, session: SessionId, now: Timestamp) -> db::Result<()> {
    let mut tx = cx.begin().await?;
    store::update_seen(&mut tx, session, now).await?;
    tx.commit().await
}

/// Signs in. The try is counted before the password is looked at; an unknown account is answered like a wrong password,
/// after the same work.
pub async fn log_in(cx: &Cx, hasher: &Hasher, actor: &Actor, input: LogIn) -> Result<NewSession, Error> {
    let contact = parse_contact(&input.contact).ok();
    let typed = contact.as_ref().map_or(input.contact.trim(), |contact| contact.as_str());
    let user: String = typed.chars().take(LONGEST_CONTACT).collect();
    let keys = vec![
        Key::address(cx, Scope::Address, &actor.address),
        Key::address_user(cx, &actor.address, &user),
        Key::new(cx, Scope::User, &user),
    ];
    let claimed = throttle::claim(cx, keys.clone()).await?;
    let account = match &contact {
        Some(contact) => account::find_by_contact(&mut cx.read().await?, cx, contact).await?,
        None => None,
    };
    let stored = account.as_ref().and_then(|account| account.password.as_ref());
    let right = hasher.verify(stored, &input.password).await?;
    match account {
        Some(account) if right => open(cx, actor, account, keys, input).await,
        other => {
            note_failure(cx, actor, other.as_ref()).await?;
            Err(refusal(claimed))
        }
    }
}

/// What a wrong password is answered with: the tries left, or how long to wait.
pub(crate) fn refusal(claimed: Claimed) -> Error {
    if claimed.wait.0 > 0 { Error::wrong_wait(claimed.wait) } else { Error::wrong(claimed.left) }
}

async fn note_failure(cx: &Cx, actor: &Actor, account: Option<&StoredAccount>) -> Result<(), Error> {
    let entry = Entry {
        verb: "session.log_in_failed",
        object_kind: "account",
        object: account.map_or(0, |account| account.id.0),
        customer: account.and_then(StoredAccount::as_customer),
        detail: Value::Null,
        reason: None,
    };
    let mut tx = cx.begin().await?;
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The password was right: the account is looked at once more under lock, then the session is written.
async fn open(
    cx: &Cx,
    actor: &Actor,
    checked: StoredAccount,
    keys: Vec<Key>,
    input: LogIn,
) -> Result<NewSession, Error> {
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, checked.id).await?.ok_or(Error::NotFound)?;
    let refused = match account.state {
        AccountState::Active if account.password == checked.password => None,
        AccountState::Active => Some(Error::WrongState),
        AccountState::Frozen => Some(Error::Frozen),
        AccountState::Closed => Some(Error::Closed),
    };
    if let Some(error) = refused {
        let detail = json!({ "state": account.state });
        audit::record(&mut tx, cx, actor, subject(&account, "session.log_in_refused", detail)).await?;
        tx.commit().await?;
        return Err(error);
    }
    throttle::forget(&mut tx, cx, keys).await?;
    if let Some(hash) = input.previous.as_deref().and_then(hash_of) {
        store::delete_by_token(&mut tx, hash).await?;
    }
    let session = write_session(&mut tx, cx, actor, &account, &input).await?;
    let who =
        Actor { kind: ActorKind::Account { id: account.id, roles: account.roles.clone() }, ..actor.clone() };
    let detail = json!({ "kind": input.kind, "session": session.id });
    audit::record(&mut tx, cx, &who, subject(&account, "session.log_in", detail)).await?;
    tx.commit().await?;
    Ok(session)
}

async fn write_session(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    input: &LogIn,
) -> Result<NewSession, Error> {
    let now = cx.now();
    let token = Token::new(cx.rng.as_ref());
    let client = Client { device: rules::device(&input.device), address: actor.address.clone() };
    let client = serde_json::to_vec(&client).map_err(Error::bug)?;
    let session = StoredSession {
        id: SessionId::new(&cx.ids, now),
        account: account.id,
        kind: input.kind,
        client_sealed: cx.vault.seal(cx.rng.as_ref(), CLIENT, &client)?,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(rules::lifetime(&account.roles)),
    };
    store::delete_surplus(tx, account.id).await?;
    store::insert_session(tx, &session, token.hash()).await?;
    Ok(NewSession {
        token,
        id: session.id,
        account: account.id,
        roles: account.roles.clone(),
        preferences: account.preferences,
        expires_at: session.expires_at,
    })
}

/// Ends the session of this token. Doing it again, or with anything else, changes nothing.
pub async fn log_out(cx: &Cx, actor: &Actor, token: &str) -> Result<(), Error> {
    let Some(hash) = hash_of(token) else { return Ok(()) };
    let mut tx = cx.begin().await?;
    if let Some((session, account)) = store::delete_by_token(&mut tx, hash).await? {
        note_end(&mut tx, cx, actor, account, json!({ "session": session })).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The actor's own sessions, newest first.
pub async fn list_sessions(cx: &Cx, actor: &Actor) -> Result<Vec<SessionView>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let rows = store::list_sessions(&mut cx.read().await?, account, cx.now()).await?;
    let view = |row: StoredSession| {
        let client: Client =
            serde_json::from_slice(&cx.vault.open(CLIENT, &row.client_sealed)?).map_err(Error::bug)?;
        Ok(SessionView {
            id: row.id,
            kind: row.kind,
            device: client.device,
            address: client.address,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Ends one of the actor's own sessions.
pub async fn end_session(cx: &Cx, actor: &Actor, id: SessionId) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    if store::delete_session(&mut tx, id, account).await? == 0 {
        return Err(Error::SessionNotFound);
    }
    note_end(&mut tx, cx, actor, account, json!({ "session": id })).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the actor's sessions but `current`; how many there were.
pub async fn end_other_sessions(cx: &Cx, actor: &Actor, current: SessionId) -> Result<u64, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let ended = end_others_of(&mut tx, account, Some(current)).await?;
    note_end(&mut tx, cx, actor, account, json!({ "others": ended })).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn note_end(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: AccountId,
    detail: Value,
) -> Result<(), Error> {
    let customer = Some(account);
    let entry = Entry {
        verb: "session.end",
        object_kind: "account",
        object: account.0,
        customer,
        detail,
        reason: None,
    };
    audit::record(tx, cx, actor, entry).await?;
    Ok(())
}

/// Ends sessions in the caller's transaction: all of an account, or all but one.
pub(crate) async fn end_others_of(
    tx: &mut Tx,
    account: AccountId,
    keep: Option<SessionId>,
) -> Result<u64, Error> {
    Ok(store::delete_others(tx, account, keep).await?)
}

/// Removes expired sessions.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}

/// What a form of this session must carry, made from the cookie's value: nobody can make it without cookie and key. Also
/// for pages before signing in, with whatever random value their cookie has.
pub fn csrf_token(vault: &Vault, cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(vault.blind_index(CSRF, cookie))
}

/// Whether a form's token belongs to the cookie. Compared in constant time.
pub fn csrf_matches(vault: &Vault, cookie: &str, given: &str) -> bool {
    csrf_token(vault, cookie).as_bytes().ct_eq(given.as_bytes()).into()
}
