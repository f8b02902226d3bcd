//! What the risk engine says of a sign-up.

use kernel::{AccountId, Locale, Refusal as _, Role};
use risk::{DecisionId, Outcome, Point, decision};
use testkit::TestDb;

use crate::account::register;
use crate::testing::*;

#[testkit::db_test]
async fn r2_a_sign_up_that_is_held_up_makes_no_account_until_a_person_lets_the_same_through(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    risk_rule(cx, Point::Register, "facts.kind == 'phone'", Outcome::Review).await;
    let try_it = async |contact: &str| {
        register(cx, &hasher, &guard(cx).await, &anonymous(HOME), registration(contact)).await
    };
    for _ in 0..2 {
        assert_eq!(code_of(try_it(PHONE).await), "identity.under_review");
    }
    let count = async |sql: &str| t.raw(sql, Vec::new()).await[0].reader().get::<i64>().unwrap();
    assert_eq!(count("SELECT CAST(COUNT(*) AS BIGINT) FROM account").await, 0);
    assert_eq!(count("SELECT CAST(COUNT(*) AS BIGINT) FROM message").await, 0, "nobody is sent a code");
    assert_eq!(count("SELECT CAST(COUNT(*) AS BIGINT) FROM risk_review").await, 1, "one is looked at");
    assert_eq!(count("SELECT CAST(COUNT(*) AS BIGINT) FROM risk_decision").await, 2);
    assert_eq!(code_of(try_it("lin@example.com").await), "ok", "others are not troubled");
    let officer = acting(AccountId(5), Role::RISK_OFFICER);
    let id = DecisionId(count("SELECT id FROM risk_review").await);
    decision::release(cx, &officer, id, "a colleague knows them").await.unwrap();
    assert_eq!(code_of(try_it("13900139000").await), "identity.under_review", "not another number");
    let made = try_it(PHONE).await.unwrap().account;
    let about = "SELECT subject_id FROM risk_decision WHERE outcome = 'allow' ORDER BY id DESC LIMIT 1";
    assert_eq!(count(about).await, made.raw(), "the decision is about the account it led to");
}

#[testkit::db_test]
async fn r2_a_denied_sign_up_is_told_no_reason(t: TestDb) {
    let hasher = ready(&t).await;
    risk_rule(&t.cx, Point::Register, "act.has_network", Outcome::Deny).await;
    let refused = register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration(PHONE)).await;
    let told = refused.unwrap_err().message(Locale::Zh);
    assert_eq!(told, "没有通过安全检查，未能办理，可联系客服");
    assert!(sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.is_err());
}
