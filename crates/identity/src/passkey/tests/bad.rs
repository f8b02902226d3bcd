//! Answers that must not count, and what is told about them.

use kernel::{Duration, Locale, Refusal as _, Role};
use serde_json::Value;
use testkit::TestDb;

use super::super::*;
use super::token::{Handle, Says, Token, encode};
use super::{added, answer, at, freeze, fresh, make, party, show, sign_in_with};
use crate::Error;
use crate::testing::*;

/// The reasons of refusals in the audit, oldest first.
async fn reasons(t: &TestDb, verb: &str) -> Vec<String> {
    let sql = format!("SELECT detail FROM audit_entry WHERE verb = '{verb}' ORDER BY id");
    let rows = t.raw(&sql, Vec::new()).await;
    rows.iter()
        .map(|row| {
            let detail: Value = serde_json::from_str(&row.reader().get::<String>().unwrap()).unwrap();
            detail["reason"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}

fn lies() -> Vec<(&'static str, Says)> {
    let honest = Says::default;
    vec![
        ("type", Says { kind: Some("payment.get"), ..honest() }),
        ("origin", Says { origin: "https://counter.example.evil.example", ..honest() }),
        ("origin", Says { origin: "http://counter.example", ..honest() }),
        ("origin", Says { origin: "https://counter.example:8443", ..honest() }),
        ("origin", Says { origin: "https://sub.counter.example", ..honest() }),
        ("origin", Says { cross_origin: true, ..honest() }),
        ("rp_id", Says { rp_id: "evil.example", ..honest() }),
        ("presence", Says { present: false, ..honest() }),
        ("verification", Says { verified: false, ..honest() }),
        ("challenge", Says { challenge: Some(encode(&[9; 32])), ..honest() }),
    ]
}

#[testkit::db_test]
async fn an_assertion_with_one_thing_wrong_is_refused_and_audited(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let mut lies = lies();
    lies.extend([
        ("type", Says { kind: Some("webauthn.create"), ..Says::default() }),
        ("origin", Says { top_origin: Some("https://frame.example"), ..Says::default() }),
        ("signature", Says { broken_signature: true, ..Says::default() }),
        ("handle", Says { handle: Handle::Missing, ..Says::default() }),
        ("handle", Says { handle: Handle::Other, ..Says::default() }),
    ]);
    let expected: Vec<_> = lies.iter().map(|(reason, _)| (*reason).to_owned()).collect();
    for (reason, says) in lies {
        let refused = show(&t, &mut token, Purpose::SignIn, None, &says).await;
        assert_eq!(code_of(refused), "identity.passkey_refused", "{reason}");
    }
    assert_eq!(reasons(&t, "passkey.refused").await, expected);
    sign_in_with(&t, &mut token).await.unwrap();
}

#[testkit::db_test]
async fn an_attestation_with_one_thing_wrong_is_refused_and_audited(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut lies = lies();
    lies.extend([
        ("type", Says { kind: Some("webauthn.get"), ..Says::default() }),
        // EdDSA on a P-256 key, and an algorithm nobody asked for.
        ("malformed", Says { alg: -8, ..Says::default() }),
        ("malformed", Says { alg: -100, ..Says::default() }),
    ]);
    let expected: Vec<_> = lies.iter().map(|(reason, _)| (*reason).to_owned()).collect();
    for (reason, says) in lies {
        let refused = make(&t, id, "a", &says).await.map(|_| ());
        assert_eq!(code_of(refused), "identity.passkey_not_added", "{reason}");
    }
    assert_eq!(reasons(&t, "passkey.add_refused").await, expected);
    assert!(list(&t.cx, &fresh(&t, id)).await.unwrap().keys.is_empty());
}

/// Texts that are no answers, made from one that is.
fn garbage(good: &str) -> Vec<(&'static str, String)> {
    let swap = |path: &[&str], value: Value| {
        let mut json: Value = serde_json::from_str(good).unwrap();
        let mut place = &mut json;
        for name in path {
            place = &mut place[*name];
        }
        *place = value;
        json.to_string()
    };
    let mut texts = vec![
        ("malformed", String::new()),
        ("malformed", "null".to_owned()),
        ("malformed", "[]".to_owned()),
        ("malformed", "{}".to_owned()),
        ("malformed", "[".repeat(16_000)),
        ("malformed", swap(&["type"], "password".into())),
        ("malformed", swap(&["type"], 7.into())),
        ("malformed", swap(&["id"], "AAAA".into())),
        ("malformed", swap(&["rawId"], "".into())),
        ("malformed", swap(&["rawId"], "no base64 !".into())),
        ("malformed", swap(&["response"], Value::Null)),
        ("malformed", swap(&["response", "clientDataJSON"], 5.into())),
        ("malformed", swap(&["response", "clientDataJSON"], encode(b"{").into())),
        ("oversized", swap(&["padding"], "x".repeat(16 * 1024).into())),
        ("oversized", format!("{good}{}", " ".repeat(16 * 1024))),
    ];
    for cut in [1, good.len() / 4, good.len() / 2, good.len() - 1] {
        texts.push(("malformed", good[..cut].to_owned()));
    }
    texts
}

#[testkit::db_test]
async fn what_is_no_assertion_is_refused_before_anything_else(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let party = party();
    let sample = begin_proving(&t.cx, at(&party), Purpose::StepUp, Some(id)).await.unwrap();
    let good = token.sign(&sample.options, &Says::default());
    let mut texts = garbage(&good);
    // The binary part inside, cut everywhere a field ends and once in a field.
    let data: Value = serde_json::from_str(&good).unwrap();
    let data = data["response"]["authenticatorData"].as_str().unwrap().to_owned();
    for cut in [0, 4, 43, 44, 46] {
        texts.push(("malformed", good.replace(&data, &data[..cut])));
    }
    let expected: Vec<_> = texts.iter().map(|(reason, _)| (*reason).to_owned()).collect();
    for (_, text) in texts {
        let begun = begin_proving(&t.cx, at(&party), Purpose::StepUp, Some(id)).await.unwrap();
        let ceremony = begun.ceremony.to_string();
        let (purpose, given) = (Purpose::StepUp, answer(&ceremony, &text));
        let refused = prove(&t.cx, &anonymous(HOME), at(&party), purpose, Some(id), given).await;
        assert_eq!(code_of(refused), "identity.passkey_refused", "{}", &text[..text.len().min(80)]);
        // Past the waits: counting tries is tested elsewhere.
        t.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(reasons(&t, "passkey.refused").await, expected);
}

#[testkit::db_test]
async fn what_is_no_attestation_is_not_kept(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let (party, me) = (party(), fresh(&t, id));
    let sample = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
    let (_, good) = Token::make(&sample.options, &Says::default());
    let mut texts = garbage(&good);
    let object: Value = serde_json::from_str(&good).unwrap();
    let object = object["response"]["attestationObject"].as_str().unwrap().to_owned();
    for cut in (0..object.len()).step_by(7) {
        texts.push(("malformed", good.replace(&object, &object[..cut])));
    }
    for (_, text) in texts {
        let begun = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
        let ceremony = begun.ceremony.to_string();
        let refused = add(&t.cx, &me, at(&party), answer(&ceremony, &text), "a").await;
        assert_eq!(code_of(refused), "identity.passkey_not_added", "{}", &text[..text.len().min(80)]);
    }
    assert!(list(&t.cx, &me).await.unwrap().keys.is_empty());
}

#[testkit::db_test]
async fn a_challenge_is_answered_once_in_time_by_its_browser_for_its_purpose(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let (party, who) = (party(), anonymous(HOME));
    let here = at(&party);
    let begun = begin_proving(&t.cx, here, Purpose::SignIn, None).await.unwrap();
    let credential = token.sign(&begun.options, &Says::default());
    let ceremony = begun.ceremony.to_string();
    let given = answer(&ceremony, &credential);
    let elsewhere = At { browser: "another browser", ..at(&party) };
    for (at, purpose, account) in [
        (elsewhere, Purpose::SignIn, None),
        (here, Purpose::StepUp, Some(id)),
        (here, Purpose::SecondFactor, Some(id)),
    ] {
        let refused = prove(&t.cx, &who, at, purpose, account, given).await;
        assert_eq!(code_of(refused), "identity.passkey_expired", "{purpose:?}");
    }
    // Nobody else's try has used it up; the right one does.
    prove(&t.cx, &who, here, Purpose::SignIn, None, given).await.unwrap();
    for _ in 0..2 {
        let replayed = prove(&t.cx, &who, here, Purpose::SignIn, None, given).await;
        assert_eq!(code_of(replayed), "identity.passkey_expired");
    }
    // The same assertion under a new challenge.
    let again = begin_proving(&t.cx, here, Purpose::SignIn, None).await.unwrap().ceremony.to_string();
    let replayed = prove(&t.cx, &who, here, Purpose::SignIn, None, answer(&again, &credential)).await;
    assert_eq!(code_of(replayed), "identity.passkey_refused");
    // And that challenge is gone too, although the answer was wrong.
    let replayed = prove(&t.cx, &who, here, Purpose::SignIn, None, answer(&again, &credential)).await;
    assert_eq!(code_of(replayed), "identity.passkey_expired");

    for (wait, code) in
        [(Duration::from_secs(299), "ok"), (Duration::from_secs(300), "identity.passkey_expired")]
    {
        let begun = begin_proving(&t.cx, here, Purpose::SignIn, None).await.unwrap();
        let credential = token.sign(&begun.options, &Says::default());
        t.clock.advance(wait);
        let ceremony = begun.ceremony.to_string();
        let late = prove(&t.cx, &who, here, Purpose::SignIn, None, answer(&ceremony, &credential)).await;
        assert_eq!(code_of(late), code);
    }
    for nonsense in ["", "pkc_", "ses_0000000000000", "pkc_0000000000001"] {
        let refused = prove(&t.cx, &who, here, Purpose::SignIn, None, answer(nonsense, &credential)).await;
        assert_eq!(code_of(refused), "identity.passkey_expired", "{nonsense}");
    }
}

#[testkit::db_test]
async fn a_new_passkey_answers_the_question_put_to_this_account_in_this_browser(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
    let (party, me, stranger) = (party(), fresh(&t, id), fresh(&t, other));
    let begun = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
    let (token, credential) = Token::make(&begun.options, &Says::default());
    let ceremony = begun.ceremony.to_string();
    let given = answer(&ceremony, &credential);
    let elsewhere = At { browser: "another browser", ..at(&party) };
    assert_eq!(code_of(add(&t.cx, &me, elsewhere, given, "a").await), "identity.passkey_expired");
    assert_eq!(code_of(add(&t.cx, &stranger, at(&party), given, "a").await), "identity.passkey_not_added");
    assert_eq!(code_of(add(&t.cx, &me, at(&party), given, "a").await), "identity.passkey_expired");

    // A credential that is known, to whomever, is not taken again.
    let begun = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
    let ceremony = begun.ceremony.to_string();
    let credential = token.attest(&begun.options, &Says::default());
    add(&t.cx, &me, at(&party), answer(&ceremony, &credential), "a").await.unwrap();
    for who in [&me, &stranger] {
        let begun = begin_adding(&t.cx, who, at(&party)).await.unwrap();
        let credential = token.attest(&begun.options, &Says::default());
        let ceremony = begun.ceremony.to_string();
        let twice = add(&t.cx, who, at(&party), answer(&ceremony, &credential), "b").await;
        assert_eq!(code_of(twice), "identity.passkey_not_added");
    }
    let late = begin_adding(&t.cx, &me, at(&party)).await.unwrap();
    let (_, credential) = Token::make(&late.options, &Says::default());
    t.clock.advance(Duration::from_mins(5));
    let ceremony = late.ceremony.to_string();
    let late = add(&t.cx, &fresh(&t, id), at(&party), answer(&ceremony, &credential), "c").await;
    assert_eq!(code_of(late), "identity.passkey_expired");
}

#[testkit::db_test]
async fn whoever_is_refused_learns_nothing_about_why(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
    let mut mine = added(&t, id).await;
    let mut theirs = added(&t, other).await;
    let (_, passkey) = make(&t, other, "gone", &Says::default()).await.unwrap();
    let honest = Says::default();
    let no_handle = Says { handle: Handle::Missing, ..Says::default() };
    let foreign = show(&t, &mut theirs, Purpose::StepUp, Some(id), &honest).await;
    let foreign_silent = show(&t, &mut theirs, Purpose::SecondFactor, Some(id), &no_handle).await;
    freeze(&t, id).await;
    let frozen = sign_in_with(&t, &mut mine).await;
    remove(&t.cx, &fresh(&t, other), passkey).await.unwrap();
    mine.id = vec![1; 32];
    let unknown = sign_in_with(&t, &mut mine).await;
    let said: Vec<_> = [foreign, foreign_silent, frozen, unknown]
        .into_iter()
        .map(|refused| {
            let error: Error = refused.err().unwrap();
            (error.code(), error.kind(), error.message(Locale::Zh), error.message(Locale::En))
        })
        .collect();
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    assert_eq!(said[0].0, "identity.passkey_refused");
    assert_eq!(reasons(&t, "passkey.refused").await, ["foreign", "foreign", "state", "unknown"]);
}

#[testkit::db_test]
async fn a_refused_passkey_stands_in_its_owners_history_and_raises_the_risk_and_a_strangers_does_not(
    t: TestDb,
) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let broken = Says { broken_signature: true, ..Says::default() };
    let tried = async |t: &TestDb| {
        let logins = t.raw("SELECT outcome, method FROM login_event ORDER BY id", Vec::new()).await;
        let words = |row: &db::Row| {
            let mut r = row.reader();
            (r.get::<String>().unwrap(), r.get::<String>().unwrap())
        };
        let failed = t.raw("SELECT COUNT(*) FROM risk_failure", Vec::new()).await;
        (logins.iter().map(words).collect::<Vec<_>>(), failed[0].reader().get::<i64>().unwrap())
    };
    let wrong = ("wrong".to_owned(), "passkey".to_owned());
    let mut stranger = added(&t, id).await;
    stranger.id = vec![1; 32];
    assert_eq!(code_of(sign_in_with(&t, &mut stranger).await), "identity.passkey_refused");
    assert_eq!(tried(&t).await, (Vec::new(), 0), "nobody knows whose it is");
    let refused = show(&t, &mut token, Purpose::StepUp, Some(id), &broken).await;
    assert_eq!(code_of(refused), "identity.passkey_refused");
    assert_eq!(tried(&t).await, (Vec::new(), 1), "a proof is no try to sign in");
    for purpose in [Purpose::SignIn, Purpose::SecondFactor] {
        let account = (purpose == Purpose::SecondFactor).then_some(id);
        let refused = show(&t, &mut token, purpose, account, &broken).await;
        assert_eq!(code_of(refused), "identity.passkey_refused");
    }
    assert_eq!(tried(&t).await, (vec![wrong.clone(), wrong.clone()], 1));
    freeze(&t, id).await;
    assert_eq!(code_of(sign_in_with(&t, &mut token).await), "identity.passkey_refused");
    let refused = ("refused".to_owned(), "passkey".to_owned());
    assert_eq!(tried(&t).await, (vec![wrong.clone(), wrong, refused], 1), "the account is frozen");
}

#[testkit::db_test]
async fn guessing_has_to_wait(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut token = added(&t, id).await;
    let broken = Says { broken_signature: true, ..Says::default() };
    let mut codes = Vec::new();
    for _ in 0..40 {
        codes.push(code_of(show(&t, &mut token, Purpose::SignIn, None, &broken).await));
    }
    assert_eq!(codes.first(), Some(&"identity.passkey_refused"));
    assert_eq!(codes.last(), Some(&"identity.too_many_tries"));
}
