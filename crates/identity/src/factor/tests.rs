//! Apps and recovery codes.

use kernel::{Duration, Refusal as _, Role, Timestamp};
use testkit::TestDb;

use super::rules::{base32, code_at, matching_step, step_at};
use super::*;
use crate::session::find_session;
use crate::signin::Proof;
use crate::testing::*;

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1; the last six of its eight digits.
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let at = Timestamp(seconds * 1_000_000);
        assert_eq!(code_at(b"12345678901234567890", step_at(at)).as_deref(), Some(code), "{seconds}");
    }
}

#[test]
fn base32_is_that_of_rfc_4648() {
    for (plain, text) in [
        ("", ""),
        ("f", "MY"),
        ("fo", "MZXQ"),
        ("foo", "MZXW6"),
        ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ] {
        assert_eq!(base32(plain.as_bytes()), text);
    }
}

#[test]
fn a_code_counts_half_a_minute_either_side_and_never_at_or_before_the_last_step() {
    let (secret, now) = (b"12345678901234567890", testkit::START);
    let current = step_at(now);
    for (step, last, want) in [
        (current, 0, Some(current)),
        (current - 1, 0, Some(current - 1)),
        (current + 1, 0, Some(current + 1)),
        (current - 2, 0, None),
        (current + 2, 0, None),
        (current, current, None),
        (current - 1, current, None),
        (current + 1, current, Some(current + 1)),
    ] {
        let code = code_at(secret, step).unwrap();
        assert_eq!(matching_step(secret, &code, now, last), want, "{} after {last}", step - current);
    }
    for wrong in ["", "0", "abcdef", "0000000"] {
        assert_eq!(matching_step(secret, wrong, now, 0), None, "{wrong}");
    }
}

#[test]
fn an_app_gets_the_account_escaped() {
    let uri = super::rules::uri("Everlit", "l***@example.com?secret=x", "MZXW6YTBOI");
    assert_eq!(
        uri,
        "otpauth://totp/Everlit:l%2A%2A%2A%40example.com%3Fsecret%3Dx?secret=MZXW6YTBOI&issuer=Everlit&algorithm=SHA1&digits=6&period=30"
    );
}

#[testkit::db_test]
async fn factors_are_changed_only_after_a_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let stale = acting(id, Role::CUSTOMER);
    let old = stale.clone().proved(cx.now());
    t.clock.advance(Duration::from_secs(301));
    for actor in [&stale, &old] {
        assert_eq!(code_of(offer_totp(cx, actor).await), "identity.proof_needed");
        assert_eq!(code_of(confirm_totp(cx, actor, "123456").await), "identity.proof_needed");
        assert_eq!(code_of(remove_totp(cx, actor).await), "identity.proof_needed");
        assert_eq!(code_of(new_recovery_codes(cx, actor).await), "identity.proof_needed");
    }
    assert_eq!(code_of(offer_totp(cx, &anonymous(HOME)).await), "identity.sign_in_needed");
}

#[testkit::db_test]
async fn an_app_counts_once_its_first_code_was_entered(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    assert_eq!(
        code_of(confirm_totp(cx, &me, "123456").await),
        "identity.code_expired",
        "nothing was offered"
    );
    let offer = offer_totp(cx, &me).await.unwrap();
    let again = offer_totp(cx, &me).await.unwrap();
    assert_eq!(offer.secret, again.secret, "a page that is reloaded fits what was scanned");
    assert!(!enrolled_of(cx, &me).await.unwrap().any());
    let secret = secret_of(&offer);
    let wrong = if app_shows(&t, &secret) == "000000" { "000001" } else { "000000" };
    assert_eq!(code_of(confirm_totp(cx, &me, wrong).await), "identity.factor_wrong");
    let codes = confirm_totp(cx, &me, &app_shows(&t, &secret)).await.unwrap().unwrap();
    assert_eq!(codes.len(), 10);
    let enrolled = enrolled_of(cx, &me).await.unwrap();
    assert_eq!(enrolled, Enrolled { totp: true, passkeys: 0, recovery_codes: 10 });
    assert_eq!(told(&t).await, ["custom.security.totp_added sms", "custom.security.totp_added inbox"]);

    let rows = t.raw("SELECT secret_sealed FROM totp", Vec::new()).await;
    let sealed: Vec<u8> = rows.first().unwrap().reader().get().unwrap();
    assert!(!sealed.windows(secret.len()).any(|part| part == secret), "the secret is sealed");
}

#[testkit::db_test]
async fn an_offer_that_nobody_took_up_is_forgotten(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let me = acting(id, Role::CUSTOMER).proved(t.cx.now());
    let offer = offer_totp(&t.cx, &me).await.unwrap();
    t.clock.advance(Duration::from_mins(30));
    let me = me.proved(t.cx.now());
    let late = confirm_totp(&t.cx, &me, &app_shows(&t, &secret_of(&offer))).await;
    assert_eq!(code_of(late), "identity.code_expired");
    assert_ne!(offer_totp(&t.cx, &me).await.unwrap().secret, offer.secret);
}

#[testkit::db_test]
async fn each_step_of_an_app_is_taken_once_also_by_two_at_the_same_time(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let code = app_shows(&t, &secret);
    let take = || async {
        let mut tx = cx.begin().await.unwrap();
        let right = take_totp(&mut tx, cx, id, &code).await.unwrap();
        tx.commit().await.unwrap();
        right
    };
    let all = futures_util::future::join_all((0..8).map(|_| take())).await;
    assert_eq!(all.iter().filter(|right| **right).count(), 1);
    assert!(!take().await, "nor later in the same half minute");
}

#[testkit::db_test]
async fn w7_a_recovery_code_works_once_and_a_new_set_voids_the_old(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let (_, codes) = with_app(&t, id).await;
    assert!(codes.iter().all(|code| code.len() == 11 && code.chars().nth(5) == Some('-')), "{codes:?}");
    let take = |code: String| async move {
        let mut tx = cx.begin().await.unwrap();
        let account = crate::account::lock_account(&mut tx, id).await.unwrap().unwrap();
        let right = take_recovery_code(&mut tx, cx, &account, &code).await.unwrap();
        tx.commit().await.unwrap();
        right
    };
    assert!(take(codes[0].to_uppercase().replace('-', " ")).await, "however it is typed");
    assert!(!take(codes[0].clone()).await, "once");
    let twice = futures_util::future::join_all((0..6).map(|_| take(codes[1].clone()))).await;
    assert_eq!(twice.iter().filter(|right| **right).count(), 1, "also at the same time");

    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    let new = new_recovery_codes(cx, &me).await.unwrap();
    assert_eq!(enrolled_of(cx, &me).await.unwrap().recovery_codes, 10);
    assert!(!take(codes[2].clone()).await, "the old set is void");
    assert!(take(new[0].clone()).await);
    for wrong in ["", "-", "aaaaa-aaaaa", &"x".repeat(10_000)] {
        assert!(!take(wrong.to_owned()).await);
    }
}

#[testkit::db_test]
async fn the_owner_is_told_when_few_recovery_codes_are_left(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (_, codes) = with_app(&t, id).await;
    for code in codes.iter().take(7) {
        let mut tx = t.cx.begin().await.unwrap();
        let account = crate::account::lock_account(&mut tx, id).await.unwrap().unwrap();
        assert!(take_recovery_code(&mut tx, &t.cx, &account, code).await.unwrap());
        tx.commit().await.unwrap();
    }
    let told = told(&t).await;
    let count = |name: &str| told.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!(count("custom.security.recovery_code_used inbox"), 6);
    assert_eq!(count("custom.security.recovery_codes_few inbox"), 1, "at three left");
}

#[testkit::db_test]
async fn recovery_codes_of_one_account_are_nothing_for_another(t: TestDb) {
    let hasher = ready(&t).await;
    let lin = customer(&t.cx, &hasher).await;
    let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
    let (_, codes) = with_app(&t, lin).await;
    with_app(&t, other).await;
    let mut tx = t.cx.begin().await.unwrap();
    let account = crate::account::lock_account(&mut tx, other).await.unwrap().unwrap();
    assert!(!take_recovery_code(&mut tx, &t.cx, &account, &codes[0]).await.unwrap());
}

#[testkit::db_test]
async fn w5_a_role_that_demands_a_second_factor_is_never_left_without(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = account_as_delivered(cx, &hasher, "desk", Role::OPERATOR).await;
    let free = customer(cx, &hasher).await;
    with_app(&t, id).await;
    with_app(&t, free).await;
    let desk = acting(id, Role::OPERATOR).proved(cx.now());
    assert_eq!(code_of(remove_totp(cx, &desk).await), "identity.factor_demanded");
    one_factor_is_enough(cx, Role::OPERATOR).await;
    remove_totp(cx, &desk).await.unwrap();
    let me = acting(free, Role::CUSTOMER).proved(cx.now());
    remove_totp(cx, &me).await.unwrap();
    assert_eq!(
        enrolled_of(cx, &me).await.unwrap(),
        Enrolled::default(),
        "recovery codes go with the last factor"
    );
    assert_eq!(code_of(remove_totp(cx, &me).await), "identity.factor_unfit");
}

#[testkit::db_test]
async fn guessing_an_apps_code_gets_slow(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let pending = seen(cx, &session).await;
    let actor = pending.actor(kernel::RequestId(1), HOME.to_owned());
    let show = |code: String| {
        let (pending, token, actor, hasher) = (&pending, session.token.expose(), &actor, &hasher);
        async move {
            let shown = (Proof::Totp(code), crate::signin::Remember::No);
            crate::signin::show_second(cx, hasher, actor, (pending, token), shown, arrival()).await
        }
    };
    let wrong = if app_shows(&t, &secret) == "000000" { "000001" } else { "000000" };
    for want in [
        "identity.factor_wrong",
        "identity.factor_wrong",
        "identity.factor_wrong",
        "identity.factor_wrong",
        "identity.too_many_tries",
    ] {
        assert_eq!(code_of(show(wrong.to_owned()).await), want);
    }
    let refused = show(app_shows(&t, &secret)).await.unwrap_err();
    assert_eq!((refused.code(), refused.retry_after_secs()), ("identity.too_many_tries", Some(30)));
    t.clock.advance(Duration::from_secs(30));
    assert_eq!(code_of(show(app_shows(&t, &secret)).await), "ok");
    assert!(find_session(cx, session.token.expose()).await.unwrap().is_none(), "the token was replaced");
}
