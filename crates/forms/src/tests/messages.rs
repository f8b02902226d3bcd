//! The words of every error, in both languages.

use std::collections::BTreeSet;

use kernel::FieldError;
use serde_json::{Value, json};

use super::{TODAY, one};
use crate::CODES;

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The fields that are answered wrongly below.
const FIELDS: &str = r#"{
    "phone": { "kind": "phone", "label": { "zh": "手机号", "en": "Mobile number" } },
    "contact": { "kind": "phone", "label": { "zh": "手机号", "en": "Mobile number" },
        "noun": { "zh": "联系电话", "en": "a contact phone number" } },
    "slot": { "kind": "slot", "label": { "zh": "上门时段", "en": "Visit time" } },
    "terms": { "kind": "flag", "required": true, "label": { "zh": "同意服务协议", "en": "I agree to the terms" } },
    "name": { "kind": "text", "min": 2, "max": 4, "label": { "zh": "姓名", "en": "Name" } },
    "household": { "kind": "text", "pattern": "^[0-9]{10}$", "example": "3301001234",
        "format": { "zh": "需为 10 位数字", "en": "must be 10 digits" }, "label": { "zh": "户号", "en": "Household number" } },
    "mail": { "kind": "email", "label": { "zh": "邮箱", "en": "E-mail address" } },
    "amount": { "kind": "money", "min": "10.00", "max": "5000.00", "step": "10.00", "label": { "zh": "金额", "en": "Amount" } },
    "months": { "kind": "integer", "min": 1, "max": 36, "label": { "zh": "月数", "en": "Number of months" } },
    "invoice": { "kind": "choice", "label": { "zh": "发票类型", "en": "Invoice type" },
        "options": [{ "value": "a", "label": { "zh": "甲", "en": "A" } }] },
    "start": { "kind": "date", "min_days_ahead": 0, "max_days_ahead": 50, "label": { "zh": "生效日期", "en": "Start date" } },
    "visit": { "kind": "date", "min_days_ahead": 1, "max_days_ahead": 3, "label": { "zh": "上门日期", "en": "Visit date" } },
    "id": { "kind": "national_id", "label": { "zh": "身份证号", "en": "ID number" } },
    "home": { "kind": "address", "label": { "zh": "地址", "en": "Address" } }
}"#;

/// Field, answer in JSON, code, words.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str, &str)] = &[
    ("phone", r#""""#, "required", "填写手机号", "Enter a mobile number"),
    ("contact", "null", "required", "填写联系电话", "Enter a contact phone number"),
    ("slot", r#""""#, "not_chosen", "选择上门时段", "Select a visit time"),
    ("invoice", "null", "not_chosen", "选择发票类型", "Select an invoice type"),
    ("terms", "false", "not_ticked", "勾选“同意服务协议”后继续", "Tick “I agree to the terms” to go on"),
    ("phone", "1", "wrong_type", "手机号需为文字", "Mobile number must be text"),
    ("terms", "1", "wrong_type", "同意服务协议需为是或否", "I agree to the terms must be true or false"),
    ("home", "1", "wrong_type", "地址需为包含省市等各项的对象", "Address must be an object with province, city and so on"),
    ("name", r#""a\u0001b""#, "control_character", "姓名含有不能显示的字符，请删除", "Name has characters that cannot be shown. Remove them"),
    ("name", r#""林""#, "too_short", "姓名至少 2 个字符，现有 1 个", "Name must have at least 2 characters, now 1"),
    ("name", r#""林小满满满""#, "too_long", "姓名最多 4 个字符，现有 5 个", "Name must have at most 4 characters, now 5"),
    ("household", r#""33""#, "pattern", "户号需为 10 位数字，例如 3301001234", "Household number must be 10 digits, like 3301001234"),
    ("phone", r#""138""#, "phone", "手机号需为 11 位数字，例如 138 0000 0000", "Mobile number must be 11 digits, like 138 0000 0000"),
    ("mail", r#""lin""#, "email", "邮箱需含 @ 和域名，例如 lin@example.com", "E-mail address must have an @ and a domain, like lin@example.com"),
    ("amount", r#""abc""#, "amount", "金额需为数字，最多两位小数，例如 100.50", "Amount must be a number with at most two decimals, like 100.50"),
    ("amount", "5", "amount_range", "金额需在 10.00 至 5,000.00 元之间", "Amount must be between ¥10.00 and ¥5,000.00"),
    ("amount", "1005", "amount_step", "金额需为 10.00 元的整数倍", "Amount must be a multiple of ¥10.00"),
    ("months", r#""x""#, "integer", "月数需为整数，例如 1", "Number of months must be a whole number, like 1"),
    ("months", "40", "integer_range", "月数需在 1 至 36 之间", "Number of months must be between 1 and 36"),
    ("invoice", r#""b""#, "not_an_option", "在列出的发票类型中选择一项", "Select one of the options listed for the invoice type"),
    ("start", r#""x""#, "date", "生效日期需为日期，例如 2026-11-21", "Start date must be a date, like 2026-11-21"),
    ("start", r#""2026-11-20""#, "date_early", "生效日期不能早于今天（11月21日）", "Start date must be today (21 Nov) or later"),
    ("start", r#""2027-11-20""#, "date_late", "生效日期不能晚于2027年1月10日", "Start date must be 10 Jan 2027 or earlier"),
    ("visit", r#""2026-11-21""#, "date_early", "上门日期不能早于明天（11月22日）", "Visit date must be tomorrow (22 Nov) or later"),
    ("visit", r#""2026-11-25""#, "date_late", "上门日期不能晚于11月24日", "Visit date must be 24 Nov or earlier"),
    ("id", r#""1""#, "id_shape", "身份证号需为 18 位，最后一位可为 X", "ID number must be 18 digits; the last may be X"),
    ("id", r#""990105194912310021""#, "id_region", "身份证号前两位不是地区代码，请核对", "Check the first two digits of the ID number"),
    ("id", r#""110105194913310021""#, "id_birth", "身份证号第 7 至 14 位不是出生日期，请核对", "Check digits 7 to 14 of the ID number: the date of birth"),
    ("id", r#""110105194912310021""#, "id_check_digit", "身份证号最后一位不匹配，请核对", "Check the last character of the ID number"),
    ("home", r#"{"province":"加州","city":"x","street":"x","name":"x","phone":"13800000000"}"#,
        "province", "省份不在列表中，请从列表选择", "Province is not in the list. Select one from the list"),
];

fn check(error: &FieldError, code: &str, zh: &str, en: &str) {
    assert_eq!(
        (error.code, error.zh.as_str(), error.en.as_str()),
        (format!("forms.{code}").as_str(), zh, en)
    );
    assert!(zh.chars().filter(|&c| is_han(c)).count() <= 25, "{zh}");
}

#[test]
fn every_error_says_what_is_wrong_and_how_to_fix_it_in_both_languages() {
    let fields: Value = serde_json::from_str(FIELDS).expect("JSON");
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (field, given, code, zh, en) in CASES {
        let given: Value = serde_json::from_str(given).expect("JSON");
        let errors = one(fields[field].clone()).check(&json!({ "f": given }), TODAY).expect_err(zh);
        check(&errors[0], code, zh, en);
        seen.insert(errors[0].code);
    }
    let form = one(json!({ "kind": "flag" }));
    let mut closed = form.schema().clone();
    closed["maxProperties"] = json!(0);
    let others = [
        (
            form.check(&json!(1), TODAY),
            "not_an_object",
            "提交的内容需为 JSON 对象",
            "The answers must be a JSON object",
        ),
        (
            form.check(&json!({ "{noun}\n": 1 }), TODAY),
            "unknown_field",
            "没有“{noun}”这一项，请去掉",
            "There is no field “{noun}”. Remove it",
        ),
        (
            form.check_step(8, &json!({}), TODAY),
            "unknown_step",
            "没有第 9 步，请从第一步开始",
            "There is no step 9. Start at the first one",
        ),
        (
            super::form(closed).check(&json!({}), TODAY),
            "refused",
            "填写的内容与办理要求不符，请核对后修改",
            "What you entered does not meet the requirements. Check and change it",
        ),
    ];
    for (result, code, zh, en) in others {
        let errors = result.expect_err(zh);
        check(&errors[0], code, zh, en);
        seen.insert(errors[0].code);
    }
    let all: BTreeSet<&str> = CODES.iter().map(|info| info.code).collect();
    assert_eq!(seen, all, "every code is in a table");
}

#[test]
fn the_registry_is_complete_and_stays_within_the_style() {
    for info in CODES {
        assert!(info.code.starts_with("forms."), "{}", info.code);
        assert!(!info.zh.is_empty() && !info.en.is_empty(), "{}", info.code);
        for word in ["无效", "非法", "请输入正确的", "！", "!"] {
            assert!(!info.zh.contains(word) && !info.en.contains(word), "{}: {word}", info.code);
        }
        let longest_name = 12;
        let fixed = info.zh.chars().filter(|&c| is_han(c)).count();
        assert!(fixed + longest_name <= 26, "{} has {fixed} Han characters beside the name", info.code);
    }
}

#[test]
fn english_nouns_get_the_article_they_need() {
    for (label, want) in [
        ("Mobile number", "Enter a mobile number"),
        ("Amount", "Enter an amount"),
        ("ID number", "Enter an ID number"),
        ("Meter readings", "Enter meter readings"),
        ("Address", "Enter an address"),
    ] {
        let form = one(json!({ "kind": "text", "label": { "zh": "项", "en": label } }));
        assert_eq!(form.check(&json!({}), TODAY).expect_err(want)[0].en, want);
    }
}
