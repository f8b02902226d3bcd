//! `everlit catalogue check|publish DIR`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use kernel::Actor;

use crate::Failure;
use crate::assemble::Core;
use crate::config::Config;
use crate::demo::packs;

#[derive(Debug, Subcommand)]
pub(crate) enum Catalogue {
    /// Says everything that is wrong with the packs of a folder: file, line, rule, and how to mend it.
    Check {
        #[arg(value_name = "DIR", default_value = "./services")]
        folder: PathBuf,
    },
    /// Checks and publishes the packs of a folder, all or none; running servers show them at once.
    Publish {
        #[arg(value_name = "DIR", default_value = "./services")]
        folder: PathBuf,
    },
}

pub(crate) fn check(folder: &Path) -> Result<ExitCode, Failure> {
    let files = packs::read(folder)?;
    match catalogue::pack::read(&files) {
        Ok(read) => {
            let services: usize = read.iter().map(|pack| pack.pack.services.len()).sum();
            println!("{} files, {services} services: nothing to mend", files.len());
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            eprintln!("{problems}");
            Ok(ExitCode::FAILURE)
        }
    }
}

pub(crate) async fn publish(config: &Config, folder: &Path) -> Result<ExitCode, Failure> {
    let files = packs::read(folder)?;
    if let Err(problems) = catalogue::pack::read(&files) {
        eprintln!("{problems}");
        return Ok(ExitCode::FAILURE);
    }
    let core = Core::beside(config).await?;
    let published = catalogue::service::publish(&core.cx, &Actor::system("command"), &files).await?;
    for (code, version) in &published.changed {
        println!("{code} version {version}");
    }
    for code in &published.withdrawn {
        println!("{code} withdrawn");
    }
    println!("revision {}; {} unchanged", published.revision, published.unchanged);
    core.close().await?;
    Ok(ExitCode::SUCCESS)
}
