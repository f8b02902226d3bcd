//! What the figures count.

use std::sync::atomic::Ordering;

use kernel::{Duration, Money, Refusal as _};

use super::disputes::open_one;
use super::gateway::{Fault, refund_body, signed};
use super::refunds::end;
use super::staff::give;
use super::till::{PRICE, Till};
use crate::order::LineState;
use crate::payment::figures::{Figures, Outcomes, Span, show};
use crate::payment::ops;

async fn figures(till: &Till, span: Span) -> Figures {
    show(&till.t.cx, &till.clerk(), span).await.unwrap()
}

#[testkit::db_test]
async fn attempts_are_counted_by_way_and_part_and_the_middle_time_is_told(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let span = Span { from: till.t.cx.now(), part: Duration::from_hours(1) };
    for seconds in [30, 90, 600] {
        let (_, payment) = till.order().await;
        let attempt = till.begin(payment, "card").await;
        till.t.clock.advance(Duration::from_secs(seconds));
        let mut report = till.card.pay(attempt);
        report.updated_at = till.t.cx.now();
        till.callback(&report).await.unwrap();
    }
    till.t.clock.advance(Duration::from_hours(2));
    let (_, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.decline(attempt)).await.unwrap();
    let (_, doubtful) = till.order().await;
    till.other.fail_next(&[Fault::Hang]);
    till.start(doubtful, "wechat").await.unwrap();

    let found = figures(&till, span).await;
    let names: Vec<&str> = found.methods.iter().map(|method| method.gateway.as_str()).collect();
    assert_eq!(names, ["card", "wechat"]);
    let card = Outcomes { paid: 3, refused: 1, ..Outcomes::default() };
    assert_eq!((found.methods[0].attempts, card.paid_permille()), (card, Some(750)));
    assert_eq!(found.methods[0].captured, [Money::cny(3 * PRICE.minor)]);
    assert_eq!(found.methods[0].median, Some(Duration::from_secs(90)));
    let wechat = found.methods[1].attempts;
    assert_eq!((wechat.unclear, wechat.all(), wechat.paid_permille()), (1, 1, None));
    assert_eq!((found.methods[1].median, found.median), (None, Some(Duration::from_secs(90))));
    let by_part: Vec<(i64, i64)> = found.parts.iter().map(|part| (part.paid, part.all())).collect();
    assert_eq!(by_part, [(3, 3), (0, 0), (0, 2)]);
    assert_eq!((found.overpaid, found.waiting.unclear), (0, 0), "not for ten minutes yet");
    till.t.clock.advance(Duration::from_mins(10));
    assert_eq!(figures(&till, span).await.waiting.unclear, 1);
    let since = Span { from: till.t.cx.now(), ..span };
    let none = figures(&till, since).await;
    assert!(none.methods.is_empty() && none.parts.len() == 1, "{none:?}");
    assert_eq!(none.waiting.unclear, 1, "what waits has no beginning");
}

#[testkit::db_test]
async fn what_waits_for_a_gateway_or_for_us_is_counted_until_it_ends(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let span = Span { from: till.t.cx.now(), part: Duration::from_days(1) };
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    end(&till, order, &[LineState::Completed]).await;
    till.card.slow_refunds.store(true, Ordering::SeqCst);
    let asked_at = till.t.cx.now();
    let refund = give(&till, payment, 4_000, "k").await.unwrap()[0];
    let waiting = figures(&till, span).await.waiting;
    assert_eq!((waiting.refunds, waiting.oldest_refund), (1, Some(asked_at)));
    assert_eq!(waiting.refund_sums, [Money::cny(4_000)]);
    till.work().await;
    let report = till.card.refuse_refund(refund);
    let body = refund_body(&report);
    ops::callback(&till.svc, "card", &signed(), &body).await.unwrap();
    let found = figures(&till, span).await;
    assert_eq!((found.waiting.refunds, found.refunds_failed), (0, 1));
    assert_eq!((found.waiting.oldest_refund, found.waiting.refund_sums.len()), (None, 0));
    open_one(&till, attempt).await;
    let waiting = figures(&till, span).await.waiting;
    assert_eq!(waiting.disputes, 1);
    assert_eq!(waiting.evidence_due, Some(till.t.cx.now().plus(Duration::from_days(7))));
}

#[testkit::db_test]
async fn nobody_counts_over_more_than_a_month_and_w3_customers_count_nothing(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let span = Span { from: kernel::Timestamp(0), part: Duration::from_micros(1) };
    let found = figures(&till, span).await;
    assert_eq!(found.parts.len(), 31 * 24 * 60 + 1, "a part is a minute or more");
    assert_eq!(show(&till.t.cx, &till.actor, span).await.unwrap_err().code(), "payment.forbidden");
}
