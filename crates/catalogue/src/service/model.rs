//! What a service pack says, as plain types. Pure: reading, checking and keeping them is done elsewhere.
//!
//! A `Service` value has passed every rule of [`crate::pack::RULES`]: its offerings have prices within bounds, the
//! fields its prices and rules name exist in its form, its texts exist in both languages.

use std::collections::BTreeMap;

use kernel::{Duration, Money, Text, Timestamp};

use crate::pack::Problems;

kernel::errors! {
    /// Why the catalogue says no.
    pub enum Error in "catalogue" {
        /// No service of this code, or not in this version.
        NotFound => NotFound "not_found", "没有这项业务，可在业务目录里查找", "There is no such service. Look in the catalogue";
        /// The service has no such offering (any more).
        OfferingNotFound => Conflict "offering_not_found", "该选项已不再提供，换一个选项", "This option is no longer offered. Choose another";
        /// Somebody without the permission.
        Forbidden => Forbidden "forbidden", "您的角色不能发布业务目录，联系管理员", "Your role may not publish the catalogue. Ask an administrator";
        /// Nothing was published; every mistake is named.
        PacksRefused { count: usize, problems: Problems, fields: Vec<kernel::FieldError> } => Invalid "packs_refused", "业务包有 {count} 处要修改，未发布任何内容", "{count} mistakes in the packs; nothing was published. Correct them and publish again";
        /// Fewer or more than one line may order.
        QuantityOutside { min: i64, max: i64 } => Invalid "quantity_outside", "数量需在 {min} 至 {max} 之间", "The quantity must be between {min} and {max}";
        /// The form has no amount.
        AmountMissing => Invalid "amount_missing", "请填写金额", "Enter an amount";
        /// The amount entered or quoted is outside the limits.
        AmountOutside { min: Money, max: Money } => Invalid "amount_outside", "金额需在 {min} 至 {max} 之间", "The amount must be between {min} and {max}";
        /// The price comes from the provider and was not asked for.
        EnquiryNeeded => Conflict "enquiry_needed", "先查询应缴金额，再提交", "Query the amount due first, then submit";
        /// The provider's amount is too old.
        QuoteExpired => Conflict "quote_expired", "查询结果已过期，重新查询后再提交；您没有被扣款", "The queried amount has expired. Query again; you were not charged";
        /// No time was chosen.
        SlotMissing => Invalid "slot_missing", "请选择上门时段", "Select a visit time";
        /// The time is over, too near, too far or not offered.
        SlotClosed => Conflict "slot_closed", "该时段已不能预约，选择其他时段", "This time can no longer be booked. Choose another";
        /// A rule of the service refuses; the words are the pack's.
        NotEligible { rule: String, zh: String, en: String } => Conflict "not_eligible", "{zh}", "{en}";
    }
}

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
    pub proof: Proof,
    pub workflow: Vec<Step>,
    /// An order not finished after this time is late (O9).
    pub service_level: Duration,
    pub cancel: CancelRule,
    pub refund: RefundRule,
    pub documents: Vec<Document>,
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

/// One member of an enquiry's answer and what it is called.
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
    /// Passed on to providers as it stands.
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

/// The times that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotPlan {
    /// The form field of kind `slot` whose answer is the chosen stock item's code.
    pub field: String,
    /// How many days from today can be booked.
    pub days_ahead: i64,
    pub windows: Vec<Window>,
    /// Visits one window can take.
    pub capacity: i64,
    /// A window closes this long before it begins.
    pub lead: Duration,
    pub closed: Vec<Weekday>,
}

/// From and to as minutes of the day in Beijing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub from_minute: i64,
    pub to_minute: i64,
}

impl Window {
    /// Part of a stock item's code: `0900-1100`.
    pub fn code(self) -> String {
        let clock = |minute: i64| format!("{:02}{:02}", minute / 60, minute % 60);
        format!("{}-{}", clock(self.from_minute), clock(self.to_minute))
    }

    /// For people: `09:00–11:00`.
    pub fn label(self) -> String {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}–{}", clock(self.from_minute), clock(self.to_minute))
    }
}

/// When people answer, as minutes of the day in Beijing.
pub type Hours = Window;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentMethod {
    Balance,
    Card,
}

impl PaymentMethod {
    pub const ALL: [Self; 2] = [Self::Balance, Self::Card];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Card => "card",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// How fresh or strong the proof of identity must be. Higher levels come with the rooms that can check them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A session is enough.
    None,
}

/// One step of the fulfilment, shown to the customer by its title.
#[derive(Debug, Clone)]
pub struct Step {
    /// Unique in its workflow; stored with running orders.
    pub id: String,
    pub title: Text,
    pub kind: StepKind,
    pub undo: Undo,
    /// From the start of this step on the order can no longer be cancelled.
    pub point_of_no_return: bool,
}

#[derive(Debug, Clone)]
pub enum StepKind {
    /// Speaks the provider protocol and waits for the answer, by callback or by asking again.
    Provider(ProviderCall),
    /// A person does it.
    StaffTask(StaffTask),
    /// A warehouse picks, packs and sends; the same protocol, with a tracking number in the answer.
    Ship(ProviderCall),
    /// A message to the customer.
    Notify { subject: Text, body: Text },
    /// A document becomes available to the customer.
    Issue { document: Document },
    /// Waits until the chosen time begins.
    WaitSlot,
}

impl StepKind {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::StaffTask(_) => "staff_task",
            Self::Ship(_) => "ship",
            Self::Notify { .. } => "notify",
            Self::Issue { .. } => "issue",
            Self::WaitSlot => "wait_slot",
        }
    }

    /// The provider this step speaks to.
    pub fn provider(&self) -> Option<&ProviderCall> {
        match self {
            Self::Provider(call) | Self::Ship(call) => Some(call),
            Self::StaffTask(_) | Self::Notify { .. } | Self::Issue { .. } | Self::WaitSlot => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// The name under which the provider is configured.
    pub provider: String,
    pub operation: Operation,
    /// Without a final answer until then: alert, then a fallout task (O3).
    pub deadline: Duration,
    pub poll_every: Duration,
    /// How often a call that got no answer is repeated.
    pub retries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Submit,
    Query,
}

impl Operation {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Query => "query",
        }
    }
}

#[derive(Debug, Clone)]
pub struct StaffTask {
    /// The queue of the console in which it waits.
    pub queue: String,
    /// What the member of staff is to do.
    pub title: Text,
    /// What the member of staff records.
    pub form: Option<forms::Form>,
    pub within: Duration,
}

/// How a finished step is taken back when a later one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// Nothing to take back.
    None,
    /// The provider protocol's `cancel`.
    ProviderCancel,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    Receipt,
}

impl Document {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
        }
    }
}

impl Service {
    pub fn offering(&self, code: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.code == code)
    }

    pub fn step(&self, id: &str) -> Option<&Step> {
        self.workflow.iter().find(|step| step.id == id)
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
    /// `basic`; later `verified`.
    pub level: String,
    /// Orders placed so far.
    pub orders: i64,
}
