//! Who reacts to what. Built once, in the server's wiring: the whole reactive behaviour on one page.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use kernel::{Duration, Timestamp};

use crate::{Cx, Job};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How a job ended this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is finished and forgotten.
    Done,
    /// It is not finished; take it up again then. Not counted as a failure.
    Again(Timestamp),
}

/// Does the jobs of one kind. May run more than once for one job: what it calls is idempotent.
pub trait Handler: Send + Sync {
    /// An error is retried with back-off and jitter; after the last try the job is dead and a person looks at it.
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>>;
}

impl<F> Handler for F
where
    F: for<'a> Fn(&'a Cx, &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> + Send + Sync,
{
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        self(cx, job)
    }
}

#[derive(Clone)]
pub(crate) struct Scheduled {
    pub(crate) name: &'static str,
    pub(crate) period: Duration,
    pub(crate) handler: Arc<dyn Handler>,
}

/// Handlers by kind of job, subscribers by topic, schedules.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    subscribers: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) schedules: Vec<Scheduled>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("handlers", &self.handlers.keys())
            .field("subscribers", &self.subscribers)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Jobs of this kind are done by `handler`.
    pub fn handle(&mut self, kind: &'static str, handler: impl Handler + 'static) -> &mut Self {
        self.handlers.insert(kind, Arc::new(handler));
        self
    }

    /// Each event of `topic` becomes a job of `kind` whose payload is the [`Event`](crate::Event).
    pub fn subscribe(&mut self, topic: &'static str, kind: &'static str) -> &mut Self {
        self.subscribers.entry(topic).or_default().push(kind);
        self
    }

    /// `handler` runs every `period` on one node, with an empty job of this name.
    pub fn schedule(
        &mut self,
        name: &'static str,
        period: Duration,
        handler: impl Handler + 'static,
    ) -> &mut Self {
        self.schedules.push(Scheduled { name, period, handler: Arc::new(handler) });
        self
    }

    pub(crate) fn handler(&self, kind: &str) -> Option<Arc<dyn Handler>> {
        self.handlers.get(kind).cloned()
    }

    pub(crate) fn subscribers(&self, topic: &str) -> &[&'static str] {
        self.subscribers.get(topic).map_or(&[], Vec::as_slice)
    }

    /// Subscriptions to kinds that nobody handles: a mistake in the wiring, told at start.
    pub fn unhandled(&self) -> Vec<&'static str> {
        self.subscribers
            .values()
            .flatten()
            .copied()
            .filter(|kind| !self.handlers.contains_key(kind))
            .collect()
    }
}
