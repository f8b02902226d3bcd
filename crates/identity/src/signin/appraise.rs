//! What the risk engine says of a sign-in whose first factor was right, and what it learns from it.

use db::Tx;
use durable::Cx;
use kernel::Actor;
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
}

impl Judged {
    /// Nothing unusual.
    pub(crate) const fn calm() -> Self {
        Self { verdict: Verdict::Allow, score: 0, reasons: Vec::new() }
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
    let verdict = risk::assess(cx, &arrival.judge, signals).await.map_err(Error::bug)?;
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
    })
}

/// Lets the engine learn what is usual for this account, once somebody is really in. In the caller's transaction.
pub(crate) async fn learn(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    account: &StoredAccount,
    arrival: &Arrival,
) -> Result<(), Error> {
    let enrolled = factor::enrolled(tx, account.id).await?;
    // The device is known from now on.
    let signals = LoginSignals { device_known: true, ..signals(cx, actor, account, enrolled, arrival) };
    risk::learn(tx, cx, &arrival.judge, &signals).await.map_err(Error::bug)
}

/// Tells the engine of a wrong try, in the caller's transaction. `who` is what was typed as account; it need not exist.
pub(crate) async fn note_failure(tx: &mut Tx, cx: &Cx, actor: &Actor, who: &str) -> Result<(), Error> {
    risk::note_failure(tx, cx, &actor.address, who).await.map_err(Error::bug)
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
