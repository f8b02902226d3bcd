//! SQL of the message table.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Locale, PageRequest, Timestamp};

use crate::Channel;

use super::model::{MessageId, MessageState, Stored};

db::statements! {
    INSERT = "INSERT INTO message (id, channel, account_id, to_sealed, template, locale, content_sealed, state, attempts, created_at, sent_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)";
    FORGET = "DELETE FROM message WHERE account_id = $1 AND state <> 'queued'";
    COUNT_QUEUED = "SELECT CAST(COUNT(*) AS BIGINT) FROM message WHERE account_id = $1 AND state = 'queued'";
    FIND = "SELECT id, channel, account_id, to_sealed, template, locale, content_sealed, state, attempts, created_at, sent_at, read_at
        FROM message WHERE id = $1";
    LIST_INBOX = "SELECT id, channel, account_id, to_sealed, template, locale, content_sealed, state, attempts, created_at, sent_at, read_at
        FROM message WHERE account_id = $1 AND channel = 'inbox' AND (created_at, id) < ($2, $3)
        ORDER BY created_at DESC, id DESC LIMIT $4";
    LIST_OUTBOX = "SELECT id, channel, account_id, to_sealed, template, locale, content_sealed, state, attempts, created_at, sent_at, read_at
        FROM message WHERE channel <> 'inbox' AND (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";
    COUNT_UNREAD = "SELECT COUNT(*) FROM message WHERE account_id = $1 AND channel = 'inbox' AND read_at IS NULL";
    MARK_READ = "UPDATE message SET read_at = COALESCE(read_at, $3) WHERE id = $1 AND account_id = $2 AND channel = 'inbox'";
    MARK_ALL_READ = "UPDATE message SET read_at = $2 WHERE account_id = $1 AND channel = 'inbox' AND read_at IS NULL";
    UPDATE_DELIVERY = "UPDATE message SET state = $2, attempts = $3, sent_at = $4 WHERE id = $1 AND state = 'queued'";
}

pub(crate) async fn insert_message(tx: &mut Tx, message: &Stored) -> Result<()> {
    tx.execute(
        &INSERT,
        params![
            message.id.0,
            message.channel.name(),
            message.account,
            &message.to_sealed,
            &message.template,
            message.locale.tag(),
            &message.content_sealed,
            message.state.name(),
            message.created_at,
            message.sent_at,
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find_message(tx: &mut Tx, id: MessageId) -> Result<Option<Stored>> {
    tx.first(&FIND, params![id.0]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn list_inbox(tx: &mut Tx, account: AccountId, page: &PageRequest) -> Result<Vec<Stored>> {
    let rows = tx.all(&LIST_INBOX, params![account, page.after.key, page.after.id, page.fetch()]).await?;
    rows.iter().map(stored).collect()
}

pub(crate) async fn list_outbox(tx: &mut Tx, page: &PageRequest) -> Result<Vec<Stored>> {
    let rows = tx.all(&LIST_OUTBOX, params![page.after.key, page.after.id, page.fetch()]).await?;
    rows.iter().map(stored).collect()
}

pub(crate) async fn count_unread(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.one(&COUNT_UNREAD, params![account]).await?.reader().get()
}

/// Rows changed: 0 when the message is not this account's.
pub(crate) async fn update_read(
    tx: &mut Tx,
    id: MessageId,
    account: AccountId,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&MARK_READ, params![id.0, account, now]).await
}

pub(crate) async fn update_all_read(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<u64> {
    tx.execute(&MARK_ALL_READ, params![account, now]).await
}

pub(crate) async fn update_delivery(
    tx: &mut Tx,
    id: MessageId,
    state: MessageState,
    attempts: i64,
    sent_at: Option<Timestamp>,
) -> Result<()> {
    tx.execute(&UPDATE_DELIVERY, params![id.0, state.name(), attempts, sent_at]).await?;
    Ok(())
}

fn stored(row: &Row) -> Result<Stored> {
    let mut r = row.reader();
    Ok(Stored {
        id: MessageId(r.get()?),
        channel: known(Channel::from_name(&r.get::<String>()?), "channel")?,
        account: r.get()?,
        to_sealed: r.get()?,
        template: r.get()?,
        locale: known(Locale::from_tag(&r.get::<String>()?), "locale")?,
        content_sealed: r.get()?,
        state: known(MessageState::from_name(&r.get::<String>()?), "state")?,
        attempts: r.get()?,
        created_at: r.get()?,
        sent_at: r.get()?,
        read_at: r.get()?,
    })
}

fn known<T>(value: Option<T>, column: &str) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape(format!("message.{column} has an unknown word")))
}

/// Deletes what was said to an account and is under way no more; how many are still under way.
pub(crate) async fn forget_account(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.execute(&FORGET, params![account]).await?;
    tx.one(&COUNT_QUEUED, params![account]).await?.reader().get()
}
