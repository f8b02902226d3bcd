//! Going to a party, coming back, and what an unknown identity can become.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connectors::oidc::{Ask, Back, Claimed, Issuer, IssuerError, Issuers};
use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, hex};
use risk::engine::journal_many;
use risk::{Guard, Point};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::account::{self, Checked, parse_contact, parse_name, subject};
use crate::code;
use crate::factor;
use crate::judged;
use crate::link::{self, NewLink};
use crate::merge;
use crate::session::{self, SignedIn};
use crate::signin::{self, Arrival, Method, Proven};
use crate::throttle::{self, Key, Scope};

use super::model::{
    Away, Begin, Claimant, Finished, Identity, Kept, Purpose, RegisterClaimed, RegisteredClaimed, Return,
    Secrets, StoredClaim, Taken, VALID,
};
use super::rules;
use super::store::{self, CLAIMED, NewState, SECRETS};

const SUBJECT: &str = "identity.federated_link.subject";

/// Sends somebody to a party. Adding an identity and proving another account need a fresh proof.
pub async fn begin(cx: &Cx, issuers: &Issuers, actor: &Actor, wish: Begin<'_>) -> Result<Away, Error> {
    let issuer = issuers.get(wish.provider).ok_or(Error::PartyUnknown)?;
    let account = match wish.purpose {
        Purpose::SignIn => None,
        Purpose::Proof => Some(actor.account().ok_or(Error::SignInNeeded)?),
        Purpose::Link | Purpose::Merge => {
            let account = actor.account().ok_or(Error::SignInNeeded)?;
            if !actor.has_fresh_proof(cx.now()) {
                return Err(Error::ProofNeeded);
            }
            Some(account)
        }
    };
    if wish.purpose == Purpose::Proof {
        require_provable(cx, issuer.as_ref(), actor).await?;
    }
    throttle::claim(cx, vec![Key::address(cx, Scope::Away, &actor.address)]).await?;
    let (state, nonce) = (hex::encode(&random::<32>(cx)), hex::encode(&random::<16>(cx)));
    let verifier = URL_SAFE_NO_PAD.encode(random::<32>(cx));
    let demand = rules::demand(wish.purpose);
    let ask = Ask {
        state: &state,
        nonce: &nonce,
        verifier: &verifier,
        redirect: wish.redirect,
        demand,
        locale: actor.locale,
    };
    let url = match issuer.authorize_url(&ask).await {
        Ok(url) => url,
        Err(error) => return Err(note_trouble(cx, actor, wish.provider, &error).await),
    };
    let secrets = Secrets { nonce, verifier, next: wish.next.to_owned() };
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let new = NewState {
        id: cx.id(),
        state_hash: digest(&state),
        browser_hash: digest(wish.browser),
        provider: wish.provider,
        purpose: wish.purpose,
        account,
        secrets_sealed: seal(cx, SECRETS, &secrets)?,
        created_at: now,
        expires_at: now.plus(VALID),
    };
    store::insert_state(&mut tx, new).await?;
    tx.commit().await?;
    Ok(Away { url })
}

/// A proof by a party counts only where the party tells when it asked, and for an account without a factor of its own.
async fn require_provable(cx: &Cx, issuer: &dyn Issuer, actor: &Actor) -> Result<(), Error> {
    if issuer.proves_afresh() && !factor::enrolled_of(cx, actor).await?.any() {
        Ok(())
    } else {
        Err(Error::FactorUnfit)
    }
}

/// Somebody came back. The state is used up before anything else happens; what the party says decides the rest.
pub async fn finish(cx: &Cx, issuers: &Issuers, actor: &Actor, back: Return<'_>) -> Result<Finished, Error> {
    let issuer = issuers.get(back.provider).ok_or(Error::PartyUnknown)?;
    let taken = take(cx, actor, &back).await?;
    let secrets: Secrets = open(cx, SECRETS, &taken.secrets_sealed)?;
    if taken.account.is_some() && taken.account != actor.account() {
        return Err(note(cx, actor, back.provider, "other_account", Error::StateInvalid).await);
    }
    // A party that sends neither a code nor an error means that the person said no.
    let asked = Back {
        code: back.code.filter(|_| back.error.is_none()).ok_or(back.error.unwrap_or("access_denied")),
        iss: back.iss,
        nonce: &secrets.nonce,
        verifier: &secrets.verifier,
        redirect: back.redirect,
        demand: rules::demand(taken.purpose),
    };
    let claimed = match issuer.finish(&asked).await {
        Ok(claimed) => claimed,
        Err(error) => return Err(note_trouble(cx, actor, back.provider, &error).await),
    };
    give_back(cx, actor).await?;
    let identity = identify(cx, claimed);
    let next = secrets.next;
    match taken.purpose {
        Purpose::SignIn => sign_in(cx, actor, back, identity, next).await,
        Purpose::Link => add(cx, actor, back.provider, &identity).await.map(|()| Finished::Linked { next }),
        Purpose::Merge => prove_other(cx, actor, &back, &identity).await,
        Purpose::Proof => prove(cx, actor, &back, &identity, next).await,
    }
}

/// A way that led to somebody costs nothing: a shared address pays only for those that lead nowhere.
async fn give_back(cx: &Cx, actor: &Actor) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    throttle::forget(&mut tx, cx, vec![Key::address(cx, Scope::Away, &actor.address)]).await?;
    Ok(tx.commit().await?)
}

async fn take(cx: &Cx, actor: &Actor, back: &Return<'_>) -> Result<Taken, Error> {
    // A browser without the cookie is nobody's: no state has the hash of nothing.
    let (state, browser) = (digest(back.state), digest(back.browser.unwrap_or_default()));
    let now = cx.now();
    let mut tx = cx.begin().await?;
    if back.browser.is_some()
        && let Some(taken) = store::take_state(&mut tx, state, browser, back.provider, now).await?
    {
        tx.commit().await?;
        return Ok(taken);
    }
    let spent = store::find_spent(&mut tx, state, browser).await?;
    drop(tx);
    let why = rules::why_spent(spent.as_ref(), back.provider, now);
    Err(note(cx, actor, back.provider, why, Error::StateInvalid).await)
}

async fn sign_in(
    cx: &Cx,
    actor: &Actor,
    back: Return<'_>,
    identity: Identity,
    next: String,
) -> Result<Finished, Error> {
    let found = link::find(&mut cx.read().await?, &identity.index, identity.former.as_deref()).await?;
    let Some((id, account)) = found else {
        let browser = back.browser.unwrap_or_default();
        keep(cx, back.provider, browser, identity, next.clone()).await?;
        return Ok(Finished::Unknown { next });
    };
    let step = enter(cx, actor, account, back.arrival).await?;
    let mut tx = cx.begin().await?;
    link::note_use(&mut tx, id, &identity.index, cx.now()).await?;
    tx.commit().await?;
    Ok(Finished::Entered { step, next })
}

async fn enter(cx: &Cx, actor: &Actor, account: AccountId, arrival: Arrival) -> Result<signin::Step, Error> {
    let proven = Proven { account, method: Method::Federated, user_verified: false };
    signin::enter(cx, actor, proven, arrival).await
}

/// Keeps an identity until its owner decides.
async fn keep(cx: &Cx, provider: &str, browser: &str, identity: Identity, next: String) -> Result<(), Error> {
    let Identity { claimed, index, .. } = identity;
    let kept = Kept { name: claimed.name, email: claimed.email, next };
    let claim = StoredClaim {
        provider: provider.to_owned(),
        subject_index: index,
        claimed_sealed: seal(cx, CLAIMED, &kept)?,
    };
    let now = cx.now();
    let mut tx = cx.begin().await?;
    store::upsert_claim(&mut tx, cx.id(), digest(browser), &claim, (now, now.plus(VALID))).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds the identity to the actor's account. Doing it again changes nothing.
async fn add(cx: &Cx, actor: &Actor, provider: &str, identity: &Identity) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let name = identity.claimed.name.as_deref();
    match link::find(&mut tx, &identity.index, identity.former.as_deref()).await? {
        Some((_, owner)) if owner == id => return Ok(()),
        Some(_) => {
            drop(tx);
            return Err(note(cx, actor, provider, "link_taken", Error::LinkTaken).await);
        }
        None => {}
    }
    let new = NewLink { account: id, provider, subject_index: &identity.index, name };
    let link = link::add(&mut tx, cx, &account, new).await?;
    let detail = json!({ "provider": provider, "link": link });
    audit::record(&mut tx, cx, actor, subject(&account, "link.add", detail)).await?;
    tx.commit().await?;
    Ok(())
}

async fn prove_other(
    cx: &Cx,
    actor: &Actor,
    back: &Return<'_>,
    identity: &Identity,
) -> Result<Finished, Error> {
    let (signed_in, _) = back.session.ok_or(Error::SignInNeeded)?;
    let found = link::find(&mut cx.read().await?, &identity.index, identity.former.as_deref()).await?;
    let Some((_, other)) = found else { return Err(Error::NotFound) };
    let proven = Proven { account: other, method: Method::Federated, user_verified: false };
    merge::prove(cx, actor, signed_in, proven).await?;
    Ok(Finished::OtherProved)
}

/// A fresh proof, when the identity opens this very account.
async fn prove(
    cx: &Cx,
    actor: &Actor,
    back: &Return<'_>,
    identity: &Identity,
    next: String,
) -> Result<Finished, Error> {
    let (signed_in, token): (&SignedIn, &str) = back.session.ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, signed_in.account).await?;
    let found = link::find(&mut tx, &identity.index, identity.former.as_deref()).await?;
    let owns = found.is_some_and(|(_, owner)| owner == account.id);
    if !owns || factor::enrolled(&mut tx, account.id).await?.any() {
        drop(tx);
        return Err(note(cx, actor, back.provider, "proof_of_another", Error::FactorUnfit).await);
    }
    let token = session::prove(&mut tx, cx, signed_in, token, Method::Federated).await?;
    let detail = json!({ "session": signed_in.session, "method": Method::Federated });
    audit::record(&mut tx, cx, actor, subject(&account, "session.prove", detail)).await?;
    tx.commit().await?;
    Ok(Finished::Proved { token, next })
}

/// The identity that waits in this browser for its owner's decision.
pub async fn claimant(cx: &Cx, browser: &str) -> Result<Claimant, Error> {
    let found = store::find_claim(&mut cx.read().await?, digest(browser), cx.now()).await?;
    let claim = found.ok_or(Error::ClaimExpired)?;
    let kept: Kept = open(cx, CLAIMED, &claim.claimed_sealed)?;
    Ok(Claimant { provider: claim.provider, name: kept.name, email: kept.email, next: kept.next })
}

/// The waiting identity becomes a way into the actor's account. Needs a fresh proof.
pub async fn adopt(cx: &Cx, actor: &Actor, browser: &str) -> Result<(), Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let account = account::require_active(&mut tx, id).await?;
    let claim = store::take_claim(&mut tx, digest(browser), cx.now()).await?.ok_or(Error::ClaimExpired)?;
    let kept: Kept = open(cx, CLAIMED, &claim.claimed_sealed)?;
    let (provider, name) = (claim.provider.as_str(), kept.name.as_deref());
    let new = NewLink { account: id, provider, subject_index: &claim.subject_index, name };
    let link = link::add(&mut tx, cx, &account, new).await?;
    let detail = json!({ "provider": provider, "link": link });
    audit::record(&mut tx, cx, actor, subject(&account, "link.add", detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// The waiting identity becomes a new customer's account without a password. What the party says of an e-mail address is
/// not believed: the address entered is verified by a code like any other, and one that has an account is refused. What the risk engine
/// holds up leaves the identity waiting, so that the same can be asked again.
pub async fn register(
    cx: &Cx,
    guard: &Guard,
    actor: &Actor,
    browser: &str,
    input: RegisterClaimed,
) -> Result<RegisteredClaimed, Error> {
    let checked = check(&input)?;
    throttle::claim(cx, vec![Key::address(cx, Scope::Register, &actor.address)]).await?;
    let contact = checked.phone.as_ref().or(checked.email.as_ref()).ok_or(Error::NotFound)?;
    let act = judged::about_contact(cx, guard, Point::Register, AccountId(0), contact);
    let judged = judged::pass(cx, guard, actor, act).await?;
    let mut tx = cx.begin().await?;
    let claim = store::take_claim(&mut tx, digest(browser), cx.now()).await?.ok_or(Error::ClaimExpired)?;
    let kept: Kept = open(cx, CLAIMED, &claim.claimed_sealed)?;
    let account = account::write_vouched(&mut tx, cx, &checked, input.locale).await?;
    let about = (judged.about(account.id), account.id.raw());
    journal_many(&mut tx, cx, &[about]).await.map_err(Error::bug)?;
    let (provider, name) = (claim.provider.as_str(), kept.name.as_deref());
    let new = NewLink { account: account.id, provider, subject_index: &claim.subject_index, name };
    link::add(&mut tx, cx, &account, new).await?;
    let purpose = contact.purpose();
    let verification = code::send_code(&mut tx, cx, account.id, purpose, contact, input.locale).await?;
    account::announce(&mut tx, cx, actor, &account, "account.register").await?;
    tx.commit().await?;
    let step = enter(cx, actor, account.id, input.arrival).await?;
    Ok(RegisteredClaimed { step, verification })
}

/// Both fields at once, so that the form shows every mistake.
fn check(input: &RegisterClaimed) -> Result<Checked, Error> {
    let mut fields = Vec::new();
    let contact = parse_contact(&input.contact).map_err(|error| fields.push(error)).ok();
    let name = parse_name(&input.name).map_err(|error| fields.push(error)).ok().flatten();
    if !fields.is_empty() {
        return Err(Error::Invalid { fields });
    }
    let (mut phone, mut email) = (None, None);
    match contact {
        Some(contact @ account::Contact::Phone(_)) => phone = Some(contact),
        other => email = other,
    }
    Ok(Checked { phone, email, name, password: String::new() })
}

fn identify(cx: &Cx, claimed: Claimed) -> Identity {
    let index = |subject: &str| cx.vault.keyed(SUBJECT, &format!("{}\n{subject}", claimed.issuer));
    let own = index(&claimed.subject);
    let former = claimed.former_subject.as_deref().map(index);
    Identity { index: own, former, claimed }
}

/// Audits that a party's answer opened nothing, and says so.
async fn note_trouble(cx: &Cx, actor: &Actor, provider: &str, error: &IssuerError) -> Error {
    if !matches!(error, IssuerError::Denied) {
        tracing::warn!(provider, %error, "a party that says who somebody is");
    }
    note(cx, actor, provider, &error.to_string(), rules::refusal(error)).await
}

/// An entry in the audit for a way that ended nowhere; the refusal stands even when it cannot be written.
async fn note(cx: &Cx, actor: &Actor, provider: &str, why: &str, refusal: Error) -> Error {
    let write = async {
        let mut tx = cx.begin().await?;
        let entry = audit::Entry {
            verb: "federation.refused",
            object_kind: "account",
            object: actor.account().map_or(0, AccountId::raw),
            customer: actor.account(),
            detail: json!({ "provider": provider, "why": why }),
            reason: None,
        };
        audit::record(&mut tx, cx, actor, entry).await?;
        tx.commit().await
    };
    match write.await {
        Ok(()) => refusal,
        Err(error) => error.into(),
    }
}

fn random<const BYTES: usize>(cx: &Cx) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    cx.rng.fill(&mut bytes);
    bytes
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn seal<T: serde::Serialize>(cx: &Cx, context: &str, value: &T) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(value).map_err(Error::bug)?;
    Ok(cx.vault.seal(cx.rng.as_ref(), context, &bytes)?)
}

fn open<T: serde::de::DeserializeOwned>(cx: &Cx, context: &str, sealed: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(&cx.vault.open(context, sealed)?).map_err(Error::bug)
}

/// Removes states and claims that are too old to be of use.
pub(crate) async fn purge(tx: &mut Tx, now: kernel::Timestamp) -> Result<u64, Error> {
    Ok(store::delete_expired(tx, now).await?)
}
