//! The lists, on both databases.

use kernel::{Actor, Duration, Refusal as _};
use testkit::{TestDb, db_test};

use super::*;
use crate::testing::{TABLES, customer, officer};

fn deny(network: &str, lifetime: Lifetime) -> NewEntry {
    NewEntry {
        kind: EntryKind::Deny,
        network: network.to_owned(),
        lifetime,
        reason: "scans every night".to_owned(),
    }
}

#[db_test]
async fn an_entry_holds_until_it_is_removed_or_runs_out(t: TestDb) {
    t.migrate(TABLES).await;
    let admin = officer();
    let first = add(&t.cx, &admin, &[], deny("192.0.2.7", Lifetime::Day)).await.unwrap();
    let second = add(&t.cx, &admin, &[], deny("198.51.100.0/24", Lifetime::UntilRemoved)).await.unwrap();
    let shown = entries(&t.cx, &admin).await.unwrap();
    let networks: Vec<String> = shown.iter().map(|entry| entry.network.to_string()).collect();
    assert_eq!(networks, ["198.51.100.0/24", "192.0.2.7"]);
    assert_eq!(shown[1].reason, "scans every night");
    t.clock.advance(Duration::from_hours(25));
    assert_eq!(entries(&t.cx, &admin).await.unwrap().len(), 1);
    assert_eq!(remove(&t.cx, &admin, first, "has run out").await.unwrap_err().code(), "shield.wrong_state");
    remove(&t.cx, &admin, second, "it was a mistake").await.unwrap();
    assert!(entries(&t.cx, &admin).await.unwrap().is_empty());
    // What has run out can be listed again.
    add(&t.cx, &admin, &[], deny("192.0.2.7", Lifetime::Week)).await.unwrap();
    assert_eq!(audit::verify(&t.cx).await.unwrap().entries, 4);
    assert_eq!(audit::verify(&t.cx).await.unwrap().bad, None);
}

#[db_test]
async fn a_network_is_listed_once_a_kind(t: TestDb) {
    t.migrate(TABLES).await;
    let admin = officer();
    add(&t.cx, &admin, &[], deny("192.0.2.0/24", Lifetime::Day)).await.unwrap();
    let again = add(&t.cx, &admin, &[], deny("192.0.2.99/24", Lifetime::Week)).await.unwrap_err();
    assert_eq!(again.code(), "shield.already_listed");
    let allow = NewEntry { kind: EntryKind::Allow, ..deny("192.0.2.0/24", Lifetime::Day) };
    add(&t.cx, &admin, &[], allow).await.unwrap();
}

#[db_test]
async fn nobody_locks_out_themselves_the_machine_or_the_proxy(t: TestDb) {
    t.migrate(TABLES).await;
    let admin = Actor { address: "203.0.113.9".to_owned(), ..officer() };
    let kept = ["127.0.0.0/8".parse().unwrap(), "10.0.0.2".parse().unwrap()];
    for network in ["203.0.113.9", "203.0.113.0/24", "127.0.0.1", "10.0.0.0/8"] {
        let refused = add(&t.cx, &admin, &kept, deny(network, Lifetime::Day)).await.unwrap_err();
        assert_eq!(refused.code(), "shield.would_lock_out", "{network}");
    }
    add(&t.cx, &admin, &kept, deny("203.0.113.10", Lifetime::Day)).await.unwrap();
}

#[db_test]
async fn wrong_input_and_too_small_a_role_are_refused(t: TestDb) {
    t.migrate(TABLES).await;
    let admin = officer();
    for (network, field) in [("example.com", "/network"), ("0.0.0.0/0", "/network"), ("2000::/3", "/network")]
    {
        let refused = add(&t.cx, &admin, &[], deny(network, Lifetime::Day)).await.unwrap_err();
        assert_eq!(refused.fields()[0].pointer, field, "{network}");
    }
    let silent = NewEntry { reason: " no ".to_owned(), ..deny("192.0.2.7", Lifetime::Day) };
    assert_eq!(add(&t.cx, &admin, &[], silent).await.unwrap_err().fields()[0].pointer, "/reason");
    let refused = add(&t.cx, &customer(), &[], deny("192.0.2.7", Lifetime::Day)).await.unwrap_err();
    assert_eq!(refused.code(), "shield.not_allowed");
    assert_eq!(entries(&t.cx, &customer()).await.unwrap_err().code(), "shield.not_allowed");
}

#[db_test]
async fn addresses_are_not_in_the_tables_in_clear(t: TestDb) {
    t.migrate(TABLES).await;
    add(&t.cx, &officer(), &[], deny("192.0.2.7", Lifetime::Day)).await.unwrap();
    for row in t.raw("SELECT network_sealed, network_index, reason FROM shield_entry", Vec::new()).await {
        assert!(!format!("{row:?}").contains("192.0.2.7"));
        let mut r = row.reader();
        let sealed: Vec<u8> = r.get().unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"192.0"));
    }
}

#[db_test]
async fn what_ended_long_ago_is_forgotten(t: TestDb) {
    t.migrate(TABLES).await;
    let admin = officer();
    let id = add(&t.cx, &admin, &[], deny("192.0.2.7", Lifetime::UntilRemoved)).await.unwrap();
    remove(&t.cx, &admin, id, "it was a mistake").await.unwrap();
    t.clock.advance(Duration::from_days(300));
    assert_eq!(purge(&t.cx).await.unwrap(), 0);
    t.clock.advance(Duration::from_days(100));
    assert_eq!(purge(&t.cx).await.unwrap(), 1);
}
