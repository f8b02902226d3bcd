//! SQL of reviews, their files, and the pieces of these.

use db::{Result, Row, Tx, Value, params};
use kernel::{AccountId, PageRequest, Position, Timestamp};

use super::model::{DocumentFile, Grounds, Media, ReviewId, ReviewState, Side, StoredReview};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, state, person_index, person_sealed, consented_at, submitted_at, opened_by, opened_at,
                decided_by, decided_at, grounds, remark_sealed, erased_at FROM identity_review ",
            $rest
        )
    };
}

db::statements! {
    INSERT = "INSERT INTO identity_review (id, account_id, state, person_index, person_sealed, consented_at, submitted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND = select!("WHERE id = $1");
    LOCK = select!("WHERE id = $1 {for_update}");
    OF_ACCOUNT = select!("WHERE account_id = $1 ORDER BY submitted_at DESC, id DESC LIMIT 20");
    // Those that wait longest come first.
    QUEUE = select!("WHERE state = $1 AND (submitted_at, id) > ($2, $3) ORDER BY submitted_at, id LIMIT $4");
    RECENT = select!("WHERE state = $1 AND (submitted_at, id) < ($2, $3) ORDER BY submitted_at DESC, id DESC LIMIT $4");
    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) FROM identity_review WHERE state = 'waiting'";
    OPEN = "UPDATE identity_review SET opened_by = $2, opened_at = $3 WHERE id = $1 AND state = 'waiting'";
    DECIDE = "UPDATE identity_review SET state = $2, decided_by = $3, decided_at = $4, grounds = $5, remark_sealed = $6
        WHERE id = $1 AND state = 'waiting'";
    WITHDRAW = "UPDATE identity_review SET state = 'withdrawn', decided_at = $2 WHERE account_id = $1 AND state = 'waiting'";
    KEPT_OF = "SELECT id FROM identity_review WHERE account_id = $1 AND erased_at IS NULL ORDER BY id";
    DUE = "SELECT id FROM identity_review WHERE erased_at IS NULL AND decided_at < $1 ORDER BY decided_at LIMIT 50";
    ERASE = "UPDATE identity_review SET person_sealed = NULL, remark_sealed = NULL, erased_at = $2
        WHERE id = $1 AND erased_at IS NULL";
    INSERT_FILE = "INSERT INTO identity_document (id, review_id, side, media, bytes) VALUES ($1, $2, $3, $4, $5)";
    FILES_OF = "SELECT review_id, id, side, media, bytes FROM identity_document WHERE review_id IN {list $1} ORDER BY id";
    INSERT_PIECE = "INSERT INTO identity_document_part (document_id, position, sealed) VALUES ($1, $2, $3)";
    PIECES = "SELECT sealed FROM identity_document_part WHERE document_id = $1 ORDER BY position";
    ERASE_PIECES = "DELETE FROM identity_document_part
        WHERE document_id IN (SELECT id FROM identity_document WHERE review_id = $1)";
}

pub(crate) async fn insert_review(tx: &mut Tx, review: &StoredReview) -> Result<()> {
    let values = params![
        review.id.raw(),
        review.account,
        review.state.name(),
        &review.person_index,
        review.person_sealed.as_ref(),
        review.consented_at,
        review.submitted_at,
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_review(tx: &mut Tx, id: ReviewId) -> Result<Option<StoredReview>> {
    tx.first(&FIND, params![id.raw()]).await?.as_ref().map(review).transpose()
}

/// The same, locked until the end of the transaction.
pub(crate) async fn lock_review(tx: &mut Tx, id: ReviewId) -> Result<Option<StoredReview>> {
    tx.first(&LOCK, params![id.raw()]).await?.as_ref().map(review).transpose()
}

/// Newest first, at most 20.
pub(crate) async fn list_of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<StoredReview>> {
    tx.all(&OF_ACCOUNT, params![account]).await?.iter().map(review).collect()
}

/// Those that wait, oldest first; others, newest first.
pub(crate) async fn list_reviews(
    tx: &mut Tx,
    state: ReviewState,
    page: &PageRequest,
) -> Result<Vec<StoredReview>> {
    // A first page begins at the end of time, which for a queue is its beginning.
    let begins = page.after == Position::START;
    let (sql, key, id) = match state {
        ReviewState::Waiting if begins => (&QUEUE, i64::MIN, i64::MIN),
        ReviewState::Waiting => (&QUEUE, page.after.key, page.after.id),
        _ => (&RECENT, page.after.key, page.after.id),
    };
    tx.all(sql, params![state.name(), key, id, page.fetch()]).await?.iter().map(review).collect()
}

pub(crate) async fn count_waiting(tx: &mut Tx) -> Result<i64> {
    tx.one(&COUNT, params![]).await?.reader().get()
}

pub(crate) async fn update_opened(tx: &mut Tx, id: ReviewId, who: AccountId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&OPEN, params![id.raw(), who, now]).await? == 1)
}

/// False when somebody has decided already.
pub(crate) async fn decide(tx: &mut Tx, review: &StoredReview) -> Result<bool> {
    let (who, at) = review.decided.unzip();
    let values = params![
        review.id.raw(),
        review.state.name(),
        who,
        at,
        review.grounds.map(Grounds::name),
        review.remark_sealed.as_ref(),
    ];
    Ok(tx.execute(&DECIDE, values).await? == 1)
}

/// What waits of an account is taken back.
pub(crate) async fn withdraw_of(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<u64> {
    tx.execute(&WITHDRAW, params![account, now]).await
}

/// Reviews of an account whose files are still there.
pub(crate) async fn list_kept_of(tx: &mut Tx, account: AccountId) -> Result<Vec<ReviewId>> {
    ids(tx.all(&KEPT_OF, params![account]).await?)
}

/// Some of those that were decided before a time and whose files are still there.
pub(crate) async fn list_due(tx: &mut Tx, before: Timestamp) -> Result<Vec<ReviewId>> {
    ids(tx.all(&DUE, params![before]).await?)
}

fn ids(rows: Vec<Row>) -> Result<Vec<ReviewId>> {
    rows.iter().map(|row| Ok(ReviewId(row.reader().get()?))).collect()
}

/// Name, number, remark and every piece of every file are gone.
pub(crate) async fn erase(tx: &mut Tx, id: ReviewId, now: Timestamp) -> Result<u64> {
    tx.execute(&ERASE_PIECES, params![id.raw()]).await?;
    tx.execute(&ERASE, params![id.raw(), now]).await
}

pub(crate) async fn insert_file(tx: &mut Tx, review: ReviewId, file: &DocumentFile) -> Result<()> {
    let values = params![file.id, review.raw(), file.side.name(), file.media.name(), file.bytes];
    tx.execute(&INSERT_FILE, values).await?;
    Ok(())
}

/// The files of several reviews.
pub(crate) async fn list_files(tx: &mut Tx, reviews: &[ReviewId]) -> Result<Vec<(ReviewId, DocumentFile)>> {
    let list: Vec<i64> = reviews.iter().map(|id| id.raw()).collect();
    let read = |row: &Row| {
        let mut r = row.reader();
        let (review, id) = (ReviewId(r.get()?), r.get()?);
        let side = known(Side::from_name(&r.get::<String>()?), "side")?;
        let media = known(Media::from_name(&r.get::<String>()?), "media")?;
        Ok((review, DocumentFile { id, side, media, bytes: r.get()? }))
    };
    tx.all(&FILES_OF, params![list]).await?.iter().map(read).collect()
}

pub(crate) async fn insert_piece(tx: &mut Tx, file: i64, position: i64, sealed: Vec<u8>) -> Result<()> {
    tx.execute(&INSERT_PIECE, params![file, position, Value::Bytes(sealed)]).await?;
    Ok(())
}

/// The sealed pieces in their order.
pub(crate) async fn list_pieces(tx: &mut Tx, file: i64) -> Result<Vec<Vec<u8>>> {
    tx.all(&PIECES, params![file]).await?.iter().map(|row| row.reader().get()).collect()
}

fn review(row: &Row) -> Result<StoredReview> {
    let mut r = row.reader();
    Ok(StoredReview {
        id: ReviewId(r.get()?),
        account: r.get()?,
        state: known(ReviewState::from_name(&r.get::<String>()?), "state")?,
        person_index: r.get()?,
        person_sealed: r.get()?,
        consented_at: r.get()?,
        submitted_at: r.get()?,
        opened: r.get::<Option<AccountId>>()?.zip(r.get()?),
        decided: r.get::<Option<AccountId>>()?.zip(r.get()?),
        grounds: r.get::<Option<String>>()?.map(|n| known(Grounds::from_name(&n), "grounds")).transpose()?,
        remark_sealed: r.get()?,
        erased_at: r.get()?,
    })
}

fn known<T>(value: Option<T>, column: &str) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape(format!("identity_review.{column} has an unknown word")))
}
