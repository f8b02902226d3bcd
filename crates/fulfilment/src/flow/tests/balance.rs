//! Money from one customer's balance to another's: where it is offered, to whom, how much, and once.

use std::sync::Arc;

use catalogue::service::{BetweenBalances, Shelf};
use connectors::real_name::{NameCheckError, NameQuestion, NameResult};
use connectors::{NameCheck, Providers};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use identity::real_name::{self, NewCheck, Policy, RealName};
use kernel::{Actor, Duration, Kind, Locale, Refusal as _};
use ledger::TransferKind;
use ordering::order::{MoneyState, OrderId, OrderState};
use ordering::payee::{self, COOLS_FOR, NEW_MOST, NewBalancePayee};
use serde_json::{Value, json};

use crate::Fulfilment;
use crate::flow::ops;
use crate::testing::{Counter, phone, register};

const SERVICE: &str = "balance-transfer";
const CHEN_PHONE: &str = "13911112222";

/// A register in which everybody is who they say.
#[derive(Debug)]
struct Register;

impl NameCheck for Register {
    fn ask<'a>(&'a self, _: &'a NameQuestion) -> BoxFuture<'a, Result<NameResult, NameCheckError>> {
        async { Ok(NameResult::Match) }.boxed()
    }
}

async fn verify(c: &Counter, who: &Actor, name: &str, number: &str) {
    let room = RealName { provider: Some(Arc::new(Register)), policy: Policy::default() };
    let (name, number) = (name.to_owned(), number.to_owned());
    let check = NewCheck { name, number, consent: true, key: "one".to_owned() };
    let begun = real_name::begin(&room, c.cx(), who, check).await.unwrap();
    real_name::ask(&room, c.cx(), begun.check.id).await.unwrap();
}

/// Lin, who has ¥1,000 and a name, and Chen, who has a name; both have been customers for a month.
async fn two(c: &Counter) -> (Actor, Actor) {
    let lin = c.customer.clone();
    let chen = register(c.cx(), CHEN_PHONE).await;
    verify(c, &lin, "林晓", "310101199001010012").await;
    verify(c, &chen, "陈小敏", "310101199102020025").await;
    // Both questions have their answer: the jobs that would ask again are another crate's, and have nothing left to do.
    c.t.raw("DELETE FROM job WHERE kind = 'real_name.check'", Vec::new()).await;
    c.t.clock.advance(Duration::from_days(30));
    (lin.proved(c.cx().now()), chen)
}

fn chen_as(name: &str, contact: &str) -> NewBalancePayee {
    NewBalancePayee { name: name.to_owned(), contact: contact.to_owned(), nickname: String::new() }
}

async fn add(c: &Counter, actor: &Actor, name: &str, contact: &str) -> Result<(), ordering::Error> {
    let new = chen_as(name, contact);
    payee::add_balance(c.cx(), &c.services.shelf, actor, &new).await.map(drop)
}

fn to_chen(fen: i64) -> Value {
    json!({"payee": "陈*敏", "contact": CHEN_PHONE, "amount": fen, "purpose": "还款"})
}

async fn send(c: &Counter, actor: &Actor, fen: i64) -> Result<OrderId, ordering::Error> {
    c.place_as(actor, vec![(SERVICE, "any", to_chen(fen))], fen).await
}

async fn has(c: &Counter, who: &Actor) -> i64 {
    let balance = ledger::wallet_balance(c.cx(), who, who.account().unwrap()).await.unwrap();
    assert_eq!(balance.posted.minor - balance.held.minor, balance.available.minor);
    balance.available.minor
}

async fn peer_transfers(c: &Counter) -> i64 {
    c.number("SELECT CAST(COUNT(*) AS BIGINT) FROM transfer WHERE kind = 'peer_transfer'").await
}

async fn set_state(c: &Counter, who: &Actor, state: &str) {
    let sql = "UPDATE account SET state = $2 WHERE id = $1";
    c.t.raw(sql, db::params![who.account().unwrap(), state]).await;
}

#[testkit::db_test]
async fn money_goes_from_one_balance_to_the_other_and_both_read_it(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", "139 1111 2222").await.unwrap();
    let book = payee::list(c.cx(), &lin).await.unwrap();
    assert_eq!((book[0].shown_name().as_str(), book[0].shown_contact().as_str()), ("陈*敏", "139****2222"));
    let order = send(&c, &lin, 30_000).await.unwrap();
    assert_eq!((has(&c, &lin).await, has(&c, &chen).await), (70_000, 0), "set aside, and not yet there");
    c.work().await;
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(c.view(order).await.order.money, MoneyState::Captured);
    assert_eq!((has(&c, &lin).await, has(&c, &chen).await), (70_000, 30_000));
    assert_eq!(peer_transfers(&c).await, 1);
    let page = crate::testing::page;
    let me = chen.account().unwrap();
    let got = ledger::entries(c.cx(), &chen, me, page()).await.unwrap().items;
    assert_eq!((got[0].amount.minor, got[0].kind, got[0].order), (30_000, TransferKind::PeerTransfer, None));
    let gone = ledger::entries(c.cx(), &lin, lin.account().unwrap(), page()).await.unwrap().items;
    assert_eq!((gone[0].amount.minor, gone[0].order), (-30_000, Some(order.raw())));
    assert_eq!(gone[0].kind.label(Locale::Zh), "转账");
    assert!(c.messages().await.0.contains(&"转账已到账".to_owned()));
    let told = notify::list_inbox(c.cx(), &chen, page()).await.unwrap().items;
    assert_eq!(told[0].content.title, "收到转账");
    assert!(told[0].content.body.contains("¥300.00") && !told[0].content.body.contains("林"));
    let audited = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'balance.transfer'";
    assert_eq!(c.number(audited).await, 1);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn o8_money_for_another_balance_moves_once_wherever_the_process_is_killed(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    let (mut deaths, mut sent) = (0, 0);
    for place in ["begin", "before_local", "before_commit", "after_commit"] {
        for nth in 1.. {
            c.die_at(place, nth);
            let order = send(&c, &c.customer.clone().proved(c.cx().now()), 1_000).await.unwrap();
            c.pass(Duration::from_mins(2)).await;
            sent += 1;
            let died = c.died();
            assert_eq!(c.state(order).await, OrderState::Completed, "killed at {place} {nth}");
            assert_eq!(has(&c, &chen).await, sent * 1_000, "killed at {place} {nth}");
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths >= 3, "only {deaths} deaths");
    assert_eq!((peer_transfers(&c).await, has(&c, &lin).await), (sent, 100_000 - sent * 1_000));
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn a_step_that_several_begin_at_once_moves_the_money_once(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    let order = send(&c, &lin, 50_000).await.unwrap();
    ops::begin(c.cx(), &c.services, order).await.unwrap();
    let step = c.log(order).await[0].id;
    let tries = join_all((0..4).map(|_| ops::drive(c.cx(), &c.services, step))).await;
    assert!(tries.iter().any(Result::is_ok), "{tries:?}");
    c.pass(Duration::from_mins(2)).await;
    assert_eq!((peer_transfers(&c).await, has(&c, &chen).await, has(&c, &lin).await), (1, 50_000, 50_000));
    assert_eq!(c.state(order).await, OrderState::Completed);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn without_the_switch_nothing_is_offered_and_all_of_it_is_refused(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let (lin, chen) = two(&c).await;
    assert!(c.services.shelf.service(SERVICE).is_none() && c.services.shelf.crediting().is_none());
    assert!(c.services.shelf.search("转账到余额").iter().all(|found| found.code != SERVICE));
    let refused = add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap_err();
    assert_eq!((refused.code(), refused.kind()), ("ordering.transfers_off", Kind::Forbidden));
    // Also whoever added them while it was on.
    let offered = Shelf::load_with(c.cx(), BetweenBalances::Offered).await.unwrap();
    payee::add_balance(c.cx(), &offered, &lin, &chen_as("陈小敏", CHEN_PHONE)).await.unwrap();
    let refused = send(&c, &lin, 1_000).await.unwrap_err();
    assert_eq!(refused.code(), "ordering.transfers_off");
    assert_eq!((has(&c, &lin).await, has(&c, &chen).await), (100_000, 0));
    c.sound().await;
}

#[testkit::db_test]
async fn what_was_accepted_goes_on_when_the_switch_is_turned_off(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    let order = send(&c, &lin, 1_000).await.unwrap();
    let withheld = Shelf::load(c.cx()).await.unwrap();
    let off = Fulfilment::new(withheld, Providers::default(), "https://here");
    ops::begin(c.cx(), &off, order).await.unwrap();
    ops::drive(c.cx(), &off, c.log(order).await[0].id).await.unwrap();
    assert_eq!(c.state(order).await, OrderState::Completed);
    assert_eq!(has(&c, &chen).await, 1_000);
}

#[testkit::db_test]
async fn w6_nobody_finds_out_by_trying_who_is_a_customer(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    let nameless = register(c.cx(), "13922223333").await;
    assert_ne!(nameless.account(), chen.account());
    set_state(&c, &chen, "frozen").await;
    let tries = [
        ("陈小敏", "13900000000"),
        ("陈大敏", CHEN_PHONE),
        ("陈小敏", CHEN_PHONE),
        ("陈小敏", "13922223333"),
    ];
    let mut said = Vec::new();
    for (name, contact) in tries {
        let refused = add(&c, &lin, name, contact).await.unwrap_err();
        said.push((refused.code(), refused.message(Locale::Zh)));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "an unknown number, a wrong name, a frozen account, no name: {said:?}");
    assert_eq!(said[0].0, "ordering.payee_unknown");
    set_state(&c, &chen, "active").await;
    add(&c, &lin, "陈大敏", CHEN_PHONE).await.unwrap_err();
    add(&c, &lin, "陈大敏", CHEN_PHONE).await.unwrap_err();
    let slowed = add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap_err();
    assert_eq!((slowed.code(), slowed.kind()), ("ordering.payee_too_often", Kind::Limited), "right or not");
    // An order looks nobody up: whoever is not in the book is not in the book.
    for contact in [CHEN_PHONE, "13900000000"] {
        let answers = json!({"payee": "陈小敏", "contact": contact, "amount": 1_000, "purpose": "还款"});
        let refused = c.place_as(&lin, vec![(SERVICE, "any", answers)], 1_000).await.unwrap_err();
        assert_eq!(refused.fields()[0].pointer, "/lines/0/answers/contact");
    }
    c.t.clock.advance(Duration::from_hours(1));
    let fresh = lin.proved(c.cx().now());
    add(&c, &fresh, "陈小敏", CHEN_PHONE).await.unwrap();
    let own = add(&c, &fresh, "林晓", "13800138000").await.unwrap_err();
    assert_eq!(own.code(), "ordering.payee_self");
    c.sound().await;
}

#[testkit::db_test]
async fn a_frozen_or_closed_account_neither_sends_nor_gets_and_the_money_stays(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    for (who, state) in [(&chen, "frozen"), (&chen, "closed"), (&lin, "frozen")] {
        let order = send(&c, &lin, 10_000).await.unwrap();
        set_state(&c, who, state).await;
        let refused = send(&c, &lin, 10_000).await.unwrap_err();
        assert_eq!(refused.code(), "ordering.payee_blocked", "{state} when it is ordered");
        c.work().await;
        assert_eq!(c.state(order).await, OrderState::Failed, "{state} since it was ordered");
        assert_eq!((has(&c, &lin).await, has(&c, &chen).await), (100_000, 0), "{state}");
        set_state(&c, who, "active").await;
    }
    assert_eq!(peer_transfers(&c).await, 0);
    c.sound().await;
    c.idle().await;
}

#[testkit::db_test]
async fn w8_how_much_goes_to_another_balance_is_limited_as_to_a_bank_and_together_with_it(
    t: testkit::TestDb,
) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    let more = ledger::TopUp {
        customer: lin.account().unwrap(),
        gateway: "card",
        amount: kernel::Money::cny(900_000),
        business_key: "more".to_owned(),
    };
    let mut tx = c.cx().begin().await.unwrap();
    let lane = ledger::Lane(u16::try_from(tx.lane()).unwrap());
    ledger::credit_top_up(&mut tx, c.cx(), lane, more).await.unwrap();
    tx.commit().await.unwrap();
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    let code = |refused: ordering::Error| refused.code();
    assert_eq!(code(send(&c, &lin, NEW_MOST + 1).await.unwrap_err()), "ordering.payee_new");
    assert_eq!(code(send(&c, &c.customer, 1_000).await.unwrap_err()), "ordering.proof_needed");
    let alone = vec![(SERVICE, "any", to_chen(1_000)), ("chain", "one", phone())];
    assert_eq!(code(c.place_as(&lin, alone, 3_000).await.unwrap_err()), "ordering.transfer_alone");
    assert_eq!(
        code(send(&c, &chen.clone().proved(c.cx().now()), 1_000).await.unwrap_err()),
        "ordering.invalid_input"
    );
    c.t.clock.advance(COOLS_FOR);
    let lin = lin.proved(c.cx().now());
    // ¥5,000 a day for somebody with a name: ¥3,000 by bank and ¥2,000 here are all of it.
    let bank = json!({"payee_kind": "person", "payee": "王建国", "bank": "中国银行", "account": "6217000123456789",
        "amount": 100_000, "purpose": "房租"});
    let mut namesake = bank.clone();
    (namesake["account"], namesake["amount"]) = (json!(CHEN_PHONE), json!(NEW_MOST + 1));
    let refused = c.place_as(&lin, vec![("bank-transfer", "any", namesake)], NEW_MOST + 1).await.unwrap_err();
    assert_eq!(code(refused), "ordering.payee_new", "a bank's account of the same digits is somebody else's");
    for _ in 0..3 {
        c.place_as(&lin, vec![("bank-transfer", "any", bank.clone())], 100_000).await.unwrap();
    }
    assert_eq!(code(send(&c, &lin, 200_001).await.unwrap_err()), "ordering.over_allowance");
    let last = send(&c, &lin, 200_000).await.unwrap();
    assert_eq!(code(send(&c, &lin, 100).await.unwrap_err()), "ordering.over_allowance");
    ops::begin(c.cx(), &c.services, last).await.unwrap();
    ops::drive(c.cx(), &c.services, c.log(last).await[0].id).await.unwrap();
    assert_eq!(has(&c, &chen).await, 200_000);
    c.sound().await;
}

#[testkit::db_test]
async fn nobody_is_sent_more_than_they_may_hold(t: testkit::TestDb) {
    let c = Counter::open_between(t).await;
    let (lin, chen) = two(&c).await;
    add(&c, &lin, "陈小敏", CHEN_PHONE).await.unwrap();
    let (first, second) = (send(&c, &lin, 1_000).await.unwrap(), send(&c, &lin, 1_000).await.unwrap());
    let mut policy = ledger::allowance::Policy::default();
    for caps in policy.0.values_mut() {
        caps.holding = caps.holding.map(|_| 1_500);
    }
    ledger::allowance::publish(c.cx(), &Actor::system("test"), &policy).await.unwrap();
    c.work().await;
    let mut ends = [c.state(first).await, c.state(second).await];
    ends.sort();
    assert_eq!(ends, [OrderState::Completed, OrderState::Failed]);
    assert_eq!((has(&c, &chen).await, has(&c, &lin).await), (1_000, 99_000));
    let refused = send(&c, &lin, 501).await.unwrap_err();
    assert_eq!(refused.code(), "ordering.payee_blocked");
    c.sound().await;
    c.idle().await;
}
