//! The same request twice has one effect (I1–I7).
//!
//! A key belongs to who sent it and to the route. What came of it is written in the transaction of the effect, so there is no moment
//! in which one exists without the other. Only successes are kept: a refusal changes nothing and may be tried again. Kept for
//! [`KEEP`], then forgotten.

mod fingerprint;
mod flight;
mod model;
mod ops;
pub(crate) mod store;

pub use fingerprint::fingerprint;
pub use flight::{Flight, InFlight};
pub use model::Key;
pub use ops::{find, insert, purge};

/// How long a key is remembered: documented in the API, at least the 24 hours people expect.
pub const KEEP: kernel::Duration = kernel::Duration::from_hours(48);

/// The longest key.
const MAX_KEY: usize = 255;

/// Reads the header's value: a quoted string (draft-ietf-httpapi-idempotency-key-header) or the bare token, 1 to 255 visible ASCII
/// characters.
pub fn parse_key(header: &str) -> Option<String> {
    let text = header.trim();
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    let fits = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|b| (0x21..=0x7E).contains(&b));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_key;

    #[test]
    fn i1_a_key_is_1_to_255_visible_characters_quoted_or_not() {
        assert_eq!(parse_key("\"abc-1\"").as_deref(), Some("abc-1"));
        assert_eq!(parse_key(" abc-1 ").as_deref(), Some("abc-1"));
        assert_eq!(parse_key(&"x".repeat(255)).map(|k| k.len()), Some(255));
        for bad in ["", "\"\"", "a b", "钥匙", &"x".repeat(256)] {
            assert_eq!(parse_key(bad), None, "{bad}");
        }
    }
}
