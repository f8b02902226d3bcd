//! The state machine of an order, as a table without a wildcard: (state, event) → next state, or the refusal.

use super::model::{Action, LineState, MoneyState, OrderState};

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEvent {
    /// Its money is set aside.
    Paid,
    /// Nobody paid in time.
    PaymentExpired,
    /// A review is wanted before it goes on.
    Hold,
    /// The review lets it go on.
    Release,
    /// The same, and the money is still to come from outside.
    ReleaseToPay,
    /// The review ends it.
    Reject,
    /// The customer or staff cancels before any work began, or work that can simply be dropped.
    Cancel,
    /// A cancellation that fulfilment must look at first.
    RequestCancel,
    /// Fulfilment cannot take the work back: it goes on.
    RefuseCancel,
    /// The lines moved: this is what they add up to.
    Lines(OrderState),
}

impl OrderEvent {
    /// Every event, for the snapshot of the machine.
    pub const ALL: [Self; 16] = [
        Self::Paid,
        Self::PaymentExpired,
        Self::Hold,
        Self::Release,
        Self::ReleaseToPay,
        Self::Reject,
        Self::Cancel,
        Self::RequestCancel,
        Self::RefuseCancel,
        Self::Lines(OrderState::InProgress),
        Self::Lines(OrderState::InformationRequired),
        Self::Lines(OrderState::Fallout),
        Self::Lines(OrderState::Partial),
        Self::Lines(OrderState::Completed),
        Self::Lines(OrderState::Cancelled),
        Self::Lines(OrderState::Failed),
    ];
}

/// The event is not possible in this state; these actions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub state: OrderState,
    pub allowed: Vec<Action>,
}

/// The next state, or why not. `Ok` with the same state means that nothing changes.
pub fn on(state: OrderState, event: OrderEvent) -> Result<OrderState, Refused> {
    use OrderEvent as E;
    use OrderState as S;
    let next = match (state, event) {
        (S::AwaitingPayment, E::Paid)
        | (S::Held, E::Release)
        | (S::AssessingCancellation, E::RefuseCancel) => Some(S::InProgress),
        (S::AwaitingPayment, E::PaymentExpired) | (S::AwaitingPayment | S::Held, E::Cancel | E::Reject) => {
            Some(S::Cancelled)
        }
        (S::AwaitingPayment | S::InProgress | S::Held, E::Hold) => Some(S::Held),
        (S::Held, E::ReleaseToPay) => Some(S::AwaitingPayment),
        (
            S::InProgress | S::InformationRequired | S::Fallout | S::AssessingCancellation,
            E::RequestCancel,
        ) => Some(S::AssessingCancellation),
        (S::InProgress | S::InformationRequired | S::Fallout, E::Lines(to)) => Some(to),
        // While a cancellation is being looked at, only the end of the lines ends the order.
        (S::AssessingCancellation, E::Lines(to)) => {
            Some(if to.is_final() { to } else { S::AssessingCancellation })
        }
        (
            S::AwaitingPayment,
            E::Release | E::ReleaseToPay | E::RequestCancel | E::RefuseCancel | E::Lines(_),
        )
        | (S::Held, E::Paid | E::PaymentExpired | E::RequestCancel | E::RefuseCancel | E::Lines(_))
        | (
            S::InProgress,
            E::Paid
            | E::PaymentExpired
            | E::Release
            | E::ReleaseToPay
            | E::Reject
            | E::Cancel
            | E::RefuseCancel,
        )
        | (
            S::InformationRequired | S::Fallout,
            E::Paid
            | E::PaymentExpired
            | E::Hold
            | E::Release
            | E::ReleaseToPay
            | E::Reject
            | E::Cancel
            | E::RefuseCancel,
        )
        | (
            S::AssessingCancellation,
            E::Paid | E::PaymentExpired | E::Hold | E::Release | E::ReleaseToPay | E::Reject | E::Cancel,
        )
        | (
            S::Partial | S::Completed | S::Cancelled | S::Failed,
            E::Paid
            | E::PaymentExpired
            | E::Hold
            | E::Release
            | E::ReleaseToPay
            | E::Reject
            | E::Cancel
            | E::RequestCancel
            | E::RefuseCancel
            | E::Lines(_),
        ) => None,
    };
    next.ok_or_else(|| Refused { state, allowed: allowed(state) })
}

/// What the customer may do now. Whether the service's rule still permits a cancellation is decided when it is asked for.
pub fn allowed(state: OrderState) -> Vec<Action> {
    match state {
        OrderState::AwaitingPayment => vec![Action::Pay, Action::Cancel],
        OrderState::Held | OrderState::InProgress | OrderState::Fallout => vec![Action::Cancel],
        OrderState::InformationRequired => vec![Action::ReportInformation, Action::Cancel],
        OrderState::AssessingCancellation
        | OrderState::Partial
        | OrderState::Completed
        | OrderState::Cancelled
        | OrderState::Failed => Vec::new(),
    }
}

/// What the states of the lines add up to.
pub fn sum_up(lines: &[LineState]) -> OrderState {
    let any = |state| lines.contains(&state);
    let all = |state: LineState| lines.iter().all(|line| *line == state);
    if any(LineState::Fallout) {
        OrderState::Fallout
    } else if any(LineState::InformationRequired) {
        OrderState::InformationRequired
    } else if any(LineState::Waiting) || any(LineState::InProgress) {
        OrderState::InProgress
    } else if all(LineState::Completed) {
        OrderState::Completed
    } else if all(LineState::Cancelled) {
        OrderState::Cancelled
    } else if any(LineState::Completed) {
        OrderState::Partial
    } else {
        OrderState::Failed
    }
}

/// Whether a line may go from one state to another. Ended lines stay ended.
pub fn line_may(from: LineState, to: LineState) -> bool {
    use LineState as L;
    match from {
        L::Waiting => matches!(to, L::InProgress | L::Cancelled | L::Failed | L::Fallout),
        L::InProgress | L::InformationRequired | L::Fallout => !matches!(to, L::Waiting),
        L::Completed | L::Failed | L::Cancelled => false,
    }
}

/// The money state when the order has ended: how much of what was set aside is taken.
pub fn settled(total_minor: i64, taken_minor: i64) -> MoneyState {
    match (total_minor, taken_minor) {
        (0, _) => MoneyState::None,
        (_, 0) => MoneyState::Released,
        (total, taken) if taken >= total => MoneyState::Captured,
        _ => MoneyState::PartCaptured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o1_the_machine_is_this_table() {
        let mut table = String::new();
        for &state in OrderState::ALL {
            for event in OrderEvent::ALL {
                let next = match on(state, event) {
                    Ok(next) if next == state => "·",
                    Ok(next) => next.name(),
                    Err(_) => continue,
                };
                table.push_str(&format!("{:<24} {:<32} {next}\n", state.name(), format!("{event:?}")));
            }
        }
        insta::assert_snapshot!("order_machine", table);
    }

    #[test]
    fn nothing_happens_to_an_order_that_ended() {
        for &state in OrderState::ALL.iter().filter(|s| s.is_final()) {
            assert!(OrderEvent::ALL.iter().all(|&event| on(state, event).is_err()));
            assert!(allowed(state).is_empty());
        }
    }

    #[test]
    fn lines_add_up_to_the_order() {
        use LineState as L;
        use OrderState as S;
        for (lines, want) in [
            (vec![L::Completed, L::Completed], S::Completed),
            (vec![L::Completed, L::Failed], S::Partial),
            (vec![L::Failed, L::Cancelled], S::Failed),
            (vec![L::Cancelled], S::Cancelled),
            (vec![L::Completed, L::InProgress], S::InProgress),
            (vec![L::Fallout, L::InProgress], S::Fallout),
            (vec![L::InformationRequired, L::Completed], S::InformationRequired),
        ] {
            assert_eq!(sum_up(&lines), want, "{lines:?}");
        }
    }
}
