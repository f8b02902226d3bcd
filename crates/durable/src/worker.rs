//! The worker: hands facts on, does jobs, runs schedules, until told to stop.

use std::sync::Arc;

use db::Result;
use kernel::{Duration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::registry::Scheduled;
use crate::task::Tasks;
use crate::{Cx, Job, Outcome, Registry, WAKE, job, outbox, schedule};

/// Jobs a node works on at the same time.
const CONCURRENT: usize = 16;
/// The worker looks by itself at least this often, whatever signals were lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Does the work of one node.
#[derive(Debug)]
pub struct Worker {
    cx: Cx,
    registry: Arc<Registry>,
    node: i64,
}

impl Worker {
    pub fn new(cx: Cx, registry: Arc<Registry>, node: u16) -> Self {
        Self { cx, registry, node: i64::from(node) }
    }

    /// Works until `tasks` stop; jobs in hand are finished first.
    pub async fn run(self, tasks: Tasks) {
        let mut wake = self.cx.db.listen(WAKE);
        if let Err(error) = schedule::create(&self.cx, &self.registry).await {
            tracing::error!(%error, "schedules");
        }
        let free = Arc::new(Semaphore::new(CONCURRENT));
        let in_hand = TaskTracker::new();
        while !tasks.stopping().is_cancelled() {
            let pause = match self.round(&free, &in_hand).await {
                Ok(true) => continue,
                Ok(false) => self.pause().await,
                Err(error) => {
                    tracing::error!(%error, "worker");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = tasks.stopping().cancelled() => {}
                _ = wake.recv() => {}
                () = tokio::time::sleep(pause.to_std()) => {}
            }
        }
        in_hand.close();
        in_hand.wait().await;
    }

    /// One look at everything; true when there was something to do.
    async fn round(&self, free: &Arc<Semaphore>, in_hand: &TaskTracker) -> Result<bool> {
        let facts = outbox::dispatch(&self.cx, &self.registry).await?;
        for scheduled in schedule::take_due(&self.cx, &self.registry).await? {
            let cx = self.cx.clone();
            drop(in_hand.spawn(async move { run_schedule(&cx, &scheduled).await }));
        }
        // At least one hand must be free before jobs are taken: a lease is not for waiting in a queue.
        let hand = Arc::clone(free).acquire_owned().await.map_err(|e| db::Error::Other(e.into()))?;
        let hands = free.available_permits().saturating_add(1);
        let jobs = job::claim(&self.cx, self.node, i64::try_from(hands).unwrap_or(1)).await?;
        drop(hand);
        let busy = facts > 0 || !jobs.is_empty();
        for job in jobs {
            let hand = Arc::clone(free).acquire_owned().await.map_err(|e| db::Error::Other(e.into()))?;
            let (cx, registry) = (self.cx.clone(), Arc::clone(&self.registry));
            drop(in_hand.spawn(async move {
                run_job(&cx, &registry, &job).await;
                drop(hand);
            }));
        }
        Ok(busy)
    }

    /// Until the next job or schedule is due.
    async fn pause(&self) -> Duration {
        let next = async {
            let schedule = schedule::next_due(&self.cx, LOOK_EVERY).await?;
            Ok::<_, db::Error>(job::next_due(&self.cx).await?.map_or(schedule, |job| job.min(schedule)))
        };
        let next = next.await.unwrap_or_else(|_| self.cx.now().plus(LOOK_EVERY));
        Duration::from_micros(next.since(self.cx.now()).0.clamp(1_000, LOOK_EVERY.0))
    }
}

async fn run_schedule(cx: &Cx, scheduled: &Scheduled) {
    let job = Job {
        id: 0,
        kind: scheduled.name.to_owned(),
        payload: serde_json::Value::Null,
        attempts: 1,
        node: 0,
    };
    match scheduled.handler.run(cx, &job).await {
        Ok(_) => {
            if let Err(error) = schedule::succeeded(cx, scheduled.name).await {
                tracing::error!(%error, schedule = scheduled.name, "schedule");
            }
        }
        Err(error) => tracing::error!(%error, schedule = scheduled.name, "schedule"),
    }
}

async fn run_job(cx: &Cx, registry: &Registry, job: &Job) {
    let result = match registry.handler(&job.kind) {
        Some(handler) => handler.run(cx, job).await,
        None => Err(format!("nobody handles jobs of kind {}", job.kind).into()),
    };
    let noted = match &result {
        Ok(Outcome::Done) => job::finish(cx, job).await,
        Ok(Outcome::Again(at)) => job::again(cx, job, *at).await,
        Err(error) => {
            tracing::warn!(%error, kind = job.kind, id = job.id, attempts = job.attempts, "job failed");
            metrics::counter!("everlit_job_failures_total", "kind" => job.kind.clone()).increment(1);
            job::failed(cx, job, &error.to_string()).await.map(|dead| {
                if dead {
                    tracing::error!(kind = job.kind, id = job.id, "job is dead: a person has to look at it");
                }
            })
        }
    };
    metrics::counter!("everlit_jobs_total", "kind" => job.kind.clone()).increment(1);
    if let Err(error) = noted {
        // The lease runs out and the job is done again; its handler is idempotent.
        tracing::error!(%error, kind = job.kind, id = job.id, "the end of a job was not noted");
    }
}

/// Does everything that is due now, one after the other, until nothing is: for tests and for the demo's history.
pub async fn run_due(cx: &Cx, registry: &Registry) -> Result<usize> {
    const SOLE_NODE: i64 = 0;
    let mut done: usize = 0;
    schedule::create(cx, registry).await?;
    for scheduled in schedule::take_due(cx, registry).await? {
        run_schedule(cx, &scheduled).await;
    }
    loop {
        let facts = outbox::dispatch(cx, registry).await?;
        let jobs = job::claim(cx, SOLE_NODE, 64).await?;
        if facts == 0 && jobs.is_empty() {
            return Ok(done);
        }
        for job in &jobs {
            run_job(cx, registry, job).await;
            done = done.saturating_add(1);
        }
    }
}

/// When the next job is due: lets a test or the demo's history move its clock there.
pub async fn next_due(cx: &Cx) -> Result<Option<Timestamp>> {
    job::next_due(cx).await
}
