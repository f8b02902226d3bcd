//! Killed at random moments under load: every answered order exists once, unanswered ones run once when they are sent again, the books
//! are right, the record is unbroken, and in the end nothing is left lying about (S5, O8).
//!
//! The server is the real binary, killed with SIGKILL; its providers and its gateway live in this process and go on. Each round places,
//! cancels and leaves orders over HTTP, kills, starts again and looks. Sometimes the start is killed too.

mod book;
mod buyers;
mod check;
mod post;
mod scene;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{Rng as _, SeededRng};
use tokio::task::JoinSet;

use crate::server::Server;
use crate::{Engine, Failure};
use book::Book;
use scene::Scene;

/// Buyers at the same time.
const BUYERS: usize = 6;
/// A kill comes so many milliseconds after the load began.
const SOONEST_MS: u64 = 30;
const SPREAD_MS: u64 = 900;
/// One in so many starts is killed as well, within so many milliseconds.
const KILLED_START: u64 = 5;
const START_MS: u64 = 400;

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub rounds: u32,
    pub engine: Engine,
    /// Chooses the moments and what is ordered.
    pub seed: u64,
    /// Says something after each round.
    pub show: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub engine: Engine,
    pub rounds: u32,
    /// Kills during a start, beyond the one of each round.
    pub killed_starts: u32,
    /// Orders answered with 201.
    pub orders: usize,
    /// Requests whose answer the kill swallowed; of these, how many had been done.
    pub unanswered: usize,
    pub unanswered_done: usize,
    pub refused: usize,
    pub cancelled: usize,
    /// The slowest start after a kill.
    pub slowest_start: Duration,
    /// Orders by state in the end.
    pub ended: Vec<(String, i64)>,
    /// Everything that is not as it must be.
    pub faults: Vec<String>,
    pub took: Duration,
}

impl Outcome {
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "crash on {}: {} kills under load and {} during a start, in {:.0} s",
            self.engine,
            self.rounds,
            self.killed_starts,
            self.took.as_secs_f64()
        )?;
        writeln!(f, "  {} orders answered, each there once", self.orders)?;
        writeln!(
            f,
            "  {} requests lost their answer: {} had been done, the others ran once when sent again",
            self.unanswered, self.unanswered_done
        )?;
        writeln!(f, "  {} refused, {} cancelled", self.refused, self.cancelled)?;
        writeln!(f, "  slowest start after a kill: {} ms", self.slowest_start.as_millis())?;
        let ended: Vec<String> = self.ended.iter().map(|(state, count)| format!("{count} {state}")).collect();
        writeln!(f, "  in the end: {}", ended.join(", "))?;
        for fault in &self.faults {
            writeln!(f, "  FAULT {fault}")?;
        }
        write!(
            f,
            "  {}",
            if self.is_sound() { "nothing lost, nothing doubled, nothing left" } else { "NOT sound" }
        )
    }
}

/// A few rounds, from a test.
pub fn short(rounds: u32, engine: Engine) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(Box::pin(run(Options { rounds, engine, seed: 20_261_121, show: false })))
}

/// All rounds.
pub async fn run(options: Options) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let server = crate::postgres_url();
    let scene = Scene::set(options.engine, server.as_deref(), BUYERS).await?;
    let book = Arc::new(Book::default());
    let rng = SeededRng::new(options.seed);
    let (mut running, mut slowest) = Server::start(&scene.start).await?;
    let mut killed_starts = 0;
    for round in 1..=options.rounds {
        let mut load = JoinSet::new();
        for place in 0..BUYERS {
            let seed = options.seed ^ (u64::from(round) << 32) ^ place as u64;
            load.spawn(buyers::buy(scene.buyer(place), seed, Arc::clone(&book)));
        }
        tokio::time::sleep(Duration::from_millis(SOONEST_MS + rng.below(SPREAD_MS))).await;
        running.kill().await?;
        while load.join_next().await.is_some() {}
        if rng.below(KILLED_START) == 0 {
            let starting = Server::spawn(&scene.start)?;
            tokio::time::sleep(Duration::from_millis(rng.below(START_MS))).await;
            starting.kill().await?;
            killed_starts += 1;
        }
        let (again, took) = Server::start(&scene.start).await?;
        (running, slowest) = (again, slowest.max(took));
        buyers::reconcile(&scene, &book).await?;
        let faults = check::after_restart(&scene, &book).await?;
        if options.show {
            let state = if faults.is_empty() { "sound".to_owned() } else { faults.join("; ") };
            println!(
                "{} round {round}: {}, up again after {} ms, {state}",
                options.engine,
                book.brief(),
                took.as_millis()
            );
        }
        book.faults(faults.into_iter().map(|fault| format!("round {round}: {fault}")));
    }
    let (ended, left) = check::when_quiet(&scene).await?;
    book.faults(left);
    book.faults(check::after_restart(&scene, &book).await?);
    running.stop().await?;
    let mut outcome = book.outcome(options.engine);
    outcome.rounds = options.rounds;
    outcome.killed_starts = killed_starts;
    outcome.slowest_start = slowest;
    outcome.ended = ended;
    scene.clear(outcome.is_sound()).await?;
    outcome.took = began.elapsed();
    Ok(outcome)
}
