//! How orders and receipts look from outside.

use fulfilment::cancel::Possible;
use fulfilment::document::Document;
use fulfilment::progress::{Outcome, TimelineEntry};
use kernel::{Actor, Timestamp};
use ordering::order::{Action, Event, Line, Order, query, rules};
use ordering::{OrderId, payment};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::payments::Payment;
use crate::api::wire::{Money, PaymentMethod, Text};
use crate::app::App;
use crate::edge::Refused;

/// An order in short.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderSummary {
    id: String,
    /// What a customer reads out.
    number: String,
    title: Text,
    /// `awaiting_payment`, `held`, `in_progress`, `information_required`, `assessing_cancellation`, `fallout`, `partial`, `completed`,
    /// `cancelled`, `failed`.
    pub state: &'static str,
    /// Whether nothing changes any more.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// `none`, `unpaid`, `confirming`, `held`, `captured`, `part_captured`, `released`, `refunding`, `refunded`.
    money_state: &'static str,
    total: Money,
    payment_method: PaymentMethod,
    line_count: i64,
    /// Counts changes.
    pub version: i64,
    /// Why it was cancelled or failed.
    reason: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pay_by: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl From<&Order> for OrderSummary {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id.to_string(),
            number: order.number(),
            title: (&order.title).into(),
            state: order.state.name(),
            is_final: order.state.is_final(),
            money_state: order.money.name(),
            total: order.total.into(),
            payment_method: order.payment.into(),
            line_count: order.line_count,
            version: order.version,
            reason: order.reason.clone(),
            pay_by: order.pay_by,
            placed_at: order.placed_at,
            updated_at: order.updated_at,
            finished_at: order.finished_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what `listed` writes")]
pub(crate) struct OrderList {
    items: Vec<OrderSummary>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// An order with everything its page shows.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    pub summary: OrderSummary,
    lines: Vec<OrderLine>,
    /// What the customer sees of the work.
    timeline: Vec<Progress>,
    /// Who did what, oldest first.
    history: Vec<HistoryEntry>,
    /// `pay`, `cancel`, `report_information`: what can be done now.
    actions: Vec<&'static str>,
    /// What a cancellation would cost now.
    cancel_fee: Option<Money>,
    payment: Option<Payment>,
}

impl OrderDetail {
    /// How much of its history is known.
    pub fn entries(&self) -> usize {
        self.history.len()
    }
}

#[derive(Serialize, ToSchema)]
struct OrderLine {
    id: String,
    service: String,
    /// The version it began with and finishes under.
    service_version: i64,
    offering: String,
    title: Text,
    quantity: i64,
    unit: Money,
    total: Money,
    /// `waiting`, `in_progress`, `information_required`, `fallout`, `completed`, `failed`, `cancelled`.
    state: &'static str,
    /// As the form normalised them; only for the customer.
    #[schema(value_type = Object)]
    answers: Option<serde_json::Value>,
    /// What came out of it, as far as the service shows it: a tracking number, for example.
    #[schema(value_type = Object)]
    result: Option<serde_json::Value>,
}

#[derive(Serialize, ToSchema)]
struct Progress {
    title: Text,
    /// `done`, `current`, `todo`, `failed`.
    state: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    note: Option<Text>,
    line: Option<String>,
}

impl From<TimelineEntry> for Progress {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            title: (&entry.title).into(),
            state: entry.state.name(),
            at: entry.at,
            note: entry.note.as_ref().map(Into::into),
            line: entry.line.map(|id| id.to_string()),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct HistoryEntry {
    /// `placed`, `paid`, `state`, …
    code: String,
    from: Option<String>,
    to: Option<String>,
    text: Option<Text>,
    reason: Option<String>,
    line: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The request that caused it.
    request: String,
}

impl From<Event> for HistoryEntry {
    fn from(event: Event) -> Self {
        Self {
            code: event.code,
            from: event.from,
            to: event.to,
            text: event.text.as_ref().map(Into::into),
            reason: event.reason,
            line: event.line.map(|id| id.to_string()),
            at: event.at,
            request: event.request.to_string(),
        }
    }
}

/// Reads an order for its customer or for staff; to others it does not exist.
pub(crate) async fn detail(app: &App, actor: &Actor, id: OrderId) -> Result<OrderDetail, Refused> {
    let found = query::view(&app.cx, actor, id).await?;
    let timeline = fulfilment::progress::timeline(&app.cx, &app.fulfilment, actor, id).await?;
    let cancel = fulfilment::cancel::can_cancel(&app.cx, &app.fulfilment, actor, id).await?;
    let payment = payment::ops::of_order(&app.cx, actor, id).await?;
    let outcomes = fulfilment::progress::outcomes(&app.cx, &app.fulfilment, actor, id).await?;
    let own = actor.customer() == Some(found.order.customer);
    let allowed = rules::allowed(found.order.state).into_iter();
    let actions = allowed
        .filter(|action| *action != Action::Cancel || cancel.possible != Possible::No)
        .map(Action::name);
    Ok(OrderDetail {
        summary: (&found.order).into(),
        lines: found.lines.into_iter().map(|line| order_line(line, &outcomes, own)).collect(),
        timeline: timeline.into_iter().map(Into::into).collect(),
        history: found.events.into_iter().map(Into::into).collect(),
        actions: actions.collect(),
        cancel_fee: cancel.fee.map(Into::into),
        payment: payment.map(Into::into),
    })
}

/// Staff get the whole result with the order, everybody else what the service shows.
fn order_line(line: Line, outcomes: &[Outcome], own: bool) -> OrderLine {
    let shown: Map<String, Value> = outcomes
        .iter()
        .filter(|outcome| outcome.line == line.id)
        .map(|outcome| (outcome.key.clone(), outcome.value.clone()))
        .collect();
    OrderLine {
        id: line.id.to_string(),
        service: line.service,
        service_version: line.service_version,
        offering: line.offering,
        title: (&line.title).into(),
        quantity: line.quantity,
        unit: line.unit.into(),
        total: line.total.into(),
        state: line.state.name(),
        answers: own.then_some(line.answers),
        result: line.result.or_else(|| (!shown.is_empty()).then_some(Value::Object(shown))),
    }
}

/// What the receipts of an order say.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReceiptList {
    items: Vec<Receipt>,
}

/// A document that was issued once and never changes.
#[derive(Serialize, ToSchema)]
struct Receipt {
    number: String,
    /// Proves number and facts.
    code: String,
    order: String,
    order_number: String,
    line: String,
    service: Text,
    item: Text,
    offering: Text,
    quantity: i64,
    unit: Money,
    total: Money,
    /// The total in capital Chinese numerals.
    total_capital: String,
    payment_method: String,
    /// The seller's code, and below what it is called.
    seller: String,
    seller_name: Text,
    /// What was asked and answered, personal data masked or left out.
    rows: Vec<ReceiptRow>,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
struct ReceiptRow {
    label: Text,
    value: Text,
}

impl From<Vec<Document>> for ReceiptList {
    fn from(documents: Vec<Document>) -> Self {
        Self { items: documents.into_iter().map(Into::into).collect() }
    }
}

impl From<Document> for Receipt {
    fn from(document: Document) -> Self {
        let facts = document.facts;
        let rows = facts.rows.iter();
        Self {
            number: document.number,
            code: document.code,
            order: document.order.to_string(),
            line: document.line.to_string(),
            service: (&facts.service).into(),
            item: (&facts.item).into(),
            offering: (&facts.offering).into(),
            quantity: facts.quantity,
            unit: facts.unit.into(),
            total: facts.total.into(),
            rows: rows.map(|r| ReceiptRow { label: (&r.label).into(), value: (&r.value).into() }).collect(),
            order_number: facts.order_number,
            total_capital: facts.total_capital,
            payment_method: facts.payment,
            seller_name: (&facts
                .seller_name
                .unwrap_or_else(|| kernel::Text::new(&facts.seller, &facts.seller)))
                .into(),
            seller: facts.seller,
            placed_at: facts.placed_at,
            issued_at: document.issued_at,
        }
    }
}
