//! Days and months of the gateways' calendar, which is Beijing's.

use jiff::civil::Date;
use kernel::{Duration, Timestamp};

/// China has had one time, without summer time, since 1991.
const BEIJING: Duration = Duration::from_hours(8);
const DAY: Duration = Duration::from_days(1);

/// A day in Beijing, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day a moment falls on.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.plus(BEIJING).0.div_euclid(DAY.0))
    }

    pub const fn begins_at(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY.0)).minus(BEIJING)
    }

    /// The first moment that is not in it.
    pub const fn ends_at(self) -> Timestamp {
        self.next().begins_at()
    }

    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// How many days lie between the two, whichever is earlier.
    pub const fn apart(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0).saturating_abs()
    }

    /// Days outside jiff's years come back as 1970.
    pub fn date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        i32::try_from(self.0)
            .ok()
            .and_then(|days| epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok())
            .unwrap_or(epoch)
    }

    pub fn of_date(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        Self(epoch.until(date).map_or(0, |span| i64::from(span.get_days())))
    }

    /// Reads `2026-11-21`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !plain {
            return None;
        }
        text.parse::<Date>().ok().map(Self::of_date)
    }

    pub fn month(self) -> Month {
        let date = self.date();
        Month(i64::from(date.year()).saturating_mul(12).saturating_add(i64::from(date.month())).saturating_sub(1))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date())
    }
}

/// A month: year · 12 + month − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i64);

impl Month {
    pub fn first(self) -> Day {
        let (year, month) = (self.0.div_euclid(12), self.0.rem_euclid(12).saturating_add(1));
        let date = i16::try_from(year).ok().zip(i8::try_from(month).ok()).and_then(|(y, m)| Date::new(y, m, 1).ok());
        Day::of_date(date.unwrap_or(Date::constant(1970, 1, 1)))
    }

    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The last day.
    pub fn last(self) -> Day {
        self.next().first().before()
    }

    pub fn days(self) -> impl Iterator<Item = Day> {
        (self.first().0..=self.last().0).map(Day)
    }

    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        Day::parse(&format!("{text}-01")).map(Day::month)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first().date().strftime("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_beijing_and_months_have_all_their_days() {
        let day = Day::parse("2026-11-21").unwrap();
        assert_eq!(day.begins_at().to_rfc3339(), "2026-11-20T16:00:00.000Z");
        assert_eq!(Day::of(day.begins_at()), day);
        assert_eq!(Day::of(Timestamp(day.begins_at().0 - 1)), day.before());
        assert_eq!(day.to_string(), "2026-11-21");
        let month = day.month();
        assert_eq!((month.to_string(), month.days().count()), ("2026-11".to_owned(), 30));
        assert_eq!(Month::parse("2024-02").map(|m| m.days().count()), Some(29));
        assert_eq!(month.next().next().to_string(), "2027-01");
        for wrong in ["", "2026-13", "2026-1", "x"] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
