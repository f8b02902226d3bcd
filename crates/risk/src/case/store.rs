//! Rows of cases, and what ties accounts together.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::model::{Case, CaseId, CaseState, Link, Note};
use super::{NOTE, TITLE};
use crate::DecisionId;
use crate::decision::store::name;
use crate::list::Entity;

pub(crate) const SEALED: &[SealedColumn] = &[
    SealedColumn::new("risk_case", "title_sealed", TITLE),
    SealedColumn::new("risk_case_note", "text_sealed", NOTE),
];

db::statements! {
    INSERT = "INSERT INTO risk_case (id, state, customer_id, decision_id, title_sealed, opened_by, opened_at)
              VALUES ($1, 'open', $2, $3, $4, $5, $6) ON CONFLICT (decision_id) WHERE decision_id IS NOT NULL DO NOTHING";
    FIND = "SELECT id, state, customer_id, decision_id, title_sealed, opened_by, opened_at, assigned_to, closed_at, fraud
            FROM risk_case WHERE id = $1";
    LOCK = "SELECT id, state, customer_id, decision_id, title_sealed, opened_by, opened_at, assigned_to, closed_at, fraud
            FROM risk_case WHERE id = $1 {for_update}";
    OF_DECISION = "SELECT id FROM risk_case WHERE decision_id = $1";
    LIST = "SELECT id, state, customer_id, decision_id, title_sealed, opened_by, opened_at, assigned_to, closed_at, fraud
            FROM risk_case WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    ASSIGN = "UPDATE risk_case SET assigned_to = $2 WHERE id = $1 AND state = 'open'";
    CLOSE = "UPDATE risk_case SET state = 'closed', closed_by = $2, closed_at = $3, fraud = $4 WHERE id = $1 AND state = 'open'";
    INSERT_LINK = "INSERT INTO risk_case_link (case_id, entity, value, added_by, added_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (case_id, entity, value) DO NOTHING";
    LINKS = "SELECT entity, value, added_at FROM risk_case_link WHERE case_id = $1 ORDER BY added_at, entity, value LIMIT 500";
    INSERT_NOTE = "INSERT INTO risk_case_note (id, case_id, author_id, at, text_sealed) VALUES ($1, $2, $3, $4, $5)";
    NOTES = "SELECT author_id, at, text_sealed FROM risk_case_note WHERE case_id = $1 ORDER BY id LIMIT 500";
    TIES_OF = "SELECT DISTINCT customer_id, device, network, payee, phone FROM risk_event
               WHERE customer_id IN {list $1} AND id > $2 ORDER BY customer_id, device, network, payee, phone LIMIT $3";
    BY_DEVICE = "SELECT DISTINCT device, customer_id FROM risk_event WHERE device IN {list $1} AND id > $2 AND customer_id <> 0
                 ORDER BY device, customer_id LIMIT $3";
    BY_NETWORK = "SELECT DISTINCT network, customer_id FROM risk_event WHERE network IN {list $1} AND id > $2 AND customer_id <> 0
                  ORDER BY network, customer_id LIMIT $3";
    BY_PAYEE = "SELECT DISTINCT payee, customer_id FROM risk_event WHERE payee IN {list $1} AND id > $2 AND customer_id <> 0
                ORDER BY payee, customer_id LIMIT $3";
    BY_PHONE = "SELECT DISTINCT phone, customer_id FROM risk_event WHERE phone IN {list $1} AND id > $2 AND customer_id <> 0
                ORDER BY phone, customer_id LIMIT $3";
    NEXT = "SELECT id FROM risk_review WHERE state = 'pending' AND expires_at > $1 AND subject_id <> $2
            ORDER BY CASE WHEN material_asked_at IS NULL THEN 0 ELSE 1 END, COALESCE(score, 100) DESC, expires_at, id LIMIT 1";
    HELD = "SELECT r.object_id, r.material_asked_at, e.amount_minor, e.currency FROM risk_review r LEFT JOIN risk_event e ON e.id = r.id
            WHERE r.id = $1";
    ASK_MATERIAL = "UPDATE risk_review SET material_asked_at = $2, expires_at = CASE WHEN expires_at > $3 THEN expires_at ELSE $3 END
                    WHERE id = $1 AND state = 'pending' AND material_asked_at IS NULL";
}

fn seal(cx: &Cx, context: &str, text: &str) -> Result<Vec<u8>> {
    cx.vault.seal_text(cx.rng.as_ref(), context, text).map_err(|error| db::Error::Other(error.into()))
}

fn open(cx: &Cx, context: &str, sealed: &[u8]) -> Result<String> {
    cx.vault.open_text(context, sealed).map_err(|error| db::Error::Other(error.into()))
}

/// `false` when there is a case of this decision.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, case: &Case) -> Result<bool> {
    let title = seal(cx, TITLE, &case.title)?;
    let decision = case.decision.map(DecisionId::raw);
    let values = params![case.id.raw(), case.customer, decision, title, case.opened_by, case.opened_at];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: CaseId) -> Result<Option<Case>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: CaseId) -> Result<Option<Case>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn find_of(tx: &mut Tx, decision: DecisionId) -> Result<Option<CaseId>> {
    let found = tx.first(&OF_DECISION, params![decision.raw()]).await?;
    found.map(|row| row.reader().get().map(CaseId)).transpose()
}

pub(crate) async fn list(
    tx: &mut Tx,
    cx: &Cx,
    state: CaseState,
    after: i64,
    limit: i64,
) -> Result<Vec<Case>> {
    tx.all(&LIST, params![state.name(), after, limit]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn update_assigned(tx: &mut Tx, id: CaseId, to: Option<AccountId>) -> Result<bool> {
    Ok(tx.execute(&ASSIGN, params![id.raw(), to]).await? == 1)
}

pub(crate) async fn update_closed(
    tx: &mut Tx,
    id: CaseId,
    by: Option<AccountId>,
    now: Timestamp,
    fraud: Option<bool>,
) -> Result<bool> {
    Ok(tx.execute(&CLOSE, params![id.raw(), by, now, fraud]).await? == 1)
}

pub(crate) async fn insert_link(
    tx: &mut Tx,
    id: CaseId,
    (entity, value): (Entity, i64),
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT_LINK, params![id.raw(), entity.name(), value, by, now]).await?;
    Ok(())
}

pub(crate) async fn list_links(tx: &mut Tx, id: CaseId) -> Result<Vec<Link>> {
    let rows = tx.all(&LINKS, params![id.raw()]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let entity = name(Entity::from_name, &r.get::<String>()?)?;
            Ok(Link { entity, value: r.get()?, added_at: r.get()? })
        })
        .collect()
}

pub(crate) async fn insert_note(
    tx: &mut Tx,
    cx: &Cx,
    id: CaseId,
    by: Option<AccountId>,
    text: &str,
) -> Result<()> {
    let (now, sealed) = (cx.now(), seal(cx, NOTE, text)?);
    tx.execute(&INSERT_NOTE, params![cx.ids.next(now), id.raw(), by, now, sealed]).await?;
    Ok(())
}

pub(crate) async fn list_notes(tx: &mut Tx, cx: &Cx, id: CaseId) -> Result<Vec<Note>> {
    let rows = tx.all(&NOTES, params![id.raw()]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (author, at) = (r.get()?, r.get()?);
            Ok(Note { author, at, text: open(cx, NOTE, &r.get::<Vec<u8>>()?)? })
        })
        .collect()
}

fn read(cx: &Cx, row: &Row) -> Result<Case> {
    let mut r = row.reader();
    let id = CaseId(r.get()?);
    let state = name(CaseState::from_name, &r.get::<String>()?)?;
    let (customer, decision): (AccountId, Option<i64>) = (r.get()?, r.get()?);
    let title = open(cx, TITLE, &r.get::<Vec<u8>>()?)?;
    let (opened_by, opened_at, assigned_to) = (r.get()?, r.get()?, r.get()?);
    let (closed_at, fraud) = (r.get()?, r.get()?);
    let decision = decision.map(DecisionId);
    Ok(Case { id, state, customer, decision, title, opened_by, opened_at, assigned_to, closed_at, fraud })
}

/// What accounts acted with, since a row: account, then what it was.
pub(crate) async fn list_ties_of(
    tx: &mut Tx,
    accounts: Vec<i64>,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, Entity, i64)>> {
    let mut found = Vec::new();
    for row in tx.all(&TIES_OF, params![accounts, after, most]).await? {
        let mut r = row.reader();
        let account: i64 = r.get()?;
        for entity in [Entity::Device, Entity::Network, Entity::Payee, Entity::Phone] {
            if let Some(value) = r.get::<Option<i64>>()? {
                found.push((account, entity, value));
            }
        }
    }
    Ok(found)
}

/// Who acted with one of these, since a row: what, and which account.
pub(crate) async fn list_accounts_with(
    tx: &mut Tx,
    (entity, values): (Entity, Vec<i64>),
    after: i64,
    most: i64,
) -> Result<Vec<(i64, i64)>> {
    let statement = match entity {
        Entity::Device => &BY_DEVICE,
        Entity::Network => &BY_NETWORK,
        Entity::Payee => &BY_PAYEE,
        Entity::Phone => &BY_PHONE,
        Entity::Customer => return Ok(values.into_iter().map(|account| (account, account)).collect()),
    };
    let rows = tx.all(statement, params![values, after, most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((r.get()?, r.get()?))
        })
        .collect()
}

/// The review to look at next, of those that are not about `not`.
pub(crate) async fn find_next(
    tx: &mut Tx,
    now: Timestamp,
    not: Option<AccountId>,
) -> Result<Option<DecisionId>> {
    let not = not.map_or(0, AccountId::raw);
    let found = tx.first(&NEXT, params![now, not]).await?;
    found.map(|row| row.reader().get().map(DecisionId)).transpose()
}

/// What a review holds.
pub(crate) struct Held {
    pub object: Option<i64>,
    pub material_asked_at: Option<Timestamp>,
    pub amount: Option<(i64, String)>,
}

pub(crate) async fn find_held(tx: &mut Tx, id: DecisionId) -> Result<Option<Held>> {
    let Some(row) = tx.first(&HELD, params![id.raw()]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (object, material_asked_at) = (r.get()?, r.get()?);
    let (amount, currency): (Option<i64>, Option<String>) = (r.get()?, r.get()?);
    Ok(Some(Held { object, material_asked_at, amount: amount.zip(currency) }))
}

/// Notes that material was asked for, once, and gives the review until then; `false` when it was before, or has ended.
pub(crate) async fn update_material_asked(
    tx: &mut Tx,
    id: DecisionId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&ASK_MATERIAL, params![id.raw(), now, until]).await? == 1)
}
