//! `[limits.money]`: how much a customer may top up and send, by level: `real_name.top_up.day = "20000"`, in yuan, or
//! `"unlimited"`. What is not said is as Everlit comes with it, an engineering reading of the classes of payment accounts and no legal
//! advice.

use catalogue::service::BetweenBalances;
use kernel::{Currency, Level, Money};
use ledger::allowance::{AllowanceKind, Caps, Policy};

use super::Reader;

const WANTED: &str = "yuan such as 5000, or unlimited";

/// One limit as it is written.
struct Limit(Option<i64>);

impl std::str::FromStr for Limit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "unlimited" {
            return Ok(Self(None));
        }
        Money::parse(text, Currency::CNY).map(|money| Self(Some(money.minor))).map_err(|_| ())
    }
}

/// `[wallet] transfers`: moving money between customers needs a licence in many places, so nobody has it without saying so.
pub(super) fn transfers(r: &mut Reader) -> BetweenBalances {
    match r.parsed("wallet.transfers", "true or false") {
        Some(true) => BetweenBalances::Offered,
        Some(false) | None => BetweenBalances::Withheld,
    }
}

pub(super) fn policy(r: &mut Reader) -> Policy {
    let mut policy = Policy::default();
    for level in Level::ALL {
        for kind in AllowanceKind::ALL {
            let usual = policy.0.get(&(level, *kind)).copied().unwrap_or_default();
            let path = format!("limits.money.{}.{}", level.name(), kind.code());
            let mut read = |name: &str, usual: Option<i64>| {
                r.parsed(&format!("{path}.{name}"), WANTED).map_or(usual, |Limit(limit)| limit)
            };
            let caps = Caps {
                single: read("single", usual.single),
                day: read("day", usual.day),
                month: read("month", usual.month),
                year: read("year", usual.year),
                holding: if *kind == AllowanceKind::TopUp { read("holding", usual.holding) } else { None },
            };
            policy.0.insert((level, *kind), caps);
        }
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn money_moves_between_balances_only_where_the_settings_say_so() {
        let parse = |text: &str| Config::parse(text, std::iter::empty());
        assert_eq!(parse("").unwrap().transfers, BetweenBalances::Withheld);
        assert_eq!(parse("[wallet]\ntransfers = false\n").unwrap().transfers, BetweenBalances::Withheld);
        assert_eq!(parse("[wallet]\ntransfers = true\n").unwrap().transfers, BetweenBalances::Offered);
        let said = parse("[wallet]\ntransfers = \"yes\"\n").unwrap_err().to_string();
        assert!(said.contains("wallet.transfers must be true or false"), "{said}");
    }

    #[test]
    fn limits_of_money_are_read_in_yuan_and_what_is_wrong_is_said() {
        let text = "[limits.money.real_name.top_up]\nday = \"30000\"\nyear = \"unlimited\"\n";
        let policy = Config::parse(text, std::iter::empty()).unwrap().money;
        let found = policy.0[&(Level::RealName, AllowanceKind::TopUp)];
        assert_eq!((found.day, found.year), (Some(3_000_000), None));
        assert_eq!(found.single, Policy::default().0[&(Level::RealName, AllowanceKind::TopUp)].single);
        let text = "[limits.money.contact.transfer_out]\nday = \"much\"\nholding = \"1\"\n";
        let said = Config::parse(text, std::iter::empty()).unwrap_err().to_string();
        assert!(said.contains("limits.money.contact.transfer_out.day must be"), "{said}");
        assert!(said.contains("limits.money.contact.transfer_out.holding is not"), "{said}");
    }
}
