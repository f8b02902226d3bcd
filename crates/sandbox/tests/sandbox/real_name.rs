//! The register of people as its client sees it.

use connectors::{
    BaseUrl, HttpNameCheck, Keys, NameCheck as _, NameCheckError, NameQuestion, NameResult, Secret,
};
use http::StatusCode;
use kernel::{Duration, SeededRng};
use sandbox::{Desk, NameRecord, PEOPLE};
use serde_json::json;

use crate::support::{START, World, client, id, world};

fn register(world: &World, patience: Duration) -> HttpNameCheck {
    with_keys(world, patience, world.config.keys(Desk::Identity).unwrap().clone())
}

fn with_keys(world: &World, patience: Duration, keys: Keys) -> HttpNameCheck {
    let base = BaseUrl::parse(&world.config.base_url(Desk::Identity)).unwrap();
    HttpNameCheck::new(base, keys, client(patience), world.clock.clone())
}

fn question(request: &str, name: &str, number: &str) -> NameQuestion {
    NameQuestion {
        request_id: id(request),
        name: name.to_owned(),
        number: number.to_owned(),
        holder: "citizen".to_owned(),
        purpose: "real_name".to_owned(),
        consented_at: START,
    }
}

fn record(world: &World, request: &str) -> NameRecord {
    world.running.sandbox.name_checks().into_iter().find(|record| record.request_id == request).unwrap()
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn people_are_found_by_number_and_told_from_others_by_name() {
    let world = world().await;
    let register = register(&world, PATIENT);
    for (at, (name, number)) in PEOPLE.into_iter().enumerate() {
        let asked = register.ask(&question(&format!("a{at}"), name, number)).await;
        assert_eq!(asked, Ok(NameResult::Match), "{name}");
        let asked = register.ask(&question(&format!("b{at}"), "张三", number)).await;
        assert_eq!(asked, Ok(NameResult::Mismatch), "{name}");
    }
    for (request, name, number, want) in [
        ("c", "林小满", "310104198904078637", NameResult::NotFound),
        ("d", "测试一", "310104198904078637", NameResult::Match),
        ("e", "测试一", "330106199003071244", NameResult::Mismatch),
        ("f", "停女士", "350102198707071094", NameResult::Unavailable),
    ] {
        assert_eq!(register.ask(&question(request, name, number)).await, Ok(want), "{name} {number}");
    }
    assert_eq!((record(&world, "a0").charged, record(&world, "f").charged), (1, 0));
}

#[tokio::test]
async fn one_request_is_charged_once_and_cannot_become_another() {
    let world = world().await;
    let register = register(&world, PATIENT);
    for _ in 0..3 {
        let asked = register.ask(&question("one", "林小满", "330106199003071244")).await;
        assert_eq!(asked, Ok(NameResult::Match));
    }
    let NameRecord { asked, charged, .. } = record(&world, "one");
    assert_eq!((asked, charged), (3, 1));
    let other = register.ask(&question("one", "陈敏", "110105198808153018")).await;
    assert!(matches!(other, Err(NameCheckError::Refused { code, .. }) if code == "operation_conflict"));
}

#[tokio::test]
async fn troublesome_people_behave_as_they_are_described() {
    let world = world().await;
    world.set(Desk::Identity, json!({ "delay_ms": 20 }));
    let (patient, hasty) = (register(&world, PATIENT), register(&world, Duration::from_millis(300)));
    let slow = patient.ask(&question("slow", "慢先生", "320106199511116048")).await;
    assert_eq!(slow, Ok(NameResult::Match));
    world.set(Desk::Identity, json!({}));
    let slow = hasty.ask(&question("slow-2", "慢先生", "320106199511116048")).await;
    assert!(matches!(slow, Err(NameCheckError::Unknown(_))), "{slow:?}");
    let down = patient.ask(&question("down", "断先生", "120101199103038061")).await;
    assert!(matches!(down, Err(NameCheckError::Unknown(_))), "{down:?}");
    let lying = patient.ask(&question("lying", "谎先生", "370102198609099070")).await;
    assert!(matches!(lying, Err(NameCheckError::NotBelieved(_))), "{lying:?}");
    let changing = question("changing", "变先生", "61010319941010008X");
    assert_eq!(patient.ask(&changing).await, Ok(NameResult::Match));
    assert_eq!(patient.ask(&changing).await, Ok(NameResult::Mismatch));
    let lost = question("lost", "失女士", "430102199602023111");
    assert!(matches!(hasty.ask(&lost).await, Err(NameCheckError::Unknown(_))));
    assert_eq!(record(&world, "lost").charged, 1, "it was looked up");
    assert_eq!(hasty.ask(&lost).await, Ok(NameResult::Match));
    assert_eq!(record(&world, "lost").charged, 1);
}

#[tokio::test]
async fn nobody_else_may_ask_and_the_knobs_hold_here_too() {
    let world = world().await;
    let asked = question("x", "林小满", "330106199003071244");
    let stranger = with_keys(&world, PATIENT, Keys::one(Secret::generate(&SeededRng::new(99))));
    let refused = stranger.ask(&asked).await;
    assert!(matches!(refused, Err(NameCheckError::Refused { code, .. }) if code == "bad_signature"));
    let url = format!("{}/v1/name-checks", world.config.base_url(Desk::Identity));
    let unsigned = world.send(http::Method::POST, &url, &[], "{}").await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    for (knobs, code) in [(json!({ "busy_percent": 100 }), "busy")] {
        world.set(Desk::Identity, knobs);
        let busy = register(&world, PATIENT).ask(&asked).await;
        assert!(matches!(busy, Err(NameCheckError::Refused { code: found, .. }) if found == code));
    }
    world.set(Desk::Identity, json!({ "garbage_percent": 100 }));
    let garbage = register(&world, PATIENT).ask(&asked).await;
    assert!(matches!(garbage, Err(NameCheckError::NotBelieved(_))), "{garbage:?}");
    let state = world.get(&format!("{}/sandbox/state", world.config.public_url)).await;
    let text = String::from_utf8(state.body).unwrap();
    assert!(text.contains("name_checks") && !text.contains("330106199003071244"), "{text}");
}
