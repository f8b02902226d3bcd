//! What authors may write, and what they are told when it does not work.

use serde_json::{Value, json};

use super::{every_kind, form};
use crate::{ChoiceStyle, FieldKind, Form, Width};

/// Parsing gives exactly these problems: pointer, and a part of the message.
fn check(given: &Value, want: &[(&str, &str)]) {
    let problems = Form::parse(given).expect_err("this form is wrong");
    let got: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    let pointers: Vec<&str> = want.iter().map(|(pointer, _)| *pointer).collect();
    assert_eq!(got, pointers, "{problems:#?}");
    for (problem, (_, message)) in problems.iter().zip(want) {
        assert!(problem.message.contains(message), "{problem} should say {message}");
    }
}

fn label() -> Value {
    json!({ "zh": "项", "en": "Item" })
}

#[test]
fn what_is_written_as_schema_reads_back_as_the_same_form() {
    let written = every_kind().schema().clone();
    let again = form(written.clone());
    assert_eq!(again.schema(), &written);
    let names = |form: &Form| form.fields().iter().map(|f| f.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&again), names(&every_kind()));
    assert!(again.field("title").is_some_and(|title| title.required && title.show_when.is_some()));
    assert_eq!(serde_json::to_value(&again).expect("serialises"), written);
}

#[test]
fn the_schema_is_standard_and_closed() {
    let schema = every_kind().schema().clone();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["amount"]["multipleOf"], json!(1_000));
    assert_eq!(schema["properties"]["amount"]["description"], json!("In fen (1/100 yuan)."));
    assert_eq!(schema["properties"]["invoice"]["enum"], json!(["none", "company"]));
    assert_eq!(schema["properties"]["terms"]["const"], json!(true));
    assert_eq!(schema["allOf"][0]["then"], json!({ "required": ["title"] }));
    let required = schema["required"].as_array().expect("a list");
    assert!(required.contains(&json!("phone")) && !required.contains(&json!("title")));
}

#[test]
fn members_left_out_get_their_documented_values() {
    let options: Vec<Value> = (0..8).map(|n| json!({ "value": format!("o{n}"), "label": label() })).collect();
    let form = form(json!([
        { "name": "a", "kind": "text", "label": label() },
        { "name": "b", "kind": "phone", "label": label() },
        { "name": "c", "kind": "choice", "label": label(), "options": options },
        { "name": "d", "kind": "flag", "label": label() },
        { "name": "e", "kind": "money", "label": label(), "default": "30.00" },
    ]));
    let field = |name: &str| form.field(name).expect("is there");
    assert!(matches!(field("a").kind, FieldKind::Text { min: 1, max: 100, pattern: None }));
    assert!(field("a").required && !field("d").required);
    assert_eq!(field("b").autocomplete.as_deref(), Some("tel"));
    assert_eq!(
        (field("a").width, field("b").width, field("e").width),
        (Width::Full, Width::Medium, Width::Short)
    );
    assert!(matches!(field("c").kind, FieldKind::Choice { style: ChoiceStyle::Select, .. }));
    assert_eq!(field("e").default, Some(json!(3_000)));
    assert_eq!(form.steps().len(), 1);
    assert_eq!(form.steps()[0].title.zh, "填写信息");
}

#[test]
fn a_form_may_ask_nothing() {
    let form = form(json!([]));
    assert!(form.steps().is_empty());
    assert_eq!(form.check(&json!({}), super::TODAY), Ok(json!({})));
}

#[test]
fn a_form_says_everything_that_is_wrong_with_it_and_where() {
    check(&json!(3), &[("", "must be a list of fields")]);
    check(&json!({ "fields": 3 }), &[("/fields", "must be a list")]);
    check(&json!({ "fields": [], "stpes": [] }), &[("/stpes", "unknown key")]);
    check(
        &json!([
            3,
            { "name": "A b", "kind": "text", "label": label() },
            { "name": "b", "kind": "texts", "label": label() },
            { "name": "c", "kind": "text", "label": { "zh": "只有中文" } },
            { "name": "d", "kind": "text", "label": label(), "lable": 1 },
            { "name": "e", "kind": "text", "label": label(), "max": 0, "required": "yes" },
            { "name": "f", "kind": "phone", "label": label(), "min": 3, "sensitive": false },
            { "kind": "phone" },
        ]),
        &[
            ("/0", "must be an object"),
            ("/1/name", "[a-z]"),
            ("/2/kind", "one of text, paragraph"),
            ("/3/label", "{zh, en}"),
            ("/4/lable", "unknown key"),
            ("/5/max", "1 to 10000"),
            ("/5/required", "true or false"),
            ("/6/sensitive", "always personal"),
            ("/6/min", "unknown key"),
            ("/7/name", "[a-z]"),
            ("/7/label", "must be given"),
        ],
    );
}

#[test]
fn limits_patterns_options_and_defaults_must_make_sense() {
    let field = |rest: Value| {
        let mut field = json!({ "name": "a", "label": label() });
        field.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        json!([field])
    };
    let format = json!({ "zh": "需为数字", "en": "must be digits" });
    let twice = json!([{ "value": "x", "label": label() }, { "value": "x", "label": label() }]);
    let table = [
        (json!({ "kind": "text", "min": 5, "max": 4 }), "/0/min", "more than"),
        (json!({ "kind": "text", "pattern": "^1$" }), "/0/pattern", "format"),
        (
            json!({ "kind": "text", "pattern": "1", "format": format, "example": "1" }),
            "/0/pattern",
            "begin with ^",
        ),
        (
            json!({ "kind": "text", "pattern": "^($", "format": format, "example": "1" }),
            "/0/pattern",
            "regex",
        ),
        (
            json!({ "kind": "text", "pattern": "^1$", "format": format, "example": "2" }),
            "/0/example",
            "must fit",
        ),
        (json!({ "kind": "money", "min": 10 }), "/0/min", "quoted text"),
        (json!({ "kind": "money", "min": "10.00", "max": "5.00" }), "/0/min", "more than"),
        (
            json!({ "kind": "money", "min": "15.00", "max": "20.00", "step": "10.00" }),
            "/0/step",
            "multiples of 10.00",
        ),
        (json!({ "kind": "integer", "min": 1.5 }), "/0/min", "whole number"),
        (json!({ "kind": "choice" }), "/0/options", "1 to 200"),
        (json!({ "kind": "choice", "options": twice }), "/0/options/1", "two options"),
        (
            json!({ "kind": "choice", "options": [{ "value": 1, "label": label() }] }),
            "/0/options/0",
            "quoted",
        ),
        (
            json!({ "kind": "date", "min_days_ahead": 5, "max_days_ahead": 1 }),
            "/0/min_days_ahead",
            "more than",
        ),
        (json!({ "kind": "date", "max_days_ahead": 99_999_999 }), "/0/max_days_ahead", "hundred years"),
        (json!({ "kind": "integer", "max": 3, "default": 4 }), "/0/default", "between 0 and 3"),
        (json!({ "kind": "phone", "default": "13800000000" }), "/0/default", "no default"),
        (json!({ "kind": "flag", "required": true, "default": true }), "/0/default", "beforehand"),
        (json!({ "kind": "text", "width": "wide" }), "/0/width", "short, medium"),
        (json!({ "kind": "text", "hint": "text" }), "/0/hint", "{zh, en}"),
        (
            json!({ "kind": "text", "label": { "zh": "十三个字的标签需要短名称啊", "en": "Long" } }),
            "/0/label",
            "noun",
        ),
    ];
    for (rest, pointer, message) in table {
        check(&field(rest), &[(pointer, message)]);
    }
}

#[test]
fn conditions_look_at_earlier_choices_and_flags_only() {
    let when = |value: Value| {
        json!([
            { "name": "t", "kind": "text", "label": label() },
            { "name": "c", "kind": "choice", "label": label(), "options": [{ "value": "x", "label": label() }] },
            { "name": "a", "kind": "text", "label": label(), "show_when": value },
            { "name": "f", "kind": "flag", "label": label() },
        ])
    };
    for (value, message) in [
        (json!({ "field": "f", "is": true }), "no earlier field"),
        (json!({ "field": "a", "is": "x" }), "no earlier field"),
        (json!({ "field": "t", "is": "x" }), "choice or a flag"),
        (json!({ "field": "c", "is": ["x", "y"] }), "no option"),
        (json!({ "field": "c" }), "must be {field"),
        (json!("c"), "must be {field"),
    ] {
        check(&when(value), &[("/2/show_when", message)]);
    }
    assert!(Form::parse(&when(json!({ "field": "c", "is": "x" }))).is_ok());
}

#[test]
fn pages_list_every_field_once_in_order_and_at_most_five() {
    let field = |name: &str| json!({ "name": name, "kind": "flag", "label": label() });
    let names = ["a", "b", "c", "d", "e", "f"];
    let fields: Vec<Value> = names.iter().map(|name| field(name)).collect();
    let paged = |pages: Value| json!({ "fields": fields, "steps": pages });
    let step = |names: &[&str]| json!({ "title": label(), "fields": names });
    check(
        &paged(json!([step(&names)])),
        &[
            ("/steps/0", "1 to 5"),
            ("/steps", "`a` stands in no"),
            ("/steps", "`b`"),
            ("/steps", "`c`"),
            ("/steps", "`d`"),
            ("/steps", "`e`"),
            ("/steps", "`f`"),
        ],
    );
    check(
        &paged(json!([step(&["a", "b", "c"]), step(&["d", "e", "a", "z"])])),
        &[
            ("/steps", "`a` stands in two"),
            ("/steps", "`z` is no field"),
            ("/steps", "`f` stands in no step"),
        ],
    );
    check(&paged(json!([step(&["b", "a", "c"]), step(&["d", "e", "f"])])), &[("/steps", "in the order")]);
    check(
        &paged(json!([{ "fields": ["a"] }, step(&["b", "c"]), step(&["d", "e", "f"])])),
        &[("/steps/0", "`title`"), ("/steps", "`a` stands in no step")],
    );
    assert_eq!(form(paged(json!([step(&["a", "b", "c"]), step(&["d", "e", "f"])]))).steps().len(), 2);
}

#[test]
fn a_json_schema_must_fit_its_kinds() {
    let property = |rest: Value| {
        let mut property = json!({ "x-kind": "choice", "x-label": label(), "x-options": [{ "value": "x", "label": label() }] });
        property.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        json!({ "type": "object", "properties": { "a": property } })
    };
    assert!(Form::parse(&property(json!({}))).is_ok(), "missing standard keywords are added");
    check(&property(json!({ "type": "integer" })), &[("/properties/a/type", "must be \"string\"")]);
    check(&property(json!({ "enum": ["y"] })), &[("/properties/a/enum", "must be [\"x\"]")]);
    check(&property(json!({ "x-colour": "red" })), &[("/properties/a/x-colour", "unknown key")]);
    check(&property(json!({ "x-kind": null })), &[("/properties/a/x-kind", "one of")]);
    check(&json!({ "type": "array" }), &[("/type", "object")]);
    check(&json!({ "type": "object", "additionalProperties": true }), &[("/additionalProperties", "false")]);
    check(&json!({ "type": "object", "properties": 1 }), &[("/properties", "an object")]);
    check(&json!({ "type": "object", "properties": { "a": 1 } }), &[("/properties/a", "an object")]);
    check(&json!({ "type": "object", "allOf": 3 }), &[("/allOf", "a list")]);
    check(&json!({ "type": "object", "title": 3 }), &[("/title", "string")]);
    check(&property(json!({ "allOf": 3 })), &[("/properties/a/allOf", "array")]);
    let remote = json!({ "type": "object", "$ref": "https://example.com/x" });
    assert!(Form::parse(&remote).is_err(), "nothing is fetched");
}

#[test]
fn a_field_that_a_choice_makes_pointless_can_be_left_out() {
    let form = Form::parse(&serde_json::json!([
        {"name": "phone", "kind": "phone", "label": {"zh": "号码", "en": "Number"}},
        {"name": "amount", "kind": "money", "label": {"zh": "金额", "en": "Amount"}, "min": "1.00", "max": "9.00"},
    ]))
    .unwrap();
    let less = form.without(&["amount"]).unwrap();
    assert_eq!(less.fields().len(), 1);
    let today = jiff::civil::date(2026, 11, 21);
    let answers = serde_json::json!({"phone": "13800000000"});
    assert!(less.check(&answers, today).is_ok());
    assert!(form.check(&answers, today).is_err());
}
