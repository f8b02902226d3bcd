//! R1 to R4 at the desk: what the engine says holds, is written down, and what waits for a person goes on as the same order or gives
//! everything back.

use durable::Registry;
use kernel::{AccountId, Actor, ActorKind, Duration, Role, Text};
use risk::engine::Settings;
use risk::rule::{self, NewRule, RuleState};
use risk::{DecisionId, OnFailure, Origin, Outcome, Point, ReviewRule, ReviewState, decision};
use testkit::{TestDb, db_test};

use crate::held::{self, HoldCause};
use crate::order::{MoneyState, Order, OrderId, OrderState, query};
use crate::testing::{Counter, by_card, order, router, top_up};
use crate::{Desk, DeskLimits, Error, PlaceOrder};

const ROUTER: i64 = 39_900;
const ACCEPTED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE topic = 'order.accepted'";
const STOCK: &str = "SELECT allocated * 1000 + reserved FROM stock_item WHERE sku = 'router-wifi7-black'";
const DECISIONS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_decision";
const ORDERS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders";

fn officer(id: i64) -> Actor {
    Actor { kind: ActorKind::account(AccountId(id), vec![Role::RISK_OFFICER]), ..Actor::system("test") }
}

/// A rule for payments, live or beside.
async fn rule(c: &Counter, source: &str, outcome: Outcome, state: RuleState) {
    let cx = &c.t.cx;
    let new = NewRule {
        code: "for_test".to_owned(),
        name: Text::new("测试规则", "A rule for a test"),
        points: vec![Point::Payment],
        source: source.to_owned(),
        outcome,
    };
    let id = rule::draft(cx, &officer(5), &new).await.unwrap();
    rule::ask(cx, &officer(5), id, RuleState::Shadow, "to be seen beside").await.unwrap();
    if state == RuleState::Live {
        rule::ask(cx, &officer(5), id, RuleState::Live, "it did well beside").await.unwrap();
        rule::approve(cx, &officer(6), id).await.unwrap();
    }
    c.risk.reload(cx).await.unwrap();
}

/// A counter with three routers, whose orders above 100 yuan are reviewed.
async fn reviewing(t: TestDb, settings: Settings) -> Counter {
    let c = Counter::judged_by(t, DeskLimits::default(), settings).await;
    c.set_stock("router-wifi7-black", 3).await;
    rule(&c, "act.amount > 10000", Outcome::Review, RuleState::Live).await;
    c
}

/// What follows from what was written.
async fn hear(c: &Counter) {
    let mut registry = Registry::default();
    held::register(&mut registry);
    while durable::run_due(&c.t.cx, &registry).await.unwrap() > 0 {}
}

async fn end_review(c: &Counter, released: bool) {
    let id = DecisionId(c.number("SELECT MAX(id) FROM risk_decision").await);
    if released {
        decision::release(&c.t.cx, &officer(5), id, "the customer was asked").await.unwrap();
    } else {
        decision::reject(&c.t.cx, &officer(5), id, "the card was stolen").await.unwrap();
    }
    hear(c).await;
}

async fn state(c: &Counter, who: &Actor, id: OrderId) -> Order {
    query::get(&c.t.cx, who, id).await.unwrap()
}

#[db_test]
async fn r4_an_order_under_review_has_its_money_and_stock_and_a_release_continues_the_same_order(t: TestDb) {
    let c = reviewing(t, Settings::default()).await;
    let lin = c.customer(50_000).await;
    let new = order(&lin, "k1", vec![router(1)], ROUTER);
    let placed = c.place(new.clone()).await.unwrap();
    assert_eq!((placed.state, placed.money), (OrderState::Held, MoneyState::Held));
    assert_eq!((c.available(&lin).await, c.number(STOCK).await), (50_000 - ROUTER, 1));
    assert_eq!((c.number(ACCEPTED).await, c.number(DECISIONS).await), (0, 1));
    let of = "SELECT object_id FROM risk_event";
    assert_eq!(c.number(of).await, placed.order.raw(), "the decision is about the order");
    let again = c.place(new.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&placed).unwrap());
    assert_eq!(c.number(DECISIONS).await, 1, "a replay is not judged again");
    end_review(&c, true).await;
    let next = state(&c, &lin, placed.order).await;
    assert_eq!((next.state, next.money), (OrderState::InProgress, MoneyState::Held));
    assert_eq!((c.number(ACCEPTED).await, c.number(STOCK).await, c.number(ORDERS).await), (1, 1_000, 1));
    let again = c.place(new).await.unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&placed).unwrap());
    held::review_ended(&c.t.cx, placed.order, held::Reviewed::Failed("risk_rejected")).await.unwrap();
    assert_eq!(state(&c, &lin, placed.order).await.state, OrderState::InProgress, "once");
    c.sound().await;
}

#[db_test]
async fn r4_a_rejected_review_voids_the_hold_and_gives_the_stock_back(t: TestDb) {
    let c = reviewing(t, Settings::default()).await;
    let lin = c.customer(50_000).await;
    let placed = c.place(order(&lin, "k1", vec![router(1)], ROUTER)).await.unwrap();
    end_review(&c, false).await;
    let next = state(&c, &lin, placed.order).await;
    assert_eq!((next.state, next.money), (OrderState::Cancelled, MoneyState::Released));
    assert_eq!(next.reason.as_deref(), Some("risk_rejected"));
    assert_eq!((c.available(&lin).await, c.number(STOCK).await, c.number(ACCEPTED).await), (50_000, 0, 0));
    c.sound().await;
}

#[db_test]
async fn r4_an_order_to_be_paid_outside_asks_for_its_money_only_after_the_release(t: TestDb) {
    let c = reviewing(t, Settings::default()).await;
    let lin = c.customer(0).await;
    let placed = c.place(by_card(order(&lin, "k1", vec![router(1)], ROUTER))).await.unwrap();
    assert_eq!((placed.state, placed.payment), (OrderState::Held, None));
    let payments = "SELECT CAST(COUNT(*) AS BIGINT) FROM payment";
    assert_eq!(c.number(payments).await, 0);
    end_review(&c, true).await;
    let next = state(&c, &lin, placed.order).await;
    assert_eq!((next.state, c.number(payments).await), (OrderState::AwaitingPayment, 1));
    c.sound().await;
}

#[db_test]
async fn r4_a_review_that_ends_while_colleagues_still_decide_leaves_only_their_wait(t: TestDb) {
    let c = reviewing(t, Settings::default()).await;
    let (lin, cx) = (c.customer(100_000).await, &c.t.cx);
    for (key, released) in [("k1", true), ("k2", false)] {
        let placed = c.place(order(&lin, key, vec![router(1)], ROUTER)).await.unwrap();
        let both = "UPDATE held_order SET cause = 'approval', next_cause = 'risk_review', next_lasts = 1000000, next_on_expiry = 'reject'
                    WHERE order_id = $1";
        c.t.raw(both, db::params![placed.order.raw()]).await;
        end_review(&c, released).await;
        let mut tx = cx.begin().await.unwrap();
        let waits = held::find(&mut tx, placed.order).await.unwrap();
        if released {
            let waits = waits.unwrap();
            assert_eq!((waits.cause, waits.next), (HoldCause::Approval, None));
            held::release(&mut tx, cx, &Actor::system("test"), placed.order).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(state(&c, &lin, placed.order).await.state, OrderState::InProgress);
        } else {
            assert_eq!(waits, None);
            drop(tx);
            assert_eq!(state(&c, &lin, placed.order).await.state, OrderState::Cancelled);
        }
    }
    assert_eq!(c.available(&lin).await, 100_000 - ROUTER);
}

#[db_test]
async fn r4_an_order_that_its_customer_cancels_leaves_no_review_open_and_no_precedent(t: TestDb) {
    let c = reviewing(t, Settings::default()).await;
    let lin = c.customer(50_000).await;
    let placed = c.place(order(&lin, "k1", vec![router(1)], ROUTER)).await.unwrap();
    let id = DecisionId(c.number("SELECT MAX(id) FROM risk_decision").await);
    crate::order::ops::cancel(&c.t.cx, &lin, placed.order, "mistake", None).await.unwrap();
    assert_eq!(state(&c, &lin, placed.order).await.state, OrderState::Cancelled);
    let (decided, _) = decision::show_decision(&c.t.cx, &officer(5), id).await.unwrap();
    assert_eq!(decided.review.map(|review| review.state), Some(ReviewState::Withdrawn));
    assert!(risk::case::next(&c.t.cx, &officer(5)).await.unwrap().is_none(), "nobody is asked any more");
    let late = decision::release(&c.t.cx, &officer(5), id, "the customer was asked").await.unwrap_err();
    assert!(matches!(late, risk::Error::Ended), "{late:?}");
    let mut tx = c.t.cx.read().await.unwrap();
    let mark = placed.order.raw();
    let holds =
        decision::standing_of(&mut tx, &c.t.cx, Point::Payment, lin.customer().unwrap(), mark).await.unwrap();
    assert_eq!(holds, None, "nobody said anything about it");
    drop(tx);
    assert_eq!(
        c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM risk_label").await,
        0,
        "and nothing is learned"
    );
    c.sound().await;
}

async fn nobody_looks(t: TestDb, then: Outcome) -> (Order, i64) {
    let mut settings = Settings::default();
    let policy = settings.points.get_mut(&Point::Payment).unwrap();
    policy.review = ReviewRule { lasts: Duration::from_hours(2), then };
    let c = reviewing(t, settings).await;
    let lin = c.customer(50_000).await;
    let placed = c.place(order(&lin, "k1", vec![router(1)], ROUTER)).await.unwrap();
    c.t.clock.advance(Duration::from_hours(2));
    assert_eq!(held::expire_due(&c.t.cx).await.unwrap(), 0, "the review decides, not the wait");
    assert_eq!(decision::expire_due(&c.t.cx).await.unwrap(), 1);
    hear(&c).await;
    c.sound().await;
    (state(&c, &lin, placed.order).await, c.available(&lin).await)
}

#[db_test]
async fn r2_a_review_nobody_looks_at_ends_the_order_where_that_is_configured(t: TestDb) {
    let (order, available) = nobody_looks(t, Outcome::Deny).await;
    assert_eq!((order.state, order.reason.as_deref()), (OrderState::Cancelled, Some("hold_expired")));
    assert_eq!(available, 50_000);
}

#[db_test]
async fn r2_a_review_nobody_looks_at_lets_the_order_go_on_where_that_is_configured(t: TestDb) {
    let (order, available) = nobody_looks(t, Outcome::Allow).await;
    assert_eq!((order.state, available), (OrderState::InProgress, 50_000 - ROUTER));
}

#[db_test]
async fn r1_with_the_scorer_dead_the_configured_answer_holds(t: TestDb) {
    let c = Counter::open(t).await;
    let lin = c.customer(50_000).await;
    // What is known of labels is read for each decision, and written by none.
    c.t.raw("ALTER TABLE risk_label RENAME TO risk_label_away", Vec::new()).await;
    let answers = [
        (OnFailure::FailOpen, Ok(OrderState::InProgress)),
        (OnFailure::HoldForReview, Ok(OrderState::Held)),
        (OnFailure::FailClosed, Err("ordering.not_accepted")),
    ];
    for (on_failure, want) in answers {
        let mut settings = Settings::default().within(Duration::from_mins(1));
        settings.points.get_mut(&Point::Payment).unwrap().on_failure = on_failure;
        let risk = risk::Engine::open(&c.t.cx, settings, None).await.unwrap();
        let desk = Desk::open(&c.t.cx, &c.shelf, &risk, DeskLimits::default(), &c.tasks);
        let before = (c.available(&lin).await, c.number(DECISIONS).await);
        let placed = desk.place(order(&lin, on_failure.name(), vec![top_up()], 1_000)).await;
        let taken = if want.is_ok() { 1_000 } else { 0 };
        let found = placed.map(|placed| placed.state).map_err(|error| kernel::Refusal::code(&error));
        assert_eq!(found, want, "{on_failure:?}");
        assert_eq!((c.available(&lin).await, c.number(DECISIONS).await), (before.0 - taken, before.1 + 1));
    }
    c.t.raw("ALTER TABLE risk_label_away RENAME TO risk_label", Vec::new()).await;
    // What was held without a score is released as any other.
    let held = "SELECT order_id FROM held_order WHERE ended_at IS NULL";
    let held = OrderId(c.number(held).await);
    let review = "SELECT id FROM risk_review WHERE state = 'pending'";
    let review = DecisionId(c.number(review).await);
    decision::release(&c.t.cx, &officer(5), review, "the customer was asked").await.unwrap();
    hear(&c).await;
    assert_eq!(state(&c, &lin, held).await.state, OrderState::InProgress);
    c.sound().await;
}

#[db_test]
async fn r2_a_further_proof_is_asked_for_and_with_it_the_same_request_goes_on(t: TestDb) {
    let c = Counter::open(t).await;
    rule(&c, "act.has_device && act.has_network", Outcome::StepUp, RuleState::Live).await;
    let lin = c.customer(5_000).await;
    let origin = Origin {
        address: "203.0.113.9".to_owned(),
        user_agent: String::new(),
        device: Some("mark".to_owned()),
    };
    let new = PlaceOrder { origin, ..order(&lin, "k1", vec![top_up()], 1_000) };
    let refused = c.place(new.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::ProofNeeded), "{refused:?}");
    assert_eq!((c.available(&lin).await, c.number(ORDERS).await, c.number(DECISIONS).await), (5_000, 0, 1));
    let proved = PlaceOrder { actor: lin.clone().proved(c.t.cx.now()), ..new };
    let placed = c.place(proved).await.unwrap();
    assert_eq!((placed.state, placed.replayed), (OrderState::InProgress, false));
    assert_eq!((c.number(ORDERS).await, c.number(DECISIONS).await), (1, 2));
    let known = c.place(order(&lin, "k2", vec![top_up()], 1_000)).await.unwrap();
    assert_eq!(known.state, OrderState::InProgress, "without a device the rule does not match");
    c.sound().await;
}

#[db_test]
async fn r3_a_denied_order_takes_nothing_and_its_decision_stands(t: TestDb) {
    let c = Counter::open(t).await;
    c.set_stock("router-wifi7-black", 3).await;
    rule(&c, "facts.service == 'wifi-router'", Outcome::Deny, RuleState::Live).await;
    let lin = c.customer(50_000).await;
    let refused = c.place(order(&lin, "k1", vec![router(1)], ROUTER)).await.unwrap_err();
    assert!(matches!(refused, Error::NotAccepted), "{refused:?}");
    assert_eq!((c.available(&lin).await, c.number(STOCK).await, c.number(ORDERS).await), (50_000, 0, 0));
    let denied =
        "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_event WHERE outcome = 'deny' AND point = 'payment'";
    assert_eq!((c.number(denied).await, c.number(DECISIONS).await), (1, 1));
    assert_eq!(c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM idempotency").await, 0, "I6");
    c.place(order(&lin, "k1", vec![top_up()], 1_000)).await.unwrap();
    c.sound().await;
}

#[db_test]
async fn r3_every_accepted_order_has_a_decision_and_a_shadow_rule_never_touches_one(t: TestDb) {
    let c = Counter::open(t).await;
    rule(&c, "true", Outcome::Deny, RuleState::Shadow).await;
    let lin = c.customer(50_000).await;
    let keys: Vec<String> = (0..8).map(|number| format!("k{number}")).collect();
    let all = keys.iter().map(|key| c.place(order(&lin, key, vec![top_up()], 1_000)));
    for placed in futures_util::future::join_all(all).await {
        assert_eq!(placed.unwrap().state, OrderState::InProgress);
    }
    let apart = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders o JOIN risk_event e ON e.object_id = o.id WHERE e.outcome = 'allow'";
    assert_eq!((c.number(apart).await, c.number(DECISIONS).await), (8, 8));
    let beside = "SELECT CAST(COUNT(*) AS BIGINT) FROM risk_hit WHERE shadow";
    assert_eq!(c.number(beside).await, 8);
}
