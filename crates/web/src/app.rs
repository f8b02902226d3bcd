//! What every handler can reach. Handlers parse, call one op, render; nothing is decided here.

use std::net::IpAddr;
use std::sync::Arc;

use catalogue::service::Shelf;
use durable::Cx;
use durable::task::Tasks;
use fulfilment::Fulfilment;
use identity::Hasher;
use notify::OutboxSender;
use ordering::Desk;
use ordering::payment::Payments;

use crate::edge::live::Live;

/// What the edge is told by the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address people type, without a slash at the end: `https://counter.example`.
    pub public_url: String,
    /// Whether `public_url` is plain HTTP, which is allowed on loopback only; cookies then have plain names.
    pub insecure: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where a pay button may lead the browser: origins of the gateways' own pages.
    pub gateway_origins: Vec<String>,
    pub version: &'static str,
}

/// The parts of a running Everlit, for handlers.
#[derive(Debug)]
pub struct Parts {
    pub cx: Cx,
    pub shelf: Arc<Shelf>,
    pub desk: Desk,
    pub payments: Arc<Payments>,
    pub fulfilment: Arc<Fulfilment>,
    pub hasher: Hasher,
    /// Where outgoing messages are shown; in the demo only.
    pub outbox: Option<OutboxSender>,
    pub settings: Settings,
    pub live: Live,
    pub tasks: Tasks,
    /// Renders the metrics page.
    pub metrics: fn() -> String,
}

/// Handle to the parts; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The demo shows more than a real installation may: its outbox, sandbox links, sign-in details.
    pub fn is_demo(&self) -> bool {
        self.outbox.is_some()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
