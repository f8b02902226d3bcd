//! Nouns of staff work.

use kernel::{AccountId, Text, Timestamp};
use ordering::order::{Line, LineId, Order, OrderId};
use serde_json::Value;

use crate::flow::{FlowId, StepId};
use crate::named;

kernel::typed_id!(
    /// Something a member of staff has to do.
    TaskId, "tsk"
);

named! {
    /// What sort of work it is.
    pub enum TaskKind {
        /// A step of a workflow.
        Step = "step",
        /// A cancellation that came too late: give the money back or not.
        RefundRequest = "refund_request",
        /// A provider did what had been given up.
        LateSuccess = "late_success",
    }
}

named! {
    /// Where a task stands.
    pub enum TaskState {
        Open = "open",
        Done = "done",
        /// No longer needed.
        Withdrawn = "withdrawn",
    }
}

named! {
    /// What becomes of a refund request.
    pub enum Decision {
        Grant = "grant",
        Deny = "deny",
    }
}

/// The queue of refund requests.
pub(crate) const REFUNDS: &str = "refunds";
/// The queue of what should not happen.
pub(crate) const EXCEPTIONS: &str = "exceptions";

/// Something a member of staff has to do.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub kind: TaskKind,
    pub queue: String,
    pub flow: Option<FlowId>,
    pub step: Option<StepId>,
    pub line: Option<LineId>,
    pub order: OrderId,
    pub customer: AccountId,
    pub title: Text,
    pub state: TaskState,
    pub version: i64,
    pub assignee: Option<AccountId>,
    /// What was recorded when it was done.
    pub answers: Option<Value>,
    pub due_at: Timestamp,
    /// When the alarm was raised because it was overdue.
    pub alerted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub claimed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// A task with all that is needed to do it.
#[derive(Debug, Clone)]
pub struct TaskView {
    pub task: Task,
    pub order: Order,
    pub line: Option<Line>,
    /// What is to be recorded; `None` when nothing is.
    pub form: Option<forms::Form>,
}

/// Which open tasks a list shows; the most urgent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    All,
    Queue(String),
    /// In the hands of whoever asks.
    Mine,
}

/// How much waits in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    pub queue: String,
    pub open: i64,
    /// In nobody's hands.
    pub unclaimed: i64,
    pub overdue: i64,
}
