//! Second factors, fresh proofs, freezing: as a browser without script goes through them, on both databases.

use axum::http::StatusCode;
use identity::factor::shown_by_app;
use identity::signin::{CodeJob, SEND_CODE_JOB};
use kernel::{Actor, Duration};
use shield::{Signal, Verdict};
use testkit::TestDb;

use super::journey_tests::{Browser, PASSWORD, PHONE, code_in, demo, guarded};
use crate::app::App;

/// The value of the first hidden field of this name.
fn hidden(html: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    html.split(&mark).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// What the app shows that scanned the page.
fn app_shows(app: &App, html: &str) -> String {
    let secret = html.split("<code class=\"num\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    shown_by_app(secret, app.cx.now()).unwrap()
}

fn secret_in(html: &str) -> String {
    html.split("<code class=\"num\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned()
}

fn sign_in(next: &str) -> [(&str, &str); 3] {
    [("contact", PHONE), ("password", PASSWORD), ("next", next)]
}

/// Registers, verifies the phone and turns an app on; the app's secret.
async fn with_app(t: &TestDb, app: &App, browser: &mut Browser) -> String {
    browser.register().await;
    let outbox = browser.get("/demo/outbox").await.html;
    browser.post("/register/verify", "/register/verify", &[("code", &code_in(&outbox))]).await;
    let page = browser.get("/me/security/app").await;
    assert_eq!(page.status, StatusCode::OK, "signing in was a fresh proof");
    assert!(page.html.contains("<svg role=\"img\"") && !page.html.contains(" style"));
    let secret = secret_in(&page.html);
    let code = app_shows(app, &page.html);
    let fields = [("code", code.as_str()), ("next", "/me/security")];
    let codes = browser.submit(&page.html, "/me/security/app", &fields).await;
    assert_eq!(codes.html.matches("<li><code>").count(), 10);
    let file = browser
        .submit(&codes.html, "/me/security/recovery-codes/file", &[("codes", &hidden(&codes.html, "codes"))])
        .await;
    assert!(file.html.lines().count() >= 12, "{}", file.html);
    t.clock.advance(Duration::from_secs(30));
    secret
}

#[testkit::db_test]
async fn w5_the_first_administrator_sets_a_second_factor_up_before_anything_else(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    let link = identity::setup::create_setup_link(&app.cx, &Actor::system("test")).await.unwrap();
    let path = format!("/setup/{}", link.token.expose());
    let fields = [("contact", "root@example.com"), ("password", PASSWORD), ("name", "")];
    let enrol = browser.post(&path, &path, &fields).await.to;
    for page in ["/console", "/me", "/me/security", "/orders"] {
        assert!(browser.get(page).await.to.contains("/login?next="), "{page}");
    }
    assert!(browser.get("/login?next=/console").await.to.starts_with("/login/enrol"));
    let page = browser.get(&enrol).await;
    let wrong = browser.submit(&page.html, "/login/enrol", &[("code", "000000"), ("next", "/console")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = app_shows(&app, &page.html);
    let done = browser.submit(&page.html, "/login/enrol", &[("code", &code), ("next", "/console")]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(done.html.matches("<li><code>").count(), 10, "recovery codes, shown once");
    assert_eq!(browser.get("/console").await.status, StatusCode::OK);
}

#[testkit::db_test]
async fn the_app_is_asked_for_and_a_remembered_device_is_not(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    let secret = with_app(&t, &app, &mut browser).await;
    browser.post("/me", "/logout", &[]).await;
    let step = browser.post("/login", "/login", &sign_in("/orders")).await.to;
    assert_eq!(step, "/login/second?next=%2Forders");
    assert!(browser.get("/orders").await.to.starts_with("/login"), "a guest everywhere else");
    let fields = |code| [("way", "totp"), ("totp", code), ("next", "/orders"), ("remember", "true")];
    let wrong = browser.post(&step, "/login/second", &fields("000000")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#f-totp\""), "said at the field");
    let code = shown_by_app(&secret, app.cx.now()).unwrap();
    assert_eq!(browser.post(&step, "/login/second", &fields(&code)).await.to, "/orders");
    assert_eq!(browser.get("/orders").await.status, StatusCode::OK);

    browser.post("/me", "/logout", &[]).await;
    assert_eq!(browser.post("/login", "/login", &sign_in("/orders")).await.to, "/orders");
    let mut other = Browser::new(&app);
    assert!(other.post("/login", "/login", &sign_in("/orders")).await.to.starts_with("/login/second"));
}

#[testkit::db_test]
async fn w8_a_form_that_needs_a_proof_comes_back_with_everything_in_it(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    browser.register().await;
    t.clock.advance(Duration::from_mins(6));
    let away = browser.get("/me/security/contact?kind=email").await.to;
    assert!(away.starts_with("/login/proof?next=%2Fme%2Fsecurity%2Fcontact"), "{away}");

    let typed = [("kind", "email"), ("contact", "lin+new@example.com")];
    let asked = browser.post("/me", "/me/security/contact", &typed).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    let carried = hidden(&asked.html, "carried");
    assert!(!carried.is_empty() && !asked.html.contains("lin+new"), "kept sealed");
    let proof = |password| [("way", "password"), ("password", password), ("carried", carried.as_str())];
    let wrong = browser.submit(&asked.html, "/login/proof", &proof("wrong one")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hidden(&wrong.html, "carried"), carried);
    let before = browser.cookies.clone();
    let right = browser.submit(&wrong.html, "/login/proof", &proof(PASSWORD)).await;
    assert_eq!(right.status, StatusCode::OK);
    assert_ne!(browser.cookies, before, "under a new token");
    assert!(right.html.contains("action=\"/me/security/contact\""));
    assert_eq!(hidden(&right.html, "contact"), "lin+new@example.com");
    let sent = browser.submit(&right.html, "/me/security/contact", &typed).await.to;
    assert_eq!(sent, "/me/security/contact?sent=1&kind=email");

    let mut other = Browser::new(&app);
    let stranger = [("contact", "13900139000"), ("password", PASSWORD), ("name", ""), ("next", "/")];
    other.post("/register", "/register", &stranger).await;
    let stolen = other.post("/login/proof", "/login/proof", &proof(PASSWORD)).await;
    assert_eq!(stolen.to, "/", "what another account sealed is nothing here");
}

#[testkit::db_test]
async fn a_proof_leads_only_to_pages_of_this_site(t: TestDb) {
    let mut browser = Browser::new(&demo(&t).await);
    browser.register().await;
    for foreign in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let fields = [("way", "password"), ("password", PASSWORD), ("next", foreign)];
        assert_eq!(browser.post("/login/proof", "/login/proof", &fields).await.to, "/", "{foreign}");
    }
    assert_eq!(browser.get("/.well-known/change-password").await.to, "/me/security#password");
}

#[testkit::db_test]
async fn a_code_signs_in_and_its_page_does_not_tell_whether_there_is_an_account(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    browser.register().await;
    let outbox = browser.get("/demo/outbox").await.html;
    browser.post("/register/verify", "/register/verify", &[("code", &code_in(&outbox))]).await;
    let mut guest = Browser::new(&app);
    let ask = async |guest: &mut Browser, contact: &str| {
        let answer =
            guest.post("/login/code", "/login/code", &[("contact", contact), ("next", "/orders")]).await;
        let numbers = |c: char| !c.is_ascii_digit() && c != '*' && c != '_' && c != '-';
        (
            answer.status,
            answer.html.replace(&hidden(&answer.html, "csrf"), "").chars().filter(|c| numbers(*c)).count(),
        )
    };
    let known = ask(&mut guest, PHONE).await;
    let unknown = ask(&mut guest, "13700137000").await;
    assert_eq!((known.0, unknown.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(known.1, unknown.1, "the same words");

    let mut registry = durable::Registry::default();
    registry.handle(SEND_CODE_JOB, CodeJob);
    durable::run_due(&app.cx, &registry).await.unwrap();
    let code = code_in(&browser.get("/demo/outbox").await.html);
    let fields = |code| [("contact", PHONE), ("code", code), ("next", "/orders")];
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = guest.post("/login/code", "/login/code/enter", &fields(wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(guest.post("/login/code", "/login/code/enter", &fields(&code)).await.to, "/orders");
}

#[testkit::db_test]
async fn the_owner_freezes_with_two_presses_and_unfreezes_with_two_factors_and_a_code(t: TestDb) {
    let app = demo(&t).await;
    let mut browser = Browser::new(&app);
    let secret = with_app(&t, &app, &mut browser).await;
    let frozen = browser.post("/me/security/freeze", "/me/security/freeze", &[]).await;
    assert!(frozen.status == StatusCode::OK && frozen.clears && frozen.html.contains("账号已冻结"));
    assert!(browser.get("/me").await.to.starts_with("/login"));
    let refused = browser.post("/login", "/login", &sign_in("/")).await;
    assert!(refused.html.contains("href=\"/login/unfreeze\""));

    // Codes are sent at most once a minute.
    t.clock.advance(Duration::from_mins(2));
    let half = browser.post("/login/unfreeze", "/login/unfreeze", &sign_in("/")[..2]).await;
    let sms = code_in(&browser.get("/demo/outbox").await.html);
    let totp = shown_by_app(&secret, app.cx.now()).unwrap();
    let ticket = hidden(&half.html, "ticket");
    let fields = [("ticket", ticket.as_str()), ("way", "totp"), ("totp", &totp), ("sms", &sms)];
    let done = browser.submit(&half.html, "/login/unfreeze/finish", &fields).await;
    assert!(done.html.contains("账号已解冻"));
    assert!(browser.post("/login", "/login", &sign_in("/")).await.to.starts_with("/login/second"));
}

/// A browser at this address, from which as many accounts were tried as are let pass.
fn suspect(app: &App, address: &str) -> Browser {
    let address: std::net::SocketAddr = address.parse().unwrap();
    for n in 0..16 {
        app.shield.note(address.ip(), &Signal::SignInFailed { account: &format!("{n}@example.com") });
    }
    assert_eq!(app.shield.judge(address.ip()), Verdict::Welcome);
    let mut browser = Browser::new(app);
    browser.address = Some(address);
    browser
}

#[testkit::db_test]
async fn wrong_second_factors_and_proofs_count_as_stuffing_like_wrong_passwords(t: TestDb) {
    let limits = shield::Limits::off();
    let app = guarded(&t, shield::Settings { limits, ..shield::Settings::default() }).await;
    let secret = with_app(&t, &app, &mut Browser::new(&app)).await;
    let is_blocked =
        |address: &str| matches!(app.shield.judge(address.parse().unwrap()), Verdict::BlockedUntil(_));
    let mut guesser = suspect(&app, "203.0.113.9:4000");
    guesser.post("/login", "/login", &sign_in("/me")).await;
    assert!(!is_blocked("203.0.113.9"), "the password was right");
    let wrong = [("way", "totp"), ("totp", "000000"), ("next", "/me")];
    let refused = guesser.post("/login/second", "/login/second", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_blocked("203.0.113.9"));

    let mut thief = suspect(&app, "198.51.100.9:4000");
    thief.post("/login", "/login", &sign_in("/me")).await;
    let code = shown_by_app(&secret, app.cx.now()).unwrap();
    let right = [("way", "totp"), ("totp", code.as_str()), ("next", "/me")];
    assert_eq!(thief.post("/login/second", "/login/second", &right).await.to, "/me");
    assert!(!is_blocked("198.51.100.9"));
    let refused = thief.post("/login/proof", "/login/proof", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_blocked("198.51.100.9"));
}
