//! Proposing, checking and reopening.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Permission};
use serde_json::json;

use super::model::{MonthState, MonthView, Readiness, Report};
use super::{rules, store};
use crate::difference::ops::{entry, reason};
use crate::{Day, Error, Month, bill};

/// A month, and what stands in the way of closing it.
pub async fn get(
    cx: &Cx,
    actor: &Actor,
    gateway: &str,
    month: Month,
) -> Result<(MonthView, Readiness), Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let view = store::find(&mut tx, gateway, month).await?.unwrap_or_else(|| untouched(gateway, month));
    let ready = readiness(&mut tx, gateway, month).await?;
    Ok((view, ready))
}

fn untouched(gateway: &str, month: Month) -> MonthView {
    MonthView {
        gateway: gateway.to_owned(),
        month,
        state: MonthState::Open,
        proposed_by: None,
        proposed_at: None,
        closed_by: None,
        closed_at: None,
        reopened_at: None,
        reopened_why: None,
        hash: None,
        version: 0,
    }
}

fn span(month: Month) -> (Day, Day) {
    (month.first(), month.last())
}

async fn readiness(tx: &mut Tx, gateway: &str, month: Month) -> Result<Readiness, Error> {
    let matched = store::count_matched(tx, gateway, span(month)).await?;
    let days = i64::try_from(month.days().count()).map_err(Error::bug)?;
    let items = store::count_items(tx, gateway, span(month)).await?;
    Ok(Readiness { days: days.saturating_sub(matched), items })
}

/// The report as the rows say now, with its hash: of a closed month the one it was closed with.
pub async fn report(cx: &Cx, actor: &Actor, gateway: &str, month: Month) -> Result<(Report, String), Error> {
    crate::require(actor, Permission::ReadLedger)?;
    let mut tx = cx.read().await?;
    let view = store::find(&mut tx, gateway, month).await?.unwrap_or_else(|| untouched(gateway, month));
    let report = make(&mut tx, &view).await?;
    let hash = rules::hash(&report)?;
    Ok((report, hash))
}

/// The report as a table. Who took it out of the house, and why, is in the record.
pub async fn csv(cx: &Cx, actor: &Actor, gateway: &str, month: Month, why: &str) -> Result<String, Error> {
    let why = reason(why)?;
    let (report, hash) = report(cx, actor, gateway, month).await?;
    let mut tx = cx.begin().await?;
    let detail = json!({"gateway": gateway, "month": month.to_string(), "hash": hash});
    audit::record(
        &mut tx,
        cx,
        actor,
        entry("reconciliation.export", "bill_month", month.0, detail, Some(why)),
    )
    .await?;
    tx.commit().await?;
    Ok(rules::csv(&report, &hash))
}

async fn make(tx: &mut Tx, view: &MonthView) -> Result<Report, Error> {
    let (gateway, days) = (view.gateway.as_str(), span(view.month));
    let label = |id: Option<AccountId>| id.map(|id| id.to_string());
    Ok(Report {
        gateway: gateway.to_owned(),
        month: view.month.to_string(),
        days: store::list_days(tx, gateway, days).await?,
        sums: bill::store::list_sums(tx, gateway, days.0, days.1).await?,
        fees_booked: store::list_fees(tx, gateway, days).await?,
        differences: store::list_reasons(tx, gateway, days).await?,
        signatures: store::list_signatures(tx, gateway, days).await?,
        proposed_by: label(view.proposed_by),
        closed_by: label(view.closed_by),
    })
}

/// The first person wants the month closed. Refused while something stands in the way.
pub async fn propose(cx: &Cx, actor: &Actor, gateway: &str, month: Month, why: &str) -> Result<(), Error> {
    let why = reason(why)?;
    let (mut tx, mut view) = open(cx, actor, gateway, month).await?;
    if view.state == MonthState::Proposed {
        return Err(Error::Stale);
    }
    ready(&mut tx, gateway, month).await?;
    view.state = MonthState::Proposed;
    view.proposed_by = Some(actor.account().ok_or(Error::Forbidden)?);
    view.proposed_at = Some(cx.now());
    save(&mut tx, cx, actor, &view, "propose", why, None).await?;
    Ok(tx.commit().await?)
}

/// The second person, who did not propose it, signed for nothing and explained no money away in it, closes the month (W1). Answers the
/// report's hash.
pub async fn close(cx: &Cx, actor: &Actor, gateway: &str, month: Month, why: &str) -> Result<String, Error> {
    let why = reason(why)?;
    let (mut tx, mut view) = open(cx, actor, gateway, month).await?;
    if view.state != MonthState::Proposed {
        return Err(Error::NotProposed);
    }
    let me = actor.account().ok_or(Error::Forbidden)?;
    let signed = store::count_signed_by(&mut tx, gateway, span(month), me).await?;
    let explained = store::count_explained_by(&mut tx, gateway, span(month), &actor.label()).await?;
    if view.proposed_by == Some(me) || signed > 0 || explained > 0 {
        return Err(Error::SamePerson);
    }
    ready(&mut tx, gateway, month).await?;
    view.state = MonthState::Closed;
    view.closed_by = Some(me);
    view.closed_at = Some(cx.now());
    let report = make(&mut tx, &view).await?;
    let hash = rules::hash(&report)?;
    view.hash = Some(hash.clone());
    save(&mut tx, cx, actor, &view, "close", why, Some(&serde_json::to_string(&report)?)).await?;
    tx.commit().await?;
    Ok(hash)
}

/// Takes the proposal back, or refuses it.
pub async fn withdraw(cx: &Cx, actor: &Actor, gateway: &str, month: Month, why: &str) -> Result<(), Error> {
    let why = reason(why)?;
    let (mut tx, mut view) = open(cx, actor, gateway, month).await?;
    if view.state != MonthState::Proposed {
        return Err(Error::NotProposed);
    }
    view.state = if view.closed_at.is_some() { MonthState::Reopened } else { MonthState::Open };
    view.proposed_by = None;
    view.proposed_at = None;
    save(&mut tx, cx, actor, &view, "withdraw", why, None).await?;
    Ok(tx.commit().await?)
}

/// A month that has ended and is not closed, locked, for somebody who may work on it.
async fn open(cx: &Cx, actor: &Actor, gateway: &str, month: Month) -> Result<(Tx, MonthView), Error> {
    crate::require(actor, Permission::Reconcile)?;
    if month.last().ends_at() > cx.now() {
        return Err(Error::BadMonth);
    }
    let mut tx = cx.begin().await?;
    store::create(&mut tx, cx, gateway, month).await?;
    let view = store::lock(&mut tx, gateway, month).await?.ok_or(Error::NotFound)?;
    if view.state == MonthState::Closed { Err(Error::AlreadyClosed) } else { Ok((tx, view)) }
}

async fn ready(tx: &mut Tx, gateway: &str, month: Month) -> Result<(), Error> {
    let Readiness { days, items } = readiness(tx, gateway, month).await?;
    if days == 0 && items == 0 { Ok(()) } else { Err(Error::NotReady { days, items }) }
}

async fn save(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    view: &MonthView,
    act: &'static str,
    why: &str,
    report: Option<&str>,
) -> Result<(), Error> {
    store::update(tx, view, report).await?;
    let detail = json!({"act": act, "gateway": view.gateway, "month": view.month.to_string(), "state": view.state, "hash": view.hash});
    audit::record(
        tx,
        cx,
        actor,
        entry("reconciliation.month", "bill_month", view.month.0, detail, Some(why)),
    )
    .await?;
    Ok(())
}

/// Something of a day changes: a proposal to close its month is void, a closed month is open again and a person is called.
pub(crate) async fn touch(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    gateway: &str,
    day: Day,
    why: &'static str,
) -> Result<(), Error> {
    let month = day.month();
    let reopened = store::reopen(tx, gateway, month, why, cx.now()).await?;
    let withdrawn = !reopened && store::withdraw(tx, gateway, month).await?;
    if reopened {
        bill::ops::alarm(tx, cx, gateway, &month.to_string(), "month_reopened").await?;
    }
    if reopened || withdrawn {
        let detail = json!({"act": if reopened { "reopen" } else { "withdraw" }, "gateway": gateway, "month": month.to_string(), "why": why});
        audit::record(tx, cx, actor, entry("reconciliation.month", "bill_month", month.0, detail, None))
            .await?;
    }
    Ok(())
}
