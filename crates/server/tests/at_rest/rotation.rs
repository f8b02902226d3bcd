//! Keys change while people register, order and read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kernel::Actor;
use keyring::{Keyring, LocalMaster, Masters, Midway, SealedColumn, Start};
use reqwest::Method;
use serde_json::json;
use testkit::{TestDb, db_test};
use tokio::sync::watch;
use vault::Key;

use crate::NAME;
use crate::common::{PASSWORD, TestApp, read, top_up_order};

/// The app over a ring of keys that can be exchanged, over values from before there were data keys.
pub async fn with_keyring(mut t: TestDb) -> (TestApp, Arc<Keyring>) {
    t.migrate(&everlit::MIGRATIONS).await;
    let sealed: Vec<SealedColumn> = everlit::sealed().collect();
    let master = LocalMaster::new(&Key::new([7; 32]), Arc::clone(&t.cx.rng)).unwrap();
    let masters = Masters::new(Arc::new(master), Vec::new());
    let start = Start {
        masters,
        node: 1,
        first_master: Some(Key::new([7; 32])),
        sealed: &sealed,
        midway: Midway::Refused,
    };
    let ring = Keyring::open(&t.cx.db, &*t.clock, &*t.cx.rng, start).await.unwrap();
    t.cx.vault = ring.vault();
    (TestApp::start(t).await, Arc::new(ring))
}

#[db_test]
async fn keys_rotate_while_people_register_order_and_read_and_no_request_fails(t: TestDb) {
    let (app, ring) = with_keyring(t).await;
    let lin = app.customer("13800000011").await;
    app.top_up(&lin, 100_000).await;
    let (done, failed, served) = (AtomicBool::new(false), Mutex::new(Vec::new()), watch::Sender::new(0_u32));
    let note = |what: &str, status: reqwest::StatusCode| {
        served.send_modify(|count| *count += 1);
        if !status.is_success() {
            failed.lock().unwrap().push(format!("{what}: {status}"));
        }
    };
    let registering = async {
        let mut number = 13_700_000_000_u64;
        // More from one address would be held back, which is not what is tried here.
        while !done.load(Ordering::SeqCst) && number < 13_700_000_012 {
            number += 1;
            let body = json!({"contact": number.to_string(), "password": PASSWORD, "name": NAME});
            note("register", app.post("/api/v1/accounts", "", "", &body).await.status());
        }
    };
    let ordering = async {
        let mut number = 0;
        while !done.load(Ordering::SeqCst) {
            number += 1;
            let key = format!("k{number}");
            let placed = app.post("/api/v1/orders", &lin, &key, &top_up_order("13800000011")).await;
            note("order", placed.status());
            let (_, placed) = read(placed).await;
            let (status, _) =
                app.get(&format!("/api/v1/orders/{}", placed["id"].as_str().unwrap_or("x")), &lin).await;
            note("read", status);
            durable::run_due(&app.t.cx, &app.registry).await.unwrap();
            if number >= 90 {
                break;
            }
        }
    };
    let reading = async {
        while !done.load(Ordering::SeqCst) {
            for path in ["/api/v1/orders", "/api/v1/wallet", "/account", "/messages"] {
                let seen = app.request(Method::GET, path, &lin).send().await.unwrap();
                if path.starts_with("/api") || seen.status().is_server_error() {
                    note(path, seen.status());
                }
            }
        }
    };
    let sealed: Vec<SealedColumn> = everlit::sealed().collect();
    let actor = Actor::system("test");
    let rotating = async {
        for number in 2..=4 {
            let mut serving = served.subscribe();
            let before = *serving.borrow_and_update();
            let rotated = keyring::rotate(&app.t.cx, &actor, &ring, &sealed, &mut |_| {}).await.unwrap();
            assert_eq!(rotated.number, number);
            // Some requests between two rotations.
            serving.wait_for(|count| *count >= before + 8).await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(registering, ordering, reading, rotating);
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(*served.borrow() > 24);
    app.settle().await;
    // What was written during a rotation by a request in hand is under some key of the ring; the next rotation takes it along.
    keyring::rotate(&app.t.cx, &actor, &ring, &sealed, &mut |_| {}).await.unwrap();
    let status = keyring::status(&app.t.cx, &sealed).await.unwrap();
    assert_eq!((status.behind(), status.foreign.len()), (0, 0), "{status:?}");
    let (_, orders) = app.get("/api/v1/orders", &lin).await;
    assert!(!orders["items"].as_array().unwrap().is_empty());
    app.sound().await;
}
