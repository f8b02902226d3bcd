//! What tables there are: for the test that both databases have the same, and for moving data.

use crate::{Db, Engine, Result, Tx, Value};

/// A column, with its type in the shared palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// `int`, `bool`, `text`, `bytes`, or the engine's word for anything else.
    pub kind: String,
    pub nullable: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// The primary key's columns in order.
    pub key: Vec<String>,
    /// The names of indexes we created, sorted.
    pub indexes: Vec<String>,
}

impl Db {
    /// Every table of ours, sorted by name.
    pub async fn schema(&self) -> Result<Vec<Table>> {
        let mut tx = self.read().await?;
        let names = tx.raw(pick(tx.engine(), TABLES), Vec::new()).await?;
        let mut tables = Vec::new();
        for row in names {
            let name: String = row.reader().get()?;
            tables.push(table(&mut tx, name).await?);
        }
        Ok(tables)
    }
}

type Pair = [&'static str; 2];

fn pick(engine: Engine, pair: Pair) -> &'static str {
    let [sqlite, postgres] = pair;
    match engine {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    }
}

const TABLES: Pair = [
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name COLLATE \"C\"",
];

/// Name, type, whether NOT NULL is missing.
const COLUMNS: Pair = [
    "SELECT name, lower(type), CASE WHEN \"notnull\" = 1 OR pk > 0 THEN 0 ELSE 1 END FROM pragma_table_info($1) ORDER BY cid",
    "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT), CASE WHEN is_nullable = 'NO' THEN 0 ELSE 1 END
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
];

const KEY: Pair = [
    "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
    "SELECT CAST(a.attname AS TEXT) FROM pg_index i
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
     WHERE i.indisprimary AND i.indrelid = CAST($1 AS TEXT)::regclass ORDER BY k.place",
];

const INDEXES: Pair = [
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL ORDER BY name",
    // Those of a primary key or a UNIQUE in the table's definition belong to a constraint.
    "SELECT CAST(c.relname AS TEXT) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = CAST($1 AS TEXT)::regclass
     AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY c.relname COLLATE \"C\"",
];

async fn table(tx: &mut Tx, name: String) -> Result<Table> {
    let engine = tx.engine();
    let mut columns = Vec::new();
    for row in tx.raw(pick(engine, COLUMNS), vec![Value::from(&name)]).await? {
        let mut r = row.reader();
        let (column, kind, nullable): (String, String, bool) = (r.get()?, r.get()?, r.get()?);
        columns.push(Column { name: column, kind: shared_kind(&kind), nullable });
    }
    let mut key = Vec::new();
    for row in tx.raw(pick(engine, KEY), vec![Value::from(&name)]).await? {
        key.push(row.reader().get()?);
    }
    let mut indexes = Vec::new();
    for row in tx.raw(pick(engine, INDEXES), vec![Value::from(&name)]).await? {
        indexes.push(row.reader().get()?);
    }
    Ok(Table { name, columns, key, indexes })
}

fn shared_kind(kind: &str) -> String {
    match kind {
        "integer" | "bigint" => "int",
        "boolean" => "bool",
        "blob" | "bytea" => "bytes",
        other => other,
    }
    .to_owned()
}
