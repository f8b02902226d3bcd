//! Classes of requests and how many of each are allowed.

use std::collections::BTreeMap;

use kernel::Duration;

/// What sort of request it is: requests of one class share a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Reading pages.
    Page,
    /// Sending forms.
    Form,
    ApiRead,
    ApiWrite,
    /// Trying to sign in, by whatever means.
    Login,
    /// Making an account.
    Register,
    /// What sends an SMS or an e-mail: it costs money.
    Code,
    /// What takes a file.
    Upload,
    /// What gateways and providers call.
    Callback,
    /// Style, script, pictures.
    Asset,
    /// What machines that watch ask: never limited.
    Health,
}

impl Class {
    pub const ALL: [Self; 11] = [
        Self::Page,
        Self::Form,
        Self::ApiRead,
        Self::ApiWrite,
        Self::Login,
        Self::Register,
        Self::Code,
        Self::Upload,
        Self::Callback,
        Self::Asset,
        Self::Health,
    ];

    /// The name in settings, headers and measures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Form => "form",
            Self::ApiRead => "api_read",
            Self::ApiWrite => "api_write",
            Self::Login => "login",
            Self::Register => "register",
            Self::Code => "code",
            Self::Upload => "upload",
            Self::Callback => "callback",
            Self::Asset => "asset",
            Self::Health => "health",
        }
    }

    /// The name of the budget of one account or API client.
    pub const fn account_name(self) -> &'static str {
        match self {
            Self::Page => "page_account",
            Self::Form => "form_account",
            Self::ApiRead => "api_read_account",
            Self::ApiWrite => "api_write_account",
            Self::Login => "login_account",
            Self::Register => "register_account",
            Self::Code => "code_account",
            Self::Upload => "upload_account",
            Self::Callback => "callback_account",
            Self::Asset => "asset_account",
            Self::Health => "health_account",
        }
    }
}

/// So many requests in so long a time; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub requests: u32,
    pub window: Duration,
}

impl Quota {
    pub const fn new(requests: u32, secs: i64) -> Self {
        Self { requests, window: Duration::from_secs(secs) }
    }
}

/// A text that is no quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadQuota;

impl std::fmt::Display for BadQuota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not requests/seconds such as 600/60")
    }
}

impl std::error::Error for BadQuota {}

impl std::str::FromStr for Quota {
    type Err = BadQuota;

    /// `600/60`: 600 requests in 60 seconds, at most a day.
    fn from_str(text: &str) -> Result<Self, BadQuota> {
        let (requests, secs) = text.split_once('/').ok_or(BadQuota)?;
        let requests =
            requests.trim().parse().ok().filter(|n| (1..=1_000_000).contains(n)).ok_or(BadQuota)?;
        let secs = secs.trim().parse().ok().filter(|n| (1..=86_400).contains(n)).ok_or(BadQuota)?;
        Ok(Self::new(requests, secs))
    }
}

/// The budgets of this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Without, nothing is counted and no headers are sent.
    pub enabled: bool,
    /// What one address may do; behind it may be a whole office.
    pub address: BTreeMap<Class, Quota>,
    /// What one account or API client may do, from wherever.
    pub account: BTreeMap<Class, Quota>,
}

impl Default for Limits {
    /// Far more than people need, far less than machines that guess or scrape want.
    fn default() -> Self {
        let address = [
            (Class::Page, Quota::new(1_800, 60)),
            (Class::Form, Quota::new(600, 60)),
            (Class::ApiRead, Quota::new(1_800, 60)),
            (Class::ApiWrite, Quota::new(900, 60)),
            (Class::Login, Quota::new(120, 60)),
            (Class::Register, Quota::new(60, 60)),
            (Class::Code, Quota::new(60, 600)),
            (Class::Upload, Quota::new(60, 60)),
            (Class::Callback, Quota::new(6_000, 60)),
            (Class::Asset, Quota::new(6_000, 60)),
        ];
        let account = [
            (Class::Page, Quota::new(1_200, 60)),
            (Class::Form, Quota::new(300, 60)),
            (Class::ApiRead, Quota::new(1_200, 60)),
            (Class::ApiWrite, Quota::new(600, 60)),
            (Class::Code, Quota::new(20, 600)),
            (Class::Upload, Quota::new(30, 60)),
        ];
        Self { enabled: true, address: address.into(), account: account.into() }
    }
}

impl Limits {
    /// Nothing is counted.
    pub fn off() -> Self {
        Self { enabled: false, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_and_nonsense_is_not() {
        assert_eq!("600/60".parse(), Ok(Quota::new(600, 60)));
        assert_eq!(" 1 / 1 ".parse(), Ok(Quota::new(1, 1)));
        for text in ["", "600", "0/60", "600/0", "-1/60", "600/90000", "a/b", "2000000/60"] {
            assert_eq!(text.parse::<Quota>(), Err(BadQuota), "{text}");
        }
    }

    #[test]
    fn no_two_budgets_share_a_name_and_health_has_none() {
        let names: std::collections::BTreeSet<&str> =
            Class::ALL.iter().flat_map(|class| [class.name(), class.account_name()]).collect();
        assert_eq!(names.len(), Class::ALL.len() * 2);
        assert!(!Limits::default().address.contains_key(&Class::Health));
    }
}
