//! What is hashed, byte by byte. Changing anything here breaks every chain already written.

use sha2::{Digest as _, Sha256};

use super::model::{Fact, Hash};

/// The bytes of a row: numbers in big-endian order, texts with their length, absent values marked, so that no two different rows
/// have the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canonical(Vec<u8>);

impl Canonical {
    /// The fact comes first: a hold and its release never look alike.
    pub fn new(fact: Fact) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(b"everlit.ledger.1");
        Self(bytes).text(fact.code())
    }

    pub fn int(mut self, value: i64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub fn maybe(mut self, value: Option<i64>) -> Self {
        self.0.push(u8::from(value.is_some()));
        self.int(value.unwrap_or(0))
    }

    pub fn text(mut self, value: &str) -> Self {
        self.0.extend_from_slice(&u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.extend_from_slice(value.as_bytes());
        self
    }
}

/// The hash of an entry.
pub(crate) fn link(previous: &[u8], content: &Canonical) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(&content.0);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_rows_have_different_bytes() {
        let new = || Canonical::new(Fact::Hold);
        let rows = [
            new(),
            Canonical::new(Fact::Release),
            new().text("ab").text("c"),
            new().text("a").text("bc"),
            new().maybe(None),
            new().maybe(Some(0)),
            new().int(0),
        ];
        for (index, one) in rows.iter().enumerate() {
            for other in rows.iter().skip(index + 1) {
                assert_ne!(link(&[0; 32], one), link(&[0; 32], other), "{one:?} {other:?}");
            }
        }
    }
}
