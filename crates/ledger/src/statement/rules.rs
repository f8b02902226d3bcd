//! Running balances and months, from movements and a balance to start from.

use jiff::civil::Date;
use jiff::{Span, Unit};
use kernel::{Currency, Duration, Money, Timestamp};

use super::model::{DayFlow, Entry, MonthFlow, Movement};

/// China has had one time, without summer time, since 1991.
pub(crate) const BEIJING: Duration = Duration::from_hours(8);
const DAY: Duration = Duration::from_days(1);
/// The months of a chart.
pub(crate) const MONTHS: i64 = 12;

/// The balance after each of the movements, which are in order of time, and after all of them.
pub(crate) fn run_forward(opening: Money, movements: Vec<Movement>) -> (Vec<Entry>, Money) {
    let mut balance = opening.minor;
    let step = |movement: Movement| {
        balance = balance.saturating_add(movement.minor);
        entry(movement, balance, opening.currency)
    };
    let entries = movements.into_iter().map(step).collect();
    (entries, Money { minor: balance, ..opening })
}

/// The balance after each of the movements, newest first, where `balance` is the one after the newest.
pub(crate) fn run_backward(balance: Money, movements: Vec<Movement>) -> Vec<Entry> {
    let mut minor = balance.minor;
    let step = |movement: Movement| {
        let after = minor;
        minor = minor.saturating_sub(movement.minor);
        entry(movement, after, balance.currency)
    };
    movements.into_iter().map(step).collect()
}

fn entry(movement: Movement, balance: i64, currency: Currency) -> Entry {
    Entry {
        transfer: movement.transfer,
        kind: movement.kind,
        amount: Money::new(movement.minor, currency),
        balance: Money::new(balance, currency),
        order: movement.order,
        memo: movement.memo,
        at: movement.at,
    }
}

/// The day a moment falls on in Beijing.
pub(crate) fn date(at: Timestamp) -> Date {
    jiff::tz::Offset::constant(8).to_datetime(at.to_jiff()).date()
}

/// When a day begins in Beijing.
pub(crate) fn beginning(day: Date) -> Timestamp {
    let days = days_since_1970(day);
    Timestamp(days.saturating_mul(DAY.0)).minus(BEIJING)
}

pub(crate) fn days_since_1970(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until((Unit::Day, day)).map_or(0, |span| i64::from(span.get_days()))
}

/// The first days of the last twelve months, oldest first; the last is the month of `now`.
pub(crate) fn months(now: Timestamp) -> Vec<Date> {
    let current = date(now).first_of_month();
    (0..MONTHS).rev().map(|back| current.saturating_sub(Span::new().months(back))).collect()
}

/// When the oldest of the months begins.
pub(crate) fn chart_start(months: &[Date]) -> Timestamp {
    months.first().map_or(Timestamp(0), |month| beginning(*month))
}

/// Days summed into months; balances are reckoned back from the balance of now.
pub(crate) fn flows(months: &[Date], days: &[DayFlow], balance: Money) -> Vec<MonthFlow> {
    let mut closing = balance.minor;
    let mut out = Vec::with_capacity(months.len());
    for month in months.iter().rev() {
        let (first, last) = (days_since_1970(*month), days_since_1970(month.last_of_month()));
        let mine = days.iter().filter(|flow| (first..=last).contains(&flow.day));
        let (income, outgo) = mine.fold((0_i64, 0_i64), |(income, outgo), flow| {
            (income.saturating_add(flow.income), outgo.saturating_add(flow.outgo))
        });
        let money = |minor| Money { minor, ..balance };
        out.push(MonthFlow {
            year: month.year(),
            month: month.month(),
            income: money(income),
            outgo: money(outgo),
            closing: money(closing),
        });
        closing = closing.saturating_sub(income).saturating_add(outgo);
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_at_midnight_in_beijing() {
        let check = |now: &str, first: &str, start: &str| {
            let now = Timestamp::parse_rfc3339(now).unwrap();
            let months = months(now);
            assert_eq!(months.len(), 12);
            assert_eq!(months[0].to_string(), first);
            assert_eq!(chart_start(&months).to_rfc3339(), start);
        };
        check("2026-11-30T15:59:59Z", "2025-12-01", "2025-11-30T16:00:00.000Z");
        check("2026-11-30T16:00:00Z", "2026-01-01", "2025-12-31T16:00:00.000Z");
        check("2024-03-31T00:00:00Z", "2023-04-01", "2023-03-31T16:00:00.000Z");
    }
}
