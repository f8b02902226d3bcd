//! The rules of an organisation are replaced as a whole, by whoever saw the version before.

use kernel::{AccountId, Role};
use testkit::TestDb;

use super::*;
use crate::testing::*;

fn policy(above_minor: i64, version: i64) -> Policy {
    let level = Level { checkers: vec![Checker::Role(Role::ORG_OWNER)] };
    let rule = Rule {
        subject: Subject::Any,
        above_minor,
        levels: vec![level],
        lasts_hours: 24,
        on_expiry: OnExpiry::Escalate,
    };
    Policy { rules: vec![rule], version }
}

#[testkit::db_test]
async fn rules_that_changed_since_they_were_seen_are_not_overwritten(t: TestDb) {
    ready(&t).await;
    let (party, by) = (AccountId(7), AccountId(8));
    let set = async |policy: Policy| {
        let mut tx = t.cx.begin().await.unwrap();
        replace(&mut tx, &t.cx, party, &policy, by).await?;
        tx.commit().await.unwrap();
        Ok::<(), crate::Error>(())
    };
    let read = async || of_party(&mut t.cx.read().await.unwrap(), party).await.unwrap();
    assert_eq!(read().await, Policy::default());
    set(policy(1, 0)).await.unwrap();
    assert_eq!(code_of(set(policy(2, 0)).await), "identity.wrong_state", "somebody was first");
    set(policy(3, 1)).await.unwrap();
    assert_eq!(read().await, policy(3, 2));
    assert_eq!(code_of(set(policy(4, 1)).await), "identity.wrong_state");
    assert_eq!(code_of(set(policy(-1, 2)).await), "identity.invalid");
    assert_eq!(read().await, policy(3, 2));
}
