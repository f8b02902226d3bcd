//! A write transaction or a read session: what stores work with.

use deadpool_postgres::Object;

use crate::dialect::{postgres, sqlite};
use crate::pool::Backend;
use crate::signal::Signal;
use crate::statement::{Bulk, Sql, Statement};
use crate::{Db, Engine, Error, Result, Row, Value};

#[derive(Debug)]
pub(crate) enum Session {
    Sqlite(sqlite::Held),
    Postgres(Object),
}

/// Statements in one transaction (from [`Db::begin`]) or outside of any (from [`Db::read`]).
///
/// After an error nothing more can be done in a transaction: both engines answer [`Error::Poisoned`], as PostgreSQL would.
#[derive(Debug)]
pub struct Tx {
    db: Db,
    /// `None` once committed.
    session: Option<Session>,
    writes: bool,
    poisoned: bool,
    signals: Vec<Signal>,
    lane: i64,
}

impl Tx {
    pub(crate) fn new(db: Db, session: Session, writes: bool) -> Self {
        let lane = if writes { db.next_lane() } else { 0 };
        Self { db, session: Some(session), writes, poisoned: false, signals: Vec::new(), lane }
    }

    /// Which of the parallel hash chains this transaction appends to. With one writer there is one chain; with many they take turns,
    /// so that they do not queue behind one row.
    pub fn lane(&self) -> i64 {
        self.lane
    }

    /// Runs a statement; how many rows it changed.
    pub async fn execute(&mut self, sql: &Sql, params: Vec<Value>) -> Result<u64> {
        let result = match self.session()? {
            Session::Sqlite(held) => {
                sqlite::execute(held.connection()?, sql.rendered(Engine::Sqlite), &params)
            }
            Session::Postgres(client) => {
                postgres::execute(client, sql.rendered(Engine::Postgres), &params).await
            }
        };
        self.noting(result)
    }

    /// All rows of an answer. Lists are limited by the statement itself.
    pub async fn all(&mut self, sql: &Sql, params: Vec<Value>) -> Result<Vec<Row>> {
        let result = match self.session()? {
            Session::Sqlite(held) => sqlite::query(held.connection()?, sql.rendered(Engine::Sqlite), &params),
            Session::Postgres(client) => {
                postgres::query(client, sql.rendered(Engine::Postgres), &params).await
            }
        };
        self.noting(result)
    }

    /// The first row, if there is one.
    pub async fn first(&mut self, sql: &Sql, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The first row; [`Error::NoRow`] when there is none.
    pub async fn one(&mut self, sql: &Sql, params: Vec<Value>) -> Result<Row> {
        self.first(sql, params).await?.ok_or(Error::NoRow)
    }

    /// Runs a statement for many rows at once; how many rows it changed in all.
    pub async fn bulk(&mut self, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let result = match self.session()? {
            Session::Sqlite(held) => sqlite::bulk(held.connection()?, bulk.rendered(Engine::Sqlite), &rows),
            Session::Postgres(client) => postgres::bulk(client, bulk, rows).await,
        };
        self.noting(result)
    }

    /// Runs a statement for many rows at once and collects the rows it returns, in no particular order.
    pub async fn bulk_rows(&mut self, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<Vec<Row>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let result = match self.session()? {
            Session::Sqlite(held) => sqlite::bulk_rows(held.connection()?, bulk, &rows),
            Session::Postgres(client) => postgres::bulk_rows(client, bulk, rows).await,
        };
        self.noting(result)
    }

    /// Sends a wake-up when this transaction commits. The same signal twice is sent once.
    pub fn notify(&mut self, channel: &'static str, payload: impl Into<String>) {
        let signal = Signal { channel: channel.to_owned(), payload: payload.into() };
        if !self.signals.contains(&signal) {
            self.signals.push(signal);
        }
    }

    /// Commits; the answer comes when the data is on disk.
    pub async fn commit(mut self) -> Result<()> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let signals = std::mem::take(&mut self.signals);
        match (self.session.take().ok_or(Error::Poisoned)?, self.db.backend()) {
            (Session::Sqlite(held), Backend::Sqlite(database)) => {
                database.commit(held).await?;
                for signal in signals {
                    self.db.send(signal);
                }
            }
            (Session::Postgres(client), _) => {
                let done = async {
                    postgres::signal(&client, &signals).await?;
                    client.batch_execute("COMMIT").await.map_err(postgres::translate)
                };
                if let Err(error) = done.await {
                    // Whether it committed is unknown; the connection is not used again.
                    drop(Object::take(client));
                    return Err(error);
                }
            }
            (Session::Sqlite(_), Backend::Postgres(_)) => return Err(Error::Poisoned),
        }
        Ok(())
    }

    /// Runs SQL that is no constant: migrations, moving data, tests that tamper. `$1` placeholders.
    pub async fn raw(&mut self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        let sql = crate::dialect::render(sql, &[], self.db.engine());
        let result = match self.session()? {
            Session::Sqlite(held) => sqlite::query(held.connection()?, &sql, &params),
            Session::Postgres(client) => postgres::query(client, &sql, &params).await,
        };
        self.noting(result)
    }

    /// Creates the table of migrations and keeps other nodes out until the commit.
    pub(crate) async fn lock_migrations(&mut self, create: &str) -> Result<()> {
        if let Session::Postgres(client) = self.session()? {
            // Creating a table twice at the same moment fails on PostgreSQL; this transaction-scoped lock needs no table.
            postgres::query(client, "SELECT 1 FROM pg_advisory_xact_lock(7311853)", &[]).await?;
        }
        self.raw(create, Vec::new()).await.map(|_| ())
    }

    pub(crate) fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// Borrowed mutably: a connection can be sent between threads but not shared.
    fn session(&mut self) -> Result<&mut Session> {
        match &mut self.session {
            Some(session) if !(self.poisoned && self.writes) => Ok(session),
            _ => Err(Error::Poisoned),
        }
    }

    fn noting<T>(&mut self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.poisoned = true;
        }
        result
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        if !self.writes {
            return;
        }
        match session {
            Session::Sqlite(mut held) => {
                if let Ok(connection) = held.connection() {
                    sqlite::rollback(connection);
                }
            }
            Session::Postgres(client) => match tokio::runtime::Handle::try_current() {
                Ok(runtime) => {
                    // Rolling back needs the network, which a drop cannot wait for.
                    drop(runtime.spawn(async move {
                        if client.batch_execute("ROLLBACK").await.is_err() {
                            drop(Object::take(client));
                        }
                    }));
                }
                Err(_) => drop(Object::take(client)),
            },
        }
    }
}
