//! The shape of a room: one folder per noun, in each the same few files, and each file keeps to its own job.

use super::Finding;
use super::source::{File, Keep, Tree, has_word, keep, numbered};

/// Crates made of rooms.
const CONTEXTS: &[&str] =
    &["identity", "ledger", "catalogue", "ordering", "fulfilment", "reconciliation", "care"];

const FILES: &[&str] =
    &["mod.rs", "error.rs", "model.rs", "rules.rs", "store.rs", "ops.rs", "jobs.rs", "tests.rs"];

/// A file that grew out of one of a room's files, and whose discipline it keeps. Each is named here, so that a review
/// sees a room getting larger; before adding one, ask whether it is a noun of its own.
const PARTS: &[(&str, &str)] = &[
    // The published catalogue in memory: swapped by the operation that publishes.
    ("catalogue/src/service/shelf.rs", "ops.rs"),
    // The ways to pay, which packs, orders and pages share.
    ("catalogue/src/service/method.rs", "model.rs"),
    ("identity/src/organisation/members.rs", "ops.rs"),
    // The one way in: what risk says of it, and the second factor.
    ("identity/src/signin/appraise.rs", "ops.rs"),
    ("identity/src/signin/second.rs", "ops.rs"),
    // Becoming a person's, and the reviewers' side of documents.
    ("identity/src/real_name/claim.rs", "ops.rs"),
    // Whose account it is, asked by somebody who is to pay them.
    ("identity/src/real_name/holder.rs", "ops.rs"),
    ("identity/src/review/desk.rs", "ops.rs"),
    // The desk is the heart and has four beats: the caller's own part, what risk says of it, the queue, the batch.
    ("ordering/src/desk/prepare.rs", "ops.rs"),
    ("ordering/src/desk/judge.rs", "ops.rs"),
    // What the batch reads and takes of the limits on sending money away.
    ("ordering/src/desk/sending.rs", "ops.rs"),
    ("ordering/src/desk/queue.rs", "ops.rs"),
    ("ordering/src/desk/batch.rs", "ops.rs"),
    ("ordering/src/idempotency/fingerprint.rs", "rules.rs"),
    ("ordering/src/idempotency/flight.rs", "ops.rs"),
    ("ordering/src/order/query.rs", "ops.rs"),
    // How an order comes to its money and parts with it.
    ("ordering/src/order/settle.rs", "ops.rs"),
    // What whoever looks at a request may do is asked of members, rules and decisions at once.
    ("ordering/src/approval/query.rs", "ops.rs"),
    // Many requests of one file: looked at, decided and told about together.
    ("ordering/src/approval/many.rs", "ops.rs"),
    // What a submitted file does line by line, and who may look at it.
    ("ordering/src/batch/place.rs", "ops.rs"),
    ("ordering/src/batch/query.rs", "ops.rs"),
    // Payees whose money goes to a balance here.
    ("ordering/src/payee/balance.rs", "ops.rs"),
    // The one path on which money is booked.
    ("ordering/src/payment/complete.rs", "ops.rs"),
    ("ordering/src/payment/attempt.rs", "ops.rs"),
    ("ordering/src/payment/refund.rs", "ops.rs"),
    // What a gateway did after it had said that it would not.
    ("ordering/src/payment/refund_late.rs", "ops.rs"),
    ("ordering/src/payment/watch.rs", "ops.rs"),
    ("ordering/src/payment/wallet.rs", "ops.rs"),
    // What a gateway keeps for us, until it is taken or let go.
    ("ordering/src/payment/authorised.rs", "ops.rs"),
    ("ordering/src/payment/kept_rules.rs", "rules.rs"),
    // What is asked for when somebody wants to pay, and the answers.
    ("ordering/src/payment/wish_model.rs", "model.rs"),
    // What payment moves in the ledger, and what it tells others.
    ("ordering/src/payment/books.rs", "ops.rs"),
    ("ordering/src/payment/facts.rs", "model.rs"),
    // What is given back and to which of its sources.
    ("ordering/src/payment/give_back.rs", "ops.rs"),
    // Rows of refunds beside those of payments, and what was booked, for comparison with what gateways booked.
    ("ordering/src/payment/refund_store.rs", "store.rs"),
    ("ordering/src/payment/record.rs", "ops.rs"),
    // What payers dispute: reports as of payments and refunds, under the same lock and about the same attempts.
    ("ordering/src/payment/dispute.rs", "ops.rs"),
    ("ordering/src/payment/dispute_cover.rs", "ops.rs"),
    ("ordering/src/payment/dispute_model.rs", "model.rs"),
    ("ordering/src/payment/dispute_store.rs", "store.rs"),
    // The reading side of payments for staff: the list, and what it comes to.
    ("ordering/src/payment/browse.rs", "ops.rs"),
    ("ordering/src/payment/figures.rs", "ops.rs"),
    // A try of a step and the one job that wakes it.
    ("fulfilment/src/flow/tries.rs", "ops.rs"),
    // The one step that moves money, in the transaction that completes its line.
    ("fulfilment/src/flow/credit.rs", "ops.rs"),
    // The question before the order: it changes nothing, so it is no part of the flow.
    ("fulfilment/src/provider/enquiry.rs", "ops.rs"),
    // What helps with a difference: each an act of its own, all ending in the same second look.
    ("reconciliation/src/difference/remedy.rs", "ops.rs"),
    // One pass over a day, step by step.
    ("reconciliation/src/matching/run.rs", "ops.rs"),
    ("reconciliation/src/matching/snapshot.rs", "ops.rs"),
];

/// Folders of a context crate that hold no noun but a piece of machinery: pure throughout, so any file may be in them.
const WORKSHOPS: &[&str] = &["crates/catalogue/src/pack/", "crates/catalogue/src/search/"];

/// How a room's error takes in a failure of the database: a word about errors, not a use of the database.
const BUG: &str = "db::bug_from!";

/// Folders inside a room that tests may have.
const TEST_FOLDERS: &[&str] = &["tests", "snapshots"];

/// What a file must not mention, and why.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "error.rs",
        &["Tx", "async", "super::store", "super::ops", "super::rules"],
        "an error only says what happened",
    ),
    ("model.rs", &["Tx", "async", "super::store", "super::ops", "super::rules"], "nouns are pure"),
    ("rules.rs", &["Tx", "async", "super::store", "super::ops"], "decisions are pure"),
    ("store.rs", &["super::ops", "super::rules"], "a store remembers, it does not decide or act"),
];

pub fn findings(tree: &Tree) -> Vec<Finding> {
    tree.below("crates/", "rs")
        .filter(|file| CONTEXTS.contains(&file.crate_folder()))
        .filter_map(|file| Some((file, inside_room(file)?)))
        .flat_map(|(file, inside)| in_file(file, &inside))
        .collect()
}

/// `["hold", "ops.rs"]` for `crates/ledger/src/hold/ops.rs`; nothing for a file directly in `src`.
fn inside_room(file: &File) -> Option<Vec<&str>> {
    let rest = file.path.strip_prefix("crates/")?.split_once("/src/")?.1;
    let parts: Vec<&str> = rest.split('/').collect();
    (parts.len() > 1).then_some(parts)
}

fn in_file(file: &File, inside: &[&str]) -> Vec<Finding> {
    if WORKSHOPS.iter().any(|folder| file.path.starts_with(folder)) {
        return content(file, "rules.rs");
    }
    let part = PARTS.iter().find(|(path, _)| file.path.strip_prefix("crates/") == Some(path));
    if let Some((_, grown_from)) = part {
        return content(file, grown_from);
    }
    match inside {
        [_, name] if FILES.contains(name) => content(file, name),
        [_, folder, ..] if TEST_FOLDERS.contains(folder) => Vec::new(),
        [_, _] => vec![Finding::error(&file.path, format!("a room has only {}", FILES.join(", ")))],
        _ => vec![Finding::error(&file.path, "a room has no folders inside it")],
    }
}

/// What the file says that a file of that name must not say.
fn content(file: &File, name: &str) -> Vec<Finding> {
    let code = keep(&file.text, Keep::Code);
    let tests = file.first_test_line();
    let mut findings = Vec::new();
    for (line, text) in numbered(&code).take_while(|(line, _)| *line < tests) {
        let leaves = ["pub mod store", "pub use store::", "pub use self::store::"];
        if name == "mod.rs" && leaves.iter().any(|way| text.contains(way)) {
            findings
                .push(Finding::error(file.place(line), "the store is pub(crate): `pub(crate) mod store;`"));
        }
        for (_, words, why) in BANNED.iter().filter(|(banned_in, ..)| *banned_in == name) {
            let database = (!["store.rs", "error.rs"].contains(&name)
                && text.replace(BUG, "").contains("db::"))
            .then_some("db::");
            let found = words.iter().copied().filter(|word| has_word(text, word)).chain(database);
            let name = file.name();
            findings.extend(
                found.map(|word| Finding::error(file.place(line), format!("`{word}` in {name}: {why}"))),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = findings(&tree(path, text)).into_iter().map(|f| f.to_string()).collect();
        assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    #[test]
    fn a_room_has_only_the_files_of_a_room() {
        check("crates/ledger/src/hold/ops.rs", "pub async fn place() {}", &[]);
        check("crates/ledger/src/hold/helpers.rs", "", &["a room has only"]);
        check("crates/ledger/src/hold/deep/ops.rs", "", &["no folders"]);
        check("crates/ledger/src/hold/tests/flow.rs", "", &[]);
        check(
            "crates/ordering/src/idempotency/fingerprint.rs",
            "async fn a() {}",
            &["`async` in fingerprint.rs"],
        );
        check("crates/catalogue/src/pack/tree.rs", "use db::Row;", &["`db::` in tree.rs"]);
        check("crates/ledger/src/error.rs", "", &[]);
        check("crates/web/src/portal/anything.rs", "", &[]);
    }

    #[test]
    fn nouns_and_decisions_touch_neither_database_nor_time_to_wait() {
        check("crates/ordering/src/order/rules.rs", "use db::Tx;\n", &["`Tx`", "`db::`"]);
        check("crates/ordering/src/order/model.rs", "db::bug_from!(Error);\n", &[]);
        check("crates/ordering/src/order/model.rs", "async fn a() {}\n", &["model.rs:1: `async`"]);
        check("crates/ordering/src/order/rules.rs", "// a Tx is not needed here\nfn a() {}\n", &[]);
        check("crates/ordering/src/order/rules.rs", "use super::store::x;\n", &["`super::store`"]);
        check(
            "crates/ordering/src/order/store.rs",
            "use super::rules::x;\nuse db::Tx;\n",
            &["`super::rules`"],
        );
    }

    #[test]
    fn the_store_does_not_leave_its_crate() {
        check("crates/ordering/src/order/mod.rs", "pub mod store;\n", &["pub(crate)"]);
        check("crates/ordering/src/order/mod.rs", "pub use store::find;\n", &["pub(crate)"]);
        check("crates/ordering/src/order/mod.rs", "pub(crate) mod store;\npub use ops::place;\n", &[]);
    }
}
