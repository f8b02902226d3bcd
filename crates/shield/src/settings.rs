//! What the shield is told by the configuration.

use std::time::Duration;

use crate::address::Network;
use crate::limit::Limits;
use crate::watch::Watchers;

/// All settings of the shield.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub limits: Limits,
    /// Whether probing leads to blocks; without, only incidents are written.
    pub blocks: bool,
    /// Networks never blocked automatically besides this machine's own: trusted proxies.
    pub kept: Vec<Network>,
    pub sizes: Sizes,
    pub watchers: Watchers,
}

/// How large and how slow a request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Path and query.
    pub address_bytes: usize,
    pub headers: usize,
    /// Names and values together.
    pub header_bytes: usize,
    /// Forms and API documents.
    pub body_bytes: u64,
    /// What takes files.
    pub upload_bytes: u64,
    /// From the headers to the last byte of the body.
    pub body_time: Duration,
    pub upload_time: Duration,
    /// From the headers to the first byte of the answer.
    pub handler_time: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            blocks: true,
            kept: Vec::new(),
            sizes: Sizes::default(),
            watchers: Watchers::default(),
        }
    }
}

impl Settings {
    /// Nothing is counted and nobody is blocked automatically; lists and sizes still hold.
    pub fn off() -> Self {
        Self { limits: Limits::off(), blocks: false, ..Self::default() }
    }
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            address_bytes: 8 * 1_024,
            headers: 100,
            header_bytes: 32 * 1_024,
            body_bytes: 256 * 1_024,
            // Both sides of a card at 10 MB each, and the form around them.
            upload_bytes: 24 * 1_024 * 1_024,
            body_time: Duration::from_secs(20),
            upload_time: Duration::from_mins(2),
            handler_time: Duration::from_secs(30),
        }
    }
}
