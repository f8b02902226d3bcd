//! Verifying an address by code.

use kernel::{Duration, Role};
use testkit::TestDb;

use super::*;
use crate::session::authenticate;
use crate::testing::*;

#[testkit::db_test]
async fn the_code_from_the_message_verifies_the_address_once(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert!(!authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap().verified);
    let code = newest_code(&t.cx).await;
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    verify_contact(&t.cx, &me, &spaced).await.unwrap();
    assert!(authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap().verified);
    assert_eq!(code_of(verify_contact(&t.cx, &me, &code).await), "identity.already_verified");
    assert_eq!(code_of(resend_code(&t.cx, &me).await), "identity.already_verified");
}

#[testkit::db_test]
async fn a_code_has_five_tries(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    let code = newest_code(&t.cx).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (try_number, want) in [
        (1, "还可尝试 4 次"),
        (2, "还可尝试 3 次"),
        (3, "还可尝试 2 次"),
        (4, "还可尝试 1 次"),
        (5, "验证码已失效"),
    ] {
        let error = verify_contact(&t.cx, &me, wrong).await.unwrap_err();
        let words = kernel::Refusal::message(&error, kernel::Locale::Zh);
        assert!(words.contains(want), "{try_number}: {words}");
    }
    assert_eq!(code_of(verify_contact(&t.cx, &me, &code).await), "identity.code_expired");
}

#[testkit::db_test]
async fn parallel_guesses_share_the_five_tries(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    let code = newest_code(&t.cx).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let guesses = (0..20).map(|_| verify_contact(&t.cx, &me, wrong));
    let codes: Vec<_> = futures_util::future::join_all(guesses).await.into_iter().map(code_of).collect();
    assert_eq!(codes.iter().filter(|code| **code == "identity.code_wrong").count(), 4, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "identity.code_expired").count(), 16, "{codes:?}");
}

#[testkit::db_test]
async fn a_code_lasts_ten_minutes_and_a_new_one_voids_it(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    let first = newest_code(&t.cx).await;
    t.clock.advance(Duration::from_mins(10));
    assert_eq!(code_of(verify_contact(&t.cx, &me, &first).await), "identity.code_expired");
    resend_code(&t.cx, &me).await.unwrap();
    let second = newest_code(&t.cx).await;
    assert_ne!(first, second);
    assert_eq!(code_of(verify_contact(&t.cx, &me, &first).await), "identity.code_wrong");
    assert_eq!(code_of(verify_contact(&t.cx, &me, &second).await), "ok");
}

#[testkit::db_test]
async fn a_code_of_one_account_proves_nothing_for_another(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    let code = newest_code(&t.cx).await;
    let other = crate::account::register(
        &t.cx,
        &hasher,
        &guard(&t.cx).await,
        &anonymous(HOME),
        registration("13900139000"),
    )
    .await;
    let other = acting(other.unwrap().account, Role::CUSTOMER);
    assert_eq!(code_of(verify_contact(&t.cx, &other, &code).await), "identity.code_wrong");
}

#[testkit::db_test]
async fn sending_again_waits_longer_each_time(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    for wait_secs in [60, 120, 240] {
        assert_eq!(code_of(resend_code(&t.cx, &me).await), "identity.too_many_tries");
        t.clock.advance(Duration::from_secs(wait_secs));
        let sent = resend_code(&t.cx, &me).await.unwrap();
        assert_eq!(sent.resend_at.since(t.cx.now()), Duration::from_secs(2 * wait_secs));
    }
}

#[testkit::db_test]
async fn what_is_no_code_uses_no_try(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    for text in ["", "12345", "1234567", "abcdef", "'; --", "１２３４５"] {
        assert_eq!(code_of(verify_contact(&t.cx, &me, text).await), "identity.invalid", "{text}");
    }
    let rows = t.raw("SELECT tries_left FROM one_time_code", Vec::new()).await;
    assert_eq!(rows.first().unwrap().reader().get::<i64>().unwrap(), 5);
}
