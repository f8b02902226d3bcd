//! The work on accepted orders: from the first step of a workflow to the receipt, whatever fails on the way.
//!
//! | room | promises |
//! |---|---|
//! | [`flow`] | one running workflow for each order line; each step is logged before and after, and undone in reverse when it must be |
//! | [`provider`] | calls, callbacks and polls end in one completion path; no answer is never taken for "no" |
//! | `undo` | what was done is taken back in reverse when the work fails or is cancelled |
//! | [`enquiry`] | a question to a provider before anything is ordered changes nothing |
//! | [`task`] | what needs a person waits in a queue until somebody has done it |
//! | [`fallout`] | what went wrong waits for a decision: retry, skip, force, fail, refund |
//! | [`cancel`] | a cancellation takes work back, or is refused, or becomes a request that a person decides |
//! | [`question`] | staff ask, the customer answers |
//! | [`refund`] | what is done and paid goes back only by a person's decision, once |
//! | [`document`] | a receipt is issued once and never changes |
//! | [`progress`] | what the customer sees of all this |
//! | [`level`] | an order that takes longer than promised is noticed within a minute |
//!
//! Locks are taken in this order: order, flow, step, task. Providers are never called while a transaction is open.

mod names;
pub(crate) use names::named;

pub mod cancel;
pub mod document;
pub mod enquiry;
mod error;
pub mod fallout;
pub mod flow;
pub mod level;
pub mod progress;
pub mod provider;
pub mod question;
pub mod refund;
#[cfg(test)]
mod script;
mod services;
pub mod task;
#[cfg(test)]
mod testing;
pub(crate) mod undo;

use std::sync::Arc;

use durable::Registry;
use kernel::Duration;

pub use document::{Document, DocumentId};
pub use error::Error;
pub use flow::{Flow, FlowId, FlowState, StepId};
pub use question::{Question, QuestionId};
pub use services::Fulfilment;
pub use task::{Task, TaskId};

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "fulfilment",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_sealed", include_str!("../migrations/0002_sealed.sql")),
    ],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] =
    &[document::store::SEALED, flow::store::SEALED, question::store::SEALED, task::store::SEALED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    document::store::STATEMENTS,
    flow::store::STATEMENTS,
    level::store::STATEMENTS,
    question::store::STATEMENTS,
    task::store::STATEMENTS,
];

/// The codes of every refusal of this crate.
pub const CODES: &[&[kernel::CodeInfo]] = &[Error::CODES];

/// How often late orders and overdue tasks are looked for.
pub const WATCH_EVERY: Duration = Duration::from_secs(15);

/// Everything this crate does by itself: subscriptions to `order.accepted` and `order.cancel_requested`, the ends of
/// reviews, the jobs of steps, the watch over service levels.
pub fn register(registry: &mut Registry, services: Arc<Fulfilment>) {
    registry
        .handle(flow::START_JOB, flow::StartJob(Arc::clone(&services)))
        .subscribe(ordering::order::topic::ACCEPTED, flow::START_JOB)
        .handle(flow::STEP_JOB, flow::StepJob(Arc::clone(&services)))
        .handle(refund::REVIEW_JOB, refund::ReviewJob(Arc::clone(&services)))
        .subscribe(risk::decision::REVIEW_ENDED, refund::REVIEW_JOB)
        .handle(cancel::CANCEL_JOB, cancel::CancelJob(services))
        .subscribe(ordering::order::topic::CANCEL_REQUESTED, cancel::CANCEL_JOB)
        .schedule(level::WatchJob::NAME, WATCH_EVERY, level::WatchJob);
}
