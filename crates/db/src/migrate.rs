//! Migrations: one file for both engines, each applied once, in its own transaction.

use crate::{Db, Error, Result, Value, dialect};

/// The migrations of one crate, oldest first. A file that was released is never changed.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    pub crate_name: &'static str,
    /// Name and SQL; statements are separated by a semicolon at the end of a line.
    pub files: &'static [(&'static str, &'static str)],
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS everlit_migration (
    crate_name TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (crate_name, name))";

impl Db {
    /// Applies what is missing, in the order given. Several nodes may call it at once. Returns the names applied.
    pub async fn migrate(&self, sets: &[Migrations]) -> Result<Vec<String>> {
        let mut tx = self.begin().await?;
        tx.lock_migrations(TABLE).await?;
        let mut applied = Vec::new();
        for set in sets {
            for (name, sql) in set.files {
                if self.is_applied(&mut tx, set.crate_name, name).await? {
                    continue;
                }
                for statement in split(&dialect::render(sql, &[], self.engine())) {
                    tx.raw(&statement, Vec::new()).await.map_err(|error| {
                        Error::Other(format!("{}/{name}: {error}\n{statement}", set.crate_name).into())
                    })?;
                }
                tx.raw(
                    "INSERT INTO everlit_migration (crate_name, name) VALUES ($1, $2)",
                    vec![Value::from(set.crate_name), Value::from(*name)],
                )
                .await?;
                applied.push(format!("{}/{name}", set.crate_name));
            }
        }
        tx.commit().await?;
        Ok(applied)
    }

    /// The names that [`Db::migrate`] would apply.
    pub async fn pending_migrations(&self, sets: &[Migrations]) -> Result<Vec<String>> {
        let mut tx = self.begin().await?;
        tx.raw(TABLE, Vec::new()).await?;
        let mut pending = Vec::new();
        for set in sets {
            for (name, _) in set.files {
                if !self.is_applied(&mut tx, set.crate_name, name).await? {
                    pending.push(format!("{}/{name}", set.crate_name));
                }
            }
        }
        tx.commit().await?;
        Ok(pending)
    }

    async fn is_applied(&self, tx: &mut crate::Tx, crate_name: &str, name: &str) -> Result<bool> {
        let rows = tx
            .raw(
                "SELECT 1 FROM everlit_migration WHERE crate_name = $1 AND name = $2",
                vec![Value::from(crate_name), Value::from(name)],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}

/// Statements end with a semicolon at the end of a line; comment lines are left out.
fn split(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    code.join("\n")
        .split(";\n")
        .map(|s| s.trim().trim_end_matches(';').to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}
