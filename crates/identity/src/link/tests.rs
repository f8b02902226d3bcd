//! Removing links.

use kernel::Role;
use testkit::TestDb;

use super::model::NewLink;
use super::*;
use crate::account::{Checked, find_account, mark_verified, parse_contact, write_vouched};
use crate::code::Purpose;
use crate::testing::*;

/// An account that only another party opens.
async fn vouched(t: &TestDb, contact: &str) -> kernel::AccountId {
    let phone = parse_contact(contact).ok();
    let checked = Checked { phone, email: None, name: None, password: String::new() };
    let mut tx = t.cx.begin().await.unwrap();
    let account = write_vouched(&mut tx, &t.cx, &checked, kernel::Locale::Zh).await.unwrap();
    tx.commit().await.unwrap();
    account.id
}

async fn link(t: &TestDb, account: kernel::AccountId, index: &[u8]) -> Result<LinkId, crate::Error> {
    let mut tx = t.cx.begin().await.unwrap();
    let stored = find_account(&mut tx, account).await.unwrap().unwrap();
    let new = NewLink { account, provider: "them", subject_index: index, name: Some("小满") };
    let id = add(&mut tx, &t.cx, &stored, new).await?;
    tx.commit().await.unwrap();
    Ok(id)
}

#[testkit::db_test]
async fn w8_only_its_owner_removes_a_link_and_only_after_a_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let other = account(cx, &hasher, "other", Role::CUSTOMER).await;
    let link = link(&t, id, b"one").await.unwrap();
    let (me, stranger) = (acting(id, Role::CUSTOMER), acting(other, Role::CUSTOMER));
    assert_eq!(code_of(remove(cx, &anonymous(HOME), link).await), "identity.sign_in_needed");
    assert_eq!(code_of(remove(cx, &me, link).await), "identity.proof_needed");
    let stranger = stranger.proved(cx.now());
    assert_eq!(code_of(remove(cx, &stranger, link).await), "identity.third_party_link_not_found");
    assert!(list(cx, &stranger).await.unwrap().is_empty());
    let me = me.proved(cx.now());
    remove(cx, &me, link).await.unwrap();
    assert_eq!(code_of(remove(cx, &me, link).await), "identity.third_party_link_not_found");
    assert!(audited(&t).await.contains(&"link.remove".to_owned()));
}

#[testkit::db_test]
async fn the_last_way_in_stays(t: TestDb) {
    ready(&t).await;
    let cx = &t.cx;
    let id = vouched(&t, "13900139000").await;
    let (first, second) = (link(&t, id, b"one").await.unwrap(), link(&t, id, b"two").await.unwrap());
    let me = acting(id, Role::CUSTOMER).proved(cx.now());
    remove(cx, &me, first).await.unwrap();
    assert_eq!(code_of(remove(cx, &me, second).await), "identity.last_way_in");
    assert_eq!(list(cx, &me).await.unwrap().len(), 1);
    // A verified address that codes are sent to is a way in.
    let mut tx = cx.begin().await.unwrap();
    mark_verified(&mut tx, id, Purpose::VerifyPhone, cx.now()).await.unwrap();
    tx.commit().await.unwrap();
    remove(cx, &me, second).await.unwrap();
}

#[testkit::db_test]
async fn an_identity_opens_one_account_and_an_account_has_twenty_at_most(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let other = vouched(&t, "13900139000").await;
    link(&t, id, b"one").await.unwrap();
    assert_eq!(code_of(link(&t, other, b"one").await), "identity.link_taken");
    for n in 0..19_u8 {
        link(&t, id, &[n, 1, 1]).await.unwrap();
    }
    assert_eq!(code_of(link(&t, id, b"more").await), "identity.too_many_links");
}
