//! Words that may stand only in certain places: names of databases, marks of unfinished work, naps in tests.

use super::Finding;
use super::source::{File, Keep, Tree, calls, has_word, keep, numbered};

/// The dialect seam, and those who set databases up.
const DATABASE_CRATES: &[&str] = &["db", "server", "testkit", "testkit-macros", "bench"];
const DATABASE_WORDS: &[&str] = &["sqlite", "postgres"];

/// Spelled in halves, so that this file passes its own check.
const UNFINISHED: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO")];
const UNFINISHED_CODE: &[&str] = &[concat!("to", "do!"), concat!("unimpl", "emented!")];
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Nothing that is shipped starts a process: there is no shell to get into.
const PROCESSES: &[&str] = &["process::Command", "Command::new("];
/// Tools that start the product.
const STARTERS: &[&str] = &["bench", "testkit"];

pub fn findings(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let guarded = file.path.starts_with("crates/") && !DATABASE_CRATES.contains(&file.crate_folder());
    let code = if file.kind() == "rs" { keep(&file.text, Keep::Code) } else { String::new() };
    for (line, text) in numbered(&file.text) {
        let place = || file.place(line);
        if guarded && matches!(file.kind(), "rs" | "toml" | "sql") {
            let lower = text.to_lowercase();
            let found = DATABASE_WORDS.iter().filter(|word| lower.contains(**word));
            findings.extend(found.map(|word| {
                let places = DATABASE_CRATES.join(", ");
                Finding::error(
                    place(),
                    format!("`{word}` stands only in {places}: use the dialect seam of `db`"),
                )
            }));
        }
        let unfinished = UNFINISHED.iter().filter(|word| has_word(text, word));
        findings.extend(
            unfinished.map(|word| Finding::error(place(), format!("`{word}`: finish it or open an issue"))),
        );
        let paths = MACHINE_PATHS.iter().filter(|path| text.contains(**path));
        findings
            .extend(paths.map(|path| Finding::error(place(), format!("`{path}`: a path of one machine"))));
        if file.kind() == "mjs" && text.contains("waitForTimeout") {
            findings.push(Finding::error(place(), "wait for a condition, not for a time"));
        }
    }
    let tests = file.first_test_line();
    for (line, text) in numbered(&code) {
        let unfinished = UNFINISHED_CODE.iter().filter(|word| text.contains(**word));
        findings
            .extend(unfinished.map(|word| Finding::error(file.place(line), format!("`{word}`: finish it"))));
        let ships = file.path.starts_with("crates/") && !STARTERS.contains(&file.crate_folder());
        if line < tests && ships && PROCESSES.iter().any(|word| text.contains(word)) {
            findings.push(Finding::error(file.place(line), "the product starts no processes"));
        }
        if line >= tests && (calls(text, "sleep") || calls(text, "sleep_until")) {
            findings.push(Finding::error(
                file.place(line),
                "a test does not sleep: move the clock or wait for a condition",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(path: &str, text: &str, expected: usize) {
        let found = findings(&tree(path, text));
        assert_eq!(found.len(), expected, "{path}: {found:?}");
    }

    #[test]
    fn database_words_stay_behind_the_seam() {
        check("crates/ledger/src/lib.rs", "// faster on PostgreSQL\n", 1);
        check("crates/ledger/Cargo.toml", "rusqlite.workspace = true\n", 1);
        check("crates/ledger/migrations/0001_init.sql", "-- sqlite only\n", 1);
        check("crates/db/src/lib.rs", "// faster on PostgreSQL\n", 0);
        check("xtask/src/main.rs", "// faster on PostgreSQL\n", 0);
    }

    #[test]
    fn nothing_is_left_half_done() {
        check("crates/a/src/lib.rs", &format!("// {}\n", UNFINISHED.join(" ")), UNFINISHED.len());
        check("crates/a/src/lib.rs", &format!("fn a() {{ {}() }}\n", UNFINISHED_CODE.concat()), 2);
        check("crates/a/src/lib.rs", "/// Says `TODOS` and nothing of them.\n", 0);
    }

    #[test]
    fn the_product_starts_no_processes() {
        let start = "let child = std::process::Command::new(\"sh\");\n";
        check("crates/a/src/lib.rs", start, 1);
        check("crates/a/tests/keys.rs", start, 0);
        check("crates/bench/src/lib.rs", start, 0);
        check("xtask/src/sys.rs", start, 0);
    }

    #[test]
    fn no_machine_is_named() {
        check(
            "services/telecom.yaml",
            &format!("icon: {}a.svg\n", MACHINE_PATHS.concat()),
            MACHINE_PATHS.len(),
        );
    }

    #[test]
    fn tests_do_not_sleep() {
        let nap = "tokio::time::sleep(d).await;\n";
        check("crates/a/src/hold/tests.rs", nap, 1);
        check("crates/a/src/hold_tests.rs", nap, 1);
        check("crates/a/src/hold/jobs.rs", nap, 0);
        check("crates/a/src/lib.rs", &format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{nap}}}\n"), 1);
        check("crates/a/src/hold/tests.rs", "// never sleep(…) here\n", 0);
        check("e2e/journey.test.mjs", "await page.waitForTimeout(5);\n", 1);
    }
}
