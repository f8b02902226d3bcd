//! The record as a file that proves itself: JSON Lines, written as it is read, a few hundred entries in memory at a time.
//!
//! The first line says what was asked for, each further line is an entry with its place in the chain (`lane`, `seq`, `prev_hash`, `hash`),
//! the last line says how many there are and where the chains end. `link` ties each line to all lines before it: SHA-256 over the link
//! before and the entry's hash; the first link is that of the first line. Ids are texts, for many readers have no whole numbers so large.

use db::{Result, Tx};
use durable::Cx;
use kernel::{Actor, FieldError, Permission, Timestamp, hex};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::chain::{self, Head};
use crate::reason::Reason;
use crate::{Entry, Error, Filter, Sealed, Stored, record, search};

/// Entries read and handed out together.
const BATCH: i64 = 500;
/// The version of the format. Files of format 1 have no `reason_salt` and are still proved.
pub(crate) const FORMAT: u32 = 2;
/// A reason has this many characters.
const REASON: std::ops::RangeInclusive<usize> = 5..=500;

/// The part of a chain that an export of everything covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Span {
    pub lane: i64,
    /// The first and the last entry; `first` is greater than `last` when there is none.
    pub first: i64,
    pub last: i64,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    pub everlit_audit_export: u32,
    pub made_at: Timestamp,
    pub made_by: String,
    pub reason: String,
    pub filter: serde_json::Value,
    /// The parts of the chains, without gaps; absent when only some entries were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans: Option<Vec<Span>>,
}

/// A line of an entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub id: String,
    pub lane: i64,
    pub seq: i64,
    /// Microseconds since 1970, as hashed; `time` is the same for people.
    pub at: i64,
    pub time: String,
    pub actor: String,
    pub actor_id: Option<String>,
    pub verb: String,
    pub object_kind: String,
    pub object_id: String,
    pub customer_id: Option<String>,
    pub detail: String,
    pub reason: Option<String>,
    /// What is hashed before the reason. Absent for entries from before reasons were sealed: their hash covers the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_salt: Option<String>,
    pub request_id: String,
    pub prev_hash: String,
    pub hash: String,
    pub link: String,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    pub entries: u64,
    pub link: String,
    /// Where the chains ended when the export began.
    pub heads: Vec<HexHead>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HexHead {
    pub lane: i64,
    pub seq: i64,
    pub hash: String,
}

/// An export on its way out.
#[derive(Debug)]
pub struct Export {
    opening: Option<String>,
    filter: Filter,
    /// What is still to be read of an export of everything.
    spans: Option<Vec<Span>>,
    /// Below which id a selection goes on.
    after: i64,
    heads: Vec<Head>,
    link: Vec<u8>,
    entries: u64,
    closed: bool,
}

/// Begins an export: for who may, with a fresh proof and a reason, and after it was recorded itself.
pub async fn begin_export(cx: &Cx, actor: &Actor, filter: Filter, reason: &str) -> Result<Export, Error> {
    if !actor.may(Permission::ExportAudit) {
        return Err(Error::Forbidden);
    }
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let reason = reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        let (zh, en) = ("填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters");
        return Err(Error::Input { fields: vec![FieldError::new("/reason", "audit.reason_needed", zh, en)] });
    }
    let asked = serde_json::to_value(&filter).map_err(Error::bug)?;
    let mut tx = cx.begin().await?;
    let entry = Entry {
        verb: "audit.export",
        object_kind: "audit",
        object: 0,
        customer: filter.customer,
        detail: json!({"filter": asked}),
        reason: Some(reason),
    };
    record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    let heads = chain::heads(cx).await?;
    let spans = if filter.is_whole() { Some(spans(cx, &filter, &heads).await?) } else { None };
    let opening = Opening {
        everlit_audit_export: FORMAT,
        made_at: cx.now(),
        made_by: actor.label(),
        reason: reason.to_owned(),
        filter: asked,
        spans: spans.clone(),
    };
    let opening = serde_json::to_string(&opening).map_err(Error::bug)?;
    let link = Sha256::digest(opening.as_bytes()).to_vec();
    Ok(Export {
        opening: Some(opening),
        filter,
        spans,
        after: i64::MAX,
        heads,
        link,
        entries: 0,
        closed: false,
    })
}

/// The parts of the chains that lie in the wanted time.
async fn spans(cx: &Cx, filter: &Filter, heads: &[Head]) -> Result<Vec<Span>> {
    let mut tx = cx.read().await?;
    let mut spans = Vec::with_capacity(heads.len());
    for head in heads {
        let first = match filter.from {
            Some(from) => first_at(&mut tx, head, from).await?,
            None => 1,
        };
        let last = match filter.to {
            Some(to) => first_at(&mut tx, head, to).await?.saturating_sub(1),
            None => head.seq,
        };
        spans.push(Span { lane: head.lane, first, last });
    }
    Ok(spans)
}

/// The first entry of a chain that is not older than `at`, by halving. Clocks of nodes may differ a little, and so may the ends.
async fn first_at(tx: &mut Tx, head: &Head, at: Timestamp) -> Result<i64> {
    let (mut low, mut high) = (1, head.seq.saturating_add(1));
    while low < high {
        let middle = low.midpoint(high);
        let older = chain::at(tx, head.lane, middle).await?.is_some_and(|written| written < at);
        if older {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}

impl Export {
    /// The next lines, each with its end; `None` after the last.
    pub async fn next(&mut self, cx: &Cx) -> Result<Option<String>> {
        if let Some(mut opening) = self.opening.take() {
            opening.push('\n');
            return Ok(Some(opening));
        }
        if self.closed {
            return Ok(None);
        }
        let found = self.read(cx).await?;
        let mut out = String::new();
        for sealed in &found {
            self.link = link(&self.link, &sealed.hash);
            self.entries = self.entries.saturating_add(1);
            push(&mut out, &line(sealed, &self.link))?;
        }
        if found.is_empty() {
            self.closed = true;
            let heads: Vec<HexHead> = self
                .heads
                .iter()
                .map(|head| HexHead { lane: head.lane, seq: head.seq, hash: hex::encode(&head.hash) })
                .collect();
            push(
                &mut out,
                &Closing { entries: self.entries, link: hex::encode(&sum_up(&self.link, &heads)), heads },
            )?;
        }
        Ok(Some(out))
    }

    async fn read(&mut self, cx: &Cx) -> Result<Vec<Sealed>> {
        let mut tx = cx.read().await?;
        let Some(spans) = &mut self.spans else {
            let found = search::select(&mut tx, &cx.vault, &self.filter, self.after, BATCH).await?;
            self.after = found.last().map_or(self.after, |sealed| sealed.entry.id);
            return Ok(found);
        };
        for span in spans {
            if span.first > span.last {
                continue;
            }
            let before = span.first.saturating_sub(1);
            let found = chain::next(&mut tx, &cx.vault, span.lane, (before, span.last), BATCH).await?;
            // A row that is missing is shown as missing by whoever verifies the file.
            span.first = found.last().map_or(i64::MAX, |sealed| sealed.entry.seq.saturating_add(1));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}

fn push(out: &mut String, line: &impl Serialize) -> Result<()> {
    out.push_str(&serde_json::to_string(line).map_err(|error| db::Error::Other(error.into()))?);
    out.push('\n');
    Ok(())
}

/// What a line is tied to the ones before by.
pub(crate) fn link(before: &[u8], hash: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(before).chain_update(hash).finalize().to_vec()
}

/// The link of the last line, which covers the ends too.
pub(crate) fn sum_up(before: &[u8], heads: &[HexHead]) -> Vec<u8> {
    let ends: Vec<String> =
        heads.iter().map(|head| format!("{} {} {}\n", head.lane, head.seq, head.hash)).collect();
    link(before, ends.concat().as_bytes())
}

fn line(sealed: &Sealed, link: &[u8]) -> Line {
    let Sealed { entry, previous, hash } = sealed;
    Line {
        id: entry.id.to_string(),
        lane: entry.lane,
        seq: entry.seq,
        at: entry.at.0,
        time: entry.at.to_rfc3339(),
        actor: entry.actor.clone(),
        actor_id: entry.actor_id.map(|id| id.to_string()),
        verb: entry.verb.clone(),
        object_kind: entry.object_kind.clone(),
        object_id: entry.object_id.to_string(),
        customer_id: entry.customer_id.map(|id| id.to_string()),
        detail: entry.detail.clone(),
        reason: entry.reason.text().map(str::to_owned),
        reason_salt: entry.reason.salt().map(hex::encode),
        request_id: entry.request_id.to_string(),
        prev_hash: hex::encode(previous),
        hash: hex::encode(hash),
        link: hex::encode(link),
    }
}

impl Line {
    /// The entry as it was hashed; `None` when a number is none.
    pub(crate) fn entry(&self) -> Option<Stored> {
        let optional = |text: &Option<String>| text.as_deref().map(str::parse).transpose().ok();
        Some(Stored {
            id: self.id.parse().ok()?,
            lane: self.lane,
            seq: self.seq,
            at: Timestamp(self.at),
            actor: self.actor.clone(),
            actor_id: optional(&self.actor_id)?,
            verb: self.verb.clone(),
            object_kind: self.object_kind.clone(),
            object_id: self.object_id.parse().ok()?,
            customer_id: optional(&self.customer_id)?,
            detail: self.detail.clone(),
            reason: self.reason()?,
            request_id: self.request_id.parse().ok()?,
        })
    }

    fn reason(&self) -> Option<Reason> {
        match (&self.reason, &self.reason_salt) {
            (None, None) => Some(Reason::None),
            (Some(text), None) => Some(Reason::Words(text.clone())),
            (Some(text), Some(salt)) => Reason::salted(hex::decode(salt)?, text.clone()),
            (None, Some(_)) => None,
        }
    }
}
