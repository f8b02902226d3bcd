//! The signature on callbacks: `Stripe-Signature: t=<seconds>,v1=<hex of HMAC-SHA256 over "t.body">`, with several `v1` while a
//! secret is being exchanged. Verified on the raw bytes, in constant time, before anything is parsed.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use kernel::{Timestamp, hex};
use sha2::Sha256;

use crate::protocol::SignatureError;
use crate::protocol::TOLERANCE_SECS;

pub const HEADER_SIGNATURE: &str = "stripe-signature";
/// More signatures in one header are not looked at.
const MAX_SIGNATURES: usize = 16;
/// Shorter secrets can be tried out.
const LEAST_CHARS: usize = 24;

/// What callbacks are signed with. Several while one is exchanged for another: any of them is accepted.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecrets(Vec<String>);

impl std::fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecrets(whsec_…)")
    }
}

impl SigningSecrets {
    /// Reads one or several `whsec_…` separated by spaces, as the gateway shows them. `None` when one is no such text.
    pub fn parse(text: &str) -> Option<Self> {
        let secrets: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let good = |secret: &String| {
            secret.starts_with("whsec_")
                && secret.len() >= LEAST_CHARS
                && secret.bytes().all(|b| b.is_ascii_graphic())
        };
        (!secrets.is_empty() && secrets.iter().all(good)).then_some(Self(secrets))
    }

    /// The header's value for a body, signed with each secret.
    pub fn sign(&self, now: Timestamp, body: &[u8]) -> String {
        let seconds = now.as_secs().to_string();
        let macs = self.0.iter().filter_map(|secret| mac(secret, &seconds, body));
        let signatures = macs.map(|mac| format!(",v1={}", hex::encode(&*mac.finalize().into_bytes())));
        format!("t={seconds}{}", signatures.collect::<String>())
    }

    /// Checks the header against the raw body.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let mut values = headers.get_all(HEADER_SIGNATURE).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(SignatureError::Missing) };
        let text = value.to_str().map_err(|_| SignatureError::Missing)?;
        let pairs: Vec<(&str, &str)> =
            text.split(',').filter_map(|part| part.trim().split_once('=')).take(MAX_SIGNATURES + 1).collect();
        let mut times = pairs.iter().filter(|(name, _)| *name == "t").map(|(_, value)| *value);
        let (Some(seconds), None) = (times.next(), times.next()) else { return Err(SignatureError::Missing) };
        // Digits only: `+5` and ` 5` are no timestamps.
        let digits = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
        let sent = seconds.parse::<i64>().ok().filter(|_| digits).ok_or(SignatureError::Missing)?;
        if sent.abs_diff(now.as_secs()) > TOLERANCE_SECS.unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        let candidates: Vec<Vec<u8>> = pairs
            .iter()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, value)| hex::decode(value))
            .collect();
        let signed = |secret: &String| {
            let matches = |bytes: &Vec<u8>| {
                mac(secret, seconds, body).is_some_and(|mac| mac.verify_slice(bytes).is_ok())
            };
            candidates.iter().any(matches)
        };
        if self.0.iter().any(signed) { Ok(()) } else { Err(SignatureError::Wrong) }
    }
}

/// The whole text of the secret is the key, `whsec_` included.
fn mac(secret: &str, seconds: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    for part in [seconds.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_265_100);

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(HEADER_SIGNATURE), value.parse().unwrap())])
    }

    #[test]
    fn any_of_several_signatures_under_any_of_several_secrets_is_good() {
        let old = SigningSecrets::parse("whsec_old_old_old_old_old").unwrap();
        let new = SigningSecrets::parse("whsec_new_new_new_new_new").unwrap();
        let both = SigningSecrets::parse("whsec_new_new_new_new_new whsec_old_old_old_old_old").unwrap();
        for (signer, checker, good) in
            [(&old, &both, true), (&new, &both, true), (&both, &old, true), (&old, &new, false)]
        {
            let value = signer.sign(NOW, b"{}");
            assert_eq!(checker.verify(&headers(&value), b"{}", NOW).is_ok(), good);
        }
        assert!(!format!("{both:?}").contains("old"), "no secret in a log");
    }

    #[test]
    fn p3_a_changed_old_future_cut_or_doubled_signature_is_refused() {
        let secrets = SigningSecrets::parse("whsec_one_one_one_one_one").unwrap();
        let good = secrets.sign(NOW, b"{}");
        let check = |value: &str, body: &[u8], now| secrets.verify(&headers(value), body, now);
        let later = |secs| NOW.plus(kernel::Duration::from_secs(secs));
        let known = "t=1795265100,v1=7f1e37191dbd51ca4ef56867db8bbbbdee91273d0ea6e8447677ac2a1e1ece39";
        assert_eq!(good, known, "computed by another implementation");
        assert_eq!(check(&good, b"{}", later(300)), Ok(()));
        assert_eq!(check(&good, b"{}", later(301)), Err(SignatureError::Stale));
        assert_eq!(check(&good, b"{}", later(-301)), Err(SignatureError::Stale));
        assert_eq!(check(&good, b"{ }", NOW), Err(SignatureError::Wrong));
        let cut = good.get(..good.len() - 2).unwrap();
        assert_eq!(check(cut, b"{}", NOW), Err(SignatureError::Wrong));
        let (time, rest) = good.split_once(',').unwrap();
        for missing in [rest.to_owned(), format!("{time},{good}"), format!("t=+1,{rest}"), String::new()] {
            assert_eq!(check(&missing, b"{}", NOW), Err(SignatureError::Missing), "{missing}");
        }
        assert_eq!(check(time, b"{}", NOW), Err(SignatureError::Wrong));
        assert_eq!(check(&good.replace("v1=", "v0="), b"{}", NOW), Err(SignatureError::Wrong));
        let mut twice = headers(&good);
        twice.append(HEADER_SIGNATURE, good.parse().unwrap());
        assert_eq!(secrets.verify(&twice, b"{}", NOW), Err(SignatureError::Missing));
        assert_eq!(secrets.verify(&HeaderMap::new(), b"{}", NOW), Err(SignatureError::Missing));
    }

    #[test]
    fn a_secret_that_is_short_or_of_another_kind_is_none() {
        for bad in ["", "whsec_short", "sk_test_aaaaaaaaaaaaaaaaaaaaaaaa", "whsec_good_good_good_good x"] {
            assert!(SigningSecrets::parse(bad).is_none(), "{bad}");
        }
    }
}
