//! Statements of one's own balance.

use axum::Json as Out;
use axum::extract::State;
use kernel::Timestamp;
use ledger::statement::{SheetLine, day_bounds, sheet};
use ordering::OrderId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::Params;
use super::wire::Money;
use crate::app::App;
use crate::edge::{Refused, Visitor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_statement))
}

/// One line of a statement.
#[derive(Serialize, ToSchema)]
struct StatementLine {
    /// Counts from 1.
    number: usize,
    transfer: String,
    kind: &'static str,
    /// `gateway:card`, `seller:telecom`, `own`, `customer`, `house`.
    counterparty: String,
    /// More than zero for what came in.
    amount: Money,
    /// The balance after it.
    balance: Money,
    order: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A statement: `opening + income − outgo = closing`.
#[derive(Serialize, ToSchema)]
struct Statement {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// The first moment that is not in it.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    opening: Money,
    lines: Vec<StatementLine>,
    income: Money,
    /// Zero or more.
    outgo: Money,
    closing: Money,
    /// The period is over: the same is answered whenever it is asked for.
    is_final: bool,
    /// SHA-256 of what it says, in hexadecimal digits.
    digest: String,
}

/// One's own balance over days of Beijing, both included; at most a year.
#[utoipa::path(
    get, path = "/me/statements", operation_id = "get_statement", tag = "wallet",
    params(
        ("from" = String, Query, description = "The first day, `2026-11-01`"),
        ("to" = String, Query, description = "The last day, `2026-11-30`"),
        ("currency" = Option<String>, Query, description = "`CNY` when nothing is said"),
    ),
    responses((status = 200, description = "The statement", body = Statement)),
)]
async fn get_statement(
    State(app): State<App>,
    visitor: Visitor,
    params: Params,
) -> Result<Out<Statement>, Refused> {
    let customer = visitor.customer()?;
    let params = params.only(&["from", "to", "currency"])?;
    let day = |name| params.get(name).unwrap_or_default();
    let bounds = day_bounds(day("from"), day("to")).ok_or(ledger::Error::BadPeriod)?;
    let all = kernel::Currency::ALL.map(|currency| (currency.code(), currency));
    let currency = params.word("currency", &all, ledger::HOUSE_CURRENCY)?;
    let found = sheet(&app.cx, &visitor.actor, customer, currency, bounds).await?;
    let line = |SheetLine { number, entry, with }| StatementLine {
        number,
        transfer: entry.transfer.to_string(),
        kind: entry.kind.code(),
        counterparty: ledger::statement::Counterparty::code(&with),
        amount: entry.amount.into(),
        balance: entry.balance.into(),
        order: entry.order.map(|raw| OrderId(raw).to_string()),
        at: entry.at,
    };
    Ok(Out(Statement {
        from: found.from,
        to: found.to,
        opening: found.opening.into(),
        lines: found.lines.into_iter().map(line).collect(),
        income: found.income.into(),
        outgo: found.outgo.into(),
        closing: found.closing.into(),
        is_final: found.is_final,
        digest: found.digest,
    }))
}
