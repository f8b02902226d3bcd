//! States and codes as staff read them: shape, word, colour (S5); never colour alone.

use catalogue::service::PaymentMethod;
use fulfilment::flow::{FlowState, StepState};
use identity::account::AccountState;
use kernel::{Duration, Locale, Timestamp};
use maud::{Markup, html};
use ordering::order::{LineState, MoneyState, OrderState};
use ordering::payment::AttemptState;

use crate::i18n::{Desk, Happened, State};
use crate::ui::{Kind, PageCx, status, time};

pub(crate) fn order_state(state: OrderState, locale: Locale) -> (Kind, &'static str) {
    let (t, d) = (State::of(locale), Desk::of(locale));
    match state {
        OrderState::AwaitingPayment => (Kind::Warn, t.awaiting_payment),
        OrderState::Held => (Kind::Warn, d.held),
        OrderState::InProgress => (Kind::Info, t.in_progress),
        OrderState::InformationRequired => (Kind::Warn, t.materials_needed),
        OrderState::AssessingCancellation => (Kind::Warn, d.assessing),
        OrderState::Fallout => (Kind::Bad, d.fallout),
        OrderState::Partial => (Kind::Warn, t.partly_done),
        OrderState::Completed => (Kind::Ok, t.completed),
        OrderState::Cancelled => (Kind::Plain, t.cancelled),
        OrderState::Failed => (Kind::Bad, t.failed),
    }
}

pub(crate) fn order_tag(state: OrderState, locale: Locale) -> Markup {
    let (kind, word) = order_state(state, locale);
    status::tag(kind, word)
}

pub(crate) fn line_tag(state: LineState, locale: Locale) -> Markup {
    let (t, d) = (State::of(locale), Desk::of(locale));
    let (kind, word) = match state {
        LineState::Waiting => (Kind::Plain, t.waiting),
        LineState::InProgress => (Kind::Info, t.in_progress),
        LineState::InformationRequired => (Kind::Warn, t.materials_needed),
        LineState::Fallout => (Kind::Bad, d.fallout),
        LineState::Completed => (Kind::Ok, t.completed),
        LineState::Failed => (Kind::Bad, t.failed),
        LineState::Cancelled => (Kind::Plain, t.cancelled),
    };
    status::tag(kind, word)
}

pub(crate) fn money_tag(state: MoneyState, locale: Locale) -> Markup {
    let t = Desk::of(locale);
    let (kind, word) = match state {
        MoneyState::None => (Kind::Plain, t.money_none),
        MoneyState::Unpaid => (Kind::Warn, t.money_unpaid),
        MoneyState::Confirming => (Kind::Info, t.money_confirming),
        MoneyState::Authorised => (Kind::Info, t.money_authorised),
        MoneyState::Capturing => (Kind::Info, t.money_capturing),
        MoneyState::Uncollected => (Kind::Bad, t.money_uncollected),
        MoneyState::Held => (Kind::Info, t.money_held),
        MoneyState::Captured => (Kind::Ok, t.money_captured),
        MoneyState::PartCaptured => (Kind::Warn, t.money_part),
        MoneyState::Released => (Kind::Plain, t.money_released),
        MoneyState::Refunding => (Kind::Info, t.money_refunding),
        MoneyState::Refunded => (Kind::Ok, t.money_refunded),
    };
    status::tag(kind, word)
}

pub(crate) fn flow_tag(state: FlowState, locale: Locale) -> Markup {
    let (t, d) = (State::of(locale), Desk::of(locale));
    let (kind, word) = match state {
        FlowState::Running => (Kind::Info, d.running),
        FlowState::Undoing => (Kind::Warn, d.undoing),
        FlowState::Fallout => (Kind::Bad, d.fallout),
        FlowState::Done => (Kind::Ok, t.completed),
        FlowState::Failed => (Kind::Bad, t.failed),
        FlowState::Cancelled => (Kind::Plain, t.cancelled),
    };
    status::tag(kind, word)
}

pub(crate) fn step_word(state: StepState, locale: Locale) -> Markup {
    let t = Desk::of(locale);
    let (kind, word) = match state {
        StepState::Begun => (Kind::Info, t.begun),
        StepState::Waiting => (Kind::Info, t.waiting),
        StepState::Done => (Kind::Ok, t.done),
        StepState::Forced => (Kind::Ok, t.forced),
        StepState::Skipped => (Kind::Plain, t.skipped),
        StepState::Refused => (Kind::Bad, t.refused),
        StepState::Undone => (Kind::Plain, t.undone),
        StepState::Dropped => (Kind::Warn, t.dropped),
    };
    status::word(kind, word)
}

pub(crate) fn attempt_word(state: AttemptState, locale: Locale) -> Markup {
    let t = Desk::of(locale);
    let (kind, word) = match state {
        AttemptState::Opening | AttemptState::Open => (Kind::Plain, t.attempt_open),
        AttemptState::Processing => (Kind::Info, t.attempt_processing),
        AttemptState::Unknown => (Kind::Warn, t.attempt_unknown),
        AttemptState::Authorised => (Kind::Info, t.attempt_authorised),
        AttemptState::Capturing => (Kind::Info, t.attempt_capturing),
        AttemptState::Voiding => (Kind::Info, t.attempt_voiding),
        AttemptState::Uncollected => (Kind::Bad, t.attempt_uncollected),
        AttemptState::Captured => (Kind::Ok, t.attempt_captured),
        AttemptState::Surplus => (Kind::Warn, t.attempt_surplus),
        AttemptState::Declined => (Kind::Bad, t.attempt_declined),
        AttemptState::Closed => (Kind::Plain, t.attempt_closed),
        AttemptState::Failed => (Kind::Bad, t.attempt_failed),
        AttemptState::Mismatch => (Kind::Bad, t.attempt_mismatch),
    };
    status::word(kind, word)
}

pub(crate) fn account_tag(state: AccountState, locale: Locale) -> Markup {
    let t = Desk::of(locale);
    let (kind, word) = match state {
        AccountState::Active => (Kind::Ok, t.active),
        AccountState::Frozen => (Kind::Warn, t.frozen),
        AccountState::Closed => (Kind::Plain, t.closed),
    };
    status::tag(kind, word)
}

pub(crate) fn payment(method: PaymentMethod, locale: Locale) -> &'static str {
    let t = Desk::of(locale);
    match method {
        PaymentMethod::Balance => t.pay_balance,
        PaymentMethod::Card => t.pay_card,
        PaymentMethod::Wechat => t.pay_wechat,
        PaymentMethod::Alipay => t.pay_alipay,
        PaymentMethod::BankTransfer => t.pay_bank_transfer,
    }
}

/// A gateway by the name that bills and payments have; one that is not known here stands as it is.
pub(crate) fn gateway(name: &str, locale: Locale) -> &str {
    PaymentMethod::from_name(name).map_or(name, |method| payment(method, locale))
}

/// A state named in a history, of an order, a line or its money.
pub(crate) fn named(name: &str, locale: Locale) -> String {
    if let Some(state) = OrderState::from_name(name) {
        return order_state(state, locale).1.to_owned();
    }
    let t = State::of(locale);
    match name {
        "waiting" => t.waiting,
        "failed" => t.failed,
        other => match MoneyState::from_name(other) {
            Some(MoneyState::None) => Desk::of(locale).money_none,
            Some(MoneyState::Unpaid) => Desk::of(locale).money_unpaid,
            Some(MoneyState::Confirming) => Desk::of(locale).money_confirming,
            Some(MoneyState::Authorised) => Desk::of(locale).money_authorised,
            Some(MoneyState::Capturing) => Desk::of(locale).money_capturing,
            Some(MoneyState::Uncollected) => Desk::of(locale).money_uncollected,
            Some(MoneyState::Held) => Desk::of(locale).money_held,
            Some(MoneyState::Captured) => Desk::of(locale).money_captured,
            Some(MoneyState::PartCaptured) => Desk::of(locale).money_part,
            Some(MoneyState::Released) => Desk::of(locale).money_released,
            Some(MoneyState::Refunding) => Desk::of(locale).money_refunding,
            Some(MoneyState::Refunded) => Desk::of(locale).money_refunded,
            None => return other.to_owned(),
        },
    }
    .to_owned()
}

/// What happened, by the code of a history's entry; a code without words stands as it is.
pub(crate) fn happened(code: &str, locale: Locale) -> String {
    let t = Happened::of(locale);
    match code {
        "placed" => t.placed,
        "paid" => t.paid,
        "authorised" => t.authorised,
        "captured_early" => t.captured_early,
        "started" => t.started,
        "state" => t.state,
        "line" => t.line,
        "money" => t.money,
        "cancelled" => t.cancelled,
        "cancel_requested" => t.cancel_requested,
        "cancel_refused" => t.cancel_refused,
        "refund_requested" => t.refund_requested,
        "refund_denied" => t.refund_denied,
        "information_asked" => t.information_asked,
        "information_given" => t.information_given,
        "step_done" => t.step_done,
        "step_undone" => t.step_undone,
        "undo" => t.undo,
        "fallout" => t.fallout,
        "retried" => t.retried,
        "provider_update" => t.provider_update,
        "line_completed" => t.line_completed,
        "line_cancelled" => t.line_cancelled,
        "late" => t.late,
        "too_late" => t.too_late,
        "overpaid" => t.overpaid,
        "payment_declined" => t.payment_declined,
        "note" => t.note,
        "held" => t.held,
        "released" => t.released,
        "checked" => t.checked,
        other => return other.to_owned(),
    }
    .to_owned()
}

/// Why work is stuck, by its code.
pub(crate) fn cause(code: &str, locale: Locale) -> String {
    let t = Happened::of(locale);
    match code {
        "deadline" => t.cause_deadline,
        "refused" => t.cause_refused,
        "undo_refused" => t.cause_undo_refused,
        "provider_unreachable" | "unreachable" => t.cause_unreachable,
        "handed_over" => t.cause_handed_over,
        "failed_by_staff" => t.cause_failed_by_staff,
        "refunded" | "refund_granted" => t.cause_refunded,
        "cancelled" => t.cause_cancelled,
        "hold_expired" => t.cause_hold_expired,
        "stock_short" => t.cause_stock_short,
        "approval_returned" => t.cause_approval_returned,
        "approval_withdrawn" => t.cause_approval_withdrawn,
        "risk_rejected" => t.cause_risk_rejected,
        other => return other.to_owned(),
    }
    .to_owned()
}

/// How a deadline stands: in time, nearly due with less than a quarter left, overdue.
pub(crate) fn level(now: Timestamp, begun: Timestamp, due: Timestamp) -> Kind {
    let (left, whole) = (due.since(now), due.since(begun));
    if left <= Duration::ZERO {
        Kind::Bad
    } else if left.0.saturating_mul(4) < whole.0 {
        Kind::Warn
    } else {
        Kind::Ok
    }
}

/// The clock of a deadline: number, shape and word (S5).
pub(crate) fn clock(cx: &PageCx, begun: Timestamp, due: Timestamp) -> Markup {
    let t = State::of(cx.locale);
    let kind = level(cx.now, begun, due);
    match kind {
        Kind::Bad => {
            html! { (status::word(kind, t.overdue)) " " span.num { (time::length(cx.locale, cx.now.since(due))) } }
        }
        Kind::Warn => html! { (status::word(kind, t.at_risk)) " " (time::countdown(cx, due)) },
        _ => html! { (status::word(kind, t.in_time)) " " (time::countdown(cx, due)) },
    }
}
