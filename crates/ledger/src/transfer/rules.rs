//! Which transfers are well formed, when two are the same, and what of them is hashed.

use kernel::{Currency, Money};

use super::model::{MAX_AMOUNT_MINOR, NewTransfer, Transfer};
use crate::Error;
use crate::account::LedgerAccountId;
use crate::chain::model::Fact;
use crate::chain::rules::Canonical;

/// More than zero, not absurd.
pub(crate) fn check_amount(amount: Money) -> Result<(), Error> {
    if (1..=MAX_AMOUNT_MINOR).contains(&amount.minor) { Ok(()) } else { Err(bad_amount(amount.currency)) }
}

pub(crate) fn bad_amount(currency: Currency) -> Error {
    Error::BadAmount { most: Money::new(MAX_AMOUNT_MINOR, currency) }
}

/// What every movement has to be, whatever the accounts hold.
pub(crate) fn check(debit: LedgerAccountId, credit: LedgerAccountId, amount: Money) -> Result<(), Error> {
    check_amount(amount)?;
    if debit == credit { Err(Error::SameAccount) } else { Ok(()) }
}

/// Whether `new` is what was posted under the same key before.
pub(crate) fn is_same(new: &NewTransfer, posted: &Transfer) -> bool {
    posted.debit == new.debit
        && posted.credit == new.credit
        && posted.amount == new.amount
        && posted.kind == new.kind
        && posted.order == new.order
        && posted.customer == new.customer
        && posted.memo == new.memo
}

/// Every column of the row but the entry's own number.
pub(crate) fn content(t: &Transfer) -> Canonical {
    Canonical::new(Fact::Transfer)
        .int(t.id.0)
        .int(t.debit.0)
        .int(t.credit.0)
        .int(t.amount.minor)
        .text(t.amount.currency.code())
        .text(t.kind.code())
        .text(&t.business_key)
        .maybe(t.order)
        .maybe(t.customer.map(|c| c.0))
        .maybe(t.reverses.map(|r| r.0))
        .maybe(t.hold.map(|h| h.0))
        .text(&t.memo)
        .int(t.created_at.0)
}
