//! What each kind takes and how it is normalised.

use serde_json::{Value, json};

use super::{TODAY, every_kind, one, right};

#[test]
fn right_answers_of_every_kind_stay_as_they_are() {
    assert_eq!(every_kind().check(&right(), TODAY), Ok(right()));
}

/// A field of this kind turns each given answer into the one wanted, or refuses it with the code.
fn check(kind: Value, cases: &[(Value, Result<Value, &str>)]) {
    let form = one(kind.clone());
    for (given, want) in cases {
        let got = match form.check(&json!({ "f": given }), TODAY) {
            Ok(answers) => Ok(answers.get("f").cloned().unwrap_or_default()),
            Err(errors) => {
                assert_eq!(errors.len(), 1, "{kind} {given}: {errors:?}");
                Err(errors[0].code)
            }
        };
        assert_eq!(&got, want, "{kind} {given}");
    }
}

#[test]
fn text_is_any_line_of_characters() {
    let long = "好".repeat(20);
    check(
        json!({ "kind": "text", "min": 2, "max": 20 }),
        &[
            (json!("  林小满\u{3000}"), Ok(json!("林小满"))),
            (json!("e\u{301}t\u{e9}"), Ok(json!("\u{e9}t\u{e9}"))),
            (json!("👩‍👩‍👧 שלום <b>"), Ok(json!("👩‍👩‍👧 שלום <b>"))),
            (json!("'; DROP TABLE x;--"), Ok(json!("'; DROP TABLE x;--"))),
            (json!(long.clone()), Ok(json!(long))),
            (json!("好".repeat(21)), Err("forms.too_long")),
            (json!("好"), Err("forms.too_short")),
            (json!("one\ntwo"), Err("forms.control_character")),
            (json!("a\u{0}b"), Err("forms.control_character")),
            (json!("ab\u{9b}"), Err("forms.control_character")),
            (json!("ＡＢ１"), Ok(json!("ＡＢ１"))),
            (json!(" \u{feff}\u{200b} "), Err("forms.required")),
            (json!(""), Err("forms.required")),
            (json!(null), Err("forms.required")),
            (json!(12), Err("forms.wrong_type")),
            (json!({ "a": [] }), Err("forms.wrong_type")),
        ],
    );
}

#[test]
fn text_with_a_pattern_is_folded_to_plain_letters_and_digits() {
    let kind = json!({ "kind": "text", "pattern": "^[A-Z]?[0-9]{4}|X$", "example": "A1234",
        "format": { "zh": "需为 4 位数字", "en": "must be 4 digits" } });
    check(
        kind,
        &[
            (json!("Ａ１２３４"), Ok(json!("A1234"))),
            (json!(" 1234 "), Ok(json!("1234"))),
            (json!("X"), Ok(json!("X"))),
            (json!("1234 and more"), Err("forms.pattern")),
            (json!("more X"), Err("forms.pattern")),
            (json!("123"), Err("forms.pattern")),
        ],
    );
}

#[test]
fn paragraphs_keep_line_breaks_and_nothing_else_that_is_invisible() {
    check(
        json!({ "kind": "paragraph", "max": 10 }),
        &[
            (json!("one\r\ntwo\rthree"), Err("forms.too_long")),
            (json!("a\r\nb\rc\n"), Ok(json!("a\nb\nc"))),
            (json!("a\tb"), Err("forms.control_character")),
            (json!("\u{202e}abc"), Ok(json!("\u{202e}abc"))),
        ],
    );
}

#[test]
fn phones_and_mail_addresses_are_read_in_usual_spellings() {
    check(
        json!({ "kind": "phone" }),
        &[
            (json!("138 0000 0000"), Ok(json!("+8613800000000"))),
            (json!("１３８００００００００"), Ok(json!("+8613800000000"))),
            (json!("+86-138-0000-0000 "), Ok(json!("+8613800000000"))),
            (json!("1380000000"), Err("forms.phone")),
            (json!(13_800_000_000_i64), Err("forms.wrong_type")),
        ],
    );
    check(
        json!({ "kind": "email" }),
        &[
            (json!(" Lin.X+a@Example.COM "), Ok(json!("Lin.X+a@example.com"))),
            (json!("lin＠example.com"), Ok(json!("lin@example.com"))),
            (json!("林@例子.中国"), Ok(json!("林@例子.中国"))),
            (json!("lin"), Err("forms.email")),
            (json!("lin@localhost"), Err("forms.email")),
            (json!("a@b@c.com"), Err("forms.email")),
            (json!("a b@c.com"), Err("forms.email")),
            (json!("a@-c.com"), Err("forms.email")),
            (json!("a@c..com"), Err("forms.email")),
            (json!("a@c.com\r\nBcc: x@y.z"), Err("forms.email")),
            (json!(format!("a@{}.com", "x".repeat(300))), Err("forms.email")),
        ],
    );
}

#[test]
fn amounts_are_whole_fen_within_limits_and_steps() {
    check(
        json!({ "kind": "money", "min": "10.00", "max": "5000.00", "step": "10.00" }),
        &[
            (json!(1_000), Ok(json!(1_000))),
            (json!(500_000), Ok(json!(500_000))),
            (json!(1_000.0), Ok(json!(1_000))),
            (json!(999), Err("forms.amount_range")),
            (json!(500_001), Err("forms.amount_range")),
            (json!(-1_000), Err("forms.amount_range")),
            (json!(u64::MAX), Err("forms.amount_range")),
            (json!(1e300), Err("forms.amount_range")),
            (json!(1_500), Err("forms.amount_step")),
            (json!(1_000.5), Err("forms.amount")),
            (json!("1000"), Err("forms.amount")),
            (json!(" "), Err("forms.required")),
            (json!(true), Err("forms.amount")),
        ],
    );
}

#[test]
fn integers_choices_and_flags_take_only_their_own() {
    check(
        json!({ "kind": "integer", "min": -2, "max": 3 }),
        &[
            (json!(-2), Ok(json!(-2))),
            (json!(3.0), Ok(json!(3))),
            (json!(4), Err("forms.integer_range")),
            (json!(1.5), Err("forms.integer")),
            (json!("2"), Err("forms.integer")),
        ],
    );
    let label = json!({ "zh": "甲", "en": "A" });
    check(
        json!({ "kind": "choice", "options": [{ "value": "a", "label": label }] }),
        &[
            (json!("a"), Ok(json!("a"))),
            (json!("b"), Err("forms.not_an_option")),
            (json!(""), Err("forms.not_chosen")),
            (json!(["a"]), Err("forms.wrong_type")),
        ],
    );
    check(
        json!({ "kind": "flag" }),
        &[
            (json!(true), Ok(json!(true))),
            (json!(null), Ok(json!(false))),
            (json!("on"), Err("forms.wrong_type")),
        ],
    );
    check(
        json!({ "kind": "flag", "required": true }),
        &[
            (json!(true), Ok(json!(true))),
            (json!(false), Err("forms.not_ticked")),
            (json!(null), Err("forms.not_ticked")),
        ],
    );
}

#[test]
fn days_are_read_as_people_write_them_and_kept_within_the_calendar_limits() {
    check(
        json!({ "kind": "date", "min_days_ahead": 0, "max_days_ahead": 10 }),
        &[
            (json!("2026-11-21"), Ok(json!("2026-11-21"))),
            (json!("2026/12/1"), Ok(json!("2026-12-01"))),
            (json!("２０２６年１２月１日"), Ok(json!("2026-12-01"))),
            (json!("2026-11-20"), Err("forms.date_early")),
            (json!("2026-12-02"), Err("forms.date_late")),
            (json!("2026-02-30"), Err("forms.date")),
            (json!("21.11.2026"), Err("forms.date")),
            (json!("2026-11-21T00:00"), Err("forms.date")),
            (json!("0000-01-01"), Err("forms.date")),
        ],
    );
    check(json!({ "kind": "date" }), &[(json!("1949-10-01"), Ok(json!("1949-10-01")))]);
}

#[test]
fn slots_are_keys_of_the_server() {
    check(
        json!({ "kind": "slot" }),
        &[
            (json!("slot_01HV"), Ok(json!("slot_01HV"))),
            (json!("x".repeat(81)), Err("forms.too_long")),
            (json!(""), Err("forms.not_chosen")),
        ],
    );
}

#[test]
fn identity_numbers_are_checked_by_region_birthday_and_last_character() {
    check(
        json!({ "kind": "national_id" }),
        &[
            (json!("11010519491231002X"), Ok(json!("11010519491231002X"))),
            (json!("110105 19491231 002x"), Ok(json!("11010519491231002X"))),
            (json!("１１０１０５１９４９１２３１００２Ｘ"), Ok(json!("11010519491231002X"))),
            (json!("440524188001010014"), Err("forms.id_birth")),
            (json!("110105194912310021"), Err("forms.id_check_digit")),
            (json!("990105194912310021"), Err("forms.id_region")),
            (json!("110105194902300021"), Err("forms.id_birth")),
            (json!("110105203012310021"), Err("forms.id_birth")),
            (json!("1101051949123100"), Err("forms.id_shape")),
            (json!("1101051949123100二X"), Err("forms.id_shape")),
            (json!("X10105194912310021"), Err("forms.id_shape")),
        ],
    );
}

#[test]
fn every_part_of_an_address_is_checked() {
    let form = one(json!({ "kind": "address" }));
    let given = json!({ "f": { "province": "北京", "city": "北京市", "district": "", "street": " 长安街 1 号 ", "name": "林",
        "phone": "138 0000 0000" } });
    let want = json!({ "f": { "province": "北京市", "city": "北京市", "street": "长安街 1 号", "name": "林", "phone": "+8613800000000" } });
    assert_eq!(form.check(&given, TODAY), Ok(want));
    let given = json!({ "f": { "province": "加州", "city": 1, "street": "\u{7}", "phone": "110", "planet": "火星", "a/b": 1 } });
    let errors = form.check(&given, TODAY).expect_err("wrong in every part");
    let got: Vec<(&str, &str)> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
    assert_eq!(
        got,
        [
            ("/f/province", "forms.province"),
            ("/f/city", "forms.wrong_type"),
            ("/f/street", "forms.control_character"),
            ("/f/name", "forms.required"),
            ("/f/phone", "forms.phone"),
            ("/f/a~1b", "forms.unknown_field"),
            ("/f/planet", "forms.unknown_field"),
        ]
    );
    let optional = one(json!({ "kind": "address", "required": false }));
    assert_eq!(optional.check(&json!({ "f": { "city": " " } }), TODAY), Ok(json!({})));
    assert_eq!(optional.check(&json!({ "f": { "city": "杭州市" } }), TODAY).expect_err("half").len(), 4);
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_fields() {
    let errors = every_kind().check(&json!({ "phone": "1", "zzz": 1 }), TODAY).expect_err("much is wrong");
    let got: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
    let mut want = vec!["/who", "/household", "/phone", "/amount", "/months", "/invoice", "/start", "/visit"];
    want.extend(["/home", "/id", "/terms", "/zzz"]);
    assert_eq!(got, want);
}

#[test]
fn absurd_input_is_refused_field_by_field() {
    let mut deep = json!(0);
    // As deep as the JSON reader lets anything come.
    for _ in 0..126 {
        deep = json!([deep]);
    }
    let form = every_kind();
    for given in [json!(null), json!([]), json!("x"), deep.clone()] {
        assert_eq!(form.check(&given, TODAY).expect_err("no object")[0].code, "forms.not_an_object");
    }
    let mut answers = right();
    for field in form.fields() {
        answers[&field.name] = deep.clone();
    }
    let errors = form.check(&answers, TODAY).expect_err("all wrong");
    assert!(errors.iter().any(|e| e.code == "forms.wrong_type"));
    let many: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("x{n}"), json!(n))).collect();
    let unknown = one(json!({ "kind": "flag" })).check(&Value::Object(many), TODAY).expect_err("unknown");
    assert_eq!(unknown.len(), 20, "a flood is cut");
}

#[test]
fn keywords_beyond_our_own_have_the_last_word() {
    let mut schema = one(json!({ "kind": "text" })).schema().clone();
    schema["properties"]["f"]["not"] = json!({ "const": "forbidden" });
    let form = super::form(schema);
    assert!(form.check(&json!({ "f": "fine" }), TODAY).is_ok());
    let errors = form.check(&json!({ "f": "forbidden" }), TODAY).expect_err("refused");
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/f", "forms.refused"));
}
