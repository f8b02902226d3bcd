//! Devices, remembering them, and what was tried.

use kernel::{Duration, PageRequest, Role};
use testkit::TestDb;

use super::*;
use crate::session::{NewSession, SessionKind, list_sessions};
use crate::signin::{Arrival, LogIn, Proof, Remember, Step, log_in, show_second};
use crate::testing::*;

fn with(device: Option<&NewSession>) -> Arrival {
    let device_token =
        device.and_then(|session| session.device_token.as_ref()).map(|token| token.expose().to_owned());
    Arrival { device_token, ..arrival() }
}

async fn come(t: &TestDb, hasher: &crate::Hasher, contact: &str, arrival: Arrival) -> Step {
    let input = LogIn { contact: contact.to_owned(), password: PASSWORD.to_owned(), arrival };
    log_in(&t.cx, hasher, &anonymous(HOME), input).await.unwrap()
}

#[testkit::db_test]
async fn the_first_device_is_nothing_new_and_every_other_one_is_told(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let first = come(&t, &hasher, PHONE, with(None)).await.into_session();
    assert!(told(&t).await.is_empty());
    let again = come(&t, &hasher, PHONE, with(Some(&first))).await.into_session();
    assert!(again.device_token.is_none(), "it is known by what it has");
    assert!(told(&t).await.is_empty());
    come(&t, &hasher, PHONE, with(None)).await;
    assert_eq!(told(&t).await, ["custom.security.new_device sms", "custom.security.new_device inbox"]);
    assert_eq!(list_devices(&t.cx, &acting(id, Role::CUSTOMER)).await.unwrap().len(), 2);
}

#[testkit::db_test]
async fn a_program_is_known_by_its_name(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    for name in ["meter/1.0", "meter/1.0", "other/2.0"] {
        let program = Arrival { kind: SessionKind::Bearer, device: name.to_owned(), ..arrival() };
        let session = come(&t, &hasher, PHONE, program).await.into_session();
        assert!(session.device_token.is_none());
    }
    assert_eq!(list_devices(&t.cx, &acting(id, Role::CUSTOMER)).await.unwrap().len(), 2);
    assert_eq!(told(&t).await.len(), 2, "one message for the second program");
}

async fn remembered(t: &TestDb, hasher: &crate::Hasher, secret: &[u8]) -> NewSession {
    let session = come(t, hasher, PHONE, with(None)).await.into_session();
    let pending = seen(&t.cx, &session).await;
    let actor = pending.actor(kernel::RequestId(1), HOME.to_owned());
    let shown = (Proof::Totp(app_shows(t, secret)), Remember::ThisDevice);
    let token = session.token.expose();
    let opened = show_second(&t.cx, hasher, &actor, (&pending, token), shown, with(None)).await.unwrap();
    t.clock.advance(Duration::from_secs(30));
    opened
}

#[testkit::db_test]
async fn w8_a_remembered_device_spares_the_second_factor_for_thirty_days_and_is_no_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let opened = remembered(&t, &hasher, &secret).await;
    assert!(seen(cx, &opened).await.actor(kernel::RequestId(1), String::new()).has_fresh_proof(cx.now()));

    let again = come(&t, &hasher, PHONE, with(Some(&opened))).await;
    assert!(again.is_open());
    let actor = seen(cx, again.session()).await.actor(kernel::RequestId(1), String::new());
    assert!(!actor.has_fresh_proof(cx.now()), "the password alone proves nothing here");
    assert!(!come(&t, &hasher, PHONE, with(None)).await.is_open(), "another browser is asked");

    t.clock.advance(Duration::from_days(30));
    assert!(!come(&t, &hasher, PHONE, with(Some(&opened))).await.is_open());
}

#[testkit::db_test]
async fn a_device_that_was_put_there_beforehand_or_belongs_to_another_account_spares_nothing(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    account(cx, &hasher, "mallory", Role::CUSTOMER).await;
    let (secret, _) = with_app(&t, id).await;
    // Mallory's own browser token, put into the victim's browser.
    let planted = come(&t, &hasher, "mallory@example.com", with(None)).await.into_session();
    let session = come(&t, &hasher, PHONE, with(Some(&planted))).await.into_session();
    let pending = seen(cx, &session).await;
    let actor = pending.actor(kernel::RequestId(1), HOME.to_owned());
    let shown = (Proof::Totp(app_shows(&t, &secret)), Remember::ThisDevice);
    let token = session.token.expose();
    let opened =
        show_second(cx, &hasher, &actor, (&pending, token), shown, with(Some(&planted))).await.unwrap();
    assert_ne!(opened.device_token, planted.device_token, "a remembered browser gets a token of its own");
    assert!(!come(&t, &hasher, PHONE, with(Some(&planted))).await.is_open());
    assert!(come(&t, &hasher, PHONE, with(Some(&opened))).await.is_open());
}

#[testkit::db_test]
async fn a_new_factor_and_forgetting_end_what_was_remembered(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let opened = remembered(&t, &hasher, &secret).await;
    let (secret, _) = with_app(&t, id).await;
    assert!(!come(&t, &hasher, PHONE, with(Some(&opened))).await.is_open(), "another app");

    let opened = remembered(&t, &hasher, &secret).await;
    let me = acting(id, Role::CUSTOMER);
    let device = seen(cx, &opened).await.device.unwrap();
    let other = acting(account(cx, &hasher, "other", Role::CUSTOMER).await, Role::CUSTOMER);
    let foreign = forget_device(cx, &other, device, None).await;
    assert_eq!(code_of(foreign), "identity.device_not_found");
    forget_device(cx, &me, device, None).await.unwrap();
    assert!(!come(&t, &hasher, PHONE, with(Some(&opened))).await.is_open());
    let open = list_sessions(cx, &me).await.unwrap();
    assert!(open.iter().all(|session| session.id != opened.id), "what was open on it has ended");
    assert_eq!(code_of(forget_device(cx, &me, device, None).await), "identity.device_not_found");
}

#[testkit::db_test]
async fn every_try_stands_in_the_history_of_its_owner_for_half_a_year(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    sign_in(cx, &hasher, HOME, PHONE, "wrong password").await.unwrap_err();
    sign_in(cx, &hasher, HOME, "13700137000", "wrong password").await.unwrap_err();
    sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    with_app(&t, id).await;
    sign_in(cx, &hasher, "192.0.2.77", PHONE, PASSWORD).await.unwrap();
    let me = acting(id, Role::CUSTOMER);
    let page = || PageRequest::new(None, 10);
    let seen = list_logins(cx, &me, page()).await.unwrap().items;
    let outcomes: Vec<_> = seen.iter().map(|login| login.outcome).collect();
    assert_eq!(outcomes, [Outcome::SecondFactor, Outcome::Open, Outcome::Wrong]);
    assert_eq!((seen[0].address.as_str(), seen[0].device.as_str()), ("192.0.2.77", "Firefox"));
    let other = acting(account(cx, &hasher, "other", Role::CUSTOMER).await, Role::CUSTOMER);
    assert!(list_logins(cx, &other, page()).await.unwrap().items.is_empty());
    let unknown = t.raw("SELECT id FROM login_event WHERE account_id IS NULL", Vec::new()).await;
    assert_eq!(unknown.len(), 1, "also a try on an account that does not exist");

    t.clock.advance(Duration::from_days(181));
    let mut tx = cx.begin().await.unwrap();
    purge(&mut tx, cx.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(list_logins(cx, &me, page()).await.unwrap().items.is_empty());
}
