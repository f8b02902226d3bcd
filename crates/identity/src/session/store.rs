//! SQL of sessions.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Timestamp};

use crate::account::{AccountState, preferences_of, roles_of};

use super::model::{Found, SessionId, SessionKind, SignedIn, StoredSession};

db::statements! {
    INSERT = "INSERT INTO session (id, token_hash, account_id, kind, client_sealed, created_at, proved_at, seen_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)";
    // In the path of every request: one look-up by unique index, one by primary key.
    FIND_BY_TOKEN = "SELECT s.id, s.kind, s.account_id, s.created_at, s.proved_at, s.seen_at, s.expires_at,
            a.state, a.roles, a.locale, a.theme, a.text_size, a.phone_verified_at, a.email_verified_at
        FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = $1";
    LIST = "SELECT id, account_id, kind, client_sealed, created_at, seen_at, expires_at
        FROM session WHERE account_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 100";
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
        &session.client_sealed,
        session.created_at,
        session.expires_at,
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

fn found(row: &Row) -> Result<Found> {
    let mut r = row.reader();
    let session = SessionId(r.get()?);
    let kind = known(SessionKind::from_name(&r.get::<String>()?))?;
    let (account, created_at, proved_at, seen_at, expires_at) =
        (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let state = known(AccountState::from_name(&r.get::<String>()?))?;
    let roles = roles_of(&r.get::<String>()?)?;
    let preferences = preferences_of(&r.get::<String>()?, &r.get::<String>()?, &r.get::<String>()?)?;
    let (phone, email): (Option<Timestamp>, Option<Timestamp>) = (r.get()?, r.get()?);
    let verified = phone.or(email).is_some();
    let signed_in =
        SignedIn { session, kind, account, roles, preferences, verified, created_at, proved_at, expires_at };
    Ok(Found { signed_in, state, seen_at })
}

fn stored(row: &Row) -> Result<StoredSession> {
    let mut r = row.reader();
    Ok(StoredSession {
        id: SessionId(r.get()?),
        account: r.get()?,
        kind: known(SessionKind::from_name(&r.get::<String>()?))?,
        client_sealed: r.get()?,
        created_at: r.get()?,
        seen_at: r.get()?,
        expires_at: r.get()?,
    })
}

fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape("a session has an unknown word".to_owned()))
}
