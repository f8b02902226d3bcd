//! Showing a factor once more before a sensitive act (W8), and what showing one means everywhere.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor};
use serde_json::json;

use crate::account::{self, AccountState, Contact, StoredAccount, subject};
use crate::code::{self, CodeSent, Purpose};
use crate::device::{self, Event, Outcome};
use crate::factor::{self, Enrolled};
use crate::password::Hasher;
use crate::session::{self, Client, SignedIn};
use crate::signin::{self, Method, Way, Ways, Whose};
use crate::throttle::{self, Key, Scope};
use crate::{Error, Token};

use super::model::Proof;

/// What the account can show as a fresh proof: never something weaker than a second factor it has.
pub async fn ways_to_prove(cx: &Cx, actor: &Actor) -> Result<Ways, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let account = account::find_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let enrolled = factor::enrolled(&mut tx, id).await?;
    if enrolled.any() {
        return Ok(strong_ways(enrolled));
    }
    let mut ways: Vec<Way> = account.password.iter().map(|_| Way::Password).collect();
    ways.extend(contact_for_code(cx, &account)?.map(|to| Way::Code { masked_to: to.masked() }));
    Ok(Ways(ways))
}

/// The factors of its own that an account has.
pub(crate) fn strong_ways(enrolled: Enrolled) -> Ways {
    let mut ways = Vec::new();
    if enrolled.passkeys > 0 {
        ways.push(Way::Passkey);
    }
    if enrolled.totp {
        ways.push(Way::Totp);
    }
    if enrolled.recovery_codes > 0 {
        ways.push(Way::RecoveryCode);
    }
    Ways(ways)
}

/// Where a code goes: a verified address, else the one the account was made with.
pub(crate) fn contact_for_code(cx: &Cx, account: &StoredAccount) -> Result<Option<Contact>, Error> {
    match account::verified_contacts(cx, account)?.into_iter().next() {
        Some(contact) => Ok(Some(contact)),
        None => account::any_contact(cx, account),
    }
}

/// Sends a code that is a fresh proof.
pub async fn send_proof_code(cx: &Cx, actor: &Actor) -> Result<CodeSent, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if ways_to_prove(cx, actor).await?.code().is_none() {
        return Err(Error::FactorUnfit);
    }
    send_code(cx, actor, id, Purpose::Proof).await
}

pub(crate) async fn send_code(
    cx: &Cx,
    actor: &Actor,
    id: AccountId,
    purpose: Purpose,
) -> Result<CodeSent, Error> {
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let contact = contact_for_code(cx, &account)?.ok_or(Error::FactorUnfit)?;
    let sent = code::send_code(&mut tx, cx, id, purpose, &contact, actor.locale).await?;
    tx.commit().await?;
    Ok(sent)
}

/// Shows a factor in an open session: sensitive acts are open for five minutes, under a new token.
pub async fn prove(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    (signed_in, token): (&SignedIn, &str),
    proof: Proof,
) -> Result<Token, Error> {
    if !proof.fits(&ways_to_prove(cx, actor).await?) {
        return Err(Error::FactorUnfit);
    }
    let mut checked = check(cx, hasher, actor, signed_in.account, &proof, Purpose::Proof).await?;
    if let Some(wrong) = checked.wrong {
        note_wrong(&mut checked.tx, cx, actor, &checked.account, &proof, None).await?;
        checked.tx.commit().await?;
        return Err(wrong);
    }
    let Checked { mut tx, account, .. } = checked;
    let token = session::prove(&mut tx, cx, signed_in, token, proof.method()).await?;
    let detail = json!({ "session": signed_in.session, "method": proof.method() });
    audit::record(&mut tx, cx, actor, subject(&account, "session.prove", detail)).await?;
    tx.commit().await?;
    Ok(token)
}

/// A factor that was looked at: the transaction in which it was used up, still to be committed.
pub(crate) struct Checked {
    pub tx: Tx,
    /// Locked.
    pub account: StoredAccount,
    /// What to answer when it was wrong.
    pub wrong: Option<Error>,
}

/// Looks at a factor of an account that can act. The try is counted before; what works once is used up in the transaction that
/// comes back.
pub(crate) async fn check(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    id: AccountId,
    proof: &Proof,
    purpose: Purpose,
) -> Result<Checked, Error> {
    let checked = check_frozen(cx, hasher, actor, id, proof, purpose).await?;
    match checked.account.state {
        AccountState::Active => Ok(checked),
        AccountState::Frozen => Err(Error::Frozen),
        AccountState::Closed => Err(Error::Closed),
    }
}

/// The same for an account in any state: for the owner of a frozen one.
pub(crate) async fn check_frozen(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    id: AccountId,
    proof: &Proof,
    purpose: Purpose,
) -> Result<Checked, Error> {
    let keys =
        vec![Key::new(cx, Scope::Factor, &id.to_string()), Key::address(cx, Scope::Address, &actor.address)];
    let claimed = throttle::claim(cx, keys.clone()).await?;
    let before = account::find_account(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    let password_right = match proof {
        Proof::Password(password) => hasher.verify(before.password.as_ref(), password).await?,
        _ => false,
    };
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let right = match proof {
        Proof::Password(_) => password_right && before.password == account.password,
        Proof::Totp(code) => factor::take_totp(&mut tx, cx, id, code).await?,
        Proof::RecoveryCode(code) => factor::take_recovery_code(&mut tx, cx, &account, code).await?,
        Proof::Passkey(proven) => proven.account == id && proven.method == Method::Passkey,
        Proof::Code(code) => match contact_for_code(cx, &account)? {
            Some(contact) => code::take(&mut tx, cx, id, purpose, &contact, code).await?.is_right(),
            None => false,
        },
    };
    if right {
        throttle::forget(&mut tx, cx, keys).await?;
    }
    let wrong = (!right).then(|| match claimed.wait.0 {
        1.. => Error::too_many(claimed.wait),
        _ => Error::factor_wrong(claimed.left),
    });
    Ok(Checked { tx, account, wrong })
}

/// A wrong factor counts for the risk and stays in the audit; with `client` it is a try to sign in and its owner sees it.
pub(crate) async fn note_wrong(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    proof: &Proof,
    client: Option<&Client>,
) -> Result<(), Error> {
    let method = proof.method();
    note_try(tx, cx, actor, account, method, client).await?;
    let verb = if client.is_some() { "session.second_factor_failed" } else { "session.prove_failed" };
    audit::record(tx, cx, actor, subject(account, verb, json!({ "method": method }))).await?;
    Ok(())
}

/// The same without the audit.
pub(crate) async fn note_try(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    method: Method,
    client: Option<&Client>,
) -> Result<(), Error> {
    if let Some(client) = client {
        let active = account.state == AccountState::Active;
        let event = Event {
            account: Some(account.id),
            outcome: if active { Outcome::Wrong } else { Outcome::Refused },
            method,
            client,
            device: None,
            score: 0,
            reasons: &[],
        };
        device::record(tx, cx, event).await?;
    }
    signin::note_risk(tx, cx, actor, Whose::Of(account.id)).await
}
