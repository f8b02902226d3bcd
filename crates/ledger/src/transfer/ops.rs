//! Posting and reversing. The order is always: lane, accounts, rows, chain.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Money, Timestamp};

use super::model::{NewTransfer, Transfer, TransferId, TransferKind};
use super::{rules, store};
use crate::Error;
use crate::account::AccountName;
use crate::account::model::Deltas;
use crate::account::ops::{diagnose, ensure_account, move_back, move_totals, wallet};
use crate::chain::model::{Fact, Lane};
use crate::chain::ops::Writer;
use crate::hold::HoldId;

/// How often a refusal that nothing explains (another transaction moved the row in between) is tried again.
pub(crate) const ATTEMPTS: u32 = 3;

/// Posts one transfer. The same business key with the same content answers the transfer posted first and moves nothing;
/// with other content it is [`Error::KeyReused`]. After a refusal the transaction is as it was before.
pub async fn post_transfer(tx: &mut Tx, cx: &Cx, lane: Lane, new: NewTransfer) -> Result<Transfer, Error> {
    rules::check(new.debit, new.credit, new.amount)?;
    for _ in 0..ATTEMPTS {
        if let Some(posted) = store::find_by_key(tx, &new.business_key).await? {
            return if rules::is_same(&new, &posted) { Ok(posted) } else { Err(Error::KeyReused) };
        }
        match write(tx, cx, lane, &[Draft::plain(new.clone())]).await? {
            Written::All(mut posted) => return posted.pop().ok_or_else(|| Error::bug("nothing was posted")),
            // Somebody posted under this key since we looked: their transfer is found in the next round.
            Written::KeyTaken => {}
            Written::Short => {
                if let Some(error) = diagnose(tx, new.debit, new.credit, new.amount).await? {
                    return Err(error);
                }
            }
        }
    }
    Err(Error::bug("the accounts kept changing"))
}

/// Posts many transfers, each account written once: for desks. `false` when a guard does not hold, an account is missing or an amount
/// is not one: then none was posted and the transaction is as it was before. A business key already taken is
/// [`db::Error::Unique`], after which the transaction must be rolled back.
pub async fn post_transfers(
    tx: &mut Tx,
    cx: &Cx,
    lane: Lane,
    new: &[NewTransfer],
) -> Result<bool, db::Error> {
    if new.iter().any(|t| rules::check(t.debit, t.credit, t.amount).is_err()) {
        return Ok(false);
    }
    let drafts: Vec<Draft> = new.iter().cloned().map(Draft::plain).collect();
    match write(tx, cx, lane, &drafts).await? {
        Written::All(_) => Ok(true),
        Written::Short => Ok(false),
        Written::KeyTaken => Err(db::Error::Unique("transfer.business_key".to_owned())),
    }
}

/// Takes a transfer back by posting its opposite. The second time it is [`Error::AlreadyReversed`]; when the money was spent
/// meanwhile, [`Error::InsufficientFunds`].
pub async fn reverse(
    tx: &mut Tx,
    cx: &Cx,
    lane: Lane,
    id: TransferId,
    memo: &'static str,
) -> Result<Transfer, Error> {
    let original = find_transfer(tx, id).await?.ok_or(Error::NotFound)?;
    let draft = Draft {
        new: NewTransfer {
            debit: original.credit,
            credit: original.debit,
            amount: original.amount,
            kind: TransferKind::Reversal,
            business_key: format!("reverse:{id}"),
            order: original.order,
            customer: original.customer,
            memo: memo.into(),
        },
        reverses: Some(id),
        hold: None,
    };
    for _ in 0..ATTEMPTS {
        if store::find_reversal(tx, id).await?.is_some() {
            return Err(Error::AlreadyReversed);
        }
        match write(tx, cx, lane, std::slice::from_ref(&draft)).await? {
            Written::All(mut posted) => return posted.pop().ok_or_else(|| Error::bug("nothing was posted")),
            Written::KeyTaken => return Err(Error::AlreadyReversed),
            Written::Short => {
                if let Some(error) = diagnose(tx, original.credit, original.debit, original.amount).await? {
                    return Err(error);
                }
            }
        }
    }
    Err(Error::bug("the accounts kept changing"))
}

/// Credits a customer's balance with what came in through a gateway (`card`).
pub async fn credit_top_up(tx: &mut Tx, cx: &Cx, lane: Lane, top_up: TopUp<'_>) -> Result<Transfer, Error> {
    let gateway =
        ensure_account(tx, cx, AccountName::Gateway(top_up.gateway), top_up.amount.currency).await?;
    let wallet = wallet(tx, cx, top_up.customer, top_up.amount.currency).await?;
    let new = NewTransfer {
        debit: gateway.id,
        credit: wallet.id,
        amount: top_up.amount,
        kind: TransferKind::TopUp,
        business_key: top_up.business_key,
        order: None,
        customer: Some(top_up.customer),
        memo: "wallet.top_up".into(),
    };
    post_transfer(tx, cx, lane, new).await
}

/// Money a customer adds to the balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp<'a> {
    pub customer: AccountId,
    /// The gateway it came through: `card`.
    pub gateway: &'a str,
    pub amount: Money,
    /// See [`NewTransfer::business_key`].
    pub business_key: String,
}

pub async fn find_transfer(tx: &mut Tx, id: TransferId) -> Result<Option<Transfer>, db::Error> {
    Ok(store::list_by_id(tx, vec![id.0]).await?.into_iter().next())
}

/// All transfers of an order, oldest first.
pub async fn transfers_of_order(tx: &mut Tx, order: i64) -> Result<Vec<Transfer>, db::Error> {
    store::list_of_order(tx, order).await
}

/// The transfers posted under these business keys, each with its key; also those that post a hold placed under one of them. Keys under which
/// nothing was posted are left out.
pub async fn transfers_by_key(tx: &mut Tx, keys: Vec<String>) -> Result<Vec<(String, Transfer)>, db::Error> {
    if keys.is_empty() { Ok(Vec::new()) } else { store::list_by_key(tx, keys).await }
}

/// A transfer before it has an id, a time and a place in the chain.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub new: NewTransfer,
    pub reverses: Option<TransferId>,
    pub hold: Option<HoldId>,
}

impl Draft {
    fn plain(new: NewTransfer) -> Self {
        Self { new, reverses: None, hold: None }
    }

    fn into_transfer(self, id: TransferId, now: Timestamp) -> Transfer {
        let Self { new, reverses, hold } = self;
        Transfer {
            id,
            debit: new.debit,
            credit: new.credit,
            amount: new.amount,
            kind: new.kind,
            business_key: new.business_key,
            order: new.order,
            customer: new.customer,
            reverses,
            hold,
            memo: new.memo.into_owned(),
            created_at: now,
            entry: 0,
        }
    }
}

enum Written {
    All(Vec<Transfer>),
    /// A guard did not hold or an account is missing.
    Short,
    KeyTaken,
}

/// All drafts or none. With one draft the transaction is left as it was whatever the outcome.
async fn write(tx: &mut Tx, cx: &Cx, lane: Lane, drafts: &[Draft]) -> Result<Written, db::Error> {
    if drafts.is_empty() {
        return Ok(Written::All(Vec::new()));
    }
    let Some(deltas) = deltas(drafts) else { return Ok(Written::Short) };
    let mut chain = Writer::open(tx, lane).await?;
    if !move_totals(tx, &deltas).await? {
        return Ok(Written::Short);
    }
    let transfers = insert(tx, cx, &mut chain, drafts.to_vec()).await?;
    let Some(transfers) = transfers else {
        move_back(tx, &deltas).await?;
        return Ok(Written::KeyTaken);
    };
    chain.write(tx).await?;
    Ok(Written::All(transfers))
}

fn deltas(drafts: &[Draft]) -> Option<Deltas> {
    let mut deltas = Deltas::default();
    for Draft { new, .. } in drafts {
        deltas.post(new.debit, new.credit, new.amount)?;
    }
    Some(deltas)
}

/// Inserts the rows and adds them to the chain. The time is taken here, after the accounts are locked, so that the transfers of one
/// account are in order of time. `None` when a key was taken: then some of several rows may be in.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    chain: &mut Writer,
    drafts: Vec<Draft>,
) -> Result<Option<Vec<Transfer>>, db::Error> {
    let now = cx.now();
    let mut transfers = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut transfer = draft.into_transfer(TransferId::new(&cx.ids, now), now);
        transfer.entry = chain.add(Fact::Transfer, transfer.id.0, &rules::content(&transfer));
        transfers.push(transfer);
    }
    let inserted = store::insert(tx, &transfers).await?;
    Ok((usize::try_from(inserted) == Ok(transfers.len())).then_some(transfers))
}
