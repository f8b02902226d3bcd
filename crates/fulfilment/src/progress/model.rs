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

/// A line with its work.
#[derive(Debug, Clone)]
pub(crate) struct LineWork {
    pub line: Line,
    pub service: Arc<ServiceVersion>,
    pub flow: Option<Flow>,
    pub log: Vec<LoggedStep>,
}
