//! Nouns of differences.

use connectors::gateway::BillKind;
use kernel::{AccountId, Locale, Money, Timestamp};

use crate::Day;
use crate::bill::model::BillId;
use crate::matching::model::{Ours, Reason, Theirs};
use crate::names::named;

kernel::typed_id!(
    /// Something that does not agree.
    DifferenceId, "dif"
);

named! {
    /// Where a difference stands.
    pub enum State {
        Open = "open",
        /// Somebody says the bill of another day will have it. It closes by itself, or comes back.
        Timing = "timing",
        Closed = "closed",
    }
}

named! {
    /// How it left the queue.
    pub enum Resolution {
        /// It agrees now.
        Matched = "matched",
        /// A fee beyond what was agreed is accepted and booked.
        FeeBooked = "fee_booked",
        /// The bank confirmed the gateway's settlement.
        PayoutBooked = "payout_booked",
        /// Two people wrote it off to an adjustment account.
        WrittenOff = "written_off",
        /// Somebody said why it is right as it is.
        Explained = "explained",
    }
}

impl Resolution {
    pub const fn words(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::Matched => ("已对平", "Agrees now"),
            Self::FeeBooked => ("手续费已入账", "The fee is booked"),
            Self::PayoutBooked => ("结算款已入账", "The settlement is booked"),
            Self::WrittenOff => ("已核销", "Written off"),
            Self::Explained => ("已说明", "Explained"),
        };
        locale.pick(zh, en)
    }
}

named! {
    /// The step that helps.
    pub enum Remedy {
        AskGateway = "ask_gateway",
        BookFee = "book_fee",
        BookPayout = "book_payout",
        Link = "link",
        AcceptTiming = "accept_timing",
        WriteOff = "write_off",
        Explain = "explain",
        SignOff = "sign_off",
    }
}

impl Remedy {
    pub const fn words(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::AskGateway => ("向渠道核实", "Ask the gateway"),
            Self::BookFee => ("登记手续费", "Book the fee"),
            Self::BookPayout => ("确认到账", "Confirm arrival"),
            Self::Link => ("关联付款", "Link to a payment"),
            Self::AcceptTiming => ("等待次日账单", "Wait for another bill"),
            Self::WriteOff => ("申请核销", "Propose to write off"),
            Self::Explain => ("说明并关闭", "Explain and close"),
            Self::SignOff => ("签字留存", "Sign for it"),
        };
        locale.pick(zh, en)
    }
}

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub id: DifferenceId,
    pub gateway: String,
    pub day: Day,
    pub reason: Reason,
    pub state: State,
    pub resolution: Option<Resolution>,
    pub version: i64,
    /// The bill and the line of it; none where only we have it.
    pub bill: Option<BillId>,
    pub line: Option<i64>,
    pub kind: Option<BillKind>,
    /// The attempt or refund on the line, or ours; empty where neither names one.
    pub our_id: String,
    pub gateway_id: String,
    /// The payment that somebody linked the line to.
    pub linked: Option<String>,
    pub theirs: Option<Money>,
    pub their_at: Option<Timestamp>,
    pub fee: Money,
    pub ours: Option<Money>,
    pub our_at: Option<Timestamp>,
    pub our_state: Option<String>,
    /// What the ledger has, in minor units of our amount.
    pub ledger: Option<i64>,
    /// By how much the bill says more of what the gateway owes us than the ledger has.
    pub effect: Money,
    /// What of it was written off, in the same direction.
    pub adjusted: i64,
    pub order: Option<i64>,
    pub customer: Option<AccountId>,
    pub assignee: Option<AccountId>,
    /// Who wants it written off.
    pub proposed_by: Option<AccountId>,
    pub proposed_at: Option<Timestamp>,
    /// Who signed for leaving it open over the close of the month.
    pub signed_by: Option<AccountId>,
    pub signed_at: Option<Timestamp>,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<String>,
}

impl Difference {
    /// What is left of it.
    pub const fn open_effect(&self) -> i64 {
        self.effect.minor.saturating_sub(self.adjusted)
    }
}

/// What somebody wrote, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `note`, or a remedy's name.
    pub act: String,
    /// As audit labels people.
    pub actor: String,
    pub text: Option<String>,
    pub at: Timestamp,
}

/// Which differences are listed. Oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub gateway: Option<String>,
    pub reason: Option<Reason>,
    /// Without: what is not closed.
    pub state: Option<State>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Only what this person works on.
    pub assignee: Option<AccountId>,
    /// Only what waits for a second person.
    pub proposed: Only,
}

/// Whether a list is narrowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Only {
    #[default]
    All,
    Waiting,
}

/// What a run found, to be written.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub day: Day,
    pub reason: Reason,
    pub bill: Option<BillId>,
    pub theirs: Option<Theirs>,
    pub ours: Option<Ours>,
    pub effect: Money,
    /// The same thing found again has the same key.
    pub key: String,
}
