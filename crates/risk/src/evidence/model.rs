//! Sections of rows, and their digests.

use kernel::{Locale, Text, Timestamp};
use sha2::{Digest, Sha256};

use crate::case::CaseId;

/// One part of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: Text,
    pub columns: Vec<Text>,
    /// As many texts as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Everything about a case that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Of this export, for people: 4 + 4 + 5 letters, as an order's. The audit has it.
    pub number: String,
    pub case: CaseId,
    pub made_at: Timestamp,
    pub sections: Vec<Section>,
    /// SHA-256 of each section's table, in hexadecimal, in their order.
    pub digests: Vec<String>,
    /// SHA-256 over the digests, one a line: what the audit has.
    pub hash: String,
}

impl Section {
    /// The table as CSV (RFC 4180), with a line of column names; a text that a spreadsheet would run begins with an apostrophe.
    pub fn to_csv(&self, locale: Locale) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| column.get(locale).to_owned()).collect();
        let mut csv = String::new();
        for row in std::iter::once(&names).chain(&self.rows) {
            let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
            csv.push_str(&cells.join(","));
            csv.push_str("\r\n");
        }
        csv
    }

    /// SHA-256 of the table in Chinese, whatever language it is read in.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.to_csv(Locale::Zh)))
    }
}

impl Evidence {
    pub(super) fn new(number: String, case: CaseId, made_at: Timestamp, sections: Vec<Section>) -> Self {
        let digests: Vec<String> = sections.iter().map(Section::digest).collect();
        let hash = hex(&Sha256::digest(digests.join("\n")));
        Self { number, case, made_at, sections, digests, hash }
    }
}

fn quoted(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<i64>().is_err();
    let cell = format!("{}{cell}", if runs { "'" } else { "" });
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

fn hex(bytes: &[u8]) -> String {
    kernel::hex::encode(bytes)
}
