//! What a service pack says, as plain types. Pure: reading, checking and keeping them is done elsewhere.
//!
//! A `Service` value has passed every rule of [`crate::pack::RULES`]: its offerings have prices within bounds, the
//! fields its prices and rules name exist in its form, its texts exist in both languages.

use std::collections::BTreeMap;

use kernel::{Duration, Level, Money, Text, Timestamp};

use super::{CaptureAt, PaymentMethod};
use crate::stock::{Hours, SlotPlan};
use crate::workflow::{Document, Step};

/// The only pack format so far. A later one is read beside it, never instead of it.
pub const FORMAT: i64 = 1;

/// One file of `services/`: a vertical and its services.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The file's name, without folders: `telecom.yaml`.
    pub file: String,
    pub vertical: Vertical,
    pub services: Vec<Service>,
}

/// A line of business: telecom, utilities, goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertical {
    pub code: String,
    pub name: Text,
    pub summary: Text,
    pub icon: String,
    /// Place among the verticals, smallest first.
    pub position: i64,
}

/// Everything that is said about one service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Lower case with hyphens, unique over all packs: `mobile-top-up`. Part of addresses; never changes.
    pub code: String,
    pub vertical: String,
    pub icon: String,
    /// Who earns the money: an account code of the ledger is made from it.
    pub seller: String,
    /// What the seller is called on receipts; the code stands there without it.
    pub seller_name: Option<Text>,
    pub name: Text,
    /// One sentence for cards and search results.
    pub summary: Text,
    pub guide: Guide,
    pub faq: Vec<Faq>,
    /// Other words people search by: synonyms, pinyin, abbreviations.
    pub aliases: Vec<String>,
    /// What the customer has in the end.
    pub outcome: Outcome,
    /// All questions. What is asked for one offering is [`Offering::form`].
    pub form: forms::Form,
    /// Asked from a provider before anything is ordered: the amount due, for example.
    pub enquiry: Option<Enquiry>,
    /// Axes along which goods differ, in the order in which they are chosen. Empty: a plain list of offerings.
    pub attributes: Vec<Attribute>,
    pub offerings: Vec<Offering>,
    pub eligibility: Vec<EligibilityRule>,
    pub stock: StockPolicy,
    /// Never empty unless the outcome is an answer.
    pub payment: Vec<PaymentMethod>,
    /// When the money is taken. With [`CaptureAt::Completion`] every way in `payment` can authorise.
    pub capture: CaptureAt,
    pub proof: Proof,
    /// How surely it must be known who orders.
    pub requires_level: Level,
    pub workflow: Vec<Step>,
    /// An order not finished after this time is late (O9).
    pub service_level: Duration,
    pub cancel: CancelRule,
    pub refund: RefundRule,
    pub documents: Vec<Document>,
    /// Members of what came out of a line that its customer sees, in this order. Everything else that providers report and staff write
    /// down is for staff.
    pub results: Vec<Shown>,
    /// When people answer, as minutes of the day in Beijing; `None`: nothing needs a person.
    pub staffed: Option<Hours>,
}

/// What a person should know before the first step (U3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    pub who: Text,
    pub need: Text,
    pub time: Text,
    pub refund: Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faq {
    pub question: Text,
    pub answer: Text,
}

/// What the customer has in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something ordered, paid and done.
    Order,
    /// The enquiry's answer; nothing is ordered.
    Answer,
}

/// A question to a provider whose answer is shown, and may carry the price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquiry {
    pub provider: String,
    pub operation: EnquiryOperation,
    /// The form fields that are sent with the question.
    pub needs: Vec<String>,
    /// Members of the answer that are shown, in this order.
    pub shows: Vec<Shown>,
    /// An amount answered now may be ordered until then.
    pub valid_for: Duration,
}

/// The provider protocol's operations that change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnquiryOperation {
    Query,
    Quote,
}

/// One member of an enquiry's answer, or of what came out of a line, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub key: String,
    pub label: Text,
    pub kind: ShownKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownKind {
    Text,
    /// `{"minor": 8790, "currency": "CNY"}`.
    Money,
    /// `2026-11-30`.
    Date,
}

/// An axis of variants: colour, size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub code: String,
    pub name: Text,
}

/// One thing that can be ordered, with its price.
#[derive(Debug, Clone)]
pub struct Offering {
    /// Unique in its service: `30yuan`.
    pub code: String,
    pub name: Text,
    /// What is in it, where the name does not say all.
    pub summary: Option<Text>,
    pub price: Price,
    /// The stock item, where stock is kept per offering.
    pub sku: Option<String>,
    /// What the stock item begins with when it is first published; later only people change it.
    pub initial_on_hand: i64,
    /// Attribute code → value, one for each axis of the service.
    pub attributes: BTreeMap<String, Text>,
    /// How many one line may order.
    pub quantity: Quantity,
    /// Facts about it for machines, as they stand in the pack. The provider protocol carries the code; a provider that knows
    /// the pack needs no more.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// What is asked when this offering is ordered: the service's form without the amounts that only other offerings
    /// need. Use this one, not the service's, to ask and to check.
    pub form: forms::Form,
}

/// The least and the most that one line may order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    pub min: i64,
    pub max: i64,
}

impl Quantity {
    pub const ONE: Self = Self { min: 1, max: 1 };
}

/// How the price of an offering is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// The same for everybody, times the quantity.
    Fixed { amount: Money },
    /// So much for each unit; the quantity counts units.
    PerUnit { amount: Money, unit: Text },
    /// What the customer entered in a form field, within limits.
    Entered { field: String, min: Money, max: Money },
    /// What the provider answered to the service's enquiry; refused outside the limits.
    Quoted { min: Money, max: Money },
}

/// Who may not order, and why. The expression is CEL and says when it *is* allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EligibilityRule {
    pub code: String,
    /// CEL over `answers`, `customer`, `offering`, `quantity`, `now`.
    pub allow: String,
    /// What a refused customer reads: what is wrong and what to do.
    pub refusal: Text,
}

/// What is reserved while an order is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StockPolicy {
    /// Nothing runs out.
    None,
    /// Each offering names its stock item.
    PerOffering,
    /// The customer chooses a time; each time is a stock item.
    Slots(SlotPlan),
}

/// How fresh or strong the proof of identity must be. Higher levels come with the rooms that can check them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A session is enough.
    None,
}

/// Until when the customer may cancel, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRule {
    pub until: CancelUntil,
    pub consequence: Consequence,
    /// What happens to a cancellation that comes later.
    pub after: AfterLimit,
    /// What the customer reads beside the button.
    pub text: Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelUntil {
    /// Once paid, never.
    Never,
    /// Until the named step starts. A provider step that is running is undone first; the provider may say it is too late,
    /// then [`AfterLimit`] holds.
    Step(String),
    /// Until the step marked `point_of_no_return` starts; without one, until the order is done.
    PointOfNoReturn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    FullRefund,
    /// The rest is refunded.
    Fee {
        amount: Money,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLimit {
    /// Refused with the rule's text.
    Refuse,
    /// Becomes a request that a person decides.
    RefundRequest,
}

/// What happens to the money of an order that was not done, or not well done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRule {
    pub on_failure: FailureRefund,
    /// How long after completion a refund may be asked for; a person decides. `None`: not at all.
    pub on_request_within: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureRefund {
    /// The failed line's money goes back by itself.
    Automatic,
    /// The fallout desk decides.
    Staff,
}

impl Service {
    pub fn offering(&self, code: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.code == code)
    }

    pub fn step(&self, id: &str) -> Option<&Step> {
        self.workflow.iter().find(|step| step.id == id)
    }

    /// Whether its money goes from one customer's balance to another's, which an operator has to be allowed to do.
    pub fn credits(&self) -> bool {
        self.workflow.iter().any(|step| matches!(step.kind, crate::workflow::StepKind::Credit))
    }

    pub fn slots(&self) -> Option<&SlotPlan> {
        match &self.stock {
            StockPolicy::Slots(plan) => Some(plan),
            StockPolicy::None | StockPolicy::PerOffering => None,
        }
    }

    /// The lowest price that is known beforehand, for "from ¥10.00". `None` when only the provider knows.
    pub fn price_from(&self) -> Option<Money> {
        self.offerings.iter().filter_map(|offering| offering.price.from()).min_by_key(|money| money.minor)
    }
}

impl Price {
    /// The least that can come out for one; `None` when only the provider knows.
    pub fn from(&self) -> Option<Money> {
        match self {
            Self::Fixed { amount } | Self::PerUnit { amount, .. } => Some(*amount),
            Self::Entered { min, .. } => Some(*min),
            Self::Quoted { .. } => None,
        }
    }
}

/// An amount a provider named, good until a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedPrice {
    pub amount: Money,
    /// The provider's name for its quote, passed back with the order.
    pub reference: String,
    pub expires_at: Timestamp,
}

/// What one line costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    pub unit: Money,
    pub total: Money,
    /// The parts of the total, for the fee table; they add up to it.
    pub parts: Vec<PricePart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePart {
    pub label: Text,
    pub amount: Money,
}

/// What eligibility rules may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The checked answers: an object.
    pub answers: &'a serde_json::Value,
    pub customer: &'a CustomerFacts,
    /// The offering's code.
    pub offering: &'a str,
    pub quantity: i64,
    pub now: Timestamp,
}

/// What eligibility rules may know of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerFacts {
    /// Whole days since registration.
    pub age_days: i64,
    /// How surely it is known who they are.
    pub level: Level,
    /// Orders placed so far.
    pub orders: i64,
}

/// One line of a service's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    pub code: String,
    pub version: i64,
    pub hash: String,
    pub file: String,
    pub published_at: Timestamp,
    pub published_by: String,
}
