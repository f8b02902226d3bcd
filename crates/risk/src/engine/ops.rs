//! Judging acts, writing them down, and keeping up with what rules, lists and models say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arc_swap::ArcSwap;
use db::Tx;
use durable::task::Tasks;
use durable::{BoxError, Cx};
use kernel::{AccountId, Duration};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use vault::Vault;

use super::memory::{Known, Memory, Same, Sight};
use super::model::{Act, Judged, PointPolicy, Seen, Settings, Thresholds};
use super::snapshot::{AtWork, Snapshot};
use super::{ALARM, CHANNEL, rules, store};
use crate::decision::{self, Asked, Candidate, DecisionId, Ladder, Outcome, Policy, Scored};
use crate::list::rules::{Named, settle};
use crate::login::rules::hash;
use crate::model::Scored as Learned;
use crate::place::Places;
use crate::rule::rules::{Ready, Tried, run};
use crate::rule::variables::variables;
use crate::rule::{RuleId, RuleState};
use crate::{Error, Point};

/// Everything is looked at again after this time, should a word of a change be lost.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Judges acts; one a node.
pub struct Engine {
    settings: Settings,
    places: Option<Places>,
    sight: Box<dyn Sight>,
    snapshot: ArcSwap<Snapshot>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What came of judging besides the outcome.
struct Weighed {
    grounds: Value,
    /// What rules read; empty where none is about such an act.
    variables: Value,
    newest: i64,
    vector: Value,
    learned: Option<Learned>,
    hits: Vec<RuleId>,
}

/// One question, on its way.
struct Question<'a> {
    act: &'a Act,
    seen: &'a Seen,
    named: &'a [Named],
    snapshot: &'a Snapshot,
    thresholds: Thresholds,
}

impl Engine {
    /// Reads rules, lists and models. `places` is the operator's file, if there is one.
    pub async fn open(cx: &Cx, settings: Settings, places: Option<Places>) -> Result<Arc<Self>, Error> {
        let sight = Box::new(Memory::new(settings.acts_in_memory));
        Self::with_sight(cx, settings, places, sight).await
    }

    pub(crate) async fn with_sight(
        cx: &Cx,
        settings: Settings,
        places: Option<Places>,
        sight: Box<dyn Sight>,
    ) -> Result<Arc<Self>, Error> {
        let snapshot = ArcSwap::from_pointee(Snapshot::load(cx, &Snapshot::default()).await?);
        Ok(Arc::new(Self { settings, places, sight, snapshot }))
    }

    /// Keeps up with changes on any node, until the process stops.
    pub fn start(self: &Arc<Self>, cx: &Cx, tasks: &Tasks) {
        tasks.spawn_until_stop(Arc::clone(self).follow(cx.clone()));
    }

    async fn follow(self: Arc<Self>, cx: Cx) {
        let mut changes = cx.db.listen(CHANNEL);
        loop {
            // Whether woken or not, everything is looked at.
            drop(tokio::time::timeout(LOOK_EVERY.to_std(), changes.recv()).await);
            if let Err(error) = self.reload(&cx).await {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "risk rules, lists and models could not be read; the last ones stay");
            }
        }
    }

    /// Reads rules, lists and models again.
    pub async fn reload(&self, cx: &Cx) -> Result<(), Error> {
        let snapshot = Snapshot::load(cx, &self.snapshot.load()).await?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// How a point behaves.
    pub fn policy(&self, point: Point) -> PointPolicy {
        self.settings.policy(point)
    }

    /// Judges an act. Never fails and never takes longer than the point's time limit: without a score in time the configured answer holds,
    /// and lists hold even then. Call it before a transaction is begun, and write what comes of it with [`journal_many`].
    pub async fn judge(&self, cx: &Cx, act: Act) -> Judged {
        let at = cx.now();
        let seen = rules::see(&cx.vault, self.places.as_ref(), &act, at);
        let snapshot = self.snapshot.load_full();
        let named = snapshot.lists.names(&seen.parts(), at);
        let point = self.settings.policy(act.point);
        let live = snapshot.live(seen.family);
        let thresholds = live.map_or(point.thresholds, |live| live.thresholds);
        let question = Question { act: &act, seen: &seen, named: &named, snapshot: &snapshot, thresholds };
        let (known, weighed) = (OnceCell::new(), OnceCell::new());
        let main = Candidate {
            version: snapshot.version(seen.family),
            score: Box::pin(async {
                let (scored, came) = question.weigh(self.known(cx, &question, &known).await?);
                drop(weighed.set(came));
                Ok(scored)
            }),
        };
        let shadow = |at_work: &AtWork| {
            let (model, thresholds) = (Arc::clone(&at_work.model), at_work.thresholds);
            let (question, known) = (&question, &known);
            let score = async move {
                let known = self.known(cx, question, known).await?;
                let learned = model.score(&known.vector);
                let reasons = rules::reasons(None, &[], None, telling(&learned));
                Ok(Scored { score: learned.score, reasons, ruled: Some(thresholds.outcome(learned.score)) })
            };
            Candidate { version: at_work.version(), score: Box::pin(score) }
        };
        let shadows = snapshot.shadows(seen.family).map(shadow).collect();
        let asked = Asked { point: act.point, subject: act.subject, mark: act.mark, inputs: Value::Null };
        let mut judged = decision::weigh(&policy(&point), asked, at, main, shadows).await;
        let weighed = if judged.main.failure.is_none() { weighed.into_inner() } else { None };
        finish(&mut judged, &question, weighed.as_ref());
        let hits = weighed.as_ref().map_or_else(Vec::new, |weighed| question.hits(weighed));
        let newest = weighed.map_or(0, |weighed| weighed.newest);
        Judged { decision: judged, person: act.person, amount: act.amount, newest, hits, seen }
    }

    /// Read once, by whoever of the models comes first.
    async fn known<'a>(
        &self,
        cx: &Cx,
        question: &Question<'_>,
        cell: &'a OnceCell<Known>,
    ) -> Result<&'a Known, BoxError> {
        let Act { point, subject, mark, is_first, .. } = *question.act;
        let same = Same { point, subject, mark: if is_first { 0 } else { mark } };
        cell.get_or_try_init(|| self.sight.look(cx, question.seen, same)).await
    }
}

/// The time limit and the answer to silence; the steps are the engine's own.
fn policy(point: &PointPolicy) -> Policy {
    let ladder = Ladder { notify: 101, step_up: 101, stop: 101, top: Outcome::Review };
    Policy { time_limit: point.time_limit, on_failure: point.on_failure, ladder, review: point.review }
}

/// What spoke for fraud, the weightiest first.
fn telling(learned: &Learned) -> impl Iterator<Item = crate::feature::Feature> {
    learned.reasons.iter().filter(|one| one.weight > 0.0).map(|one| one.feature)
}

impl Question<'_> {
    /// Rules, then the score, then lists and what people said.
    fn weigh(&self, known: &Known) -> (Scored, Weighed) {
        let learned = self.snapshot.live(self.seen.family).map(|live| live.model.score(&known.vector));
        let score = learned.as_ref().map(|learned| learned.score);
        let grounds = rules::grounds(self.act, self.seen, score, self.named);
        let is_ruled = self.rules(RuleState::Live).chain(self.rules(RuleState::Shadow)).next().is_some();
        let variables = if is_ruled { variables(&grounds, &known.vector) } else { Value::Null };
        let (mut hits, mut by_rules) = (Vec::new(), Outcome::Allow);
        for rule in self.rules(RuleState::Live) {
            match run(&rule.program, &variables) {
                Tried::Matches => {
                    hits.push(rule.id);
                    by_rules = by_rules.max(rule.outcome);
                }
                Tried::DoesNot => {}
                Tried::Unclear(why) => {
                    tracing::debug!(rule = %rule.id, why, "a risk rule gave no answer for an act");
                    metrics::counter!("everlit_risk_rules_unclear_total").increment(1);
                }
            }
        }
        let by_score = score.map_or(Outcome::Allow, |score| self.thresholds.outcome(score));
        let wanted = rules::fitting(self.act.point, settle(self.named, by_rules, by_score));
        let outcome = rules::after(known.precedent, wanted);
        let moved = learned.iter().flat_map(telling);
        let rule = (!hits.is_empty()).then_some(by_rules);
        let reasons = rules::reasons(known.precedent, self.named, rule, moved);
        let vector = json!(kernel::hex::encode(&known.vector.to_bytes()));
        let scored = Scored { score: score.unwrap_or(0), reasons, ruled: Some(outcome) };
        (scored, Weighed { grounds, variables, newest: known.newest, vector, learned, hits })
    }

    fn rules(&self, state: RuleState) -> impl Iterator<Item = &Ready> {
        let point = self.act.point;
        self.snapshot.rules.iter().filter(move |rule| rule.state == state && rule.points.contains(&point))
    }

    /// Live rules that matched, and shadow rules, which run when everything is decided and can do no harm.
    fn hits(&self, weighed: &Weighed) -> Vec<(RuleId, bool)> {
        let mut hits: Vec<(RuleId, bool)> = weighed.hits.iter().map(|rule| (*rule, false)).collect();
        for rule in self.rules(RuleState::Shadow) {
            let tried = catch_unwind(AssertUnwindSafe(|| run(&rule.program, &weighed.variables)));
            if matches!(tried, Ok(Tried::Matches)) {
                hits.push((rule.id, true));
            }
        }
        hits
    }
}

/// Puts down what was judged from what; where nobody scored in time, lists still hold.
fn finish(judged: &mut decision::Judged, question: &Question<'_>, weighed: Option<&Weighed>) {
    let main = &mut judged.main;
    let Some(weighed) = weighed else {
        // Whether a live rule would have matched is not known, so nobody is let past.
        let named: Vec<Named> =
            question.named.iter().copied().filter(|one| one.list != crate::list::List::Allow).collect();
        main.outcome = settle(&named, Outcome::Allow, main.outcome);
        main.reasons.extend(rules::reasons(None, &named, None, std::iter::empty()));
        judged.asked.inputs =
            json!({"lists": named.len(), "failure": main.failure.map(decision::Failure::name)});
        return;
    };
    if weighed.learned.is_none() {
        main.score = None;
    }
    let rules: Vec<String> = weighed.hits.iter().map(ToString::to_string).collect();
    judged.asked.inputs =
        json!({"grounds": weighed.grounds, "vector": weighed.vector, "rules": rules, "seen": weighed.newest});
}

/// Writes judged acts down with the numbers of what they were about (an order's, a transfer's), in the caller's transaction, one
/// statement a table; opens the reviews that are due. The decisions' ids, in the order given.
pub async fn journal_many(tx: &mut Tx, cx: &Cx, all: &[(Judged, i64)]) -> Result<Vec<DecisionId>, Error> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let decisions: Vec<_> = all.iter().map(|(judged, object)| (&judged.decision, Some(*object))).collect();
    let ids = decision::journal_many(tx, cx, &decisions).await?;
    store::insert(tx, cx, all, &ids).await?;
    for ((judged, _), id) in all.iter().zip(&ids) {
        if let Some(alarmed) = rules::alarmed(judged) {
            durable::emit(tx, cx, ALARM, id.raw(), &alarmed).await?;
        }
    }
    Ok(ids)
}

/// The same for one act that does not go on, in a transaction of its own: what was said stands whatever becomes of the matter.
pub async fn journal_alone(cx: &Cx, judged: Judged, object: i64) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    journal_many(&mut tx, cx, &[(judged.refused(), object)]).await?;
    tx.commit().await?;
    Ok(())
}

impl Judged {
    /// The same about an account that did not exist when it was judged: a registration.
    #[must_use]
    pub fn about(mut self, subject: AccountId) -> Self {
        self.decision.asked.subject = subject;
        self
    }
}

/// The number of a payee that is no account here: a phone that is topped up, a bank account, a meter. `kind` keeps apart what
/// could be written alike.
pub fn payee(vault: &Vault, kind: &str, text: &str) -> i64 {
    hash(vault, "risk.payee", &format!("{kind}\n{text}"))
}
