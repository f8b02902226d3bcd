//! The queue before the desk: bounded, answered, never silently lost.

use std::sync::Arc;

use catalogue::service::Shelf;
use durable::Cx;
use durable::task::Tasks;
use kernel::{Actor, Money, Permission, RetryAfter, Timestamp};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::batch::{self, Destinations};
use super::judge::judge;
use super::model::{PlaceOrder, Placed, Prepared};
use super::prepare::prepare;
use crate::idempotency::{InFlight, Key};
use crate::{Error, approval};

/// How much the desk takes on.
#[derive(Debug, Clone, Copy)]
pub struct DeskLimits {
    /// Orders that may wait; more are told to come back (503).
    pub waiting: usize,
    /// The most orders of one commit.
    pub batch: usize,
    /// Desks working side by side. The embedded database has one writer, so one.
    pub desks: usize,
}

impl Default for DeskLimits {
    fn default() -> Self {
        Self { waiting: 1024, batch: 256, desks: 1 }
    }
}

/// A command waiting for its turn.
struct Ticket {
    command: Prepared,
    since: Timestamp,
    answer: oneshot::Sender<Result<Placed, Error>>,
}

/// Takes orders.
#[derive(Debug, Clone)]
pub struct Desk {
    cx: Cx,
    shelf: Arc<Shelf>,
    risk: Arc<risk::Engine>,
    queue: mpsc::Sender<Ticket>,
    in_flight: InFlight,
}

impl Desk {
    /// Opens the desk; it works until `tasks` stop, and then finishes what is waiting. No order passes that `risk` did not judge.
    pub fn open(
        cx: &Cx,
        shelf: &Arc<Shelf>,
        risk: &Arc<risk::Engine>,
        limits: DeskLimits,
        tasks: &Tasks,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(limits.waiting);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..limits.desks.max(1) {
            let (cx, shelf, waiting) = (cx.clone(), Arc::clone(shelf), Arc::clone(&waiting));
            tasks.spawn(work(cx, shelf, waiting, limits.batch.max(1), tasks.stopping().clone()));
        }
        let (shelf, risk) = (Arc::clone(shelf), Arc::clone(risk));
        Self { cx: cx.clone(), shelf, risk, queue, in_flight: InFlight::default() }
    }

    /// Places an order. The answer comes when it is on disk; nothing of it exists before.
    pub async fn place(&self, new: PlaceOrder) -> Result<Placed, Error> {
        let wait = RetryAfter(1);
        let key = new.key.clone();
        let _flight = self.in_flight.enter(&key).ok_or(Error::IdempotencyInFlight { wait })?;
        match self.fresh(new).await {
            // A repeat that would be accepted is found in its batch; one that would not be any more is found here.
            Err(refusal) if !matches!(refusal, Error::Busy { .. }) => match self.kept(&key).await? {
                Some(kept) => Ok(kept),
                None => Err(refusal),
            },
            answer => answer,
        }
    }

    async fn fresh(&self, new: PlaceOrder) -> Result<Placed, Error> {
        let (actor, origin) = (new.actor.clone(), new.origin.clone());
        let mut command = prepare(&self.cx, &self.shelf, new).await?;
        approval::cover(&self.cx, &mut command).await?;
        judge(&self.cx, &self.risk, &origin, &mut command).await?;
        self.allowed(actor, command).await
    }

    async fn allowed(&self, actor: Actor, command: Prepared) -> Result<Placed, Error> {
        let Some(allowance) = Allowance::take(&self.cx, actor, command.total).await? else {
            return self.queued(command).await;
        };
        let order = command.id;
        let placed = self.queued(command).await;
        // Refused, or answered with an earlier order: this one takes nothing.
        if placed.as_ref().map_or(true, |placed| placed.order != order) {
            allowance.give_back(&self.cx).await?;
        }
        placed
    }

    async fn queued(&self, command: Prepared) -> Result<Placed, Error> {
        let wait = RetryAfter(1);
        let (answer, answered) = oneshot::channel();
        let ticket = Ticket { command, since: self.cx.now(), answer };
        self.queue.try_send(ticket).map_err(|_| Error::Busy { wait })?;
        // A desk that goes away without an answer wrote nothing for us, or will answer the same key again.
        answered.await.map_err(|_| Error::Busy { wait })?
    }

    /// A replay is answered as it was, whatever is wrong with it by now: what was right then need not be right any more.
    async fn kept(&self, key: &Key) -> Result<Option<Placed>, Error> {
        let mut tx = self.cx.read().await?;
        let Some(result) = crate::idempotency::find(&mut tx, &self.cx, key).await? else {
            return Ok(None);
        };
        let placed: Placed = serde_json::from_str(&result).map_err(Error::bug)?;
        Ok(Some(Placed { replayed: true, ..placed }))
    }

    /// How many orders are waiting.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity().saturating_sub(self.queue.capacity())
    }
}

async fn work(
    cx: Cx,
    shelf: Arc<Shelf>,
    waiting: Arc<Mutex<mpsc::Receiver<Ticket>>>,
    most: usize,
    stop: tokio_util::sync::CancellationToken,
) {
    let mut known = Destinations::new();
    loop {
        let mut tickets = Vec::new();
        {
            let mut waiting = waiting.lock().await;
            tokio::select! {
                biased;
                taken = waiting.recv_many(&mut tickets, most) => if taken == 0 { return },
                () = stop.cancelled() => {
                    // What came before the stop is still answered; what comes later is told to come back.
                    waiting.close();
                    if waiting.recv_many(&mut tickets, most).await == 0 {
                        return;
                    }
                }
            }
        }
        serve(&cx, &shelf, &mut known, tickets).await;
    }
}

async fn serve(cx: &Cx, shelf: &Shelf, known: &mut Destinations, tickets: Vec<Ticket>) {
    let now = cx.now();
    let size = i32::try_from(tickets.len()).unwrap_or(i32::MAX);
    metrics::histogram!("everlit_desk_batch_orders").record(f64::from(size));
    if let Some(oldest) = tickets.iter().map(|ticket| ticket.since).min() {
        metrics::histogram!("everlit_desk_queue_seconds").record(now.since(oldest).to_std().as_secs_f64());
    }
    let commands: Vec<&Prepared> = tickets.iter().map(|ticket| &ticket.command).collect();
    let answers = batch::run(cx, shelf, known, &commands).await;
    for (ticket, answer) in tickets.into_iter().zip(answers) {
        let outcome = match &answer {
            Ok(placed) if placed.replayed => "replayed",
            Ok(_) => "accepted",
            Err(_) => "refused",
        };
        metrics::counter!("everlit_orders_total", "outcome" => outcome).increment(1);
        // Nobody waiting any more is fine: the order stands, and the key finds it.
        let _ = ticket.answer.send(answer);
    }
}

/// What a member takes of their allowance to order for their organisation: before the desk sees the order, given back when the desk
/// refuses it or answers with an earlier one. A process that ends in between has taken too much, never too little, and only until midnight.
#[derive(Debug)]
struct Allowance {
    actor: Actor,
    amount: Money,
}

impl Allowance {
    /// `None` for whoever orders for themselves: their own money needs no allowance.
    async fn take(cx: &Cx, actor: Actor, amount: Money) -> Result<Option<Self>, Error> {
        if actor.principal().is_none_or(|own| own.acting_for.is_none()) {
            return Ok(None);
        }
        let mut tx = cx.begin().await?;
        identity::role::spend(&mut tx, cx, &actor, Permission::ActAsCustomer, amount).await?;
        tx.commit().await?;
        Ok(Some(Self { actor, amount }))
    }

    async fn give_back(self, cx: &Cx) -> Result<(), Error> {
        let mut tx = cx.begin().await?;
        identity::role::unspend(&mut tx, cx, &self.actor, Permission::ActAsCustomer, self.amount).await?;
        tx.commit().await?;
        Ok(())
    }
}
