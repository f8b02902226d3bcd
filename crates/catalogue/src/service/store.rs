//! Versions and what is current, in the database.

use db::{Result, Tx, params};
use kernel::Timestamp;

use super::model::VersionInfo;

db::statements! {
    OPEN_STATE = "INSERT INTO catalogue_state (id, revision) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
    NEXT_REVISION = "UPDATE catalogue_state SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    REVISION = "SELECT revision FROM catalogue_state WHERE id = 1";
    CURRENT = "SELECT v.code, v.version, v.hash, v.file, v.source, v.published_at, v.published_by, c.vertical, c.place
               FROM service_current c JOIN service_version v ON v.code = c.code AND v.version = c.version
               ORDER BY c.vertical, c.place, c.code";
    VERSION = "SELECT v.code, v.version, v.hash, v.file, v.source, v.published_at, v.published_by, '', CAST(0 AS BIGINT)
               FROM service_version v WHERE v.code = $1 AND v.version = $2";
    HISTORY = "SELECT code, version, hash, file, published_at, published_by FROM service_version
               WHERE code = $1 ORDER BY version DESC LIMIT 100";
    LATEST = "SELECT code, MAX(version) FROM service_version GROUP BY code";
    INSERT_VERSION = "INSERT INTO service_version (code, version, hash, file, source, published_at, published_by)
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
    SET_CURRENT = "INSERT INTO service_current (code, version, vertical, place) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (code) DO UPDATE SET version = excluded.version, vertical = excluded.vertical,
                                                    place = excluded.place";
    REMOVE_CURRENT = "DELETE FROM service_current WHERE code = $1";
}

/// A version as it is kept; `vertical` and `place` are set for current ones.
#[derive(Debug, Clone)]
pub(crate) struct VersionRow {
    pub code: String,
    pub version: i64,
    pub hash: String,
    pub file: String,
    pub source: String,
    pub published_at: Timestamp,
    pub published_by: String,
    pub vertical: String,
    pub place: i64,
}

fn version_row(row: &db::Row) -> Result<VersionRow> {
    let mut r = row.reader();
    Ok(VersionRow {
        code: r.get()?,
        version: r.get()?,
        hash: r.get()?,
        file: r.get()?,
        source: r.get()?,
        published_at: r.get()?,
        published_by: r.get()?,
        vertical: r.get()?,
        place: r.get()?,
    })
}

/// Locks the catalogue until the end of the transaction; the number of this publication.
pub(crate) async fn next_revision(tx: &mut Tx) -> Result<i64> {
    tx.execute(&OPEN_STATE, params![]).await?;
    tx.one(&NEXT_REVISION, params![]).await?.reader().get()
}

/// 0 when nothing was ever published.
pub(crate) async fn find_revision(tx: &mut Tx) -> Result<i64> {
    Ok(tx.first(&REVISION, params![]).await?.map(|row| row.reader().get()).transpose()?.unwrap_or(0))
}

pub(crate) async fn list_current(tx: &mut Tx) -> Result<Vec<VersionRow>> {
    tx.all(&CURRENT, params![]).await?.iter().map(version_row).collect()
}

pub(crate) async fn find_version(tx: &mut Tx, code: &str, version: i64) -> Result<Option<VersionRow>> {
    tx.first(&VERSION, params![code, version]).await?.as_ref().map(version_row).transpose()
}

pub(crate) async fn list_history(tx: &mut Tx, code: &str) -> Result<Vec<VersionInfo>> {
    let read = |row: &db::Row| {
        let mut r = row.reader();
        Ok(VersionInfo {
            code: r.get()?,
            version: r.get()?,
            hash: r.get()?,
            file: r.get()?,
            published_at: r.get()?,
            published_by: r.get()?,
        })
    };
    tx.all(&HISTORY, params![code]).await?.iter().map(read).collect()
}

/// The highest version of every code ever published.
pub(crate) async fn latest_versions(tx: &mut Tx) -> Result<std::collections::HashMap<String, i64>> {
    let read = |row: &db::Row| {
        let mut r = row.reader();
        Ok((r.get()?, r.get()?))
    };
    tx.all(&LATEST, params![]).await?.iter().map(read).collect()
}

pub(crate) async fn insert_version(tx: &mut Tx, row: &VersionRow) -> Result<()> {
    let values = params![
        &row.code,
        row.version,
        &row.hash,
        &row.file,
        &row.source,
        row.published_at,
        &row.published_by
    ];
    tx.execute(&INSERT_VERSION, values).await.map(|_| ())
}

pub(crate) async fn set_current(tx: &mut Tx, row: &VersionRow) -> Result<()> {
    tx.execute(&SET_CURRENT, params![&row.code, row.version, &row.vertical, row.place]).await.map(|_| ())
}

pub(crate) async fn remove_current(tx: &mut Tx, code: &str) -> Result<()> {
    tx.execute(&REMOVE_CURRENT, params![code]).await.map(|_| ())
}
