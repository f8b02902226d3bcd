//! Typed, time-ordered ids: 63 bits = 41 bits of milliseconds since 2024 · 10 bits of node · 12 bits of sequence.
//!
//! In the database an id is a `BIGINT`; people and programs see a prefix and Crockford base32: `ord_01HV6K2M9Q7RT`.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::Timestamp;

/// 2024-01-01T00:00:00Z in milliseconds: the zero of the id's clock. 41 bits last until 2093.
const EPOCH_MS: i64 = 1_704_067_200_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
/// Digits that cannot be confused when read aloud or written by hand (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 13 digits of 5 bits hold the 63 bits.
const DIGITS: usize = 13;

/// What every typed id is made of.
pub type RawId = i64;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId {
    /// The prefix that was expected, for example `ord`.
    pub expected: &'static str,
}

impl std::fmt::Display for BadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not an id of the form {}_…", self.expected)
    }
}

impl std::error::Error for BadId {}

/// Makes ids for one node. Ids of one generator strictly increase, also when the clock stands still or steps back.
#[derive(Debug)]
pub struct IdGen {
    node: i64,
    last: AtomicI64,
}

impl IdGen {
    /// `node` is leased from the database and lies in 0..1024.
    pub fn new(node: u16) -> Self {
        Self { node: i64::from(node & 0x3FF), last: AtomicI64::new(0) }
    }

    /// The next id. More than 4,096 ids in one millisecond borrow from the next.
    pub fn next(&self, now: Timestamp) -> RawId {
        // `last` holds (milliseconds, sequence) without the node, so that one addition carries over.
        let ms = (now.as_millis().saturating_sub(EPOCH_MS)).max(0);
        let floor = ms << SEQUENCE_BITS;
        let next = |last: i64| floor.max(last.saturating_add(1));
        let previous = self
            .last
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(next(last)))
            .unwrap_or_else(|last| last);
        let tick = next(previous);
        let (ms, sequence) = (tick >> SEQUENCE_BITS, tick & ((1 << SEQUENCE_BITS) - 1));
        (ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | sequence
    }
}

/// When an id was made, to the millisecond.
pub fn made_at(id: RawId) -> Timestamp {
    Timestamp::from_millis((id >> (NODE_BITS + SEQUENCE_BITS)).saturating_add(EPOCH_MS))
}

/// The smallest id that can be made at or after a time: lists "since" need no index on the time.
pub fn first_id_at(at: Timestamp) -> RawId {
    let shift = NODE_BITS + SEQUENCE_BITS;
    // A bound may lie beyond the last moment that has numbers: it is the highest then, not a negative one.
    at.as_millis().saturating_sub(EPOCH_MS).clamp(0, RawId::MAX >> shift) << shift
}

/// Thirteen Crockford digits.
pub fn encode_base32(id: RawId) -> String {
    let mut out = [b'0'; DIGITS];
    let mut rest = id.unsigned_abs();
    for slot in out.iter_mut().rev() {
        let digit = usize::try_from(rest & 31).unwrap_or(0);
        *slot = ALPHABET.get(digit).copied().unwrap_or(b'0');
        rest >>= 5;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads thirteen Crockford digits; lower case and the look-alikes O, I, L are accepted.
pub fn decode_base32(text: &str) -> Option<RawId> {
    if text.len() != DIGITS {
        return None;
    }
    let mut value: i64 = 0;
    for byte in text.bytes() {
        let digit = digit_value(byte)?;
        value = value.checked_mul(32)?.checked_add(digit)?;
    }
    Some(value)
}

fn digit_value(byte: u8) -> Option<i64> {
    let byte = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let index = ALPHABET.iter().position(|&digit| digit == byte)?;
    i64::try_from(index).ok()
}

/// The number a customer reads out: the id's digits with a check digit, in groups, `01HV-6K2M-9Q7R-TC`.
///
/// The check digit is a weighted sum modulo 31, so one wrong digit or two swapped neighbours are noticed.
pub fn order_number(id: RawId) -> String {
    let mut text = encode_base32(id);
    text.push(check_digit(&text));
    let mut out = String::with_capacity(17);
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// Reads what [`order_number`] wrote, with or without dashes and spaces. `None` when the check digit is wrong.
pub fn parse_order_number(text: &str) -> Option<RawId> {
    let compact: String =
        text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
    let (body, check) = compact.split_at_checked(DIGITS)?;
    let id = decode_base32(body)?;
    let expected = check_digit(&encode_base32(id));
    (check.chars().eq(std::iter::once(expected))).then_some(id)
}

/// The code on a document, `7Q2M-9K4T-XB`: fifty bits of a keyed hash over what it says.
pub fn proof_code(mac: &[u8; 32]) -> String {
    let first: [u8; 8] = mac.first_chunk().copied().unwrap_or_default();
    let digits = encode_base32(i64::from_be_bytes(first) & i64::MAX);
    let digits: Vec<char> = digits.chars().skip(3).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Whether somebody typed this code, in whatever case, with or without dashes and blanks.
pub fn same_code(expected: &str, given: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
    };
    plain(expected) == plain(given)
}

fn check_digit(digits: &str) -> char {
    let sum = digits.bytes().zip(1_i64..).fold(0_i64, |sum, (byte, weight)| {
        sum.saturating_add(digit_value(byte).unwrap_or(0).saturating_mul(weight))
    });
    let index = usize::try_from(sum % 31).unwrap_or(0);
    ALPHABET.get(index).copied().map_or('0', char::from)
}

/// Declares a newtype over [`RawId`] with its prefix: text form, parsing, serde as text.
///
/// ```
/// kernel::typed_id!(
///     /// A box in the store room.
///     BoxId, "box"
/// );
/// let id = BoxId(42);
/// assert_eq!(id.to_string(), "box_000000000001A");
/// assert_eq!("box_000000000001A".parse(), Ok(id));
/// ```
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $crate::RawId);

        impl $name {
            /// What stands before the digits.
            pub const PREFIX: &'static str = $prefix;

            /// A new id from the node's generator.
            pub fn new(ids: &$crate::IdGen, now: $crate::Timestamp) -> Self {
                Self(ids.next(now))
            }

            /// The number as the database keeps it.
            pub const fn raw(self) -> $crate::RawId {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}_{}", $prefix, $crate::encode_base32(self.0))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::BadId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then($crate::decode_base32)
                    .map(Self)
                    .ok_or($crate::BadId { expected: $prefix })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(input)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_generator_strictly_increase_even_when_the_clock_steps_back() {
        let ids = IdGen::new(7);
        let late = Timestamp::from_millis(EPOCH_MS + 10_000);
        let early = Timestamp::from_millis(EPOCH_MS + 5_000);
        let made: Vec<_> = (0..10_000).map(|i| ids.next(if i % 2 == 0 { late } else { early })).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let now = Timestamp::from_millis(EPOCH_MS + 12_345);
        let id = IdGen::new(3).next(now);
        assert_eq!(made_at(id), now);
        assert!(first_id_at(now) <= id && id < first_id_at(now.plus(crate::Duration::from_millis(1))));
        let (end, never) = (Timestamp::parse_rfc3339("2099-01-01T00:00:00Z").unwrap(), Timestamp(i64::MAX));
        assert!(first_id_at(now) < first_id_at(end) && first_id_at(end) <= first_id_at(never));
    }

    #[test]
    fn two_nodes_never_make_the_same_id() {
        let now = Timestamp::from_millis(EPOCH_MS + 1);
        assert_ne!(IdGen::new(1).next(now), IdGen::new(2).next(now));
    }

    #[test]
    fn base32_round_trips_and_accepts_look_alikes() {
        for id in [0, 1, 31, 32, i64::MAX, 123_456_789_012_345] {
            assert_eq!(decode_base32(&encode_base32(id)), Some(id));
        }
        assert_eq!(decode_base32("OOOOOOOOOOOIL"), decode_base32("0000000000011"));
        assert_eq!(decode_base32("ZZZZZZZZZZZZZ"), None, "more than 63 bits");
        assert_eq!(decode_base32("00000000000🦀"), None);
    }

    #[test]
    fn an_order_number_notices_one_wrong_digit_and_swapped_neighbours() {
        let number = order_number(1_234_567_890_123_456);
        assert_eq!(parse_order_number(&number), Some(1_234_567_890_123_456));
        assert_eq!(parse_order_number(&number.to_lowercase().replace('-', " ")), Some(1_234_567_890_123_456));
        let mut wrong: Vec<char> = number.chars().collect();
        wrong[7] = if wrong[7] == '2' { '3' } else { '2' };
        assert_eq!(parse_order_number(&wrong.iter().collect::<String>()), None);
        assert_eq!(parse_order_number(""), None);
        assert_eq!(parse_order_number("订单"), None);
    }
}
