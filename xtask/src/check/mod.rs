//! `cargo xtask check`: what must hold before a change lands. Each check looks at the files of the checkout (or asks
//! cargo) and returns findings; an error fails the run, a warning is only shown.

mod copy;
mod deny;
mod dependencies;
mod evidence;
mod layers;
mod licence;
mod markup;
mod rooms;
mod size;
mod source;
mod words;

use std::fmt;

use crate::sys::{self, Failure, Result, Stopwatch};
use source::Tree;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub weight: Weight,
    /// `path:line`, a crate name, or empty when the text says it all.
    pub place: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Warning,
    Error,
}

impl Finding {
    pub fn error(place: impl Into<String>, text: impl Into<String>) -> Self {
        Finding { weight: Weight::Error, place: place.into(), text: text.into() }
    }

    pub fn warning(place: impl Into<String>, text: impl Into<String>) -> Self {
        Finding { weight: Weight::Warning, place: place.into(), text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.weight == Weight::Error { "error" } else { "warning" };
        if self.place.is_empty() {
            write!(f, "{word}: {}", self.text)
        } else {
            write!(f, "{word}: {}: {}", self.place, self.text)
        }
    }
}

struct Check {
    name: &'static str,
    promise: &'static str,
    find: fn(&Tree) -> Result<Vec<Finding>>,
}

/// Cheap ones first: a person who waits for clippy should not then learn of a long file.
const CHECKS: &[Check] = &[
    Check { name: "fmt", promise: "the code is formatted", find: |_| Ok(formatting()) },
    Check { name: "size", promise: "a file is a sitting, not a book", find: |tree| Ok(size::findings(tree)) },
    Check {
        name: "rooms",
        promise: "every room has the same files, each with its own job",
        find: |tree| Ok(rooms::findings(tree)),
    },
    Check {
        name: "words",
        promise: "database words stay where they belong; nothing is left half done",
        find: |tree| Ok(words::findings(tree)),
    },
    Check {
        name: "markup",
        promise: "pages live with a strict content security policy",
        find: |tree| Ok(markup::findings(tree)),
    },
    Check {
        name: "copy",
        promise: "Chinese texts follow the typography rules",
        find: |tree| Ok(copy::findings(tree)),
    },
    Check {
        name: "evidence",
        promise: "tests and files that the threat model names are there",
        find: |tree| evidence::findings(&sys::root(), tree),
    },
    Check { name: "layers", promise: "dependencies point downwards only", find: |_| layers::findings() },
    Check {
        name: "dependencies",
        promise: "licences, banned crates and sources as deny.toml says",
        find: |_| dependencies::findings(),
    },
    Check { name: "clippy", promise: "the lint table holds", find: |_| Ok(clippy()) },
];

pub fn run(args: &[String]) -> Result {
    if args.iter().any(|arg| arg == "--list") {
        for check in CHECKS {
            println!("{:<13} {}", check.name, check.promise);
        }
        return Ok(());
    }
    let quick = args.iter().any(|arg| arg == "--quick");
    let named: Vec<&str> = args.iter().filter(|arg| !arg.starts_with("--")).map(String::as_str).collect();
    if let Some(unknown) = named.iter().find(|name| !CHECKS.iter().any(|check| check.name == **name)) {
        return Err(Failure::new(format!(
            "there is no check `{unknown}`; `cargo xtask check --list` names them"
        )));
    }
    let chosen = |check: &&Check| {
        if named.is_empty() { !(quick && check.name == "clippy") } else { named.contains(&check.name) }
    };
    let tree = Tree::read(&sys::root())?;
    let mut failed = Vec::new();
    for check in CHECKS.iter().filter(chosen) {
        let watch = Stopwatch::start();
        let findings = (check.find)(&tree)?;
        for finding in &findings {
            println!("{finding}");
        }
        let holds = findings.iter().all(|finding| finding.weight == Weight::Warning);
        println!(
            "{} {:<13} {} ({})",
            if holds { "ok    " } else { "FAILED" },
            check.name,
            check.promise,
            watch.text()
        );
        if !holds {
            failed.push(check.name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("checks failed: {}", failed.join(", "))))
    }
}

fn formatting() -> Vec<Finding> {
    from_cargo(&["fmt", "--all", "--", "--check"], "run `cargo fmt --all`")
}

fn clippy() -> Vec<Finding> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    from_cargo(&args, "see above")
}

/// Cargo prints its own findings; only the verdict is ours.
fn from_cargo(args: &[&str], advice: &str) -> Vec<Finding> {
    match sys::run(sys::cargo().args(args)) {
        Ok(()) => Vec::new(),
        Err(_) => vec![Finding::error("", format!("cargo {}: {advice}", args.first().unwrap_or(&"")))],
    }
}

/// For the tests of the checks: a checkout with one file.
#[cfg(test)]
fn tree(path: &str, text: &str) -> Tree {
    Tree { files: vec![source::File::new(path.into(), text.to_owned())] }
}
