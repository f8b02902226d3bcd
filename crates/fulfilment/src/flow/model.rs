//! Nouns of running work.

use std::sync::Arc;

use catalogue::service::{ServiceVersion, Step};
use connectors::{Answer, Operation, Outcome};
use kernel::{AccountId, Text, Timestamp};
use ordering::order::{Line, LineId, Order, OrderId};

use crate::named;

kernel::typed_id!(
    /// The work on one order line.
    FlowId, "flw"
);
kernel::typed_id!(
    /// One try of one step.
    StepId, "stp"
);

named! {
    /// Where the work on a line stands.
    pub enum FlowState {
        /// A step is being done or waited for.
        Running = "running",
        /// Finished steps are being taken back.
        Undoing = "undoing",
        /// A member of staff has to decide.
        Fallout = "fallout",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl FlowState {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

named! {
    /// What the undoing leads to.
    pub enum Goal {
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

named! {
    /// Where one try of a step stands.
    pub enum StepState {
        /// Written down; not sent, or on its way for the first time.
        Begun = "begun",
        /// The other side has it or may have it; or a person or a clock is waited for.
        Waiting = "waiting",
        Done = "done",
        /// A member of staff counts it as done.
        Forced = "forced",
        /// A member of staff left it out.
        Skipped = "skipped",
        /// It did not happen and will not under this try.
        Refused = "refused",
        /// It was taken back.
        Undone = "undone",
        /// Given up without knowing its end.
        Dropped = "dropped",
    }
}

impl StepState {
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Begun | Self::Waiting)
    }
}

named! {
    /// What a try is for.
    pub enum Purpose {
        Do = "do",
        Undo = "undo",
    }
}

/// The topic of [`Alarm`]: a person has to look at a flow.
pub const ALARM: &str = "fulfilment.alarm";

/// A flow needs a person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alarm {
    pub flow: FlowId,
    pub order: OrderId,
    /// A code: `deadline`, `refused`, `undo_refused`, `provider_unreachable`, …
    pub cause: String,
}

/// The work on one order line.
#[derive(Debug, Clone)]
pub struct Flow {
    pub id: FlowId,
    pub line: LineId,
    pub order: OrderId,
    pub customer: AccountId,
    pub service: String,
    /// The version of the workflow it began with and ends with (O6).
    pub service_version: i64,
    pub state: FlowState,
    pub version: i64,
    /// Index of the current step in the workflow.
    pub position: i64,
    /// While undoing, and in the fallout of it: how it is to end.
    pub goal: Option<Goal>,
    /// Why it is in fallout or ended badly: a code.
    pub cause: Option<String>,
    /// What the customer reads about it.
    pub message: Option<Text>,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub fallout_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// One try of one step, as the log has it.
#[derive(Debug, Clone)]
pub struct LoggedStep {
    pub id: StepId,
    pub flow: FlowId,
    pub customer: AccountId,
    pub position: i64,
    /// The step's id in the workflow.
    pub step: String,
    pub kind: String,
    pub purpose: Purpose,
    /// 1 for the first try; a provider gets a new operation id with each.
    pub round: i64,
    pub state: StepState,
    pub provider: Option<String>,
    /// Our id for the provider's operation: derived from flow, step, purpose and round.
    pub operation: Option<String>,
    /// What is sent, always the same for one operation.
    pub request: Option<Operation>,
    /// Of the last answer.
    pub sequence: i64,
    pub answer: Option<Answer>,
    /// Calls in a row that brought no answer.
    pub tries: i64,
    pub wakes: i64,
    /// Why the last call brought no answer: a code.
    pub trouble: Option<String>,
    pub due_at: Option<Timestamp>,
    pub alerted_at: Option<Timestamp>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl LoggedStep {
    /// What the provider said last, for people.
    pub fn message(&self) -> Option<&Text> {
        match &self.answer.as_ref()?.outcome {
            Outcome::Done { message, .. } | Outcome::Later { message, .. } => message.as_ref(),
            Outcome::Refused { message, .. } => Some(message),
        }
    }
}

/// One line of the step log for people: the try and the step's words.
#[derive(Debug, Clone)]
pub struct StepView {
    pub step: LoggedStep,
    pub title: Text,
}

/// Everything an op holds in its hands while a transaction is open: all rows are locked.
#[derive(Debug)]
pub(crate) struct Case {
    pub order: Order,
    pub line: Line,
    pub flow: Flow,
    pub service: Arc<ServiceVersion>,
    /// Something happened that a person should be alarmed about; audited at the end of the transaction.
    pub alert: Option<&'static str>,
}

impl Case {
    /// The step the flow is at; `None` behind the last.
    pub fn step(&self) -> Option<Step> {
        self.step_at(self.flow.position)
    }

    pub fn step_at(&self, position: i64) -> Option<Step> {
        let place = usize::try_from(position).ok()?;
        self.service.service.workflow.get(place).cloned()
    }
}
