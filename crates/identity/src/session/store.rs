//! SQL of sessions.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Permissions, Timestamp};

use crate::account::{AccountState, preferences_of, roles_of};
use crate::device::DeviceId;
use crate::signin::Method;

use super::model::{Found, SessionId, SessionKind, SignedIn, Stage, StoredSession};

db::statements! {
    INSERT = "INSERT INTO session (id, token_hash, account_id, kind, stage, methods, acting_for, device_id, client_sealed,
            created_at, proved_at, seen_at, expires_at, signals_sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    // In the path of every request: one look-up by unique index, one by primary key.
    FIND_BY_TOKEN = "SELECT s.id, s.kind, s.stage, s.methods, s.acting_for, s.device_id, s.account_id, s.created_at,
            s.proved_at, s.seen_at, s.expires_at, a.state, a.roles, a.locale, a.theme, a.text_size, a.phone_verified_at, a.email_verified_at
        FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = $1";
    LIST = "SELECT id, account_id, kind, stage, methods, acting_for, device_id, client_sealed, created_at, proved_at,
            seen_at, expires_at, signals_sealed
        FROM session WHERE account_id = $1 AND expires_at > $2 AND stage = 'open' ORDER BY id DESC LIMIT 100";
    TAKE = "DELETE FROM session WHERE token_hash = $1 AND account_id = $2 AND expires_at > $3
        RETURNING id, account_id, kind, stage, methods, acting_for, device_id, client_sealed, created_at, proved_at,
            seen_at, expires_at, signals_sealed";
    PROVE = "UPDATE session SET token_hash = $2, proved_at = $3, seen_at = $3, methods = $4
        WHERE token_hash = $1 AND account_id = $5 AND stage = 'open'";
    ACT_FOR = "UPDATE session SET acting_for = $3 WHERE token_hash = $1 AND account_id = $2 AND stage = 'open'";
    FORGET_DEVICE = "DELETE FROM session WHERE account_id = $1 AND device_id = $2 AND id <> $3";
    UPDATE_SEEN = "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2";
    DELETE = "DELETE FROM session WHERE id = $1 AND account_id = $2";
    DELETE_BY_TOKEN = "DELETE FROM session WHERE token_hash = $1 RETURNING id, account_id";
    DELETE_OTHERS = "DELETE FROM session WHERE account_id = $1 AND id <> $2";
    DELETE_SURPLUS = "DELETE FROM session WHERE account_id = $1
        AND id <= (SELECT id FROM session WHERE account_id = $1 ORDER BY id DESC LIMIT 1 OFFSET 99)";
    DELETE_EXPIRED = "DELETE FROM session WHERE expires_at < $1";
}

pub(crate) async fn insert_session(tx: &mut Tx, session: &StoredSession, token_hash: [u8; 32]) -> Result<()> {
    let values = params![
        session.id.0,
        token_hash,
        session.account,
        session.kind.name(),
        session.stage.name(),
        Method::to_text(&session.methods),
        session.acting_for,
        session.device.map(DeviceId::raw),
        &session.client_sealed,
        session.created_at,
        session.proved_at,
        session.seen_at,
        session.expires_at,
        session.signals_sealed.as_deref(),
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// Session and account in one look-up.
pub(crate) async fn find_by_token(tx: &mut Tx, token_hash: [u8; 32]) -> Result<Option<Found>> {
    tx.first(&FIND_BY_TOKEN, params![token_hash]).await?.as_ref().map(found).transpose()
}

pub(crate) async fn list_sessions(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<StoredSession>> {
    tx.all(&LIST, params![account, now]).await?.iter().map(stored).collect()
}

/// False when there is no such open session.
pub(crate) async fn update_acting_for(
    tx: &mut Tx,
    token_hash: [u8; 32],
    account: AccountId,
    party: Option<AccountId>,
) -> Result<bool> {
    Ok(tx.execute(&ACT_FOR, params![token_hash, account, party]).await? == 1)
}

pub(crate) async fn update_seen(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<()> {
    tx.execute(&UPDATE_SEEN, params![id.0, now]).await?;
    Ok(())
}

/// Rows gone: 0 when the session is not this account's.
pub(crate) async fn delete_session(tx: &mut Tx, id: SessionId, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE, params![id.0, account]).await
}

pub(crate) async fn delete_by_token(
    tx: &mut Tx,
    token_hash: [u8; 32],
) -> Result<Option<(SessionId, AccountId)>> {
    let Some(row) = tx.first(&DELETE_BY_TOKEN, params![token_hash]).await? else { return Ok(None) };
    let mut r = row.reader();
    Ok(Some((SessionId(r.get()?), r.get()?)))
}

/// Ends all sessions of an account but `keep`.
pub(crate) async fn delete_others(tx: &mut Tx, account: AccountId, keep: Option<SessionId>) -> Result<u64> {
    // No session has the id 0.
    tx.execute(&DELETE_OTHERS, params![account, keep.map_or(0, SessionId::raw)]).await
}

/// Makes room: of a hundred sessions the oldest goes.
pub(crate) async fn delete_surplus(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE_SURPLUS, params![account]).await
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}

/// Takes a session away to go on under another token: only one caller gets it.
pub(crate) async fn take_session(
    tx: &mut Tx,
    token_hash: [u8; 32],
    account: AccountId,
    now: Timestamp,
) -> Result<Option<StoredSession>> {
    tx.first(&TAKE, params![token_hash, account, now]).await?.as_ref().map(stored).transpose()
}

/// Notes a fresh proof and gives the session another token; 0 when it is no longer there.
pub(crate) async fn update_proved(
    tx: &mut Tx,
    (old, new): ([u8; 32], [u8; 32]),
    account: AccountId,
    methods: &[Method],
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&PROVE, params![old, new, now, Method::to_text(methods), account]).await
}

/// Ends what was opened on one device, but `keep`.
pub(crate) async fn delete_of_device(
    tx: &mut Tx,
    account: AccountId,
    device: DeviceId,
    keep: Option<SessionId>,
) -> Result<u64> {
    tx.execute(&FORGET_DEVICE, params![account, device.0, keep.map_or(0, SessionId::raw)]).await
}

fn found(row: &Row) -> Result<Found> {
    let mut r = row.reader();
    let session = SessionId(r.get()?);
    let kind = known(SessionKind::from_name(&r.get::<String>()?))?;
    let stage = known(Stage::from_name(&r.get::<String>()?))?;
    let methods = Method::list(&r.get::<String>()?);
    let (acting_for, device) = (r.get()?, r.get::<Option<i64>>()?.map(DeviceId));
    let (account, created_at, proved_at, seen_at, expires_at) =
        (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let state = known(AccountState::from_name(&r.get::<String>()?))?;
    let roles = roles_of(&r.get::<String>()?)?;
    let preferences = preferences_of(&r.get::<String>()?, &r.get::<String>()?, &r.get::<String>()?)?;
    let (phone, email): (Option<Timestamp>, Option<Timestamp>) = (r.get()?, r.get()?);
    let signed_in = SignedIn {
        session,
        kind,
        stage,
        account,
        roles,
        permissions: Permissions::NONE,
        acting_for,
        preferences,
        verified: phone.or(email).is_some(),
        methods,
        device,
        created_at,
        proved_at,
        expires_at,
    };
    Ok(Found { signed_in, state, seen_at })
}

fn stored(row: &Row) -> Result<StoredSession> {
    let mut r = row.reader();
    Ok(StoredSession {
        id: SessionId(r.get()?),
        account: r.get()?,
        kind: known(SessionKind::from_name(&r.get::<String>()?))?,
        stage: known(Stage::from_name(&r.get::<String>()?))?,
        methods: Method::list(&r.get::<String>()?),
        acting_for: r.get()?,
        device: r.get::<Option<i64>>()?.map(DeviceId),
        client_sealed: r.get()?,
        created_at: r.get()?,
        proved_at: r.get()?,
        seen_at: r.get()?,
        expires_at: r.get()?,
        signals_sealed: r.get()?,
    })
}

fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape("a session has an unknown word".to_owned()))
}
