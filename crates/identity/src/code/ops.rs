//! Sending codes and taking them back.

use audit::Entry;
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Locale, Timestamp, normalise_digits};
use notify::{NewMessage, Template};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::Error;
use crate::account::{self, Contact, StoredAccount};
use crate::throttle::{self, Key, Scope};

use super::model::{CodeSent, Live, Purpose, TRIES, Taken, VALID};
use super::store;

/// Sends a new code to an address, in the caller's transaction; how often is counted. The old one stops working.
pub(crate) async fn send_code(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    purpose: Purpose,
    contact: &Contact,
    locale: Locale,
) -> Result<CodeSent, Error> {
    let key = Key::new(cx, Scope::Code, &account.to_string());
    let claimed = throttle::claim_in(tx, cx, vec![key]).await?;
    let sent = send(tx, cx, account, purpose, contact, locale).await?;
    Ok(CodeSent { resend_at: cx.now().plus(claimed.wait), ..sent })
}

/// The same where the caller has counted.
pub(crate) async fn send(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    purpose: Purpose,
    contact: &Contact,
    locale: Locale,
) -> Result<CodeSent, Error> {
    let now = cx.now();
    let code = format!("{:06}", cx.rng.below(1_000_000));
    let live = Live { code_hash: hash(cx, account, purpose, contact, &code), tries_left: TRIES };
    let expires_at = now.plus(VALID);
    store::upsert_code(tx, account, purpose, &live, now, expires_at).await?;
    let message = NewMessage {
        channel: contact.channel(),
        account: Some(account),
        to: contact.as_str().to_owned(),
        locale,
        template: Template::Code { purpose: purpose.template(), code, valid_minutes: VALID.as_secs() / 60 },
        link: None,
    };
    notify::send(tx, cx, message).await?;
    Ok(CodeSent { purpose, masked_to: contact.masked(), expires_at, resend_at: now })
}

/// Reads a code as typed: six digits, in any width, with or without spaces.
pub(crate) fn parse(text: &str) -> Result<String, Error> {
    let code: String = normalise_digits(text).chars().filter(|c| !c.is_whitespace()).take(16).collect();
    if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(code);
    }
    let (zh, en) = ("验证码需为 6 位数字", "The code has 6 digits");
    Err(Error::field("/code", "identity.code_format", zh, en))
}

/// Compares a code in the caller's transaction, which commits whatever the answer is: the try is used up before, and a right
/// code works once.
pub(crate) async fn take(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    purpose: Purpose,
    contact: &Contact,
    code: &str,
) -> Result<Taken, Error> {
    let found = store::take_try(tx, account, purpose, cx.now()).await?;
    let wanted = hash(cx, account, purpose, contact, code);
    let Some(live) = found else { return Ok(Taken::Gone) };
    if !bool::from(live.code_hash.ct_eq(&wanted)) {
        return Ok(Taken::Wrong { left: live.tries_left });
    }
    store::delete_code(tx, account, purpose).await?;
    Ok(Taken::Right)
}

/// Sends a new code to the actor's address that is not verified yet.
pub async fn resend_code(cx: &Cx, actor: &Actor) -> Result<CodeSent, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let contact = unverified(cx, &stored)?;
    let sent = send_code(&mut tx, cx, id, contact.purpose(), &contact, actor.locale).await?;
    tx.commit().await?;
    Ok(sent)
}

/// Takes the code from a message and marks the address it was sent to as the actor's own.
pub async fn verify_contact(cx: &Cx, actor: &Actor, code: &str) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let code = parse(code)?;
    let mut tx = cx.begin().await?;
    let stored = account::require_active(&mut tx, id).await?;
    let contact = unverified(cx, &stored)?;
    let purpose = contact.purpose();
    let taken = take(&mut tx, cx, id, purpose, &contact, &code).await?;
    let matches = taken.is_right();
    if taken == Taken::Gone {
        return Err(Error::CodeExpired);
    }
    if matches {
        account::mark_verified(&mut tx, id, purpose, cx.now()).await?;
    }
    let verb = if matches { "contact.verify" } else { "contact.verify_failed" };
    let entry = Entry {
        verb,
        object_kind: "account",
        object: id.0,
        customer: Some(id),
        detail: json!({ "purpose": purpose.name() }),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    taken.refusal()
}

/// Phone first: it is what most people register with.
fn unverified(cx: &Cx, stored: &StoredAccount) -> Result<Contact, Error> {
    let phone = stored.phone.as_ref().filter(|phone| phone.verified_at.is_none());
    let email = stored.email.as_ref().filter(|email| email.verified_at.is_none());
    match (phone, email) {
        (Some(phone), _) => Ok(Contact::Phone(account::open_phone(cx, &phone.sealed)?)),
        (None, Some(email)) => Ok(Contact::Email(account::open_email(cx, &email.sealed)?)),
        (None, None) => Err(Error::AlreadyVerified),
    }
}

/// Bound to account, purpose and address: a code proves nothing else.
fn hash(cx: &Cx, account: AccountId, purpose: Purpose, contact: &Contact, code: &str) -> Vec<u8> {
    let value = format!("{account}\n{}\n{}\n{code}", purpose.name(), contact.as_str());
    cx.vault.keyed("identity.code", &value)
}

/// Removes codes that are too old to be of use.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
