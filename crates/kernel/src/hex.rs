//! Bytes as hexadecimal digits and back: how hashes, tickets and keys are written down.

/// Two lower-case digits a byte.
///
/// ```
/// assert_eq!(kernel::hex::encode(&[0, 10, 255]), "000aff");
/// assert_eq!(kernel::hex::encode([0, 10, 255].iter().take(2)), "000a");
/// ```
pub fn encode<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    let nibbles = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}

/// What [`encode`] made, in either case; `None` when a digit is none or the last byte is half.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, half) = text.as_bytes().as_chunks();
    let byte = |[high, low]: &[u8; 2]| Some((digit(*high)? << 4) | digit(*low)?);
    half.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

/// The value of one digit, 0 to 15.
pub fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = encode(&all);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        assert_eq!(decode(&text).as_deref(), Some(all.as_slice()));
        assert_eq!(decode(&text.to_uppercase()), Some(all));
        assert_eq!(decode(""), Some(Vec::new()));
    }

    #[test]
    fn what_is_not_digits_in_pairs_is_nothing() {
        for text in ["0", "abc", "0g", "+f", " 1", "0x", "é", "一二"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
