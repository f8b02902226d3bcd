//! PostgreSQL's own benchmark (TPC-B) on the same server: the bound people know.

use std::path::PathBuf;

use tokio::process::Command;

use crate::Failure;

/// 10 branches a client, so that they seldom meet.
const SCALE: &str = "80";
const CLIENTS: &str = "8";

/// Transactions a second with eight clients.
pub(crate) async fn tpcb(server: &str, secs: f64) -> Result<f64, Failure> {
    let program = program();
    let scratch = crate::site::Scratch::new(crate::Engine::Postgres, Some(server)).await?;
    run(&program, &["--initialize", "--quiet", "--scale", SCALE, &scratch.url]).await?;
    let secs = (secs.ceil() as u64).max(1).to_string();
    let said = run(&program, &["--client", CLIENTS, "--jobs", "2", "--time", &secs, &scratch.url]).await?;
    scratch.close().await?;
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench said no figure:\n{said}").into())
}

/// On the path, or where Debian keeps it.
fn program() -> PathBuf {
    let versions =
        (13..20).rev().map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/pgbench")));
    versions.into_iter().find(|file| file.is_file()).unwrap_or_else(|| "pgbench".into())
}

async fn run(program: &PathBuf, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(arguments).output().await;
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}
