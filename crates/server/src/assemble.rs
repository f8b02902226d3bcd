//! Putting the parts together.

use std::sync::Arc;

use catalogue::service::Shelf;
use connectors::{
    AlipayPay, BankTransfer, CardGateway, Gateway, Gateways, Http, HttpNameCheck, HttpProvider, Limits,
    NameCheck, Providers, WechatPay,
};
use durable::task::Tasks;
use durable::{Cx, NodeLease, Presence};
use fulfilment::Fulfilment;
use identity::Hasher;
use identity::password::Cost;
use identity::real_name::RealName;
use kernel::{Actor, Clock, Duration, IdGen, Rng, SystemClock, SystemRng};
use keyring::{Keyring, Midway};
use notify::{OutboxSender, Senders};
use ordering::Desk;
use ordering::payment::Payments;
use shield::Shield;
use web::{App, Parts, Settings};

use crate::config::{Config, Partner};
use crate::sign_in::parties;
use crate::{Failure, MIGRATIONS, fonts, keys, mail, telemetry};

/// The database, the vault and a node number: what every command needs.
#[derive(Debug)]
pub struct Core {
    pub cx: Cx,
    pub lease: NodeLease,
    pub keyring: Arc<Keyring>,
}

impl Core {
    /// Opens and migrates the database and leases a node number, for a process that serves.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        Self::at(config, Arc::new(SystemClock), Presence::Serving).await
    }

    /// The same for a command that may run beside a server.
    pub async fn beside(config: &Config) -> Result<Self, Failure> {
        Self::at(config, Arc::new(SystemClock), Presence::Beside).await
    }

    /// The same for a command that looks at keys or exchanges them: it starts where others are refused, because indexes are half made.
    pub async fn for_keys(config: &Config) -> Result<Self, Failure> {
        Self::made(config, Arc::new(SystemClock), Presence::Beside, Midway::Allowed).await
    }

    /// The same under another clock, for the demo's history.
    pub async fn at(config: &Config, clock: Arc<dyn Clock>, presence: Presence) -> Result<Self, Failure> {
        Self::made(config, clock, presence, Midway::Refused).await
    }

    async fn made(
        config: &Config,
        clock: Arc<dyn Clock>,
        presence: Presence,
        midway: Midway,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(&config.data)?;
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let file = config.data.join("master.key");
        let masters = keys::masters(config.master_key.as_deref(), &file, config.kms.as_ref(), &rng)?;
        let database = db::Db::open(&config.database).await?;
        database.migrate(&MIGRATIONS).await?;
        let holder = format!("{}:{:016x}", std::process::id(), rng.next_u64());
        let lease = NodeLease::take(&database, &*clock, holder, presence).await?;
        // The lease comes before the keys: who publishes a key later sees it and waits until we have the key.
        let keyring = keys::ring(masters, &database, &*clock, &*rng, (lease.node, midway)).await?;
        let ids = Arc::new(IdGen::new(lease.node));
        let cx = Cx { db: database, clock, rng, ids, vault: keyring.vault() };
        let columns: Vec<_> = crate::sealed().collect();
        let covered = keyring::seal_what_lies_open(&cx, &columns).await?;
        if covered > 0 {
            tracing::info!(covered, "rows that an earlier version kept in the clear are sealed");
        }
        Ok(Self { cx, lease, keyring })
    }

    /// Gives the node number back.
    pub async fn close(self) -> Result<(), Failure> {
        Ok(self.lease.release(&self.cx).await?)
    }
}

/// What the work behind the pages needs.
#[derive(Clone)]
pub struct Services {
    pub shelf: Arc<Shelf>,
    pub payments: Arc<Payments>,
    pub fulfilment: Arc<Fulfilment>,
    pub real_name: Arc<RealName>,
    pub senders: Senders,
    pub shield: Arc<Shield>,
    /// Judges payments, transfers, withdrawals, refunds, sign-ups and changes of contact.
    pub risk: Arc<risk::Engine>,
    /// How long a retired data key is kept.
    pub keys_kept: Duration,
}

impl Services {
    /// Connects to providers, gateways and carriers as configured. `demo` shows messages instead of sending them.
    pub async fn connect(config: &Config, cx: &Cx, demo: bool) -> Result<Self, Failure> {
        let shelf = Shelf::load_with(cx, config.transfers).await?;
        let http = Http::new(Limits::default())?;
        let providers = config.providers.iter().map(|(name, Partner { url, keys })| {
            let clock = Arc::clone(&cx.clock);
            let provider: Arc<dyn connectors::Provider> =
                Arc::new(HttpProvider::new(name, url.clone(), keys.clone(), http.clone(), clock));
            provider
        });
        let fulfilment = Fulfilment::new(
            Arc::clone(&shelf),
            Providers::new(providers),
            format!("{}/callbacks/providers", config.public_url),
        );
        let payments = Payments {
            cx: cx.clone(),
            gateways: Gateways::new(gateways(config, cx, &http)?),
            callback_base: format!("{}/callbacks/gateways", config.public_url),
        };
        let real_name = real_name(config, cx)?;
        ledger::allowance::publish(cx, &Actor::system("settings"), &config.money).await?;
        Ok(Self {
            shelf,
            payments: Arc::new(payments),
            fulfilment: Arc::new(fulfilment),
            real_name: Arc::new(real_name),
            shield: Shield::open(cx, config.shield.clone()).await?,
            risk: risk::Engine::open(cx, config.risk.clone(), config.logins.places().cloned()).await?,
            keys_kept: config.keys_kept,
            senders: if demo { mail::outbox() } else { mail::senders(config, cx)? },
        })
    }
}

/// Every way to pay at somebody else's.
fn gateways(config: &Config, cx: &Cx, http: &Http) -> Result<Vec<Arc<dyn Gateway>>, Failure> {
    let clock = || Arc::clone(&cx.clock);
    let mut all: Vec<Arc<dyn Gateway>> = Vec::new();
    if let Some(card) = &config.card {
        let http = Http::new(CardGateway::limits())?;
        all.push(Arc::new(CardGateway::new("card", card.settings.clone(), http, clock())));
    }
    if let Some(bank) = &config.bank_transfer {
        let http = Http::new(BankTransfer::limits())?;
        all.push(Arc::new(BankTransfer::new("bank_transfer", bank.clone(), http, clock())));
    }
    if let Some(wechat) = &config.wechat {
        let (settings, rng) = (wechat.settings.clone(), Arc::clone(&cx.rng));
        all.push(Arc::new(WechatPay::new(settings, http.clone(), clock(), rng)));
    }
    if let Some(alipay) = &config.alipay {
        all.push(Arc::new(AlipayPay::new(alipay.settings.clone(), http.clone(), clock())));
    }
    Ok(all)
}

/// Where pay buttons may lead.
fn gateway_origins(config: &Config) -> Vec<String> {
    let card = config.card.iter().map(|card| &card.page_origin);
    let wechat = config.wechat.iter().map(|wechat| &wechat.page_origin);
    let alipay = config.alipay.iter().map(|alipay| &alipay.page_origin);
    let mut all: Vec<String> = card.chain(wechat).chain(alipay).cloned().collect();
    all.dedup();
    all
}

/// A person waits while a name is checked, so the limits are short; what takes longer is asked again by a job.
fn real_name(config: &Config, cx: &Cx) -> Result<RealName, Failure> {
    let limits =
        Limits { connect: Duration::from_secs(2), total: Duration::from_secs(6), ..Limits::default() };
    let provider = match &config.real_name.partner {
        None => None,
        Some(Partner { url, keys }) => {
            let (http, clock) = (Http::new(limits)?, Arc::clone(&cx.clock));
            let check: Arc<dyn NameCheck> =
                Arc::new(HttpNameCheck::new(url.clone(), keys.clone(), http, clock));
            Some(check)
        }
    };
    Ok(RealName { provider, policy: config.real_name.policy })
}

/// The edge over those services.
pub fn app(config: &Config, cx: &Cx, services: &Services, tasks: &Tasks, demo: bool) -> Result<App, Failure> {
    services.shield.start(tasks);
    services.risk.start(cx, tasks);
    Ok(App::new(Parts {
        cx: cx.clone(),
        shelf: Arc::clone(&services.shelf),
        desk: Desk::open(cx, &services.shelf, &services.risk, config.desk, tasks),
        press: fonts::press(config)?,
        payments: Arc::clone(&services.payments),
        risk: Arc::clone(&services.risk),
        fulfilment: Arc::clone(&services.fulfilment),
        hasher: Hasher::new(Cost::OWASP, &*cx.rng)?.with_least(config.password_min),
        logins: config.logins.clone(),
        real_name: Arc::clone(&services.real_name),
        parties: parties(config, cx)?,
        outbox: demo.then_some(OutboxSender),
        settings: Settings {
            public_url: config.public_url.clone(),
            insecure: config.public_url.starts_with("http://"),
            host_aliases: config.host_aliases.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            gateway_origins: gateway_origins(config),
            version: env!("CARGO_PKG_VERSION"),
        },
        shield: Arc::clone(&services.shield),
        live: web::edge::live::Live::start(&cx.db, tasks),
        tasks: tasks.clone(),
        metrics: telemetry::render,
    }))
}
