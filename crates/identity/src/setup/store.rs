//! SQL of one-time links. A link is used by deleting it, which only one transaction can do.

use db::{Result, Row, Tx, params};
use kernel::{Role, Timestamp};

use super::model::{LinkId, StoredLink};

db::statements! {
    INSERT = "INSERT INTO setup_link (id, token_hash, role, for_first, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND = "SELECT id, role, for_first, created_by, created_at, expires_at FROM setup_link WHERE token_hash = $1 AND expires_at > $2";
    TAKE = "DELETE FROM setup_link WHERE token_hash = $1 AND expires_at > $2
        RETURNING id, role, for_first, created_by, created_at, expires_at";
    DELETE_FIRST = "DELETE FROM setup_link WHERE for_first = $1";
    DELETE_EXPIRED = "DELETE FROM setup_link WHERE expires_at < $1";
}

pub(crate) async fn insert_link(tx: &mut Tx, link: &StoredLink, token_hash: [u8; 32]) -> Result<()> {
    let values = params![
        link.id.0,
        token_hash,
        link.role.name(),
        link.for_first,
        link.created_by,
        link.created_at,
        link.expires_at,
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_link(
    tx: &mut Tx,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredLink>> {
    tx.first(&FIND, params![token_hash, now]).await?.as_ref().map(link).transpose()
}

/// Uses the link up.
pub(crate) async fn take_link(
    tx: &mut Tx,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<StoredLink>> {
    tx.first(&TAKE, params![token_hash, now]).await?.as_ref().map(link).transpose()
}

/// Voids every link for the first administrator.
pub(crate) async fn delete_first(tx: &mut Tx) -> Result<u64> {
    tx.execute(&DELETE_FIRST, params![true]).await
}

pub(crate) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&DELETE_EXPIRED, params![now]).await
}

fn link(row: &Row) -> Result<StoredLink> {
    let mut r = row.reader();
    let id = LinkId(r.get()?);
    let role = Role::from_name(&r.get::<String>()?)
        .ok_or_else(|| db::Error::Shape("setup_link.role has an unknown word".to_owned()))?;
    Ok(StoredLink {
        id,
        role,
        for_first: r.get()?,
        created_by: r.get()?,
        created_at: r.get()?,
        expires_at: r.get()?,
    })
}
