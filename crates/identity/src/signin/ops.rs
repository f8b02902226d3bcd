//! Coming in: the password, and what every way in ends with.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, ActorKind, Timestamp};
use serde_json::json;

use crate::Error;
use crate::account::{self, AccountState, StoredAccount, parse_contact, subject};
use crate::code::{self, Purpose, Taken};
use crate::device::{self, Event, KnownDevice, Novelty, Outcome};
use crate::factor;
use crate::notice::{self, Notice};
use crate::password::{Hasher, PasswordHash};
use crate::role;
use crate::session::{self, Client, NewSession, Opening, Stage};
use crate::throttle::{self, Claimed, Key, Scope};

use super::appraise::{self, Judged, Whose};
use super::model::{Arrival, LogIn, LogInByCode, Method, Proven, Remember, Step};
use super::rules::{self, Standing, Verdict};

/// What is typed as account is counted up to this length.
const LONGEST_CONTACT: usize = 254;

/// The end of every way in: decides what the proof opens, and opens it. A frozen, closed or denied account is refused.
pub async fn enter(cx: &Cx, actor: &Actor, proven: Proven, arrival: Arrival) -> Result<Step, Error> {
    admit(cx, actor, Admission { proven, arrival, keys: Vec::new(), password: None }).await
}

/// Signs in with a password. The try is counted before the password is looked at; an unknown account is answered like a
/// wrong password, after the same work.
pub async fn log_in(cx: &Cx, hasher: &Hasher, actor: &Actor, input: LogIn) -> Result<Step, Error> {
    let tried = Tried::claim(cx, actor, &input.contact).await?;
    let account = tried.account(cx).await?;
    let stored = account.as_ref().and_then(|account| account.password.as_ref());
    let right = hasher.verify(stored, &input.password).await?;
    match account {
        Some(account) if right => {
            let proven = Proven { account: account.id, method: Method::Password, user_verified: false };
            let admission =
                Admission { proven, arrival: input.arrival, keys: tried.keys, password: account.password };
            admit(cx, actor, admission).await
        }
        other => {
            note_failure(cx, actor, (other.as_ref(), &tried), Method::Password, &input.arrival.device)
                .await?;
            Err(session::refusal(tried.claimed))
        }
    }
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
            admit(cx, actor, admission).await
        }
        other => {
            note_failure(cx, actor, (other.as_ref(), &tried), Method::Code, &input.arrival.device).await?;
            let wait = tried.claimed.wait;
            Err(if wait.0 > 0 { Error::too_many(wait) } else { Error::SignInCodeWrong })
        }
    }
}

/// The account behind a contact and a password, in whatever state; counted and answered like signing in. It opens nothing.
pub(crate) async fn check_password(
    cx: &Cx,
    hasher: &Hasher,
    actor: &Actor,
    contact: &str,
    password: &str,
) -> Result<StoredAccount, Error> {
    let tried = Tried::claim(cx, actor, contact).await?;
    let account = tried.account(cx).await?;
    let stored = account.as_ref().and_then(|account| account.password.as_ref());
    let right = hasher.verify(stored, password).await?;
    match account {
        Some(account) if right => Ok(account),
        other => {
            note_failure(cx, actor, (other.as_ref(), &tried), Method::Password, "").await?;
            Err(session::refusal(tried.claimed))
        }
    }
}

/// A try that was counted: on the address, on the account as typed, and on both.
pub(crate) struct Tried {
    pub contact: Option<account::Contact>,
    /// What was typed, normalised.
    pub user: String,
    pub keys: Vec<Key>,
    pub claimed: Claimed,
}

impl Tried {
    pub(crate) async fn claim(cx: &Cx, actor: &Actor, typed: &str) -> Result<Self, Error> {
        let contact = parse_contact(typed).ok();
        let user = contact.as_ref().map_or(typed.trim(), |contact| contact.as_str());
        let user: String = user.chars().take(LONGEST_CONTACT).collect();
        let keys = vec![
            Key::address(cx, Scope::Address, &actor.address),
            Key::address_user(cx, &actor.address, &user),
            Key::new(cx, Scope::User, &user),
        ];
        let claimed = throttle::claim(cx, keys.clone()).await?;
        Ok(Self { contact, user, keys, claimed })
    }

    pub(crate) async fn account(&self, cx: &Cx) -> Result<Option<StoredAccount>, Error> {
        match &self.contact {
            Some(contact) => account::find_by_contact(&mut cx.read().await?, cx, contact).await,
            None => Ok(None),
        }
    }
}

/// A wrong password or code: audited and shown to the owner of the account, if there is one.
pub(crate) async fn note_failure(
    cx: &Cx,
    actor: &Actor,
    (account, tried): (Option<&StoredAccount>, &Tried),
    method: Method,
    agent: &str,
) -> Result<(), Error> {
    let client = session::client(agent, actor);
    let mut tx = cx.begin().await?;
    let event = Event {
        account: account.map(|account| account.id),
        outcome: Outcome::Wrong,
        method,
        client: &client,
        device: None,
        score: 0,
        reasons: &[],
    };
    device::record(&mut tx, cx, event).await?;
    let whose = account.map_or(Whose::Nobodys(&tried.user), |account| Whose::Of(account.id));
    appraise::note_failure(&mut tx, cx, actor, whose).await?;
    let entry = audit::Entry {
        verb: "session.log_in_failed",
        object_kind: "account",
        object: account.map_or(0, |account| account.id.0),
        customer: account.and_then(StoredAccount::as_customer),
        detail: json!({ "method": method }),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody who proved something, with what has to hold when it is looked at under lock.
pub(crate) struct Admission {
    pub proven: Proven,
    pub arrival: Arrival,
    /// Counts that a right proof clears.
    pub keys: Vec<Key>,
    /// The hash the password was checked against.
    pub password: Option<PasswordHash>,
}

pub(crate) fn client_of(actor: &Actor, arrival: &Arrival) -> Client {
    session::client(&arrival.device, actor)
}

pub(crate) async fn admit(cx: &Cx, actor: &Actor, admission: Admission) -> Result<Step, Error> {
    let (proven, arrival) = (admission.proven, &admission.arrival);
    let known = device::recognise(&mut cx.read().await?, cx, proven.account, arrival).await?;
    let judged = appraise::judge(cx, actor, (&proven, arrival), known.is_some(), &admission.keys).await?;
    let client = client_of(actor, arrival);
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, proven.account).await?.ok_or(Error::NotFound)?;
    if let Some(refused) = refused(&account, &admission, judged.verdict) {
        let turned = Turned { account: &account, method: proven.method, client: &client, judged: &judged };
        turn_away(&mut tx, cx, actor, turned).await?;
        tx.commit().await?;
        return Err(refused);
    }
    throttle::forget(&mut tx, cx, admission.keys.clone()).await?;
    if let Some(previous) = arrival.previous.as_deref() {
        session::end_token(&mut tx, previous).await?;
    }
    let enrolled = factor::enrolled(&mut tx, account.id).await?;
    let stage = rules::stage(Standing {
        proven,
        enrolled,
        demanded: role::rights_of(&mut tx, &account.roles).await?.second_factor,
        remembered: device::is_remembered(known.as_ref(), cx.now()),
        verdict: judged.verdict,
        can_ask: can_ask(&account, proven.method),
    });
    let proved_at = if rules::is_proof(&proven, enrolled) { cx.now() } else { Timestamp(0) };
    let entry = Entry {
        stage,
        methods: vec![proven.method],
        acting_for: None,
        proved_at,
        known: known.as_ref(),
        remember: Remember::No,
    };
    let opened = write(&mut tx, cx, actor, (&account, &client, arrival), entry, &judged).await?;
    if stage == Stage::Open {
        appraise::learn(&mut tx, cx, arrival, judged.signals.as_ref()).await?;
    }
    note_entry(&mut tx, cx, actor, &account, &opened, &[proven.method]).await?;
    tx.commit().await?;
    Ok(match stage {
        Stage::Open => Step::Open(opened),
        Stage::SecondFactor => Step::SecondFactor(opened),
        Stage::Enrol => Step::Enrol(opened),
    })
}

/// The state of the account is told only here: to whoever has proved to be its owner.
fn refused(account: &StoredAccount, admission: &Admission, verdict: Verdict) -> Option<Error> {
    match account.state {
        AccountState::Frozen => Some(Error::Frozen),
        AccountState::Closed => Some(Error::Closed),
        AccountState::Active if admission.password.is_some() && admission.password != account.password => {
            Some(Error::WrongState)
        }
        AccountState::Active if verdict == Verdict::Deny => Some(Error::Frozen),
        AccountState::Active => None,
    }
}

/// Whether a risky sign-in without a second factor can be asked for something else.
fn can_ask(account: &StoredAccount, method: Method) -> bool {
    match method {
        Method::Code => account.password.is_some(),
        _ => account.phone.is_some() || account.email.is_some(),
    }
}

struct Turned<'a> {
    account: &'a StoredAccount,
    method: Method,
    client: &'a Client,
    judged: &'a Judged,
}

async fn turn_away(tx: &mut Tx, cx: &Cx, actor: &Actor, turned: Turned<'_>) -> Result<(), Error> {
    let Turned { account, method, client, judged } = turned;
    let denied = account.state == AccountState::Active && judged.verdict == Verdict::Deny;
    let outcome = if denied { Outcome::Denied } else { Outcome::Refused };
    let event = Event {
        account: Some(account.id),
        outcome,
        method,
        client,
        device: None,
        score: judged.score,
        reasons: &judged.reasons,
    };
    device::record(tx, cx, event).await?;
    if denied {
        notice::tell(tx, cx, account, Notice::login_denied(client)).await?;
    }
    let detail = json!({ "state": account.state, "outcome": outcome, "score": judged.score });
    audit::record(tx, cx, actor, subject(account, "session.log_in_refused", detail)).await?;
    Ok(())
}

/// What a session begins with.
pub(crate) struct Entry<'a> {
    pub stage: Stage,
    pub methods: Vec<Method>,
    pub acting_for: Option<AccountId>,
    pub proved_at: Timestamp,
    pub known: Option<&'a KnownDevice>,
    pub remember: Remember,
}

/// Writes session, device and login event, and tells the owner what is worth telling.
pub(crate) async fn write(
    tx: &mut Tx,
    cx: &Cx,
    _actor: &Actor,
    (account, client, arrival): (&StoredAccount, &Client, &Arrival),
    entry: Entry<'_>,
    judged: &Judged,
) -> Result<NewSession, Error> {
    let method = entry.methods.last().copied().unwrap_or(Method::Password);
    let mut opening = Opening {
        kind: arrival.kind,
        stage: entry.stage,
        methods: entry.methods,
        acting_for: entry.acting_for,
        device: entry.known.map(|device| device.id),
        device_token: None,
        proved_at: entry.proved_at,
        signals: judged.signals.as_ref().filter(|_| entry.stage != Stage::Open),
    };
    let mut novelty = Novelty::Known;
    // A device counts as known only once somebody is really in.
    if entry.stage == Stage::Open {
        let noted = device::note(tx, cx, account.id, arrival, client, entry.remember).await?;
        (opening.device, opening.device_token, novelty) = (Some(noted.id), noted.token, noted.novelty);
    }
    let device = opening.device;
    let opened = session::open(tx, cx, account, client, opening).await?;
    let outcome = match entry.stage {
        Stage::Open => Outcome::Open,
        Stage::SecondFactor => Outcome::SecondFactor,
        Stage::Enrol => Outcome::Enrol,
    };
    let event = Event {
        account: Some(account.id),
        outcome,
        method,
        client,
        device,
        score: judged.score,
        reasons: &judged.reasons,
    };
    device::record(tx, cx, event).await?;
    let unusual = matches!(judged.verdict, Verdict::Notify | Verdict::StepUp);
    if unusual {
        notice::tell(tx, cx, account, Notice::unusual_login(client)).await?;
    } else if novelty == Novelty::New {
        notice::tell(tx, cx, account, Notice::new_device(client)).await?;
    }
    Ok(opened)
}

/// The audit of a session that was written; the last act of a transaction.
pub(crate) async fn note_entry(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    opened: &NewSession,
    methods: &[Method],
) -> Result<(), Error> {
    let who = Actor { kind: ActorKind::account(account.id, account.roles.clone()), ..actor.clone() };
    let verb = if opened.stage == Stage::Open { "session.log_in" } else { "session.first_factor" };
    let detail = json!({ "session": opened.id, "stage": opened.stage, "methods": methods });
    audit::record(tx, cx, &who, subject(account, verb, detail)).await?;
    Ok(())
}
