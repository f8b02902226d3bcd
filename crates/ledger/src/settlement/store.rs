//! Rows of `seller_agreement` and `settlement`.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{Currency, Money, PageRequest, Position, Timestamp};

use super::model::{Agreement, AgreementId, Bank, Settlement, SettlementId};
use crate::account::LedgerAccountId;
use crate::transfer::{TransferId, TransferKind};
use crate::{Error, column};

const BANK: &str = "ledger.agreement.bank";
/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("seller_agreement", "bank_sealed", BANK)];

db::statements! {
    INSERT_AGREEMENT = "INSERT INTO seller_agreement
        (id, seller, currency, version, commission_bp, rhythm, starts_at, bank_sealed, maker_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (seller, currency, version) DO NOTHING";
    LIST_AGREEMENTS = "SELECT id, seller, currency, version, commission_bp, rhythm, starts_at, bank_sealed, maker_id, created_at
        FROM seller_agreement a
        WHERE version = (SELECT MAX(version) FROM seller_agreement b WHERE b.seller = a.seller AND b.currency = a.currency)
        ORDER BY seller, currency";
    FIND_AGREEMENT = "SELECT id, seller, currency, version, commission_bp, rhythm, starts_at, bank_sealed, maker_id, created_at
        FROM seller_agreement WHERE id = $1";
    LATEST_AGREEMENT = "SELECT id, seller, currency, version, commission_bp, rhythm, starts_at, bank_sealed, maker_id, created_at
        FROM seller_agreement WHERE seller = $1 AND currency = $2 ORDER BY version DESC LIMIT 1";
    INSERT = "INSERT INTO settlement (id, seller, currency, from_at, to_at, agreement_id, commission_bp, carried_in, turnover,
            commission, payable, carried_out, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    FIND = "SELECT id, seller, from_at, to_at, agreement_id, commission_bp, currency, carried_in, turnover, commission, payable,
            carried_out, created_at FROM settlement WHERE id = $1";
    LAST = "SELECT id, seller, from_at, to_at, agreement_id, commission_bp, currency, carried_in, turnover, commission, payable,
            carried_out, created_at FROM settlement WHERE seller = $1 AND currency = $2 ORDER BY to_at DESC LIMIT 1";
    PREVIOUS = "SELECT id, seller, from_at, to_at, agreement_id, commission_bp, currency, carried_in, turnover, commission, payable,
            carried_out, created_at FROM settlement WHERE seller = $1 AND currency = $2 AND to_at <= $3
        ORDER BY to_at DESC LIMIT 1";
    LIST = "SELECT id, seller, from_at, to_at, agreement_id, commission_bp, currency, carried_in, turnover, commission, payable,
            carried_out, created_at FROM settlement WHERE (created_at, id) < ($1, $2)
        ORDER BY created_at DESC, id DESC LIMIT $3";
    LIST_AFTER = "SELECT id, seller, from_at, to_at, agreement_id, commission_bp, currency, carried_in, turnover, commission, payable,
            carried_out, created_at FROM settlement WHERE id > $1 ORDER BY id LIMIT $2";
    // Settling itself is no turnover; everything else on the account is.
    SUM_TURNOVER = "SELECT CAST(
            (SELECT COALESCE(SUM(amount), 0) FROM transfer
                WHERE credit_account = $1 AND created_at >= $2 AND created_at < $3 AND kind NOT IN ('settlement', 'commission'))
            - (SELECT COALESCE(SUM(amount), 0) FROM transfer
                WHERE debit_account = $1 AND created_at >= $2 AND created_at < $3 AND kind NOT IN ('settlement', 'commission'))
        AS BIGINT)";
    LIST_TURNOVER = "SELECT id, kind, amount, order_id, created_at FROM (
            SELECT id, kind, amount, order_id, created_at FROM transfer
                WHERE credit_account = $1 AND created_at >= $2 AND created_at < $3 AND kind NOT IN ('settlement', 'commission')
            UNION ALL
            SELECT id, kind, -amount AS amount, order_id, created_at FROM transfer
                WHERE debit_account = $1 AND created_at >= $2 AND created_at < $3 AND kind NOT IN ('settlement', 'commission')
        ) AS both_sides ORDER BY created_at, id LIMIT $4";
}

fn agreement(cx: &Cx, row: &Row) -> Result<Agreement, Error> {
    let mut r = row.reader();
    let (id, seller) = (r.get()?, r.get()?);
    let currency = column::currency(&mut r)?;
    let (version, commission_bp, rhythm, starts_at) = (r.get()?, r.get()?, r.get()?, r.get()?);
    let sealed: Vec<u8> = r.get()?;
    let bank = cx.vault.open_text(BANK, &sealed).map_err(Error::bug)?;
    let bank: Bank = serde_json::from_str(&bank).map_err(Error::bug)?;
    let (maker, created_at) = (r.get()?, r.get()?);
    Ok(Agreement { id, seller, currency, version, commission_bp, rhythm, starts_at, bank, maker, created_at })
}

fn settlement(row: &Row) -> db::Result<Settlement> {
    let mut r = row.reader();
    let (id, seller, from, to, agreement, commission_bp) =
        (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let currency = column::currency(&mut r)?;
    let mut money = || Ok::<_, db::Error>(Money::new(r.get()?, currency));
    let (carried_in, turnover, commission) = (money()?, money()?, money()?);
    let (payable, carried_out) = (money()?, money()?);
    Ok(Settlement {
        id,
        seller,
        from,
        to,
        agreement,
        commission_bp,
        carried_in,
        turnover,
        commission,
        payable,
        carried_out,
        created_at: r.get()?,
    })
}

/// `false` when somebody else made this version.
pub(crate) async fn insert_agreement(tx: &mut Tx, cx: &Cx, new: &Agreement) -> Result<bool, Error> {
    let bank = serde_json::to_string(&new.bank).map_err(Error::bug)?;
    let bank = cx.vault.seal_text(&*cx.rng, BANK, &bank).map_err(Error::bug)?;
    let row = params![
        new.id,
        new.seller.as_str(),
        new.currency.code(),
        new.version,
        new.commission_bp,
        new.rhythm,
        new.starts_at,
        bank,
        new.maker,
        new.created_at
    ];
    Ok(tx.execute(&INSERT_AGREEMENT, row).await? == 1)
}

/// What counts now, of every seller.
pub(crate) async fn list_agreements(tx: &mut Tx, cx: &Cx) -> Result<Vec<Agreement>, Error> {
    tx.all(&LIST_AGREEMENTS, params![]).await?.iter().map(|row| agreement(cx, row)).collect()
}

pub(crate) async fn find_agreement(
    tx: &mut Tx,
    cx: &Cx,
    id: AgreementId,
) -> Result<Option<Agreement>, Error> {
    tx.first(&FIND_AGREEMENT, params![id]).await?.map(|row| agreement(cx, &row)).transpose()
}

pub(crate) async fn latest_agreement(
    tx: &mut Tx,
    cx: &Cx,
    (seller, currency): (&str, Currency),
) -> Result<Option<Agreement>, Error> {
    let row = tx.first(&LATEST_AGREEMENT, params![seller, currency.code()]).await?;
    row.map(|row| agreement(cx, &row)).transpose()
}

/// `false` when the period was settled before.
pub(crate) async fn insert(tx: &mut Tx, new: &Settlement) -> db::Result<bool> {
    let row = params![
        new.id,
        new.seller.as_str(),
        new.turnover.currency.code(),
        new.from,
        new.to,
        new.agreement,
        new.commission_bp,
        new.carried_in.minor,
        new.turnover.minor,
        new.commission.minor,
        new.payable.minor,
        new.carried_out.minor,
        new.created_at
    ];
    Ok(tx.execute(&INSERT, row).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, id: SettlementId) -> db::Result<Option<Settlement>> {
    tx.first(&FIND, params![id]).await?.as_ref().map(settlement).transpose()
}

/// The latest settled period of a seller.
pub(crate) async fn last(
    tx: &mut Tx,
    (seller, currency): (&str, Currency),
) -> db::Result<Option<Settlement>> {
    tx.first(&LAST, params![seller, currency.code()]).await?.as_ref().map(settlement).transpose()
}

/// The period before one that begins then.
pub(crate) async fn previous(
    tx: &mut Tx,
    (seller, currency): (&str, Currency),
    from: Timestamp,
) -> db::Result<Option<Settlement>> {
    let row = tx.first(&PREVIOUS, params![seller, currency.code(), from]).await?;
    row.as_ref().map(settlement).transpose()
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, page: &PageRequest) -> db::Result<Vec<Settlement>> {
    let Position { key, id } = page.after;
    tx.all(&LIST, params![key, id, page.fetch()]).await?.iter().map(settlement).collect()
}

/// In the order they were written: at most `limit` after the id `after`.
pub(crate) async fn list_after(tx: &mut Tx, after: i64, limit: i64) -> db::Result<Vec<Settlement>> {
    tx.all(&LIST_AFTER, params![after, limit]).await?.iter().map(settlement).collect()
}

/// Earned less refunded, from `from` until before `to`.
pub(crate) async fn turnover(
    tx: &mut Tx,
    revenue: LedgerAccountId,
    (from, to): (Timestamp, Timestamp),
) -> db::Result<i64> {
    tx.one(&SUM_TURNOVER, params![revenue, from, to]).await?.reader().get()
}

/// One transfer on a seller's account, seen from it.
pub(crate) struct Turned {
    pub transfer: TransferId,
    pub kind: TransferKind,
    pub minor: i64,
    pub order: Option<i64>,
    pub at: Timestamp,
}

/// The transfers behind [`turnover`], oldest first.
pub(crate) async fn list_turnover(
    tx: &mut Tx,
    revenue: LedgerAccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> db::Result<Vec<Turned>> {
    let turned = |row: &Row| {
        let mut r = row.reader();
        Ok(Turned { transfer: r.get()?, kind: r.get()?, minor: r.get()?, order: r.get()?, at: r.get()? })
    };
    tx.all(&LIST_TURNOVER, params![revenue, from, to, limit]).await?.iter().map(turned).collect()
}
