//! The bank's statement of a day: CSV in UTF-8 with this header, one line a movement and one that closes it.
//!
//! ```text
//! kind,our_id,bank_id,amount,fee,currency,at,party,account,purpose
//! in,at_…,bt_1,130.00,0.00,CNY,2026-11-21T20:45:00+08:00,张三,6222…,06131…
//! total,,2,90.00,,,,,,
//! ```
//! `kind` is `in`, `refund`, `payout` or `fee`; `our_id` is empty where the bank could not tell whose money it is. The last line counts
//! the others and adds up what came in less what went back: without it the file is cut off and is not used.

use kernel::{Currency, Money, Timestamp};

use crate::gateway::{Bill, BillKind, BillLine, BrokenLine};

pub const HEADER: &str = "kind,our_id,bank_id,amount,fee,currency,at,party,account,purpose";
const TEXT_CHARS: usize = 2_000;

/// Why a file cannot be used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("the statement is not UTF-8")]
    NotText,
    #[error("the statement has another header")]
    Header,
    #[error("the statement is cut off: its last line is missing or counts other lines")]
    CutOff,
}

/// Reads a file. A line that does not read stops no other (L7).
pub fn read(bytes: &[u8]) -> Result<Bill, Unusable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unusable::NotText)?;
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some(HEADER) {
        return Err(Unusable::Header);
    }
    let mut lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let last = lines.pop().and_then(split).ok_or(Unusable::CutOff)?;
    let [kind, _, count, sum, ..] = last.as_slice() else { return Err(Unusable::CutOff) };
    if kind != "total" || count.parse() != Ok(lines.len()) {
        return Err(Unusable::CutOff);
    }
    let mut bill = Bill { total: amount(sum, "CNY").ok(), ..Bill::default() };
    for (number, text) in (1_u64..).zip(lines) {
        match split(text).ok_or_else(|| "the quotes do not match".to_owned()).and_then(|f| line(&f, number)) {
            Ok(line) => bill.lines.push(line),
            Err(why) => {
                let text = text.chars().take(TEXT_CHARS).collect();
                bill.broken.push(BrokenLine { number, text, why });
            }
        }
    }
    Ok(bill)
}

fn line(fields: &[String], number: u64) -> Result<BillLine, String> {
    let [kind, our_id, bank_id, sum, fee, currency, at, _party, _account, _purpose] = fields else {
        return Err(format!("{} fields in place of 10", fields.len()));
    };
    let kind = match kind.as_str() {
        "in" => BillKind::Payment,
        "refund" => BillKind::Refund,
        "payout" => BillKind::Payout,
        "fee" => BillKind::Fee,
        _ => return Err("an unknown kind".to_owned()),
    };
    let amount_read = amount(sum, currency)?;
    if amount_read.minor < 0 {
        return Err("a negative amount".to_owned());
    }
    Ok(BillLine {
        number,
        kind,
        our_id: our_id.clone(),
        gateway_id: bank_id.clone(),
        amount: amount_read,
        fee: amount(fee, currency)?,
        at: Timestamp::parse_rfc3339(at).ok_or("no time")?,
    })
}

/// `130.00`, `-4.50`: exactly two decimals, no grouping.
fn amount(text: &str, currency: &str) -> Result<Money, String> {
    let currency = Currency::from_code(currency).ok_or("an unknown currency")?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, cents) = digits.split_once('.').ok_or("no amount with two decimals")?;
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(cents) || cents.len() != 2 {
        return Err("no amount with two decimals".to_owned());
    }
    let minor: i64 = format!("{whole}{cents}").parse().map_err(|_| "an impossible amount")?;
    Ok(Money::new(if negative { minor.saturating_neg() } else { minor }, currency))
}

/// The fields of a line as RFC 4180 has them; `None` when a quote is left open or stands in the middle.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = line.trim_end_matches('\r').chars().peekable();
    let mut fresh = true;
    while let Some(c) = rest.next() {
        match (c, quoted) {
            ('"', true) if rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            ('"', true) => quoted = false,
            ('"', false) if fresh => quoted = true,
            ('"', false) => return None,
            (',', false) => {
                fields.push(std::mem::take(&mut field));
                fresh = true;
                continue;
            }
            _ => field.push(c),
        }
        fresh = false;
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

/// One field, quoted where it has to be.
pub fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN: &str = "in,at_1,bt_1,130.00,0.00,CNY,2026-11-21T20:45:00+08:00,张三,6222,\"货款, \"\"急\"\"\"";

    fn file(lines: &[&str], total: &str) -> Vec<u8> {
        format!("{HEADER}\r\n{}\r\ntotal,,{},{total},,,,,,\r\n", lines.join("\r\n"), lines.len()).into_bytes()
    }

    #[test]
    fn l7_a_statement_is_read_line_by_line_and_broken_lines_stop_no_other() {
        let nobody = "in,,bt_2,5.00,0.00,CNY,2026-11-21T20:46:00+08:00,李四,6217,谢谢";
        let back = "refund,r_1,bt_3,40.00,1.00,CNY,2026-11-21T20:47:00+08:00,张三,6222,退款";
        let broken = [
            "in,at_1",
            "magic,at_1,bt_1,130.00,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,130.0,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,-130.00,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,1e3,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,99999999999999999999.00,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,130.00,0.00,XYZ,2026-11-21T20:45:00+08:00,a,b,c",
            "in,at_1,bt_1,130.00,0.00,CNY,yesterday,a,b,c",
            "in,at_1,bt_1,130.00,0.00,CNY,2026-11-21T20:45:00+08:00,a,b,\"open",
        ];
        let mut lines = vec![IN, nobody];
        lines.extend(broken);
        lines.push(back);
        let bill = read(&file(&lines, "95.00")).unwrap();
        assert_eq!((bill.lines.len(), bill.broken.len(), bill.total), (3, 9, Some(Money::cny(9_500))));
        assert_eq!((bill.lines[0].amount, bill.lines[0].our_id.as_str()), (Money::cny(13_000), "at_1"));
        assert!(bill.lines[1].our_id.is_empty(), "money of nobody is in the bill");
        assert_eq!((bill.lines[2].kind, bill.lines[2].number), (BillKind::Refund, 12));
        assert_eq!(bill.broken[0].number, 3);
    }

    #[test]
    fn a_file_that_is_cut_off_or_of_another_kind_is_not_used() {
        let good = file(&[IN], "130.00");
        assert!(read(&good).is_ok());
        assert!(read(&file(&[], "0.00")).is_ok(), "a quiet day");
        let cut = |bytes: usize| read(good.get(..bytes).unwrap());
        for bytes in HEADER.len() + 2..good.len() - 20 {
            assert!(cut(bytes).is_err(), "cut at {bytes}");
        }
        assert_eq!(read(b"a,b\n"), Err(Unusable::Header));
        assert_eq!(read(&[0xff, 0xfe]), Err(Unusable::NotText));
        let wrong = String::from_utf8(good).unwrap().replace("total,,1", "total,,2");
        assert_eq!(read(wrong.as_bytes()), Err(Unusable::CutOff));
    }
}
