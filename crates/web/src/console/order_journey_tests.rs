//! What becomes of an order in the hands of staff, in a browser without script: tasks, what is handed over, notes, questions and an end.

use axum::http::StatusCode;
use testkit::TestDb;

use super::journey_tests::{ADMINISTRATOR, Browser, CUSTOMER, OPERATOR, PASSWORD, counter, place};

#[testkit::db_test]
async fn a_task_is_done_with_its_form_and_wrong_input_comes_back_as_typed(t: TestDb) {
    let (app, order) = counter(&t).await;
    let mut browser = Browser::signed_in(&app, OPERATOR).await;
    let task = browser.get("/console/tasks").await.first("/console/tasks/tsk_");
    let empty = browser.post(&task, &format!("{task}/complete"), &[("technician", "")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.html.contains("href=\"#f-technician\""), "{}", empty.html);
    let done = browser.post(&task, &format!("{task}/complete"), &[("technician", "王师傅")]).await;
    assert_eq!(done.to, "/console/tasks?done=completed", "{}", done.html);
    let late = browser.post(&task, &format!("{task}/complete"), &[("technician", "王师傅")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "somebody was faster");
    let page = browser.get(&format!("/console/orders/{order}")).await.html;
    assert!(page.contains("安排师傅") && page.contains("王师傅"));
}

#[testkit::db_test]
async fn o5_what_is_handed_over_is_retried_or_ended_with_a_reason_and_a_second_look(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut operator = Browser::signed_in(&app, OPERATOR).await;
    let task = operator.get("/console/tasks").await.first("/console/tasks/tsk_");
    assert_eq!(operator.post(&task, &format!("{task}/claim"), &[]).await.status, StatusCode::SEE_OTHER);
    let why = [("hand_over_reason", "客户电话打不通")];
    assert_eq!(
        operator.post(&task, &format!("{task}/hand-over"), &why).await.to,
        "/console/tasks?done=handed_over"
    );
    let flow = operator.get("/console/fallout").await.first("/console/fallout/flw_");
    let short = operator.post(&flow, &flow, &[("repair", "retry"), ("reason", "短")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refund = [("repair", "refund"), ("reason", "客户要求退款")];
    assert_eq!(operator.post(&flow, &flow, &refund).await.status, StatusCode::FORBIDDEN, "not an operator's");
    let retry = operator.post(&flow, &flow, &[("repair", "retry"), ("reason", "已与客户电话核对")]).await;
    assert_eq!(retry.to, "/console/fallout?done=retry", "{}", retry.html);
    let again = operator.post(&flow, &flow, &[("repair", "retry"), ("reason", "已与客户电话核对")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "O1");
}

#[testkit::db_test]
async fn an_order_is_noted_asked_about_revealed_and_cancelled_after_a_second_look(t: TestDb) {
    let (app, order) = counter(&t).await;
    let mut browser = Browser::signed_in(&app, ADMINISTRATOR).await;
    let page = format!("/console/orders/{order}");
    let act = |name: &str| format!("{page}/{name}");
    assert_eq!(
        browser.post(&page, &act("note"), &[("note", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        browser.post(&page, &act("note"), &[("note", "<b>已核对</b>")]).await.to,
        format!("{page}?done=noted")
    );
    assert_eq!(
        browser.post(&page, &act("ask"), &[("question", "门禁密码？")]).await.to,
        format!("{page}?done=asked")
    );
    let shown = browser.get(&page).await.html;
    assert!(shown.contains("&lt;b&gt;已核对") && shown.contains("门禁密码？") && !shown.contains(CUSTOMER));
    let clear = browser.post(&page, &act("reveal"), &[("reveal_reason", "核对上门地址")]).await;
    assert!(clear.html.contains("漕溪北路88号1203室"), "{}", clear.html);
    let cancel = [("cancel_reason", "客户来电取消")];
    let look = browser.post(&page, &act("cancel"), &cancel).await.html;
    assert!(look.contains("name=\"sure\""), "asked once more");
    let sure = [("cancel_reason", "客户来电取消"), ("sure", "yes")];
    assert_eq!(browser.post(&page, &act("cancel"), &sure).await.to, format!("{page}?done=cancelled"));
    let audit = browser.get(&format!("/console/audit?object={order}")).await.html;
    for verb in ["order.reveal", "order.note", "order.ask_customer", "order.cancel"] {
        assert!(audit.contains(verb), "{verb}");
    }
}

#[testkit::db_test]
async fn a_page_that_waits_for_a_payment_is_led_on_once(t: TestDb) {
    let (app, order) = counter(&t).await;
    let system = kernel::Actor::system("test");
    let buyer = ordering::order::query::get(&app.cx, &system, order).await.unwrap().customer;
    let order = place(&app, buyer, catalogue::service::PaymentMethod::Card).await;
    let mut customer = Browser::new(&app);
    let fields = [("contact", CUSTOMER), ("password", PASSWORD), ("next", "/orders")];
    assert_eq!(customer.post("/login", "/login", &fields).await.to, "/orders");
    // It is not being confirmed. The stream says so once and ends: told again and again, a browser would never leave.
    let told = customer.get(&format!("/pay/{order}/live")).await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(told.html.matches("event: go").count(), 1);
    assert!(told.html.contains(&format!("data: /pay/{order}/result")), "{}", told.html);
}
