//! `[gateways.alipay]`: the application at Alipay's open platform with which money is paid.

use connectors::AlipayPaySettings;
use connectors::rsa2::{SigningKey, VerifyingKey};

use super::Reader;
use super::pay_page::{PayPage, page_origin};
use super::sign_in::{address, flag, needed};

const AT: &str = "gateways.alipay";

pub(super) fn alipay(r: &mut Reader) -> Option<PayPage<AlipayPaySettings>> {
    if !r.names("gateways").contains(&"alipay".to_owned()) {
        return None;
    }
    let app_id = needed(r, AT, "app_id", "the APPID");
    let seller_id = needed(r, AT, "seller_id", "our number at Alipay, 2088…");
    let ours = needed(r, AT, "private_key", "our RSA key, as PEM or in base64");
    let ours = ours.and_then(|text| match SigningKey::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{AT}.private_key"), &error.to_string()),
    });
    let theirs = needed(r, AT, "alipay_key", "Alipay's public key, as PEM or in base64");
    let theirs = theirs.and_then(|text| match VerifyingKey::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{AT}.alipay_key"), &error.to_string()),
    });
    let gateway = address(r, AT, "url", "https://openapi.alipay.com");
    // The address that is signed leads on to a cashier on another host.
    let page_origin = page_origin(r, AT, "https://*.alipay.com");
    let code = flag(r, AT, "code");
    let settings = AlipayPaySettings {
        name: "alipay".to_owned(),
        gateway: gateway?,
        app_id: app_id?,
        seller_id: seller_id?,
        private_key: ours?,
        alipay_key: theirs?,
        code,
    };
    Some(PayPage { settings, page_origin: page_origin? })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    const KEY: &str = include_str!("../../../sandbox/src/alipay_pay/shop.pem");
    const PUBLIC: &str = include_str!("../../../sandbox/src/alipay_pay/alipay.pub.pem");

    fn whole() -> String {
        format!(
            "[gateways.alipay]\napp_id = \"2021\"\nseller_id = \"2088\"\nprivate_key = \"\"\"{KEY}\"\"\"\nalipay_key = \"\"\"{PUBLIC}\"\"\"\n"
        )
    }

    #[test]
    fn an_application_is_its_numbers_and_two_keys() {
        let config = Config::parse(&whole(), std::iter::empty()).unwrap().alipay.unwrap();
        assert_eq!((config.page_origin.as_str(), config.settings.code), ("https://*.alipay.com", false));
        let coded = format!("{}code = true\n", whole());
        assert!(Config::parse(&coded, std::iter::empty()).unwrap().alipay.unwrap().settings.code);
        assert!(Config::parse("", std::iter::empty()).unwrap().alipay.is_none());
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (text, what) in [
            ("[gateways.alipay]\n".to_owned(), "gateways.alipay.app_id is missing"),
            ("[gateways.alipay]\n".to_owned(), "gateways.alipay.seller_id is missing"),
            (whole().replace(KEY, "x"), "gateways.alipay.private_key must be an RSA key"),
            (whole().replace(PUBLIC, "x"), "gateways.alipay.alipay_key must be an RSA key"),
            (format!("{}url = \"http://pay.example\"\n", whole()), "gateways.alipay.url"),
            (format!("{}code = \"maybe\"\n", whole()), "gateways.alipay.code must be true or false"),
            (format!("{}pid = \"x\"\n", whole()), "gateways.alipay.pid is not a setting"),
        ] {
            let problems = Config::parse(&text, std::iter::empty()).unwrap_err().to_string();
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }
}
