//! Rows of payees.

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::AccountId;

use super::model::{Payee, PayeeId};
use crate::order::store::{open_or_none, seal_or_none};

const NAME: &str = "payee.name";
const BANK: &str = "payee.bank";
pub(crate) const ACCOUNT: &str = "payee.account";
const NICKNAME: &str = "payee.nickname";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("payee", "name_sealed", NAME),
    vault::SealedColumn::new("payee", "bank_sealed", BANK),
    vault::SealedColumn::new("payee", "account_sealed", ACCOUNT),
    vault::SealedColumn::new("payee", "nickname_sealed", NICKNAME),
];
/// What is found by index here.
pub(crate) const INDEXED: &[vault::IndexedColumn] =
    &[vault::IndexedColumn::new("payee", "account_index", "account_sealed", ACCOUNT)];

db::statements! {
    INSERT = "INSERT INTO payee (id, customer_id, name_sealed, bank_sealed, account_sealed, account_index, nickname_sealed, added_by,
                                 created_at, warm_at, beneficiary_id)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    LIST = "SELECT id, name_sealed, bank_sealed, account_sealed, nickname_sealed, created_at, warm_at, beneficiary_id FROM payee
            WHERE customer_id = $1 ORDER BY id DESC LIMIT $2";
    FIND = "SELECT id, name_sealed, bank_sealed, account_sealed, nickname_sealed, created_at, warm_at, beneficiary_id FROM payee
            WHERE customer_id = $1 AND id = $2";
    BY_ACCOUNT = "SELECT id, name_sealed, bank_sealed, account_sealed, nickname_sealed, created_at, warm_at, beneficiary_id FROM payee
                  WHERE customer_id = $1 AND account_index = $2";
    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) FROM payee WHERE customer_id = $1";
    DELETE = "DELETE FROM payee WHERE customer_id = $1 AND id = $2";
    FORGET = "DELETE FROM payee WHERE customer_id = $1";
}

fn read(cx: &Cx, row: &Row) -> Result<Payee> {
    let mut r = row.reader();
    let id = PayeeId(r.get()?);
    let text = |context: &str, sealed: Vec<u8>| {
        cx.vault.open_text(context, &sealed).map_err(|error| db::Error::Other(error.into()))
    };
    Ok(Payee {
        id,
        name: text(NAME, r.get()?)?,
        bank: text(BANK, r.get()?)?,
        account: text(ACCOUNT, r.get()?)?,
        nickname: open_or_none(cx, NICKNAME, r.get()?)?,
        created_at: r.get()?,
        warm_at: r.get()?,
        beneficiary: r.get()?,
    })
}

pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    (customer, by): (AccountId, AccountId),
    payee: &Payee,
) -> Result<()> {
    let values = params![
        payee.id.raw(),
        customer,
        seal_or_none(cx, NAME, Some(&payee.name))?,
        seal_or_none(cx, BANK, Some(&payee.bank))?,
        seal_or_none(cx, ACCOUNT, Some(&payee.account))?,
        cx.vault.blind_index(ACCOUNT, &payee.account),
        seal_or_none(cx, NICKNAME, payee.nickname.as_deref())?,
        by,
        payee.created_at,
        payee.warm_at,
        payee.beneficiary,
    ];
    tx.execute(&INSERT, values).await.map(|_| ())
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, customer: AccountId, most: i64) -> Result<Vec<Payee>> {
    tx.all(&LIST, params![customer, most]).await?.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, customer: AccountId, id: PayeeId) -> Result<Option<Payee>> {
    tx.first(&FIND, params![customer, id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

/// The entry with this account, digits only.
pub(crate) async fn find_by_account(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    account: &str,
) -> Result<Option<Payee>> {
    let index = cx.vault.blind_index(ACCOUNT, account);
    tx.first(&BY_ACCOUNT, params![customer, index]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn count(tx: &mut Tx, customer: AccountId) -> Result<i64> {
    tx.one(&COUNT, params![customer]).await?.reader().get()
}

/// `false` when it was not there.
pub(crate) async fn delete(tx: &mut Tx, customer: AccountId, id: PayeeId) -> Result<bool> {
    Ok(tx.execute(&DELETE, params![customer, id.raw()]).await? == 1)
}

pub(crate) async fn forget(tx: &mut Tx, customer: AccountId) -> Result<()> {
    tx.execute(&FORGET, params![customer]).await.map(|_| ())
}
