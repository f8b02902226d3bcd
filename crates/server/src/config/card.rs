//! `[gateways.card]`: the card gateway.

use connectors::card::{ApiKey, SigningSecrets};
use connectors::{BaseUrl, CardSettings};

use super::Reader;

/// The card gateway and where its hosted page lives: pay buttons may lead there.
#[derive(Debug, Clone)]
pub struct Card {
    pub settings: CardSettings,
    pub page_origin: String,
}

pub(super) fn card(r: &mut Reader) -> Option<Card> {
    if !r.names("gateways").contains(&"card".to_owned()) {
        return None;
    }
    let base = match r.text("gateways.card.url").as_deref().map(BaseUrl::parse) {
        Some(Ok(url)) => Some(url),
        Some(Err(error)) => r.problem("gateways.card.url", &error.to_string()),
        None => r.problem("gateways.card.url", "is missing: the gateway's address before /v1"),
    };
    if r.text("gateways.card.secret").is_some() {
        r.problem::<()>(
            "gateways.card.secret",
            "is no setting any more: set secret_key (sk_…) and webhook_secret (whsec_…) as the gateway shows them",
        );
    }
    let key = r.text("gateways.card.secret_key");
    let secret_key = key.as_deref().and_then(ApiKey::parse);
    if secret_key.is_none() {
        r.problem::<()>("gateways.card.secret_key", "is missing or is none: sk_live_…, sk_test_…, or rk_…");
    }
    let secrets = r.text("gateways.card.webhook_secret");
    let webhook = secrets.as_deref().and_then(SigningSecrets::parse);
    if webhook.is_none() {
        let what = "is missing or is none: whsec_… as the gateway shows it, several separated by a space";
        r.problem::<()>("gateways.card.webhook_secret", what);
    }
    let merchant_id = r.text("gateways.card.merchant_id");
    if merchant_id.is_none() {
        r.problem::<()>(
            "gateways.card.merchant_id",
            "is missing: the gateway's number of your account, acct_…",
        );
    }
    let page_origin = r.text("gateways.card.page_origin");
    if page_origin.is_none() {
        r.problem::<()>("gateways.card.page_origin", "is missing: where its pay page is, https://host");
    }
    let settings =
        CardSettings { base: base?, merchant_id: merchant_id?, secret_key: secret_key?, webhook: webhook? };
    Some(Card { settings, page_origin: page_origin? })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    const GOOD: &str = r#"
        [gateways.card]
        url = "https://api.gateway.example"
        secret_key = "sk_live_0123456789abcdef"
        webhook_secret = "whsec_0123456789abcdefgh whsec_another_one_0123456789"
        merchant_id = "acct_1"
        page_origin = "https://checkout.gateway.example"
    "#;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, std::iter::empty()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_card_gateway_needs_all_its_settings_and_says_which_are_missing() {
        let card = parse(GOOD).unwrap().card.unwrap();
        assert_eq!(
            (card.settings.merchant_id.as_str(), card.settings.secret_key.is_live()),
            ("acct_1", true)
        );
        assert!(parse("").unwrap().card.is_none());
        for name in ["url", "secret_key", "webhook_secret", "merchant_id", "page_origin"] {
            let less: Vec<&str> =
                GOOD.lines().filter(|line| !line.trim_start().starts_with(&format!("{name} ="))).collect();
            let problems = parse(&less.join("\n")).unwrap_err();
            assert!(problems.contains(&format!("gateways.card.{name} is missing")), "{problems}");
        }
    }

    #[test]
    fn the_old_secret_is_named_and_a_key_of_another_kind_is_refused() {
        let problems = parse(&format!("{GOOD}\nsecret = \"whsec_old\"\n")).unwrap_err();
        assert!(problems.contains("gateways.card.secret is no setting any more"), "{problems}");
        let problems =
            parse(&GOOD.replace("sk_live_", "pk_live_").replace("https://api", "http://api")).unwrap_err();
        assert!(problems.contains("gateways.card.secret_key") && problems.contains("gateways.card.url"));
        assert!(!problems.contains("0123456789abcdef"), "no key in a message: {problems}");
    }
}
