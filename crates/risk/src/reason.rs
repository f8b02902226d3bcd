//! Why a score is what it is: codes in tables, words in both languages on pages.

use kernel::Locale;

use crate::feature::Feature;

/// Defines the reasons once: variant, code, words.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// One reason of a decision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
            /// What moved a learned score.
            Feature(Feature),
        }

        impl Reason {
            /// All but those of learned scores.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands in tables and the API.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Feature(feature) => feature.name(),
                }
            }

            /// For people.
            pub const fn words(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$variant, Locale::Zh) => $zh, (Self::$variant, Locale::En) => $en,)*
                    (Self::Feature(feature), locale) => feature.words(locale),
                }
            }
        }
    };
}

reasons! {
    /// The browser does not carry the mark of a device that signed in before.
    NewDevice = "new_device", "新设备", "New device";
    /// The network was never or seldom seen with this account.
    NewNetwork = "new_network", "陌生网络", "Unfamiliar network";
    NewCountry = "new_country", "陌生的国家或地区", "Unfamiliar country or region";
    NewCity = "new_city", "陌生的城市", "Unfamiliar city";
    /// Browser or system differ from what the account uses.
    NewAgent = "new_agent", "不常用的浏览器或系统", "Unusual browser or system";
    UnusualHour = "unusual_hour", "不常用的时间", "Unusual time";
    /// Faster than an aircraft between this place and the last.
    FarApart = "far_apart", "短时间内多地登录", "Signed in far apart within a short time";
    /// Two networks within minutes, where places are not known or near.
    QuickChange = "quick_change", "几分钟内更换了网络", "Changed networks within minutes";
    FailuresBefore = "failures_before", "登录前多次失败", "Several failures before";
    /// Others failed to sign in from here lately.
    NetworkAttacks = "network_attacks", "这个网络近期有多个账号登录失败", "Several accounts failed from this network lately";
    /// Staff let the same through a short while ago.
    ReleasedByStaff = "released_by_staff", "员工已放行", "Released by staff";
    /// Staff turned the same down a short while ago, or nobody looked in time.
    TurnedDown = "turned_down", "复查未通过", "Turned down by review";
    Sanctioned = "sanctioned", "列入制裁名单", "On a sanctions list";
    OnDenyList = "on_deny_list", "列入拒绝名单", "On the deny list";
    OnWatchList = "on_watch_list", "列入关注名单", "On the watch list";
    OnAllowList = "on_allow_list", "列入放行名单", "On the allow list";
    /// A live rule held; which one stands beside the decision.
    RuleMatched = "rule_matched", "命中规则", "A rule matched";
    /// The scorer did not answer in time.
    TooSlow = "scorer_too_slow", "评分超时，按预设处理", "No score in time; handled as configured";
    ScorerFailed = "scorer_failed", "评分失败，按预设处理", "The score failed; handled as configured";
}

impl Reason {
    pub fn from_code(code: &str) -> Option<Self> {
        let fixed = Self::ALL.iter().copied().find(|reason| reason.code() == code);
        fixed.or_else(|| Feature::from_name(code).map(Self::Feature))
    }

    /// Codes as a table keeps them.
    pub(crate) fn to_text(reasons: &[Self]) -> String {
        reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(",")
    }

    /// Reads them back; a code nobody knows any more is left out.
    pub(crate) fn from_text(text: &str) -> Vec<Self> {
        text.split(',').filter_map(Self::from_code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_a_table_and_speaks_both_languages() {
        assert_eq!(Reason::from_text(&Reason::to_text(Reason::ALL)), Reason::ALL);
        assert_eq!(Reason::from_text(""), []);
        for reason in Reason::ALL {
            let (zh, en) = (reason.words(Locale::Zh), reason.words(Locale::En));
            assert!(zh.chars().any(|c| c > '\u{4e00}') && en.is_ascii(), "{}", reason.code());
        }
    }
}
