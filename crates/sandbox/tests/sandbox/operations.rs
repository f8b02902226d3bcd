use connectors::{Operation, OperationKind, Outcome, Provider as _, ProviderError};
use kernel::{Duration, Money};
use sandbox::Desk;
use serde_json::{Value, json};

use crate::support::{World, id, world};

/// `done`, `refused:code`, `later:state`.
fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => "done".to_owned(),
        Outcome::Later { state, .. } => format!("later:{state}"),
        Outcome::Refused { reason_code, .. } => format!("refused:{reason_code}"),
    }
}

async fn ask(world: &World, desk: Desk, operation: &Operation) -> Outcome {
    world.provider(desk).operate(operation).await.unwrap().outcome
}

#[tokio::test]
async fn every_outcome_of_the_telecom_follows_from_the_number() {
    let world = world().await;
    for (service, phone, first, last) in [
        ("mobile-top-up", "13800001234", "later:accepted", "done"),
        ("data-pack", "138 0000 1234", "done", "done"),
        ("plan-change", "13800001234", "later:accepted", "done"),
        ("mobile-top-up", "13800000000", "refused:empty_number", "refused:empty_number"),
        ("mobile-top-up", "13800000001", "refused:carrier_busy", "refused:carrier_busy"),
        ("mobile-top-up", "13800000002", "later:accepted", "later:accepted"),
        ("mobile-top-up", "13800000003", "later:accepted", "refused:number_suspended"),
        ("mobile-top-up", "12", "refused:invalid_number", "refused:invalid_number"),
        ("mobile-top-up", "'; DROP TABLE--", "refused:invalid_number", "refused:invalid_number"),
    ] {
        let name =
            format!("{service}-{}", phone.len() * 1000 + usize::from(phone.as_bytes()[phone.len() - 1]));
        let operation = world.operation(&name, service, json!({ "phone": phone }));
        assert_eq!(short(&ask(&world, Desk::Telecom, &operation).await), first, "{service} {phone}");
        world.callbacks().await;
        let now = world.provider(Desk::Telecom).poll(&operation.operation_id).await.unwrap();
        assert_eq!(short(&now.outcome), last, "{service} {phone}");
    }
}

#[tokio::test]
async fn a_repeated_submit_gets_the_same_answer_and_nothing_is_done_twice() {
    let world = world().await;
    let provider = world.provider(Desk::Telecom);
    let operation = world.top_up("op_1", "13800001234");
    let first = provider.operate(&operation).await.unwrap();
    assert_eq!(provider.operate(&operation).await.unwrap(), first);
    let answers = world.answers(Desk::Telecom).await;
    assert_eq!(answers.len(), 1, "one operation, one change, one callback");
    assert_eq!(provider.operate(&operation).await.unwrap(), answers[0], "as it stands now");
    assert!(answers[0].supersedes(&first));
    let other = world.top_up("op_1", "13800005678");
    let error = provider.operate(&other).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Refused { code, retriable: false, .. } if code == "operation_conflict")
    );
}

#[tokio::test]
async fn work_that_takes_time_happens_when_its_time_has_come() {
    let world = world().await;
    let provider = world.provider(Desk::Telecom);
    provider.operate(&world.top_up("op_1", "13800001234")).await.unwrap();
    world.running.sandbox.flush().await;
    assert_eq!(provider.poll(&id("op_1")).await.unwrap().sequence, 1, "not yet");
    world.clock.advance(Duration::from_secs(3));
    world.running.sandbox.flush().await;
    let now = provider.poll(&id("op_1")).await.unwrap();
    assert_eq!((now.sequence, now.at), (2, crate::support::START.plus(Duration::from_secs(3))));
    assert_eq!(world.receiver.take().len(), 1);
}

#[tokio::test]
async fn an_operation_nobody_sent_is_not_known() {
    let world = world().await;
    assert_eq!(world.provider(Desk::Power).poll(&id("op_1")).await, Err(ProviderError::NotKnown));
}

fn cancel(world: &World, name: &str, target: &str) -> Operation {
    Operation {
        operation: OperationKind::Cancel,
        cancels: Some(id(target)),
        ..world.operation(name, "any", json!({}))
    }
}

#[tokio::test]
async fn a_cancel_undoes_what_can_be_undone_and_wins_over_a_submit_that_comes_later() {
    let world = world().await;
    let desk = Desk::Telecom;
    ask(&world, desk, &world.top_up("slow", "13800001234")).await;
    assert_eq!(short(&ask(&world, desk, &cancel(&world, "c1", "slow")).await), "done");
    let answers = world.answers(desk).await;
    assert_eq!(answers.iter().map(|a| short(&a.outcome)).collect::<Vec<_>>(), ["refused:cancelled"]);

    ask(&world, desk, &world.operation("quick", "data-pack", json!({ "phone": "13800001234" }))).await;
    assert_eq!(short(&ask(&world, desk, &cancel(&world, "c2", "quick")).await), "refused:too_late");

    assert_eq!(short(&ask(&world, desk, &cancel(&world, "c3", "lost")).await), "done");
    let late = ask(&world, desk, &world.top_up("lost", "13800001234")).await;
    assert_eq!(short(&late), "refused:cancelled", "the cancel overtook the submit");
}

#[tokio::test]
async fn a_power_bill_is_queried_quoted_and_paid_once() {
    let world = world().await;
    let answers = json!({ "household": "3201 2345 67" });
    let operation = |name: &str, kind, amount| Operation {
        operation: kind,
        amount,
        ..world.operation(name, "power-bill", answers.clone())
    };
    let query = ask(&world, Desk::Power, &operation("q1", OperationKind::Query, None)).await;
    let Outcome::Done { result, .. } = query else { panic!("{query:?}") };
    assert_eq!(result["period"], "2026-10");
    let due: Money = serde_json::from_value(result["amount_due"].clone()).unwrap();
    assert!((2_000..=50_000).contains(&due.minor));
    let quote = ask(&world, Desk::Power, &operation("q2", OperationKind::Quote, None)).await.quote().unwrap();
    assert_eq!(quote.amount, due);

    let less = Some(Money::cny(due.minor - 1));
    for (name, amount, want) in [
        ("p0", None, "refused:amount_differs"),
        ("p1", less, "refused:amount_differs"),
        ("p2", Some(due), "later:booking"),
        ("p3", Some(due), "refused:nothing_due"),
    ] {
        let outcome = ask(&world, Desk::Power, &operation(name, OperationKind::Submit, amount)).await;
        assert_eq!(short(&outcome), want, "{name}");
    }
    let paid = world.answers(Desk::Power).await;
    assert_eq!(short(&paid[0].outcome), "done");
    let again = ask(&world, Desk::Power, &operation("q3", OperationKind::Query, None)).await;
    assert!(matches!(again, Outcome::Done { result, .. } if result["amount_due"]["minor"] == 0));
}

#[tokio::test]
async fn households_that_do_not_exist_or_owe_nothing_are_told_so() {
    let world = world().await;
    for (household, kind, want) in [
        ("0000000000", OperationKind::Query, "refused:unknown_household"),
        ("123", OperationKind::Query, "refused:invalid_household"),
        ("3201239999", OperationKind::Query, "done"),
        ("3201239999", OperationKind::Quote, "refused:nothing_due"),
    ] {
        let answers = json!({ "household_number": household });
        let name = format!("{household}-{}", kind.name());
        let operation = Operation { operation: kind, ..world.operation(&name, "power-bill", answers) };
        assert_eq!(short(&ask(&world, Desk::Power, &operation).await), want, "{name}");
    }
}

#[tokio::test]
async fn a_parcel_is_packed_shipped_and_delivered_with_its_tracking_number() {
    let world = world().await;
    let ship = |name: &str, address: &str| world.operation(name, "goods", json!({ "address": address }));
    ask(&world, Desk::Warehouse, &ship("parcel", "南京市长江路 1 号")).await;
    let mut answers = world.answers(Desk::Warehouse).await;
    answers.sort_by_key(|answer| answer.sequence);
    let states: Vec<_> = answers.iter().map(|a| (a.sequence, short(&a.outcome))).collect();
    assert_eq!(states, [(2, "later:packed".into()), (3, "later:shipped".into()), (4, "done".into())]);
    let Outcome::Later { facts, .. } = &answers[1].outcome else { panic!() };
    assert!(facts["tracking_number"].as_str().unwrap().starts_with("SX"));

    assert_eq!(short(&ask(&world, Desk::Warehouse, &ship("island", "孤岛")).await), "refused:no_delivery");
    ask(&world, Desk::Warehouse, &ship("back", "拒收路 2 号")).await;
    let answers = world.answers(Desk::Warehouse).await;
    assert!(answers.iter().any(|a| short(&a.outcome) == "refused:rejected_by_recipient"));
}

#[tokio::test]
async fn a_shipped_parcel_cannot_be_cancelled_and_a_packed_one_can() {
    let world = world().await;
    for (name, seconds, want) in [("packed", 3, "done"), ("shipped", 7, "refused:too_late")] {
        let answers: Value = json!({ "address": "南京" });
        ask(&world, Desk::Warehouse, &world.operation(name, "goods", answers)).await;
        world.clock.advance(Duration::from_secs(seconds));
        world.running.sandbox.flush().await;
        let outcome = ask(&world, Desk::Warehouse, &cancel(&world, &format!("c-{name}"), name)).await;
        assert_eq!(short(&outcome), want, "{name}");
    }
}
