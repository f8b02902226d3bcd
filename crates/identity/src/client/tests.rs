//! Who may call with what.

use kernel::{AccountId, Actor, Duration, PageRequest, Permission, Permissions, Role};
use testkit::TestDb;

use super::*;
use crate::testing::*;

const ORDERS: Permissions = Permissions::of(&[Permission::ActAsCustomer, Permission::ReadOwnBusiness]);

fn wish(scopes: Permissions) -> NewClient {
    NewClient { name: "收银系统".to_owned(), scopes, days: 90 }
}

async fn owner(t: &TestDb) -> (AccountId, Actor) {
    let hasher = ready(t).await;
    let id = customer(&t.cx, &hasher).await;
    (id, acting(id, Role::CUSTOMER).proved(t.cx.now()))
}

#[testkit::db_test]
async fn a_key_may_what_its_scopes_and_its_owner_may_and_proves_nothing(t: TestDb) {
    let (id, me) = owner(&t).await;
    let narrow = Permissions::of(&[Permission::ReadOwnBusiness]);
    let key = create(&t.cx, &me, wish(narrow)).await.unwrap();
    let caller = authenticate(&t.cx, key.token.expose()).await.unwrap().unwrap();
    assert_eq!((caller.client, caller.principal.id), (key.client, id));
    assert_eq!(caller.principal.permissions, narrow);
    assert_eq!(caller.principal.proved_at, None);
    let listed = list(&t.cx, &me).await.unwrap();
    assert_eq!(listed[0].name, "收银系统");
    assert!(key.token.expose().ends_with(&listed[0].keys[0].hint));
    assert_eq!(listed[0].keys[0].used_at, Some(t.cx.now()));
}

#[testkit::db_test]
async fn a_frozen_owner_has_no_keys(t: TestDb) {
    let (id, me) = owner(&t).await;
    let key = create(&t.cx, &me, wish(ORDERS)).await.unwrap();
    let freeze = crate::account::StateCommand::Freeze;
    crate::freeze::change_state(&t.cx, &Actor::system("test"), id, freeze, "卡被盗用，先冻结").await.unwrap();
    assert!(authenticate(&t.cx, key.token.expose()).await.unwrap().is_none());
    let granted = grant(&t.cx, &key.client.to_string(), key.token.expose(), None).await;
    assert_eq!(code_of(granted), "identity.invalid_client");
}

#[testkit::db_test]
async fn a_new_key_takes_over_without_a_pause(t: TestDb) {
    let (_, me) = owner(&t).await;
    let old = create(&t.cx, &me, wish(ORDERS)).await.unwrap();
    let new = rotate(&t.cx, &me, old.client).await.unwrap();
    for key in [&old, &new] {
        assert!(authenticate(&t.cx, key.token.expose()).await.unwrap().is_some());
    }
    t.clock.advance(Duration::from_days(7));
    assert!(authenticate(&t.cx, old.token.expose()).await.unwrap().is_none(), "the grace is over");
    assert!(authenticate(&t.cx, new.token.expose()).await.unwrap().is_some());
    t.clock.advance(Duration::from_days(84));
    assert!(authenticate(&t.cx, new.token.expose()).await.unwrap().is_none(), "every key ends");
}

#[testkit::db_test]
async fn what_is_ended_or_revoked_works_at_once_no_more(t: TestDb) {
    let (_, me) = owner(&t).await;
    let key = create(&t.cx, &me, wish(ORDERS)).await.unwrap();
    let client = key.client.to_string();
    let granted = grant(&t.cx, &client, key.token.expose(), None).await.unwrap();
    assert!(authenticate(&t.cx, granted.token.expose()).await.unwrap().is_some());
    end_key(&t.cx, &me, key.client, key.id).await.unwrap();
    for token in [key.token.expose(), granted.token.expose()] {
        assert!(authenticate(&t.cx, token).await.unwrap().is_none());
    }
    let second = rotate(&t.cx, &me, key.client).await.unwrap();
    revoke(&t.cx, &me, key.client).await.unwrap();
    assert!(authenticate(&t.cx, second.token.expose()).await.unwrap().is_none());
    assert_eq!(code_of(rotate(&t.cx, &me, key.client).await), "identity.wrong_state");
    assert_eq!(code_of(revoke(&t.cx, &me, key.client).await), "identity.wrong_state");
}

#[testkit::db_test]
async fn tokens_are_given_only_to_who_knows_the_secret_and_never_wider(t: TestDb) {
    let (_, me) = owner(&t).await;
    let narrow = Permissions::of(&[Permission::ReadOwnBusiness]);
    let key = create(&t.cx, &me, wish(narrow)).await.unwrap();
    let (client, secret) = (key.client.to_string(), key.token.expose().to_owned());
    for (client, secret, scopes, want) in [
        (client.as_str(), "evl_wrong", None, "identity.invalid_client"),
        ("cli_0000000000001", secret.as_str(), None, "identity.invalid_client"),
        ("nonsense", secret.as_str(), None, "identity.invalid_client"),
        (client.as_str(), secret.as_str(), Some(ORDERS), "identity.invalid_scope"),
        (client.as_str(), secret.as_str(), Some(Permissions::NONE), "identity.invalid_scope"),
    ] {
        assert_eq!(code_of(grant(&t.cx, client, secret, scopes).await), want);
    }
    let granted = grant(&t.cx, &client, &secret, None).await.unwrap();
    t.clock.advance(Duration::from_hours(1));
    assert!(authenticate(&t.cx, granted.token.expose()).await.unwrap().is_none(), "an hour is over");
}

#[testkit::db_test]
async fn w2_nobody_manages_a_foreign_client_and_staff_end_any(t: TestDb) {
    let (id, me) = owner(&t).await;
    let key = create(&t.cx, &me, wish(ORDERS)).await.unwrap();
    let hasher = crate::Hasher::new(crate::password::Cost::CHEAP, t.cx.rng.as_ref()).unwrap();
    let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
    let other = acting(other, Role::CUSTOMER).proved(t.cx.now());
    assert_eq!(code_of(rotate(&t.cx, &other, key.client).await), "identity.not_found");
    assert_eq!(code_of(revoke(&t.cx, &other, key.client).await), "identity.not_found");
    assert_eq!(code_of(end_key(&t.cx, &other, key.client, key.id).await), "identity.not_found");
    assert!(list(&t.cx, &other).await.unwrap().is_empty());
    assert_eq!(code_of(list_all(&t.cx, &other, PageRequest::new(None, 10)).await), "identity.not_allowed");
    let stale = acting(id, Role::CUSTOMER);
    assert_eq!(code_of(create(&t.cx, &stale, wish(ORDERS)).await), "identity.proof_needed");
    let wide = Permissions::of(&[Permission::ReadAudit]);
    assert_eq!(code_of(create(&t.cx, &me, wish(wide)).await), "identity.invalid");
    let staff = acting(AccountId(5), Role::SECURITY_OFFICER);
    assert_eq!(list_all(&t.cx, &staff, PageRequest::new(None, 10)).await.unwrap().items.len(), 1);
    revoke(&t.cx, &staff, key.client).await.unwrap();
}
