//! What holds over all crates together.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::collections::BTreeSet;

use testkit::{Backend, TestDb, db_test};

#[db_test]
async fn every_statement_prepares(t: TestDb) {
    t.migrate(&everlit::MIGRATIONS).await;
    let mut prepared = 0;
    for statement in everlit::statements() {
        t.cx.db.prepare(statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
        prepared += 1;
    }
    assert!(prepared > 200, "only {prepared} statements are listed");
}

#[test]
fn both_databases_have_the_same_schema() {
    testkit::run(Backend::Sqlite, |one| async move {
        one.migrate(&everlit::MIGRATIONS).await;
        let other = TestDb::open(Backend::Postgres).await;
        other.migrate(&everlit::MIGRATIONS).await;
        let (one, other) = (one.cx.db.schema().await.unwrap(), other.cx.db.schema().await.unwrap());
        for (a, b) in one.iter().zip(&other) {
            assert_eq!(a, b, "{}", a.name);
        }
        assert_eq!(one.len(), other.len());
        // Moving an installation needs a key to page by.
        assert!(one.iter().all(|table| !table.key.is_empty()));
    });
}

#[db_test]
async fn migrations_can_be_applied_again_without_effect(t: TestDb) {
    t.migrate(&everlit::MIGRATIONS).await;
    assert!(t.cx.db.migrate(&everlit::MIGRATIONS).await.unwrap().is_empty());
}

#[test]
fn every_code_is_unique_and_speaks_both_languages() {
    let mut seen = BTreeSet::new();
    for info in everlit::codes() {
        assert!(seen.insert(info.code), "{} is declared twice", info.code);
        assert!(info.code.contains('.'), "{}", info.code);
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        // Words that come from a service pack or a provider stand in placeholders.
        let borrowed = |text: &str| text.trim().starts_with('{') && text.trim().ends_with('}');
        assert!(han(info.zh) || borrowed(info.zh), "{}: {:?}", info.code, info.zh);
        assert!(!info.en.is_empty() && !han(info.en), "{}: {:?}", info.code, info.en);
    }
    assert!(seen.len() > 80, "only {} codes", seen.len());
}
