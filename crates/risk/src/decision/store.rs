//! Rows of decisions and reviews.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::INPUTS as SEALED_FOR;

use super::model::{Decision, DecisionId, Failure, Judged, Opinion, Outcome, Point, Review, ReviewState};
use crate::Reason;

/// What the reason of a review's end is sealed for.
const REASON: &str = "risk.review_reason";

pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn::new("risk_decision", "inputs_sealed", SEALED_FOR),
    SealedColumn::new("risk_review", "reason_sealed", REASON).once_clear(&["reason"]),
];

db::statements! {
    bulk INSERT (id: Int, point: Text, subject_id: Int, made_at: Int, version: Text, inputs_sealed: Bytes, score: Int,
                 reasons: Text, outcome: Text, failure: Text, shadow: Bool, main_id: Int) =
        "INSERT INTO risk_decision (id, point, subject_id, made_at, version, inputs_sealed, score, reasons, outcome, failure, shadow, main_id)
         SELECT id, point, subject_id, made_at, version, inputs_sealed, score, reasons, outcome, failure, shadow, main_id FROM {rows}";
    bulk OPEN_REVIEWS (id: Int, point: Text, subject_id: Int, mark: Int, opened_at: Int, expires_at: Int, after_expiry: Text,
                       object_id: Int, score: Int) =
        "INSERT INTO risk_review (id, point, subject_id, mark, state, opened_at, expires_at, after_expiry, object_id, score)
         SELECT id, point, subject_id, mark, 'pending', opened_at, expires_at, after_expiry, object_id, score FROM {rows} WHERE TRUE
         ON CONFLICT (point, subject_id, mark) WHERE state = 'pending' DO NOTHING";
    PRECEDENT = "SELECT state, expires_at, after_expiry, ended_at, ended_by, reason_sealed FROM risk_review
                 WHERE subject_id = $1 AND mark = $2 AND point = $3 ORDER BY id DESC LIMIT 1";
    FIND = "SELECT d.id, d.point, d.subject_id, d.made_at, d.version, d.score, d.reasons, d.outcome, d.failure,
                   r.state, r.expires_at, r.after_expiry, r.ended_at, r.ended_by, r.reason_sealed
            FROM risk_decision d LEFT JOIN risk_review r ON r.id = d.id WHERE d.id = $1 AND NOT d.shadow";
    LIST = "SELECT d.id, d.point, d.subject_id, d.made_at, d.version, d.score, d.reasons, d.outcome, d.failure,
                   r.state, r.expires_at, r.after_expiry, r.ended_at, r.ended_by, r.reason_sealed
            FROM risk_decision d LEFT JOIN risk_review r ON r.id = d.id
            WHERE d.id < $1 AND NOT d.shadow ORDER BY d.id DESC LIMIT $2";
    LIST_NOTABLE = "SELECT d.id, d.point, d.subject_id, d.made_at, d.version, d.score, d.reasons, d.outcome, d.failure,
                           r.state, r.expires_at, r.after_expiry, r.ended_at, r.ended_by, r.reason_sealed
                    FROM risk_decision d LEFT JOIN risk_review r ON r.id = d.id
                    WHERE d.id < $1 AND d.outcome <> 'allow' AND NOT d.shadow ORDER BY d.id DESC LIMIT $2";
    LIST_OF = "SELECT d.id, d.point, d.subject_id, d.made_at, d.version, d.score, d.reasons, d.outcome, d.failure,
                      r.state, r.expires_at, r.after_expiry, r.ended_at, r.ended_by, r.reason_sealed
               FROM risk_decision d LEFT JOIN risk_review r ON r.id = d.id
               WHERE d.subject_id = $3 AND d.id < $1 AND NOT d.shadow ORDER BY d.id DESC LIMIT $2";
    SHADOWS = "SELECT version, score, reasons, outcome, failure FROM risk_decision
               WHERE subject_id = $1 AND id > $2 AND main_id = $2 AND shadow ORDER BY id LIMIT 20";
    INPUTS = "SELECT inputs_sealed FROM risk_decision WHERE id = $1";
    LOCK_REVIEW = "SELECT point, subject_id, object_id, state, expires_at, after_expiry, ended_at, ended_by, reason_sealed
                   FROM risk_review WHERE id = $1 {for_update}";
    END_REVIEW = "UPDATE risk_review SET state = $2, ended_at = $3, ended_by = $4, reason_sealed = $5 WHERE id = $1 AND state = 'pending'";
    WITHDRAW = "UPDATE risk_review SET state = 'withdrawn', ended_at = $4
                WHERE point = $1 AND subject_id = $2 AND mark = $3 AND state = 'pending' AND expires_at > $4";
    DUE = "SELECT id FROM risk_review WHERE state = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    CLEAR_INPUTS = "UPDATE risk_decision SET inputs_sealed = NULL WHERE subject_id = $1";
    PURGE = "DELETE FROM risk_decision WHERE id < $1";
    PURGE_REVIEWS = "DELETE FROM risk_review WHERE id < $1 AND state <> 'pending'";
}

/// A decision on its way into the journal.
pub(crate) struct Entry<'a> {
    pub judged: &'a Judged,
    /// What it was made from, sealed.
    pub inputs: Vec<u8>,
    /// What was judged, where it has a number.
    pub object: Option<i64>,
}

/// Writes decisions, what their shadows thought, and the reviews that are due, one statement a table; their ids in the order given.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, entries: Vec<Entry<'_>>) -> Result<Vec<DecisionId>> {
    let (mut ids, mut rows, mut reviews) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { judged, inputs, object } in entries {
        let now = cx.now();
        let main = DecisionId(cx.ids.next(now));
        rows.push(row(judged, &judged.main, main, main, Some(inputs)));
        for shadow in &judged.shadows {
            rows.push(row(judged, shadow, DecisionId(cx.ids.next(now)), main, None));
        }
        if judged.main.outcome == Outcome::Review {
            reviews.push(review_row(judged, main, object));
        }
        ids.push(main);
    }
    tx.bulk(&INSERT, rows).await?;
    if !reviews.is_empty() {
        // The very same that is under review already opens no second one.
        tx.bulk(&OPEN_REVIEWS, reviews).await?;
    }
    Ok(ids)
}

fn review_row(judged: &Judged, id: DecisionId, object: Option<i64>) -> Vec<db::Value> {
    let (asked, expires_at) = (&judged.asked, judged.at.plus(judged.review.lasts));
    // What has no mark is like nothing else.
    let mark = if asked.mark == 0 { id.raw() } else { asked.mark };
    params![
        id.raw(),
        asked.point.name(),
        asked.subject,
        mark,
        judged.at,
        expires_at,
        judged.review.then.name(),
        object,
        judged.main.score.map(i64::from),
    ]
}

fn row(
    judged: &Judged,
    opinion: &Opinion,
    id: DecisionId,
    main: DecisionId,
    inputs: Option<Vec<u8>>,
) -> Vec<db::Value> {
    params![
        id.raw(),
        judged.asked.point.name(),
        judged.asked.subject,
        judged.at,
        opinion.version.as_str(),
        inputs,
        opinion.score.map(i64::from),
        Reason::to_text(&opinion.reasons),
        opinion.outcome.name(),
        opinion.failure.map(Failure::name),
        id != main,
        main.raw(),
    ]
}

/// What staff said, or time, about the very same the last time it was under review.
pub(crate) async fn find_precedent(
    tx: &mut Tx,
    cx: &Cx,
    subject: AccountId,
    mark: i64,
    point: Point,
) -> Result<Option<Review>> {
    let found = tx.first(&PRECEDENT, params![subject, mark, point.name()]).await?;
    Ok(found.map(|row| read_review(cx, &mut row.reader())).transpose()?.flatten())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: DecisionId) -> Result<Option<Decision>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, after: i64, limit: i64) -> Result<Vec<Decision>> {
    tx.all(&LIST, params![after, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_notable(tx: &mut Tx, cx: &Cx, after: i64, limit: i64) -> Result<Vec<Decision>> {
    tx.all(&LIST_NOTABLE, params![after, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_of(
    tx: &mut Tx,
    cx: &Cx,
    subject: AccountId,
    after: i64,
    limit: i64,
) -> Result<Vec<Decision>> {
    tx.all(&LIST_OF, params![after, limit, subject]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_shadows(tx: &mut Tx, decision: &Decision) -> Result<Vec<Opinion>> {
    let rows = tx.all(&SHADOWS, params![decision.subject, decision.id.raw()]).await?;
    rows.iter().map(|row| read_opinion(&mut row.reader())).collect()
}

/// The sealed inputs; nothing when they were cleared.
pub(crate) async fn find_inputs(tx: &mut Tx, id: DecisionId) -> Result<Option<Vec<u8>>> {
    tx.one(&INPUTS, params![id.raw()]).await?.reader().get()
}

/// A review with what it is about.
pub(crate) struct Held {
    pub point: Point,
    pub subject: AccountId,
    pub object: Option<i64>,
    pub review: Review,
}

/// The review of a decision, locked until the end of the transaction.
pub(crate) async fn lock_review(tx: &mut Tx, cx: &Cx, id: DecisionId) -> Result<Option<Held>> {
    let Some(row) = tx.first(&LOCK_REVIEW, params![id.raw()]).await? else { return Ok(None) };
    let mut r = row.reader();
    let point = name(Point::from_name, &r.get::<String>()?)?;
    let (subject, object) = (r.get()?, r.get()?);
    let review =
        read_review(cx, &mut r)?.ok_or_else(|| db::Error::Shape("a review without state".to_owned()))?;
    Ok(Some(Held { point, subject, object, review }))
}

/// Ends a pending review; `false` when it was not pending.
pub(crate) async fn update_review(tx: &mut Tx, cx: &Cx, id: DecisionId, review: &Review) -> Result<bool> {
    let Review { state, ended_at, ended_by, reason, .. } = review;
    let seal = |text: &String| cx.vault.seal_text(cx.rng.as_ref(), REASON, text);
    let reason = reason.as_ref().map(seal).transpose().map_err(|error| db::Error::Other(error.into()))?;
    let changed =
        tx.execute(&END_REVIEW, params![id.raw(), state.name(), *ended_at, *ended_by, reason]).await?;
    Ok(changed == 1)
}

/// Ends the pending review of this; one whose time is over is left to its configured end.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    point: Point,
    subject: AccountId,
    mark: i64,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&WITHDRAW, params![point.name(), subject, mark, now]).await
}

pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<DecisionId>> {
    let rows = tx.all(&DUE, params![now, limit]).await?;
    rows.iter().map(|row| row.reader().get().map(DecisionId)).collect()
}

pub(crate) async fn clear_inputs(tx: &mut Tx, subject: AccountId) -> Result<()> {
    tx.execute(&CLEAR_INPUTS, params![subject]).await?;
    Ok(())
}

/// Removes what was decided before `oldest`.
pub(crate) async fn delete_before(tx: &mut Tx, oldest: Timestamp) -> Result<u64> {
    let first = kernel::first_id_at(oldest);
    tx.execute(&PURGE_REVIEWS, params![first]).await?;
    tx.execute(&PURGE, params![first]).await
}

fn read(cx: &Cx, row: &Row) -> Result<Decision> {
    let mut r = row.reader();
    let id = DecisionId(r.get()?);
    let point = name(Point::from_name, &r.get::<String>()?)?;
    let (subject, made_at) = (r.get()?, r.get()?);
    let opinion = read_opinion(&mut r)?;
    Ok(Decision { id, point, subject, made_at, opinion, review: read_review(cx, &mut r)? })
}

fn read_opinion(r: &mut db::RowReader<'_>) -> Result<Opinion> {
    let version = r.get()?;
    let score: Option<u16> = r.get()?;
    let reasons = Reason::from_text(&r.get::<String>()?);
    let outcome = name(Outcome::from_name, &r.get::<String>()?)?;
    let failure = r.get::<Option<String>>()?.map(|text| name(Failure::from_name, &text)).transpose()?;
    Ok(Opinion {
        version,
        score: score.and_then(|score| u8::try_from(score).ok()),
        reasons,
        outcome,
        failure,
    })
}

/// The columns of a review, `None` when there is none.
pub(crate) fn read_review(cx: &Cx, r: &mut db::RowReader<'_>) -> Result<Option<Review>> {
    let Some(state) = r.get::<Option<String>>()? else { return Ok(None) };
    let open = |sealed: Vec<u8>| cx.vault.open_text(REASON, &sealed);
    Ok(Some(Review {
        state: name(ReviewState::from_name, &state)?,
        expires_at: r.get()?,
        then: name(Outcome::from_name, &r.get::<String>()?)?,
        ended_at: r.get()?,
        ended_by: r.get()?,
        reason: r
            .get::<Option<Vec<u8>>>()?
            .map(open)
            .transpose()
            .map_err(|error| db::Error::Other(error.into()))?,
    }))
}

pub(crate) fn name<T>(of: impl Fn(&str) -> Option<T>, text: &str) -> Result<T> {
    of(text).ok_or_else(|| db::Error::Shape(format!("{text} is not a known name")))
}
