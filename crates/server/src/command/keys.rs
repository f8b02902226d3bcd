//! `everlit keys status|rotate|reindex|rewrap`: the keys under which personal data lies, on a live system.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use connectors::Kms;
use durable::NODE_LEASE;
use kernel::{Actor, Duration, Timestamp};
use keyring::{KeyReport, KeyState, LocalMaster, Made, Purpose, SealedColumn, Step};

use crate::assemble::Core;
use crate::config::Config;
use crate::{Failure, keys};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Which keys there are, how many values lie under each, and which nodes have them.
    Status,
    /// Makes a new data key and seals everything again under it, while the services run. Interrupted, it goes on when it is started again.
    Rotate,
    /// Makes a new key for the indexes and every index anew, while nothing serves. Interrupted, it goes on when it is started again; until
    /// then nothing else starts.
    Reindex,
    /// Wraps the data keys by another master key: that of the settings, or one in a file. Values are not touched.
    Rewrap {
        /// The new master key: 64 hex digits. Made when the file is not there.
        #[arg(long, value_name = "FILE")]
        new_master: Option<PathBuf>,
    },
}

pub(crate) async fn run(config: &Config, command: Keys) -> Result<ExitCode, Failure> {
    let core = Core::for_keys(config).await?;
    let done = match command {
        Keys::Status => status(&core, config.keys_kept).await,
        Keys::Rotate => tokio::select! {
            done = rotate(&core) => done,
            lost = stay(&core) => Err(lost),
        },
        Keys::Reindex => tokio::select! {
            done = reindex(&core) => done,
            lost = stay(&core) => Err(lost),
        },
        Keys::Rewrap { new_master } => rewrap(&core, new_master.as_deref()).await,
    };
    core.close().await?;
    done
}

fn sealed() -> Vec<SealedColumn> {
    crate::sealed().collect()
}

async fn status(core: &Core, keep: Duration) -> Result<ExitCode, Failure> {
    let status = keyring::status(&core.cx, &sealed()).await?;
    let (made, end) = ("made", "destroyed");
    println!(
        "{:<6} {:>6}  {:<9} {:>10}  {made:<20}  {end:<20}  wrapped by",
        "key", "number", "state", "values"
    );
    for key in &status.keys {
        let values = match key.purpose {
            Purpose::Seal => key.values.to_string(),
            Purpose::Index | Purpose::Proof => "–".to_owned(),
        };
        println!(
            "{:<6} {:>6}  {:<9} {values:>10}  {:<20}  {:<20}  {}",
            key.purpose.name(),
            key.number,
            key.state.name(),
            told(Some(key.created_at)),
            end_of(key, keep),
            key.wrapped_by
        );
    }
    let own = i64::from(core.lease.node);
    for node in status.nodes.iter().filter(|node| node.node != own) {
        match node.ring {
            Some((known, sealing)) => println!("node {} knows key {known}, seals with {sealing}", node.node),
            None => println!("node {} has not said what it has", node.node),
        }
    }
    println!("{} value(s) under a key that is not current", status.behind());
    for (column, count) in &status.foreign {
        println!("DAMAGE {count} value(s) of {column} under no key of this installation");
    }
    Ok(if status.foreign.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// When a key was destroyed, or will be.
fn end_of(key: &KeyReport, keep: Duration) -> String {
    match key.state {
        KeyState::Destroyed => told(key.destroyed_at),
        KeyState::Retired => told(keyring::due_at(key.retired_at, keep)),
        KeyState::Known | KeyState::Current | KeyState::Old => "–".to_owned(),
    }
}

fn told(at: Option<Timestamp>) -> String {
    at.map_or("–".to_owned(), |at| at.to_rfc3339().chars().take(19).collect())
}

async fn reindex(core: &Core) -> Result<ExitCode, Failure> {
    let mut tell = |made: Made| match made {
        Made::Resumed { number } => println!("going on with index key {number}"),
        Made::Published { number } => {
            println!("index key {number} is made; nothing else starts until this is done");
        }
        Made::Column { column, values } => println!("{column}: {values} made anew"),
    };
    let indexed: Vec<_> = crate::indexed().collect();
    let actor = Actor::system("command");
    let done = keyring::reindex(&core.cx, &actor, &core.keyring, &indexed, &mut tell).await?;
    println!("{} index(es) made anew by key {}", done.values, done.number);
    Ok(ExitCode::SUCCESS)
}

async fn rotate(core: &Core) -> Result<ExitCode, Failure> {
    let mut tell = |step: Step| match step {
        Step::Resumed { number } => println!("going on with key {number}"),
        Step::Published { number } => println!("key {number} is published; waiting until every node has it"),
        Step::Current { number } => println!("key {number} seals from now on"),
        Step::Sealed { column, values } => println!("{column}: {values} sealed again"),
        Step::Retired { number } => println!("key {number} is retired: nothing lies under it"),
    };
    let actor = Actor::system("command");
    let done = keyring::rotate(&core.cx, &actor, &core.keyring, &sealed(), &mut tell).await?;
    println!("{} value(s) sealed again under key {}", done.values, done.number);
    Ok(ExitCode::SUCCESS)
}

/// Keeps the node number of a command that takes long. Ends only when it was lost.
pub(super) async fn stay(core: &Core) -> Failure {
    loop {
        tokio::time::sleep(NODE_LEASE.to_std() / 3).await;
        match core.lease.renew(&core.cx).await {
            Ok(true) => {}
            Ok(false) => return "the node number was lost; start again, it goes on where it stopped".into(),
            Err(error) => tracing::warn!(%error, "the node number could not be renewed"),
        }
    }
}

async fn rewrap(core: &Core, new_master: Option<&Path>) -> Result<ExitCode, Failure> {
    let master: Arc<dyn Kms> = match new_master {
        Some(file) => {
            let key = keys::from_file(file, &*core.cx.rng)?;
            Arc::new(LocalMaster::new(&key, Arc::clone(&core.cx.rng))?)
        }
        None => Arc::clone(core.keyring.masters().first()),
    };
    let wrapped = keyring::rewrap(&core.cx, &Actor::system("command"), &core.keyring, &*master).await?;
    println!("{wrapped} data key(s) wrapped by {}", master.name());
    if let Some(file) = new_master {
        println!(
            "Running nodes go on. Before the next start put {} in the place of master.key,",
            file.display()
        );
        println!(
            "or its content in EVERLIT_MASTER_KEY, on every machine. The old master key opens backups made before."
        );
    }
    Ok(ExitCode::SUCCESS)
}
