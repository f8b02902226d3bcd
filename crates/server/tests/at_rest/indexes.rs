//! The indexes by which sealed values are found, and another key for them.

use kernel::{AccountId, Actor, Role};
use keyring::IndexedColumn;
use reqwest::StatusCode;
use serde_json::json;
use shield::list::{self, EntryKind, Lifetime, NewEntry};
use testkit::{TestDb, db_test};

use crate::actor;
use crate::common::{PASSWORD, TestApp};
use crate::rotation::with_keyring;

/// Indexes of what is kept nowhere else, keyed for good: a browser, a party's subject, what a request asked.
const FOR_GOOD: &[(&str, &str)] = &[
    ("passkey_ceremony", "browser_index"),
    ("federated_link", "subject_index"),
    ("federated_claim", "subject_index"),
    ("name_check", "request_index"),
];

#[db_test]
async fn every_index_is_listed_with_what_it_is_made_from_or_is_keyed_for_good(t: TestDb) {
    t.migrate(&everlit::MIGRATIONS).await;
    let listed: Vec<IndexedColumn> = everlit::indexed().collect();
    let schema = t.cx.db.schema().await.unwrap();
    let mut missing = Vec::new();
    for table in &schema {
        for column in table.columns.iter().filter(|column| column.name.ends_with("_index")) {
            let is_listed = listed.iter().any(|c| c.table == table.name && c.column == column.name);
            if is_listed == FOR_GOOD.contains(&(table.name.as_str(), column.name.as_str())) {
                missing.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert!(missing.is_empty(), "in no INDEXED list, so another key would not find them: {missing:?}");
    let sealed: Vec<_> = everlit::sealed().collect();
    for column in &listed {
        let own = |s: &&keyring::SealedColumn| s.table == column.table && s.column == column.source;
        let source = sealed.iter().find(own);
        assert_eq!(source.map(|s| s.context), Some(column.source_context), "{column:?}");
        db::ColumnDoor::of(&schema, column.table, column.column, &[]).unwrap();
    }
}

async fn sign_in(app: &TestApp, contact: &str) -> StatusCode {
    let body = json!({"contact": contact, "password": PASSWORD});
    app.post("/api/v1/sessions", "", "", &body).await.status()
}

fn deny(network: &str) -> NewEntry {
    let reason = "tried too much".to_owned();
    NewEntry { kind: EntryKind::Deny, network: network.to_owned(), lifetime: Lifetime::Week, reason }
}

#[db_test]
async fn people_networks_and_codes_are_found_after_the_key_of_the_indexes_was_exchanged(t: TestDb) {
    let (app, ring) = with_keyring(t).await;
    let cx = app.t.cx.clone();
    app.customer("13800000011").await;
    app.customer("murong@xiyu-mail.example").await;
    let officer = actor(AccountId(3), Role::SECURITY_OFFICER);
    list::add(&cx, &officer, &[], deny("198.51.100.214")).await.unwrap();
    let indexed: Vec<IndexedColumn> = everlit::indexed().collect();
    let old = cx.vault.blind_index("identity.account.phone", "+8613800000011");
    let done = keyring::reindex(&cx, &Actor::system("test"), &ring, &indexed, &mut |_| {}).await.unwrap();
    assert_eq!((done.number, done.values), (2, 3), "a phone, an e-mail, a network");
    assert_ne!(cx.vault.blind_index("identity.account.phone", "+8613800000011"), old);
    for contact in ["13800000011", "murong@xiyu-mail.example"] {
        assert_eq!(sign_in(&app, contact).await, StatusCode::CREATED, "{contact}");
        let again = json!({"contact": contact, "password": PASSWORD, "name": "林晓"});
        let twice = app.post("/api/v1/accounts", "", "", &again).await;
        assert_eq!(twice.status(), StatusCode::CONFLICT, "nobody is there twice: {contact}");
    }
    let twice = list::add(&cx, &officer, &[], deny("198.51.100.214")).await.unwrap_err();
    assert!(matches!(twice, shield::Error::AlreadyListed));
    app.sound().await;
}
