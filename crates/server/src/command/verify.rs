//! `everlit ledger verify` and `everlit audit verify`: proofs on a live system.

use std::process::ExitCode;

use clap::Subcommand;

use crate::Failure;
use crate::assemble::Core;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(crate) enum Verify {
    /// Proves that nothing was changed, lost or made up; names the first bad row.
    Verify,
}

pub(crate) async fn ledger(config: &Config) -> Result<ExitCode, Failure> {
    let core = Core::beside(config).await?;
    let report = ledger::verify(&core.cx).await?;
    println!(
        "{} accounts, {} transfers, {} holds, {} chain entries",
        report.accounts, report.transfers, report.holds, report.entries
    );
    for total in &report.totals {
        println!("{total:?}");
    }
    for head in &report.heads {
        let hash: Vec<String> = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("chain {} ends at {} with {}", head.lane.0, head.seq, hash.concat());
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
    let report = audit::verify(&core.cx).await?;
    println!("{} entries in {} chains", report.entries, report.lanes);
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
