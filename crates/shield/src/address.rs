//! Addresses and networks: read as people write them, found fast however long the lists are.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

/// A single address or a network, without host bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

/// A text that is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadNetwork;

impl std::fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an address such as 192.0.2.7 or a network such as 192.0.2.0/24")
    }
}

impl std::error::Error for BadNetwork {}

impl Network {
    /// One address.
    pub fn single(address: IpAddr) -> Self {
        Self(IpNet::from(address.to_canonical()))
    }

    /// What one customer is given: an IPv4 address, an IPv6 /64, in which one machine has billions of addresses.
    pub fn customer(address: IpAddr) -> Self {
        Self::cut(address, 32, 64)
    }

    /// The neighbourhood an attacker rents: IPv4 /24, IPv6 /48.
    pub fn neighbourhood(address: IpAddr) -> Self {
        Self::cut(address, 24, 48)
    }

    fn cut(address: IpAddr, v4: u8, v6: u8) -> Self {
        let address = address.to_canonical();
        let length = if address.is_ipv4() { v4 } else { v6 };
        Self(IpNet::new(address, length).map_or_else(|_| IpNet::from(address), |net| net.trunc()))
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether an address of one can be an address of the other.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.contains(&other.0) || other.0.contains(&self.0)
    }

    /// Leading bits that are fixed.
    pub fn length(&self) -> u8 {
        self.0.prefix_len()
    }

    pub fn is_ipv4(&self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl std::str::FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::single(address));
        }
        let net: IpNet = text.parse().map_err(|_| BadNetwork)?;
        // ::ffff:192.0.2.0/120 is 192.0.2.0/24 to everybody who connects.
        match (net.addr().to_canonical(), net.prefix_len().checked_sub(96)) {
            (IpAddr::V4(v4), Some(length)) if net.addr().is_ipv6() => {
                IpNet::new(IpAddr::V4(v4), length).map(|net| Self(net.trunc())).map_err(|_| BadNetwork)
            }
            _ => Ok(Self(net.trunc())),
        }
    }
}

/// The address of who cannot be told: all of them are one.
pub const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Values by network. Looking one up costs one hash for each length of network that occurs.
#[derive(Debug, Clone)]
pub struct Networks<T> {
    lengths_v4: Vec<u8>,
    lengths_v6: Vec<u8>,
    values: HashMap<IpNet, T>,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { lengths_v4: Vec::new(), lengths_v6: Vec::new(), values: HashMap::new() }
    }
}

impl<T> Networks<T> {
    /// Adds a value, or replaces that of the same network.
    pub fn insert(&mut self, network: Network, value: T) {
        let lengths = if network.is_ipv4() { &mut self.lengths_v4 } else { &mut self.lengths_v6 };
        if !lengths.contains(&network.length()) {
            lengths.push(network.length());
            // The longest first: the narrowest network answers.
            lengths.sort_unstable_by(|a, b| b.cmp(a));
        }
        self.values.insert(network.0, value);
    }

    pub fn get(&self, network: &Network) -> Option<&T> {
        self.values.get(&network.0)
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.values()
    }

    /// The first value from the narrowest network to the widest that holds the address and that `wanted` picks.
    pub fn find(&self, address: IpAddr, wanted: impl Fn(&T) -> bool) -> Option<&T> {
        if self.values.is_empty() {
            return None;
        }
        let address = address.to_canonical();
        let lengths = if address.is_ipv4() { &self.lengths_v4 } else { &self.lengths_v6 };
        lengths.iter().find_map(|length| {
            let net = IpNet::new(address, *length).ok()?.trunc();
            self.values.get(&net).filter(|value| wanted(value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_are_read_and_written_as_people_do() {
        for (text, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            (" 192.0.2.77/24 ", "192.0.2.0/24"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8::1/48", "2001:db8::/48"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "192.0.2", "192.0.2.0/33", "example.com", "192.0.2.1-9", "::/129"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }

    #[test]
    fn one_customer_is_an_address_or_a_v6_network() {
        assert_eq!(Network::customer(ip("192.0.2.7")).to_string(), "192.0.2.7");
        assert_eq!(Network::customer(ip("2001:db8:1:2:3:4:5:6")).to_string(), "2001:db8:1:2::/64");
        assert_eq!(Network::neighbourhood(ip("::ffff:192.0.2.7")).to_string(), "192.0.2.0/24");
        assert!(Network::customer(ip("2001:db8:1:2::9")).contains(ip("2001:db8:1:2:ffff::")));
    }

    #[test]
    fn the_narrowest_wanted_network_answers() {
        let mut nets = Networks::default();
        for (text, value) in [("10.0.0.0/8", 8), ("10.1.0.0/16", 16), ("10.1.2.3", 32), ("2001:db8::/32", 6)]
        {
            nets.insert(text.parse().unwrap(), value);
        }
        let find = |text: &str| nets.find(ip(text), |_| true).copied();
        assert_eq!(find("10.1.2.3"), Some(32));
        assert_eq!(find("::ffff:10.1.2.4"), Some(16));
        assert_eq!(find("10.9.9.9"), Some(8));
        assert_eq!(find("11.0.0.1"), None);
        assert_eq!(find("2001:db8:5::1"), Some(6));
        assert_eq!(nets.find(ip("10.1.2.3"), |value| *value < 16).copied(), Some(8));
    }
}
