//! The database, whichever it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::broadcast;

use crate::dialect::postgres::{self, Postgres};
use crate::dialect::sqlite::{self, Sqlite};
use crate::signal::{Listener, Signal};
use crate::statement::Statement;
use crate::tx::{Session, Tx};
use crate::{Engine, Error, Result};

/// Signals a slow listener may fall behind before it is told to look at everything.
const SIGNALS_KEPT: usize = 4096;

/// A database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    signals: broadcast::Sender<Signal>,
    begun: AtomicI64,
    /// Ends the listening task with the database.
    listening: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(task) = &self.listening {
            task.abort();
        }
    }
}

#[derive(Debug)]
pub(crate) enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens `sqlite:PATH` (created when missing) or `postgres://…` (`?pool=N` sets the most connections).
    pub async fn open(url: &str) -> Result<Self> {
        let (signals, _) = broadcast::channel(SIGNALS_KEPT);
        if let Some(path) = url.strip_prefix("sqlite:") {
            let backend = Backend::Sqlite(Sqlite::open(Path::new(path)).await?);
            return Ok(Self(Arc::new(Inner { backend, signals, begun: AtomicI64::new(0), listening: None })));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::Unavailable("a database URL starts with sqlite: or postgres://".to_owned()));
        }
        let (database, config) = Postgres::open(url).await?;
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        #[allow(clippy::disallowed_methods, reason = "the task is owned and aborted by Inner")]
        let listening = tokio::spawn(postgres::listen(config, signals.clone(), ready));
        // Waiting avoids losing what is sent right after opening; on failure listeners still look by themselves.
        let _ = is_ready.await;
        Ok(Self(Arc::new(Inner {
            backend: Backend::Postgres(database),
            signals,
            begun: AtomicI64::new(0),
            listening: Some(listening),
        })))
    }

    /// Which database answers; for reports and tests only.
    pub fn engine(&self) -> Engine {
        match self.0.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// The database file, where there is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.0.backend {
            Backend::Sqlite(database) => Some(database.path()),
            Backend::Postgres(_) => None,
        }
    }

    /// Begins a write transaction. Dropped without commit, it is rolled back.
    pub async fn begin(&self) -> Result<Tx> {
        let session = match &self.0.backend {
            Backend::Sqlite(database) => Session::Sqlite(database.begin().await?),
            Backend::Postgres(database) => {
                let client = database.connection().await?;
                client.batch_execute("BEGIN").await.map_err(postgres::translate)?;
                Session::Postgres(client)
            }
        };
        Ok(Tx::new(self.clone(), session, true))
    }

    /// A session for reading: every statement sees what is committed when it starts.
    pub async fn read(&self) -> Result<Tx> {
        let session = match &self.0.backend {
            Backend::Sqlite(database) => Session::Sqlite(database.read().await?),
            Backend::Postgres(database) => Session::Postgres(database.connection().await?),
        };
        Ok(Tx::new(self.clone(), session, false))
    }

    /// Hears what transactions send on `channel` once they are committed, on any node.
    pub fn listen(&self, channel: &'static str) -> Listener {
        Listener { channel, receiver: self.0.signals.subscribe() }
    }

    /// Prepares a statement without running it, for the test over all statements.
    pub async fn prepare(&self, statement: &dyn Statement) -> Result<()> {
        let sql = statement.rendered(self.engine());
        match &self.0.backend {
            Backend::Sqlite(database) => sqlite::prepare(database.read().await?.connection()?, sql),
            Backend::Postgres(database) => postgres::prepare(&database.connection().await?, sql).await,
        }
    }

    /// Transactions on PostgreSQL take turns over a few hash chains.
    pub(crate) fn next_lane(&self) -> i64 {
        const LANES: i64 = 16;
        match self.0.backend {
            Backend::Sqlite(_) => 0,
            Backend::Postgres(_) => self.0.begun.fetch_add(1, Ordering::Relaxed).rem_euclid(LANES),
        }
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.0.backend
    }

    pub(crate) fn send(&self, signal: Signal) {
        // Nobody listening is fine.
        let _ = self.0.signals.send(signal);
    }
}
