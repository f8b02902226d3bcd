//! Decision points, policies, opinions, decisions, reviews.

use kernel::{AccountId, Duration, Locale, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Reason;

kernel::typed_id!(
    /// One decision.
    DecisionId, "rsk"
);

/// Defines an enum that stands in tables by name.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

pub(crate) use named;

named! {
    /// Where it is asked whether something may go on.
    Point {
        /// Somebody showed the right password, code or passkey.
        Login = "login",
        /// Somebody wants an account.
        Register = "register",
        /// An order is paid: from the balance or at a gateway.
        Payment = "payment",
        /// Money goes to another account here.
        Transfer = "transfer",
        /// Money leaves for a bank account.
        Withdrawal = "withdrawal",
        /// Money is asked back.
        Refund = "refund",
        /// The phone number or mail address of an account is exchanged.
        ContactChange = "contact_change",
    }
}

named! {
    /// What is done, from the mildest to the hardest.
    Outcome {
        Allow = "allow",
        /// It goes on, and the person is told.
        Notify = "notify",
        /// It goes on after one more proof.
        StepUp = "step_up",
        /// It waits for a person on our side.
        Review = "review",
        Deny = "deny",
    }
}

named! {
    /// What is done when nobody scored in time (R1).
    OnFailure {
        FailOpen = "fail_open",
        FailClosed = "fail_closed",
        HoldForReview = "hold_for_review",
    }
}

named! {
    /// Why there is no score.
    Failure {
        TooSlow = "too_slow",
        Failed = "failed",
    }
}

named! {
    /// How a review stands.
    ReviewState {
        Pending = "pending",
        Released = "released",
        Rejected = "rejected",
        /// Nobody looked in time.
        Expired = "expired",
        /// What was held ended otherwise: nobody is to decide any more.
        Withdrawn = "withdrawn",
    }
}

impl OnFailure {
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::FailOpen => locale.pick("照常放行", "It goes on"),
            Self::FailClosed => locale.pick("拒绝", "It is denied"),
            Self::HoldForReview => locale.pick("转人工复查", "It waits for a review"),
        }
    }
}

impl Point {
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Login => locale.pick("登录", "Sign-in"),
            Self::Register => locale.pick("注册", "Sign-up"),
            Self::Payment => locale.pick("支付", "Payment"),
            Self::Transfer => locale.pick("转账", "Transfer"),
            Self::Withdrawal => locale.pick("提现", "Withdrawal"),
            Self::Refund => locale.pick("退款", "Refund"),
            Self::ContactChange => locale.pick("更换联系方式", "Change of contact"),
        }
    }
}

impl Outcome {
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Allow => locale.pick("放行", "Allowed"),
            Self::Notify => locale.pick("放行并通知", "Allowed, told"),
            Self::StepUp => locale.pick("加验", "One more proof"),
            Self::Review => locale.pick("人工复查", "Review"),
            Self::Deny => locale.pick("拒绝", "Denied"),
        }
    }

    /// Whether something goes on at once, without a further proof.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Allow | Self::Notify)
    }
}

/// From which score on what is done; below `notify` it is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    pub notify: u8,
    pub step_up: u8,
    pub stop: u8,
    /// What is done from `stop` on.
    pub top: Outcome,
}

/// A review that nobody looks at ends after `lasts` with `then`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewRule {
    pub lasts: Duration,
    pub then: Outcome,
}

/// How a decision point behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub time_limit: Duration,
    pub on_failure: OnFailure,
    pub ladder: Ladder,
    pub review: ReviewRule,
}

/// What is to be decided.
#[derive(Debug, Clone)]
pub struct Asked {
    pub point: Point,
    /// Whose it is.
    pub subject: AccountId,
    /// What makes two questions the same: while one is under review, no second review is opened for it.
    pub mark: i64,
    /// From what it is decided; sealed in the journal.
    pub inputs: Value,
}

/// What a scorer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// 0 to 100.
    pub score: u8,
    pub reasons: Vec<Reason>,
    /// What a person decided about the very same a short while ago; it stands above the score.
    pub ruled: Option<Outcome>,
}

/// What one scorer comes to under the point's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// Rules or model, with version.
    pub version: String,
    pub score: Option<u8>,
    pub reasons: Vec<Reason>,
    pub outcome: Outcome,
    pub failure: Option<Failure>,
}

/// A decision that is not written down yet.
#[derive(Debug, Clone)]
pub struct Judged {
    pub asked: Asked,
    pub at: Timestamp,
    pub main: Opinion,
    pub shadows: Vec<Opinion>,
    pub review: ReviewRule,
}

/// A decision of the journal.
#[derive(Debug, Clone)]
pub struct Decision {
    pub id: DecisionId,
    pub point: Point,
    pub subject: AccountId,
    pub made_at: Timestamp,
    pub opinion: Opinion,
    pub review: Option<Review>,
}

/// What a person has to look at, or looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// As it is now: a pending one whose time is over counts as expired.
    pub state: ReviewState,
    pub expires_at: Timestamp,
    pub then: Outcome,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<AccountId>,
    pub reason: Option<String>,
}

/// Which decisions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    #[default]
    All,
    /// Without those that simply allowed.
    Notable,
    Of(AccountId),
}

/// The payload of the fact that a review ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewEnded {
    pub point: Point,
    pub subject: AccountId,
    pub state: ReviewState,
    pub outcome: Outcome,
    /// What was judged, an order for example; none at a sign-in.
    #[serde(default)]
    pub object: Option<i64>,
}
