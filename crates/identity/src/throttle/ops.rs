//! Counting tries, and taking back the right ones.

use db::Tx;
use durable::Cx;
use kernel::{Duration, Timestamp};

use crate::Error;

use super::model::{Claimed, Key, Scope};
use super::{rules, store};

impl Key {
    /// `address` is the client's as the edge knows it; empty when there is none.
    pub(crate) fn address(cx: &Cx, scope: Scope, address: &str) -> Self {
        Self::new(cx, scope, &rules::network(address))
    }

    /// `user` is what somebody typed as account, normalised; it need not exist.
    pub(crate) fn address_user(cx: &Cx, address: &str, user: &str) -> Self {
        Self::new(cx, Scope::AddressUser, &format!("{}\n{user}", rules::network(address)))
    }

    pub(crate) fn new(cx: &Cx, scope: Scope, what: &str) -> Self {
        let context = format!("identity.throttle.{}", scope.name());
        Self { scope, hash: cx.vault.keyed(&context, what) }
    }
}

/// Counts one try on all keys, or on none when one of them has to wait. Commits on its own: the count stands whatever
/// happens to the try.
pub(crate) async fn claim(cx: &Cx, keys: Vec<Key>) -> Result<Claimed, Error> {
    let mut tx = cx.db.begin().await?;
    let claimed = claim_in(&mut tx, cx, keys).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// The same inside the caller's transaction, for tries that are dear by being made (a message, an account).
pub(crate) async fn claim_in(tx: &mut Tx, cx: &Cx, mut keys: Vec<Key>) -> Result<Claimed, Error> {
    let now = cx.now();
    // One order for everybody, so that two claims never wait for each other.
    keys.sort_by(|a, b| a.hash.cmp(&b.hash));
    let mut counted = Vec::with_capacity(keys.len());
    let mut longest: Option<Duration> = None;
    for key in &keys {
        let tally = store::lock_tally(tx, &key.hash, now).await?;
        match rules::count(tally, key.scope.policy(), now) {
            Ok(tally) => counted.push((key, tally)),
            Err(wait) => longest = longest.max(Some(wait)),
        }
    }
    if let Some(wait) = longest {
        return Err(Error::too_many(wait));
    }
    let mut answer = Claimed { left: i64::MAX, wait: Duration::ZERO };
    for (key, tally) in counted {
        store::update_tally(tx, &key.hash, tally).await?;
        let one = rules::claimed(tally, key.scope.policy(), now);
        answer = Claimed { left: answer.left.min(one.left), wait: answer.wait.max(one.wait) };
    }
    Ok(answer)
}

/// After a right password: the account's counts are forgotten, the address gets this one try back.
pub(crate) async fn forget(tx: &mut Tx, cx: &Cx, mut keys: Vec<Key>) -> Result<(), Error> {
    keys.sort_by(|a, b| a.hash.cmp(&b.hash));
    for key in &keys {
        match key.scope {
            Scope::AddressUser | Scope::User | Scope::Factor => store::delete_tally(tx, &key.hash).await?,
            Scope::Address
            | Scope::Register
            | Scope::Code
            | Scope::AskCode
            | Scope::Alarm
            | Scope::Away
            | Scope::Payee => {
                if let Some(tally) = store::find_tally(tx, &key.hash).await? {
                    store::update_tally(tx, &key.hash, rules::give_back(tally, cx.now())).await?;
                }
            }
        }
    }
    Ok(())
}

/// How many tries are counted for a key.
pub(crate) async fn tries(tx: &mut Tx, key: &Key) -> Result<i64, Error> {
    Ok(store::count_tries(tx, &key.hash).await?)
}

/// Removes what no policy remembers any more.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_older(tx, now.minus(Duration::from_hours(24))).await?)
}
