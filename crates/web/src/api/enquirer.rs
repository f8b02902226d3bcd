//! Asking a provider what it costs or what is due, while somebody waits for the answer. Nothing is changed by asking, so a question that is
//! not answered soon is simply given up.

use std::pin::Pin;
use std::time::Duration;

use catalogue::service::{EnquiryOperation, ServiceVersion};
use connectors::{Answer, Operation, OperationId, OperationKind, Outcome, Provider, ProviderError};
use kernel::Locale;
use ordering::Error;
use ordering::quote::{Answered, Enquirer};
use serde_json::Value;

use crate::app::App;

/// How long somebody waits for an answer before "later" counts as none.
const PATIENCE: u32 = 8;
const PAUSE: Duration = Duration::from_secs(1);

/// The providers of this installation, for questions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enquiries<'a>(pub &'a App);

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
        let enquiry = version.service.enquiry.as_ref().ok_or_else(|| Error::bug("nothing to enquire"))?;
        let provider = self.0.fulfilment.providers.get(&enquiry.provider).ok_or(Error::EnquiryUnavailable)?;
        let id = kernel::encode_base32(self.0.cx.ids.next(self.0.cx.now()));
        let operation_id = OperationId::parse(format!("enq_{id}")).map_err(Error::bug)?;
        let needed = |name: &String| Some((name.clone(), answers.get(name)?.clone()));
        let operation = Operation {
            operation: match enquiry.operation {
                EnquiryOperation::Query => OperationKind::Query,
                EnquiryOperation::Quote => OperationKind::Quote,
            },
            service: version.code.clone(),
            offering: Some(offering.to_owned()),
            quantity: 1,
            // No more than the question needs leaves the house.
            answers: enquiry.needs.iter().filter_map(needed).collect(),
            amount: None,
            reference: operation_id.to_string(),
            cancels: None,
            callback_url: None,
            operation_id,
        };
        let outcome = wait_for(provider.as_ref(), &operation).await?;
        read(&operation, outcome)
    }
}

async fn wait_for(provider: &dyn Provider, operation: &Operation) -> Result<Outcome, Error> {
    let mut heard = provider.operate(operation).await;
    for _ in 0..PATIENCE {
        match heard {
            Ok(Answer { outcome: Outcome::Later { .. }, .. }) | Err(ProviderError::Unknown { .. }) => {}
            Ok(answer) => return Ok(answer.outcome),
            Err(ProviderError::Refused { .. } | ProviderError::NotKnown) => break,
        }
        tokio::time::sleep(PAUSE).await;
        heard = provider.poll(&operation.operation_id).await;
    }
    Err(Error::EnquiryUnavailable)
}

fn read(operation: &Operation, outcome: Outcome) -> Result<Answered, Error> {
    let quote = outcome.quote();
    let reference = operation.operation_id.to_string();
    match outcome {
        Outcome::Refused { message, .. } => {
            let en = message.get(Locale::En).to_owned();
            Err(Error::EnquiryRefused { zh: message.zh, en })
        }
        Outcome::Later { .. } => Err(Error::EnquiryUnavailable),
        Outcome::Done { result, .. } => Ok(match (operation.operation, quote) {
            (OperationKind::Quote, Some(quote)) => Answered {
                amount: Some(quote.amount),
                reference,
                valid_until: Some(quote.valid_until),
                facts: quote.facts.into(),
            },
            (OperationKind::Quote, None) => return Err(Error::EnquiryUnavailable),
            _ => Answered { amount: None, reference, valid_until: None, facts: result.into() },
        }),
    }
}
