//! Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, 30 seconds, six digits, which is what every app does. Pure.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

const STEP_SECS: i64 = 30;
/// RFC 4226 asks for at least 128 bits and recommends 160.
pub(crate) const SECRET_BYTES: usize = 20;
/// RFC 6238 section 5.2: one step either way for clocks that differ.
const SKEW_STEPS: [i64; 3] = [0, -1, 1];
/// RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The number of the half minute.
pub(crate) fn step_at(now: Timestamp) -> i64 {
    now.0.div_euclid(1_000_000).div_euclid(STEP_SECS)
}

/// The code of one step.
pub(crate) fn code_at(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    // RFC 4226 section 5.3: the low four bits of the last byte say where to read.
    let offset = usize::from(digest.last()? & 0x0F);
    let four: [u8; 4] = digest.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7FFF_FFFF) % 1_000_000))
}

/// What an app shows now that was given this secret as text: for a demo's or a test's app.
pub fn shown_by_app(secret: &str, now: Timestamp) -> Option<String> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for letter in secret.bytes().filter(|byte| *byte != b' ') {
        let value = BASE32.iter().position(|known| *known == letter)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from(buffer >> bits).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    code_at(&bytes, step_at(now))
}

/// The step a code belongs to, if it is one of now, of the step before or of the next, and newer than `last_step`. Every code
/// is compared, in constant time.
pub(crate) fn matching_step(secret: &[u8], code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
    let current = step_at(now);
    let mut found = None;
    for skew in SKEW_STEPS {
        let step = current.saturating_add(skew);
        let wanted = code_at(secret, step)?;
        let same: bool = wanted.as_bytes().ct_eq(code.as_bytes()).into();
        if same && step > last_step && found.is_none() {
            found = Some(step);
        }
    }
    found
}

/// Base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits = bits.saturating_add(8);
        while bits >= 5 {
            bits = bits.saturating_sub(5);
            out.push(letter(buffer >> bits));
            buffer &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(letter(buffer << 5_u32.saturating_sub(bits)));
    }
    out
}

fn letter(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or(0);
    BASE32.get(index).copied().map_or('A', char::from)
}

/// `ABCD EFGH …`: easier to type.
pub(crate) fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What a QR code holds. `account` is shown in the app and percent-encoded here.
pub(crate) fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let (issuer, account) = (percent(issuer), percent(account));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
