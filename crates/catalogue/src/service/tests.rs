//! Prices, who may order, and publishing on both databases.

use db::params;
use kernel::{AccountId, Actor, Locale, Money, Refusal as _, RequestId, Role, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::pack::{self, SourceFile, repository};

const NOW: Timestamp = testkit::START;

fn service(code: &str) -> Service {
    let packs = pack::read(&repository()).unwrap();
    packs.into_iter().flat_map(|read| read.pack.services).find(|s| s.code == code).unwrap()
}

fn refusal(result: Result<Priced, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_price_is_what_the_offering_says() {
    let top_up = service("mobile-top-up");
    let thirty = top_up.offering("y30").unwrap();
    let priced = price(&top_up, thirty, 1, &json!({}), None, NOW).unwrap();
    assert_eq!((priced.unit, priced.total), (Money::cny(3_000), Money::cny(3_000)));
    assert_eq!(priced.parts[0].label.zh, "话费充值 · 30 元");
    assert_eq!(refusal(price(&top_up, thirty, 2, &json!({}), None, NOW)), "catalogue.quantity_outside");
    assert_eq!(refusal(price(&top_up, thirty, 0, &json!({}), None, NOW)), "catalogue.quantity_outside");
    assert_eq!(
        refusal(price(&top_up, thirty, i64::MIN, &json!({}), None, NOW)),
        "catalogue.quantity_outside"
    );

    let custom = top_up.offering("custom").unwrap();
    let entered = |fen: serde_json::Value| price(&top_up, custom, 1, &json!({ "amount": fen }), None, NOW);
    assert_eq!(entered(json!(4_500)).unwrap().total, Money::cny(4_500));
    for fen in [json!(999), json!(50_001), json!(-4_500), json!(i64::MAX)] {
        assert_eq!(refusal(entered(fen)), "catalogue.amount_outside");
    }
    for fen in [json!(null), json!("4500"), json!(45.5), json!(u64::MAX)] {
        assert_eq!(refusal(entered(fen)), "catalogue.amount_missing");
    }
}

#[test]
fn a_quantity_multiplies_and_shows_in_the_label() {
    let bulb = service("smart-bulb");
    let priced = price(&bulb, bulb.offering("white-2").unwrap(), 3, &json!({}), None, NOW).unwrap();
    assert_eq!(priced.total, Money::cny(14_700));
    assert_eq!(priced.parts[0].label.zh, "智能灯泡 · 暖白 2 只装 × 3");
    assert_eq!(priced.parts.iter().map(|part| part.amount.minor).sum::<i64>(), priced.total.minor);
}

#[test]
fn a_quoted_price_needs_a_quote_that_holds() {
    let bill = service("power-bill");
    let offering = bill.offering("bill").unwrap();
    let quote =
        |fen: i64, expires_at| QuotedPrice { amount: Money::cny(fen), reference: "q".into(), expires_at };
    let later = Timestamp(NOW.0 + 1);
    let ask = |quote: Option<&QuotedPrice>| price(&bill, offering, 1, &json!({}), quote, NOW);
    assert_eq!(ask(Some(&quote(8_790, later))).unwrap().total, Money::cny(8_790));
    assert_eq!(refusal(ask(None)), "catalogue.enquiry_needed");
    assert_eq!(refusal(ask(Some(&quote(8_790, NOW)))), "catalogue.quote_expired");
    for fen in [0, -1, 2_000_001] {
        assert_eq!(refusal(ask(Some(&quote(fen, later)))), "catalogue.amount_outside");
    }
    let mut dollars = quote(8_790, later);
    dollars.amount.currency = kernel::Currency::USD;
    assert_eq!(refusal(ask(Some(&dollars))), "catalogue.amount_outside");
}

proptest! {
    #[test]
    fn any_quantity_is_priced_exactly_or_refused(quantity in any::<i64>(), fen in any::<i64>()) {
        static BULB: std::sync::LazyLock<Service> = std::sync::LazyLock::new(|| service("smart-bulb"));
        let mut offering = BULB.offering("white-2").unwrap().clone();
        offering.price = Price::Fixed { amount: Money::cny(fen) };
        match price(&BULB, &offering, quantity, &json!({}), None, NOW) {
            Ok(priced) => {
                prop_assert!((1..=10).contains(&quantity));
                prop_assert_eq!(i128::from(priced.total.minor), i128::from(fen) * i128::from(quantity));
            }
            Err(error) => {
                prop_assert!(["catalogue.quantity_outside", "catalogue.internal"].contains(&error.code()));
            }
        }
    }
}

#[test]
fn rules_refuse_with_the_words_of_the_pack() {
    let top_up = service("mobile-top-up");
    let compiled = Eligibility::compile(&top_up).unwrap();
    let ask = |age_days: i64, offering: &str, answers: serde_json::Value| {
        let customer = CustomerFacts { age_days, level: kernel::Level::Contact, orders: 0 };
        let facts = Facts { answers: &answers, customer: &customer, offering, quantity: 1, now: NOW };
        eligible(&top_up, &compiled, &facts)
    };
    let phone = json!({ "phone": "+8613800000000" });
    assert!(ask(0, "y200", phone.clone()).is_ok());
    assert!(ask(1, "y300", phone.clone()).is_ok());
    assert!(ask(0, "custom", json!({ "phone": "+8613800000000", "amount": 20_000 })).is_ok());
    let refused = ask(0, "y300", phone).unwrap_err();
    assert_eq!(refused.code(), "catalogue.not_eligible");
    assert!(refused.message(Locale::Zh).contains("¥200.00"));
    assert!(refused.message(Locale::En).contains("tomorrow"));
    assert!(ask(0, "custom", json!({ "phone": "+8613800000000", "amount": 20_001 })).is_err());
}

#[test]
fn a_rule_that_cannot_be_worked_out_refuses() {
    let mut top_up = service("mobile-top-up");
    top_up.eligibility[0].allow = "answers.ghost == 1".to_owned();
    let compiled = Eligibility::compile(&top_up).unwrap();
    let (answers, customer) = (json!({}), CustomerFacts::default());
    let facts = Facts { answers: &answers, customer: &customer, offering: "y10", quantity: 1, now: NOW };
    assert_eq!(eligible(&top_up, &compiled, &facts).unwrap_err().code(), "catalogue.internal");
}

#[test]
fn every_code_has_words_in_both_languages() {
    for info in Error::CODES.iter().chain(crate::stock::Error::CODES) {
        assert!(!info.zh.is_empty() && !info.en.is_empty(), "{}", info.code);
    }
}

fn actor(role: Role) -> Actor {
    let kind = kernel::ActorKind::account(AccountId(7), vec![role]);
    Actor { kind, request: RequestId(1), locale: Locale::Zh, address: String::new() }
}

/// How many services the sample packs hold.
const SERVICES: usize = 10;
/// Of these on a shelf on which money between two balances is not offered.
const SHOWN: usize = 9;

async fn prepare(t: &TestDb) -> Actor {
    t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, crate::MIGRATIONS]).await;
    actor(Role::ADMINISTRATOR)
}

fn edited(files: &[SourceFile], from: &str, to: &str) -> Vec<SourceFile> {
    let mut out = files.to_vec();
    let hit = out.iter_mut().find(|file| file.text.contains(from)).unwrap();
    hit.text = hit.text.replacen(from, to, 1);
    out
}

async fn count(t: &TestDb, sql: &str) -> i64 {
    t.raw(sql, params![]).await[0].reader().get().unwrap()
}

#[testkit::db_test]
async fn what_is_published_is_on_the_shelf_in_order(t: TestDb) {
    let admin = prepare(&t).await;
    let published = publish(&t.cx, &admin, &repository()).await.unwrap();
    assert_eq!((published.changed.len(), published.withdrawn.len(), published.unchanged), (SERVICES, 0, 0));
    let shelf = Shelf::load(&t.cx).await.unwrap();
    let codes: Vec<_> = shelf.all().iter().map(|v| (v.code.clone(), v.version)).collect();
    let want = [
        "mobile-top-up",
        "data-pack",
        "plan-change",
        "fibre-repair",
        "power-bill",
        "wifi-router",
        "smart-bulb",
        "appliance-cleaning",
        "bank-transfer",
    ];
    assert_eq!(codes, want.map(|code| (code.to_owned(), 1)));
    let verticals: Vec<_> = shelf.verticals().into_iter().map(|v| v.code).collect();
    assert_eq!(verticals, ["telecom", "utilities", "goods", "transfers"]);
    assert_eq!(shelf.search("充话费")[0].code, "mobile-top-up");
    assert!(shelf.service("ghost").is_none());
    assert_eq!(shelf.version(&t.cx, "power-bill", 9).await.unwrap_err().code(), "catalogue.not_found");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM audit_entry WHERE verb = 'catalogue.publish'").await, 1);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM outbox WHERE topic = 'catalogue.published'").await, 1);
    let router = crate::stock::get(&t.cx, &admin, "router-wifi7-black").await.unwrap();
    assert_eq!(router.on_hand, 6);
}

#[testkit::db_test]
async fn the_same_content_makes_no_new_version_and_a_change_only_its_own(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    publish(&t.cx, &admin, &files).await.unwrap();
    let again = publish(&t.cx, &admin, &files).await.unwrap();
    assert_eq!((again.changed.len(), again.unchanged, again.revision), (0, SERVICES, 1));
    assert_eq!(count(&t, "SELECT COUNT(*) FROM audit_entry").await, 1, "nothing happened, nothing is told");

    let shelf = Shelf::load(&t.cx).await.unwrap();
    let before = shelf.service("data-pack").unwrap();
    let dearer = edited(&files, "price: {fixed: \"25.00\"}", "price: {fixed: \"26.00\"}");
    let changed = publish(&t.cx, &admin, &dearer).await.unwrap();
    assert_eq!((changed.changed, changed.revision), (vec![("data-pack".to_owned(), 2)], 2));
    shelf.reload(&t.cx).await.unwrap();
    let after = shelf.service("data-pack").unwrap();
    let amount = |v: &ServiceVersion| v.offering("d10-30d").unwrap().price.from();
    assert_eq!((amount(&before), amount(&after)), (Some(Money::cny(2_500)), Some(Money::cny(2_600))));
    assert_eq!(history(&t.cx, &admin, "data-pack").await.unwrap().len(), 2);
    assert_eq!(
        history(&t.cx, &actor(Role::CUSTOMER), "data-pack").await.unwrap_err().code(),
        "catalogue.forbidden"
    );
}

#[testkit::db_test]
async fn o6_a_running_order_finds_the_version_it_began_with(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    publish(&t.cx, &admin, &files).await.unwrap();
    let dearer = edited(&files, "price: {fixed: \"25.00\"}", "price: {fixed: \"26.00\"}");
    publish(&t.cx, &admin, &dearer).await.unwrap();
    let shelf = Shelf::load(&t.cx).await.unwrap();
    for _ in 0..2 {
        let old = shelf.version(&t.cx, "data-pack", 1).await.unwrap();
        assert_eq!(old.offering("d10-30d").unwrap().price.from(), Some(Money::cny(2_500)));
    }
    assert_eq!(shelf.version(&t.cx, "data-pack", 2).await.unwrap().version, 2);
}

#[testkit::db_test]
async fn a_pack_with_a_mistake_is_refused_whole_and_the_published_one_stays(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    publish(&t.cx, &admin, &files).await.unwrap();
    let good_and_bad = edited(&files, "price: {fixed: \"25.00\"}", "price: {fixed: \"26.00\"}");
    let good_and_bad = edited(&good_and_bad, "sku: bulb-colour-4", "sku: router-wifi6-white");
    let refused = publish(&t.cx, &admin, &good_and_bad).await.unwrap_err();
    assert_eq!(refused.code(), "catalogue.packs_refused");
    assert_eq!((refused.fields().len(), refused.fields()[0].code), (1, "stock.sku.unique"));
    assert!(refused.fields()[0].pointer.starts_with("/files/goods.yaml/"));
    let shelf = Shelf::load(&t.cx).await.unwrap();
    assert_eq!(shelf.service("data-pack").unwrap().version, 1);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM service_version").await, 10);
}

#[testkit::db_test]
async fn only_who_may_publish_publishes(t: TestDb) {
    prepare(&t).await;
    for role in [Role::CUSTOMER, Role::OPERATOR] {
        let refused = publish(&t.cx, &actor(role), &repository()).await.unwrap_err();
        assert_eq!(refused.code(), "catalogue.forbidden");
    }
    assert_eq!(count(&t, "SELECT COUNT(*) FROM service_version").await, 0);
}

#[testkit::db_test]
async fn a_service_left_out_is_withdrawn_and_other_verticals_stay(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    publish(&t.cx, &admin, &files).await.unwrap();
    let mut goods = files.iter().find(|file| file.name == "goods.yaml").unwrap().clone();
    let cut = goods.text.find("  - code: appliance-cleaning").unwrap();
    goods.text.truncate(cut);
    let published = publish(&t.cx, &admin, &[goods.clone()]).await.unwrap();
    assert_eq!((published.withdrawn, published.unchanged), (vec!["appliance-cleaning".to_owned()], 2));
    let shelf = Shelf::load(&t.cx).await.unwrap();
    assert_eq!(shelf.all().len(), SHOWN - 1);
    assert!(shelf.version(&t.cx, "appliance-cleaning", 1).await.is_ok(), "its orders go on");
    let back = publish(&t.cx, &admin, &files).await.unwrap();
    assert_eq!(back.changed, [("appliance-cleaning".to_owned(), 2)]);

    goods.text = goods.text.replace("code: goods", "code: more-goods");
    let refused = publish(&t.cx, &admin, &[goods]).await.unwrap_err();
    assert_eq!(
        refused.fields()[0].code,
        "service.code.unique",
        "codes are unique over all that is published"
    );
}

#[testkit::db_test]
async fn a_pack_published_again_does_not_reset_what_people_counted(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    publish(&t.cx, &admin, &files).await.unwrap();
    let counted = crate::stock::Adjust {
        sku: "router-wifi7-black".to_owned(),
        change: crate::stock::Change::Count(2),
        reason: "盘点后更正".to_owned(),
    };
    crate::stock::adjust(&t.cx, &admin, counted).await.unwrap();
    let more = edited(&files, "sku: router-wifi7-black, on_hand: 6", "sku: router-wifi7-black, on_hand: 60");
    publish(&t.cx, &admin, &more).await.unwrap();
    assert_eq!(crate::stock::get(&t.cx, &admin, "router-wifi7-black").await.unwrap().on_hand, 2);
}

#[testkit::db_test]
async fn two_publications_at_once_follow_each_other(t: TestDb) {
    let admin = prepare(&t).await;
    let files = repository();
    let dearer = edited(&files, "price: {fixed: \"25.00\"}", "price: {fixed: \"26.00\"}");
    let (one, two) = tokio::join!(publish(&t.cx, &admin, &files), publish(&t.cx, &admin, &dearer));
    let versions = one.unwrap().changed.len() + two.unwrap().changed.len();
    assert_eq!(versions, SERVICES + 1, "each service, and one of them twice");
}

#[testkit::db_test]
async fn a_publication_wakes_the_shelves_of_every_node(t: TestDb) {
    let admin = prepare(&t).await;
    let shelf = Shelf::load(&t.cx).await.unwrap();
    let mut listener = t.cx.db.listen(CHANNEL);
    publish(&t.cx, &admin, &repository()).await.unwrap();
    listener.recv().await;
    shelf.reload(&t.cx).await.unwrap();
    assert_eq!((shelf.all().len(), shelf.snapshot().revision), (SHOWN, 1));
}

#[testkit::db_test]
async fn every_statement_can_be_prepared(t: TestDb) {
    prepare(&t).await;
    for statement in crate::STATEMENTS.iter().copied().flatten() {
        t.cx.db.prepare(*statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name()));
    }
}
