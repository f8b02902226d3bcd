//! Where it happens: an installation on the wanted database, its providers and its gateway in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use connectors::card::{ApiKey, SigningSecrets};
use connectors::{BaseUrl, CardSettings, Keys, Secret};
use kernel::{Rng as _, SystemClock, SystemRng};
use sandbox::{Config, Desk, Knobs};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::post;
use crate::server::{Start, everlit, free_address, variables};
use crate::site::{Scratch, people, publish, set_stock};
use crate::{Engine, Failure};

/// ¥1,000,000 each.
const WEALTH: i64 = 100_000_000;
/// More than is ordered, so that most orders of goods are taken.
const STOCK: i64 = 100_000;
/// Providers are quick, so that many flows are under way at a kill and all end soon after the last.
const DELAY_MS: u32 = 120;

pub(super) struct Scene {
    pub scratch: Scratch,
    pub start: Start,
    pub sandbox: sandbox::Running,
    tokens: Vec<String>,
    /// Ends with the scene.
    _post: JoinSet<()>,
}

/// Who a buyer is and where to buy.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub place: usize,
    pub token: String,
    pub address: SocketAddr,
}

impl Scene {
    pub async fn set(engine: Engine, server: Option<&str>, buyers: usize) -> Result<Self, Failure> {
        let scratch = Scratch::new(engine, server).await?;
        let cx = scratch.open().await?;
        publish(&cx).await?;
        set_stock(&cx, "bulb-white-2", STOCK).await?;
        let tokens = people(&cx, buyers, WEALTH).await?;
        // The last connection closes: from now on the server alone holds the file.
        drop(cx);
        let address = free_address()?;
        let mut variables = variables(scratch.data(), &scratch.url, address);
        variables.push(("EVERLIT_LOG".to_owned(), "warn".to_owned()));
        let sandbox = open_sandbox(&mut variables).await?;
        let mut office = JoinSet::new();
        let letters = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        variables.extend([
            ("EVERLIT_SMTP__HOST".to_owned(), "127.0.0.1".to_owned()),
            ("EVERLIT_SMTP__PORT".to_owned(), letters.local_addr()?.port().to_string()),
            ("EVERLIT_SMTP__SECURITY".to_owned(), "plain".to_owned()),
            ("EVERLIT_SMTP__FROM".to_owned(), "Everlit <counter@bench.example>".to_owned()),
        ]);
        office.spawn(post::serve(letters));
        let start = Start {
            program: everlit()?,
            arguments: vec!["serve".to_owned()],
            variables,
            address,
            probe: "/health/live",
            log: scratch.data().join("server.log"),
        };
        Ok(Self { scratch, start, sandbox, tokens, _post: office })
    }

    pub fn buyer(&self, place: usize) -> Buyer {
        let token = self.tokens.get(place).cloned().unwrap_or_default();
        Buyer { place, token, address: self.start.address }
    }

    /// Throws everything away; after a fault data and log are kept, and it is said where.
    pub async fn clear(self, sound: bool) -> Result<(), Failure> {
        self.sandbox.stop().await?;
        if sound {
            return self.scratch.close().await;
        }
        eprintln!("kept for a look: {} and {}", self.scratch.data().display(), self.scratch.url);
        drop(self.scratch.folder.keep());
        Ok(())
    }
}

async fn open_sandbox(variables: &mut Vec<(String, String)>) -> Result<sandbox::Running, Failure> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let mut config = Config::new(url.clone(), &Secret::generate(&SystemRng));
    let mut set = |name: String, value: String| variables.push((format!("EVERLIT_{name}"), value));
    for desk in Desk::ALL {
        let secret = Secret::generate(&SystemRng);
        if desk != Desk::Card {
            let section = format!("PROVIDERS__{}", desk.name().to_uppercase());
            set(format!("{section}__URL"), config.base_url(desk));
            set(format!("{section}__SECRET"), secret.reveal());
        }
        config.keys.insert(desk, Keys::one(secret));
        config.knobs.insert(desk, Knobs { delay_ms: Some(DELAY_MS), ..Knobs::default() });
    }
    let mut bytes = [0; 24];
    SystemRng.fill(&mut bytes);
    let key = format!("sk_test_{}", kernel::hex::encode(&bytes));
    SystemRng.fill(&mut bytes);
    let signing = format!("whsec_{}", kernel::hex::encode(&bytes));
    config.card = Some(CardSettings {
        base: BaseUrl::parse(&config.base_url(Desk::Card))?,
        merchant_id: config.merchant_id.clone(),
        secret_key: ApiKey::parse(&key).ok_or("no key of the card gateway")?,
        webhook: SigningSecrets::parse(&signing).ok_or("no secret of the card gateway")?,
    });
    set("GATEWAYS__CARD__URL".to_owned(), config.base_url(Desk::Card));
    set("GATEWAYS__CARD__SECRET_KEY".to_owned(), key);
    set("GATEWAYS__CARD__WEBHOOK_SECRET".to_owned(), signing);
    set("GATEWAYS__CARD__MERCHANT_ID".to_owned(), config.merchant_id.clone());
    set("GATEWAYS__CARD__PAGE_ORIGIN".to_owned(), url);
    Ok(sandbox::start(listener, config, Arc::new(SystemClock))?)
}
