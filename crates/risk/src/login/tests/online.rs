//! The request path on both databases: the same scores as the replay, outcomes, what staff ruled, what lies in the tables.

use kernel::{AccountId, Actor, ActorKind, Duration, PageRequest, Role, Timestamp};
use testkit::{TestDb, db_test};

use super::replay::Memory;
use super::simulation::{self, Event, population};
use crate::decision::{
    Filter, OnFailure, ReviewState, list_decisions, reject, release, shadows_of, show_decision,
};
use crate::login::{LoginPoint, LoginSettings, LoginSignals, Model, Weights, assess, learn, note_failure};
use crate::{Failure, Outcome, Reason};

const OWNER: AccountId = AccountId(7);
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1";

async fn tables(t: &TestDb) {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
}

fn usual(at: Timestamp) -> LoginSignals {
    LoginSignals {
        account: OWNER,
        address: "203.0.113.9".to_owned(),
        user_agent: PHONE.to_owned(),
        device_known: true,
        at,
        failures_before: 0,
        has_second_factor: false,
        is_staff: false,
    }
}

/// Somebody with the password and nothing else.
fn stranger(at: Timestamp) -> LoginSignals {
    LoginSignals {
        address: "198.51.100.66".to_owned(),
        user_agent: "python-requests/2.32".to_owned(),
        device_known: false,
        failures_before: 4,
        ..usual(at)
    }
}

async fn succeed(t: &TestDb, point: &LoginPoint, signals: &LoginSignals) {
    let mut tx = t.cx.begin().await.unwrap();
    learn(&mut tx, &t.cx, point, signals).await.unwrap();
    tx.commit().await.unwrap();
}

/// Forty days of the same.
async fn settled(t: &TestDb, point: &LoginPoint) {
    for day in 0..40 {
        let first = day == 0;
        succeed(t, point, &LoginSignals { device_known: !first, ..usual(t.cx.now()) }).await;
        t.clock.advance(Duration::from_days(1));
    }
}

async fn attacked(t: &TestDb, address: &str) {
    let mut tx = t.cx.begin().await.unwrap();
    for n in 0..20 {
        note_failure(&mut tx, &t.cx, address, &format!("victim{n}@example.com")).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[db_test]
async fn online_and_replay_come_to_the_same_score_for_every_login(t: TestDb) {
    tables(&t).await;
    let point = LoginPoint::new(LoginSettings::default(), Some(simulation::places()));
    let mut memory = Memory::new(Some(simulation::places()));
    let (mut compared, mut highest) = (0, 0);
    for event in &population(9, 8, 60) {
        t.clock.set(event.at());
        match event {
            Event::Failure { address, name, at } => {
                memory.fail(address, name, *at);
                let mut tx = t.cx.begin().await.unwrap();
                note_failure(&mut tx, &t.cx, address, name).await.unwrap();
                tx.commit().await.unwrap();
            }
            Event::Login { signals, .. } => {
                let replayed = memory.judge(&Weights::default(), signals);
                let online = assess(&t.cx, &point, signals.clone()).await.unwrap();
                assert_eq!(
                    (online.score, &online.reasons),
                    (Some(replayed.score), &replayed.reasons),
                    "{signals:?}"
                );
                memory.learn(signals);
                succeed(&t, &point, signals).await;
                compared += 1;
                highest = highest.max(replayed.score);
            }
        }
    }
    assert!(compared > 80 && highest > 60, "{compared} logins up to {highest}");
}

#[db_test]
async fn the_first_logins_are_not_abnormal_and_habits_make_strangers_stand_out(t: TestDb) {
    tables(&t).await;
    let point = LoginPoint::default();
    let first =
        assess(&t.cx, &point, LoginSignals { device_known: false, ..usual(t.cx.now()) }).await.unwrap();
    assert_eq!((first.outcome, first.reasons), (Outcome::Allow, Vec::new()));
    settled(&t, &point).await;
    let again = assess(&t.cx, &point, usual(t.cx.now())).await.unwrap();
    assert!(again.outcome == Outcome::Allow && again.score.unwrap() < 10, "{again:?}");

    let phone = LoginSignals { device_known: false, ..usual(t.cx.now()) };
    let phone = assess(&t.cx, &point, phone).await.unwrap();
    assert_eq!(
        (phone.outcome, phone.reasons),
        (Outcome::Notify, vec![Reason::NewDevice]),
        "{:?}",
        phone.score
    );

    let journey = LoginSignals { address: "192.0.2.3".to_owned(), ..usual(t.cx.now()) };
    let journey = assess(&t.cx, &point, journey).await.unwrap();
    assert_eq!(journey.outcome, Outcome::Allow, "a known device elsewhere: {:?}", journey.score);

    attacked(&t, "198.51.100.66").await;
    let stranger = assess(&t.cx, &point, stranger(t.cx.now())).await.unwrap();
    assert!(stranger.outcome == Outcome::Review && stranger.score.unwrap() >= 85, "{stranger:?}");
    for reason in [
        Reason::NewDevice,
        Reason::NewNetwork,
        Reason::NewAgent,
        Reason::FailuresBefore,
        Reason::NetworkAttacks,
    ] {
        assert!(stranger.reasons.contains(&reason), "{reason:?} in {:?}", stranger.reasons);
    }
}

#[db_test]
async fn r2_who_has_a_second_factor_is_asked_for_it_and_staff_without_one_is_stopped(t: TestDb) {
    tables(&t).await;
    let point = LoginPoint::default();
    settled(&t, &point).await;
    attacked(&t, "198.51.100.66").await;
    let with =
        |has_second_factor, is_staff| LoginSignals { has_second_factor, is_staff, ..stranger(t.cx.now()) };
    for (signals, outcome) in [
        (with(true, false), Outcome::StepUp),
        (with(true, true), Outcome::StepUp),
        (with(false, true), Outcome::Deny),
        (with(false, false), Outcome::Review),
    ] {
        assert_eq!(assess(&t.cx, &point, signals).await.unwrap().outcome, outcome);
    }
}

#[db_test]
async fn r4_what_staff_ruled_holds_for_the_same_network_and_browser_for_a_day(t: TestDb) {
    tables(&t).await;
    let point = LoginPoint::default();
    settled(&t, &point).await;
    attacked(&t, "198.51.100.66").await;
    let officer =
        Actor { kind: ActorKind::account(AccountId(5), vec![Role::RISK_OFFICER]), ..Actor::system("test") };
    let held = assess(&t.cx, &point, stranger(t.cx.now())).await.unwrap();
    release(&t.cx, &officer, held.decision, "the owner called us").await.unwrap();
    let after = assess(&t.cx, &point, stranger(t.cx.now())).await.unwrap();
    assert_eq!((after.outcome, after.reasons[0]), (Outcome::Allow, Reason::ReleasedByStaff));
    let elsewhere = LoginSignals { address: "192.0.2.200".to_owned(), ..stranger(t.cx.now()) };
    assert_ne!(assess(&t.cx, &point, elsewhere).await.unwrap().outcome, Outcome::Allow);
    t.clock.advance(Duration::from_hours(24));
    attacked(&t, "198.51.100.66").await;
    let later = assess(&t.cx, &point, stranger(t.cx.now())).await.unwrap();
    assert_eq!(later.outcome, Outcome::Review, "a day later it counts no more");
    reject(&t.cx, &officer, later.decision, "the owner says no").await.unwrap();
    let after = assess(&t.cx, &point, stranger(t.cx.now())).await.unwrap();
    assert_eq!((after.outcome, after.reasons[0]), (Outcome::Deny, Reason::TurnedDown));
    let (shown, _) = show_decision(&t.cx, &officer, later.decision).await.unwrap();
    assert_eq!(shown.review.unwrap().state, ReviewState::Rejected);
}

#[db_test]
async fn r1_with_the_tables_of_the_scorer_gone_the_configured_result_holds(t: TestDb) {
    tables(&t).await;
    t.raw("DROP TABLE risk_habit", Vec::new()).await;
    let mut settings = LoginSettings::default();
    for (on_failure, outcome) in [
        (OnFailure::FailOpen, Outcome::Allow),
        (OnFailure::FailClosed, Outcome::Deny),
        (OnFailure::HoldForReview, Outcome::Review),
    ] {
        settings.customer.on_failure = on_failure;
        let point = LoginPoint::new(settings.clone(), None);
        let verdict = assess(&t.cx, &point, usual(t.cx.now())).await.unwrap();
        assert_eq!(
            (verdict.outcome, verdict.score, verdict.reasons),
            (outcome, None, vec![Reason::ScorerFailed])
        );
    }
    let staff = Actor::system("test");
    let list = list_decisions(&t.cx, &staff, Filter::Of(OWNER), &PageRequest::new(None, 10)).await.unwrap();
    assert!(list.items.len() == 3 && list.items.iter().all(|d| d.opinion.failure == Some(Failure::Failed)));
}

#[db_test]
async fn r3_a_shadow_model_is_journalled_and_never_changes_the_outcome(t: TestDb) {
    tables(&t).await;
    let harsh = Weights { centre: -50.0, ..Weights::default() };
    let shadow = Model { version: "login-harsh".to_owned(), weights: harsh };
    let point = LoginPoint::new(LoginSettings { shadows: vec![shadow], ..LoginSettings::default() }, None);
    let verdict = assess(&t.cx, &point, usual(t.cx.now())).await.unwrap();
    assert_eq!(verdict.outcome, Outcome::Allow);
    let system = Actor::system("test");
    let (decision, _) = show_decision(&t.cx, &system, verdict.decision).await.unwrap();
    assert_eq!((decision.opinion.version.as_str(), decision.opinion.outcome), ("login-1", Outcome::Allow));
    let shadows = shadows_of(&t.cx, &system, &decision).await.unwrap();
    assert_eq!(shadows.len(), 1);
    assert_eq!((shadows[0].version.as_str(), shadows[0].outcome), ("login-harsh", Outcome::Review));
    let reviews = t.raw("SELECT COUNT(*) FROM risk_review", Vec::new()).await;
    assert_eq!(reviews[0].reader().get::<i64>().unwrap(), 0, "a shadow opens no review");
}

#[db_test]
async fn what_is_learned_is_bounded_fades_and_names_nobody(t: TestDb) {
    tables(&t).await;
    let point = LoginPoint::new(LoginSettings::default(), Some(simulation::places()));
    for n in 0..60 {
        let address = format!("10.{}.{n}.1", n % 5);
        succeed(&t, &point, &LoginSignals { address, ..usual(t.cx.now()) }).await;
        t.clock.advance(Duration::from_hours(5));
    }
    attacked(&t, "203.0.113.9").await;
    assess(&t.cx, &point, usual(t.cx.now())).await.unwrap();
    let count = async |sql: &str| t.raw(sql, Vec::new()).await[0].reader().get::<i64>().unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM risk_habit WHERE account_id = 7 AND feature = 1").await, 24);
    let weight = "SELECT CAST(SUM(weight) AS BIGINT) FROM risk_habit WHERE account_id = 7 AND feature = 6";
    assert!(count(weight).await <= 60_000);

    for table in ["risk_habit", "risk_visit", "risk_failure", "risk_decision"] {
        for row in t.raw(&format!("SELECT * FROM {table}"), Vec::new()).await {
            let text = format!("{row:?}");
            for personal in ["10.", "203.0", "Mozilla", "Safari", "Shanghai", "上海", "victim"] {
                assert!(!text.contains(personal), "{personal} in {table}: {text}");
            }
        }
    }
    t.clock.advance(Duration::from_hours(25));
    let mut tx = t.cx.begin().await.unwrap();
    crate::login::ops::purge(&mut tx, t.cx.now()).await.unwrap();
    crate::forget(&mut tx, &t.cx, OWNER).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM risk_failure").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM risk_habit WHERE account_id = 7").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM risk_visit").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM risk_decision WHERE inputs_sealed IS NOT NULL").await, 0);
    t.clock.advance(Duration::from_days(401));
    let mut tx = t.cx.begin().await.unwrap();
    crate::login::ops::purge(&mut tx, t.cx.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM risk_decision").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM risk_habit").await, 0);
}
