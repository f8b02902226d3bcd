//! Figures and crashes: what Everlit does a second beside what the machine can do, and what is left when it is killed.
//!
//! | module | promises |
//! |---|---|
//! | [`goals`] | P1–P6, each beside its limit measured in the same run |
//! | `raw` | the limits: the rows of a real order written by hand, straight into each database |
//! | [`reconcile`] | a million lines of a bill against a million bookings, on SQLite |
//! | [`soak`] | an hour of trade at gateways that misbehave; then every yuan is where it belongs |
//! | [`page`] | what was measured stands in `docs/measurements.md`, each part by its own command |
//! | [`crash`] | killed at random moments under load, nothing answered is lost and nothing runs twice |
//!
//! Durable settings always: an order counts when its commit is on disk.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    reason = "measuring needs the clock, fractions and the environment; nothing here is shipped"
)]

pub mod crash;
pub mod goals;
mod hello;
mod http;
mod load;
pub mod page;
mod pgbench;
mod raw;
pub mod reconcile;
mod report;
mod server;
mod site;
pub mod soak;
mod usage;
mod wire;

pub use hello::serve as serve_hello;
pub use site::Engine;
pub use usage::machine;

/// Why a run could not be made or went wrong.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The PostgreSQL server to use: `cargo xtask bench`, `crash` and `test` start one and name it here.
pub fn postgres_url() -> Option<String> {
    ["EVERLIT_BENCH_POSTGRES", "EVERLIT_TEST_POSTGRES"].iter().find_map(|name| std::env::var(name).ok())
}
