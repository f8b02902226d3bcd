//! Proving another account, looking at it, and merging it.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Timestamp};
use serde_json::json;

use crate::Error;
use crate::account::{self, StoredAccount, subject};
use crate::code::Purpose;
use crate::factor;
use crate::link;
use crate::notice::{self, Notice};
use crate::password::Hasher;
use crate::proof::{self, Proof};
use crate::session::{self, SignedIn};
use crate::signin::{self, Method, Proven};
use crate::standing::Standing;

use super::model::{Candidate, Merged, Obstacle, Pending, VALID};
use super::rules;
use super::store::{self, Moving};

/// What somebody gives to prove another account.
pub struct ProveByPassword {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub password: String,
}

/// Notes that the actor, signed in to one account, has shown to be the owner of another. It counts for ten minutes, in this
/// session.
pub async fn prove(cx: &Cx, actor: &Actor, signed_in: &SignedIn, proven: Proven) -> Result<(), Error> {
    require_proof(cx, actor)?;
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let (account, other) = lock_both(&mut tx, signed_in.account, proven.account).await?;
    rules::check_pair(&account, &other)?;
    let pending = Pending {
        account: account.id,
        session: signed_in.session,
        other: other.id,
        method: proven.method,
        proved_at: now,
        expires_at: now.plus(VALID),
    };
    store::upsert_pending(&mut tx, &pending).await?;
    let detail = json!({ "into": account.id, "method": proven.method });
    audit::record(&mut tx, cx, actor, subject(&other, "account.merge_prove", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// The same by the other account's password, which is counted and answered like signing in.
pub async fn prove_by_password(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    signed_in: &SignedIn,
    input: ProveByPassword,
) -> Result<(), Error> {
    require_proof(cx, actor)?;
    let other = signin::check_password(cx, hasher, actor, &input.contact, &input.password).await?;
    let proven = Proven { account: other.id, method: Method::Password, user_verified: false };
    prove(cx, actor, signed_in, proven).await
}

/// The other account that was proved in this session, and what stands in the way.
pub async fn candidate(
    cx: &Cx,
    actor: &Actor,
    signed_in: &SignedIn,
    standing: &dyn Standing,
) -> Result<Candidate, Error> {
    let pending = pending(cx, actor, signed_in).await?;
    let mut tx = cx.read().await?;
    let other = account::find_account(&mut tx, pending.other).await?.ok_or(Error::MergeExpired)?;
    let enrolled = factor::enrolled(&mut tx, other.id).await?;
    let phone = other.phone.as_ref().map(|c| account::open_phone(cx, &c.sealed)).transpose()?;
    let email = other.email.as_ref().map(|c| account::open_email(cx, &c.sealed)).transpose()?;
    let masked =
        phone.map(|p| kernel::mask_phone(&p)).into_iter().chain(email.map(|e| kernel::mask_email(&e)));
    Ok(Candidate {
        masked: masked.collect(),
        needs_second: rules::needs_second(pending.method, enrolled),
        obstacles: obstacles(&mut tx, other.id, standing).await?,
        expires_at: pending.expires_at,
    })
}

/// Merges the account that was proved into the actor's: what opens it moves over, and it closes. Needs a fresh proof of the
/// actor's own account, and the second factor of the other where that has one.
pub async fn merge(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    signed_in: &SignedIn,
    standing: &dyn Standing,
    second: Option<Proof>,
) -> Result<Merged, Error> {
    require_proof(cx, actor)?;
    let pending = pending(cx, actor, signed_in).await?;
    let enrolled = factor::enrolled(&mut cx.read().await?, pending.other).await?;
    if rules::needs_second(pending.method, enrolled) {
        show_second(cx, hasher, actor, pending.other, second).await?;
    }
    let mut tx = cx.begin().await?;
    let (account, other) = lock_both(&mut tx, pending.account, pending.other).await?;
    rules::check_pair(&account, &other)?;
    let found = obstacles(&mut tx, other.id, standing).await?;
    if let Err(blocked) = rules::blocked(&found) {
        let detail = json!({ "into": account.id, "obstacles": found.len() });
        audit::record(&mut tx, cx, actor, subject(&other, "account.merge_refused", detail)).await?;
        tx.commit().await?;
        return Err(blocked);
    }
    tell(&mut tx, cx, &account, &other).await?;
    let merged = hand_over(&mut tx, cx, &account, &other).await?;
    store::close(&mut tx, other.id, account.id, cx.now()).await?;
    store::delete_pending(&mut tx, other.id).await?;
    store::delete_pending(&mut tx, account.id).await?;
    session::end_others_of(&mut tx, other.id, None).await?;
    let moved = json!({ "links": merged.links, "passkeys": merged.passkeys, "contacts": merged.contacts });
    let here = subject(&account, "account.merge", json!({ "from": other.id, "moved": moved }));
    let gone = subject(&other, "account.merged_away", json!({ "into": account.id }));
    audit::record_many(&mut tx, cx, vec![(actor, here), (actor, gone)]).await?;
    tx.commit().await?;
    Ok(merged)
}

/// The proof of this session, if it still counts.
async fn pending(cx: &Cx, actor: &Actor, signed_in: &SignedIn) -> Result<Pending, Error> {
    let own = actor.account().ok_or(Error::SignInNeeded)?;
    let found = store::find_pending(&mut cx.read().await?, own).await?;
    let counts = |pending: &Pending| pending.session == signed_in.session && cx.now() < pending.expires_at;
    found.filter(counts).ok_or(Error::MergeExpired)
}

/// Both accounts, able to act. Accounts are locked in the order of their numbers.
async fn lock_both(
    tx: &mut Tx,
    account: AccountId,
    other: AccountId,
) -> Result<(StoredAccount, StoredAccount), Error> {
    let first = account::require_active(tx, account.min(other)).await?;
    let second = account::require_active(tx, account.max(other)).await?;
    Ok(if first.id == account { (first, second) } else { (second, first) })
}

async fn show_second(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    other: AccountId,
    second: Option<Proof>,
) -> Result<(), Error> {
    let proof = second.ok_or(Error::FactorUnfit)?;
    if !matches!(proof, Proof::Totp(_) | Proof::RecoveryCode(_) | Proof::Passkey(_)) {
        return Err(Error::FactorUnfit);
    }
    let mut checked = proof::check(cx, hasher, actor, other, &proof, Purpose::Proof).await?;
    if let Some(wrong) = checked.wrong {
        proof::note_wrong(&mut checked.tx, cx, actor, &checked.account, &proof, None).await?;
        checked.tx.commit().await?;
        return Err(wrong);
    }
    checked.tx.commit().await?;
    Ok(())
}

async fn obstacles(tx: &mut Tx, other: AccountId, standing: &dyn Standing) -> Result<Vec<Obstacle>, Error> {
    let mut found = standing.obstacles(tx, other).await.map_err(Error::bug)?;
    if store::has_organisation(tx, other).await? {
        found.push(Obstacle::Organisation);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What opens the one account opens the other from now on. An address moves where there is none of its kind.
async fn hand_over(
    tx: &mut Tx,
    cx: &Cx,
    account: &StoredAccount,
    other: &StoredAccount,
) -> Result<Merged, Error> {
    let (from, to, now) = (other.id, account.id, cx.now());
    let mut merged = Merged {
        links: link::move_all(tx, from, to).await?,
        passkeys: store::move_passkeys(tx, from, to).await?,
        contacts: 0,
    };
    if let (None, Some(phone)) = (&account.phone, &other.phone) {
        let moving = Moving { sealed: &phone.sealed, index: &phone.index, verified_at: phone.verified_at };
        store::move_phone(tx, (from, to), moving, now).await?;
        merged.contacts = merged.contacts.saturating_add(1);
    }
    if let (None, Some(email)) = (&account.email, &other.email) {
        let moving = Moving { sealed: &email.sealed, index: &email.index, verified_at: email.verified_at };
        store::move_email(tx, (from, to), moving, now).await?;
        merged.contacts = merged.contacts.saturating_add(1);
    }
    crate::real_name::hand_over(tx, from, to).await?;
    Ok(merged)
}

/// Both owners are told, each at the addresses the account has before anything moves.
async fn tell(tx: &mut Tx, cx: &Cx, account: &StoredAccount, other: &StoredAccount) -> Result<(), Error> {
    let title = ("账号已合并", "Accounts were merged");
    let gone = (
        "您的账号已并入另一个账号，原来的登录方式以后登录那个账号。不是本人操作时，立即联系客服。",
        "Your account was merged into another one, which its ways to sign in open from now on. If it was not you, contact support at once.",
    );
    notice::tell(tx, cx, other, Notice::new("security.merged_away", title, gone)).await?;
    let here = (
        "另一个账号已并入您的账号，它的登录方式现在可以登录这里。不是本人操作时，立即冻结账号并联系客服。",
        "Another account was merged into yours: its ways to sign in now open this one. If it was not you, freeze the account and contact support at once.",
    );
    notice::tell(tx, cx, account, Notice::new("security.merged", title, here)).await
}

fn require_proof(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    match actor.account() {
        None => Err(Error::SignInNeeded),
        Some(_) if actor.has_fresh_proof(cx.now()) => Ok(()),
        Some(_) => Err(Error::ProofNeeded),
    }
}

/// Removes proofs that no longer count.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
