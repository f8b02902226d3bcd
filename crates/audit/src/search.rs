//! Looking through the record.

use db::{Result, Row, params};
use durable::Cx;
use kernel::{Page, PageRequest, Position, Timestamp};

db::statements! {
    NEWEST = "SELECT id, at, actor, verb, object_kind, object_id, customer_id, detail, reason, request_id FROM audit_entry
              WHERE id < $1 ORDER BY id DESC LIMIT $2";
    OF_OBJECT = "SELECT id, at, actor, verb, object_kind, object_id, customer_id, detail, reason, request_id FROM audit_entry
                 WHERE object_kind = $3 AND object_id = $4 AND id < $1 ORDER BY id DESC LIMIT $2";
    OF_ACTOR = "SELECT id, at, actor, verb, object_kind, object_id, customer_id, detail, reason, request_id FROM audit_entry
                WHERE actor_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2";
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub enum Filter {
    #[default]
    All,
    Object {
        kind: String,
        id: i64,
    },
    Actor(i64),
}

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: i64,
    pub at: Timestamp,
    pub actor: String,
    pub verb: String,
    pub object_kind: String,
    pub object_id: i64,
    pub customer_id: Option<i64>,
    pub detail: String,
    pub reason: Option<String>,
    pub request_id: i64,
}

/// Entries, newest first. The caller checks the permission `ReadAudit`.
pub async fn search(cx: &Cx, filter: &Filter, page: &PageRequest) -> Result<Page<Found>> {
    let mut tx = cx.read().await?;
    let (after, limit) = (page.after.id, page.fetch());
    let rows = match filter {
        Filter::All => tx.all(&NEWEST, params![after, limit]).await?,
        Filter::Object { kind, id } => tx.all(&OF_OBJECT, params![after, limit, kind, *id]).await?,
        Filter::Actor(id) => tx.all(&OF_ACTOR, params![after, limit, *id]).await?,
    };
    let found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(found, page, |entry| Position { key: entry.id, id: entry.id }))
}

fn read(row: &Row) -> Result<Found> {
    let mut r = row.reader();
    Ok(Found {
        id: r.get()?,
        at: r.get()?,
        actor: r.get()?,
        verb: r.get()?,
        object_kind: r.get()?,
        object_id: r.get()?,
        customer_id: r.get()?,
        detail: r.get()?,
        reason: r.get()?,
        request_id: r.get()?,
    })
}
