//! The decision about a cancellation. Pure.

use catalogue::service::{AfterLimit, CancelUntil, Consequence, Service};
use kernel::Money;
use ordering::order::LineState;

use super::model::Possible;

/// From the start of this step on it is too late; `None`: never too late while the work is not done.
pub fn limit(service: &Service) -> Option<usize> {
    let place = |id: &str| service.workflow.iter().position(|step| step.id == id);
    let no_return = service.workflow.iter().position(|step| step.point_of_no_return);
    match &service.cancel.until {
        CancelUntil::Never => Some(0),
        CancelUntil::PointOfNoReturn => no_return,
        CancelUntil::Step(id) => place(id).into_iter().chain(no_return).min(),
    }
}

/// What becomes of the cancellation of one line. `position` is the step its flow is at; `None` before it began. `None`
/// as an answer: the line has no say, because it ended without being done.
pub fn possible(service: &Service, state: LineState, position: Option<i64>) -> Option<Possible> {
    let late = match service.cancel.after {
        AfterLimit::Refuse => Possible::No,
        AfterLimit::RefundRequest => Possible::Request,
    };
    match state {
        LineState::Failed | LineState::Cancelled => None,
        LineState::Completed => Some(late),
        LineState::Waiting | LineState::InProgress | LineState::InformationRequired | LineState::Fallout => {
            let never = service.cancel.until == CancelUntil::Never;
            let past = match (position.map(usize::try_from), limit(service)) {
                (None, _) => never,
                (Some(_), None) => false,
                (Some(position), Some(limit)) => position.is_ok_and(|position| position >= limit),
            };
            Some(if past { late } else { Possible::Now })
        }
    }
}

/// What one line's cancellation costs.
pub fn fee(service: &Service) -> Option<Money> {
    match &service.cancel.consequence {
        Consequence::FullRefund => None,
        Consequence::Fee { amount } => Some(*amount),
    }
}
