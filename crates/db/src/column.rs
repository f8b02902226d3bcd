//! The door for work on a column whose name is data: walking the values of one column of one table and exchanging them one by one.
//!
//! Everything else in Everlit is a constant statement that a test prepares. Exchanging the key under which values are sealed is the same
//! work on every table, so here the statement is made from a table's and a column's name. Both are taken from the schema of this
//! database, never from a caller: a name that is not there is refused before any SQL is made.

use crate::pool::Backend;
use crate::schema::Table;
use crate::{Db, Error, Result, Tx, Value};

/// A column that exists, with the key of its table.
#[derive(Debug, Clone)]
pub struct ColumnDoor {
    table: String,
    column: String,
    key: Vec<String>,
    text_key: Vec<bool>,
    /// Columns of text that hold the same in the clear.
    clear: Vec<(String, bool)>,
}

/// One value with its row's key.
#[derive(Debug, Clone)]
pub struct Found {
    pub key: Vec<Value>,
    pub bytes: Vec<u8>,
}

/// What lies in the clear in one row, in the order of the columns given.
#[derive(Debug, Clone)]
pub struct FoundClear {
    pub key: Vec<Value>,
    pub texts: Vec<Option<String>>,
}

impl ColumnDoor {
    /// The door to a column of bytes. `clear`: columns of text in the same table.
    pub fn of(schema: &[Table], table: &str, column: &str, clear: &[&str]) -> Result<Self> {
        let missing = |what: &str| Error::Shape(format!("{table}.{what} is not in the schema"));
        let found = schema.iter().find(|t| t.name == table).ok_or_else(|| missing(column))?;
        let kind = |name: &str| found.columns.iter().find(|c| c.name == name);
        if kind(column).is_none_or(|c| c.kind != "bytes") {
            return Err(missing(column));
        }
        let clear = clear
            .iter()
            .map(|name| match kind(name) {
                Some(c) if c.kind == "text" => Ok((c.name.clone(), c.nullable)),
                _ => Err(missing(name)),
            })
            .collect::<Result<Vec<_>>>()?;
        if found.key.is_empty() {
            return Err(Error::Shape(format!("{table} has no key")));
        }
        let text_key = found.key.iter().map(|name| kind(name).is_some_and(|c| c.kind == "text")).collect();
        Ok(Self {
            table: table.to_owned(),
            column: column.to_owned(),
            key: found.key.clone(),
            text_key,
            clear,
        })
    }

    /// The next values in key order that do not begin with `prefix`.
    pub async fn unlike(
        &self,
        db: &Db,
        prefix: &[u8],
        after: Option<&[Value]>,
        limit: u16,
    ) -> Result<Vec<Found>> {
        let length = prefix.len();
        let mut params = vec![Value::from(prefix)];
        let beyond = self.beyond(db, after, &mut params);
        let column = &self.column;
        let wanted = format!("{column} IS NOT NULL AND substr({column}, 1, {length}) <> $1 {beyond}");
        let sql = self.select(db, std::slice::from_ref(&self.column), &wanted, limit);
        let rows = db.read().await?.raw(&sql, params).await?;
        rows.into_iter()
            .map(|row| {
                let mut key = row.0;
                match key.pop() {
                    Some(Value::Bytes(bytes)) => Ok(Found { key, bytes }),
                    _ => Err(Error::Shape(format!("{}.{} is not bytes", self.table, self.column))),
                }
            })
            .collect()
    }

    /// The next rows in key order that have a value here, with what stands in another column of bytes of the same table.
    pub async fn beside(
        &self,
        db: &Db,
        other: &Self,
        after: Option<&[Value]>,
        limit: u16,
    ) -> Result<Vec<(Found, Option<Vec<u8>>)>> {
        if self.table != other.table {
            return Err(Error::Shape(format!("{} and {} are two tables", self.table, other.table)));
        }
        let mut params = Vec::new();
        let beyond = self.beyond(db, after, &mut params);
        let columns = [other.column.clone(), self.column.clone()];
        let sql = self.select(db, &columns, &format!("{} IS NOT NULL {beyond}", self.column), limit);
        let rows = db.read().await?.raw(&sql, params).await?;
        rows.into_iter()
            .map(|row| {
                let mut key = row.0;
                match (key.pop(), key.pop()) {
                    (Some(Value::Bytes(bytes)), Some(Value::Bytes(beside))) => {
                        Ok((Found { key, bytes }, Some(beside)))
                    }
                    (Some(Value::Bytes(bytes)), Some(Value::Null)) => Ok((Found { key, bytes }, None)),
                    _ => Err(Error::Shape(format!("{}.{} is not bytes", self.table, self.column))),
                }
            })
            .collect()
    }

    /// Exchanges one value; `false` when it is no longer `old`, or somebody is writing the row at this moment. It never waits for
    /// another transaction, so it is never part of a deadlock and nobody's transaction fails because of it.
    pub async fn replace(&self, tx: &mut Tx, key: &[Value], old: &[u8], new: &[u8]) -> Result<bool> {
        let mut params = vec![Value::from(old)];
        let row = self.row(key, &mut params);
        let (table, column, first) = (&self.table, &self.column, self.first_key());
        let lock =
            format!("SELECT {first} FROM {table} WHERE {row} AND {column} = $1 {{for_update_skip_locked}}");
        if tx.raw(&lock, params).await?.is_empty() {
            return Ok(false);
        }
        let mut params = vec![Value::from(old), Value::from(new)];
        let row = self.row(key, &mut params);
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {row} AND {column} = $1 RETURNING {first}");
        Ok(tx.raw(&sql, params).await?.len() == 1)
    }

    /// How many values begin with what. `short` and `long` are the first bytes and lengths of the two sorts of beginnings.
    pub async fn count_by_prefix(&self, db: &Db, short: (u8, u8), long: u8) -> Result<Vec<(Vec<u8>, i64)>> {
        let (table, column, ((head, few), many)) = (&self.table, &self.column, (short, long));
        let sql = format!(
            "SELECT start, CAST(COUNT(*) AS BIGINT) FROM
               (SELECT CASE WHEN substr({column}, 1, 1) = $1 THEN substr({column}, 1, {few})
                       ELSE substr({column}, 1, {many}) END AS start
                FROM {table} WHERE {column} IS NOT NULL) starts
             GROUP BY start"
        );
        let rows = db.read().await?.raw(&sql, vec![Value::Bytes(vec![head])]).await?;
        rows.iter()
            .map(|row| {
                let mut r = row.reader();
                Ok((r.get()?, r.get()?))
            })
            .collect()
    }

    /// Whether the column holds any value.
    pub async fn has_any(&self, db: &Db) -> Result<bool> {
        let sql = format!("SELECT 1 FROM {} WHERE {} IS NOT NULL LIMIT 1", self.table, self.column);
        Ok(!db.read().await?.raw(&sql, Vec::new()).await?.is_empty())
    }

    /// The next rows in key order in which one of the clear columns is not empty.
    pub async fn in_the_clear(
        &self,
        db: &Db,
        after: Option<&[Value]>,
        limit: u16,
    ) -> Result<Vec<FoundClear>> {
        let mut params = Vec::new();
        let beyond = self.beyond(db, after, &mut params);
        let filled: Vec<String> = self.clear.iter().map(|(name, _)| format!("{name} <> ''")).collect();
        let names: Vec<String> = self.clear.iter().map(|(name, _)| name.clone()).collect();
        let sql = self.select(db, &names, &format!("({}) {beyond}", filled.join(" OR ")), limit);
        let width = self.key.len();
        let rows = db.read().await?.raw(&sql, params).await?;
        rows.into_iter()
            .map(|row| {
                let mut key = row.0;
                let texts = key.split_off(width.min(key.len()));
                let texts = texts.into_iter().map(|value| match value {
                    Value::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
                    Value::Null => Ok(None),
                    _ => Err(Error::Shape(format!("{} has no text in the clear", self.table))),
                });
                Ok(FoundClear { texts: texts.collect::<Result<_>>()?, key })
            })
            .collect()
    }

    /// Writes the sealed value of a row and empties its clear columns; `false` when they changed meanwhile.
    pub async fn cover(&self, tx: &mut Tx, found: &FoundClear, sealed: &[u8]) -> Result<bool> {
        let mut params = vec![Value::from(sealed)];
        let mut row = self.row(&found.key, &mut params);
        let mut emptied = String::new();
        for ((name, nullable), text) in self.clear.iter().zip(&found.texts) {
            emptied.push_str(&format!(", {name} = {}", if *nullable { "NULL" } else { "''" }));
            if let Some(text) = text {
                params.push(Value::from(text));
                row.push_str(&format!(" AND {name} = ${}", params.len()));
            }
        }
        let (table, column, first) = (&self.table, &self.column, self.first_key());
        let sql = format!("UPDATE {table} SET {column} = $1{emptied} WHERE {row} RETURNING {first}");
        Ok(tx.raw(&sql, params).await?.len() == 1)
    }

    fn first_key(&self) -> &str {
        self.key.first().map_or("1", String::as_str)
    }

    fn select(&self, db: &Db, columns: &[String], wanted: &str, limit: u16) -> String {
        let key = self.ordered_key(db);
        let all: Vec<&str> = self.key.iter().chain(columns).map(String::as_str).collect();
        let all = all.join(", ");
        format!("SELECT {all} FROM {} WHERE {wanted} ORDER BY {key} LIMIT {limit}", self.table)
    }

    /// The key's columns, texts byte by byte on both engines.
    fn ordered_key(&self, db: &Db) -> String {
        let bytewise = match db.backend() {
            Backend::Sqlite(_) => "",
            Backend::Postgres(_) => " COLLATE \"C\"",
        };
        let columns = self.key.iter().zip(&self.text_key);
        let columns = columns.map(|(name, text)| format!("{name}{}", if *text { bytewise } else { "" }));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// `AND (key) > (last key)`, its values put behind `params`.
    fn beyond(&self, db: &Db, after: Option<&[Value]>, params: &mut Vec<Value>) -> String {
        let Some(after) = after else { return String::new() };
        let mut places = Vec::new();
        for value in after {
            params.push(value.clone());
            places.push(format!("${}", params.len()));
        }
        format!("AND ({}) > ({})", self.ordered_key(db), places.join(", "))
    }

    /// `key = $n AND …`, its values put behind `params`.
    fn row(&self, key: &[Value], params: &mut Vec<Value>) -> String {
        let mut parts = Vec::new();
        for (name, value) in self.key.iter().zip(key) {
            params.push(value.clone());
            parts.push(format!("{name} = ${}", params.len()));
        }
        parts.join(" AND ")
    }
}
