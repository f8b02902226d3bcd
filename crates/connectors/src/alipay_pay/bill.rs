//! The bill of a day: a ZIP with two tables in GBK, the trades and the sums of shops. The trades are read.
//!
//! GBK is decoded by `encoding_rs`, which covers GB 18030's older part as browsers do. A line in which a byte is no GBK is broken,
//! and no other. Its sums are of what the seller receives after Alipay's own vouchers, which is not what orders cost, so no total is
//! taken from them.

use std::io::{Cursor, Read as _};

use encoding_rs::GBK;
use kernel::Money;
use zip::ZipArchive;

use crate::china;
use crate::gateway::{Bill, BillKind, BillLine, BrokenLine};

/// Of the file, packed or not: some hundred thousand payments.
pub(super) const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Two are expected.
const MOST_FILES: usize = 16;

struct Columns {
    count: usize,
    trade: usize,
    attempt: usize,
    kind: usize,
    at: usize,
    amount: usize,
    refund: usize,
    fee: usize,
}

pub(super) fn read(file: &[u8]) -> Result<Bill, &'static str> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|_| "the bill is no ZIP")?;
    let most = u64::try_from(MOST_BYTES).map_err(|_| "the bill is too large")?;
    for index in 0..archive.len().min(MOST_FILES) {
        let entry = archive.by_index(index).map_err(|_| "the bill does not unpack")?;
        let mut bytes = Vec::new();
        // Names lie in the encoding of whoever packed it, so the table is known by its head.
        entry.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| "the bill does not unpack")?;
        if bytes.len() > MOST_BYTES {
            return Err("the bill is too large");
        }
        if let Some(bill) = parse(&bytes) {
            return Ok(bill);
        }
    }
    Err("the bill has no table of trades")
}

/// `None` when this is another table.
fn parse(bytes: &[u8]) -> Option<Bill> {
    let mut lines = (1_u64..).zip(bytes.split(|byte| *byte == b'\n'));
    let columns = lines.find_map(|(_, line)| Columns::find(&GBK.decode_without_bom_handling(line).0))?;
    let mut bill = Bill::default();
    for (number, raw) in lines {
        let (line, _) = GBK.decode_without_bom_handling(raw);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let whole = GBK.decode_without_bom_handling_and_without_replacement(raw).is_some();
        let read = if whole { columns.line(number, line) } else { Err("the line is no GBK") };
        match read {
            Ok(line) => bill.lines.push(line),
            Err(why) => bill.broken.push(BrokenLine {
                number,
                text: line.chars().take(2_000).collect(),
                why: why.to_owned(),
            }),
        }
    }
    Some(bill)
}

impl Columns {
    fn find(head: &str) -> Option<Self> {
        let names: Vec<&str> = head.split(',').map(str::trim).collect();
        let at = |name: &str| names.iter().position(|cell| *cell == name);
        Some(Self {
            count: names.len(),
            trade: at("支付宝交易号")?,
            attempt: at("商户订单号")?,
            kind: at("业务类型")?,
            at: at("完成时间")?,
            amount: at("订单金额（元）")?,
            refund: at("退款批次号/请求号")?,
            fee: at("服务费（元）")?,
        })
    }

    fn line(&self, number: u64, line: &str) -> Result<BillLine, &'static str> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != self.count {
            return Err("the line has another number of cells than the head");
        }
        let cell = |index: usize| cells.get(index).copied().unwrap_or_default();
        let yuan = |index: usize| china::fen(cell(index)).ok_or("an amount does not read");
        let (kind, our_id, way) = match cell(self.kind) {
            "交易" => (BillKind::Payment, self.attempt, 1_i64),
            "退款" => (BillKind::Refund, self.refund, -1),
            _ => return Err("the kind is unknown"),
        };
        // Refunds are written below zero; a payment that is, or a refund that is not, is not understood.
        let amount = yuan(self.amount)?.saturating_mul(way);
        if amount <= 0 {
            return Err("the amount goes the wrong way");
        }
        // Whichever sign it is written with: kept of a payment, given back with a refund.
        let fee = yuan(self.fee)?.saturating_abs().saturating_mul(way);
        Ok(BillLine {
            number,
            kind,
            our_id: cell(our_id).to_owned(),
            gateway_id: cell(self.trade).to_owned(),
            amount: Money::cny(amount),
            fee: Money::cny(fee),
            at: china::read(cell(self.at)).ok_or("the time does not read")?,
        })
    }
}
