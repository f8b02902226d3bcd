//! `[gateways.wechat]`: the merchant at WeChat Pay.

use connectors::rsa2::{Certificate, SigningKey, VerifyingKey};
use connectors::{ApiV3Key, Platform, WechatSettings};

use super::Reader;
use super::pay_page::{PayPage, page_origin};
use super::sign_in::{address, needed};

const AT: &str = "gateways.wechat";

pub(super) fn wechat(r: &mut Reader) -> Option<PayPage<WechatSettings>> {
    if !r.names("gateways").contains(&"wechat".to_owned()) {
        return None;
    }
    let appid = needed(r, AT, "appid", "the AppID the merchant is bound to");
    let mchid = needed(r, AT, "mchid", "the number of the merchant");
    let serial = needed(r, AT, "serial", "the serial number of the merchant's certificate");
    let ours = needed(r, AT, "private_key", "the key of the merchant's certificate, as PEM or in base64");
    let ours = ours.and_then(|text| match SigningKey::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{AT}.private_key"), &error.to_string()),
    });
    let key = needed(r, AT, "api_v3_key", "the APIv3 key set in the merchant's console");
    let key = key.and_then(|text| match ApiV3Key::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{AT}.api_v3_key"), &error.to_string()),
    });
    let platform = platform(r);
    let base = address(r, AT, "url", "https://api.mch.weixin.qq.com");
    let page_origin = page_origin(r, AT, "https://wx.tenpay.com");
    let settings = WechatSettings {
        name: "wechat".to_owned(),
        base: base?,
        appid: appid?,
        mchid: mchid?,
        serial: serial?,
        private_key: ours?,
        api_v3_key: key?,
        platform: platform?,
    };
    Some(PayPage { settings, page_origin: page_origin? })
}

/// WeChat Pay's public key, or its certificates: one that is known, or none, and then they are fetched.
fn platform(r: &mut Reader) -> Option<Platform> {
    let id = r.text(&format!("{AT}.public_key_id"));
    let key = r.text(&format!("{AT}.public_key"));
    let certificate = r.text(&format!("{AT}.certificate"));
    let (key_at, id_at) = (format!("{AT}.public_key"), format!("{AT}.public_key_id"));
    match (id, key, certificate) {
        (Some(_), Some(_), Some(_)) => r.problem(
            &format!("{AT}.certificate"),
            "and public_key exclude each other: WeChat Pay uses one of them",
        ),
        (Some(id), _, _) if !id.starts_with("PUB_KEY_ID_") => r.problem(&id_at, "begins with PUB_KEY_ID_"),
        (Some(id), Some(text), None) => match VerifyingKey::parse(&text) {
            Ok(key) => Some(Platform::PublicKey { id, key }),
            Err(error) => r.problem(&key_at, &error.to_string()),
        },
        (Some(_), None, _) => r.problem(&key_at, "is missing: WeChat Pay's public key, as PEM"),
        (None, Some(_), _) => r.problem(&id_at, "is missing: PUB_KEY_ID_…"),
        (None, None, Some(text)) => match Certificate::parse(&text) {
            Ok(certificate) => Some(Platform::Certificates(vec![certificate])),
            Err(_) => r.problem(&format!("{AT}.certificate"), "must be a certificate as PEM"),
        },
        (None, None, None) => Some(Platform::Certificates(Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use connectors::Platform;

    use crate::config::Config;

    const KEY: &str = include_str!("../../../sandbox/src/wechat_pay/shop.pem");
    const PUBLIC: &str = include_str!("../../../sandbox/src/wechat_pay/platform.pub.pem");
    const CERTIFICATE: &str = include_str!("../../../sandbox/src/wechat_pay/platform.crt.pem");

    fn whole() -> String {
        format!(
            "[gateways.wechat]\nappid = \"wx1\"\nmchid = \"1900\"\nserial = \"AB\"\napi_v3_key = \"{}\"\nprivate_key = \"\"\"{KEY}\"\"\"\n",
            "k".repeat(32)
        )
    }

    fn read(text: &str) -> Result<Platform, String> {
        let config = Config::parse(text, std::iter::empty()).map_err(|problems| problems.to_string())?;
        let wechat = config.wechat.unwrap();
        assert_eq!(wechat.page_origin, "https://wx.tenpay.com");
        Ok(wechat.settings.platform)
    }

    #[test]
    fn wechat_pay_is_believed_by_its_public_key_or_by_its_certificates() {
        let public =
            format!("{}public_key_id = \"PUB_KEY_ID_01\"\npublic_key = \"\"\"{PUBLIC}\"\"\"\n", whole());
        assert!(matches!(read(&public), Ok(Platform::PublicKey { id, .. }) if id == "PUB_KEY_ID_01"));
        let certificate = format!("{}certificate = \"\"\"{CERTIFICATE}\"\"\"\n", whole());
        let Ok(Platform::Certificates(all)) = read(&certificate) else { panic!() };
        assert_eq!(all[0].serial, "3770E0F865E10D49F8851944B5667557A66049EF");
        assert!(matches!(read(&whole()), Ok(Platform::Certificates(all)) if all.is_empty()));
        assert!(Config::parse("", std::iter::empty()).unwrap().wechat.is_none());
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (text, what) in [
            ("[gateways.wechat]\n".to_owned(), "gateways.wechat.appid is missing"),
            ("[gateways.wechat]\n".to_owned(), "gateways.wechat.api_v3_key is missing"),
            (whole().replace(&"k".repeat(32), "short"), "gateways.wechat.api_v3_key must have exactly 32"),
            (whole().replace(KEY, "x"), "gateways.wechat.private_key must be an RSA key"),
            (
                format!("{}public_key_id = \"PUB_KEY_ID_01\"\n", whole()),
                "gateways.wechat.public_key is missing",
            ),
            (format!("{}public_key_id = \"01\"\n", whole()), "begins with PUB_KEY_ID_"),
            (format!("{}public_key = \"x\"\n", whole()), "gateways.wechat.public_key_id is missing"),
            (format!("{}certificate = \"x\"\n", whole()), "must be a certificate as PEM"),
            (format!("{}url = \"http://pay.example\"\n", whole()), "gateways.wechat.url"),
            (format!("{}page_origin = \"x y\"\n", whole()), "gateways.wechat.page_origin"),
            (format!("{}secret = \"x\"\n", whole()), "gateways.wechat.secret is not a setting"),
        ] {
            let problems = read(&text).unwrap_err();
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }
}
