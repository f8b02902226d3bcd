//! From an order that is done to its documents and its invoice, in two browsers without script: the customer's and the clerk's.

use axum::http::{HeaderMap, StatusCode};
use kernel::{Duration, Role};
use testkit::TestDb;

use super::journey_tests::{Browser, CUSTOMER, OPERATOR, PASSWORD, counter, person};
use crate::App;

const CLERK: &str = "finance@example.com";
const STRANGER: &str = "13900139000";
const TYPED: [(&str, &str); 4] = [
    ("title", "new"),
    ("kind", "company"),
    ("name", "长明演示有限公司"),
    ("tax_number", "91350100M000100Y43"),
];

async fn customer(app: &App, contact: &str) -> Browser {
    let mut browser = Browser::new(app);
    let fields = [("contact", contact), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(browser.post("/login", "/login", &fields).await.to, "/account");
    browser
}

/// The technician goes there and does it, so that the order is paid and has a receipt.
async fn done(t: &TestDb, app: &App) {
    work(app).await;
    task(app, &[("technician", "王师傅")]).await;
    t.clock.advance(Duration::from_days(3));
    work(app).await;
    task(app, &[("result", "done"), ("note", "")]).await;
    work(app).await;
}

/// Whoever is on duty finishes the one task that is open.
async fn task(app: &App, fields: &[(&str, &str)]) {
    let mut operator = Browser::signed_in(app, OPERATOR).await;
    let task = operator.get("/console/tasks").await.first("/console/tasks/tsk_");
    let done = operator.post(&task, &format!("{task}/complete"), fields).await;
    assert_eq!(done.to, "/console/tasks?done=completed", "{}", done.html);
}

async fn work(app: &App) {
    let mut registry = durable::Registry::default();
    fulfilment::register(&mut registry, std::sync::Arc::clone(&app.fulfilment));
    durable::run_due(&app.cx, &registry).await.unwrap();
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[testkit::db_test]
async fn w2_documents_are_issued_once_printed_verified_and_nobody_elses(t: TestDb) {
    let (app, order) = counter(&t).await;
    let mut me = customer(&app, CUSTOMER).await;
    let page = format!("/orders/{order}");
    assert!(!me.get(&page).await.html.contains("/proof\""), "nothing was paid yet");
    let early = me.post(&page, &format!("{page}/proof"), &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "set aside is not paid");
    done(&t, &app).await;
    me = customer(&app, CUSTOMER).await;
    assert!(me.get(&page).await.html.contains(&format!("action=\"{page}/proof\"")));

    let proof = me.post(&page, &format!("{page}/proof"), &[]).await.to;
    assert!(proof.starts_with("/documents/ppr_"), "{proof}");
    assert_eq!(me.post(&page, &format!("{page}/proof"), &[]).await.to, proof, "the same one again");
    let shown = me.get(&proof).await.html;
    for part in ["付款证明", "¥99.00", "验证码", "data-print"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let month = "/account/statements/2025-10";
    let statement = me.post(month, &format!("{month}/issue"), &[]).await.to;
    let list = me.get("/documents").await.html;
    assert!(list.contains(&proof) && list.contains(&statement));

    let (status, headers, bytes) = me.file(&format!("{proof}.pdf")).await;
    assert_eq!((status, header(&headers, "content-type")), (StatusCode::OK, "application/pdf"));
    assert!(bytes.starts_with(b"%PDF-") && header(&headers, "cache-control") == "no-store");
    assert!(header(&headers, "content-disposition").starts_with("inline; filename*=UTF-8''%E4%BB%98"));
    let again = me.file(&format!("{proof}.pdf")).await;
    assert_eq!((again.2, header(&again.1, "etag")), (bytes, header(&headers, "etag")));
    let (status, headers, _) = me.file(&format!("{page}/receipt.pdf")).await;
    assert_eq!((status, header(&headers, "content-type")), (StatusCode::OK, "application/pdf"));

    person(&app, STRANGER, Role::CUSTOMER).await;
    let mut other = customer(&app, STRANGER).await;
    for path in [&proof, &statement, &format!("{proof}.pdf"), &format!("{page}/receipt.pdf")] {
        assert_eq!(other.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert!(Browser::new(&app).get(path).await.to.starts_with("/login"), "{path}");
    }
    assert!(!other.get("/documents").await.html.contains("/documents/ppr_"));
    let foreign = other.post("/me", &format!("{page}/proof"), &[]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[testkit::db_test]
async fn a_month_that_runs_is_not_issued(t: TestDb) {
    let (app, _) = counter(&t).await;
    let mut me = customer(&app, CUSTOMER).await;
    let now = crate::ui::time::date_text(app.cx.now());
    let month = format!("/account/statements/{}", now.get(..7).unwrap());
    assert!(!me.get(&month).await.html.contains("/issue\""));
    assert_eq!(me.post(&month, &format!("{month}/issue"), &[]).await.status, StatusCode::CONFLICT);
    let none = me.post(&month, "/account/statements/2026-13/issue", &[]).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[testkit::db_test]
async fn an_invoice_is_asked_for_issued_reversed_after_a_second_look_and_no_longer_counts(t: TestDb) {
    let (app, order) = counter(&t).await;
    person(&app, CLERK, Role::FINANCE).await;
    let mut me = customer(&app, CUSTOMER).await;
    let page = format!("/orders/{order}/invoice");
    assert!(!me.get(&page).await.html.contains("id=\"invoice-form\""), "not before it has ended");
    assert_eq!(me.post("/me", &page, &TYPED).await.status, StatusCode::CONFLICT);
    done(&t, &app).await;
    me = customer(&app, CUSTOMER).await;
    let mut clerk = Browser::signed_in(&app, CLERK).await;
    let wrong = [("title", "new"), ("kind", "company"), ("name", "长明演示有限公司"), ("tax_number", "12")];
    let again = me.post(&page, &page, &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.html.contains("href=\"#f-tax_number\"") && again.html.contains("value=\"长明演示有限公司\"")
    );
    assert_eq!(me.post(&page, &page, &TYPED).await.to, page);
    assert!(me.get(&page).await.html.contains("待开具"));
    assert!(me.get("/invoices/titles").await.html.contains("91350100M000100Y43"));
    assert_eq!(me.post("/me", &page, &TYPED).await.status, StatusCode::CONFLICT, "one at a time");

    let request = clerk.get("/console/invoices").await.first("/console/invoices/ivc_");
    let act = |name: &str| format!("{request}/{name}");
    let number = |text| [("tax_platform_number", text)];
    let bad = clerk.post(&request, &act("issue"), &number("12")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let issued = clerk.post(&request, &act("issue"), &number("26442000000012345678")).await;
    assert_eq!(issued.to, format!("{request}?done=issued"), "{}", issued.html);
    let paper = me.get("/invoices").await.first("/documents/ppr_");
    let shown = me.get(&paper).await.html;
    assert!(shown.contains("26442000000012345678") && shown.contains("91350100M000100Y43"));

    // What the code on the paper leads to, for anybody.
    let id = paper.trim_start_matches("/documents/").parse().unwrap();
    let system = kernel::Actor {
        kind: kernel::ActorKind::account(kernel::AccountId(1), vec![Role::FINANCE]),
        ..kernel::Actor::system("test")
    };
    let known = documents::document::find(&app.cx, &system, id).await.unwrap();
    let check = format!("/verify?number={}&code={}", known.number, known.code);
    let told = Browser::new(&app).get(&check).await.html;
    assert!(
        told.contains("单据真实有效") && told.contains("发票") && told.contains("长明演示有限公司"),
        "{told}"
    );
    let forged = Browser::new(&app).get(&format!("/verify?number={}&code=7Q2M-9K4T-XB", known.number)).await;
    assert!(!forged.html.contains("单据真实有效"));

    let why = [("reason", "客户抬头填写有误")];
    let look = clerk.post(&request, &act("reverse"), &why).await.html;
    assert!(look.contains("name=\"sure\""), "asked once more");
    assert!(me.get(&page).await.html.contains("已开具"), "nothing happened yet");
    let sure = [("reason", "客户抬头填写有误"), ("sure", "yes")];
    assert_eq!(clerk.post(&request, &act("reverse"), &sure).await.to, format!("{request}?done=reversed"));
    let told = Browser::new(&app).get(&check).await.html;
    assert!(told.contains("不再有效") && !told.contains("单据真实有效"), "{told}");
    assert!(me.get(&page).await.html.contains("id=\"invoice-form\""), "it may be asked for anew");
    assert!(clerk.get("/console/invoices?state=reversed").await.html.contains("ivc_"));
}
