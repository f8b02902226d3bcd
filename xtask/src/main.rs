//! `cargo xtask`: everything a person who develops Everlit runs. Each subcommand finds or fetches what it needs,
//! cleans up after itself and ends with a line that says what happened.

mod bench;
mod browser;
mod check;
mod install;
mod postgres;
mod sys;
mod test;

use std::process::ExitCode;

use sys::Failure;

const HELP: &str = "\
Usage: cargo xtask <command> [arguments]

  test [options] [cargo test arguments]   every test: Rust on both databases, then the browser
      --no-e2e          leave the browser tests out
      --e2e             run the browser tests although Rust tests were selected
      --no-rust         only the browser tests
      --no-postgres     run the Rust tests without a PostgreSQL
      --no-install      never call the system's package manager
      Everything else goes to `cargo test`: `cargo xtask test -p ledger holds`.
      A server given in EVERLIT_TEST_POSTGRES is used instead of a private one.

  check [names]                           what must hold before a change lands; all of it, or the checks named
      --list            name the checks
      --quick           all but clippy

  e2e [options] [names]                   browser tests, all or the files named (journey, a11y, …)
      --release         the release build instead of the debug build
      --url URL         a demo that is already running
      --no-install      never call the system's package manager
      --keep            keep the demo's data folder and print where it is

  screenshots [--release] [--url URL]     make docs/images/*.png again from a running demo

  bench [arguments]                       speed, on a private durable PostgreSQL and on SQLite
  crash [arguments]                       kill the process at random moments and look for damage
      --pg NAME=VALUE   a PostgreSQL setting (may be repeated)
      --data DIR        where the private PostgreSQL keeps its files
      Everything else goes to the bench program: `cargo xtask bench --help`.

  postgres [--durable]                    a private PostgreSQL until Ctrl-C; prints its address; takes --pg and --data
";

fn main() -> ExitCode {
    let mut args = sys::arguments();
    let command = if args.is_empty() { String::from("help") } else { args.remove(0) };
    let outcome = match command.as_str() {
        "test" => test::run(args),
        "check" => check::run(&args),
        "e2e" => browser::e2e(args).and_then(browser::Totals::into_result),
        "screenshots" => browser::screenshots(args),
        "bench" => bench::bench(args),
        "crash" => bench::crash(args),
        "postgres" => postgres::stand(args),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(Failure::new(format!("there is no command `{other}`\n\n{HELP}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("xtask: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}
