//! The bill of a day: a table of cells that begin with a backtick, then a table with the sums.

use std::io::Read as _;

use flate2::read::GzDecoder;
use kernel::{Money, hex};
use serde::Deserialize;
use sha1::{Digest as _, Sha1};

use crate::china;
use crate::gateway::{Bill, BillKind, BillLine, BrokenLine};

/// Of the file, packed or not: some hundred thousand payments.
pub(super) const MOST_BYTES: usize = 128 * 1024 * 1024;

/// Where the file lies, and the digest of what is in it.
#[derive(Deserialize)]
pub(super) struct Place {
    hash_type: String,
    hash_value: String,
    pub download_url: String,
}

/// Columns by name: WeChat Pay adds some from time to time.
struct Columns {
    at: usize,
    transaction: usize,
    attempt: usize,
    state: usize,
    amount: usize,
    refund: usize,
    refund_no: usize,
    refunded: usize,
    fee: usize,
}

pub(super) fn read(place: &Place, file: &[u8]) -> Result<Bill, &'static str> {
    let plain = unpacked(file)?;
    // The digest is of the file before packing, whichever way it came.
    let genuine = place.hash_type == "SHA1"
        && hex::encode(&Sha1::digest(&plain)).eq_ignore_ascii_case(&place.hash_value);
    if !genuine {
        return Err("the bill is not the one that was announced");
    }
    let text = String::from_utf8(plain).map_err(|_| "the bill is no text")?;
    parse(&text)
}

fn unpacked(file: &[u8]) -> Result<Vec<u8>, &'static str> {
    if !file.starts_with(&[0x1f, 0x8b]) {
        return Ok(file.to_vec());
    }
    let mut plain = Vec::new();
    let most = u64::try_from(MOST_BYTES).map_err(|_| "the bill is too large")?;
    let mut reader = GzDecoder::new(file).take(most.saturating_add(1));
    reader.read_to_end(&mut plain).map_err(|_| "the bill does not unpack")?;
    if plain.len() > MOST_BYTES { Err("the bill is too large") } else { Ok(plain) }
}

fn parse(text: &str) -> Result<Bill, &'static str> {
    let mut lines = (1_u64..).zip(text.lines());
    let (_, head) = lines.next().ok_or("the bill is empty")?;
    let columns = Columns::find(head).ok_or("the bill lacks a column")?;
    let mut bill = Bill::default();
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with("总交易单数") {
            bill.total = lines.next().and_then(|(_, sums)| total(line, sums));
            break;
        }
        match columns.line(number, line) {
            Ok(line) => bill.lines.push(line),
            Err(why) => bill.broken.push(BrokenLine {
                number,
                text: line.chars().take(2_000).collect(),
                why: why.to_owned(),
            }),
        }
    }
    Ok(bill)
}

/// The cells of a row. Names of goods may hold commas, but no comma before a backtick.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim_end_matches('\r').strip_prefix('`')?;
    Some(inside.split(",`").map(str::trim).collect())
}

fn position(head: &str, name: &str) -> Option<usize> {
    head.trim_start_matches('\u{feff}').trim_end().split(',').position(|cell| cell.trim() == name)
}

impl Columns {
    fn find(head: &str) -> Option<Self> {
        let at = |name: &str| position(head, name);
        Some(Self {
            at: at("交易时间")?,
            transaction: at("微信订单号")?,
            attempt: at("商户订单号")?,
            state: at("交易状态")?,
            amount: at("订单金额")?,
            refund: at("微信退款单号")?,
            refund_no: at("商户退款单号")?,
            refunded: at("申请退款金额")?,
            fee: at("手续费")?,
        })
    }

    fn line(&self, number: u64, line: &str) -> Result<BillLine, &'static str> {
        let cells = cells(line).ok_or("the cells do not begin with a backtick")?;
        let cell = |index: usize| cells.get(index).copied().ok_or("a cell is missing");
        let yuan = |index: usize| china::fen(cell(index)?).map(Money::cny).ok_or("an amount does not read");
        let (kind, our_id, gateway_id, amount) = match cell(self.state)? {
            "SUCCESS" => (BillKind::Payment, self.attempt, self.transaction, self.amount),
            "REFUND" | "REVOKED" => (BillKind::Refund, self.refund_no, self.refund, self.refunded),
            _ => return Err("the state is unknown"),
        };
        let amount = yuan(amount)?;
        if !amount.is_positive() {
            return Err("the amount is not positive");
        }
        Ok(BillLine {
            number,
            kind,
            our_id: cell(our_id)?.to_owned(),
            gateway_id: cell(gateway_id)?.to_owned(),
            amount,
            fee: yuan(self.fee)?,
            at: china::read(cell(self.at)?).ok_or("the time does not read")?,
        })
    }
}

fn total(head: &str, sums: &str) -> Option<Money> {
    let cells = cells(sums)?;
    let sum = |name: &str| china::fen(cells.get(position(head, name)?)?);
    sum("订单总金额")?.checked_sub(sum("申请退款总金额")?).map(Money::cny)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
        货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,\
        商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
    const PAID: &str = "`2026-11-21 20:45:00,`wx1,`1900,`0,`,`4200,`pat_1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`130.00,`0.00,`0,`0,\
        `0.00,`0.00,`,`,`话费,充值,`,`0.78000,`0.60%,`130.00,`0.00,`";

    #[test]
    fn l7_a_line_that_does_not_read_stops_no_other() {
        let refund =
            PAID.replace("SUCCESS", "REFUND").replace("`0,`0,\n", "").replace("`0,`0,", "`5000,`prf_1,");
        let refund = refund.replace("`0.78000", "`-0.06").replace("`130.00,`0.00,`", "`130.00,`10.00,`");
        let finer = PAID.replace("`130.00,`0.00,`", "`130.001,`0.00,`");
        let text = format!(
            "\u{feff}{HEAD}\r\n{PAID}\r\n`2026,`\n{refund}\r\n{finer}\n总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`3,`0,`0,`0,`0,`130.00,`10.00\r\n"
        );
        let bill = parse(&text).unwrap();
        let told: Vec<_> = bill
            .lines
            .iter()
            .map(|l| (l.number, l.kind, l.our_id.as_str(), l.amount.minor, l.fee.minor))
            .collect();
        assert_eq!(
            told,
            [(2, BillKind::Payment, "pat_1", 13_000, 78), (4, BillKind::Refund, "prf_1", 1_000, -6)]
        );
        let broken: Vec<_> = bill.broken.iter().map(|b| (b.number, b.why.as_str())).collect();
        assert_eq!(broken, [(3, "a cell is missing"), (5, "an amount does not read")]);
        assert_eq!(bill.total, Some(Money::cny(12_000)));
    }

    #[test]
    fn a_bill_that_is_not_the_announced_one_is_not_read() {
        let place =
            Place { hash_type: "SHA1".to_owned(), hash_value: "0".repeat(40), download_url: String::new() };
        assert_eq!(read(&place, HEAD.as_bytes()), Err("the bill is not the one that was announced"));
    }
}
