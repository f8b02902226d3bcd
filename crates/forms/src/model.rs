//! The nouns of a form: fields, their kinds, question pages, conditions. Pure data; what is built by `read` is always
//! complete: texts in both languages, limits in order, patterns compiled.

use kernel::Text;
use regex::Regex;
use serde_json::Value;

/// What is wrong with a form, and where in what was given (JSON Pointer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaProblem {
    pub pointer: String,
    pub message: String,
}

impl std::fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// One question.
#[derive(Debug, Clone)]
pub struct Field {
    /// Key of the answer: `[a-z][a-z0-9_]*`.
    pub name: String,
    pub label: Text,
    pub hint: Option<Text>,
    /// What messages call the field; the label where absent.
    pub noun: Option<Text>,
    pub kind: FieldKind,
    /// Must be answered when shown; for a flag: must be ticked.
    pub required: bool,
    /// The HTML `autocomplete` token.
    pub autocomplete: Option<String>,
    pub width: Width,
    pub show_when: Option<Condition>,
    /// The key under which a later order finds this answer, for example `household`.
    pub remember: Option<String>,
    /// The answer is personal data: kept sealed, masked for staff.
    pub sensitive: bool,
    /// The normalised answer first shown.
    pub default: Option<Value>,
}

/// What sort of answer a field takes.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// One line; lengths in characters (code points).
    Text {
        min: usize,
        max: usize,
        pattern: Option<Pattern>,
    },
    /// Several lines.
    Paragraph {
        max: usize,
    },
    /// A mainland mobile number, kept as E.164.
    Phone,
    Email,
    /// Fen, both limits included; `step` divides the amount.
    Money {
        min: i64,
        max: i64,
        step: Option<i64>,
    },
    Integer {
        min: i64,
        max: i64,
    },
    Choice {
        options: Vec<ChoiceOption>,
        style: ChoiceStyle,
    },
    /// A checkbox.
    Flag,
    /// A day, from `min_days_ahead` to `max_days_ahead` days after today, both included.
    Date {
        min_days_ahead: Option<i32>,
        max_days_ahead: Option<i32>,
    },
    /// A time slot; the options come from the server, the answer is a slot's key.
    Slot,
    /// A place in mainland China, Hong Kong, Macao or Taiwan, see [`ADDRESS_PARTS`].
    Address,
    /// A citizen's identity number by GB 11643.
    NationalId,
}

impl FieldKind {
    /// As written in packs and in `x-kind`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Paragraph { .. } => "paragraph",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Money { .. } => "money",
            Self::Integer { .. } => "integer",
            Self::Choice { .. } => "choice",
            Self::Flag => "flag",
            Self::Date { .. } => "date",
            Self::Slot => "slot",
            Self::Address => "address",
            Self::NationalId => "national_id",
        }
    }

    pub(crate) const NAMES: [&'static str; 12] = [
        "text",
        "paragraph",
        "phone",
        "email",
        "money",
        "integer",
        "choice",
        "flag",
        "date",
        "slot",
        "address",
        "national_id",
    ];

    /// Answers of this kind are always personal data.
    pub(crate) fn is_personal(&self) -> bool {
        matches!(self, Self::Phone | Self::Email | Self::Address | Self::NationalId)
    }

    pub(crate) fn default_autocomplete(&self) -> Option<&'static str> {
        match self {
            Self::Phone => Some("tel"),
            Self::Email => Some("email"),
            _ => None,
        }
    }

    pub(crate) fn default_width(&self) -> Width {
        match self {
            Self::Money { .. } | Self::Integer { .. } => Width::Short,
            Self::Phone | Self::Date { .. } => Width::Medium,
            Self::NationalId => Width::Long,
            Self::Text { max, .. } => match max {
                0..=10 => Width::Short,
                11..=20 => Width::Medium,
                21..=30 => Width::Long,
                _ => Width::Full,
            },
            _ => Width::Full,
        }
    }
}

/// The form of a code such as a household number.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Anchored regular expression, usable in HTML's `pattern` too.
    pub source: String,
    /// Ends the sentence that begins with the label: 需为 10 位数字 / must be 10 digits.
    pub format: Text,
    /// An answer that fits.
    pub example: String,
    pub(crate) regex: Regex,
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceOption {
    pub value: String,
    pub label: Text,
    pub hint: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceStyle {
    Radio,
    Select,
}

/// How wide the control is; it tells the length that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 10em: amounts, quantities.
    Short,
    /// 16em: phone numbers, dates.
    Medium,
    /// 22em: identity numbers.
    Long,
    Full,
}

impl Width {
    pub const ALL: [Self; 4] = [Self::Short, Self::Medium, Self::Long, Self::Full];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Medium => "medium",
            Self::Long => "long",
            Self::Full => "full",
        }
    }
}

/// The field is asked only when the earlier `field` has one of the values `is`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: String,
    /// Texts for a choice, booleans for a flag; never empty.
    pub is: Vec<Value>,
}

/// One question page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub title: Text,
    /// Names, at most five.
    pub fields: Vec<String>,
}

/// One part of an address answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressPart {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// English with its article, for messages.
    pub en_noun: &'static str,
    pub required: bool,
    pub autocomplete: &'static str,
    /// Characters.
    pub max: usize,
}

/// The parts of an address, in the order they are asked. `district` is optional: 东莞 and some others have none.
pub const ADDRESS_PARTS: &[AddressPart] = &[
    part("province", "省份", "Province", "a province", "address-level1", 20),
    part("city", "城市", "City", "a city", "address-level2", 20),
    AddressPart {
        required: false,
        ..part("district", "区县", "District", "a district", "address-level3", 20)
    },
    part("street", "详细地址", "Street address", "a street address", "street-address", 100),
    part("name", "联系人", "Contact name", "a contact name", "name", 40),
    part("phone", "手机号", "Mobile number", "a mobile number", "tel", 20),
];

const fn part(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    en_noun: &'static str,
    autocomplete: &'static str,
    max: usize,
) -> AddressPart {
    AddressPart { name, zh, en, en_noun, required: true, autocomplete, max }
}
