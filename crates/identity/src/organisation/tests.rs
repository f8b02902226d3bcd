//! Who acts for an organisation, and who does not.

use kernel::{AccountId, Actor, ActorKind, Duration, Money, Permission, Role};
use testkit::TestDb;

use super::*;
use crate::role::Limits;
use crate::session::authenticate;
use crate::testing::*;

const CODE: &str = "91350100M000100Y43";

fn founding(code: &str) -> Found {
    Found {
        kind: OrganisationKind::Enterprise, name: "长明科技有限公司".to_owned(), code: code.to_owned()
    }
}

/// The same person acting for an organisation with the rights of a role there, proof fresh.
fn acting_for(t: &TestDb, id: AccountId, organisation: OrganisationId, role: Role) -> Actor {
    let mut actor = acting(id, Role::CUSTOMER).proved(t.cx.now());
    if let ActorKind::Account(own) = &mut actor.kind {
        own.acting_for = Some(organisation.party());
        own.permissions = role.built_in_permissions();
    }
    actor
}

fn place(role: Role) -> Place {
    Place { role, department: None, limits: Limits::default() }
}

async fn person(t: &TestDb, hasher: &crate::Hasher, name: &str) -> AccountId {
    account(&t.cx, hasher, name, Role::CUSTOMER).await
}

/// An enterprise of one owner, and a second person who is no member yet.
async fn enterprise(t: &TestDb) -> (OrganisationId, Actor, AccountId, crate::Hasher) {
    let hasher = ready(t).await;
    let owner = person(t, &hasher, "owner").await;
    let id = found(&t.cx, &acting(owner, Role::CUSTOMER), founding(CODE)).await.unwrap();
    let other = person(t, &hasher, "other").await;
    (id, acting_for(t, owner, id, Role::ORG_OWNER), other, hasher)
}

async fn invited(t: &TestDb, owner: &Actor, role: Role, contact: &str) -> String {
    let wish = Invite { role, department: None, contact: contact.to_owned() };
    invite(&t.cx, owner, "https://counter.example", wish).await.unwrap().token.expose().to_owned()
}

#[testkit::db_test]
async fn a_member_joins_by_invitation_and_acts_within_the_role_there(t: TestDb) {
    let (id, owner, other, hasher) = enterprise(&t).await;
    let token = invited(&t, &owner, Role::ORG_VIEWER, "other@example.com").await;
    assert_eq!(look_at_invitation(&t.cx, &token).await.unwrap().organisation, "长明科技有限公司");
    let me = acting(other, Role::CUSTOMER);
    assert_eq!(join(&t.cx, &me, &token).await.unwrap(), id);
    assert_eq!(code_of(join(&t.cx, &me, &token).await), "identity.link_invalid", "a link works once");

    let session = sign_in(&t.cx, &hasher, HOME, "other@example.com", PASSWORD).await.unwrap();
    act_for(&t.cx, &me, session.token.expose(), Some(id)).await.unwrap();
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    let actor = signed_in.actor(kernel::RequestId(1), HOME.to_owned());
    assert_eq!((actor.account(), actor.customer()), (Some(other), Some(id.party())));
    assert!(actor.may(Permission::ReadOwnBusiness) && !actor.may(Permission::ActAsCustomer));

    change_member(&t.cx, &owner, other, place(Role::ORG_BUYER)).await.unwrap();
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    assert!(signed_in.permissions.contains(Permission::ActAsCustomer), "counts from the next request on");

    remove_member(&t.cx, &owner, other).await.unwrap();
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.acting_for, None, "who is no member any more acts for themselves");
}

#[testkit::db_test]
async fn w2_a_foreign_organisation_is_not_found(t: TestDb) {
    let (id, _, other, hasher) = enterprise(&t).await;
    let session = sign_in(&t.cx, &hasher, HOME, "other@example.com", PASSWORD).await.unwrap();
    let me = acting(other, Role::CUSTOMER);
    let token = session.token.expose();
    assert_eq!(code_of(act_for(&t.cx, &me, token, Some(id)).await), "identity.not_found");
    assert_eq!(code_of(current(&t.cx, &me).await), "identity.not_found");
    assert_eq!(code_of(members(&t.cx, &me).await), "identity.not_found");
    assert!(belongings(&t.cx, &me).await.unwrap().is_empty());
    assert_eq!(code_of(look_at(&t.cx, &me, id).await), "identity.not_allowed");
}

#[testkit::db_test]
async fn an_invitation_with_an_address_is_for_that_address_only(t: TestDb) {
    let (_, owner, other, _) = enterprise(&t).await;
    let token = invited(&t, &owner, Role::ORG_BUYER, "somebody.else@example.com").await;
    let me = acting(other, Role::CUSTOMER);
    assert_eq!(code_of(join(&t.cx, &me, &token).await), "identity.invited_somebody_else");
    t.clock.advance(Duration::from_days(7));
    assert_eq!(code_of(look_at_invitation(&t.cx, &token).await), "identity.link_invalid");
}

#[testkit::db_test]
async fn an_organisation_never_loses_its_last_owner(t: TestDb) {
    let (_, owner, other, _) = enterprise(&t).await;
    let me = owner.account().unwrap();
    assert_eq!(code_of(remove_member(&t.cx, &owner, me).await), "identity.last_owner");
    assert_eq!(
        code_of(change_member(&t.cx, &owner, me, place(Role::ORG_VIEWER)).await),
        "identity.last_owner"
    );
    let token = invited(&t, &owner, Role::ORG_OWNER, "").await;
    let id = join(&t.cx, &acting(other, Role::CUSTOMER), &token).await.unwrap();
    let second = acting_for(&t, other, id, Role::ORG_OWNER);
    let both =
        futures_util::future::join(remove_member(&t.cx, &owner, other), remove_member(&t.cx, &second, me))
            .await;
    let gone = [both.0.is_ok(), both.1.is_ok()].into_iter().filter(|ok| *ok).count();
    assert_eq!(gone, 1, "two owners cannot remove each other at once");
}

#[testkit::db_test]
async fn only_who_manages_members_with_a_fresh_proof_changes_them(t: TestDb) {
    let (id, owner, other, _) = enterprise(&t).await;
    let me = owner.account().unwrap();
    let mut stale = owner.clone();
    if let ActorKind::Account(own) = &mut stale.kind {
        own.proved_at = None;
    }
    let wish = || Invite { role: Role::ORG_BUYER, department: None, contact: String::new() };
    for (actor, want) in [
        (acting_for(&t, other, id, Role::ORG_BUYER), "identity.not_allowed"),
        (acting_for(&t, other, id, Role::ORG_VIEWER), "identity.not_allowed"),
        (stale, "identity.proof_needed"),
        (acting(me, Role::CUSTOMER), "identity.not_found"),
        (anonymous(HOME), "identity.sign_in_needed"),
    ] {
        assert_eq!(code_of(invite(&t.cx, &actor, "https://x.example", wish()).await), want);
        assert_eq!(code_of(add_department(&t.cx, &actor, "财务部").await), want);
    }
    let staff_role = Invite { role: Role::ADMINISTRATOR, ..wish() };
    assert_eq!(code_of(invite(&t.cx, &owner, "https://x.example", staff_role).await), "identity.invalid");
    let foreign = Place { department: Some(DepartmentId(7)), ..place(Role::ORG_OWNER) };
    assert_eq!(code_of(change_member(&t.cx, &owner, me, foreign).await), "identity.invalid");
}

#[testkit::db_test]
async fn a_suspended_organisation_has_nobody_who_acts_for_it(t: TestDb) {
    let (id, owner, _, hasher) = enterprise(&t).await;
    let staff = account(&t.cx, &hasher, "staff", Role::ADMINISTRATOR).await;
    let staff = acting(staff, Role::ADMINISTRATOR);
    let session = sign_in(&t.cx, &hasher, HOME, "owner@example.com", PASSWORD).await.unwrap();
    act_for(&t.cx, &owner, session.token.expose(), Some(id)).await.unwrap();
    set_state(&t.cx, &staff, id, OrganisationState::Suspended, "营业执照已注销").await.unwrap();
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.acting_for, None);
    assert_eq!(look_at(&t.cx, &staff, id).await.unwrap().code, "9135****0Y43");
    confirm(&t.cx, &staff, id, "已核对营业执照原件").await.unwrap();
    assert_eq!(code_of(confirm(&t.cx, &staff, id, "已核对营业执照原件").await), "identity.wrong_state");
    assert_eq!(
        code_of(found(&t.cx, &owner, founding(CODE)).await),
        "identity.organisation_exists",
        "one organisation a code"
    );
}

#[testkit::db_test]
async fn a_member_spends_no_more_than_their_place_allows(t: TestDb) {
    let (id, owner, other, _) = enterprise(&t).await;
    let token = invited(&t, &owner, Role::ORG_BUYER, "").await;
    join(&t.cx, &acting(other, Role::CUSTOMER), &token).await.unwrap();
    let limits = Limits { transaction: Some(10_000), day: Some(15_000) };
    let limited = Place { limits, ..place(Role::ORG_BUYER) };
    change_member(&t.cx, &owner, other, limited).await.unwrap();
    let buyer = acting_for(&t, other, id, Role::ORG_BUYER);
    let mut tx = t.cx.begin().await.unwrap();
    let mut take = async |fen| {
        crate::role::spend(&mut tx, &t.cx, &buyer, Permission::ActAsCustomer, Money::cny(fen)).await
    };
    assert_eq!(code_of(take(10_001).await), "identity.over_limit");
    take(10_000).await.unwrap();
    assert_eq!(code_of(take(5_001).await), "identity.over_day_limit");
    take(5_000).await.unwrap();
}
