//! Text messages by carriers that send approved templates: the port, and what may be concluded from a carrier's answer.
//!
//! Carriers in China do not take words. They take the number of a template that was approved before, and values for its
//! placeholders. Which template stands for which of our texts is decided elsewhere.
//!
//! None of them knows a request again: the same text handed over twice is sent twice. So [`SmsError::Unknown`] must not be
//! answered by repeating without an end.

mod aliyun;
mod sign;
mod tencent;

pub use aliyun::{AliyunSettings, AliyunSms};
pub use tencent::{TencentSettings, TencentSms};

use kernel::Duration;

use crate::BoxFuture;
use crate::http::HttpError;

/// A carrier of text messages.
pub trait SmsCarrier: Send + Sync + std::fmt::Debug {
    /// Hands one text over. `Ok` means that the carrier took it, not that it arrived. Never called while a transaction is
    /// open.
    fn send<'a>(&'a self, text: &'a SmsText) -> BoxFuture<'a, Result<(), SmsError>>;
}

/// One text to one phone. Has no `Debug`: it holds a number and codes.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsText {
    /// Ours; the carrier keeps it beside the text, so that its records can be compared with ours.
    pub id: String,
    /// E.164.
    pub to: String,
    /// The carrier's number of the template.
    pub template: String,
    /// Names of the template's placeholders and what stands there, in the order of the template. Carriers that count
    /// placeholders do not look at the names.
    pub values: Vec<(String, String)>,
}

/// Who we are at a carrier.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsKey {
    /// AccessKey ID, SecretId.
    pub id: String,
    /// AccessKey secret, SecretKey.
    pub secret: String,
}

impl std::fmt::Debug for SmsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsKey({})", self.id)
    }
}

/// Why a carrier did not take a text. Carriers' own words are left out, for they quote numbers; their codes do not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// Not sent, and the same text will be refused again: the number, a word in it, the template, the signature.
    #[error("refused: {code}")]
    Refused { code: String },
    /// Not sent: too many to this number, or from us. Trying again before `wait` is over is in vain.
    #[error("limited: {code}")]
    Limited { code: String, wait: Duration },
    /// Not sent for a reason that lies with us or the carrier and not with the text: not reached, no balance, a wrong key.
    #[error("not taken now: {0}")]
    Unavailable(String),
    /// It may have been sent.
    #[error("unknown: {0}")]
    Unknown(String),
}

/// E.164: a plus and up to 15 digits.
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn conclude(error: HttpError) -> SmsError {
    match error {
        HttpError::Unreachable(detail) => SmsError::Unavailable(detail),
        other => SmsError::Unknown(other.to_string()),
    }
}

/// A code as it may stand in a log: what is no code of words and dots is not repeated.
fn readable(code: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if (1..=100).contains(&code.len()) && code.bytes().all(plain) {
        code.to_owned()
    } else {
        "a code that does not read".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_international_numbers_are_handed_over() {
        for (number, good) in [
            ("+8613800138000", true),
            ("+85261234567", true),
            ("13800138000", false),
            ("+86 138 0013 8000", false),
            ("+0123456789", false),
            ("+", false),
            ("", false),
        ] {
            assert_eq!(is_e164(number), good, "{number}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_repeated_in_a_log() {
        assert_eq!(readable("isv.BUSINESS_LIMIT_CONTROL"), "isv.BUSINESS_LIMIT_CONTROL");
        for strange in ["", "138 0013 8000 ist gesperrt", "号码13800138000", "a\nb"] {
            assert_eq!(readable(strange), "a code that does not read");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let key = SmsKey { id: "LTAI".to_owned(), secret: "hush".to_owned() };
        assert_eq!(format!("{key:?}"), "SmsKey(LTAI)");
    }
}
