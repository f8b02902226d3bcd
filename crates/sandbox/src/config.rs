//! Who the sandbox plays, under which address, with which secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use connectors::bank::Told;
use connectors::card::{ApiKey, SigningSecrets};
use connectors::{BankSettings, BaseUrl, CardSettings, Keys, Secret};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::knobs::Knobs;
use crate::oauth::SignIn;

/// One of the parts the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    Telecom,
    Power,
    Warehouse,
    Card,
    /// Keeps the merchant's account, and sends money to others.
    Bank,
    /// The register that names are checked against.
    Identity,
    /// WeChat Pay.
    Wechat,
    /// Alipay's payments.
    Alipay,
}

impl Desk {
    pub const ALL: [Self; 8] = [
        Self::Telecom,
        Self::Power,
        Self::Warehouse,
        Self::Card,
        Self::Bank,
        Self::Identity,
        Self::Wechat,
        Self::Alipay,
    ];
    /// Those that speak the provider protocol.
    pub const PROVIDERS: [Self; 4] = [Self::Telecom, Self::Power, Self::Warehouse, Self::Bank];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Telecom => "telecom",
            Self::Power => "power",
            Self::Warehouse => "warehouse",
            Self::Card => "card",
            Self::Bank => "bank",
            Self::Identity => "identity",
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|desk| desk.name() == name)
    }
}

/// Settings of a sandbox.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address under which browsers and Everlit reach it, without a slash at the end.
    pub public_url: String,
    /// The merchant the card gateway knows.
    pub merchant_id: String,
    /// Shared with the client, one set for each desk.
    pub keys: BTreeMap<Desk, Keys>,
    /// What a client of the card gateway is configured with, and what that knows it by. `None`: nobody is believed.
    pub card: Option<CardSettings>,
    /// What clients of the sign-in parties are configured with.
    pub sign_in: SignIn,
    /// The merchants that WeChat Pay and Alipay know.
    pub merchants: Merchants,
    /// Makes the addresses of their pages impossible to guess.
    pub page_secret: String,
    /// Where state is kept over a restart; in memory only without it.
    pub journal: Option<PathBuf>,
    /// How the desks behave at first. What was set later and written in the journal wins.
    pub knobs: BTreeMap<Desk, Knobs>,
    /// Changes which operations the percentages of the knobs hit.
    pub seed: u64,
}

impl Config {
    /// All desks well-behaved, in memory, with secrets derived from `secret`.
    pub fn new(public_url: impl Into<String>, secret: &Secret) -> Self {
        let keys = Desk::ALL.into_iter().map(|desk| (desk, derive(secret, desk))).collect();
        let public_url = public_url.into().trim_end_matches('/').to_owned();
        let card = card(&public_url, "everlit-sandbox", secret);
        Self {
            public_url,
            merchant_id: "everlit-sandbox".to_owned(),
            keys,
            card,
            sign_in: SignIn::derived(&digest(secret, "sign-in")),
            merchants: Merchants::derived(&digest(secret, "merchants")),
            page_secret: kernel::hex::encode(&digest(secret, "pages")),
            journal: None,
            knobs: BTreeMap::new(),
            seed: 1,
        }
    }

    /// What a client that is paid by bank transfer is configured with. `None` when the address is none a client may use.
    pub fn bank_transfer(&self) -> Option<BankSettings> {
        Some(BankSettings {
            base: BaseUrl::parse(&self.base_url(Desk::Bank)).ok()?,
            merchant_id: self.merchant_id.clone(),
            keys: self.keys(Desk::Bank)?.clone(),
            told: Told::Code,
        })
    }

    /// The same under another address: when a sandbox stands in for another.
    #[must_use]
    pub fn moved_to(mut self, public_url: impl Into<String>) -> Self {
        self.public_url = public_url.into().trim_end_matches('/').to_owned();
        let base = BaseUrl::parse(&self.base_url(Desk::Card)).ok();
        self.card = self.card.and_then(|card| Some(CardSettings { base: base?, ..card }));
        self
    }

    /// The address a client of this desk is configured with.
    pub fn base_url(&self, desk: Desk) -> String {
        match desk {
            // Beside the parties of the same name that say who somebody is.
            Desk::Wechat | Desk::Alipay => format!("{}/{}-pay", self.public_url, desk.name()),
            _ => format!("{}/{}", self.public_url, desk.name()),
        }
    }

    /// The secrets a client of this desk is configured with.
    pub fn keys(&self, desk: Desk) -> Option<&Keys> {
        self.keys.get(&desk)
    }
}

/// The keys of the card gateway, as it writes them. `None` when the address is none a client may use.
fn card(public_url: &str, merchant_id: &str, secret: &Secret) -> Option<CardSettings> {
    let letters = |purpose| kernel::hex::encode(&digest(secret, purpose));
    Some(CardSettings {
        base: BaseUrl::parse(&format!("{public_url}/{}", Desk::Card.name())).ok()?,
        merchant_id: merchant_id.to_owned(),
        secret_key: ApiKey::parse(&format!("sk_test_{}", letters("card-key")))?,
        webhook: SigningSecrets::parse(&format!("whsec_{}", letters("card-callbacks")))?,
    })
}

/// Who the merchant is at WeChat Pay and at Alipay. The RSA keys are published with this program: they protect nothing.
#[derive(Debug, Clone)]
pub struct Merchants {
    pub wechat_appid: String,
    pub wechat_mchid: String,
    pub wechat_api_v3_key: String,
    pub alipay_app_id: String,
    pub alipay_seller_id: String,
}

impl Merchants {
    fn derived(secret: &[u8; 32]) -> Self {
        Self {
            wechat_appid: "wx53616e64626f7832".to_owned(),
            wechat_mchid: "1900008024".to_owned(),
            wechat_api_v3_key: kernel::hex::encode(secret.iter().take(16)),
            alipay_app_id: "2021000199990002".to_owned(),
            alipay_seller_id: "2088000000008024".to_owned(),
        }
    }
}

/// A secret of its own for each desk, so that a message for one never verifies at another.
fn derive(secret: &Secret, desk: Desk) -> Keys {
    Keys::one(Secret::from_digest(digest(secret, desk.name())))
}

fn digest(secret: &Secret, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(secret.reveal());
    hash.update([0]);
    hash.update(purpose);
    hash.finalize().into()
}
