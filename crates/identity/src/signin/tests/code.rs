//! Signing in with a code.

use durable::Registry;
use kernel::{AccountId, Duration, Locale, Refusal as _, Role};
use testkit::TestDb;

use super::*;
use super::{MAIL, verified};
use crate::Hasher;
use crate::testing::*;

/// Runs the job that sends codes.
async fn deliver(t: &TestDb) {
    let mut registry = Registry::default();
    registry.handle(SEND_CODE_JOB, CodeJob);
    durable::run_due(&t.cx, &registry).await.unwrap();
}

#[testkit::db_test]
async fn a_code_signs_in_once_and_for_ten_minutes(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    let asked = ask_code(cx, &anonymous(HOME), MAIL).await.unwrap();
    assert_eq!(asked.expires_at.since(cx.now()), Duration::from_mins(10));
    deliver(&t).await;
    let code = newest_code(cx).await;
    let enter =
        |code: &str| LogInByCode { contact: MAIL.to_owned(), code: code.to_owned(), arrival: arrival() };
    let step = log_in_by_code(cx, &anonymous(HOME), enter(&code)).await.unwrap();
    assert_eq!(seen(cx, step.session()).await.methods, [Method::Code]);
    let replayed = log_in_by_code(cx, &anonymous(HOME), enter(&code)).await;
    assert_eq!(code_of(replayed), "identity.sign_in_code_wrong");

    assert_eq!(code_of(ask_code(cx, &anonymous(HOME), MAIL).await), "identity.too_many_tries");
    t.clock.advance(Duration::from_mins(1));
    ask_code(cx, &anonymous(HOME), MAIL).await.unwrap();
    deliver(&t).await;
    let code = newest_code(cx).await;
    t.clock.advance(Duration::from_mins(10));
    let late = log_in_by_code(cx, &anonymous(HOME), enter(&code)).await;
    assert_eq!(code_of(late), "identity.sign_in_code_wrong");
}

#[testkit::db_test]
async fn asking_for_a_code_tells_nobody_whether_there_is_an_account(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    customer_with_unverified(&t, &hasher, "13900139000").await;
    let before = t.raw("SELECT id FROM message", Vec::new()).await.len();
    let mut answers = Vec::new();
    for contact in [PHONE, "13700137000", "13900139000", "nobody@example.com"] {
        for _ in 0..2 {
            let asked = ask_code(cx, &anonymous(HOME), contact).await;
            let shape = asked.map(|a| (a.expires_at, a.resend_at)).map_err(|e| e.message(Locale::Zh));
            answers.push(shape);
        }
    }
    for pair in answers.chunks(2) {
        assert_eq!(pair, &answers[..2], "the same answer and the same wait for every address");
    }
    deliver(&t).await;
    let after = t.raw("SELECT id FROM message", Vec::new()).await.len();
    assert_eq!(after - before, 1, "only the verified address gets a code");
}

async fn customer_with_unverified(t: &TestDb, hasher: &Hasher, phone: &str) -> AccountId {
    crate::account::register(&t.cx, hasher, &guard(&t.cx).await, &anonymous(HOME), registration(phone))
        .await
        .unwrap()
        .account
}

#[testkit::db_test]
async fn a_wrong_code_a_foreign_one_and_an_unknown_account_get_one_answer(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    account(cx, &hasher, "other", Role::CUSTOMER).await;
    ask_code(cx, &anonymous(HOME), "other@example.com").await.unwrap();
    deliver(&t).await;
    let foreign = newest_code(cx).await;
    ask_code(cx, &anonymous(HOME), PHONE).await.unwrap();
    deliver(&t).await;
    let code = newest_code(cx).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut answers = Vec::new();
    for (contact, code, address) in [
        (PHONE, wrong, "192.0.2.20"),
        (PHONE, foreign.as_str(), "192.0.2.21"),
        ("13700137000", wrong, "192.0.2.22"),
        ("<script>", wrong, "192.0.2.23"),
    ] {
        let input = LogInByCode { contact: contact.to_owned(), code: code.to_owned(), arrival: arrival() };
        let error = log_in_by_code(cx, &anonymous(address), input).await.unwrap_err();
        answers.push((error.code(), error.message(Locale::En), error.retry_after_secs()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, "identity.sign_in_code_wrong");
}

#[testkit::db_test]
async fn a_code_has_five_tries_from_wherever_they_come(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    ask_code(cx, &anonymous(HOME), PHONE).await.unwrap();
    deliver(&t).await;
    let code = newest_code(cx).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let enter = async |code: &str, address: String| {
        let input = LogInByCode { contact: PHONE.to_owned(), code: code.to_owned(), arrival: arrival() };
        log_in_by_code(cx, &anonymous(&address), input).await
    };
    for number in 0..5 {
        enter(wrong, format!("192.0.2.{number}")).await.unwrap_err();
    }
    let right = enter(&code, "192.0.2.99".to_owned()).await;
    assert_eq!(code_of(right), "identity.sign_in_code_wrong", "the code is used up");
}

#[testkit::db_test]
async fn a_code_for_one_thing_proves_no_other(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    send_proof_code(cx, &acting(id, Role::CUSTOMER)).await.unwrap();
    let code = newest_code(cx).await;
    let input = LogInByCode { contact: PHONE.to_owned(), code, arrival: arrival() };
    assert_eq!(code_of(log_in_by_code(cx, &anonymous(HOME), input).await), "identity.sign_in_code_wrong");
}
