//! Changing an address, taking it back, freezing and unfreezing.

use kernel::{AccountId, Actor, Duration, Locale, PageRequest, Role};
use notify::OutboxSender;
use testkit::TestDb;

use super::*;
use crate::Hasher;
use crate::session::authenticate;
use crate::signin::Proof;
use crate::testing::*;

const NEW: &str = "13900139000";

async fn lin(t: &TestDb, hasher: &Hasher) -> AccountId {
    let new = NewAccount {
        phone: Some(PHONE.to_owned()),
        email: Some("lin@example.com".to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles: vec![Role::CUSTOMER],
        locale: Locale::Zh,
    };
    create_account(&t.cx, hasher, &Actor::system("test"), new).await.unwrap()
}

/// The token in the newest message to the old address.
async fn undo_token(t: &TestDb) -> String {
    let page = notify::list_outbox(&t.cx, &OutboxSender, PageRequest::new(None, 20)).await.unwrap();
    let links = page.items.iter().filter_map(|message| message.content.link.clone());
    let link = links.into_iter().find(|link| link.starts_with("/undo/")).unwrap();
    link.trim_start_matches("/undo/").to_owned()
}

#[testkit::db_test]
async fn w8_another_phone_number_takes_a_fresh_proof_and_a_code_to_it(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let stale = acting(id, Role::CUSTOMER);
    assert_eq!(code_of(ask_new_contact(cx, &stale, NEW).await), "identity.proof_needed");
    let me = stale.clone().proved(cx.now());
    assert_eq!(code_of(ask_new_contact(cx, &me, PHONE).await), "identity.invalid", "the same one");
    let sent = ask_new_contact(cx, &me, NEW).await.unwrap();
    assert_eq!(sent.masked_to, "139****9000");
    let code = newest_code(cx).await;
    let kind = ContactKind::Phone;
    assert_eq!(waiting_contact(cx, &me, kind).await.unwrap().as_deref(), Some("139****9000"));
    assert_eq!(code_of(confirm_new_contact(cx, &stale, kind, &code).await), "identity.proof_needed");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(code_of(confirm_new_contact(cx, &me, kind, wrong).await), "identity.code_wrong");
    let other_kind = confirm_new_contact(cx, &me, ContactKind::Email, &code).await;
    assert_eq!(code_of(other_kind), "identity.code_expired");
    confirm_new_contact(cx, &me, kind, &code).await.unwrap();
    assert_eq!(code_of(confirm_new_contact(cx, &me, kind, &code).await), "identity.code_expired", "once");
    let profile = profile(cx, &me).await.unwrap();
    assert_eq!((profile.phone.as_deref(), profile.phone_verified), (Some("+8613900139000"), true));
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, NEW, PASSWORD).await), "ok");
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "identity.wrong_credentials");
}

#[testkit::db_test]
async fn the_old_address_takes_a_change_back_once_within_a_day(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let change = async || {
        let me = acting(id, Role::CUSTOMER).proved(cx.now());
        ask_new_contact(cx, &me, NEW).await.unwrap();
        confirm_new_contact(cx, &me, ContactKind::Phone, &newest_code(cx).await).await.unwrap();
    };
    change().await;
    let token = undo_token(&t).await;
    assert_eq!(look_at_undo(cx, &token).await.unwrap(), ContactKind::Phone);
    let nobody = anonymous("192.0.2.50");
    undo_contact_change(cx, &nobody, &token).await.unwrap();
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none(), "every session has ended");
    let me = acting(id, Role::CUSTOMER);
    assert_eq!(profile(cx, &me).await.unwrap().phone.as_deref(), Some("+8613800138000"));
    assert_eq!(code_of(undo_contact_change(cx, &nobody, &token).await), "identity.undo_invalid", "once");

    t.clock.advance(Duration::from_hours(1));
    change().await;
    let token = undo_token(&t).await;
    t.clock.advance(Duration::from_hours(24));
    assert_eq!(code_of(look_at_undo(cx, &token).await), "identity.undo_invalid");
    assert_eq!(code_of(undo_contact_change(cx, &nobody, &token).await), "identity.undo_invalid");
    for made_up in ["", "evl_", "x"] {
        assert_eq!(code_of(look_at_undo(cx, made_up).await), "identity.undo_invalid");
    }
}

#[testkit::db_test]
async fn that_a_number_has_an_account_is_told_only_to_whoever_holds_it(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    register(cx, &hasher, &anonymous(HOME), registration(NEW)).await.unwrap();
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    ask_new_contact(cx, &me, NEW).await.unwrap();
    let taken = confirm_new_contact(cx, &me, ContactKind::Phone, &newest_code(cx).await).await;
    assert_eq!(code_of(taken), "identity.already_registered");
}

#[testkit::db_test]
async fn w8_with_a_second_factor_the_password_changes_only_after_a_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    with_app(&t, id).await;
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let stale = acting(id, Role::CUSTOMER);
    let change = || ChangePassword {
        current: PASSWORD.to_owned(),
        new: "another good one".to_owned(),
        others: Others::End,
    };
    let refused = change_password(cx, &hasher, &stale, here.id, change()).await;
    assert_eq!(code_of(refused), "identity.proof_needed");
    let me = stale.proved(cx.now());
    change_password(cx, &hasher, &me, here.id, change()).await.unwrap();
    assert!(told(&t).await.contains(&"custom.security.password_changed email".to_owned()));
}

#[testkit::db_test]
async fn the_other_sessions_stay_where_that_is_wished(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let there = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let input = ChangePassword {
        current: PASSWORD.to_owned(),
        new: "another good one".to_owned(),
        others: Others::Keep,
    };
    change_password(cx, &hasher, &acting(id, Role::CUSTOMER), here.id, input).await.unwrap();
    assert!(authenticate(cx, there.token.expose()).await.unwrap().is_some());
}

#[testkit::db_test]
async fn the_owner_unfreezes_with_password_second_factor_and_code(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let nobody = anonymous(HOME);
    let begin = async |password: &str| {
        begin_unfreezing(cx, &hasher, &nobody, PHONE, password).await.map(|b| b.ticket)
    };
    assert_eq!(code_of(begin(PASSWORD).await), "identity.wrong_state", "it is not frozen");
    let (secret, codes) = with_app(&t, id).await;
    let me = acting(id, Role::CUSTOMER);
    change_state(cx, &me, id, StateCommand::Freeze, "本人冻结").await.unwrap();
    assert_eq!(code_of(begin("not this one").await), "identity.wrong_credentials");
    let ticket = begin(PASSWORD).await.unwrap();
    let code = newest_code(cx).await;
    let finish = async |ticket: &str, code: &str, proof: Proof| {
        finish_unfreezing(cx, &hasher, &nobody, ticket, (code, proof)).await
    };
    let app = || Proof::Totp(app_shows(&t, &secret));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(code_of(finish("00ff", &code, app()).await), "identity.code_expired", "a made-up ticket");
    let weak = finish(&ticket, &code, Proof::Password(PASSWORD.to_owned())).await;
    assert_eq!(code_of(weak), "identity.factor_unfit");
    assert_eq!(code_of(finish(&ticket, wrong, app()).await), "identity.code_wrong");
    t.clock.advance(Duration::from_secs(30));
    finish(&ticket, &code, app()).await.unwrap();
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "ok");
    let again = finish(&ticket, &code, Proof::RecoveryCode(codes[0].clone())).await;
    assert_eq!(code_of(again), "identity.wrong_state");
}

#[testkit::db_test]
async fn what_staff_froze_or_has_no_second_factor_only_staff_unfreeze(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR);
    let id = lin(&t, &hasher).await;
    let me = acting(id, Role::CUSTOMER);
    change_state(cx, &me, id, StateCommand::Freeze, "本人冻结").await.unwrap();
    let begin = async || code_of(begin_unfreezing(cx, &hasher, &anonymous(HOME), PHONE, PASSWORD).await);
    assert_eq!(begin().await, "identity.unfreeze_by_staff", "no second factor");
    change_state(cx, &admin, id, StateCommand::Unfreeze, "柜台核实").await.unwrap();
    with_app(&t, id).await;
    let officer = acting(account(cx, &hasher, "risk", Role::RISK_OFFICER).await, Role::RISK_OFFICER);
    change_state(cx, &officer, id, StateCommand::Freeze, "异常交易").await.unwrap();
    assert_eq!(begin().await, "identity.unfreeze_by_staff", "staff froze it");
    let refused = change_state(cx, &officer, id, StateCommand::Unfreeze, "误判").await;
    assert_eq!(code_of(refused), "identity.not_allowed", "freezing is easier than restoring");
    let told = told(&t).await;
    assert_eq!(told.iter().filter(|line| *line == "custom.security.frozen email").count(), 2);
}
