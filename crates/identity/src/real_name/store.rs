//! SQL of persons and questions.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Level, Timestamp};

use super::model::{CheckId, CheckState, StoredCheck, StoredPerson};

macro_rules! select_check {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, state, person_sealed, request_key, request_index, consented_at, tries,
                created_at, finished_at FROM name_check ",
            $rest
        )
    };
}

macro_rules! select_person {
    ($rest:literal) => {
        concat!(
            "SELECT account_id, person_index, slot, level, person_sealed, consented_at, proved_at FROM real_name ",
            $rest
        )
    };
}

db::statements! {
    INSERT_CHECK = "INSERT INTO name_check (id, account_id, state, person_sealed, request_key, request_index, consented_at,
            tries, created_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND_CHECK = select_check!("WHERE id = $1");
    LOCK_CHECK = select_check!("WHERE id = $1 {for_update}");
    FIND_BY_KEY = select_check!("WHERE account_id = $1 AND request_key = $2");
    CHECKS_OF = select_check!("WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20");
    CHECKS_SINCE = "SELECT state, created_at FROM name_check WHERE account_id = $1 AND created_at > $2
        ORDER BY created_at, id";
    END_CHECK = "UPDATE name_check SET state = $2, finished_at = $3 WHERE id = $1 AND state = 'asking'";
    COUNT_TRY = "UPDATE name_check SET tries = $2 WHERE id = $1 AND state = 'asking'";
    WITHDRAW_OPEN = "UPDATE name_check SET state = 'withdrawn', finished_at = $2 WHERE account_id = $1 AND state = 'asking'";
    ERASE_CHECKS = "UPDATE name_check SET person_sealed = NULL WHERE account_id = $1 AND person_sealed IS NOT NULL";
    ERASE_OLD = "UPDATE name_check SET person_sealed = NULL WHERE person_sealed IS NOT NULL AND finished_at < $1";
    FIND_PERSON = select_person!("WHERE account_id = $1");
    HOLDERS = "SELECT r.account_id, r.slot, a.state FROM real_name r JOIN account a ON a.id = r.account_id
        WHERE r.person_index = $1 AND r.slot IS NOT NULL";
    FREE_SLOT = "UPDATE real_name SET slot = NULL WHERE account_id = $1";
    INSERT_PERSON = "INSERT INTO real_name (account_id, person_index, slot, level, person_sealed, consented_at, proved_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    RAISE_PERSON = "UPDATE real_name SET level = $2, proved_at = $3 WHERE account_id = $1";
    MOVE_PERSON = "UPDATE real_name SET account_id = $2 WHERE account_id = $1";
    DELETE_PERSON = "DELETE FROM real_name WHERE account_id = $1";
    LEVELS = "SELECT a.id, CASE WHEN a.phone_verified_at IS NOT NULL OR a.email_verified_at IS NOT NULL THEN TRUE ELSE FALSE END,
            r.level
        FROM account a LEFT JOIN real_name r ON r.account_id = a.id AND r.slot IS NOT NULL WHERE a.id IN {list $1}";
}

pub(crate) async fn insert_check(tx: &mut Tx, check: &StoredCheck) -> Result<()> {
    tx.execute(
        &INSERT_CHECK,
        params![
            check.id.raw(),
            check.account,
            check.state.name(),
            check.person_sealed.as_ref(),
            &check.request_key,
            &check.request_index,
            check.consented_at,
            check.tries,
            check.created_at,
            check.finished_at,
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find_check(tx: &mut Tx, id: CheckId) -> Result<Option<StoredCheck>> {
    tx.first(&FIND_CHECK, params![id.raw()]).await?.as_ref().map(check).transpose()
}

/// The same, locked until the end of the transaction.
pub(crate) async fn lock_check(tx: &mut Tx, id: CheckId) -> Result<Option<StoredCheck>> {
    tx.first(&LOCK_CHECK, params![id.raw()]).await?.as_ref().map(check).transpose()
}

pub(crate) async fn find_by_key(tx: &mut Tx, account: AccountId, key: &str) -> Result<Option<StoredCheck>> {
    tx.first(&FIND_BY_KEY, params![account, key]).await?.as_ref().map(check).transpose()
}

/// Newest first.
pub(crate) async fn list_checks(tx: &mut Tx, account: AccountId) -> Result<Vec<StoredCheck>> {
    tx.all(&CHECKS_OF, params![account]).await?.iter().map(check).collect()
}

/// State and beginning of the questions after a time, oldest first.
pub(crate) async fn list_since(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<(CheckState, Timestamp)>> {
    let read = |row: &Row| {
        let mut r = row.reader();
        Ok((known(CheckState::from_name(&r.get::<String>()?), "state")?, r.get()?))
    };
    tx.all(&CHECKS_SINCE, params![account, since]).await?.iter().map(read).collect()
}

/// False when it has an end already.
pub(crate) async fn end_check(tx: &mut Tx, id: CheckId, state: CheckState, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&END_CHECK, params![id.raw(), state.name(), now]).await? == 1)
}

pub(crate) async fn update_tries(tx: &mut Tx, id: CheckId, tries: i64) -> Result<()> {
    tx.execute(&COUNT_TRY, params![id.raw(), tries]).await?;
    Ok(())
}

/// Ends what is open and forgets names and numbers; how many rows changed.
pub(crate) async fn erase_checks(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<u64> {
    let ended = tx.execute(&WITHDRAW_OPEN, params![account, now]).await?;
    Ok(ended.saturating_add(tx.execute(&ERASE_CHECKS, params![account]).await?))
}

/// Forgets names and numbers of questions that ended before a time.
pub(crate) async fn erase_old(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute(&ERASE_OLD, params![before]).await
}

pub(crate) async fn find_person(tx: &mut Tx, account: AccountId) -> Result<Option<StoredPerson>> {
    tx.first(&FIND_PERSON, params![account]).await?.as_ref().map(person).transpose()
}

/// Accounts of one person that count, with their slots and the state of the account.
pub(crate) async fn list_holders(tx: &mut Tx, index: &[u8]) -> Result<Vec<(AccountId, i64, String)>> {
    let read = |row: &Row| {
        let mut r = row.reader();
        Ok((r.get()?, r.get()?, r.get()?))
    };
    tx.all(&HOLDERS, params![index]).await?.iter().map(read).collect()
}

/// The account counts no more.
pub(crate) async fn free_slot(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.execute(&FREE_SLOT, params![account]).await?;
    Ok(())
}

/// False when the slot is somebody else's by now.
pub(crate) async fn insert_person(tx: &mut Tx, person: &StoredPerson) -> Result<bool> {
    let values = params![
        person.account,
        &person.person_index,
        person.slot,
        person.level.name(),
        &person.person_sealed,
        person.consented_at,
        person.proved_at,
    ];
    Ok(tx.execute(&INSERT_PERSON, values).await? == 1)
}

pub(crate) async fn raise_person(
    tx: &mut Tx,
    account: AccountId,
    level: Level,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&RAISE_PERSON, params![account, level.name(), now]).await?;
    Ok(())
}

pub(crate) async fn move_person(tx: &mut Tx, from: AccountId, into: AccountId) -> Result<()> {
    tx.execute(&MOVE_PERSON, params![from, into]).await?;
    Ok(())
}

pub(crate) async fn delete_person(tx: &mut Tx, account: AccountId) -> Result<u64> {
    tx.execute(&DELETE_PERSON, params![account]).await
}

/// For each known account: whether an address is verified, and what was proved.
pub(crate) async fn list_levels(
    tx: &mut Tx,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, bool, Option<Level>)>> {
    let ids: Vec<i64> = accounts.iter().map(|id| id.raw()).collect();
    let read = |row: &Row| {
        let mut r = row.reader();
        let (id, contact) = (r.get()?, r.get()?);
        let level: Option<String> = r.get()?;
        let level = level.map(|name| known(Level::from_name(&name), "level")).transpose()?;
        Ok((id, contact, level))
    };
    tx.all(&LEVELS, params![ids]).await?.iter().map(read).collect()
}

fn check(row: &Row) -> Result<StoredCheck> {
    let mut r = row.reader();
    Ok(StoredCheck {
        id: CheckId(r.get()?),
        account: r.get()?,
        state: known(CheckState::from_name(&r.get::<String>()?), "state")?,
        person_sealed: r.get()?,
        request_key: r.get()?,
        request_index: r.get()?,
        consented_at: r.get()?,
        tries: r.get()?,
        created_at: r.get()?,
        finished_at: r.get()?,
    })
}

fn person(row: &Row) -> Result<StoredPerson> {
    let mut r = row.reader();
    Ok(StoredPerson {
        account: r.get()?,
        person_index: r.get()?,
        slot: r.get()?,
        level: known(Level::from_name(&r.get::<String>()?), "level")?,
        person_sealed: r.get()?,
        consented_at: r.get()?,
        proved_at: r.get()?,
    })
}

fn known<T>(value: Option<T>, column: &str) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape(format!("name_check.{column} has an unknown word")))
}
