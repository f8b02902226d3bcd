//! Which passwords are taken. NIST SP 800-63B: length over composition, no rotation, a list of refused words.
//!
//! The standard asks for 15 characters where a password is the only factor and 8 beside a second one. Until second
//! factors exist we ask for 8, make guessing slow (see `throttle`), and refuse what is guessed first; the part that
//! brings second factors raises the length for accounts without one.

use std::collections::HashSet;
use std::sync::LazyLock;

use kernel::FieldError;
use unicode_normalization::UnicodeNormalization as _;

/// In code points, after normalisation.
const SHORTEST: usize = 8;
const LONGEST: usize = 128;
/// What is far longer than the longest password in UTF-8 is refused before it is looked at.
pub(super) const LONGEST_BYTES: usize = 1024;

/// Refused words, lower case, one a line.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());

/// The form in which a password is hashed and compared: NFKC, so that full-width and composed letters from any keyboard
/// mean the same. Spaces stay.
pub(crate) fn normalise(password: &str) -> String {
    password.nfkc().collect()
}

/// Checks a new password. `personal` are the account's own phone and e-mail address. The error points to `/password`.
pub(crate) fn check_password(password: &str, personal: &[&str]) -> Result<String, FieldError> {
    if password.len() > LONGEST_BYTES {
        return Err(too_long());
    }
    let normal = normalise(password);
    let length = normal.chars().count();
    if length == 0 {
        return Err(refused("identity.password_empty", "请填写密码", "Enter a password"));
    }
    if length < SHORTEST {
        return Err(refused(
            "identity.password_short",
            "密码至少 8 个字符，可用一句话",
            "Use at least 8 characters. A short sentence is fine",
        ));
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
    if personal.iter().any(|own| is_personal(&lower, own)) {
        return Err(refused(
            "identity.password_personal",
            "密码不能是手机号或邮箱，换一个",
            "Do not use your phone number or e-mail as password",
        ));
    }
    Ok(normal)
}

fn refused(code: &'static str, zh: &str, en: &str) -> FieldError {
    FieldError::new("/password", code, zh, en)
}

fn too_long() -> FieldError {
    refused("identity.password_long", "密码最多 128 个字符", "Use at most 128 characters")
}

/// On the list, also with punctuation put at the end.
fn is_common(lower: &str) -> bool {
    COMMON.contains(lower) || COMMON.contains(lower.trim_end_matches(|c: char| c.is_ascii_punctuation()))
}

/// One character repeated, or a run up or down: `88888888`, `12345678`, `hgfedcba`.
fn is_pattern(lower: &str) -> bool {
    let codes: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: HashSet<i64> =
        codes.iter().zip(codes.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    let one_step = matches!(steps.into_iter().collect::<Vec<_>>().as_slice(), [-1..=1]);
    // `90` and `09` go on across the end of the keyboard's digits.
    one_step
        || "0123456789012345678901234567890".contains(lower)
        || "0987654321098765432109876543210".contains(lower)
}

/// The phone or e-mail address itself, with or without country code or host.
fn is_personal(lower: &str, own: &str) -> bool {
    let own = own.to_lowercase();
    let short = own.strip_prefix("+86").or_else(|| own.split_once('@').map(|(name, _)| name)).unwrap_or(&own);
    let plain: String = lower.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = own.trim_start_matches('+');
    [own.as_str(), digits, short].iter().any(|part| !part.is_empty() && plain == *part)
}
