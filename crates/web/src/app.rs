//! What every handler can reach. Handlers parse, call one op, render; nothing is decided here.

use std::sync::Arc;

use catalogue::service::Shelf;
use connectors::oidc::Issuers;
use documents::Press;
use durable::Cx;
use durable::task::Tasks;
use fulfilment::Fulfilment;
use identity::Hasher;
use identity::merge::{Standing, Unhindered};
use identity::real_name::RealName;
use notify::OutboxSender;
use ordering::Desk;
use ordering::payment::Payments;
use risk::LoginPoint;
use shield::Shield;

use crate::edge::live::Live;

/// What the edge is told by the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address people type, without a slash at the end: `https://counter.example`.
    pub public_url: String,
    /// Whether `public_url` is plain HTTP, which is allowed on loopback only; cookies then have plain names.
    pub insecure: bool,
    /// Other hosts by which people may reach it.
    pub host_aliases: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<shield::Network>,
    /// Where a pay button may lead the browser: origins of the gateways' own pages.
    pub gateway_origins: Vec<String>,
    pub version: &'static str,
}

/// Parties that say who somebody is, and what accounts have with the contexts that are merged.
#[derive(Debug, Clone)]
pub struct Parties {
    pub issuers: Issuers,
    pub standing: Arc<dyn Standing>,
}

impl Default for Parties {
    /// None, and nothing in the way.
    fn default() -> Self {
        Self { issuers: Issuers::default(), standing: Arc::new(Unhindered) }
    }
}

#[cfg(test)]
impl Settings {
    /// A counter on this machine, for the tests of this crate.
    pub(crate) fn for_tests() -> Self {
        Self {
            public_url: "http://localhost".to_owned(),
            insecure: true,
            host_aliases: Vec::new(),
            trusted_proxies: Vec::new(),
            gateway_origins: Vec::new(),
            version: "0.0.0",
        }
    }
}

/// A press for the tests of this crate, with a Chinese font of this machine.
#[cfg(test)]
pub(crate) fn press_for_tests() -> Press {
    let path = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
    let bytes = std::fs::read(path).expect("a Chinese font is installed (on Debian: fonts-noto-cjk)");
    Press {
        issuer: kernel::Text::new("长明", "Everlit"),
        verify_url: "http://127.0.0.1:8024/verify".to_owned(),
        font: Some(paper::Font::read(bytes, 2).expect("it has Chinese characters")),
    }
}

/// The parts of a running Everlit, for handlers.
#[derive(Debug)]
pub struct Parts {
    pub cx: Cx,
    pub shelf: Arc<Shelf>,
    pub desk: Desk,
    pub payments: Arc<Payments>,
    pub fulfilment: Arc<Fulfilment>,
    /// What documents are issued and drawn with.
    pub press: Press,
    /// What judges payments, refunds, sign-ups and changes of contact.
    pub risk: Arc<risk::Engine>,
    pub hasher: Hasher,
    /// What judges the risk of a sign-in.
    pub logins: LoginPoint,
    pub real_name: Arc<RealName>,
    pub parties: Parties,
    /// Where outgoing messages are shown; in the demo only.
    pub outbox: Option<OutboxSender>,
    pub settings: Settings,
    pub shield: Arc<Shield>,
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
