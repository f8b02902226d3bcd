//! Money that is authorised when the order is paid and taken when the work is done, at a gateway that loses answers, refuses and forgets.

use kernel::{Duration, Money, Refusal as _};
use ledger::AccountName;

use super::gateway::{Fault, captured, payload, signed};
use super::keeping::open;
use super::till::{PRICE, Till};
use crate::order::{LineState, MoneyState, OrderId, OrderState};
use crate::payment::browse::{self, Asked, Filter, Way};
use crate::payment::{
    AttemptState, PaymentId, PaymentState, RefundState, Started, Status, give_back, ops, topic,
};

const CARD: AccountName<'static> = AccountName::Gateway("card");
const TELECOM: AccountName<'static> = AccountName::Revenue("telecom");
const DAY: Duration = Duration::from_hours(24);

#[testkit::db_test]
async fn what_is_authorised_is_taken_when_the_work_is_done_and_books_nothing_before(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, _) = till.authorised(&[("telecom", 10_000)]).await;
    assert_eq!((till.transfers().await, till.balance(till.escrow()).await), (0, (0, 0)));
    let view = till.view(payment).await;
    assert_eq!((view.payment.state, view.status), (PaymentState::Authorised, Status::Authorised));
    assert_eq!(till.facts(crate::order::topic::ACCEPTED).await.len(), 1, "the work begins");
    assert_eq!(till.start(payment, "card").await.unwrap(), Started::AlreadyPaid);

    till.end(order, &[LineState::Completed]).await;
    till.check_order(order, OrderState::Completed, MoneyState::Capturing).await;
    assert_eq!(till.transfers().await, 0, "the gateway has not said so yet");
    till.work().await;
    till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
    till.work_in(DAY).await;
    assert_eq!(till.taken(), 1);
    assert_eq!((till.balance(CARD).await, till.balance(TELECOM).await.0), ((10_000, 0), 10_000));
    assert_eq!(till.balance(till.escrow()).await, (0, 0));
    assert_eq!(till.view(payment).await.payment.state, PaymentState::Paid);
    till.sound().await;
}

#[testkit::db_test]
async fn p10_only_what_was_done_is_taken_and_only_that_can_go_back(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, attempt) = till.authorised(&[("telecom", 6_000), ("warehouse", 4_000)]).await;
    till.end(order, &[LineState::Completed, LineState::Failed]).await;
    till.work().await;
    till.check_order(order, OrderState::Partial, MoneyState::PartCaptured).await;
    assert_eq!(till.view(payment).await.attempts[0].captured, Money::cny(6_000));
    assert_eq!((till.balance(CARD).await.0, till.balance(TELECOM).await.0), (6_000, 6_000));
    assert_eq!(till.count("SELECT COUNT(*) FROM refund").await, 0, "the rest was never taken");

    let left = browse::left(&till.t.cx, &till.clerk(), payment).await.unwrap();
    assert_eq!(left, Money::cny(6_000));
    let wish = |amount| crate::payment::StartGiveBack { payment, amount, note: "师傅没修好".to_owned() };
    let clerk = till.clerk();
    let (too, all) = (till.key("a", PRICE), till.key("b", PRICE));
    let too_much = give_back::start(&till.svc, &clerk, &wish(Money::cny(6_001)), &too).await;
    assert_eq!(too_much.unwrap_err().code(), "payment.more_than_captured");
    give_back::start(&till.svc, &clerk, &wish(left), &all).await.unwrap();
    till.work().await;
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Succeeded);
    till.check_order(order, OrderState::Partial, MoneyState::Refunded).await;
    assert_eq!(till.card.refunds()[0].attempt_id, attempt.to_string());
    till.sound().await;
}

#[testkit::db_test]
async fn what_failed_or_was_cancelled_is_let_go_and_nothing_is_booked(t: testkit::TestDb) {
    let till = open(t).await;
    for (end, state) in
        [(LineState::Failed, OrderState::Failed), (LineState::Cancelled, OrderState::Cancelled)]
    {
        let (order, payment, attempt) = till.authorised(&[("telecom", 10_000)]).await;
        till.end(order, &[end]).await;
        till.work().await;
        till.check_order(order, state, MoneyState::Released).await;
        till.attempt_is(payment, AttemptState::Closed).await;
        assert_eq!(till.card.calls(), [format!("close {attempt}")]);
        assert_eq!(till.view(payment).await.payment.state, PaymentState::Closed);
    }
    assert_eq!(till.transfers().await, 0);
    till.sound().await;
}

#[testkit::db_test]
async fn p7_a_capture_without_an_answer_is_asked_for_again_and_taken_once(t: testkit::TestDb) {
    let till = open(t).await;
    for fault in [Fault::Hang, Fault::Lost, Fault::Unreachable] {
        let (order, payment, attempt) = till.authorised(&[("telecom", 10_000)]).await;
        till.end(order, &[LineState::Completed]).await;
        till.card.fail_next(&[fault]);
        till.work().await;
        till.check_order(order, OrderState::Completed, MoneyState::Capturing).await;
        till.attempt_is(payment, AttemptState::Capturing).await;
        till.work_in(Duration::from_secs(15)).await;
        till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
        let asked = format!("capture {attempt} 10000");
        assert_eq!(till.card.calls(), [asked.clone(), asked], "the same is asked for, {fault:?}");
    }
    assert_eq!(till.balance(CARD).await, (30_000, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p4_p5_callback_and_answer_of_one_capture_book_once_in_any_order(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, attempt) = till.authorised(&[("telecom", 6_000), ("telecom", 4_000)]).await;
    till.end(order, &[LineState::Completed, LineState::Failed]).await;
    // Taken at the gateway, and we ended before we heard it: the callback is first.
    till.card.fail_next(&[Fault::Hang]);
    till.work().await;
    let told = till.card.payment(attempt);
    let (one, two) = tokio::join!(till.callback(&told), till.callback(&told));
    one.unwrap();
    two.unwrap();
    till.work_in(DAY).await;
    till.callback(&told).await.unwrap();
    assert_eq!((till.balance(CARD).await.0, till.balance(TELECOM).await.0), (6_000, 6_000));
    till.attempt_is(payment, AttemptState::Captured).await;
    till.check_order(order, OrderState::Partial, MoneyState::PartCaptured).await;
    till.sound().await;
}

#[testkit::db_test]
async fn p6_an_authorisation_nobody_told_of_is_found_by_asking_and_is_looked_at_once_a_day(
    t: testkit::TestDb,
) {
    let till = open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    // The node that heard of it ended before it wrote it down.
    till.card.authorise(attempt, till.in_a_week());
    till.work_in(Duration::from_secs(15)).await;
    till.check_order(order, OrderState::InProgress, MoneyState::Authorised).await;
    till.card.calls();
    for _ in 0..3 {
        till.work_in(DAY).await;
        assert_eq!(till.card.calls(), [format!("query {attempt}")]);
    }
    till.sound().await;
}

#[testkit::db_test]
async fn p1_p8_a_second_or_late_authorisation_is_let_go_and_never_a_refund(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment) = till.order().await;
    let first = till.begin(payment, "card").await;
    // Closed at the gateway, it says, and authorised all the same.
    till.card.decide(first, connectors::gateway::PaymentState::Closed);
    till.returned(first).await;
    let second = till.begin(payment, "card").await;
    assert_ne!(first, second);
    till.callback(&till.card.authorise(second, till.in_a_week())).await.unwrap();
    till.callback(&till.card.authorise(first, till.in_a_week())).await.unwrap();
    till.work().await;
    let states: Vec<_> = till.view(payment).await.attempts.iter().map(|one| one.state).collect();
    assert_eq!(states, [AttemptState::Closed, AttemptState::Authorised]);
    assert_eq!(till.card.payment(first).state.name(), "closed");
    till.check_order(order, OrderState::InProgress, MoneyState::Authorised).await;

    let (late, unpaid) = till.order().await;
    let attempt = till.begin(unpaid, "card").await;
    till.card.decide(attempt, connectors::gateway::PaymentState::Closed);
    till.work_in(Duration::from_mins(31)).await;
    till.check_order(late, OrderState::Cancelled, MoneyState::Released).await;
    till.card.fail_next(&[Fault::None, Fault::Lost]);
    till.callback(&till.card.authorise(attempt, till.in_a_week())).await.unwrap();
    till.work().await;
    till.work_in(Duration::from_mins(1)).await;
    till.attempt_is(unpaid, AttemptState::Closed).await;
    assert_eq!(till.card.payment(attempt).state.name(), "closed");
    assert_eq!(till.transfers().await, 0);
    assert_eq!(till.count("SELECT COUNT(*) FROM refund").await, 0);
    till.sound().await;
}

/// All of it was taken while the work went on: the seller has what was done, and the card gets the rest back.
async fn ended_in_part(till: &Till, order: OrderId, payment: PaymentId) {
    till.check_order(order, OrderState::Partial, MoneyState::PartCaptured).await;
    assert_eq!(till.view(payment).await.refunds[0].amount, Money::cny(4_000));
    assert_eq!((till.balance(CARD).await.0, till.balance(TELECOM).await.0), (6_000, 6_000));
    till.sound().await;
}

#[testkit::db_test]
async fn a_day_before_its_end_work_that_goes_on_is_charged_and_what_is_not_used_goes_back(
    t: testkit::TestDb,
) {
    let till = open(t).await;
    let (order, payment, attempt) = till.authorised(&[("telecom", 6_000), ("telecom", 4_000)]).await;
    till.begin_work(order).await;
    till.work_in(Duration::from_hours(5 * 24)).await;
    assert_eq!(till.taken(), 0);
    till.work_in(DAY).await;
    assert_eq!(till.card.calls(), [format!("capture {attempt} 10000")]);
    till.check_order(order, OrderState::InProgress, MoneyState::Held).await;
    assert_eq!(till.balance(till.escrow()).await, (10_000, 10_000));
    assert!(till.history(order).await.contains(&"captured_early".to_owned()));

    till.end(order, &[LineState::Completed, LineState::Failed]).await;
    till.work().await;
    ended_in_part(&till, order, payment).await;
}

#[testkit::db_test]
async fn a_day_before_its_end_what_nobody_has_begun_is_let_go_and_the_order_says_so(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, attempt) = till.authorised(&[("telecom", 10_000)]).await;
    till.work_in(Duration::from_hours(6 * 24)).await;
    till.check_order(order, OrderState::Cancelled, MoneyState::Released).await;
    assert_eq!(till.order_now(order).await.reason.as_deref(), Some("authorisation_ended"));
    till.attempt_is(payment, AttemptState::Closed).await;
    assert_eq!(till.card.payment(attempt).state.name(), "closed");
    assert_eq!((till.taken(), till.transfers().await), (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn an_order_that_ends_while_all_of_it_is_being_taken_gets_the_rest_back(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, _) = till.authorised(&[("telecom", 6_000), ("telecom", 4_000)]).await;
    till.begin_work(order).await;
    till.card.fail_next(&[Fault::Hang]);
    till.work_in(Duration::from_hours(6 * 24)).await;
    till.attempt_is(payment, AttemptState::Capturing).await;
    till.end(order, &[LineState::Completed, LineState::Failed]).await;
    till.work_in(Duration::from_mins(1)).await;
    till.work().await;
    ended_in_part(&till, order, payment).await;
}

#[testkit::db_test]
async fn a_refused_capture_is_an_alarm_in_the_queue_until_it_is_taken(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, _) = till.authorised(&[("telecom", 10_000)]).await;
    till.end(order, &[LineState::Completed]).await;
    till.card.fail_next(&[Fault::Refuse]);
    till.work().await;
    till.check_order(order, OrderState::Completed, MoneyState::Uncollected).await;
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    let unclear = Filter { way: Way::Unclear, ..Filter::default() };
    let page = || kernel::PageRequest::new(None, 10);
    let queue = browse::list(&till.t.cx, &till.clerk(), &unclear, page()).await.unwrap();
    assert_eq!(queue.items[0].payment.id, payment);
    assert_eq!(till.transfers().await, 0, "nothing is income that is not there");

    till.card.fail_next(&[Fault::Refuse]);
    assert_eq!(browse::ask_again(&till.svc, &till.clerk(), payment).await.unwrap(), Asked::Answered);
    assert_eq!(till.facts(topic::ALARM).await.len(), 1, "one alarm is enough");
    browse::ask_again(&till.svc, &till.clerk(), payment).await.unwrap();
    till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
    assert!(browse::list(&till.t.cx, &till.clerk(), &unclear, page()).await.unwrap().items.is_empty());
    assert_eq!(till.balance(TELECOM).await.0, 10_000);
    till.sound().await;
}

#[testkit::db_test]
async fn an_authorisation_the_bank_dropped_ends_what_is_not_begun_and_calls_a_person_for_the_rest(
    t: testkit::TestDb,
) {
    let till = open(t).await;
    let (unbegun, free, attempt) = till.authorised(&[("telecom", 10_000)]).await;
    let dropped = |attempt| till.card.decide(attempt, connectors::gateway::PaymentState::Closed);
    till.callback(&dropped(attempt)).await.unwrap();
    till.check_order(unbegun, OrderState::Cancelled, MoneyState::Released).await;
    till.attempt_is(free, AttemptState::Closed).await;
    assert!(till.facts(topic::ALARM).await.is_empty());

    let (begun, payment, attempt) = till.authorised(&[("telecom", 10_000)]).await;
    till.begin_work(begun).await;
    till.callback(&dropped(attempt)).await.unwrap();
    till.callback(&till.card.payment(attempt)).await.unwrap();
    till.check_order(begun, OrderState::InProgress, MoneyState::Uncollected).await;
    assert_eq!(till.facts(topic::ALARM).await.len(), 1);
    till.end(begun, &[LineState::Failed]).await;
    till.work().await;
    till.check_order(begun, OrderState::Failed, MoneyState::Released).await;
    till.attempt_is(payment, AttemptState::Closed).await;
    assert_eq!(till.transfers().await, 0);
    till.sound().await;
}

#[testkit::db_test]
async fn what_was_let_go_and_taken_all_the_same_goes_back(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment, attempt) = till.authorised(&[("telecom", 10_000)]).await;
    till.end(order, &[LineState::Failed]).await;
    till.card.decide(attempt, captured(PRICE));
    till.work().await;
    till.work().await;
    till.attempt_is(payment, AttemptState::Surplus).await;
    assert_eq!(till.view(payment).await.refunds[0].state, RefundState::Succeeded);
    assert_eq!(till.balance(CARD).await, (0, 0));
    till.sound().await;
}

#[testkit::db_test]
async fn p3_another_amount_than_was_authorised_or_is_due_books_nothing_and_rings(t: testkit::TestDb) {
    let till = open(t).await;
    let (order, payment) = till.order().await;
    let attempt = till.begin(payment, "card").await;
    let mut less = till.card.authorise(attempt, till.in_a_week());
    less.state = connectors::gateway::PaymentState::Authorised {
        authorised: Money::cny(9_999),
        until: till.in_a_week(),
    };
    till.callback(&less).await.unwrap();
    till.check_order(order, OrderState::AwaitingPayment, MoneyState::Confirming).await;
    till.callback(&till.card.payment(attempt)).await.unwrap();
    till.check_order(order, OrderState::InProgress, MoneyState::Authorised).await;

    let mut wrong = till.card.payment(attempt);
    (wrong.state, wrong.sequence) = (captured(Money::cny(5_000)), wrong.sequence + 1);
    ops::callback(&till.svc, "card", &signed(), &payload(&wrong)).await.unwrap();
    assert_eq!(till.facts(topic::ALARM).await.len(), 2);
    till.end(order, &[LineState::Completed]).await;
    // Asked, the gateway says how it is: authorised, and then taken.
    till.work_in(Duration::from_secs(15)).await;
    till.work_in(Duration::from_secs(15)).await;
    till.check_order(order, OrderState::Completed, MoneyState::Captured).await;
    assert_eq!(till.balance(CARD).await, (10_000, 0));
    till.sound().await;
}
