//! The bill of a day: what the card gateway booked, with lines that are broken, missing or too many (L7).

use connectors::{Bill, BillKind, Gateway as _, GatewayError, NewRefund};
use http::Method;
use kernel::{Clock as _, Duration, Money, Timestamp};
use sandbox::Desk;
use serde_json::json;

use crate::support::{World, page_of, world};

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 21);

async fn pay(world: &World, attempt: &str, fen: i64) -> String {
    let payment = world.gateway().create_attempt(&world.payment(attempt, fen)).await.unwrap();
    world.choose(page_of(&payment), "pay").await;
    payment.gateway_id
}

async fn give_back(world: &World, attempt: &str, refund: &str, fen: i64) {
    let new = NewRefund {
        refund_id: refund.to_owned(),
        attempt_id: attempt.to_owned(),
        amount: Money::cny(fen),
        reason: "客户取消".to_owned(),
    };
    world.gateway().refund(&new).await.unwrap();
}

/// The next morning.
async fn bill(world: &World) -> Bill {
    world.clock.set(Timestamp::from_secs(1_795_265_100).plus(Duration::from_hours(12)));
    world.gateway().bill(DAY).await.unwrap()
}

#[tokio::test]
async fn l7_the_bill_of_a_day_has_every_movement_with_our_id_and_its_fee() {
    let world = world().await;
    let intent = pay(&world, "at_1", 10_000).await;
    world.clock.advance(Duration::from_secs(1));
    give_back(&world, "at_1", "r_1", 4_000).await;
    world.clock.advance(Duration::from_secs(1));
    let dispute = |turn: &str| {
        let url = format!("{}/card/dispute/{intent}", world.config.public_url);
        let body = format!("turn={turn}");
        let world = &world;
        async move {
            let form = [("content-type", "application/x-www-form-urlencoded")];
            world.send(Method::POST, &url, &form, &body).await;
            world.clock.advance(Duration::from_secs(1));
        }
    };
    dispute("open").await;
    dispute("win").await;
    let mut lines = bill(&world).await.lines;
    lines.sort_by_key(|line| line.at);
    let seen: Vec<_> =
        lines.iter().map(|l| (l.kind, l.our_id.as_str(), l.amount.minor, l.fee.minor)).collect();
    assert_eq!(
        seen,
        [
            (BillKind::Payment, "at_1", 10_000, 60),
            (BillKind::Refund, "r_1", 4_000, 0),
            (BillKind::DisputeLost, "", 6_000, 1_500),
            (BillKind::DisputeWon, "", 6_000, 0),
        ]
    );
    // The bank's own doing carries none of our ids: it is matched by the number of the dispute.
    assert!(lines[2].gateway_id.starts_with("dp_") && lines[2].gateway_id == lines[3].gateway_id);
    assert_eq!(lines[0].gateway_id, intent, "as attempts know it");
}

#[tokio::test]
async fn l7_a_bill_is_of_one_day_and_is_not_there_before_that_day_is_over() {
    let world = world().await;
    pay(&world, "at_1", 100).await;
    let early = world.gateway().bill(DAY).await;
    assert_eq!(early, Err(GatewayError::NotKnown));
    // Ten past midnight in China.
    world.clock.advance(Duration::from_mins(3 * 60 + 25));
    assert_eq!(world.gateway().bill(DAY).await.unwrap().lines.len(), 1);
    pay(&world, "at_2", 200).await;
    assert_eq!(world.gateway().bill(DAY).await.unwrap().lines.len(), 1, "the next day's is not in it");
    assert!(world.clock.now() > crate::support::START);
    let before = world.gateway().bill(jiff::civil::date(2026, 11, 20)).await.unwrap();
    assert_eq!(before, Bill::default());
}

#[tokio::test]
async fn l7_a_long_bill_comes_in_pages_and_none_is_left_out_or_read_twice() {
    let world = world().await;
    for number in 0..3 {
        pay(&world, &format!("at_{number}"), 100_000).await;
        for part in 0..50 {
            give_back(&world, &format!("at_{number}"), &format!("r_{number}_{part}"), 10).await;
        }
    }
    let bill = bill(&world).await;
    assert_eq!((bill.lines.len(), bill.broken.len()), (153, 0));
    let ids: std::collections::BTreeSet<&str> = bill.lines.iter().map(|line| line.our_id.as_str()).collect();
    assert_eq!(ids.len(), 153);
    let numbers: Vec<u64> = bill.lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, (1..=153).collect::<Vec<_>>());
}

#[tokio::test]
async fn l7_broken_missing_and_extra_lines_of_a_bill_are_seen_as_such() {
    let world = world().await;
    for number in 0..10 {
        pay(&world, &format!("at_{number}"), 100).await;
    }
    let told = async |knobs| {
        world.set(Desk::Card, knobs);
        bill(&world).await
    };
    let broken = told(json!({ "broken_bill_percent": 100 })).await;
    assert_eq!((broken.lines.len(), broken.broken.len()), (0, 10));
    assert!(broken.broken[0].text.contains("a hundred") && !broken.broken[0].why.is_empty());
    let some = told(json!({ "broken_bill_percent": 40 })).await;
    assert_eq!(some.lines.len() + some.broken.len(), 10);
    assert!(!some.lines.is_empty() && !some.broken.is_empty(), "a broken line stops no other");
    let missing = told(json!({ "missing_bill_percent": 40 })).await;
    assert!(missing.broken.is_empty() && (1..10).contains(&missing.lines.len()));
    let extra = told(json!({ "extra_bill_percent": 100 })).await;
    let nobody = extra.lines.iter().filter(|line| line.our_id.is_empty()).count();
    assert_eq!((extra.lines.len(), nobody), (20, 10));
}
