//! Nouns of an order.

use catalogue::service::PaymentMethod;
use kernel::{AccountId, Money, RequestId, Text, Timestamp};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// An order.
    OrderId, "ord"
);
kernel::typed_id!(
    /// One line of an order.
    LineId, "lin"
);

/// An enum whose values have one name each: in the database, in the API, in audit.
macro_rules! named {
    ($(#[$doc:meta])* pub enum $type:ident { $($(#[$each:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$each])* #[serde(rename = $name)] $variant),* }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Where the work of an order stands (TMF622 words in comments).
    pub enum OrderState {
        /// Accepted; the customer has to pay. (acknowledged)
        AwaitingPayment = "awaiting_payment",
        /// A person looks at it before it goes on. (held)
        Held = "held",
        /// Being done. (inProgress)
        InProgress = "in_progress",
        /// The customer has to send something. (pending)
        InformationRequired = "information_required",
        /// The customer wants to cancel; whether that is possible is being found out. (assessingCancellation)
        AssessingCancellation = "assessing_cancellation",
        /// Something went wrong that a member of staff repairs.
        Fallout = "fallout",
        /// Ended: some lines done, some not. (partial)
        Partial = "partial",
        Completed = "completed",
        Cancelled = "cancelled",
        /// Ended: nothing could be done. (failed)
        Failed = "failed",
    }
}

impl OrderState {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Partial | Self::Completed | Self::Cancelled | Self::Failed)
    }
}

named! {
    /// Where the money of an order stands.
    pub enum MoneyState {
        /// Nothing costs anything.
        None = "none",
        Unpaid = "unpaid",
        /// An attempt has no known end yet.
        Confirming = "confirming",
        /// The gateway keeps it for us; it is taken when the work is done.
        Authorised = "authorised",
        /// The work is done; the gateway is being asked to hand over what was authorised.
        Capturing = "capturing",
        /// What was authorised cannot be had: somebody has to look.
        Uncollected = "uncollected",
        /// Set aside for this order.
        Held = "held",
        /// Taken.
        Captured = "captured",
        /// Taken in part; the rest went back.
        PartCaptured = "part_captured",
        /// Given back to the balance, or never taken.
        Released = "released",
        /// On its way back to where it came from.
        Refunding = "refunding",
        Refunded = "refunded",
    }
}

impl MoneyState {
    /// It rests on what a gateway promised; nothing is in our books.
    pub const fn is_promised(self) -> bool {
        matches!(self, Self::Authorised | Self::Uncollected)
    }
}

named! {
    /// Where one line stands.
    pub enum LineState {
        /// Not begun: the order waits for payment or a person.
        Waiting = "waiting",
        InProgress = "in_progress",
        InformationRequired = "information_required",
        /// In the hands of the fallout desk.
        Fallout = "fallout",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl LineState {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

named! {
    /// Where the order was placed.
    pub enum Channel {
        Portal = "portal",
        Api = "api",
        Console = "console",
        Demo = "demo",
        /// A line of a file.
        File = "file",
    }
}

named! {
    /// What can be done to an order, as the API and the pages offer it.
    pub enum Action {
        Pay = "pay",
        Cancel = "cancel",
        ReportInformation = "report_information",
    }
}

/// An order without its lines.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: OrderId,
    pub customer: AccountId,
    pub state: OrderState,
    pub money: MoneyState,
    pub version: i64,
    pub total: Money,
    pub payment: PaymentMethod,
    pub hold: Option<ledger::HoldId>,
    /// What was ordered, in one phrase.
    pub title: Text,
    pub line_count: i64,
    pub channel: Channel,
    pub placed_at: Timestamp,
    pub updated_at: Timestamp,
    /// Later than this it is late (service level, O9).
    pub due_at: Timestamp,
    /// Until when it can be paid.
    pub pay_by: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Why it was cancelled or failed: a code.
    pub reason: Option<String>,
}

impl Order {
    /// The number a customer reads out: `01HV-6K2M-9Q7R-TC`.
    pub fn number(&self) -> String {
        kernel::order_number(self.id.raw())
    }
}

/// How a wish to cancel was answered.
#[derive(Debug, Clone)]
pub struct Cancelled {
    /// As it was when it was answered first.
    pub order: Order,
    /// The same request came before; nothing ran again.
    pub replayed: bool,
}

/// What is kept of an answered cancellation: all of an order that changes later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub order: OrderId,
    pub state: OrderState,
    pub money: MoneyState,
    pub version: i64,
    pub pay_by: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl Kept {
    pub fn of(order: &Order) -> Self {
        Self {
            order: order.id,
            state: order.state,
            money: order.money,
            version: order.version,
            pay_by: order.pay_by,
            updated_at: order.updated_at,
            finished_at: order.finished_at,
        }
    }

    /// The order as it was then, from how it is now. A reason is written when an order ends and never changes.
    pub fn restore(self, now: Order) -> Order {
        let reason = now.reason.filter(|_| self.state.is_final());
        Order {
            state: self.state,
            money: self.money,
            version: self.version,
            pay_by: self.pay_by,
            updated_at: self.updated_at,
            finished_at: self.finished_at,
            reason,
            ..now
        }
    }
}

/// One line of an order.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: LineId,
    pub order: OrderId,
    pub customer: AccountId,
    pub position: i64,
    pub service: String,
    /// The version it began with and finishes under (O6).
    pub service_version: i64,
    pub offering: String,
    pub quantity: i64,
    pub unit: Money,
    pub total: Money,
    pub seller: String,
    /// The stock item reserved for it.
    pub sku: Option<String>,
    /// What its cancellation costs, once that is known.
    pub fee: Money,
    pub state: LineState,
    pub version: i64,
    pub title: Text,
    /// The checked answers to the form.
    pub answers: serde_json::Value,
    /// What the provider or staff reported: tracking number, new plan, meter reading.
    pub result: Option<serde_json::Value>,
    pub updated_at: Timestamp,
    /// Whose balance the money goes to, where it goes to another customer's.
    pub beneficiary: Option<AccountId>,
}

impl Line {
    /// Whether it sends money to somebody: to an account at a bank or to another balance here.
    pub fn is_transfer(&self) -> bool {
        self.beneficiary.is_some() || self.service == identity::policy::TRANSFER_SERVICE
    }
}

/// One entry of an order's history.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: i64,
    pub order: OrderId,
    pub line: Option<LineId>,
    pub at: Timestamp,
    pub actor: String,
    /// What happened: `placed`, `paid`, `step_done`, …; the pages have a text for each.
    pub code: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Words of the service pack, where the code alone does not say it.
    pub text: Option<Text>,
    pub reason: Option<String>,
    /// For staff only.
    pub internal: bool,
    pub request: RequestId,
}

/// An event to be written.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub line: Option<LineId>,
    pub code: &'static str,
    pub from: Option<&'static str>,
    pub to: Option<&'static str>,
    pub text: Option<Text>,
    pub reason: Option<String>,
    pub internal: bool,
}

impl NewEvent {
    /// Something the customer sees.
    pub fn public(code: &'static str) -> Self {
        Self { line: None, code, from: None, to: None, text: None, reason: None, internal: false }
    }

    /// Something for staff only.
    pub fn internal(code: &'static str) -> Self {
        Self { internal: true, ..Self::public(code) }
    }

    pub fn of_line(mut self, line: LineId) -> Self {
        self.line = Some(line);
        self
    }

    pub fn text(mut self, text: Text) -> Self {
        self.text = Some(text);
        self
    }

    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    pub fn from_to(mut self, from: &'static str, to: &'static str) -> Self {
        (self.from, self.to) = (Some(from), Some(to));
        self
    }
}

/// Topics of the outbox. Their payload is [`OrderFact`].
pub mod topic {
    /// The order can be worked on: its money is set aside or nothing is to be paid.
    pub const ACCEPTED: &str = "order.accepted";
    /// Anything about it changed; for pages that show it live.
    pub const CHANGED: &str = "order.changed";
    /// It ended: completed, partial, cancelled or failed.
    pub const FINISHED: &str = "order.finished";
    /// A cancellation was asked for while work is under way: fulfilment finds out whether it can be taken back.
    pub const CANCEL_REQUESTED: &str = "order.cancel_requested";
    /// Money taken by a gateway has to go back; payment opens the refund. Payload: [`super::RefundDue`].
    pub const REFUND_DUE: &str = "order.refund_due";
    /// It ended while its money was only authorised: what was done is to be taken, the rest is to be let go. Payload: [`super::OrderFact`].
    pub const CAPTURE_DUE: &str = "order.capture_due";
    /// It ended while a gateway might still have taken money for it: what is open there is to be closed.
    pub const NOT_TO_BE_PAID: &str = "order.not_to_be_paid";
}

/// The wake-up channel for live pages; the payload is `customer raw id|order raw id`.
pub const LIVE: &str = "order";

/// Payload of the order topics.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderFact {
    pub order: OrderId,
    pub customer: AccountId,
    pub state: OrderState,
}

/// Payload of [`topic::REFUND_DUE`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefundDue {
    pub order: OrderId,
    pub amount: Money,
    /// A code: `line_failed`, `cancelled`, `late_success`.
    pub reason: String,
    /// Once and for all for this reason.
    pub business_key: String,
}
