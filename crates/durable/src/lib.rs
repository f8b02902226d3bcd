//! What survives a crash: facts in an outbox, work as jobs with leases, schedules, node numbers.
//!
//! A fact is written with [`emit`] in the transaction that makes it true. The relay turns each fact into one job per subscriber; a job runs
//! at least once, until its handler says so; handlers call ops that are idempotent. [`Cx`] is what every op needs.

mod cx;
mod job;
mod node;
mod outbox;
mod registry;
mod schedule;
pub mod task;
mod worker;

pub use cx::Cx;
pub use job::{
    DeadJob, Job, JobCounts, NewJob, cancel_jobs, dead_jobs, enqueue, enqueue_many, job_counts, retry_dead,
};
pub use node::{NODE_LEASE, NodeLease, Presence, live_nodes};
pub use outbox::{Event, emit, emit_many, outbox_age, purge};
pub use registry::{BoxError, BoxFuture, Handler, Outcome, Registry};
pub use schedule::{ScheduleState, schedules};
pub use worker::{Worker, next_due, run_due};

/// The channel that wakes workers.
pub const WAKE: &str = "work";

/// This crate's tables.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "durable",
    files: &[
        ("0001_init", include_str!("../migrations/0001_init.sql")),
        ("0002_sealed", include_str!("../migrations/0002_sealed.sql")),
    ],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[job::SEALED];

/// Every statement, for the test that prepares all.
pub static STATEMENTS: &[&[&dyn db::Statement]] =
    &[job::STATEMENTS, outbox::STATEMENTS, schedule::STATEMENTS, node::STATEMENTS];
