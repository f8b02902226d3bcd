//! Rows of `ledger_account`.

use db::{Row, Tx, params};
use kernel::Currency;

use super::model::{Account, Deltas, LedgerAccountId};
use crate::column;

db::statements! {
    INSERT_ACCOUNT = "INSERT INTO ledger_account
        (id, code, customer_id, kind, currency, guard, debits_posted, credits_posted, debits_pending, credits_pending, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7) ON CONFLICT (code) DO NOTHING";
    LIST_ACCOUNTS_BY_ID = "SELECT id, code, customer_id, kind, currency, guard,
        debits_posted, credits_posted, debits_pending, credits_pending, created_at
        FROM ledger_account WHERE id IN {list $1} ORDER BY id";
    LIST_ACCOUNTS_BY_CODE = "SELECT id, code, customer_id, kind, currency, guard,
        debits_posted, credits_posted, debits_pending, credits_pending, created_at
        FROM ledger_account WHERE code IN {list $1} ORDER BY id";
    LOCK_ACCOUNT = "SELECT id FROM ledger_account WHERE id = $1 {for_update}";
    // The inner select locks in id order; the guard looks at the row as it is once locked.
    bulk MOVE_TOTALS (
        id: Int, currency: Text, add_debits: Int, add_credits: Int, add_debits_pending: Int, add_credits_pending: Int,
    ) = "UPDATE ledger_account SET
            debits_posted = debits_posted + v.add_debits,
            credits_posted = credits_posted + v.add_credits,
            debits_pending = debits_pending + v.add_debits_pending,
            credits_pending = credits_pending + v.add_credits_pending
        FROM (SELECT a.id, r.currency, r.add_debits, r.add_credits, r.add_debits_pending, r.add_credits_pending
            FROM {rows} r JOIN ledger_account a ON a.id = r.id ORDER BY a.id {for_update}) v
        WHERE ledger_account.id = v.id AND ledger_account.currency = v.currency
            AND (guard = 'none'
                OR (guard = 'credits_cover_debits' AND credits_posted + v.add_credits
                    - debits_posted - v.add_debits - debits_pending - v.add_debits_pending >= 0)
                OR (guard = 'debits_cover_credits' AND debits_posted + v.add_debits
                    - credits_posted - v.add_credits - credits_pending - v.add_credits_pending >= 0))
        RETURNING ledger_account.id, ledger_account.currency";
}

fn account(row: &Row) -> db::Result<Account> {
    let mut r = row.reader();
    Ok(Account {
        id: r.get()?,
        code: r.get()?,
        customer: r.get()?,
        kind: r.get()?,
        currency: column::currency(&mut r)?,
        guard: r.get()?,
        debits_posted: r.get()?,
        credits_posted: r.get()?,
        debits_pending: r.get()?,
        credits_pending: r.get()?,
        created_at: r.get()?,
    })
}

/// Nothing happens when the code is there already.
pub(crate) async fn insert_account(tx: &mut Tx, new: &Account) -> db::Result<()> {
    let row =
        params![new.id, &new.code, new.customer, new.kind, new.currency.code(), new.guard, new.created_at];
    tx.execute(&INSERT_ACCOUNT, row).await.map(|_| ())
}

pub(crate) async fn list_by_id(tx: &mut Tx, ids: &[LedgerAccountId]) -> db::Result<Vec<Account>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.all(&LIST_ACCOUNTS_BY_ID, params![ids]).await?.iter().map(account).collect()
}

pub(crate) async fn list_by_code(tx: &mut Tx, codes: &[String]) -> db::Result<Vec<Account>> {
    tx.all(&LIST_ACCOUNTS_BY_CODE, params![codes.to_vec()]).await?.iter().map(account).collect()
}

/// Waits for those who are writing to this account.
pub(crate) async fn lock(tx: &mut Tx, id: LedgerAccountId) -> db::Result<()> {
    tx.all(&LOCK_ACCOUNT, params![id]).await.map(|_| ())
}

/// Adds to the totals, where the account exists in that currency and its guard holds; the accounts that were changed.
pub(crate) async fn move_totals(
    tx: &mut Tx,
    deltas: &Deltas,
) -> db::Result<Vec<(LedgerAccountId, Currency)>> {
    let rows = deltas.0.iter().map(|((id, currency), delta)| {
        params![
            *id,
            currency.code(),
            delta.debits_posted,
            delta.credits_posted,
            delta.debits_pending,
            delta.credits_pending
        ]
    });
    let moved = tx.bulk_rows(&MOVE_TOTALS, rows.collect()).await?;
    let key = |row: &Row| {
        let mut r = row.reader();
        Ok((r.get()?, column::currency(&mut r)?))
    };
    moved.iter().map(key).collect()
}
