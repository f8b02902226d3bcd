//! Asking for an invoice, issuing, refusing, taking back.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, FieldError, Money, Page, PageRequest, Permission, Position};
use ledger::AccountName;
use ordering::order::{self, Order, OrderId};
use serde_json::json;

use super::model::{Decision, Invoice, InvoiceId, InvoiceState};
use super::{rules, store};
use crate::document::{self, Kind, New, PaperId};
use crate::title::{self, TitleId};
use crate::{Error, Press};

/// Asks for the invoice of an order that has ended.
pub async fn ask(cx: &Cx, actor: &Actor, order: OrderId, title: TitleId) -> Result<Invoice, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::Forbidden);
    }
    let order = order::query::get(cx, actor, order).await?;
    if order.customer != customer {
        return Err(Error::NotFound);
    }
    if !order.state.is_final() {
        return Err(Error::NotEnded);
    }
    let mut tx = cx.begin().await?;
    let title = title::own(&mut tx, cx, customer, title).await?;
    let amount = kept(&mut tx, &order).await?;
    if !amount.is_positive() {
        return Err(Error::NothingPaid);
    }
    let invoice = Invoice {
        id: InvoiceId::new(&cx.ids, cx.now()),
        customer,
        order: order.id,
        amount,
        title_kind: title.kind,
        title: title.facts,
        state: InvoiceState::Requested,
        version: 1,
        paper: None,
        red_paper: None,
        reason: None,
        asked_at: cx.now(),
        decided_at: None,
    };
    if !store::insert(&mut tx, cx, &invoice).await? {
        return Err(Error::AlreadyAsked);
    }
    record(&mut tx, cx, actor, "invoice.ask", &invoice).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// What was paid for an order and kept, now.
async fn kept(tx: &mut Tx, order: &Order) -> Result<Money, Error> {
    let currency = order.total.currency;
    let own = [AccountName::Wallet(order.customer), AccountName::Escrow(order.customer)];
    let codes: Vec<String> = own.iter().map(|name| name.code(currency)).collect();
    let own = ledger::load_accounts_by_code(tx, &codes).await?;
    let own: Vec<_> = own.into_iter().map(|account| account.id).collect();
    let transfers = ledger::transfers_of_order(tx, order.id.raw()).await?;
    Ok(Money::new(rules::kept(&transfers, &own), currency))
}

/// Issues what was asked for. `platform`: the number that the tax platform gave, or nothing.
pub async fn issue(
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    id: InvoiceId,
    platform: &str,
) -> Result<Invoice, Error> {
    permit(actor)?;
    let platform = rules::tax_platform_number(platform).map_err(wrong)?;
    let mut tx = cx.begin().await?;
    let before = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let state = rules::on(before.state, Decision::Issue)?;
    let order = order::ops::find(&mut tx, cx, before.order).await?.ok_or(Error::NotFound)?;
    if kept(&mut tx, &order).await? != before.amount {
        return Err(Error::AmountChanged);
    }
    let lines = order::ops::lines(&mut tx, cx, order.id).await?;
    let sheet = rules::invoice_sheet(press, &before, (&order, &lines), platform.as_deref(), cx.now());
    let new = New {
        kind: Kind::Invoice,
        subject: id.to_string(),
        customer: before.customer,
        amount: before.amount,
        sheet,
        takes_back: None,
    };
    let paper = document::issue(&mut tx, cx, press, actor, new).await?;
    let next = Invoice { state, paper: Some(paper.id), ..before };
    decide(tx, cx, actor, "invoice.issue", next).await
}

/// Turns a request down; the customer reads the reason.
pub async fn refuse(cx: &Cx, actor: &Actor, id: InvoiceId, reason: &str) -> Result<Invoice, Error> {
    permit(actor)?;
    let reason = rules::reason(reason).map_err(wrong)?.to_owned();
    let mut tx = cx.begin().await?;
    let before = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let state = rules::on(before.state, Decision::Refuse)?;
    decide(tx, cx, actor, "invoice.refuse", Invoice { state, reason: Some(reason), ..before }).await
}

/// Takes an issued invoice back with a red-letter invoice over the same amount.
pub async fn reverse(
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    id: InvoiceId,
    reason: &str,
) -> Result<Invoice, Error> {
    permit(actor)?;
    let reason = rules::reason(reason).map_err(wrong)?.to_owned();
    let mut tx = cx.begin().await?;
    let before = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let state = rules::on(before.state, Decision::Reverse)?;
    let paper = before.paper.ok_or(Error::NotFound)?;
    let issued = document::store::find(&mut tx, cx, paper).await?.ok_or(Error::NotFound)?;
    let new = New {
        kind: Kind::RedInvoice,
        subject: id.to_string(),
        customer: before.customer,
        amount: Money::new(before.amount.minor.saturating_neg(), before.amount.currency),
        sheet: rules::red_sheet(press, &before, &issued.number, &reason, cx.now()),
        takes_back: Some(paper),
    };
    let red = document::issue(&mut tx, cx, press, actor, new).await?;
    let next = Invoice { state, red_paper: Some(red.id), reason: Some(reason), ..before };
    decide(tx, cx, actor, "invoice.reverse", next).await
}

/// Writes a decision and commits.
async fn decide(
    mut tx: Tx,
    cx: &Cx,
    actor: &Actor,
    verb: &'static str,
    mut next: Invoice,
) -> Result<Invoice, Error> {
    next.decided_at = Some(cx.now());
    if !store::update(&mut tx, cx, &next, actor.account()).await? {
        // Somebody else was faster, and their decision is the one that stands.
        let stands = store::find(&mut tx, cx, next.id).await?.ok_or(Error::NotFound)?;
        return Err(stands.state.refusal());
    }
    next.version = next.version.saturating_add(1);
    record(&mut tx, cx, actor, verb, &next).await?;
    tx.commit().await?;
    Ok(next)
}

async fn record(tx: &mut Tx, cx: &Cx, actor: &Actor, verb: &'static str, it: &Invoice) -> Result<(), Error> {
    let entry = audit::Entry {
        verb,
        object_kind: "invoice",
        object: it.id.raw(),
        customer: Some(it.customer),
        detail: json!({
            "order": it.order, "amount": it.amount, "paper": it.paper.map(PaperId::raw), "red": it.red_paper.map(PaperId::raw),
        }),
        reason: it.reason.as_deref(),
    };
    Ok(audit::record(tx, cx, actor, entry).await?)
}

fn permit(actor: &Actor) -> Result<(), Error> {
    if actor.may(Permission::IssueInvoices) { Ok(()) } else { Err(Error::Forbidden) }
}

fn wrong(field: FieldError) -> Error {
    Error::InvalidInput { fields: vec![field] }
}

/// One invoice, for whose it is and for staff; a foreign one is not found.
pub async fn find(cx: &Cx, actor: &Actor, id: InvoiceId) -> Result<Invoice, Error> {
    let found = store::find(&mut cx.read().await?, cx, id).await?;
    found.filter(|invoice| may_see(actor, invoice.customer)).ok_or(Error::NotFound)
}

/// The latest invoice of an order.
pub async fn of_order(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Option<Invoice>, Error> {
    let found = store::of_order(&mut cx.read().await?, cx, order).await?;
    Ok(found.filter(|invoice| may_see(actor, invoice.customer)))
}

fn may_see(actor: &Actor, customer: AccountId) -> bool {
    (actor.customer() == Some(customer) && actor.may(Permission::ReadOwnBusiness))
        || actor.may(Permission::IssueInvoices)
}

/// One's own, newest first.
pub async fn list_own(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Invoice>, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ReadOwnBusiness) {
        return Err(Error::Forbidden);
    }
    let found = store::list_of(&mut cx.read().await?, cx, customer, page).await?;
    Ok(cut(found, page))
}

/// All of one state for staff, newest first.
pub async fn list(
    cx: &Cx,
    actor: &Actor,
    state: InvoiceState,
    page: &PageRequest,
) -> Result<Page<Invoice>, Error> {
    permit(actor)?;
    let found = store::list_in(&mut cx.read().await?, cx, state, page).await?;
    Ok(cut(found, page))
}

fn cut(found: Vec<Invoice>, page: &PageRequest) -> Page<Invoice> {
    Page::cut(found, page, |invoice| Position { key: invoice.id.raw(), id: invoice.id.raw() })
}
