//! The real binary, started as anybody would start it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Failure;
use crate::http::{Connection, Request};

/// A start that takes longer went wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// How to start it.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// Nothing else is passed on, apart from what programs need to run.
    pub variables: Vec<(String, String)>,
    pub address: SocketAddr,
    /// What is asked for the first answer.
    pub probe: &'static str,
    /// Where its log goes.
    pub log: PathBuf,
}

/// A running process. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub pid: u32,
}

impl Server {
    /// Starts the process; whether it answers is another question.
    pub fn spawn(start: &Start) -> Result<Self, Failure> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&start.log)?;
        let mut command = Command::new(&start.program);
        command.args(&start.arguments).env_clear().kill_on_drop(true);
        for name in ["PATH", "HOME", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(start.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().map_err(|error| format!("{}: {error}", start.program.display()))?;
        let pid = child.id().ok_or("the process ended at once")?;
        Ok(Self { child, pid })
    }

    /// Starts it and waits for the first answer; with how long that took.
    pub async fn start(start: &Start) -> Result<(Self, Duration), Failure> {
        let began = Instant::now();
        let mut server = Self::spawn(start)?;
        loop {
            if answers(start).await {
                return Ok((server, began.elapsed()));
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended with {status}:\n{}", tail(&start.log)).into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the server does not answer:\n{}", tail(&start.log)).into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// `kill -9`: nothing is finished, nothing is flushed.
    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end, as a supervisor would, and waits.
    pub async fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

async fn answers(start: &Start) -> bool {
    let Ok(mut connection) = Connection::open(start.address).await else { return false };
    connection.send(&Request::get(start.probe, None)).await.is_ok_and(|answer| answer.status == 200)
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// A port nobody listens on, on this machine only.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    Ok(std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?.local_addr()?)
}

/// The binary beside this one; built when it is missing.
pub(crate) fn everlit() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program lies nowhere")?;
    // Tests lie one folder deeper than binaries.
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let file = folder.join(format!("everlit{}", std::env::consts::EXE_SUFFIX));
    if !file.is_file() {
        let mut build =
            std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--package", "everlit"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        if !build.status()?.success() || !file.is_file() {
            return Err(format!("{} could not be built", file.display()).into());
        }
    }
    Ok(file)
}

/// Settings of an installation in this folder, on this database.
pub(crate) fn variables(data: &Path, database: &str, address: SocketAddr) -> Vec<(String, String)> {
    let set = |name: &str, value: String| (format!("EVERLIT_{name}"), value);
    vec![
        set("DATA", data.display().to_string()),
        set("DATABASE", database.to_owned()),
        set("LISTEN", address.to_string()),
        set("PUBLIC_URL", format!("http://{address}")),
        // What is measured is how much it can do, not how much one address may.
        set("LIMITS__ENABLED", "false".to_owned()),
    ]
}

/// The sum of all lines of a measure in Prometheus' text.
pub(crate) fn sum_of(text: &str, name: &str) -> f64 {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.starts_with([' ', '{']).then(|| rest.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
    });
    values.sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_measure_is_summed_and_not_confused_with_a_longer_name() {
        let text = "a_sum 2.5\na_sum{x=\"1\"} 1\na_sum_total 9\n# a_sum\n";
        assert!((super::sum_of(text, "a_sum") - 3.5).abs() < 1e-9);
    }
}
