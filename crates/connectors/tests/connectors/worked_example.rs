//! The worked example in `docs/provider-protocol.md` is real: its signatures verify and its documents read.

use axum::http::HeaderMap;
use connectors::signed::receive;
use connectors::{Answer, Keys, Operation, Outcome};
use kernel::Timestamp;

const PAGE: &str = include_str!("../../../../docs/provider-protocol.md");

/// The `http` blocks of the page: headers and body.
fn messages() -> Vec<(HeaderMap, String)> {
    let blocks = PAGE.split("```http\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let message = |block: &str| {
        let (head, body) = block.split_once("\n\n").unwrap_or((block, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            let name: axum::http::HeaderName = name.to_ascii_lowercase().parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        (headers, body.trim_end().to_owned())
    };
    blocks.map(message).collect()
}

#[test]
fn the_worked_example_verifies_and_reads() {
    let secret = PAGE.split('`').find(|code| code.starts_with("whsec_") && code.len() > 20).unwrap();
    let keys = Keys::parse([secret]).unwrap();
    let messages = messages();
    let [asked, answered, called_back, taken, polled] = messages.as_slice() else {
        panic!("{}", messages.len())
    };
    let at = |seconds| Timestamp::from_secs(seconds);

    let (signed, operation): (_, Operation) =
        receive(&keys, &asked.0, asked.1.as_bytes(), at(1_795_265_110)).unwrap();
    assert_eq!(signed.id, operation.operation_id.as_str());
    assert_eq!(operation.check(), Ok(()));

    let first: Answer = serde_json::from_str(&answered.1).unwrap();
    assert!(matches!(first.outcome, Outcome::Later { .. }));
    let (_, last): (_, Answer) =
        receive(&keys, &called_back.0, called_back.1.as_bytes(), at(1_795_265_113)).unwrap();
    assert!(last.supersedes(&first) && last.outcome.is_final());

    assert!(taken.1.is_empty());
    assert_eq!(keys.verify(&polled.0, b"", at(1_795_265_170)).unwrap().id, signed.id);
}
