//! Rows of requests and decisions.

use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, PageRequest, Timestamp};

use super::model::{Approval, ApprovalId, ApprovalState, Decision, Proposed, SubjectKind};
use crate::order::store::{money_of, named, open, open_or_none, seal, seal_or_none};

const REASON: &str = "approval_request.reason";
const PAYLOAD: &str = "approval_request.payload";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("approval_request", "reason_sealed", REASON),
    vault::SealedColumn::new("approval_request", "payload_sealed", PAYLOAD),
];

db::statements! {
    bulk INSERT (id: Int, party_id: Int, maker_id: Int, subject: Text, object_id: Int, amount: Int, currency: Text, rule: Text,
                 alone: Bool, created_at: Int, expires_at: Int, payload: Bytes) =
        "INSERT INTO approval_request (id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated,
                                       alone, version, told, created_at, expires_at, payload_sealed)
         SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, CAST(0 AS BIGINT), 'open', FALSE,
                alone, CAST(1 AS BIGINT), CAST(0 AS BIGINT), created_at, expires_at, payload FROM {rows}";
    FIND = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version, created_at,
                   expires_at, decided_at, reason_sealed FROM approval_request WHERE id = $1";
    LOCK = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version, created_at,
                   expires_at, decided_at, reason_sealed FROM approval_request WHERE id = $1 {for_update}";
    LIST = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version, created_at,
                   expires_at, decided_at, reason_sealed FROM approval_request
            WHERE party_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    LIST_OPEN = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version,
                        created_at, expires_at, decided_at, reason_sealed FROM approval_request
                 WHERE party_id = $1 AND id < $2 AND state = 'open' ORDER BY id DESC LIMIT $3";
    // An order's own wait ends it; until then there may be owners to ask.
    DUE = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version, created_at,
                  expires_at, decided_at, reason_sealed FROM approval_request
           WHERE state = 'open' AND expires_at <= $1 AND alone ORDER BY expires_at LIMIT $2";
    BY_ID = "SELECT id, party_id, maker_id, subject, object_id, amount, currency, rule, level, state, escalated, alone, version, created_at,
                    expires_at, decided_at, reason_sealed FROM approval_request WHERE id IN {list $1} ORDER BY id";
    // Those of files are told about together, not one by one.
    UNTOLD = "SELECT r.id, r.party_id, r.maker_id, r.subject, r.object_id, r.amount, r.currency, r.rule, r.level, r.state, r.escalated,
                     r.alone, r.version, r.created_at, r.expires_at, r.decided_at, r.reason_sealed
              FROM approval_request r JOIN orders o ON o.id = r.object_id
              WHERE r.party_id = $1 AND r.subject = 'order' AND r.told < r.version AND o.channel = 'file' ORDER BY r.id LIMIT 1000";
    DECISIONS_OF = "SELECT request_id, level, checker_id, agreed, at FROM approval_decision WHERE request_id IN {list $1}
                    ORDER BY request_id, level";
    UPDATE = "UPDATE approval_request SET rule = $3, level = $4, state = $5, escalated = $6, alone = $7, expires_at = $8,
                     decided_at = $9, reason_sealed = $10, version = version + 1 WHERE id = $1 AND version = $2";
    CLOSE = "UPDATE approval_request SET state = $3, decided_at = $4, version = version + 1
             WHERE subject = $1 AND object_id = $2 AND state = 'open'";
    PAYLOAD_OF = "SELECT payload_sealed FROM approval_request WHERE id = $1";
    TELL = "UPDATE approval_request SET told = $2 WHERE id = $1 AND told < $2";
    DECIDE = "INSERT INTO approval_decision (id, request_id, level, checker_id, agreed, at) VALUES ($1, $2, $3, $4, $5, $6)";
    DECISIONS = "SELECT level, checker_id, agreed, at FROM approval_decision WHERE request_id = $1 ORDER BY level";
}

fn read(cx: &Cx, row: &Row) -> Result<Approval> {
    let mut r = row.reader();
    let (id, party, maker) = (ApprovalId(r.get()?), r.get()?, r.get()?);
    let subject: String = r.get()?;
    let object = r.get()?;
    let amount = money_of(r.get()?, &r.get::<String>()?)?;
    let rule: String = r.get()?;
    let level = r.get()?;
    let state: String = r.get()?;
    Ok(Approval {
        id,
        party,
        maker,
        subject: named(SubjectKind::from_name(&subject), &subject)?,
        object,
        amount,
        rule: serde_json::from_str(&rule).map_err(|e| db::Error::Other(e.into()))?,
        level,
        state: named(ApprovalState::from_name(&state), &state)?,
        escalated: r.get()?,
        alone: r.get()?,
        version: r.get()?,
        created_at: r.get()?,
        expires_at: r.get()?,
        decided_at: r.get()?,
        reason: open_or_none(cx, REASON, r.get()?)?,
    })
}

fn rule_text(approval: &Approval) -> Result<String> {
    serde_json::to_string(&approval.rule).map_err(|e| db::Error::Other(e.into()))
}

/// A new request as a row.
pub(crate) fn row(cx: &Cx, approval: &Approval, payload: Option<&Proposed>) -> Result<Vec<Value>> {
    let payload = payload.map(|of| serde_json::to_value(of).map_err(|e| db::Error::Other(e.into())));
    let payload = payload.transpose()?.map(|of| seal(cx, PAYLOAD, &of)).transpose()?;
    Ok(params![
        approval.id.raw(),
        approval.party,
        approval.maker,
        approval.subject.name(),
        approval.object,
        approval.amount.minor,
        approval.amount.currency.code(),
        rule_text(approval)?,
        approval.alone,
        approval.created_at,
        approval.expires_at,
        payload,
    ])
}

pub(crate) async fn insert_many(tx: &mut Tx, rows: Vec<Vec<Value>>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.bulk(&INSERT, rows).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: ApprovalId) -> Result<Option<Approval>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: ApprovalId) -> Result<Option<Approval>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

/// Requests of an organisation, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    cx: &Cx,
    party: AccountId,
    page: &PageRequest,
) -> Result<Vec<Approval>> {
    let rows = tx.all(&LIST, params![party, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

/// The same, open ones only.
pub(crate) async fn list_open(
    tx: &mut Tx,
    cx: &Cx,
    party: AccountId,
    page: &PageRequest,
) -> Result<Vec<Approval>> {
    let rows = tx.all(&LIST_OPEN, params![party, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_due(tx: &mut Tx, cx: &Cx, now: Timestamp, limit: u16) -> Result<Vec<Approval>> {
    tx.all(&DUE, params![now, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

/// These requests.
pub(crate) async fn list_by_id(tx: &mut Tx, cx: &Cx, ids: Vec<i64>) -> Result<Vec<Approval>> {
    tx.all(&BY_ID, params![ids]).await?.iter().map(|row| read(cx, row)).collect()
}

/// Requests about orders of files whose people were not told of their present version.
pub(crate) async fn list_untold(tx: &mut Tx, cx: &Cx, party: AccountId) -> Result<Vec<Approval>> {
    tx.all(&UNTOLD, params![party]).await?.iter().map(|row| read(cx, row)).collect()
}

/// What was decided about these requests.
pub(crate) async fn decisions_of(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<(ApprovalId, Decision)>> {
    let decision = |row: &Row| {
        let mut r = row.reader();
        let id = ApprovalId(r.get()?);
        Ok((id, Decision { level: r.get()?, checker: r.get()?, agreed: r.get()?, at: r.get()? }))
    };
    tx.all(&DECISIONS_OF, params![ids]).await?.iter().map(decision).collect()
}

/// Writes what became of a request; `false` when it changed since it was read.
pub(crate) async fn update(tx: &mut Tx, cx: &Cx, approval: &Approval) -> Result<bool> {
    let values = params![
        approval.id.raw(),
        approval.version,
        rule_text(approval)?,
        approval.level,
        approval.state.name(),
        approval.escalated,
        approval.alone,
        approval.expires_at,
        approval.decided_at,
        seal_or_none(cx, REASON, approval.reason.as_deref())?,
    ];
    Ok(tx.execute(&UPDATE, values).await? == 1)
}

/// Ends the open request about this, if there is one.
pub(crate) async fn close(
    tx: &mut Tx,
    subject: SubjectKind,
    object: i64,
    state: ApprovalState,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&CLOSE, params![subject.name(), object, state.name(), now]).await.map(|_| ())
}

/// The change of rules that a request is about.
pub(crate) async fn proposed(tx: &mut Tx, cx: &Cx, id: ApprovalId) -> Result<Option<Proposed>> {
    let Some(row) = tx.first(&PAYLOAD_OF, params![id.raw()]).await? else { return Ok(None) };
    let sealed: Option<Vec<u8>> = row.reader().get()?;
    let value = sealed.map(|sealed| open(cx, PAYLOAD, &sealed)).transpose()?;
    value.map(serde_json::from_value).transpose().map_err(|e| db::Error::Other(e.into()))
}

/// `false` when its people were told about this version before.
pub(crate) async fn tell(tx: &mut Tx, id: ApprovalId, version: i64) -> Result<bool> {
    Ok(tx.execute(&TELL, params![id.raw(), version]).await? == 1)
}

pub(crate) async fn insert_decision(tx: &mut Tx, cx: &Cx, id: ApprovalId, decision: &Decision) -> Result<()> {
    let Decision { level, checker, agreed, at } = *decision;
    tx.execute(&DECIDE, params![cx.ids.next(at), id.raw(), level, checker, agreed, at]).await.map(|_| ())
}

pub(crate) async fn list_decisions(tx: &mut Tx, id: ApprovalId) -> Result<Vec<Decision>> {
    let decision = |row: &Row| {
        let mut r = row.reader();
        Ok(Decision { level: r.get()?, checker: r.get()?, agreed: r.get()?, at: r.get()? })
    };
    tx.all(&DECISIONS, params![id.raw()]).await?.iter().map(decision).collect()
}
