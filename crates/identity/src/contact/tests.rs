//! Changing an address, and taking it back.

use kernel::{Duration, PageRequest, Role};
use notify::OutboxSender;
use risk::{Outcome, Point};
use testkit::TestDb;

use super::*;
use crate::account::{profile, register as sign_up};
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
    assert_eq!(code_of(ask(cx, &guard(cx).await, &stale, NEW).await), "identity.proof_needed");
    let me = stale.clone().proved(cx.now());
    assert_eq!(code_of(ask(cx, &guard(cx).await, &me, PHONE).await), "identity.invalid", "the same one");
    let sent = ask(cx, &guard(cx).await, &me, NEW).await.unwrap();
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
        ask(cx, &guard(cx).await, &me, NEW).await.unwrap();
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
    sign_up(cx, &hasher, &guard(cx).await, &anonymous(HOME), registration(NEW)).await.unwrap();
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    ask(cx, &guard(cx).await, &me, NEW).await.unwrap();
    let taken = confirm(cx, &me, ContactKind::Phone, &newest_code(cx).await).await;
    assert_eq!(code_of(taken), "identity.already_registered");
}

#[testkit::db_test]
async fn r2_a_change_that_is_held_up_sends_nothing_and_its_owner_learns_what_came_of_it(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    risk_rule(cx, Point::ContactChange, "facts.kind == 'phone'", Outcome::Review).await;
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    let guard = guard(cx).await;
    assert_eq!(code_of(ask(cx, &guard, &me, NEW).await), "identity.under_review");
    assert_eq!(waiting(cx, &me, ContactKind::Phone).await.unwrap(), None);
    assert_eq!(told(&t).await, Vec::<String>::new());
    assert_eq!(code_of(ask(cx, &guard, &me, "lin2@example.com").await), "ok", "a rule is for what it names");

    let mut registry = durable::Registry::default();
    register(&mut registry);
    crate::freeze::register(&mut registry);
    let hear = async || while durable::run_due(cx, &registry).await.unwrap() > 0 {};
    hear().await;
    let alarmed = ["custom.security.alarm sms", "custom.security.alarm email", "custom.security.alarm inbox"];
    assert_eq!(told(&t).await, alarmed, "who did not ask for it can stop everything");
    let review = t.raw("SELECT id FROM risk_review", Vec::new()).await[0].reader().get().unwrap();
    let officer = acting(kernel::AccountId(5), Role::RISK_OFFICER);
    risk::decision::release(cx, &officer, risk::DecisionId(review), "called back").await.unwrap();
    hear().await;
    assert_eq!(told(&t).await.last().unwrap(), "custom.security.contact_reviewed inbox");
    t.clock.advance(Duration::from_mins(1));
    assert_eq!(code_of(ask(cx, &guard, &me, NEW).await), "ok");
    confirm(cx, &me, ContactKind::Phone, &newest_code(cx).await).await.unwrap();
}

#[testkit::db_test]
async fn r2_a_denied_change_leaves_the_address_and_a_burst_of_alarms_is_told_five_times(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    risk_rule(cx, Point::ContactChange, "act.has_device", Outcome::Deny).await;
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    let guard = guard(cx).await;
    for number in 0..8 {
        let refused = ask(cx, &guard, &me, &format!("1390013900{number}")).await;
        assert_eq!(code_of(refused), "identity.not_accepted");
    }
    let mut registry = durable::Registry::default();
    crate::freeze::register(&mut registry);
    while durable::run_due(cx, &registry).await.unwrap() > 0 {}
    let told = told(&t).await;
    assert_eq!(told.iter().filter(|one| one.ends_with("inbox")).count(), 5, "{told:?}");
    let page = notify::list_inbox(cx, &me, PageRequest::new(None, 1)).await.unwrap();
    let content = &page.items[0].content;
    assert_eq!(content.link.as_deref(), Some("/me/security/freeze"));
    assert!(content.body.contains("更换联系方式") && content.body.contains("已被拦截"), "{}", content.body);
    assert!(!content.body.contains("设备") && !content.body.contains("规则"), "never why: {}", content.body);
}
