//! Sending and reading messages.

use db::Tx;
use durable::{Cx, NewJob};
use kernel::{Actor, Page, PageRequest, Position, Timestamp};

use crate::channel::{Channel, OutboxSender};
use crate::template::{Content, render};

use super::jobs::DELIVER_JOB;
use super::model::{Error, InboxMessage, MessageId, MessageState, NewMessage, OutboxMessage, Stored};
use super::store;

/// What the seals of this table are bound to.
const TO: &str = "notify.message.to";
const CONTENT: &str = "notify.message.content";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("message", "to_sealed", TO),
    vault::SealedColumn::new("message", "content_sealed", CONTENT),
];

/// Writes a message in the caller's transaction; a job delivers it after the commit. What goes to the message centre is
/// delivered by being written.
pub async fn send(tx: &mut Tx, cx: &Cx, message: NewMessage) -> Result<MessageId, Error> {
    let now = cx.now();
    let mut content = render(&message.template, message.locale, message.channel).map_err(Error::bug)?;
    content.link = message.link;
    let content = serde_json::to_vec(&content).map_err(Error::bug)?;
    let id = MessageId::new(&cx.ids, now);
    let delivered = message.channel == Channel::Inbox;
    let stored = Stored {
        id,
        channel: message.channel,
        account: message.account,
        to_sealed: cx.vault.seal_text(cx.rng.as_ref(), TO, &message.to).map_err(Error::bug)?,
        template: message.template.name(),
        locale: message.locale,
        content_sealed: cx.vault.seal(cx.rng.as_ref(), CONTENT, &content).map_err(Error::bug)?,
        state: if delivered { MessageState::Sent } else { MessageState::Queued },
        attempts: 0,
        created_at: now,
        sent_at: delivered.then_some(now),
        read_at: None,
    };
    store::insert_message(tx, &stored).await?;
    if !delivered {
        let job = NewJob {
            kind: DELIVER_JOB,
            key: id.to_string(),
            payload: serde_json::json!({ "message": id }),
            run_at: now,
        };
        durable::enqueue(tx, cx, job).await?;
    }
    Ok(id)
}

/// The message centre of whoever is signed in, newest first.
pub async fn list_inbox(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<InboxMessage>, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.db.read().await?;
    let rows = store::list_inbox(&mut tx, account, &page).await?;
    let messages = rows.iter().map(|row| {
        let content = content(cx, row)?;
        Ok(InboxMessage { id: row.id, content, created_at: row.created_at, read_at: row.read_at })
    });
    let messages = messages.collect::<Result<Vec<_>, Error>>()?;
    Ok(Page::cut(messages, &page, |m| position(m.created_at, m.id)))
}

/// How many messages of the message centre were not read yet.
pub async fn unread_count(cx: &Cx, actor: &Actor) -> Result<i64, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    Ok(store::count_unread(&mut cx.db.read().await?, account).await?)
}

/// Marks one of the actor's messages as read; doing it again changes nothing.
pub async fn mark_read(cx: &Cx, actor: &Actor, id: MessageId) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.db.begin().await?;
    if store::update_read(&mut tx, id, account, cx.now()).await? == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Marks all of the actor's messages as read.
pub async fn mark_all_read(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.db.begin().await?;
    store::update_all_read(&mut tx, account, cx.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Everything that went out by SMS and e-mail, in clear: for the demo's outbox page, which is why it asks for the demo's
/// sender as proof.
pub async fn list_outbox(
    cx: &Cx,
    _demo: &OutboxSender,
    page: PageRequest,
) -> Result<Page<OutboxMessage>, Error> {
    let mut tx = cx.db.read().await?;
    let rows = store::list_outbox(&mut tx, &page).await?;
    let messages = rows.iter().map(|row| {
        Ok(OutboxMessage {
            id: row.id,
            channel: row.channel,
            to: address(cx, row)?,
            content: content(cx, row)?,
            state: row.state,
            created_at: row.created_at,
            sent_at: row.sent_at,
        })
    });
    let messages = messages.collect::<Result<Vec<_>, Error>>()?;
    Ok(Page::cut(messages, &page, |m| position(m.created_at, m.id)))
}

fn position(created_at: Timestamp, id: MessageId) -> Position {
    Position { key: created_at.0, id: id.0 }
}

pub(super) fn address(cx: &Cx, row: &Stored) -> Result<String, Error> {
    cx.vault.open_text(TO, &row.to_sealed).map_err(Error::bug)
}

pub(super) fn content(cx: &Cx, row: &Stored) -> Result<Content, Error> {
    let bytes = cx.vault.open(CONTENT, &row.content_sealed).map_err(Error::bug)?;
    serde_json::from_slice(&bytes).map_err(Error::bug)
}

/// Deletes the messages of an account whose owner was erased, in the caller's transaction. What is still on its way is left to
/// arrive; how many that are is the answer, and the caller comes back for them.
pub async fn forget_account(tx: &mut Tx, account: kernel::AccountId) -> Result<i64, Error> {
    store::forget_account(tx, account).await.map_err(Error::bug)
}
