//! What every call of Alipay's open platform has in common: what is signed of a request, and how an answer is believed.
//!
//! An answer is one JSON object with a node for the method and a signature over the text of that node exactly as it stands in
//! the body, so it is verified before that text is read as JSON.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::rsa2::VerifyingKey;

/// Says that a call was not done.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Fault {
    pub code: Option<String>,
    pub sub_code: Option<String>,
    pub sub_msg: Option<String>,
}

/// The node of an answer.
#[derive(Debug)]
pub(crate) struct Node {
    /// The text that is signed.
    pub text: String,
    /// Whether it is signed by Alipay. Refusals of the gateway itself come unsigned when it does not know who we are.
    pub believed: bool,
    /// `None`: it was done.
    pub fault: Option<Fault>,
}

/// What is signed: all pairs that have a value but `sign`, by name, not encoded.
pub(crate) fn signed_text<N: AsRef<str>, V: AsRef<str>>(pairs: &BTreeMap<N, V>) -> String {
    let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    let pairs = pairs.filter(|(name, value)| *name != "sign" && !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// `2026-11-21 20:45:00`, in China.
pub(crate) fn stamp(at: Timestamp) -> String {
    crate::china::written(at)
}

/// Finds the node of an answer and checks its signature. `None` when it is no answer of the open platform.
pub(crate) fn read(method: &str, body: &[u8], key: &VerifyingKey) -> Option<Node> {
    let nodes: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
    let own = format!("{}_response", method.replace('.', "_"));
    let node = nodes.get(&own).or_else(|| nodes.get("error_response"))?;
    let sign: Option<String> = nodes.get("sign").and_then(|sign| serde_json::from_str(sign.get()).ok());
    let believed = sign.is_some_and(|sign| key.verifies(node.get(), &sign));
    let fault: Fault = serde_json::from_str(node.get()).ok()?;
    let done = fault.code.as_deref().is_none_or(|code| code == "10000") && nodes.contains_key(&own);
    Some(Node { text: node.get().to_owned(), believed, fault: (!done).then_some(fault) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_signed_over_sorted_pairs_that_have_a_value() {
        let pairs =
            BTreeMap::from([("method", "m"), ("app_id", "1"), ("sign", "x"), ("code", ""), ("b", "中 =&")]);
        assert_eq!(signed_text(&pairs), "app_id=1&b=中 =&&method=m");
        assert_eq!(stamp(Timestamp::from_secs(1_795_265_100)), "2026-11-21 20:45:00");
    }
}
