//! When a bill is asked for, and by what its content is told apart.

use std::collections::BTreeMap;

use connectors::bank::statement::{self, Unusable};
use connectors::gateway::{Bill, BillKind, BillLine};
use kernel::{Duration, Money, Timestamp, hex};
use sha2::{Digest, Sha256};

use super::model::Sum;
use crate::matching::rules::MOST_MINOR;
use crate::{Day, Error};

/// The gateways promise their bills for ten in the morning of the next day.
const READY_AFTER: Duration = Duration::from_hours(10);
/// So long after that a bill is late.
const LATE_AFTER: Duration = Duration::from_hours(6);
/// Between two questions.
pub(crate) const ASK_AGAIN: Duration = Duration::from_mins(30);
/// A matched bill is asked for once more: gateways correct theirs in the first days.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_hours(24);
/// The longest a bill can be asked for.
pub(crate) const OLDEST: i64 = 366;

/// The gateway whose statement may come as a file.
pub(crate) const FROM_FILES: &str = "bank_transfer";
/// The largest file of one day.
pub const MOST_FILE_BYTES: usize = 4 * 1024 * 1024;

/// The statement of that day in a file. A line that does not read stops no other; one of another day shows that it is another file.
pub(crate) fn from_file(file: &[u8], day: Day) -> Result<Bill, Error> {
    if file.len() > MOST_FILE_BYTES {
        return Err(Error::FileTooLarge { most: MOST_FILE_BYTES });
    }
    let bill = statement::read(file).map_err(|why| {
        let (zh, en) = match why {
            Unusable::NotText => (
                "文件不是 UTF-8 编码的文本，向银行索取原文件后再上传",
                "The file is no text in UTF-8. Take the file as the bank gave it",
            ),
            Unusable::Header => (
                "文件第一行不是对账单的表头，核对是否选错文件",
                "The first line is not the heading of a statement. Check that it is the right file",
            ),
            Unusable::CutOff => (
                "文件不完整：末行缺失，或合计笔数与明细不符，重新下载后再上传",
                "The file is cut off: its last line is missing or counts other lines. Get it again",
            ),
        };
        Error::FileUnusable { zh: zh.to_owned(), en: en.to_owned() }
    })?;
    match bill.lines.iter().find(|line| Day::of(line.at) != day) {
        Some(line) => Err(Error::FileOfOtherDay { line: line.number }),
        None => Ok(bill),
    }
}

pub(crate) fn ready_at(day: Day) -> Timestamp {
    day.ends_at().plus(READY_AFTER)
}

pub(crate) fn late_at(day: Day) -> Timestamp {
    ready_at(day).plus(LATE_AFTER)
}

/// SHA-256 of everything a bill says.
pub(crate) fn hash(bill: &Bill) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    for line in &bill.lines {
        hasher.update(serde_json::to_vec(line)?);
        hasher.update(b"\n");
    }
    for line in &bill.broken {
        hasher.update(serde_json::to_vec(line)?);
        hasher.update(b"\n");
    }
    hasher.update(serde_json::to_vec(&bill.total)?);
    Ok(hex::encode(hasher.finalize().as_slice()))
}

/// Which way a line moves what the gateway owes us.
pub(crate) const fn sign(kind: BillKind) -> i64 {
    match kind {
        BillKind::Payment | BillKind::DisputeWon => 1,
        BillKind::Refund | BillKind::DisputeLost | BillKind::Payout | BillKind::Fee => -1,
    }
}

/// What the lines add up to as the bill's own total counts: receipts less refunds, before fees. `None` when it does not fit.
pub(crate) fn lines_total(bill: &Bill) -> Option<i64> {
    let total = bill.total?;
    let counts = |line: &&BillLine| {
        matches!(line.kind, BillKind::Payment | BillKind::Refund) && line.amount.currency == total.currency
    };
    bill.lines
        .iter()
        .filter(counts)
        .try_fold(0_i64, |sum, line| sum.checked_add(line.amount.minor.checked_mul(sign(line.kind))?))
}

/// What the lines add up to, by kind and currencies.
pub(crate) fn sums(bill: &Bill) -> Vec<Sum> {
    let mut sums: BTreeMap<_, Sum> = BTreeMap::new();
    for line in &bill.lines {
        let (zero, free) = (Money::zero(line.amount.currency), Money::zero(line.fee.currency));
        let sum = sums.entry((line.kind, line.amount.currency, line.fee.currency)).or_insert(Sum {
            kind: line.kind,
            amount: zero,
            fee: free,
            lines: 0,
        });
        sum.lines = sum.lines.saturating_add(1);
        let possible = |minor: i64| minor.checked_abs().is_some_and(|minor| minor <= MOST_MINOR);
        if line.amount.minor > 0 && possible(line.amount.minor) && possible(line.fee.minor) {
            sum.amount.minor = sum.amount.minor.saturating_add(line.amount.minor);
            sum.fee.minor = sum.fee.minor.saturating_add(line.fee.minor);
        }
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use kernel::Money;

    use super::*;

    #[test]
    fn the_hash_tells_any_change_and_the_total_is_receipts_less_refunds() {
        let line = |number, kind, fen| BillLine {
            number,
            kind,
            our_id: String::new(),
            gateway_id: format!("g{number}"),
            amount: Money::cny(fen),
            fee: Money::cny(1),
            at: Timestamp(number.cast_signed()),
        };
        let lines = vec![
            line(1, BillKind::Payment, 500),
            line(2, BillKind::Refund, 200),
            line(3, BillKind::Payout, 9),
        ];
        let bill = Bill { lines, broken: Vec::new(), total: Some(Money::cny(300)) };
        assert_eq!(lines_total(&bill), Some(300));
        let known = hash(&bill).unwrap();
        assert_eq!(hash(&bill.clone()).unwrap(), known);
        let mut other = bill.clone();
        other.lines[0].fee = Money::cny(2);
        assert_ne!(hash(&other).unwrap(), known);
        assert_ne!(hash(&Bill { total: None, ..bill }).unwrap(), known);
    }
}
