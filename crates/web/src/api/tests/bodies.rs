//! Bodies that do not fit, one by one.

use kernel::Refusal as _;
use serde::Deserialize;

use crate::api::json::parse;
use crate::api::wire::Money;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape matters")]
struct Sample {
    name: String,
    lines: Vec<Line>,
    total: Money,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape matters")]
struct Line {
    quantity: i64,
    #[serde(default)]
    answers: serde_json::Map<String, serde_json::Value>,
}

fn body(name: &str, line: &str, total: &str) -> String {
    format!(r#"{{"name": {name}, "lines": [{{"quantity": 1}}, {line}], "total": {total}}}"#)
}

const TOTAL: &str = r#"{"minor": 1, "currency": "CNY"}"#;
const LINE: &str = r#"{"quantity": 1}"#;

#[test]
fn a_body_of_the_right_shape_is_read_whatever_its_texts_say() {
    for name in
        [r#""林晓""#, r#""🦀 مرحبا '; DROP TABLE orders; --""#, r#""<script>alert(1)</script>""#, r#""""#]
    {
        assert!(parse::<Sample>(body(name, LINE, TOTAL).as_bytes()).is_ok(), "{name}");
    }
}

#[test]
fn what_is_no_json_is_told_where_it_breaks() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let cases: [(&[u8], &str); 10] = [
        (b"", "1:0"),
        (b"{", "1:1"),
        (b"{\"name\": }", "1:10"),
        (b"{'name': 1}", "1:2"),
        (b"{\"name\": 1,}", "1:12"),
        (b"{} {}", "1:4"),
        (b"\xFF\xFE", "1:1"),
        (b"{\"name\": \"\xC3\x28\"}", ""),
        (b"{\"n\": 1e999}", ""),
        (deep.as_bytes(), ""),
    ];
    for (bytes, place) in cases {
        let error = parse::<Sample>(bytes).unwrap_err();
        assert_eq!(error.code(), "web.malformed_json", "{}", String::from_utf8_lossy(bytes));
        assert!(error.message(kernel::Locale::En).contains(place), "{error} {place}");
    }
}

#[test]
fn what_has_the_wrong_shape_is_told_by_field() {
    let deep = format!(r#"{{"quantity": 1, "answers": {{"a": {}1{}}}}}"#, "[".repeat(60), "]".repeat(60));
    let cases: [(String, &str, &str); 14] = [
        ("{}".to_owned(), "/name", "web.required"),
        ("[]".to_owned(), "", "web.wrong_type"),
        ("null".to_owned(), "", "web.wrong_type"),
        (body("1", LINE, TOTAL), "/name", "web.wrong_type"),
        (body("null", LINE, TOTAL), "/name", "web.wrong_type"),
        (body("\"a\"", r#"{"quantity": "1"}"#, TOTAL), "/lines/1/quantity", "web.wrong_type"),
        (body("\"a\"", r#"{"quantity": 1.5}"#, TOTAL), "/lines/1/quantity", "web.wrong_type"),
        (
            body("\"a\"", r#"{"quantity": 99999999999999999999}"#, TOTAL),
            "/lines/1/quantity",
            "web.wrong_type",
        ),
        (body("\"a\"", "{}", TOTAL), "/lines/1/quantity", "web.required"),
        (body("\"a\"", r#"{"quantity": 1, "a/b~": 1}"#, TOTAL), "/lines/1/a~1b~0", "web.unknown_field"),
        (body("\"a\"", r#"{"quantity": 1, "answers": []}"#, TOTAL), "/lines/1/answers", "web.wrong_type"),
        (body("\"a\"", LINE, r#"{"minor": 1, "currency": "BTC"}"#), "/total/currency", "web.wrong_type"),
        (body(r#""a\u0000b""#, LINE, TOTAL), "/name", "web.control_character"),
        (body("\"a\"", &deep, TOTAL), "", "web.too_deep"),
    ];
    for (text, pointer, code) in cases {
        let error = parse::<Sample>(text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "web.wrong_shape", "{text}");
        let field = &error.fields()[0];
        assert_eq!(field.code, code, "{text}");
        assert!(field.pointer.starts_with(pointer), "{text}: {}", field.pointer);
        if code != "web.too_deep" {
            assert_eq!(field.pointer, pointer, "{text}");
        }
        assert!(!field.zh.is_empty() && !field.en.is_empty());
    }
}
