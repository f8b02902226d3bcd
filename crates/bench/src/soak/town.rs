//! Where it happens: an installation, its providers, gateways and bank, and the hand on the clock.

use std::net::SocketAddr;
use std::sync::Arc;

use connectors::{
    AlipayPay, BankTransfer, BaseUrl, CardGateway, Gateway, Gateways, Http, Limits, Secret, WechatPay,
};
use durable::task::Tasks;
use durable::{Cx, Registry};
use everlit::assemble::{Services, app};
use everlit::config::{Card, Config, Partner, PayPage};
use everlit::wiring;
use kernel::{Clock as _, Duration, IdGen, ManualClock, SeededRng, Timestamp};
use ordering::Desk;
use ordering::payment::Payments;
use sandbox::{Believed, Config as SandboxConfig, Desk as Part, Knobs};
use tokio::net::TcpListener;

use super::Options;
use crate::Failure;
use crate::site::{Scratch, publish};

/// 21 November 2026, 20:45 in China: no day ends while trade goes on.
const START: Timestamp = Timestamp::from_secs(1_795_265_100);
/// How long our clients wait, in real time; a gateway that hangs does so for longer.
const PATIENCE: Duration = Duration::from_millis(600);
const HANG_MS: u32 = 1_200;

/// The gateways, with the part of the sandbox that plays each.
pub(super) const GATEWAYS: [(&str, Part); 4] =
    [("card", Part::Card), ("wechat", Part::Wechat), ("alipay", Part::Alipay), ("bank_transfer", Part::Bank)];

pub(super) struct Town {
    pub cx: Cx,
    pub clock: Arc<ManualClock>,
    pub services: Services,
    pub registry: Registry,
    pub desk: Desk,
    pub sandbox: sandbox::Running,
    pub sandbox_url: String,
    /// What payers' browsers use.
    pub http: Http,
    tasks: Tasks,
    scratch: Scratch,
}

impl Town {
    pub async fn open(options: &Options) -> Result<Self, Failure> {
        let server = crate::postgres_url();
        let scratch = Scratch::new(options.engine, server.as_deref()).await?;
        let clock = Arc::new(ManualClock::at(START));
        let found = scratch.look().await?;
        let cx = Cx { clock: clock.clone(), ids: Arc::new(IdGen::new(0)), ..found };
        publish(&cx).await?;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let secret = Secret::generate(&SeededRng::new(options.seed));
        let sandbox_url = format!("http://{}", listener.local_addr()?);
        let mut parties = SandboxConfig::new(sandbox_url.clone(), &secret);
        parties.seed = options.seed;
        let sandbox = sandbox::start(listener, parties.clone(), clock.clone())?;
        let pages = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let config = settings(&parties, &format!("http://{}", pages.local_addr()?), &scratch)?;
        let mut services = Services::connect(&config, &cx, true).await?;
        services.payments = Arc::new(Payments {
            gateways: Gateways::new(impatient(&parties, &cx)?),
            ..(*services.payments).clone()
        });
        let tasks = Tasks::default();
        let edge = app(&config, &cx, &services, &tasks, true)?;
        let door = everlit::serve::door(&config, &edge, &tasks).await?;
        let (router, guard) = (web::router(&edge), tasks.clone());
        let drain = std::time::Duration::from_secs(1);
        tasks.spawn(async move { door.serve(pages, router, &guard, drain).await });
        let desk = Desk::open(&cx, &services.shelf, &services.risk, config.desk, &tasks);
        Ok(Self {
            registry: wiring::registry(&services, &desk),
            desk,
            http: Http::new(Limits::default())?,
            cx,
            clock,
            services,
            sandbox,
            sandbox_url,
            tasks,
            scratch,
        })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Callbacks go out, due work is done, and then it is later.
    pub async fn step(&self, by: Duration) -> Result<(), Failure> {
        self.sandbox.sandbox.flush().await;
        durable::run_due(&self.cx, &self.registry).await?;
        self.clock.advance(by);
        Ok(())
    }

    pub async fn run_for(&self, span: Duration, step: Duration) -> Result<(), Failure> {
        let end = self.now().plus(span);
        while self.now() < end {
            self.step(step).await?;
        }
        self.sandbox.sandbox.flush().await;
        durable::run_due(&self.cx, &self.registry).await?;
        Ok(())
    }

    /// Everybody misbehaves a little; each gateway in turn is down for a twelfth of the time.
    pub fn misbehave(&self, tick: usize, ticks: usize) {
        let twelfth = tick * 12 / ticks.max(1);
        for (place, (_, part)) in GATEWAYS.into_iter().enumerate() {
            let down = twelfth == 2 * place + 1;
            let knobs = Knobs {
                failure_percent: if down { 100 } else { 4 },
                busy_percent: 3,
                hang_percent: 1,
                hang_ms: Some(HANG_MS),
                garbage_percent: 2,
                cut_percent: 2,
                refusal_percent: 5,
                duplicate_callbacks: 1,
                lost_callbacks_percent: 15,
                late_callbacks_percent: 8,
                bad_signature_percent: 8,
                stale_timestamp_percent: 3,
                unsigned_answer_percent: 2,
                forged_answer_percent: 2,
                paid_after_close_percent: 10,
                wrong_amount_percent: 4,
                wrong_currency_percent: 2,
                wrong_merchant_percent: 2,
                ..Knobs::default()
            };
            self.sandbox.sandbox.set_knobs(part, knobs);
        }
        let provider = Knobs {
            failure_percent: 8,
            busy_percent: 4,
            garbage_percent: 2,
            refusal_percent: 4,
            lost_callbacks_percent: 10,
            duplicate_callbacks: 1,
            ..Knobs::default()
        };
        self.sandbox.sandbox.set_knobs(Part::Telecom, provider);
    }

    /// Everybody does what was agreed, but refuses some refunds still.
    pub fn behave(&self) {
        for part in Part::ALL {
            self.sandbox.sandbox.set_knobs(part, Knobs { refusal_percent: 5, ..Knobs::default() });
        }
    }

    /// Lines that do not read, are missing, or are about nobody's payment.
    pub fn lie_on_bills(&self) {
        for (_, part) in GATEWAYS {
            let knobs = Knobs {
                broken_bill_percent: 2,
                missing_bill_percent: 3,
                extra_bill_percent: 2,
                wrong_bill_percent: 2,
                refusal_percent: 5,
                ..Knobs::default()
            };
            self.sandbox.sandbox.set_knobs(part, knobs);
        }
    }

    pub async fn close(self) -> Result<(), Failure> {
        self.tasks.stop().await;
        self.sandbox.stop().await?;
        drop((self.desk, self.registry, self.services, self.cx));
        self.scratch.close().await
    }
}

fn impatient(parties: &SandboxConfig, cx: &Cx) -> Result<Vec<Arc<dyn Gateway>>, Failure> {
    let http = |limits: Limits| Http::new(Limits { total: PATIENCE, ..limits });
    let clock = || Arc::clone(&cx.clock);
    let card = parties.card.clone().ok_or("the sandbox has no card gateway")?;
    let bank = parties.bank_transfer().ok_or("the sandbox has no bank")?;
    let wechat = parties.wechat("wechat", Believed::PublicKey)?;
    let all: [Arc<dyn Gateway>; 4] = [
        Arc::new(CardGateway::new("card", card, http(CardGateway::limits())?, clock())),
        Arc::new(BankTransfer::new("bank_transfer", bank, http(BankTransfer::limits())?, clock())),
        Arc::new(WechatPay::new(wechat, http(Limits::default())?, clock(), Arc::clone(&cx.rng))),
        Arc::new(AlipayPay::new(parties.alipay("alipay")?, http(Limits::default())?, clock())),
    ];
    Ok(all.into())
}

fn settings(parties: &SandboxConfig, base: &str, scratch: &Scratch) -> Result<Config, Failure> {
    let mut config = Config::parse("", std::iter::empty())?;
    config.data = scratch.data().to_owned();
    base.clone_into(&mut config.public_url);
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    // Everybody comes from one address.
    config.shield = shield::Settings::off();
    for part in Part::PROVIDERS {
        let keys = parties.keys(part).ok_or("a part without keys")?.clone();
        let url = BaseUrl::parse(&parties.base_url(part))?;
        config.providers.push((part.name().to_owned(), Partner { url, keys }));
    }
    let page_origin = parties.public_url.clone();
    let card = parties.card.clone();
    config.card = card.map(|settings| Card { settings, page_origin: page_origin.clone() });
    config.bank_transfer = parties.bank_transfer();
    let settings = parties.wechat("wechat", Believed::PublicKey)?;
    config.wechat = Some(PayPage { settings, page_origin: page_origin.clone() });
    config.alipay = Some(PayPage { settings: parties.alipay("alipay")?, page_origin });
    Ok(config)
}
