//! The shield as a whole, on both databases: two nodes on one database, alarms that become blocks.

use std::net::IpAddr;
use std::sync::Arc;

use durable::task::Tasks;
use kernel::{Duration, PageRequest};
use testkit::{TestDb, db_test, until};

use crate::incident::{self, Kind, State};
use crate::list::{self, EntryKind, Lifetime, NewEntry};
use crate::testing::{TABLES, officer};
use crate::{Class, Limits, Network, Party, Quota, Settings, Shield, Signal, Verdict};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn node(t: &TestDb, settings: Settings, tasks: &Tasks) -> Arc<Shield> {
    let shield = Shield::open(&t.cx, settings).await.unwrap();
    shield.start(tasks);
    shield
}

fn scan(shield: &Shield, address: &str) {
    for path in ["/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/cgi-bin/x"] {
        shield.note(ip(address), &Signal::NotFound { path });
    }
}

#[db_test]
async fn a_scan_keeps_out_at_once_and_on_every_node(t: TestDb) {
    t.migrate(TABLES).await;
    let tasks = Tasks::default();
    let (here, there) =
        (node(&t, Settings::default(), &tasks).await, node(&t, Settings::default(), &tasks).await);
    scan(&here, "192.0.2.7");
    assert!(matches!(here.judge(ip("192.0.2.7")), Verdict::BlockedUntil(_)), "before anything is written");
    assert_eq!(here.judge(ip("192.0.2.8")), Verdict::Welcome);
    until(async || there.judge(ip("192.0.2.7")) != Verdict::Welcome).await;
    t.clock.advance(Duration::from_mins(11));
    assert_eq!(here.judge(ip("192.0.2.7")), Verdict::Welcome, "a block ends by itself");
    let page = incident::list(&t.cx, &officer(), State::Open, PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!((page.items[0].kind, page.items[0].subjects), (Kind::PathScan, 5));
    tasks.stop().await;
}

#[db_test]
async fn lifting_lets_in_again_everywhere(t: TestDb) {
    t.migrate(TABLES).await;
    let tasks = Tasks::default();
    let shield = node(&t, Settings::default(), &tasks).await;
    scan(&shield, "192.0.2.7");
    let mut found = Vec::new();
    until(async || {
        found = incident::blocks(&t.cx, &officer()).await.unwrap();
        !found.is_empty()
    })
    .await;
    incident::lift(&t.cx, &officer(), found[0].incident, "their test of our pages").await.unwrap();
    until(async || shield.judge(ip("192.0.2.7")) == Verdict::Welcome).await;
    tasks.stop().await;
}

#[db_test]
async fn this_machine_its_proxies_and_the_allow_list_are_noted_and_never_blocked(t: TestDb) {
    t.migrate(TABLES).await;
    let tasks = Tasks::default();
    let allow = NewEntry {
        kind: EntryKind::Allow,
        network: "198.51.100.0/24".to_owned(),
        lifetime: Lifetime::Month,
        reason: "the scanner of our auditors".to_owned(),
    };
    list::add(&t.cx, &officer(), &[], allow).await.unwrap();
    let settings = Settings { kept: vec!["10.0.0.2".parse().unwrap()], ..Settings::default() };
    let shield = node(&t, settings, &tasks).await;
    let safe = ["127.0.0.1", "::1", "10.0.0.2", "198.51.100.9"];
    for address in safe {
        scan(&shield, address);
        assert_eq!(shield.judge(ip(address)), Verdict::Welcome, "{address}");
    }
    until(async || incident::open_count(&t.cx, &officer()).await.unwrap() == 4).await;
    assert!(incident::blocks(&t.cx, &officer()).await.unwrap().is_empty());
    tasks.stop().await;
}

#[db_test]
async fn the_deny_list_holds_from_the_start_and_allowing_does_not_open_it(t: TestDb) {
    t.migrate(TABLES).await;
    for kind in EntryKind::ALL {
        let entry = NewEntry {
            kind,
            network: "192.0.2.0/24".to_owned(),
            lifetime: Lifetime::Day,
            reason: "both lists at once".to_owned(),
        };
        list::add(&t.cx, &officer(), &[], entry).await.unwrap();
    }
    let shield = Shield::open(&t.cx, Settings::default()).await.unwrap();
    assert_eq!(shield.judge(ip("192.0.2.7")), Verdict::Denied);
    assert_eq!(shield.judge(ip("::ffff:192.0.2.7")), Verdict::Denied, "the same address in other clothes");
    t.clock.advance(Duration::from_hours(25));
    assert_eq!(shield.judge(ip("192.0.2.7")), Verdict::Welcome, "it runs out without being read again");
}

#[db_test]
async fn budgets_are_of_a_class_and_a_party(t: TestDb) {
    t.migrate(TABLES).await;
    let limits = Limits {
        enabled: true,
        address: [(Class::Login, Quota::new(2, 60))].into(),
        account: [(Class::Login, Quota::new(1, 60))].into(),
    };
    let shield = Shield::new(t.cx.clone(), Settings { limits, ..Settings::default() });
    let here = Party::Address(Network::customer(ip("192.0.2.7")));
    let over = |class, party| shield.take(class, party).map(|reading| reading.is_over());
    assert_eq!(over(Class::Login, here), Some(false));
    assert_eq!(over(Class::Login, Party::Account(7)), Some(false));
    assert_eq!(over(Class::Login, Party::Account(7)), Some(true));
    assert_eq!(over(Class::Login, Party::Account(8)), Some(false));
    assert_eq!(over(Class::Login, here), Some(false));
    assert_eq!(over(Class::Login, here), Some(true));
    assert_eq!(over(Class::Page, here), None);
    let off = Shield::new(t.cx.clone(), Settings::off());
    assert_eq!(off.take(Class::Login, here), None);
}
