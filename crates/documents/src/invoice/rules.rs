//! What an invoice says, and when it may be what. Pure.

use kernel::{FieldError, Locale, Money, Timestamp};
use ledger::{LedgerAccountId, Transfer, TransferKind};
use ordering::order::{Line, LineState, Order};
use paper::{Column, Fact, Sheet, Table};

use super::model::{Decision, Invoice, InvoiceState};
use crate::document::{in_full, sheet};
use crate::{Error, Press};

const REASON: std::ops::RangeInclusive<usize> = 5..=500;

/// The state after a decision.
pub(crate) fn on(state: InvoiceState, decision: Decision) -> Result<InvoiceState, Error> {
    match (state, decision) {
        (InvoiceState::Requested, Decision::Issue) => Ok(InvoiceState::Issued),
        (InvoiceState::Requested, Decision::Refuse) => Ok(InvoiceState::Refused),
        (InvoiceState::Issued, Decision::Reverse) => Ok(InvoiceState::Reversed),
        (
            InvoiceState::Requested | InvoiceState::Issued | InvoiceState::Refused | InvoiceState::Reversed,
            Decision::Issue | Decision::Refuse | Decision::Reverse,
        ) => Err(state.refusal()),
    }
}

/// What of an order was taken from its customer and not given back, as the ledger has it: what left `own`, the accounts of the customer,
/// less what came back into them and what the payer got back from the bank. Money that only passes through them on its way to or from
/// a gateway does not count, nor what a lost dispute took that had not been kept.
pub(crate) fn kept(transfers: &[Transfer], own: &[LedgerAccountId]) -> i64 {
    transfers.iter().fold(0_i64, |sum, transfer| {
        let (out, back) = (own.contains(&transfer.debit), own.contains(&transfer.credit));
        let minor = transfer.amount.minor;
        match (transfer.kind, out, back) {
            (TransferKind::DisputeLost, ..) => sum.saturating_sub(minor),
            (TransferKind::DisputeCovered, ..) => sum.saturating_add(minor),
            (TransferKind::Purchase | TransferKind::Refund | TransferKind::Reversal, true, false) => {
                sum.saturating_add(minor)
            }
            (TransferKind::Purchase | TransferKind::Refund | TransferKind::Reversal, false, true) => {
                sum.saturating_sub(minor)
            }
            _ => sum,
        }
    })
}

/// The number that the tax platform gave, where one was used: 8 to 20 digits, or nothing.
pub(crate) fn tax_platform_number(text: &str) -> Result<Option<String>, FieldError> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() {
        return Ok(None);
    }
    if (8..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(text));
    }
    let (zh, en) = ("税务平台发票号码为 8 至 20 位数字", "The tax platform's number has 8 to 20 digits");
    Err(FieldError::new("/tax_platform_number", "documents.tax_platform_number", zh, en))
}

/// Why something was refused or taken back.
pub(crate) fn reason(text: &str) -> Result<&str, FieldError> {
    let text = text.trim();
    if REASON.contains(&text.chars().count()) {
        return Ok(text);
    }
    let (zh, en) = ("填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters");
    Err(FieldError::new("/reason", "documents.reason_needed", zh, en))
}

/// The invoice itself. Chinese, as the law has it. What its lines do not add up to (fees, what went back) is a line of its own, so that the
/// total always equals the sum.
pub(crate) fn invoice_sheet(
    press: &Press,
    it: &Invoice,
    (order, lines): (&Order, &[Line]),
    platform: Option<&str>,
    now: Timestamp,
) -> Sheet {
    let mut sheet = sheet(press, Locale::Zh, "发票", now);
    sheet.facts = buyer(it);
    sheet.facts.push(Fact::new("订单号", order.number()));
    if let Some(number) = platform {
        sheet.facts.push(Fact::new("税务平台发票号码", number));
    }
    let done: Vec<&Line> = lines.iter().filter(|line| line.state == LineState::Completed).collect();
    let mut rows: Vec<Vec<String>> = done
        .iter()
        .map(|line| {
            let (title, quantity) = (line.title.zh.clone(), line.quantity.to_string());
            vec![title, quantity, line.unit.to_plain(), line.total.to_plain()]
        })
        .collect();
    let sum = done.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total.minor));
    let rest = it.amount.minor.saturating_sub(sum);
    if rest != 0 {
        let word = if rest > 0 { "手续费" } else { "退款与折让" };
        let rest = Money::new(rest, it.amount.currency).to_plain();
        rows.push(vec![word.to_owned(), String::new(), String::new(), rest]);
    }
    sheet.tables = vec![goods(rows)];
    sheet.totals = vec![Fact::new("价税合计", in_full(Locale::Zh, it.amount))];
    sheet
}

/// Takes an invoice back: the same buyer, one line over the whole amount below zero.
pub(crate) fn red_sheet(press: &Press, it: &Invoice, number: &str, reason: &str, now: Timestamp) -> Sheet {
    let mut sheet = sheet(press, Locale::Zh, "红字发票", now);
    let amount = Money::new(it.amount.minor.saturating_neg(), it.amount.currency);
    sheet.subtitle = format!("冲销发票 {number}");
    sheet.facts = buyer(it);
    sheet.tables =
        vec![goods(vec![vec!["冲销全额".to_owned(), String::new(), String::new(), amount.to_plain()]])];
    sheet.totals = vec![Fact::new("价税合计", format!("（负数）{}", in_full(Locale::Zh, it.amount)))];
    sheet.notes = vec![format!("红冲原因：{reason}")];
    sheet
}

fn buyer(it: &Invoice) -> Vec<Fact> {
    let mut facts = vec![Fact::new("购买方", &it.title.name)];
    if let Some(code) = &it.title.tax_number {
        facts.push(Fact::new("统一社会信用代码", code));
    }
    facts
}

fn goods(rows: Vec<Vec<String>>) -> Table {
    Table {
        title: String::new(),
        columns: vec![
            Column::left("项目", 20),
            Column::right("数量", 5),
            Column::right("单价（元）", 8),
            Column::right("金额（元）", 8),
        ],
        rows,
    }
}
