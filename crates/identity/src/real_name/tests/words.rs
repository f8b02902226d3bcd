//! What needs no database: names, ages, pauses, the words of refusals.

use jiff::civil::date;
use kernel::{Duration, Refusal as _};
use proptest::prelude::*;

use crate::real_name::Error;
use crate::real_name::rules::{self, parse_name};

#[test]
fn names_are_read_as_they_stand_on_cards() {
    for (text, want) in [
        ("林小满", Ok("林小满")),
        ("  林 小满 ", Ok("林 小满")),
        ("阿依古丽•买买提", Ok("阿依古丽·买买提")),
        ("阿依古丽．买买提", Ok("阿依古丽·买买提")),
        ("ZHENGJIAN YANGBEN", Ok("ZHENGJIAN YANGBEN")),
        ("Seán O’Brien-Wong Jr.", Ok("Seán O'Brien-Wong Jr.")),
        ("㐂喜", Ok("㐂喜")),
        ("林", Err("real_name.name_length")),
        ("·林小满", Err("real_name.name_characters")),
        ("林\u{202E}小满", Err("real_name.name_characters")),
        ("<b>林</b>", Err("real_name.name_characters")),
        ("林小满\0", Err("real_name.name_characters")),
        ("13800138000", Err("real_name.name_characters")),
    ] {
        assert_eq!(parse_name(text).as_deref().map_err(|error| error.code), want, "{text}");
    }
}

#[test]
fn ages_that_nobody_has_are_refused() {
    let ask = |number: &str, today| rules::parse_person("林小满", number, true, today).map(|_| ());
    assert!(ask("11010519491231002X", date(2069, 12, 31)).is_ok());
    let refused = ask("11010519491231002X", date(2070, 12, 31)).unwrap_err();
    assert_eq!(refused.fields()[0].code, "real_name.age_implausible");
    let child = "110105201501015133";
    assert!(ask(child, date(2029, 1, 1)).is_ok());
    assert_eq!(ask(child, date(2028, 12, 31)).unwrap_err().fields()[0].code, "real_name.guardian_needed");
}

proptest! {
    #[test]
    fn a_question_is_asked_ever_more_rarely_and_not_for_ever(tries in 1_i64..100, waited in 0_i64..4000) {
        let begun = testkit::START;
        let now = begun.plus(Duration::from_secs(waited));
        let ask_for = Duration::from_mins(30);
        match rules::ask_again(begun, ask_for, tries, now) {
            Some(at) => prop_assert!(at > now && at <= begun.plus(ask_for)),
            None => prop_assert!(waited + 15 * (1 << (tries - 1).min(8)) > 1800),
        }
    }
}

#[test]
fn every_refusal_is_short_and_in_proper_chinese() {
    for info in Error::CODES {
        let han = info.zh.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count();
        assert!((4..=25).contains(&han), "{}: {han}", info.code);
        assert!(!info.zh.contains([',', ';', ':', '?', '!', '(', '！']), "{}", info.code);
        assert!(!info.en.is_empty() && !info.en.contains('!'), "{}", info.code);
    }
}
