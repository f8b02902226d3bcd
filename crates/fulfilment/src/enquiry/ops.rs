//! Asking a provider before anything is ordered: what is due, what it would cost. Nothing is changed anywhere, so a question without an
//! answer may simply be asked again.

use std::pin::Pin;

use catalogue::service::{EnquiryOperation, ServiceVersion};
use connectors::{Operation, OperationId, OperationKind, Outcome, ProviderError};
use durable::Cx;
use kernel::{Locale, Money, RequestId};
use ordering::Error;
use ordering::quote::{Answered, Enquirer};
use serde_json::{Map, Value};

use crate::services::Fulfilment;

/// Answers the enquiries of the desk with the providers of this installation.
#[derive(Debug, Clone, Copy)]
pub struct Enquiries<'a> {
    pub cx: &'a Cx,
    pub services: &'a Fulfilment,
}

impl Enquirer for Enquiries<'_> {
    fn enquire<'a>(
        &'a self,
        version: &'a ServiceVersion,
        offering: &'a str,
        answers: &'a Value,
    ) -> Pin<Box<dyn Future<Output = Result<Answered, Error>> + Send + 'a>> {
        Box::pin(self.ask(version, offering, answers))
    }
}

impl Enquiries<'_> {
    async fn ask(
        &self,
        version: &ServiceVersion,
        offering: &str,
        answers: &Value,
    ) -> Result<Answered, Error> {
        let enquiry =
            version.service.enquiry.as_ref().ok_or_else(|| Error::bug("a service without an enquiry"))?;
        let provider = self
            .services
            .providers
            .get(&enquiry.provider)
            .ok_or_else(|| Error::bug(format!("no provider {}", enquiry.provider)))?;
        let reference = RequestId::new(&self.cx.ids, self.cx.now()).to_string();
        let needed = |name: &String| answers.get(name).map(|answer| (name.clone(), answer.clone()));
        let operation = Operation {
            operation_id: OperationId::parse(reference.clone()).map_err(Error::bug)?,
            operation: match enquiry.operation {
                EnquiryOperation::Query => OperationKind::Query,
                EnquiryOperation::Quote => OperationKind::Quote,
            },
            service: version.code.clone(),
            offering: Some(offering.to_owned()),
            quantity: 1,
            answers: enquiry.needs.iter().filter_map(needed).collect(),
            amount: None,
            reference: reference.clone(),
            cancels: None,
            callback_url: None,
        };
        let answer = provider.operate(&operation).await.map_err(|error| unanswered(&error))?;
        read(answer.outcome, reference)
    }
}

fn unanswered(error: &ProviderError) -> Error {
    tracing::warn!(%error, "an enquiry brought no answer");
    Error::EnquiryUnavailable
}

/// What the answer says. Whoever answers an enquiry later has not answered it.
pub(crate) fn read(outcome: Outcome, reference: String) -> Result<Answered, Error> {
    if let Some(quote) = outcome.quote() {
        let (amount, valid_until, facts) =
            (Some(quote.amount), Some(quote.valid_until), Value::Object(quote.facts));
        return Ok(Answered { amount, reference, valid_until, facts });
    }
    match outcome {
        Outcome::Done { result, .. } => {
            let amount = amount_due(&result);
            Ok(Answered { amount, reference, valid_until: None, facts: Value::Object(result) })
        }
        Outcome::Later { .. } => Err(Error::EnquiryUnavailable),
        Outcome::Refused { message, .. } => {
            let en = message.get(Locale::En).to_owned();
            Err(Error::EnquiryRefused { zh: message.zh, en })
        }
    }
}

/// A plain query may name what is due among its facts.
fn amount_due(result: &Map<String, Value>) -> Option<Money> {
    result.get("amount_due").and_then(|due| serde_json::from_value(due.clone()).ok())
}
