//! `everlit ledger verify` and `everlit audit verify`: proofs on a live system, and of an export without one.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use kernel::hex;

use super::keys::stay;
use crate::Failure;
use crate::assemble::Core;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(crate) enum Verify {
    /// Proves that nothing was changed, lost or made up; names the first bad row.
    Verify,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Proves that no entry was changed, lost or made up; names the first bad row.
    Verify {
        /// An export of the record, proved by itself: needs neither settings nor database.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

pub(crate) async fn ledger(config: &Config) -> Result<ExitCode, Failure> {
    let core = Core::beside(config).await?;
    let report = ledger::verify(&core.cx).await?;
    println!(
        "{} accounts, {} transfers, {} holds, {} chain entries, {} statements, {} settlements",
        report.accounts,
        report.transfers,
        report.holds,
        report.entries,
        report.statements,
        report.settlements
    );
    for total in &report.totals {
        println!("{total:?}");
    }
    for head in &report.heads {
        println!("chain {} ends at {} with {}", head.lane.0, head.seq, hex::encode(&head.hash));
    }
    for fault in &report.faults {
        println!("FAULT {fault:?}");
    }
    println!("{}", if report.is_sound() { "the books are right" } else { "the books are NOT right" });
    core.close().await?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) async fn audit(config: &Config) -> Result<ExitCode, Failure> {
    let core = Core::beside(config).await?;
    // Reasons are sealed, and keys may be exchanged meanwhile: this node says that it lives and takes what is published.
    let report = tokio::select! {
        report = audit::verify(&core.cx) => report?,
        () = Arc::clone(&core.keyring).follow(core.cx.clone()) => return Err("the data keys are not followed".into()),
        lost = stay(&core) => return Err(lost),
    };
    println!("{} entries in {} chains", report.entries, report.lanes);
    tell(&report.heads);
    let code = match &report.bad {
        None => {
            println!("the record is unbroken");
            ExitCode::SUCCESS
        }
        Some(bad) => {
            println!("chain {}, entry {} (row {}): {}", bad.lane, bad.seq, bad.id, bad.what);
            ExitCode::FAILURE
        }
    };
    core.close().await?;
    Ok(code)
}

/// Proves an export. The ends are told, to be compared with those of another source.
pub(crate) fn export(file: &Path) -> Result<ExitCode, Failure> {
    let opened = File::open(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let proof = audit::verify_export(BufReader::new(opened))?;
    let sort = if proof.whole { "without gaps" } else { "a selection" };
    println!("{} entries, {sort}", proof.entries);
    if let Some(bad) = &proof.bad {
        println!("line {}: {}", bad.line, bad.what);
        return Ok(ExitCode::FAILURE);
    }
    tell(&proof.heads);
    println!("the export is as it was made");
    Ok(ExitCode::SUCCESS)
}

fn tell(heads: &[audit::Head]) {
    for head in heads {
        println!("chain {} ends at {} with {}", head.lane, head.seq, hex::encode(&head.hash));
    }
}
