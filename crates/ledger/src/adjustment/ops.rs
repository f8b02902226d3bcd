//! Asking and deciding. The order of locks: request, lane, hold, accounts.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Currency, Page, PageRequest, Permission, Position};
use serde_json::json;

use super::model::{Adjustment, AdjustmentId, AdjustmentState, NewAdjustment, Side, Wanted};
use super::{rules, store};
use crate::account::ops::find_by_code;
use crate::account::{Account, AccountName, ensure_account, load_accounts};
use crate::hold::{HoldId, NewHold, Take};
use crate::transfer::ops::find_transfer;
use crate::transfer::{TransferId, TransferKind};
use crate::{Error, Lane, hold, transfer};

/// Requests expired in one go.
const BATCH: i64 = 100;
/// What stands before the name of an account for corrections.
const OPENABLE: &str = "adjustment:";

/// Asks for a correction. The money is set aside at once; a second person decides within three days. The same key from the same person
/// answers what was asked for first.
pub async fn request(cx: &Cx, actor: &Actor, new: NewAdjustment) -> Result<Adjustment, Error> {
    let maker = person(actor, Permission::BookLedger)?;
    let reason = rules::check_reason(&new.reason)?.to_owned();
    let key = format!("adjustment:{maker}:{}", new.key);
    let mut tx = cx.begin().await?;
    if let Some(asked) = store::find_by_key(&mut tx, cx, &key).await? {
        let same = asked.reason == reason && is_same(&mut tx, &asked, &new.wanted).await?;
        return if same { Ok(asked) } else { Err(Error::KeyReused) };
    }
    let now = cx.now();
    let mut asked = wanted(&mut tx, cx, &new.wanted).await?;
    asked.reason = reason;
    asked.maker = maker;
    let hold = NewHold {
        id: asked.hold,
        debit: asked.debit,
        credit: asked.credit,
        amount: asked.amount,
        kind: if asked.reverses.is_some() { TransferKind::Reversal } else { TransferKind::Adjustment },
        business_key: key.clone(),
        order: None,
        customer: asked.customer,
        expires_at: None,
        memo: "ledger.adjustment".into(),
    };
    let lane = lane(&tx);
    hold::place(&mut tx, cx, lane, hold).await?;
    store::insert(&mut tx, cx, &key, &asked).await?;
    let detail = json!({
        "amount": asked.amount, "debit": asked.debit, "credit": asked.credit, "reverses": asked.reverses,
        "until": now.plus(rules::WAIT),
    });
    record(&mut tx, cx, actor, &asked, "ledger.adjustment_request", detail, Some(asked.reason.as_str()))
        .await?;
    tx.commit().await?;
    Ok(asked)
}

/// Whether what is wanted is what was asked for before.
async fn is_same(tx: &mut Tx, asked: &Adjustment, wanted: &Wanted) -> Result<bool, Error> {
    match wanted {
        Wanted::Reversal(id) => Ok(asked.reverses == Some(*id)),
        Wanted::Booking { debit, credit, amount } => {
            let accounts = load_accounts(tx, &[asked.debit, asked.credit]).await?;
            let is = |id, code: &str| accounts.iter().any(|one| one.id == id && one.code == code.trim());
            Ok(asked.reverses.is_none()
                && asked.amount == *amount
                && is(asked.debit, debit)
                && is(asked.credit, credit))
        }
    }
}

/// The accounts and the amount, with everything else still empty.
async fn wanted(tx: &mut Tx, cx: &Cx, wanted: &Wanted) -> Result<Adjustment, Error> {
    let (reverses, debit, credit, amount, customer) = match wanted {
        Wanted::Reversal(id) => {
            let original = find_transfer(tx, *id).await?.ok_or(Error::NotFound)?;
            if transfer::store::find_reversal(tx, *id).await?.is_some() {
                return Err(Error::AlreadyReversed);
            }
            if store::find_waiting(tx, *id).await?.is_some() {
                return Err(Error::AlreadyAsked);
            }
            (Some(*id), original.credit, original.debit, original.amount, original.customer)
        }
        Wanted::Booking { debit, credit, amount } => {
            transfer::rules::check_amount(*amount)?;
            let debit = named(tx, cx, debit, amount.currency, "/debit").await?;
            let credit = named(tx, cx, credit, amount.currency, "/credit").await?;
            if debit.id == credit.id {
                return Err(Error::SameAccount);
            }
            (None, debit.id, credit.id, *amount, debit.customer.or(credit.customer))
        }
    };
    let now = cx.now();
    Ok(Adjustment {
        id: AdjustmentId::new(&cx.ids, now),
        reverses,
        debit,
        credit,
        amount,
        customer,
        hold: HoldId::new(&cx.ids, now),
        reason: String::new(),
        state: AdjustmentState::Waiting,
        maker: AccountId(0),
        checker: None,
        transfer: None,
        created_at: now,
        expires_at: now.plus(rules::WAIT),
        decided_at: None,
    })
}

/// The account of that code, which must keep the currency.
async fn named(
    tx: &mut Tx,
    cx: &Cx,
    code: &str,
    currency: Currency,
    pointer: &str,
) -> Result<Account, Error> {
    let code = code.trim();
    let plain = |name: &str| {
        (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let found = match code.strip_prefix(OPENABLE).filter(|name| plain(name)) {
        Some(name) => Some(ensure_account(tx, cx, AccountName::Adjustment(name), currency).await?),
        None => find_by_code(tx, code).await?,
    };
    let Some(account) = found else {
        let (zh, en) = ("没有这个账户，核对账户代码", "There is no account of this code");
        return Err(Error::field(pointer, "ledger.account_unknown", zh, en));
    };
    if account.currency == currency { Ok(account) } else { Err(Error::CurrencyMismatch) }
}

/// Books what was asked for. Two approvals at once book once; the second is told [`Error::AlreadyDecided`].
pub async fn approve(cx: &Cx, actor: &Actor, id: AdjustmentId) -> Result<TransferId, Error> {
    let checker = person(actor, Permission::ApproveLedger)?;
    let mut tx = cx.begin().await?;
    let asked = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    rules::check_decision(&asked, checker, cx.now())?;
    let lane = lane(&tx);
    let booked = match asked.reverses {
        None => hold::post(&mut tx, cx, lane, asked.hold, Take::All).await?,
        Some(original) => {
            // What was set aside is set free and taken in one transaction: nobody comes between.
            hold::void(&mut tx, cx, lane, asked.hold).await?;
            transfer::reverse(&mut tx, cx, lane, original, "ledger.reversal").await?.id
        }
    };
    end(&mut tx, cx, &asked, AdjustmentState::Booked, (Some(checker), Some(booked))).await?;
    let detail = json!({ "amount": asked.amount, "maker": asked.maker, "transfer": booked });
    record(&mut tx, cx, actor, &asked, "ledger.adjustment_approve", detail, None).await?;
    tx.commit().await?;
    Ok(booked)
}

/// A second person says no; what was set aside is free again.
pub async fn refuse(cx: &Cx, actor: &Actor, id: AdjustmentId, reason: &str) -> Result<(), Error> {
    let checker = person(actor, Permission::ApproveLedger)?;
    let reason = rules::check_reason(reason)?;
    let mut tx = cx.begin().await?;
    let asked = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    rules::check_decision(&asked, checker, cx.now())?;
    release(&mut tx, cx, &asked, AdjustmentState::Refused, Some(checker)).await?;
    let detail = json!({ "maker": asked.maker });
    record(&mut tx, cx, actor, &asked, "ledger.adjustment_refuse", detail, Some(reason)).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever asked wants it no longer.
pub async fn withdraw(cx: &Cx, actor: &Actor, id: AdjustmentId) -> Result<(), Error> {
    let maker = person(actor, Permission::BookLedger)?;
    let mut tx = cx.begin().await?;
    let asked = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    if asked.maker != maker {
        return Err(Error::Forbidden);
    }
    if asked.state != AdjustmentState::Waiting {
        return Err(Error::AlreadyDecided);
    }
    release(&mut tx, cx, &asked, AdjustmentState::Withdrawn, None).await?;
    record(&mut tx, cx, actor, &asked, "ledger.adjustment_withdraw", json!({}), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Expires what nobody decided in time, each in a transaction of its own. How many it were.
pub async fn expire_due(cx: &Cx) -> Result<usize, Error> {
    let due = store::list_due(&mut cx.read().await?, cx.now(), BATCH).await?;
    let actor = Actor::system("ledger");
    let mut expired: usize = 0;
    for id in due {
        match expire(cx, &actor, id).await {
            Ok(true) => expired = expired.saturating_add(1),
            Ok(false) => {}
            // One that cannot end keeps no other waiting.
            Err(error) => tracing::error!(adjustment = %id, error = ?error, "adjustment"),
        }
    }
    Ok(expired)
}

/// `false` when somebody decided since it was listed.
async fn expire(cx: &Cx, actor: &Actor, id: AdjustmentId) -> Result<bool, Error> {
    let mut tx = cx.begin().await?;
    let asked = store::lock(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    if asked.state != AdjustmentState::Waiting {
        return Ok(false);
    }
    release(&mut tx, cx, &asked, AdjustmentState::Expired, None).await?;
    record(&mut tx, cx, actor, &asked, "ledger.adjustment_expire", json!({}), None).await?;
    tx.commit().await?;
    Ok(true)
}

/// All requests, newest first.
pub async fn list(cx: &Cx, actor: &Actor, page: PageRequest) -> Result<Page<Adjustment>, Error> {
    person(actor, Permission::ReadLedger)?;
    let items = store::list(&mut cx.read().await?, cx, &page).await?;
    Ok(Page::cut(items, &page, |one| Position { key: one.created_at.0, id: one.id.0 }))
}

pub async fn get(cx: &Cx, actor: &Actor, id: AdjustmentId) -> Result<Adjustment, Error> {
    person(actor, Permission::ReadLedger)?;
    store::find(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)
}

/// The debited and the credited account of a request, as they are and as they will be.
pub async fn sides(cx: &Cx, actor: &Actor, asked: &Adjustment) -> Result<[Side; 2], Error> {
    person(actor, Permission::ReadLedger)?;
    let accounts = load_accounts(&mut cx.read().await?, &[asked.debit, asked.credit]).await?;
    let find = |id| accounts.iter().find(|account| account.id == id).ok_or(Error::NotFound);
    let (debit, credit) = (find(asked.debit)?, find(asked.credit)?);
    let minor = asked.amount.minor;
    Ok([rules::side(debit, minor), rules::side(credit, minor.saturating_neg())])
}

async fn release(
    tx: &mut Tx,
    cx: &Cx,
    asked: &Adjustment,
    to: AdjustmentState,
    checker: Option<AccountId>,
) -> Result<(), Error> {
    let lane = lane(tx);
    hold::void(tx, cx, lane, asked.hold).await?;
    end(tx, cx, asked, to, (checker, None)).await
}

async fn end(
    tx: &mut Tx,
    cx: &Cx,
    asked: &Adjustment,
    to: AdjustmentState,
    by: (Option<AccountId>, Option<TransferId>),
) -> Result<(), Error> {
    if store::decide(tx, asked.id, to, by, cx.now()).await? { Ok(()) } else { Err(Error::AlreadyDecided) }
}

pub(crate) fn person(actor: &Actor, permission: Permission) -> Result<AccountId, Error> {
    if actor.may(permission) { actor.account().ok_or(Error::Forbidden) } else { Err(Error::Forbidden) }
}

pub(crate) fn lane(tx: &Tx) -> Lane {
    Lane(u16::try_from(tx.lane()).unwrap_or(0))
}

async fn record(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    asked: &Adjustment,
    verb: &'static str,
    detail: serde_json::Value,
    reason: Option<&str>,
) -> Result<(), Error> {
    let entry = audit::Entry {
        verb,
        object_kind: "adjustment",
        object: asked.id.0,
        customer: asked.customer,
        detail,
        reason,
    };
    Ok(audit::record(tx, cx, actor, entry).await?)
}
