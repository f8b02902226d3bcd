//! The packs of this repository are right, and every rule refuses the pack that breaks it, at the right line.

use std::collections::BTreeSet;

use super::*;
use crate::service::{CaptureAt, Price, StepKind};

const SAMPLE: &str = include_str!("sample.yaml");
const TWO_SLOTS: &str = "stock: {slots: {field: visit, days_ahead: 2, windows: [\"09:00-11:00\", \"10:00-12:00\"], capacity: 1, lead: 1h}}";

pub(crate) fn repository() -> Vec<SourceFile> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| SourceFile {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    files.iter().map(read).collect()
}

fn file(text: &str) -> SourceFile {
    SourceFile { name: "sample.yaml".to_owned(), text: text.to_owned() }
}

/// The sample with one edit that must apply.
fn edited(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "the sample has no {from:?}");
    SAMPLE.replacen(from, to, 1)
}

/// The line on which `text` stands.
fn line_of(source: &str, text: &str) -> usize {
    source.lines().position(|line| line.contains(text)).map_or(0, |at| at + 1)
}

#[test]
fn the_packs_of_the_repository_pass_every_rule() {
    match read(&repository()) {
        Ok(packs) => {
            let codes: Vec<_> =
                packs.iter().flat_map(|p| &p.pack.services).map(|s| s.code.as_str()).collect();
            assert_eq!(codes.len(), 10, "{codes:?}");
        }
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn a_service_says_how_surely_it_must_be_known_who_orders() {
    let packs = read(&repository()).unwrap();
    let level = |code: &str| {
        let service = packs.iter().flat_map(|p| &p.pack.services).find(|s| s.code == code);
        service.map(|service| service.requires_level)
    };
    assert_eq!(level("plan-change"), Some(kernel::Level::RealName));
    assert_eq!(level("bank-transfer"), Some(kernel::Level::RealName));
    assert_eq!(level("mobile-top-up"), Some(kernel::Level::None));
}

#[test]
fn a_service_says_when_its_money_is_taken() {
    let packs = read(&repository()).unwrap();
    let capture = |code: &str| {
        let service = packs.iter().flat_map(|p| &p.pack.services).find(|s| s.code == code);
        service.map(|service| service.capture)
    };
    assert_eq!(capture("fibre-repair"), Some(CaptureAt::Completion));
    assert_eq!(capture("mobile-top-up"), Some(CaptureAt::Order), "what says nothing is taken at once");
    for capture in CaptureAt::ALL {
        assert_eq!(CaptureAt::from_name(capture.name()), Some(capture));
    }
}

#[test]
fn the_sample_passes_so_that_each_edit_breaks_one_thing() {
    if let Err(problems) = read(&[file(SAMPLE)]) {
        panic!("{problems}");
    }
}

/// What is wrong: rule, edit of the sample (from, to), and what stands on the line that is named.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    ("pack.syntax", "    icon: box\n    seller", "    icon: [box\n    seller", ""),
    ("pack.syntax", "en: The first}", "en: *name}", "*name"),
    ("pack.format", "format: 1", "format: 2", "format: 2"),
    ("pack.member.unknown", "    seller: shop", "    seller: shop\n    colour: red", "colour: red"),
    (
        "pack.member.unknown",
        "{zh: 小, en: Small}\n        attributes",
        "{zh: 小, en: Small, fr: Petit}\n        attributes",
        "fr: Petit",
    ),
    ("pack.member.missing", "    seller: shop\n", "", "- code: one"),
    ("pack.member.twice", "    seller: shop", "    seller: shop\n    seller: stop", "seller: stop"),
    (
        "pack.value.shape",
        "enquiry:\n      provider: desk",
        "enquiry:\n      provider: [desk]",
        "provider: [desk]",
    ),
    (
        "pack.value.shape",
        "    documents: [receipt]",
        "    documents: [receipt]\n    staffed: 22:00-08:00",
        "22:00-08:00",
    ),
    ("pack.value.choice", "on_failure: automatic", "on_failure: maybe", "on_failure: maybe"),
    (
        "pack.value.choice",
        "price: {fixed: \"5.00\"}",
        "price: {fixed: \"5.00\", quoted: {min: \"1.00\", max: \"2.00\"}}",
        "price: {fixed",
    ),
    ("pack.list.size", "needs: [number]", "needs: []", "needs: []"),
    ("pack.code.form", "seller: shop", "seller: Shop_1", "Shop_1"),
    ("text.both_languages", "{zh: 一句话, en: A sentence}", "{zh: 一句话}", "一句话"),
    ("text.length", "zh: 第一项", "zh: 这个名字长得无论如何都放不进卡片", "放不进"),
    ("text.chinese_copy", "zh: 任何人", "zh: \"任何人,不限\"", "任何人,"),
    ("text.chinese_copy", "zh: 任何人", "zh: 你们", "你们"),
    ("text.chinese_copy", "zh: 任何人", "zh: 任何 VIP 客户", "任何 VIP"),
    ("text.chinese_copy", "zh: 任何人", "zh: Anyone who has a number and a bank card", "Anyone who has"),
    ("text.english_copy", "en: Anyone", "en: Anyone。", "Anyone。"),
    ("text.english_copy", "en: Anyone", "en: Any  one", "Any  one"),
    ("text.characters", "en: Anyone", "en: \"Any\\u202Eone\"", "u202E"),
    ("money.form", "{fixed: \"5.00\"}", "{fixed: \"0.00\"}", "0.00"),
    ("money.form", "{fixed: \"5.00\"}", "{fixed: \"5.001\"}", "5.001"),
    ("money.form", "{fixed: \"5.00\"}", "{fixed: \"99999999999999999999\"}", "99999999999999999999"),
    ("money.form", "{fixed: \"5.00\"}", "{fixed: \"-5.00\"}", "-5.00"),
    ("duration.form", "service_level: 1h", "service_level: soon", "soon"),
    ("duration.form", "service_level: 1h", "service_level: 999d", "999d"),
    ("number.range", "on_hand: 3}\n      - code: free", "on_hand: -3}\n      - code: free", "on_hand: -3"),
    ("number.range", "    seller: shop", "    seller: shop\n    requires_level: 4", "requires_level: 4"),
    (
        "number.range",
        "    seller: shop",
        "    seller: shop\n    requires_level: high",
        "requires_level: high",
    ),
    ("number.range", "quantity: {max: 2}", "quantity: {min: 3, max: 2}", "quantity: {min: 3"),
    ("form.valid", "kind: money, label: {zh: 金额", "kind: gold, label: {zh: 金额", "kind: gold"),
    ("form.field.exists", "needs: [number]", "needs: [ghost]", "ghost"),
    ("form.field.exists", "entered: {field: amount", "entered: {field: number", "field: number"),
    ("offering.code.unique", "code: free", "code: small", ""),
    (
        "results.key.unique",
        "    service_level: 1h",
        "    results:\n      - {key: a, label: {zh: 甲, en: A}}\n      - {key: a, label: {zh: 乙, en: B}}\n    service_level: 1h",
        "乙",
    ),
    ("offering.price.bounds", "quoted: {min: \"1.00\"", "quoted: {min: \"10.00\"", "10.00"),
    (
        "offering.price.bounds",
        "entered: {field: amount, min: \"1.00\"",
        "entered: {field: amount, min: \"2.00\"",
        "2.00",
    ),
    (
        "offering.price.quantity",
        "price: {quoted: {min: \"1.00\", max: \"9.00\"}}",
        "price: {quoted: {min: \"1.00\", max: \"9.00\"}}\n        quantity: {max: 2}",
        "price: {quoted",
    ),
    (
        "offering.attributes",
        "attributes: {size: {zh: 应缴, en: Due}}",
        "attributes: {size: {zh: 小, en: Small}}",
        "",
    ),
    (
        "offering.attributes",
        "attributes: {size: {zh: 应缴, en: Due}}",
        "attributes: {colour: {zh: 应缴, en: Due}}",
        "colour",
    ),
    (
        "service.outcome",
        "    stock: per_offering",
        "    outcome: answer\n    stock: per_offering",
        "outcome: answer",
    ),
    ("stock.sku", "        stock: {sku: one-due, on_hand: 3}\n", "", "code: due"),
    ("stock.sku", "    stock: per_offering", "    stock: none", "code: small"),
    ("stock.sku.unique", "sku: one-due", "sku: one-small", ""),
    ("stock.slots", "stock: per_offering", TWO_SLOTS, "10:00-12:00"),
    ("eligibility.cel.syntax", "customer.orders < 100 &&", "customer.orders < && ||", "< && ||"),
    ("eligibility.cel.names", "customer.orders < 100", "client.orders < 100", "client"),
    ("eligibility.cel.names", "customer.orders < 100", "customer.shoes < 100", "shoes"),
    ("eligibility.cel.names", "customer.orders < 100", "answers.number != \"\"", "answers.number"),
    ("eligibility.cel.type", "customer.orders < 100 &&", "customer.orders + 100 ==", ""),
    ("eligibility.cel.type", "customer.orders < 100 && quantity <= 5", "customer.orders + quantity", ""),
    ("eligibility.cel.type", "customer.orders < 100", "customer.level < 100", "level"),
    ("workflow.step.unique", "id: paper", "id: do", ""),
    ("workflow.step.kind", "        issue: receipt\n", "", "id: paper"),
    (
        "workflow.step.kind",
        "        issue: receipt\n",
        "        issue: receipt\n        wait_slot: true\n",
        "id: paper",
    ),
    (
        "workflow.step.undo",
        "        issue: receipt\n",
        "        issue: receipt\n        undo: provider_cancel\n",
        "",
    ),
    (
        "workflow.point_of_no_return",
        "        issue: receipt\n",
        "        issue: receipt\n        point_of_no_return: true\n",
        "workflow:",
    ),
    ("workflow.wait_slot", "        issue: receipt\n", "        wait_slot: true\n", "wait_slot: true"),
    ("workflow.credit", "        issue: receipt\n", "        credit: true\n", "workflow:"),
    ("workflow.document", "    documents: [receipt]\n", "", "- code: one"),
    ("workflow.poll", "poll_every: 1m", "poll_every: 1h", "poll_every: 1h"),
    ("service.level", "service_level: 1h", "service_level: 5m", "service_level: 5m"),
    ("cancel.step", "cancel: {until: do", "cancel: {until: ghost", "ghost"),
    ("cancel.fee", "cancel: {until: do", "cancel: {until: do, fee: \"1.00\"", "fee:"),
    ("payment.methods", "payment: [balance]", "payment: []", "payment: []"),
    ("payment.methods", "payment: [balance]", "payment: [card, card]", "card, card"),
    (
        "payment.capture",
        "payment: [balance]",
        "payment: [card, wechat]\n    capture: at_completion",
        "payment: [card, wechat]",
    ),
    ("pack.value.choice", "payment: [balance]", "payment: [balance]\n    capture: never", "capture: never"),
];

#[test]
fn every_rule_refuses_the_pack_that_breaks_it_at_its_line() {
    for (rule, from, to, place) in BROKEN {
        let source = edited(from, to);
        let Err(problems) = read(&[file(&source)]) else { panic!("{to:?} should break {rule}") };
        let found = problems.0.iter().find(|problem| problem.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{to:?} should break {rule}, but:\n{problems}"));
        if !place.is_empty() {
            assert_eq!(found.line, line_of(&source, place), "{rule} with {to:?}: {found}");
        }
        assert!(!found.zh.is_empty() && !found.en.is_empty());
        assert!(found.to_string().starts_with("sample.yaml:"), "{found}");
    }
}

/// Edits that need more than one place.
fn broken_in_several_places() -> Vec<(&'static str, Vec<SourceFile>)> {
    let two_rules = edited(
        "    stock: per_offering",
        "      - code: few\n        allow: quantity <= 6\n        refusal: {zh: 太多了, en: Too many}\n    stock: per_offering",
    );
    let start = SAMPLE.find("    enquiry:").unwrap();
    let end = SAMPLE.find("    attributes:").unwrap();
    let no_enquiry = format!("{}{}", &SAMPLE[..start], &SAMPLE[end..]);
    let other_vertical = SAMPLE.replace("code: sample", "code: other").replace("sku: one-", "sku: two-");
    let long = "一二三四五六七八九十".repeat(5);
    let long_guide =
        SAMPLE.replace("zh: 任何人", &format!("zh: {long}")).replace("zh: 两分钟", &format!("zh: {long}"));
    let long_guide = long_guide.replace("zh: 一个号码", &format!("zh: {long}"));
    vec![
        ("guide.length", vec![file(&long_guide)]),
        ("eligibility.code.unique", vec![file(&two_rules)]),
        ("offering.price.enquiry", vec![file(&no_enquiry)]),
        ("vertical.code.unique", vec![file(SAMPLE), file(SAMPLE)]),
        ("service.code.unique", vec![file(SAMPLE), file(&other_vertical)]),
    ]
}

#[test]
fn rules_over_several_places_and_files_hold() {
    for (rule, files) in broken_in_several_places() {
        let Err(problems) = read(&files) else { panic!("{rule} is not broken") };
        assert!(problems.0.iter().any(|problem| problem.rule == rule), "{rule}:\n{problems}");
    }
}

#[test]
fn every_rule_of_the_list_has_a_pack_that_breaks_it() {
    let several = broken_in_several_places();
    let tried: BTreeSet<&str> =
        BROKEN.iter().map(|case| case.0).chain(several.iter().map(|case| case.0)).collect();
    let listed: BTreeSet<&str> = RULES.iter().map(|(code, _)| *code).collect();
    assert_eq!(tried, listed);
}

#[test]
fn all_mistakes_of_all_files_are_named_at_once_and_nothing_is_given() {
    let bad = SAMPLE
        .replace("seller: shop", "seller: S!")
        .replace("\"5.00\"", "five")
        .replace("service_level: 1h", "service_level: 1y");
    let mut files = repository();
    files.push(file(&bad));
    let problems = read(&files).expect_err("three mistakes");
    let rules: Vec<_> = problems.0.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, ["pack.code.form", "money.form", "duration.form"]);
}

#[test]
fn hostile_files_are_refused_without_harm() {
    let deep = "[".repeat(100_000);
    let deep_block = (0..2_000).map(|depth| " ".repeat(depth) + "- ").collect::<Vec<_>>().join("\n");
    let laughs = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n".to_owned();
    let huge = "x".repeat(MAX_FILE_BYTES + 1);
    for text in [
        "",
        "\0",
        "---\n---\n",
        "- 1",
        "{}",
        "? [a]\n: b",
        "\u{feff}",
        "%YAML 9.9",
        "a: !!int 1",
        &deep,
        &deep_block,
        &laughs,
        &huge,
    ] {
        assert!(read(&[file(text)]).is_err(), "{:?}", text.get(..40));
    }
}

#[test]
fn an_amount_is_asked_only_for_the_offering_that_needs_it() {
    let packs = read(&[file(SAMPLE)]).unwrap();
    let service = &packs[0].pack.services[0];
    let asked = |code: &str| service.offering(code).unwrap().form.field("amount").is_some();
    assert_eq!((asked("free"), asked("small"), asked("due")), (true, false, false));
    assert!(service.form.field("amount").is_some());
}

#[test]
fn the_canonical_form_reads_back_as_the_same_service() {
    for pack in read(&repository()).unwrap() {
        for (service, canonical) in pack.pack.services.iter().zip(&pack.canonical) {
            let (vertical, again) = reread("x", canonical).unwrap();
            assert_eq!(vertical, pack.pack.vertical);
            assert_eq!(format!("{again:?}"), format!("{service:?}"));
            let whole = read(&[file(canonical)]).unwrap();
            assert_eq!(&whole[0].canonical[0], canonical, "and writes itself the same");
        }
    }
}

#[test]
fn a_version_published_under_older_rules_of_taste_can_still_be_read() {
    let long = edited("zh: 第一项", "zh: \"这个名字,长得放不进卡片而且标点不对\"");
    assert!(read(&[file(&long)]).is_err());
    assert!(reread("x", &long).is_ok());
    assert!(
        reread("x", &edited("{fixed: \"5.00\"}", "{fixed: five}")).is_err(),
        "a price is no matter of taste"
    );
}

#[test]
fn the_seven_services_say_what_they_promise() {
    let packs = read(&repository()).unwrap();
    let services: Vec<_> = packs.iter().flat_map(|p| &p.pack.services).collect();
    let find = |code: &str| *services.iter().find(|s| s.code == code).unwrap();
    let top_up = find("mobile-top-up");
    assert_eq!(top_up.offerings.len(), 7);
    assert_eq!(top_up.price_from().unwrap().to_string(), "¥10.00");
    assert!(matches!(find("power-bill").offerings[0].price, Price::Quoted { .. }));
    assert_eq!(find("power-bill").price_from(), None);
    assert_eq!(find("wifi-router").offerings.len(), 4);
    assert_eq!(find("appliance-cleaning").slots().unwrap().windows.len(), 5);
    // What is sent to another customer has arrived only with the last step: a document before it would say what is not so yet.
    for service in services.iter().filter(|service| !service.credits()) {
        assert!(
            service.workflow.iter().any(|step| matches!(step.kind, StepKind::Issue { .. })),
            "{}",
            service.code
        );
        assert!(service.faq.len() >= 2 && service.aliases.len() >= 10, "{}", service.code);
        assert!(service.form.steps().len() <= 3, "{}", service.code);
    }
}
