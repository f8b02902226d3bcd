//! What is handed to the desk and what it answers.

use std::sync::Arc;

use catalogue::service::{CaptureAt, PaymentMethod, Priced, ServiceVersion};
use kernel::{AccountId, Actor, Level, Money, Text, Timestamp};
use ledger::HoldId;
use serde::{Deserialize, Serialize};

use crate::approval::{self, ApprovalId};
use crate::cart::CartId;
use crate::draft::DraftId;
use crate::held::HoldFor;
use crate::idempotency::Key;
use crate::order::{Channel, LineId, MoneyState, OrderId, OrderState};
use crate::payee::Recipient;
use crate::payment::PaymentId;
use crate::quote::QuoteId;

/// An order as a customer sends it.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    pub actor: Actor,
    /// Whose order it is; the actor's own, or a customer's for staff.
    pub customer: AccountId,
    pub key: Key,
    pub lines: Vec<NewLine>,
    pub payment: PaymentMethod,
    /// What of it is paid from the balance, when the rest comes from outside: less than the total.
    pub from_balance: Option<Money>,
    /// What the customer saw and agreed to; another total is refused (I10).
    pub agreed_total: Money,
    /// The cart it is made of and its revision (I9).
    pub cart: Option<(CartId, i64)>,
    /// The form it is made of.
    pub draft: Option<DraftId>,
    pub channel: Channel,
    /// A person decides before it goes on: everything is checked, set aside and reserved now, and nothing is begun.
    pub hold_for: Option<HoldFor>,
    /// Where the request came from, for the risk engine; empty where there was none.
    pub origin: risk::Origin,
}

/// One line as a customer sends it.
#[derive(Debug, Clone)]
pub struct NewLine {
    pub service: String,
    /// The version whose form was filled in; `None` takes the current one.
    pub version: Option<i64>,
    pub offering: String,
    pub quantity: i64,
    pub answers: serde_json::Value,
    pub quote: Option<QuoteId>,
}

/// A line that passed every rule that needs no lock.
#[derive(Debug, Clone)]
pub(crate) struct PreparedLine {
    pub id: LineId,
    pub service: Arc<ServiceVersion>,
    pub offering: String,
    pub quantity: i64,
    pub priced: Priced,
    pub sku: Option<String>,
    pub title: Text,
    /// Who gets the money, as the risk engine counts it: the account of a transfer, otherwise the seller.
    pub payee: i64,
    /// Whose account a transfer goes to.
    pub recipient: Recipient,
    /// Whose balance the money goes to, where it goes to another customer's.
    pub beneficiary: Option<AccountId>,
    /// The checked answers, sealed.
    pub sealed: Vec<u8>,
    pub quote: Option<QuoteId>,
}

impl PreparedLine {
    pub fn capture(&self) -> CaptureAt {
        self.service.service.capture
    }
}

/// An order that passed every rule that needs no lock; the desk decides the rest.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub id: OrderId,
    pub actor: Actor,
    pub customer: AccountId,
    /// Whoever acts: the services ask how surely it is known who that is.
    pub person: AccountId,
    /// The highest level that one of the services asks for.
    pub needs: Level,
    pub key: Key,
    pub lines: Vec<PreparedLine>,
    pub payment: PaymentMethod,
    /// The part from the balance of an order that is paid from outside; zero where there is none.
    pub from_balance: i64,
    /// When its money is taken; the same for all lines that cost something.
    pub capture: CaptureAt,
    pub total: Money,
    pub cart: Option<(CartId, i64)>,
    pub draft: Option<DraftId>,
    pub channel: Channel,
    pub due_at: Timestamp,
    pub hold_for: Option<HoldFor>,
    /// What colleagues have to agree to first, where the rules of an organisation want that (W1).
    pub approval: Option<identity::policy::Rule>,
    /// What the risk engine said, to be written down with the order (R3).
    pub judged: Vec<risk::Judged>,
}

impl PreparedLine {
    /// Whether it sends money to somebody: to an account at a bank or to another balance here.
    pub fn is_transfer(&self) -> bool {
        self.beneficiary.is_some() || self.service.code == identity::policy::TRANSFER_SERVICE
    }
}

impl Prepared {
    /// How much of it goes to somebody else's account: what limits count. What one has sent to oneself is one's own as before.
    pub fn sent(&self) -> Money {
        let to_others = |line: &&PreparedLine| line.is_transfer() && line.recipient == Recipient::Other;
        let transfers = self.lines.iter().filter(to_others);
        let minor = transfers.fold(0_i64, |sum, line| sum.saturating_add(line.priced.total.minor));
        Money { minor, ..self.total }
    }

    /// What it waits for first, and what after that.
    pub fn holds(&self) -> (Option<HoldFor>, Option<HoldFor>) {
        match &self.approval {
            Some(rule) => (Some(approval::hold_for(rule)), self.hold_for),
            None => (self.hold_for, None),
        }
    }
}

impl Prepared {
    /// What is set aside in the wallet when the order is placed.
    pub const fn wallet_part(&self) -> i64 {
        match self.payment {
            PaymentMethod::Balance => self.total.minor,
            _ => self.from_balance,
        }
    }

    /// What was ordered, in one phrase.
    pub fn title(&self) -> Text {
        let more = self.lines.len().saturating_sub(1);
        match self.lines.first() {
            Some(first) if more == 0 => first.title.clone(),
            Some(first) => Text::new(
                format!("{} 等 {} 项", first.title.zh, self.lines.len()),
                format!("{} and {more} more", first.title.get(kernel::Locale::En)),
            ),
            None => Text::default(),
        }
    }
}

/// What the desk answers, and what is kept under the key: a replay answers the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    pub order: OrderId,
    pub state: OrderState,
    pub money: MoneyState,
    pub total: Money,
    pub payment_method: String,
    /// To be paid here, where money is to come from outside.
    pub payment: Option<PaymentId>,
    pub pay_by: Option<Timestamp>,
    /// What colleagues are asked to agree to, where that is what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalId>,
    /// Until when somebody decides about it, where it waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    pub placed_at: Timestamp,
    /// The answer to an earlier request with this key; nothing ran twice.
    #[serde(skip)]
    pub replayed: bool,
}

/// A command that was accepted, with what is written for it.
pub(crate) struct Accepted<'a> {
    pub command: &'a Prepared,
    pub placed: Placed,
    pub hold: Option<HoldId>,
}
