//! Reading accounts, transfers and holds for people.

use db::{Row, Tx, params};
use kernel::{AccountId, Money, Position};

use super::model::{OpenHold, Sum};
use crate::column;

db::statements! {
    // Customers' accounts are added up here, for there are many; the others are few.
    SUM_ACCOUNTS = "SELECT code, kind, guard, currency, CAST(SUM(accounts) AS BIGINT), CAST(SUM(debits_posted) AS BIGINT),
            CAST(SUM(credits_posted) AS BIGINT), CAST(SUM(debits_pending) AS BIGINT), CAST(SUM(credits_pending) AS BIGINT)
        FROM (SELECT CASE WHEN customer_id IS NULL THEN code WHEN code LIKE '%:escrow%' THEN 'customer:*:escrow'
                ELSE 'customer:*:wallet' END AS code,
            kind, guard, currency, 1 AS accounts, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_account) AS all_accounts
        GROUP BY code, kind, guard, currency ORDER BY currency, code";
    LIST_ACCOUNTS = "SELECT id FROM ledger_account WHERE code LIKE $1 AND currency = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    LIST_OPEN = "SELECT h.id, h.kind, h.amount, h.currency, h.order_id, d.code, c.code, h.created_at, h.expires_at FROM hold h
        JOIN ledger_account d ON d.id = h.debit_account JOIN ledger_account c ON c.id = h.credit_account
        WHERE h.state = 'pending' AND (h.created_at, h.id) < ($1, $2) ORDER BY h.created_at DESC, h.id DESC LIMIT $3";
    LIST_OPEN_OF = "SELECT h.id, h.kind, h.amount, h.currency, h.order_id, d.code, c.code, h.created_at, h.expires_at FROM hold h
        JOIN ledger_account d ON d.id = h.debit_account JOIN ledger_account c ON c.id = h.credit_account
        WHERE h.state = 'pending' AND h.customer_id = $1 AND d.customer_id = $1
        ORDER BY h.created_at DESC, h.id DESC LIMIT $2";
}

/// Every account but the customers', and those added up.
pub(crate) async fn sums(tx: &mut Tx) -> db::Result<Vec<Sum>> {
    let sum = |row: &Row| {
        let mut r = row.reader();
        Ok(Sum {
            code: r.get()?,
            kind: r.get()?,
            guard: r.get()?,
            currency: column::currency(&mut r)?,
            accounts: r.get()?,
            debits_posted: r.get()?,
            credits_posted: r.get()?,
            debits_pending: r.get()?,
            credits_pending: r.get()?,
        })
    };
    tx.all(&SUM_ACCOUNTS, params![]).await?.iter().map(sum).collect()
}

/// Ids of accounts whose code is like `pattern`, the newest first.
pub(crate) async fn list_accounts(
    tx: &mut Tx,
    (pattern, currency): (&str, &str),
    before: i64,
    limit: i64,
) -> db::Result<Vec<crate::LedgerAccountId>> {
    let rows = tx.all(&LIST_ACCOUNTS, params![pattern, currency, before, limit]).await?;
    rows.iter().map(|row| row.reader().get()).collect()
}

fn hold(row: &Row) -> db::Result<OpenHold> {
    let mut r = row.reader();
    let (id, kind, minor) = (r.get()?, r.get()?, r.get()?);
    Ok(OpenHold {
        id,
        kind,
        amount: Money::new(minor, column::currency(&mut r)?),
        order: r.get()?,
        debit: r.get()?,
        credit: r.get()?,
        created_at: r.get()?,
        expires_at: r.get()?,
    })
}

/// Newest first.
pub(crate) async fn list_open(tx: &mut Tx, before: Position, limit: i64) -> db::Result<Vec<OpenHold>> {
    tx.all(&LIST_OPEN, params![before.key, before.id, limit]).await?.iter().map(hold).collect()
}

/// Of a customer's own accounts, newest first.
pub(crate) async fn list_open_of(tx: &mut Tx, customer: AccountId, limit: i64) -> db::Result<Vec<OpenHold>> {
    tx.all(&LIST_OPEN_OF, params![customer, limit]).await?.iter().map(hold).collect()
}
