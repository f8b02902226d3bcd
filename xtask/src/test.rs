//! `cargo xtask test`: the Rust tests on both databases, the browser tests, and one line with the sum of both.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::browser::{self, Totals};
use crate::install::{self, Install};
use crate::postgres::{Durability, Postgres, Settings};
use crate::sys::{self, Failure, Result, Stopwatch};

/// The address of a PostgreSQL on which tests may create scratch databases.
const POSTGRES: &str = "EVERLIT_TEST_POSTGRES";

pub fn run(mut args: Vec<String>) -> Result {
    let watch = Stopwatch::start();
    let install = if sys::take_flag(&mut args, "--no-install") { Install::Never } else { Install::Allowed };
    let without_browser = sys::take_flag(&mut args, "--no-e2e");
    let with_browser = sys::take_flag(&mut args, "--e2e");
    let without_rust = sys::take_flag(&mut args, "--no-rust");
    let without_postgres = sys::take_flag(&mut args, "--no-postgres");

    let mut totals = Totals::default();
    if !without_rust {
        totals.add(rust(&args, install, without_postgres)?);
    }
    let selected = !args.is_empty() && !with_browser;
    if selected && !without_browser {
        println!("xtask: tests were selected, so the browser tests are left out (--e2e runs them too)");
    }
    if !without_browser && !selected {
        let own = if install == Install::Never { vec![String::from("--no-install")] } else { Vec::new() };
        match browser::e2e(own) {
            Ok(browser) => totals.add(browser),
            Err(failure) => {
                eprintln!("xtask: the browser tests did not run: {failure}");
                totals.failed += 1;
            }
        }
    }
    println!("xtask: took {}", watch.text());
    println!("{totals}");
    if totals.failed == 0 { Ok(()) } else { Err(Failure::silent()) }
}

fn rust(args: &[String], install: Install, without_postgres: bool) -> Result<Totals> {
    let mut cargo = sys::cargo();
    cargo.args(["test", "--locked"]);
    let names_package =
        |arg: &String| arg.starts_with("-p") || arg.starts_with("--package") || arg == "--workspace";
    if !args.iter().any(names_package) {
        cargo.arg("--workspace");
    }
    if !args.iter().any(|arg| arg == "--no-fail-fast") {
        cargo.arg("--no-fail-fast");
    }
    cargo.args(args);
    if let Err(missing) = install::paper(install) {
        // Tests that make no paper do without; the others say what they miss.
        eprintln!("xtask: {missing}");
    }
    // Compiled before the server starts, so that it is up only while it is needed.
    let private = match sys::env(POSTGRES) {
        _ if without_postgres => {
            cargo.env_remove(POSTGRES);
            None
        }
        Some(_) => None,
        None => Some(Postgres::start(&Settings::new(Durability::None, install))?),
    };
    if let Some(server) = &private {
        println!("xtask: private PostgreSQL at {}", server.url);
        cargo.env(POSTGRES, &server.url);
    }
    println!("xtask: {}", sys::line(&cargo));
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut totals = Totals::default();
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // Bytes, not text: a test may print anything.
        while reader.read_until(b'\n', &mut line)? > 0 {
            std::io::stdout().write_all(&line)?;
            if let Some(found) = result_line(&String::from_utf8_lossy(&line)) {
                totals.add(found);
            }
            line.clear();
        }
    }
    let status = child.wait()?;
    if !status.success() && totals.failed == 0 {
        eprintln!(
            "xtask: cargo test ended with {status} although no test failed: it did not compile or was stopped"
        );
        totals.failed = 1;
    }
    drop(private);
    Ok(totals)
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; …`, the line that closes each test program.
fn result_line(line: &str) -> Option<Totals> {
    let rest = line.trim_start().strip_prefix("test result: ")?;
    let number = |word: &str| {
        let before = rest.split_once(word)?.0.trim_end();
        before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some(Totals { passed: number(" passed")?, failed: number(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_of_a_test_program_are_read_from_its_closing_line() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        assert_eq!(result_line(line), Some(Totals { passed: 12, failed: 3 }));
        assert_eq!(result_line("test ledger::tests::holds ... ok"), None);
        assert_eq!(result_line("test result: ok. many passed; few failed"), None);
    }

    #[test]
    fn the_last_line_reads_the_same_for_people_and_programs() {
        assert_eq!(Totals { passed: 120, failed: 0 }.to_string(), "120 passed, 0 failed");
    }
}
