//! The page of one task: what is to be done for whom, and the form that does it.

use fulfilment::question::Question;
use fulfilment::task::{Task, TaskKind, TaskState, TaskView};
use kernel::Permission;
use maud::{Markup, html};

use super::frame::{self, Frame, People, Tried, reason_field};
use super::{lines, tasks, words};
use crate::i18n::{Common, Desk, Tasks};
use crate::ui::form::{self, AddressBook};
use crate::ui::summary::{self, Answer};
use crate::ui::{self, Kind, banner, card, money, time};

/// What the page shows.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub view: &'a TaskView,
    pub answers: &'a [lines::Shown],
    pub questions: &'a [Question],
    pub people: &'a People,
}

pub(crate) fn page(frame: &Frame, facts: &Facts<'_>, tried: &Tried) -> Markup {
    let t = Tasks::of(frame.cx.locale);
    html! {
        div.two {
            div.stack {
                (about(frame, facts))
                @if !facts.answers.is_empty() {
                    (card::card("answers", t.answers, None, lines::list(&frame.cx, facts.answers)))
                }
                (lines::questions(&frame.cx, facts.questions))
            }
            div.stack { (acts(frame, &facts.view.task, facts.view, tried)) }
        }
    }
}

fn about(frame: &Frame, facts: &Facts<'_>) -> Markup {
    let cx = &frame.cx;
    let (t, d) = (Tasks::of(cx.locale), Desk::of(cx.locale));
    let (task, order) = (&facts.view.task, &facts.view.order);
    let row = |label, value| Answer { label, value, change: None };
    let mut rows = vec![
        row(t.queue, html! { (tasks::queue_name(t, &task.queue)) }),
        row(d.order, html! { a.num href={ "/console/orders/" (order.id) } { (order.number()) } }),
        row(d.service, html! { (order.title.get(cx.locale)) }),
        row(d.amount, money::money(order.total)),
        row(d.customer, facts.people.customer(task.customer)),
        row(t.holder, tasks::holder(frame, facts.people, task)),
        row(t.created, time::stamp(cx, task.created_at)),
        row(
            d.due,
            html! { (words::clock(cx, task.created_at, task.due_at)) " " (time::full(cx, task.due_at)) },
        ),
    ];
    if let Some(answers) = &task.answers {
        rows.push(row(t.recorded, lines::members(answers)));
    }
    card::card("facts", t.facts, None, summary::summary_list(cx, &rows))
}

fn acts(frame: &Frame, task: &Task, view: &TaskView, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Tasks::of(cx.locale);
    if task.state != TaskState::Open {
        return banner::banner(Kind::Ok, t.ended, html! {});
    }
    if task.kind == TaskKind::RefundRequest {
        return card::card("decide", t.decide, None, decide(frame, task, tried));
    }
    let (mine, free) = (task.assignee == frame.me, task.assignee.is_none());
    let path = |act: &str| format!("/console/tasks/{}/{act}", task.id);
    html! {
        @if free { (ui::post_button(cx, &path("claim"), t.btn_claim, "sec", &[])) }
        @if mine || free { (card::card("record", t.record, None, record(frame, task, view, tried))) }
        @else { (banner::banner(Kind::Warn, t.taken, html! {})) }
        @if mine || (!free && cx.may(Permission::ManageStaff)) {
            (ui::post_button(cx, &path("release"), t.btn_release, "sec", &[]))
        }
        @if mine && task.kind == TaskKind::Step {
            (frame::fold(t.hand_over, tried, "hand_over_reason", form::form(cx, "hand-over", &path("hand-over"), None, html! {
                (reason_field(cx, tried, "hand_over_reason"))
                button.btn.danger.sec { (t.btn_hand_over) }
            })))
        }
    }
}

/// The step's own form; what was typed wrong stays in it.
fn record(frame: &Frame, task: &Task, view: &TaskView, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Tasks::of(cx.locale);
    let button = if task.assignee.is_none() { t.btn_claim_complete } else { t.btn_complete };
    let fields = html! {
        @match &view.form {
            Some(asked) => {
                @let typed = asked.from_pairs(tried.pairs());
                @for field in asked.fields() {
                    (form::render_field(cx, asked, field, &typed, &tried.fields, &AddressBook::default()))
                }
            }
            None => { p.muted { (t.nothing) } }
        }
        button.btn.main data-busy=(Common::of(cx.locale).working) { (button) }
    };
    form::form(cx, "record-task", &format!("/console/tasks/{}/complete", task.id), None, fields)
}

fn decide(frame: &Frame, task: &Task, tried: &Tried) -> Markup {
    let cx = &frame.cx;
    let t = Tasks::of(cx.locale);
    if !cx.may(Permission::RefundOrder) {
        return html! { p.muted { (t.decide_needs) } };
    }
    let fields = html! {
        (reason_field(cx, tried, "reason"))
        div.acts {
            button.btn name="decision" value="grant" { (t.btn_grant) }
            button.btn.sec name="decision" value="deny" { (t.btn_deny) }
        }
    };
    form::form(cx, "decide-task", &format!("/console/tasks/{}/decide", task.id), None, fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_frame, order, task};

    fn shown(frame: &Frame, task: Task) -> String {
        let view = TaskView { task, order: order(), line: None, form: None };
        let people = People::default();
        let facts = Facts { view: &view, answers: &[], questions: &[], people: &people };
        page(frame, &facts, &Tried::default()).into_string()
    }

    #[test]
    fn a_free_task_can_be_claimed_or_done_at_once_and_a_colleagues_cannot() {
        each_frame(|frame| {
            let free = shown(frame, task());
            assert!(free.contains("/claim") && free.contains("/complete"));
            let other = shown(frame, Task { assignee: Some(kernel::AccountId(5)), ..task() });
            assert!(!other.contains("/complete") && other.contains(Tasks::of(frame.cx.locale).taken));
            let mine = shown(frame, Task { assignee: frame.me, ..task() });
            assert!(mine.contains("/hand-over") && mine.contains("/release"));
            free
        });
    }

    #[test]
    fn a_refund_request_is_decided_by_who_may_refund() {
        each_frame(|frame| {
            let request = || Task { kind: TaskKind::RefundRequest, ..task() };
            assert!(shown(frame, request()).contains("/decide"));
            let mut frame = frame.clone();
            frame.cx.permissions.retain(|permission| *permission != Permission::RefundOrder);
            let page = shown(&frame, request());
            assert!(!page.contains("/decide") && page.contains(Tasks::of(frame.cx.locale).decide_needs));
            page
        });
    }
}
