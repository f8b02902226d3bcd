//! Making the timeline of what the log says. Pure.

use catalogue::service::{Service, Shown as Named, ShownKind, Step, StepKind};
use kernel::{Locale, Money, Text, Timestamp};
use ordering::order::{Line, LineState, MoneyState, Order, OrderState};
use serde_json::{Value, json};

use super::model::{EntryState, LineWork, Outcome, TimelineEntry};
use crate::flow::{FlowState, LoggedStep, Purpose, StepState};

/// The whole timeline of an order.
pub(crate) fn timeline(order: &Order, works: &[LineWork]) -> Vec<TimelineEntry> {
    let mut out = vec![whole(("提交订单", "Order placed"), EntryState::Done, Some(order.placed_at))];
    out.extend(payment(order, works));
    for work in works {
        out.extend(steps(order, work, works.len() > 1));
    }
    if order.state == OrderState::AssessingCancellation {
        out.push(whole(("正在取消", "Being cancelled"), EntryState::Current, Some(order.updated_at)));
    }
    out.push(end(order));
    out.extend(charge(order));
    out
}

fn whole((zh, en): (&str, &str), state: EntryState, at: Option<Timestamp>) -> TimelineEntry {
    TimelineEntry { title: Text::new(zh, en), state, at, note: None, line: None }
}

fn payment(order: &Order, works: &[LineWork]) -> Option<TimelineEntry> {
    if order.total.is_zero() {
        return None;
    }
    let begun = works.iter().filter_map(|work| work.flow.as_ref().map(|flow| flow.started_at)).min();
    let words = ("支付", "Payment");
    if order.state == OrderState::AwaitingPayment {
        return Some(whole(words, EntryState::Current, Some(order.placed_at)));
    }
    // Without a hold the order stands on what a gateway keeps until the work is done.
    let words = if order.hold.is_some() { words } else { ("预授权", "Authorised") };
    let secured = order.hold.is_some() || charge_state(order).is_some();
    secured.then(|| whole(words, EntryState::Done, begun))
}

/// How far the charge of an order is that is charged when it is done; `None` for those that were paid before, or are not charged.
fn charge_state(order: &Order) -> Option<EntryState> {
    if order.hold.is_some() {
        return None;
    }
    match order.money {
        MoneyState::Authorised => Some(EntryState::Todo),
        MoneyState::Capturing | MoneyState::Uncollected => Some(EntryState::Current),
        MoneyState::Captured | MoneyState::PartCaptured | MoneyState::Refunding | MoneyState::Refunded => {
            Some(EntryState::Done)
        }
        MoneyState::None
        | MoneyState::Unpaid
        | MoneyState::Confirming
        | MoneyState::Held
        | MoneyState::Released => None,
    }
}

fn charge(order: &Order) -> Option<TimelineEntry> {
    let state = charge_state(order).filter(|_| order.state != OrderState::AwaitingPayment)?;
    let at = order.finished_at.filter(|_| state != EntryState::Todo);
    Some(whole(("扣款", "Charge"), state, at))
}

fn end(order: &Order) -> TimelineEntry {
    let done = ("办理完成", "Completed");
    match order.state {
        OrderState::Completed => whole(done, EntryState::Done, order.finished_at),
        OrderState::Partial => whole(("部分办成", "Completed in part"), EntryState::Done, order.finished_at),
        OrderState::Cancelled => whole(("已取消", "Cancelled"), EntryState::Failed, order.finished_at),
        OrderState::Failed => whole(("未能办成", "Not completed"), EntryState::Failed, order.finished_at),
        OrderState::AwaitingPayment
        | OrderState::Held
        | OrderState::InProgress
        | OrderState::InformationRequired
        | OrderState::AssessingCancellation
        | OrderState::Fallout => whole(done, EntryState::Todo, None),
    }
}

fn steps(order: &Order, work: &LineWork, several: bool) -> Vec<TimelineEntry> {
    let over = work.line.state.is_final() || order.state.is_final();
    let entry = |(step, position): (&Step, i64)| {
        let tries = work.log.iter().filter(|row| row.purpose == Purpose::Do && row.position == position);
        let (state, at, note) = match tries.max_by_key(|row| row.round) {
            Some(row) => tried(work, row)?,
            None if over => return None,
            None => (EntryState::Todo, None, None),
        };
        let title = if several { both(&work.line.title, &step.title) } else { step.title.clone() };
        Some(TimelineEntry { title, state, at, note, line: Some(work.line.id) })
    };
    work.service.service.workflow.iter().zip(0_i64..).filter_map(entry).collect()
}

type Shown = (EntryState, Option<Timestamp>, Option<Text>);

/// How a step that was tried is shown; `None`: not at all.
fn tried(work: &LineWork, row: &LoggedStep) -> Option<Shown> {
    let ended = row.ended_at.or(Some(row.started_at));
    match row.state {
        StepState::Done | StepState::Forced => Some((EntryState::Done, ended, row.message().cloned())),
        StepState::Skipped => None,
        StepState::Undone => Some((EntryState::Failed, ended, Some(Text::new("已撤回", "Taken back")))),
        StepState::Refused if work.flow.as_ref().is_some_and(|flow| flow.state == FlowState::Fallout) => {
            Some((EntryState::Current, Some(row.started_at), Some(in_staff_hands())))
        }
        StepState::Refused => Some((EntryState::Failed, ended, row.message().cloned())),
        StepState::Dropped if work.line.state.is_final() => None,
        StepState::Dropped | StepState::Begun | StepState::Waiting => {
            let note = match work.line.state {
                LineState::Fallout => Some(in_staff_hands()),
                LineState::InformationRequired => {
                    Some(Text::new("等待您补充内容", "We are waiting for something from you"))
                }
                LineState::Waiting
                | LineState::InProgress
                | LineState::Completed
                | LineState::Failed
                | LineState::Cancelled => row.message().cloned(),
            };
            Some((EntryState::Current, Some(row.started_at), note))
        }
    }
}

fn in_staff_hands() -> Text {
    Text::new("工作人员正在处理", "Our staff are working on it")
}

fn both(line: &Text, step: &Text) -> Text {
    let (line_en, step_en) = (line.get(kernel::Locale::En), step.get(kernel::Locale::En));
    Text::new(format!("{} · {}", line.zh, step.zh), format!("{line_en} · {step_en}"))
}

/// What the pack shows of what came out of a line, in the pack's order.
pub(crate) fn outcomes(line: &Line, service: &Service) -> Vec<Outcome> {
    let result = line.result.as_ref().and_then(Value::as_object);
    let one = |named: &Named| {
        let value = result?.get(&named.key).filter(|value| !value.is_null())?.clone();
        let words = words(service, named, &value);
        Some(Outcome { line: line.id, key: named.key.clone(), value, label: named.label.clone(), words })
    };
    service.results.iter().filter_map(one).collect()
}

/// The value as a person reads it: as the form of the staff task that asked for it says it, else by its kind.
fn words(service: &Service, named: &Named, value: &Value) -> Text {
    let forms = service.workflow.iter().filter_map(|step| match &step.kind {
        StepKind::StaffTask(task) => task.form.as_ref(),
        StepKind::Provider(_)
        | StepKind::Ship(_)
        | StepKind::Notify { .. }
        | StepKind::Issue { .. }
        | StepKind::WaitSlot
        | StepKind::Credit => None,
    });
    let answers = json!({ &named.key: value });
    for form in forms.filter(|form| form.field(&named.key).is_some()) {
        let said = |locale| {
            let rows = form.summary(&answers, locale);
            rows.into_iter().find(|row| row.field == named.key).map(|row| row.value)
        };
        if let (Some(zh), Some(en)) = (said(Locale::Zh), said(Locale::En)) {
            return Text::new(zh, en);
        }
    }
    let money = || serde_json::from_value::<Money>(value.clone()).ok().map(|money| money.to_string());
    let plain = || value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let text = match named.kind {
        ShownKind::Money => money().unwrap_or_else(plain),
        ShownKind::Text | ShownKind::Date => plain(),
    };
    Text::new(text.clone(), text)
}
