//! Periods, the commission and its shares. The arithmetic of 128 bits never overflows: amounts are below 2⁶³ and basis points below 2¹⁴.

use jiff::civil::Weekday;
use jiff::{Span, ToSpan as _};
use kernel::{FieldError, Timestamp};

use super::model::{NewAgreement, Rhythm, SettlementId};
use crate::Error;
use crate::TransferKind;
use crate::statement::rules::{beginning, date};

const WHOLE: i128 = 10_000;

/// What a period comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub commission: i64,
    pub payable: i64,
    pub carried_out: i64,
}

/// Shares what was carried in and turned over between us and the seller; below zero everything is carried on.
pub(crate) fn settle(carried_in: i64, turnover: i64, commission_bp: i64) -> Option<Outcome> {
    let base = carried_in.checked_add(turnover)?;
    if base <= 0 {
        return Some(Outcome { commission: 0, payable: 0, carried_out: base });
    }
    let commission = commission_of(base, commission_bp);
    Some(Outcome { commission, payable: base.checked_sub(commission)?, carried_out: 0 })
}

/// Half a minor unit is rounded up.
fn commission_of(base: i64, commission_bp: i64) -> i64 {
    let product = i128::from(base).saturating_mul(i128::from(commission_bp));
    let half = WHOLE / 2;
    i64::try_from(product.saturating_add(half).div_euclid(WHOLE)).unwrap_or(base)
}

/// Each amount's share of a commission that was computed over their sum: each rounded down, and what is left given to the largest
/// remainders, earlier ones first.
pub(crate) fn shares(amounts: &[i64], commission_bp: i64, commission: i64) -> Vec<i64> {
    let parts = amounts.iter().map(|minor| {
        let product = i128::from(*minor).saturating_mul(i128::from(commission_bp));
        (product.div_euclid(WHOLE), product.rem_euclid(WHOLE))
    });
    let (mut shares, rests): (Vec<i128>, Vec<i128>) = parts.unzip();
    let given = shares.iter().fold(0_i128, |sum, part| sum.saturating_add(*part));
    let left = usize::try_from(i128::from(commission).saturating_sub(given)).unwrap_or(0);
    let mut order: Vec<usize> = (0..rests.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(rests.get(*at).copied().unwrap_or(0)));
    for at in order.into_iter().take(left) {
        if let Some(share) = shares.get_mut(at) {
            *share = share.saturating_add(1);
        }
    }
    shares.into_iter().map(|share| i64::try_from(share).unwrap_or(0)).collect()
}

/// The beginning of the period that a moment falls in, by Beijing's calendar.
pub(crate) fn period_start(rhythm: Rhythm, at: Timestamp) -> Timestamp {
    let day = date(at);
    beginning(match rhythm {
        Rhythm::Daily => day,
        Rhythm::Weekly => {
            let back = day.weekday().since(Weekday::Monday);
            day.saturating_sub(Span::new().days(i64::from(back)))
        }
        Rhythm::Monthly => day.first_of_month(),
    })
}

/// When the period ends that a moment falls in. After a change of rhythm the first period is what is left of it.
pub(crate) fn period_end(rhythm: Rhythm, at: Timestamp) -> Timestamp {
    let start = date(period_start(rhythm, at));
    let step = match rhythm {
        Rhythm::Daily => 1.day(),
        Rhythm::Weekly => 1.week(),
        Rhythm::Monthly => 1.month(),
    };
    beginning(start.saturating_add(step))
}

/// Under which key a settlement books.
pub(crate) fn booking_key(id: SettlementId, kind: TransferKind) -> String {
    format!("settlement:{id}:{}", kind.code())
}

/// What an agreement must say.
pub(crate) fn check(new: &NewAgreement) -> Result<(), Error> {
    let mut fields = Vec::new();
    let mut wrong = |pointer: &str, code, zh: &str, en: &str| {
        fields.push(FieldError::new(pointer, code, zh, en));
    };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if !(1..=40).contains(&new.seller.len()) || !new.seller.bytes().all(plain) {
        wrong(
            "/seller",
            "ledger.seller_code",
            "服务方代码只用小写字母、数字、_ 和 -",
            "Use a-z, 0-9, _ and -",
        );
    }
    if !(0..=10_000).contains(&new.commission_bp) {
        wrong("/commission_bp", "ledger.commission", "服务费率须在 0 至 100% 之间", "0 to 100 percent");
    }
    let long = |text: &str, most: usize| (1..=most).contains(&text.trim().chars().count());
    if !long(&new.bank.holder, 80) {
        wrong("/holder", "ledger.bank_holder", "填写收款户名", "Say whose account it is");
    }
    if !long(&new.bank.bank, 80) {
        wrong("/bank", "ledger.bank_name", "填写开户银行", "Say which bank it is");
    }
    let digits =
        |text: &str| (6..=34).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if !digits(new.bank.account.trim()) {
        wrong(
            "/account",
            "ledger.bank_account",
            "账号为 6 至 34 位数字或字母",
            "An account has 6 to 34 digits or letters",
        );
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::BadInput { fields }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_commission_is_rounded_half_up_over_the_whole_period() {
        for (carried, turnover, bp, commission, payable, out) in [
            (0, 10_000, 250, 250, 9_750, 0),
            (0, 50, 100, 1, 49, 0),
            (0, 49, 100, 0, 49, 0),
            (-100, 50, 500, 0, 0, -50),
            (-100, 100, 500, 0, 0, 0),
            (-100, 300, 500, 10, 190, 0),
            (70, 30, 10_000, 100, 0, 0),
        ] {
            let expected = Outcome { commission, payable, carried_out: out };
            assert_eq!(settle(carried, turnover, bp), Some(expected), "{carried} {turnover} {bp}");
        }
        assert_eq!(settle(i64::MAX, 1, 0), None);
    }

    #[test]
    fn periods_follow_beijings_calendar() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        // A Wednesday.
        let now = at("2026-11-25T10:00:00+08:00");
        for (rhythm, from, to) in [
            (Rhythm::Daily, "2026-11-25T00:00:00+08:00", "2026-11-26T00:00:00+08:00"),
            (Rhythm::Weekly, "2026-11-23T00:00:00+08:00", "2026-11-30T00:00:00+08:00"),
            (Rhythm::Monthly, "2026-11-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00"),
        ] {
            assert_eq!(
                (period_start(rhythm, now), period_end(rhythm, now)),
                (at(from), at(to)),
                "{rhythm:?}"
            );
            assert_eq!(period_start(rhythm, at(from)), at(from));
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_commission(
            amounts in proptest::collection::vec(-1_000_000_i64..1_000_000, 1..40), bp in 0_i64..=10_000,
        ) {
            let sum: i64 = amounts.iter().sum();
            prop_assume!(sum > 0);
            let commission = settle(0, sum, bp).unwrap().commission;
            let shares = shares(&amounts, bp, commission);
            prop_assert_eq!(shares.iter().sum::<i64>(), commission);
        }
    }
}
