//! Behaviour W6: guessing gets slow.

use kernel::{Duration, Locale, Refusal as _};
use testkit::TestDb;

use super::model::{Scope, Tally};
use super::rules::{count, give_back, network};
use crate::testing::*;

#[test]
fn w6_waits_double_and_grow_to_an_hour() {
    let now = testkit::START;
    let (mut tally, mut at, mut waits) = (Tally::default(), now, Vec::new());
    for _ in 0..14 {
        tally = count(tally, Scope::AddressUser.policy(), at).unwrap();
        waits.push(tally.open_at.since(at).as_secs());
        at = tally.open_at;
    }
    assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
}

#[test]
fn w6_a_try_before_its_time_neither_counts_nor_prolongs_the_wait() {
    let now = testkit::START;
    let locked = Tally { tries: 9, open_at: now.plus(Duration::from_secs(30)), updated_at: now };
    let early = count(locked, Scope::AddressUser.policy(), now.plus(Duration::from_secs(10)));
    assert_eq!(early, Err(Duration::from_secs(20)));
}

#[test]
fn no_policy_forgets_before_its_longest_wait_is_over() {
    for scope in [
        Scope::Address,
        Scope::AddressUser,
        Scope::User,
        Scope::Register,
        Scope::Code,
        Scope::AskCode,
        Scope::Factor,
    ] {
        assert!(scope.policy().forget_after > super::model::LONGEST_WAIT, "{scope:?}");
    }
}

#[test]
fn a_right_password_gives_back_its_own_try_only() {
    let now = testkit::START;
    let tally = Tally { tries: 31, open_at: now.plus(Duration::from_mins(1)), updated_at: now };
    assert_eq!(give_back(tally, now), Tally { tries: 30, open_at: now, updated_at: now });
}

#[test]
fn one_network_is_one_address() {
    for (address, want) in [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
    ] {
        assert_eq!(network(address), want);
    }
}

#[testkit::db_test]
async fn w6_after_five_wrong_passwords_one_address_waits_for_one_account(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    for left in [4, 3, 2, 1] {
        let error = sign_in(cx, &hasher, HOME, PHONE, "wrong password").await.unwrap_err();
        assert_eq!(error.message(Locale::Zh), format!("账号或密码不对，还可尝试 {left} 次"));
    }
    let fifth = sign_in(cx, &hasher, HOME, PHONE, "wrong password").await.unwrap_err();
    assert_eq!((fifth.code(), fifth.retry_after_secs()), ("identity.wrong_credentials_wait", Some(30)));
    assert_eq!(fifth.message(Locale::Zh), "账号或密码不对，请 30 秒后再试");

    let right = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap_err();
    assert_eq!((right.code(), right.retry_after_secs()), ("identity.too_many_tries", Some(30)));
    assert_eq!(
        code_of(sign_in(cx, &hasher, "192.0.2.99", PHONE, PASSWORD).await),
        "ok",
        "from elsewhere it works"
    );
}

#[testkit::db_test]
async fn w6_a_right_password_after_the_wait_clears_the_count(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    for _ in 0..5 {
        sign_in(cx, &hasher, HOME, PHONE, "wrong password").await.unwrap_err();
    }
    t.clock.advance(Duration::from_secs(29));
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "identity.too_many_tries");
    t.clock.advance(Duration::from_secs(1));
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "ok");
    let error = sign_in(cx, &hasher, HOME, PHONE, "wrong password").await.unwrap_err();
    assert_eq!(error.message(Locale::En), "Wrong account or password. 4 tries left");
}

#[testkit::db_test]
async fn w6_parallel_guesses_are_counted_before_they_are_checked(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    let guesses = (0..40).map(|_| sign_in(&t.cx, &hasher, HOME, PHONE, "wrong password"));
    let codes: Vec<_> = futures_util::future::join_all(guesses).await.into_iter().map(code_of).collect();
    let count = |wanted: &str| codes.iter().filter(|code| **code == wanted).count();
    assert_eq!(count("identity.wrong_credentials"), 4, "{codes:?}");
    assert_eq!(count("identity.wrong_credentials_wait"), 1, "{codes:?}");
    assert_eq!(count("identity.too_many_tries"), 35, "{codes:?}");
}

#[testkit::db_test]
async fn w6_one_address_that_tries_many_accounts_waits_too(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    customer(cx, &hasher).await;
    let mut codes = Vec::new();
    for number in 0..31 {
        let contact = format!("1390000{number:04}");
        codes.push(code_of(sign_in(cx, &hasher, HOME, &contact, "wrong password").await));
    }
    assert_eq!(codes.pop(), Some("identity.too_many_tries"));
    assert_eq!(codes.pop(), Some("identity.wrong_credentials_wait"));
    assert!(codes.iter().all(|code| *code == "identity.wrong_credentials"), "{codes:?}");
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "identity.too_many_tries");
}

#[testkit::db_test]
async fn w6_right_passwords_do_not_wear_out_an_address(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    for _ in 0..40 {
        assert_eq!(code_of(sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await), "ok");
    }
}

#[testkit::db_test]
async fn w6_an_account_tried_from_everywhere_waits_after_a_hundred(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    for number in 1..=100 {
        let address = format!("198.51.100.{number}");
        sign_in(&t.cx, &hasher, &address, PHONE, "wrong password").await.unwrap_err();
    }
    let elsewhere = sign_in(&t.cx, &hasher, "203.0.113.1", PHONE, PASSWORD).await;
    assert_eq!(code_of(elsewhere), "identity.too_many_tries");
}
