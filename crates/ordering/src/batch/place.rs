//! Ordering the lines of a file that was submitted: one after the other, each at the desk, as whoever submitted it and with the rights
//! they have at that moment. Killed in between, it goes on with the line it was at: the line's key finds the order it became.

use std::sync::Arc;

use catalogue::service::{PaymentMethod, ServiceVersion, Shelf};
use durable::Cx;
use kernel::{Actor, ActorKind, Kind, Locale, Principal, Refusal as _, RequestId};
use serde_json::json;

use super::model::{Act, Batch, BatchId, BatchState, Column, Entry, EntryState};
use super::{ops, rules, store};
use crate::idempotency::{Key, fingerprint};
use crate::order::Channel;
use crate::{Desk, Error, NewLine, PlaceOrder};

/// Keys of lines meet only each other.
const ROUTE: &str = "batch line";
/// Lines of one run of the job: well within its lease.
const RUN: usize = 50;

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More lines wait.
    More,
    /// The desk is full, or the same line is being ordered elsewhere.
    Later,
    Ended,
}

/// Everything that the lines of one run share.
struct Run<'a> {
    cx: &'a Cx,
    desk: &'a Desk,
    shelf: &'a Shelf,
    batch: Batch,
    columns: Vec<Column>,
    actor: Actor,
    origin: risk::Origin,
}

/// What became of a line.
enum Fate {
    Next,
    Later,
    /// No further line can be ordered; the code says why.
    Stop(&'static str),
}

/// Orders the next lines of a file.
pub(super) async fn run(cx: &Cx, desk: &Desk, shelf: &Shelf, id: BatchId) -> Result<Progress, Error> {
    let mut tx = cx.read().await?;
    let found = store::find(&mut tx, cx, id).await?.filter(|batch| batch.state == BatchState::Placing);
    let Some((batch, act)) = found.zip(store::act_of(&mut tx, cx, id).await?) else {
        return Ok(Progress::Ended);
    };
    let lines = store::list_ready(&mut tx, cx, id, RUN).await?;
    drop(tx);
    let member = identity::organisation::member(cx, batch.party, batch.maker).await?;
    let Some(member) = member else { return end(cx, &batch, Some("batch.forbidden")).await };
    let offered = |version: &Arc<ServiceVersion>| rules::is_offered(version, &batch.offering);
    let Some(version) = shelf.service(&batch.service).filter(offered) else {
        return end(cx, &batch, Some("batch.not_offered")).await;
    };
    let columns = rules::columns(&version, &batch.offering);
    let (actor, origin) = who(&act, member);
    let run = Run { cx, desk, shelf, batch, columns, actor, origin };
    let all = lines.len() < RUN;
    for entry in lines {
        match run.one(entry).await? {
            Fate::Next => {}
            Fate::Later => return Ok(Progress::Later),
            Fate::Stop(code) => return end(cx, &run.batch, Some(code)).await,
        }
    }
    if all { end(cx, &run.batch, None).await } else { Ok(Progress::More) }
}

fn who(act: &Act, member: Principal) -> (Actor, risk::Origin) {
    let origin = risk::Origin {
        address: act.address.clone(),
        user_agent: act.user_agent.clone(),
        device: act.device.clone(),
    };
    let kind = ActorKind::Account(Principal { proved_at: act.proved_at, ..member });
    let actor = Actor { kind, request: RequestId(0), locale: Locale::Zh, address: act.address.clone() };
    (actor, origin)
}

impl Run<'_> {
    async fn one(&self, entry: Entry) -> Result<Fate, Error> {
        let Some(version) = self.shelf.service(&self.batch.service) else {
            return Ok(Fate::Stop("batch.not_offered"));
        };
        let checked =
            rules::check(&version, &self.batch.offering, &self.columns, &entry.cells, self.cx.now());
        let checked = match checked {
            Ok(checked) => checked,
            Err(wrong) => {
                let next = Entry { state: EntryState::Wrong, wrong, content: None, amount: None, ..entry };
                return self.write(&next).await;
            }
        };
        if !entry.again {
            let mut tx = self.cx.read().await?;
            if ops::was_ordered(&mut tx, self.cx, &self.batch, &checked.content).await? {
                drop(tx);
                let wrong = vec![rules::repeats(None)];
                return self.write(&Entry { state: EntryState::Repeated, wrong, ..entry }).await;
            }
        }
        let line = NewLine {
            service: self.batch.service.clone(),
            version: None,
            offering: self.batch.offering.clone(),
            quantity: checked.quantity,
            answers: checked.answers,
            quote: None,
        };
        match self.desk.place(self.order(&entry, line, checked.total)).await {
            Ok(placed) => {
                let next = Entry {
                    state: EntryState::Ordered,
                    wrong: Vec::new(),
                    content: Some(checked.content),
                    amount: Some(placed.total),
                    order: Some(placed.order),
                    approval: placed.approval,
                    ..entry
                };
                self.write(&next).await
            }
            Err(error) => self.refused(entry, error).await,
        }
    }

    fn order(&self, entry: &Entry, line: NewLine, total: kernel::Money) -> PlaceOrder {
        let customer = self.batch.party;
        let content = json!([line.service, line.offering, line.quantity, line.answers]);
        let key = Key {
            actor: customer,
            route: ROUTE,
            // One file, one batch: the file's digest is unique in the organisation.
            key: format!("{}:{}", self.batch.id, entry.line),
            fingerprint: fingerprint(&content),
        };
        PlaceOrder {
            actor: self.actor.clone(),
            customer,
            key,
            lines: vec![line],
            payment: PaymentMethod::Balance,
            from_balance: None,
            // What the page showed; another price is refused and asked about (I10).
            agreed_total: entry.amount.unwrap_or(total),
            cart: None,
            draft: None,
            channel: Channel::File,
            hold_for: None,
            origin: self.origin.clone(),
        }
    }

    async fn refused(&self, entry: Entry, error: Error) -> Result<Fate, Error> {
        match &error {
            Error::Busy { .. } | Error::IdempotencyInFlight { .. } => return Ok(Fate::Later),
            Error::SignInNeeded | Error::Forbidden | Error::ProofNeeded => {
                return Ok(Fate::Stop(error.code()));
            }
            _ if error.kind() == Kind::Bug => return Err(error),
            _ => {}
        }
        let wrong = rules::refused(&self.columns, &error);
        self.write(&Entry { state: EntryState::Refused, wrong, ..entry }).await
    }

    async fn write(&self, next: &Entry) -> Result<Fate, Error> {
        let mut tx = self.cx.begin().await?;
        let ordered_at = next.order.map(|_| self.cx.now());
        store::update_entry(&mut tx, self.cx, self.batch.id, next, ordered_at).await?;
        tx.commit().await?;
        Ok(Fate::Next)
    }
}

/// The run is over: everything is ordered, or lines are left to be mended.
async fn end(cx: &Cx, batch: &Batch, stopped: Option<&'static str>) -> Result<Progress, Error> {
    let mut tx = cx.begin().await?;
    let Some(found) = store::lock(&mut tx, cx, batch.id).await? else { return Ok(Progress::Ended) };
    let counts = store::counts(&mut tx, vec![batch.id.raw()]).await?;
    let counts = counts.first().map(|(_, counts)| *counts).unwrap_or_default();
    let whole = counts.ordered == counts.all();
    let state = if whole { BatchState::Done } else { BatchState::Open };
    let next = Batch { state, stopped: stopped.map(str::to_owned), ..found };
    store::update(&mut tx, cx, &next, None).await?;
    let detail = json!({ "ordered": counts.ordered, "of": counts.all(), "stopped": stopped });
    let entry = ops::entry(&next, "batch.end", detail);
    audit::record(&mut tx, cx, &Actor::system("batch"), entry).await?;
    tx.commit().await?;
    Ok(Progress::Ended)
}
