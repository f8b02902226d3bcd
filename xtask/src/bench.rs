//! `cargo xtask bench` and `cargo xtask crash`: the program in `crates/bench`, beside a private PostgreSQL that
//! flushes every commit.

use crate::install::Install;
use crate::postgres::{Durability, Postgres, Settings};
use crate::sys::{self, Failure, Result};

pub fn bench(args: Vec<String>) -> Result {
    run(&[], args)
}

pub fn crash(args: Vec<String>) -> Result {
    run(&["crash"], args)
}

fn run(subcommand: &[&str], mut args: Vec<String>) -> Result {
    if !sys::root().join("crates/bench/Cargo.toml").is_file() {
        return Err(Failure::new("there is no crate `bench` in this checkout"));
    }
    let mut settings = Settings::new(Durability::Full, Install::Allowed);
    settings.take_from(&mut args)?;
    // Built first: nothing else should run while figures are taken.
    sys::run(sys::cargo().args([
        "build",
        "--locked",
        "--release",
        "--package",
        "everlit",
        "--package",
        "bench",
    ]))?;
    let server = Postgres::start(&settings)?;
    println!("xtask: private PostgreSQL at {}\nxtask: {}", server.url, server.describe()?);
    let mut cargo = sys::cargo();
    cargo.args(["run", "--locked", "--quiet", "--release", "--package", "bench", "--"]);
    cargo.args(subcommand).args(&args);
    cargo.env("EVERLIT_BENCH_POSTGRES", &server.url);
    sys::run(&mut cargo)
}
