//! Fetching bills and seeing that they are matched.

use connectors::gateway::{Bill, GatewayError};
use db::Tx;
use durable::{Cx, emit};
use kernel::{Actor, Duration, Permission};
use serde_json::json;

use super::model::{AlarmFact, BillDay, BillHead, BillId, Claim, DayState, Fetched, topic};
use super::{rules, store};
use crate::{Day, Error, Reconciliation, difference, matching, month};

/// How long a claim lasts without a sign of life. Every piece of work renews it.
const CLAIM: Duration = Duration::from_mins(5);
/// Rows written in one transaction: others get their turn in between.
pub(crate) const CHUNK: usize = 4_000;
/// Days looked at in one run, and days without a row that are caught up with.
const MOST_DAYS: i64 = 100;

/// Opens the days that have ended, and works on those that are due. How many were worked on.
pub async fn sweep(svc: &Reconciliation) -> Result<usize, Error> {
    let cx = svc.cx();
    let yesterday = Day::of(cx.now()).before();
    for gateway in svc.gateways() {
        let mut tx = cx.begin().await?;
        let last = store::last_day(&mut tx, &gateway).await?;
        let first = last.map_or(yesterday, Day::next).0.max(yesterday.0.saturating_sub(MOST_DAYS));
        for day in (first..=yesterday.0).map(Day) {
            store::create_day(&mut tx, cx, &gateway, day, rules::ready_at(day)).await?;
        }
        tx.commit().await?;
    }
    let due = store::list_due(&mut cx.read().await?, cx.now(), MOST_DAYS).await?;
    let actor = Actor::system("reconciliation");
    for day in &due {
        // One day or gateway that fails keeps no other from being worked on; it stays due.
        if let Err(error) = work(svc, &actor, day).await {
            tracing::error!(gateway = day.gateway, day = %day.day, error = ?error, "reconciliation");
        }
    }
    Ok(due.len())
}

/// Asks for the bill of a day at once, and matches it. The same content again changes nothing.
pub async fn fetch(svc: &Reconciliation, actor: &Actor, gateway: &str, day: Day) -> Result<Fetched, Error> {
    crate::require(actor, Permission::Reconcile)?;
    if !svc.gateways().iter().any(|name| name == gateway) {
        return Err(Error::GatewayUnknown);
    }
    let known = open_day(svc, gateway, day).await?;
    work(svc, actor, &known).await
}

/// Takes the statement of a day from a file, for a bank that sends it to people instead of handing it out: kept, told apart and matched as
/// a bill that was fetched. The same content again changes nothing.
pub async fn hand_in(
    svc: &Reconciliation,
    actor: &Actor,
    (gateway, day): (&str, Day),
    file: &[u8],
) -> Result<Fetched, Error> {
    crate::require(actor, Permission::Reconcile)?;
    if gateway != rules::FROM_FILES || !svc.gateways().iter().any(|name| name == gateway) {
        return Err(Error::NotFromFiles);
    }
    let known = open_day(svc, gateway, day).await?;
    let bill = rules::from_file(file, day)?;
    let cx = svc.cx();
    let claim = claim(cx, &known).await?;
    let done = async {
        let known = store::find_day(&mut cx.read().await?, gateway, day).await?.ok_or(Error::NotFound)?;
        let taken = take_in(cx, actor, claim, &known, &bill).await?;
        match_fetched(svc, actor, claim, &known).await?;
        Ok(taken)
    };
    let done = done.await;
    let_go(cx, claim).await?;
    done
}

/// The row of a day that has ended, made when it is not there.
async fn open_day(svc: &Reconciliation, gateway: &str, day: Day) -> Result<BillDay, Error> {
    let cx = svc.cx();
    let today = Day::of(cx.now());
    if day >= today || today.apart(day) > rules::OLDEST {
        return Err(Error::BadDay);
    }
    let mut tx = cx.begin().await?;
    store::create_day(&mut tx, cx, gateway, day, rules::ready_at(day)).await?;
    let known = store::find_day(&mut tx, gateway, day).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(known)
}

/// Days of all gateways, oldest first.
pub async fn days(cx: &Cx, actor: &Actor, from: Day, to: Day) -> Result<Vec<BillDay>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    Ok(store::list_days(&mut cx.read().await?, from, to).await?)
}

pub async fn find_day(cx: &Cx, actor: &Actor, gateway: &str, day: Day) -> Result<BillDay, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    store::find_day(&mut cx.read().await?, gateway, day).await?.ok_or(Error::NotFound)
}

/// The versions of a day's bill, oldest first.
pub async fn heads(cx: &Cx, actor: &Actor, gateway: &str, day: Day) -> Result<Vec<BillHead>, Error> {
    crate::require(actor, Permission::ReadLedger)?;
    Ok(store::list_bills(&mut cx.read().await?, gateway, day).await?)
}

/// A line that does not read, as it stands in the file, and what is wrong with it.
pub async fn broken_text(
    cx: &Cx,
    actor: &Actor,
    bill: BillId,
    number: i64,
) -> Result<(String, String), Error> {
    crate::require(actor, Permission::Reconcile)?;
    store::find_broken(&mut cx.read().await?, cx, bill, number).await?.ok_or(Error::NotFound)
}

async fn work(svc: &Reconciliation, actor: &Actor, day: &BillDay) -> Result<Fetched, Error> {
    let cx = svc.cx();
    let claim = claim(cx, day).await?;
    let done = under_claim(svc, actor, claim, day).await;
    let_go(cx, claim).await?;
    done
}

async fn claim(cx: &Cx, day: &BillDay) -> Result<Claim, Error> {
    let mut tx = cx.begin().await?;
    let token = store::take_claim(&mut tx, day.id, cx.now(), cx.now().plus(CLAIM)).await?;
    tx.commit().await?;
    Ok(Claim { day: day.id, token: token.ok_or(Error::Busy)? })
}

async fn let_go(cx: &Cx, claim: Claim) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    store::end_claim(&mut tx, claim).await?;
    tx.commit().await?;
    Ok(())
}

async fn under_claim(
    svc: &Reconciliation,
    actor: &Actor,
    claim: Claim,
    day: &BillDay,
) -> Result<Fetched, Error> {
    let cx = svc.cx();
    // Read again: before the claim it could change.
    let day = store::find_day(&mut cx.read().await?, &day.gateway, day.day).await?.ok_or(Error::NotFound)?;
    // What was fetched before a crash, or is to be matched anew, needs no new bill.
    let fetched =
        if day.state == DayState::Fetched { Fetched::Same } else { ask(svc, actor, claim, &day).await? };
    match_fetched(svc, actor, claim, &day).await?;
    Ok(fetched)
}

async fn match_fetched(
    svc: &Reconciliation,
    actor: &Actor,
    claim: Claim,
    day: &BillDay,
) -> Result<(), Error> {
    let cx = svc.cx();
    let day = store::find_day(&mut cx.read().await?, &day.gateway, day.day).await?.ok_or(Error::NotFound)?;
    if day.state == DayState::Fetched {
        matching::run::run(svc, actor, claim, &day).await?;
    }
    Ok(())
}

/// Begins a transaction in which the claim holds, and goes on holding.
pub(crate) async fn begin(cx: &Cx, claim: Claim) -> Result<Tx, Error> {
    let mut tx = cx.begin().await?;
    if store::hold_claim(&mut tx, claim, cx.now().plus(CLAIM)).await? { Ok(tx) } else { Err(Error::Busy) }
}

async fn ask(svc: &Reconciliation, actor: &Actor, claim: Claim, day: &BillDay) -> Result<Fetched, Error> {
    let cx = svc.cx();
    let gateway = svc.payments.gateways.get(&day.gateway).ok_or(Error::GatewayUnknown)?;
    let bill = match gateway.bill(day.day.date()).await {
        Ok(bill) => bill,
        Err(error) => return no_bill(cx, actor, claim, day, &error).await,
    };
    take_in(cx, actor, claim, day, &bill).await
}

/// Keeps a bill, unless it is the one that is known.
async fn take_in(cx: &Cx, actor: &Actor, claim: Claim, day: &BillDay, bill: &Bill) -> Result<Fetched, Error> {
    let hash = rules::hash(bill)?;
    let known = match day.bill {
        Some(id) => store::find_bill(&mut cx.read().await?, id).await?,
        None => None,
    };
    if known.is_some_and(|known| known.hash == hash) {
        let mut tx = begin(cx, claim).await?;
        store::asked(&mut tx, day.id, day.state, None, None, cx.now()).await?;
        tx.commit().await?;
        return Ok(Fetched::Same);
    }
    let head = BillHead {
        id: BillId::new(&cx.ids, cx.now()),
        gateway: day.gateway.clone(),
        day: day.day,
        version: day.version.saturating_add(1),
        hash,
        lines: i64::try_from(bill.lines.len()).map_err(Error::bug)?,
        broken: i64::try_from(bill.broken.len()).map_err(Error::bug)?,
        total: bill.total,
        lines_total: rules::lines_total(bill),
        fetched_at: cx.now(),
    };
    keep(cx, actor, claim, day, &head, bill).await?;
    Ok(Fetched::New)
}

/// Writes a bill down piece by piece. Only the last transaction makes it the one that counts.
async fn keep(
    cx: &Cx,
    actor: &Actor,
    claim: Claim,
    day: &BillDay,
    head: &BillHead,
    bill: &Bill,
) -> Result<(), Error> {
    let mut tx = begin(cx, claim).await?;
    store::drop_half_read(&mut tx, &day.gateway, day.day).await?;
    store::insert_bill(&mut tx, head).await?;
    store::insert_sums(&mut tx, cx, head.id, &rules::sums(bill)).await?;
    tx.commit().await?;
    for lines in bill.lines.chunks(CHUNK) {
        let mut tx = begin(cx, claim).await?;
        store::insert_lines(&mut tx, cx, head.id, lines).await?;
        tx.commit().await?;
    }
    for lines in bill.broken.chunks(CHUNK) {
        let mut tx = begin(cx, claim).await?;
        store::insert_broken(&mut tx, cx, head.id, lines).await?;
        tx.commit().await?;
    }
    let now = cx.now();
    let mut tx = begin(cx, claim).await?;
    store::take_bill(&mut tx, day.id, head, now).await?;
    if head.version > 1 {
        alarm(&mut tx, cx, &day.gateway, &day.day.to_string(), "bill_changed").await?;
        month::ops::touch(&mut tx, cx, actor, &day.gateway, day.day, "bill_changed").await?;
        // What the next day took for its own, or for a duplicate, was decided by the bill before.
        store::match_again(&mut tx, &day.gateway, day.day.next(), now).await?;
    }
    let detail = json!({
        "gateway": day.gateway, "day": day.day.to_string(), "version": head.version, "hash": head.hash, "lines": head.lines,
        "broken": head.broken, "total": head.total,
    });
    audit::record(
        &mut tx,
        cx,
        actor,
        difference::ops::entry("reconciliation.bill", "bill", head.id.raw(), detail, None),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn no_bill(
    cx: &Cx,
    actor: &Actor,
    claim: Claim,
    day: &BillDay,
    error: &GatewayError,
) -> Result<Fetched, Error> {
    let now = cx.now();
    let mut tx = begin(cx, claim).await?;
    // A day that has its bill keeps it.
    let has_bill = day.bill.is_some();
    let not_offered = matches!(error, GatewayError::Refused { code, .. } if code == "not_offered");
    if not_offered && !has_bill {
        store::asked(&mut tx, day.id, DayState::NotOffered, None, Some("not_offered"), now).await?;
        tx.commit().await?;
        return Ok(Fetched::NotOffered);
    }
    let trouble: String = error.to_string().chars().take(300).collect();
    let again = Some(now.plus(rules::ASK_AGAIN));
    store::asked(&mut tx, day.id, day.state, again, Some(&trouble), now).await?;
    if !has_bill && now >= rules::late_at(day.day) && store::alarmed(&mut tx, day.id, now).await? {
        alarm(&mut tx, cx, &day.gateway, &day.day.to_string(), "bill_late").await?;
        let detail =
            json!({"gateway": day.gateway, "day": day.day.to_string(), "tries": day.tries, "why": trouble});
        let entry =
            difference::ops::entry("reconciliation.bill_late", "bill_day", day.id.raw(), detail, None);
        audit::record(&mut tx, cx, actor, entry).await?;
    }
    tx.commit().await?;
    Ok(Fetched::NotYet)
}

/// Calls a person: an event, a count, a line in the log.
pub(crate) async fn alarm(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    period: &str,
    reason: &'static str,
) -> Result<(), Error> {
    tracing::error!(gateway, period, reason, "reconciliation needs a person");
    metrics::counter!("everlit_reconciliation_alarms_total", "reason" => reason).increment(1);
    let fact =
        AlarmFact { gateway: gateway.to_owned(), period: period.to_owned(), reason: reason.to_owned() };
    emit(tx, cx, topic::ALARM, 0, &fact).await?;
    Ok(())
}
