//! Nouns of progress.

use std::sync::Arc;

use catalogue::service::ServiceVersion;
use kernel::{Text, Timestamp};
use ordering::order::{Line, LineId};

use crate::flow::{Flow, LoggedStep};
use crate::named;

named! {
    /// How far an entry is.
    pub enum EntryState {
        Done = "done",
        Current = "current",
        Todo = "todo",
        Failed = "failed",
    }
}

/// One entry of the progress page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TimelineEntry {
    pub title: Text,
    pub state: EntryState,
    /// When it ended; of the current one when it began.
    pub at: Option<Timestamp>,
    pub note: Option<Text>,
    /// The line it belongs to; `None` for the order as a whole.
    pub line: Option<LineId>,
}

/// Something that came out of a line and that the service's pack shows to its customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub line: LineId,
    /// The member's name, as it was reported: `tracking_number`.
    pub key: String,
    pub value: serde_json::Value,
    pub label: Text,
    /// The value as a person reads it.
    pub words: Text,
}

/// A line with its work.
#[derive(Debug, Clone)]
pub(crate) struct LineWork {
    pub line: Line,
    pub service: Arc<ServiceVersion>,
    pub flow: Option<Flow>,
    pub log: Vec<LoggedStep>,
}
