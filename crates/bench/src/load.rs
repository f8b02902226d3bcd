//! Callers that call one after the other, as fast as they are answered or at a given pace.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Failure;
use crate::usage::{Meter, Used};

/// One caller.
pub(crate) trait Client: Send + 'static {
    /// One call, answered.
    fn call(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;

    /// How much one call stands for.
    fn weight(&self) -> u64 {
        1
    }
}

/// How long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// Before anything is counted.
    pub warm: Duration,
    pub run: Duration,
}

impl Times {
    pub fn secs(secs: f64) -> Self {
        Self {
            warm: Duration::from_secs_f64((secs / 4.0).clamp(0.2, 2.0)),
            run: Duration::from_secs_f64(secs),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    pub done: u64,
    pub failed: u64,
    pub seconds: f64,
    /// Of each call, sorted, in microseconds.
    pub micros: Vec<u64>,
    pub used: Used,
    pub trouble: Option<String>,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds.max(1e-9)
    }

    /// Processor microseconds of the program for one.
    pub fn program_each(&self) -> f64 {
        self.used.program as f64 / self.done.max(1) as f64
    }

    pub fn database_each(&self) -> Option<f64> {
        self.used.database.map(|used| used as f64 / self.done.max(1) as f64)
    }

    /// The answer time below which this share of the calls stayed, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (share * last as f64).round() as usize;
        self.micros.get(at.min(last)).map_or(f64::NAN, |micros| *micros as f64 / 1e3)
    }
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    begin: Instant,
    end: Instant,
    /// The first call of a caller and the time between two of its calls.
    pace: Option<(Instant, Duration)>,
}

#[derive(Debug, Default)]
struct Tally {
    done: u64,
    failed: u64,
    micros: Vec<u64>,
    trouble: Option<String>,
}

/// As fast as answers come.
pub(crate) async fn full<C: Client>(clients: Vec<C>, times: Times, meter: Meter) -> Result<Load, Failure> {
    drive(clients, times, meter, None).await
}

/// So many calls a second in all, whatever the answers take; the time of an answer counts from when its call was due.
pub(crate) async fn paced<C: Client>(
    clients: Vec<C>,
    per_second: f64,
    times: Times,
    meter: Meter,
) -> Result<Load, Failure> {
    drive(clients, times, meter, Some(per_second)).await
}

async fn drive<C: Client>(
    clients: Vec<C>,
    times: Times,
    meter: Meter,
    per_second: Option<f64>,
) -> Result<Load, Failure> {
    let start = Instant::now();
    let (begin, end) = (start + times.warm, start + times.warm + times.run);
    let count = clients.len().max(1) as f64;
    let mut callers = JoinSet::new();
    for (index, client) in clients.into_iter().enumerate() {
        let pace = per_second.map(|rate| {
            let first = start + Duration::from_secs_f64(index as f64 / rate.max(1.0));
            (first, Duration::from_secs_f64(count / rate.max(1.0)))
        });
        callers.spawn(caller(client, Plan { begin, end, pace }));
    }
    tokio::time::sleep_until(begin.into()).await;
    let before = meter.read();
    let counted = Instant::now();
    tokio::time::sleep_until(end.into()).await;
    let after = meter.read();
    let mut load = Load { seconds: counted.elapsed().as_secs_f64(), ..Load::default() };
    load.used.program = after.program.saturating_sub(before.program);
    load.used.database = after.database.zip(before.database).map(|(a, b)| a.saturating_sub(b));
    while let Some(tally) = callers.join_next().await {
        let tally = tally?;
        load.done += tally.done;
        load.failed += tally.failed;
        load.micros.extend(tally.micros);
        load.trouble = load.trouble.or(tally.trouble);
    }
    load.micros.sort_unstable();
    if load.done == 0 {
        return Err(format!("nothing was answered: {}", load.trouble.unwrap_or_default()).into());
    }
    Ok(load)
}

async fn caller<C: Client>(mut client: C, plan: Plan) -> Tally {
    let mut tally = Tally::default();
    let mut due = plan.pace.map(|(first, _)| first);
    loop {
        let mut sent = Instant::now();
        if let (Some(at), Some((_, every))) = (&mut due, plan.pace) {
            if *at > sent {
                tokio::time::sleep_until((*at).into()).await;
                sent = Instant::now();
            } else {
                // Late because the answer before was late: the wait counts.
                sent = *at;
            }
            *at += every;
        }
        if Instant::now() >= plan.end {
            return tally;
        }
        let answer = client.call().await;
        let now = Instant::now();
        if now < plan.begin || now >= plan.end {
            continue;
        }
        match answer {
            Ok(()) => {
                tally.done += client.weight();
                tally.micros.push(u64::try_from(now.duration_since(sent).as_micros()).unwrap_or(u64::MAX));
            }
            Err(error) => {
                tally.failed += 1;
                tally.trouble.get_or_insert_with(|| error.to_string());
            }
        }
    }
}
