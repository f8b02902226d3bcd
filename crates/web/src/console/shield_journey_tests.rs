//! Incidents and lists as the security officer meets them, in a browser without script.

use axum::http::StatusCode;
use kernel::Role;
use shield::{Signal, Verdict};
use testkit::{TestDb, until};

use super::journey_tests::{Browser, counter, person};

const OFFICER: &str = "guard@example.com";
const LISTS: &str = "/console/shield";

#[testkit::db_test]
async fn an_incident_is_seen_lifted_and_closed_with_reasons(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, OFFICER, Role::SECURITY_OFFICER).await;
    let address = "192.0.2.9".parse().unwrap();
    let watchful = shield::Shield::open(&app.cx, shield::Settings::default()).await.unwrap();
    watchful.start(&app.tasks);
    for path in ["/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/cgi-bin/<b>x"] {
        watchful.note(address, &Signal::NotFound { path });
    }
    let mut officer = Browser::signed_in(&app, OFFICER).await;
    until(async || officer.get("/console/incidents").await.html.contains("192.0.2.9")).await;
    let one = officer.get("/console/incidents").await.first("/console/incidents/inc_");
    let page = officer.get(&one).await.html;
    assert!(
        page.contains("扫描路径") && page.contains("/.git/config") && page.contains("&lt;b&gt;"),
        "{page}"
    );
    assert!(officer.get(LISTS).await.html.contains("192.0.2.9"), "it is among those who are blocked now");
    let short = officer.post(&one, &format!("{one}/lift"), &[("lift_reason", "短")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.html.contains("href=\"#f-lift_reason\""), "{}", short.html);
    let why = [("lift_reason", "与合作方约定的测试")];
    let lifted = officer.post(&one, &format!("{one}/lift"), &why).await;
    assert_eq!(lifted.to, format!("{one}?done=lifted"), "{}", lifted.html);
    watchful.reload().await.unwrap();
    assert_eq!(watchful.judge(address), Verdict::Welcome);
    assert_eq!(officer.post(&one, &format!("{one}/lift"), &why).await.status, StatusCode::CONFLICT);
    let close = [("close_reason", "已与合作方核对")];
    let closed = officer.post(&one, &format!("{one}/close"), &close).await;
    assert_eq!(closed.to, format!("{one}?done=closed"), "{}", closed.html);
    assert!(officer.get("/console/incidents?state=closed").await.html.contains("192.0.2.9"));
    assert!(officer.get(&one).await.html.contains("已与合作方核对"));
    app.tasks.stop().await;
}

#[testkit::db_test]
async fn a_network_is_listed_and_taken_off_and_wrong_input_comes_back_as_typed(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, OFFICER, Role::SECURITY_OFFICER).await;
    let mut officer = Browser::signed_in(&app, OFFICER).await;
    let add = "/console/shield/entries";
    let fields =
        |network| [("kind", "deny"), ("network", network), ("lifetime", "week"), ("reason", "批量注册账号")];
    let wrong = officer.post(LISTS, add, &fields("example.com")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.html.contains("href=\"#f-network\"") && wrong.html.contains("example.com"),
        "{}",
        wrong.html
    );
    let own = officer.post(LISTS, add, &fields("127.0.0.1")).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nobody locks out this machine");
    let done = officer.post(LISTS, add, &fields("198.51.100.77/24")).await;
    assert_eq!(done.to, "/console/shield?done=added", "{}", done.html);
    assert_eq!(officer.post(LISTS, add, &fields("198.51.100.0/24")).await.status, StatusCode::CONFLICT);
    let page = officer.get(LISTS).await.html;
    assert!(page.contains("198.51.100.0/24") && page.contains("批量注册账号"));
    let path = page.split("action=\"/console/shield/entries/net_").nth(1).unwrap();
    let id = path.split('/').next().unwrap();
    let remove = format!("{add}/net_{id}/remove");
    let field = format!("remove_net_{id}");
    let silent = officer.post(LISTS, &remove, &[(&field, "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.html.contains(&format!("href=\"#f-{field}\"")), "{}", silent.html);
    let gone = officer.post(LISTS, &remove, &[(&field, "已核实为误判")]).await;
    assert_eq!(gone.to, "/console/shield?done=removed", "{}", gone.html);
    assert!(!officer.get(LISTS).await.html.contains("198.51.100.0/24"));
}

#[testkit::db_test]
async fn who_only_reads_incidents_decides_nothing(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, "auditor@example.com", Role::AUDITOR).await;
    let mut auditor = Browser::signed_in(&app, "auditor@example.com").await;
    let page = auditor.get(LISTS).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.html.contains("name=\"network\""));
    let fields =
        [("kind", "deny"), ("network", "192.0.2.1"), ("lifetime", "day"), ("reason", "试试能否添加")];
    assert_eq!(auditor.post(LISTS, "/console/shield/entries", &fields).await.status, StatusCode::FORBIDDEN);
}
