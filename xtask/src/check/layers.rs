//! Calls go down, events go up: the direction of the dependencies between our own crates, as one table.

use serde_json::Value;

use super::Finding;
use crate::sys::{self, Result};

/// From the roof to the ground. A crate may use those of the rows beneath its own, and none of its own row.
const ROWS: &[&[&str]] = &[
    &["everlit"],
    &["web"],
    &["care", "privacy", "documents"],
    &["fulfilment", "reconciliation"],
    &["ordering"],
    &["catalogue", "ledger", "identity"],
    &["notify", "risk", "keyring", "shield"],
    &["audit"],
    &["durable"],
    // What is said to the outside and how it is believed: ports and wire types, which know nothing of us.
    &["db", "vault", "forms", "paper", "connectors"],
    &["kernel"],
];

/// Pure crates: no I/O, no waiting. None of these may appear among their dependencies.
const PURE: &[&str] = &["kernel", "forms", "paper"];
const IMPURE: &[&str] = &["tokio", "axum", "reqwest", "rusqlite", "tokio-postgres", "futures-util"];

/// Beside the rows: what it is, whom it may use, who may use it.
struct Aside {
    name: &'static str,
    uses: Uses,
    used_by: &'static [&'static str],
}

enum Uses {
    Any,
    Only(&'static [&'static str]),
}

const ASIDE: &[Aside] = &[
    // The other side of the wire: it speaks HTTP to us and shares no code but the nouns of the kernel and of the wire.
    Aside {
        name: "sandbox",
        uses: Uses::Only(&["kernel", "connectors"]),
        used_by: &["everlit", "testkit", "bench"],
    },
    // Trains what the request path only evaluates, so that no learner is among its dependencies.
    Aside { name: "learn", uses: Uses::Only(&["kernel", "risk"]), used_by: &["everlit", "bench"] },
    Aside { name: "testkit", uses: Uses::Any, used_by: &["bench"] },
    Aside { name: "testkit-macros", uses: Uses::Only(&[]), used_by: &["testkit"] },
    Aside { name: "bench", uses: Uses::Any, used_by: &[] },
    Aside { name: "xtask", uses: Uses::Only(&[]), used_by: &[] },
];

/// One line of a `[dependencies]` table.
struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

pub fn findings() -> Result<Vec<Finding>> {
    let metadata = sys::metadata(&[String::from("--no-deps")])?;
    let (crates, edges) = graph(&metadata);
    Ok(judge(&crates, &edges))
}

fn graph(metadata: &Value) -> (Vec<String>, Vec<Edge>) {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let packages = list(metadata, "packages");
    let crates = packages.iter().map(|package| text(package, "name")).collect();
    let mut edges = Vec::new();
    for package in &packages {
        for dependency in list(package, "dependencies") {
            let for_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            edges.push(Edge { from: text(package, "name"), to: text(&dependency, "name"), for_tests });
        }
    }
    (crates, edges)
}

fn judge(crates: &[String], edges: &[Edge]) -> Vec<Finding> {
    let unknown = crates.iter().filter(|name| row(name).is_none() && aside(name).is_none());
    let mut findings: Vec<Finding> = unknown
        .map(|name| Finding::error(name, "has no place in the table of layers (xtask/src/check/layers.rs)"))
        .collect();
    for edge in edges {
        let refusal = if crates.contains(&edge.to) { between_ours(edge) } else { to_outside(edge) };
        findings.extend(refusal.map(|why| Finding::error(format!("{} → {}", edge.from, edge.to), why)));
    }
    findings
}

fn between_ours(edge: &Edge) -> Option<&'static str> {
    if let Some(target) = aside(&edge.to) {
        let allowed = target.used_by.contains(&edge.from.as_str())
            // Tests may use the test kit everywhere but on the other side of the wire.
            || edge.for_tests && edge.to == "testkit" && edge.from != "sandbox"
            || edge.for_tests && edge.to == "sandbox";
        return (!allowed).then_some("is not for this crate");
    }
    match aside(&edge.from).map(|source| &source.uses) {
        Some(Uses::Any) => return None,
        Some(Uses::Only(few)) => return (!few.contains(&edge.to.as_str())).then_some("must not know it"),
        None => {}
    }
    match (row(&edge.from), row(&edge.to)) {
        (Some(from), Some(to)) if from < to => None,
        (Some(from), Some(to)) if from == to => Some("are neighbours: neither may know the other"),
        _ if edge.for_tests => Some("points upwards, in tests too: such a test belongs to the higher crate"),
        _ => Some("points upwards: write an event, let the higher crate subscribe"),
    }
}

fn to_outside(edge: &Edge) -> Option<&'static str> {
    let pure = PURE.contains(&edge.from.as_str()) && !edge.for_tests;
    (pure && IMPURE.contains(&edge.to.as_str())).then_some("a pure crate does no I/O")
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

fn aside(name: &str) -> Option<&'static Aside> {
    ASIDE.iter().find(|aside| aside.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, for_tests: bool, allowed: bool) {
        let crates = [from.to_owned(), to.to_owned()];
        let edge = Edge { from: from.to_owned(), to: to.to_owned(), for_tests };
        let found = judge(&crates, &[edge]);
        assert_eq!(found.is_empty(), allowed, "{from} → {to}: {found:?}");
    }

    #[test]
    fn dependencies_point_downwards_only() {
        check("ordering", "ledger", false, true);
        check("everlit", "kernel", false, true);
        check("ledger", "ordering", false, false);
        check("ledger", "identity", false, false);
        check("forms", "db", false, false);
        check("kernel", "testkit", true, true);
        check("ledger", "ordering", true, false);
    }

    #[test]
    fn crates_beside_the_layers_keep_to_their_friends() {
        check("everlit", "sandbox", false, true);
        check("web", "sandbox", false, false);
        check("web", "sandbox", true, true);
        check("sandbox", "kernel", false, true);
        check("sandbox", "ledger", false, false);
        check("sandbox", "testkit", true, false);
        check("ledger", "testkit", true, true);
        check("ledger", "testkit", false, false);
        check("testkit", "everlit", false, true);
        check("xtask", "kernel", false, false);
    }

    #[test]
    fn a_crate_without_a_place_is_found_and_pure_crates_stay_pure() {
        check("kernel", "newcomer", false, false);
        let tokio = Edge { from: String::from("kernel"), to: String::from("tokio"), for_tests: false };
        assert_eq!(judge(&[String::from("kernel")], &[tokio]).len(), 1);
    }

    #[test]
    fn the_graph_is_read_from_cargo() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "a", "dependencies": [{ "name": "b", "kind": null }, { "name": "c", "kind": "dev" }] },
        ] });
        let (crates, edges) = graph(&metadata);
        assert_eq!(crates, ["a"]);
        let kinds: Vec<_> = edges.iter().map(|edge| (edge.to.as_str(), edge.for_tests)).collect();
        assert_eq!(kinds, [("b", false), ("c", true)]);
    }
}
