use http::HeaderMap;
use kernel::{Duration, Money, SeededRng, Text, Timestamp};
use serde_json::json;

use super::*;

/// The example message of the Standard Webhooks specification, and the vector of its reference libraries.
const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        1_674_087_231,
        r#"{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}"#,
        "v1,Inw/unYkpAh6Njpdz4O+hnN82xYMXQ6NjnZIQN/mzIQ=",
    ),
];

fn keys(seed: u64) -> Keys {
    Keys::one(Secret::generate(&SeededRng::new(seed)))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(*name, value.parse().unwrap());
    }
    map
}

#[test]
fn signatures_are_those_of_standard_webhooks() {
    for (secret, id, seconds, body, want) in VECTORS {
        let keys = Keys::parse([secret]).unwrap();
        let now = Timestamp::from_secs(seconds);
        let signed = keys.sign(id, now, body.as_bytes());
        assert_eq!(signed.signature, want, "{id}");
        let verified = keys.verify(&headers(&signed.pairs()), body.as_bytes(), now).unwrap();
        assert_eq!(verified, Verified { id: id.to_owned(), sent_at: now });
    }
}

#[test]
fn what_was_changed_delayed_or_forged_is_not_believed() {
    let keys = keys(1);
    let now = Timestamp::from_secs(1_800_000_000);
    let good = keys.sign("op_1", now, b"{\"a\":1}");
    let stranger = self::keys(2).sign("op_1", now, b"{\"a\":1}").signature;
    let check = |case: &str, id: &str, timestamp: &str, signature: &str, body: &[u8], at: Timestamp, want| {
        let map = headers(&[(HEADER_ID, id), (HEADER_TIMESTAMP, timestamp), (HEADER_SIGNATURE, signature)]);
        assert_eq!(keys.verify(&map, body, at).err(), want, "{case}");
    };
    let (t, s, body) = (good.timestamp.as_str(), good.signature.as_str(), b"{\"a\":1}".as_slice());
    let later = |seconds| now.plus(Duration::from_secs(seconds));
    let wrong = Some(SignatureError::Wrong);
    check("as it was sent", "op_1", t, s, body, now, None);
    check("at the edge of the tolerance", "op_1", t, s, body, later(300), None);
    check("replayed after it", "op_1", t, s, body, later(301), Some(SignatureError::Stale));
    check("from the future", "op_1", t, s, body, later(-301), Some(SignatureError::Stale));
    check("truncated body", "op_1", t, s, b"{\"a\":1", now, wrong);
    check("changed body", "op_1", t, s, b"{\"a\":2}", now, wrong);
    check("space added", "op_1", t, s, b"{\"a\":1} ", now, wrong);
    check("other id", "op_2", t, s, body, now, wrong);
    check("other time", "op_1", "1800000001", s, body, now, wrong);
    check("another partner's key", "op_1", t, &stranger, body, now, wrong);
    check("truncated signature", "op_1", t, s.get(..20).unwrap(), body, now, wrong);
    check("no version", "op_1", t, s.strip_prefix("v1,").unwrap(), body, now, wrong);
    check("other version", "op_1", t, &s.replace("v1,", "v1a,"), body, now, wrong);
    check("no signature", "op_1", t, "", body, now, wrong);
    check("dot in the id", "op_1.1", t, s, body, now, Some(SignatureError::Missing));
    check("no number", "op_1", "+1800000000", s, body, now, Some(SignatureError::Missing));
    check("huge number", "op_1", "99999999999999999999", s, body, now, Some(SignatureError::Missing));
}

#[test]
fn a_header_that_is_missing_or_doubled_is_not_believed() {
    let keys = keys(1);
    let now = Timestamp::from_secs(1_800_000_000);
    let signed = keys.sign("op_1", now, b"");
    for left_out in [HEADER_ID, HEADER_TIMESTAMP, HEADER_SIGNATURE] {
        let mut map = headers(&signed.pairs());
        map.remove(left_out);
        assert_eq!(keys.verify(&map, b"", now), Err(SignatureError::Missing), "{left_out}");
    }
    let mut doubled = headers(&signed.pairs());
    doubled.append(HEADER_ID, "op_2".parse().unwrap());
    assert_eq!(keys.verify(&doubled, b"", now), Err(SignatureError::Missing));
}

#[test]
fn a_secret_can_be_exchanged_without_a_moment_of_refusal() {
    let rng = SeededRng::new(3);
    let (old, new) = (Secret::generate(&rng), Secret::generate(&rng));
    let now = Timestamp::from_secs(1_800_000_000);
    let (before, after) = (Keys::one(old.clone()), Keys::one(new.clone()));
    let both = Keys::parse([new.reveal(), old.reveal()]).unwrap();
    for (sender, receiver) in [(&before, &both), (&both, &before), (&both, &after), (&after, &both)] {
        let signed = sender.sign("op_1", now, b"x");
        assert!(receiver.verify(&headers(&signed.pairs()), b"x", now).is_ok());
    }
    assert_eq!(both.sign("op_1", now, b"x").signature.split(' ').count(), 2);
}

#[test]
fn secrets_are_read_strictly_and_never_printed() {
    for (text, want) in [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SecretError::Form),
        ("whsec_not base64!", SecretError::Form),
        ("whsec_c2hvcnQ=", SecretError::Length),
    ] {
        assert_eq!(Secret::parse(text), Err(want), "{text}");
    }
    assert_eq!(Keys::parse::<&str>([]), Err(SecretError::None));
    let secret = Secret::generate(&SeededRng::new(5));
    assert_eq!(Secret::parse(&secret.reveal()), Ok(secret.clone()));
    assert!(!format!("{:?}", Keys::one(secret.clone())).contains(&secret.reveal()));
}

#[test]
fn operation_ids_are_safe_in_paths_and_signatures() {
    for good in ["a", "op_01HV6K2M9Q7RT-2", &"x".repeat(64)] {
        assert!(OperationId::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "a.b", "a/b", "a b", "单", "a\n", &"x".repeat(65)] {
        assert!(OperationId::parse(bad).is_err(), "{bad:?}");
        assert!(serde_json::from_value::<OperationId>(json!(bad)).is_err(), "{bad:?}");
    }
}

fn operation() -> Operation {
    serde_json::from_value(json!({
        "operation_id": "op_1", "operation": "submit", "service": "mobile-top-up", "quantity": 1, "reference": "A1",
        "unknown_member": [1, 2],
    }))
    .unwrap()
}

#[test]
fn rules_between_members_are_checked() {
    let cancels = Some(OperationId::parse("op_0").unwrap());
    let cases = [
        (operation(), None),
        (Operation { operation: OperationKind::Cancel, ..operation() }, Some(InvalidOperation::Cancels)),
        (Operation { cancels, ..operation() }, Some(InvalidOperation::Cancels)),
        (Operation { quantity: 0, ..operation() }, Some(InvalidOperation::Quantity)),
        (Operation { amount: Some(Money::cny(-1)), ..operation() }, Some(InvalidOperation::Amount)),
        (Operation { service: String::new(), ..operation() }, Some(InvalidOperation::Names)),
        (Operation { reference: "x".repeat(129), ..operation() }, Some(InvalidOperation::Names)),
    ];
    for (operation, want) in cases {
        assert_eq!(operation.check().err(), want, "{operation:?}");
    }
}

#[test]
fn a_final_or_newer_answer_is_never_replaced_by_an_older_one() {
    let at = Timestamp::from_secs(1);
    let later = |sequence| Answer {
        operation_id: OperationId::parse("op_1").unwrap(),
        sequence,
        at,
        outcome: Outcome::Later {
            expected_by: at,
            state: "packed".to_owned(),
            facts: serde_json::Map::new(),
            message: None,
        },
    };
    let refused = Outcome::Refused {
        reason_code: "empty_number".to_owned(),
        message: Text::new("空号", "Not in service"),
        retriable: false,
    };
    let last = Answer { outcome: refused, ..later(2) };
    assert!(last.supersedes(&later(1)));
    assert!(!later(1).supersedes(&later(1)), "a repeat is no news");
    assert!(!later(1).supersedes(&later(2)), "overtaken");
    assert!(!later(9).supersedes(&last), "final");
}

#[test]
fn a_quote_is_read_from_a_done_answer_only() {
    let read = |value| serde_json::from_value::<Outcome>(value).unwrap().quote();
    let amount = json!({ "minor": 13_000, "currency": "CNY" });
    let result = json!({ "amount": amount, "valid_until": "2026-11-21T20:45:13+08:00" });
    let quote = read(json!({ "outcome": "done", "result": result })).unwrap();
    assert_eq!(quote.amount, Money::cny(13_000));
    assert_eq!(read(json!({ "outcome": "done", "result": { "amount": amount } })), None);
    assert_eq!(read(json!({ "outcome": "done" })), None);
}
