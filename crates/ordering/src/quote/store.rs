//! Rows of quotes.

use catalogue::service::QuotedPrice;
use db::{Result, Tx, params};
use durable::Cx;
use kernel::Timestamp;

use super::{Quote, QuoteId};
use crate::order::store::{money_of, open, open_or_none, seal, seal_or_none};

const FACTS: &str = "quote.facts";
const REFERENCE: &str = "quote.provider_reference";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("quote", "facts", FACTS),
    vault::SealedColumn::new("quote", "reference_sealed", REFERENCE).once_clear(&["provider_reference"]),
];

db::statements! {
    INSERT = "INSERT INTO quote (id, customer_id, service, service_version, offering, quantity, fingerprint, total, currency,
                                 provider_amount, reference_sealed, facts, expires_at, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    FIND = "SELECT id, customer_id, service, service_version, offering, quantity, fingerprint, total, currency, provider_amount,
                   reference_sealed, facts, expires_at, created_at FROM quote WHERE id = $1";
    PURGE = "DELETE FROM quote WHERE expires_at < $1";
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, quote: &Quote) -> Result<()> {
    let facts = quote.facts.as_ref().map(|facts| seal(cx, FACTS, facts)).transpose()?;
    let provider = quote.provider.as_ref();
    let values = params![
        quote.id.raw(),
        quote.customer,
        &quote.service,
        quote.service_version,
        &quote.offering,
        quote.quantity,
        quote.fingerprint,
        quote.total.minor,
        quote.total.currency.code(),
        provider.map(|p| p.amount.minor),
        seal_or_none(cx, REFERENCE, provider.map(|p| p.reference.as_str()))?,
        facts,
        quote.expires_at,
        quote.created_at
    ];
    tx.execute(&INSERT, values).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: QuoteId) -> Result<Option<Quote>> {
    let Some(row) = tx.first(&FIND, params![id.raw()]).await? else { return Ok(None) };
    let mut r = row.reader();
    let (id, customer) = (QuoteId(r.get()?), r.get()?);
    let (service, service_version, offering, quantity) = (r.get()?, r.get()?, r.get()?, r.get()?);
    let fingerprint: Vec<u8> = r.get()?;
    let (total, currency): (i64, String) = (r.get()?, r.get()?);
    let amount: Option<i64> = r.get()?;
    let reference = open_or_none(cx, REFERENCE, r.get()?)?;
    let facts: Option<Vec<u8>> = r.get()?;
    let (expires_at, created_at): (Timestamp, Timestamp) = (r.get()?, r.get()?);
    let provider = amount
        .zip(reference)
        .map(|(minor, reference)| {
            Ok::<_, db::Error>(QuotedPrice { amount: money_of(minor, &currency)?, reference, expires_at })
        })
        .transpose()?;
    Ok(Some(Quote {
        id,
        customer,
        service,
        service_version,
        offering,
        quantity,
        fingerprint: fingerprint.try_into().map_err(|_| db::Error::Shape("quote.fingerprint".to_owned()))?,
        total: money_of(total, &currency)?,
        provider,
        facts: facts.map(|sealed| open(cx, FACTS, &sealed)).transpose()?,
        expires_at,
        created_at,
        priced: None,
    }))
}

pub(crate) async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute(&PURGE, params![before]).await
}
