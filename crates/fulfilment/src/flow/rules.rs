//! The state machine of a flow, without a wildcard, and what may be done to it by hand.

use catalogue::service::{StepKind, Undo};
use kernel::Timestamp;
use ordering::order::LineState;

use super::model::{Case, Flow, FlowState, Goal, LoggedStep, Purpose, StepState};

/// What can happen to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowEvent {
    /// The current step ended well; another follows.
    Advance,
    /// The last step ended well.
    Finish,
    /// The work is to be taken back.
    Undo,
    /// Nothing is left to take back.
    End(Goal),
    /// A person has to decide.
    FallOut,
    /// The work goes on where it was.
    Resume,
}

impl FlowEvent {
    /// Every event, for the snapshot of the machine.
    pub const ALL: [Self; 7] = [
        Self::Advance,
        Self::Finish,
        Self::Undo,
        Self::End(Goal::Failed),
        Self::End(Goal::Cancelled),
        Self::FallOut,
        Self::Resume,
    ];
}

/// The next state; `None`: not possible in this one.
pub fn on(state: FlowState, event: FlowEvent) -> Option<FlowState> {
    use FlowEvent as E;
    use FlowState as S;
    match (state, event) {
        (S::Running, E::Advance | E::Resume) | (S::Fallout | S::Undoing, E::Resume) => Some(S::Running),
        (S::Running, E::Finish) => Some(S::Done),
        (S::Running | S::Fallout | S::Undoing, E::Undo) => Some(S::Undoing),
        (S::Undoing | S::Fallout, E::End(Goal::Failed)) => Some(S::Failed),
        (S::Undoing | S::Fallout, E::End(Goal::Cancelled)) => Some(S::Cancelled),
        (S::Running | S::Undoing | S::Fallout, E::FallOut) => Some(S::Fallout),
        (S::Running, E::End(Goal::Failed | Goal::Cancelled))
        | (S::Undoing | S::Fallout, E::Advance | E::Finish)
        | (
            S::Done | S::Failed | S::Cancelled,
            E::Advance
            | E::Finish
            | E::Undo
            | E::End(Goal::Failed | Goal::Cancelled)
            | E::FallOut
            | E::Resume,
        ) => None,
    }
}

/// What the fallout desk can do to a flow.
pub fn repairs(flow: &Flow) -> &'static [&'static str] {
    match flow.state {
        FlowState::Fallout => &["retry", "skip", "force_complete", "fail", "refund"],
        FlowState::Running
        | FlowState::Undoing
        | FlowState::Done
        | FlowState::Failed
        | FlowState::Cancelled => &[],
    }
}

/// Whether this try is the one the flow waits for.
pub fn is_current(flow: &Flow, step: &LoggedStep) -> bool {
    let stage = match step.purpose {
        Purpose::Do => {
            step.position == flow.position
                && (flow.state == FlowState::Running
                    || (flow.state == FlowState::Fallout && flow.goal.is_none()))
        }
        Purpose::Undo => {
            flow.state == FlowState::Undoing || (flow.state == FlowState::Fallout && flow.goal.is_some())
        }
    };
    stage && step.state.is_open()
}

/// The state of a line whose flow stands so.
pub fn line_state(flow: FlowState) -> LineState {
    match flow {
        FlowState::Running | FlowState::Undoing => LineState::InProgress,
        FlowState::Fallout => LineState::Fallout,
        FlowState::Done => LineState::Completed,
        FlowState::Failed => LineState::Failed,
        FlowState::Cancelled => LineState::Cancelled,
    }
}

/// The latest try that has to be taken back next: in reverse order, what happened or may have happened.
pub(crate) fn next_to_undo<'a>(case: &Case, log: &'a [LoggedStep]) -> Option<&'a LoggedStep> {
    log.iter()
        .filter(|step| step.purpose == Purpose::Do)
        .filter(|step| step.state.is_open() || matches!(step.state, StepState::Done | StepState::Forced))
        .filter(|step| {
            case.step_at(step.position).is_some_and(|known| {
                known.undo == Undo::ProviderCancel
                    && matches!(known.kind, StepKind::Provider(_) | StepKind::Ship(_))
            })
        })
        .max_by_key(|step| (step.position, step.round))
}

/// The number of the next try of a step.
pub fn next_round(log: &[LoggedStep], position: i64, purpose: Purpose) -> i64 {
    let tries = log.iter().filter(|step| step.position == position && step.purpose == purpose);
    tries.map(|step| step.round).max().unwrap_or(0).saturating_add(1)
}

/// When a booked time begins, read from its stock item: `slot:<service>:<date>:<from>-<to>`, Beijing time.
pub fn slot_begins(sku: &str) -> Option<Timestamp> {
    let mut parts = sku.strip_prefix("slot:")?.split(':').skip(1);
    let date: jiff::civil::Date = parts.next()?.parse().ok()?;
    let (hour, minute) = parts.next()?.split_once('-')?.0.split_at_checked(2)?;
    let time = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    // Beijing has had one offset since 1991.
    let begins = date.to_datetime(time).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).ok()?;
    Some(Timestamp::from_micros(begins.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o1_the_machine_of_a_flow_is_this_table() {
        let mut table = String::new();
        for &state in FlowState::ALL {
            for event in FlowEvent::ALL {
                if let Some(next) = on(state, event) {
                    table.push_str(&format!(
                        "{:<10} {:<16} {}\n",
                        state.name(),
                        format!("{event:?}"),
                        next.name()
                    ));
                }
            }
        }
        insta::assert_snapshot!("flow_machine", table);
    }

    #[test]
    fn nothing_happens_to_a_flow_that_ended() {
        for &state in FlowState::ALL.iter().filter(|state| state.is_final()) {
            assert!(FlowEvent::ALL.iter().all(|&event| on(state, event).is_none()), "{state:?}");
        }
    }

    #[test]
    fn a_booked_time_begins_by_the_clock_of_beijing() {
        let begins = |sku| slot_begins(sku).map(Timestamp::to_rfc3339);
        for (sku, want) in [
            ("slot:appliance-cleaning:2026-11-23:0900-1100", Some("2026-11-23T01:00:00.000Z")),
            ("slot:appliance-cleaning:2026-11-23:1900-2100", Some("2026-11-23T11:00:00.000Z")),
            ("slot:x:2026-02-30:0900-1100", None),
            ("slot:x:2026-11-23:9-11", None),
            ("router-wifi6-white", None),
        ] {
            assert_eq!(begins(sku).as_deref(), want, "{sku}");
        }
    }
}
