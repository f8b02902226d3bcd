//! How the page of an order and the confirmation look. Pure. The parts with an id are what the live stream replaces.

use fulfilment::progress::{EntryState, Outcome};
use kernel::Locale;
use maud::{Markup, html};
use ordering::order::rules::allowed;
use ordering::order::{Action, MoneyState};

use super::orderside::{by_time, method_word, order_path};
use super::progress::Progress;
use super::standing::{Standing, of_order};
use crate::i18n::{Common, DocumentWords, OrderPages};
use crate::ui::form::{Choice, Field};
use crate::ui::shell::{self, Nav};
use crate::ui::summary::{Answer, summary_list};
use crate::ui::timeline::{Item, Step};
use crate::ui::{
    Page, PageCx, banner, button_link, card, confirm, link, money, post_button, ring, status, time, timeline,
};

/// The ids of the parts that change while one looks.
#[cfg(test)]
pub(super) const PARTS: [&str; 4] = ["order-now", "order-steps", "order-acts", "order-content"];

/// The whole page.
pub(super) fn page(cx: &PageCx, progress: &Progress) -> Markup {
    let t = OrderPages::of(cx.locale);
    let live = format!("{}/live", order_path(progress.view.order.id));
    let body = html! {
        (shell::back_link("/orders", t.all_orders))
        (parts(cx, progress))
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Orders).narrow().live(&live), body)
}

/// What the live stream sends. What came out of the order stands in its content, so that is sent too.
pub(super) fn parts(cx: &PageCx, progress: &Progress) -> Markup {
    html! { (now(cx, progress)) (steps(cx, progress)) (acts(cx, progress)) (content(cx, progress)) }
}

/// Where it stands, why, who acts next, by when.
fn now(cx: &PageCx, progress: &Progress) -> Markup {
    let t = OrderPages::of(cx.locale);
    let order = &progress.view.order;
    let told = of_order(cx.locale, order, &progress.view.lines, &progress.view.events);
    let open = !order.state.is_final();
    let picture = if open {
        let percent = elapsed(progress, cx);
        ring::progress(percent, &t.percent(percent))
    } else {
        ring::progress(100, told.word)
    };
    html! {
        div id="order-now" data-part data-announce=(told.word) {
            (card::hero(html! {
                p.muted { (confirm::reference(cx, &order.number())) }
                h1 { (order.title.get(cx.locale)) }
                p { (status::tag(told.kind, told.word)) }
                p { (told.cause) }
                (next_actor(cx, progress, &told))
                @if allowed(order.state).contains(&Action::Pay) {
                    p { (button_link(&format!("/pay/{}", order.id), t.btn_pay, "")) }
                }
                @if let Some(failed) = failure(progress, cx.locale) { p { b { (failed) } } }
            }, picture))
            @for question in &progress.questions {
                (banner::banner(crate::ui::Kind::Warn, t.question_title, html! {
                    p { (question.text) }
                    p { (link(&format!("{}/questions/{}", order_path(order.id), question.id), t.btn_answer)) }
                }))
            }
        }
    }
}

/// 下一步：您，14:30 前.
fn next_actor(cx: &PageCx, progress: &Progress, told: &Standing) -> Markup {
    let (t, common) = (OrderPages::of(cx.locale), Common::of(cx.locale));
    let order = &progress.view.order;
    let paying = order.state == ordering::order::OrderState::AwaitingPayment;
    html! {
        p.muted.sm {
            (t.who_next) (common.separator) (told.next)
            @match order.pay_by.filter(|_| paying) {
                Some(until) => { " · " (time::countdown(cx, until)) }
                None => {
                    @if !order.state.is_final() { " · " (t.by_when(&by_time(cx, order.due_at))) }
                    @if let Some(finished) = order.finished_at { " · " (time::stamp(cx, finished)) }
                }
            }
        }
    }
}

/// How much of the promised time has passed, in percent.
fn elapsed(progress: &Progress, cx: &PageCx) -> u32 {
    let order = &progress.view.order;
    let whole = order.due_at.since(order.placed_at).as_secs().max(1);
    let gone = cx.now.since(order.placed_at).as_secs().clamp(0, whole);
    u32::try_from(gone.saturating_mul(100) / whole).unwrap_or(100)
}

/// Why the step that failed did, in the provider's words.
fn failure(progress: &Progress, locale: Locale) -> Option<String> {
    let failed = progress
        .timeline
        .iter()
        .rev()
        .find(|entry| entry.state == EntryState::Failed && entry.note.is_some());
    failed.and_then(|entry| entry.note.as_ref()).map(|note| note.get(locale).to_owned())
}

fn steps(cx: &PageCx, progress: &Progress) -> Markup {
    let t = OrderPages::of(cx.locale);
    let items: Vec<Item<'_>> = progress
        .timeline
        .iter()
        .map(|entry| Item {
            step: match entry.state {
                EntryState::Done => Step::Done,
                EntryState::Current => Step::Now,
                EntryState::Todo => Step::Next,
                EntryState::Failed => Step::Failed,
            },
            title: entry.title.get(cx.locale),
            at: entry.at,
            detail: html! { @if let Some(note) = &entry.note { (note.get(cx.locale)) } },
        })
        .collect();
    html! {
        div id="order-steps" data-part {
            (card::card("progress", t.progress, None, html! {
                div.stack-s {
                    (timeline::timeline(cx, "timeline", &items))
                    p.muted.sm { (Common::of(cx.locale).updated_at("")) (time::clock(cx.now)) }
                }
            }))
        }
    }
}

/// What can be done now.
fn acts(cx: &PageCx, progress: &Progress) -> Markup {
    let (t, common) = (OrderPages::of(cx.locale), Common::of(cx.locale));
    let order = &progress.view.order;
    let path = order_path(order.id);
    let may = allowed(order.state);
    let papers = DocumentWords::of(cx.locale);
    // What is only set aside was not paid yet; an invoice is about what was kept.
    let kept = matches!(order.money, MoneyState::Captured | MoneyState::PartCaptured);
    let paid = kept || matches!(order.money, MoneyState::Refunding | MoneyState::Refunded);
    html! {
        div.acts id="order-acts" data-part {
            @if progress.has_receipt { (button_link(&format!("{path}/receipt"), t.btn_receipt, "sec")) }
            @if paid { (post_button(cx, &format!("{path}/proof"), papers.btn_proof, "sec", &[])) }
            @if kept && order.state.is_final() { (button_link(&format!("{path}/invoice"), papers.btn_invoice, "sec")) }
            @if may.contains(&Action::Cancel) { (button_link(&format!("{path}/cancel"), t.btn_cancel, "danger sec")) }
            @if progress.is_refundable { (button_link(&format!("{path}/refund"), t.btn_ask_refund, "sec")) }
            @if order.state.is_final() { (post_button(cx, &format!("{path}/again"), common.btn_again, "sec", &[])) }
        }
    }
}

/// What was ordered and what came out of it.
fn content(cx: &PageCx, progress: &Progress) -> Markup {
    let t = OrderPages::of(cx.locale);
    let order = &progress.view.order;
    let total = order.total.to_string();
    let placed = time::full_text(cx.locale, order.placed_at);
    let due = time::full_text(cx.locale, order.due_at);
    let mut rows: Vec<Answer<'_>> = Vec::new();
    let lines: Vec<(String, String)> = progress
        .view
        .lines
        .iter()
        .map(|line| (line.title.get(cx.locale).to_owned(), line.total.to_string()))
        .collect();
    rows.extend(lines.iter().map(|(title, amount)| Answer::text(title, amount, None)));
    rows.extend(progress.answers.iter().map(|(label, value)| Answer::text(label, value, None)));
    rows.push(Answer::text(t.total, &total, None));
    if !order.total.is_zero() {
        rows.push(Answer::text(t.paid_with, method_word(cx.locale, order.payment.name()), None));
    }
    match order.money {
        MoneyState::Authorised => rows.push(Answer::text(t.charged_when, t.charged_later, None)),
        MoneyState::Capturing => rows.push(Answer::text(t.charged_when, t.charged_now, None)),
        _ => {}
    }
    rows.push(Answer::text(t.placed_at, &placed, None));
    rows.push(Answer::text(t.due_at, &due, None));
    let told = |outcome: &Outcome| {
        (outcome.label.get(cx.locale).to_owned(), outcome.words.get(cx.locale).to_owned())
    };
    let outcomes: Vec<(String, String)> = progress.outcomes.iter().map(told).collect();
    rows.extend(outcomes.iter().map(|(label, words)| Answer::text(label, words, None)));
    html! { div id="order-content" data-part { (card::card("content", t.content, None, summary_list(cx, &rows))) } }
}

/// The confirmation (U7): reference, what happens next and by when, how to cancel, the way on.
pub(super) fn done(cx: &PageCx, progress: &Progress) -> Markup {
    let t = OrderPages::of(cx.locale);
    let order = &progress.view.order;
    let path = order_path(order.id);
    let finished = order.state.is_final();
    let title = if finished { t.done_finished } else { t.done_placed };
    let told = of_order(cx.locale, order, &progress.view.lines, &progress.view.events);
    let next = html! {
        p { (order.title.get(cx.locale)) " " (money::money(order.total)) }
        p { (told.cause) @if !finished { (cx.pick("。", ". ")) (t.by_when(&by_time(cx, order.due_at))) } }
        @if !finished { p { (t.done_follow) } }
    };
    let acts = html! {
        (button_link(&path, t.btn_progress, ""))
        @if progress.has_receipt { (button_link(&format!("{path}/receipt"), t.btn_receipt, "sec")) }
        @if allowed(order.state).contains(&Action::Cancel) {
            (button_link(&format!("{path}/cancel"), t.btn_cancel, "sec"))
        }
    };
    let body = confirm::confirmation(cx, title, &order.number(), next, acts);
    shell::portal(cx, &Page::new(title).nav(Nav::Orders).narrow(), body)
}

/// The reasons of a cancellation: the code that is kept and the word that is read.
pub(super) fn reasons(locale: Locale) -> [(&'static str, &'static str); 4] {
    let t = OrderPages::of(locale);
    [
        ("not_needed", t.reason_not_needed),
        ("mistake", t.reason_mistake),
        ("slow", t.reason_slow),
        ("other", t.reason_other),
    ]
}

/// The question why, as cards.
pub(super) fn reason_field(cx: &PageCx) -> Markup {
    let reasons = reasons(cx.locale);
    let choices: Vec<Choice<'_>> = reasons.iter().map(|(code, word)| Choice::new(code, word)).collect();
    Field::new("reason", OrderPages::of(cx.locale).cancel_reason)
        .optional()
        .value("not_needed")
        .radios(cx, &choices)
}
