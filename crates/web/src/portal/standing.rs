//! Where an order stands, for people (U9): a plain word, the cause, who acts next. Pure.

use kernel::Locale;
use ordering::held::HoldCause;
use ordering::order::{Event, Line, MoneyState, Order, OrderState};

use crate::i18n::{StandingWords, State};
use crate::ui::Kind;

/// What a customer reads about the state of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub kind: Kind,
    pub word: &'static str,
    pub cause: &'static str,
    /// Who acts next.
    pub next: &'static str,
}

/// The standing of an order; `lines` tell whether somebody is going to come, `events` for whom it waits.
pub(crate) fn of_order(locale: Locale, order: &Order, lines: &[Line], events: &[Event]) -> Standing {
    let held = events.iter().rev().find(|event| event.code == "held");
    let by_colleagues = held.is_some_and(|event| event.reason.as_deref() == Some(HoldCause::Approval.name()));
    if order.state == OrderState::Held && by_colleagues {
        let (w, t) = (State::of(locale), StandingWords::of(locale));
        return Standing {
            kind: Kind::Info,
            word: w.reviewing,
            cause: t.held_colleagues,
            next: t.colleagues,
        };
    }
    let visit = lines.iter().any(|line| {
        !line.state.is_final() && line.sku.as_deref().is_some_and(|sku| sku.starts_with("slot:"))
    });
    of(locale, order.state, money_of(order), order.reason.as_deref(), visit)
}

/// What was released of an order that was to be paid from outside was never taken: nothing comes back, because nothing went.
fn money_of(order: &Order) -> MoneyState {
    match order.money {
        MoneyState::Released if order.payment.is_outside() => MoneyState::None,
        money => money,
    }
}

/// The standing of an order in a list, where its lines are not at hand.
pub(crate) fn brief(locale: Locale, order: &Order) -> Standing {
    of(locale, order.state, money_of(order), order.reason.as_deref(), false)
}

/// Words for every pair of states, also for those that should not meet.
pub(crate) fn of(
    locale: Locale,
    state: OrderState,
    money: MoneyState,
    reason: Option<&str>,
    visit: bool,
) -> Standing {
    let (w, t) = (State::of(locale), StandingWords::of(locale));
    let is = |kind, word, cause, next| Standing { kind, word, cause, next };
    match state {
        OrderState::AwaitingPayment if money == MoneyState::Confirming => {
            is(Kind::Info, w.confirming_payment, t.confirming, t.bank)
        }
        OrderState::AwaitingPayment => is(Kind::Warn, w.awaiting_payment, t.unpaid, t.you),
        OrderState::Held => is(Kind::Info, w.reviewing, t.held, t.staff),
        OrderState::InProgress if visit => is(Kind::Night, w.visit_booked, t.visit, t.seller),
        OrderState::InProgress if money == MoneyState::None => {
            is(Kind::Info, w.in_progress, t.working_free, t.seller)
        }
        OrderState::InProgress if money == MoneyState::Authorised => {
            is(Kind::Info, w.in_progress, t.working_authorised, t.seller)
        }
        OrderState::InProgress if money == MoneyState::Uncollected => {
            is(Kind::Info, w.in_progress, t.working_uncollected, t.staff)
        }
        OrderState::InProgress => is(Kind::Info, w.in_progress, t.working, t.seller),
        OrderState::InformationRequired => is(Kind::Warn, w.materials_needed, t.needed, t.you),
        OrderState::AssessingCancellation => is(Kind::Info, t.cancelling, t.assessing, t.staff),
        OrderState::Fallout => is(Kind::Info, w.in_progress, t.fallout, t.staff),
        OrderState::Partial | OrderState::Completed | OrderState::Cancelled | OrderState::Failed => {
            ended(locale, state, money, reason)
        }
    }
}

fn ended(locale: Locale, state: OrderState, money: MoneyState, reason: Option<&str>) -> Standing {
    let (w, t) = (State::of(locale), StandingWords::of(locale));
    let is = |kind, word, cause, next| Standing { kind, word, cause, next };
    match (state, money) {
        (OrderState::Partial, MoneyState::Refunding) => {
            is(Kind::Info, w.refunding, t.partial_refunding, t.bank)
        }
        (OrderState::Partial, MoneyState::Capturing | MoneyState::Uncollected) => {
            is(Kind::Warn, w.partly_done, t.partial_capturing, t.bank)
        }
        (OrderState::Completed, MoneyState::Capturing | MoneyState::Uncollected) => {
            is(Kind::Ok, w.completed, t.completed_capturing, t.bank)
        }
        (OrderState::Partial, _) => is(Kind::Warn, w.partly_done, t.partial, t.nobody),
        (OrderState::Completed, MoneyState::Refunding) => {
            is(Kind::Info, w.refunding, t.completed_refunding, t.bank)
        }
        (_, MoneyState::Refunding) => is(Kind::Info, w.refunding, t.refunding, t.bank),
        (_, MoneyState::Refunded) => is(Kind::Ok, w.refunded, t.refunded, t.nobody),
        (OrderState::Completed, _) => is(Kind::Ok, w.completed, t.completed, t.nobody),
        (OrderState::Failed, MoneyState::None) => is(Kind::Bad, w.failed, t.failed_free, t.nobody),
        (OrderState::Failed, MoneyState::Held | MoneyState::Captured) => {
            is(Kind::Bad, w.failed, t.failed_staff, t.staff)
        }
        (OrderState::Failed, _) => is(Kind::Bad, w.failed, t.failed, t.nobody),
        (_, MoneyState::Unpaid | MoneyState::None | MoneyState::Confirming | MoneyState::Released)
            if reason == Some("expired") =>
        {
            is(Kind::Plain, w.cancelled, t.expired, t.nobody)
        }
        (_, MoneyState::Released | MoneyState::None) if undecided(t, reason).is_some() => {
            is(Kind::Plain, w.cancelled, undecided(t, reason).unwrap_or(t.cancelled), t.nobody)
        }
        (_, MoneyState::Released) => is(Kind::Plain, w.cancelled, t.cancelled_released, t.nobody),
        (_, MoneyState::PartCaptured | MoneyState::Captured | MoneyState::Capturing) => {
            is(Kind::Plain, w.cancelled, t.cancelled_fee, t.nobody)
        }
        (_, _) => is(Kind::Plain, w.cancelled, t.cancelled, t.nobody),
    }
}

/// Why an order that waited for a person ended before anything was begun.
fn undecided(t: &StandingWords, reason: Option<&str>) -> Option<&'static str> {
    match reason? {
        "hold_expired" => Some(t.hold_expired),
        "authorisation_ended" => Some(t.authorisation_ended),
        "stock_short" => Some(t.stock_gone),
        "approval_returned" => Some(t.returned),
        "approval_withdrawn" => Some(t.withdrawn),
        "risk_rejected" => Some(t.not_accepted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_work_and_money_has_word_cause_and_next_actor() {
        for locale in Locale::ALL {
            for &state in OrderState::ALL {
                for &money in MoneyState::ALL {
                    for visit in [false, true] {
                        let told = of(locale, state, money, None, visit);
                        assert!(
                            !told.word.is_empty() && !told.cause.is_empty() && !told.next.is_empty(),
                            "{state:?} {money:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn at_most_twelve_words_and_failure_are_used() {
        let mut words: Vec<&str> = Vec::new();
        for &state in OrderState::ALL {
            for &money in MoneyState::ALL {
                words.extend([false, true].map(|visit| of(Locale::Zh, state, money, None, visit).word));
            }
        }
        words.sort_unstable();
        words.dedup();
        assert!(words.len() <= 13, "{words:?}");
    }

    #[test]
    fn whoever_waits_for_colleagues_is_not_sent_to_our_staff() {
        let held = Order { state: OrderState::Held, ..crate::portal::progress::tests::order() };
        let waits_for = |cause: HoldCause| Event {
            id: 1,
            order: held.id,
            line: None,
            at: held.placed_at,
            actor: "desk".to_owned(),
            code: "held".to_owned(),
            from: None,
            to: None,
            text: None,
            reason: Some(cause.name().to_owned()),
            internal: false,
            request: kernel::RequestId(1),
        };
        for locale in Locale::ALL {
            let t = StandingWords::of(locale);
            let told = |causes: &[HoldCause]| {
                let events: Vec<Event> = causes.iter().copied().map(waits_for).collect();
                of_order(locale, &held, &[], &events).next
            };
            assert_eq!(told(&[HoldCause::Approval]), t.colleagues);
            assert_eq!(told(&[HoldCause::RiskReview]), t.staff);
            assert_eq!(told(&[HoldCause::Approval, HoldCause::RiskReview]), t.staff, "the last one counts");
        }
    }

    #[test]
    fn an_order_that_was_paid_is_never_called_unpaid() {
        for &money in MoneyState::ALL.iter().filter(|money| **money != MoneyState::Unpaid) {
            let told = of(Locale::Zh, OrderState::InProgress, money, None, false);
            assert_ne!(told.word, State::of(Locale::Zh).awaiting_payment);
        }
    }
}
