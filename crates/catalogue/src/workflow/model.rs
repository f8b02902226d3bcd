//! Steps of a workflow, as types. Pure.

use kernel::{Duration, Text};

/// One step of the fulfilment, shown to the customer by its title.
#[derive(Debug, Clone)]
pub struct Step {
    /// Unique in its workflow; stored with running orders.
    pub id: String,
    pub title: Text,
    pub kind: StepKind,
    pub undo: Undo,
    /// From the start of this step on the order can no longer be cancelled.
    pub point_of_no_return: bool,
}

#[derive(Debug, Clone)]
pub enum StepKind {
    /// Speaks the provider protocol and waits for the answer, by callback or by asking again.
    Provider(ProviderCall),
    /// A person does it.
    StaffTask(StaffTask),
    /// A warehouse picks, packs and sends; the same protocol, with a tracking number in the answer.
    Ship(ProviderCall),
    /// A message to the customer.
    Notify { subject: Text, body: Text },
    /// A document becomes available to the customer.
    Issue { document: Document },
    /// Waits until the chosen time begins.
    WaitSlot,
    /// What the line costs goes to the balance of another customer, the moment the line is complete.
    Credit,
}

impl StepKind {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::StaffTask(_) => "staff_task",
            Self::Ship(_) => "ship",
            Self::Notify { .. } => "notify",
            Self::Issue { .. } => "issue",
            Self::WaitSlot => "wait_slot",
            Self::Credit => "credit",
        }
    }

    /// The provider this step speaks to.
    pub fn provider(&self) -> Option<&ProviderCall> {
        match self {
            Self::Provider(call) | Self::Ship(call) => Some(call),
            Self::StaffTask(_) | Self::Notify { .. } | Self::Issue { .. } | Self::WaitSlot | Self::Credit => {
                None
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// The name under which the provider is configured.
    pub provider: String,
    pub operation: Operation,
    /// Without a final answer until then: alert, then a fallout task (O3).
    pub deadline: Duration,
    pub poll_every: Duration,
    /// How often a call that got no answer is repeated.
    pub retries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Submit,
    Query,
}

impl Operation {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Query => "query",
        }
    }
}

#[derive(Debug, Clone)]
pub struct StaffTask {
    /// The queue of the console in which it waits.
    pub queue: String,
    /// What the member of staff is to do.
    pub title: Text,
    /// What the member of staff records.
    pub form: Option<forms::Form>,
    pub within: Duration,
}

/// How a finished step is taken back when a later one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// Nothing to take back.
    None,
    /// The provider protocol's `cancel`.
    ProviderCancel,
}

/// What a customer can be given in writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    Receipt,
}

impl Document {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
        }
    }
}
