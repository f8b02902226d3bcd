//! Chance without chance: what a percentage hits is a function of seed, purpose, id and number.

use sha2::{Digest as _, Sha256};

/// 64 bits that depend on the arguments and on nothing else.
pub(crate) fn bits(seed: u64, purpose: &str, id: &str, number: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(purpose);
    hash.update([0]);
    hash.update(id);
    hash.update([0]);
    hash.update(number.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// Whether `percent` of a hundred hits this one.
pub(crate) fn hits(percent: u8, seed: u64, purpose: &str, id: &str, number: u64) -> bool {
    bits(seed, purpose, id, number) % 100 < u64::from(percent)
}

/// A number as paperwork has it: `digits` decimal digits, made from the id.
pub(crate) fn number(purpose: &str, id: &str, digits: u32) -> String {
    let value = bits(0, purpose, id, 0) % 10_u64.saturating_pow(digits);
    format!("{value:0width$}", width = usize::try_from(digits).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_hit_about_as_often_as_they_say() {
        for (percent, range) in [(0, 0..=0), (30, 250..=350), (100, 1000..=1000)] {
            let count = (0..1000).filter(|n| hits(percent, 7, "test", "op", *n)).count();
            assert!(range.contains(&count), "{percent}% hit {count} of 1000");
        }
        assert_eq!(number("receipt", "op_1", 8).len(), 8);
    }
}
