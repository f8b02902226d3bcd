//! Two accounts of one person.

use db::Tx;
use durable::{BoxError, BoxFuture};
use kernel::{AccountId, Actor, Duration, RequestId, Role};
use testkit::TestDb;

use super::*;
use crate::account::profile;
use crate::session::{SignedIn, authenticate};
use crate::signin::{Method, Proof, Proven};
use crate::testing::*;
use crate::{Error, Hasher};

const OTHER: &str = "other@example.com";

/// Something stands in the way.
#[derive(Debug)]
struct Hindered(Vec<Obstacle>);

impl Standing for Hindered {
    fn obstacles<'a>(
        &'a self,
        _tx: &'a mut Tx,
        _account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn unfinished<'a>(
        &'a self,
        tx: &'a mut Tx,
        account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        self.obstacles(tx, account)
    }
}

struct Pair {
    t: TestDb,
    hasher: Hasher,
    other: AccountId,
    me: Actor,
    session: SignedIn,
}

impl Pair {
    /// One account with a phone, signed in, and another with an e-mail address.
    async fn new(t: TestDb) -> Self {
        let hasher = ready(&t).await;
        customer(&t.cx, &hasher).await;
        let other = account(&t.cx, &hasher, "other", Role::CUSTOMER).await;
        let (me, session) = signed_in(&t, &hasher, PHONE).await;
        Self { t, hasher, other, me, session }
    }

    async fn prove(&self, contact: &str, password: &str) -> Result<(), Error> {
        let input = ProveByPassword { contact: contact.to_owned(), password: password.to_owned() };
        prove_by_password(&self.t.cx, &self.hasher, &self.me, &self.session, input).await
    }

    async fn merge(&self, standing: &dyn Standing) -> Result<Merged, Error> {
        merge(&self.t.cx, &self.hasher, &self.me, &self.session, standing, None).await
    }
}

async fn signed_in(t: &TestDb, hasher: &Hasher, contact: &str) -> (Actor, SignedIn) {
    let session = sign_in(&t.cx, hasher, HOME, contact, PASSWORD).await.unwrap();
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    (signed_in.actor(RequestId(1), HOME.to_owned()), signed_in)
}

#[testkit::db_test]
async fn what_opened_the_other_account_opens_this_one_and_the_other_closes(t: TestDb) {
    let pair = Pair::new(t).await;
    let cx = &pair.t.cx;
    let (_, elsewhere) = signed_in(&pair.t, &pair.hasher, OTHER).await;
    pair.prove(OTHER, PASSWORD).await.unwrap();
    let seen = candidate(cx, &pair.me, &pair.session, &Unhindered).await.unwrap();
    assert_eq!((seen.masked.len(), seen.needs_second, seen.obstacles.len()), (1, false, 0));
    assert!(!seen.masked[0].contains("other@"), "masked");
    let merged = pair.merge(&Unhindered).await.unwrap();
    assert_eq!(merged, Merged { links: 0, passkeys: 0, contacts: 1 });
    let mine = profile(cx, &pair.me).await.unwrap();
    assert_eq!(mine.email.as_deref(), Some(OTHER));
    let now = sign_in(cx, &pair.hasher, HOME, OTHER, PASSWORD).await.unwrap();
    assert_eq!(now.account, pair.session.account, "the address opens the account that stays");
    let rows =
        pair.t.raw("SELECT state, merged_into FROM account WHERE merged_into IS NOT NULL", Vec::new()).await;
    let mut r = rows.first().unwrap().reader();
    assert_eq!(r.get::<String>().unwrap(), "closed");
    assert_eq!(r.get::<i64>().unwrap(), pair.session.account.0);
    let left = pair.t.raw("SELECT id FROM session WHERE account_id = $1", vec![pair.other.0.into()]).await;
    assert!(left.is_empty(), "{} is over", elsewhere.session);
    let verbs = audited(&pair.t).await;
    for verb in ["account.merge_prove", "account.merge", "account.merged_away"] {
        assert!(verbs.contains(&verb.to_owned()), "{verb}");
    }
    assert_eq!(code_of(pair.merge(&Unhindered).await), "identity.merge_expired");
}

#[testkit::db_test]
async fn an_account_with_business_is_not_merged_away_and_it_is_said_why(t: TestDb) {
    let pair = Pair::new(t).await;
    pair.prove(OTHER, PASSWORD).await.unwrap();
    let hindered = Hindered(vec![Obstacle::Money, Obstacle::Orders]);
    let error = pair.merge(&hindered).await.unwrap_err();
    let words = kernel::Refusal::message(&error, kernel::Locale::Zh);
    assert_eq!(words, "另一个账号还有订单、资金，不能合并");
    assert!(sign_in(&pair.t.cx, &pair.hasher, HOME, OTHER, PASSWORD).await.is_ok(), "nothing happened");
    // What stood in the way may be gone.
    pair.merge(&Unhindered).await.unwrap();
}

#[testkit::db_test]
async fn w8_both_accounts_are_proved_in_this_session_and_lately(t: TestDb) {
    let pair = Pair::new(t).await;
    assert_eq!(code_of(pair.merge(&Unhindered).await), "identity.merge_expired");
    assert_eq!(code_of(pair.prove(OTHER, "wrong password").await), "identity.wrong_credentials");
    assert_eq!(code_of(pair.prove("nobody@example.com", PASSWORD).await), "identity.wrong_credentials");
    assert_eq!(code_of(pair.prove(PHONE, PASSWORD).await), "identity.merge_same");
    let stale =
        Pair { me: acting(pair.session.account, Role::CUSTOMER), session: pair.session.clone(), ..pair };
    assert_eq!(code_of(stale.prove(OTHER, PASSWORD).await), "identity.proof_needed");
    let (me, session) = signed_in(&stale.t, &stale.hasher, PHONE).await;
    let pair = Pair { me, session, ..stale };
    pair.prove(OTHER, PASSWORD).await.unwrap();
    // Another session of the same person has not proved it.
    let (me, session) = signed_in(&pair.t, &pair.hasher, PHONE).await;
    let elsewhere = merge(&pair.t.cx, &pair.hasher, &me, &session, &Unhindered, None).await;
    assert_eq!(code_of(elsewhere), "identity.merge_expired");
    pair.t.clock.advance(Duration::from_mins(10));
    let fresh = pair.me.clone().proved(pair.t.cx.now());
    let late = merge(&pair.t.cx, &pair.hasher, &fresh, &pair.session, &Unhindered, None).await;
    assert_eq!(code_of(late), "identity.merge_expired");
}

#[testkit::db_test]
async fn staff_are_not_merged_and_a_second_factor_of_the_other_account_is_still_due(t: TestDb) {
    let pair = Pair::new(t).await;
    let cx = &pair.t.cx;
    let desk = account(cx, &pair.hasher, "desk", Role::OPERATOR).await;
    let proven = |account| Proven { account, method: Method::Federated, user_verified: false };
    assert_eq!(code_of(prove(cx, &pair.me, &pair.session, proven(desk)).await), "identity.merge_staff");
    let (secret, _) = with_app(&pair.t, pair.other).await;
    prove(cx, &pair.me, &pair.session, proven(pair.other)).await.unwrap();
    assert!(candidate(cx, &pair.me, &pair.session, &Unhindered).await.unwrap().needs_second);
    assert_eq!(code_of(pair.merge(&Unhindered).await), "identity.factor_unfit");
    let second = async |code: &str| {
        let proof = Some(Proof::Totp(code.to_owned()));
        merge(cx, &pair.hasher, &pair.me, &pair.session, &Unhindered, proof).await
    };
    assert_eq!(code_of(second("000000").await), "identity.factor_wrong");
    pair.t.clock.advance(Duration::from_secs(30));
    assert_eq!(code_of(second(&app_shows(&pair.t, &secret)).await), "ok");
}
