//! What staff find.

use kernel::{Duration, Money, Page, PageRequest, Refusal as _};

use super::gateway::Fault;
use super::refunds::end;
use super::staff::give;
use super::till::{PRICE, Till};
use crate::order::LineState;
use crate::payment::browse::{Asked, Filter, Listed, Way, ask_again, find, left, list};
use crate::payment::{AttemptState, PaymentId, PaymentState, wallet};

async fn found(till: &Till, filter: Filter) -> Vec<Listed> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(after, 1);
        let Page { items, next } = list(&till.t.cx, &till.clerk(), &filter, page).await.unwrap();
        all.extend(items);
        after = next;
        if after.is_none() {
            return all;
        }
    }
}

fn ids(found: &[Listed]) -> Vec<PaymentId> {
    found.iter().map(|one| one.payment.id).collect()
}

#[testkit::db_test]
async fn payments_are_found_by_state_gateway_and_doubt_and_gateways_are_asked_again(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, paid) = till.order().await;
    let attempt = till.begin(paid, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    let (_, doubtful) = till.order().await;
    till.other.fail_next(&[Fault::Hang]);
    till.start(doubtful, "wechat").await.unwrap();
    let (_, open) = till.order().await;
    let all = found(&till, Filter::default()).await;
    assert_eq!(ids(&all), [open, doubtful, paid]);
    assert_eq!(all.iter().map(|one| one.is_unclear).collect::<Vec<_>>(), [false, true, false]);
    assert!(all.iter().all(|one| !one.is_overpaid && !one.is_disputed));
    let state = Some(PaymentState::Paid);
    assert_eq!(ids(&found(&till, Filter { state, ..Filter::default() }).await), [paid]);
    let way = Way::Gateway("wechat".to_owned());
    assert_eq!(ids(&found(&till, Filter { way: way.clone(), ..Filter::default() }).await), [doubtful]);
    assert!(found(&till, Filter { state, way, ..Filter::default() }).await.is_empty(), "both are meant");
    assert!(found(&till, Filter { way: Way::Balance, ..Filter::default() }).await.is_empty());
    let unclear = Filter { way: Way::Unclear, ..Filter::default() };
    assert_eq!(ids(&found(&till, unclear.clone()).await), [doubtful]);
    till.other.fail_next(&[Fault::Lost]);
    assert_eq!(ask_again(&till.svc, &till.clerk(), doubtful).await.unwrap(), Asked::Silent);
    assert_eq!(ask_again(&till.svc, &till.clerk(), doubtful).await.unwrap(), Asked::Answered);
    assert_eq!(till.view(doubtful).await.attempts[0].state, AttemptState::Open);
    assert!(found(&till, unclear).await.is_empty());
    assert_eq!(ask_again(&till.svc, &till.clerk(), open).await.unwrap(), Asked::Nothing);
    assert_eq!(till.audited("payment.ask").await, 3);
    till.sound().await;
}

#[testkit::db_test]
async fn p12_what_was_paid_twice_is_marked_and_found_as_paid_from_the_balance(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let shelf = crate::testing::shelf(&till.t).await;
    till.fund(30_000).await;
    let (_, twice) = till.order().await;
    let attempt = till.begin(twice, "card").await;
    assert_eq!(left(&till.t.cx, &till.clerk(), twice).await.unwrap(), Money::cny(0));
    wallet::pay_from_balance(&till.svc, &shelf, &till.actor, twice).await.unwrap();
    // The gateway said closed and took the money all the same.
    till.callback(&till.card.pay(attempt)).await.unwrap();
    let balance = Filter { way: Way::Balance, ..Filter::default() };
    let listed = found(&till, balance).await;
    assert_eq!(ids(&listed), [twice]);
    assert!(listed[0].is_overpaid && !listed[0].is_unclear);
    let open = Filter { way: Way::Balance, state: Some(PaymentState::Open), ..Filter::default() };
    assert!(found(&till, open).await.is_empty());
}

#[testkit::db_test]
async fn a_day_has_what_began_on_it(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, first) = till.order().await;
    let (_, second) = till.order().await;
    let noon = till.t.cx.now().plus(Duration::from_hours(1));
    till.t.clock.advance(Duration::from_days(1));
    let (_, later) = till.order().await;
    assert_eq!(ids(&found(&till, Filter { from: Some(noon), ..Filter::default() }).await), [later]);
    let until = Filter { to: Some(noon), ..Filter::default() };
    assert_eq!(ids(&found(&till, until).await), [second, first]);
    let state = Some(PaymentState::Open);
    let between = Filter { from: Some(noon), to: Some(noon), state, ..Filter::default() };
    assert!(found(&till, between).await.is_empty());
}

#[testkit::db_test]
async fn every_number_somebody_may_read_out_leads_to_its_payment(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (order, payment) = till.order().await;
    till.order().await;
    let attempt = till.begin(payment, "card").await;
    till.callback(&till.card.pay(attempt)).await.unwrap();
    end(&till, order, &[LineState::Completed]).await;
    let refund = give(&till, payment, 4_000, "k").await.unwrap()[0];
    assert_eq!(left(&till.t.cx, &till.clerk(), payment).await.unwrap(), Money::cny(PRICE.minor - 4_000));
    till.work().await;
    let view = till.view(payment).await;
    let theirs = view.attempts[0].gateway_id.clone().unwrap();
    let numbers = [
        payment.to_string(),
        format!("  {order} "),
        kernel::order_number(order.raw()),
        attempt.to_string(),
        refund.to_string(),
        theirs,
    ];
    for number in numbers.into_iter().chain(view.refunds[0].gateway_refund_id.clone()) {
        assert_eq!(find(&till.svc, &till.clerk(), &number).await.unwrap(), Some(payment), "{number}");
    }
    for nothing in ["", "pay_0000000000007", "0", "'; --", &"9".repeat(500)] {
        assert_eq!(find(&till.svc, &till.clerk(), nothing).await.unwrap(), None, "{nothing}");
    }
}

#[testkit::db_test]
async fn w3_customers_find_nothing_and_ask_nobody(t: testkit::TestDb) {
    let till = Till::open(t).await;
    let (_, payment) = till.order().await;
    let page = PageRequest::new(None, 10);
    let refused = list(&till.t.cx, &till.actor, &Filter::default(), page).await.unwrap_err();
    assert_eq!(refused.code(), "payment.forbidden");
    assert!(find(&till.svc, &till.actor, &payment.to_string()).await.is_err());
    assert!(left(&till.t.cx, &till.actor, payment).await.is_err());
    assert_eq!(ask_again(&till.svc, &till.actor, payment).await.unwrap_err().code(), "payment.forbidden");
}
