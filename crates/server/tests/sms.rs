//! Text messages from the settings to the carrier: templates chosen and filled, codes that arrive and are taken, and what
//! becomes of a message when the carrier refuses, limits, or does not say. Both carriers over real HTTP, both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeMap;

use common::TestApp;
use durable::{Registry, run_due};
use everlit::assemble::Services;
use everlit::config::Config;
use everlit::wiring;
use kernel::{AccountId, Actor, ActorKind, Duration, Locale, PageRequest, RequestId, Role, Text};
use notify::{Channel, CodePurpose, MessageState, NewMessage, OutboxSender, Template, list_outbox};
use sandbox::sms::{BLACKLISTED, SentSms, SmsAccount, SmsCarriers, SmsMood};
use testkit::{TestDb, db_test};
use tokio::net::TcpListener;

const PHONE: &str = "+8613800138000";

const TEMPLATES: &str = r#"
[sms.templates]
code.verify_phone = "T1 code"
code.sign_in = "T2 code minutes"
code.proof = "T1 code"
code.unfreeze = "T1 code"
code.reset = "T1 code"
custom.visit = "T3 day"
[sms.templates_en]
code.sign_in = "E2 code"
"#;

struct Town {
    carriers: SmsCarriers,
    registry: Registry,
}

/// An installation with the settings of `head`, and the carriers it is configured for.
async fn town(app: &mut TestApp, head: &str) -> Town {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let places = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let templates = [
        ("T1", places(&["code"])),
        ("T2", places(&["code", "minutes"])),
        ("T3", places(&["day"])),
        ("E2", places(&["code"])),
        ("T9", places(&["title"])),
    ];
    let account = SmsAccount {
        key_id: "AKID".to_owned(),
        secret: "hush".to_owned(),
        app_id: "1400006666".to_owned(),
        sign_name: "长明".to_owned(),
        templates: templates.map(|(id, places)| (id.to_owned(), places)).into_iter().collect(),
    };
    let carriers = SmsCarriers::start(listener, account, app.t.clock.clone());
    let who = "key_id = \"AKID\"\nkey_secret = \"hush\"\nsign_name = \"长明\"\n";
    let text = format!("[sms]\nurl = \"{url}\"\n{who}{head}{TEMPLATES}");
    app.config.sms = Config::parse(&text, std::iter::empty()).unwrap().sms;
    let services = Services::connect(&app.config, &app.t.cx, false).await.unwrap();
    let (cx, limits) = (&app.t.cx, app.config.desk);
    let desk = ordering::Desk::open(cx, &services.shelf, &services.risk, limits, &app.tasks);
    Town { carriers, registry: wiring::registry(&services, &desk) }
}

const ALIYUN: &str = "carrier = \"aliyun\"\n";
const TENCENT: &str = "carrier = \"tencent\"\napp_id = \"1400006666\"\n";

fn code(to: &str, locale: Locale) -> NewMessage {
    let template =
        Template::Code { purpose: CodePurpose::SignIn, code: "042137".to_owned(), valid_minutes: 10 };
    NewMessage { channel: Channel::Sms, account: None, to: to.to_owned(), locale, template, link: None }
}

fn custom(name: &str, values: &[(&str, &str)]) -> NewMessage {
    let template = Template::Custom {
        name: name.to_owned(),
        title: Text::new("上门", "A visit"),
        body: Text::new("请在家等候。", "Please be at home."),
        values: values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    };
    NewMessage { template, ..code(PHONE, Locale::Zh) }
}

async fn send(t: &TestDb, message: NewMessage) -> String {
    let mut tx = t.cx.begin().await.unwrap();
    let id = notify::send(&mut tx, &t.cx, message).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

/// The newest first.
async fn states(t: &TestDb) -> Vec<MessageState> {
    let page = list_outbox(&t.cx, &OutboxSender, PageRequest::new(None, 20)).await.unwrap();
    page.items.iter().map(|message| message.state).collect()
}

/// Sends one message and lets its first try happen.
async fn try_one(app: &TestApp, town: &Town, message: NewMessage) -> MessageState {
    app.t.clock.advance(Duration::from_secs(1));
    send(&app.t, message).await;
    run_due(&app.t.cx, &town.registry).await.unwrap();
    states(&app.t).await[0]
}

#[db_test]
async fn a_phone_number_is_confirmed_by_a_code_that_came_through_the_carrier(t: TestDb) {
    let mut app = TestApp::start(t).await;
    for (head, phone) in [(ALIYUN, "+8613800138000"), (TENCENT, "+8613800138001")] {
        let town = town(&mut app, head).await;
        app.customer(phone).await;
        run_due(&app.t.cx, &town.registry).await.unwrap();
        let sent = town.carriers.sent();
        let [SentSms { to, template, values, .. }] = sent.as_slice() else { panic!("{sent:?}") };
        assert!(phone.ends_with(to.as_str()) && template == "T1", "{sent:?}");
        let unverified = "SELECT MAX(id) FROM account WHERE phone_verified_at IS NULL";
        let me = Actor {
            kind: ActorKind::account(AccountId(app.number(unverified).await), vec![Role::CUSTOMER]),
            request: RequestId(1),
            locale: Locale::Zh,
            address: String::new(),
        };
        identity::code::verify_contact(&app.t.cx, &me, &values[0]).await.unwrap();
    }
    let verified = "SELECT COUNT(*) FROM account WHERE phone_verified_at IS NOT NULL";
    assert_eq!(app.number(verified).await, 2);
}

#[db_test]
async fn each_text_goes_by_the_template_that_was_chosen_for_it(t: TestDb) {
    let mut app = TestApp::start(t).await;
    for head in [ALIYUN, TENCENT] {
        let town = town(&mut app, head).await;
        let mut want = Vec::new();
        for (message, template, values) in [
            (code(PHONE, Locale::Zh), "T2", &["042137", "10"][..]),
            (code(PHONE, Locale::En), "E2", &["042137"]),
            (custom("visit", &[("day", "周一")]), "T3", &["周一"]),
        ] {
            let id = send(&app.t, message).await;
            run_due(&app.t.cx, &town.registry).await.unwrap();
            let to = if head == ALIYUN { "13800138000" } else { PHONE }.to_owned();
            let values = values.iter().map(|&value| value.to_owned()).collect();
            want.push(SentSms { id, to, template: template.to_owned(), values });
            app.t.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(town.carriers.sent(), want, "{head}");
    }
    assert!(states(&app.t).await.iter().all(|state| *state == MessageState::Sent));
}

#[db_test]
async fn what_no_template_can_say_is_not_sent_and_another_template_may_stand_for_it(t: TestDb) {
    let mut app = TestApp::start(t).await;
    let bare = town(&mut app, ALIYUN).await;
    assert_eq!(try_one(&app, &bare, custom("surprise", &[])).await, MessageState::Failed);
    assert_eq!(try_one(&app, &bare, custom("visit", &[])).await, MessageState::Failed);
    assert!(bare.carriers.sent().is_empty());
    let full = town(&mut app, &format!("{ALIYUN}otherwise = \"T9 title\"\n")).await;
    assert_eq!(try_one(&app, &full, custom("surprise", &[])).await, MessageState::Sent);
    let sent = full.carriers.sent();
    assert_eq!((sent[0].template.as_str(), sent[0].values.as_slice()), ("T9", &["上门".to_owned()][..]));
}

#[db_test]
async fn a_message_ends_as_what_the_carrier_says_of_it(t: TestDb) {
    let mut app = TestApp::start(t).await;
    for head in [ALIYUN, TENCENT] {
        let town = town(&mut app, head).await;
        let black = format!("+86{BLACKLISTED}");
        assert_eq!(try_one(&app, &town, code(&black, Locale::Zh)).await, MessageState::Failed, "{head}");

        // Limited: the second text within a minute waits for as long as the carrier's rule says, not for our five seconds.
        assert_eq!(try_one(&app, &town, code(PHONE, Locale::Zh)).await, MessageState::Sent);
        assert_eq!(try_one(&app, &town, code(PHONE, Locale::Zh)).await, MessageState::Queued);
        app.t.clock.advance(Duration::from_secs(20));
        run_due(&app.t.cx, &town.registry).await.unwrap();
        assert_eq!(states(&app.t).await[0], MessageState::Queued, "it is not hurried: {head}");
        app.t.clock.advance(Duration::from_mins(1));
        run_due(&app.t.cx, &town.registry).await.unwrap();
        assert_eq!(states(&app.t).await[0], MessageState::Sent, "{head}");
        assert_eq!(town.carriers.sent().len(), 2);

        // A limit of a day outlasts the message.
        app.t.clock.advance(Duration::from_mins(1));
        let (code_, message) = match head {
            ALIYUN => ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10"),
            _ => ("LimitExceeded.PhoneNumberDailyLimit", ""),
        };
        town.carriers.expect([SmsMood::Say { code: code_.to_owned(), message: message.to_owned() }]);
        assert_eq!(try_one(&app, &town, code(PHONE, Locale::Zh)).await, MessageState::Failed, "{head}");
    }
}

#[db_test]
async fn an_answer_that_is_lost_is_asked_for_a_few_times_and_never_taken_for_a_no(t: TestDb) {
    let mut app = TestApp::start(t).await;
    for head in [ALIYUN, TENCENT] {
        let town = town(&mut app, head).await;
        town.carriers.expect([SmsMood::Down, SmsMood::Down]);
        assert_eq!(try_one(&app, &town, code(PHONE, Locale::Zh)).await, MessageState::Queued);
        for _ in 0..2 {
            app.t.clock.advance(Duration::from_mins(1));
            run_due(&app.t.cx, &town.registry).await.unwrap();
        }
        assert_eq!(states(&app.t).await[0], MessageState::Sent, "{head}");

        app.t.clock.advance(Duration::from_mins(1));
        let before = town.carriers.sent().len();
        town.carriers.expect([SmsMood::Garbage, SmsMood::Garbage, SmsMood::Garbage]);
        assert_eq!(try_one(&app, &town, code(PHONE, Locale::Zh)).await, MessageState::Queued);
        for _ in 0..5 {
            app.t.clock.advance(Duration::from_mins(1));
            run_due(&app.t.cx, &town.registry).await.unwrap();
        }
        assert_eq!(states(&app.t).await[0], MessageState::Unconfirmed, "{head}");
        let sent = town.carriers.sent();
        assert_eq!(sent.len() - before, 3, "three times and not on and on");
        let ids: BTreeMap<_, usize> = sent[before..].iter().map(|text| (&text.id, 1)).collect();
        assert_eq!(ids.len(), 1, "one message");
    }
}
