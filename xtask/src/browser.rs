//! Browser tests and screenshots: the built binary as a demo, Debian's Chromium, and the Node programs in `e2e/`.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::install::{self, Install};
use crate::sys::{self, Failure, Result};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub passed: u64,
    pub failed: u64,
}

impl Totals {
    pub fn add(&mut self, other: Totals) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
    }

    pub fn into_result(self) -> Result {
        println!("{self}");
        if self.failed == 0 { Ok(()) } else { Err(Failure::silent()) }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs the suites; the caller prints the totals.
pub fn e2e(args: Vec<String>) -> Result<Totals> {
    let mut program = prepare(args, "run.mjs")?;
    // The clients of payment gateways, for the suite in which other people's software checks them.
    program.env("EVERLIT_E2E_GATEWAY", gateways()?);
    println!("xtask: {}", sys::line(&program));
    let mut child = program.stdout(Stdio::piped()).spawn()?;
    let mut totals = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            match totals_line(&line) {
                Some(found) => totals = Some(found),
                None => println!("{line}"),
            }
        }
    }
    let status = child.wait()?;
    let mut totals = totals.ok_or_else(|| Failure::new(format!("the browser tests broke off ({status})")))?;
    if !status.success() && totals.failed == 0 {
        totals.failed = 1;
    }
    Ok(totals)
}

pub fn screenshots(args: Vec<String>) -> Result {
    sys::run(&mut prepare(args, "screenshots.mjs")?)
}

/// The Node program with everything it needs in place.
fn prepare(mut args: Vec<String>, script: &str) -> Result<Command> {
    let install = if sys::take_flag(&mut args, "--no-install") { Install::Never } else { Install::Allowed };
    let release = sys::take_flag(&mut args, "--release");
    let url = sys::take_value(&mut args, "--url")?;
    let keep = sys::take_flag(&mut args, "--keep");
    let e2e = sys::root().join("e2e");
    let node = install::node(install)?;
    let chromium = install::chromium(install)?;
    install::paper(install)?;
    install::node_packages(&e2e)?;
    let mut command = Command::new(node);
    command.arg(Path::new("e2e").join(script)).args(&args).current_dir(sys::root()).stdin(Stdio::null());
    command.env("EVERLIT_CHROMIUM", chromium);
    match url {
        Some(url) => command.env("EVERLIT_E2E_URL", url),
        None => command.env("EVERLIT_E2E_BINARY", build(release)?),
    };
    if keep {
        command.env("EVERLIT_E2E_KEEP", "1");
    }
    Ok(command)
}

fn build(release: bool) -> Result<PathBuf> {
    let mut cargo = sys::cargo();
    cargo.args(["build", "--locked", "--package", "everlit", "--bin", "everlit"]);
    if release {
        cargo.arg("--release");
    }
    sys::run(&mut cargo)?;
    Ok(sys::target_directory()?.join(if release { "release" } else { "debug" }).join("everlit"))
}

fn gateways() -> Result<PathBuf> {
    sys::run(sys::cargo().args(["build", "--locked", "--package", "connectors", "--example", "gateway"]))?;
    Ok(sys::target_directory()?.join("debug").join("examples").join("gateway"))
}

/// `e2e: 12 passed, 3 failed`, the closing line of `e2e/run.mjs`.
fn totals_line(line: &str) -> Option<Totals> {
    let (passed, failed) = line.strip_prefix("e2e: ")?.split_once(" passed, ")?;
    Some(Totals { passed: passed.parse().ok()?, failed: failed.strip_suffix(" failed")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_of_the_browser_tests_are_read_from_their_closing_line() {
        assert_eq!(totals_line("e2e: 12 passed, 3 failed"), Some(Totals { passed: 12, failed: 3 }));
        assert_eq!(totals_line("12 passed, 3 failed"), None);
    }
}
