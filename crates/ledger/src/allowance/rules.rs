//! The limits Everlit comes with, and the periods they count by.
//!
//! The figures are an engineering reading of the classes of payment accounts in the rules for non-bank payment institutions (PBoC
//! announcement 2015 no. 43, articles 11 and 24: class II ¥100,000 a year, class III ¥200,000 a year, ¥5,000 a day where the payer is
//! checked by two means without a certificate) and of the ceilings of prepaid cards (¥1,000 without, ¥5,000 with a name). They are
//! no legal advice: an operator sets what its licence says in `[limits.money]`.

use std::collections::BTreeMap;

use kernel::{Level, Money, Timestamp};

use super::model::{AllowanceKind, Caps, Periods, Policy, Room, Span};
use crate::Error;
use crate::statement::rules::{date, days_since_1970};
use crate::transfer::rules::check_amount;

const fn yuan(yuan: i64) -> i64 {
    yuan.saturating_mul(100)
}

/// The limits Everlit comes with.
pub(crate) const fn delivered(level: Level, kind: AllowanceKind) -> Caps {
    use AllowanceKind as K;
    let none = Caps { single: None, day: None, month: None, year: None, holding: None };
    match (level, kind) {
        // Nobody is known: as a card without a name.
        (Level::None, K::TopUp) => Caps {
            single: Some(yuan(1_000)),
            day: Some(yuan(1_000)),
            month: Some(yuan(5_000)),
            holding: Some(yuan(1_000)),
            ..none
        },
        // A card with a number to call.
        (Level::Contact, K::TopUp) => Caps {
            single: Some(yuan(5_000)),
            day: Some(yuan(5_000)),
            month: Some(yuan(20_000)),
            holding: Some(yuan(5_000)),
            ..none
        },
        // Nothing is sent to others by somebody whose name is not known.
        (Level::None | Level::Contact, K::TransferOut) => Caps {
            single: Some(yuan(0)),
            day: Some(yuan(0)),
            month: Some(yuan(0)),
            year: Some(yuan(0)),
            ..none
        },
        // Class II.
        (Level::RealName, K::TopUp) => Caps {
            single: Some(yuan(20_000)),
            day: Some(yuan(20_000)),
            month: Some(yuan(50_000)),
            year: Some(yuan(100_000)),
            holding: Some(yuan(100_000)),
        },
        (Level::RealName, K::TransferOut) => Caps {
            single: Some(yuan(5_000)),
            day: Some(yuan(5_000)),
            month: Some(yuan(50_000)),
            year: Some(yuan(100_000)),
            ..none
        },
        // Class III.
        (Level::Documents, K::TopUp) => Caps {
            single: Some(yuan(50_000)),
            day: Some(yuan(50_000)),
            month: Some(yuan(100_000)),
            year: Some(yuan(200_000)),
            holding: Some(yuan(200_000)),
        },
        (Level::Documents, K::TransferOut) => Caps {
            single: Some(yuan(50_000)),
            day: Some(yuan(50_000)),
            month: Some(yuan(100_000)),
            year: Some(yuan(200_000)),
            ..none
        },
    }
}

impl Default for Policy {
    fn default() -> Self {
        let each =
            |level| AllowanceKind::ALL.iter().map(move |kind| ((level, *kind), delivered(level, *kind)));
        Self(Level::ALL.into_iter().flat_map(each).collect::<BTreeMap<_, _>>())
    }
}

impl Caps {
    pub const fn of(self, span: Span) -> Option<i64> {
        match span {
            Span::Day => self.day,
            Span::Month => self.month,
            Span::Year => self.year,
            Span::Open => self.holding,
        }
    }
}

impl Room {
    /// Whether this much may be moved; refused in the same words as by [`super::take`].
    pub fn fits(&self, amount: Money) -> Result<(), Error> {
        check_amount(amount)?;
        let like = |minor| Money { minor, ..amount };
        if let Some(limit) = self.caps.single.filter(|limit| amount.minor > *limit) {
            return Err(Error::OverSingle { limit: like(limit) });
        }
        for (span, used) in &self.used {
            let Some(limit) = self.caps.of(*span) else { continue };
            let left = left(limit, *used, amount);
            if amount.minor > left.minor {
                return Err(over(*span, like(limit), left));
            }
        }
        Ok(())
    }

    /// This much will be taken.
    pub fn narrow(&mut self, amount: Money) {
        for (_, used) in &mut self.used {
            *used = used.saturating_add(amount.minor);
        }
    }
}

/// The limits that count over a time.
pub(crate) const TIMED: [Span; 3] = [Span::Day, Span::Month, Span::Year];

/// The periods of Beijing a moment falls in.
pub(crate) fn periods(at: Timestamp) -> Periods {
    let date = date(at);
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    Periods {
        day: days_since_1970(date),
        month: year.saturating_mul(12).saturating_add(month).saturating_sub(1),
        year,
    }
}

/// What is left of a limit; never less than nothing, also when the limit was lowered since.
pub(crate) fn left(limit: i64, used: i64, like: Money) -> Money {
    Money { minor: limit.saturating_sub(used).max(0), ..like }
}

/// The refusal of a limit that is used up.
pub(crate) fn over(span: Span, limit: Money, left: Money) -> Error {
    match span {
        Span::Day => Error::OverDay { limit, left },
        Span::Month => Error::OverMonth { limit, left },
        Span::Year => Error::OverYear { limit, left },
        Span::Open => Error::OverHolding { limit, left },
    }
}
