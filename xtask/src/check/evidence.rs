//! The threat model names tests, files and functions as evidence; what it names is there.
//!
//! A word in backquotes is looked at when it can only mean one thing: a test (`a_sentence_of_words`), the beginning of tests (`w6_…`), a
//! path (`crates/…`, `tls.rs`), a module or function of one of our crates (`identity::throttle`). Anything else is prose.

use std::path::Path;

use super::Finding;
use super::source::{Tree, numbered};

/// The document whose every claim names its evidence.
const DOCUMENT: &str = "docs/security.md";
/// A test's name is a sentence: as many words joined, at least.
const WORDS: usize = 4;

pub fn findings(root: &Path, tree: &Tree) -> crate::sys::Result<Vec<Finding>> {
    let text = std::fs::read_to_string(root.join(DOCUMENT))?;
    let is_file = |path: &str| root.join(path).exists();
    Ok(in_text(&text, tree, &is_file))
}

fn in_text(text: &str, tree: &Tree, is_file: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in numbered(text) {
        for name in text.split('`').skip(1).step_by(2) {
            if let Some(missing) = missing(name, tree, is_file) {
                findings.push(Finding::error(format!("{DOCUMENT}:{line}"), format!("`{name}`: {missing}")));
            }
        }
        for name in labels(text) {
            let begins = format!("fn {}_", name.to_lowercase());
            if !tree.below("crates/", "rs").any(|file| file.text.contains(&begins)) {
                findings.push(Finding::error(
                    format!("{DOCUMENT}:{line}"),
                    format!("`{name}`: no test begins like that"),
                ));
            }
        }
    }
    findings
}

/// What is said to be there and is not.
fn missing(name: &str, tree: &Tree, is_file: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    if let Some(parts) = name.strip_suffix('…').or_else(|| name.strip_prefix('…')) {
        let parts = parts.trim_matches('…');
        return (is_plain(parts) && !tests(tree).any(|test| test.contains(parts)))
            .then_some("no test is called like that");
    }
    if is_path(name) {
        let anywhere =
            || tree.files.iter().any(|file| file.path == name || file.path.ends_with(&format!("/{name}")));
        return (!is_file(name) && !is_file(&format!("crates/{name}")) && !anywhere())
            .then_some("no such file");
    }
    if let Some((krate, item)) = name.split_once("::") {
        let folder = format!("crates/{krate}/src/");
        let ours = tree.files.iter().any(|file| file.path.starts_with(&folder));
        return (ours && is_plain(item) && !defined(tree, &folder, item)).then_some("not in that crate");
    }
    let is_test = is_plain(name) && name.split('_').count() >= WORDS;
    (is_test && !tests(tree).any(|test| test == name)).then_some("no such test")
}

/// Labels of behaviours outside backquotes count like those inside: `P3`, `O1`.
fn labels(text: &str) -> Vec<&str> {
    let inside = text.split('`').skip(1).step_by(2);
    inside
        .filter(|name| {
            let mut chars = name.chars();
            chars.next().is_some_and(|c| c.is_ascii_uppercase())
                && name.len() > 1
                && name.len() <= 3
                && chars.all(|c| c.is_ascii_digit())
        })
        .collect()
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_path(name: &str) -> bool {
    let ends = [".rs", ".md", ".toml", ".sql"].iter().any(|kind| name.ends_with(kind));
    !name.contains([' ', '*', '{']) && (ends || name.starts_with("crates/") || name.starts_with("docs/"))
}

/// A module, a type or a function of that name below a folder.
fn defined(tree: &Tree, folder: &str, item: &str) -> bool {
    tree.files.iter().filter(|file| file.path.starts_with(folder)).any(|file| {
        file.path.ends_with(&format!("/{item}.rs"))
            || file.path.contains(&format!("/{item}/"))
            || file.text.contains(&format!("fn {item}"))
    })
}

/// The names of all tests: functions right below an attribute that ends in `test]`, or with arguments.
fn tests(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.files.iter().filter(|file| file.kind() == "rs").flat_map(|file| {
        let mut marked = false;
        file.text.lines().filter_map(move |line| {
            let line = line.trim();
            if line.starts_with("#[") {
                marked |= line.contains("test]") || line.contains("test(");
                return None;
            }
            let name = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            let found = name.filter(|_| marked).and_then(|rest| rest.split(['(', '<']).next());
            marked &= line.is_empty() || line.starts_with("//");
            found
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(document: &str) -> Vec<String> {
        let code = "/// Says it.\n#[db_test]\nasync fn w6_a_slow_guess_is_slow(t: TestDb) {}\n\n#[test]\n#[allow(x)]\nfn what_is_told_is_true() {}\n\nfn this_one_is_no_test() {}\npub fn reach() {}\n";
        let tree = tree("crates/a/src/tls.rs", code);
        let is_file = |path: &str| path == "docs/operating.md";
        in_text(document, &tree, &is_file).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_is_there_may_be_named() {
        let named = "`w6_a_slow_guess_is_slow` `what_is_told_is_true` `w6_…` `…slow_guess…` `tls.rs` `crates/a/src/tls.rs`\n\
                     `docs/operating.md` `a::reach` `a::tls` `W6` `cargo xtask check` `SEALED` `script-src 'self'` `b::anything` `data_key`";
        assert_eq!(check(named), [""; 0]);
    }

    #[test]
    fn what_is_not_there_is_found_with_its_line() {
        for name in [
            "w6_a_slow_guess_is_fast",
            "this_one_is_no_test",
            "w7_…",
            "…fast_guess…",
            "door.rs",
            "crates/b",
            "docs/none.md",
            "a::none",
            "W7",
        ] {
            let found = check(&format!("\nEvidence: `{name}`."));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
        let tree = tree("crates/a/src/tls.rs", "");
        assert_eq!(in_text("\n\n`door.rs`", &tree, &|_| false)[0].place, "docs/security.md:3");
    }
}
