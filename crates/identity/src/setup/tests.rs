//! The first administrator, and staff that is invited.

use kernel::{Actor, Duration, Role};
use testkit::TestDb;

use super::*;
use crate::session::authenticate;
use crate::testing::*;

fn form(link: &SetupLink, contact: &str) -> Redeem {
    Redeem {
        token: link.token.expose().to_owned(),
        contact: contact.to_owned(),
        name: Some("王管理".to_owned()),
        password: PASSWORD.to_owned(),
    }
}

#[testkit::db_test]
async fn the_first_administrator_is_made_by_a_link_that_works_once(t: TestDb) {
    let hasher = ready(&t).await;
    let (cx, system, nobody) = (&t.cx, Actor::system("setup"), anonymous(HOME));
    assert!(!has_administrator(cx).await.unwrap());
    let old = create_setup_link(cx, &system).await.unwrap();
    let link = create_setup_link(cx, &system).await.unwrap();
    let voided = redeem(cx, &hasher, &nobody, form(&old, "wang@example.com")).await;
    assert_eq!(code_of(voided), "identity.link_invalid", "a newer link voids the older");

    let bad = Redeem { password: "123".to_owned(), ..form(&link, "wang@example.com") };
    assert_eq!(code_of(redeem(cx, &hasher, &nobody, bad).await), "identity.invalid");
    assert_eq!(look_at_link(cx, link.token.expose()).await.unwrap().role, Role::ADMINISTRATOR);
    redeem(cx, &hasher, &nobody, form(&link, "wang@example.com")).await.unwrap();
    let again = redeem(cx, &hasher, &nobody, form(&link, "other@example.com")).await;
    assert_eq!(code_of(again), "identity.link_invalid");
    assert!(has_administrator(cx).await.unwrap());
    assert_eq!(code_of(create_setup_link(cx, &system).await), "identity.administrator_exists");

    one_factor_is_enough(cx, Role::ADMINISTRATOR).await;
    let session = sign_in(cx, &hasher, HOME, "wang@example.com", PASSWORD).await.unwrap();
    let signed_in = authenticate(cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.roles, [Role::ADMINISTRATOR]);
    let facts = audited(&t).await;
    assert_eq!(facts, ["staff.invite", "staff.invite", "account.create", "staff.join", "session.log_in"]);
}

#[testkit::db_test]
async fn of_many_who_redeem_one_link_at_once_one_becomes_administrator(t: TestDb) {
    let hasher = ready(&t).await;
    let nobody = anonymous(HOME);
    let link = create_setup_link(&t.cx, &Actor::system("setup")).await.unwrap();
    let all = (0..10).map(|i| redeem(&t.cx, &hasher, &nobody, form(&link, &format!("a{i}@example.com"))));
    let codes: Vec<_> = futures_util::future::join_all(all).await.into_iter().map(code_of).collect();
    assert_eq!(codes.iter().filter(|code| **code == "ok").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "identity.link_invalid").count(), 9, "{codes:?}");
}

#[testkit::db_test]
async fn a_link_lasts_a_day(t: TestDb) {
    let hasher = ready(&t).await;
    let link = create_setup_link(&t.cx, &Actor::system("setup")).await.unwrap();
    t.clock.advance(Duration::from_hours(24));
    assert_eq!(code_of(look_at_link(&t.cx, link.token.expose()).await), "identity.link_invalid");
    let late = redeem(&t.cx, &hasher, &anonymous(HOME), form(&link, "wang@example.com")).await;
    assert_eq!(code_of(late), "identity.link_invalid");
    assert_eq!(code_of(look_at_link(&t.cx, "evl_").await), "identity.link_invalid");
}

#[testkit::db_test]
async fn an_administrator_invites_staff_and_nobody_else_does(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = account(cx, &hasher, "admin", Role::ADMINISTRATOR).await;
    for (actor, role, want) in [
        (anonymous(HOME), Role::OPERATOR, "identity.sign_in_needed"),
        (acting(id, Role::OPERATOR), Role::OPERATOR, "identity.not_allowed"),
        (acting(id, Role::ADMINISTRATOR), Role::CUSTOMER, "identity.invalid"),
    ] {
        assert_eq!(code_of(invite_staff(cx, &actor, role).await), want);
    }
    assert_eq!(
        code_of(create_setup_link(cx, &acting(id, Role::ADMINISTRATOR)).await),
        "identity.not_allowed"
    );
    let link = invite_staff(cx, &acting(id, Role::ADMINISTRATOR), Role::OPERATOR).await.unwrap();
    redeem(cx, &hasher, &anonymous(HOME), form(&link, "desk@example.com")).await.unwrap();
    let session = sign_in(cx, &hasher, HOME, "desk@example.com", PASSWORD).await.unwrap();
    assert_eq!(session.roles, [Role::OPERATOR]);
}
