//! What happened to one payment, in tables; and how payments are told of in lists.

use kernel::Money;
use maud::{Markup, html};
use ordering::payment::{
    self, Attempt, AttemptState, Dispute, DisputeState, GiveBack, PaymentState, PaymentView, Purpose,
    RefundSource, RefundState,
};

use super::frame::{self, People};
use super::ledger::order_link;
use super::payments::PATH;
use super::words;
use crate::i18n::PayDesk;
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, link, money, status, time};

pub(super) fn purpose(cx: &PageCx, purpose: Purpose) -> Markup {
    match purpose {
        Purpose::Order(id) => order_link(Some(id.raw())),
        Purpose::TopUp => html! { (PayDesk::of(cx.locale).top_up) },
    }
}

pub(super) fn state(cx: &PageCx, state: PaymentState) -> Markup {
    let t = PayDesk::of(cx.locale);
    match state {
        PaymentState::Open => status::tag(Kind::Info, t.open),
        PaymentState::Authorised => status::tag(Kind::Info, t.authorised),
        PaymentState::Paid => status::tag(Kind::Ok, t.paid),
        PaymentState::Closed => status::tag(Kind::Plain, t.closed),
    }
}

/// Unclear, overpaid, disputed.
pub(super) fn marks(cx: &PageCx, [unclear, overpaid, disputed]: [bool; 3]) -> Markup {
    let t = PayDesk::of(cx.locale);
    html! {
        @if unclear { (status::tag(Kind::Warn, t.unclear)) " " }
        @if overpaid { (status::tag(Kind::Warn, t.overpaid)) " " }
        @if disputed { (status::tag(Kind::Warn, t.disputed)) }
    }
}

pub(super) fn detail(cx: &PageCx, people: &People, view: &PaymentView, left: Money) -> Markup {
    let t = PayDesk::of(cx.locale);
    let is = |state| view.attempts.iter().any(|attempt| attempt.state == state);
    let unclear = is(AttemptState::Unknown) || is(AttemptState::Mismatch) || is(AttemptState::Uncollected);
    let disputed = view.attempts.iter().any(|attempt| attempt.disputed.is_positive());
    let payment = &view.payment;
    html! {
        p { (link(PATH, t.title)) }
        (card::plain(html! {
            p { (state(cx, payment.state)) " " (marks(cx, [unclear, is(AttemptState::Surplus), disputed])) }
            dl.sum {
                div { dt { (t.amount) } dd { (money::money(payment.amount)) } }
                div { dt { (t.left) } dd { (money::money(left)) } }
                div { dt { (t.purpose) } dd { (purpose(cx, payment.purpose)) } }
                div { dt { (t.customer) } dd { (people.customer(payment.customer)) } }
                div { dt { (t.at) } dd { (time::full(cx, payment.created_at)) } }
                @if let Some(kept) = view.attempts.iter().find(|one| one.state.is_kept() && one.take_by.is_some()) {
                    @if let Some(until) = kept.authorised_until { div { dt { (t.authorised_until) } dd { (time::full(cx, until)) } } }
                    @if let Some(by) = kept.take_by { div { dt { (t.take_by) } dd { (time::full(cx, by)) } } }
                }
                @if payment.state == PaymentState::Open { div { dt { (t.expires) } dd { (time::full(cx, payment.expires_at)) } } }
            }
        }))
        @if !view.attempts.is_empty() { (card::card("attempts", t.attempts, None, attempts(cx, &view.attempts))) }
        @if !view.given_back.is_empty() { (card::card("given", t.given_back, None, given_back(cx, &view.given_back))) }
        @if !view.refunds.is_empty() { (card::card("refunds", t.refunds, None, refunds(cx, view))) }
        @if !view.disputes.is_empty() { (card::card("disputes", t.disputes, None, disputes(cx, &view.disputes))) }
    }
}

fn attempt_state(cx: &PageCx, state: AttemptState) -> Markup {
    let t = PayDesk::of(cx.locale);
    let (kind, words) = match state {
        AttemptState::Opening => (Kind::Info, t.a_opening),
        AttemptState::Open => (Kind::Info, t.a_open),
        AttemptState::Processing => (Kind::Info, t.a_processing),
        AttemptState::Unknown => (Kind::Warn, t.a_unknown),
        AttemptState::Authorised => (Kind::Info, t.a_authorised),
        AttemptState::Capturing => (Kind::Info, t.a_capturing),
        AttemptState::Voiding => (Kind::Info, t.a_voiding),
        AttemptState::Uncollected => (Kind::Bad, t.a_uncollected),
        AttemptState::Captured => (Kind::Ok, t.a_captured),
        AttemptState::Surplus => (Kind::Warn, t.a_surplus),
        AttemptState::Declined => (Kind::Plain, t.a_declined),
        AttemptState::Closed => (Kind::Plain, t.a_closed),
        AttemptState::Failed => (Kind::Plain, t.a_failed),
        AttemptState::Mismatch => (Kind::Bad, t.a_mismatch),
    };
    status::tag(kind, words)
}

fn attempts(cx: &PageCx, attempts: &[Attempt]) -> Markup {
    let t = PayDesk::of(cx.locale);
    let row = |one: &Attempt| {
        Row::new(vec![
            html! { code { (one.id) } @if let Some(theirs) = &one.gateway_id { br; code.muted.sm { (theirs) } } },
            html! { (words::gateway(&one.gateway, cx.locale)) @if let Some((brand, last)) = &one.card { " " (brand) " " (last) } },
            money::money(one.amount),
            money::money(one.captured),
            money::money(one.refunded),
            attempt_state(cx, one.state),
            html! { (one.outcome.as_deref().unwrap_or("—")) },
            time::stamp(cx, one.updated_at),
        ])
    };
    let columns = vec![
        Column::new(t.number),
        Column::new(t.gateway),
        Column::number(t.amount),
        Column::number(t.captured),
        Column::number(t.refunded),
        Column::new(t.state),
        Column::new(t.outcome),
        Column::new(t.at),
    ];
    frame::table(cx, t.attempts, columns, attempts.iter().map(row).collect())
}

/// A code for why money goes back, as the rooms write it.
fn why<'a>(t: &PayDesk, code: &'a str) -> &'a str {
    match code {
        "by_staff" => t.why_by_staff,
        "refund_granted" => t.why_granted,
        "cancelled" => t.why_cancelled,
        "failed" => t.why_failed,
        "partial" => t.why_partial,
        "paid_twice" => t.why_paid_twice,
        "expired" | "order_ended" => t.why_too_late,
        other => other,
    }
}

/// Decisions to give money back, with what of it went to the balance at once.
fn given_back(cx: &PageCx, given: &[GiveBack]) -> Markup {
    let t = PayDesk::of(cx.locale);
    let row = |one: &GiveBack| {
        Row::new(vec![
            time::stamp(cx, one.created_at),
            money::money(one.amount),
            money::money(one.to_balance),
            html! { (why(t, &one.reason)) },
            html! { (one.note.as_deref().unwrap_or("—")) },
        ])
    };
    let columns = vec![
        Column::new(t.at),
        Column::number(t.amount),
        Column::number(t.to_balance),
        Column::new(t.reason),
        Column::new(t.note),
    ];
    frame::table(cx, t.given_back, columns, given.iter().map(row).collect())
}

fn refunds(cx: &PageCx, view: &PaymentView) -> Markup {
    let t = PayDesk::of(cx.locale);
    let stands = |state| match state {
        RefundState::Pending => status::tag(Kind::Info, t.r_pending),
        RefundState::Processing => status::tag(Kind::Info, t.r_processing),
        RefundState::Unknown => status::tag(Kind::Warn, t.a_unknown),
        RefundState::Succeeded => status::tag(Kind::Ok, t.r_succeeded),
        RefundState::Failed => status::tag(Kind::Bad, t.r_failed),
    };
    let source = |source| match source {
        RefundSource::Escrow => t.s_escrow,
        RefundSource::Surplus => t.s_surplus,
        RefundSource::Balance => t.s_balance,
    };
    let row = |one: &payment::Refund| {
        Row::new(vec![
            html! { code { (one.id) } @if let Some(theirs) = &one.gateway_refund_id { br; code.muted.sm { (theirs) } } },
            money::money(one.amount),
            html! { (source(one.source)) },
            stands(one.state),
            html! { (why(t, &one.reason)) @if let Some(code) = &one.outcome { " " span.muted { (code) } } },
            time::stamp(cx, one.updated_at),
        ])
    };
    let columns = vec![
        Column::new(t.number),
        Column::number(t.amount),
        Column::new(t.source),
        Column::new(t.state),
        Column::new(t.reason),
        Column::new(t.at),
    ];
    frame::table(cx, t.refunds, columns, view.refunds.iter().map(row).collect())
}

fn disputes(cx: &PageCx, disputes: &[Dispute]) -> Markup {
    let t = PayDesk::of(cx.locale);
    let stands = |state| match state {
        DisputeState::Asked => status::tag(Kind::Warn, t.d_asked),
        DisputeState::Dropped => status::tag(Kind::Plain, t.d_dropped),
        DisputeState::Open => status::tag(Kind::Warn, t.d_open),
        DisputeState::Won => status::tag(Kind::Ok, t.d_won),
        DisputeState::Lost => status::tag(Kind::Bad, t.d_lost),
        DisputeState::Mismatch => status::tag(Kind::Bad, t.d_mismatch),
    };
    let row = |one: &Dispute| {
        Row::new(vec![
            html! { code { (one.gateway_id) } },
            money::money(one.amount),
            money::money(Money { minor: one.fee_minor, ..one.amount }),
            html! { (one.reason) },
            stands(one.state),
            html! { @match one.due_by { Some(at) => { (time::stamp(cx, at)) } None => { "—" } } },
        ])
    };
    let columns = vec![
        Column::new(t.number),
        Column::number(t.amount),
        Column::number(t.fee),
        Column::new(t.reason),
        Column::new(t.state),
        Column::new(t.due_by),
    ];
    frame::table(cx, t.disputes, columns, disputes.iter().map(row).collect())
}
