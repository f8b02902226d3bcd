//! Payments as staff look for them, and asking their gateways once more.

use std::collections::HashMap;

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{Actor, Money, Page, PageRequest, Permission, Position, Timestamp};
use serde_json::json;

use super::attempt::{Heard, attempts};
use super::authorised::pursue;
use super::complete::entry;
use super::model::{AttemptId, Payment, PaymentId, PaymentState, Payments, RefundId};
use super::{Error, give_back, store};
use crate::order::{self, OrderId};

/// The longest number of a gateway that is looked for, in bytes.
const NUMBER_MOST: usize = 128;

/// Which payments are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<PaymentState>,
    pub way: Way,
    /// Begun at or after this.
    pub from: Option<Timestamp>,
    /// Begun before this.
    pub to: Option<Timestamp>,
}

/// How they are paid, or how they stand with those who are to be paid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Way {
    #[default]
    Any,
    /// Those that were tried there.
    Gateway(String),
    /// Paid without any gateway.
    Balance,
    /// A gateway did not say how an attempt stands, or said what cannot be.
    Unclear,
}

/// A payment in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub payment: Payment,
    /// Of its last attempt; none when it was never tried.
    pub gateway: Option<String>,
    pub is_unclear: bool,
    /// More came in than was wanted (P12); it goes back, or is back.
    pub is_overpaid: bool,
    pub is_disputed: bool,
}

// Each begins at the newest and stops at the page's end. What nobody asked about stands in no condition, so that each of them walks its index.
db::statements! {
    LIST_ALL = "SELECT id FROM payment WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3";
    LIST_STATE = "SELECT id FROM payment WHERE state = $4 AND id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3";
    LIST_GATEWAY = "SELECT DISTINCT a.payment_id FROM attempt a JOIN payment p ON p.id = a.payment_id
                    WHERE a.gateway = $4 AND a.payment_id < $1 AND a.payment_id >= $2 AND (CAST($5 AS TEXT) IS NULL OR p.state = $5)
                    ORDER BY a.payment_id DESC LIMIT $3";
    LIST_BALANCE = "SELECT p.id FROM payment p
                    WHERE p.state = 'paid' AND p.id < $1 AND p.id >= $2
                      AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.payment_id = p.id AND a.state = 'captured')
                    ORDER BY p.id DESC LIMIT $3";
    LIST_UNCLEAR = "SELECT p.id FROM payment p
                    WHERE p.id IN (SELECT payment_id FROM attempt WHERE state IN ('unknown', 'mismatch', 'uncollected'))
                      AND p.id < $1 AND p.id >= $2 AND (CAST($4 AS TEXT) IS NULL OR p.state = $4)
                    ORDER BY p.id DESC LIMIT $3";
    PAYMENTS = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at, capture
                FROM payment WHERE id IN {list $1}";
    MARKS = "SELECT l.payment_id, a.gateway, l.unclear, l.overpaid, l.disputed
             FROM (SELECT payment_id, MAX(id) AS last_id,
                          CAST(SUM(CASE WHEN state IN ('unknown', 'mismatch', 'uncollected') THEN 1 ELSE 0 END) AS BIGINT) AS unclear,
                          CAST(SUM(CASE WHEN state = 'surplus' THEN 1 ELSE 0 END) AS BIGINT) AS overpaid,
                          CAST(SUM(disputed) AS BIGINT) AS disputed
                   FROM attempt WHERE payment_id IN {list $1} GROUP BY payment_id) l
             JOIN attempt a ON a.id = l.last_id";
    OF_ATTEMPT = "SELECT payment_id FROM attempt WHERE id = $1";
    OF_REFUND = "SELECT payment_id FROM refund WHERE id = $1";
    AT_GATEWAY = "SELECT payment_id FROM attempt WHERE gateway IN {list $1} AND gateway_id = $2 ORDER BY id LIMIT 1";
    OF_GATEWAYS_REFUND = "SELECT payment_id FROM refund WHERE gateway_refund_id = $1 ORDER BY id LIMIT 1";
}

/// Payments, the newest first.
pub async fn list(cx: &Cx, actor: &Actor, filter: &Filter, page: PageRequest) -> Result<Page<Listed>, Error> {
    may_look(actor)?;
    let mut tx = cx.read().await?;
    let ids = ids(&mut tx, filter, &page).await?;
    let ids = Page::cut(ids, &page, |id| Position { key: *id, id: *id });
    Ok(Page { items: listed(&mut tx, &ids.items).await?, next: ids.next })
}

fn may_look(actor: &Actor) -> Result<(), Error> {
    if actor.may(Permission::ReadOrders) { Ok(()) } else { Err(Error::Forbidden) }
}

async fn ids(tx: &mut Tx, filter: &Filter, page: &PageRequest) -> Result<Vec<i64>, Error> {
    let end = filter.to.map_or(i64::MAX, kernel::first_id_at).min(page.after.id);
    let from = filter.from.map_or(0, kernel::first_id_at);
    let state = filter.state.map(PaymentState::name);
    let rows = match &filter.way {
        Way::Any => match state {
            None => tx.all(&LIST_ALL, params![end, from, page.fetch()]).await?,
            Some(state) => tx.all(&LIST_STATE, params![end, from, page.fetch(), state]).await?,
        },
        Way::Gateway(name) => {
            tx.all(&LIST_GATEWAY, params![end, from, page.fetch(), name.as_str(), state]).await?
        }
        // Only what is paid was paid from the balance.
        Way::Balance if filter.state.is_some_and(|state| state != PaymentState::Paid) => Vec::new(),
        Way::Balance => tx.all(&LIST_BALANCE, params![end, from, page.fetch()]).await?,
        Way::Unclear => tx.all(&LIST_UNCLEAR, params![end, from, page.fetch(), state]).await?,
    };
    Ok(rows.iter().map(|row: &Row| row.reader().get()).collect::<db::Result<_>>()?)
}

/// The payments of these ids with their marks, in this order; two questions, however many they are.
async fn listed(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Listed>, Error> {
    let mut marks: HashMap<i64, (String, [bool; 3])> = HashMap::new();
    for row in tx.all(&MARKS, params![ids.to_vec()]).await? {
        let mut r = row.reader();
        let (payment, gateway): (i64, String) = (r.get()?, r.get()?);
        let mut is = || r.get::<i64>().map(|count| count > 0);
        let found = [is()?, is()?, is()?];
        marks.insert(payment, (gateway, found));
    }
    let mut payments: HashMap<i64, Payment> = HashMap::new();
    for row in tx.all(&PAYMENTS, params![ids.to_vec()]).await? {
        let payment = store::read_payment(&row)?;
        payments.insert(payment.id.raw(), payment);
    }
    let take = |id: &i64| {
        let payment = payments.remove(id)?;
        let (gateway, flags) = marks.remove(id).unzip();
        let [is_unclear, is_overpaid, is_disputed] = flags.unwrap_or_default();
        Some(Listed { payment, gateway, is_unclear, is_overpaid, is_disputed })
    };
    Ok(ids.iter().filter_map(take).collect())
}

/// The payment that a number belongs to: its own, that of an attempt, a refund or an order, or what a gateway calls one of these.
pub async fn find(svc: &Payments, actor: &Actor, text: &str) -> Result<Option<PaymentId>, Error> {
    may_look(actor)?;
    let text = text.trim();
    if text.is_empty() || text.len() > NUMBER_MOST {
        return Ok(None);
    }
    let mut tx = svc.cx.read().await?;
    if let Ok(id) = text.parse::<PaymentId>() {
        return Ok(store::find_payment(&mut tx, id).await?.map(|payment| payment.id));
    }
    // What reads as an order's number and is none may still be a gateway's.
    let order = text.parse().ok().or_else(|| kernel::parse_order_number(text).map(OrderId));
    if let Some(order) = order
        && let Some(payment) = store::payment_of_order(&mut tx, order).await?
    {
        return Ok(Some(payment.id));
    }
    let row = if let Ok(id) = text.parse::<AttemptId>() {
        tx.first(&OF_ATTEMPT, params![id.raw()]).await?
    } else if let Ok(id) = text.parse::<RefundId>() {
        tx.first(&OF_REFUND, params![id.raw()]).await?
    } else {
        let names: Vec<String> = svc.gateways.names().map(str::to_owned).collect();
        match tx.first(&AT_GATEWAY, params![names, text]).await? {
            Some(row) => Some(row),
            None => tx.first(&OF_GATEWAYS_REFUND, params![text]).await?,
        }
    };
    Ok(row.map(|row| row.reader().get()).transpose()?.map(PaymentId))
}

/// What can still be given back of a payment: of what gateways took, and of the part the balance paid.
pub async fn left(cx: &Cx, actor: &Actor, id: PaymentId) -> Result<Money, Error> {
    may_look(actor)?;
    let mut tx = cx.read().await?;
    let payment = store::find_payment(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let order = match payment.purpose.order() {
        Some(order) => order::ops::find(&mut tx, cx, order).await?,
        None => None,
    };
    give_back::left(&mut tx, cx, order.as_ref(), &payment).await
}

/// What asking brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing of it is open.
    Nothing,
    Answered,
    /// At least one gateway did not say.
    Silent,
}

/// Staff ask the gateways how every attempt without an end stands; what they say is taken in.
pub async fn ask_again(svc: &Payments, actor: &Actor, id: PaymentId) -> Result<Asked, Error> {
    if !actor.may(Permission::Reconcile) {
        return Err(Error::Forbidden);
    }
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let payment = store::find_payment(&mut tx, id).await?.ok_or(Error::NotFound)?;
    audit::record(&mut tx, cx, actor, entry("payment.ask", &payment, json!({}))).await?;
    tx.commit().await?;
    let mut asked = Asked::Nothing;
    for attempt in attempts(svc, id).await?.into_iter().filter(|attempt| attempt.state.is_asked()) {
        let heard = pursue(svc, actor, &attempt).await?;
        asked =
            if heard == Heard::Silence || asked == Asked::Silent { Asked::Silent } else { Asked::Answered };
    }
    Ok(asked)
}
