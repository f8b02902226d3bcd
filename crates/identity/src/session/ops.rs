//! Opening, proving and ending sessions, and knowing who sent a request.

use audit::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Timestamp};
use risk::LoginSignals;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use vault::Vault;

use crate::Error;
use crate::account::StoredAccount;
use crate::device::DeviceId;
use crate::organisation;
use crate::role;
use crate::signin::Method;
use crate::throttle::Claimed;
use crate::token::{Token, hash_of};

use super::model::{Client, NewSession, SessionId, SessionKind, SessionView, SignedIn, Stage, StoredSession};
use super::{rules, store};

const CLIENT: &str = "identity.session.client";
const SIGNALS: &str = "identity.session.signals";
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("session", "client_sealed", CLIENT),
    vault::SealedColumn::new("session", "signals_sealed", SIGNALS),
];
const CSRF: &str = "identity.session.csrf";

/// Who holds this token, if anybody, and if the session is open. In the path of every request: one read; once in five
/// minutes a write.
pub async fn authenticate(cx: &Cx, token: &str) -> Result<Option<SignedIn>, Error> {
    Ok(find_session(cx, token).await?.filter(|signed_in| signed_in.stage == Stage::Open))
}

/// The same, also for a session that waits for a second factor: its actor has no permission.
pub async fn find_session(cx: &Cx, token: &str) -> Result<Option<SignedIn>, Error> {
    let Some(hash) = hash_of(token) else { return Ok(None) };
    let now = cx.now();
    let mut tx = cx.read().await?;
    let found = store::find_by_token(&mut tx, hash).await?;
    let Some(mut found) = found.filter(|found| rules::is_live(found, now)) else { return Ok(None) };
    settle_rights(&mut tx, &mut found.signed_in).await?;
    drop(tx);
    if rules::is_seen_again(&found, now) {
        // Worth a note in the log, not a refusal.
        if let Err(error) = note_seen(cx, found.signed_in.session, now).await {
            tracing::warn!(%error, "last seen was not written");
        }
    }
    Ok(Some(found.signed_in))
}

/// What the session allows now: the rights of the roles, or those of the place in the organisation somebody acts for. Whoever
/// is no member any more acts for themselves.
async fn settle_rights(tx: &mut Tx, signed_in: &mut SignedIn) -> Result<(), Error> {
    let standing = match signed_in.acting_for {
        Some(party) => organisation::standing(tx, party, signed_in.account).await?,
        None => None,
    };
    signed_in.acting_for = signed_in.acting_for.filter(|_| standing.is_some());
    let rights = match standing {
        Some(standing) => role::rights_of(tx, &[standing.role]).await?,
        None => role::rights_of(tx, &signed_in.roles).await?,
    };
    signed_in.permissions = rights.permissions;
    Ok(())
}

/// Whose business the session is about from now on, in the caller's transaction.
pub(crate) async fn set_acting_for(
    tx: &mut Tx,
    token: &str,
    account: AccountId,
    party: Option<AccountId>,
) -> Result<(), Error> {
    let hash = hash_of(token).ok_or(Error::SessionNotFound)?;
    if store::update_acting_for(tx, hash, account, party).await? {
        Ok(())
    } else {
        Err(Error::SessionNotFound)
    }
}

async fn note_seen(cx: &Cx, session: SessionId, now: Timestamp) -> db::Result<()> {
    let mut tx = cx.begin().await?;
    store::update_seen(&mut tx, session, now).await?;
    tx.commit().await
}

/// What a wrong password is answered with: the tries left, or how long to wait.
pub(crate) fn refusal(claimed: Claimed) -> Error {
    if claimed.wait.0 > 0 { Error::wrong_wait(claimed.wait) } else { Error::wrong(claimed.left) }
}

/// A session to be written.
pub(crate) struct Opening<'a> {
    pub kind: SessionKind,
    pub stage: Stage,
    pub methods: Vec<Method>,
    pub acting_for: Option<AccountId>,
    pub device: Option<DeviceId>,
    pub device_token: Option<Token>,
    pub proved_at: Timestamp,
    /// What to learn once a second factor was shown.
    pub signals: Option<&'a LoginSignals>,
}

/// Writes a session in the caller's transaction.
pub(crate) async fn open(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    client: &Client,
    opening: Opening<'_>,
) -> Result<NewSession, Error> {
    let now = cx.now();
    let token = Token::new(cx.rng.as_ref());
    let client = serde_json::to_vec(client).map_err(Error::bug)?;
    let session = StoredSession {
        id: SessionId::new(&cx.ids, now),
        account: account.id,
        kind: opening.kind,
        stage: opening.stage,
        methods: opening.methods,
        acting_for: opening.acting_for,
        device: opening.device,
        client_sealed: cx.vault.seal(cx.rng.as_ref(), CLIENT, &client)?,
        signals_sealed: opening.signals.map(|signals| seal_signals(cx, signals)).transpose()?,
        created_at: now,
        proved_at: opening.proved_at,
        seen_at: now,
        expires_at: now.plus(rules::lifetime(&account.roles, opening.stage)),
    };
    store::delete_surplus(tx, account.id).await?;
    store::insert_session(tx, &session, token.hash()).await?;
    Ok(NewSession {
        token,
        id: session.id,
        account: account.id,
        roles: account.roles.clone(),
        preferences: account.preferences,
        stage: session.stage,
        expires_at: session.expires_at,
        device_token: opening.device_token,
    })
}

fn seal_signals(cx: &Cx, signals: &LoginSignals) -> Result<Vec<u8>, Error> {
    let plain = serde_json::to_vec(signals).map_err(Error::bug)?;
    Ok(cx.vault.seal(cx.rng.as_ref(), SIGNALS, &plain)?)
}

/// What the risk of a session that waited for a second factor was judged by.
pub(crate) fn signals_of(cx: &Cx, session: &StoredSession) -> Result<Option<LoginSignals>, Error> {
    let Some(sealed) = &session.signals_sealed else { return Ok(None) };
    serde_json::from_slice(&cx.vault.open(SIGNALS, sealed)?).map(Some).map_err(Error::bug)
}

/// Takes the session of this token away, in the caller's transaction, so that it can go on under another token; `None` when
/// it is no longer there. Only one of several callers gets it.
pub(crate) async fn take(
    tx: &mut Tx,
    cx: &Cx,
    token: &str,
    account: AccountId,
) -> Result<Option<StoredSession>, Error> {
    let Some(hash) = hash_of(token) else { return Ok(None) };
    Ok(store::take_session(tx, hash, account, cx.now()).await?)
}

/// Notes a fresh proof in the session of this token and gives it a new one, in the caller's transaction.
pub(crate) async fn prove(
    tx: &mut Tx,
    cx: &Cx,
    signed_in: &SignedIn,
    token: &str,
    method: Method,
) -> Result<Token, Error> {
    let old = hash_of(token).ok_or(Error::SignInNeeded)?;
    let new = Token::new(cx.rng.as_ref());
    let mut methods = signed_in.methods.clone();
    if !methods.contains(&method) {
        methods.push(method);
    }
    let tokens = (old, new.hash());
    if store::update_proved(tx, tokens, signed_in.account, &methods, cx.now()).await? == 0 {
        return Err(Error::SignInNeeded);
    }
    Ok(new)
}

/// Ends the session of this token in the caller's transaction, whoever's it is.
pub(crate) async fn end_token(tx: &mut Tx, token: &str) -> Result<(), Error> {
    if let Some(hash) = hash_of(token) {
        store::delete_by_token(tx, hash).await?;
    }
    Ok(())
}

/// Ends the session of this token. Doing it again, or with anything else, changes nothing.
pub async fn log_out(cx: &Cx, actor: &Actor, token: &str) -> Result<(), Error> {
    let Some(hash) = hash_of(token) else { return Ok(()) };
    let mut tx = cx.begin().await?;
    if let Some((session, account)) = store::delete_by_token(&mut tx, hash).await? {
        note_act(&mut tx, cx, actor, account, "session.end", json!({ "session": session })).await?;
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
            methods: row.methods,
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
    note_act(&mut tx, cx, actor, account, "session.end", json!({ "session": id })).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the actor's sessions but `current`; how many there were.
pub async fn end_other_sessions(cx: &Cx, actor: &Actor, current: SessionId) -> Result<u64, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let ended = end_others_of(&mut tx, account, Some(current)).await?;
    note_act(&mut tx, cx, actor, account, "session.end", json!({ "others": ended })).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The audit of what somebody did to their own account; the last act of a transaction.
pub(crate) async fn note_act(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: AccountId,
    verb: &'static str,
    detail: Value,
) -> Result<(), Error> {
    let customer = Some(account);
    let entry = Entry { verb, object_kind: "account", object: account.0, customer, detail, reason: None };
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

/// Ends what was opened on one device, in the caller's transaction.
pub(crate) async fn end_of_device(
    tx: &mut Tx,
    account: AccountId,
    device: DeviceId,
    keep: Option<SessionId>,
) -> Result<u64, Error> {
    Ok(store::delete_of_device(tx, account, device, keep).await?)
}

/// Removes expired sessions.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}

/// What a form of this session must carry, made from the cookie's value: nobody can make it without cookie and key. Also
/// for pages before signing in, with whatever random value their cookie has.
pub fn csrf_token(vault: &Vault, cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(vault.keyed(CSRF, cookie))
}

/// Whether a form's token belongs to the cookie. Compared in constant time.
pub fn csrf_matches(vault: &Vault, cookie: &str, given: &str) -> bool {
    csrf_token(vault, cookie).as_bytes().ct_eq(given.as_bytes()).into()
}
