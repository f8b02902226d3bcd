//! Texts people read: both languages, fitting their place, written as the house writes (T6–T8 of the design).

use kernel::Text;

use super::report::{Report, rule};
use super::tree::{Node, Value};

/// Padding and forms of address the house does not use (T8).
const PADDING: [&str; 5] = ["温馨提示", "尊敬的", "亲爱的", "你", "敬请"];

/// `{zh: …, en: …}` of at most `limit` Han characters; English may be three letters for each.
pub(crate) fn words(node: &Node, limit: usize, report: &Report) -> Text {
    let Value::Map(entries) = &node.value else {
        both_missing(node.line, report);
        return Text::default();
    };
    for entry in entries.iter().filter(|entry| !matches!(entry.key.as_str(), "zh" | "en")) {
        report.add(
            entry.line,
            rule::MEMBER_UNKNOWN,
            format!("文字只有 zh 与 en，没有“{}”", entry.key),
            format!("a text has zh and en, no `{}`", entry.key),
        );
    }
    let (Some((zh_line, zh)), Some((en_line, en))) = (member(node, "zh"), member(node, "en")) else {
        both_missing(node.line, report);
        return Text::default();
    };
    check_length(zh_line, zh, limit, report);
    check_length(en_line, en, limit.saturating_mul(3).saturating_div(2), report);
    check_chinese(zh_line, zh, report);
    check_english(en_line, en, report);
    for (line, text) in [(zh_line, zh), (en_line, en)] {
        if text.chars().any(is_hidden) {
            report.add(
                line,
                rule::TEXT_CHARACTERS,
                "文字中有不可见的控制或方向字符，重新输入这一句",
                "the text has invisible control or direction characters; type it again",
            );
        }
    }
    Text::new(zh, en)
}

fn both_missing(line: usize, report: &Report) {
    report.add(
        line,
        rule::TEXT_BOTH,
        "中英文都要写：{zh: …, en: …}",
        "both languages are needed: {zh: …, en: …}",
    );
}

fn member<'n>(node: &'n Node, key: &str) -> Option<(usize, &'n str)> {
    let found = node.get(key)?;
    match &found.value {
        Value::Scalar { text, .. } if !text.trim().is_empty() => Some((found.line, text.trim())),
        Value::Scalar { .. } | Value::List(_) | Value::Map(_) => None,
    }
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Width in Han characters: a Latin letter takes half.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>().div_ceil(2)
}

fn check_length(line: usize, text: &str, limit: usize, report: &Report) {
    let width = width(text);
    if width > limit {
        report.add(
            line,
            rule::TEXT_LENGTH,
            format!("文字宽 {width} 个汉字，这里最多 {limit} 个，写短些"),
            format!("the text is {width} Han characters wide; {limit} fit here, make it shorter"),
        );
    }
}

fn check_chinese(line: usize, text: &str, report: &Report) {
    let wrong = |zh: String, en: String| report.add(line, rule::TEXT_CHINESE, zh, en);
    if !text.chars().any(is_han) && text.chars().any(char::is_alphabetic) && !is_label(text) {
        wrong("中文里没有汉字".to_owned(), "the Chinese text has no Han character".to_owned());
    }
    if let Some(mark) = half_width_mark(text) {
        wrong(
            format!("汉字旁的“{mark}”要用全角标点"),
            format!("use full-width punctuation instead of `{mark}` beside Han characters"),
        );
    }
    if has_blank_beside_han(text) {
        wrong(
            "汉字与汉字、字母之间不加空格".to_owned(),
            "no blanks between Han characters, or between Han and Latin".to_owned(),
        );
    }
    if let Some(word) = PADDING.into_iter().find(|word| text.contains(word)) {
        wrong(
            format!("不写“{word}”：称呼用“您”，不加客套"),
            format!("do not write `{word}`: address the customer as 您, no padding"),
        );
    }
}

/// A name that is the same in both languages: `30 GB`, `LED`.
fn is_label(text: &str) -> bool {
    text.len() <= 24 && text.is_ascii()
}

/// A half-width mark beside a Han character.
fn half_width_mark(text: &str) -> Option<char> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).find_map(|pair| match pair {
        [a, b] if is_han(*a) && is_mark(*b) => Some(*b),
        [a, b] if is_mark(*a) && is_han(*b) => Some(*a),
        _ => None,
    })
}

fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '?' | '!' | '(' | ')')
}

/// `套餐 A` or `套 餐`; a blank after a digit or a unit (`30 分钟`, `10 GB 流量`) is right.
fn has_blank_beside_han(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(3).any(|three| match three {
        [a, ' ', b] => is_han(*a) && (is_han(*b) || b.is_ascii_alphabetic()),
        _ => false,
    })
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}')
}

pub(crate) fn han_count(text: &str) -> usize {
    text.chars().filter(|c| is_han(*c)).count()
}

fn check_english(line: usize, text: &str, report: &Report) {
    let foreign =
        text.chars().any(|c| is_han(c) || matches!(c, '，' | '。' | '；' | '：' | '（' | '）' | '！' | '？'));
    if foreign || text.contains("  ") {
        report.add(
            line,
            rule::TEXT_ENGLISH,
            "英文里不能有汉字、全角标点或连续空格",
            "the English text has Han characters, full-width punctuation or doubled blanks; remove them",
        );
    }
}
