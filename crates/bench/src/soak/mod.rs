//! An hour of trade at gateways that misbehave, under a clock that runs ahead; then a day in which everything comes to its end, and the
//! gateways' bills, with lies in them. What must be true afterwards is looked up in the books of both sides.
//!
//! The parts are the real ones: the desk, the edge that takes callbacks, the worker's functions, the sandbox over HTTP. Only the clock is
//! moved by hand.

mod bills;
mod buyers;
mod check;
mod theirs;
mod town;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use kernel::Duration as Span;

use crate::{Engine, Failure};
use buyers::{Buyers, Told};
use town::Town;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Each comes once.
    pub customers: usize,
    /// Of trade.
    pub minutes: usize,
    pub engine: Engine,
    /// Chooses who does what and what goes wrong.
    pub seed: u64,
    /// Says how far it is.
    pub show: bool,
}

impl Options {
    const fn ticks(&self) -> usize {
        self.minutes * TICKS_A_MINUTE
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub options: Options,
    pub took: Duration,
    /// How often each thing happened, by name.
    pub counts: BTreeMap<String, i64>,
    /// What was looked at, and how much of it.
    pub looked_at: Vec<(&'static str, usize)>,
    /// What must not be. Empty: the books are right.
    pub faults: Vec<String>,
}

impl Outcome {
    pub const fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    fn count(&mut self, what: impl Into<String>, by: i64) {
        *self.counts.entry(what.into()).or_default() += by;
    }

    fn look(&mut self, what: &'static str, many: usize) {
        self.looked_at.push((what, many));
    }

    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { customers, minutes, engine, seed, .. } = self.options;
        let took = self.took.as_secs_f64();
        writeln!(
            f,
            "soak on {engine}: {customers} customers in {minutes} minutes of trade, seed {seed}; took {took:.0} s"
        )?;
        for (what, count) in &self.counts {
            writeln!(f, "  {count:>8}  {what}")?;
        }
        writeln!(f, "looked at:")?;
        for (what, many) in &self.looked_at {
            writeln!(f, "  {many:>8}  {what}")?;
        }
        if self.faults.is_empty() {
            return write!(
                f,
                "sound: the ledger is zero, every attempt explained, every difference in the queue, nobody charged twice"
            );
        }
        writeln!(f, "{} FAULTS", self.faults.len())?;
        for fault in self.faults.iter().take(50) {
            writeln!(f, "  {fault}")?;
        }
        Ok(())
    }
}

/// As often as the worker looks.
const TICK: Span = Span::from_secs(15);
const TICKS_A_MINUTE: usize = 4;

/// Does it all, on a database of its own.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let mut outcome = Outcome {
        options: *options,
        took: Duration::ZERO,
        counts: BTreeMap::new(),
        looked_at: Vec::new(),
        faults: Vec::new(),
    };
    let say = |what: &str| {
        if options.show {
            println!("  {:>5.0} s  {what}", began.elapsed().as_secs_f64());
        }
    };
    let town = Town::open(options).await?;
    let mut buyers = Buyers::new(&town, options).await?;
    let mut told = Told::default();
    say("everybody is there");
    for tick in 0..options.ticks() {
        town.misbehave(tick, options.ticks());
        buyers.act(&town, tick, &mut told).await?;
        town.step(TICK).await?;
        if (tick + 1) % (10 * TICKS_A_MINUTE) == 0 {
            say(&format!("{} of {} minutes of trade", (tick + 1) / TICKS_A_MINUTE, options.minutes));
        }
    }
    // Everybody answers again. Expired payments are closed, questions asked, refunds made: most within the hour.
    town.behave();
    town.run_for(Span::from_hours(1), TICK).await?;
    say("an hour in which everybody answers");
    buyers.give_back(&town, &mut told).await?;
    // The bills lie from now on; the last questions come within a day.
    town.lie_on_bills();
    town.run_for(Span::from_hours(64), Span::from_mins(10)).await?;
    say("two days and a half, with their bills");
    for (what, count) in &told.counts {
        outcome.count(what.clone(), *count);
    }
    check::everything(&town, &told, &mut outcome).await?;
    bills::compare(&town, &mut outcome).await?;
    outcome.took = began.elapsed();
    town.close().await?;
    Ok(outcome)
}
