//! Money is a whole number of minor units (fen) and a currency. Checked arithmetic, no floating point anywhere.

use serde::{Deserialize, Serialize};

use crate::phone::normalise_digits;

/// ISO 4217 code. How many decimals each has is in [`Currency::decimals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Currency {
    #[default]
    CNY,
    USD,
    EUR,
    HKD,
    JPY,
}

impl Currency {
    pub const ALL: [Self; 5] = [Self::CNY, Self::USD, Self::EUR, Self::HKD, Self::JPY];

    pub const fn code(self) -> &'static str {
        match self {
            Self::CNY => "CNY",
            Self::USD => "USD",
            Self::EUR => "EUR",
            Self::HKD => "HKD",
            Self::JPY => "JPY",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    pub const fn symbol(self) -> &'static str {
        match self {
            Self::CNY => "¥",
            Self::USD => "US$",
            Self::EUR => "€",
            Self::HKD => "HK$",
            // The sign of the yen is the sign of the yuan; with its letters nobody takes one for the other.
            Self::JPY => "JP¥",
        }
    }

    /// Digits after the point, as ISO 4217 has them: the minor unit of the yen is the yen.
    pub const fn decimals(self) -> usize {
        match self {
            Self::CNY | Self::USD | Self::EUR | Self::HKD => 2,
            Self::JPY => 0,
        }
    }

    /// Minor units of one unit.
    const fn scale(self) -> u64 {
        match self.decimals() {
            0 => 1,
            _ => 100,
        }
    }
}

/// An amount in minor units: `Money::cny(13_000)` is ¥130.00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Fen for CNY; negative for money that goes out.
    pub minor: i64,
    pub currency: Currency,
}

/// Why money could not be calculated or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// The result does not fit 64 bits.
    Overflow,
    /// Two currencies cannot be added.
    CurrencyMismatch,
    /// The text is no amount, or has more decimals than its currency: two for most.
    NotAnAmount,
}

impl std::fmt::Display for MoneyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the amount is too large",
            Self::CurrencyMismatch => "two currencies cannot be added",
            Self::NotAnAmount => "not an amount of money with at most two decimals",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Fen of the renminbi.
    pub const fn cny(fen: i64) -> Self {
        Self::new(fen, Currency::CNY)
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    pub fn checked_mul(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Shares the amount by weights so that the parts add up exactly (largest remainder; earlier parts win ties).
    /// All weights zero gives everything to the first part.
    pub fn split(self, weights: &[u32]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|&w| i128::from(w)).sum();
        let amount = i128::from(self.minor);
        let share = |w: u32| {
            if total == 0 {
                (0, 0)
            } else {
                (
                    amount.wrapping_mul(i128::from(w)).wrapping_div_euclid(total),
                    amount.wrapping_mul(i128::from(w)).wrapping_rem_euclid(total),
                )
            }
        };
        let shares: Vec<(i128, i128)> = weights.iter().map(|&w| share(w)).collect();
        let given: i128 = shares.iter().map(|(part, _)| part).sum();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(shares.get(i).map_or(0, |(_, rest)| *rest)));
        let mut left = amount.saturating_sub(given);
        let mut parts: Vec<i128> = shares.into_iter().map(|(part, _)| part).collect();
        let step = if total == 0 { left } else { 1 };
        for index in order {
            if left <= 0 && step == 1 || left == 0 {
                break;
            }
            if let Some(part) = parts.get_mut(index) {
                *part = part.saturating_add(step);
                left = left.saturating_sub(step);
            }
        }
        parts.into_iter().map(|p| Self { minor: i64::try_from(p).unwrap_or(0), ..self }).collect()
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }

    /// Reads what a person typed as an amount: `1,300`, `１３００．５`, `¥12`. No more decimals than the currency has; never negative.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let plain = normalise_digits(text);
        let plain = plain.trim();
        let plain = plain.strip_prefix(['¥', '￥']).unwrap_or(plain).trim();
        let plain: String = plain.chars().filter(|&c| c != ',' && c != ' ').collect();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > currency.decimals() || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::Overflow)?;
        // A zero in front, so that a currency without decimals has digits to read too.
        let padded: String =
            "0".chars().chain(fraction.chars().chain("00".chars()).take(currency.decimals())).collect();
        let fraction: i64 = padded.parse().map_err(|_| MoneyError::NotAnAmount)?;
        let scale = i64::try_from(currency.scale()).map_err(|_| MoneyError::Overflow)?;
        let minor =
            whole.checked_mul(scale).and_then(|w| w.checked_add(fraction)).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, currency))
    }

    /// Digits with grouping and the currency's decimals, no symbol: `1,300.00`, `−45.00` (U+2212).
    pub fn to_plain(self) -> String {
        let (whole, fraction) = self.digits();
        let mut grouped = String::with_capacity(whole.len().saturating_add(8));
        if self.minor < 0 {
            grouped.push('−');
        }
        for (index, digit) in whole.chars().enumerate() {
            let left = whole.len().saturating_sub(index);
            if index > 0 && left.is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped.push_str(&fraction);
        grouped
    }

    /// As a decimal for machines: `1300.00`, `-45.00`.
    pub fn to_decimal(self) -> String {
        let (whole, fraction) = self.digits();
        let sign = if self.minor < 0 { "-" } else { "" };
        format!("{sign}{whole}{fraction}")
    }

    /// The digits before the point, and the point with those after it where the currency has any.
    fn digits(self) -> (String, String) {
        let (magnitude, scale) = (self.minor.unsigned_abs(), self.currency.scale());
        let whole = magnitude.checked_div(scale).unwrap_or_default().to_string();
        let rest = magnitude.checked_rem(scale).unwrap_or_default();
        let fraction = if self.currency.decimals() == 0 { String::new() } else { format!(".{rest:02}") };
        (whole, fraction)
    }

    /// The capital form of Chinese documents: 壹仟叁佰元整.
    pub fn to_capital(self) -> String {
        crate::capital::capital(self.minor)
    }
}

impl std::fmt::Display for Money {
    /// `¥1,300.00`; negative as `−¥45.00`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = self.to_plain();
        match plain.strip_prefix('−') {
            Some(rest) => write!(f, "−{}{rest}", self.currency.symbol()),
            None => write!(f, "{}{plain}", self.currency.symbol()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_shown_with_symbol_grouping_and_two_decimals() {
        assert_eq!(Money::cny(130_000).to_string(), "¥1,300.00");
        assert_eq!(Money::cny(-4_500).to_string(), "−¥45.00");
        assert_eq!(Money::cny(999_999_999_999).to_string(), "¥9,999,999,999.99");
        assert_eq!(Money::cny(i64::MIN).to_string(), "−¥92,233,720,368,547,758.08");
        assert_eq!(Money::cny(-5).to_decimal(), "-0.05");
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, fen) in
            [("1,300", 130_000), ("１３００", 130_000), ("1300.5", 130_050), ("¥ 12.34", 1_234), ("0.01", 1)]
        {
            assert_eq!(Money::parse(text, Currency::CNY), Ok(Money::cny(fen)), "{text}");
        }
        for text in ["", "-5", "1.234", "12元", "1e5", "NaN", ".5", "１．２．３", "99999999999999999999"]
        {
            assert!(Money::parse(text, Currency::CNY).is_err(), "{text}");
        }
    }

    #[test]
    fn a_currency_without_decimals_is_shown_and_read_without_them() {
        let yen = Money::new(130_000, Currency::JPY);
        assert_eq!((yen.to_string(), yen.to_decimal()), ("JP¥130,000".to_owned(), "130000".to_owned()));
        assert_eq!(Money::parse("130,000", Currency::JPY), Ok(yen));
        assert_eq!(Money::parse("1.5", Currency::JPY), Err(MoneyError::NotAnAmount));
        for currency in Currency::ALL {
            assert_eq!(Currency::from_code(currency.code()), Some(currency));
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let error = Money::cny(1).checked_add(Money::new(1, Currency::USD));
        assert_eq!(error, Err(MoneyError::CurrencyMismatch));
    }

    proptest! {
        #[test]
        fn parts_of_a_split_always_add_up(minor in 0_i64..1_000_000_000, weights in proptest::collection::vec(0_u32..1000, 1..9)) {
            let parts = Money::cny(minor).split(&weights);
            prop_assert_eq!(parts.iter().map(|p| p.minor).sum::<i64>(), minor);
        }

        #[test]
        fn what_is_shown_can_be_read(minor in 0_i64..i64::MAX) {
            let money = Money::cny(minor);
            prop_assert_eq!(Money::parse(&money.to_string(), Currency::CNY), Ok(money));
        }
    }
}
