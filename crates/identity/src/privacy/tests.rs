//! What somebody agreed to, gets a copy of, and takes along.

use kernel::Role;
use testkit::TestDb;

use super::*;
use crate::merge::Unhindered;
use crate::testing::*;

#[testkit::db_test]
async fn agreements_are_kept_with_their_version_and_taken_back_as_easily(t: TestDb) {
    let hasher = ready(&t).await;
    let lin = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    give_consent(&t.cx, &lin, ConsentPurpose::Personalisation).await.unwrap();
    give_consent(&t.cx, &lin, ConsentPurpose::Personalisation).await.unwrap();
    withdraw_consent(&t.cx, &lin, ConsentPurpose::Personalisation).await.unwrap();
    let kept = consents(&t.cx, &lin).await.unwrap();
    let of = |purpose| kept.iter().filter(|one| one.purpose == purpose).collect::<Vec<_>>();
    assert_eq!(of(ConsentPurpose::Notice).len(), 1, "agreed to when registering");
    let [own] = of(ConsentPurpose::Personalisation)[..] else { panic!("{kept:?}") };
    assert_eq!((own.version.as_str(), own.withdrawn_at), ("2026-11", Some(t.cx.now())));
    let notice = withdraw_consent(&t.cx, &lin, ConsentPurpose::Notice).await;
    assert_eq!(code_of(notice), "identity.consent_needed");
}

#[testkit::db_test]
async fn a_copy_needs_a_fresh_proof_and_holds_what_is_known_without_secrets(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    assert_eq!(code_of(export(&t.cx, &acting(id, Role::CUSTOMER)).await), "identity.proof_needed");
    let copy = export(&t.cx, &acting(id, Role::CUSTOMER).proved(t.cx.now())).await.unwrap();
    assert_eq!(copy["account"]["phone"], "+8613800138000");
    let text = copy.to_string();
    assert!(!text.contains("argon2") && !text.contains("evl_"), "{text}");
    assert!(audited(&t).await.contains(&"account.export".to_owned()));
}

/// Every table of identity that points at an account.
async fn tables_of_people(t: &TestDb) -> Vec<String> {
    let found = t.cx.db.schema().await.unwrap();
    let own = |table: &str| {
        crate::MIGRATIONS.files.iter().any(|(_, sql)| sql.contains(&format!("CREATE TABLE {table} (")))
    };
    let points = |table: &db::Table| {
        table.columns.iter().any(|column| matches!(column.name.as_str(), "account_id" | "owner_id"))
    };
    let mut tables: Vec<String> =
        found.into_iter().filter(|table| own(&table.name) && points(table)).map(|table| table.name).collect();
    tables.dedup();
    tables
}

#[testkit::db_test]
async fn whoever_closes_the_account_is_erased_from_every_table(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    with_app(&t, id).await;
    let me = acting(id, Role::CUSTOMER).proved(t.cx.now());
    close_own(&t.cx, &me, &Unhindered, "不再使用了，请删除").await.unwrap();
    let tables = tables_of_people(&t).await;
    assert!(tables.len() > 10, "{tables:?}");
    // Agreements prove what was done in their time; allowances are numbers.
    for table in
        tables.iter().filter(|table| !matches!(table.as_str(), "consent" | "allowance" | "identity_review"))
    {
        let column = if table == "api_client" { "owner_id" } else { "account_id" };
        let left = t.raw(&format!("SELECT 1 FROM {table} WHERE {column} = {}", id.0), Vec::new()).await;
        assert!(left.is_empty(), "{table} still knows them");
    }
    assert!(sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.is_err());
    assert_eq!(code_of(crate::account::profile(&t.cx, &me).await.map(|p| p.name.is_none())), "ok");
    customer(&t.cx, &hasher).await;
}

#[testkit::db_test]
async fn staff_owners_and_who_shows_no_proof_are_not_closed(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let why = "不再使用了，请删除";
    let stale = close_own(&t.cx, &acting(id, Role::CUSTOMER), &Unhindered, why).await;
    assert_eq!(code_of(stale), "identity.proof_needed");
    let desk = account(&t.cx, &hasher, "desk", Role::OPERATOR).await;
    let desk = acting(desk, Role::OPERATOR).proved(t.cx.now());
    assert_eq!(code_of(close_own(&t.cx, &desk, &Unhindered, why).await), "identity.own_account");
    let me = acting(id, Role::CUSTOMER).proved(t.cx.now());
    let wish = crate::organisation::Found {
        kind: crate::organisation::OrganisationKind::Enterprise,
        name: "长明科技有限公司".to_owned(),
        code: "91350100M000100Y43".to_owned(),
    };
    crate::organisation::found(&t.cx, &me, wish).await.unwrap();
    assert_eq!(code_of(close_own(&t.cx, &me, &Unhindered, why).await), "identity.account_in_use");
}

#[testkit::db_test]
async fn what_was_learned_of_sign_ins_goes_with_the_account(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let learned = async || {
        let sql = format!("SELECT 1 FROM risk_habit WHERE account_id = {}", id.0);
        t.raw(&sql, Vec::new()).await.len()
    };
    assert!(learned().await > 0);
    let me = acting(id, Role::CUSTOMER).proved(t.cx.now());
    close_own(&t.cx, &me, &Unhindered, "不再使用了，请删除").await.unwrap();
    assert_eq!(learned().await, 0);
}
