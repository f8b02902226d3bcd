//! How one order is shown: content and history left, what can be done right (S2).

use fulfilment::cancel::Possible;
use fulfilment::flow::FlowState;
use fulfilment::progress::EntryState;
use kernel::Permission;
use maud::{Markup, html};
use ordering::order::{Channel, Event, Line};
use ordering::payment::PaymentView;

use super::frame::{self, Frame, Tried, reason_field};
use super::order::{Dossier, possible};
use super::{fallout, lines, tasks, words};
use crate::i18n::{Desk, OrderDesk};
use crate::ui::confirm;
use crate::ui::form::{self, Choice};
use crate::ui::summary::{self, Answer};
use crate::ui::table::{Column, Row};
use crate::ui::timeline::{self, Item, Step};
use crate::ui::{self, Kind, PageCx, banner, card, money, time};

pub(crate) fn page(frame: &Frame, dossier: &Dossier, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = OrderDesk::of(cx.locale);
    html! {
        @if dossier.revealed { (banner::banner(Kind::Warn, t.revealed, html! {})) }
        div.two {
            div.stack {
                (card::card("lines", t.lines, None, order_lines(cx, dossier)))
                (card::card("progress", t.progress, None, progress(cx, dossier)))
                (work(cx, dossier))
                @if !dossier.tasks.is_empty() {
                    (card::card("tasks", t.tasks, None, tasks::rows(frame, &dossier.people, t.tasks, &dossier.tasks)))
                }
                (lines::questions(cx, &dossier.questions))
                (card::card("payments", t.payments, None, payments(cx, dossier.payment.as_ref())))
                (card::card("history", t.history, None, history(cx, dossier)))
            }
            div.stack {
                (card::card("facts", t.facts, None, facts(cx, dossier)))
                (card::card("acts", t.actions, None, acts(cx, dossier, tried)))
            }
        }
    }
}

fn facts(cx: &PageCx, dossier: &Dossier) -> Markup {
    let (t, d) = (OrderDesk::of(cx.locale), Desk::of(cx.locale));
    let order = &dossier.view.order;
    let row = |label, value| Answer { label, value, change: None };
    let channel = match order.channel {
        Channel::Portal => t.channel_portal,
        Channel::Api => t.channel_api,
        Channel::Console => t.channel_console,
        Channel::Demo => t.channel_demo,
        Channel::File => t.channel_file,
    };
    let mut rows = vec![
        row(d.order, confirm::reference(cx, &order.number())),
        row(d.state, words::order_tag(order.state, cx.locale)),
        row(d.money, words::money_tag(order.money, cx.locale)),
        row(d.amount, money::money(order.total)),
        row(t.method, html! { (words::payment(order.payment, cx.locale)) }),
        row(d.customer, dossier.people.customer(order.customer)),
        row(d.channel, html! { (channel) }),
        row(d.placed, time::full(cx, order.placed_at)),
    ];
    if !order.state.is_final() {
        rows.push(row(d.due, words::clock(cx, order.placed_at, order.due_at)));
    }
    if let Some(reason) = &order.reason {
        rows.push(row(d.reason, html! { (words::cause(reason, cx.locale)) }));
    }
    if let Some(hold) = order.hold {
        rows.push(row(t.hold, html! { span.num { (hold) } }));
    }
    if !dossier.receipts.is_empty() {
        rows.push(row(
            t.receipts,
            html! {
                @for receipt in &dossier.receipts { div.num { (receipt.number) } }
            },
        ));
    }
    summary::summary_list(cx, &rows)
}

fn order_lines(cx: &PageCx, dossier: &Dossier) -> Markup {
    let (t, d) = (OrderDesk::of(cx.locale), Desk::of(cx.locale));
    let row = |line: &Line| {
        Row::new(vec![
            html! { (line.title.get(cx.locale)) div.muted.sm { (line.service) " v" (line.service_version) " · " (line.offering) } },
            html! { span.num { (line.quantity) } },
            money::money(line.total),
            words::line_tag(line.state, cx.locale),
            html! { @if let Some(result) = &line.result { (lines::members(result)) } @else { "—" } },
        ])
    };
    let columns = vec![
        Column::new(d.service),
        Column::number(t.quantity),
        Column::number(d.amount),
        Column::new(d.state),
        Column::new(t.result),
    ];
    let rows = dossier.view.lines.iter().map(row).collect();
    html! {
        (frame::table(cx, t.lines, columns, rows))
        @for (line, answers) in dossier.view.lines.iter().zip(&dossier.answers) {
            @if !answers.is_empty() {
                h3 { (line.title.get(cx.locale)) " · " (t.answers) }
                (lines::list(cx, answers))
            }
        }
    }
}

fn progress(cx: &PageCx, dossier: &Dossier) -> Markup {
    let items: Vec<Item<'_>> = dossier
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
    timeline::timeline(cx, "timeline", &items)
}

/// The step log of each line, closed until it is wanted; open where something is stuck.
fn work(cx: &PageCx, dossier: &Dossier) -> Markup {
    let t = OrderDesk::of(cx.locale);
    html! {
        @if !dossier.work.is_empty() {
            (card::card("work", t.work, None, html! {
                @for (flow, log) in &dossier.work {
                    @let line = dossier.view.lines.iter().find(|line| line.id == flow.line);
                    p {
                        @if let Some(line) = line { b { (line.title.get(cx.locale)) } " " }
                        (words::flow_tag(flow.state, cx.locale)) " "
                        @if let Some(cause) = &flow.cause { span.muted { (words::cause(cause, cx.locale)) } }
                    }
                    (fallout::step_log(cx, line.map_or(t.work, |line| line.title.get(cx.locale)), log))
                }
            }))
        }
    }
}

fn payments(cx: &PageCx, payment: Option<&PaymentView>) -> Markup {
    let (t, d) = (OrderDesk::of(cx.locale), Desk::of(cx.locale));
    let Some(view) = payment else { return html! { p.muted { (t.payments_empty) } } };
    let attempts = view.attempts.iter().map(|attempt| {
        Row::new(vec![
            html! { span.num { (attempt.id) } },
            html! {
                (attempt.gateway)
                @if let Some((brand, last)) = &attempt.card { " " span.num { (brand) " " (last) } }
            },
            money::money(attempt.amount),
            words::attempt_word(attempt.state, cx.locale),
            html! {
                @if let Some(text) = &attempt.words { (text.get(cx.locale)) }
                @else if let Some(code) = &attempt.outcome { (code) }
            },
            time::stamp(cx, attempt.created_at),
        ])
    });
    let columns = || {
        vec![
            Column::new(t.attempt),
            Column::new(t.gateway),
            Column::number(d.amount),
            Column::new(d.state),
            Column::new(t.outcome),
            Column::new(d.at),
        ]
    };
    let refunds = view.refunds.iter().map(|refund| {
        Row::new(vec![
            html! { span.num { (refund.id) } },
            html! { (refund.source.name()) },
            money::money(refund.amount),
            html! { (refund.state.name()) },
            html! { (refund.reason) @if let Some(code) = &refund.outcome { " " span.muted { (code) } } },
            time::stamp(cx, refund.created_at),
        ])
    });
    let table = |caption, rows: Vec<Row<'_>>| frame::table(cx, caption, columns(), rows);
    html! {
        p { (view.status.words(cx.locale)) }
        @if !view.attempts.is_empty() { (table(t.payments, attempts.collect())) }
        @if !view.refunds.is_empty() { h3 { (t.refunds) } (table(t.refunds, refunds.collect())) }
    }
}

/// Who, when, from, to, why, in which request (O2); newest first.
fn history(cx: &PageCx, dossier: &Dossier) -> Markup {
    let (t, d) = (OrderDesk::of(cx.locale), Desk::of(cx.locale));
    let row = |event: &Event| {
        let change = html! {
            @if let (Some(from), Some(to)) = (&event.from, &event.to) {
                (words::named(from, cx.locale)) " → " (words::named(to, cx.locale))
            } @else { "—" }
        };
        Row::new(vec![
            html! {
                (words::happened(&event.code, cx.locale))
                @if let Some(text) = &event.text { div.muted.sm { (text.get(cx.locale)) } }
                @if event.internal { div.muted.sm { (d.internal) } }
            },
            change,
            html! { @if let Some(reason) = &event.reason { (words::cause(reason, cx.locale)) } @else { "—" } },
            dossier.people.actor(&event.actor, cx.locale),
            time::stamp(cx, event.at),
            html! { span.num.sm { (event.request) } },
        ])
    };
    let columns = vec![
        Column::new(d.what),
        Column::new(t.from_to),
        Column::new(d.reason),
        Column::new(d.actor),
        Column::new(d.at),
        Column::new(d.request),
    ];
    let rows = dossier.view.events.iter().rev().map(row).collect();
    frame::table(cx, t.history, columns, rows)
}

fn acts(cx: &PageCx, dossier: &Dossier, tried: &Tried) -> Markup {
    let t = OrderDesk::of(cx.locale);
    let order = &dossier.view.order;
    let path = |act: &str| format!("/console/orders/{}/{act}", order.id);
    let stuck = dossier.work.iter().find(|(flow, _)| flow.state == FlowState::Fallout);
    let open = !order.state.is_final();
    html! {
        @if let Some((flow, _)) = stuck {
            p { (t.fallout_here) }
            (ui::button_link(&format!("/console/fallout/{}", flow.id), t.btn_fallout, ""))
        }
        @if cx.may(Permission::WorkOrders) {
            @if open && dossier.cancel.possible != Possible::No {
                (frame::fold(t.cancel, tried, "cancel_reason", form::form(cx, "cancel", &path("cancel"), None, html! {
                    p.muted.sm { (possible(t, dossier.cancel.possible)) }
                    @if let Some(fee) = dossier.cancel.fee { p.muted.sm { (t.fee(&fee.to_string())) } }
                    (reason_field(cx, tried, "cancel_reason"))
                    button.btn.danger.sec { (t.btn_cancel) }
                })))
            }
            @if open { (frame::fold(t.ask, tried, "question", ask(cx, dossier, tried, &path("ask")))) }
            (frame::fold(t.note, tried, "note", form::form(cx, "note", &path("note"), None, html! {
                (tried.field("note", t.note_text).hint(t.note_hint).textarea(cx, 500))
                button.btn.sec { (t.btn_note) }
            })))
        }
        @if cx.may(Permission::RevealPersonalData) && !dossier.revealed {
            (frame::fold(t.reveal, tried, "reveal_reason", form::form(cx, "reveal", &path("reveal"), None, html! {
                p.muted.sm { (t.reveal_hint) }
                (reason_field(cx, tried, "reveal_reason"))
                button.btn.sec { (Desk::of(cx.locale).btn_reveal) }
            })))
        }
        @if !open { p.muted.sm { (t.no_actions) } }
    }
}

fn ask(cx: &PageCx, dossier: &Dossier, tried: &Tried, action: &str) -> Markup {
    let t = OrderDesk::of(cx.locale);
    let ids: Vec<String> = dossier.view.lines.iter().map(|line| line.id.to_string()).collect();
    let choices: Vec<Choice<'_>> = dossier
        .view
        .lines
        .iter()
        .zip(&ids)
        .map(|(line, id)| Choice::new(id, line.title.get(cx.locale)))
        .collect();
    form::form(
        cx,
        "ask",
        action,
        None,
        html! {
            @if choices.len() > 1 { (tried.field("line", t.ask_line).select(cx, &choices)) }
            (tried.field("question", t.ask_text).hint(t.ask_hint).textarea(cx, 1000))
            button.btn.sec { (t.btn_ask) }
        },
    )
}

#[cfg(test)]
mod tests {
    use fulfilment::cancel::CancelView;
    use kernel::RequestId;
    use ordering::order::OrderView;

    use super::*;
    use crate::console::frame::People;
    use crate::console::tests::{NOW, each_frame, fallout_item, line, order, task};

    fn dossier() -> Dossier {
        let event = Event {
            id: 1,
            order: order().id,
            line: None,
            at: NOW,
            actor: "system:watch".to_owned(),
            code: "state".to_owned(),
            from: Some("in_progress".to_owned()),
            to: Some("fallout".to_owned()),
            text: None,
            reason: Some("deadline".to_owned()),
            internal: true,
            request: RequestId(5),
        };
        let hidden = lines::Shown { label: "证件号 ID".to_owned(), value: None };
        Dossier {
            view: OrderView { order: order(), lines: vec![line()], events: vec![event] },
            answers: vec![vec![hidden]],
            timeline: Vec::new(),
            work: vec![(fallout_item().flow, Vec::new())],
            tasks: vec![task()],
            payment: None,
            questions: Vec::new(),
            receipts: Vec::new(),
            cancel: CancelView { possible: Possible::Now, fee: None, texts: Vec::new() },
            people: People::default(),
            revealed: false,
        }
    }

    #[test]
    fn o2_staff_see_who_changed_what_when_why_and_in_which_request() {
        each_frame(|frame| {
            let shown = page(frame, &dossier(), &Tried::default()).into_string();
            let locale = frame.cx.locale;
            for text in [words::named("in_progress", locale), words::cause("deadline", locale)] {
                assert!(shown.contains(&text), "{text}");
            }
            assert!(shown.contains(&RequestId(5).to_string()) && shown.contains(Desk::of(locale).internal));
            assert!(shown.contains(Desk::of(locale).hidden), "personal answers are masked");
            assert!(shown.contains(&format!("/console/fallout/{}", fallout_item().flow.id)));
            shown
        });
    }

    #[test]
    fn w3_what_a_role_cannot_do_is_not_offered() {
        each_frame(|frame| {
            let mut frame = frame.clone();
            let act = |name: &str| format!("/console/orders/{}/{name}", order().id);
            let all = page(&frame, &dossier(), &Tried::default()).into_string();
            for name in ["cancel", "ask", "note", "reveal"] {
                assert!(all.contains(&act(name)), "{name}");
            }
            frame.cx.permissions = vec![Permission::ReadOrders];
            let few = page(&frame, &dossier(), &Tried::default()).into_string();
            for name in ["cancel", "ask", "note", "reveal"] {
                assert!(!few.contains(&act(name)), "{name}");
            }
            few
        });
    }
}
