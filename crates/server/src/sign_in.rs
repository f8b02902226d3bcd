//! The parties that say who somebody is, as configured, and what an account has with the contexts above identity.

use std::sync::Arc;

use connectors::oidc::{
    Alipay, AlipaySettings, Issuer, Issuers, OpenId, Surroundings, WeChat, WeChatSettings,
};
use connectors::{BaseUrl, Http, Limits, Reach};
use db::Tx;
use durable::{BoxError, BoxFuture, Cx};
use identity::merge::{Obstacle, Standing};
use kernel::{AccountId, Duration, Text};
use ledger::account::{AccountName, HOUSE_CURRENCY, load_accounts_by_code};
use web::Parties;

use crate::Failure;
use crate::config::{Config, SignIn};

/// Somebody waits at the browser meanwhile.
const PATIENCE: Duration = Duration::from_secs(8);
/// Documents and tokens are small.
const ANSWER_BYTES: usize = 256 * 1024;

/// Everything the pages need for other parties and for merging.
pub fn parties(config: &Config, cx: &Cx) -> Result<Parties, Failure> {
    let limits = Limits { total: PATIENCE, answer_bytes: ANSWER_BYTES, ..Limits::default() };
    let mut issuers: Vec<Arc<dyn Issuer>> = Vec::new();
    for party in &config.sign_in {
        let reach = match party {
            // Where a provider's documents lead is the provider's choice.
            SignIn::OpenId { settings, private_network }
                if !settings.insecure_loopback && !private_network =>
            {
                Reach::Public
            }
            _ => Reach::Anywhere,
        };
        let around = Surroundings { http: Http::within(limits, reach)?, clock: Arc::clone(&cx.clock) };
        issuers.push(match party.clone() {
            SignIn::OpenId { settings, .. } => Arc::new(OpenId::new(settings, around)),
            SignIn::WeChat(settings) => Arc::new(WeChat::new(settings, around.http)),
            SignIn::Alipay(settings) => Arc::new(Alipay::new(settings, around)),
        });
    }
    Ok(Parties { issuers: Issuers::new(issuers), standing: Arc::new(Business) })
}

/// Orders and money.
#[derive(Debug)]
struct Business;

impl Standing for Business {
    fn obstacles<'a>(
        &'a self,
        tx: &'a mut Tx,
        account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        Box::pin(async move {
            let ordered = ordering::order::ops::count_of(tx, account).await? > 0;
            let money = has_money(tx, account).await?;
            Ok(ordered
                .then_some(Obstacle::Orders)
                .into_iter()
                .chain(money.then_some(Obstacle::Money))
                .collect())
        })
    }

    fn unfinished<'a>(
        &'a self,
        tx: &'a mut Tx,
        account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        Box::pin(async move {
            let open = ordering::order::ops::count_open_of(tx, account).await? > 0;
            let money = has_money(tx, account).await?;
            Ok(open.then_some(Obstacle::Orders).into_iter().chain(money.then_some(Obstacle::Money)).collect())
        })
    }
}

/// Whether there is money on an account, or set aside, or on its way.
async fn has_money(tx: &mut Tx, account: AccountId) -> Result<bool, BoxError> {
    let names = [AccountName::Wallet(account), AccountName::Escrow(account)];
    let codes = names.map(|name| name.code(HOUSE_CURRENCY));
    let accounts = load_accounts_by_code(tx, &codes).await?;
    let moved = |account: &ledger::account::Account| {
        let balance = account.balance();
        balance.posted.minor != 0 || balance.held.minor != 0 || account.credits_pending != 0
    };
    Ok(accounts.iter().any(moved))
}

/// The parties of the sandbox, for the demo and for tests.
pub fn of_sandbox(sandbox: &sandbox::Config) -> Result<Vec<SignIn>, Failure> {
    let keys = &sandbox.sign_in;
    let (wechat, alipay) =
        (format!("{}/wechat", sandbox.public_url), format!("{}/alipay", sandbox.public_url));
    Ok(vec![
        SignIn::WeChat(WeChatSettings {
            name: "wechat".to_owned(),
            label: Text::new("微信（沙箱）", "WeChat (sandbox)"),
            app_id: keys.wechat_app_id.clone(),
            secret: keys.wechat_secret.clone(),
            page: BaseUrl::parse(&wechat)?,
            api: BaseUrl::parse(&wechat)?,
        }),
        SignIn::Alipay(AlipaySettings {
            name: "alipay".to_owned(),
            label: Text::new("支付宝（沙箱）", "Alipay (sandbox)"),
            app_id: keys.alipay_app_id.clone(),
            private_key: keys.shop_key()?,
            alipay_key: keys.alipay_key()?,
            page: BaseUrl::parse(&alipay)?,
            gateway: BaseUrl::parse(&alipay)?,
        }),
    ])
}
