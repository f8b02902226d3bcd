//! What comes from outside: every crate of the build under an allowed licence, from the allowed registry, none of the
//! banned ones. The lists are those of `deny.toml`, so that `cargo deny check` says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::deny::Deny;
use super::{Finding, licence};
use crate::sys::{self, Result};

/// How cargo writes the registry that deny.toml calls crates.io.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn findings() -> Result<Vec<Finding>> {
    let deny = Deny::parse(&std::fs::read_to_string(sys::root().join("deny.toml"))?)?;
    let mut arguments = vec![String::from("--locked")];
    for target in deny.list("graph.targets")? {
        arguments.extend([String::from("--filter-platform"), target.clone()]);
    }
    judge(&sys::metadata(&arguments)?, &deny)
}

fn judge(metadata: &Value, deny: &Deny) -> Result<Vec<Finding>> {
    let (allowed, banned) = (deny.list("licenses.allow")?, deny.list("bans.deny")?);
    let registries = deny.list("sources.allow-registry")?;
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for package in metadata.get("packages").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(Value::as_str);
        let (name, version) = (text("name").unwrap_or_default(), text("version").unwrap_or_default());
        let place = format!("{name} {version}");
        versions.entry(name).or_default().insert(version);
        if banned.iter().any(|ban| ban == name) {
            let users = users(metadata, text("id").unwrap_or_default());
            findings.push(Finding::error(&place, format!("banned by deny.toml; used by {users}")));
        }
        let by_text = if text("license").is_none() { licence_by_text(package) } else { None };
        match text("license").or(by_text) {
            None => findings.push(Finding::error(&place, "has no licence expression")),
            Some(expression) => {
                used.extend(expression.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '/')));
                let fault = match licence::is_allowed(expression, allowed) {
                    Some(true) => None,
                    Some(false) => Some(format!("licence {expression} is not allowed")),
                    None => Some(format!("cannot read the licence `{expression}`")),
                };
                findings.extend(fault.map(|text| Finding::error(&place, text)));
            }
        }
        let known = |source: &str| {
            registries
                .iter()
                .any(|registry| source == CRATES_IO && registry.contains("rust-lang/crates.io-index"))
        };
        if let Some(source) = text("source").filter(|source| !known(source)) {
            findings.push(Finding::error(&place, format!("comes from {source}")));
        }
    }
    for unused in
        allowed.iter().filter(|licence| !used.contains(licence.split(' ').next().unwrap_or_default()))
    {
        findings
            .push(Finding::warning("deny.toml", format!("licence {unused} is allowed and nothing uses it")));
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let list: Vec<&str> = versions.iter().copied().collect();
        findings.push(Finding::warning(*name, format!("in several versions: {}", list.join(", "))));
    }
    Ok(findings)
}

/// The licence of a package that names none but brings its text: Apache-2.0, word for word the terms in our own file.
fn licence_by_text(package: &Value) -> Option<&'static str> {
    let text = |key: &str| package.get(key).and_then(Value::as_str);
    let file = Path::new(text("manifest_path")?).parent()?.join(text("license_file")?);
    let theirs = std::fs::read_to_string(file).ok()?;
    let ours = std::fs::read_to_string(sys::root().join("LICENSE")).ok()?;
    (terms(&theirs)? == terms(&ours)?).then_some("Apache-2.0")
}

/// The words of the terms; what follows them is advice and names.
fn terms(licence: &str) -> Option<Vec<&str>> {
    Some(licence.split_once("END OF TERMS AND CONDITIONS")?.0.split_whitespace().collect())
}

/// Who brings a crate in: the names of the packages that depend on it.
fn users(metadata: &Value, id: &str) -> String {
    let nodes = metadata.pointer("/resolve/nodes").and_then(Value::as_array);
    let depends = |node: &&Value| {
        let list = node.get("dependencies").and_then(Value::as_array);
        list.into_iter().flatten().any(|dependency| dependency.as_str() == Some(id))
    };
    let ids: Vec<&str> = nodes
        .into_iter()
        .flatten()
        .filter(depends)
        .filter_map(|node| node.get("id").and_then(Value::as_str))
        .collect();
    ids.iter()
        .map(|id| id.rsplit_once(['#', '/']).map_or(*id, |(_, name)| name))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(package: Value, expected: &[&str]) {
        let deny = "[licenses]\nallow = [\"MIT\"]\n[bans]\ndeny = [{ crate = \"openssl\" }]\n\
                    [sources]\nallow-registry = [\"https://github.com/rust-lang/crates.io-index\"]\n";
        let deny = Deny::parse(deny).unwrap();
        let metadata = serde_json::json!({ "packages": package, "resolve": { "nodes": [
            { "id": "registry#tls@1.0.0", "dependencies": ["registry#openssl@1.0.0"] },
        ] } });
        let found: Vec<String> = judge(&metadata, &deny).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    fn package(name: &str, version: &str, licence: &str) -> Value {
        serde_json::json!({ "name": name, "version": version, "license": licence, "source": CRATES_IO,
            "id": format!("registry#{name}@{version}") })
    }

    #[test]
    fn a_permitted_crate_passes() {
        check(serde_json::json!([package("a", "1.0.0", "MIT OR Apache-2.0")]), &[]);
    }

    #[test]
    fn wrong_licences_and_banned_crates_are_found() {
        check(
            serde_json::json!([package("a", "1.0.0", "MIT"), package("b", "1.0.0", "GPL-3.0")]),
            &["GPL-3.0"],
        );
        let banned = [package("openssl", "1.0.0", "MIT")];
        check(serde_json::json!(banned), &["banned by deny.toml; used by tls@1.0.0"]);
    }

    #[test]
    fn a_foreign_source_and_a_missing_licence_are_found() {
        let foreign =
            serde_json::json!({ "name": "a", "version": "1.0.0", "source": "git+https://example.org/a" });
        let found = ["no licence", "comes from git", "nothing uses it"];
        check(serde_json::json!([foreign]), &found);
    }

    #[test]
    fn a_crate_that_brings_the_text_of_a_licence_has_it_and_no_other() {
        let bring = |file: &str| serde_json::json!({ "manifest_path": sys::root().join("Cargo.toml"), "license_file": file });
        assert_eq!(licence_by_text(&bring("LICENSE")), Some("Apache-2.0"));
        assert_eq!(licence_by_text(&bring("Cargo.toml")), None);
        assert_eq!(licence_by_text(&bring("nothing")), None);
        assert_ne!(terms("a b END OF TERMS AND CONDITIONS x"), terms("a c END OF TERMS AND CONDITIONS x"));
    }

    #[test]
    fn two_versions_of_a_crate_are_shown() {
        check(
            serde_json::json!([package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")]),
            &["1.0.0, 2.0.0"],
        );
    }
}
