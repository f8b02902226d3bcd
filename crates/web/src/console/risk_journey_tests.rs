//! Risk officers at work in a browser without script: reviews one after the other, a case, a rule that two people make live, a list.

use axum::http::StatusCode;
use durable::Registry;
use kernel::{AccountId, Actor, ActorKind, Money, Role, Text};
use risk::engine::{self, Act, Engine, Origin};
use risk::rule::{self, NewRule, RuleState};
use risk::{DecisionId, Outcome, Point, ReviewState};
use serde_json::json;
use testkit::TestDb;

use super::journey_tests::{ADMINISTRATOR, Browser, counter, person};
use crate::App;

const OFFICER: &str = "risk@example.com";
const COLLEAGUE: &str = "risk2@example.com";
const READER: &str = "auditor2@example.com";
const DESK: &str = "/console/risk/desk";

fn officer(id: i64) -> Actor {
    Actor { kind: ActorKind::account(AccountId(id), vec![Role::RISK_OFFICER]), ..Actor::system("test") }
}

/// Two payments wait for a review because a rule matched.
async fn reviews(app: &App) -> Vec<DecisionId> {
    let new = NewRule {
        code: "large".to_owned(),
        name: Text::new("大额支付", "Large payment"),
        points: vec![Point::Payment],
        source: "act.amount > 100000".to_owned(),
        outcome: Outcome::Review,
    };
    let id = rule::draft(&app.cx, &officer(5), &new).await.unwrap();
    rule::ask(&app.cx, &officer(5), id, RuleState::Shadow, "to be seen beside").await.unwrap();
    rule::ask(&app.cx, &officer(5), id, RuleState::Live, "it did well beside").await.unwrap();
    rule::approve(&app.cx, &officer(6), id).await.unwrap();
    let engine = Engine::open(&app.cx, engine::Settings::default(), None).await.unwrap();
    let mut made = Vec::new();
    for (subject, object) in [(7_701, 41), (7_702, 42)] {
        let act = Act {
            point: Point::Payment,
            subject: AccountId(subject),
            person: None,
            amount: Some(Money::cny(250_000)),
            payee: Some(501),
            phone: None,
            origin: Origin { address: "203.0.113.9".to_owned(), ..Origin::default() },
            facts: json!({"service": "topup"}),
            mark: object,
            is_first: false,
        };
        let judged = engine.judge(&app.cx, act).await;
        assert_eq!(judged.outcome(), Outcome::Review);
        let mut tx = app.cx.begin().await.unwrap();
        made.extend(engine::journal_many(&mut tx, &app.cx, &[(judged, object)]).await.unwrap());
        tx.commit().await.unwrap();
    }
    made
}

async fn states(app: &App, decisions: &[DecisionId]) -> Vec<ReviewState> {
    let mut found = Vec::new();
    for id in decisions {
        let (decision, _) = risk::decision::show_decision(&app.cx, &officer(9), *id).await.unwrap();
        found.push(decision.review.unwrap().state);
    }
    found.sort_unstable();
    found
}

/// The address of the form that decides about what the desk shows.
fn form_of(html: &str) -> String {
    let rest = html.split("action=\"/console/risk/desk/").nth(1).unwrap_or_else(|| panic!("{html}"));
    format!("{DESK}/{}", rest.split('"').next().unwrap())
}

#[testkit::db_test]
async fn r4_reviews_are_decided_one_after_the_other_two_clicks_from_home(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, OFFICER, Role::RISK_OFFICER).await;
    let decisions = reviews(&app).await;
    let mut browser = Browser::signed_in(&app, OFFICER).await;
    assert!(browser.get("/console").await.html.contains("href=\"/console/risk/desk\""), "one click");
    let first = browser.get(DESK).await.html;
    for word in ["大额支付", "2,500.00", "同一订单继续办理", "订单取消，预留的金额和库存退回"]
    {
        assert!(first.contains(word), "{word} {first}");
    }
    let form = form_of(&first);
    let short = browser.post(DESK, &form, &[("choice", "release"), ("reason", "短")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.html.contains("href=\"#f-reason\""), "{}", short.html);
    let none = browser.post(DESK, &form, &[("reason", "已电话核实本人")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "no button was pressed");
    assert_eq!(states(&app, &decisions).await, [ReviewState::Pending; 2]);

    let material = [("choice", "material"), ("reason", "提供付款用途说明")];
    let asked = browser.post(DESK, &form, &material).await;
    assert_eq!(asked.to, "/console/risk/desk?done=material", "{}", asked.html);
    assert_eq!(browser.post(DESK, &form, &material).await.status, StatusCode::CONFLICT, "once");
    let next = form_of(&browser.get(&asked.to).await.html);
    assert_ne!(next, form, "the next opens by itself; what waits for material comes last");
    let release = [("choice", "release"), ("reason", "已电话核实本人")];
    assert_eq!(browser.post(DESK, &next, &release).await.to, "/console/risk/desk?done=release");
    assert_eq!(browser.post(DESK, &next, &release).await.status, StatusCode::CONFLICT, "it has ended");
    assert_eq!(form_of(&browser.get(DESK).await.html), form);
    let reject = [("choice", "reject"), ("reason", "本人否认这笔付款")];
    assert_eq!(browser.post(DESK, &form, &reject).await.to, "/console/risk/desk?done=reject");
    assert!(browser.get(DESK).await.html.contains("没有等待复查的业务"));
    assert_eq!(states(&app, &decisions).await, [ReviewState::Released, ReviewState::Rejected]);
    // What was asked for is written into a case.
    let cases = browser.get("/console/risk/cases").await;
    let case = cases.first("/console/risk/cases/cas_");
    assert!(browser.get(&case).await.html.contains("提供付款用途说明"));
}

#[testkit::db_test]
async fn a_case_is_opened_worked_on_and_closed_and_its_evidence_needs_a_proof(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, OFFICER, Role::RISK_OFFICER).await;
    let decisions = reviews(&app).await;
    let mut browser = Browser::signed_in(&app, OFFICER).await;
    let decision = decisions[0].to_string();
    let account = AccountId(7_701).to_string();
    let fields = |title| [("decision", decision.as_str()), ("account", account.as_str()), ("title", title)];
    let nameless = browser.post(DESK, "/console/risk/cases", &fields("")).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.html.contains("href=\"#f-title\""), "{}", nameless.html);
    let case = browser.post(DESK, "/console/risk/cases", &fields("疑似盗用余额")).await.to;
    assert!(case.starts_with("/console/risk/cases/cas_"), "{case}");
    assert_eq!(
        browser.post(DESK, "/console/risk/cases", &fields("再次建立")).await.to,
        case,
        "one a decision"
    );

    let page = browser.get(&case).await.html;
    assert!(page.contains("疑似盗用余额") && page.contains("网络"), "{page}");
    let tied = format!("value=\"{}\"", AccountId(7_702).raw());
    assert!(page.contains(&tied), "the account from the same network can be added: {page}");
    let link = [("entity", "customer"), ("value", "7702")];
    assert_eq!(browser.post(&case, &format!("{case}/link"), &link).await.to, format!("{case}?done=link"));
    assert_eq!(
        browser.post(&case, &format!("{case}/assign"), &[("to", "me")]).await.to,
        format!("{case}?done=assign")
    );
    let note = [("text", "电话无人接听 <两次>")];
    assert_eq!(browser.post(&case, &format!("{case}/note"), &note).await.to, format!("{case}?done=note"));
    assert!(browser.get(&case).await.html.contains("电话无人接听 &lt;两次&gt;"));

    let freeze = |account: i64| {
        vec![("account", AccountId(account).to_string()), ("freeze_reason", "余额被盗用".to_owned())]
    };
    for (account, status) in [(7_702, StatusCode::SEE_OTHER), (7_709, StatusCode::NOT_FOUND)] {
        let owned = freeze(account);
        let fields: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post(&case, &format!("{case}/freeze"), &fields).await;
        assert_eq!(answer.status, status, "{account} {}", answer.html);
    }
    let evidence = format!("{case}/evidence");
    let denied = browser.post(&case, &evidence, &[("export_reason", "警方来函调取")]).await;
    assert_eq!(denied.status, StatusCode::OK, "an officer who signed in just now may: {}", denied.html);
    person(&app, READER, Role::AUDITOR).await;
    let mut reader = Browser::signed_in(&app, READER).await;
    let refused = reader.post(&case, &evidence, &[("export_reason", "警方来函调取")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "who only reads exports nothing");

    let silent = browser.post(&case, &format!("{case}/close"), &[("close_reason", "已联系本人确认")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody said what it came to");
    let close = [("verdict", "fraud"), ("close_reason", "已联系本人确认")];
    assert_eq!(browser.post(&case, &format!("{case}/close"), &close).await.to, format!("{case}?done=close"));
    assert_eq!(browser.post(&case, &format!("{case}/note"), &note).await.status, StatusCode::CONFLICT);
    assert!(browser.get("/console/risk/cases?state=closed").await.html.contains("疑似盗用余额"));

    let mut administrator = Browser::signed_in(&app, ADMINISTRATOR).await;
    let file = administrator.post(&case, &evidence, &[("export_reason", "警方来函调取")]).await;
    assert_eq!(file.status, StatusCode::OK, "{} {}", file.to, file.html);
    assert!(file.html.contains("SHA-256,") && file.html.contains("总摘要"), "{}", file.html);
    let fields = |format| [("export_reason", "警方来函调取"), ("format", format)];
    let drawn = administrator.post(&case, &evidence, &fields("pdf")).await;
    assert_eq!(drawn.status, StatusCode::OK);
    assert!(drawn.html.starts_with("%PDF-"));
    let page = administrator.post(&case, &evidence, &fields("page")).await.html;
    for word in ["class=\"sheet\"", "证据材料", "总摘要 SHA-256", "data-print"] {
        assert!(page.contains(word), "{word} {page}");
    }
    let taken = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_entry WHERE verb = 'risk.evidence_export'";
    let taken: i64 = t.raw(taken, Vec::new()).await[0].reader().get().unwrap();
    assert_eq!(taken, 4, "each of them stands in the audit");
}

#[testkit::db_test]
async fn r1_whoever_reads_risk_sees_how_each_point_behaves_and_what_rules_may_say(t: TestDb) {
    let (app, _) = counter(&t).await;
    person(&app, READER, Role::AUDITOR).await;
    let mut reader = Browser::signed_in(&app, READER).await;
    let models = reader.get("/console/risk/models").await.html;
    for word in ["更换联系方式", "转人工复查", "50 / 80 / 101", "24 小时"] {
        assert!(models.contains(word), "{word} {models}");
    }
    assert!(!models.contains("id=\"set-form\""), "who only reads sets nothing");
    let unknown = reader.get("/console/risk/models?model=mdl_0000000000001&reviews_a_day=5&days=7").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.html);
    let rules = reader.get("/console/risk/rules").await.html;
    assert!(rules.contains("<code>customer.count_1d</code>") && rules.contains("账号近 1 天的次数"));
}

#[testkit::db_test]
async fn r3_a_rule_is_written_tried_and_made_live_by_two_people(t: TestDb) {
    let (app, _) = counter(&t).await;
    for contact in [OFFICER, COLLEAGUE] {
        person(&app, contact, Role::RISK_OFFICER).await;
    }
    reviews(&app).await;
    let rules = "/console/risk/rules";
    let mut browser = Browser::signed_in(&app, OFFICER).await;
    let fields = |source| {
        [
            ("code", "night_large"),
            ("name", "夜间大额"),
            ("name_en", "Large at night"),
            ("point_payment", "true"),
            ("outcome", "review"),
            ("source", source),
        ]
    };
    let wrong = browser.post(rules, rules, &fields("act.amount >")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#f-source\"") && wrong.html.contains("行"), "{}", wrong.html);
    assert!(wrong.html.contains("night_large") && wrong.html.contains("act.amount &gt;"), "kept as typed");
    let made = browser.post(rules, rules, &fields("act.amount > 200000")).await.to;
    let rule = made.strip_suffix("?done=draft").unwrap().to_owned();

    // What happens in the moment of asking is not past yet.
    t.clock.advance(kernel::Duration::from_secs(1));
    let run = browser.post(&rule, &format!("{rule}/try"), &[]).await.to;
    assert!(run.starts_with(&format!("{rule}/runs/dry_")), "{run}");
    let mut registry = Registry::default();
    risk::register(&mut registry);
    while durable::run_due(&app.cx, &registry).await.unwrap() > 0 {}
    let counted = browser.get(&run).await;
    assert!(counted.html.contains("100%"), "{}", counted.html);
    counted.first("/console/risk/rsk_");

    let ask = |to| [("to", to), ("ask_reason", "观察一段时间后生效")];
    for to in ["shadow", "live"] {
        let asked = browser.post(&rule, &format!("{rule}/ask"), &ask(to)).await;
        assert_eq!(asked.to, format!("{rule}?done=yes"), "{}", asked.html);
    }
    let own = browser.post(&rule, &format!("{rule}/approve"), &[]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "nobody approves what they asked for");
    let mut colleague = Browser::signed_in(&app, COLLEAGUE).await;
    let approved = colleague.post(&rule, &format!("{rule}/approve"), &[]).await;
    assert_eq!(approved.to, format!("{rule}?done=yes"), "{}", approved.html);
    let id = rule.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(rule::show(&app.cx, &officer(9), id).await.unwrap().state, RuleState::Live);
}

#[testkit::db_test]
async fn an_entry_that_lets_past_waits_for_a_colleague(t: TestDb) {
    let (app, _) = counter(&t).await;
    for contact in [OFFICER, COLLEAGUE] {
        person(&app, contact, Role::RISK_OFFICER).await;
    }
    let lists = "/console/risk/lists";
    let mut browser = Browser::signed_in(&app, OFFICER).await;
    let fields = |value| {
        [
            ("list", "allow"),
            ("entity", "network"),
            ("value", value),
            ("days", "30"),
            ("reason", "公司办公网络"),
        ]
    };
    let wrong = browser.post(lists, lists, &fields("not an address")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#f-value\""), "{}", wrong.html);
    let empty = browser.post(lists, lists, &[("days", "x")]).await.html;
    for field in ["list", "entity", "days"] {
        assert!(empty.contains(&format!("href=\"#f-{field}\"")), "{field} {empty}");
    }
    assert_eq!(browser.post(lists, lists, &fields("203.0.113.9")).await.to, format!("{lists}?done=yes"));
    let page = browser.get(lists).await.html;
    assert!(page.contains("公司办公网络") && !page.contains("203.0.113.9"), "what is named stays sealed");
    let begins = format!("action=\"{lists}/lst_");
    let id = page.split(begins.as_str()).nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let base = format!("{lists}/lst_{id}");
    let own = browser.post(lists, &format!("{base}/approve"), &[]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let mut colleague = Browser::signed_in(&app, COLLEAGUE).await;
    assert_eq!(colleague.post(lists, &format!("{base}/approve"), &[]).await.to, format!("{lists}?done=yes"));
    let field = format!("remove_lst_{id}");
    let silent = browser.post(lists, &format!("{base}/remove"), &[(&field, "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let removed = browser.post(lists, &format!("{base}/remove"), &[(&field, "办公网络已更换")]).await;
    assert_eq!(removed.to, format!("{lists}?done=yes"), "{}", removed.html);
}
