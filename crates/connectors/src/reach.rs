//! Where outgoing requests may go: anywhere, or to public addresses only.
//!
//! Addresses that others choose (a discovery document, a webhook) must not lead into our own network. The decision is made
//! on the address that is connected to, after the name was resolved, so a name that changes its mind changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses a client connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Whatever is configured: partners often stand beside us.
    #[default]
    Anywhere,
    /// Public addresses only.
    Public,
}

impl Reach {
    /// Whether an address that is written as numbers may be asked. Names are decided when they are resolved.
    pub(crate) fn admits(self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        self == Self::Anywhere || literal.parse::<IpAddr>().map_or(true, is_public)
    }
}

/// Whether an address belongs to the public internet: not to this machine, a private network, a tunnel into one, a group or
/// a document.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        // Carriers' own networks, protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [first, second, .., high, low] = v6.segments();
    let embedded = || {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (first, second) {
        // NAT64: the IPv4 address stands at the end.
        (0x64, 0xff9b) => embedded(),
        // Global unicast without documentation, Teredo and 6to4.
        (0x2001, 0xdb8 | 0) | (0x2002 | 0x3fff, _) => false,
        _ => first & 0xe000 == 0x2000,
    }
}

/// Resolves names and refuses those that lead to an address that is not public.
#[derive(Debug)]
pub(crate) struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().all(|address| is_public(address.ip())) {
                let addresses: Addrs = Box::new(found.into_iter());
                Ok(addresses)
            } else {
                Err(Box::new(NotPublic).into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for public in ["1.1.1.1", "203.0.112.9", "100.63.0.1", "2400:3200::1", "64:ff9b::1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "64:ff9b::10.0.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn an_address_in_numbers_is_refused_before_anything_is_sent() {
        for (url, admitted) in [
            ("https://10.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://2130706433/", false),
            ("https://1.1.1.1/", true),
            ("https://example.com/", true),
        ] {
            assert_eq!(Reach::Public.admits(&Url::parse(url).unwrap()), admitted, "{url}");
            assert!(Reach::Anywhere.admits(&Url::parse(url).unwrap()));
        }
    }
}
