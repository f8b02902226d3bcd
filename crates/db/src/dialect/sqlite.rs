//! SQLite inside the process: WAL, every commit on disk before it is answered, one writer, a pool of readers.
//!
//! Statements run where they are called: they take microseconds, a thread hop costs as much. Only the commit, which waits for
//! the disk, and opening go to a blocking thread.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ffi};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::statement::Bulk;
use crate::{Error, Result, Row, Statement, Value};

const READERS: usize = 8;
/// Commits between two checkpoints on the side connection.
const COMMITS_PER_CHECKPOINT: u32 = 256;

/// One database file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    free_readers: Arc<Semaphore>,
    commits: AtomicU32,
    checkpoint: mpsc::SyncSender<()>,
}

/// A connection in use: the writer, or one reader that goes back to the pool.
#[derive(Debug)]
pub(crate) enum Held {
    Writer(OwnedMutexGuard<Connection>),
    Reader(Reader),
}

#[derive(Debug)]
pub(crate) struct Reader {
    /// `None` only while being dropped.
    connection: Option<Connection>,
    pool: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Held {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection> {
        match self {
            Self::Writer(connection) => Ok(connection),
            Self::Reader(reader) => reader.connection.as_mut().ok_or(Error::Poisoned),
        }
    }
}

impl Sqlite {
    /// Opens or creates the file.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_path_buf();
        tokio::task::spawn_blocking(move || Self::open_blocking(path))
            .await
            .map_err(|e| Error::Other(e.into()))?
    }

    fn open_blocking(path: PathBuf) -> Result<Self> {
        let writer = connect(&path, 32)?;
        let readers = (0..READERS).map(|_| connect(&path, 4)).collect::<Result<Vec<_>>>()?;
        let side = connect(&path, 1)?;
        let (checkpoint, wanted) = mpsc::sync_channel::<()>(1);
        // The thread ends when the sender is dropped with the database.
        std::thread::Builder::new()
            .name("everlit-checkpoint".to_owned())
            .spawn(move || {
                while wanted.recv().is_ok() {
                    if let Err(error) = side.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
                        tracing::warn!(%error, "checkpoint");
                    }
                }
            })
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self {
            path,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers: Arc::new(Mutex::new(readers)),
            free_readers: Arc::new(Semaphore::new(READERS)),
            commits: AtomicU32::new(0),
            checkpoint,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn begin(&self) -> Result<Held> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        writer.prepare_cached("BEGIN IMMEDIATE").and_then(|mut s| s.execute([])).map_err(translate)?;
        Ok(Held::Writer(writer))
    }

    pub(crate) async fn read(&self) -> Result<Held> {
        let permit =
            Arc::clone(&self.free_readers).acquire_owned().await.map_err(|e| Error::Other(e.into()))?;
        let connection = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Held::Reader(Reader { connection, pool: Arc::clone(&self.readers), _permit: permit }))
    }

    /// The disk is written on a blocking thread; the answer comes when it is on disk.
    pub(crate) async fn commit(&self, mut held: Held) -> Result<()> {
        tokio::task::spawn_blocking(move || {
            let connection = held.connection()?;
            connection
                .prepare_cached("COMMIT")
                .and_then(|mut s| s.execute([]))
                .map_err(translate)
                .inspect_err(|_| {
                    rollback(connection);
                })
        })
        .await
        .map_err(|error| Error::Other(error.into()))??;
        let commits = self.commits.fetch_add(1, Ordering::Relaxed);
        if commits % COMMITS_PER_CHECKPOINT == COMMITS_PER_CHECKPOINT.saturating_sub(1) {
            // Full means a checkpoint is already asked for.
            let _ = self.checkpoint.try_send(());
        }
        Ok(())
    }
}

/// Ends a transaction that will not be committed.
pub(crate) fn rollback(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "rollback");
    }
}

fn connect(path: &Path, cache_mib: i64) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(translate)?;
    connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(translate)?;
    connection.set_prepared_statement_cache_capacity(1024);
    // A statement keeps its plan whatever it is run with; otherwise every run with other values may prepare it again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(translate)?;
    // The write-ahead log is checkpointed by the side connection; the automatic checkpoint is only the safety net.
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{}; PRAGMA wal_autocheckpoint = 20000;
             PRAGMA journal_size_limit = 134217728;",
            cache_mib.saturating_mul(1024)
        ))
        .map_err(translate)?;
    Ok(connection)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(v) => ToSqlOutput::Borrowed(ValueRef::Integer(*v)),
            Self::Bool(v) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*v))),
            Self::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
            Self::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
            Self::Ints(v) => ToSqlOutput::from(json_list(v.iter().map(i64::to_string))),
            Self::Texts(v) => ToSqlOutput::from(json_list(v.iter().map(|t| json_string(t)))),
        })
    }
}

fn json_list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Runs one statement and reads its rows.
pub(crate) fn query(connection: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let mut out = Vec::new();
    collect(&mut statement, params, &mut out)?;
    Ok(out)
}

/// Runs one statement and counts the rows changed.
pub(crate) fn execute(connection: &Connection, sql: &str, params: &[Value]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let changed = statement.execute(rusqlite::params_from_iter(params)).map_err(translate)?;
    u64::try_from(changed).map_err(|e| Error::Other(e.into()))
}

/// Runs the statement once per row.
pub(crate) fn bulk(connection: &Connection, sql: &str, rows: &[Vec<Value>]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let mut changed: usize = 0;
    for row in rows {
        changed =
            changed.saturating_add(statement.execute(rusqlite::params_from_iter(row)).map_err(translate)?);
    }
    u64::try_from(changed).map_err(|e| Error::Other(e.into()))
}

/// Runs the statement once per row and collects what each run returns.
pub(crate) fn bulk_rows(connection: &Connection, statement: &Bulk, rows: &[Vec<Value>]) -> Result<Vec<Row>> {
    let sql = statement.rendered(super::Engine::Sqlite);
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let mut out = Vec::new();
    for row in rows {
        collect(&mut statement, row, &mut out)?;
    }
    Ok(out)
}

fn collect(
    statement: &mut rusqlite::CachedStatement<'_>,
    params: &[Value],
    out: &mut Vec<Row>,
) -> Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let mut values = Vec::with_capacity(columns);
        for index in 0..columns {
            values.push(match row.get_ref(index).map_err(translate)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(v) => Value::Int(v),
                ValueRef::Text(v) => Value::Text(String::from_utf8_lossy(v).into_owned()),
                ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
                ValueRef::Real(_) => {
                    return Err(Error::Shape("a fraction in a column of whole numbers".to_owned()));
                }
            });
        }
        out.push(Row(values));
    }
    Ok(())
}

/// Prepares without running: for the test over all statements.
pub(crate) fn prepare(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare(sql).map(|_| ()).map_err(translate)
}

pub(crate) fn translate(error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Error::Other(error.into()) };
    let what = message.clone().unwrap_or_default();
    match (failure.extended_code, failure.code) {
        (
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID,
            _,
        ) => Error::Unique(what),
        (ffi::SQLITE_CONSTRAINT_CHECK, _) => Error::Check(what),
        (_, rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Error::Conflict(what),
        (_, rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::CannotOpen) => Error::Unavailable(what),
        _ => Error::Other(error.into()),
    }
}
