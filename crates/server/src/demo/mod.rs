//! `everlit demo`: the whole product on one machine, with sample services, sandbox providers and a year of history.

mod history;
mod names;
pub mod packs;
mod people;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use catalogue::service::BetweenBalances;
use connectors::{BaseUrl, Keys, Secret};
use durable::task::Tasks;
use kernel::{Actor, Duration, ManualClock, SystemClock, SystemRng};
use ordering::DeskLimits;
use sandbox::{Config as SandboxConfig, Desk, Sandbox};
use tokio::net::TcpListener;

use crate::assemble::{Core, Services, app};
use crate::config::{Card, Config, Partner, PayPage, RealNames};
use crate::telemetry::Format;
use crate::{Failure, serve};

/// How far back the history goes.
const YEAR: Duration = Duration::from_days(365);
/// Stands in the data folder once the history is complete.
const READY: &str = "demo.ready";

/// Runs the demo until it is told to stop.
pub async fn run(data: &Path, listen: SocketAddr, fresh: bool) -> Result<(), Failure> {
    if !listen.ip().is_loopback() {
        return Err("the demo speaks plain HTTP and shows its passwords: it listens on this machine only (--listen 127.0.0.1:8024)".into());
    }
    std::fs::create_dir_all(data)?;
    let pages = TcpListener::bind(listen).await.map_err(|error| format!("{listen}: {error}"))?;
    let listen = pages.local_addr()?;
    let (beside, sandbox_config) = sandbox_settings(data, listen).await?;
    let config = settings(data, listen, &sandbox_config)?;
    if !data.join(READY).exists() {
        begin(&config, &sandbox_config, data, fresh).await?;
    }
    let core = Core::open(&config).await?;
    let tasks = Tasks::default();
    let sandbox = Sandbox::open(sandbox_config.clone(), Arc::new(SystemClock))?;
    let stop = tasks.stopping().clone();
    tasks.spawn(async move {
        if let Err(error) = sandbox.run(beside, stop).await {
            tracing::error!(%error, "sandbox");
        }
    });
    let services = Services::connect(&config, &core.cx, true).await?;
    // A newer binary may carry newer packs; the same content makes no new version.
    catalogue::service::publish(&core.cx, &Actor::system("demo"), &packs::embedded()).await?;
    services.shelf.reload(&core.cx).await?;
    catalogue::stock::open_slots(&core.cx, &services.shelf).await?;
    serve::work(&core, &services, &tasks, (serve::Role::Everything, config.desk));
    let app = app(&config, &core.cx, &services, &tasks, true)?;
    welcome(&config, data)?;
    let door = serve::door(&config, &app, &tasks).await?;
    serve::pages(pages, &app, &tasks, door).await;
    tasks.stop().await;
    core.close().await
}

fn welcome(config: &Config, data: &Path) -> Result<(), Failure> {
    let people = people::SignIns::open(data, &SystemRng)?;
    println!("Everlit 长明 is open: {}", config.public_url);
    println!();
    println!("  customer       {}  {}", people::CUSTOMER_PHONE, people.customer);
    println!("  operator       {}  {}", people::OPERATOR_EMAIL, people.operator);
    println!("  administrator  {}  {}", people::ADMINISTRATOR_EMAIL, people.administrator);
    println!();
    println!("  console        {}/console", config.public_url);
    println!("  API            {}/api/docs", config.public_url);
    println!("  messages sent  {}/demo/outbox", config.public_url);
    if let Some(card) = &config.card {
        println!("  sandbox        {}/sandbox", card.page_origin);
    }
    println!();
    println!("Everything is kept in {}. Ctrl-C stops; the next start finds it again.", data.display());
    Ok(())
}

/// The providers' and the gateway's side: on the next port, or any free one.
async fn sandbox_settings(data: &Path, pages: SocketAddr) -> Result<(TcpListener, SandboxConfig), Failure> {
    let next = SocketAddr::new(pages.ip(), pages.port().saturating_add(1));
    let listener = match TcpListener::bind(next).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(SocketAddr::new(pages.ip(), 0)).await?,
    };
    let secret = secret(&data.join("sandbox.secret"))?;
    let mut config = SandboxConfig::new(format!("http://{}", listener.local_addr()?), &secret);
    config.journal = Some(data.join("sandbox.jsonl"));
    Ok((listener, config))
}

fn secret(file: &Path) -> Result<Secret, Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if file.exists() {
        return Ok(Secret::parse(std::fs::read_to_string(file)?.trim())?);
    }
    let secret = Secret::generate(&SystemRng);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{}", secret.reveal())?;
    Ok(secret)
}

/// What people type. On this machine it is a name: passkeys do not work on a bare network address.
fn address(listen: SocketAddr) -> String {
    if listen.ip() == std::net::Ipv4Addr::LOCALHOST {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

fn settings(data: &Path, listen: SocketAddr, sandbox: &SandboxConfig) -> Result<Config, Failure> {
    let partner = |desk: Desk| -> Result<Partner, Failure> {
        let keys: &Keys = sandbox.keys(desk).ok_or("the sandbox lacks a key")?;
        Ok(Partner { url: BaseUrl::parse(&sandbox.base_url(desk))?, keys: keys.clone() })
    };
    let mut providers = Vec::new();
    for desk in Desk::PROVIDERS {
        providers.push((desk.name().to_owned(), partner(desk)?));
    }
    let mut config = Config {
        money: ledger::allowance::Policy::default(),
        // There is no real money here that would need a licence.
        transfers: BetweenBalances::Offered,
        data: data.to_path_buf(),
        database: format!("sqlite:{}", data.join("everlit.db").display()),
        listen,
        public_url: address(listen),
        host_aliases: Vec::new(),
        trusted_proxies: Vec::new(),
        tls: None,
        shield: shield::Settings::default(),
        connections: crate::door::Connections::default(),
        master_key: None,
        keys_kept: crate::config::KEYS_KEPT,
        kms: None,
        log: "warn".to_owned(),
        log_format: Format::Text,
        desk: DeskLimits::default(),
        smtp: None,
        sms: None,
        providers,
        card: None,
        bank_transfer: None,
        wechat: None,
        alipay: None,
        real_name: RealNames { partner: Some(partner(Desk::Identity)?), ..RealNames::default() },
        sign_in: crate::sign_in::of_sandbox(sandbox)?,
        logins: risk::LoginPoint::default(),
        documents: crate::config::Documents::default(),
        risk: risk::engine::Settings::default(),
        password_min: identity::password::ALONE,
    };
    pay_at(&mut config, sandbox)?;
    Ok(config)
}

/// Every way to pay leads to this sandbox.
fn pay_at(config: &mut Config, sandbox: &SandboxConfig) -> Result<(), Failure> {
    let page_origin = sandbox.public_url.clone();
    let settings = sandbox.card.clone().ok_or("the sandbox lacks a key")?;
    config.card = Some(Card { settings, page_origin: page_origin.clone() });
    config.bank_transfer = sandbox.bank_transfer();
    let settings = sandbox.wechat("wechat", sandbox::Believed::PublicKey)?;
    config.wechat = Some(PayPage { settings, page_origin: page_origin.clone() });
    config.alipay = Some(PayPage { settings: sandbox.alipay("alipay")?, page_origin });
    Ok(())
}

/// The first start: accounts, services and, unless `fresh`, a year made by the real operations under a clock of its own.
async fn begin(config: &Config, sandbox: &SandboxConfig, data: &Path, fresh: bool) -> Result<(), Failure> {
    // What a first start that was interrupted left behind is made anew.
    for name in ["everlit.db", "everlit.db-wal", "everlit.db-shm", "sandbox.jsonl"] {
        let file = data.join(name);
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    let now = kernel::Clock::now(&SystemClock);
    let start = if fresh { now } else { now.minus(YEAR) };
    let clock = Arc::new(ManualClock::at(start));
    let core = Core::at(config, clock.clone(), durable::Presence::Serving).await?;
    catalogue::service::publish(&core.cx, &Actor::system("demo"), &packs::embedded()).await?;
    let signins = people::SignIns::open(data, &SystemRng)?;
    let cast = people::create(&core.cx, &signins).await?;
    if !fresh {
        println!("First start: making a year of history …");
        history::make(config, sandbox, &core, &clock, &cast, now).await?;
    }
    clock.set(now);
    core.close().await?;
    std::fs::write(data.join(READY), now.to_rfc3339())?;
    Ok(())
}
