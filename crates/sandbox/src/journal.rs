//! A file of JSON lines, one for every change, the last line of a thing being what holds. A line cut off by a crash is
//! passed over.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::bank::{Collection, Receipt};
use crate::card::PaymentRecord;
use crate::config::Desk;
use crate::delivery::Delivery;
use crate::desk::OperationRecord;
use crate::knobs::Knobs;
use crate::trade::Trade;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Operation(Box<OperationRecord>),
    Payment(Box<PaymentRecord>),
    Collection(Box<Collection>),
    Receipt(Box<Receipt>),
    Trade(Box<Trade>),
    Delivery(Box<Delivery>),
    Knobs(Desk, Knobs),
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Journal(File);

impl Journal {
    /// What an earlier run wrote; empty when there is no file.
    pub fn read(path: &Path) -> std::io::Result<Vec<Entry>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut entries = Vec::new();
        for line in BufReader::new(file).split(b'\n') {
            match serde_json::from_slice(&line?) {
                Ok(entry) => entries.push(entry),
                Err(error) => tracing::warn!(%error, "a line of the sandbox journal does not read"),
            }
        }
        Ok(entries)
    }

    /// Begins a new file with `entries` and puts it in the place of the old one.
    pub fn replace(path: &Path, entries: &[Entry]) -> std::io::Result<Self> {
        let fresh = path.with_extension("new");
        let mut journal = Self(File::create(&fresh)?);
        for entry in entries {
            journal.append(entry)?;
        }
        journal.0.sync_all()?;
        std::fs::rename(&fresh, path)?;
        OpenOptions::new().append(true).open(path).map(Self)
    }

    /// One write a line, so that a crash cuts off at most the last.
    pub fn append(&mut self, entry: &Entry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}
