//! Whatever is given, a form answers; and what it has accepted it accepts again unchanged.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{TODAY, every_kind, right};
use crate::Form;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[ 0-9+.,-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_/~]{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn names() -> Vec<String> {
    every_kind().fields().iter().map(|field| field.name.clone()).collect()
}

/// Right answers, with some replaced by anything.
fn nearly_right() -> impl Strategy<Value = Value> {
    prop::collection::vec((prop::sample::select(names()), any_json()), 0..4).prop_map(|changes| {
        let mut answers = right();
        for (name, value) in changes {
            answers[&name] = value;
        }
        answers
    })
}

fn typed() -> impl Strategy<Value = Vec<(String, String)>> {
    let value = prop_oneof![
        ".{0,30}",
        "[0-9]{1,12}",
        "[0-9,.]{1,8}",
        Just("on".to_owned()),
        Just("2026-12-05".to_owned()),
        Just("138 0000 0000".to_owned()),
        Just("company".to_owned()),
        Just("浙江".to_owned()),
        "[ \u{3000}\t\r\n\u{301}\u{2000}\u{feff}a]{0,6}",
    ];
    let mut all = names();
    all.extend(
        ["home.city", "home.province", "start.year", "start.day", "nobody", "", "."].map(str::to_owned),
    );
    prop::collection::vec((prop::sample::select(all), value), 0..24)
}

/// A form of optional fields, so that random answers are often accepted.
fn lenient() -> Form {
    let label = json!({ "zh": "项", "en": "Item" });
    let field =
        |name: &str, kind: &str| json!({ "name": name, "kind": kind, "label": label, "required": false });
    super::form(json!([
        field("who", "text"),
        field("note", "paragraph"),
        field("phone", "phone"),
        field("mail", "email"),
        field("amount", "money"),
        field("months", "integer"),
        field("gift", "flag"),
        field("start", "date"),
        field("visit", "slot"),
        field("home", "address"),
    ]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_a_form_or_a_list_of_problems(given in any_json()) {
        if let Err(problems) = Form::parse(&given) {
            prop_assert!(!problems.is_empty());
        }
        let mut schema = every_kind().schema().clone();
        schema["properties"]["amount"] = given.clone();
        let _ = Form::parse(&schema);
        let label = json!({ "zh": "项", "en": "Item" });
        let _ = Form::parse(&json!([{ "name": "a", "kind": "text", "label": label, "pattern": given }]));
    }

    #[test]
    fn any_json_is_answered(given in any_json(), near in nearly_right()) {
        let form = every_kind();
        for answers in [given, near] {
            match form.check(&answers, TODAY) {
                Ok(normal) => prop_assert_eq!(form.check(&normal, TODAY), Ok(normal)),
                Err(errors) => for error in errors {
                    prop_assert!(!error.zh.is_empty() && !error.en.is_empty());
                },
            }
            let _ = (form.check_step(1, &answers, TODAY), form.visible(&answers), form.to_pairs(&answers));
            let _ = form.summary(&answers, kernel::Locale::En);
        }
    }

    #[test]
    fn what_was_typed_and_accepted_is_accepted_again_unchanged(pairs in typed()) {
        let form = lenient();
        let answers = form.from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        // Field by field, so that one wrong answer does not hide the others.
        for (name, value) in answers.as_object().into_iter().flatten() {
            let single: Value = Map::from_iter([(name.clone(), value.clone())]).into();
            let Ok(normal) = form.check(&single, TODAY) else { continue };
            prop_assert_eq!(form.check(&normal, TODAY), Ok(normal.clone()));
            let shown = form.to_pairs(&normal);
            let again = form.from_pairs(shown.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(form.check(&again, TODAY), Ok(normal));
        }
    }

    #[test]
    fn what_the_schema_accepts_the_form_accepts(near in nearly_right()) {
        let form = every_kind();
        if form.validator().is_valid(&near) {
            // A schema knows no calendar, check digits or control characters.
            let beyond = ["forms.date_early", "forms.date_late", "forms.date", "forms.id_birth", "forms.id_region",
                "forms.id_check_digit", "forms.control_character", "forms.email", "forms.province", "forms.required",
                "forms.not_chosen", "forms.too_short"];
            if let Err(errors) = form.check(&near, TODAY) {
                prop_assert!(errors.iter().all(|e| beyond.contains(&e.code)), "{:?}", errors);
            }
        }
    }
}
