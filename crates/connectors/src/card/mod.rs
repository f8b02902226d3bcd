//! A card gateway in the shape of Stripe's API, where the payer is sent to a page of the gateway: card numbers never come near us,
//! all we ever learn is a brand and four digits.
//!
//! ```text
//! POST {base}/v1/checkout/sessions                 opens a payment        Idempotency-Key: attempt id
//! GET  {base}/v1/payment_intents/search?query=metadata['attempt_id']:'…'
//! GET  {base}/v1/checkout/sessions?payment_intent=…                      the payment with its page, as it stands now
//! POST {base}/v1/checkout/sessions/{id}/expire     nobody pays any more
//! POST {base}/v1/payment_intents/{id}/capture      takes what was authorised   Idempotency-Key: attempt id and amount
//! POST {base}/v1/payment_intents/{id}/cancel       lets go what was authorised
//! POST {base}/v1/refunds                           gives back             Idempotency-Key: refund id
//! GET  {base}/v1/refunds?payment_intent=…
//! GET  {base}/v1/balance_transactions?created[gte]=…&created[lt]=…      the bill of a day
//! POST {callback}                                   Stripe-Signature, see `signature`
//! ```
//!
//! Requests are form-encoded with nested keys and carry the secret key as bearer token. Ours is the version [`VERSION`], the last in
//! which a page is opened together with its payment intent: so a payment whose answer was lost is found by our id in its metadata
//! before anybody has paid. The search may lag by a minute, which is shorter than a request counts as under way; what it finds is
//! read again by its own id, which never lags.
//!
//! A gateway is told our callback address once, when it is set up. `metadata[callback_url]` repeats it for gateways that want to be
//! told with each payment, as the sandbox does.

mod bill;
mod client;
mod read;
mod signature;
mod wire;

use std::sync::Arc;

use http::HeaderMap;
use kernel::{Clock, Duration, Money, Timestamp};

pub use client::ApiKey;
pub use signature::{HEADER_SIGNATURE, SigningSecrets};

use crate::BoxFuture;
use crate::gateway::{
    Begun, Bill, CallbackError, Capture, Gateway, GatewayError, GatewayEvent, NewPayment, NewRefund, Payment,
    PaymentState, Refund,
};
use crate::http::{BaseUrl, Http, Limits};
use crate::protocol::{MAX_BODY_BYTES, OperationId};
use client::{Client, Form, unclear};
use wire::{Event, Intent, List, Ref, Session, WireRefund};

/// Sent with every request.
pub const VERSION: &str = "2020-08-27";
/// Lines of a bill a request; the gateway gives no more.
const PAGE: &str = "100";
/// No day has more pages than this; a gateway that goes on for ever is not followed.
const MOST_PAGES: u32 = 20_000;
/// The gateway opens no page for less than half an hour. Counted from the end of the time to pay; the minute is for clocks that differ.
const LEAST_OPEN: Duration = Duration::from_mins(31);
/// Of our calendar, by which the bill is cut into days.
const BEIJING: jiff::tz::Offset = jiff::tz::Offset::constant(8);

/// Who we are at the gateway and how we speak with it.
#[derive(Debug, Clone)]
pub struct CardSettings {
    /// The address before `/v1`.
    pub base: BaseUrl,
    /// The gateway's number of our account: `acct_…`.
    pub merchant_id: String,
    pub secret_key: ApiKey,
    pub webhook: SigningSecrets,
}

/// The client of the card gateway.
#[derive(Debug, Clone)]
pub struct CardGateway {
    name: String,
    merchant_id: String,
    webhook: SigningSecrets,
    client: Client,
    clock: Arc<dyn Clock>,
}

/// A payment and the page it is paid on.
struct Found {
    session: Session,
    intent: Intent,
}

fn id(text: &str) -> Result<OperationId, GatewayError> {
    OperationId::parse(text).map_err(|error| refused("malformed", &error.to_string()))
}

fn refused(code: &str, detail: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), detail: detail.to_owned(), retriable: false }
}

impl CardGateway {
    /// What one exchange may take. A page of a bill is larger than any other answer.
    pub fn limits() -> Limits {
        Limits { answer_bytes: 4 * 1024 * 1024, ..Limits::default() }
    }

    pub fn new(name: impl Into<String>, settings: CardSettings, http: Http, clock: Arc<dyn Clock>) -> Self {
        let CardSettings { base, merchant_id, secret_key, webhook } = settings;
        Self {
            name: name.into(),
            merchant_id,
            webhook,
            client: Client { http, base, key: secret_key },
            clock,
        }
    }

    /// The payment of an attempt as the search knows it, which may be a minute old: good for what never changes.
    async fn search(&self, attempt_id: &str) -> Result<Intent, GatewayError> {
        id(attempt_id)?;
        let query = format!("metadata['attempt_id']:'{attempt_id}'");
        let path = ["v1", "payment_intents", "search"];
        let found: List<Intent> = self.client.get(&path, &[("query", &query), ("limit", "2")]).await?;
        let ours = |intent: &Intent| intent.metadata.get("attempt_id").is_some_and(|id| id == attempt_id);
        let nothing = found.data.is_empty();
        match found.data.into_iter().find(|intent| ours(intent)) {
            Some(intent) => Ok(intent),
            None if nothing => Err(GatewayError::NotKnown),
            None => Err(unclear("the answer is about another payment")),
        }
    }

    /// The payment of an attempt as it stands now.
    async fn find(&self, attempt_id: &str) -> Result<Found, GatewayError> {
        let intent = self.search(attempt_id).await?.id;
        let pairs =
            [("payment_intent", intent.as_str()), ("limit", "1"), ("expand[]", "data.payment_intent")];
        let list: List<Session> = self.client.get(&["v1", "checkout", "sessions"], &pairs).await?;
        let session = list.data.into_iter().next().ok_or_else(|| unclear("a payment without its page"))?;
        let found = whole(session)?;
        if found.intent.id == intent {
            Ok(found)
        } else {
            Err(unclear("the answer is about another payment"))
        }
    }

    /// An answer about another payment is no answer.
    fn payment(&self, attempt_id: &str, found: &Found) -> Result<Payment, GatewayError> {
        let read = read::session_payment(&found.session, &found.intent, &self.merchant_id);
        about(attempt_id, read.map_err(|why| unclear(&why))?)
    }

    fn intent_payment(&self, attempt_id: &str, intent: &Intent) -> Result<Payment, GatewayError> {
        about(attempt_id, read::payment(intent, &self.merchant_id).map_err(|why| unclear(&why))?)
    }

    fn refund_of(&self, refund_id: &str, found: &WireRefund) -> Result<Refund, GatewayError> {
        let refund = read::refund(found, &self.merchant_id).map_err(|why| unclear(&why))?;
        if refund.refund_id == refund_id {
            Ok(refund)
        } else {
            Err(unclear("the answer is about another refund"))
        }
    }

    async fn create(&self, new: &NewPayment) -> Result<Payment, GatewayError> {
        id(&new.attempt_id)?;
        if new.expires_at <= self.clock.now() {
            return Err(refused("expired", "the time to pay is over"));
        }
        let (form, path) = (Form::new(opening(new)), ["v1", "checkout", "sessions"]);
        let session: Session = self.client.post(&path, form, Some(&new.attempt_id)).await?;
        self.payment(&new.attempt_id, &whole(session)?)
    }

    async fn shut(&self, attempt_id: &str) -> Result<Payment, GatewayError> {
        let found = self.find(attempt_id).await?;
        let payment = self.payment(attempt_id, &found)?;
        let closed: Result<serde_json::Value, _> = match payment.state {
            PaymentState::Captured { .. } | PaymentState::Closed | PaymentState::Processing => {
                return Ok(payment);
            }
            PaymentState::Authorised { .. } => {
                let path = ["v1", "payment_intents", &found.intent.id, "cancel"];
                self.client.post(&path, Form::default(), None).await
            }
            // A declined payment can be tried again on its page until that is closed.
            PaymentState::Open | PaymentState::Declined { .. } => {
                let path = ["v1", "checkout", "sessions", &found.session.id, "expire"];
                self.client.post(&path, Form::default(), None).await
            }
        };
        match closed {
            // Refused: the payer was faster. How it stands is told by the payment itself either way.
            Ok(_) | Err(GatewayError::Refused { retriable: false, .. }) => {
                self.payment(attempt_id, &self.find(attempt_id).await?)
            }
            Err(error) => Err(error),
        }
    }

    async fn take(&self, attempt_id: &str, amount: Money) -> Result<Payment, GatewayError> {
        let found = self.find(attempt_id).await?;
        let payment = self.payment(attempt_id, &found)?;
        match &payment.state {
            PaymentState::Authorised { authorised, .. } if authorised.currency != amount.currency => {
                return Err(refused("bad_amount", "another currency was authorised"));
            }
            PaymentState::Authorised { .. } => {}
            PaymentState::Captured { captured, .. } if *captured == amount => return Ok(payment),
            other => return Err(refused("not_authorised", other.name())),
        }
        let minor = amount.minor.to_string();
        let form = Form::new([
            ("amount_to_capture".to_owned(), minor.clone()),
            ("expand[]".to_owned(), "charges.data".to_owned()),
        ]);
        let path = ["v1", "payment_intents", &found.intent.id, "capture"];
        let key = format!("{attempt_id}-capture-{minor}");
        let intent: Intent = self.client.post(&path, form, Some(&key)).await?;
        self.intent_payment(attempt_id, &intent)
    }

    async fn give_back(&self, new: &NewRefund) -> Result<Refund, GatewayError> {
        id(&new.refund_id)?;
        let intent = self.search(&new.attempt_id).await?;
        // The gateway's refunds have no currency of their own, so it could not notice.
        let paid = read::money(intent.amount, &intent.currency).map_err(|why| unclear(&why))?;
        if paid.currency != new.amount.currency {
            return Err(refused("bad_amount", "the payment is in another currency"));
        }
        let reason: String = new.reason.chars().take(client::METADATA_CHARS).collect();
        let form = Form::new([
            ("payment_intent".to_owned(), intent.id),
            ("amount".to_owned(), new.amount.minor.to_string()),
            ("metadata[refund_id]".to_owned(), new.refund_id.clone()),
            ("metadata[attempt_id]".to_owned(), new.attempt_id.clone()),
            ("metadata[reason]".to_owned(), reason),
        ]);
        let found: WireRefund = self.client.post(&["v1", "refunds"], form, Some(&new.refund_id)).await?;
        self.refund_of(&new.refund_id, &found)
    }

    async fn find_refund(&self, attempt_id: &str, refund_id: &str) -> Result<Refund, GatewayError> {
        id(refund_id)?;
        let intent = self.search(attempt_id).await?.id;
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut pairs = vec![("payment_intent", intent.as_str()), ("limit", PAGE)];
            pairs.extend(after.as_deref().map(|id| ("starting_after", id)));
            let list: List<WireRefund> = self.client.get(&["v1", "refunds"], &pairs).await?;
            let ours =
                |refund: &&WireRefund| refund.metadata.get("refund_id").is_some_and(|id| id == refund_id);
            if let Some(found) = list.data.iter().find(ours) {
                return self.refund_of(refund_id, found);
            }
            after = list.data.last().map(|last| last.id.clone());
            if !list.has_more || after.is_none() {
                return Err(GatewayError::NotKnown);
            }
        }
        Err(unclear("the list of refunds has no end"))
    }

    async fn movements(&self, day: jiff::civil::Date) -> Result<Bill, GatewayError> {
        let midnight = |date: jiff::civil::Date| {
            BEIJING.to_timestamp(date.at(0, 0, 0, 0)).map(jiff::Timestamp::as_second).ok()
        };
        let (Some(from), Some(to)) = (midnight(day), day.tomorrow().ok().and_then(midnight)) else {
            return Err(refused("bad_day", "no calendar has this day"));
        };
        if self.clock.now() < Timestamp::from_secs(to).plus(SETTLED_AFTER) {
            return Err(GatewayError::NotKnown);
        }
        let (from, to) = (from.to_string(), to.to_string());
        let (mut bill, mut after) = (Bill::default(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut pairs = vec![("created[gte]", from.as_str()), ("created[lt]", to.as_str())];
            pairs.extend([("limit", PAGE), ("expand[]", "data.source")]);
            pairs.extend(after.as_deref().map(|id| ("starting_after", id)));
            let list: List<serde_json::Value> =
                self.client.get(&["v1", "balance_transactions"], &pairs).await?;
            let next = list.data.iter().rev().find_map(|entry| entry.get("id")?.as_str().map(str::to_owned));
            list.data.into_iter().for_each(|entry| bill::add(&mut bill, entry));
            if !list.has_more {
                return Ok(bill);
            }
            if next.is_none() || next == after {
                return Err(unclear("a page of the bill does not say where the next begins"));
            }
            after = next;
        }
        Err(unclear("the bill has no end"))
    }
}

/// After midnight, movements of the day before may still be written down for so long.
const SETTLED_AFTER: Duration = Duration::from_mins(10);

fn about(attempt_id: &str, payment: Payment) -> Result<Payment, GatewayError> {
    if payment.attempt_id == attempt_id {
        Ok(payment)
    } else {
        Err(unclear("the answer is about another payment"))
    }
}

/// A page is only read together with its payment.
fn whole(mut session: Session) -> Result<Found, GatewayError> {
    match session.payment_intent.take() {
        Some(Ref::Whole(intent)) => Ok(Found { session, intent: *intent }),
        Some(Ref::Id(_)) | None => Err(unclear("a page without its payment")),
    }
}

/// What is asked for when a payment is opened. It depends on nothing but its argument, so that repeating it says the same.
fn opening(new: &NewPayment) -> Vec<(String, String)> {
    let capture = match new.capture {
        Capture::Now => "automatic",
        Capture::Later => "manual",
    };
    let description = new.description.get(new.locale).to_owned();
    let pairs = [
        ("mode", "payment".to_owned()),
        ("payment_method_types[0]", "card".to_owned()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("line_items[0][price_data][currency]", new.amount.currency.code().to_ascii_lowercase()),
        ("line_items[0][price_data][unit_amount]", new.amount.minor.to_string()),
        ("line_items[0][price_data][product_data][name]", description.clone()),
        ("payment_intent_data[capture_method]", capture.to_owned()),
        ("payment_intent_data[description]", format!("{} {description}", new.reference)),
        ("payment_intent_data[metadata][attempt_id]", new.attempt_id.clone()),
        ("payment_intent_data[metadata][reference]", new.reference.clone()),
        ("metadata[attempt_id]", new.attempt_id.clone()),
        ("metadata[reference]", new.reference.clone()),
        ("metadata[callback_url]", new.callback_url.clone()),
        ("client_reference_id", new.attempt_id.clone()),
        ("success_url", new.return_url.clone()),
        ("cancel_url", new.return_url.clone()),
        ("locale", new.locale.pick("zh", "en").to_owned()),
        ("expires_at", new.expires_at.plus(LEAST_OPEN).as_secs().to_string()),
        ("expand[0]", "payment_intent".to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

impl Gateway for CardGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_attempt<'a>(&'a self, new: &'a NewPayment) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.create(new))
    }

    fn query<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(async move { self.payment(&begun.attempt_id, &self.find(&begun.attempt_id).await?) })
    }

    fn close<'a>(&'a self, begun: &'a Begun) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.shut(&begun.attempt_id))
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(self.give_back(new))
    }

    fn query_refund<'a>(
        &'a self,
        attempt_id: &'a str,
        refund_id: &'a str,
    ) -> BoxFuture<'a, Result<Refund, GatewayError>> {
        Box::pin(self.find_refund(attempt_id, refund_id))
    }

    fn capture<'a>(
        &'a self,
        attempt_id: &'a str,
        amount: Money,
    ) -> BoxFuture<'a, Result<Payment, GatewayError>> {
        Box::pin(self.take(attempt_id, amount))
    }

    fn bill(&self, day: jiff::civil::Date) -> BoxFuture<'_, Result<Bill, GatewayError>> {
        Box::pin(self.movements(day))
    }

    /// Size, signature on the raw bytes, account and mode, then content. Nothing is asked of the gateway here.
    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<GatewayEvent, CallbackError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(CallbackError::TooLarge);
        }
        self.webhook.verify(headers, body, self.clock.now())?;
        let event: Event = serde_json::from_slice(body)
            .map_err(|error| CallbackError::Malformed(crate::http::where_in(&error)))?;
        if let Some(account) = event.account.as_ref().filter(|account| **account != self.merchant_id) {
            return Err(CallbackError::WrongMerchant(account.clone()));
        }
        if event.livemode != self.client.key.is_live() {
            return Err(CallbackError::WrongMerchant("our account in another mode".to_owned()));
        }
        read::event(event, &self.merchant_id).map_err(CallbackError::Malformed)
    }
}
