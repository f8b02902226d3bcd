//! Judging a login, learning from one, remembering failures.

use db::Tx;
use durable::Cx;
use kernel::{Duration, Timestamp};
use tokio::sync::OnceCell;

use super::model::{Known, LoginPoint, LoginSignals, Model, Verdict};
use super::{rules, store};
use crate::decision::{self, Asked, Candidate, Point};
use crate::{Error, engine, list};

/// Failures from a network count this long.
const REMEMBER_FAILURES: Duration = Duration::from_hours(24);
/// Everybody's counts of a value nobody came with for so long are dropped.
const REMEMBER_WORLD: Duration = Duration::from_days(180);
/// Decisions are kept a little longer than a year; the law asks for six months.
const KEEP_DECISIONS: Duration = Duration::from_days(400);

/// Judges a login whose first proof was right, and writes the decision down. Whatever happens to the scorer, the answer comes within the
/// policy's time limit; only a database that takes no decision is an error.
pub async fn assess(cx: &Cx, point: &LoginPoint, signals: LoginSignals) -> Result<Verdict, Error> {
    let login = rules::features(&cx.vault, point.places(), &signals);
    // Read once, by whoever of the models comes first.
    let known: OnceCell<Known> = OnceCell::new();
    let candidate = |model: &Model| {
        let (weights, known, login) = (model.weights.clone(), &known, &login);
        let score = async move {
            let since = login.at.minus(REMEMBER_FAILURES);
            let values = rules::worldly(login);
            let load = || store::load(cx, signals.account, login, values, since);
            let known = known.get_or_try_init(load).await?;
            Ok(rules::score(&weights, known, login))
        };
        Candidate { version: model.version.clone(), score: Box::pin(score) }
    };
    let settings = point.settings();
    let asked = Asked {
        point: Point::Login,
        subject: signals.account,
        mark: login.mark,
        inputs: rules::inputs(&login, &signals),
    };
    let shadows = settings.shadows.iter().map(candidate).collect();
    let (decision, opinion) =
        decision::decide(cx, &point.policy(&signals), asked, candidate(&settings.model), shadows).await?;
    Ok(Verdict {
        decision,
        outcome: opinion.outcome,
        score: opinion.score,
        reasons: opinion.reasons,
        place: login.spot.as_ref().map(|spot| spot.label.clone()),
    })
}

/// Learns from a login once it fully succeeded, in the caller's transaction: what the account is used to, and where it was.
pub async fn learn(tx: &mut Tx, cx: &Cx, point: &LoginPoint, signals: &LoginSignals) -> Result<(), Error> {
    let login = rules::features(&cx.vault, point.places(), signals);
    let (own, world) = store::list_habits(tx, signals.account, rules::worldly(&login)).await?;
    let known = Known { own, world, ..Known::default() };
    store::write_lesson(tx, signals.account, &rules::lesson(&known, &login)).await?;
    store::write_visit(tx, cx, signals.account, rules::visit(&login)).await?;
    Ok(())
}

/// Remembers that somebody failed to sign in from an address, in the caller's transaction. `who` is always the same for the same
/// account, however it was named; one that does not exist has what was typed.
pub async fn note_failure(tx: &mut Tx, cx: &Cx, address: &str, who: &str) -> Result<(), Error> {
    if rules::network(address).is_some() {
        let network = rules::network_hash(&cx.vault, address);
        store::write_failure(tx, network, rules::hash(&cx.vault, "risk.who", who), cx.now()).await?;
    }
    Ok(())
}

/// Removes what is not remembered any longer.
pub(crate) async fn purge(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    store::delete_failures(tx, now.minus(REMEMBER_FAILURES)).await?;
    store::delete_world(tx, now.minus(REMEMBER_WORLD)).await?;
    engine::store::delete_before(tx, now.minus(KEEP_DECISIONS)).await?;
    list::store::remove_expired(tx, now).await?;
    decision::store::delete_before(tx, now.minus(KEEP_DECISIONS)).await?;
    Ok(())
}
