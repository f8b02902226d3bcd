//! Pages, conditions, HTML forms and the summary.

use kernel::Locale;
use serde_json::{Value, json};

use super::{TODAY, every_kind, form, right};

#[test]
fn a_page_checks_only_its_own_shown_fields() {
    let form = every_kind();
    let pages: Vec<usize> = form.steps().iter().map(|step| step.fields.len()).collect();
    assert_eq!(pages, [5, 5, 5, 1]);
    let all = right();
    for (index, step) in form.steps().iter().enumerate() {
        let got = form.check_step(index, &all, TODAY).expect("right answers");
        for name in got.as_object().expect("an object").keys() {
            assert!(step.fields.contains(name), "{name} is not of page {index}");
        }
    }
    let errors = form.check_step(1, &json!({ "amount": 1_000, "months": 1 }), TODAY).expect_err("no choice");
    assert_eq!(errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["/invoice"]);
}

#[test]
fn a_page_uses_the_answers_of_earlier_pages_to_decide_what_is_shown() {
    let label = json!({ "zh": "项", "en": "Item" });
    let form = form(json!({
        "steps": [{ "title": label, "fields": ["a"] }, { "title": label, "fields": ["b"] }],
        "fields": [
            { "name": "a", "kind": "flag", "label": label },
            { "name": "b", "kind": "text", "label": label, "show_when": { "field": "a", "is": [true] } },
        ],
    }));
    assert!(form.check_step(1, &json!({ "a": true }), TODAY).is_err());
    assert_eq!(form.check_step(1, &json!({ "a": false, "b": "kept from before" }), TODAY), Ok(json!({})));
}

#[test]
fn answers_to_fields_that_are_not_shown_are_dropped() {
    let form = every_kind();
    let mut answers = right();
    answers["invoice"] = json!("none");
    answers["wish"] = json!("hidden too");
    let got = form.check(&answers, TODAY).expect("right");
    assert_eq!((got.get("title"), got.get("wish")), (None, None));
    let visible = |answers: &Value| form.visible(answers).iter().map(|f| f.name.clone()).collect::<Vec<_>>();
    assert!(!visible(&answers).contains(&"title".to_owned()));
    answers["invoice"] = json!("company");
    answers["gift"] = json!(true);
    assert!(
        visible(&answers).contains(&"title".to_owned()) && visible(&answers).contains(&"wish".to_owned())
    );
    assert_eq!(visible(&json!(null)).len(), 14);
}

#[test]
fn a_condition_on_a_hidden_field_does_not_hold() {
    let label = json!({ "zh": "项", "en": "Item" });
    let when = |field: &str| json!({ "field": field, "is": true });
    let form = form(json!([
        { "name": "a", "kind": "flag", "label": label },
        { "name": "b", "kind": "flag", "label": label, "show_when": when("a") },
        { "name": "c", "kind": "text", "label": label, "show_when": when("b") },
        { "name": "d", "kind": "text", "label": label, "required": false, "show_when": { "field": "a", "is": false } },
    ]));
    assert_eq!(
        form.check(&json!({ "b": true, "c": "x", "d": "y" }), TODAY),
        Ok(json!({ "a": false, "d": "y" }))
    );
    assert!(form.check(&json!({ "a": true, "b": true }), TODAY).is_err(), "c is asked and required");
}

#[test]
fn what_an_html_form_posts_becomes_answers_by_kind() {
    let form = every_kind();
    let posted = [
        ("amount", "1,300"),
        ("months", "１２"),
        ("gift", "on"),
        ("phone", ""),
        ("phone", "138 0000 0000"),
        ("note", "  "),
        ("start.year", "2026"),
        ("start.month", "12"),
        ("start.day", "1"),
        ("home.province", "浙江"),
        ("home.planet", "火星"),
        ("csrf", "token"),
        ("who.x", "y"),
    ];
    let want = json!({ "amount": 130_000, "months": 12, "gift": true, "phone": "138 0000 0000", "start": "2026-12-1",
        "home": { "province": "浙江" } });
    assert_eq!(form.from_pairs(posted.into_iter()), want);
    for (typed, want) in [
        ("１３００．５", json!(130_050)),
        ("¥ 12", json!(1_200)),
        ("12元", json!("12元")),
        ("-5", json!("-5")),
    ] {
        assert_eq!(form.from_pairs([("amount", typed)].into_iter())["amount"], want, "{typed}");
    }
    assert_eq!(form.from_pairs([("months", "many")].into_iter()), json!({ "months": "many" }));
}

#[test]
fn answers_go_to_the_controls_of_a_page_and_come_back() {
    let form = every_kind();
    let pairs = form.to_pairs(&right());
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(value("amount"), Some("1300.00"));
    assert_eq!(value("phone"), Some("138 0000 0000"));
    assert_eq!(value("home.phone"), Some("138 0000 0000"));
    let again = form.from_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    assert_eq!(form.check(&again, TODAY), Ok(right()));
    assert_eq!(
        form.to_pairs(&json!({ "amount": "12元", "home": 3 })),
        [("amount".to_owned(), "12元".to_owned()), ("home".to_owned(), "3".to_owned())]
    );
}

#[test]
fn the_summary_shows_answers_as_people_read_them() {
    let form = every_kind();
    let rows = |locale| form.summary(&right(), locale);
    let value = |locale, name: &str| {
        rows(locale).into_iter().find(|row| row.field == name).map(|row| (row.label, row.value, row.step))
    };
    let check = |locale, name: &str, label: &str, shown: &str, step| {
        assert_eq!(value(locale, name), Some((label.to_owned(), shown.to_owned(), step)), "{name}");
    };
    check(Locale::Zh, "phone", "手机号", "138 0000 0000", 0);
    check(Locale::Zh, "amount", "金额", "¥1,300.00", 1);
    check(Locale::Zh, "invoice", "发票类型", "企业发票", 1);
    check(Locale::En, "invoice", "Invoice type", "Company", 1);
    check(Locale::Zh, "gift", "作为礼物", "否", 1);
    check(Locale::En, "start", "Start date", "1 Dec 2026", 2);
    check(Locale::Zh, "home", "安装地址", "浙江省杭州市文三路 1 号\n林小满 138 0000 0000", 2);
    check(Locale::En, "home", "Installation address", "文三路 1 号, 杭州市, 浙江省\n林小满 138 0000 0000", 2);
    check(Locale::Zh, "note", "备注", "", 0);
    assert_eq!(value(Locale::Zh, "wish"), None, "not asked, not shown");
    let sensitive: Vec<&str> = form.sensitive().collect();
    assert_eq!(sensitive, ["who", "phone", "mail", "home", "id"]);
}
