//! Changing an address, and taking it back.

use kernel::{Duration, PageRequest, Role};
use notify::OutboxSender;
use testkit::TestDb;

use super::*;
use crate::account::{profile, register};
use crate::session::authenticate;
use crate::testing::*;

const NEW: &str = "13900139000";

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
    assert_eq!(code_of(ask(cx, &stale, NEW).await), "identity.proof_needed");
    let me = stale.clone().proved(cx.now());
    assert_eq!(code_of(ask(cx, &me, PHONE).await), "identity.invalid", "the same one");
    let sent = ask(cx, &me, NEW).await.unwrap();
    assert_eq!(sent.masked_to, "139****9000");
    let code = newest_code(cx).await;
    let kind = ContactKind::Phone;
    assert_eq!(waiting(cx, &me, kind).await.unwrap().as_deref(), Some("139****9000"));
    assert_eq!(code_of(confirm(cx, &stale, kind, &code).await), "identity.proof_needed");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(code_of(confirm(cx, &me, kind, wrong).await), "identity.code_wrong");
    let other_kind = confirm(cx, &me, ContactKind::Email, &code).await;
    assert_eq!(code_of(other_kind), "identity.code_expired");
    confirm(cx, &me, kind, &code).await.unwrap();
    assert_eq!(code_of(confirm(cx, &me, kind, &code).await), "identity.code_expired", "once");
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
        ask(cx, &me, NEW).await.unwrap();
        confirm(cx, &me, ContactKind::Phone, &newest_code(cx).await).await.unwrap();
    };
    change().await;
    let token = undo_token(&t).await;
    assert_eq!(look_at_undo(cx, &token).await.unwrap(), ContactKind::Phone);
    let nobody = anonymous("192.0.2.50");
    undo(cx, &nobody, &token).await.unwrap();
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none(), "every session has ended");
    let me = acting(id, Role::CUSTOMER);
    assert_eq!(profile(cx, &me).await.unwrap().phone.as_deref(), Some("+8613800138000"));
    assert_eq!(code_of(undo(cx, &nobody, &token).await), "identity.undo_invalid", "once");

    t.clock.advance(Duration::from_hours(1));
    change().await;
    let token = undo_token(&t).await;
    t.clock.advance(Duration::from_hours(24));
    assert_eq!(code_of(look_at_undo(cx, &token).await), "identity.undo_invalid");
    assert_eq!(code_of(undo(cx, &nobody, &token).await), "identity.undo_invalid");
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
    ask(cx, &me, NEW).await.unwrap();
    let taken = confirm(cx, &me, ContactKind::Phone, &newest_code(cx).await).await;
    assert_eq!(code_of(taken), "identity.already_registered");
}
