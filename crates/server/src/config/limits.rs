//! `[limits]` and `[tls]`: how much, how often, how long, and in which speech.

use std::time::Duration;

use shield::{Class, Limits, Settings, Sizes};

use super::{Config, Reader};
use crate::door::Connections;
use crate::tls::Files;

/// TLS in this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub files: Files,
    /// Where a second listener sends people from http to https.
    pub redirect: Option<std::net::SocketAddr>,
}

/// Requests: how often and how large.
pub(super) fn shield(r: &mut Reader, kept: Vec<shield::Network>) -> Settings {
    let usual = Limits::default();
    let mut limits = Limits { enabled: r.parsed("limits.enabled", "true or false").unwrap_or(true), ..usual };
    let wanted = "requests/seconds such as 600/60";
    for class in Class::ALL {
        if class == Class::Health {
            continue;
        }
        if let Some(quota) = r.parsed(&format!("limits.{}", class.name()), wanted) {
            limits.address.insert(class, quota);
        }
        if let Some(quota) = r.parsed(&format!("limits.account.{}", class.name()), wanted) {
            limits.account.insert(class, quota);
        }
    }
    let usual = Sizes::default();
    Settings {
        limits,
        blocks: r.parsed("limits.blocks", "true or false").unwrap_or(true),
        kept,
        sizes: Sizes {
            address_bytes: r.parsed("limits.address_bytes", "a number").unwrap_or(usual.address_bytes),
            headers: r.parsed("limits.headers", "a number").unwrap_or(usual.headers),
            header_bytes: r.parsed("limits.header_bytes", "a number").unwrap_or(usual.header_bytes),
            body_bytes: r.parsed("limits.body_bytes", "a number").unwrap_or(usual.body_bytes),
            upload_bytes: r.parsed("limits.upload_bytes", "a number").unwrap_or(usual.upload_bytes),
            body_time: secs(r, "limits.body_secs", usual.body_time),
            upload_time: secs(r, "limits.upload_secs", usual.upload_time),
            handler_time: secs(r, "limits.handler_secs", usual.handler_time),
        },
        watchers: super::watch::watchers(r),
    }
}

/// Connections: how many and how slow.
pub(super) fn connections(r: &mut Reader) -> Connections {
    let usual = Connections::default();
    let per_address = r.parsed("limits.connections_per_address", "a number").unwrap_or(usual.per_address);
    Connections {
        most: r.parsed("limits.connections", "a number").unwrap_or(usual.most).max(1),
        per_address: per_address.max(1),
        handshake: secs(r, "limits.handshake_secs", usual.handshake),
        headers: secs(r, "limits.header_secs", usual.headers),
        idle: secs(r, "limits.idle_secs", usual.idle),
    }
}

/// Retired data keys are kept for as long as a value under them may still come back, as from a backup that is restored in part.
pub const KEYS_KEPT: kernel::Duration = kernel::Duration::from_days(90);

pub(super) fn keys_kept(r: &mut Reader) -> kernel::Duration {
    match r.parsed("keys.keep_days", "a number of days") {
        None => KEYS_KEPT,
        Some(days) if (1..=3_650).contains(&days) => kernel::Duration::from_days(days),
        Some(_) => r.problem("keys.keep_days", "must be 1 to 3650").unwrap_or(KEYS_KEPT),
    }
}

fn secs(r: &mut Reader, path: &str, usual: Duration) -> Duration {
    match r.parsed(path, "a number of seconds") {
        None => usual,
        Some(0_u64) => r.problem(path, "must be at least 1").unwrap_or(usual),
        Some(secs) => Duration::from_secs(secs),
    }
}

pub(super) fn tls(r: &mut Reader, public_url: &str) -> Option<Tls> {
    let (cert, key) = (r.text("tls.cert"), r.text("tls.key"));
    let redirect = r.parsed("tls.redirect", "an address such as 0.0.0.0:80");
    match (cert, key) {
        (None, None) => redirect
            .and_then(|_: std::net::SocketAddr| r.problem("tls.redirect", "needs tls.cert and tls.key")),
        (Some(_), None) => r.problem("tls.key", "is missing beside tls.cert"),
        (None, Some(_)) => r.problem("tls.cert", "is missing beside tls.key"),
        (Some(_), Some(_)) if public_url.starts_with("http://") => {
            r.problem("public_url", "must be https://… when [tls] is set")
        }
        (Some(cert), Some(key)) => {
            Some(Tls { files: Files { cert: cert.into(), key: key.into() }, redirect })
        }
    }
}

impl Config {
    /// Why this installation must not listen: plain HTTP over a network, with nobody trusted in front.
    pub fn plain_over_network(&self) -> Option<String> {
        let fine = self.tls.is_some() || self.listen.ip().is_loopback() || !self.trusted_proxies.is_empty();
        (!fine).then(|| {
            format!(
                "listen = \"{}\" would serve plain HTTP over the network. Set one of:\n  \
                 [tls] cert and key (PEM files), and a public_url with https://\n  \
                 listen = \"127.0.0.1:{}\" with a proxy on this machine\n  \
                 trusted_proxies = [\"…\"], the addresses of the proxies that may speak plain HTTP to it",
                self.listen,
                self.listen.port(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use shield::{Class, Quota};

    use super::super::Config;

    fn problems(text: &str) -> String {
        Config::parse(text, std::iter::empty()).unwrap_err().to_string()
    }

    #[test]
    fn limits_are_read_and_can_be_switched_off() {
        let text = "[limits]\nenabled = false\nlogin = \"5/60\"\nhandler_secs = 7\n[limits.account]\npage = \"9/1\"\n";
        let config = Config::parse(text, std::iter::empty()).unwrap();
        assert!(!config.shield.limits.enabled && config.shield.blocks);
        assert_eq!(config.shield.limits.address[&Class::Login], Quota::new(5, 60));
        assert_eq!(config.shield.limits.account[&Class::Page], Quota::new(9, 1));
        assert_eq!(config.shield.sizes.handler_time.as_secs(), 7);
        let by_variable = [("EVERLIT_LIMITS__ENABLED".to_owned(), "false".to_owned())];
        assert!(!Config::parse("", by_variable.into_iter()).unwrap().shield.limits.enabled);
    }

    #[test]
    fn wrong_limits_are_said() {
        let said = problems(
            "[limits]\nlogin = \"often\"\nlogn = \"5/60\"\nidle_secs = 0\n[limits.account]\nhealth = \"1/1\"\n",
        );
        for what in [
            "limits.login must be",
            "limits.logn is not",
            "limits.idle_secs must",
            "limits.account.health is not",
        ] {
            assert!(said.contains(what), "{what} in {said}");
        }
    }

    #[test]
    fn plain_http_over_a_network_is_refused_unless_somebody_is_trusted() {
        let parse = |text: &str| Config::parse(text, std::iter::empty()).unwrap().plain_over_network();
        let open = "listen = \"0.0.0.0:8024\"\npublic_url = \"https://counter.example\"\n";
        assert!(parse(open).unwrap().contains("trusted_proxies"));
        assert_eq!(parse(&format!("{open}trusted_proxies = [\"10.0.0.0/8\"]\n")), None);
        assert_eq!(parse(&format!("{open}[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n")), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn half_a_tls_is_none() {
        assert!(problems("[tls]\ncert = \"c.pem\"\n").contains("tls.key is missing"));
        assert!(problems("[tls]\nredirect = \"0.0.0.0:80\"\n").contains("needs tls.cert"));
        assert!(problems("[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n").contains("public_url must be https"));
    }
}
