//! P1–P6 of the goals, each beside its limit, all in one run; and the learned score beside what was published.

mod decide;
mod desk;
pub mod risk;
mod web;

use std::collections::BTreeMap;

use kernel::{Clock as _, SystemClock};

use crate::load::Times;
use crate::report::{Line, Report, Section};
use crate::{Engine, Failure, usage};

/// What to measure and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds for each figure.
    pub secs: f64,
    /// Only these goals; all when empty.
    pub only: Vec<String>,
    /// Callers at the desk at the same time.
    pub callers: usize,
    /// Connections of the HTTP load.
    pub connections: usize,
}

impl Options {
    fn wants(&self, goal: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| one.eq_ignore_ascii_case(goal))
    }
}

/// One run: what was asked for and the figures other goals refer to.
struct Run<'a> {
    options: &'a Options,
    server: String,
    times: Times,
    /// The desk's figure on each engine, measured once.
    desk: BTreeMap<&'static str, Line>,
}

impl Run<'_> {
    fn server(&self, engine: Engine) -> Option<&str> {
        (engine == Engine::Postgres).then_some(self.server.as_str())
    }

    /// Orders a second of the desk itself, for the goals that are a share of it.
    async fn desk(&mut self, engine: Engine) -> Result<Line, Failure> {
        let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
        if let Some(line) = self.desk.get(name) {
            return Ok(line.clone());
        }
        let line = desk::measure(self, engine, desk::Goods::TopUps).await?;
        self.desk.insert(name, line.clone());
        Ok(line)
    }
}

/// Measures everything that is wanted.
pub async fn run(options: &Options) -> Result<Report, Failure> {
    let machine = usage::machine();
    let server = crate::postgres_url().ok_or("EVERLIT_BENCH_POSTGRES is not set: use `cargo xtask bench`")?;
    // The server counts too; without a recorder batches and queues would not be known.
    everlit::telemetry::measure()?;
    let times = Times::secs(options.secs);
    let mut run = Run { options, server, times, desk: BTreeMap::new() };
    let mut sections = Vec::new();
    // P6 looks at the server after the load of P3, so one of them means both.
    for goal in ["P1", "P2", "P3", "P4", "P5"] {
        if !options.wants(goal) && (goal != "P3" || !options.wants("P6")) {
            continue;
        }
        eprintln!("bench: measuring {goal}");
        let measured = match goal {
            "P1" => desk::p1(&mut run).await,
            "P2" => desk::p2(&mut run).await,
            "P3" => Box::pin(web::p3_and_p6(&mut run)).await,
            "P4" => desk::p4(&mut run).await,
            _ => Box::pin(web::p5(&run)).await,
        };
        sections.push(measured.unwrap_or_else(|error| failed(goal, &error)));
    }
    let date = SystemClock.now().to_rfc3339();
    Ok(Report { sections, machine, date, secs: options.secs })
}

fn failed(goal: &str, error: &Failure) -> Section {
    let mut section = Section::new(goal);
    section.notes.push(format!("Could not be measured: {error}"));
    section
}
