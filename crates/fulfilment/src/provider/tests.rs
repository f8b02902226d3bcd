//! Answers now, later, never, twice, too late, in the wrong order, from the wrong one.

use std::sync::Arc;

use connectors::{BaseUrl, Http, HttpProvider, Limits, Provider, Providers, Secret};
use kernel::{Clock, Duration, Refusal as _};
use ordering::order::{LineState, OrderState};
use serde_json::json;

use crate::flow::{FlowState, StepState};
use crate::task::{Filter, TaskKind};
use crate::testing::{Counter, Reply, address, done, later, page, phone, refused, states};
use crate::{fallout, task};

#[testkit::db_test]
async fn o3_an_answer_that_comes_later_is_found_by_asking(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    assert!((3..=5).contains(&c.script.polls()), "every 15 s: {}", c.script.polls());
    c.script.say("top-up-do1", done(json!({"carrier_reference": "TC1"})));
    c.pass(Duration::from_secs(16)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.view(order).await.lines[0].result, Some(json!({"carrier_reference": "TC1"})));
    c.idle().await;
}

#[testkit::db_test]
async fn a_callback_completes_at_once_and_its_repeats_change_nothing(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    let answer = c.script.say("top-up-do1", done(json!({"carrier_reference": "TC1"})));
    let once = tokio::join!(c.callback("telecom", &answer), c.callback("telecom", &answer));
    // Two at the same moment may collide in the database; the sender repeats, as it does after any refusal.
    assert!(once.0.is_ok() || once.1.is_ok());
    for _ in 0..5 {
        c.callback("telecom", &answer).await.unwrap();
    }
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.told(order).await, ["top-up do 1 done", "receipt do 1 done", "tell do 1 done"]);
    assert_eq!(c.codes(order).await.iter().filter(|code| *code == "step_done").count(), 3);
    c.callback("telecom", &answer).await.unwrap();
    c.idle().await;
}

#[testkit::db_test]
async fn callbacks_that_overtake_each_other_end_in_the_same_state(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("wifi-router", "wifi6-white", json!({"address": address()}))]).await;
    c.work().await;
    let packed = c.script.say("deliver-do1", later("packed", json!({})));
    let shipped = c
        .script
        .say("deliver-do1", later("shipped", json!({"tracking_number": "SX1", "carrier": "沙箱快递"})));
    let delivered = c.script.say("deliver-do1", done(json!({"tracking_number": "SX1", "signed_by": "门卫"})));
    c.callback("warehouse", &shipped).await.unwrap();
    c.callback("warehouse", &packed).await.unwrap();
    let view = c.view(order).await;
    assert_eq!(view.lines[0].result, Some(json!({"tracking_number": "SX1", "carrier": "沙箱快递"})));
    let updates: Vec<_> = view.events.iter().filter(|event| event.code == "provider_update").collect();
    assert_eq!(
        updates.iter().map(|event| event.reason.as_deref().unwrap()).collect::<Vec<_>>(),
        ["accepted", "shipped"]
    );
    c.callback("warehouse", &delivered).await.unwrap();
    c.callback("warehouse", &shipped).await.unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    let result = json!({"tracking_number": "SX1", "carrier": "沙箱快递", "signed_by": "门卫"});
    assert_eq!(c.view(order).await.lines[0].result, Some(result));
}

#[testkit::db_test]
async fn o3_an_answer_that_was_lost_is_asked_for_and_nothing_is_done_twice(t: testkit::TestDb) {
    for (reply, polls) in [(Reply::DoneUnheard, 1), (Reply::LaterUnheard, 1), (Reply::Lost, 1)] {
        let c = Counter::open(testkit::TestDb::open(t.backend).await).await;
        c.script.then(&[reply]);
        let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
        c.work().await;
        assert_eq!(c.flow(order).await.state, FlowState::Running, "{reply:?}");
        assert_eq!(states(&c.log(order).await), [StepState::Waiting]);
        c.pass(Duration::from_secs(10)).await;
        if reply == Reply::LaterUnheard {
            c.script.say("top-up-do1", done(json!({})));
            c.pass(Duration::from_secs(20)).await;
        }
        assert_eq!(c.state(order).await, OrderState::Completed, "{reply:?}");
        assert!(c.script.polls() >= polls);
        c.script.once_each();
        c.idle().await;
    }
}

#[testkit::db_test]
async fn what_is_refused_for_now_is_tried_again_under_new_ids_and_then_fails(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::RefuseForNow, Reply::RefuseForNow]);
    let lucky = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(lucky).await, OrderState::Completed);
    assert_eq!(c.script.asked()[..3], ["first-do1", "first-do2", "first-do3"]);
    c.script.then(&[Reply::RefuseForNow; 3]);
    let unlucky = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(unlucky).await, OrderState::Failed);
    assert_eq!(c.told(unlucky).await, ["first do 1 refused", "first do 2 refused", "first do 3 refused"]);
    c.idle().await;
}

#[testkit::db_test]
async fn a_request_that_is_not_taken_is_repeated_under_its_id_and_then_a_person_decides(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Busy, Reply::Busy]);
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.script.asked()[..3], ["first-do1", "first-do1", "first-do1"]);
    c.script.then(&[Reply::Busy; 3]);
    let stuck = c.place(vec![("chain", "one", phone())]).await;
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.flow(stuck).await.cause.as_deref(), Some("provider_unreachable"));
    assert_eq!(c.state(stuck).await, OrderState::Fallout);
    fallout::retry(c.cx(), &c.services, &c.operator, c.flow(stuck).await.id, "the line is up again")
        .await
        .unwrap();
    c.work().await;
    assert_eq!(c.state(stuck).await, OrderState::Completed);
    c.script.once_each();
    c.idle().await;
}

#[testkit::db_test]
async fn o3_a_passed_deadline_raises_an_alarm_and_then_a_late_answer_still_counts(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.pass(Duration::from_mins(9)).await;
    assert_eq!(c.state(order).await, OrderState::InProgress);
    c.pass(Duration::from_mins(1)).await;
    assert_eq!(c.state(order).await, OrderState::Fallout);
    let flow = c.flow(order).await;
    assert_eq!(flow.cause.as_deref(), Some("deadline"));
    let alarms = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE topic = 'fulfilment.alarm'";
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'flow.fallout'";
    assert_eq!((c.number(alarms).await, c.number(audited).await), (1, 1));
    assert_eq!(
        fallout::list(c.cx(), &c.services, &c.operator, &page()).await.unwrap().items[0].flow.id,
        flow.id
    );
    // Nobody calls back; it is asked on, slowly.
    let before = c.script.polls();
    c.pass(Duration::from_mins(5)).await;
    assert!((4..=6).contains(&(c.script.polls() - before)));
    assert_eq!((c.number(alarms).await, c.number(audited).await), (1, 1), "alarmed once");
    c.script.say("top-up-do1", done(json!({})));
    c.pass(Duration::from_mins(2)).await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(fallout::count(c.cx(), &c.operator).await.unwrap(), 0);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_success_of_work_that_was_given_up_opens_a_task_once(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.pass(Duration::from_mins(11)).await;
    let flow = c.flow(order).await.id;
    fallout::refund(
        c.cx(),
        &c.services,
        &crate::testing::proven(c.cx(), &c.administrator),
        flow,
        "customer waited long enough",
    )
    .await
    .unwrap();
    assert_eq!(c.state(order).await, OrderState::Failed);
    let late = c.script.say("top-up-do1", done(json!({})));
    for _ in 0..3 {
        c.callback("telecom", &late).await.unwrap();
    }
    assert_eq!(c.state(order).await, OrderState::Failed);
    let tasks = task::list(c.cx(), &c.operator, &Filter::All, &page()).await.unwrap().items;
    assert_eq!(tasks.iter().map(|task| task.kind).collect::<Vec<_>>(), [TaskKind::LateSuccess]);
    task::claim(c.cx(), &c.operator, tasks[0].id).await.unwrap();
    task::complete(c.cx(), &c.services, &c.operator, tasks[0].id, &json!({})).await.unwrap();
    c.sound().await;
}

#[testkit::db_test]
async fn a_callback_is_believed_only_from_whom_it_concerns(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    c.work().await;
    let answer = c.script.say("top-up-do1", done(json!({})));
    let body = serde_json::to_vec(&answer).unwrap();
    let headers = http::HeaderMap::new();
    let unsigned =
        crate::provider::callback(c.cx(), &c.services, "telecom", &headers, &body).await.unwrap_err();
    assert_eq!(unsigned.code(), "fulfilment.bad_signature");
    assert_eq!(c.callback("power", &answer).await.unwrap_err().code(), "fulfilment.unknown_operation");
    assert_eq!(c.callback("nobody", &answer).await.unwrap_err().code(), "fulfilment.not_found");
    let mut headers = http::HeaderMap::new();
    headers.insert("signed-by", "telecom".parse().unwrap());
    let garbled =
        crate::provider::callback(c.cx(), &c.services, "telecom", &headers, b"{").await.unwrap_err();
    assert_eq!(garbled.code(), "fulfilment.malformed_callback");
    assert_eq!(c.state(order).await, OrderState::InProgress);
    assert_eq!(states(&c.log(order).await), [StepState::Waiting]);
}

#[testkit::db_test]
async fn a_provider_gets_the_answers_the_parameters_and_where_to_call_back(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("chain", "one", phone())]).await;
    c.work().await;
    let sent = c.script.request("first-do1");
    assert_eq!(serde_json::Value::Object(sent.answers), json!({"phone": "+8613800000009", "plan": "P1"}));
    assert_eq!(sent.callback_url.as_deref(), Some("https://here/callbacks/providers/telecom"));
    assert_eq!(sent.reference, c.view(order).await.order.number());
    assert_eq!(sent.amount, Some(kernel::Money::cny(20_00)));
}

#[testkit::db_test]
async fn where_the_service_says_so_the_desk_decides_about_a_refusal(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    c.script.then(&[Reply::Later]);
    let order = c.place(vec![("careful", "one", phone())]).await;
    c.work().await;
    let answer = c.script.say("first-do1", refused(false));
    c.callback("telecom", &answer).await.unwrap();
    assert_eq!(c.flow(order).await.cause.as_deref(), Some("refused"));
    assert_eq!(c.lines(order).await, [LineState::Fallout]);
    assert_eq!(c.available().await, 98_000, "still held");
    fallout::fail(c.cx(), &c.services, &c.operator, c.flow(order).await.id, "number is not in service")
        .await
        .unwrap();
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Failed);
    assert_eq!(c.available().await, 100_000);
    c.idle().await;
}

/// The same over real HTTP against the sandbox telecom, which answers later and calls nobody back here.
#[testkit::db_test]
async fn the_sandbox_carries_out_a_top_up_and_refuses_an_empty_number(t: testkit::TestDb) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let config = sandbox::Config::new(&url, &Secret::generate(&*t.cx.rng));
    let desk = sandbox::Desk::Telecom;
    let (base, keys) = (config.base_url(desk), config.keys(desk).unwrap().clone());
    let clock: Arc<dyn Clock> = t.clock.clone();
    let running = sandbox::start(listener, config, Arc::clone(&clock)).unwrap();
    let http = Http::new(Limits::default()).unwrap();
    let telecom = HttpProvider::new("telecom", BaseUrl::parse(&base).unwrap(), keys, http, clock);
    let telecom: Arc<dyn Provider> = Arc::new(telecom);
    let c = Counter::open_with(t, Providers::new([telecom])).await;
    let good = c.place(vec![("mobile-top-up", "y10", phone())]).await;
    let empty = c.place(vec![("mobile-top-up", "y10", json!({"phone": "13800000000"}))]).await;
    c.work().await;
    assert_eq!(c.state(empty).await, OrderState::Failed);
    assert_eq!(c.flow(empty).await.message.unwrap().zh, "该号码是空号，请核对后重新下单");
    assert_eq!(c.state(good).await, OrderState::InProgress);
    c.t.clock.advance(Duration::from_secs(4));
    running.sandbox.flush().await;
    c.pass(Duration::from_secs(20)).await;
    assert_eq!(c.state(good).await, OrderState::Completed);
    let result = c.view(good).await.lines[0].result.clone().unwrap();
    assert!(result["carrier_reference"].as_str().unwrap().starts_with("TC"));
    running.stop().await.unwrap();
    c.sound().await;
}
