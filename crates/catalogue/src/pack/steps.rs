//! Steps of a workflow: which kind, what it needs.

use kernel::Duration;

use super::decode::{SECOND, YEAR, read_form};
use super::fields::{Fields, pick};
use super::report::{Report, rule};
use super::tree::Node;
use crate::service::{Document, Operation, ProviderCall, StaffTask, Step, StepKind, Undo};

pub(super) fn step(node: &Node, report: &Report) -> Step {
    let mut s = Fields::open(node, "step", report);
    let id = s.code("id");
    let title = s.words("title", 12);
    let kinds: Vec<StepKind> = [
        s.get("provider").map(|n| StepKind::Provider(provider_call(n, report))),
        s.get("staff_task").map(|n| StepKind::StaffTask(staff_task(n, report))),
        s.get("ship").map(|n| StepKind::Ship(provider_call(n, report))),
        s.get("notify").map(|n| notify(n, report)),
        s.get("issue").map(|n| StepKind::Issue { document: document(n, report) }),
        s.get("wait_slot").map(|n| {
            pick(n, &("true", ()), &[], report);
            StepKind::WaitSlot
        }),
        s.get("credit").map(|n| {
            pick(n, &("true", ()), &[], report);
            StepKind::Credit
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let undo = s.choice_or_first("undo", ("none", Undo::None), &[("provider_cancel", Undo::ProviderCancel)]);
    let point_of_no_return = s.flag_or_false("point_of_no_return");
    s.close();
    if kinds.len() != 1 {
        report.add(
            node.line,
            rule::STEP_KIND,
            "每一步须恰为一种：provider、staff_task、ship、notify、issue、wait_slot 或 credit",
            "a step is exactly one of provider, staff_task, ship, notify, issue, wait_slot, credit",
        );
    }
    let kind = kinds.into_iter().next().unwrap_or(StepKind::WaitSlot);
    Step { id, title, kind, undo, point_of_no_return }
}

fn provider_call(node: &Node, report: &Report) -> ProviderCall {
    let mut p = Fields::open(node, "provider call", report);
    let out = ProviderCall {
        provider: p.code("provider"),
        operation: p.choice_or_first(
            "operation",
            ("submit", Operation::Submit),
            &[("query", Operation::Query)],
        ),
        deadline: p.duration("deadline", SECOND, YEAR),
        poll_every: p.duration("poll_every", SECOND, Duration::from_days(7)),
        retries: u32::try_from(p.number_or("retries", 5, 0, 100)).unwrap_or(0),
    };
    if out.poll_every > out.deadline {
        report.add(
            p.line(),
            rule::STEP_POLL,
            "poll_every 不能长于 deadline，改短查询间隔",
            "`poll_every` is longer than `deadline`; poll more often",
        );
    }
    p.close();
    out
}

fn staff_task(node: &Node, report: &Report) -> StaffTask {
    let mut t = Fields::open(node, "staff task", report);
    let out = StaffTask {
        queue: t.code("queue"),
        title: t.words("title", 30),
        form: t.get("form").and_then(|form| read_form(form, report)),
        within: t.duration("within", Duration::from_mins(1), YEAR),
    };
    t.close();
    out
}

fn notify(node: &Node, report: &Report) -> StepKind {
    let mut n = Fields::open(node, "message", report);
    let out = StepKind::Notify { subject: n.words("subject", 24), body: n.words("body", 200) };
    n.close();
    out
}

fn document(node: &Node, report: &Report) -> Document {
    pick(node, &("receipt", Document::Receipt), &[], report)
}
