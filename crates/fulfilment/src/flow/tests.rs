//! A flow from its first step to its last, and killed at every boundary.

mod balance;

use catalogue::pack::SourceFile;
use durable::Outcome;
use kernel::{Actor, Duration};
use ordering::order::{LineState, MoneyState, OrderState};
use serde_json::{Map, json};

use super::ops;
use crate::fallout;
use crate::flow::FlowState;
use crate::testing::{Counter, Reply, TEST_PACK, done, files, later, phone};

const BOUNDARIES: [&str; 6] =
    ["begin", "before_call", "after_call", "before_local", "before_commit", "after_commit"];

#[testkit::db_test]
async fn an_order_is_done_step_by_step(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.script.asked(), ["first-do1", "second-do1", "third-do1"]);
    let want =
        ["first do 1 done", "second do 1 done", "third do 1 done", "receipt do 1 done", "tell do 1 done"];
    assert_eq!(c.told(order).await, want);
    let view = c.view(order).await;
    assert_eq!(view.order.money, MoneyState::Captured);
    assert_eq!(view.lines[0].result, Some(json!({"reference": "R1"})));
    assert_eq!(c.available().await, 98_000);
    c.script.once_each();
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o8_an_order_is_done_once_wherever_the_process_is_killed(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let mut deaths = 0;
    for place in BOUNDARIES {
        for nth in 1.. {
            c.script.then(&[Reply::Done, Reply::Later, Reply::Done]);
            let before = c.script.carried_out();
            c.die_at(place, nth);
            let order = c.place(vec![("chain", "one", phone())]).await;
            c.pass(Duration::from_secs(5)).await;
            if c.flow(order).await.state == FlowState::Running {
                c.script.say(
                    &format!("{}-second-do1", kernel::encode_base32(c.flow(order).await.id.raw())),
                    done(json!({})),
                );
            }
            c.pass(Duration::from_mins(2)).await;
            let died = c.died();
            assert_eq!(c.state(order).await, OrderState::Completed, "killed at {place} {nth}");
            assert_eq!(c.script.carried_out() - before, 3, "killed at {place} {nth}");
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 20, "only {deaths} deaths");
    c.script.once_each();
    assert_eq!(
        c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM document").await,
        c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM orders").await
    );
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o8_what_failed_is_taken_back_once_wherever_the_process_is_killed(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let mut deaths = 0;
    for place in BOUNDARIES {
        for nth in 1.. {
            c.script.then(&[Reply::Done, Reply::Done, Reply::Refuse]);
            c.die_at(place, nth);
            let order = c.place(vec![("chain", "one", phone())]).await;
            c.pass(Duration::from_mins(2)).await;
            let died = c.died();
            assert_eq!(c.state(order).await, OrderState::Failed, "killed at {place} {nth}");
            let want = [
                "first do 1 undone",
                "second do 1 undone",
                "third do 1 refused",
                "second undo 1 done",
                "first undo 1 done",
            ];
            assert_eq!(c.told(order).await, want, "killed at {place} {nth}");
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 15, "only {deaths} deaths");
    c.script.once_each();
    assert_eq!(c.available().await, 100_000, "all money came back");
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn running_any_step_again_changes_nothing(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let (log, view) = (c.told(order).await, c.view(order).await);
    for step in c.log(order).await {
        assert_eq!(ops::drive(c.cx(), &c.services, step.id).await.unwrap(), Outcome::Done);
    }
    assert_eq!(ops::begin(c.cx(), &c.services, order).await.unwrap(), Outcome::Done);
    c.work().await;
    assert_eq!(c.told(order).await, log);
    assert_eq!(c.view(order).await.events.len(), view.events.len());
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM flow").await, 1);
    c.script.once_each();
}

#[testkit::db_test]
async fn an_order_that_is_accepted_twice_has_one_flow_a_line(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later, Reply::Later]);
    let order = c.place(vec![("chain", "one", phone()), ("careful", "one", phone())]).await;
    c.work().await;
    ops::begin(c.cx(), &c.services, order).await.unwrap();
    let both = tokio::join!(ops::begin(c.cx(), &c.services, order), ops::begin(c.cx(), &c.services, order));
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM flow").await, 2);
    assert_eq!(c.lines(order).await, [LineState::InProgress, LineState::InProgress]);
}

#[testkit::db_test]
async fn o4_an_order_of_which_one_line_fails_is_partial_and_pays_for_the_other(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("chain", "one", phone()), ("mobile-top-up", "y10", phone())]).await;
    // Both flows begin before either is driven; the first call belongs to the first line.
    c.script.then(&[Reply::Refuse]);
    c.work().await;
    let view = c.view(order).await;
    assert_eq!(view.order.state, OrderState::Partial);
    assert_eq!(view.order.money, MoneyState::PartCaptured);
    assert_eq!(c.lines(order).await, [LineState::Failed, LineState::Completed]);
    assert_eq!(c.available().await, 99_000);
    c.sound().await;
}

#[testkit::db_test]
async fn o6_a_running_order_finishes_under_the_workflow_it_began_with(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let other = TEST_PACK.replace("- {id: second,", "- {id: zweite,");
    let mut packs: Vec<SourceFile> = files();
    packs.iter_mut().filter(|file| file.name == "test.yaml").for_each(|file| file.text.clone_from(&other));
    catalogue::service::publish(c.cx(), &Actor::system("test"), &packs).await.unwrap();
    c.services.shelf.reload(c.cx()).await.unwrap();
    assert_eq!(c.services.shelf.service("chain").unwrap().version, 2);
    c.script.say("first-do1", done(json!({})));
    c.pass(Duration::from_mins(1)).await;
    let young = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.told(order).await[1], "second do 1 done");
    assert_eq!(c.told(young).await[1], "zweite do 1 done");
}

/// While the provider is asked, a job waits for the next question; with the try's end it goes, however that comes about.
#[testkit::db_test]
async fn whatever_ends_a_step_leaves_no_job_behind(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let jobs = "SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE kind = 'fulfilment.step'";
    let late = Duration::from_mins(11);
    for (way, wait) in [
        ("answered", Duration::from_secs(1)),
        ("cancelled", Duration::from_secs(1)),
        ("skip", late),
        ("force_complete", late),
        ("fail", late),
        ("refund", late),
        ("retry", late),
    ] {
        c.script.then(&[Reply::Later]);
        let order = c.place(vec![("chain", "one", phone())]).await;
        c.pass(wait).await;
        assert_eq!(c.number(jobs).await, 1, "one question is waiting before: {way}");
        let (cx, services) = (c.cx(), &c.services);
        let desk = &crate::testing::proven(cx, &c.administrator);
        let (flow, why) = (c.flow(order).await.id, "done by hand for a test");
        let end =
            || c.script.say(&format!("{}-first-do1", kernel::encode_base32(flow.raw())), done(json!({})));
        match way {
            "answered" => c.callback("telecom", &end()).await.unwrap(),
            "cancelled" => {
                drop(ordering::order::ops::cancel(cx, &c.customer, order, "mistake", None).await.unwrap());
            }
            "skip" => drop(fallout::skip(cx, services, desk, flow, why).await.unwrap()),
            "force_complete" => {
                drop(fallout::force_complete(cx, services, desk, flow, &Map::new(), why).await.unwrap());
            }
            "fail" => drop(fallout::fail(cx, services, desk, flow, why).await.unwrap()),
            "refund" => drop(fallout::refund(cx, services, desk, flow, why).await.unwrap()),
            _ => {
                drop(fallout::retry(cx, services, desk, flow, why).await.unwrap());
                assert_eq!(c.number(jobs).await, 1, "the old question is not asked beside the new one");
                c.callback("telecom", &end()).await.unwrap();
            }
        }
        c.work().await;
        assert!(c.state(order).await.is_final(), "{way}: {:?}", c.state(order).await);
        c.idle().await;
        c.sound().await;
    }
}

#[testkit::db_test]
async fn o2_each_step_leaves_who_when_and_why_and_the_customer_sees_the_safe_part(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    c.script.say("top-up-do1", later("working", json!({"carrier_reference": "TC1"})));
    c.pass(Duration::from_secs(20)).await;
    c.pass(Duration::from_mins(11)).await;
    let events = c.view(order).await.events;
    let fallout = events.iter().find(|event| event.code == "fallout").unwrap();
    assert!(fallout.internal);
    assert_eq!((fallout.reason.as_deref(), fallout.actor.as_str()), (Some("deadline"), "system:fulfilment"));
    assert_eq!(fallout.to.as_deref(), Some("fallout"));
    let own = ordering::order::query::view(c.cx(), &c.customer, order).await.unwrap().events;
    assert!(own.iter().all(|event| event.code != "fallout"));
    assert!(own.iter().filter(|event| event.code == "provider_update").count() == 2, "{own:#?}");
}

#[testkit::db_test]
async fn the_customer_is_told_in_the_message_centre_and_by_sms_exactly_once(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.die_at("before_commit", 5);
    c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert!(c.died());
    c.script.then(&[Reply::Refuse]);
    c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let told = ["已办好".to_owned(), "未能办成".to_owned()];
    assert_eq!(c.messages().await, (told.to_vec(), told.to_vec()));
}
