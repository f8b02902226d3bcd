//! Issuing, showing, drawing, verifying.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Locale, Money, Page, PageRequest, Permission, Position, Timestamp};
use ledger::{AccountName, TransferKind};
use ordering::order::{self, Order, OrderId};
use risk::evidence::Evidence;
use sha2::{Digest as _, Sha256};

use super::model::{Document, Kind, New, PaperId, Verified};
use super::rules::{self, Moved, Paid, Part};
use super::store;
use crate::{Error, Press};

/// Issues a document, or answers with the one that was issued about this subject before. Joins the caller's transaction.
pub(crate) async fn issue(
    tx: &mut Tx,
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    new: New,
) -> Result<Document, Error> {
    if let Some(document) = store::find_subject(tx, cx, new.kind, &new.subject).await? {
        return Ok(document);
    }
    let now = cx.now();
    let id = PaperId::new(&cx.ids, now);
    let mut sheet = new.sheet;
    sheet.number = kernel::order_number(id.raw());
    let code = code(cx, new.kind, id, &sheet)?;
    sheet.seal = Some(rules::seal(press, &sheet.language, &sheet.number, &code));
    let document = Document {
        id,
        kind: new.kind,
        number: sheet.number.clone(),
        customer: new.customer,
        amount: new.amount,
        sheet,
        code,
        takes_back: new.takes_back,
        issued_at: now,
    };
    if !store::insert(tx, cx, &new.subject, &document).await? {
        // Somebody else was faster; what they issued stands.
        return store::find_subject(tx, cx, new.kind, &new.subject).await?.ok_or(Error::NotFound);
    }
    let entry = audit::Entry {
        verb: "document.issue",
        object_kind: "document",
        object: id.raw(),
        customer: Some(new.customer),
        detail: serde_json::json!({"kind": new.kind.name(), "amount": new.amount}),
        reason: None,
    };
    audit::record(tx, cx, actor, entry).await?;
    Ok(document)
}

/// Fifty bits of a keyed hash over kind, id and sheet without its seal: whoever changes one of them cannot make the other.
fn code(cx: &Cx, kind: Kind, id: PaperId, sheet: &paper::Sheet) -> Result<String, Error> {
    let bare = serde_json::to_vec(&paper::Sheet { seal: None, ..sheet.clone() })?;
    let mac = cx.vault.mac(&[b"paper", kind.name().as_bytes(), &id.raw().to_be_bytes(), &bare]);
    Ok(kernel::proof_code(&mac))
}

/// The statement of one's own balance from `from` until before `to`; both ends in the past.
pub async fn statement(
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    locale: Locale,
    (from, to): (Timestamp, Timestamp),
) -> Result<Document, Error> {
    let customer = own(actor)?;
    let statement = ledger::statement(cx, actor, customer, from, to).await?;
    if !statement.is_final {
        return Err(Error::NotOver);
    }
    let holder = holder(cx, actor).await?;
    let new = New {
        kind: Kind::Statement,
        subject: format!("{customer}|{}|{}|{}", from.0, to.0, locale.pick("zh-CN", "en")),
        customer,
        amount: statement.closing,
        sheet: rules::statement(press, locale, &holder, &statement, cx.now()),
        takes_back: None,
    };
    commit(cx, press, actor, new).await
}

/// The proof of what was paid for an order of one's own. After a refund there is a new one.
pub async fn payment_proof(
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    locale: Locale,
    id: OrderId,
) -> Result<Document, Error> {
    let customer = own(actor)?;
    let order = order::query::get(cx, actor, id).await?;
    if order.customer != customer {
        return Err(Error::NotFound);
    }
    let paid = paid(cx, actor, &order).await?;
    if paid.parts.iter().all(|part| part.moved.is_back()) {
        return Err(Error::NothingPaid);
    }
    let holder = holder(cx, actor).await?;
    let new = New {
        kind: Kind::PaymentProof,
        subject: format!("{id}|{}|{}", paid.parts.len(), locale.pick("zh-CN", "en")),
        customer,
        amount: paid.net,
        sheet: rules::payment_proof(press, locale, (&order, &holder), &paid, cx.now()),
        takes_back: None,
    };
    commit(cx, press, actor, new).await
}

async fn commit(cx: &Cx, press: &Press, actor: &Actor, new: New) -> Result<Document, Error> {
    let mut tx = cx.begin().await?;
    let document = issue(&mut tx, cx, press, actor, new).await?;
    tx.commit().await?;
    Ok(document)
}

/// What came in for an order and went back, through gateways and from the balance, oldest first.
async fn paid(cx: &Cx, actor: &Actor, order: &Order) -> Result<Paid, Error> {
    let view = ordering::payment::ops::of_order(cx, actor, order.id).await.map_err(Error::bug)?;
    let mut parts = view.as_ref().map(rules::through_gateways).unwrap_or_default();
    let mut tx = cx.read().await?;
    let code = AccountName::Wallet(order.customer).code(order.total.currency);
    let wallet = ledger::load_accounts_by_code(&mut tx, &[code]).await?.into_iter().next();
    for transfer in ledger::transfers_of_order(&mut tx, order.id.raw()).await? {
        let back = wallet.as_ref().is_some_and(|wallet| wallet.id == transfer.credit);
        let out = wallet.as_ref().is_some_and(|wallet| wallet.id == transfer.debit);
        if (back || out) && transfer.kind != TransferKind::Reversal {
            parts.push(Part {
                at: transfer.created_at,
                moved: if back { Moved::Refund } else { Moved::Payment },
                way: "balance".to_owned(),
                reference: transfer.id.to_string(),
                amount: transfer.amount,
            });
        }
    }
    parts.sort_by_key(|part| (part.at, part.moved));
    let net = parts.iter().fold(0_i64, |sum, part| {
        let minor = part.amount.minor;
        if part.moved.is_back() { sum.saturating_sub(minor) } else { sum.saturating_add(minor) }
    });
    Ok(Paid { parts, net: Money::new(net, order.total.currency) })
}

/// In whose name: the organisation, the proved name, or what the account is called.
async fn holder(cx: &Cx, actor: &Actor) -> Result<String, Error> {
    let acting = actor.principal().and_then(|principal| principal.acting_for);
    if acting.is_some() {
        return Ok(identity::organisation::current(cx, actor).await.map_err(Error::bug)?.name);
    }
    let profile = identity::account::profile(cx, actor).await.map_err(Error::bug)?;
    Ok(profile.name.or(profile.email).or(profile.phone).unwrap_or_default())
}

fn own(actor: &Actor) -> Result<AccountId, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if actor.may(Permission::ReadOwnBusiness) { Ok(customer) } else { Err(Error::Forbidden) }
}

fn may_see(actor: &Actor, customer: AccountId) -> bool {
    (actor.customer() == Some(customer) && actor.may(Permission::ReadOwnBusiness))
        || actor.may(Permission::ReadLedger)
}

/// One document, for whose it is and for staff; a foreign one is not found.
pub async fn find(cx: &Cx, actor: &Actor, id: PaperId) -> Result<Document, Error> {
    let found = store::find(&mut cx.read().await?, cx, id).await?;
    found.filter(|document| may_see(actor, document.customer)).ok_or(Error::NotFound)
}

/// One's own documents, newest first.
pub async fn list_own(cx: &Cx, actor: &Actor, page: &PageRequest) -> Result<Page<Document>, Error> {
    let customer = own(actor)?;
    let found = store::list(&mut cx.read().await?, cx, customer, page).await?;
    Ok(Page::cut(found, page, |document| Position { key: document.id.raw(), id: document.id.raw() }))
}

/// The PDF of a document with its SHA-256 in hexadecimal: drawn once, the same bytes ever after.
pub async fn file(cx: &Cx, press: &Press, actor: &Actor, id: PaperId) -> Result<(Vec<u8>, String), Error> {
    let document = find(cx, actor, id).await?;
    drawn(cx, press, (document.id.raw(), document.customer), &document.sheet).await
}

/// The same for a receipt.
pub async fn receipt_file(
    cx: &Cx,
    press: &Press,
    actor: &Actor,
    locale: Locale,
    id: fulfilment::DocumentId,
) -> Result<(Vec<u8>, String), Error> {
    let receipt = fulfilment::document::get(cx, actor, id).await?;
    let sheet = rules::receipt(press, locale, &receipt);
    drawn(cx, press, (receipt.id.raw(), receipt.customer), &sheet).await
}

async fn drawn(
    cx: &Cx,
    press: &Press,
    (id, customer): (i64, AccountId),
    sheet: &paper::Sheet,
) -> Result<(Vec<u8>, String), Error> {
    if let Some(kept) = store::find_file(&mut cx.read().await?, cx, id).await? {
        return Ok(kept);
    }
    let (file, digest) = draw(press, sheet)?;
    let mut tx = cx.begin().await?;
    let first = store::insert_file(&mut tx, cx, (id, customer), &file, &digest).await?;
    tx.commit().await?;
    if first {
        return Ok((file, digest));
    }
    store::find_file(&mut cx.read().await?, cx, id).await?.ok_or(Error::NotFound)
}

/// Draws a sheet that is kept nowhere; the file with its SHA-256 in hexadecimal.
pub fn draw(press: &Press, sheet: &paper::Sheet) -> Result<(Vec<u8>, String), Error> {
    let font = press.font.as_ref().ok_or(Error::NoFont)?;
    let file = paper::render(sheet, font)?;
    let digest = kernel::hex::encode(Sha256::digest(&file).as_slice());
    Ok((file, digest))
}

/// Evidence that the risk desk put together, in words; who may have it was asked when it was put together, and it is kept nowhere.
pub fn evidence(press: &Press, evidence: &Evidence) -> paper::Sheet {
    rules::evidence(press, evidence)
}

/// Whether a document of this number and code was issued and is unchanged, and whether it still counts; anybody who holds both may
/// ask, and sees the name of a payer masked. Anything else is not found.
pub async fn verify(cx: &Cx, number: &str, given: &str) -> Result<Verified, Error> {
    let plain = kernel::parse_order_number(number).map(kernel::order_number).ok_or(Error::NotFound)?;
    let mut tx = cx.read().await?;
    let Some(document) = store::find_number(&mut tx, cx, &plain).await? else {
        let receipt = fulfilment::document::verify(cx, number, given).await?;
        return Ok(Verified::Receipt(Box::new(receipt)));
    };
    let expected = code(cx, document.kind, document.id, &document.sheet)?;
    if !kernel::same_code(&expected, given) || !kernel::same_code(&expected, &document.code) {
        return Err(Error::NotFound);
    }
    let taken_back_by = store::taken_back_by(&mut tx, document.id).await?;
    Ok(Verified::Paper { document: Box::new(rules::for_anybody(document)), taken_back_by })
}
