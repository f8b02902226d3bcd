//! Reading the progress of an order.

use durable::Cx;
use kernel::Actor;
use ordering::order::{self, OrderId};

use super::model::{LineWork, Outcome, TimelineEntry};
use super::rules;
use crate::Error;
use crate::flow::{ops::versions, store};
use crate::services::Fulfilment;

/// What came out of an order's lines, as far as it is for the customer; a foreign order is not found. What staff and providers wrote
/// down besides is not here, whoever asks.
pub async fn outcomes(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: OrderId,
) -> Result<Vec<Outcome>, Error> {
    let mut tx = cx.read().await?;
    let found = order::ops::find(&mut tx, cx, id).await?;
    found.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let mut lines = order::ops::lines(&mut tx, cx, id).await?;
    drop(tx);
    lines.retain(|line| line.result.is_some());
    let versions = versions(cx, services, &lines).await?;
    Ok(lines
        .iter()
        .zip(versions)
        .flat_map(|(line, (_, version))| rules::outcomes(line, &version.service))
        .collect())
}

/// The timeline of an order, for its customer and for staff; a foreign order is not found.
pub async fn timeline(
    cx: &Cx,
    services: &Fulfilment,
    actor: &Actor,
    id: OrderId,
) -> Result<Vec<TimelineEntry>, Error> {
    let mut tx = cx.read().await?;
    let found = order::ops::find(&mut tx, cx, id).await?;
    let order = found.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let lines = order::ops::lines(&mut tx, cx, id).await?;
    let flows = store::list_flows(&mut tx, cx, id).await?;
    let mut works = Vec::with_capacity(lines.len());
    let mut logs = Vec::with_capacity(flows.len());
    for flow in flows {
        let log = store::list_steps(&mut tx, cx, flow.id).await?;
        logs.push((flow, log));
    }
    drop(tx);
    let versions = versions(cx, services, &lines).await?;
    for (line, (_, service)) in lines.into_iter().zip(versions) {
        let found =
            logs.iter().position(|(flow, _)| flow.line == line.id).map(|place| logs.swap_remove(place));
        let (flow, log) = found.map_or((None, Vec::new()), |(flow, log)| (Some(flow), log));
        works.push(LineWork { line, service, flow, log });
    }
    Ok(rules::timeline(&order, &works))
}
