//! Who may do what.

use kernel::{AccountId, Money, Permission, Permissions, Role, Text};
use testkit::TestDb;

use super::*;
use crate::session::authenticate;
use crate::testing::*;

#[test]
fn the_matrix_of_roles_and_permissions() {
    insta::assert_snapshot!(matrix());
}

/// An administrator who has just shown a factor.
fn proved(id: AccountId, role: Role, t: &TestDb) -> kernel::Actor {
    acting(id, role).proved(t.cx.now())
}

fn wish(role: Role, permissions: &[Permission], version: i64) -> EditRole {
    EditRole {
        role,
        title: Text { zh: "网点柜员".to_owned(), en: Some("Branch teller".to_owned()) },
        permissions: Permissions::of(permissions),
        second_factor: true,
        limits: Limits::default(),
        version,
    }
}

#[testkit::db_test]
async fn an_operator_makes_a_role_and_it_counts_from_the_next_request_on(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    let teller = Role::from_name("branch_teller").unwrap();
    edit_role(cx, &admin, wish(teller, &[Permission::ReadOrders, Permission::RefundOrder], 0)).await.unwrap();
    let desk = account(cx, &hasher, "desk", Role::OPERATOR).await;
    set_roles(cx, &admin, desk, vec![teller]).await.unwrap();
    let rights = rights_of(&mut cx.read().await.unwrap(), &[teller]).await.unwrap();
    assert!(rights.permissions.contains(Permission::RefundOrder) && rights.second_factor);
    edit_role(cx, &admin, wish(teller, &[Permission::ReadOrders], 1)).await.unwrap();
    let rights = rights_of(&mut cx.read().await.unwrap(), &[teller]).await.unwrap();
    assert!(!rights.permissions.contains(Permission::RefundOrder));
    assert_eq!(code_of(edit_role(cx, &admin, wish(teller, &[], 1)).await), "identity.wrong_state");
    assert_eq!(code_of(remove_role(cx, &admin, teller, 2).await), "identity.invalid", "somebody holds it");
    set_roles(cx, &admin, desk, vec![Role::OPERATOR]).await.unwrap();
    remove_role(cx, &admin, teller, 2).await.unwrap();
    assert!(audited(&t).await.contains(&"role.remove".to_owned()));
    let edits = t.raw("SELECT id FROM audit_entry WHERE verb = 'role.edit'", Vec::new()).await;
    assert_eq!(edits.len(), 4, "two second factors by the setup of the test, the role, its change");
}

#[testkit::db_test]
async fn w3_a_role_that_was_emptied_or_removed_allows_nothing(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    edit_role(cx, &admin, wish(Role::OPERATOR, &[], 0)).await.unwrap();
    let mut tx = cx.read().await.unwrap();
    assert!(rights_of(&mut tx, &[Role::OPERATOR]).await.unwrap().permissions.is_empty());
    let gone = Role::from_name("long_gone").unwrap();
    assert!(rights_of(&mut tx, &[gone]).await.unwrap().permissions.is_empty());
    assert!(rights_of(&mut tx, &[]).await.unwrap().permissions.is_empty());
}

#[testkit::db_test]
async fn nobody_makes_a_role_beyond_their_own_right(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    let keeper = Role::from_name("role_keeper").unwrap();
    edit_role(cx, &admin, wish(keeper, &[Permission::ManageRoles, Permission::ManageStaff], 0))
        .await
        .unwrap();
    let mut narrow = admin.clone();
    if let kernel::ActorKind::Account(own) = &mut narrow.kind {
        own.permissions = Permissions::of(&[Permission::ManageRoles, Permission::ManageStaff]);
    }
    let other = Role::from_name("other").unwrap();
    let stale = acting(admin.account().unwrap(), Role::ADMINISTRATOR);
    for (actor, edit, want) in [
        (&stale, wish(other, &[], 0), "identity.proof_needed"),
        (&anonymous(HOME), wish(other, &[], 0), "identity.sign_in_needed"),
        (&proved(AccountId(9), Role::OPERATOR, &t), wish(other, &[], 0), "identity.not_allowed"),
        (&narrow, wish(other, &[Permission::RefundOrder], 0), "identity.invalid"),
        (&admin, wish(Role::CUSTOMER, &[], 0), "identity.invalid"),
        (&admin, wish(other, &[Permission::ActAsCustomer], 0), "identity.invalid"),
        (&admin, wish(Role::ORG_OWNER, &[Permission::ReadOrders], 0), "identity.invalid"),
        (&admin, wish(Role::ADMINISTRATOR, &[Permission::ManageStaff], 0), "identity.invalid"),
    ] {
        assert_eq!(code_of(edit_role(cx, actor, edit).await), want);
    }
    let desk = account(cx, &hasher, "desk", Role::OPERATOR).await;
    let given = set_roles(cx, &narrow, desk, vec![Role::FINANCE]).await;
    assert_eq!(code_of(given), "identity.invalid", "refunding is not theirs to give");
}

#[testkit::db_test]
async fn limits_hold_for_one_act_and_for_the_day_also_in_parallel(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    let mut edit = wish(Role::FINANCE, &[Permission::RefundOrder], 0);
    edit.limits = Limits { transaction: Some(500_000), day: Some(1_200_000) };
    edit_role(cx, &admin, edit).await.unwrap();
    let clerk = acting(account(cx, &hasher, "clerk", Role::FINANCE).await, Role::FINANCE);
    let take = async |minor| {
        let mut tx = cx.begin().await.unwrap();
        let result = spend(&mut tx, cx, &clerk, Permission::RefundOrder, Money::cny(minor)).await;
        if result.is_ok() {
            tx.commit().await.unwrap();
        }
        result
    };
    assert_eq!(code_of(take(500_001).await), "identity.over_limit");
    let all = futures_util::future::join_all((0..5).map(|_| take(400_000))).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 3, "three times 4,000 are 12,000");
    assert_eq!(code_of(take(1).await), "identity.over_day_limit");
    t.clock.advance(kernel::Duration::from_hours(24));
    take(400_000).await.unwrap();
    let found = who_may(cx, &admin, Permission::RefundOrder, Some(500_001)).await.unwrap();
    let finance = found.iter().find(|(view, _)| view.role == Role::FINANCE).unwrap();
    assert!(!finance.1 && found.iter().any(|(view, within)| view.role == Role::ADMINISTRATOR && *within));
}

#[testkit::db_test]
async fn changed_roles_count_from_the_next_request_on(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    let desk = account(cx, &hasher, "desk", Role::OPERATOR).await;
    let session = sign_in(cx, &hasher, HOME, "desk@example.com", PASSWORD).await.unwrap();
    set_roles(cx, &admin, desk, vec![Role::ADMINISTRATOR, Role::OPERATOR, Role::OPERATOR]).await.unwrap();
    let signed_in = authenticate(cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.roles, [Role::ADMINISTRATOR, Role::OPERATOR]);
    assert!(audited(&t).await.contains(&"role.change".to_owned()));
}

#[testkit::db_test]
async fn nobody_changes_roles_beyond_their_own_right(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = proved(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR, &t);
    let desk = account(cx, &hasher, "desk", Role::OPERATOR).await;
    let lin = customer(cx, &hasher).await;
    let own = admin.account().unwrap();
    for (actor, id, roles, want) in [
        (&anonymous(HOME), desk, vec![Role::ADMINISTRATOR], "identity.sign_in_needed"),
        (&acting(desk, Role::OPERATOR), desk, vec![Role::ADMINISTRATOR], "identity.not_allowed"),
        (&acting(lin, Role::CUSTOMER), lin, vec![Role::ADMINISTRATOR], "identity.not_allowed"),
        (&admin, own, vec![Role::OPERATOR], "identity.own_account"),
        (&admin, lin, vec![Role::OPERATOR], "identity.invalid"),
        (&admin, desk, vec![Role::CUSTOMER], "identity.invalid"),
        (&admin, desk, vec![], "identity.invalid"),
        (&admin, AccountId(1), vec![Role::OPERATOR], "identity.not_found"),
    ] {
        assert_eq!(code_of(set_roles(cx, actor, id, roles).await), want);
    }
}
