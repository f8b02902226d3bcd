//! Asking for a price.

use std::pin::Pin;

use catalogue::service::{QuotedPrice, ServiceVersion, Shelf};
use durable::Cx;
use kernel::{Actor, Duration, Money, Permission, Timestamp};

use super::{Quote, QuoteId, store, subject};
use crate::Error;
use crate::desk::{NewLine, checked_version_line};

/// How long our own prices are promised.
const OWN_PRICE_HOLDS: Duration = Duration::from_mins(30);
/// Old quotes are kept this long for questions.
const KEEP: Duration = Duration::from_days(7);

/// What a provider answered to an enquiry.
#[derive(Debug, Clone)]
pub struct Answered {
    pub amount: Option<Money>,
    pub reference: String,
    /// Until when the provider stands by it, if it says so.
    pub valid_until: Option<Timestamp>,
    pub facts: serde_json::Value,
}

/// Asks providers; implemented by fulfilment, which knows them. No transaction is open while it asks.
pub trait Enquirer: Send + Sync {
    fn enquire<'a>(
        &'a self,
        version: &'a ServiceVersion,
        offering: &'a str,
        answers: &'a serde_json::Value,
    ) -> Pin<Box<dyn Future<Output = Result<Answered, Error>> + Send + 'a>>;
}

/// Prices one line; where the service has an enquiry, the provider is asked first.
pub async fn ask(
    cx: &Cx,
    shelf: &Shelf,
    enquirer: &dyn Enquirer,
    actor: &Actor,
    line: &NewLine,
) -> Result<Quote, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::Forbidden);
    }
    let (version, answers) = checked_version_line(cx, shelf, line)?;
    let now = cx.now();
    let mut expires_at = now.plus(OWN_PRICE_HOLDS);
    let (mut provider, mut facts) = (None, None);
    if let Some(enquiry) = &version.service.enquiry {
        let answered = enquirer.enquire(&version, &line.offering, &answers).await?;
        let ours = now.plus(enquiry.valid_for);
        expires_at = answered.valid_until.map_or(ours, |theirs| theirs.min(ours));
        provider =
            answered.amount.map(|amount| QuotedPrice { amount, reference: answered.reference, expires_at });
        facts = Some(answered.facts);
    }
    let offering = version.offering(&line.offering).map_err(Error::bug)?;
    let priced = version
        .price(offering, line.quantity, &answers, provider.as_ref(), now)
        .map_err(|error| crate::desk::from_catalogue(error, &version.service))?;
    let quote = Quote {
        id: QuoteId::new(&cx.ids, now),
        customer,
        service: version.code.clone(),
        service_version: version.version,
        offering: line.offering.clone(),
        quantity: line.quantity,
        fingerprint: subject(cx, &version, &answers),
        total: priced.total,
        provider,
        facts,
        expires_at,
        created_at: now,
        priced: Some(priced),
    };
    let mut tx = cx.begin().await?;
    store::insert(&mut tx, cx, &quote).await?;
    tx.commit().await?;
    Ok(quote)
}

/// One's own quote.
pub async fn get(cx: &Cx, actor: &Actor, id: QuoteId) -> Result<Quote, Error> {
    let quote = store::find(&mut cx.read().await?, cx, id).await?;
    quote.filter(|quote| actor.customer() == Some(quote.customer)).ok_or(Error::NotFound)
}

/// Forgets quotes that expired long ago.
pub async fn purge(cx: &Cx) -> Result<u64, Error> {
    let mut tx = cx.begin().await?;
    let gone = store::purge(&mut tx, cx.now().minus(KEEP)).await?;
    tx.commit().await?;
    Ok(gone)
}
