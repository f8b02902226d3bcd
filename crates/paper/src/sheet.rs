//! What a document says.

use serde::{Deserialize, Serialize};

/// A document, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// `zh-CN` or `en`.
    pub language: String,
    /// 对账单, Payment proof.
    pub title: String,
    /// Below the title: a period, "红字".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    pub number: String,
    pub facts: Vec<Fact>,
    pub tables: Vec<Table>,
    /// After the tables, larger: totals, the amount in capitals.
    pub totals: Vec<Fact>,
    pub notes: Vec<String>,
    pub issuer: String,
    /// When it was issued, for people.
    pub issued: String,
    /// The same for the file's own record.
    pub made: Made,
    /// What proves it.
    pub seal: Option<Seal>,
}

/// A term and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub term: String,
    pub value: String,
}

impl Fact {
    pub fn new(term: impl Into<String>, value: impl Into<String>) -> Self {
        Self { term: term.into(), value: value.into() }
    }
}

/// Rows under columns. Each row has as many cells as there are columns; missing ones are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub title: String,
    pub align: Align,
    /// Its share of the width beside the others', more than zero.
    pub weight: u16,
}

impl Column {
    pub fn left(title: impl Into<String>, weight: u16) -> Self {
        Self { title: title.into(), align: Align::Left, weight }
    }

    pub fn right(title: impl Into<String>, weight: u16) -> Self {
        Self { title: title.into(), align: Align::Right, weight }
    }
}

/// Where the words of a cell stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    Left,
    Right,
}

/// A moment of universal time, as the file records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// What proves a document: a code, and the address where number and code are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// 验证码, Verification code.
    pub term: String,
    pub code: String,
    /// One line: where to check, for people.
    pub words: String,
    /// The same as an address, drawn as a code to scan.
    pub address: String,
}
