//! Asking for a one-time code. It does the same work and gets the same answer whether the account exists or not: a job looks it up
//! afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable::{BoxError, BoxFuture, Cx, Handler, Job, NewJob, Outcome};
use kernel::{Actor, Locale};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::account::{self, AccountState, parse_contact};
use crate::code::{self, Purpose};
use crate::throttle::{self, Key, Scope};

use super::model::AskCode;

/// The kind of job that sends a code to whoever asked for one.
pub const SEND_CODE_JOB: &str = "identity.send_code";
const CONTACT: &str = "identity.send_code.contact";

/// What the job is told. The address is sealed.
#[derive(Serialize, Deserialize)]
struct Wish {
    contact: String,
    locale: Locale,
    /// For a new password instead of signing in.
    #[serde(default)]
    reset: bool,
}

/// Asks for a code to a phone number or an e-mail address, as typed. It is sent if that is the verified address of an account.
pub async fn ask_code(cx: &Cx, actor: &Actor, contact: &str) -> Result<AskCode, Error> {
    ask(cx, actor, contact, Purpose::SignIn).await
}

/// The same for another purpose of codes that are asked for by address.
pub(crate) async fn ask(cx: &Cx, actor: &Actor, contact: &str, purpose: Purpose) -> Result<AskCode, Error> {
    let contact = parse_contact(contact).map_err(|error| Error::Invalid { fields: vec![error] })?;
    let typed = contact.as_str();
    let mut tx = cx.begin().await?;
    let keys = vec![Key::address(cx, Scope::AskCode, &actor.address), Key::new(cx, Scope::Code, typed)];
    let claimed = throttle::claim_in(&mut tx, cx, keys).await?;
    let sealed = cx.vault.seal_text(cx.rng.as_ref(), CONTACT, typed)?;
    let reset = purpose == Purpose::Reset;
    let wish = Wish { contact: STANDARD.encode(sealed), locale: actor.locale, reset };
    let job = NewJob {
        kind: SEND_CODE_JOB,
        key: format!("{}:{}", purpose.name(), STANDARD.encode(cx.vault.keyed(CONTACT, typed))),
        payload: serde_json::to_value(&wish).map_err(Error::bug)?,
        run_at: cx.now(),
    };
    durable::enqueue(&mut tx, cx, job).await?;
    tx.commit().await?;
    let now = cx.now();
    Ok(AskCode {
        masked_to: contact.masked(),
        expires_at: now.plus(code::VALID),
        resend_at: now.plus(claimed.wait),
    })
}

/// Sends the code that was asked for, if there is an account to send it to.
#[derive(Debug, Clone, Copy, Default)]
pub struct CodeJob;

impl Handler for CodeJob {
    fn run<'a>(&'a self, cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
        Box::pin(async move {
            send(cx, &job.payload).await?;
            Ok(Outcome::Done)
        })
    }
}

async fn send(cx: &Cx, payload: &serde_json::Value) -> Result<(), Error> {
    let wish: Wish = serde_json::from_value(payload.clone()).map_err(Error::bug)?;
    let sealed = STANDARD.decode(&wish.contact).map_err(Error::bug)?;
    let typed = cx.vault.open_text(CONTACT, &sealed)?;
    let Ok(contact) = parse_contact(&typed) else { return Ok(()) };
    let mut tx = cx.begin().await?;
    let Some(account) = account::find_by_contact(&mut tx, cx, &contact).await? else { return Ok(()) };
    let verified = account::verified_contacts(cx, &account)?.contains(&contact);
    // Whoever could register somebody else's address must not be signed in by its owner: unverified gets none.
    if !verified || account.state == AccountState::Closed {
        return Ok(());
    }
    let purpose = if wish.reset { Purpose::Reset } else { Purpose::SignIn };
    code::send(&mut tx, cx, account.id, purpose, &contact, wish.locale).await?;
    tx.commit().await?;
    Ok(())
}
