//! What is looked for in the audit log: as people type it, in the address of the page and in the form of the export.

use audit::Filter;
use kernel::{AccountId, Duration, Timestamp, decode_base32};
use serde::Deserialize;

use crate::edge::PostForm;

/// What stands before the digits of an id, and what the log calls such a thing.
pub(super) const KINDS: [(&str, &str); 9] = [
    ("ord", "order"),
    ("acc", "account"),
    ("org", "organisation"),
    ("pay", "payment"),
    ("stk", "stock_item"),
    ("lnk", "setup_link"),
    ("inc", "incident"),
    ("idr", "identity_review"),
    ("rsk", "risk_decision"),
];
/// The longest name of a kind.
const LONGEST_KIND: usize = 40;

/// What is looked for, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub object: String,
    pub customer: String,
    pub actor: String,
    pub verb: String,
    pub from: String,
    pub to: String,
    pub after: Option<String>,
}

impl Wish {
    /// The filters with their names in the address; those that are empty are left out there.
    pub fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("object", self.object.trim()),
            ("customer", self.customer.trim()),
            ("actor", self.actor.trim()),
            ("verb", self.verb.trim()),
            ("from", self.from.trim()),
            ("to", self.to.trim()),
        ]
    }

    /// From a posted form, which carries the filters along.
    pub fn of(form: &PostForm) -> Self {
        let get = |name| form.get(name).to_owned();
        Self {
            object: get("object"),
            customer: get("customer"),
            actor: get("actor"),
            verb: get("verb"),
            from: get("from"),
            to: get("to"),
            after: None,
        }
    }

    /// The filter, or the names of what cannot be read.
    pub fn filter(&self) -> Result<Filter, Vec<&'static str>> {
        let mut wrong = Vec::new();
        let mut filter = Filter::default();
        for (name, text) in self.pairs() {
            let read = match name {
                _ if text.is_empty() => Some(()),
                "object" => object_of(text).map(|found| filter.object = Some(found)),
                "customer" => business_of(text).map(|id| filter.customer = Some(id)),
                "actor" => actor_of(text).map(|label| filter.actor = Some(label)),
                "verb" => verb_of(text).map(|verb| filter.verb = Some(verb)),
                "from" => day(text).map(|at| filter.from = Some(at)),
                _ => day(text).map(|at| filter.to = Some(at.plus(Duration::from_days(1)))),
            };
            if read.is_none() {
                wrong.push(name);
            }
        }
        if wrong.is_empty() { Ok(filter) } else { Err(wrong) }
    }
}

/// An order's number, an id with its prefix, or `kind:number` for what has none.
fn object_of(text: &str) -> Option<(String, i64)> {
    if let Some(order) = kernel::parse_order_number(text) {
        return Some(("order".to_owned(), order));
    }
    if let Some((kind, number)) = text.split_once(':') {
        let plain = kind.len() <= LONGEST_KIND && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        return number.parse().ok().filter(|_| plain).map(|number| (kind.to_owned(), number));
    }
    let (prefix, digits) = text.split_once('_')?;
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == prefix)?;
    Some(((*kind).to_owned(), decode_base32(digits)?))
}

/// A person or an organisation: they share one space of ids.
fn business_of(text: &str) -> Option<AccountId> {
    let (prefix, digits) = text.split_once('_')?;
    ["acc", "org"].contains(&prefix).then(|| decode_base32(digits)).flatten().map(AccountId)
}

fn actor_of(text: &str) -> Option<String> {
    let is_part = text.strip_prefix("system:").is_some_and(|part| !part.is_empty() && part.len() <= 60);
    if text == "anonymous" || is_part {
        return Some(text.to_owned());
    }
    text.parse::<AccountId>().ok().map(|id| id.to_string())
}

fn verb_of(text: &str) -> Option<String> {
    let plain = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
    plain.then(|| text.to_owned())
}

/// The beginning of a day here.
fn day(text: &str) -> Option<Timestamp> {
    (text.len() == 10).then(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00+08:00"))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: &str, value: &str) -> Wish {
        let mut wish = Wish::default();
        let slot = match name {
            "object" => &mut wish.object,
            "customer" => &mut wish.customer,
            "actor" => &mut wish.actor,
            "verb" => &mut wish.verb,
            "from" => &mut wish.from,
            _ => &mut wish.to,
        };
        *slot = value.to_owned();
        wish
    }

    #[test]
    fn filters_are_read_from_what_people_have_at_hand() {
        let read =
            |name: &str, value: &str| wish(name, value).filter().unwrap_or_else(|_| panic!("{name}={value}"));
        let order = Some(("order".to_owned(), 42));
        for text in [ordering::OrderId(42).to_string(), kernel::order_number(42), "order:42".to_owned()] {
            assert_eq!(read("object", &text).object, order, "{text}");
        }
        assert_eq!(read("object", " job:7 ").object, Some(("job".to_owned(), 7)));
        let account = AccountId(7).to_string();
        assert_eq!(read("customer", &account).customer, Some(AccountId(7)));
        assert_eq!(read("customer", &account.replace("acc", "org")).customer, Some(AccountId(7)));
        for label in [account.as_str(), "system:relay", "anonymous"] {
            assert_eq!(read("actor", label).actor.as_deref(), Some(label));
        }
        assert_eq!(read("verb", "order.cancel").verb.as_deref(), Some("order.cancel"));
        let day = read("from", "2026-11-21").from.unwrap();
        assert_eq!(day.to_rfc3339(), "2026-11-20T16:00:00.000Z");
        assert_eq!(
            read("to", "2026-11-21").to,
            Some(day.plus(Duration::from_days(1))),
            "the day itself counts"
        );
        assert_eq!(Wish::default().filter(), Ok(Filter::default()));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_never_means_everything() {
        for (name, value) in [
            ("object", "42"),
            ("object", "xyz_1"),
            ("object", "ord_!"),
            ("object", "Order:1"),
            ("object", "'; DROP TABLE audit_entry;--"),
            ("customer", "ord_0000000000007"),
            ("customer", "7"),
            ("actor", "root"),
            ("actor", "system:"),
            ("verb", "order.%"),
            ("from", "yesterday"),
            ("from", "2026-02-30"),
            ("to", "2026-11-21T00:00"),
        ] {
            assert_eq!(wish(name, value).filter(), Err(vec![name]), "{value}");
        }
    }
}
