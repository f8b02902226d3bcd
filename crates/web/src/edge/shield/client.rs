//! Where a request comes from and which host it means. A client can choose neither.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::app::{App, Settings};

/// What proxies say of whom they speak for.
const FORWARDED_FOR: &str = "x-forwarded-for";
const OF_PROXIES: [&str; 8] = [
    FORWARDED_FOR,
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-real-ip",
    "forwarded",
];

/// The client's address: the peer's, or what a trusted proxy says of it. `None` without a connection.
pub fn address(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    let trusted = |address: IpAddr| settings.trusted_proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(peer) {
        return Some(peer);
    }
    let said = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = said.flat_map(|value| value.split(',')).map(str::trim).collect();
    // From the nearest: each trusted proxy vouches for the one before it. What none vouches for, or nobody can read, is not believed.
    let mut nearest = peer;
    for part in chain.into_iter().rev() {
        let Ok(address) = part.parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
        if !trusted(nearest) {
            break;
        }
    }
    Some(nearest)
}

/// The same, and takes off what only proxies may say when no trusted one is there.
pub(super) fn take_address(app: &App, request: &mut Request) -> Option<IpAddr> {
    let found = address(&app.settings, request.headers(), request.extensions());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let trusted =
        peer.is_some_and(|peer| app.settings.trusted_proxies.iter().any(|proxy| proxy.contains(peer)));
    if !trusted {
        let mut removed = None;
        for name in OF_PROXIES {
            removed = request.headers_mut().remove(HeaderName::from_static(name)).or(removed);
        }
        if removed.is_some() {
            request.extensions_mut().insert(SpokenFor);
        }
    }
    found
}

/// On a request: a proxy that nobody trusts passed it on, so the peer is not who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpokenFor;

/// Whose host a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Ours,
    Foreign,
    /// None, several, or two that differ.
    Unclear,
}

/// The hosts that are ours.
#[derive(Debug)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// The host of the public address and its aliases; this machine's own names are ours always.
    pub fn of(settings: &Settings) -> Self {
        let public = settings.public_url.split_once("://").map_or("", |(_, rest)| rest);
        let public = public.split('/').next().unwrap_or_default();
        let all = std::iter::once(public).chain(settings.host_aliases.iter().map(String::as_str));
        Self(all.map(|host| bare(host).to_ascii_lowercase()).collect())
    }

    pub(super) fn judge(&self, request: &Request) -> Host {
        let mut named = request.headers().get_all(HOST).iter();
        let (first, more) = (named.next(), named.next());
        let said = first.map(|host| host.to_str().unwrap_or_default());
        let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
        let host = match (authority, said) {
            _ if more.is_some() => return Host::Unclear,
            (Some(authority), None) => authority,
            (None, Some(host)) => host,
            (Some(authority), Some(host)) if bare(host) == bare(authority) => authority,
            // A request without a connection comes from this program.
            (None, None) if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() => {
                return Host::Ours;
            }
            _ => return Host::Unclear,
        };
        if self.is_ours(bare(host)) { Host::Ours } else { Host::Foreign }
    }

    fn is_ours(&self, host: &str) -> bool {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        self.0.iter().any(|ours| ours.eq_ignore_ascii_case(host))
            || host.eq_ignore_ascii_case("localhost")
            || literal.is_ok_and(|address| address.to_canonical().is_loopback())
    }
}

/// A host without port and final dot.
fn bare(host: &str) -> &str {
    let end = match host.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(at) => at.saturating_add(2),
        None => host.find(':').unwrap_or(host.len()),
    };
    host.get(..end).unwrap_or(host).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn settings() -> Settings {
        Settings {
            public_url: "https://counter.example:8443".to_owned(),
            host_aliases: vec!["www.counter.example".to_owned()],
            trusted_proxies: vec!["10.0.0.0/24".parse().unwrap()],
            ..Settings::for_tests()
        }
    }

    fn request(peer: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().uri("/").body(Body::empty()).unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    #[test]
    fn only_a_trusted_proxy_says_whom_it_speaks_for() {
        let check = |peer: &str, said: &[&str], expected: &str| {
            let headers: Vec<(&str, &str)> = said.iter().map(|value| ("x-forwarded-for", *value)).collect();
            let request = request(peer, &headers);
            let found = address(&settings(), request.headers(), request.extensions()).unwrap();
            assert_eq!(found.to_string(), expected, "{peer} {said:?}");
        };
        check("203.0.113.9:1", &["192.0.2.7"], "203.0.113.9");
        check("10.0.0.2:1", &["192.0.2.7"], "192.0.2.7");
        check("10.0.0.2:1", &[], "10.0.0.2");
        // What the client wrote itself stands before what the proxy added.
        check("10.0.0.2:1", &["1.1.1.1, 192.0.2.7"], "192.0.2.7");
        check("10.0.0.2:1", &["1.1.1.1", "192.0.2.7, 10.0.0.3"], "192.0.2.7");
        // Nothing before what cannot be read is believed.
        check("10.0.0.2:1", &["1.1.1.1, unknown, 10.0.0.3"], "10.0.0.3");
        check("[::ffff:10.0.0.2]:1", &["::ffff:192.0.2.7"], "192.0.2.7");
    }

    #[test]
    fn only_our_own_hosts_are_answered() {
        let hosts = Hosts::of(&settings());
        for (host, expected) in [
            ("counter.example", Host::Ours),
            ("Counter.Example:8443", Host::Ours),
            ("counter.example.", Host::Ours),
            ("www.counter.example", Host::Ours),
            ("localhost:8024", Host::Ours),
            ("127.0.0.1:8024", Host::Ours),
            ("[::1]:8024", Host::Ours),
            ("evil.example", Host::Foreign),
            ("counter.example.evil.example", Host::Foreign),
            ("counter.example@evil.example", Host::Foreign),
            ("10.0.0.5", Host::Foreign),
            ("", Host::Foreign),
        ] {
            assert_eq!(hosts.judge(&request("192.0.2.7:1", &[("host", host)])), expected, "{host}");
        }
        assert_eq!(hosts.judge(&request("192.0.2.7:1", &[])), Host::Unclear);
        let twice = [("host", "counter.example"), ("host", "evil.example")];
        assert_eq!(hosts.judge(&request("192.0.2.7:1", &twice)), Host::Unclear);
        let mut differs = request("192.0.2.7:1", &[("host", "counter.example")]);
        *differs.uri_mut() = "http://evil.example/".parse().unwrap();
        assert_eq!(hosts.judge(&differs), Host::Unclear);
    }
}
