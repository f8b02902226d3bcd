//! `[sms]`: the carrier of text messages, and which of its templates stands for which of our texts.

use std::collections::{BTreeMap, BTreeSet};

use connectors::{AliyunSettings, BaseUrl, SmsKey, TencentSettings};
use kernel::Locale;
use notify::{CodePurpose, Fillings, fillings};

use super::{Reader, collect};

/// The carrier and its templates.
#[derive(Debug, Clone)]
pub struct Sms {
    pub carrier: Carrier,
    pub templates: Templates,
}

/// Who carries.
#[derive(Debug, Clone)]
pub enum Carrier {
    Aliyun(AliyunSettings),
    Tencent(TencentSettings),
}

/// A template at the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    /// The carrier's name of each placeholder and ours of what stands there, in the order of the template.
    pub places: Vec<(String, String)>,
}

/// Which template stands for which text, by the name of the text.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    usual: BTreeMap<String, Template>,
    english: BTreeMap<String, Template>,
    otherwise: Option<Template>,
}

impl Templates {
    /// The template of a text: the English one for those who read English, if there is one; for texts without a template
    /// of their own the one for all others.
    pub fn find(&self, text: &str, locale: Locale) -> Option<&Template> {
        let english = self.english.get(text).filter(|_| locale == Locale::En);
        english.or_else(|| self.usual.get(text)).or(self.otherwise.as_ref())
    }
}

/// What every text has.
const TITLE: &str = "title";

pub(super) fn sms(r: &mut Reader) -> Option<Sms> {
    // Whoever writes anything here means a carrier.
    r.table.get("sms")?;
    let carrier = carrier(r);
    let templates = templates(r);
    Some(Sms { carrier: carrier?, templates })
}

fn carrier(r: &mut Reader) -> Option<Carrier> {
    match r.text("sms.carrier").as_deref() {
        Some("aliyun") => {
            let url = address(r, "https://dysmsapi.aliyuncs.com");
            let (key, sign_name) = (key(r), sign_name(r));
            Some(Carrier::Aliyun(AliyunSettings { url: url?, key: key?, sign_name: sign_name? }))
        }
        Some("tencent") => {
            let url = address(r, "https://sms.tencentcloudapi.com");
            let region = r.text("sms.region").unwrap_or_else(|| "ap-guangzhou".to_owned());
            let app_id = needed(r, "sms.app_id", "the SdkAppId of the application at Tencent Cloud");
            let (key, sign_name) = (key(r), sign_name(r));
            Some(Carrier::Tencent(TencentSettings {
                url: url?,
                key: key?,
                region,
                app_id: app_id?,
                sign_name: sign_name?,
            }))
        }
        Some(_) => r.problem("sms.carrier", "is aliyun or tencent"),
        None => r.problem("sms.carrier", "is missing: aliyun or tencent"),
    }
}

fn needed(r: &mut Reader, path: &str, what: &str) -> Option<String> {
    match r.text(path).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) => Some(text),
        None => r.problem(path, &format!("is missing: {what}")),
    }
}

fn address(r: &mut Reader, usual: &str) -> Option<BaseUrl> {
    let text = r.text("sms.url").unwrap_or_else(|| usual.to_owned());
    match BaseUrl::parse(&text) {
        Ok(url) => Some(url),
        Err(error) => r.problem("sms.url", &error.to_string()),
    }
}

fn key(r: &mut Reader) -> Option<SmsKey> {
    let id = needed(r, "sms.key_id", "the AccessKey ID or SecretId");
    let secret = needed(r, "sms.key_secret", "the AccessKey secret or SecretKey");
    let plain = |text: &String| text.bytes().all(|b| b.is_ascii_graphic());
    if id.as_ref().is_some_and(|id| !plain(id)) {
        return r.problem("sms.key_id", "has characters no key has");
    }
    Some(SmsKey { id: id?, secret: secret? })
}

fn sign_name(r: &mut Reader) -> Option<String> {
    let name = needed(r, "sms.sign_name", "the signature the carrier approved, without 【】")?;
    if name.contains(['【', '】', '[', ']']) {
        return r.problem("sms.sign_name", "is written without brackets; the carrier adds them");
    }
    Some(name)
}

fn templates(r: &mut Reader) -> Templates {
    let usual = table(r, "templates");
    let english = table(r, "templates_en");
    let otherwise = r
        .text("sms.otherwise")
        .and_then(|text| template(r, "sms.otherwise", &text, Some(Fillings::These(&[]))));
    // Without a code nobody proves a phone: a missing one would be found by a customer who cannot get in.
    for purpose in CodePurpose::ALL.into_iter().filter(|purpose| purpose.goes_to_phones()) {
        let text = format!("code.{}", purpose.name());
        if !usual.iter().any(|(name, _)| *name == text) {
            let path = format!("sms.templates.{text}");
            r.problem::<()>(&path, "is missing: a template for this code, such as \"SMS_123456 code\"");
        }
    }
    let good = |all: Vec<(String, Option<Template>)>| {
        all.into_iter().filter_map(|(name, template)| Some((name, template?))).collect()
    };
    Templates { usual: good(usual), english: good(english), otherwise }
}

/// Every text somebody wrote a template for; without one where it does not read.
fn table(r: &mut Reader, key: &str) -> Vec<(String, Option<Template>)> {
    let prefix = format!("sms.{key}");
    let mut leaves = Vec::new();
    let inner = r.table.get("sms").and_then(|sms| sms.get(key)).and_then(toml::Value::as_table);
    if let Some(inner) = inner {
        collect(inner, "", &mut leaves);
    }
    let values: Vec<_> = leaves.into_iter().map(|name| (leaf(inner, &name), name)).collect();
    let mut found = Vec::new();
    for (value, name) in values {
        let path = format!("{prefix}.{name}");
        r.seen.insert(path.clone());
        let known = fillings(&name);
        let template = match value {
            Some(_) if known.is_none() => {
                r.problem(&path, "is not a text of ours: code.…, order.… or custom.…, see the manual")
            }
            Some(text) => template(r, &path, &text, known),
            None => r.problem(&path, "must be a text"),
        };
        found.push((name, template));
    }
    found
}

/// The text at a dotted name, whether it was written as tables or as one quoted key.
fn leaf(table: Option<&toml::Table>, name: &str) -> Option<String> {
    let table = table?;
    if let Some(value) = table.get(name) {
        return value.as_str().map(str::to_owned);
    }
    name.match_indices('.').find_map(|(at, _)| {
        let (head, tail) = name.split_at(at);
        leaf(table.get(head)?.as_table(), tail.trim_start_matches('.'))
    })
}

/// `SMS_123456 code minutes`, or `SMS_123456 verify=code` where the carrier calls the placeholder otherwise.
fn template(r: &mut Reader, path: &str, text: &str, known: Option<Fillings>) -> Option<Template> {
    let mut words = text.split_whitespace();
    let Some(id) = words.next().filter(|id| !id.contains('=')) else {
        return r.problem(path, "must begin with the number of the template, such as \"SMS_123456 code\"");
    };
    let places: Vec<(String, String)> = words
        .map(|word| word.split_once('=').unwrap_or((word, word)))
        .map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned()))
        .collect();
    let mut names = BTreeSet::new();
    for (theirs, ours) in &places {
        if theirs.is_empty() || !names.insert(theirs) {
            return r.problem(path, &format!("names the placeholder `{theirs}` twice or not at all"));
        }
        let fits = match known {
            Some(Fillings::These(these)) => ours == TITLE || these.contains(&ours.as_str()),
            Some(Fillings::OfItsAuthor) | None => !ours.is_empty(),
        };
        if !fits {
            let these = match known {
                Some(Fillings::These(these)) => [&[TITLE], these].concat().join(", "),
                Some(Fillings::OfItsAuthor) | None => TITLE.to_owned(),
            };
            return r.problem(path, &format!("asks for `{ours}`, but the text has {these}"));
        }
    }
    Some(Template { id: id.to_owned(), places })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const CODES: &str = "code.verify_phone = \"T1 code\"\ncode.sign_in = \"T1 verify=code minutes\"\n\
        code.proof = \"T1 code\"\n\"code.unfreeze\" = \"T1 code\"\ncode.reset = \"T1 code\"\n";

    fn read(head: &str, templates: &str) -> Result<Sms, String> {
        let text = format!("[sms]\n{head}[sms.templates]\n{templates}");
        Config::parse(&text, std::iter::empty())
            .map(|config| config.sms.unwrap())
            .map_err(|problems| problems.to_string())
    }

    const ALIYUN: &str =
        "carrier = \"aliyun\"\nkey_id = \"LTAI\"\nkey_secret = \"hush\"\nsign_name = \"长明\"\n";

    #[test]
    fn a_carrier_is_who_we_are_there_and_its_templates() {
        let english = "[sms.templates_en]\ncode.sign_in = \"T2 code\"\n";
        let sms = read(
            &format!("{ALIYUN}otherwise = \"T9 title\"\n"),
            &format!("{CODES}custom.security.new_device = \"T3 address\"\n{english}"),
        )
        .unwrap();
        assert!(matches!(&sms.carrier, Carrier::Aliyun(settings) if settings.sign_name == "长明"));
        assert!(!format!("{sms:?}").contains("hush"));
        let found = |text: &str, locale| sms.templates.find(text, locale).map(|t| t.id.as_str());
        assert_eq!(found("code.sign_in", Locale::Zh), Some("T1"));
        assert_eq!(found("code.sign_in", Locale::En), Some("T2"));
        assert_eq!(found("code.unfreeze", Locale::En), Some("T1"));
        assert_eq!(found("custom.security.new_device", Locale::Zh), Some("T3"));
        assert_eq!(found("order.paid", Locale::Zh), Some("T9"));
        let pair = |theirs: &str, ours: &str| (theirs.to_owned(), ours.to_owned());
        let places = &sms.templates.find("code.sign_in", Locale::Zh).unwrap().places;
        assert_eq!(*places, [pair("verify", "code"), pair("minutes", "minutes")]);
        assert_eq!(read(ALIYUN, CODES).unwrap().templates.find("order.paid", Locale::Zh), None);
        assert!(Config::parse("", std::iter::empty()).unwrap().sms.is_none());
    }

    #[test]
    fn secrets_and_templates_may_come_as_variables() {
        let head = "carrier = \"tencent\"\napp_id = \"1400\"\nkey_id = \"AKID\"\nsign_name = \"长明\"\n";
        let text = format!("[sms]\n{head}[sms.templates]\n{CODES}");
        let variables =
            [("EVERLIT_SMS__KEY_SECRET", "hush"), ("EVERLIT_SMS__TEMPLATES__ORDER__PAID", "T5 number")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sms = Config::parse(&text, variables.into_iter()).unwrap().sms.unwrap();
        let Carrier::Tencent(settings) = sms.carrier else { panic!() };
        assert_eq!((settings.key.secret.as_str(), settings.region.as_str()), ("hush", "ap-guangzhou"));
        assert_eq!(sms.templates.find("order.paid", Locale::Zh).unwrap().id, "T5");
    }

    #[test]
    fn whatever_is_missing_or_wrong_is_named() {
        for (head, templates, what) in [
            ("", CODES, "sms.carrier is missing"),
            ("carrier = \"pigeon\"\n", CODES, "sms.carrier is aliyun or tencent"),
            ("carrier = \"aliyun\"\n", CODES, "sms.key_id is missing"),
            ("carrier = \"aliyun\"\n", CODES, "sms.key_secret is missing"),
            ("carrier = \"aliyun\"\n", CODES, "sms.sign_name is missing"),
            ("carrier = \"tencent\"\n", CODES, "sms.app_id is missing"),
            ("carrier = \"aliyun\"\nsign_name = \"【长明】\"\n", CODES, "without brackets"),
            ("carrier = \"aliyun\"\nurl = \"http://sms.example\"\n", CODES, "sms.url"),
            (ALIYUN, "", "sms.templates.code.sign_in is missing"),
            (ALIYUN, "code.proof = \"T1 code\"\n", "sms.templates.code.reset is missing"),
            (ALIYUN, "code.proof = \"\"\n", "must begin with the number"),
            (ALIYUN, "code.proof = 7\n", "sms.templates.code.proof must be a text"),
            (ALIYUN, "code.proof = \"T1 kode\"\n", "asks for `kode`, but the text has title, code, minutes"),
            (ALIYUN, "code.proof = \"T1 code code\"\n", "names the placeholder `code` twice"),
            (ALIYUN, "order.lost = \"T1\"\n", "sms.templates.order.lost is not a text of ours"),
            (&format!("{ALIYUN}otherwise = \"T1 code\"\n"), CODES, "asks for `code`, but the text has title"),
            (&format!("{ALIYUN}app_id = \"1\"\n"), CODES, "sms.app_id is not a setting"),
        ] {
            let problems = read(head, templates).unwrap_err();
            assert!(problems.contains(what), "{what} in {problems}");
            assert!(!problems.contains("hush"), "{problems}");
        }
    }
}
