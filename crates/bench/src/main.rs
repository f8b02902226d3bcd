//! `cargo xtask bench` and `cargo xtask crash` end here.
#![allow(clippy::disallowed_methods, reason = "a measuring program; nothing here is shipped")]

use std::net::SocketAddr;
use std::process::ExitCode;

use bench::goals::{self, Options};
use bench::{Engine, Failure, crash, page, soak};
use clap::{Parser, Subcommand, ValueEnum};
use kernel::{Clock as _, SystemClock};

/// Measures Everlit beside the limits of this machine.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Seconds each figure is measured for.
    #[arg(long, default_value_t = 5.0)]
    secs: f64,
    /// Only these goals, for example P1,P4.
    #[arg(long, value_delimiter = ',', value_name = "GOALS")]
    only: Vec<String>,
    /// Callers at the desk at the same time.
    #[arg(long, default_value_t = 512)]
    callers: usize,
    /// Connections of the HTTP load.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Writes the figures to their part of docs/measurements.md too.
    #[arg(long, global = true)]
    write: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Kills the server at random moments and looks at what is left.
    Crash {
        #[arg(long, default_value_t = 50)]
        rounds: u32,
        #[arg(long, value_enum, default_value_t = Which::Both)]
        database: Which,
        /// Chooses the moments; the same seed chooses the same ones.
        #[arg(long, default_value_t = 20_261_121)]
        seed: u64,
    },
    /// Trains on simulated trade and measures the risk score beside what was published, and how long it takes.
    Risk {
        /// Worlds to train and test on; the figures are their means.
        #[arg(long, value_delimiter = ',', default_value = "201,202,203,204,205")]
        seeds: Vec<u64>,
    },
    /// Matches a gateway's bill against as many bookings, on SQLite.
    Reconcile {
        #[arg(long, default_value_t = 1_000_000)]
        lines: u64,
    },
    /// Trade under a clock that runs ahead, at gateways that misbehave; then the books are compared with theirs.
    Soak {
        #[arg(long, default_value_t = 10_000)]
        customers: usize,
        /// How long they trade, by the clock that runs ahead.
        #[arg(long, default_value_t = 60)]
        minutes: usize,
        #[arg(long, value_enum, default_value_t = Which::Sqlite)]
        database: Which,
        /// Chooses who does what and what goes wrong.
        #[arg(long, default_value_t = 20_261_121)]
        seed: u64,
    },
    /// The least a web server can do, to compare with.
    #[command(hide = true)]
    Hello { listen: SocketAddr },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
    Both,
}

impl Which {
    fn engines(self) -> Vec<Engine> {
        match self {
            Self::Sqlite => vec![Engine::Sqlite],
            Self::Postgres => vec![Engine::Postgres],
            Self::Both => vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli)).unwrap_or_else(|error| fail(&error)),
        Err(error) => fail(&error.into()),
    }
}

fn fail(error: &Failure) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let (machine, date) = (bench::machine(), SystemClock.now().to_rfc3339());
    let command = format!("cargo xtask bench {}", std::env::args().skip(1).collect::<Vec<_>>().join(" "));
    let command = command.replace(" --write", "");
    let keep = |part: &str, text: &str| if cli.write { page::write(part, text) } else { Ok(()) };
    let printed = |text: &str| page::printed(&command, &date, &machine, text);
    let good = match cli.command {
        Some(Command::Hello { listen }) => bench::serve_hello(listen).await.map(|()| true)?,
        Some(Command::Reconcile { lines }) => {
            let outcome = bench::reconcile::run(lines).await?;
            println!("{outcome}");
            keep("reconcile", &printed(&outcome.to_string()))?;
            outcome.is_within_goal()
        }
        Some(Command::Soak { customers, minutes, database, seed }) => {
            let (mut sound, mut text) = (true, String::new());
            for engine in database.engines() {
                let options = soak::Options { customers, minutes, engine, seed, show: true };
                let outcome = Box::pin(soak::run(&options)).await?;
                println!("{outcome}");
                text.push_str(&format!("{outcome}\n"));
                sound &= outcome.is_sound();
            }
            keep("soak", &printed(&text))?;
            sound
        }
        Some(Command::Crash { rounds, database, seed }) => {
            let mut sound = true;
            for engine in database.engines() {
                let outcome = crash::run(crash::Options { rounds, engine, seed, show: true }).await?;
                println!("{outcome}");
                sound &= outcome.is_sound();
            }
            sound
        }
        Some(Command::Risk { seeds }) => {
            let report = Box::pin(goals::risk::run(&seeds, cli.secs)).await?;
            println!("{report}");
            keep("risk", &report.as_part(&command))?;
            report.all_met()
        }
        None => {
            let options = Options {
                secs: cli.secs,
                only: cli.only,
                callers: cli.callers,
                connections: cli.connections,
            };
            let report = goals::run(&options).await?;
            println!("{report}");
            keep("goals", &report.as_part(&command))?;
            true
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
