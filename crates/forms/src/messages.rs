//! The field errors: every code with its words in both languages, and how the words get their values.
//!
//! What is wrong and how to put it right, at most 25 Han characters, no blame. `{label}` is the field's label, `{noun}` what
//! comes after 填写 / Enter (English with its article), `{the}` the English label inside a sentence.

use kernel::{CodeInfo, FieldError, Kind, Text};

use crate::Field;

macro_rules! codes {
    ($( $name:ident = $code:literal, $zh:literal, $en:literal; )*) => {
        $( pub(crate) const $name: CodeInfo =
            CodeInfo { code: concat!("forms.", $code), kind: Kind::Invalid, zh: $zh, en: $en }; )*
        /// Every field error a form can give.
        pub const CODES: &[CodeInfo] = &[$($name),*];
    };
}

codes! {
    NOT_AN_OBJECT = "not_an_object", "提交的内容需为 JSON 对象", "The answers must be a JSON object";
    UNKNOWN_FIELD = "unknown_field", "没有“{name}”这一项，请去掉", "There is no field “{name}”. Remove it";
    UNKNOWN_STEP = "unknown_step", "没有第 {number} 步，请从第一步开始", "There is no step {number}. Start at the first one";
    REQUIRED = "required", "填写{noun}", "Enter {noun}";
    NOT_CHOSEN = "not_chosen", "选择{noun}", "Select {noun}";
    NOT_TICKED = "not_ticked", "勾选“{label}”后继续", "Tick “{label}” to go on";
    WRONG_TYPE = "wrong_type", "{label}需为{type}", "{label} must be {type}";
    CONTROL_CHARACTER = "control_character",
        "{label}含有不能显示的字符，请删除", "{label} has characters that cannot be shown. Remove them";
    TOO_SHORT = "too_short", "{label}至少 {min} 个字符，现有 {count} 个", "{label} must have at least {min} characters, now {count}";
    TOO_LONG = "too_long", "{label}最多 {max} 个字符，现有 {count} 个", "{label} must have at most {max} characters, now {count}";
    PATTERN = "pattern", "{label}{format}，例如 {example}", "{label} {format}, like {example}";
    PHONE = "phone", "{label}需为 11 位数字，例如 138 0000 0000", "{label} must be 11 digits, like 138 0000 0000";
    EMAIL = "email", "{label}需含 @ 和域名，例如 lin@example.com", "{label} must have an @ and a domain, like lin@example.com";
    AMOUNT = "amount", "{label}需为数字，最多两位小数，例如 100.50", "{label} must be a number with at most two decimals, like 100.50";
    AMOUNT_RANGE = "amount_range", "{label}需在 {min} 至 {max} 元之间", "{label} must be between ¥{min} and ¥{max}";
    AMOUNT_STEP = "amount_step", "{label}需为 {step} 元的整数倍", "{label} must be a multiple of ¥{step}";
    INTEGER = "integer", "{label}需为整数，例如 {min}", "{label} must be a whole number, like {min}";
    INTEGER_RANGE = "integer_range", "{label}需在 {min} 至 {max} 之间", "{label} must be between {min} and {max}";
    NOT_AN_OPTION = "not_an_option", "在列出的{label}中选择一项", "Select one of the options listed for the {the}";
    DATE = "date", "{label}需为日期，例如 {example}", "{label} must be a date, like {example}";
    DATE_EARLY = "date_early", "{label}不能早于{day}", "{label} must be {day} or later";
    DATE_LATE = "date_late", "{label}不能晚于{day}", "{label} must be {day} or earlier";
    PROVINCE = "province", "{label}不在列表中，请从列表选择", "{label} is not in the list. Select one from the list";
    ID_SHAPE = "id_shape", "{label}需为 18 位，最后一位可为 X", "{label} must be 18 digits; the last may be X";
    ID_REGION = "id_region", "{label}前两位不是地区代码，请核对", "Check the first two digits of the {the}";
    ID_BIRTH = "id_birth", "{label}第 7 至 14 位不是出生日期，请核对", "Check digits 7 to 14 of the {the}: the date of birth";
    ID_CHECK_DIGIT = "id_check_digit", "{label}最后一位不匹配，请核对", "Check the last character of the {the}";
    REFUSED = "refused", "{label}与办理要求不符，请核对后修改", "{label} does not meet the requirements. Check and change it";
}

/// A value for the words of a message.
pub(crate) struct Arg {
    key: &'static str,
    zh: String,
    en: String,
}

pub(crate) fn both(key: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Arg {
    Arg { key, zh: zh.into(), en: en.into() }
}

pub(crate) fn same(key: &'static str, value: impl std::fmt::Display) -> Arg {
    let text = value.to_string();
    Arg { key, zh: text.clone(), en: text }
}

/// How messages name what is wrong: a field or a part of an address.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub pointer: String,
    pub label_zh: String,
    pub label_en: String,
    pub noun_zh: String,
    pub noun_en: String,
}

impl Subject {
    pub fn of(field: &Field) -> Self {
        let Text { zh, .. } = &field.label;
        let short = field.noun.as_ref().map_or(zh, |noun| &noun.zh);
        let en = field.label.get(kernel::Locale::En);
        let noun_en = match field.noun.as_ref().and_then(|noun| noun.en.clone()) {
            Some(noun) => noun,
            None => with_article(en),
        };
        Self {
            pointer: format!("/{}", field.name),
            label_zh: short.clone(),
            label_en: en.to_owned(),
            noun_zh: short.clone(),
            noun_en,
        }
    }

    pub fn error(&self, code: CodeInfo, args: &[Arg]) -> FieldError {
        let own = [
            both("label", self.label_zh.as_str(), self.label_en.as_str()),
            both("noun", self.noun_zh.as_str(), self.noun_en.as_str()),
            both("the", self.label_zh.as_str(), inside(&self.label_en)),
        ];
        let all = || own.iter().chain(args);
        let zh = fill(code.zh, |key| all().find(|arg| arg.key == key).map(|arg| arg.zh.as_str()));
        let en = fill(code.en, |key| all().find(|arg| arg.key == key).map(|arg| arg.en.as_str()));
        FieldError::new(self.pointer.clone(), code.code, zh, en)
    }
}

/// An error about no field in particular.
pub(crate) fn general(pointer: &str, code: CodeInfo, args: &[Arg]) -> FieldError {
    let subject = Subject {
        pointer: pointer.to_owned(),
        label_zh: "填写的内容".to_owned(),
        label_en: "What you entered".to_owned(),
        noun_zh: "内容".to_owned(),
        noun_en: "an answer".to_owned(),
    };
    subject.error(code, args)
}

/// One pass, so that a value may contain braces.
fn fill<'a>(template: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(template.len().saturating_add(32));
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((key, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(value(key).unwrap_or_default());
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// `Mobile number` → `mobile number`; `ID number` keeps its capitals.
fn inside(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// `Mobile number` → `a mobile number`, `Amount` → `an amount`, `Details` → `details`.
fn with_article(label: &str) -> String {
    let noun = inside(label);
    let plural = noun.ends_with('s') && !noun.ends_with("ss");
    match noun.chars().next() {
        Some(first) if plural || !first.is_ascii_alphabetic() => noun,
        Some('a' | 'e' | 'i' | 'o' | 'u' | 'A' | 'E' | 'I' | 'O' | 'U') => format!("an {noun}"),
        Some(_) => format!("a {noun}"),
        None => noun,
    }
}
