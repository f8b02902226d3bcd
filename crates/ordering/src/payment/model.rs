//! Nouns of payment.

use catalogue::service::{CaptureAt, PaymentMethod};
use connectors::{Checkout, Gateways, Screen};
use durable::Cx;
use kernel::{AccountId, Locale, Money, Text, Timestamp};
use serde::{Deserialize, Serialize};

use super::dispute_model::Dispute;
pub use super::wish_model::*;
use crate::order::OrderId;
use crate::order::model::named;

kernel::typed_id!(
    /// A payment: what is to be paid once.
    PaymentId, "pay"
);
kernel::typed_id!(
    /// One try to pay at one gateway. Its text form is the gateway's idempotency key.
    AttemptId, "att"
);
kernel::typed_id!(
    /// Money on its way back. Its text form is the gateway's idempotency key.
    RefundId, "rfd"
);

/// What the operations of this room need beyond the database.
#[derive(Debug, Clone)]
pub struct Payments {
    pub cx: Cx,
    pub gateways: Gateways,
    /// The address under which gateways reach us; the gateway's name is appended: `https://…/callbacks/gateways` + `/card`.
    pub callback_base: String,
}

impl Payments {
    /// Whether a way to pay is set up here: the balance is, and what has a gateway.
    pub fn takes(&self, method: PaymentMethod) -> bool {
        !method.is_outside() || self.gateways.get(method.name()).is_some()
    }

    /// Those of `methods` that are set up here.
    pub fn take(&self, methods: &[PaymentMethod]) -> Vec<PaymentMethod> {
        methods.iter().copied().filter(|method| self.takes(*method)).collect()
    }
}

/// What a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Order(OrderId),
    /// The customer's own balance.
    TopUp,
}

impl Purpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::TopUp => "top_up",
        }
    }

    pub const fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(order) => Some(order),
            Self::TopUp => None,
        }
    }
}

named! {
    /// Where a payment stands.
    pub enum PaymentState {
        Open = "open",
        /// One attempt is authorised: the order goes on, and its money is taken when the work is done.
        Authorised = "authorised",
        /// One attempt won.
        Paid = "paid",
        /// Nobody paid in time, the order ended, or what was authorised was let go.
        Closed = "closed",
    }
}

named! {
    /// Where an attempt stands.
    pub enum AttemptState {
        /// Written down; the gateway is being asked.
        Opening = "opening",
        /// Waits for the payer.
        Open = "open",
        /// The payer has paid, the bank has not decided.
        Processing = "processing",
        /// The gateway did not answer; it may have happened (P7).
        Unknown = "unknown",
        /// The gateway keeps the money for us.
        Authorised = "authorised",
        /// The gateway is asked to hand over what is due of it.
        Capturing = "capturing",
        /// The gateway is asked to let it go.
        Voiding = "voiding",
        /// It is due and the gateway does not hand it over: a person looks.
        Uncollected = "uncollected",
        /// The money is here and this attempt won.
        Captured = "captured",
        /// The money is here, was not wanted any more, and goes back.
        Surplus = "surplus",
        Declined = "declined",
        Closed = "closed",
        /// The gateway did not take it up.
        Failed = "failed",
        /// What the gateway reports is not what was asked for (P3): not booked, a person looks.
        Mismatch = "mismatch",
    }
}

impl AttemptState {
    /// The money is booked. Nothing changes such an attempt any more.
    pub const fn is_booked(self) -> bool {
        matches!(self, Self::Captured | Self::Surplus)
    }

    /// Somebody may still pay it, or it may be paid without our knowing.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Opening | Self::Open | Self::Processing | Self::Unknown | Self::Voiding)
    }

    /// The gateway keeps money for us, or kept it and we wait for what became of it.
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Authorised | Self::Capturing | Self::Voiding | Self::Uncollected)
    }

    /// A report with the sequence already known is news all the same: what we wrote down was not the gateway's word.
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Opening | Self::Unknown | Self::Mismatch | Self::Voiding)
    }

    /// Money may have been taken: the customer must not pay again before that is known.
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Processing | Self::Unknown | Self::Mismatch)
    }

    /// The gateway is asked about it.
    pub const fn is_asked(self) -> bool {
        self.is_live() || self.is_kept() || matches!(self, Self::Mismatch)
    }
}

named! {
    /// Where the payer of an attempt is.
    pub enum Place {
        Computer = "computer",
        Phone = "phone",
        /// Inside the gateway's own app.
        Inside = "inside",
    }
}

impl Place {
    pub const fn of(screen: &Screen) -> Self {
        match screen {
            Screen::Computer => Self::Computer,
            Screen::Phone => Self::Phone,
            Screen::Inside { .. } => Self::Inside,
        }
    }
}

named! {
    /// Where a refund stands.
    pub enum RefundState {
        /// Written down; the gateway is going to be asked.
        Pending = "pending",
        /// The gateway works on it.
        Processing = "processing",
        /// The gateway did not answer.
        Unknown = "unknown",
        Succeeded = "succeeded",
        /// The gateway will not do it: the money stays where it is and a person looks.
        Failed = "failed",
    }
}

impl RefundState {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

named! {
    /// Out of which account a refund is paid.
    pub enum RefundSource {
        /// What the customer paid for an order and the order did not use.
        Escrow = "escrow",
        /// What was paid twice or too late.
        Surplus = "surplus",
        /// The customer's balance, of what was topped up.
        Balance = "balance",
    }
}

/// Money that is to come in once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub customer: AccountId,
    pub purpose: Purpose,
    pub amount: Money,
    /// When the money is taken.
    pub capture: CaptureAt,
    pub state: PaymentState,
    pub version: i64,
    /// From then on no new attempt begins; the open ones are closed after the gateway was asked.
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One try at one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub payment: PaymentId,
    pub customer: AccountId,
    pub gateway: String,
    pub amount: Money,
    pub state: AttemptState,
    /// What the gateway really took.
    pub captured: Money,
    /// What of it was promised back.
    pub refunded: Money,
    /// What of it the gateway keeps, or gave to the payer, in a dispute.
    pub disputed: Money,
    /// Why it ended: the gateway's code, or ours (`not_known`, `expired`).
    pub outcome: Option<String>,
    /// The gateway's words for the payer.
    pub words: Option<Text>,
    /// Unknown of what an older version began.
    pub place: Option<Place>,
    /// How the payer gets to pay, while it is open.
    pub checkout: Option<Checkout>,
    pub gateway_id: Option<String>,
    /// Brand and last four digits: all we ever learn about a card.
    pub card: Option<(String, String)>,
    /// The last report taken in.
    pub sequence: i64,
    /// Questions asked since the state last changed.
    pub polls: i64,
    pub next_poll_at: Option<Timestamp>,
    /// When the gateway took the money, by its own word.
    pub captured_at: Option<Timestamp>,
    /// Until when the gateway keeps what it authorised, by its own word. Only of the attempt the order stands on.
    pub authorised_until: Option<Timestamp>,
    /// When what was authorised is taken or let go at the latest.
    pub take_by: Option<Timestamp>,
    /// What of it is to be taken, once that is decided.
    pub due: Option<Money>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Attempt {
    /// The bank said no, for good or until the payer tries again on the same page.
    pub const fn is_declined(&self) -> bool {
        match self.state {
            AttemptState::Declined => true,
            AttemptState::Open => self.outcome.is_some(),
            _ => false,
        }
    }

    /// What of the captured money can still be promised back, in minor units.
    pub const fn left_minor(&self) -> i64 {
        let left =
            self.captured.minor.saturating_sub(self.refunded.minor).saturating_sub(self.disputed.minor);
        if left > 0 { left } else { 0 }
    }
}

/// Money on its way back through the gateway it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub attempt: AttemptId,
    pub payment: PaymentId,
    pub order: Option<OrderId>,
    pub customer: AccountId,
    pub amount: Money,
    pub state: RefundState,
    pub source: RefundSource,
    /// A code: `cancelled`, `paid_twice`.
    pub reason: String,
    pub business_key: String,
    /// The hold that keeps the money until the gateway confirms.
    pub hold: ledger::HoldId,
    /// The gateway's code when it failed; ours when it could not be booked as reported: `refund_mismatch`, `refund_twice`.
    pub outcome: Option<String>,
    pub polls: i64,
    /// The gateway's own number, once it named one.
    pub gateway_refund_id: Option<String>,
    /// When the gateway gave it back, by its own word.
    pub succeeded_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One decision to give money back: what of it had come from the balance went there at once, the rest is in refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveBack {
    pub id: i64,
    pub payment: PaymentId,
    pub order: Option<OrderId>,
    pub customer: AccountId,
    /// In all.
    pub amount: Money,
    pub to_balance: Money,
    /// A code: `cancelled`, `by_staff`.
    pub reason: String,
    /// What staff wrote.
    pub note: Option<String>,
    pub business_key: String,
    pub created_at: Timestamp,
}

/// Staff's wish to give money back.
#[derive(Debug, Clone)]
pub struct StartGiveBack {
    pub payment: PaymentId,
    /// A part, or all that is left.
    pub amount: Money,
    /// Why, in staff's words, at most 200 characters.
    pub note: String,
}

/// What a page says about a payment, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    ToPay,
    Confirming,
    Declined,
    /// The bank keeps the money; it is taken when the work is done.
    Authorised,
    Paid,
    Closed,
}

impl Status {
    pub const fn words(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::ToPay => ("待支付", "To be paid"),
            Self::Confirming => ("正在确认支付结果", "Confirming the result of your payment"),
            Self::Declined => ("银行没有扣款，可换一种方式再付", "The bank declined. Try another way to pay"),
            Self::Authorised => ("已预授权，办结后扣款", "Authorised. Charged when the work is done"),
            Self::Paid => ("支付成功", "Paid"),
            Self::Closed => ("付款已关闭", "The payment is closed"),
        };
        locale.pick(zh, en)
    }
}

/// A payment with all that happened to it, oldest first.
#[derive(Debug, Clone)]
pub struct PaymentView {
    pub payment: Payment,
    pub status: Status,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    /// Decisions to give money back, with what went to the balance.
    pub given_back: Vec<GiveBack>,
    pub disputes: Vec<Dispute>,
}
