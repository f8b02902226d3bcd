//! Back offices to try Everlit with: a telecom, a power company, a warehouse, a card gateway and a register of people.
//!
//! They implement the provider protocol and the card gateway's interface over real HTTP, know nothing of Everlit's inside,
//! and misbehave when told to ([`Knobs`]). What they answer depends only on what is asked, on the seed and on the clock,
//! never on chance: the same operation id gets the same answer in every run.
//!
//! ```text
//! {url}/telecom/v1/operations   {url}/power/v1/operations   {url}/warehouse/v1/operations     provider protocol, also {url}/bank
//! {url}/card/v1/…                {url}/card/pay/{id}   {url}/card/3ds/{id}                     card gateway, its pages
//! {url}/bank/v1/…                {url}/bank/send                                                the merchant's bank, the payer's
//! {url}/identity/v1/name-checks                                                                 real names
//! {url}/wechat/…                {url}/alipay/…                                               sign-in, see `oauth`
//! {url}/wechat-pay/v3/…         {url}/alipay-pay/gateway.do                                   payments, see each
//! {url}/sandbox                 /sandbox/knobs   /sandbox/flush   /sandbox/state               watching and meddling
//! ```
//!
//! State lives in memory and, when [`Config::journal`] is set, in a file of JSON lines from which the next start goes on.

mod alipay_pay;
mod bank;
mod card;
mod config;
mod console;
mod delivery;
mod denied;
mod desk;
mod dice;
mod journal;
pub mod kms;
mod knobs;
mod ledger_day;
pub mod oauth;
mod page;
mod pay_page;
mod real_name;
mod rsa;
pub mod sms;
mod trade;
mod web;
mod wechat_pay;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use connectors::{Http, Limits};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use kernel::{Clock, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use config::{Config, Desk, Merchants};
pub use delivery::Flushed;
pub use knobs::{AnswerMode, Knobs};
pub use real_name::{NameRecord, PEOPLE};
pub use wechat_pay::Believed;

use world::World;

/// The sandbox could not begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the journal cannot be read or written: {0}")]
    Journal(#[from] std::io::Error),
    #[error(transparent)]
    Client(#[from] connectors::http::ConfigError),
}

/// All desks, their state and what they still have to deliver. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    config: Config,
    clock: Arc<dyn Clock>,
    http: Http,
    world: Mutex<World>,
    oauth: Mutex<oauth::Desk>,
    /// Something may be due now.
    wake: Notify,
    /// A delivery has ended.
    settled: Notify,
    /// Ends requests that hang on purpose.
    stop: CancellationToken,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sandbox({})", self.0.config.public_url)
    }
}

impl Sandbox {
    /// Reads the journal, if there is one, and goes on from there.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let limits = Limits {
            connect: kernel::Duration::from_secs(2),
            total: kernel::Duration::from_secs(10),
            ..Limits::default()
        };
        let http = Http::new(limits)?;
        let world = Mutex::new(World::open(&config)?);
        let (wake, settled, stop) = (Notify::new(), Notify::new(), CancellationToken::new());
        Ok(Self(Arc::new(Inner { config, clock, http, world, oauth: Mutex::default(), wake, settled, stop })))
    }

    /// Every route of every desk. Something must drive [`Self::run`] or [`Self::flush`] for callbacks to go out.
    pub fn router(&self) -> Router {
        web::router(self.clone())
    }

    /// Serves and delivers until `stop`; then ends open requests and returns.
    pub async fn run(&self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let ending = stop.clone();
        let inner = Arc::clone(&self.0);
        let graceful = async move {
            ending.cancelled().await;
            inner.stop.cancel();
        };
        let serve = axum::serve(listener, self.router()).with_graceful_shutdown(graceful);
        let (served, ()) = tokio::join!(serve, self.deliver_until(stop));
        served
    }

    /// What misbehaviour a desk is set to.
    pub fn knobs(&self, desk: Desk) -> Knobs {
        self.world().knobs(desk)
    }

    pub fn set_knobs(&self, desk: Desk, knobs: Knobs) {
        self.world().set_knobs(desk, knobs);
    }

    /// The name checks so far, by request id: how often each was asked and charged.
    pub fn name_checks(&self) -> Vec<NameRecord> {
        self.world().name_checks.values().cloned().collect()
    }

    /// Delivers whatever is due, and returns when nothing due is left.
    pub async fn flush(&self) -> Flushed {
        delivery::flush(self, self.now()).await
    }

    /// As [`Self::flush`], and lets everything that lies in the future happen now.
    pub async fn flush_all(&self) -> Flushed {
        delivery::flush(self, Timestamp(i64::MAX)).await
    }

    async fn deliver_until(&self, stop: CancellationToken) {
        let mut sending = FuturesUnordered::new();
        loop {
            for delivery in self.world().take_due(self.now(), self.now()) {
                sending.push(delivery::attempt(self, delivery));
            }
            tokio::select! {
                () = stop.cancelled() => break,
                Some(()) = sending.next(), if !sending.is_empty() => {}
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(self.until_next()) => {}
            }
        }
    }

    /// How long nothing can be due. Never long, because the clock may be moved by hand.
    fn until_next(&self) -> Duration {
        let wait = self.world().next_at().map(|at| at.since(self.now()).to_std());
        wait.unwrap_or(Duration::MAX).clamp(Duration::from_millis(2), Duration::from_millis(500))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn oauth(&self) -> MutexGuard<'_, oauth::Desk> {
        self.0.oauth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// A sandbox that runs in the background until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    pub sandbox: Sandbox,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Ends it and waits until it has ended.
    pub async fn stop(mut self) -> std::io::Result<()> {
        self.stop.cancel();
        (&mut self.task).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Opens the sandbox and runs it on `listener` in a task of its own.
pub fn start(listener: TcpListener, config: Config, clock: Arc<dyn Clock>) -> Result<Running, OpenError> {
    let sandbox = Sandbox::open(config, clock)?;
    let stop = CancellationToken::new();
    let (running, ending) = (sandbox.clone(), stop.clone());
    #[allow(
        clippy::disallowed_methods,
        reason = "tied to `Running`: stopped and awaited by `stop`, stopped by drop"
    )]
    let task = tokio::spawn(async move { running.run(listener, ending).await });
    Ok(Running { sandbox, stop, task })
}
