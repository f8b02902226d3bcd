//! Should this go on? Every place that asks is a *decision point*: it has a time limit, an answer for when nobody scores in time, and a
//! journal in which each decision is a new row with its inputs, version, score and reasons.
//!
//! The room [`decision`] knows nothing of what is judged, so a new point is a variant, a policy and a scorer; [`login`] is the first
//! point: how likely it is that the person who signs in is the owner of the account. What is learned of people is kept as counts of keyed
//! hashes; no address, device or place lies open in the database. [`feature`] makes numbers of what is known of an act and [`model`] a score of
//! the numbers: both are pure.

mod agent;
pub mod case;
pub mod decision;
pub mod engine;
mod error;
pub mod evidence;
pub mod feature;
pub mod figures;
pub mod label;
pub mod list;
pub mod login;
pub mod model;
mod place;
mod reason;
pub mod registry;
pub mod rule;
#[cfg(test)]
mod testing;
pub mod training;

pub use agent::Agent;
pub use decision::{
    Decision, DecisionId, Failure, Ladder, OnFailure, Outcome, Point, Policy, Review, ReviewRule,
    ReviewState, list_decisions,
};
pub use engine::{Act, Engine, Guard, Judged, Origin, Stop};
pub use error::Error;
pub use login::{LoginPoint, LoginSettings, LoginSignals, Verdict, assess, learn, note_failure};
pub use place::{Places, Spot};
pub use reason::Reason;

use durable::{Cx, Registry};
use kernel::{AccountId, Duration};

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "risk",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_sealed", include_str!("../migrations/0002_sealed.sql")),
        ("0003_engine", include_str!("../migrations/0003_engine.sql")),
        ("0004_cases", include_str!("../migrations/0004_cases.sql")),
        ("0005_figures", include_str!("../migrations/0005_figures.sql")),
        ("0006_model_second", include_str!("../migrations/0006_model_second.sql")),
        ("0007_stopped", include_str!("../migrations/0007_stopped.sql")),
        ("0008_lean", include_str!("../migrations/0008_lean.sql")),
    ],
};

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[
    case::store::STATEMENTS,
    decision::store::STATEMENTS,
    engine::store::STATEMENTS,
    evidence::STATEMENTS,
    figures::store::STATEMENTS,
    label::store::STATEMENTS,
    list::store::STATEMENTS,
    login::store::STATEMENTS,
    registry::store::STATEMENTS,
    rule::store::STATEMENTS,
    training::STATEMENTS,
];

/// What is sealed in which column.
pub const SEALED: &[&[vault::SealedColumn]] = &[
    case::store::SEALED,
    decision::store::SEALED,
    engine::store::SEALED,
    list::store::SEALED,
    login::store::SEALED,
    registry::store::SEALED,
    rule::store::SEALED,
];

/// The jobs and schedules of this crate.
pub fn register(registry: &mut Registry) {
    registry
        .handle(rule::DRY_RUN_JOB, rule::DryRunJob)
        .schedule("risk.expire", Duration::from_mins(1), decision::ExpireReviewsJob)
        .schedule("risk.purge", Duration::from_hours(1), login::PurgeJob);
}

/// Forgets what was learned of an account, in the caller's transaction: for erasure. Decisions stay, without what they were made from.
pub async fn forget(tx: &mut db::Tx, _cx: &Cx, account: AccountId) -> Result<(), Error> {
    login::store::forget(tx, account).await?;
    engine::store::clear(tx, account).await?;
    decision::store::clear_inputs(tx, account).await?;
    Ok(())
}
