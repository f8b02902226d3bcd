//! Why something was done, in somebody's own words: sealed in the row, and a digest of it in the chain.
//!
//! Words are short and could be guessed from a plain digest. So sixteen random bytes are hashed before them, and lie sealed together with
//! the words: who has only the database can follow the chain and learns nothing, who has the keys can show that these were the words.

use db::{Error, Result, RowReader};
use durable::Cx;
use sha2::{Digest as _, Sha256};
use vault::{SealedColumn, Vault};

/// What a reason is sealed for.
const REASON: &str = "audit.reason";
const SALT_BYTES: usize = 16;

/// What is sealed here.
pub(crate) const SEALED: &[SealedColumn] =
    &[SealedColumn::new("audit_entry", "reason_sealed", REASON).once_clear(&["reason"])];

/// A reason as it is hashed into the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    /// Of an entry from before reasons were sealed: the chain covers the words.
    Words(String),
    /// The chain covers the digest.
    Digest {
        digest: Vec<u8>,
        words: Opened,
    },
    /// Columns that no version of ours wrote like this.
    Odd,
}

/// What lies sealed beside a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opened {
    Words {
        salt: Vec<u8>,
        text: String,
    },
    /// It is gone, was changed, or lies under a key that is not here.
    Lost,
}

impl Reason {
    /// A reason of which only the digest matters here.
    pub(crate) fn of_digest(digest: Vec<u8>) -> Self {
        Self::Digest { digest, words: Opened::Lost }
    }

    /// A reason that is shown with what was hashed before it.
    ///
    /// `None` when those are not as many bytes as they always are: nothing may move between them and the words.
    pub(crate) fn salted(salt: Vec<u8>, text: String) -> Option<Self> {
        let is_salt = salt.len() == SALT_BYTES;
        is_salt.then(|| Self::Digest { digest: digest(&salt, &text), words: Opened::Words { salt, text } })
    }

    /// The words, where there are any that can be read.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Words(text) | Self::Digest { words: Opened::Words { text, .. }, .. } => Some(text),
            Self::None | Self::Digest { .. } | Self::Odd => None,
        }
    }

    pub(crate) fn salt(&self) -> Option<&[u8]> {
        match self {
            Self::Digest { words: Opened::Words { salt, .. }, .. } => Some(salt),
            Self::None | Self::Words(_) | Self::Digest { .. } | Self::Odd => None,
        }
    }

    /// Whether there were words that cannot be read any more.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Odd | Self::Digest { words: Opened::Lost, .. })
    }

    /// Whether the words are those whose digest stands in the chain.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::None | Self::Words(_) => true,
            Self::Digest { digest: own, words: Opened::Words { salt, text } } => *own == digest(salt, text),
            Self::Digest { words: Opened::Lost, .. } | Self::Odd => false,
        }
    }

    /// Which sort it is, and what of it the chain covers.
    pub(crate) fn hashed(&self) -> (u8, &[u8]) {
        match self {
            Self::None => (0, &[]),
            Self::Words(text) => (1, text.as_bytes()),
            Self::Digest { digest, .. } => (2, digest),
            Self::Odd => (u8::MAX, &[]),
        }
    }
}

fn digest(salt: &[u8], text: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(text.as_bytes()).finalize().to_vec()
}

/// The two columns of a new reason: sealed, and its digest.
pub(crate) fn seal(cx: &Cx, text: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut salt = [0; SALT_BYTES];
    cx.rng.fill(&mut salt);
    let plain = [&salt, text.as_bytes()].concat();
    let sealed = cx.vault.seal(&*cx.rng, REASON, &plain).map_err(|error| Error::Other(error.into()))?;
    Ok((sealed, digest(&salt, text)))
}

/// Reads the columns `reason, reason_sealed, reason_hash`.
pub(crate) fn read(vault: &Vault, r: &mut RowReader<'_>) -> Result<Reason> {
    let clear: Option<String> = r.get()?;
    let (sealed, hash): (Option<Vec<u8>>, Option<Vec<u8>>) = (r.get()?, r.get()?);
    Ok(match (clear, sealed, hash) {
        (None, None, None) => Reason::None,
        (Some(text), None, None) => Reason::Words(text),
        (None, Some(sealed), None) => vault.open_text(REASON, &sealed).map_or(Reason::Odd, Reason::Words),
        (None, sealed, Some(digest)) => {
            Reason::Digest { digest, words: sealed.map_or(Opened::Lost, |sealed| open(vault, &sealed)) }
        }
        (Some(_), ..) => Reason::Odd,
    })
}

fn open(vault: &Vault, sealed: &[u8]) -> Opened {
    let Ok(mut salt) = vault.open(REASON, sealed) else { return Opened::Lost };
    if salt.len() < SALT_BYTES {
        return Opened::Lost;
    }
    let text = String::from_utf8(salt.split_off(SALT_BYTES));
    text.map_or(Opened::Lost, |text| Opened::Words { salt, text })
}
