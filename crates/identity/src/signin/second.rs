//! Going on after the first factor: showing a second one, or setting one up because a role demands it (W5).

use durable::Cx;
use kernel::Actor;

use crate::Error;
use crate::account;
use crate::code::{CodeSent, Purpose};
use crate::factor;
use crate::password::Hasher;
use crate::proof::{self, Proof};
use crate::session::{self, NewSession, SignedIn, Stage};

use super::appraise::{self, Judged};
use super::model::{Arrival, Method, Remember, Way, Ways};
use super::ops::{self, Entry};

/// What can be shown as second factor. Without one of the account's own it is what the first was not: a code or the password.
pub async fn ways_on(cx: &Cx, pending: &SignedIn) -> Result<Ways, Error> {
    let mut tx = cx.read().await?;
    let account = account::find_account(&mut tx, pending.account).await?.ok_or(Error::NotFound)?;
    let enrolled = factor::enrolled(&mut tx, account.id).await?;
    if enrolled.any() {
        return Ok(proof::strong_ways(enrolled));
    }
    if pending.methods.contains(&Method::Code) {
        return Ok(Ways(account.password.iter().map(|_| Way::Password).collect()));
    }
    let contact = proof::contact_for_code(cx, &account)?;
    Ok(Ways(contact.into_iter().map(|to| Way::Code { masked_to: to.masked() }).collect()))
}

/// Sends a code for a session that waits for a second factor, where a code is what it waits for.
pub async fn send_second_code(cx: &Cx, actor: &Actor, pending: &SignedIn) -> Result<CodeSent, Error> {
    if pending.stage != Stage::SecondFactor || ways_on(cx, pending).await?.code().is_none() {
        return Err(Error::FactorUnfit);
    }
    proof::send_code(cx, actor, pending.account, Purpose::SecondFactor).await
}

/// Opens a session that waits for a second factor. It goes on under a new token; a wrong one counts.
pub async fn show_second(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    (pending, token): (&SignedIn, &str),
    (proof, remember): (Proof, Remember),
    arrival: Arrival,
) -> Result<NewSession, Error> {
    if pending.stage != Stage::SecondFactor {
        return Err(Error::SignInNeeded);
    }
    if !proof.fits(&ways_on(cx, pending).await?) {
        return Err(Error::FactorUnfit);
    }
    let mut checked = proof::check(cx, hasher, actor, pending.account, &proof, Purpose::SecondFactor).await?;
    if let Some(wrong) = checked.wrong {
        let client = ops::client_of(actor, &arrival);
        proof::note_wrong(&mut checked.tx, cx, actor, &checked.account, &proof, Some(&client)).await?;
        checked.tx.commit().await?;
        return Err(wrong);
    }
    open(cx, actor, (pending, token), (proof.method(), remember), arrival, checked).await
}

async fn open(
    cx: &Cx,
    actor: &Actor,
    (pending, token): (&SignedIn, &str),
    (method, remember): (Method, Remember),
    arrival: Arrival,
    checked: proof::Checked,
) -> Result<NewSession, Error> {
    let proof::Checked { mut tx, account, .. } = checked;
    let taken = session::take(&mut tx, cx, token, account.id).await?;
    let waiting = taken.filter(|session| session.stage == pending.stage).ok_or(Error::SignInNeeded)?;
    let signals = session::signals_of(cx, &waiting)?;
    let mut methods = waiting.methods;
    methods.push(method);
    let client = ops::client_of(actor, &arrival);
    let entry = Entry {
        stage: Stage::Open,
        methods: methods.clone(),
        acting_for: waiting.acting_for,
        proved_at: cx.now(),
        known: None,
        remember,
    };
    let opened =
        ops::write(&mut tx, cx, actor, (&account, &client, &arrival), entry, &Judged::calm()).await?;
    appraise::learn(&mut tx, cx, &arrival, signals.as_ref()).await?;
    ops::note_entry(&mut tx, cx, actor, &account, &opened, &methods).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Opens a session that waited for a second factor to be set up, once there is one. It goes on under a new token.
pub async fn finish_enrolment(
    cx: &Cx,
    actor: &Actor,
    (pending, token): (&SignedIn, &str),
    arrival: Arrival,
) -> Result<NewSession, Error> {
    if pending.stage != Stage::Enrol {
        return Err(Error::SignInNeeded);
    }
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, pending.account).await?;
    let enrolled = factor::enrolled(&mut tx, account.id).await?;
    let method = match (enrolled.totp, enrolled.passkeys) {
        (true, _) => Method::Totp,
        (false, 1..) => Method::Passkey,
        (false, _) => return Err(Error::FactorUnfit),
    };
    let checked = proof::Checked { tx, account, wrong: None };
    open(cx, actor, (pending, token), (method, Remember::No), arrival, checked).await
}
