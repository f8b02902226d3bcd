//! Receipts.

use kernel::Refusal as _;
use serde_json::json;

use crate::document::{get, receipt, verify};
use crate::testing::{Counter, actor, phone};

#[testkit::db_test]
async fn a_receipt_is_issued_once_says_what_was_paid_and_proves_itself(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("mobile-top-up", "y30", phone())]).await;
    assert!(receipt(c.cx(), &c.customer, order).await.unwrap().is_empty());
    c.work().await;
    let issued = receipt(c.cx(), &c.customer, order).await.unwrap();
    assert_eq!(issued.len(), 1);
    let (document, facts) = (&issued[0], &issued[0].facts);
    assert_eq!((facts.total.minor, facts.total_capital.as_str()), (30_00, "叁拾元整"));
    assert_eq!(facts.order_number, c.view(order).await.order.number());
    assert_eq!((facts.payment.as_str(), facts.quantity), ("balance", 1));
    assert_eq!(facts.rows[0].label.zh, "充值号码");
    assert!(facts.rows[0].value.zh.contains("****"), "{:?}", facts.rows);
    assert!(kernel::parse_order_number(&document.number).is_some());
    let typed = document.code.to_lowercase().replace('-', " ");
    assert_eq!(&verify(c.cx(), &document.number, &typed).await.unwrap(), document);
    assert_eq!(&get(c.cx(), &c.customer, document.id).await.unwrap(), document);
    for (number, code) in
        [(document.number.as_str(), "0000-0000-00"), ("0000-0000-0000-00", &document.code), ("'", "'")]
    {
        assert_eq!(verify(c.cx(), number, code).await.unwrap_err().code(), "fulfilment.not_found");
    }
}

#[testkit::db_test]
async fn a_receipt_never_changes_and_a_tampered_one_is_not_verified(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("mobile-top-up", "y30", phone()), ("mobile-top-up", "y50", phone())]).await;
    c.work().await;
    let issued = receipt(c.cx(), &c.customer, order).await.unwrap();
    assert_eq!(issued.len(), 2, "one for each line");
    for step in c.log(order).await {
        crate::flow::ops::drive(c.cx(), &c.services, step.id).await.unwrap();
    }
    assert_eq!(receipt(c.cx(), &c.customer, order).await.unwrap(), issued);
    // Whoever writes into the database exchanges the facts of two receipts.
    let other = crate::services::seal(c.cx(), "document.facts", &json!(issued[1].facts)).unwrap();
    let sql = "UPDATE document SET facts = $1 WHERE id = $2";
    c.t.raw(sql, vec![db::Value::Bytes(other), db::Value::Int(issued[0].id.raw())]).await;
    let changed = verify(c.cx(), &issued[0].number, &issued[0].code).await.unwrap_err();
    assert_eq!(changed.code(), "fulfilment.not_found");
}

#[testkit::db_test]
async fn w2_a_foreign_receipt_is_not_found(t: testkit::TestDb) {
    let c = Counter::open(t).await;
    let order = c.place(vec![("mobile-top-up", "y30", phone())]).await;
    c.work().await;
    let id = receipt(c.cx(), &c.operator, order).await.unwrap()[0].id;
    let stranger = actor(c.cx(), kernel::Role::CUSTOMER);
    assert_eq!(receipt(c.cx(), &stranger, order).await.unwrap_err().code(), "fulfilment.not_found");
    assert_eq!(get(c.cx(), &stranger, id).await.unwrap_err().code(), "fulfilment.not_found");
}
