//! One running workflow for each order line.
//!
//! A flow reads the version of the workflow its line began with (O6). Each step is written to the log before it begins and
//! after it ends, in the transaction that moves the line; a job drives it in between. So a process that is killed at
//! any boundary leaves a flow that goes on (O8): handlers find out from the log what was already done.

mod credit;
mod jobs;
pub(crate) mod model;
pub(crate) mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod tries;

pub use jobs::{START_JOB, STEP_JOB, StartJob, StepJob};
pub use model::{
    ALARM, Alarm, Flow, FlowId, FlowState, Goal, LoggedStep, Purpose, StepId, StepState, StepView,
};
pub use ops::{log, of_order};
