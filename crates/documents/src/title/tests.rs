//! The book of titles.

use kernel::Refusal as _;

use super::{NewTitle, TitleKind, add, list, remove};
use crate::testing::{customer, open};

fn company(tax_number: &str) -> NewTitle {
    NewTitle {
        kind: TitleKind::Company,
        name: " 长明演示有限公司 ".to_owned(),
        tax_number: tax_number.to_owned(),
    }
}

#[testkit::db_test]
async fn a_title_is_kept_once_and_removed_for_its_owner_only(t: testkit::TestDb) {
    let cx = open(&t).await;
    let (owner, stranger) = (customer(&cx).await, customer(&cx).await);
    let title = add(&cx, &owner, &company("91350100m000100y43")).await.unwrap();
    assert_eq!(title.facts.name, "长明演示有限公司");
    assert_eq!(title.facts.tax_number.as_deref(), Some("91350100M000100Y43"));
    assert_eq!(add(&cx, &owner, &company("91350100M000100Y43")).await.unwrap(), title);
    assert_eq!(list(&cx, &owner).await.unwrap(), std::slice::from_ref(&title));
    assert!(list(&cx, &stranger).await.unwrap().is_empty());
    assert_eq!(remove(&cx, &stranger, title.id).await.unwrap_err().code(), "documents.not_found");
    remove(&cx, &owner, title.id).await.unwrap();
    assert!(list(&cx, &owner).await.unwrap().is_empty());
    assert_eq!(remove(&cx, &owner, title.id).await.unwrap_err().code(), "documents.not_found");
}

#[testkit::db_test]
async fn a_company_needs_a_code_whose_check_character_is_right(t: testkit::TestDb) {
    let cx = open(&t).await;
    let owner = customer(&cx).await;
    for wrong in ["", "91350100M000100Y44", "123"] {
        let error = add(&cx, &owner, &company(wrong)).await.unwrap_err();
        assert_eq!(error.fields()[0].pointer, "/tax_number", "{wrong}");
    }
    let nameless = NewTitle { kind: TitleKind::Person, name: " ".to_owned(), tax_number: String::new() };
    assert_eq!(add(&cx, &owner, &nameless).await.unwrap_err().fields()[0].pointer, "/name");
}
