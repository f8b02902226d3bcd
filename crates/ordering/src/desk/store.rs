//! The rows of the orders of one batch, one statement a table.

use db::{Tx, params};
use durable::Cx;
use kernel::Money;
use ledger::HoldId;

use super::model::Accepted;
use crate::idempotency;
use crate::order::{MoneyState, NewEvent, store};

/// Keys, orders, lines and the beginning of their history.
pub(crate) async fn insert_orders(tx: &mut Tx, cx: &Cx, accepted: &[Accepted<'_>]) -> Result<(), db::Error> {
    let (mut keys, mut orders, mut lines, mut events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in accepted {
        let (command, placed) = (one.command, &one.placed);
        let result = serde_json::to_string(placed).map_err(|e| db::Error::Other(e.into()))?;
        keys.push(idempotency::store::row(cx, &command.key, &result)?);
        orders.push(order_row(one));
        for (position, line) in (0_i64..).zip(&command.lines) {
            let at = |money: Money| money.minor;
            lines.push(params![
                line.id.raw(),
                command.id.raw(),
                command.customer,
                position,
                &line.service.code,
                line.service.version,
                &line.offering,
                line.quantity,
                at(line.priced.unit),
                at(line.priced.total),
                command.total.currency.code(),
                &line.service.service.seller,
                line.sku.clone(),
                "waiting",
                &line.title.zh,
                line.title.get(kernel::Locale::En),
                &line.sealed,
                line.quote.map(crate::quote::QuoteId::raw),
                placed.placed_at,
                line.beneficiary,
            ]);
        }
        let event = NewEvent::public("placed").because(command.channel.name());
        events.push(store::event_row(cx, &command.actor, command.id, event)?);
        if placed.money == MoneyState::Held {
            events.push(store::event_row(cx, &command.actor, command.id, NewEvent::public("paid"))?);
        }
        if let Some(hold) = command.holds().0 {
            let event = NewEvent::public("held").because(hold.cause.name());
            events.push(store::event_row(cx, &command.actor, command.id, event)?);
        }
    }
    idempotency::store::insert_many(tx, keys).await?;
    tx.bulk(&store::INSERT_ORDER, orders).await?;
    tx.bulk(&store::INSERT_LINE, lines).await?;
    store::insert_events(tx, events).await
}

fn order_row(one: &Accepted<'_>) -> Vec<db::Value> {
    let (command, placed, title) = (one.command, &one.placed, one.command.title());
    params![
        command.id.raw(),
        command.customer,
        placed.state.name(),
        placed.money.name(),
        command.total.minor,
        command.total.currency.code(),
        command.payment.name(),
        one.hold.map(HoldId::raw),
        &title.zh,
        title.get(kernel::Locale::En),
        i64::try_from(command.lines.len()).unwrap_or(i64::MAX),
        command.channel.name(),
        command.cart.map(|(cart, _)| cart.raw()),
        placed.placed_at,
        command.due_at,
        placed.pay_by,
        command.capture.name(),
    ]
}
