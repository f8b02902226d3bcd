//! PostgreSQL over the wire: a pool of connections, statements prepared once per connection, lists as arrays.

use std::error::Error as StdError;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{AsyncMessage, NoTls, Row as WireRow};

use crate::signal::Signal;
use crate::statement::{Bulk, ColumnType};
use crate::{Error, Result, Row, Statement, Value};

/// The one channel of the wire; our own channel's name travels in the payload.
const CHANNEL: &str = "everlit";
const DEFAULT_CONNECTIONS: usize = 16;

/// A pool of connections to one database.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects; `?pool=N` in the URL sets the most connections.
    pub(crate) async fn open(url: &str) -> Result<(Self, tokio_postgres::Config)> {
        let (url, connections) = pool_size(url);
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|_| Error::Unavailable("the database URL cannot be read".to_owned()))?;
        // Statements are prepared once and their lists vary in length: planning each execution anew costs more than it gains, and
        // before the first ANALYZE it even chooses full scans.
        config.options("-c plan_cache_mode=force_generic_plan");
        let manager = Manager::from_config(
            config.clone(),
            NoTls,
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool =
            Pool::builder(manager).max_size(connections).build().map_err(|e| Error::Other(e.into()))?;
        let database = Self { pool };
        drop(database.connection().await?);
        Ok((database, config))
    }

    pub(crate) async fn connection(&self) -> Result<Object> {
        self.pool.get().await.map_err(|error| Error::Unavailable(chain(&error)))
    }
}

fn pool_size(url: &str) -> (String, usize) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), DEFAULT_CONNECTIONS) };
    let (ours, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(|p| p.starts_with("pool="));
    let size = ours.first().and_then(|p| p.strip_prefix("pool=")).and_then(|n| n.parse().ok());
    let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    (url, size.unwrap_or(DEFAULT_CONNECTIONS).max(1))
}

/// Keeps a connection that listens, and hands on what it hears until the receiver is gone.
pub(crate) async fn listen(
    config: tokio_postgres::Config,
    out: tokio::sync::broadcast::Sender<Signal>,
    ready: tokio::sync::oneshot::Sender<()>,
) {
    let mut ready = Some(ready);
    loop {
        match listen_once(&config, &out, &mut ready).await {
            Ok(()) => tracing::warn!("the listening connection closed"),
            Err(error) => tracing::warn!(error = %chain(&error), "the listening connection broke"),
        }
        // What was sent meanwhile is lost: an unnamed signal tells everyone to look at everything.
        let _ = out.send(Signal { channel: String::new(), payload: String::new() });
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn listen_once(
    config: &tokio_postgres::Config,
    out: &tokio::sync::broadcast::Sender<Signal>,
    ready: &mut Option<tokio::sync::oneshot::Sender<()>>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let command = format!("LISTEN {CHANNEL}");
    let mut listen = std::pin::pin!(client.batch_execute(&command));
    let mut listening = false;
    loop {
        let message = if listening {
            std::future::poll_fn(|cx| connection.poll_message(cx)).await
        } else {
            tokio::select! {
                done = &mut listen => {
                    done?;
                    listening = true;
                    if let Some(ready) = ready.take() {
                        let _ = ready.send(());
                    }
                    continue;
                }
                message = std::future::poll_fn(|cx| connection.poll_message(cx)) => message,
            }
        };
        match message {
            None => return Ok(()),
            Some(Err(error)) => return Err(error),
            Some(Ok(AsyncMessage::Notification(note))) => {
                let (channel, payload) = note.payload().split_once('|').unwrap_or((note.payload(), ""));
                let _ = out.send(Signal { channel: channel.to_owned(), payload: payload.to_owned() });
            }
            Some(Ok(_)) => {}
        }
    }
}

/// What to run before the commit so that every node hears the signals: one round trip, however many there are.
pub(crate) async fn signal(client: &Object, signals: &[Signal]) -> Result<()> {
    if signals.is_empty() {
        return Ok(());
    }
    let sql = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS sent(payload)";
    let statement = client.prepare_cached(sql).await.map_err(translate)?;
    let payloads: Vec<String> = signals.iter().map(|s| format!("{}|{}", s.channel, s.payload)).collect();
    client.query(&statement, &[&CHANNEL, &payloads]).await.map_err(translate)?;
    Ok(())
}

pub(crate) async fn query(client: &Object, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(sql).await.map_err(translate)?;
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| -> &(dyn ToSql + Sync) { p }).collect();
    let rows = client.query(&statement, &params).await.map_err(translate)?;
    rows.iter().map(read_row).collect()
}

pub(crate) async fn execute(client: &Object, sql: &str, params: &[Value]) -> Result<u64> {
    let statement = client.prepare_cached(sql).await.map_err(translate)?;
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| -> &(dyn ToSql + Sync) { p }).collect();
    client.execute(&statement, &params).await.map_err(translate)
}

pub(crate) async fn bulk(client: &Object, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<u64> {
    let statement = client.prepare_cached(bulk.rendered(super::Engine::Postgres)).await.map_err(translate)?;
    let columns = columns(bulk, rows)?;
    let params: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|c| -> &(dyn ToSql + Sync) { c.as_ref() }).collect();
    client.execute(&statement, &params).await.map_err(translate)
}

pub(crate) async fn bulk_rows(client: &Object, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(bulk.rendered(super::Engine::Postgres)).await.map_err(translate)?;
    let columns = columns(bulk, rows)?;
    let params: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|c| -> &(dyn ToSql + Sync) { c.as_ref() }).collect();
    let rows = client.query(&statement, &params).await.map_err(translate)?;
    rows.iter().map(read_row).collect()
}

pub(crate) async fn prepare(client: &Object, sql: &str) -> Result<()> {
    client.prepare(sql).await.map(|_| ()).map_err(translate)
}

type Array = Box<dyn ToSql + Sync + Send>;

/// Rows become one array per column.
fn columns(bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<Vec<Array>> {
    let mut by_column: Vec<Vec<Value>> =
        bulk.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        if row.len() != by_column.len() {
            return Err(Error::Shape(format!("{}: a row has {} values", bulk.name(), row.len())));
        }
        for (column, value) in by_column.iter_mut().zip(row) {
            column.push(value);
        }
    }
    by_column.into_iter().zip(bulk.columns).map(|(values, (name, kind))| array(name, *kind, values)).collect()
}

fn array(name: &str, kind: ColumnType, values: Vec<Value>) -> Result<Array> {
    fn all<T>(name: &str, values: Vec<Value>, pick: impl Fn(Value) -> Option<T>) -> Result<Vec<Option<T>>> {
        values
            .into_iter()
            .map(|value| match value {
                Value::Null => Ok(None),
                other => pick(other).map(Some).ok_or_else(|| Error::Shape(format!("column {name}"))),
            })
            .collect()
    }
    Ok(match kind {
        ColumnType::Int => {
            Box::new(all(name, values, |v| if let Value::Int(v) = v { Some(v) } else { None })?)
        }
        ColumnType::Bool => {
            Box::new(all(name, values, |v| if let Value::Bool(v) = v { Some(v) } else { None })?)
        }
        ColumnType::Text => {
            Box::new(all(name, values, |v| if let Value::Text(v) = v { Some(v) } else { None })?)
        }
        ColumnType::Bytes => {
            Box::new(all(name, values, |v| if let Value::Bytes(v) = v { Some(v) } else { None })?)
        }
    })
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(v) if *kind == Type::INT4 => i32::try_from(*v)?.to_sql(kind, out),
            Self::Int(v) => v.to_sql(kind, out),
            Self::Bool(v) => v.to_sql(kind, out),
            Self::Text(v) => v.to_sql(kind, out),
            Self::Bytes(v) => v.to_sql(kind, out),
            Self::Ints(v) => v.to_sql(kind, out),
            Self::Texts(v) => v.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [
            Type::INT8,
            Type::INT4,
            Type::BOOL,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
            Type::BYTEA,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
        ]
        .contains(kind)
    }

    to_sql_checked!();
}

fn read_row(row: &WireRow) -> Result<Row> {
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let kind = column.type_();
        let value = if *kind == Type::INT8 {
            row.try_get::<_, Option<i64>>(index).map(Value::from)
        } else if *kind == Type::INT4 {
            row.try_get::<_, Option<i32>>(index).map(Value::from)
        } else if *kind == Type::BOOL {
            row.try_get::<_, Option<bool>>(index).map(Value::from)
        } else if *kind == Type::BYTEA {
            row.try_get::<_, Option<Vec<u8>>>(index).map(Value::from)
        } else {
            row.try_get::<_, Option<String>>(index).map(Value::from)
        };
        values.push(value.map_err(|_| Error::Shape(format!("column {} has type {kind}", column.name())))?);
    }
    Ok(Row(values))
}

/// The causes of an error in one line, for logs.
fn chain(error: &dyn StdError) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        out.push_str(": ");
        out.push_str(&cause.to_string());
        source = cause.source();
    }
    out
}

pub(crate) fn translate(error: tokio_postgres::Error) -> Error {
    use tokio_postgres::error::SqlState;
    let Some(detail) = error.as_db_error() else {
        return if error.is_closed() {
            Error::Unavailable(chain(&error))
        } else {
            Error::Other(error.into())
        };
    };
    let what = detail.constraint().unwrap_or_else(|| detail.message()).to_owned();
    let code = detail.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        Error::Unique(what)
    } else if *code == SqlState::CHECK_VIOLATION {
        Error::Check(what)
    } else if [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ]
    .contains(code)
    {
        Error::Conflict(what)
    } else if [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
        .contains(code)
    {
        Error::Unavailable(what)
    } else {
        // Not the detail, which may quote a row.
        Error::Other(format!("{} ({})", detail.message(), code.code()).into())
    }
}
