//! Which stock items a service has: its goods, its bookable times. Pure.

use jiff::civil::{Date, Weekday as Day};
use kernel::{Duration, Timestamp};

use super::model::{BEIJING, NewItem, NewSlot, SlotPlan, Weekday, Window};
use crate::service::Service;

/// Midnight in Beijing.
fn midnight(date: Date) -> Timestamp {
    let at = BEIJING.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or_default();
    Timestamp::from_micros(at.as_microsecond())
}

/// The items of goods with what they begin with.
pub(crate) fn goods(service: &Service) -> Vec<NewItem> {
    let items = service.offerings.iter();
    items
        .filter_map(|o| Some(NewItem { sku: o.sku.clone()?, on_hand: o.initial_on_hand, slot: None }))
        .collect()
}

/// The times of a service from today on, as many days as its plan says.
pub(crate) fn slots(service: &Service, now: Timestamp) -> Vec<NewItem> {
    let Some(plan) = service.slots() else { return Vec::new() };
    let today = BEIJING.to_datetime(now.to_jiff()).date();
    let mut out = Vec::new();
    for ahead in 0..=plan.days_ahead {
        let Ok(date) = today.checked_add(jiff::Span::new().days(ahead)) else { continue };
        if !plan.closed.iter().any(|day| weekday(*day) == date.weekday()) {
            out.extend(plan.windows.iter().map(|window| slot(service, plan, date, *window)));
        }
    }
    out
}

/// The times that can be booked now: not closer than the plan's lead.
pub(crate) fn bookable(service: &Service, plan: &SlotPlan, now: Timestamp) -> Vec<NewItem> {
    let earliest = now.plus(plan.lead);
    let mut open = slots(service, now);
    open.retain(|item| item.slot.as_ref().is_some_and(|slot| slot.starts_at >= earliest));
    open
}

fn slot(service: &Service, plan: &SlotPlan, date: Date, window: Window) -> NewItem {
    let start = midnight(date);
    let at = |minute: i64| start.plus(Duration::from_mins(minute));
    NewItem {
        sku: format!("slot:{}:{date}:{}", service.code, window.code()),
        on_hand: plan.capacity,
        slot: Some(NewSlot {
            service: service.code.clone(),
            starts_at: at(window.from_minute),
            ends_at: at(window.to_minute),
        }),
    }
}

const fn weekday(day: Weekday) -> Day {
    match day {
        Weekday::Monday => Day::Monday,
        Weekday::Tuesday => Day::Tuesday,
        Weekday::Wednesday => Day::Wednesday,
        Weekday::Thursday => Day::Thursday,
        Weekday::Friday => Day::Friday,
        Weekday::Saturday => Day::Saturday,
        Weekday::Sunday => Day::Sunday,
    }
}
