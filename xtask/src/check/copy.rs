//! The copy lint (T6–T8, F4): full-width punctuation beside Han characters, no spaces between Han and Latin letters,
//! none of the words that say nothing or blame, the verb first.

use super::source::{File, Keep, Tree, keep, numbered};
use super::{Finding, Weight};

const HALF_WIDTH: &[char] = &[',', ';', ':', '?', '!', '(', ')'];

/// Words customers should never read, and what is wrong with them.
const UNWANTED: &[(&str, &str)] = &[
    ("温馨提示", "padding (T8)"),
    ("尊敬的", "padding (T8)"),
    ("请输入正确的", "says neither what is wrong nor how to mend it (F4)"),
    ("无效的", "blames instead of helping (F4)"),
    ("非法", "blames instead of helping (F4)"),
];

/// Speaks to authors of service packs: it quotes YAML, and the very words it looks for.
const EXEMPT: &str = "crates/catalogue/src/pack/";

/// Where every text is for customers or staff, so that spacing is looked at too.
const SHOWN: &[&str] = &["crates/web/", "crates/notify/", "services/"];

pub fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.below("crates/", "rs").filter(|file| {
        !file.path.starts_with(EXEMPT)
            && !file.path.ends_with("testing.rs")
            && !file.path.ends_with("tests.rs")
    }) {
        let tests = file.first_test_line();
        let strings = keep(&file.text, Keep::Strings);
        let shown = numbered(&strings).take_while(|(line, _)| *line < tests);
        findings.extend(shown.flat_map(|(line, text)| at(file, line, in_text(&text.replace("\\n", "\n")))));
    }
    for file in tree.below("services/", "yaml").chain(tree.below("services/", "yml")) {
        let texts = yaml_texts(&file.text);
        findings.extend(numbered(&texts).flat_map(|(line, text)| at(file, line, in_text(text))));
    }
    findings
}

/// The faults of one line; what is only a warning once, and only where people will read it.
fn at(file: &File, line: usize, mut faults: Vec<(Weight, String)>) -> Vec<Finding> {
    let shown = SHOWN.iter().any(|folder| file.path.starts_with(folder));
    let mut warned = false;
    faults.retain(|(weight, _)| *weight == Weight::Error || shown && !std::mem::replace(&mut warned, true));
    faults.into_iter().map(|(weight, text)| Finding { weight, place: file.place(line), text }).collect()
}

fn in_text(text: &str) -> Vec<(Weight, String)> {
    let chars: Vec<char> = format!(" {text} ").chars().collect();
    let mut found: Vec<(Weight, String)> = Vec::new();
    for (at, around) in chars.windows(3).enumerate() {
        let &[a, middle, b] = around else { continue };
        if HALF_WIDTH.contains(&middle) && (is_han(a) || is_han(b)) {
            found.push((Weight::Error, format!("half-width punctuation beside Han: `{a}{middle}{b}` (T7)")));
        }
        let after_latin =
            a.is_ascii_alphabetic() && is_han(b) && !is_unit(chars.get(..=at).unwrap_or_default());
        if middle == ' ' && (is_han(a) && b.is_ascii_alphabetic() || after_latin) {
            found.push((Weight::Warning, format!("hand-typed space between Han and Latin: `{a} {b}` (T6)")));
        }
        // A request (请求) is a thing, not a wish.
        if middle == '请' && b != '求' && begins(chars.get(..=at).unwrap_or_default()) {
            found.push((Weight::Error, "begins with `请`: the verb comes first (T8)".to_owned()));
        }
    }
    for (word, why) in UNWANTED {
        if text.contains(word) {
            found.push((Weight::Error, format!("`{word}`: {why}")));
        }
    }
    found
}

/// Whether a text begins after this: a quote, or what is left of the syntax before a value.
fn begins(before: &[char]) -> bool {
    let mut before = before.iter().rev();
    match before.next() {
        Some('"') => true,
        Some(' ') => before.find(|c| **c != ' ').is_none_or(|c| *c == '\u{1}'),
        _ => false,
    }
}

/// Whether the text ends in a unit: letters after a number, as in `30GB` or `10 MB`.
fn is_unit(text: &[char]) -> bool {
    let mut before = text.iter().rev().skip_while(|c| c.is_ascii_alphabetic()).skip_while(|c| **c == ' ');
    before.next().is_some_and(char::is_ascii_digit)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The YAML with its comments and the punctuation of its own syntax blanked out: `{`, `,` between entries, `: `.
fn yaml_texts(source: &str) -> String {
    let mut depth = 0_usize;
    source.lines().map(|line| yaml_line(line, &mut depth)).collect::<Vec<_>>().join("\n")
}

fn yaml_line(line: &str, depth: &mut usize) -> String {
    let mut out = String::with_capacity(line.len());
    // A quoted text is taken to end on its line.
    let mut quote: Option<char> = None;
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let opens_value = matches!(before, ' ' | '{' | '[' | ',' | ':');
        let syntax = match (quote, c) {
            (Some(open), _) => {
                if c == open && before != '\\' {
                    quote = None;
                }
                false
            }
            (None, '"' | '\'') if opens_value => {
                quote = Some(c);
                false
            }
            (None, '#') if before == ' ' => break,
            (None, '{' | '[') if opens_value => {
                *depth = depth.saturating_add(1);
                true
            }
            (None, '}' | ']') if *depth > 0 => {
                *depth = depth.saturating_sub(1);
                true
            }
            (None, ',') => *depth > 0,
            (None, ':') => rest.peek().is_none_or(|next| *next == ' '),
            _ => false,
        };
        out.push(if syntax { '\u{1}' } else { c });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(path: &str, text: &str, errors: usize, warnings: usize) {
        let found = findings(&tree(path, text));
        let count = |weight| found.iter().filter(|finding| finding.weight == weight).count();
        assert_eq!((count(Weight::Error), count(Weight::Warning)), (errors, warnings), "{text}: {found:?}");
    }

    #[test]
    fn half_width_punctuation_beside_han_is_found_in_texts() {
        let path = "crates/web/src/i18n/zh.rs";
        check(path, "saved: \"已自动保存,可换设备继续\",", 1, 0);
        check(path, "saved: \"已保存(草稿)\",", 2, 0);
        check(path, "saved: \"已自动保存 20:44:51，可换设备继续\", // 好,注释不算", 0, 0);
        check(path, "f(\"中文\", \"再来\");", 0, 0);
        check(path, "left: \"还可尝试 {n} 次：{when}\",", 0, 0);
    }

    #[test]
    fn spaces_and_padding_are_found() {
        let path = "crates/web/src/i18n/zh.rs";
        check(path, "\"从 API 读取\"", 0, 1);
        check("crates/db/src/lib.rs", "\"从 API 读取\"", 0, 0);
        check(path, "\"照片需小于 10 MB，支持 JPG、PNG、PDF\"", 0, 1);
        check(path, "\"每月 30GB 流量，单张 10 MB 以内\"", 0, 0);
        check(path, "\"温馨提示：号码无效的\"", 2, 0);
    }

    #[test]
    fn a_text_that_begins_with_a_wish_instead_of_its_verb_is_found() {
        let path = "crates/web/src/i18n/zh.rs";
        check(path, "missing: \"请填写手机号\" / \"Enter it\";", 1, 0);
        check(path, "f(\"请 {n} 秒后再试\", \"请先登录\");", 2, 0);
        check(path, "f(\"请求太频繁\", \"已申请\", \"可请管理员调整\");", 0, 0);
        check("crates/forms/src/messages.rs", "REQUIRED = \"required\", \"请填写{noun}\";", 1, 0);
        check("crates/forms/src/tests.rs", "note(\"请敲门\");", 0, 0);
        let pack = "services/telecom.yaml";
        check(pack, "hint: { zh: 请填写户号, en: Enter it }", 1, 0);
        check(pack, "zh: 请填写户号", 1, 0);
        check(pack, "zh: \"请填写户号\"", 1, 0);
        check(pack, "zh: 填写户号，再请求报价", 0, 0);
    }

    #[test]
    fn service_packs_are_read_without_their_syntax() {
        let path = "services/telecom.yaml";
        check(path, "name: { zh: 手机充值, en: Mobile top-up }  # 好,注释不算", 0, 0);
        check(path, "name: { zh: \"充值,到账\", en: Top-up }", 1, 0);
        check(path, "zh: 充值,到账快", 1, 0);
        check(path, "套餐: 月租", 0, 0);
        check(path, "zh: 充值(话费)", 2, 0);
    }
}
