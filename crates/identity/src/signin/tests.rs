//! What each proof opens, and what somebody without the right to it learns.

mod code;
mod lesson;

use kernel::{AccountId, Actor, Duration, Locale, Refusal as _, RequestId, Role};
use risk::Outcome;
use testkit::TestDb;

use super::*;
use crate::Hasher;
use crate::account::StateCommand;
use crate::factor::enrolled_of;
use crate::freeze::change_state;
use crate::session::{NewSession, SignedIn, Stage, authenticate, find_session};
use crate::setup::{Redeem, create_setup_link, redeem};
use crate::testing::*;

pub(super) const MAIL: &str = "lin@example.com";

/// A customer whose phone and e-mail address are verified.
pub(super) async fn verified(t: &TestDb, hasher: &Hasher) -> AccountId {
    let new = crate::account::NewAccount {
        phone: Some(PHONE.to_owned()),
        email: Some(MAIL.to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![Role::CUSTOMER],
        locale: Locale::Zh,
    };
    crate::account::create_account(&t.cx, hasher, &Actor::system("test"), new).await.unwrap()
}

fn actor_of(signed_in: &SignedIn) -> Actor {
    signed_in.actor(RequestId(1), HOME.to_owned())
}

async fn judged(t: &TestDb, hasher: &Hasher, outcome: Outcome) -> Result<Step, crate::Error> {
    let arrival = Arrival { judge: judge(outcome), ..arrival() };
    let input = LogIn { contact: PHONE.to_owned(), password: PASSWORD.to_owned(), arrival };
    log_in(&t.cx, hasher, &anonymous(HOME), input).await
}

async fn show(
    t: &TestDb,
    hasher: &Hasher,
    session: &NewSession,
    proof: Proof,
) -> Result<NewSession, crate::Error> {
    let pending = seen(&t.cx, session).await;
    let actor = actor_of(&pending);
    let token = session.token.expose();
    show_second(&t.cx, hasher, &actor, (&pending, token), (proof, Remember::No), arrival()).await
}

#[testkit::db_test]
async fn w5_whoever_has_to_have_a_second_factor_can_do_nothing_else_before(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let link = create_setup_link(cx, &Actor::system("setup")).await.unwrap();
    let form = Redeem {
        token: link.token.expose().to_owned(),
        contact: "wang@example.com".to_owned(),
        name: None,
        password: PASSWORD.to_owned(),
    };
    redeem(cx, &hasher, &anonymous(HOME), form).await.unwrap();
    let step = step(cx, &hasher, HOME, "wang@example.com", PASSWORD).await.unwrap();
    let Step::Enrol(session) = step else { panic!("the first administrator has to set one up: {step:?}") };
    let token = session.token.expose();
    assert!(authenticate(cx, token).await.unwrap().is_none(), "the session opens nothing");
    let pending = find_session(cx, token).await.unwrap().unwrap();
    let actor = actor_of(&pending);
    assert!(kernel::Permission::ALL.iter().all(|permission| !actor.may(*permission)));
    let not_yet = finish_enrolment(cx, &actor, (&pending, token), arrival()).await;
    assert_eq!(code_of(not_yet), "identity.factor_unfit");

    t.clock.advance(Duration::from_mins(20));
    let actor = pending.enrolling(RequestId(1), HOME.to_owned(), cx.now()).unwrap();
    let offer = crate::factor::offer_totp(cx, &actor).await.unwrap();
    crate::factor::confirm_totp(cx, &actor, &app_shows(&t, &secret_of(&offer))).await.unwrap();
    let opened = finish_enrolment(cx, &actor, (&pending, token), arrival()).await.unwrap();
    assert!(find_session(cx, token).await.unwrap().is_none(), "under a new token");
    let signed_in = authenticate(cx, opened.token.expose()).await.unwrap().unwrap();
    assert!(actor_of(&signed_in).may(kernel::Permission::ManageStaff));
    assert_eq!(signed_in.methods, [Method::Password, Method::Totp]);
}

#[testkit::db_test]
async fn a_session_that_has_to_set_one_up_lasts_half_an_hour(t: TestDb) {
    let hasher = ready(&t).await;
    account_as_delivered(&t.cx, &hasher, "desk", Role::OPERATOR).await;
    let session = sign_in(&t.cx, &hasher, HOME, "desk@example.com", PASSWORD).await.unwrap();
    assert_eq!(session.stage, Stage::Enrol);
    t.clock.advance(Duration::from_mins(30));
    assert!(find_session(&t.cx, session.token.expose()).await.unwrap().is_none());
}

#[testkit::db_test]
async fn whoever_has_a_second_factor_shows_it_and_goes_on_under_a_new_token(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let (secret, codes) = with_app(&t, id).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(session.stage, Stage::SecondFactor);
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none());
    let pending = seen(cx, &session).await;
    assert_eq!(ways_on(cx, &pending).await.unwrap(), Ways(vec![Way::Totp, Way::RecoveryCode]));
    for weak in [Proof::Password(PASSWORD.to_owned()), Proof::Code("123456".to_owned())] {
        assert_eq!(code_of(show(&t, &hasher, &session, weak).await), "identity.factor_unfit");
    }
    let code = app_shows(&t, &secret);
    let opened = show(&t, &hasher, &session, Proof::Totp(code.clone())).await.unwrap();
    assert!(find_session(cx, session.token.expose()).await.unwrap().is_none());
    let signed_in = authenticate(cx, opened.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.methods, [Method::Password, Method::Totp]);
    assert!(actor_of(&signed_in).has_fresh_proof(cx.now()));

    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let replayed = show(&t, &hasher, &session, Proof::Totp(code)).await;
    assert_eq!(code_of(replayed), "identity.factor_wrong", "a code counts once");
    show(&t, &hasher, &session, Proof::RecoveryCode(codes[0].clone())).await.unwrap();
    let me = acting(id, Role::CUSTOMER);
    assert_eq!(enrolled_of(cx, &me).await.unwrap().recovery_codes, 9);
    t.clock.advance(Duration::from_mins(10));
    let late = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    t.clock.advance(Duration::from_mins(10));
    assert!(find_session(cx, late.token.expose()).await.unwrap().is_none(), "nobody waits longer");
}

#[testkit::db_test]
async fn two_who_show_a_second_factor_for_one_session_get_one_session(t: TestDb) {
    let hasher = ready(&t).await;
    let id = verified(&t, &hasher).await;
    let (_, codes) = with_app(&t, id).await;
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let pending = seen(&t.cx, &session).await;
    let actor = actor_of(&pending);
    let tries = codes.iter().take(2).map(|code| {
        let shown = (Proof::RecoveryCode(code.clone()), Remember::No);
        show_second(&t.cx, &hasher, &actor, (&pending, session.token.expose()), shown, arrival())
    });
    let all = futures_util::future::join_all(tries).await;
    let mut codes: Vec<_> = all.into_iter().map(code_of).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["identity.sign_in_needed", "ok"]);
}

#[testkit::db_test]
async fn w7_a_passkey_that_verified_its_user_counts_as_two_factors(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    with_app(&t, id).await;
    for (user_verified, stage) in [(true, Stage::Open), (false, Stage::SecondFactor)] {
        let proven = Proven { account: id, method: Method::Passkey, user_verified };
        let step = enter(cx, &anonymous(HOME), proven, arrival()).await.unwrap();
        assert_eq!(step.session().stage, stage);
    }
    let desk = account_as_delivered(cx, &hasher, "desk", Role::OPERATOR).await;
    let proven = Proven { account: desk, method: Method::Passkey, user_verified: true };
    assert!(enter(cx, &anonymous(HOME), proven, arrival()).await.unwrap().is_open(), "W5 is satisfied by it");
}

#[testkit::db_test]
async fn what_another_site_says_opens_a_session_and_is_no_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let id = verified(&t, &hasher).await;
    let proven = Proven { account: id, method: Method::Federated, user_verified: false };
    let step = enter(&t.cx, &anonymous(HOME), proven, arrival()).await.unwrap();
    let signed_in = seen(&t.cx, step.session()).await;
    assert!(step.is_open() && !actor_of(&signed_in).has_fresh_proof(t.cx.now()));
}

#[testkit::db_test]
async fn the_session_that_came_along_ends_whatever_opens_the_next(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let first = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let arrival = Arrival { previous: Some(first.token.expose().to_owned()), ..arrival() };
    let proven = Proven { account: id, method: Method::Federated, user_verified: false };
    let second = enter(cx, &anonymous(HOME), proven, arrival).await.unwrap().into_session();
    assert_ne!(first.token, second.token);
    assert!(authenticate(cx, first.token.expose()).await.unwrap().is_none());
}

#[testkit::db_test]
async fn an_unusual_sign_in_is_told_on_every_verified_address(t: TestDb) {
    let hasher = ready(&t).await;
    verified(&t, &hasher).await;
    assert!(judged(&t, &hasher, Outcome::Notify).await.unwrap().is_open());
    let name = "custom.security.unusual_login";
    assert_eq!(told(&t).await, [format!("{name} sms"), format!("{name} email"), format!("{name} inbox")]);
}

#[testkit::db_test]
async fn a_risky_sign_in_is_asked_for_a_code_where_there_is_no_second_factor(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    let session = judged(&t, &hasher, Outcome::StepUp).await.unwrap().into_session();
    assert_eq!(session.stage, Stage::SecondFactor);
    let pending = seen(cx, &session).await;
    assert_eq!(ways_on(cx, &pending).await.unwrap().code(), Some("138****8000"));
    send_second_code(cx, &actor_of(&pending), &pending).await.unwrap();
    let code = newest_code(cx).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(
        code_of(show(&t, &hasher, &session, Proof::Code(wrong.to_owned())).await),
        "identity.factor_wrong"
    );
    show(&t, &hasher, &session, Proof::Code(code)).await.unwrap();
}

#[testkit::db_test]
async fn a_risky_sign_in_is_asked_also_on_a_remembered_device(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let pending = seen(cx, &session).await;
    let shown = (Proof::Totp(app_shows(&t, &secret)), Remember::ThisDevice);
    let opened =
        show_second(cx, &hasher, &actor_of(&pending), (&pending, session.token.expose()), shown, arrival())
            .await
            .unwrap();
    let device_token = Some(opened.device_token.unwrap().expose().to_owned());
    for (outcome, stage) in [(Outcome::Allow, Stage::Open), (Outcome::StepUp, Stage::SecondFactor)] {
        let arrival = Arrival { judge: judge(outcome), device_token: device_token.clone(), ..arrival() };
        let input = LogIn { contact: PHONE.to_owned(), password: PASSWORD.to_owned(), arrival };
        let step = log_in(cx, &hasher, &anonymous(HOME), input).await.unwrap();
        assert_eq!(step.session().stage, stage, "{outcome:?}");
    }
}

#[testkit::db_test]
async fn a_denied_sign_in_reads_like_a_frozen_account_and_the_owner_is_told(t: TestDb) {
    let hasher = ready(&t).await;
    let id = verified(&t, &hasher).await;
    let denied = judged(&t, &hasher, Outcome::Deny).await.unwrap_err();
    let name = "custom.security.login_denied";
    assert_eq!(told(&t).await, [format!("{name} sms"), format!("{name} email"), format!("{name} inbox")]);
    assert!(audited(&t).await.contains(&"session.log_in_refused".to_owned()));
    change_state(&t.cx, &acting(id, Role::CUSTOMER), id, StateCommand::Freeze, "本人冻结").await.unwrap();
    let frozen = judged(&t, &hasher, Outcome::Allow).await.unwrap_err();
    assert_eq!((denied.code(), denied.message(Locale::Zh)), (frozen.code(), frozen.message(Locale::Zh)));
}

#[testkit::db_test]
async fn w6_a_known_and_an_unknown_account_cost_the_same_checks_and_a_wait_costs_none(t: TestDb) {
    let hasher = ready(&t).await;
    verified(&t, &hasher).await;
    let cost = async |contact: &str, address: &str| {
        let before = hasher.checked();
        let error = sign_in(&t.cx, &hasher, address, contact, "wrong password").await.unwrap_err();
        (hasher.checked() - before, error.message(Locale::Zh))
    };
    for _ in 0..5 {
        let known = cost(PHONE, "192.0.2.10").await;
        let unknown = cost("13700137000", "192.0.2.11").await;
        assert_eq!(known, unknown);
        assert_eq!(known.0, 1);
    }
    let (checks, _) = cost(PHONE, "192.0.2.10").await;
    assert_eq!(checks, 0, "whoever has to wait is sent away before the password is checked");
}

#[testkit::db_test]
async fn w8_a_proof_lasts_five_minutes_and_replaces_the_token(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    verified(&t, &hasher).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let signed_in = seen(cx, &session).await;
    assert!(actor_of(&signed_in).has_fresh_proof(cx.now()), "signing in was one");
    t.clock.advance(Duration::from_secs(301));
    let me = actor_of(&signed_in);
    assert!(!me.has_fresh_proof(cx.now()));
    let old = session.token.expose();
    let wrong = prove(cx, &hasher, &me, (&signed_in, old), Proof::Password("not this".to_owned())).await;
    assert_eq!(code_of(wrong), "identity.factor_wrong");
    let token =
        prove(cx, &hasher, &me, (&signed_in, old), Proof::Password(PASSWORD.to_owned())).await.unwrap();
    assert!(authenticate(cx, old).await.unwrap().is_none());
    let signed_in = authenticate(cx, token.expose()).await.unwrap().unwrap();
    t.clock.advance(Duration::from_mins(5));
    assert!(actor_of(&signed_in).has_fresh_proof(cx.now()));
    t.clock.advance(Duration(1));
    assert!(!actor_of(&signed_in).has_fresh_proof(cx.now()));
    let facts = audited(&t).await;
    assert!(
        facts.contains(&"session.prove_failed".to_owned()) && facts.contains(&"session.prove".to_owned())
    );
}

#[testkit::db_test]
async fn w8_with_a_second_factor_nothing_weaker_is_a_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let me = acting(id, Role::CUSTOMER);
    let before = ways_to_prove(cx, &me).await.unwrap();
    assert_eq!(before, Ways(vec![Way::Password, Way::Code { masked_to: "138****8000".to_owned() }]));
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let signed_in = seen(cx, &session).await;
    let (secret, _) = with_app(&t, id).await;
    assert_eq!(ways_to_prove(cx, &me).await.unwrap(), Ways(vec![Way::Totp, Way::RecoveryCode]));
    let token = session.token.expose();
    let weak = prove(cx, &hasher, &me, (&signed_in, token), Proof::Password(PASSWORD.to_owned())).await;
    assert_eq!(code_of(weak), "identity.factor_unfit");
    assert_eq!(code_of(send_proof_code(cx, &me).await), "identity.factor_unfit");
    let strong = Proof::Totp(app_shows(&t, &secret));
    assert_eq!(code_of(prove(cx, &hasher, &me, (&signed_in, token), strong).await), "ok");
    let foreign = Proven { account: AccountId(7), method: Method::Passkey, user_verified: true };
    let stranger = prove(cx, &hasher, &me, (&signed_in, token), Proof::Passkey(foreign)).await;
    assert_eq!(code_of(stranger), "identity.factor_unfit");
}

#[testkit::db_test]
async fn a_code_is_a_proof_where_there_is_no_second_factor(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let signed_in = seen(cx, &session).await;
    send_proof_code(cx, &acting(id, Role::CUSTOMER)).await.unwrap();
    let code = newest_code(cx).await;
    let me = actor_of(&signed_in);
    let token = prove(cx, &hasher, &me, (&signed_in, session.token.expose()), Proof::Code(code.clone()))
        .await
        .unwrap();
    let signed_in = authenticate(cx, token.expose()).await.unwrap().unwrap();
    let replayed = prove(cx, &hasher, &me, (&signed_in, token.expose()), Proof::Code(code)).await;
    assert_eq!(code_of(replayed), "identity.factor_wrong");
}
