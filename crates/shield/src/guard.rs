//! The shield as the edge asks it. Promises: who is kept out is known without asking the database; a change on any node holds here a moment
//! later; an alarm keeps its network out at once, before it is written down.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use durable::Cx;
use durable::task::Tasks;
use kernel::{Duration, Timestamp};
use tokio::sync::mpsc;

use crate::address::{Network, Networks};
use crate::incident::{self, Answer};
use crate::limit::{Buckets, Class, Quota, Reading};
use crate::list::{self, EntryKind};
use crate::settings::{Settings, Sizes};
use crate::signal::{Alarm, Signal, Suspects};
use crate::{CHANNEL, Error};

/// A node looks by itself this often, should a wake-up have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Entries and blocks held in memory.
const MOST: i64 = 20_000;
/// Alarms waiting to be written; more are kept out all the same, for the first time span.
const WAITING: usize = 256;

/// Why somebody is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Welcome,
    Denied,
    BlockedUntil(Timestamp),
}

/// Who has a budget besides the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    Address(Network),
    /// An account or an API client.
    Account(i64),
}

/// The lists as they hold now.
#[derive(Debug, Clone, Default)]
struct Lists {
    /// Until when; `Timestamp(i64::MAX)` for as long as it stands.
    denied: Networks<Timestamp>,
    allowed: Networks<Timestamp>,
    blocked: Networks<Timestamp>,
}

/// Limits, lists and watchfulness of one node.
#[derive(Debug)]
pub struct Shield {
    cx: Cx,
    settings: Settings,
    buckets: Buckets,
    suspects: Suspects,
    lists: ArcSwap<Lists>,
    alarms: mpsc::Sender<(Alarm, Answer)>,
    waiting: Mutex<Option<mpsc::Receiver<(Alarm, Answer)>>>,
    /// When the certificate of this node runs out; 0: there is none.
    certificate_until: AtomicI64,
}

impl Shield {
    /// A shield that does not know the lists yet.
    pub fn new(cx: Cx, settings: Settings) -> Self {
        let (alarms, waiting) = mpsc::channel(WAITING);
        Self {
            cx,
            settings,
            buckets: Buckets::default(),
            suspects: Suspects::default(),
            lists: ArcSwap::default(),
            alarms,
            waiting: Mutex::new(Some(waiting)),
            certificate_until: AtomicI64::new(0),
        }
    }

    /// A shield with the lists as they are in the database: from its first request on, nobody slips in.
    pub async fn open(cx: &Cx, settings: Settings) -> Result<Arc<Self>, Error> {
        let shield = Self::new(cx.clone(), settings);
        shield.reload().await?;
        Ok(Arc::new(shield))
    }

    /// Begins to follow changes of other nodes and to write alarms down. Once for a shield.
    pub fn start(self: &Arc<Self>, tasks: &Tasks) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waiting) = waiting {
            tasks.spawn_until_stop(Arc::clone(self).follow(waiting));
        }
    }

    async fn follow(self: Arc<Self>, mut waiting: mpsc::Receiver<(Alarm, Answer)>) {
        let mut changes = self.cx.db.listen(CHANNEL);
        loop {
            tokio::select! {
                _ = changes.recv() => {}
                () = tokio::time::sleep(LOOK_EVERY.to_std()) => {}
                Some((alarm, answer)) = waiting.recv() => self.write(&alarm, answer).await,
            }
            if let Err(error) = self.reload().await {
                tracing::error!(%error, "the lists of the shield could not be read; the old ones hold");
            }
        }
    }

    async fn write(&self, alarm: &Alarm, answer: Answer) {
        let mut written = incident::raise(&self.cx, alarm, answer).await;
        if written.is_err() {
            // Another node may have opened the same incident in the same moment.
            written = incident::raise(&self.cx, alarm, answer).await;
        }
        match written {
            Ok(_) => tracing::warn!(kind = alarm.kind.name(), hits = alarm.hits, "probing was noticed"),
            Err(error) => {
                tracing::error!(%error, kind = alarm.kind.name(), "an incident could not be written");
            }
        }
    }

    /// Reads the lists anew.
    pub async fn reload(&self) -> Result<(), Error> {
        let mut lists = Lists::default();
        let mut tx = self.cx.read().await?;
        for entry in list::live(&mut tx, &self.cx, MOST).await? {
            let until = entry.expires_at.unwrap_or(Timestamp(i64::MAX));
            match entry.kind {
                EntryKind::Deny => lists.denied.insert(entry.network, until),
                EntryKind::Allow => lists.allowed.insert(entry.network, until),
            }
        }
        for block in incident::live_blocks(&mut tx, &self.cx, MOST).await? {
            let known = lists.blocked.get(&block.network).copied().unwrap_or_default();
            lists.blocked.insert(block.network, known.max(block.until_at));
        }
        metrics::gauge!("everlit_shield_blocks")
            .set(f64::from(u32::try_from(lists.blocked.len()).unwrap_or(u32::MAX)));
        self.lists.store(Arc::new(lists));
        Ok(())
    }

    /// Whether this address may come in. The deny list comes first; an allow entry saves from blocks alone.
    pub fn judge(&self, address: IpAddr) -> Verdict {
        let lists = self.lists.load();
        if lists.denied.is_empty() && lists.blocked.is_empty() {
            return Verdict::Welcome;
        }
        let now = self.cx.now();
        if lists.denied.find(address, |until| now < *until).is_some() {
            metrics::counter!("everlit_shield_blocked_total", "by" => "list").increment(1);
            return Verdict::Denied;
        }
        match lists.blocked.find(address, |until| now < *until) {
            Some(until) if !self.is_exempt(&lists, address, now) => {
                metrics::counter!("everlit_shield_blocked_total", "by" => "block").increment(1);
                Verdict::BlockedUntil(*until)
            }
            _ => Verdict::Welcome,
        }
    }

    fn is_exempt(&self, lists: &Lists, address: IpAddr, now: Timestamp) -> bool {
        address.to_canonical().is_loopback()
            || self.settings.kept.iter().any(|kept| kept.contains(address))
            || lists.allowed.find(address, |until| now < *until).is_some()
    }

    /// Counts a request; `None` when this class has no budget for this party.
    pub fn take(&self, class: Class, party: Party) -> Option<Reading> {
        let limits = &self.settings.limits;
        let (budgets, by) = match party {
            Party::Address(_) => (&limits.address, "address"),
            Party::Account(_) => (&limits.account, "account"),
        };
        let quota: Quota = *budgets.get(&class).filter(|_| limits.enabled)?;
        let reading = self.buckets.take((class, party), quota, self.cx.now());
        if reading.is_over() {
            metrics::counter!("everlit_shield_limited_total", "class" => class.name(), "by" => by)
                .increment(1);
        }
        Some(reading)
    }

    /// Notes a sign of probing from an address.
    pub fn note(&self, address: IpAddr, signal: &Signal<'_>) {
        metrics::counter!("everlit_shield_signals_total", "kind" => signal.kind().name()).increment(1);
        let now = self.cx.now();
        let alarms = self.suspects.note(address, signal, now);
        if alarms.is_empty() {
            return;
        }
        let exempt = self.is_exempt(&self.lists.load(), address, now);
        let answer = if self.settings.blocks && !exempt { Answer::Block } else { Answer::Note };
        for alarm in alarms {
            if answer == Answer::Block {
                // The first time span, until the database has said how long it really is.
                let until = now.plus(incident::FIRST);
                self.lists.rcu(|lists| {
                    let mut lists = Lists::clone(lists);
                    lists.blocked.insert(alarm.network, until);
                    lists
                });
            }
            if self.alarms.try_send((alarm, answer)).is_err() {
                tracing::error!("more incidents than can be written; one was kept out without a record");
            }
        }
    }

    /// Notes that a callback from this address was signed as it should be.
    pub fn vouch(&self, address: IpAddr) {
        self.suspects.vouch(address, self.cx.now());
    }

    /// Whether somebody may see the figures of this node.
    pub fn may_watch(&self, address: Option<IpAddr>, token: Option<&str>) -> bool {
        self.settings.watchers.include(&self.cx.vault, address, token)
    }

    pub fn sizes(&self) -> &Sizes {
        &self.settings.sizes
    }

    /// Networks that no list entry may keep out: this machine and its proxies.
    pub fn kept(&self) -> Vec<Network> {
        let own = ["127.0.0.0/8", "::1"].into_iter().filter_map(|text| text.parse().ok());
        own.chain(self.settings.kept.iter().copied()).collect()
    }

    /// When the certificate of this node runs out.
    pub fn certificate_until(&self) -> Option<Timestamp> {
        Some(Timestamp(self.certificate_until.load(Ordering::Relaxed))).filter(|until| until.0 > 0)
    }

    pub fn set_certificate_until(&self, until: Timestamp) {
        self.certificate_until.store(until.0, Ordering::Relaxed);
    }
}
