//! Running balances and months, from movements and a balance to start from.

use jiff::civil::Date;
use jiff::{Span, Unit};
use kernel::{AccountId, Currency, Duration, Money, Timestamp, hex};
use sha2::{Digest as _, Sha256};

use super::model::{Counterparty, DayFlow, Entry, MonthFlow, Movement, Sheet, SheetLine};
use crate::transfer::TransferKind;

/// China has had one time, without summer time, since 1991.
pub(crate) const BEIJING: Duration = Duration::from_hours(8);
const DAY: Duration = Duration::from_days(1);
/// How far the clocks of nodes may lie apart: so long after its end nothing is booked in a period any more. Until then its statement is not
/// kept to be proved by, and it is not settled: what came later would be in no settlement at all.
pub(crate) const CLOCKS_APART: Duration = Duration::from_mins(5);
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
    // Whoever was sent money has no order: it is the sender's, and nobody else's business.
    let received = movement.kind == TransferKind::PeerTransfer && movement.minor > 0;
    Entry {
        transfer: movement.transfer,
        kind: movement.kind,
        amount: Money::new(movement.minor, currency),
        balance: Money::new(balance, currency),
        order: movement.order.filter(|_| !received),
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

/// The first days of the months from the one of `since` to the one of `now`, oldest first; at most `most`, the latest.
pub(crate) fn months_since(since: Timestamp, now: Timestamp, most: usize) -> Vec<Date> {
    let (first, mut month) = (date(since).first_of_month(), date(now).first_of_month());
    let mut months = Vec::new();
    while month >= first && months.len() < most {
        months.push(month);
        month = month.saturating_sub(Span::new().months(1));
    }
    months.reverse();
    months
}

/// When a month of Beijing begins and when the next does; `None` for what is no month.
pub fn month_bounds(year: i16, month: i8) -> Option<(Timestamp, Timestamp)> {
    let first = Date::new(year, month, 1).ok().filter(|first| first.year() >= 1970)?;
    Some((beginning(first), beginning(first.last_of_month().tomorrow().ok()?)))
}

/// When the first of two days of Beijing begins and when the last is over: `2026-11-01` and `2026-11-30`.
pub fn day_bounds(first: &str, last: &str) -> Option<(Timestamp, Timestamp)> {
    let day = |text: &str| text.trim().parse::<Date>().ok().filter(|day| day.year() >= 1970);
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some((beginning(first), beginning(last.tomorrow().ok()?)))
}

/// Who an account's code belongs to, seen by `customer`.
pub(crate) fn counterparty(code: &str, customer: AccountId) -> Counterparty {
    let code = code.split('@').next().unwrap_or_default();
    let mut parts = code.split(':');
    let (sort, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_owned());
    match sort {
        "customer" if name == customer.to_string() => Counterparty::Own,
        "customer" => Counterparty::Customer,
        "gateway" | "disputed" => Counterparty::Gateway(name),
        "bank" => Counterparty::Bank(name),
        "seller" => Counterparty::Seller(name),
        _ => Counterparty::House,
    }
}

/// Whether a period is a month of Beijing.
pub(crate) fn is_month(from: Timestamp, to: Timestamp) -> bool {
    let first = date(from);
    month_bounds(first.year(), first.month()) == Some((from, to))
}

/// A sheet of movements, oldest first, and who stands on the other side of each.
pub(crate) fn sheet(
    customer: AccountId,
    (from, to): (Timestamp, Timestamp),
    opening: Money,
    movements: Vec<Movement>,
    parties: Vec<Counterparty>,
) -> Sheet {
    let (entries, closing) = run_forward(opening, movements);
    let sum = |side: fn(i64) -> i64| {
        let minor = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(side(entry.amount.minor)));
        Money { minor, ..opening }
    };
    let (income, outgo) = (sum(|minor| minor.max(0)), sum(|minor| minor.min(0).saturating_neg()));
    let numbered = (1..).zip(entries.into_iter().zip(parties));
    let lines = numbered.map(|(number, (entry, with))| SheetLine { number, entry, with }).collect();
    let digest = String::new();
    let sheet = Sheet { customer, from, to, opening, lines, income, outgo, closing, is_final: false, digest };
    Sheet { digest: digest_of(&sheet), ..sheet }
}

/// SHA-256 over everything a sheet says, each part with its length, so that no two different sheets have the same bytes.
fn digest_of(sheet: &Sheet) -> String {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    part("everlit.statement.1");
    part(&sheet.customer.to_string());
    part(sheet.opening.currency.code());
    for number in [sheet.from.0, sheet.to.0, sheet.opening.minor, sheet.closing.minor] {
        part(&number.to_string());
    }
    for SheetLine { number, entry, with } in &sheet.lines {
        part(&number.to_string());
        part(&entry.transfer.to_string());
        part(entry.kind.code());
        part(&with.code());
        part(&entry.memo);
        part(&entry.order.map_or_else(String::new, |order| order.to_string()));
        for number in [entry.at.0, entry.amount.minor, entry.balance.minor] {
            part(&number.to_string());
        }
    }
    hex::encode(&hasher.finalize())
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
