//! `everlit risk train|evaluate`: where the learned score comes from.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use kernel::{Duration, Timestamp};
use learn::Example;
use learn::prequential::{Outcome, Protocol, between, evaluate, evaluate_with};
use learn::simulator::{World, simulate};
use learn::train::{Origin, Settings, train};
use learn::verdict::SIMULATED;
use risk::feature::{KEPT, SILENCE};
use risk::model::{Figures, Model};

use crate::Failure;

/// The day of a simulated world that is taken for today.
const SIMULATED_TODAY: i64 = 143;
const MOST_DAYS: i64 = 365;

#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// Learns from the acts of some days and writes a model file, with the figures of learning this way over four weeks.
    Train {
        /// Days of acts to learn from.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=MOST_DAYS))]
        days: i64,
        /// The last of them ended so many days ago. The acts since then are what the model can be tested on.
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(i64).range(7..=MOST_DAYS))]
        until: i64,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        from: Source,
    },
    /// Tests a model file on the last four weeks whose labels are in; without a file, learning itself, step by step.
    Evaluate {
        #[arg(value_name = "FILE")]
        model: Option<PathBuf>,
        #[command(flatten)]
        from: Source,
    },
}

/// Where acts come from.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Source {
    /// Simulated trade instead of this installation's: to try.
    #[arg(long)]
    simulated: bool,
    /// Chooses the simulated world, and chance in learning.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Examples by time, and the moment up to which labels are in.
struct Acts {
    examples: Vec<Example>,
    now: Timestamp,
    source: &'static str,
}

pub(crate) fn run(command: &Risk) -> Result<ExitCode, Failure> {
    match command {
        Risk::Train { days, until, out, from } => {
            let acts = simulated(*from, days.saturating_add(*until));
            let bytes = learned(&acts, *from, *days, *until)?;
            std::fs::write(out, &bytes)?;
            describe(out, &Model::parse(&bytes)?);
        }
        Risk::Evaluate { model, from } => {
            let acts = simulated(*from, 0);
            let outcome = match model {
                Some(file) => with_model(&acts, file)?,
                None => {
                    let end = labelled(acts.now);
                    evaluate(&acts.examples, &Protocol::published(), &settings(*from), end)?
                }
            };
            tell(&outcome);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(from: Source) -> Settings {
    Settings { seed: from.seed, ..Settings::default() }
}

/// Silence means honesty only for acts before this.
fn labelled(now: Timestamp) -> Timestamp {
    now.minus(SILENCE)
}

/// From when on examples are needed: for the four weeks of tests, and for the `days` before now.
fn needed_from(now: Timestamp, days: i64) -> Timestamp {
    Protocol::published().from(labelled(now)).min(now.minus(Duration::from_days(days)))
}

fn simulated(from: Source, days: i64) -> Acts {
    let world = World::published(from.seed);
    let now = world.day(SIMULATED_TODAY);
    let first = needed_from(now, days);
    let history = first.minus(KEPT).minus(Duration::from_days(1));
    let trades = simulate(&world);
    let needed = trades.iter().filter(|trade| trade.at >= history && trade.at < now);
    let examples = learn::replay(needed.map(|trade| trade.act(SILENCE)), first, now);
    Acts { examples, now, source: SIMULATED }
}

/// The bytes of a model of the acts of some days.
fn learned(acts: &Acts, from: Source, days: i64, until: i64) -> Result<Vec<u8>, Failure> {
    let to = acts.now.minus(Duration::from_days(until));
    let begin = to.minus(Duration::from_days(days));
    let outcome = evaluate(&acts.examples, &Protocol::published(), &settings(from), labelled(acts.now));
    let figures = match &outcome {
        Ok(outcome) => Some(outcome.figures()),
        Err(why) => {
            println!("the way of learning could not be tested over four weeks: {why}");
            None
        }
    };
    let origin = Origin { source: acts.source.to_owned(), from: begin, to, now: acts.now, figures };
    Ok(train(between(&acts.examples, begin, to), &settings(from), &origin)?.bytes)
}

fn with_model(acts: &Acts, file: &Path) -> Result<Outcome, Failure> {
    let model = read(file)?;
    let end = labelled(acts.now);
    let outcome =
        evaluate_with(&acts.examples, &Protocol::published(), end, |example| model.margin(&example.vector))?;
    let seen = outcome.folds.iter().filter(|fold| fold.tested_from < model.about().to).count();
    if seen > 0 && model.about().source == acts.source {
        println!("{seen} of the weeks began before the model's own data ended: their figures flatter it");
    }
    Ok(outcome)
}

fn read(file: &Path) -> Result<Model, Failure> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Model::parse(&bytes).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn describe(file: &Path, model: &Model) {
    let about = model.about();
    println!("{}  {}", kernel::hex::encode(model.hash()), file.display());
    println!(
        "{} acts, {} frauds, {} to {}, {}",
        about.rows,
        about.frauds,
        day(about.from),
        day(about.to),
        about.source
    );
    println!("{}, seed {}, {} trees", about.learner, about.seed, model.tree_count());
    if let Some(figures) = about.figures {
        println!("{}", words(&figures));
    }
}

fn tell(outcome: &Outcome) {
    for fold in &outcome.folds {
        let one = Outcome { folds: vec![*fold], mean: fold.quality };
        println!("{} to {}: {}", day(fold.tested_from), day(fold.tested_to), words(&one.figures()));
    }
    println!("mean: {}", words(&outcome.figures()));
}

fn words(figures: &Figures) -> String {
    format!(
        "AUC {}, average precision {}, card precision@100 {} ({} acts)",
        share(figures.auc_ppm),
        share(figures.average_precision_ppm),
        share(figures.card_precision_100_ppm),
        figures.rows
    )
}

/// Millionths as a number with three digits behind the point.
fn share(ppm: u32) -> String {
    let thousandths = ppm.saturating_add(500) / 1_000;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

fn day(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(10).collect()
}
