//! Payouts through a port that answers as it is told, on both databases.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use kernel::{AccountId, Actor, Currency, Duration, Money, Role};

use super::*;
use crate::test_support::{Books, account, at_once, refused};
use crate::{AccountName, Error, settlement};

/// Answers in the order it was told, and notes what it was asked.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<PayoutAnswer>>,
    heard: Mutex<Vec<String>>,
}

impl Scripted {
    fn says(&self, answer: PayoutAnswer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    fn note(&self, what: String) -> PayoutAnswer {
        self.heard.lock().unwrap().push(what);
        self.answers.lock().unwrap().pop_front().unwrap_or(PayoutAnswer::Unknown)
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

impl PayoutPort for Scripted {
    fn send<'a>(&'a self, order: &'a PayoutOrder) -> durable::BoxFuture<'a, PayoutAnswer> {
        Box::pin(async move { self.note(format!("send {} {}", order.amount, order.to.account)) })
    }

    fn ask(&self, _id: PayoutId) -> durable::BoxFuture<'_, PayoutAnswer> {
        Box::pin(async move { self.note("ask".to_owned()) })
    }
}

fn maker() -> Actor {
    account(AccountId(11), Role::FINANCE)
}

fn checker() -> Actor {
    account(AccountId(12), Role::FINANCE)
}

/// A seller to whom ¥98 of ¥100 is owed.
async fn owed(t: testkit::TestDb) -> Books {
    let books = Books::with_balance(t, 20_000).await;
    let cx = &books.t.cx;
    let new = settlement::tests::agreement("telecom", 200);
    settlement::agree(cx, &account(AccountId(10), Role::FINANCE), new).await.unwrap();
    books.post(books.purchase("sold", 10_000)).await.unwrap();
    books.t.clock.advance(Duration::from_days(1));
    assert_eq!(settlement::run_due(cx).await.unwrap(), 1);
    books
}

async fn ask(books: &Books, amount: Option<i64>, key: &str) -> Result<Payout, Error> {
    let new = NewPayout {
        seller: "telecom".to_owned(),
        currency: Currency::CNY,
        amount: amount.map(Money::cny),
        key: key.to_owned(),
    };
    request(&books.t.cx, &maker(), new).await
}

async fn at_bank(books: &Books) -> (i64, i64) {
    let codes =
        [AccountName::Bank("main"), AccountName::Payable("telecom")].map(|name| name.code(Currency::CNY));
    let mut tx = books.t.cx.read().await.unwrap();
    let found = crate::load_accounts_by_code(&mut tx, &codes).await.unwrap();
    let posted = |code: &str| found.iter().find(|a| a.code == code).map_or(0, |a| a.balance().posted.minor);
    (posted(&codes[0]), posted(&codes[1]))
}

async fn state(books: &Books, id: PayoutId) -> PayoutState {
    get(&books.t.cx, &checker(), id).await.unwrap().0.state
}

async fn later(books: &Books, port: &Scripted) {
    books.t.clock.advance(Duration::from_hours(1));
    drive_due(&books.t.cx, port).await.unwrap();
}

#[testkit::db_test]
async fn w1_a_payout_is_sent_once_after_a_second_person_agreed(t: testkit::TestDb) {
    let books = Arc::new(owed(t).await);
    let cx = &books.t.cx;
    let port = Scripted::default();
    let payout = ask(&books, None, "k").await.unwrap();
    assert_eq!(payout.amount, Money::cny(9_800));
    assert_eq!(ask(&books, None, "k").await.unwrap(), payout, "the same key asks once");
    assert_eq!(refused(ask(&books, Some(7), "k").await).0, "ledger.key_reused");
    assert_eq!(refused(ask(&books, None, "l").await).0, "ledger.nothing_to_pay");
    assert_eq!(refused(ask(&books, Some(1), "m").await).0, "ledger.insufficient_funds");
    drive_due(cx, &port).await.unwrap();
    assert!(port.heard().is_empty(), "nothing is sent before");
    assert_eq!(refused(approve(cx, &maker(), payout.id).await).0, "ledger.own_request");
    let who_wrote_the_account = account(AccountId(10), Role::FINANCE);
    assert_eq!(refused(approve(cx, &who_wrote_the_account, payout.id).await).0, "ledger.own_request");
    let done = at_once(10, |number| {
        let books = Arc::clone(&books);
        async move {
            let second = account(AccountId(100 + i64::from(number)), Role::FINANCE);
            approve(&books.t.cx, &second, payout.id).await.is_ok()
        }
    })
    .await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
    port.says(PayoutAnswer::Paid { reference: "B1".to_owned() });
    drive_due(cx, &port).await.unwrap();
    assert_eq!(port.heard(), ["send ¥98.00 6222020200112233"]);
    assert_eq!((state(&books, payout.id).await, at_bank(&books).await), (PayoutState::Paid, (-9_800, 0)));
    later(&books, &port).await;
    hear(cx, &checker(), payout.id, PayoutAnswer::Paid { reference: "B1".to_owned() }).await.unwrap();
    assert!(port.heard().is_empty());
    assert_eq!(at_bank(&books).await, (-9_800, 0));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn p7_a_payout_without_an_answer_is_asked_about_and_never_taken_for_failed(t: testkit::TestDb) {
    let books = owed(t).await;
    let cx = &books.t.cx;
    let port = Scripted::default();
    let payout = ask(&books, None, "k").await.unwrap();
    approve(cx, &checker(), payout.id).await.unwrap();
    drive_due(cx, &port).await.unwrap();
    later(&books, &port).await;
    port.says(PayoutAnswer::NotAccepted { code: "busy".to_owned() });
    later(&books, &port).await;
    assert_eq!(port.heard(), ["send ¥98.00 6222020200112233", "ask", "ask"], "it may have been taken in");
    assert_eq!(state(&books, payout.id).await, PayoutState::Sent);
    assert_eq!(refused(ask(&books, None, "again").await).0, "ledger.nothing_to_pay", "it is still set aside");
    port.says(PayoutAnswer::NotKnown);
    later(&books, &port).await;
    assert_eq!(port.heard(), ["ask", "send ¥98.00 6222020200112233"], "surely never taken in: sent again");
    port.says(PayoutAnswer::Paid { reference: "B2".to_owned() });
    later(&books, &port).await;
    assert_eq!((state(&books, payout.id).await, at_bank(&books).await), (PayoutState::Paid, (-9_800, 0)));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn what_the_bank_refuses_is_owed_again(t: testkit::TestDb) {
    let books = owed(t).await;
    let cx = &books.t.cx;
    let port = Scripted::default();
    let payout = ask(&books, Some(5_000), "k").await.unwrap();
    approve(cx, &checker(), payout.id).await.unwrap();
    port.says(PayoutAnswer::NotAccepted { code: "unreachable".to_owned() });
    drive_due(cx, &port).await.unwrap();
    assert_eq!(state(&books, payout.id).await, PayoutState::Approved);
    port.says(PayoutAnswer::Refused { code: "account_closed".to_owned() });
    later(&books, &port).await;
    assert_eq!(port.heard().len(), 2);
    let (failed, _) = get(cx, &checker(), payout.id).await.unwrap();
    assert_eq!((failed.state, failed.outcome.as_deref()), (PayoutState::Failed, Some("account_closed")));
    let again = ask(&books, None, "again").await.unwrap();
    assert_eq!(again.amount, Money::cny(9_800));
    refuse(cx, &checker(), again.id, "账号待核对").await.unwrap();
    assert_eq!(refused(approve(cx, &checker(), again.id).await).0, "ledger.already_decided");
    assert_eq!(at_bank(&books).await, (0, 9_800));
    books.assert_sound().await;
}

#[testkit::db_test]
async fn a_payout_that_cannot_be_sent_keeps_no_other_from_being_sent(t: testkit::TestDb) {
    let books = owed(t).await;
    let cx = &books.t.cx;
    let (first, second) =
        (ask(&books, Some(3_000), "k").await.unwrap(), ask(&books, Some(4_000), "l").await.unwrap());
    approve(cx, &checker(), first.id).await.unwrap();
    books.t.clock.advance(Duration::from_secs(1));
    approve(cx, &checker(), second.id).await.unwrap();
    books.t.raw("UPDATE payout SET agreement_id = 1 WHERE amount = 3000", Vec::new()).await;
    let port = Scripted::default();
    port.says(PayoutAnswer::Paid { reference: "B1".to_owned() });
    drive_due(cx, &port).await.unwrap();
    assert_eq!(port.heard(), ["send ¥40.00 6222020200112233"]);
    assert_eq!((state(&books, second.id).await, at_bank(&books).await), (PayoutState::Paid, (-4_000, 5_800)));
}
