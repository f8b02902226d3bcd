//! The console's view of accounts.

use kernel::{AccountId, PageRequest, Role};
use testkit::TestDb;

use super::*;
use crate::testing::*;

#[testkit::db_test]
async fn staff_find_customers_masked(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let desk = acting(account(cx, &hasher, "desk", Role::OPERATOR).await, Role::OPERATOR);
    let id = customer(cx, &hasher).await;
    for text in ["13800138000", " +86 138 0013 8000 ", &id.to_string()] {
        let found = search_customers(cx, &desk, text).await.unwrap().unwrap();
        assert_eq!((found.id, found.verified), (id, false), "{text}");
        assert_eq!(found.name.as_deref(), Some("林*"));
        assert_eq!(found.phone.as_deref(), Some("138****8000"));
    }
    for text in ["1380013800", "desk@example.com", "", "%", "acc_0000000000001"] {
        assert!(search_customers(cx, &desk, text).await.unwrap().is_none(), "{text}");
    }
    assert_eq!(find_customer(cx, &desk, id).await.unwrap().id, id);
    let staff = find_customer(cx, &desk, desk.account().unwrap()).await;
    assert_eq!(code_of(staff), "identity.not_found");
    let both = views(cx, &desk, &[id, desk.account().unwrap(), AccountId(1)]).await.unwrap();
    assert_eq!(both.len(), 2);
    assert!(views(cx, &desk, &[]).await.unwrap().is_empty());
}

#[testkit::db_test]
async fn customers_are_listed_newest_first_page_by_page(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR);
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(account(cx, &hasher, &format!("c{number}"), Role::CUSTOMER).await);
    }
    made.reverse();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list_customers(cx, &admin, PageRequest::new(after, 2)).await.unwrap();
        seen.extend(page.items.iter().map(|view| view.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);
    let staff = list_staff(cx, &admin, PageRequest::new(None, 10)).await.unwrap();
    assert_eq!(staff.items.len(), 1);
    assert_eq!(staff.items[0].email.as_deref(), Some("a***@example.com"));
}

#[testkit::db_test]
async fn personal_data_is_shown_only_with_permission_and_reason_and_stays_in_the_audit(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR);
    let id = customer(cx, &hasher).await;
    let desk = acting(AccountId(2), Role::OPERATOR);
    assert_eq!(code_of(reveal(cx, &admin, id, "核对").await), "identity.proof_needed", "W8");
    let admin = admin.proved(cx.now());
    assert_eq!(code_of(reveal(cx, &desk, id, "核对").await), "identity.not_allowed");
    assert_eq!(code_of(reveal(cx, &anonymous(HOME), id, "核对").await), "identity.sign_in_needed");
    assert_eq!(code_of(reveal(cx, &admin, id, "  ").await), "identity.invalid");
    assert_eq!(code_of(reveal(cx, &admin, id, &"长".repeat(501)).await), "identity.invalid");
    assert_eq!(code_of(reveal(cx, &admin, AccountId(1), "核对").await), "identity.not_found");
    assert!(!audited(&t).await.contains(&"account.reveal".to_owned()));

    let shown = reveal(cx, &admin, id, "客户来电核对").await.unwrap();
    assert_eq!(shown.phone.as_deref(), Some("+8613800138000"));
    assert_eq!(shown.name.as_deref(), Some("林小满"));
    let filter = audit::Filter { verb: Some("account.reveal".to_owned()), ..audit::Filter::default() };
    let found = audit::search(cx, &filter, &PageRequest::new(None, 10)).await.unwrap().items;
    assert_eq!(found.first().unwrap().reason.as_deref(), Some("客户来电核对"));
}

#[testkit::db_test]
async fn customers_see_no_other_accounts(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = customer(cx, &hasher).await;
    let me = acting(id, Role::CUSTOMER);
    let page = PageRequest::new(None, 10);
    assert_eq!(code_of(list_customers(cx, &me, page).await), "identity.not_allowed");
    assert_eq!(code_of(list_staff(cx, &me, page).await), "identity.not_allowed");
    assert_eq!(code_of(search_customers(cx, &me, PHONE).await), "identity.not_allowed");
    assert_eq!(code_of(find_customer(cx, &me, id).await), "identity.not_allowed");
    assert_eq!(code_of(views(cx, &me, &[id]).await), "identity.not_allowed");
}
