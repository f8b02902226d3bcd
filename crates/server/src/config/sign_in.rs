//! `[sign_in.NAME]`: parties that say who somebody is.

use connectors::BaseUrl;
use connectors::oidc::{AlipaySettings, OpenIdSettings, SigningKey, VerifyingKey, WeChatSettings};
use identity::password::{ALONE, BESIDE};
use kernel::Text;

use super::Reader;

/// One party.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// OpenID Connect; whether the provider may stand in a private network.
    OpenId {
        settings: OpenIdSettings,
        private_network: bool,
    },
    WeChat(WeChatSettings),
    Alipay(AlipaySettings),
}

/// How many characters a password needs that is the only factor; beside a second one eight are enough.
pub(super) fn password_min(r: &mut Reader) -> usize {
    let (least, most) = (BESIDE, 64);
    match r.parsed("sign_in.password_min", "a number") {
        None => ALONE,
        Some(number) if (least..=most).contains(&number) => number,
        Some(_) => {
            let wanted = format!("must be {least} to {most}");
            r.problem("sign_in.password_min", &wanted).unwrap_or(ALONE)
        }
    }
}

/// What is asked for besides `openid` when nothing is said.
const USUAL_SCOPES: [&str; 2] = ["profile", "email"];

pub(super) fn party(r: &mut Reader, name: String) -> Option<SignIn> {
    let path = format!("sign_in.{name}");
    let plain = (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain {
        return r.problem(&path, "is named with a-z, 0-9 and -, at most 32 of them");
    }
    match r.text(&format!("{path}.kind")).as_deref() {
        None | Some("oidc") => open_id(r, &path, name),
        Some("wechat") => we_chat(r, &path, name),
        Some("alipay") => alipay(r, &path, name),
        Some(_) => r.problem(&format!("{path}.kind"), "is oidc, wechat or alipay"),
    }
}

fn open_id(r: &mut Reader, path: &str, name: String) -> Option<SignIn> {
    let label = label(r, path, &name, &name);
    let insecure_loopback = flag(r, path, "insecure_loopback");
    let private_network = flag(r, path, "private_network");
    let issuer = needed(r, path, "issuer", "https://…, exactly as the provider writes it");
    let issuer = issuer.and_then(|issuer| {
        let at = format!("{path}.issuer");
        match BaseUrl::parse(&issuer) {
            Ok(_) if issuer.starts_with("https://") || insecure_loopback => Some(issuer),
            Ok(_) => r.problem(&at, "is plain http on this machine, which needs insecure_loopback = true"),
            Err(error) => r.problem(&at, &error.to_string()),
        }
    });
    let client_id = needed(r, path, "client_id", "as the provider gave it");
    let scopes: Vec<String> = r.list(&format!("{path}.scopes"), "scopes");
    let settings = OpenIdSettings {
        name,
        label,
        issuer: issuer?,
        client_id: client_id?,
        client_secret: r.text(&format!("{path}.client_secret")),
        scopes: if scopes.is_empty() { USUAL_SCOPES.map(str::to_owned).to_vec() } else { scopes },
        insecure_loopback,
    };
    Some(SignIn::OpenId { settings, private_network })
}

fn we_chat(r: &mut Reader, path: &str, name: String) -> Option<SignIn> {
    let label = label(r, path, "微信", "WeChat");
    let app_id = needed(r, path, "app_id", "the AppID of the website application");
    let secret = needed(r, path, "secret", "the AppSecret");
    let page = address(r, path, "page", "https://open.weixin.qq.com");
    let api = address(r, path, "api", "https://api.weixin.qq.com");
    let (app_id, secret) = (app_id?, secret?);
    Some(SignIn::WeChat(WeChatSettings { name, label, app_id, secret, page: page?, api: api? }))
}

fn alipay(r: &mut Reader, path: &str, name: String) -> Option<SignIn> {
    let label = label(r, path, "支付宝", "Alipay");
    let app_id = needed(r, path, "app_id", "the APPID");
    let ours = needed(r, path, "private_key", "our RSA key, as PEM or in base64");
    let theirs = needed(r, path, "alipay_key", "Alipay's public key, as PEM or in base64");
    let ours = ours.and_then(|text| match SigningKey::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{path}.private_key"), &error.to_string()),
    });
    let theirs = theirs.and_then(|text| match VerifyingKey::parse(&text) {
        Ok(key) => Some(key),
        Err(error) => r.problem(&format!("{path}.alipay_key"), &error.to_string()),
    });
    let page = address(r, path, "page", "https://openauth.alipay.com");
    let gateway = address(r, path, "gateway", "https://openapi.alipay.com");
    Some(SignIn::Alipay(AlipaySettings {
        name,
        label,
        app_id: app_id?,
        private_key: ours?,
        alipay_key: theirs?,
        page: page?,
        gateway: gateway?,
    }))
}

/// What the button says: in both languages, or one text for both.
fn label(r: &mut Reader, path: &str, zh: &str, en: &str) -> Text {
    let both = r.text(&format!("{path}.label"));
    let own =
        |text: Option<String>, usual: &str| text.or_else(|| both.clone()).unwrap_or_else(|| usual.to_owned());
    let (given_zh, given_en) = (r.text(&format!("{path}.label_zh")), r.text(&format!("{path}.label_en")));
    Text::new(own(given_zh, zh), own(given_en, en))
}

pub(super) fn flag(r: &mut Reader, path: &str, name: &str) -> bool {
    r.parsed(&format!("{path}.{name}"), "true or false").unwrap_or(false)
}

pub(super) fn needed(r: &mut Reader, path: &str, name: &str, what: &str) -> Option<String> {
    let at = format!("{path}.{name}");
    match r.text(&at).filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(text),
        None => r.problem(&at, &format!("is missing: {what}")),
    }
}

pub(super) fn address(r: &mut Reader, path: &str, name: &str, usual: &str) -> Option<BaseUrl> {
    let at = format!("{path}.{name}");
    let text = r.text(&at).unwrap_or_else(|| usual.to_owned());
    match BaseUrl::parse(&text) {
        Ok(url) => Some(url),
        Err(error) => r.problem(&at, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::SignIn;
    use crate::config::Config;

    fn read(text: &str) -> Result<Vec<SignIn>, String> {
        Config::parse(text, std::iter::empty())
            .map(|config| config.sign_in)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_provider_is_its_address_and_who_we_are_there() {
        let text = "[sign_in.staff]\nissuer = \"https://id.example.com/realms/a\"\nclient_id = \"counter\"\nlabel_zh = \"员工账号\"\n\
            [sign_in.wechat]\nkind = \"wechat\"\napp_id = \"wx1\"\nsecret = \"s\"\n";
        let parties = read(text).unwrap();
        assert_eq!(parties.len(), 2);
        let Some(SignIn::OpenId { settings, private_network: false }) = parties.first() else { panic!() };
        assert_eq!((settings.label.zh.as_str(), settings.label.en.as_deref()), ("员工账号", Some("staff")));
        assert_eq!(settings.scopes, ["profile", "email"]);
        assert!(!settings.insecure_loopback && settings.client_secret.is_none());
    }

    #[test]
    fn a_password_alone_has_fifteen_characters_unless_the_operator_says_otherwise() {
        let least = |text: &str| Config::parse(text, std::iter::empty()).map(|config| config.password_min);
        assert_eq!(least("").unwrap(), 15);
        assert_eq!(least("[sign_in]\npassword_min = 10\n").unwrap(), 10);
        let party =
            "[sign_in]\npassword_min = 8\n[sign_in.x]\nissuer = \"https://a.example\"\nclient_id = \"c\"\n";
        let config = Config::parse(party, std::iter::empty()).unwrap();
        assert_eq!((config.password_min, config.sign_in.len()), (8, 1));
        for wrong in ["7", "65", "\"long\""] {
            let problems = least(&format!("[sign_in]\npassword_min = {wrong}\n")).unwrap_err().to_string();
            assert!(problems.contains("sign_in.password_min must be"), "{problems}");
        }
    }

    #[test]
    fn plain_http_needs_this_machine_and_a_word() {
        let with = |rest: &str| read(&format!("[sign_in.x]\nclient_id = \"c\"\n{rest}"));
        let http = "issuer = \"http://127.0.0.1:9/\"\n";
        assert!(with(http).unwrap_err().contains("insecure_loopback"));
        assert!(with(&format!("{http}insecure_loopback = true\n")).is_ok());
        let far = "issuer = \"http://id.example.com\"\ninsecure_loopback = true\n";
        assert!(with(far).unwrap_err().contains("must be https"));
        for (text, what) in [
            ("[sign_in.x]\n", "sign_in.x.issuer is missing"),
            ("[sign_in.X]\nissuer = \"https://a\"\n", "is named with"),
            ("[sign_in.x]\nkind = \"saml\"\n", "is oidc, wechat or alipay"),
            ("[sign_in.x]\nkind = \"wechat\"\n", "sign_in.x.secret is missing"),
            ("[sign_in.x]\nkind = \"alipay\"\napp_id = \"1\"\nprivate_key = \"x\"\n", "must be an RSA key"),
            (
                "[sign_in.x]\nissuer = \"https://a.example\"\nclient_id = \"c\"\nsecret = \"s\"\n",
                "is not a setting",
            ),
        ] {
            let problems = read(text).unwrap_err();
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }
}
