//! Who may look at the figures of a node. They hold nothing personal, but tell an attacker what works and what is slow: this machine, the
//! operator's networks, and whoever has the token; nobody else.

use std::net::IpAddr;

use vault::Vault;

use crate::address::Network;

const CONTEXT: &str = "shield.watch";

/// Who watches besides this machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Watchers {
    pub networks: Vec<Network>,
    /// What comes as `Authorization: Bearer`.
    pub token: Option<String>,
}

impl std::fmt::Debug for Watchers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watchers").field("networks", &self.networks).finish_non_exhaustive()
    }
}

impl Watchers {
    /// `address` is the client's; `None` when it is not known. Tokens are compared by their keyed digests, so that the time it takes says nothing.
    pub(crate) fn include(&self, vault: &Vault, address: Option<IpAddr>, given: Option<&str>) -> bool {
        let near = address.is_some_and(|address| {
            address.to_canonical().is_loopback()
                || self.networks.iter().any(|network| network.contains(address))
        });
        let digest = |text: &str| vault.blind_index(CONTEXT, text);
        near || given.zip(self.token.as_deref()).is_some_and(|(given, token)| digest(given) == digest(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_the_named_networks_and_the_token_watch_and_nobody_else() {
        let vault = Vault::with_key([7; 32]).unwrap();
        let watchers = Watchers {
            networks: vec!["10.1.0.0/24".parse().unwrap()],
            token: Some("0123456789abcdef".to_owned()),
        };
        let check = |address: Option<&str>, token| {
            watchers.include(&vault, address.map(|text| text.parse().unwrap()), token)
        };
        for near in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.0.9", "::ffff:10.1.0.9"] {
            assert!(check(Some(near), None), "{near}");
        }
        for far in [Some("10.1.1.9"), Some("192.0.2.1"), None] {
            assert!(!check(far, None) && !check(far, Some("0123456789abcdeF")) && !check(far, Some("")));
            assert!(check(far, Some("0123456789abcdef")));
        }
        assert!(!Watchers::default().include(&vault, None, Some("")), "no token opens nothing");
        assert!(!format!("{watchers:?}").contains("0123456789abcdef"));
    }
}
