//! `everlit reconcile run` and `everlit reconcile report`: bills without waiting for the schedule, and the report of a month.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use kernel::Actor;
use reconciliation::{Day, Month, bill, month};

use super::keys::stay;
use crate::Failure;
use crate::assemble::{Core, Services};
use crate::config::Config;
use crate::wiring;

/// The gateway whose statement may come as a file.
const BANK: &str = "bank_transfer";

#[derive(Debug, Subcommand)]
pub(crate) enum Reconcile {
    /// Fetches and matches the bills that are due; with a gateway and a day, that one at once.
    Run {
        /// The gateway: `card`.
        #[arg(long, requires = "day")]
        gateway: Option<String>,
        /// The day in Beijing: `2026-11-21`.
        #[arg(long, requires = "gateway", value_parser = day)]
        day: Option<Day>,
    },
    /// Takes the bank's statement of a day from a file, and matches it. Lines that do not read are told in the queue.
    Import {
        /// The day in Beijing: `2026-11-21`.
        #[arg(long, value_parser = day)]
        day: Day,
        /// The statement as the bank gave it.
        file: std::path::PathBuf,
    },
    /// Prints the report of a month with its hash, as a table.
    Report {
        #[arg(long)]
        gateway: String,
        /// `2026-11`
        #[arg(long, value_parser = parse_month)]
        month: Month,
    },
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "a day looks like 2026-11-21".to_owned())
}

fn parse_month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "a month looks like 2026-11".to_owned())
}

pub(crate) async fn run(config: &Config, command: Reconcile) -> Result<ExitCode, Failure> {
    let core = Core::beside(config).await?;
    // Lines are sealed, and keys may be exchanged meanwhile: this node says that it lives and takes what is published.
    tokio::select! {
        done = work(config, &core, command) => done?,
        () = Arc::clone(&core.keyring).follow(core.cx.clone()) => return Err("the data keys are not followed".into()),
        lost = stay(&core) => return Err(lost),
    }
    core.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn work(config: &Config, core: &Core, command: Reconcile) -> Result<(), Failure> {
    let actor = Actor::system("reconcile");
    match command {
        Reconcile::Run { gateway, day } => {
            let services = Services::connect(config, &core.cx, false).await?;
            let svc = wiring::reconciliation(&services);
            match gateway.zip(day) {
                Some((gateway, day)) => {
                    println!("{gateway} {day}: {:?}", bill::fetch(&svc, &actor, &gateway, day).await?);
                    tell(&bill::find_day(&core.cx, &actor, &gateway, day).await?);
                }
                None => println!("{} days were due", bill::sweep(&svc).await?),
            }
        }
        Reconcile::Import { day, file } => {
            let services = Services::connect(config, &core.cx, false).await?;
            let svc = wiring::reconciliation(&services);
            let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            println!("{BANK} {day}: {:?}", bill::hand_in(&svc, &actor, (BANK, day), &bytes).await?);
            tell(&bill::find_day(&core.cx, &actor, BANK, day).await?);
        }
        Reconcile::Report { gateway, month: wanted } => {
            print!("{}", month::csv(&core.cx, &actor, &gateway, wanted, "printed by the command").await?);
        }
    }
    Ok(())
}

fn tell(day: &bill::BillDay) {
    let (state, ours) = (day.state.name(), day.ours);
    println!(
        "{state}: {} lines matched, {ours} bookings of ours, {} left to the next bill",
        day.matched, day.pending
    );
}
