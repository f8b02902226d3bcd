//! Issuing, showing, verifying.

use db::Tx;
use durable::Cx;
use forms::FieldKind;
use kernel::{Actor, Locale, Text, mask_phone, order_number, parse_order_number, same_code};
use ordering::order::{self, OrderId};

use super::model::{Document, DocumentId, Facts, Row};
use super::store;
use crate::Error;
use crate::flow::model::Case;

const RECEIPT: &str = "receipt";

/// Issues the receipt of a line. A second time nothing happens: the first one stands.
pub(crate) async fn issue(tx: &mut Tx, cx: &Cx, case: &Case) -> Result<(), Error> {
    let id = DocumentId::new(&cx.ids, cx.now());
    let (order, line) = (&case.order, &case.line);
    let facts = Facts {
        order_number: order.number(),
        service: case.service.service.name.clone(),
        item: line.title.clone(),
        offering: case
            .service
            .service
            .offering(&line.offering)
            .map_or_else(|| line.title.clone(), |offering| offering.name.clone()),
        quantity: line.quantity,
        unit: line.unit,
        total: line.total,
        total_capital: line.total.to_capital(),
        payment: order.payment.name().to_owned(),
        seller: line.seller.clone(),
        seller_name: case.service.service.seller_name.clone(),
        placed_at: order.placed_at,
        issued_at: cx.now(),
        rows: rows(case),
    };
    let number = order_number(id.raw());
    let document = Document {
        code: code(cx, id, &number, &facts)?,
        id,
        kind: RECEIPT.to_owned(),
        number,
        order: order.id,
        line: line.id,
        customer: order.customer,
        facts,
        issued_at: cx.now(),
    };
    store::insert(tx, cx, &document).await?;
    Ok(())
}

/// The answers as a person reads them, without what identifies somebody; phones masked.
fn rows(case: &Case) -> Vec<Row> {
    let form = case
        .service
        .service
        .offering(&case.line.offering)
        .map_or_else(|| case.service.service.form.clone(), |offering| offering.form.clone());
    let (zh, en) =
        (form.summary(&case.line.answers, Locale::Zh), form.summary(&case.line.answers, Locale::En));
    let mut out = Vec::new();
    for (zh, en) in zh.into_iter().zip(en).filter(|(zh, _)| !zh.value.is_empty()) {
        let phone = form.field(&zh.field).is_some_and(|field| matches!(field.kind, FieldKind::Phone));
        let value = match (phone, zh.sensitive) {
            (true, _) => {
                let masked = mask_phone(&zh.value);
                Text::new(masked.clone(), masked)
            }
            (false, true) => continue,
            (false, false) => Text::new(zh.value, en.value),
        };
        out.push(Row { label: Text::new(zh.label, en.label), value });
    }
    out
}

/// Fifty bits of a keyed hash over id, number and facts: whoever changes one of them cannot make the other.
fn code(cx: &Cx, id: DocumentId, number: &str, facts: &Facts) -> Result<String, Error> {
    let facts = serde_json::to_vec(facts)?;
    let mac = cx.vault.mac(&[b"document", &id.raw().to_be_bytes(), number.as_bytes(), &facts]);
    Ok(kernel::proof_code(&mac))
}

/// The receipts of an order, one for each line that was done: for its customer and for staff.
pub async fn receipt(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Vec<Document>, Error> {
    let mut tx = cx.read().await?;
    let found = order::ops::find(&mut tx, cx, order).await?;
    found.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    let documents = store::list(&mut tx, cx, order).await?;
    Ok(documents.into_iter().filter(|document| document.kind == RECEIPT).collect())
}

/// One document; a foreign one is not found.
pub async fn get(cx: &Cx, actor: &Actor, id: DocumentId) -> Result<Document, Error> {
    let mut tx = cx.read().await?;
    let document = store::find(&mut tx, cx, id).await?.ok_or(Error::NotFound)?;
    let order = order::ops::find(&mut tx, cx, document.order).await?;
    order.filter(|order| order::ops::may_see(actor, order)).ok_or(Error::NotFound)?;
    Ok(document)
}

/// Whether a document of this number and code was issued and is unchanged; anybody who holds both may ask. Anything else
/// is not found.
pub async fn verify(cx: &Cx, number: &str, given: &str) -> Result<Document, Error> {
    let number = parse_order_number(number).map(order_number).ok_or(Error::NotFound)?;
    let document = store::find_number(&mut cx.read().await?, cx, &number).await?.ok_or(Error::NotFound)?;
    let expected = code(cx, document.id, &document.number, &document.facts)?;
    if same_code(&expected, given) && same_code(&expected, &document.code) {
        Ok(document)
    } else {
        Err(Error::NotFound)
    }
}
