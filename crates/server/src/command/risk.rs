//! `everlit risk train|evaluate|promote|rollback|list`: where the learned score comes from, and which one judges.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use kernel::{Actor, Duration, Page, PageRequest, Timestamp};
use learn::Example;
use learn::measure::Quality;
use learn::prequential::{Outcome, Protocol, between, evaluate, evaluate_with};
use learn::simulator::{World, simulate};
use learn::train::{Origin, Settings, train};
use learn::verdict::{LIVE, SIMULATED, Verdict, judge, unseen_from};
use risk::feature::{KEPT, SILENCE};
use risk::model::{Figures, Model};
use risk::registry::{self, Kept, ModelState};
use risk::training;

use super::keys::stay;
use crate::Failure;
use crate::assemble::Core;
use crate::config::Config;

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
    /// Takes in a model file and lets it judge. Refused when it is worse than the live one on acts new to both, or cannot be compared.
    Promote {
        #[arg(value_name = "FILE")]
        model: PathBuf,
        /// Why: it stays in the audit.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// In spite of what the comparison says.
        #[arg(long)]
        anyway: bool,
    },
    /// Lets the model judge again that was live before.
    Rollback {
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// All models that were taken in.
    List,
}

impl Risk {
    /// Needs neither settings nor database.
    pub(crate) const fn is_simulated(&self) -> bool {
        matches!(self, Self::Train { from, .. } | Self::Evaluate { from, .. } if from.simulated)
    }
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

/// On simulated trade.
pub(crate) fn simulated(command: &Risk) -> Result<ExitCode, Failure> {
    match command {
        Risk::Train { days, until, from, .. } => work(command, &imagine(*from, days.saturating_add(*until))),
        Risk::Evaluate { from, .. } => work(command, &imagine(*from, 0)),
        Risk::Promote { .. } | Risk::Rollback { .. } | Risk::List => Ok(ExitCode::FAILURE),
    }
}

/// On this installation.
pub(crate) async fn run(config: &Config, command: &Risk) -> Result<ExitCode, Failure> {
    let core = Core::beside(config).await?;
    let needed = |days: i64| needed_from(core.cx.now(), days);
    match command {
        Risk::Train { days, until, .. } => {
            let acts = acts(&core, needed(days.saturating_add(*until))).await?;
            // Learning takes a while and needs nothing more from the database.
            core.close().await?;
            return work(command, &acts);
        }
        Risk::Evaluate { .. } => {
            let acts = acts(&core, needed(0)).await?;
            core.close().await?;
            return work(command, &acts);
        }
        Risk::Promote { model, reason, anyway } => {
            let done = promote(&core, model, reason, *anyway).await;
            core.close().await?;
            return done;
        }
        Risk::Rollback { reason } => {
            let id = registry::roll_back(&core.cx, &actor(), reason).await?;
            println!("{id} judges again");
        }
        Risk::List => {
            for kept in kept(&core).await? {
                tell_kept(&kept);
            }
        }
    }
    core.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn actor() -> Actor {
    Actor::system("command")
}

/// Training and testing, wherever the acts come from.
fn work(command: &Risk, acts: &Acts) -> Result<ExitCode, Failure> {
    match command {
        Risk::Train { days, until, out, from } => {
            let bytes = learned(acts, *from, *days, *until)?;
            std::fs::write(out, &bytes)?;
            describe(out, &Model::parse(&bytes)?);
        }
        Risk::Evaluate { model: Some(file), .. } => tell(&with_model(acts, file)?),
        Risk::Evaluate { model: None, from } => {
            let (protocol, end) = (Protocol::published(), labelled(acts.now));
            tell(&evaluate(&acts.examples, &protocol, &settings(*from), end)?);
        }
        Risk::Promote { .. } | Risk::Rollback { .. } | Risk::List => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What happened here from a moment on, with the numbers each act was judged by.
async fn acts(core: &Core, from: Timestamp) -> Result<Acts, Failure> {
    let now = core.cx.now();
    let read = async {
        let mut rows = training::rows(&actor(), from, now)?;
        let mut examples = Vec::new();
        while let Some(part) = rows.next(&core.cx).await? {
            examples.extend(part.into_iter().map(|row| Example {
                at: row.at,
                customer: row.customer,
                vector: row.vector,
                fraud: row.fraud == Some(true),
                known_at: row.noted_at,
            }));
        }
        Ok::<_, Failure>(examples)
    };
    // Places are sealed, and keys may be exchanged meanwhile: this node says that it lives and takes what is published.
    let mut examples = tokio::select! {
        examples = read => examples?,
        () = Arc::clone(&core.keyring).follow(core.cx.clone()) => return Err("the data keys are not followed".into()),
        lost = stay(core) => return Err(lost),
    };
    examples.sort_by_key(|example| example.at);
    Ok(Acts { examples, now, source: LIVE })
}

async fn promote(core: &Core, file: &Path, reason: &str, anyway: bool) -> Result<ExitCode, Failure> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let new = read(file)?;
    let live = kept(core).await?.into_iter().find(|kept| kept.state == ModelState::Live);
    let live = match live {
        Some(kept) => Some(Model::parse(&registry::file(&core.cx, &actor(), kept.id).await?)?),
        None => None,
    };
    let from = unseen_from(new.about(), live.as_ref().map(Model::about));
    let acts = acts(core, from).await?;
    let ripe = between(&acts.examples, from, labelled(acts.now));
    let verdict = judge(&new, live.as_ref(), ripe);
    tell_verdict(&verdict);
    if !verdict.is_good() && !anyway {
        println!("nothing was changed; `--anyway` lets it judge all the same");
        return Ok(ExitCode::FAILURE);
    }
    let id = registry::add(&core.cx, &actor(), &bytes).await?;
    registry::promote(&core.cx, &actor(), id, reason).await?;
    println!("{id} judges");
    Ok(ExitCode::SUCCESS)
}

/// All models, the newest first.
async fn kept(core: &Core) -> Result<Vec<Kept>, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(after, PageRequest::MAX);
        let page: Page<Kept> = registry::list(&core.cx, &actor(), &request).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
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

fn imagine(from: Source, days: i64) -> Acts {
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

fn tell_kept(kept: &Kept) {
    let figures = serde_json::from_value::<Option<Figures>>(kept.figures.clone()).ok().flatten();
    println!(
        "{}  {:<9}  {}  {} to {}  {}",
        kept.id,
        kept.state.name(),
        kept.hash.get(..8).unwrap_or_default(),
        day(kept.data_from),
        day(kept.data_to),
        figures.map_or_else(|| "not measured".to_owned(), |figures| words(&figures))
    );
}

fn tell_verdict(verdict: &Verdict) {
    let line = |who: &str, quality: &Quality| {
        let outcome = Outcome { folds: Vec::new(), mean: *quality };
        println!("{who} {}", words(&outcome.figures()));
    };
    match verdict {
        Verdict::Good { new, live } => {
            line("new: ", new);
            if let Some(live) = live {
                line("live:", live);
            }
        }
        Verdict::Worse { new, live } => {
            line("new: ", new);
            line("live:", live);
            println!("the new model is worse than the live one on acts neither has learned from");
        }
        Verdict::Simulated => {
            println!("the model was trained on simulated trade: it knows nothing of this installation");
        }
        Verdict::Unknown { acts, frauds } => {
            println!(
                "there are {acts} acts with {frauds} frauds neither model has learned from: too few to compare"
            );
        }
    }
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
