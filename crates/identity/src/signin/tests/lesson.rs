//! What the risk engine learns of a sign-in, and of a try that failed.

use testkit::TestDb;

use super::*;

/// The feature of a device in `risk_habit`, and its values.
const DEVICE: i64 = 6;
const KNOWN: i64 = 1;
const NEW: i64 = 2;

/// What was learned of the account's devices.
async fn learned(t: &TestDb, id: AccountId) -> Vec<i64> {
    let sql = "SELECT value FROM risk_habit WHERE account_id = $1 AND feature = $2 ORDER BY value";
    let rows = t.raw(sql, db::params![id, DEVICE]).await;
    rows.iter().map(|row| row.reader().get().unwrap()).collect()
}

/// How many accounts failed from a network.
async fn failed(t: &TestDb) -> i64 {
    t.raw("SELECT COUNT(*) FROM risk_failure", Vec::new()).await[0].reader().get().unwrap()
}

#[testkit::db_test]
async fn a_sign_in_on_a_new_device_is_learned_as_one_and_a_known_one_as_known(t: TestDb) {
    let hasher = ready(&t).await;
    let id = verified(&t, &hasher).await;
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(learned(&t, id).await, [NEW]);
    let token = session.device_token.unwrap().expose().to_owned();
    let arrival = Arrival { device_token: Some(token), ..arrival() };
    let input = LogIn { contact: PHONE.to_owned(), password: PASSWORD.to_owned(), arrival };
    log_in(&t.cx, &hasher, &anonymous(HOME), input).await.unwrap();
    assert_eq!(learned(&t, id).await, [KNOWN, NEW]);
}

#[testkit::db_test]
async fn what_was_judged_at_the_first_factor_is_learned_after_the_second(t: TestDb) {
    let hasher = ready(&t).await;
    let id = verified(&t, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(learned(&t, id).await, Vec::<i64>::new(), "nobody is in yet");
    show(&t, &hasher, &session, Proof::Totp(app_shows(&t, &secret))).await.unwrap();
    assert_eq!(learned(&t, id).await, [NEW]);
}

#[testkit::db_test]
async fn every_wrong_factor_counts_for_its_account_once_from_a_network(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = verified(&t, &hasher).await;
    let (secret, _) = with_app(&t, id).await;
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(failed(&t).await, 0);
    let wrong = show(&t, &hasher, &session, Proof::Totp("000000".to_owned())).await;
    assert_eq!(code_of(wrong), "identity.factor_wrong");
    assert_eq!(failed(&t).await, 1, "a second factor");
    for contact in [PHONE, MAIL] {
        let wrong = sign_in(cx, &hasher, HOME, contact, "keins").await;
        assert_eq!(code_of(wrong), "identity.wrong_credentials");
    }
    assert_eq!(failed(&t).await, 1, "it is the same account, whatever it is called by");

    let opened = show(&t, &hasher, &session, Proof::Totp(app_shows(&t, &secret))).await.unwrap();
    let signed_in = authenticate(cx, opened.token.expose()).await.unwrap().unwrap();
    let elsewhere = signed_in.actor(RequestId(1), "203.0.113.7".to_owned());
    let own = (&signed_in, opened.token.expose());
    let wrong = prove(cx, &hasher, &elsewhere, own, Proof::Totp("000000".to_owned())).await;
    assert_eq!(code_of(wrong), "identity.factor_wrong");
    assert_eq!(failed(&t).await, 2, "a fresh proof, from another network");
    let wrong = sign_in(cx, &hasher, HOME, "nobody@example.com", PASSWORD).await;
    assert_eq!(code_of(wrong), "identity.wrong_credentials");
    assert_eq!(failed(&t).await, 3, "somebody who does not exist");
}
