//! A payout, and the port through which it is carried out.

use kernel::{AccountId, Currency, Money, Timestamp};

use crate::column::{coded, id_column};
use crate::hold::HoldId;
use crate::settlement::{AgreementId, Bank};

kernel::typed_id!(
    /// Money on its way to a seller.
    PayoutId, "pyt"
);
id_column!(PayoutId);

coded! {
    /// Where a payout stands. `Paid`, `Failed` and `Refused` are the end.
    pub enum PayoutState {
        /// For a second person.
        Waiting = "waiting",
        /// To be sent; surely not accepted yet.
        Approved = "approved",
        /// Under way, or not known.
        Sent = "sent",
        Paid = "paid",
        /// The bank's desk said no; the money is owed again.
        Failed = "failed",
        /// The second person said no.
        Refused = "refused",
    }
}

/// What somebody asks for: everything that is owed, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayout {
    pub seller: String,
    pub currency: Currency,
    /// `None` for everything that is owed.
    pub amount: Option<Money>,
    /// The same key from the same person asks once.
    pub key: String,
}

/// A payout as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    pub seller: String,
    pub amount: Money,
    /// The version of the agreement that says where to.
    pub agreement: AgreementId,
    pub hold: HoldId,
    pub state: PayoutState,
    pub maker: AccountId,
    pub checker: Option<AccountId>,
    /// The bank's own number.
    pub reference: Option<String>,
    /// The code of the last answer that was not a yes.
    pub outcome: Option<String>,
    /// How often it was sent or asked about.
    pub asked: i64,
    pub next_ask_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What the provider is asked to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutOrder {
    /// The operation's id: the same id is the same payout, however often it is sent.
    pub id: PayoutId,
    pub seller: String,
    pub amount: Money,
    pub to: Bank,
}

/// What the provider says, or what may be concluded where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutAnswer {
    Paid {
        reference: String,
    },
    /// It will not happen; `code` says why.
    Refused {
        code: String,
    },
    /// Accepted and not done yet.
    UnderWay,
    /// This request surely did nothing (unreachable, busy): the same may be sent later.
    NotAccepted {
        code: String,
    },
    /// Asked about an id the provider has never accepted.
    NotKnown,
    /// It may have happened.
    Unknown,
}

/// Whoever carries payouts out. The wiring gives it; `connectors::Provider` fits behind it: `operate` is [`PayoutPort::send`],
/// `poll` is [`PayoutPort::ask`].
pub trait PayoutPort: Send + Sync + std::fmt::Debug {
    /// Asks for it. Repeating it under the same id is safe.
    fn send<'a>(&'a self, order: &'a PayoutOrder) -> durable::BoxFuture<'a, PayoutAnswer>;

    /// How it stands.
    fn ask(&self, id: PayoutId) -> durable::BoxFuture<'_, PayoutAnswer>;
}

/// What is to be done with a payout after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Pay(String),
    Fail(String),
    /// To be sent (again) later.
    SendLater(String),
    AskLater,
    /// It has an end already.
    Nothing,
}
