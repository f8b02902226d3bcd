//! Signing in with a one-time code. Asking for one does the same work and gets the same answer whether the account exists or
//! not: a job looks it up afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable::{BoxError, BoxFuture, Cx, Handler, Job, NewJob, Outcome};
use kernel::{AccountId, Actor, Locale, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::account::{self, AccountState, parse_contact};
use crate::code::{self, Purpose, Taken};
use crate::throttle::{self, Key, Scope};

use super::model::{Arrival, Method, Proven, Step};
use super::ops::{self, Admission, Tried};

/// The kind of job that sends a code to whoever asked for one.
pub const SEND_CODE_JOB: &str = "identity.send_code";
const CONTACT: &str = "identity.send_code.contact";

/// What the page after asking shows: the same for any address.
#[derive(Debug, Clone)]
pub struct AskCode {
    /// The address, masked.
    pub masked_to: String,
    pub expires_at: Timestamp,
    /// No new code before this time.
    pub resend_at: Timestamp,
}

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

/// What somebody gives to sign in with a code.
pub struct LogInByCode {
    /// Phone number or e-mail address, as typed.
    pub contact: String,
    pub code: String,
    pub arrival: Arrival,
}

/// Signs in with a code. A code that is wrong, used, too old, or of another account, and an account that does not exist, all
/// get the same answer.
pub async fn log_in_by_code(cx: &Cx, actor: &Actor, input: LogInByCode) -> Result<Step, Error> {
    let digits = code::parse(&input.code)?;
    let tried = Tried::claim(cx, actor, &input.contact).await?;
    let account = tried.account(cx).await?;
    // No account has the number 0: the same statements run, and find nothing.
    let id = account.as_ref().map_or(AccountId(0), |account| account.id);
    let mut tx = cx.begin().await?;
    let taken = match &tried.contact {
        Some(contact) => code::take(&mut tx, cx, id, Purpose::SignIn, contact, &digits).await?,
        None => Taken::Gone,
    };
    tx.commit().await?;
    match account {
        Some(account) if taken.is_right() => {
            let proven = Proven { account: account.id, method: Method::Code, user_verified: false };
            let admission = Admission { proven, arrival: input.arrival, keys: tried.keys, password: None };
            ops::admit(cx, actor, admission).await
        }
        other => {
            ops::note_failure(cx, actor, (other.as_ref(), &tried), Method::Code, &input.arrival.device)
                .await?;
            let wait = tried.claimed.wait;
            Err(if wait.0 > 0 { Error::too_many(wait) } else { Error::SignInCodeWrong })
        }
    }
}
