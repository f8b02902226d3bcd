//! Which passwords are taken. NIST SP 800-63B-4: length over composition, no rotation, a list of refused words.
//!
//! The standard asks for 15 characters where a password is the only factor and 8 beside a second one. An operator may ask for fewer
//! than 15, never for fewer than 8. Passwords that were chosen before go on working: only new ones are measured.

use std::collections::HashSet;
use std::sync::LazyLock;

use kernel::FieldError;
use unicode_normalization::UnicodeNormalization as _;

/// In code points, after normalisation: where a password is the only factor, unless the operator says otherwise.
pub const ALONE: usize = 15;
/// Beside a second factor; no password is shorter.
pub const BESIDE: usize = 8;
const LONGEST: usize = 128;
/// What is far longer than the longest password in UTF-8 is refused before it is looked at.
pub(super) const LONGEST_BYTES: usize = 1024;

/// What stands in the way of guessing when little else does.
const RECOMMENDED: usize = 15;
/// So much has to be left besides words that everybody knows.
const OWN_PART: usize = 6;

/// Refused passwords, lower case, one a line.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());
/// Words that passwords are built from by putting digits around them, lower case, one a line.
static BASES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("bases.txt").lines().collect());
/// Ways across a keyboard, also backwards.
const WALKS: [&str; 7] = [
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "!qaz@wsx#edc$rfv%tgb^yhn&ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
];
/// What the product is called.
const PRODUCT: [&str; 3] = ["everlit", "changming", "长明"];

/// The form in which a password is hashed and compared: NFKC, so that full-width and composed letters from any keyboard
/// mean the same. Spaces stay.
pub(crate) fn normalise(password: &str) -> String {
    password.nfkc().collect()
}

/// Checks a new password of at least so many characters. `personal` are the account's own phone, e-mail address and name. The error
/// points to `/password`.
pub(crate) fn check_password<T: AsRef<str>>(
    password: &str,
    personal: &[T],
    least: usize,
) -> Result<String, FieldError> {
    if password.len() > LONGEST_BYTES {
        return Err(too_long());
    }
    let normal = normalise(password);
    let length = normal.chars().count();
    if length == 0 {
        return Err(refused("identity.password_empty", "填写密码", "Enter a password"));
    }
    // Too short for anybody; what is merely too short here is first looked at for what is worse.
    if length < BESIDE {
        return Err(too_short(least));
    }
    if length > LONGEST {
        return Err(too_long());
    }
    let lower = normal.to_lowercase();
    if is_common(&lower) || is_pattern(&lower) {
        return Err(refused(
            "identity.password_common",
            "这个密码太常见，换一个别人猜不到的",
            "This password is too common. Choose one that is hard to guess",
        ));
    }
    let own = personal.iter().any(|own| is_personal(&lower, own.as_ref()));
    if own || PRODUCT.iter().any(|word| is_built_from(&lower, word)) {
        return Err(refused(
            "identity.password_personal",
            "密码不能由姓名、手机号、邮箱或本站名称拼成，换一个",
            "Do not build the password from your name, phone, e-mail or the name of this site",
        ));
    }
    if length < least { Err(too_short(least)) } else { Ok(normal) }
}

fn too_short(least: usize) -> FieldError {
    let zh = format!("密码至少 {least} 个字符，可用一句话");
    let en = format!("Use at least {least} characters. A short sentence is fine");
    refused("identity.password_short", &zh, &en)
}

fn refused(code: &'static str, zh: &str, en: &str) -> FieldError {
    FieldError::new("/password", code, zh, en)
}

fn too_long() -> FieldError {
    refused("identity.password_long", "密码最多 128 个字符", "Use at most 128 characters")
}

/// On the list, also with punctuation put at the end, with letters written as digits, or built by putting digits and
/// punctuation around one well-known word.
fn is_common(lower: &str) -> bool {
    let known = |text: &str| COMMON.contains(text);
    let plain = lower.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let spelled = spelled_out(lower);
    if known(lower) || known(plain) || known(&spelled) {
        return true;
    }
    let around = |c: char| !c.is_ascii_alphabetic();
    let short = lower.chars().count() < RECOMMENDED;
    let core = lower.trim_matches(around);
    short && (BASES.contains(core) || BASES.contains(spelled_out(core).as_str()))
}

/// `p@ssw0rd` → `password`.
fn spelled_out(lower: &str) -> String {
    let letter = |c: char| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

/// One character repeated, a run up or down, a short piece over and over, a way across the keyboard, a date: `88888888`,
/// `12345678`, `abc1abc1`, `1qaz2wsx`, `19900101`.
fn is_pattern(lower: &str) -> bool {
    let codes: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: HashSet<i64> =
        codes.iter().zip(codes.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    let one_step = matches!(steps.into_iter().collect::<Vec<_>>().as_slice(), [-1..=1]);
    // `90` and `09` go on across the end of the keyboard's digits.
    one_step
        || "0123456789012345678901234567890".contains(lower)
        || "0987654321098765432109876543210".contains(lower)
        || is_walk(lower)
        || is_repeated(lower)
        || is_date(lower)
}

fn is_walk(lower: &str) -> bool {
    let back: String = lower.chars().rev().collect();
    WALKS.iter().any(|walk| walk.contains(lower) || walk.contains(&back))
}

/// A piece of at most four ASCII characters over and over.
fn is_repeated(lower: &str) -> bool {
    let bytes = lower.as_bytes();
    (2..=4).any(|size| {
        let (first, whole) = (bytes.get(..size), bytes.len().is_multiple_of(size));
        lower.is_ascii() && whole && bytes.chunks(size).all(|piece| Some(piece) == first)
    })
}

/// Eight digits that are a day of the last or this century, in any order.
fn is_date(lower: &str) -> bool {
    let number = |from: usize, to: usize| lower.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let day = |year: Option<u32>, month: Option<u32>, day: Option<u32>| {
        year.is_some_and(|year| (1900..2100).contains(&year))
            && month.is_some_and(|month| (1..=12).contains(&month))
            && day.is_some_and(|day| (1..=31).contains(&day))
    };
    lower.len() == 8
        && lower.bytes().all(|b| b.is_ascii_digit())
        && (day(number(0, 4), number(4, 6), number(6, 8))
            || day(number(4, 8), number(2, 4), number(0, 2))
            || day(number(4, 8), number(0, 2), number(2, 4)))
}

/// The phone number, the e-mail address or the name, with or without country code or host, or little more than one of them.
fn is_personal(lower: &str, own: &str) -> bool {
    let own = own.to_lowercase();
    let short = own.strip_prefix("+86").or_else(|| own.split_once('@').map(|(name, _)| name)).unwrap_or(&own);
    [own.as_str(), own.trim_start_matches('+'), short].iter().any(|part| is_built_from(lower, part))
}

/// Whether hardly anything is left of the password without `word`.
fn is_built_from(lower: &str, word: &str) -> bool {
    let squeeze =
        |text: &str| text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '_')).collect::<String>();
    let (plain, word) = (squeeze(lower), squeeze(word));
    word.chars().count() >= 2
        && plain.contains(&word)
        && plain.replace(&word, "").chars().count() < OWN_PART
        && plain.chars().count() < RECOMMENDED.max(word.chars().count().saturating_add(OWN_PART))
}
