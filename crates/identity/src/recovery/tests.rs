//! Getting back in, and nobody else getting in.

use kernel::{Actor, Duration, PageRequest, Role};
use testkit::TestDb;

use super::*;
use crate::Hasher;
use crate::factor::enrolled_of;
use crate::session::{SignedIn, authenticate};
use crate::signin::{CodeJob, SEND_CODE_JOB, Step};
use crate::testing::*;

const NEW: &str = "屋后有一口老水井，冬暖夏凉好喝";

/// Runs the job that sends the code, as the worker would; nothing when nobody asked.
async fn deliver(t: &TestDb) {
    let mut registry = durable::Registry::default();
    registry.handle(SEND_CODE_JOB, CodeJob);
    durable::run_due(&t.cx, &registry).await.unwrap();
}

fn reset(contact: &str, code: &str, password: &str) -> ResetPassword {
    ResetPassword { contact: contact.to_owned(), code: code.to_owned(), password: password.to_owned() }
}

async fn try_reset(t: &TestDb, hasher: &Hasher, input: ResetPassword) -> Result<(), crate::Error> {
    reset_password(&t.cx, hasher, &anonymous(HOME), input, &arrival()).await
}

#[testkit::db_test]
async fn a_forgotten_password_is_set_anew_by_a_code_and_ends_every_session(t: TestDb) {
    let hasher = ready(&t).await;
    account(&t.cx, &hasher, "lin", Role::CUSTOMER).await;
    let before = sign_in(&t.cx, &hasher, HOME, "lin@example.com", PASSWORD).await.unwrap();
    ask_reset(&t.cx, &anonymous(HOME), "lin@example.com").await.unwrap();
    deliver(&t).await;
    let code = newest_code(&t.cx).await;
    try_reset(&t, &hasher, reset("lin@example.com", &code, NEW)).await.unwrap();
    assert!(authenticate(&t.cx, before.token.expose()).await.unwrap().is_none());
    assert!(sign_in(&t.cx, &hasher, HOME, "lin@example.com", PASSWORD).await.is_err());
    sign_in(&t.cx, &hasher, HOME, "lin@example.com", NEW).await.unwrap();
    let again = try_reset(&t, &hasher, reset("lin@example.com", &code, PASSWORD)).await;
    assert_eq!(code_of(again), "identity.sign_in_code_wrong", "a code works once");
    assert!(told(&t).await.iter().any(|line| line.contains("security.password_reset")));
    assert!(audited(&t).await.contains(&"password.reset".to_owned()));
}

#[testkit::db_test]
async fn asking_and_answering_tell_nothing_about_an_account(t: TestDb) {
    let hasher = ready(&t).await;
    account(&t.cx, &hasher, "lin", Role::CUSTOMER).await;
    let known = ask_reset(&t.cx, &anonymous(HOME), "lin@example.com").await.unwrap();
    let unknown = ask_reset(&t.cx, &anonymous(HOME), "nobody@example.com").await.unwrap();
    assert_eq!((known.expires_at, known.resend_at), (unknown.expires_at, unknown.resend_at));
    deliver(&t).await;
    let sent = t.raw("SELECT template FROM message WHERE template = 'code.reset'", Vec::new()).await;
    assert_eq!(sent.len(), 1, "only the account that exists gets a code");
    for contact in ["lin@example.com", "nobody@example.com"] {
        let result = try_reset(&t, &hasher, reset(contact, "000000", NEW)).await;
        assert_eq!(code_of(result), "identity.sign_in_code_wrong");
    }
}

#[testkit::db_test]
async fn a_code_for_signing_in_sets_no_password_and_a_bad_password_keeps_the_code(t: TestDb) {
    let hasher = ready(&t).await;
    account(&t.cx, &hasher, "lin", Role::CUSTOMER).await;
    crate::signin::ask_code(&t.cx, &anonymous(HOME), "lin@example.com").await.unwrap();
    deliver(&t).await;
    let code = newest_code(&t.cx).await;
    let result = try_reset(&t, &hasher, reset("lin@example.com", &code, NEW)).await;
    assert_eq!(code_of(result), "identity.sign_in_code_wrong", "another purpose");
    t.clock.advance(Duration::from_mins(2));
    ask_reset(&t.cx, &anonymous(HOME), "lin@example.com").await.unwrap();
    deliver(&t).await;
    let code = newest_code(&t.cx).await;
    // The second is long enough beside a second factor, which this account has not.
    for weak in ["12345678", "屋后有一口老水井，冬暖夏凉"] {
        let weak = try_reset(&t, &hasher, reset("lin@example.com", &code, weak)).await;
        assert_eq!(code_of(weak), "identity.invalid");
        t.clock.advance(Duration::from_mins(2));
    }
    try_reset(&t, &hasher, reset("lin@example.com", &code, NEW)).await.unwrap();
}

#[testkit::db_test]
async fn a_reset_never_takes_a_second_factor_away(t: TestDb) {
    let hasher = ready(&t).await;
    let lin = account(&t.cx, &hasher, "lin", Role::CUSTOMER).await;
    with_app(&t, lin).await;
    ask_reset(&t.cx, &anonymous(HOME), "lin@example.com").await.unwrap();
    deliver(&t).await;
    let code = newest_code(&t.cx).await;
    try_reset(&t, &hasher, reset("lin@example.com", &code, NEW)).await.unwrap();
    let step = step(&t.cx, &hasher, HOME, "lin@example.com", NEW).await.unwrap();
    assert!(matches!(step, Step::SecondFactor(_)));
}

/// A customer who signed in with the password and lost the app.
async fn locked_out(t: &TestDb) -> (Hasher, SignedIn, Actor) {
    let hasher = ready(t).await;
    let lin = account(&t.cx, &hasher, "lin", Role::CUSTOMER).await;
    with_app(t, lin).await;
    let waiting = sign_in(&t.cx, &hasher, HOME, "lin@example.com", PASSWORD).await.unwrap();
    let pending = seen(&t.cx, &waiting).await;
    let actor = pending.actor(kernel::RequestId(1), HOME.to_owned());
    (hasher, pending, actor)
}

async fn staff(t: &TestDb, hasher: &Hasher, name: &str) -> Actor {
    let id = account(&t.cx, hasher, name, Role::SUPERVISOR).await;
    acting(id, Role::SUPERVISOR).proved(t.cx.now())
}

const WHY: &str = "手机丢失，恢复码也在手机里";
const CHECKED: &str = "已回拨登记号码并核对证件";

#[testkit::db_test]
async fn w1_two_members_of_staff_and_a_day_take_a_lost_factor_away(t: TestDb) {
    let (hasher, pending, actor) = locked_out(&t).await;
    let asked = request(&t.cx, &actor, &pending, WHY).await.unwrap();
    assert_eq!(code_of(request(&t.cx, &actor, &pending, WHY).await), "identity.recovery_under_way");
    assert_eq!(code_of(complete(&t.cx, &actor, &pending).await), "identity.wrong_state");
    let (one, two) = (staff(&t, &hasher, "one").await, staff(&t, &hasher, "two").await);
    assert_eq!(approve(&t.cx, &one, asked.id, CHECKED).await.unwrap(), RecoveryState::Waiting);
    assert_eq!(code_of(approve(&t.cx, &one, asked.id, CHECKED).await), "identity.second_person_needed");
    assert_eq!(approve(&t.cx, &two, asked.id, CHECKED).await.unwrap(), RecoveryState::Approved);
    assert_eq!(code_of(approve(&t.cx, &two, asked.id, CHECKED).await), "identity.wrong_state");
    assert_eq!(code_of(complete(&t.cx, &actor, &pending).await), "identity.recovery_waits");
    t.clock.advance(Duration::from_hours(24));
    complete(&t.cx, &actor, &pending).await.unwrap();
    let me = acting(pending.account, Role::CUSTOMER);
    assert!(!enrolled_of(&t.cx, &me).await.unwrap().any());
    let step = step(&t.cx, &hasher, HOME, "lin@example.com", PASSWORD).await.unwrap();
    assert!(step.is_open(), "the first factor opens it again");
    let told = told(&t).await;
    for name in ["recovery_asked", "recovery_approved", "recovery_ended"] {
        assert!(
            told.iter().filter(|line| line.contains(name)).count() >= 2,
            "{name} on every channel: {told:?}"
        );
    }
}

#[testkit::db_test]
async fn its_owner_stops_it_with_the_link_in_the_message(t: TestDb) {
    let (_, pending, actor) = locked_out(&t).await;
    request(&t.cx, &actor, &pending, WHY).await.unwrap();
    let link = newest_link(&t).await;
    let token = link.strip_prefix("/recover/stop/").unwrap();
    stop(&t.cx, &anonymous("203.0.113.9"), token).await.unwrap();
    assert_eq!(code_of(stop(&t.cx, &anonymous(HOME), token).await), "identity.link_invalid");
    assert!(of_pending(&t.cx, &pending).await.unwrap().is_none());
    t.clock.advance(Duration::from_hours(25));
    assert_eq!(code_of(complete(&t.cx, &actor, &pending).await), "identity.wrong_state");
}

async fn newest_link(t: &TestDb) -> String {
    let page = notify::list_outbox(&t.cx, &notify::OutboxSender, PageRequest::new(None, 1)).await.unwrap();
    page.items.first().unwrap().content.link.clone().unwrap()
}

#[testkit::db_test]
async fn only_who_may_decides_and_nobody_about_themselves(t: TestDb) {
    let (hasher, pending, actor) = locked_out(&t).await;
    let asked = request(&t.cx, &actor, &pending, WHY).await.unwrap();
    let one = staff(&t, &hasher, "one").await;
    let stale = acting(one.account().unwrap(), Role::SUPERVISOR);
    let own = acting(pending.account, Role::SUPERVISOR).proved(t.cx.now());
    for (who, want) in [
        (&anonymous(HOME), "identity.sign_in_needed"),
        (&acting(pending.account, Role::CUSTOMER), "identity.not_allowed"),
        (&acting(pending.account, Role::OPERATOR), "identity.not_allowed"),
        (&stale, "identity.proof_needed"),
        (&own, "identity.own_account"),
    ] {
        assert_eq!(code_of(approve(&t.cx, who, asked.id, CHECKED).await), want);
        assert_eq!(code_of(refuse(&t.cx, who, asked.id, CHECKED).await), want);
    }
    assert_eq!(code_of(approve(&t.cx, &one, RecoveryId(1), CHECKED).await), "identity.not_found");
    refuse(&t.cx, &one, asked.id, CHECKED).await.unwrap();
    assert_eq!(code_of(approve(&t.cx, &one, asked.id, CHECKED).await), "identity.wrong_state");
    let list = list(&t.cx, &one, PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(list.items[0].state, RecoveryState::Refused);
}

#[testkit::db_test]
async fn two_who_agree_at_once_count_as_two_and_one_who_agrees_twice_as_one(t: TestDb) {
    let (hasher, pending, actor) = locked_out(&t).await;
    let asked = request(&t.cx, &actor, &pending, WHY).await.unwrap();
    let one = staff(&t, &hasher, "one").await;
    let twice = futures_util::future::join(
        approve(&t.cx, &one, asked.id, CHECKED),
        approve(&t.cx, &one, asked.id, CHECKED),
    )
    .await;
    assert_eq!([twice.0.is_ok(), twice.1.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let request = of_pending(&t.cx, &pending).await.unwrap().unwrap();
    assert_eq!((request.state, request.second_by), (RecoveryState::Waiting, None));
}
