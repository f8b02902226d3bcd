//! Networks in the database: an address is personal data, so it is sealed, and found by a keyed index. Words about them are sealed.

use db::{Error, Result};
use durable::Cx;

use crate::address::Network;

/// What the vault seals networks for.
pub(crate) const CONTEXT: &str = "shield.network";
pub(crate) const ENTRY_REASON: &str = "shield.entry_reason";
/// Samples, as a JSON list.
pub(crate) const EVIDENCE: &str = "shield.evidence";
pub(crate) const NOTE: &str = "shield.note";
pub(crate) const LIFT_REASON: &str = "shield.lift_reason";

/// A network as two columns: sealed, and its index.
pub(crate) fn seal(cx: &Cx, network: &Network) -> Result<(Vec<u8>, Vec<u8>)> {
    let text = network.to_string();
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), CONTEXT, &text).map_err(other)?;
    Ok((sealed, cx.vault.blind_index(CONTEXT, &text)))
}

pub(crate) fn index(cx: &Cx, network: &Network) -> Vec<u8> {
    cx.vault.blind_index(CONTEXT, &network.to_string())
}

pub(crate) fn open(cx: &Cx, sealed: &[u8]) -> Result<Network> {
    let text = cx.vault.open_text(CONTEXT, sealed).map_err(other)?;
    text.parse().map_err(other)
}

/// Seals what somebody wrote.
pub(crate) fn seal_words(cx: &Cx, context: &str, text: &str) -> Result<Vec<u8>> {
    cx.vault.seal_text(cx.rng.as_ref(), context, text).map_err(other)
}

/// Opens what somebody wrote, where there is something.
pub(crate) fn open_words(cx: &Cx, context: &str, sealed: Option<&[u8]>) -> Result<Option<String>> {
    sealed.map(|sealed| cx.vault.open_text(context, sealed)).transpose().map_err(other)
}

/// A word of a closed list; another one was not written by us.
pub(crate) fn known<T>(word: Option<T>) -> Result<T> {
    word.ok_or_else(|| Error::Shape("a word that is not on its list".to_owned()))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}
