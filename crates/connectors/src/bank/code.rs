//! The code a payer writes as purpose of a transfer: twelve digits made from the attempt's id and two check digits (ISO 7064,
//! MOD 97-10), so that a slip of the pen is noticed and does not pay somebody else's order.

use kernel::normalise_digits;
use sha2::{Digest as _, Sha256};

const DIGITS: usize = 12;
/// With the check digits.
pub const CODE_CHARS: usize = 14;

/// The code of an attempt: the same whenever it is asked for.
pub fn code_of(attempt_id: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(attempt_id.as_bytes()).into();
    let bits = digest.iter().take(8).fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    let body = format!("{:0DIGITS$}", bits % 1_000_000_000_000);
    let check = 98 - remainder(&format!("{body}00")).unwrap_or(0);
    format!("{body}{check:02}")
}

/// Whether these are digits with check digits that fit.
pub fn is_code(text: &str) -> bool {
    text.len() == CODE_CHARS && remainder(text) == Some(1)
}

/// The codes in what somebody wrote as purpose: groups may be apart by spaces and hyphens, digits may be wide.
pub fn codes_in(purpose: &str) -> Vec<String> {
    let plain = normalise_digits(purpose);
    let kept: String = plain.chars().filter(|c| !matches!(c, ' ' | '-' | '　')).collect();
    let runs = kept.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| is_code(run)).map(str::to_owned).collect()
}

fn remainder(digits: &str) -> Option<u32> {
    digits.chars().try_fold(0, |rest, c| Some((rest * 10 + c.to_digit(10)?) % 97))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_one_digit_or_two_exchanged_is_noticed() {
        for number in 0..50 {
            let code = code_of(&format!("at_{number}"));
            assert!(is_code(&code), "{code}");
            let digits: Vec<char> = code.chars().collect();
            for place in 0..CODE_CHARS {
                let mut other = digits.clone();
                other[place] = if other[place] == '9' {
                    '0'
                } else {
                    char::from_digit(other[place].to_digit(10).unwrap() + 1, 10).unwrap()
                };
                assert!(!is_code(&other.iter().collect::<String>()), "{code} at {place}");
                let mut swapped = digits.clone();
                if place + 1 < CODE_CHARS && swapped[place] != swapped[place + 1] {
                    swapped.swap(place, place + 1);
                    assert!(!is_code(&swapped.iter().collect::<String>()), "{code} swapped at {place}");
                }
            }
        }
    }

    #[test]
    fn a_code_is_found_in_what_people_write() {
        let code = code_of("at_1");
        let (left, right) = code.split_at(7);
        for text in [code.as_str(), &format!("订单款 {left} {right}，谢谢"), &format!("{left}-{right}")]
        {
            assert_eq!(codes_in(text), std::slice::from_ref(&code), "{text}");
        }
        for text in ["", "谢谢", "12345678901234", &format!("{code}1")] {
            assert!(codes_in(text).is_empty(), "{text}");
        }
    }
}
