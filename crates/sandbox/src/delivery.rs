//! Callbacks on their way: signed, repeated with growing pauses until the receiver says 2xx, or damaged on purpose.

use connectors::http::{Request, web_address};
use futures_util::future::join_all;
use http::Method;
use kernel::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Sandbox;
use crate::config::Desk;
use crate::dice;
use crate::knobs::Knobs;
use crate::world::{Due, World};

/// Pauses between tries, in seconds; after the last the sandbox gives up and the client has to poll.
const PAUSES_SECS: [i64; 12] = [1, 2, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400];

/// How long a callback waits that others are to overtake.
const HELD_BACK: Duration = Duration::from_secs(20);

/// One callback.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The `webhook-id`: the same over all tries.
    pub id: String,
    pub desk: Desk,
    /// The operation or attempt it is about.
    pub about: String,
    pub url: String,
    /// The exact text that is signed and sent.
    pub body: String,
    pub state: DeliveryState,
    pub tries: u32,
    pub next_at: Timestamp,
    /// How the last try ended, for the page.
    pub last: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Waiting,
    Delivered,
    /// Never sent, by a knob.
    Lost,
    GivenUp,
}

impl Delivery {
    pub fn due(&self) -> Option<(Timestamp, Due)> {
        self.is_waiting().then(|| (self.next_at, Due::Deliver(self.id.clone())))
    }

    pub fn is_waiting(&self) -> bool {
        self.state == DeliveryState::Waiting
    }

    pub fn is_waiting_since(&self, at: Timestamp) -> bool {
        self.is_waiting() && self.next_at == at
    }
}

/// Puts a callback on its way.
pub(crate) fn announce(
    world: &mut World,
    desk: Desk,
    about: &str,
    event_id: String,
    url: &str,
    document: &impl Serialize,
    now: Timestamp,
) {
    let Ok(body) = serde_json::to_string(document) else { return };
    let knobs = world.knobs(desk);
    let lost = world.hits(knobs.lost_callbacks_percent, "lost", &event_id);
    let held_back = world.hits(knobs.reordered_callbacks_percent, "reordered", &event_id);
    world.keep_delivery(Delivery {
        id: event_id,
        desk,
        about: about.to_owned(),
        url: url.to_owned(),
        body,
        state: if lost { DeliveryState::Lost } else { DeliveryState::Waiting },
        tries: 0,
        next_at: if held_back { now.plus(HELD_BACK) } else { now },
        last: None,
    });
}

/// Sends one callback, with its copies, and books how it went.
pub(crate) async fn attempt(sandbox: &Sandbox, delivery: Delivery) {
    let knobs = sandbox.knobs(delivery.desk);
    let copies = 1 + usize::from(knobs.duplicate_callbacks);
    let results = join_all((0..copies).map(|_| send(sandbox, &delivery, &knobs))).await;
    let result = results.iter().find(|r| r.is_ok()).or(results.first()).cloned();
    let now = sandbox.now();
    let mut world = sandbox.world();
    world.in_flight.remove(&delivery.id);
    world.keep_delivery(after(delivery, result.unwrap_or(Err(Refusal::Gone)), now));
    drop(world);
    sandbox.0.settled.notify_waiters();
}

#[derive(Debug, Clone)]
enum Refusal {
    /// Not this time.
    Again(String),
    /// 410, or no address at all: never again.
    Gone,
}

async fn send(sandbox: &Sandbox, delivery: &Delivery, knobs: &Knobs) -> Result<(), Refusal> {
    let url = web_address(&delivery.url).ok_or(Refusal::Gone)?;
    let hits = |percent, purpose| {
        dice::hits(percent, sandbox.0.config.seed, purpose, &delivery.id, u64::from(delivery.tries))
    };
    let mut now = sandbox.now();
    if hits(knobs.stale_timestamp_percent, "stale") {
        now = now.minus(Duration::from_hours(1));
    }
    let other = if hits(knobs.bad_signature_percent, "signature") { " " } else { "" };
    let signed = signed(sandbox, delivery, now, format!("{}{other}", delivery.body).as_bytes());
    let signed = signed.ok_or(Refusal::Gone)?;
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));
    let body = delivery.body.clone().into_bytes();
    let reply = sandbox.0.http.send(Request { method: Method::POST, url, headers: &headers, body }).await;
    match reply {
        Ok(reply) if reply.status.is_success() => Ok(()),
        Ok(reply) if reply.status == http::StatusCode::GONE => Err(Refusal::Gone),
        Ok(reply) => Err(Refusal::Again(reply.status.to_string())),
        Err(error) => Err(Refusal::Again(error.to_string())),
    }
}

/// The headers that make a callback of this desk believable.
fn signed(
    sandbox: &Sandbox,
    delivery: &Delivery,
    now: Timestamp,
    body: &[u8],
) -> Option<Vec<(&'static str, String)>> {
    if delivery.desk == Desk::Card {
        let card = sandbox.0.config.card.as_ref()?;
        return Some(vec![(connectors::card::HEADER_SIGNATURE, card.webhook.sign(now, body))]);
    }
    let signed = sandbox.0.config.keys(delivery.desk)?.sign(&delivery.id, now, body);
    Some(signed.pairs().map(|(name, value)| (name, value.to_owned())).to_vec())
}

fn after(mut delivery: Delivery, result: Result<(), Refusal>, now: Timestamp) -> Delivery {
    let pause = usize::try_from(delivery.tries).ok().and_then(|tries| PAUSES_SECS.get(tries));
    delivery.tries = delivery.tries.saturating_add(1);
    (delivery.state, delivery.last) = match (result, pause) {
        (Ok(()), _) => (DeliveryState::Delivered, Some("2xx".to_owned())),
        (Err(Refusal::Gone), _) => (DeliveryState::GivenUp, Some("410".to_owned())),
        (Err(Refusal::Again(why)), None) => (DeliveryState::GivenUp, Some(why)),
        (Err(Refusal::Again(why)), Some(pause)) => {
            delivery.next_at = now.plus(Duration::from_secs(*pause));
            (DeliveryState::Waiting, Some(why))
        }
    };
    delivery
}

/// What a flush did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Flushed {
    /// Callbacks the receiver took.
    pub delivered: u32,
    /// Callbacks tried once and not taken; they will be tried again.
    pub refused: u32,
}

/// Tries everything due at `until` once, and waits for what is on its way already.
pub(crate) async fn flush(sandbox: &Sandbox, until: Timestamp) -> Flushed {
    let mut tried: Vec<String> = Vec::new();
    loop {
        let due = sandbox.world().take_due(until, sandbox.now());
        let (again, fresh): (Vec<_>, Vec<_>) = due.into_iter().partition(|d| tried.contains(&d.id));
        for delivery in &again {
            sandbox.world().hand_back(delivery);
        }
        if fresh.is_empty() {
            break;
        }
        tried.extend(fresh.iter().map(|delivery| delivery.id.clone()));
        join_all(fresh.into_iter().map(|delivery| attempt(sandbox, delivery))).await;
    }
    wait_for_others(sandbox).await;
    let world = sandbox.world();
    let mut flushed = Flushed::default();
    for delivery in tried.iter().filter_map(|id| world.deliveries.get(id)) {
        let counter = if delivery.state == DeliveryState::Delivered {
            &mut flushed.delivered
        } else {
            &mut flushed.refused
        };
        *counter = counter.saturating_add(1);
    }
    flushed
}

/// Deliveries the background loop took before us.
async fn wait_for_others(sandbox: &Sandbox) {
    loop {
        let settled = sandbox.0.settled.notified();
        tokio::pin!(settled);
        settled.as_mut().enable();
        if sandbox.world().in_flight.is_empty() {
            return;
        }
        settled.await;
    }
}
