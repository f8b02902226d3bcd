//! Rules that operators write: a sentence of CEL that says when an act is held, and the outcome if it does. Promises: a rule cannot hang a
//! decision (no loops, bounded length, depth and size, refused when it is written); what is live was approved by somebody else than who
//! asked for it; a version's text never changes; a shadow rule is written down and changes nothing (R3); how a rule would have done over
//! the last days is counted from the journal, by a job.

mod dry_run;
mod jobs;
mod model;
mod ops;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod variables;

pub use dry_run::{DryRun, DryRunId, DryRunState, dry_run, show_dry_run};
pub use jobs::{DRY_RUN_JOB, DryRunJob};
pub use model::{Figures, NewRule, Rule, RuleId, RuleState, Wanted};
pub(crate) use ops::person;
pub use ops::{approve, ask, decline, draft, figures, list, list_hit_by, show};
pub use rules::{Tried, try_out};
pub use variables::{VARIABLES, Variable};

/// What the reason of a wanted change is sealed for.
pub const REASON: &str = "risk.rule";
