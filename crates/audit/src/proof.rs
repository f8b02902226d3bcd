//! Proving an export without the database: each line is read, hashed again and tied to the one before.
//!
//! What it proves: the file is one whole export, and nobody changed, removed, added or moved a line without making the chain anew. A forger
//! who makes everything anew changes where the chains end; so the ends are told, to be compared with those of another source: an earlier
//! `audit verify`, a later one, another export.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use kernel::hex;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::chain::{GENESIS, Head, hash};
use crate::export::{Closing, FORMAT, Line, Opening, Span, link, sum_up};

/// No line that we write is longer.
const LONGEST_LINE: u64 = 1 << 20;

/// The first line that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: u64,
    pub what: String,
}

/// What a file proves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    pub entries: u64,
    /// Without gaps in the time asked for; otherwise a selection.
    pub whole: bool,
    /// Where the chains ended when the export was made, as the file says.
    pub heads: Vec<Head>,
    pub bad: Option<BadLine>,
}

/// Where the reading of a file stands.
struct Reading {
    spans: Option<Vec<Span>>,
    link: Vec<u8>,
    /// The last entry of each chain: number and hash.
    ends: BTreeMap<i64, (i64, String)>,
    last_id: i64,
    entries: u64,
}

/// Reads an export to its end or to the first line that does not fit; a line at a time.
pub fn verify_export(mut file: impl BufRead) -> io::Result<Proof> {
    let mut proof = Proof::default();
    let mut number = 0;
    let mut reading: Option<Reading> = None;
    let mut closed = false;
    while let Some(text) = next_line(&mut file)? {
        number += 1;
        let step = match (&mut reading, closed) {
            (_, true) => Err("something follows the last line".to_owned()),
            (None, false) => open(&text).map(|opened| {
                proof.whole = opened.spans.is_some();
                reading = Some(opened);
            }),
            (Some(reading), false) if text.starts_with("{\"entries\"") => reading.close(&text).map(|heads| {
                proof.heads = heads;
                closed = true;
            }),
            (Some(reading), false) => reading.entry(&text),
        };
        if let Err(what) = step {
            proof.bad = Some(BadLine { line: number, what });
            break;
        }
    }
    proof.entries = reading.map_or(0, |reading| reading.entries);
    if proof.bad.is_none() && !closed {
        let what = "the last line is missing: the file was cut".to_owned();
        proof.bad = Some(BadLine { line: number.saturating_add(1), what });
    }
    Ok(proof)
}

/// The next line without its end; what is too long stays too long and fits nowhere.
fn next_line(file: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("the line is not as we write it: {error}"))
}

fn open(text: &str) -> Result<Reading, String> {
    let opening: Opening = parse(text)?;
    if !(1..=FORMAT).contains(&opening.everlit_audit_export) {
        return Err(format!("format {} is not known here", opening.everlit_audit_export));
    }
    let link = Sha256::digest(text.as_bytes()).to_vec();
    Ok(Reading { spans: opening.spans, link, ends: BTreeMap::new(), last_id: i64::MAX, entries: 0 })
}

impl Reading {
    fn entry(&mut self, text: &str) -> Result<(), String> {
        let line: Line = parse(text)?;
        let place = format!("chain {}, entry {}", line.lane, line.seq);
        let entry = line.entry().ok_or_else(|| format!("{place}: a number is none"))?;
        let previous = hash_of(&line.prev_hash).ok_or_else(|| format!("{place}: the hash before is none"))?;
        let own = hash(&previous, &entry);
        if hex::encode(&own) != line.hash || entry.at.to_rfc3339() != line.time {
            return Err(format!("{place}: the entry was changed"));
        }
        if self.spans.is_some() {
            self.follows(&line).map_err(|what| format!("{place}: {what}"))?;
        } else if entry.id >= self.last_id {
            return Err(format!("{place}: the line was moved or stands twice"));
        }
        self.link = link(&self.link, &own);
        if hex::encode(&self.link) != line.link {
            return Err(format!("{place}: a line before it was changed, removed, added or moved"));
        }
        self.last_id = entry.id;
        self.entries = self.entries.saturating_add(1);
        self.ends.insert(line.lane, (line.seq, line.hash));
        Ok(())
    }

    /// In an export of everything each entry is the next of its chain.
    fn follows(&self, line: &Line) -> Result<(), String> {
        let spans = self.spans.as_deref().unwrap_or_default();
        let span = spans.iter().find(|span| span.lane == line.lane).ok_or("the chain was not asked for")?;
        let (expected, before) = match self.ends.get(&line.lane) {
            Some((seq, hash)) => (seq.saturating_add(1), Some(hash.clone())),
            None => (span.first, (span.first == 1).then(|| hex::encode(&GENESIS))),
        };
        if line.seq > expected {
            return Err(format!("entry {expected} is missing before it"));
        }
        if line.seq < expected || line.seq > span.last {
            return Err("the line was moved or stands twice".to_owned());
        }
        match before {
            Some(before) if before != line.prev_hash => Err("it does not follow the entry before".to_owned()),
            _ => Ok(()),
        }
    }

    fn close(&self, text: &str) -> Result<Vec<Head>, String> {
        let closing: Closing = parse(text)?;
        for span in self.spans.as_deref().unwrap_or_default().iter().filter(|span| span.first <= span.last) {
            let reached = self.ends.get(&span.lane).map_or(span.first.saturating_sub(1), |(seq, _)| *seq);
            if reached < span.last {
                return Err(format!("chain {}, entry {}: missing", span.lane, reached.saturating_add(1)));
            }
        }
        if closing.entries != self.entries {
            return Err(format!("{} entries were exported, {} are here", closing.entries, self.entries));
        }
        if closing.link != hex::encode(&sum_up(&self.link, &closing.heads)) {
            return Err("it does not fit the lines before it".to_owned());
        }
        let mut heads = Vec::with_capacity(closing.heads.len());
        for head in closing.heads {
            let known = self.ends.get(&head.lane).filter(|(seq, _)| *seq == head.seq);
            if known.is_some_and(|(_, hash)| *hash != head.hash) {
                return Err(format!("chain {} does not end where it should", head.lane));
            }
            let hash =
                hash_of(&head.hash).ok_or_else(|| format!("the end of chain {} is no hash", head.lane))?;
            heads.push(Head { lane: head.lane, seq: head.seq, hash });
        }
        Ok(heads)
    }
}

/// 64 digits as 32 bytes.
fn hash_of(digits: &str) -> Option<Vec<u8>> {
    hex::decode(digits).filter(|bytes| bytes.len() == 32)
}
