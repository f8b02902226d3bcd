//! Round numbers for an axis, and values to places on it. Whole numbers only.

use kernel::{Locale, Money};

use crate::ui::PageCx;

/// What the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Pieces.
    Count,
    /// Fen.
    Money,
    /// Tenths of a percent.
    Permille,
    Seconds,
}

impl Unit {
    /// Beside the title: 单位：元.
    pub(super) fn word(self, cx: &PageCx) -> &'static str {
        match self {
            Self::Count => "",
            Self::Money => cx.locale.pick("单位：元", "CNY"),
            Self::Permille => cx.locale.pick("单位：%", "%"),
            Self::Seconds => cx.locale.pick("单位：秒", "seconds"),
        }
    }

    /// On the axis: whole, and from 100,000 shortened (12.8万, 128k) (N2).
    pub(super) fn short(self, cx: &PageCx, value: i64) -> String {
        match self {
            Self::Count | Self::Seconds => compact(cx.locale, value),
            Self::Money => compact(cx.locale, value / 100),
            Self::Permille => (value / 10).to_string(),
        }
    }

    /// In the table and the tip: exact.
    pub(super) fn exact(self, value: i64) -> String {
        match self {
            Self::Count | Self::Seconds => grouped(value),
            Self::Money => Money::cny(value).to_string(),
            Self::Permille => format!("{}.{}%", value / 10, (value % 10).abs()),
        }
    }
}

fn compact(locale: Locale, value: i64) -> String {
    let (unit, suffix) = match locale {
        Locale::Zh => (10_000, "万"),
        Locale::En => (1_000, "k"),
    };
    if value.abs() < 100_000 {
        return grouped(value);
    }
    let tenths = value / (unit / 10);
    match tenths % 10 {
        0 => format!("{}{suffix}", grouped(tenths / 10)),
        rest => format!("{}.{}{suffix}", grouped(tenths / 10), rest.abs()),
    }
}

/// `1,284`, `−5`.
fn grouped(value: i64) -> String {
    let plain = Money::cny(value.saturating_mul(100)).to_plain();
    plain.strip_suffix(".00").map_or_else(|| plain.clone(), ToOwned::to_owned)
}

/// An axis from a round number at or below zero to a round number above the largest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    low: i64,
    high: i64,
    step: i64,
}

impl Scale {
    /// About four steps of 1, 2 or 5 times a power of ten; zero is always on the axis.
    pub fn over(values: impl Iterator<Item = i64>) -> Self {
        let (mut low, mut high) = (0_i64, 0_i64);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        let step = nice(
            (high.saturating_sub(low) / 4).saturating_add(i64::from(high.saturating_sub(low) % 4 > 0)).max(1),
        );
        let round = |value: i64| value.saturating_add(step - 1).div_euclid(step).saturating_mul(step);
        let high = round(high).max(step);
        let low = -round(low.saturating_neg());
        Self { low, high, step }
    }

    pub fn ticks(self) -> impl Iterator<Item = i64> {
        let count = (self.high.saturating_sub(self.low) / self.step).min(12);
        (0..=count).map(move |i| self.low.saturating_add(self.step.saturating_mul(i)))
    }

    /// The place of `value` on a plot `height` high whose top is at `top`.
    pub fn y(self, value: i64, top: i64, height: i64) -> i64 {
        let above = self.high.saturating_sub(value);
        top.saturating_add(share(above, self.high.saturating_sub(self.low), height))
    }
}

/// The smallest of 1, 2, 5, 10 … that is at least `raw`.
fn nice(raw: i64) -> i64 {
    let mut power = 1_i64;
    while power.saturating_mul(10) <= raw {
        power = power.saturating_mul(10);
    }
    [1, 2, 5]
        .into_iter()
        .map(|m| power.saturating_mul(m))
        .find(|&s| s >= raw)
        .unwrap_or(power.saturating_mul(10))
}

/// `part` of `whole`, as a share of `of`; nothing of nothing is 0.
pub(super) fn share(part: i64, whole: i64, of: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let wide = i128::from(part) * i128::from(of) / i128::from(whole);
    i64::try_from(wide).unwrap_or(0)
}

pub(super) fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_round_and_hold_zero_and_every_value() {
        for (values, want) in [
            (vec![0, 0], (0, 1, 1)),
            (vec![620, 1604], (0, 2000, 500)),
            (vec![-45, 30], (-60, 40, 20)),
            (vec![7], (0, 8, 2)),
            (vec![99_999_999_999], (0, 100_000_000_000, 50_000_000_000)),
        ] {
            let scale = Scale::over(values.iter().copied());
            assert_eq!((scale.low, scale.high, scale.step), want, "{values:?}");
        }
        let extreme = Scale::over([i64::MIN, i64::MAX].into_iter());
        assert!((0..=100).contains(&extreme.y(0, 0, 100)));
    }

    #[test]
    fn large_numbers_are_shortened_by_language() {
        assert_eq!(compact(Locale::Zh, 128_000), "12.8万");
        assert_eq!(compact(Locale::En, 128_000), "128k");
        assert_eq!(compact(Locale::Zh, 99_999), "99,999");
        assert_eq!(compact(Locale::Zh, -500), "−500");
    }
}
