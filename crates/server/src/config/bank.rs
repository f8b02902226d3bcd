//! `[gateways.bank_transfer]`: the bank that keeps our account.

use connectors::BankSettings;
use connectors::bank::Told;

use super::{Partner, Reader, partner};

pub(super) fn bank(r: &mut Reader) -> Option<BankSettings> {
    const PATH: &str = "gateways.bank_transfer";
    if !r.names("gateways").contains(&"bank_transfer".to_owned()) {
        return None;
    }
    let found = partner(r, PATH);
    let merchant_at = format!("{PATH}.merchant_id");
    let merchant_id = r.text(&merchant_at);
    if merchant_id.is_none() {
        r.problem::<()>(&merchant_at, "is missing: the bank's number of us");
    }
    let told_at = format!("{PATH}.told_by");
    let told = match r.text(&told_at).as_deref() {
        None | Some("code") => Told::Code,
        Some("account") => Told::Account,
        Some(_) => r.problem(&told_at, "is code (the payer writes one) or account (one for each payment)")?,
    };
    let Partner { url, keys } = found?;
    Some(BankSettings { base: url, merchant_id: merchant_id?, keys, told })
}

#[cfg(test)]
mod tests {
    use connectors::bank::Told;

    use crate::config::Config;

    #[test]
    fn a_bank_needs_address_secret_and_number_and_knows_two_ways_of_telling() {
        let parse = |text: &str| Config::parse(text, std::iter::empty()).map_err(|p| p.to_string());
        let secret = connectors::Secret::from_digest([7; 32]).reveal();
        let good = format!(
            "[gateways.bank_transfer]\nurl = \"https://bank.example\"\nsecret = \"{secret}\"\nmerchant_id = \"m\"\n"
        );
        assert_eq!(parse(&good).unwrap().bank_transfer.unwrap().told, Told::Code);
        let own = format!("{good}told_by = \"account\"\n");
        assert_eq!(parse(&own).unwrap().bank_transfer.unwrap().told, Told::Account);
        assert!(parse(&format!("{good}told_by = \"luck\"\n")).unwrap_err().contains("told_by is code"));
        let problems = parse("[gateways.bank_transfer]\ntold_by = \"code\"\n").unwrap_err();
        for name in ["url", "secret", "merchant_id"] {
            assert!(problems.contains(&format!("gateways.bank_transfer.{name} is missing")), "{problems}");
        }
        assert!(parse("").unwrap().bank_transfer.is_none());
    }
}
