//! What a request means, as 32 bytes: member order is ignored, array order is kept, null is not absence (I3).

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 over the canonical form of a JSON value.
pub fn fingerprint(value: &Value) -> [u8; 32] {
    let mut hash = Sha256::new();
    feed(&mut hash, value);
    hash.finalize().into()
}

fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(flag) => hash.update(if *flag { b"t" } else { b"f" }),
        Value::Number(number) => {
            // 1 and 1.0 mean the same.
            let text = number.to_string();
            let text = text.strip_suffix(".0").unwrap_or(&text);
            sized(hash, b'#', text.as_bytes());
        }
        Value::String(text) => sized(hash, b'"', text.as_bytes()),
        Value::Array(items) => {
            hash.update(b"[");
            hash.update(items.len().to_le_bytes());
            for item in items {
                feed(hash, item);
            }
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            hash.update(b"{");
            hash.update(sorted.len().to_le_bytes());
            for (name, member) in sorted {
                sized(hash, b'"', name.as_bytes());
                feed(hash, member);
            }
        }
    }
}

fn sized(hash: &mut Sha256, sort: u8, bytes: &[u8]) {
    hash.update([sort]);
    hash.update(bytes.len().to_le_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use serde_json::json;

    #[test]
    fn i3_equality_is_on_the_meaning() {
        let same = |a, b| assert_eq!(fingerprint(&a), fingerprint(&b));
        let differ = |a, b| assert_ne!(fingerprint(&a), fingerprint(&b));
        same(json!({"a": 1, "b": [1, 2]}), json!({"b": [1, 2], "a": 1.0}));
        differ(json!({"a": null}), json!({}));
        differ(json!([1, 2]), json!([2, 1]));
        differ(json!({"a": "1"}), json!({"a": 1}));
        differ(json!(["ab", "c"]), json!(["a", "bc"]));
    }
}
