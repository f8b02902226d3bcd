//! The commands of the binary.

mod catalogue;
mod db;
mod doctor;
mod keys;
mod reconcile;
mod risk;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::{Failure, demo, serve, telemetry};

/// Everlit (长明): a self-hosted 24-hour self-service counter.
#[derive(Debug, Parser)]
#[command(name = "everlit", version)]
struct Cli {
    /// The settings file; every setting can also come as a variable `EVERLIT_…`.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything at once, with sample services, sandbox providers and a year of history.
    Demo {
        /// Where everything is kept.
        #[arg(long, value_name = "DIR", default_value = "./everlit-data")]
        data: PathBuf,
        /// Where pages are served. Port 0 takes any free one.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8024")]
        listen: std::net::SocketAddr,
        /// Without the year of history: starts at once, with empty lists.
        #[arg(long)]
        fresh: bool,
    },
    /// Serves pages and API, and does the work behind them.
    Serve {
        /// Only pages and API; `everlit worker` does the work elsewhere.
        #[arg(long)]
        no_worker: bool,
    },
    /// Does the work: outbox, jobs, schedules. Several may run on one PostgreSQL.
    Worker,
    /// Brings the database up to date.
    Migrate,
    /// Service packs.
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    /// The books.
    #[command(subcommand)]
    Ledger(verify::Verify),
    /// The gateways' bills against our books.
    #[command(subcommand)]
    Reconcile(reconcile::Reconcile),
    /// The record of who did what.
    #[command(subcommand)]
    Audit(verify::Audit),
    /// The database.
    #[command(subcommand)]
    Db(db::Db),
    /// The keys under which personal data lies.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The learned score of risk.
    #[command(subcommand)]
    Risk(risk::Risk),
    /// Looks at everything that must be right before people come.
    Doctor,
}

/// Reads the command line and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &Failure) -> ExitCode {
    eprintln!("everlit: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    if let Command::Demo { data, listen, fresh } = &cli.command {
        telemetry::start("warn,everlit=info", telemetry::Format::Text)?;
        return demo::run(data, *listen, *fresh).await.map(|()| ExitCode::SUCCESS);
    }
    if let Command::Catalogue(catalogue::Catalogue::Check { folder }) = &cli.command {
        return catalogue::check(folder);
    }
    if let Command::Audit(verify::Audit::Verify { file: Some(file) }) = &cli.command {
        return verify::export(file);
    }
    if let Command::Risk(command) = &cli.command
        && command.is_simulated()
    {
        return risk::simulated(command);
    }
    let config = Config::read(cli.config.as_deref())?;
    telemetry::start(&config.log, config.log_format)?;
    match cli.command {
        Command::Demo { .. } | Command::Catalogue(catalogue::Catalogue::Check { .. }) => {
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve { no_worker } => {
            let role = if no_worker { serve::Role::Pages } else { serve::Role::Everything };
            serve::run(config, role).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Worker => serve::run(config, serve::Role::Work).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate => db::migrate(&config).await,
        Command::Catalogue(catalogue::Catalogue::Publish { folder }) => {
            catalogue::publish(&config, &folder).await
        }
        Command::Ledger(verify::Verify::Verify) => verify::ledger(&config).await,
        Command::Reconcile(command) => reconcile::run(&config, command).await,
        Command::Audit(verify::Audit::Verify { .. }) => verify::audit(&config).await,
        Command::Db(command) => db::run(&config, command).await,
        Command::Keys(command) => keys::run(&config, command).await,
        Command::Risk(command) => risk::run(&config, &command).await,
        Command::Doctor => doctor::run(&config).await,
    }
}
