//! What staff write down: lists, incidents, blocks, reviews, reasons of every act that asks for one; and what partners sent.

use identity::account::StateCommand;
use kernel::{AccountId, Duration, PageRequest, Role};
use risk::decision::{Asked, Candidate, Filter, Ladder, OnFailure, Point, Policy, ReviewRule, Scored};
use risk::{Outcome, decision};
use serde_json::json;
use shield::Signal;
use shield::incident::{self, State};
use shield::list::{self, EntryKind, Lifetime, NewEntry};
use testkit::until;

use crate::actor;
use crate::common::{TestApp, read};

const LIST_REASON: &str = "网吧老板娘说是西门吹雪在试";
const OFF_REASON: &str = "西门吹雪已经道歉请放他进来";
const SEEN_NOTE: &str = "正在联系独孤求败先生核实";
const LIFT_REASON: &str = "独孤求败先生的扫地机器人发疯";
const CLOSE_NOTE: &str = "结案因为东方不败来电作证";
const SAMPLE: &str = "/dugu-qiubai-backup";
const NETWORK: &str = "203.0.113.77";
const LISTED: &str = "198.51.100.214";
const RELEASE_REASON: &str = "令狐冲本人在柜台出示了护照";
const REVEAL_REASON: &str = "任盈盈女士忘记了自己的号码";
const FREEZE_REASON: &str = "岳不群举报说账户是他侄子的";
const EXPORT_REASON: &str = "应检察官左冷禅的要求导出";

/// What none of the places may hold.
pub const WORDS: &[&str] = &[
    LIST_REASON,
    OFF_REASON,
    SEEN_NOTE,
    LIFT_REASON,
    CLOSE_NOTE,
    SAMPLE,
    NETWORK,
    LISTED,
    RELEASE_REASON,
    REVEAL_REASON,
    FREEZE_REASON,
    EXPORT_REASON,
];

/// Staff explain themselves wherever they can; whoever may reads it again.
pub async fn explain(app: &TestApp, customer: AccountId) {
    networks(app).await;
    reviews(app, customer).await;
    let cx = &app.t.cx;
    let admin = actor(AccountId(5), Role::ADMINISTRATOR).proved(cx.now());
    identity::customer::reveal(cx, &admin, customer, REVEAL_REASON).await.unwrap();
    identity::freeze::change_state(cx, &admin, customer, StateCommand::Freeze, FREEZE_REASON).await.unwrap();
    let auditor = actor(AccountId(6), Role::AUDITOR).proved(cx.now());
    audit::begin_export(cx, &auditor, audit::Filter::default(), EXPORT_REASON).await.unwrap();
    let found = audit::search(cx, &audit::Filter::default(), &PageRequest::new(None, 100)).await.unwrap();
    for words in [LIST_REASON, CLOSE_NOTE, RELEASE_REASON, REVEAL_REASON, FREEZE_REASON, EXPORT_REASON] {
        assert!(found.items.iter().any(|entry| entry.reason.as_deref() == Some(words)), "{words}");
    }
}

/// Somebody scans, and people deal with it.
async fn networks(app: &TestApp) {
    let cx = &app.t.cx;
    let officer = actor(AccountId(3), Role::SECURITY_OFFICER);
    let entry = NewEntry {
        kind: EntryKind::Deny,
        network: LISTED.to_owned(),
        lifetime: Lifetime::Day,
        reason: LIST_REASON.to_owned(),
    };
    let id = list::add(cx, &officer, &[], entry).await.unwrap();
    assert_eq!(list::entries(cx, &officer).await.unwrap()[0].reason, LIST_REASON);
    list::remove(cx, &officer, id, OFF_REASON).await.unwrap();
    for n in 0..200 {
        let path = format!("{SAMPLE}-{n}");
        app.services.shield.note(NETWORK.parse().unwrap(), &Signal::NotFound { path: &path });
    }
    until(async || incident::open_count(cx, &officer).await.unwrap() > 0).await;
    let page = PageRequest::new(None, 10);
    let open = incident::list(cx, &officer, State::Open, page).await.unwrap().items;
    let id = open[0].id;
    assert!(open[0].evidence[0].starts_with(SAMPLE), "{:?}", open[0].evidence);
    incident::acknowledge(cx, &officer, id, SEEN_NOTE).await.unwrap();
    incident::lift(cx, &officer, id, LIFT_REASON).await.unwrap();
    let seen = incident::get(cx, &officer, id).await.unwrap();
    assert_eq!(seen.incident.note.as_deref(), Some(SEEN_NOTE));
    assert_eq!(seen.blocks[0].lift_reason.as_deref(), Some(LIFT_REASON));
    incident::close(cx, &officer, id, CLOSE_NOTE).await.unwrap();
}

/// A decision that a person has to look at, and looks at.
async fn reviews(app: &TestApp, customer: AccountId) {
    let cx = &app.t.cx;
    let policy = Policy {
        time_limit: Duration::from_secs(5),
        on_failure: OnFailure::FailClosed,
        ladder: Ladder { notify: 10, step_up: 20, stop: 30, top: Outcome::Review },
        review: ReviewRule { lasts: Duration::from_hours(24), then: Outcome::Deny },
    };
    let asked =
        Asked { point: Point::Login, subject: customer, mark: 9, inputs: json!({"network": NETWORK}) };
    let scored = Scored { score: 90, reasons: Vec::new(), ruled: None };
    let scorer =
        Candidate { version: "always-90".to_owned(), score: Box::pin(std::future::ready(Ok(scored))) };
    let (id, _) = decision::decide(cx, &policy, asked, scorer, Vec::new()).await.unwrap();
    let officer = actor(AccountId(4), Role::RISK_OFFICER);
    decision::release(cx, &officer, id, RELEASE_REASON).await.unwrap();
    let page = PageRequest::new(None, 10);
    let seen = risk::list_decisions(cx, &officer, Filter::Of(customer), &page).await.unwrap().items;
    let review = seen.iter().find_map(|one| one.review.as_ref()).unwrap();
    assert_eq!(review.reason.as_deref(), Some(RELEASE_REASON));
}

/// The page of a payment nobody has paid yet, and what a provider calls a price.
pub async fn from_partners(app: &TestApp, token: &str) -> Vec<String> {
    let body = json!({"amount": {"minor": 1_000, "currency": "CNY"}});
    let (status, made) = read(app.post("/api/v1/wallet/top-ups", token, "waits", &body).await).await;
    assert_eq!(status, 201, "{made}");
    let rows =
        app.t.raw("SELECT reference_sealed FROM quote WHERE reference_sealed IS NOT NULL", Vec::new()).await;
    let open = |sealed: Vec<u8>| app.t.cx.vault.open_text("quote.provider_reference", &sealed).unwrap();
    let mut all: Vec<String> = rows.iter().map(|row| open(row.reader().get().unwrap())).collect();
    assert!(!all.is_empty(), "a provider named a price");
    all.push(made["checkout_url"].as_str().unwrap().to_owned());
    all
}
