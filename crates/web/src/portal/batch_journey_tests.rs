//! Orders by file, as a browser without script does it.

use axum::http::StatusCode;
use catalogue::pack::SourceFile;
use kernel::{AccountId, Actor, Money};
use testkit::TestDb;

use super::journey_tests::{Browser, TABLES, demo};
use crate::App;

const UPLOAD: &str = "/org/batches/new?service=mobile-top-up&offering=y10";
const SERVICE: [(&str, &str); 2] = [("service", "mobile-top-up"), ("offering", "y10")];

/// The demo with its services.
async fn counter(t: &TestDb) -> App {
    t.migrate(&TABLES).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/telecom.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let files = [SourceFile { name: "telecom.yaml".to_owned(), text }];
    catalogue::service::publish(&t.cx, &Actor::system("test"), &files).await.unwrap();
    demo(t).await
}

/// Founds an enterprise with ¥100 and acts for it.
async fn enterprise(t: &TestDb, browser: &mut Browser) {
    let fields = [("name", "长明科技有限公司"), ("code", "91350100M000100Y43")];
    let founded = browser.post("/org/new", "/org/new", &fields).await;
    assert_eq!(founded.status, StatusCode::SEE_OTHER, "{}", founded.html);
    let party =
        t.raw("SELECT id FROM organisation", Vec::new()).await[0].reader().get::<AccountId>().unwrap();
    let mut tx = t.cx.begin().await.unwrap();
    let top_up = ledger::TopUp {
        customer: party,
        gateway: "card",
        amount: Money::cny(10_000),
        business_key: "test".to_owned(),
    };
    ledger::credit_top_up(&mut tx, &t.cx, ledger::Lane(0), top_up).await.unwrap();
    tx.commit().await.unwrap();
}

async fn hand_in(browser: &mut Browser, text: &str) -> super::journey_tests::Answer {
    browser.upload(UPLOAD, "/org/batches/upload", &SERVICE, ("file", "十一月.csv", text)).await
}

async fn work(app: &App) {
    let mut registry = durable::Registry::default();
    ordering::batch::register(&mut registry, &app.desk, &app.shelf);
    durable::run_due(&app.cx, &registry).await.unwrap();
}

#[testkit::db_test]
async fn w3_files_are_for_members_who_order_for_an_organisation(t: TestDb) {
    let app = counter(&t).await;
    let mut browser = Browser::new(&app);
    assert_eq!(browser.get("/org/batches").await.status, StatusCode::SEE_OTHER, "sign in first");
    browser.register().await;
    for path in ["/org/batches", "/org/batches/new", UPLOAD, "/org/batches/bat_1"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}: of no organisation");
    }
    enterprise(&t, &mut browser).await;
    assert!(browser.get("/org").await.html.contains("/org/batches"));
    let all = browser.get("/org/batches/new").await.html;
    assert!(all.contains("service=mobile-top-up&amp;offering=y10"), "{all}");
    t.raw("UPDATE membership SET role = 'org_viewer'", Vec::new()).await;
    let list = browser.get("/org/batches").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.html);
    assert!(!list.html.contains("/org/batches/new"), "{}", list.html);
    assert_eq!(browser.get(UPLOAD).await.status, StatusCode::FORBIDDEN);
    for path in ["/", "/orders", "/org", "/account"] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}: whoever may read only can read");
    }
}

#[testkit::db_test]
async fn a_file_is_checked_mended_submitted_and_looked_at_without_script(t: TestDb) {
    let app = counter(&t).await;
    let mut browser = Browser::new(&app);
    browser.register().await;
    enterprise(&t, &mut browser).await;
    let template = browser.get("/org/batches/template?service=mobile-top-up&offering=y10").await;
    assert_eq!(template.html, "\u{feff}充值号码\r\n");
    let wrong = hand_in(&mut browser, "手机\n13800000001\n").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("手机") && wrong.html.contains("href=\"#f-file\""), "{}", wrong.html);
    let text = "充值号码\n13800000001\n=1+1\n<script>x</script>\n";
    let kept = hand_in(&mut browser, text).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.html);
    let page = browser.get(&kept.to).await.html;
    assert!(page.contains("十一月.csv") && page.contains("需修改") && page.contains("=1+1"), "{page}");
    assert!(!page.contains("<script>x") && page.contains("&lt;script&gt;x"));
    // A line is mended in place; what was typed stays when it is still wrong.
    let line = format!("{}/lines/3", kept.to);
    let still = browser.post(&line, &line, &[("c0", "1380")]).await;
    assert_eq!(still.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(still.html.contains("value=\"1380\""), "{}", still.html);
    let mended = browser.post(&line, &line, &[("c0", "13800000002")]).await;
    assert_eq!(mended.status, StatusCode::SEE_OTHER);
    let submit = format!("{}/submit", kept.to);
    assert_eq!(browser.post(&kept.to, &submit, &[]).await.to, kept.to);
    assert!(browser.get(&kept.to).await.html.contains("正在逐行提交"));
    work(&app).await;
    let done = browser.get(&kept.to).await.html;
    assert!(done.contains("已下单 2 行，共 3 行") && done.contains("/orders/ord_"), "{done}");
    let again = hand_in(&mut browser, text).await;
    assert_eq!(again.to, format!("{}?known=1", kept.to));
    assert!(browser.get(&again.to).await.html.contains("不会重复办理"));
    let results = browser.get(&format!("{}/results", kept.to)).await.html;
    assert!(results.contains("13800000002") && results.contains("ord_"), "{results}");
    let orders = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders";
    assert_eq!(t.raw(orders, Vec::new()).await[0].reader().get::<i64>().unwrap(), 2);
}
