//! Rows of models.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::model::{Kept, ModelId, ModelState, Wanted};
use super::{FILE, REASON};
use crate::decision::store::name;
use crate::engine::Thresholds;

pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn::new("risk_model", "file_sealed", FILE),
    SealedColumn::new("risk_model", "reason_sealed", REASON),
];

db::statements! {
    INSERT = "INSERT INTO risk_model (id, family, file_hash, file_sealed, size_bytes, data_from, data_to, figures, state, step_up_at,
                                      review_at, deny_at, made_by, made_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
              ON CONFLICT (family, file_hash) DO NOTHING";
    FIND = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at, live_since,
                   wanted_by, wanted_at, reason_sealed FROM risk_model WHERE id = $1";
    LOCK = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at, live_since,
                   wanted_by, wanted_at, reason_sealed FROM risk_model WHERE id = $1 {for_update}";
    BY_HASH = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at,
                      live_since, wanted_by, wanted_at, reason_sealed FROM risk_model WHERE family = $1 AND file_hash = $2";
    LIST = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at, live_since,
                   wanted_by, wanted_at, reason_sealed FROM risk_model WHERE id < $1 ORDER BY id DESC LIMIT $2";
    BEFORE = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at, live_since,
                     wanted_by, wanted_at, reason_sealed FROM risk_model WHERE family = $1 AND state <> 'live' AND live_since IS NOT NULL ORDER BY live_since DESC, id DESC LIMIT 1";
    FIND_LIVE = "SELECT id, file_hash, size_bytes, data_from, data_to, figures, state, step_up_at, review_at, deny_at, made_by, made_at,
                        live_since, wanted_by, wanted_at, reason_sealed FROM risk_model WHERE family = $1 AND state = 'live'";
    AT_WORK = "SELECT id, family, state, step_up_at, review_at, deny_at FROM risk_model WHERE state IN ('live', 'shadow') ORDER BY id";
    FILE_OF = "SELECT file_sealed FROM risk_model WHERE id = $1";
    GIVE_WAY = "UPDATE risk_model SET state = 'retired', changed_by = $3, changed_at = $4 WHERE family = $1 AND state = 'live' AND id <> $2";
    WANT = "UPDATE risk_model SET wanted_by = $2, wanted_at = $3, reason_sealed = $4 WHERE id = $1";
    CHANGE = "UPDATE risk_model SET state = $2, changed_by = $3, changed_at = $4, wanted_by = NULL, wanted_at = NULL, reason_sealed = NULL
              WHERE id = $1";
    GO_LIVE = "UPDATE risk_model SET state = 'live', changed_by = $2, changed_at = $3, live_since = $3, wanted_by = NULL, wanted_at = NULL,
                                     reason_sealed = NULL WHERE id = $1";
    SET_THRESHOLDS = "UPDATE risk_model SET step_up_at = $2, review_at = $3, deny_at = $4, wanted_by = NULL, wanted_at = NULL,
                                            reason_sealed = NULL WHERE id = $1";
    SCORES = "SELECT score, COUNT(*) FROM risk_decision WHERE id > $1 AND score IS NOT NULL AND (version = $2 OR version LIKE $3)
              GROUP BY score ORDER BY score";
}

/// A file on its way in.
pub(crate) struct New<'a> {
    pub kept: &'a Kept,
    pub family: i64,
    pub hash: &'a [u8],
    pub file: &'a [u8],
}

/// `false` when the very same file is there.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, new: &New<'_>) -> Result<bool> {
    let sealed = cx.vault.seal(cx.rng.as_ref(), FILE, new.file);
    let sealed = sealed.map_err(|error| db::Error::Other(error.into()))?;
    let kept = new.kept;
    let Thresholds { step_up, review, deny } = kept.thresholds;
    let values = params![
        kept.id.raw(),
        new.family,
        new.hash,
        sealed,
        kept.size_bytes,
        kept.data_from,
        kept.data_to,
        kept.figures.to_string(),
        kept.state.name(),
        i64::from(step_up),
        i64::from(review),
        i64::from(deny),
        kept.made_by,
        kept.made_at,
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: ModelId) -> Result<Option<Kept>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: ModelId) -> Result<Option<Kept>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn find_by_hash(tx: &mut Tx, cx: &Cx, family: i64, hash: &[u8]) -> Result<Option<Kept>> {
    tx.first(&BY_HASH, params![family, hash]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, after: i64, limit: i64) -> Result<Vec<Kept>> {
    tx.all(&LIST, params![after, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn find_live(tx: &mut Tx, cx: &Cx, family: i64) -> Result<Option<Kept>> {
    tx.first(&FIND_LIVE, params![family]).await?.map(|row| read(cx, &row)).transpose()
}

/// Which was live before the one that is.
pub(crate) async fn find_before(tx: &mut Tx, cx: &Cx, family: i64) -> Result<Option<Kept>> {
    tx.first(&BEFORE, params![family]).await?.map(|row| read(cx, &row)).transpose()
}

/// A live or shadow model, without its file.
pub(crate) struct AtWork {
    pub id: i64,
    pub family: i64,
    pub is_live: bool,
    pub thresholds: Thresholds,
}

pub(crate) async fn list_at_work(tx: &mut Tx) -> Result<Vec<AtWork>> {
    let rows = tx.all(&AT_WORK, params![]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (id, family) = (r.get()?, r.get()?);
            let is_live = name(ModelState::from_name, &r.get::<String>()?)? == ModelState::Live;
            Ok(AtWork { id, family, is_live, thresholds: read_thresholds(&mut r)? })
        })
        .collect()
}

pub(crate) async fn find_file(tx: &mut Tx, cx: &Cx, id: i64) -> Result<Option<Vec<u8>>> {
    let Some(row) = tx.first(&FILE_OF, params![id]).await? else { return Ok(None) };
    let sealed: Vec<u8> = row.reader().get()?;
    cx.vault.open(FILE, &sealed).map(Some).map_err(|error| db::Error::Other(error.into()))
}

/// Makes a model live; the one that was gives way.
pub(crate) async fn update_live(
    tx: &mut Tx,
    family: i64,
    id: ModelId,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&GIVE_WAY, params![family, id.raw(), by, now]).await?;
    tx.execute(&GO_LIVE, params![id.raw(), by, now]).await?;
    Ok(())
}

/// Notes who wants it live, since when and why.
pub(crate) async fn update_wanted(tx: &mut Tx, cx: &Cx, id: ModelId, wanted: &Wanted) -> Result<()> {
    let reason = cx.vault.seal_text(cx.rng.as_ref(), REASON, &wanted.reason);
    let reason = reason.map_err(|error| db::Error::Other(error.into()))?;
    tx.execute(&WANT, params![id.raw(), wanted.by, wanted.at, reason]).await?;
    Ok(())
}

pub(crate) async fn update_state(
    tx: &mut Tx,
    id: ModelId,
    state: ModelState,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&CHANGE, params![id.raw(), state.name(), by, now]).await?;
    Ok(())
}

pub(crate) async fn update_thresholds(tx: &mut Tx, id: ModelId, thresholds: Thresholds) -> Result<()> {
    let Thresholds { step_up, review, deny } = thresholds;
    let values = params![id.raw(), i64::from(step_up), i64::from(review), i64::from(deny)];
    tx.execute(&SET_THRESHOLDS, values).await?;
    Ok(())
}

/// Scores a version gave after a row, live or beside, with how many acts had each.
pub(crate) async fn list_scores(tx: &mut Tx, after: i64, version: &str) -> Result<Vec<(u8, i64)>> {
    let rows = tx.all(&SCORES, params![after, version, format!("% {version}")]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let score: u16 = r.get()?;
            Ok((u8::try_from(score).unwrap_or(100), r.get()?))
        })
        .collect()
}

fn read(cx: &Cx, row: &Row) -> Result<Kept> {
    let mut r = row.reader();
    let id = ModelId(r.get()?);
    let hash = kernel::hex::encode(&r.get::<Vec<u8>>()?);
    let (size_bytes, data_from, data_to) = (r.get()?, r.get()?, r.get()?);
    let figures = serde_json::from_str(&r.get::<String>()?).map_err(|e| db::Error::Other(e.into()))?;
    let state = name(ModelState::from_name, &r.get::<String>()?)?;
    let thresholds = read_thresholds(&mut r)?;
    let (made_by, made_at, live_since) = (r.get()?, r.get()?, r.get()?);
    let (by, at): (Option<AccountId>, Option<Timestamp>) = (r.get()?, r.get()?);
    let reason = r.get::<Option<Vec<u8>>>()?.map(|sealed| cx.vault.open_text(REASON, &sealed)).transpose();
    let reason = reason.map_err(|error| db::Error::Other(error.into()))?;
    let wanted = match (by, at, reason) {
        (Some(by), Some(at), Some(reason)) => Some(Wanted { by, at, reason }),
        _ => None,
    };
    Ok(Kept {
        id,
        hash,
        size_bytes,
        data_from,
        data_to,
        figures,
        state,
        thresholds,
        made_by,
        made_at,
        live_since,
        wanted,
    })
}

fn read_thresholds(r: &mut db::RowReader<'_>) -> Result<Thresholds> {
    let mut step = || -> Result<u8> {
        u8::try_from(r.get::<u16>()?).map_err(|_| db::Error::Shape("a threshold above 101".to_owned()))
    };
    Ok(Thresholds { step_up: step()?, review: step()?, deny: step()? })
}
