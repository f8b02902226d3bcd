//! Looking through the record: by object, customer, actor, verb and time, in any combination.
//!
//! One of the filters leads: its index brings the rows in the order of the list, newest first, and the others are compared on what it
//! brings. Ids carry their time, so a range of time is a range of ids. No search reads the whole table.

use db::{Result, Row, Sql, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Duration, Page, PageRequest, Position, Timestamp, first_id_at};
use serde::Serialize;
use vault::Vault;

use crate::{Sealed, Stored, reason};

/// Ids may run ahead of their time a little: when a clock stepped back, or with more than 4,096 in a millisecond.
const AHEAD: Duration = Duration::from_mins(1);

/// A search led by one index; every statement takes the same parameters.
macro_rules! led_by {
    ($lead:literal) => {
        concat!(
            "SELECT id, lane, seq, at, actor, actor_id, verb, object_kind, object_id, customer_id, detail, reason,
                    reason_sealed, reason_hash, request_id, prev_hash, hash
             FROM audit_entry WHERE id < $1 AND id >= $3 AND at >= $4 AND at < $5 AND ",
            $lead,
            " AND (CAST($6 AS TEXT) IS NULL OR object_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR object_id = $7)
              AND (CAST($8 AS BIGINT) IS NULL OR customer_id = $8) AND (CAST($9 AS TEXT) IS NULL OR actor = $9)
              AND (CAST($10 AS TEXT) IS NULL OR verb = $10) ORDER BY id DESC LIMIT $2"
        )
    };
}

db::statements! {
    BY_OBJECT = led_by!("object_kind = $6 AND object_id = $7");
    BY_CUSTOMER = led_by!("customer_id = $8");
    BY_ACTOR = led_by!("actor = $9");
    BY_VERB = led_by!("verb = $10");
    BY_TIME = led_by!("id >= 0");
    // Jumps from verb to verb along the index instead of reading every entry.
    VERBS = "WITH RECURSIVE found(verb) AS (
                 SELECT MIN(verb) FROM audit_entry
                 UNION ALL SELECT (SELECT MIN(verb) FROM audit_entry WHERE verb > found.verb) FROM found WHERE found.verb IS NOT NULL)
             SELECT verb FROM found WHERE verb IS NOT NULL";
}

/// Which entries are wanted; what is given counts together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Kind and raw id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<(String, i64)>,
    /// Whose business it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<AccountId>,
    /// The label: `acc_…`, `system:poller`, `anonymous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// Not before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Filter {
    /// Whether nothing but time limits it.
    pub fn is_whole(&self) -> bool {
        self.object.is_none() && self.customer.is_none() && self.actor.is_none() && self.verb.is_none()
    }

    /// The statement of the most selective filter.
    fn lead(&self) -> &'static Sql {
        let by_person = self.actor.as_deref().is_some_and(|actor| actor.starts_with("acc_"));
        match self {
            Self { object: Some(_), .. } => &BY_OBJECT,
            Self { customer: Some(_), .. } => &BY_CUSTOMER,
            Self { .. } if by_person => &BY_ACTOR,
            Self { verb: Some(_), .. } => &BY_VERB,
            Self { actor: Some(_), .. } => &BY_ACTOR,
            Self { .. } => &BY_TIME,
        }
    }

    fn params(&self, after: i64, limit: i64) -> Vec<Value> {
        let (kind, object) = self.object.clone().unzip();
        let (from, to) = (self.from.unwrap_or(Timestamp(i64::MIN)), self.to.unwrap_or(Timestamp(i64::MAX)));
        let last = self.to.map_or(i64::MAX, |to| first_id_at(to.plus(AHEAD)));
        let first = self.from.map_or(0, first_id_at);
        let (customer, actor, verb) = (self.customer, self.actor.clone(), self.verb.clone());
        params![after.min(last), limit, first, from, to, kind, object, customer, actor, verb]
    }
}

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: i64,
    pub lane: i64,
    pub seq: i64,
    pub at: Timestamp,
    pub actor: String,
    pub verb: String,
    pub object_kind: String,
    pub object_id: i64,
    pub customer_id: Option<i64>,
    pub detail: String,
    pub reason: Option<String>,
    /// There was a reason, and it cannot be read any more: it was changed, or its key is not here. [`crate::verify`] names the entry.
    pub is_reason_lost: bool,
    pub request_id: i64,
}

/// Entries, newest first. The caller checks the permission `ReadAudit`.
pub async fn search(cx: &Cx, filter: &Filter, page: &PageRequest) -> Result<Page<Found>> {
    let found = select(&mut cx.read().await?, &cx.vault, filter, page.after.id, page.fetch()).await?;
    let found = found.into_iter().map(|sealed| shown(sealed.entry)).collect();
    Ok(Page::cut(found, page, |entry: &Found| Position { key: entry.id, id: entry.id }))
}

/// The verbs that occur, in order.
pub async fn verbs(cx: &Cx) -> Result<Vec<String>> {
    let rows = cx.read().await?.all(&VERBS, params![]).await?;
    rows.iter().map(|row| row.reader().get()).collect()
}

/// Entries with ids below `after`, newest first, with their hashes.
pub(crate) async fn select(
    tx: &mut Tx,
    vault: &Vault,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<Sealed>> {
    let rows = tx.all(filter.lead(), filter.params(after, limit)).await?;
    rows.iter().map(|row| read(vault, row)).collect()
}

/// Reads the columns of an entry, in the order every statement here selects them.
pub(crate) fn read(vault: &Vault, row: &Row) -> Result<Sealed> {
    let mut r = row.reader();
    let entry = Stored {
        id: r.get()?,
        lane: r.get()?,
        seq: r.get()?,
        at: r.get()?,
        actor: r.get()?,
        actor_id: r.get()?,
        verb: r.get()?,
        object_kind: r.get()?,
        object_id: r.get()?,
        customer_id: r.get()?,
        detail: r.get()?,
        reason: reason::read(vault, &mut r)?,
        request_id: r.get()?,
    };
    Ok(Sealed { entry, previous: r.get()?, hash: r.get()? })
}

fn shown(entry: Stored) -> Found {
    let Stored {
        id,
        lane,
        seq,
        at,
        actor,
        verb,
        object_kind,
        object_id,
        customer_id,
        detail,
        reason,
        request_id,
        ..
    } = entry;
    let is_reason_lost = reason.is_lost();
    let reason = reason.text().map(str::to_owned);
    Found {
        id,
        lane,
        seq,
        at,
        actor,
        verb,
        object_kind,
        object_id,
        customer_id,
        detail,
        reason,
        is_reason_lost,
        request_id,
    }
}
