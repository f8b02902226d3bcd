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
use crate::{alipay_pay, wechat_pay};

/// Pauses between tries, in seconds; after the last the sandbox gives up and the client has to poll.
const PAUSES_SECS: [i64; 12] = [1, 2, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400];

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
    announce_text(world, desk, about, event_id, url, body, now);
}

/// The same with the exact text.
pub(crate) fn announce_text(
    world: &mut World,
    desk: Desk,
    about: &str,
    event_id: String,
    url: &str,
    body: String,
    now: Timestamp,
) {
    let late = world.hits(world.knobs(desk).late_callbacks_percent, "late", &event_id);
    let lost = world.hits(world.knobs(desk).lost_callbacks_percent, "lost", &event_id);
    world.keep_delivery(Delivery {
        id: event_id,
        desk,
        about: about.to_owned(),
        url: url.to_owned(),
        body,
        state: if lost { DeliveryState::Lost } else { DeliveryState::Waiting },
        tries: 0,
        next_at: if late { now.plus(Duration::from_hours(1)) } else { now },
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

/// What a knob spoils of one try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spoilt {
    /// What the signature says the time is.
    pub at: Timestamp,
    pub signature: bool,
}

/// A callback as it is sent: its headers and its body.
pub(crate) type Dressed = (Vec<(&'static str, String)>, String);

async fn send(sandbox: &Sandbox, delivery: &Delivery, knobs: &Knobs) -> Result<(), Refusal> {
    let url = web_address(&delivery.url).ok_or(Refusal::Gone)?;
    let hits = |percent, purpose| {
        dice::hits(percent, sandbox.0.config.seed, purpose, &delivery.id, u64::from(delivery.tries))
    };
    let stale = hits(knobs.stale_timestamp_percent, "stale");
    let now = sandbox.now();
    let at = if stale { now.minus(Duration::from_hours(1)) } else { now };
    let spoilt = Spoilt { at, signature: hits(knobs.bad_signature_percent, "signature") };
    let (headers, body) = match delivery.desk {
        Desk::Wechat => wechat_pay::notify::dress(sandbox, delivery, spoilt),
        Desk::Alipay => alipay_pay::notify::dress(delivery, spoilt),
        Desk::Card => dress_for_card(sandbox, delivery, spoilt).ok_or(Refusal::Gone)?,
        _ => dress(sandbox, delivery, spoilt).ok_or(Refusal::Gone)?,
    };
    let headers: Vec<(&'static str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let request = Request { method: Method::POST, url, headers: &headers, body: body.into_bytes() };
    match sandbox.0.http.send(request).await {
        // Alipay looks at nothing but this word.
        Ok(reply) if delivery.desk == Desk::Alipay && reply.body != b"success" => {
            Err(Refusal::Again(format!("{} without success", reply.status)))
        }
        Ok(reply) if reply.status.is_success() => Ok(()),
        Ok(reply) if reply.status == http::StatusCode::GONE => Err(Refusal::Gone),
        Ok(reply) => Err(Refusal::Again(reply.status.to_string())),
        Err(error) => Err(Refusal::Again(error.to_string())),
    }
}

/// Signed as the provider protocol has it.
fn dress(sandbox: &Sandbox, delivery: &Delivery, spoilt: Spoilt) -> Option<Dressed> {
    let other = if spoilt.signature { " " } else { "" };
    let body = format!("{}{other}", delivery.body);
    let mut headers: Vec<(&'static str, String)> = if delivery.desk == Desk::Card {
        let card = sandbox.0.config.card.as_ref()?;
        vec![(connectors::card::HEADER_SIGNATURE, card.webhook.sign(spoilt.at, body.as_bytes()))]
    } else {
        let signed = sandbox.0.config.keys(delivery.desk)?.sign(&delivery.id, spoilt.at, body.as_bytes());
        signed.pairs().map(|(name, value)| (name, value.to_owned())).into()
    };
    headers.push(("content-type", "application/json".to_owned()));
    Some((headers, delivery.body.clone()))
}

/// Signed as the card gateway has it.
fn dress_for_card(sandbox: &Sandbox, delivery: &Delivery, spoilt: Spoilt) -> Option<Dressed> {
    let card = sandbox.0.config.card.as_ref()?;
    let other = if spoilt.signature { " " } else { "" };
    let value = card.webhook.sign(spoilt.at, format!("{}{other}", delivery.body).as_bytes());
    let headers =
        vec![(connectors::card::HEADER_SIGNATURE, value), ("content-type", "application/json".to_owned())];
    Some((headers, delivery.body.clone()))
}

/// The pauses between the tries of each.
const fn pauses(desk: Desk) -> &'static [i64] {
    match desk {
        Desk::Wechat => &wechat_pay::notify::PAUSES_SECS,
        Desk::Alipay => &alipay_pay::notify::PAUSES_SECS,
        _ => &PAUSES_SECS,
    }
}

fn after(mut delivery: Delivery, result: Result<(), Refusal>, now: Timestamp) -> Delivery {
    let pause = usize::try_from(delivery.tries).ok().and_then(|tries| pauses(delivery.desk).get(tries));
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
