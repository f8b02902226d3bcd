//! `everlit migrate` and `everlit db move`.

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Config;
use crate::{Failure, MIGRATIONS};

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Copies everything into another, empty database and compares counts and checksums. Stop the services first.
    Move {
        /// `postgres://user@host/name` or `sqlite:PATH`.
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

pub(crate) async fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let database = db::Db::open(&config.database).await?;
    let applied = database.migrate(&MIGRATIONS).await?;
    for name in &applied {
        println!("applied {name}");
    }
    println!("{} applied, up to date", applied.len());
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn run(config: &Config, command: Db) -> Result<ExitCode, Failure> {
    let Db::Move { to } = command;
    let source = db::Db::open(&config.database).await?;
    source.migrate(&MIGRATIONS).await?;
    let target = db::Db::open(&to).await?;
    target.migrate(&MIGRATIONS).await?;
    let moved = db::move_to(&source, &target).await?;
    let mut rows: u64 = 0;
    for table in &moved {
        rows = rows.saturating_add(table.rows);
        println!(
            "{:<24} {:>9} rows  {}",
            table.table,
            table.rows,
            table.checksum.get(..16).unwrap_or_default()
        );
    }
    println!("{} tables, {rows} rows, every checksum equal on both sides", moved.len());
    println!("Keep the same master key, set `database` to the new address, and start again.");
    Ok(ExitCode::SUCCESS)
}
