//! Settings: a TOML file, overridden by `EVERLIT_…` variables. Everything that is wrong is said at once.
//!
//! A variable names the path with two underscores for a dot: `EVERLIT_SMTP__HOST` is `host` in `[smtp]`.

mod alipay;
mod bank;
mod card;
mod documents;
mod limits;
mod login_risk;
mod mail;
mod money;
mod pay_page;
mod problems;
mod real_name;
mod risk;
mod sign_in;
mod sms;
mod watch;
mod wechat;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use catalogue::service::BetweenBalances;
use connectors::sender::SmtpConfig;
use connectors::{AlipayPaySettings, BaseUrl, Keys, TransitConfig, WechatSettings};
use kernel::Duration;
use ordering::DeskLimits;
use toml::{Table, Value};

use crate::door::Connections;
use crate::telemetry::Format;
pub use card::Card;
pub use documents::Documents;
pub use limits::{KEYS_KEPT, Tls};
pub use pay_page::PayPage;
pub use problems::Problems;
pub use real_name::RealNames;
pub use sign_in::SignIn;
pub use sms::{Carrier, Sms, Templates};

/// A partner outside: where it is and the secrets shared with it.
#[derive(Debug, Clone)]
pub struct Partner {
    pub url: BaseUrl,
    pub keys: Keys,
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    pub data: PathBuf,
    pub database: String,
    pub listen: SocketAddr,
    /// The address people type, without a slash at the end.
    pub public_url: String,
    /// Other names by which people may reach it: hosts, without scheme and port.
    pub host_aliases: Vec<String>,
    /// Addresses and networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<shield::Network>,
    pub tls: Option<Tls>,
    pub shield: shield::Settings,
    /// How much customers may move, by level.
    pub money: ledger::allowance::Policy,
    /// Whether customers may send money to each other's balances.
    pub transfers: BetweenBalances,
    pub connections: Connections,
    /// 64 hex digits, or two such keys; `None` takes the file `master.key` in the data folder.
    pub master_key: Option<String>,
    /// How long a data key is kept after the last value under it was sealed again.
    pub keys_kept: Duration,
    /// Where the master key is kept by a key management service.
    pub kms: Option<TransitConfig>,
    pub log: String,
    pub log_format: Format,
    pub desk: DeskLimits,
    pub smtp: Option<SmtpConfig>,
    pub sms: Option<Sms>,
    pub providers: Vec<(String, Partner)>,
    pub card: Option<Card>,
    /// The bank that keeps our account.
    pub bank_transfer: Option<connectors::BankSettings>,
    pub wechat: Option<PayPage<WechatSettings>>,
    pub alipay: Option<PayPage<AlipayPaySettings>>,
    /// Who checks names against identity numbers.
    pub real_name: RealNames,
    /// Parties that say who somebody is.
    pub sign_in: Vec<SignIn>,
    /// What judges the risk of signing in.
    pub logins: ::risk::LoginPoint,
    /// How the other decision points behave.
    pub risk: ::risk::engine::Settings,
    pub documents: Documents,
    /// Characters of a password that is the only factor.
    pub password_min: usize,
}

impl Config {
    /// Reads the file, if there is one, and the variables.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads settings")]
    pub fn read(file: Option<&Path>) -> Result<Self, Problems> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| Problems(vec![format!("{} cannot be read: {error}", path.display())]))?,
            None => String::new(),
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("EVERLIT_") && name != "EVERLIT_TEST_POSTGRES");
        Self::parse(&text, variables)
    }

    /// Settings from text and variables.
    pub fn parse(text: &str, variables: impl Iterator<Item = (String, String)>) -> Result<Self, Problems> {
        let mut table: Table =
            text.parse().map_err(|error: toml::de::Error| Problems(vec![error.message().to_owned()]))?;
        for (name, value) in variables {
            overlay(&mut table, &name, value);
        }
        let mut r = Reader { table, seen: BTreeSet::new(), problems: Vec::new() };
        let config = build(&mut r);
        r.leftovers();
        if r.problems.is_empty() { Ok(config) } else { Err(Problems(r.problems)) }
    }

    /// Whether the public address is this machine only.
    pub fn is_loopback(&self) -> bool {
        let host = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
    }
}

fn overlay(table: &mut Table, name: &str, value: String) {
    let path: Vec<String> =
        name.trim_start_matches("EVERLIT_").split("__").map(str::to_ascii_lowercase).collect();
    let Some((last, folders)) = path.split_last() else { return };
    let mut at = table;
    for folder in folders {
        let entry = at.entry(folder.clone()).or_insert_with(|| Value::Table(Table::new()));
        match entry {
            Value::Table(inner) => at = inner,
            _ => return,
        }
    }
    at.insert(last.clone(), Value::String(value));
}

fn build(r: &mut Reader) -> Config {
    let data: PathBuf = r.text("data").unwrap_or_else(|| "./everlit-data".to_owned()).into();
    let database =
        r.text("database").unwrap_or_else(|| format!("sqlite:{}", data.join("everlit.db").display()));
    let listen = r.parsed("listen", "an address such as 127.0.0.1:8024");
    let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8024)));
    let public_url = r.text("public_url").unwrap_or_else(|| format!("http://{listen}"));
    let public_url = public_url.trim_end_matches('/').to_owned();
    if connectors::http::web_address(&public_url).is_none() {
        r.problem::<()>("public_url", "must be https://… (plain http only on this machine)");
    }
    let log_format = match r.text("log_format").as_deref() {
        None | Some("text") => Format::Text,
        Some("json") => Format::Json,
        Some(_) => r.problem("log_format", "is text or json").unwrap_or_default(),
    };
    let usual = DeskLimits::default();
    let trusted_proxies: Vec<shield::Network> =
        r.list("trusted_proxies", "addresses and networks such as 10.0.0.2 and 10.1.0.0/16");
    Config {
        host_aliases: r.list("host_aliases", "hosts such as www.example.com"),
        tls: limits::tls(r, &public_url),
        shield: limits::shield(r, trusted_proxies.clone()),
        money: money::policy(r),
        transfers: money::transfers(r),
        connections: limits::connections(r),
        trusted_proxies,
        master_key: r.text("master_key"),
        keys_kept: limits::keys_kept(r),
        kms: kms(r),
        log: r.text("log").unwrap_or_else(|| "info".to_owned()),
        log_format,
        desk: DeskLimits {
            waiting: r.parsed("desk.waiting", "a number").unwrap_or(usual.waiting),
            batch: r.parsed("desk.batch", "a number").unwrap_or(usual.batch),
            desks: r.parsed("desk.desks", "a number").unwrap_or(usual.desks),
        },
        smtp: mail::smtp(r),
        sms: sms::sms(r),
        providers: r.names("providers").into_iter().filter_map(|name| provider(r, name)).collect(),
        card: card::card(r),
        bank_transfer: bank::bank(r),
        wechat: wechat::wechat(r),
        alipay: alipay::alipay(r),
        real_name: real_name::real_names(r),
        sign_in: r.names("sign_in").into_iter().filter_map(|name| sign_in::party(r, name)).collect(),
        logins: login_risk::point(r),
        risk: risk::settings(r),
        documents: documents::documents(r),
        password_min: sign_in::password_min(r),
        data,
        database,
        listen,
        public_url,
    }
}

fn kms(r: &mut Reader) -> Option<TransitConfig> {
    let (url, key, token) = (r.text("kms.url"), r.text("kms.key"), r.text("kms.token"));
    if url.is_none() && key.is_none() && token.is_none() {
        return None;
    }
    let url = match url.as_deref().map(BaseUrl::parse) {
        Some(Ok(url)) => Some(url),
        Some(Err(error)) => r.problem("kms.url", &error.to_string()),
        None => r.problem("kms.url", "is missing"),
    };
    let key = key.or_else(|| r.problem("kms.key", "is missing: the name of the key in the service"));
    let token = token.or_else(|| r.problem("kms.token", "is missing"));
    Some(TransitConfig { url: url?, key: key?, token: token? })
}

fn partner(r: &mut Reader, path: &str) -> Option<Partner> {
    let url_at = format!("{path}.url");
    let url = r.text(&url_at);
    let url = match url.as_deref().map(BaseUrl::parse) {
        Some(Ok(url)) => Some(url),
        Some(Err(error)) => r.problem(&url_at, &error.to_string()),
        None => r.problem(&url_at, "is missing"),
    };
    let secret_at = format!("{path}.secret");
    let keys = match r.text(&secret_at).as_deref().map(|text| Keys::parse(text.split(' '))) {
        Some(Ok(keys)) => Some(keys),
        Some(Err(error)) => r.problem(&secret_at, &error.to_string()),
        None => r.problem(&secret_at, "is missing: whsec_ and at least 24 bytes in base64"),
    };
    Some(Partner { url: url?, keys: keys? })
}

fn provider(r: &mut Reader, name: String) -> Option<(String, Partner)> {
    let partner = partner(r, &format!("providers.{name}"))?;
    Some((name, partner))
}

/// Reads settings by path and remembers what was read and what was wrong.
struct Reader {
    table: Table,
    seen: BTreeSet<String>,
    problems: Vec<String>,
}

impl Reader {
    fn at(&mut self, path: &str) -> Option<Value> {
        self.seen.insert(path.to_owned());
        let mut parts = path.split('.');
        let mut value = self.table.get(parts.next()?)?;
        for part in parts {
            value = value.as_table()?.get(part)?;
        }
        Some(value.clone())
    }

    fn text(&mut self, path: &str) -> Option<String> {
        match self.at(path)? {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Boolean(flag) => Some(flag.to_string()),
            _ => self.problem(path, "must be a text"),
        }
    }

    fn parsed<T: std::str::FromStr>(&mut self, path: &str, wanted: &str) -> Option<T> {
        let text = self.text(path)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(_) => self.problem(path, &format!("must be {wanted}, not `{text}`")),
        }
    }

    /// A list, or in a variable texts separated by commas.
    fn list<T: std::str::FromStr>(&mut self, path: &str, wanted: &str) -> Vec<T> {
        let texts: Vec<String> = match self.at(path) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().map(|i| i.as_str().unwrap_or_default().to_owned()).collect()
            }
            Some(Value::String(text)) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Some(_) => self.problem(path, &format!("must be a list of {wanted}")).unwrap_or_default(),
        };
        let mut values = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(value) => values.push(value),
                Err(_) => {
                    self.problem::<()>(path, &format!("must be a list of {wanted}, not `{text}`"));
                }
            }
        }
        values
    }

    fn names(&self, path: &str) -> Vec<String> {
        self.table
            .get(path)
            .and_then(Value::as_table)
            .map(|t| t.iter().filter(|(_, one)| one.is_table()).map(|(name, _)| name.clone()).collect())
            .unwrap_or_default()
    }

    /// Notes a problem; always `None`, so that it can end an expression.
    fn problem<T>(&mut self, path: &str, what: &str) -> Option<T> {
        self.problems.push(format!("{path} {what}"));
        None
    }

    /// Settings nobody asked for are mistakes: a misspelt one would silently not count.
    fn leftovers(&mut self) {
        let mut paths = Vec::new();
        collect(&self.table, "", &mut paths);
        for path in paths {
            if !self.seen.contains(&path) {
                self.problems.push(format!("{path} is not a setting"));
            }
        }
    }
}

fn collect(table: &Table, prefix: &str, out: &mut Vec<String>) {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => collect(inner, &path, out),
            _ => out.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn all_problems_are_said_at_once() {
        let text = "listen = \"nowhere\"\nlisen = \"x\"\n[smtp]\nhost = \"h\"\n[providers.telecom]\nurl = \"ftp://x\"\n";
        let problems = Config::parse(text, std::iter::empty()).unwrap_err().to_string();
        for what in [
            "listen must be",
            "lisen is not a setting",
            "smtp.from",
            "providers.telecom.url",
            "providers.telecom.secret",
        ] {
            assert!(problems.contains(what), "{what} in {problems}");
        }
    }

    #[test]
    fn whoever_checks_names_needs_an_address_and_a_secret() {
        let parse = |text: &str| Config::parse(text, std::iter::empty());
        let none = parse("").unwrap().real_name;
        assert!(none.partner.is_none() && none.policy == identity::real_name::Policy::default());
        let text = "[real_name]\nurl = \"https://register.example\"\nkeep_days = 0\n";
        let problems = parse(text).unwrap_err().to_string();
        assert!(
            problems.contains("real_name.secret") && problems.contains("real_name.keep_days"),
            "{problems}"
        );
        let secret = connectors::Secret::from_digest([7; 32]).reveal();
        let text = format!(
            "[real_name]\nurl = \"https://register.example\"\nsecret = \"{secret}\"\naccounts_a_person = 2\n"
        );
        let found = parse(&text).unwrap().real_name;
        assert!(found.partner.is_some() && found.policy.accounts_a_person == 2);
    }

    #[test]
    fn variables_win_over_the_file() {
        let variables = [("EVERLIT_DESK__BATCH".to_owned(), "7".to_owned())];
        let config = Config::parse("[desk]\nbatch = 9\n", variables.into_iter()).unwrap();
        assert_eq!(config.desk.batch, 7);
        assert!(config.is_loopback());
    }
}
