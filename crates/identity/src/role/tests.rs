//! Who may do what.

use kernel::{AccountId, Role};
use testkit::TestDb;

use super::*;
use crate::session::authenticate;
use crate::testing::*;

#[test]
fn the_matrix_of_roles_and_permissions() {
    insta::assert_snapshot!(matrix(), @r"
    permission           customer      operator      administrator
    ActAsCustomer        yes           -             -
    ReadOrders           -             yes           yes
    WorkOrders           -             yes           yes
    RefundOrder          -             -             yes
    ReadCatalogue        -             yes           yes
    PublishCatalogue     -             -             yes
    ReadStock            -             yes           yes
    WriteStock           -             yes           yes
    ReadCustomers        -             yes           yes
    RevealPersonalData   -             -             yes
    ReadAudit            -             -             yes
    ReadHealth           -             yes           yes
    ManageStaff          -             -             yes
    ");
}

#[testkit::db_test]
async fn changed_roles_count_from_the_next_request_on(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::Administrator).await, Role::Administrator);
    let desk = account(cx, &hasher, "desk", Role::Operator).await;
    let session = sign_in(cx, &hasher, HOME, "desk@example.com", PASSWORD).await.unwrap();
    set_roles(cx, &admin, desk, vec![Role::Administrator, Role::Operator, Role::Operator]).await.unwrap();
    let signed_in = authenticate(cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.roles, [Role::Operator, Role::Administrator]);
    assert!(audited(&t).await.contains(&"role.change".to_owned()));
}

#[testkit::db_test]
async fn nobody_changes_roles_beyond_their_own_right(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::Administrator).await, Role::Administrator);
    let desk = account(cx, &hasher, "desk", Role::Operator).await;
    let lin = customer(cx, &hasher).await;
    let own = admin.account().unwrap();
    for (actor, id, roles, want) in [
        (&anonymous(HOME), desk, vec![Role::Administrator], "identity.sign_in_needed"),
        (&acting(desk, Role::Operator), desk, vec![Role::Administrator], "identity.not_allowed"),
        (&acting(lin, Role::Customer), lin, vec![Role::Administrator], "identity.not_allowed"),
        (&admin, own, vec![Role::Operator], "identity.own_account"),
        (&admin, lin, vec![Role::Operator], "identity.invalid"),
        (&admin, desk, vec![Role::Customer], "identity.invalid"),
        (&admin, desk, vec![], "identity.invalid"),
        (&admin, AccountId(1), vec![Role::Operator], "identity.not_found"),
    ] {
        assert_eq!(code_of(set_roles(cx, actor, id, roles).await), want);
    }
}
