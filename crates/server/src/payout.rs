//! The bank's desk behind [`ledger::payout::PayoutPort`]: a provider that speaks the provider protocol. The payout's id is the operation's
//! id, and the same id always carries the same document.

use std::sync::Arc;

use connectors::protocol::{Answer, Operation, OperationId, OperationKind, Outcome};
use connectors::{Provider, ProviderError};
use durable::BoxFuture;
use ledger::payout::{PayoutAnswer, PayoutId, PayoutOrder, PayoutPort};
use serde_json::{Map, Value};

/// The provider that carries payouts out, by its name in `[providers]`.
pub const BANK: &str = "bank";
/// What it is asked for.
const SERVICE: &str = "payout";

/// Payouts through a provider.
#[derive(Debug, Clone)]
pub struct BankDesk(pub Arc<dyn Provider>);

impl PayoutPort for BankDesk {
    fn send<'a>(&'a self, order: &'a PayoutOrder) -> BoxFuture<'a, PayoutAnswer> {
        Box::pin(async move {
            let Some(operation) = operation(order) else {
                return PayoutAnswer::Refused { code: "malformed".to_owned() };
            };
            said(self.0.operate(&operation).await)
        })
    }

    fn ask(&self, id: PayoutId) -> BoxFuture<'_, PayoutAnswer> {
        Box::pin(async move {
            match OperationId::parse(id.to_string()) {
                Ok(id) => said(self.0.poll(&id).await),
                Err(_) => PayoutAnswer::Unknown,
            }
        })
    }
}

fn operation(order: &PayoutOrder) -> Option<Operation> {
    let id = order.id.to_string();
    let text = |value: &str| Value::String(value.to_owned());
    let answers: Map<String, Value> = [
        ("holder".to_owned(), text(&order.to.holder)),
        ("bank".to_owned(), text(&order.to.bank)),
        ("account".to_owned(), text(&order.to.account)),
        ("seller".to_owned(), text(&order.seller)),
    ]
    .into_iter()
    .collect();
    Some(Operation {
        operation_id: OperationId::parse(id.clone()).ok()?,
        operation: OperationKind::Submit,
        service: SERVICE.to_owned(),
        offering: None,
        quantity: 1,
        answers,
        amount: Some(order.amount),
        reference: id,
        cancels: None,
        callback_url: None,
    })
}

/// What may be concluded from an answer, and from none.
fn said(answer: Result<Answer, ProviderError>) -> PayoutAnswer {
    match answer {
        Ok(Answer { outcome: Outcome::Done { result, .. }, operation_id, .. }) => {
            let own = result.get("reference").and_then(Value::as_str);
            PayoutAnswer::Paid { reference: own.map_or_else(|| operation_id.to_string(), str::to_owned) }
        }
        Ok(Answer { outcome: Outcome::Later { .. }, .. }) => PayoutAnswer::UnderWay,
        Ok(Answer { outcome: Outcome::Refused { reason_code, .. }, .. }) => {
            PayoutAnswer::Refused { code: reason_code }
        }
        Err(ProviderError::Refused { code, .. }) => PayoutAnswer::NotAccepted { code },
        Err(ProviderError::NotKnown) => PayoutAnswer::NotKnown,
        Err(ProviderError::Unknown { .. }) => PayoutAnswer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Money, Timestamp};
    use ledger::settlement::Bank;

    use super::*;

    #[test]
    fn no_answer_is_never_taken_for_no() {
        let unknown = Err(ProviderError::Unknown { detail: "timeout".to_owned() });
        assert_eq!(said(unknown), PayoutAnswer::Unknown);
        assert_eq!(said(Err(ProviderError::NotKnown)), PayoutAnswer::NotKnown);
        let operation_id = OperationId::parse("pyt_1").unwrap();
        let refused = Outcome::Refused {
            reason_code: "account_closed".to_owned(),
            message: kernel::Text::new("账号已销户", "The account is closed"),
            retriable: false,
        };
        let answer = Answer { operation_id, sequence: 1, at: Timestamp(0), outcome: refused };
        assert_eq!(said(Ok(answer)), PayoutAnswer::Refused { code: "account_closed".to_owned() });
    }

    #[test]
    fn the_same_payout_is_the_same_document() {
        let order = PayoutOrder {
            id: PayoutId(42),
            seller: "telecom".to_owned(),
            amount: Money::cny(9_800),
            to: Bank { holder: "甲".to_owned(), bank: "乙".to_owned(), account: "123456".to_owned() },
        };
        let first = operation(&order).unwrap();
        assert_eq!(Some(&first), operation(&order).as_ref());
        assert!(first.check().is_ok() && first.operation_id.as_str() == PayoutId(42).to_string());
    }
}
