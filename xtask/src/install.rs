//! Programs that do not come with Rust: found on the machine, or installed where that is allowed and possible.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sys::{self, Failure, Result};

/// Whether the system's package manager may be called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Install {
    Allowed,
    Never,
}

/// Looks, installs the Debian packages when nothing was found, and looks again.
pub fn find_or_install<T>(
    what: &str,
    packages: &[&str],
    install: Install,
    find: impl Fn() -> Option<T>,
) -> Result<T> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let advice = format!("{what} is missing. Install it (on Debian: apt-get install {})", packages.join(" "));
    if install == Install::Never || !sys::is_root() || sys::find_program("apt-get").is_none() {
        return Err(Failure::new(advice));
    }
    println!("xtask: {what} is missing, installing {}", packages.join(" "));
    apt(&["update", "--quiet"])?;
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)?;
    find().ok_or_else(|| Failure::new(format!("installed, and still: {advice}")))
}

fn apt(arguments: &[&str]) -> Result {
    let mut command = Command::new("apt-get");
    // Package mirrors hiccup; the retries are apt's own.
    command.args(["-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0"]).args(arguments);
    sys::run(command.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The folder with `initdb` and `postgres`: the newest version installed.
pub fn postgres_programs(install: Install) -> Result<PathBuf> {
    find_or_install("PostgreSQL", &["postgresql"], install, || {
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, bin)| has_server(bin))
            .collect();
        versions.sort();
        versions.pop().map(|(_, bin)| bin).or_else(|| {
            let bin = sys::find_program("initdb")?.parent()?.to_path_buf();
            has_server(&bin).then_some(bin)
        })
    })
}

fn has_server(bin: &Path) -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|program| bin.join(program).is_file())
}

pub fn node(install: Install) -> Result<PathBuf> {
    find_or_install("Node.js with npm", &["nodejs", "npm"], install, || {
        sys::find_program("npm")?;
        sys::find_program("node")
    })
}

/// The Chinese font that tests set documents in, and `pdftotext` to read them.
pub fn paper(install: Install) -> Result {
    find_or_install("A Chinese font and pdftotext", &["fonts-noto-cjk", "poppler-utils"], install, || {
        sys::find_program("pdftotext")?;
        Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file().then_some(())
    })
}

/// Chromium.
pub fn chromium(install: Install) -> Result<PathBuf> {
    find_or_install("Chromium", &["chromium"], install, || {
        let given = sys::env("EVERLIT_CHROMIUM").map(PathBuf::from).filter(|file| file.is_file());
        given.or_else(|| {
            ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|n| sys::find_program(n))
        })
    })
}

/// `npm ci` in `e2e/`, when its packages are missing or older than the lock file.
pub fn node_packages(e2e: &Path) -> Result {
    let changed = |file: PathBuf| file.metadata().and_then(|m| m.modified()).ok();
    let installed = changed(e2e.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(e2e.join("package-lock.json")) {
        return Ok(());
    }
    println!("xtask: installing the browser tests' packages (npm ci)");
    sys::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(e2e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_may_not_be_installed_is_refused_with_advice() {
        let refused = find_or_install::<()>("A thing", &["thing-bin"], Install::Never, || None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "A thing is missing. Install it (on Debian: apt-get install thing-bin)"
        );
    }

    #[test]
    fn what_is_there_is_not_installed() {
        assert_eq!(find_or_install("A thing", &["thing-bin"], Install::Never, || Some(7)).unwrap(), 7);
    }
}
