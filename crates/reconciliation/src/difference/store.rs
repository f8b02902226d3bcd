//! Rows of differences and of what people wrote about them.

use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Currency, Money, PageRequest, Timestamp};

use super::model::{Difference, DifferenceId, Draft, Filter, Note, Only, Resolution, State};
use crate::Day;
use crate::bill::model::BillId;
use crate::bill::store::currency;
use crate::matching::model::{Reason, kind_code, kind_of};

const TEXT: &str = "difference_note.text";

/// What people wrote.
pub(crate) const SEALED: &[vault::SealedColumn] = &[vault::SealedColumn::new("difference_note", "text_sealed", TEXT)];

db::statements! {
    // What was closed because it agreed, or for another amount, is open again when it does not agree.
    bulk UPSERT (id: Int, gateway: Text, day: Int, key: Text, reason: Text, seen: Int, bill_id: Int, line_number: Int, line_kind: Int,
                 our_id: Text, gateway_id: Text, their_amount: Int, their_currency: Text, their_at: Int, fee: Int, fee_currency: Text,
                 our_amount: Int, our_currency: Text, our_at: Int, our_state: Text, ledger: Int, effect: Int, currency: Text,
                 order_id: Int, customer_id: Int, at: Int) =
        "INSERT INTO difference (id, gateway, day, key, reason, state, version, seen, bill_id, line_number, line_kind, our_id, gateway_id,
                                 their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state,
                                 ledger, effect, currency, adjusted, order_id, customer_id, opened_at, updated_at)
         SELECT id, gateway, day, key, reason, 'open', 1, seen, bill_id, line_number, line_kind, our_id, gateway_id,
                their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state,
                ledger, effect, currency, 0, order_id, customer_id, at, at FROM {rows} WHERE TRUE
         ON CONFLICT (gateway, key) DO UPDATE SET
                state = CASE WHEN difference.state = 'closed' AND (difference.resolution = 'matched' OR difference.effect <> excluded.effect
                                  OR difference.reason <> excluded.reason) THEN 'open' ELSE difference.state END,
                resolution = CASE WHEN difference.state = 'closed' AND (difference.resolution = 'matched' OR difference.effect <> excluded.effect
                                  OR difference.reason <> excluded.reason) THEN NULL ELSE difference.resolution END,
                closed_at = CASE WHEN difference.state = 'closed' AND (difference.resolution = 'matched' OR difference.effect <> excluded.effect
                                  OR difference.reason <> excluded.reason) THEN NULL ELSE difference.closed_at END,
                signed_by = CASE WHEN difference.effect <> excluded.effect THEN NULL ELSE difference.signed_by END,
                signed_at = CASE WHEN difference.effect <> excluded.effect THEN NULL ELSE difference.signed_at END,
                proposed_by = CASE WHEN difference.effect <> excluded.effect THEN NULL ELSE difference.proposed_by END,
                reason = excluded.reason, seen = excluded.seen, bill_id = excluded.bill_id, line_number = excluded.line_number,
                line_kind = excluded.line_kind, our_id = excluded.our_id, gateway_id = excluded.gateway_id,
                their_amount = excluded.their_amount, their_currency = excluded.their_currency, their_at = excluded.their_at,
                fee = excluded.fee, fee_currency = excluded.fee_currency, our_amount = excluded.our_amount,
                our_currency = excluded.our_currency, our_at = excluded.our_at, our_state = excluded.our_state, ledger = excluded.ledger,
                effect = excluded.effect, currency = excluded.currency, order_id = excluded.order_id, customer_id = excluded.customer_id,
                version = difference.version + 1, updated_at = excluded.updated_at";
    CLOSE_UNSEEN = "UPDATE difference SET state = 'closed', resolution = 'matched', closed_at = $4, closed_by = $5, proposed_by = NULL,
                           version = version + 1, updated_at = $4
                    WHERE gateway = $1 AND day = $2 AND seen <> $3 AND state <> 'closed'";
    COUNT_SEEN = "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN state <> 'closed' AND signed_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
                  FROM difference WHERE gateway = $1 AND day = $2 AND seen = $3";
    FIND = "SELECT id, gateway, day, reason, state, resolution, version, bill_id, line_number, line_kind, our_id, gateway_id, linked_id,
                   their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state, ledger, effect,
                   currency, adjusted, order_id, customer_id, assignee, proposed_by, proposed_at, signed_by, signed_at, opened_at, closed_at,
                   closed_by FROM difference WHERE id = $1";
    LOCK = "SELECT id, gateway, day, reason, state, resolution, version, bill_id, line_number, line_kind, our_id, gateway_id, linked_id,
                   their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state, ledger, effect,
                   currency, adjusted, order_id, customer_id, assignee, proposed_by, proposed_at, signed_by, signed_at, opened_at, closed_at,
                   closed_by FROM difference WHERE id = $1 {for_update}";
    // The oldest first: the page's position counts backwards, so it is turned around.
    LIST = "SELECT id, gateway, day, reason, state, resolution, version, bill_id, line_number, line_kind, our_id, gateway_id, linked_id,
                   their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state, ledger, effect,
                   currency, adjusted, order_id, customer_id, assignee, proposed_by, proposed_at, signed_by, signed_at, opened_at, closed_at,
                   closed_by FROM difference
            WHERE (CAST($1 AS TEXT) IS NULL OR gateway = $1) AND (CAST($2 AS TEXT) IS NULL OR reason = $2)
              AND ((CAST($3 AS TEXT) IS NULL AND state <> 'closed') OR state = $3)
              AND day >= $4 AND day <= $5 AND (CAST($6 AS BIGINT) IS NULL OR assignee = $6)
              AND (CAST($7 AS BIGINT) = 0 OR (proposed_by IS NOT NULL AND state <> 'closed'))
              AND (opened_at, id) > ($8, $9) ORDER BY opened_at, id LIMIT $10";
    BY_OURS = "SELECT id, gateway, day, reason, state, resolution, version, bill_id, line_number, line_kind, our_id, gateway_id, linked_id,
                   their_amount, their_currency, their_at, fee, fee_currency, our_amount, our_currency, our_at, our_state, ledger, effect,
                   currency, adjusted, order_id, customer_id, assignee, proposed_by, proposed_at, signed_by, signed_at, opened_at, closed_at,
                   closed_by FROM difference WHERE our_id = $1 AND gateway = $2 AND state <> 'closed' ORDER BY id LIMIT 20";
    TIMING = "SELECT id FROM difference WHERE gateway = $1 AND state = 'timing' ORDER BY id LIMIT 1000";
    UPDATE = "UPDATE difference SET state = $3, resolution = $4, reason = $5, linked_id = $6, our_amount = $7, our_currency = $8, our_at = $9,
                     our_state = $10, ledger = $11, effect = $12, adjusted = $13, assignee = $14, proposed_by = $15, proposed_at = $16,
                     signed_by = $17, signed_at = $18, closed_at = $19, closed_by = $20, updated_at = $21, version = version + 1
              WHERE id = $1 AND version = $2";
    INSERT_NOTE = "INSERT INTO difference_note (id, difference_id, act, actor, text_sealed, at) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST_NOTES = "SELECT act, actor, text_sealed, at FROM difference_note WHERE difference_id = $1 ORDER BY id LIMIT 500";
    UNBOOKED_FEES = "SELECT fee_currency, CAST(SUM(fee) AS BIGINT) FROM difference
                     WHERE gateway = $1 AND day = $2 AND bill_id = $3 AND line_number IS NOT NULL AND fee >= -CAST($4 AS BIGINT) AND fee <= $4
                       AND their_amount > 0 AND their_amount <= $4
                       AND NOT (state = 'closed' AND resolution IN ('matched', 'fee_booked', 'payout_booked')) GROUP BY fee_currency";
    FIND_FEE = "SELECT booked, round FROM day_fee WHERE gateway = $1 AND day = $2 AND currency = $3";
    SAVE_FEE = "INSERT INTO day_fee (id, gateway, day, currency, booked, round) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (gateway, day, currency) DO UPDATE SET booked = excluded.booked, round = excluded.round";
    FEE_CURRENCIES = "SELECT currency FROM day_fee WHERE gateway = $1 AND day = $2 ORDER BY currency";
}

fn read(row: &Row) -> Result<Difference> {
    let mut r = row.reader();
    let (id, gateway, day) = (DifferenceId(r.get()?), r.get()?, Day(r.get()?));
    let (reason, state, resolution): (String, String, Option<String>) = (r.get()?, r.get()?, r.get()?);
    let version = r.get()?;
    let (bill, line, kind): (Option<i64>, _, Option<i64>) = (r.get()?, r.get()?, r.get()?);
    let (our_id, gateway_id, linked) = (r.get()?, r.get()?, r.get()?);
    let money = |minor: Option<i64>, code: Option<String>| match minor.zip(code) {
        Some((minor, code)) => Ok::<_, db::Error>(Some(Money::new(minor, currency(&code)?))),
        None => Ok(None),
    };
    let theirs = money(r.get()?, r.get()?)?;
    let their_at = r.get()?;
    let fee = Money::new(r.get()?, currency(&r.get::<String>()?)?);
    let ours = money(r.get()?, r.get()?)?;
    let (our_at, our_state, ledger) = (r.get()?, r.get()?, r.get()?);
    let effect = Money::new(r.get()?, currency(&r.get::<String>()?)?);
    let person = |id: Option<i64>| id.map(AccountId);
    Ok(Difference {
        id,
        gateway,
        day,
        reason: Reason::stored(&reason)?,
        state: State::stored(&state)?,
        resolution: resolution.as_deref().map(Resolution::stored).transpose()?,
        version,
        bill: bill.map(BillId),
        line,
        kind: kind.and_then(kind_of),
        our_id,
        gateway_id,
        linked,
        theirs,
        their_at,
        fee,
        ours,
        our_at,
        our_state,
        ledger,
        effect,
        adjusted: r.get()?,
        order: r.get()?,
        customer: person(r.get()?),
        assignee: person(r.get()?),
        proposed_by: person(r.get()?),
        proposed_at: r.get()?,
        signed_by: person(r.get()?),
        signed_at: r.get()?,
        opened_at: r.get()?,
        closed_at: r.get()?,
        closed_by: r.get()?,
    })
}

/// Writes what a run found; what is known is brought up to date.
pub(crate) async fn upsert(tx: &mut Tx, cx: &Cx, gateway: &str, seen: i64, drafts: &[Draft]) -> Result<()> {
    let now = cx.now();
    let row = |d: &Draft| -> Vec<Value> {
        let (theirs, ours) = (d.theirs.as_ref(), d.ours.as_ref());
        let line_id = theirs.map_or("", |t| t.our_id.as_str());
        let our_id = if line_id.is_empty() { ours.map_or("", |o| o.our_id.as_str()) } else { line_id };
        let gateway_id =
            theirs.map(|t| t.gateway_id.clone()).or_else(|| ours.and_then(|o| o.gateway_id.clone())).unwrap_or_default();
        let kind = theirs.map(|t| t.kind).or(ours.map(|o| o.kind));
        let fee = theirs.map_or(Money::zero(d.effect.currency), |t| t.fee);
        params![
            cx.id(),
            gateway,
            d.day.0,
            &d.key,
            d.reason.name(),
            seen,
            d.bill.map(BillId::raw),
            theirs.map(|t| t.number),
            kind.map(kind_code),
            our_id,
            gateway_id,
            theirs.map(|t| t.amount.minor),
            theirs.map(|t| t.amount.currency.code()),
            theirs.map(|t| t.at),
            fee.minor,
            fee.currency.code(),
            ours.map(|o| o.amount.minor),
            ours.map(|o| o.amount.currency.code()),
            ours.map(|o| o.at),
            ours.map(|o| o.state.clone()),
            ours.and_then(|o| o.ledger),
            d.effect.minor,
            d.effect.currency.code(),
            ours.and_then(|o| o.order),
            ours.map(|o| o.customer),
            now,
        ]
    };
    tx.bulk(&UPSERT, drafts.iter().map(row).collect()).await.map(|_| ())
}

/// What a run did not find any more agrees. How many.
pub(crate) async fn close_unseen(
    tx: &mut Tx,
    gateway: &str,
    day: Day,
    seen: i64,
    by: &str,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(&CLOSE_UNSEEN, params![gateway, day.0, seen, now, by]).await
}

/// How many a run found, and how many of them are open and not signed for.
pub(crate) async fn count_seen(tx: &mut Tx, gateway: &str, day: Day, seen: i64) -> Result<(i64, i64)> {
    let row = tx.one(&COUNT_SEEN, params![gateway, day.0, seen]).await?;
    let mut r = row.reader();
    Ok((r.get()?, r.get()?))
}

pub(crate) async fn find(tx: &mut Tx, id: DifferenceId) -> Result<Option<Difference>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, id: DifferenceId) -> Result<Option<Difference>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read(&row)).transpose()
}

/// Oldest first. A position is a negative time and id, because pages count down.
pub(crate) async fn list(tx: &mut Tx, filter: &Filter, page: &PageRequest) -> Result<Vec<Difference>> {
    let after = (page.after.key.saturating_neg(), page.after.id.saturating_neg());
    let values = params![
        filter.gateway.clone(),
        filter.reason.map(Reason::name),
        filter.state.map(State::name),
        filter.from.map_or(i64::MIN, |day| day.0),
        filter.to.map_or(i64::MAX, |day| day.0),
        filter.assignee,
        i64::from(filter.proposed == Only::Waiting),
        after.0,
        after.1,
        page.fetch(),
    ];
    tx.all(&LIST, values).await?.iter().map(read).collect()
}

/// Those that are open about an attempt or refund.
pub(crate) async fn list_by_ours(tx: &mut Tx, gateway: &str, our_id: &str) -> Result<Vec<Difference>> {
    tx.all(&BY_OURS, params![our_id, gateway]).await?.iter().map(read).collect()
}

pub(crate) async fn list_timing(tx: &mut Tx, gateway: &str) -> Result<Vec<DifferenceId>> {
    let rows = tx.all(&TIMING, params![gateway]).await?;
    rows.iter().map(|row| row.reader().get().map(DifferenceId)).collect()
}

/// Writes what changed; a conflict when somebody changed it since it was read.
pub(crate) async fn update(tx: &mut Tx, d: &Difference, now: Timestamp) -> Result<()> {
    let values = params![
        d.id.raw(),
        d.version,
        d.state.name(),
        d.resolution.map(Resolution::name),
        d.reason.name(),
        d.linked.clone(),
        d.ours.map(|ours| ours.minor),
        d.ours.map(|ours| ours.currency.code()),
        d.our_at,
        d.our_state.clone(),
        d.ledger,
        d.effect.minor,
        d.adjusted,
        d.assignee,
        d.proposed_by,
        d.proposed_at,
        d.signed_by,
        d.signed_at,
        d.closed_at,
        d.closed_by.clone(),
        now,
    ];
    if tx.execute(&UPDATE, values).await? == 1 {
        Ok(())
    } else {
        Err(db::Error::Conflict("the difference was changed by somebody else".to_owned()))
    }
}

pub(crate) async fn insert_note(
    tx: &mut Tx,
    cx: &Cx,
    id: DifferenceId,
    act: &str,
    actor: &str,
    text: Option<&str>,
) -> Result<()> {
    let seal = |text| cx.vault.seal_text(&*cx.rng, TEXT, text).map_err(|e| db::Error::Other(e.into()));
    let sealed = text.map(seal).transpose()?;
    tx.execute(&INSERT_NOTE, params![cx.id(), id.raw(), act, actor, sealed, cx.now()]).await.map(|_| ())
}

/// Oldest first.
pub(crate) async fn list_notes(tx: &mut Tx, cx: &Cx, id: DifferenceId) -> Result<Vec<Note>> {
    let rows = tx.all(&LIST_NOTES, params![id.raw()]).await?;
    let open = |sealed: Vec<u8>| cx.vault.open_text(TEXT, &sealed).map_err(|e| db::Error::Other(e.into()));
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let (act, actor, text): (_, _, Option<Vec<u8>>) = (r.get()?, r.get()?, r.get()?);
            Ok(Note { act, actor, text: text.map(open).transpose()?, at: r.get()? })
        })
        .collect()
}

/// Fees of lines of a bill that are not matched, by currency; those beyond `most` are none.
pub(crate) async fn unbooked_fees(
    tx: &mut Tx,
    gateway: &str,
    day: Day,
    bill: BillId,
    most: i64,
) -> Result<Vec<(Currency, i64)>> {
    let rows = tx.all(&UNBOOKED_FEES, params![gateway, day.0, bill.raw(), most]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            let code: String = r.get()?;
            Ok((currency(&code)?, r.get()?))
        })
        .collect()
}

/// What is booked of a day's fees, and by how many transfers.
pub(crate) async fn find_fee(tx: &mut Tx, gateway: &str, day: Day, of: Currency) -> Result<(i64, i64)> {
    let Some(row) = tx.first(&FIND_FEE, params![gateway, day.0, of.code()]).await? else { return Ok((0, 0)) };
    let mut r = row.reader();
    Ok((r.get()?, r.get()?))
}

pub(crate) async fn save_fee(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    day: Day,
    booked: Money,
    round: i64,
) -> Result<()> {
    let values = params![cx.id(), gateway, day.0, booked.currency.code(), booked.minor, round];
    tx.execute(&SAVE_FEE, values).await.map(|_| ())
}

pub(crate) async fn fee_currencies(tx: &mut Tx, gateway: &str, day: Day) -> Result<Vec<Currency>> {
    let rows = tx.all(&FEE_CURRENCIES, params![gateway, day.0]).await?;
    rows.iter().map(|row| currency(&row.reader().get::<String>()?)).collect()
}
