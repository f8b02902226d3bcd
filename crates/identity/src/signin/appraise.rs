//! What the risk engine says of a sign-in whose first factor was right, and what it learns from it.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor};
use risk::{LoginSignals, Outcome};

use crate::account::StoredAccount;
use crate::factor::Enrolled;
use crate::throttle::{self, Key, Scope};
use crate::{Error, account, factor};

use super::model::{Arrival, Proven};
use super::rules::Verdict;

/// How a sign-in was judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub verdict: Verdict,
    /// 0 to 100.
    pub score: i64,
    /// Codes of what made it unusual, the strongest first.
    pub reasons: Vec<String>,
    /// What was judged, to be learned once somebody is really in.
    pub signals: Option<LoginSignals>,
}

impl Judged {
    /// Nothing unusual.
    pub(crate) const fn calm() -> Self {
        Self { verdict: Verdict::Allow, score: 0, reasons: Vec::new(), signals: None }
    }
}

/// Asks the risk engine, before any lock is taken. An account that cannot be opened anyway is not judged.
pub(crate) async fn judge(
    cx: &Cx,
    actor: &Actor,
    (proven, arrival): (&Proven, &Arrival),
    known_device: bool,
    keys: &[Key],
) -> Result<Judged, Error> {
    let mut tx = cx.read().await?;
    let Some(account) = account::find_account(&mut tx, proven.account).await? else {
        return Ok(Judged::calm());
    };
    let enrolled = factor::enrolled(&mut tx, proven.account).await?;
    let mut failures = 0;
    for key in keys.iter().filter(|key| key.scope == Scope::User) {
        failures = throttle::tries(&mut tx, key).await?.saturating_sub(1);
    }
    drop(tx);
    let mut signals = signals(cx, actor, &account, enrolled, arrival);
    signals.device_known = known_device;
    signals.failures_before = u32::try_from(failures).unwrap_or(u32::MAX);
    let verdict = risk::assess(cx, &arrival.judge, signals.clone()).await.map_err(Error::bug)?;
    Ok(Judged {
        verdict: match verdict.outcome {
            Outcome::Allow => Verdict::Allow,
            Outcome::Notify => Verdict::Notify,
            Outcome::StepUp => Verdict::StepUp,
            // Until staff have looked nobody gets in.
            Outcome::Review | Outcome::Deny => Verdict::Deny,
        },
        score: verdict.score.map_or(0, i64::from),
        reasons: verdict.reasons.iter().map(|reason| reason.code().to_owned()).collect(),
        signals: Some(signals),
    })
}

/// Lets the engine learn what is usual for this account, once somebody is really in: the very signals it judged, so that who never
/// keeps cookies is learned as such. In the caller's transaction.
pub(crate) async fn learn(
    tx: &mut Tx,
    cx: &Cx,
    arrival: &Arrival,
    signals: Option<&LoginSignals>,
) -> Result<(), Error> {
    match signals {
        Some(signals) => risk::learn(tx, cx, &arrival.judge, signals).await.map_err(Error::bug),
        // Nobody judged it: a session from before signals were kept.
        None => Ok(()),
    }
}

/// Whose account a wrong try was for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'a> {
    Of(AccountId),
    /// What was typed, normalised; nobody's.
    Nobodys(&'a str),
}

/// Tells the engine of a wrong try, in the caller's transaction. Whatever of an account was wrong, and whatever it was called
/// by, counts as the same account.
pub(crate) async fn note_failure(tx: &mut Tx, cx: &Cx, actor: &Actor, whose: Whose<'_>) -> Result<(), Error> {
    let who = match whose {
        Whose::Of(account) => account.to_string(),
        Whose::Nobodys(typed) => typed.to_owned(),
    };
    risk::note_failure(tx, cx, &actor.address, &who).await.map_err(Error::bug)
}

fn signals(
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    enrolled: Enrolled,
    arrival: &Arrival,
) -> LoginSignals {
    LoginSignals {
        account: account.id,
        address: actor.address.clone(),
        user_agent: arrival.device.clone(),
        device_known: false,
        at: cx.now(),
        failures_before: 0,
        has_second_factor: enrolled.any(),
        is_staff: account.is_staff(),
    }
}
