//! Coming back: a state is good once, in one browser, and an answer that is not right opens nothing.

use super::*;

#[testkit::db_test]
async fn a_state_works_once_in_one_browser_for_one_party_for_ten_minutes(t: TestDb) {
    let stage = Stage::new(t).await;
    let guest = anonymous(HOME);
    let query = stage.away(&guest, Purpose::SignIn).await.unwrap();
    let made_up = Query { state: "0".repeat(64), ..query.clone() };
    for (provider, browser, query) in [
        ("them", Some("another-browser"), &query),
        ("them", None, &query),
        ("others", Some(BROWSER), &query),
        ("them", Some(BROWSER), &made_up),
    ] {
        let result = stage.back_to(provider, browser, &guest, query, None).await;
        assert_eq!(refused(result), "identity.state_invalid");
    }
    // None of that used it up.
    assert!(stage.back(&guest, &query, None).await.is_ok());
    assert_eq!(refused(stage.back(&guest, &query, None).await), "identity.state_invalid");
    let late = stage.away(&guest, Purpose::SignIn).await.unwrap();
    stage.t.clock.advance(Duration::from_mins(10));
    assert_eq!(refused(stage.back(&guest, &late, None).await), "identity.state_invalid");
    assert_eq!(
        stage.whys().await,
        [
            "foreign_browser",
            "foreign_browser",
            "other_provider",
            "unknown_state",
            "replayed_state",
            "expired_state"
        ]
    );
    assert_eq!(
        code_of(stage.back_to("nobody", Some(BROWSER), &guest, &late, None).await),
        "identity.party_unknown"
    );
}

#[testkit::db_test]
async fn of_many_who_come_back_with_one_state_at_once_one_gets_through(t: TestDb) {
    let stage = Stage::new(t).await;
    let guest = anonymous(HOME);
    let query = stage.away(&guest, Purpose::SignIn).await.unwrap();
    let all = (0..8).map(|_| stage.back(&guest, &query, None));
    let results = futures_util::future::join_all(all).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

#[testkit::db_test]
async fn an_answer_that_is_not_right_opens_nothing_and_is_audited(t: TestDb) {
    let stage = Stage::new(t).await;
    let claims = |value: serde_json::Value| value.as_object().unwrap().clone();
    let now = testkit::START.as_secs();
    let token = |token| Script { token, ..Script::default() };
    let answer = |answer| Script { answer, ..Script::default() };
    let claim = |value| Script { claims: claims(value), ..Script::default() };
    let cases = [
        (token(TokenTrick::AlgNone), "identity.party_untrusted", "not believed: algorithm"),
        (token(TokenTrick::Hs256WithPublicKey), "identity.party_untrusted", "not believed: algorithm"),
        (token(TokenTrick::UnknownKey), "identity.party_untrusted", "not believed: unknown key"),
        (token(TokenTrick::Changed), "identity.party_untrusted", "not believed: signature"),
        (claim(json!({"nonce": "x"})), "identity.party_untrusted", "not believed: nonce"),
        (claim(json!({"aud": "x"})), "identity.party_untrusted", "not believed: aud"),
        (claim(json!({"iss": "x"})), "identity.party_untrusted", "not believed: iss"),
        (claim(json!({"exp": now - 100})), "identity.party_untrusted", "not believed: exp"),
        (claim(json!({"iat": now + 100})), "identity.party_untrusted", "not believed: iat"),
        (answer(AnswerTrick::OtherIss), "identity.party_untrusted", "not believed: iss of the answer"),
        (answer(AnswerTrick::Status(500)), "identity.party_unavailable", "unavailable: status 500"),
        (answer(AnswerTrick::Garbage), "identity.party_unavailable", "unavailable: the answer does not read"),
        (answer(AnswerTrick::Refuse), "identity.party_denied", "the person refused"),
    ];
    for (script, code, why) in cases {
        stage.play("alice", script.clone());
        assert_eq!(refused(stage.sign_in().await), code, "{script:?}");
        assert_eq!(stage.whys().await.last().map(String::as_str), Some(why), "{script:?}");
        assert_eq!(code_of(claimant(&stage.t.cx, BROWSER).await), "identity.claim_expired");
    }
    // A code of somebody else's way: right state, wrong verifier and nonce.
    stage.play("alice", Script::default());
    let guest = anonymous(HOME);
    let (one, two) = (
        stage.away(&guest, Purpose::SignIn).await.unwrap(),
        stage.away(&guest, Purpose::SignIn).await.unwrap(),
    );
    let mixed = Query { code: two.code, ..one };
    assert_eq!(refused(stage.back(&guest, &mixed, None).await), "identity.party_refused");
}
