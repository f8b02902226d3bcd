//! Agreeing, settling, looking. Each period is settled in a transaction of its own: stopped in between, a run goes on where it stopped.

use db::Tx;
use durable::Cx;
use kernel::{Actor, Currency, Money, Page, PageRequest, Permission, Position};
use serde_json::json;

use super::model::{
    Agreement, AgreementId, NewAgreement, SellerView, Settlement, SettlementId, SettlementLine,
};
use super::{rules, store};
use crate::Error;
use crate::account::{Account, AccountName, ensure_account};
use crate::adjustment::ops::{lane, person};
use crate::statement::rules::CLOCKS_APART;
use crate::statement::store::sum_up_to;
use crate::transfer::{NewTransfer, TransferKind, post_transfer};

/// The most lines of one settlement that are listed.
const MAX_LINES: usize = 10_000;
/// Periods settled for one seller in one run; the next run goes on.
const MAX_PERIODS: usize = 400;

/// Writes down what was agreed with a seller. It counts from the next period that is settled; a change begins a new version.
pub async fn agree(cx: &Cx, actor: &Actor, new: NewAgreement) -> Result<Agreement, Error> {
    let maker = person(actor, Permission::BookLedger)?;
    rules::check(&new)?;
    let mut tx = cx.begin().await?;
    let now = cx.now();
    let before = store::latest_agreement(&mut tx, cx, (&new.seller, new.currency)).await?;
    if before.as_ref().map_or(0, |before| before.version) != new.version {
        return Err(Error::AlreadyDecided);
    }
    let agreement = Agreement {
        id: AgreementId::new(&cx.ids, now),
        version: new.version.saturating_add(1),
        commission_bp: new.commission_bp,
        rhythm: new.rhythm,
        // What was earned before is carried into the first period.
        starts_at: before.map_or_else(|| rules::period_start(new.rhythm, now), |before| before.starts_at),
        seller: new.seller,
        currency: new.currency,
        bank: new.bank,
        maker,
        created_at: now,
    };
    if !store::insert_agreement(&mut tx, cx, &agreement).await? {
        return Err(Error::AlreadyDecided);
    }
    let detail = json!({
        "seller": agreement.seller, "currency": agreement.currency, "version": agreement.version,
        "commission_bp": agreement.commission_bp, "rhythm": agreement.rhythm,
    });
    record(&mut tx, cx, actor, ("ledger.agree", "agreement", agreement.id.0), detail).await?;
    tx.commit().await?;
    Ok(agreement)
}

/// Settles everything that is due, as staff. How many periods it were.
pub async fn run(cx: &Cx, actor: &Actor) -> Result<usize, Error> {
    person(actor, Permission::BookLedger)?;
    settle_all(cx, actor).await
}

/// The same for the schedule.
pub async fn run_due(cx: &Cx) -> Result<usize, Error> {
    settle_all(cx, &Actor::system("settlement")).await
}

async fn settle_all(cx: &Cx, actor: &Actor) -> Result<usize, Error> {
    let agreements = store::list_agreements(&mut cx.read().await?, cx).await?;
    let mut settled: usize = 0;
    let mut failed = None;
    for agreement in &agreements {
        for _ in 0..MAX_PERIODS {
            match settle_next(cx, actor, agreement).await {
                Ok(true) => settled = settled.saturating_add(1),
                Ok(false) => break,
                // One seller who cannot be settled keeps no other waiting; whoever asked is told all the same.
                Err(error) => {
                    tracing::error!(seller = agreement.seller, error = ?error, "settlement");
                    failed = Some(error);
                    break;
                }
            }
        }
    }
    failed.map_or(Ok(settled), Err)
}

/// Settles the next period of a seller. `false` when it is not over yet.
async fn settle_next(cx: &Cx, actor: &Actor, agreement: &Agreement) -> Result<bool, Error> {
    let of = (agreement.seller.as_str(), agreement.currency);
    let mut tx = cx.begin().await?;
    let revenue = ensure_account(&mut tx, cx, AccountName::Revenue(of.0), of.1).await?;
    // In the order of all who book: the lane before the account. The lock makes whoever comes later take a later time, and of
    // two runs at once the second see what the first did.
    let lane = lane(&tx);
    crate::chain::store::lock_lane(&mut tx, lane).await?;
    crate::account::store::lock(&mut tx, revenue.id).await?;
    let now = cx.now();
    let last = store::last(&mut tx, of).await?;
    let from = last.as_ref().map_or(agreement.starts_at, |last| last.to);
    let to = rules::period_end(agreement.rhythm, from);
    if to.plus(CLOCKS_APART) > now {
        return Ok(false);
    }
    let carried_in = if let Some(last) = &last {
        last.carried_out.minor
    } else {
        let before = Position { key: from.0.saturating_sub(1), id: i64::MAX };
        sum_up_to(&mut tx, revenue.id, before).await?
    };
    let turnover = store::turnover(&mut tx, revenue.id, (from, to)).await?;
    let result = rules::settle(carried_in, turnover, agreement.commission_bp)
        .ok_or_else(|| Error::bug("a period does not fit 64 bits"))?;
    let money = |minor| Money::new(minor, agreement.currency);
    let settlement = Settlement {
        id: SettlementId::new(&cx.ids, now),
        seller: agreement.seller.clone(),
        from,
        to,
        agreement: agreement.id,
        commission_bp: agreement.commission_bp,
        carried_in: money(carried_in),
        turnover: money(turnover),
        commission: money(result.commission),
        payable: money(result.payable),
        carried_out: money(result.carried_out),
        created_at: now,
    };
    if !store::insert(&mut tx, &settlement).await? {
        return Err(Error::bug("a period was settled twice"));
    }
    book(&mut tx, cx, &revenue, &settlement).await?;
    let detail = json!({
        "seller": settlement.seller, "from": from, "to": to, "turnover": settlement.turnover,
        "commission": settlement.commission, "payable": settlement.payable, "carried_out": settlement.carried_out,
    });
    record(&mut tx, cx, actor, ("ledger.settle", "settlement", settlement.id.0), detail).await?;
    tx.commit().await?;
    Ok(true)
}

async fn book(tx: &mut Tx, cx: &Cx, revenue: &Account, settlement: &Settlement) -> Result<(), Error> {
    let (seller, id) = (settlement.seller.as_str(), settlement.id);
    for (to, amount, kind) in [
        (AccountName::Commission(seller), settlement.commission, TransferKind::Commission),
        (AccountName::Payable(seller), settlement.payable, TransferKind::Settlement),
    ] {
        if amount.is_zero() {
            continue;
        }
        let to = ensure_account(tx, cx, to, amount.currency).await?;
        let new = NewTransfer {
            debit: revenue.id,
            credit: to.id,
            amount,
            kind,
            business_key: rules::booking_key(id, kind),
            order: None,
            customer: None,
            memo: "ledger.settlement".into(),
        };
        let lane = lane(tx);
        post_transfer(tx, cx, lane, new).await?;
    }
    Ok(())
}

/// Every seller there is an agreement with, and how it stands.
pub async fn sellers(cx: &Cx, actor: &Actor) -> Result<Vec<SellerView>, Error> {
    person(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let agreements = store::list_agreements(&mut tx, cx).await?;
    let mut views = Vec::with_capacity(agreements.len());
    for agreement in agreements {
        let currency = agreement.currency;
        let of = async |tx: &mut Tx, name: AccountName<'_>| {
            let found = crate::account::ops::find_by_code(tx, &name.code(currency)).await?;
            Ok::<_, Error>(found.map_or(crate::Balance::zero(currency), |account| account.balance()))
        };
        let revenue = of(&mut tx, AccountName::Revenue(&agreement.seller)).await?.posted;
        let payable = of(&mut tx, AccountName::Payable(&agreement.seller)).await?;
        views.push(SellerView { agreement, revenue, payable: payable.available, sent: payable.held });
    }
    Ok(views)
}

/// Settled periods, the latest first.
pub async fn list(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<Settlement>, Error> {
    person(actor, Permission::ReadLedger)?;
    let items = store::list(&mut cx.read().await?, &page).await?;
    Ok(Page::cut(items, &page, |one| Position { key: one.created_at.0, id: one.id.0 }))
}

pub async fn get(cx: &Cx, actor: &Actor, id: SettlementId) -> Result<Settlement, Error> {
    person(actor, Permission::ReadLedger)?;
    store::find(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)
}

/// The transfers of a settled period, oldest first, each with its share of the commission where there was one.
pub async fn lines(cx: &Cx, actor: &Actor, settlement: &Settlement) -> Result<Vec<SettlementLine>, Error> {
    person(actor, Permission::ReadLedger)?;
    let currency = settlement.turnover.currency;
    let mut tx = cx.read().await?;
    let Some(revenue) = revenue_of(&mut tx, (&settlement.seller, currency)).await? else {
        return Ok(Vec::new());
    };
    let limit = i64::try_from(MAX_LINES).unwrap_or(i64::MAX).saturating_add(1);
    let turned = store::list_turnover(&mut tx, revenue.id, (settlement.from, settlement.to), limit).await?;
    if turned.len() > MAX_LINES {
        return Err(Error::TooManyEntries { most: MAX_LINES });
    }
    // What was carried in bears its share too, as the first of them.
    let amounts: Vec<i64> =
        std::iter::once(settlement.carried_in.minor).chain(turned.iter().map(|one| one.minor)).collect();
    let shares = if settlement.commission.is_zero() {
        vec![0; amounts.len()]
    } else {
        rules::shares(&amounts, settlement.commission_bp, settlement.commission.minor)
    };
    let money = |minor| Money::new(minor, currency);
    let line = |(one, share): (store::Turned, i64)| SettlementLine {
        transfer: one.transfer,
        kind: one.kind,
        amount: money(one.minor),
        commission: money(share),
        order: one.order,
        at: one.at,
    };
    Ok(turned.into_iter().zip(shares.into_iter().skip(1)).map(line).collect())
}

/// The account a seller's revenue is on, when there is one.
pub(crate) async fn revenue_of(
    tx: &mut Tx,
    (seller, currency): (&str, Currency),
) -> Result<Option<Account>, Error> {
    Ok(crate::account::ops::find_by_code(tx, &AccountName::Revenue(seller).code(currency)).await?)
}

pub(crate) async fn record(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (verb, object_kind, object): (&'static str, &'static str, i64),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let entry = audit::Entry { verb, object_kind, object, customer: None, detail, reason: None };
    Ok(audit::record(tx, cx, actor, entry).await?)
}
