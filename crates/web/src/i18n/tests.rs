//! The copy lint: how Chinese is set (T6, T7) and how long a button may be (T8).

use super::{AREAS, Entry};

const HALF_WIDTH: [char; 7] = [',', ';', ':', '?', '!', '(', ')'];

fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}')
}

fn each(check: impl Fn(&Entry) -> Result<(), String>) {
    let faults: Vec<String> = AREAS
        .iter()
        .flat_map(|(area, texts)| texts.iter().map(move |text| (area, text)))
        .filter_map(|(area, text)| check(text).err().map(|fault| format!("{area}.{}: {fault}", text.0)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_han_character_stands_beside_half_width_punctuation() {
    each(|(_, zh, _)| {
        let chars: Vec<char> = zh.chars().collect();
        let bad = chars.windows(2).any(|pair| {
            (is_han(pair[0]) && HALF_WIDTH.contains(&pair[1]))
                || (is_han(pair[1]) && HALF_WIDTH.contains(&pair[0]))
        });
        if bad { Err(format!("half-width punctuation in {zh}")) } else { Ok(()) }
    });
}

#[test]
fn buttons_have_at_most_eight_han_characters() {
    each(|(name, zh, _)| {
        let length = zh.chars().filter(|&c| is_han(c)).count();
        if name.starts_with("btn_") && length > 8 { Err(format!("{length} characters")) } else { Ok(()) }
    });
}

#[test]
fn the_two_languages_are_not_mixed_up() {
    each(|(_, zh, en)| {
        if zh.is_empty() || en.is_empty() {
            return Err("empty".to_owned());
        }
        let allowed = ["中文", "中"];
        let english = allowed.iter().fold((*en).to_owned(), |text, word| text.replace(word, ""));
        if english.chars().any(is_han) { Err(format!("Han characters in {en}")) } else { Ok(()) }
    });
}

#[test]
fn nobody_is_shouted_at_or_blamed() {
    each(|(_, zh, en)| {
        let words = ["无效", "非法", "请输入正确的", "温馨提示", "尊敬的", "！"];
        match words.iter().find(|word| zh.contains(**word)) {
            Some(word) => Err(format!("{word} in {zh}")),
            None if en.contains('!') => Err(format!("exclamation mark in {en}")),
            None => Ok(()),
        }
    });
}

#[test]
fn both_languages_name_the_same_arguments() {
    each(|(_, zh, en)| {
        let names = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            found.sort();
            found
        };
        if names(zh) == names(en) { Ok(()) } else { Err(format!("{zh} / {en}")) }
    });
}

#[test]
fn every_file_of_texts_is_read_by_the_lint() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/i18n");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| !["mod.rs", "tests.rs"].contains(&name.as_str()))
        .map(|name| std::fs::read_to_string(format!("{folder}/{name}")).unwrap())
        .map(|text| text.matches("texts! {").count())
        .sum::<usize>();
    assert_eq!(files, AREAS.len(), "an area is missing from i18n::AREAS");
}
