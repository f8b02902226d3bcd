//! A file, its lines, and what is wrong with them.

use kernel::{AccountId, Locale, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::OrderId;
use crate::approval::ApprovalId;
use crate::order::named;

kernel::typed_id!(
    /// A file of orders.
    BatchId, "bat"
);

named! {
    /// Where a file stands.
    pub enum BatchState {
        /// Lines are mended and chosen.
        Open = "open",
        /// Its lines are being ordered.
        Placing = "placing",
        /// Every line is an order.
        Done = "done",
    }
}

named! {
    /// Where a line stands.
    pub enum EntryState {
        /// Some cell needs a change.
        Wrong = "wrong",
        /// Can be ordered.
        Ready = "ready",
        /// Orders what another line ordered: somebody says whether it is meant.
        Repeated = "repeated",
        /// It is an order.
        Ordered = "ordered",
        /// The desk said no.
        Refused = "refused",
    }
}

/// A file as it is handed in.
#[derive(Debug, Clone)]
pub struct NewBatch<'a> {
    pub service: &'a str,
    pub offering: &'a str,
    /// What the file is called at home.
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub id: BatchId,
    /// The organisation.
    pub party: AccountId,
    pub maker: AccountId,
    pub service: String,
    pub offering: String,
    pub name: String,
    pub state: BatchState,
    /// The code of what brought the ordering to a halt, where something did.
    pub stopped: Option<String>,
    pub created_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
}

/// How many lines stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub wrong: i64,
    pub ready: i64,
    pub repeated: i64,
    pub ordered: i64,
    pub refused: i64,
    /// What the next submission comes to, in fen.
    pub to_order_minor: i64,
    /// What the orders come to, in fen.
    pub ordered_minor: i64,
}

impl Counts {
    pub fn all(&self) -> i64 {
        let parts = [self.wrong, self.ready, self.repeated, self.ordered, self.refused];
        parts.into_iter().fold(0, i64::saturating_add)
    }

    /// Lines that the next submission orders: those that are ready, and those the desk refused before.
    pub fn to_order(&self) -> i64 {
        self.ready.saturating_add(self.refused)
    }
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the file, from 1.
    pub line: i64,
    /// In the order of the columns, as typed.
    pub cells: Vec<String>,
    pub state: EntryState,
    pub wrong: Vec<Wrong>,
    /// A digest of what it orders; `None` while a cell is wrong.
    pub content: Option<String>,
    /// It orders what another line ordered, and that is meant.
    pub again: bool,
    pub amount: Option<Money>,
    pub order: Option<OrderId>,
    pub approval: Option<ApprovalId>,
}

/// What is wrong with a line, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The key of the column; empty for the line as a whole.
    pub column: String,
    pub zh: String,
    pub en: String,
}

impl Wrong {
    pub fn message(&self, locale: Locale) -> &str {
        locale.pick(&self.zh, &self.en)
    }
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of the field, with the part of an address after a dot.
    pub key: String,
    pub label: Text,
    /// Told under the heading: what a cell may hold.
    pub hint: Option<Text>,
    pub required: bool,
}

/// A file with everything its page shows.
#[derive(Debug, Clone)]
pub struct BatchView {
    pub batch: Batch,
    pub counts: Counts,
    pub entries: Vec<Entry>,
    /// Empty when the service is not offered any more.
    pub columns: Vec<Column>,
    /// Whoever looks may mend, submit and delete it.
    pub is_maker: bool,
}

/// Who submitted a file, and how; kept while its lines are being ordered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Act {
    pub address: String,
    pub user_agent: String,
    pub device: Option<String>,
    /// When a factor was last shown.
    pub proved_at: Option<Timestamp>,
}
