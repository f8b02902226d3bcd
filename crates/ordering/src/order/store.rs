//! Rows of orders, lines and history.

use catalogue::service::{CaptureAt, PaymentMethod};
use db::{Result, Row, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Actor, Currency, Money, RawId, RequestId, Text, Timestamp};

use super::model::{
    Channel, Event, Line, LineId, LineState, MoneyState, NewEvent, Order, OrderId, OrderState,
};

/// What line answers and results are sealed for.
pub(crate) const ANSWERS: &str = "order_line.answers";
const RESULT: &str = "order_line.result";
const REASON: &str = "orders.reason";
const WORDS: &str = "order_event.words";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("order_line", "answers", ANSWERS),
    vault::SealedColumn::new("order_line", "result", RESULT),
    vault::SealedColumn::new("orders", "reason_sealed", REASON).once_clear(&["reason"]),
    vault::SealedColumn::new("order_event", "words_sealed", WORDS).once_clear(&["zh", "en", "reason"]),
];

db::statements! {
    bulk INSERT_ORDER (id: Int, customer_id: Int, state: Text, money_state: Text, total: Int, currency: Text,
                       payment_method: Text, hold_id: Int, title_zh: Text, title_en: Text, line_count: Int, channel: Text,
                       cart_id: Int, placed_at: Int, due_at: Int, pay_by: Int, capture: Text) =
        "INSERT INTO orders (id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                             title_en, line_count, channel, cart_id, placed_at, updated_at, due_at, pay_by, capture)
         SELECT id, customer_id, state, money_state, 1, total, currency, payment_method, hold_id, title_zh,
                title_en, line_count, channel, cart_id, placed_at, placed_at, due_at, pay_by, capture FROM {rows}";
    bulk INSERT_LINE (id: Int, order_id: Int, customer_id: Int, position: Int, service: Text, service_version: Int,
                      offering: Text, quantity: Int, unit: Int, total: Int, currency: Text, seller: Text, sku: Text,
                      state: Text, title_zh: Text, title_en: Text, answers: Bytes, quote_id: Int, updated_at: Int,
                      beneficiary_id: Int) =
        "INSERT INTO order_line (id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total,
                                 currency, seller, sku, state, version, title_zh, title_en, answers, quote_id, updated_at,
                                 beneficiary_id)
         SELECT id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total,
                currency, seller, sku, state, 1, title_zh, title_en, answers, quote_id, updated_at, beneficiary_id FROM {rows}";
    bulk INSERT_EVENT (id: Int, order_id: Int, line_id: Int, at: Int, actor: Text, code: Text, from_state: Text, to_state: Text,
                       words: Bytes, internal: Bool, request_id: Int) =
        "INSERT INTO order_event (id, order_id, line_id, at, actor, code, from_state, to_state, words_sealed, internal, request_id)
         SELECT id, order_id, line_id, at, actor, code, from_state, to_state, words, internal, request_id FROM {rows}";
    FIND = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh, title_en,
                   line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
            FROM orders WHERE id = $1";
    LOCK = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh, title_en,
                   line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
            FROM orders WHERE id = $1 {for_update}";
    UPDATE = "UPDATE orders SET state = $3, money_state = $4, hold_id = $5, updated_at = $6, pay_by = $7, finished_at = $8,
                     reason_sealed = $9, payment_method = $10, version = version + 1 WHERE id = $1 AND version = $2";
    CAPTURE_OF = "SELECT capture FROM orders WHERE id = $1";
    LINES = "SELECT id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total, currency,
                    seller, sku, fee, state, version, title_zh, title_en, answers, result, updated_at, beneficiary_id
             FROM order_line WHERE order_id = $1 ORDER BY position";
    LINE = "SELECT id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total, currency,
                   seller, sku, fee, state, version, title_zh, title_en, answers, result, updated_at, beneficiary_id
            FROM order_line WHERE id = $1";
    UPDATE_LINE = "UPDATE order_line SET state = $3, updated_at = $4, version = version + 1 WHERE id = $1 AND version = $2";
    SET_FEE = "UPDATE order_line SET fee = $2 WHERE id = $1";
    SET_RESULT = "UPDATE order_line SET result = $2, updated_at = $3 WHERE id = $1";
    EVENTS = "SELECT id, order_id, line_id, at, actor, code, from_state, to_state, words_sealed, internal, request_id
              FROM order_event WHERE order_id = $1 ORDER BY id LIMIT 500";
    OF_CUSTOMER = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                          title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
                   FROM orders WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    OF_CUSTOMER_OPEN = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                               title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
                        FROM orders WHERE customer_id = $1 AND id < $2 AND finished_at IS NULL ORDER BY id DESC LIMIT $3";
    OF_CUSTOMER_ENDED = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                                title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
                         FROM orders WHERE customer_id = $1 AND id < $2 AND finished_at IS NOT NULL ORDER BY id DESC LIMIT $3";
    NEWEST = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                     title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
              FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2";
    IN_STATE = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                       title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
                FROM orders WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2";
    LATE = "SELECT id, customer_id, state, money_state, version, total, currency, payment_method, hold_id, title_zh,
                   title_en, line_count, channel, placed_at, updated_at, due_at, pay_by, finished_at, reason_sealed
            FROM orders WHERE finished_at IS NULL AND due_at < $1 ORDER BY due_at LIMIT $2";
    COUNT_OF_CUSTOMER = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM orders WHERE customer_id = $1 LIMIT 1000) few";
    REMEMBERED = "SELECT id, order_id, customer_id, position, service, service_version, offering, quantity, unit, total, currency,
                         seller, sku, fee, state, version, title_zh, title_en, answers, result, updated_at, beneficiary_id
                  FROM order_line WHERE customer_id = $1 ORDER BY id DESC LIMIT 30";
    COUNT_OPEN_OF_CUSTOMER = "SELECT CAST(COUNT(*) AS BIGINT) FROM orders WHERE customer_id = $1 AND finished_at IS NULL";
    OPEN_BY_STATE = "SELECT state, CAST(COUNT(*) AS BIGINT) FROM orders WHERE finished_at IS NULL GROUP BY state";
    SINCE = "SELECT state, CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM orders WHERE id >= $1 GROUP BY state";
}

fn read_order(cx: &Cx, row: &Row) -> Result<Order> {
    let mut r = row.reader();
    let id = OrderId(r.get()?);
    let customer = r.get()?;
    let (state, money): (String, String) = (r.get()?, r.get()?);
    let version = r.get()?;
    let total = money_of(r.get()?, &r.get::<String>()?)?;
    let (payment, hold): (String, Option<i64>) = (r.get()?, r.get()?);
    Ok(Order {
        id,
        customer,
        state: named(OrderState::from_name(&state), &state)?,
        money: named(MoneyState::from_name(&money), &money)?,
        version,
        total,
        payment: named(PaymentMethod::from_name(&payment), &payment)?,
        hold: hold.map(ledger::HoldId),
        title: Text::new(r.get::<String>()?, r.get::<String>()?),
        line_count: r.get()?,
        channel: {
            let channel: String = r.get()?;
            named(Channel::from_name(&channel), &channel)?
        },
        placed_at: r.get()?,
        updated_at: r.get()?,
        due_at: r.get()?,
        pay_by: r.get()?,
        finished_at: r.get()?,
        reason: open_or_none(cx, REASON, r.get()?)?,
    })
}

fn read_line(cx: &Cx, row: &Row) -> Result<Line> {
    let mut r = row.reader();
    let (id, order, customer) = (LineId(r.get()?), OrderId(r.get()?), r.get::<AccountId>()?);
    let (position, service, service_version) = (r.get()?, r.get()?, r.get()?);
    let (offering, quantity): (String, i64) = (r.get()?, r.get()?);
    let (unit, total, currency): (i64, i64, String) = (r.get()?, r.get()?, r.get()?);
    let (seller, sku, fee): (String, Option<String>, i64) = (r.get()?, r.get()?, r.get()?);
    let (state, version): (String, i64) = (r.get()?, r.get()?);
    let title = Text::new(r.get::<String>()?, r.get::<String>()?);
    let (answers, result): (Vec<u8>, Option<Vec<u8>>) = (r.get()?, r.get()?);
    Ok(Line {
        id,
        order,
        customer,
        position,
        service,
        service_version,
        offering,
        quantity,
        unit: money_of(unit, &currency)?,
        total: money_of(total, &currency)?,
        seller,
        sku,
        fee: money_of(fee, &currency)?,
        state: named(LineState::from_name(&state), &state)?,
        version,
        title,
        answers: open(cx, ANSWERS, &answers)?,
        result: result.map(|sealed| open(cx, RESULT, &sealed)).transpose()?,
        updated_at: r.get()?,
        beneficiary: r.get()?,
    })
}

fn read_event(cx: &Cx, row: &Row) -> Result<Event> {
    let mut r = row.reader();
    let (id, order, line) = (r.get()?, OrderId(r.get()?), r.get::<Option<i64>>()?.map(LineId));
    let (at, actor, code, from, to) = (r.get()?, r.get()?, r.get()?, r.get()?, r.get()?);
    let words: Option<Vec<u8>> = r.get()?;
    let words = words.map(|sealed| open(cx, WORDS, &sealed)).transpose()?;
    let word = |name: &str| words.as_ref()?.get(name)?.as_str().map(str::to_owned);
    Ok(Event {
        id,
        order,
        line,
        at,
        actor,
        code,
        from,
        to,
        text: word("zh").map(|zh| Text { zh, en: word("en") }),
        reason: word("reason"),
        internal: r.get()?,
        request: RequestId(r.get()?),
    })
}

/// A stored name that this program does not know is a bug, not a default.
pub(crate) fn named<T>(value: Option<T>, name: &str) -> Result<T> {
    value.ok_or_else(|| db::Error::Shape(format!("unknown name {name}")))
}

pub(crate) fn money_of(minor: i64, currency: &str) -> Result<Money> {
    Ok(Money::new(minor, named(Currency::from_code(currency), currency)?))
}

pub(crate) fn seal(cx: &Cx, context: &str, value: &serde_json::Value) -> Result<Vec<u8>> {
    cx.vault.seal_text(&*cx.rng, context, &value.to_string()).map_err(|e| db::Error::Other(e.into()))
}

pub(crate) fn open(cx: &Cx, context: &str, sealed: &[u8]) -> Result<serde_json::Value> {
    let text = cx.vault.open_text(context, sealed).map_err(|e| db::Error::Other(e.into()))?;
    serde_json::from_str(&text).map_err(|e| db::Error::Other(e.into()))
}

/// The values of one history row.
pub(crate) fn event_row(cx: &Cx, actor: &Actor, order: OrderId, event: NewEvent) -> Result<Vec<Value>> {
    let now = cx.now();
    Ok(params![
        cx.ids.next(now),
        order.raw(),
        event.line.map(LineId::raw),
        now,
        actor.label(),
        event.code,
        event.from,
        event.to,
        words(cx, event.text, event.reason)?,
        event.internal,
        actor.request.raw(),
    ])
}

/// What people or partners wrote, sealed in one; nothing when there are no words.
fn words(cx: &Cx, text: Option<Text>, reason: Option<String>) -> Result<Option<Vec<u8>>> {
    let (zh, en) = text.map_or((None, None), |text| (Some(text.zh), text.en));
    let all = [("zh", zh), ("en", en), ("reason", reason)];
    let there = all.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
    let there: serde_json::Map<String, serde_json::Value> = there.collect();
    if there.is_empty() { Ok(None) } else { seal(cx, WORDS, &there.into()).map(Some) }
}

/// Seals a text that may be missing.
pub(crate) fn seal_or_none(cx: &Cx, context: &str, text: Option<&str>) -> Result<Option<Vec<u8>>> {
    let sealed = text.map(|text| cx.vault.seal_text(&*cx.rng, context, text)).transpose();
    sealed.map_err(|e| db::Error::Other(e.into()))
}

/// Opens what [`seal_or_none`] sealed.
pub(crate) fn open_or_none(cx: &Cx, context: &str, sealed: Option<Vec<u8>>) -> Result<Option<String>> {
    let text = sealed.map(|sealed| cx.vault.open_text(context, &sealed)).transpose();
    text.map_err(|e| db::Error::Other(e.into()))
}

pub(crate) async fn insert_events(tx: &mut Tx, rows: Vec<Vec<Value>>) -> Result<()> {
    tx.bulk(&INSERT_EVENT, rows).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: OrderId) -> Result<Option<Order>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read_order(cx, &row)).transpose()
}

pub(crate) async fn lock(tx: &mut Tx, cx: &Cx, id: OrderId) -> Result<Option<Order>> {
    tx.first(&LOCK, params![id.raw()]).await?.map(|row| read_order(cx, &row)).transpose()
}

/// Writes the order's new state; `false` when somebody changed it since it was read.
pub(crate) async fn update(tx: &mut Tx, cx: &Cx, order: &Order) -> Result<bool> {
    let changed = tx
        .execute(
            &UPDATE,
            params![
                order.id.raw(),
                order.version,
                order.state.name(),
                order.money.name(),
                order.hold.map(ledger::HoldId::raw),
                order.updated_at,
                order.pay_by,
                order.finished_at,
                seal_or_none(cx, REASON, order.reason.as_deref())?,
                order.payment.name(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

pub(crate) async fn capture_of(tx: &mut Tx, id: OrderId) -> Result<CaptureAt> {
    let name: String = tx.one(&CAPTURE_OF, params![id.raw()]).await?.reader().get()?;
    named(CaptureAt::from_name(&name), &name)
}

pub(crate) async fn lines(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Line>> {
    tx.all(&LINES, params![order.raw()]).await?.iter().map(|row| read_line(cx, row)).collect()
}

pub(crate) async fn line(tx: &mut Tx, cx: &Cx, id: LineId) -> Result<Option<Line>> {
    tx.first(&LINE, params![id.raw()]).await?.map(|row| read_line(cx, &row)).transpose()
}

/// The customer's latest lines, for filling in what is already known.
pub(crate) async fn latest_lines(tx: &mut Tx, cx: &Cx, customer: AccountId) -> Result<Vec<Line>> {
    tx.all(&REMEMBERED, params![customer]).await?.iter().map(|row| read_line(cx, row)).collect()
}

pub(crate) async fn update_line(tx: &mut Tx, line: &Line, to: LineState, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&UPDATE_LINE, params![line.id.raw(), line.version, to.name(), now]).await? == 1)
}

pub(crate) async fn set_result(tx: &mut Tx, cx: &Cx, line: LineId, result: &serde_json::Value) -> Result<()> {
    let sealed = seal(cx, RESULT, result)?;
    tx.execute(&SET_RESULT, params![line.raw(), sealed, cx.now()]).await.map(|_| ())
}

pub(crate) async fn set_fee(tx: &mut Tx, line: LineId, fee: i64) -> Result<()> {
    tx.execute(&SET_FEE, params![line.raw(), fee]).await.map(|_| ())
}

pub(crate) async fn events(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Event>> {
    tx.all(&EVENTS, params![order.raw()]).await?.iter().map(|row| read_event(cx, row)).collect()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, sql: &db::Sql, values: Vec<Value>) -> Result<Vec<Order>> {
    tx.all(sql, values).await?.iter().map(|row| read_order(cx, row)).collect()
}

/// Orders of a customer that are not over.
pub(crate) async fn count_open_of_customer(tx: &mut Tx, customer: AccountId) -> Result<i64> {
    tx.one(&COUNT_OPEN_OF_CUSTOMER, params![customer]).await?.reader().get()
}

pub(crate) async fn count_of_customer(tx: &mut Tx, customer: AccountId) -> Result<i64> {
    tx.one(&COUNT_OF_CUSTOMER, params![customer]).await?.reader().get()
}

/// Open orders by state.
pub(crate) async fn open_by_state(tx: &mut Tx) -> Result<Vec<(OrderState, i64)>> {
    tx.all(&OPEN_BY_STATE, params![])
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            let state: String = r.get()?;
            Ok((named(OrderState::from_name(&state), &state)?, r.get()?))
        })
        .collect()
}

/// Orders with an id from `first` on: state, count, sum in minor units.
pub(crate) async fn since(tx: &mut Tx, first: RawId) -> Result<Vec<(OrderState, i64, i64)>> {
    tx.all(&SINCE, params![first])
        .await?
        .iter()
        .map(|row| {
            let mut r = row.reader();
            let state: String = r.get()?;
            Ok((named(OrderState::from_name(&state), &state)?, r.get()?, r.get()?))
        })
        .collect()
}
