//! The power company: tells what a household owes for last month, and takes exactly that.

use connectors::{Operation, OperationKind};
use jiff::tz::Offset;
use kernel::{Duration, Money, Timestamp, normalise_digits};
use serde_json::{Value, json};

use super::{Draft, Plan, answer_text, done, later, refused};
use crate::dice;

const HOUSEHOLD: [&str; 6] =
    ["household", "household_number", "household_no", "household_id", "account_number", "customer_number"];
/// How long a quoted bill may be paid.
const QUOTE_VALID: Duration = Duration::from_mins(30);

/// `already`: a payment of this bill was accepted before.
pub(super) fn decide(operation: &Operation, already: bool, now: Timestamp) -> Plan {
    let Some(household) = household(operation) else {
        let (zh, en) = ("户号是 10 位数字，请核对", "The household number has 10 digits");
        return vec![(0, refused("invalid_household", zh, en))];
    };
    if household == "0000000000" {
        let (zh, en) = ("没有这个户号，请核对电费单上的 10 位户号", "There is no such household number");
        return vec![(0, refused("unknown_household", zh, en))];
    }
    let period = period(now);
    let due = if already { 0 } else { amount_due(&household, &period) };
    match operation.operation {
        OperationKind::Query => vec![(0, done(bill(&household, &period, due), "查询成功", "Found"))],
        OperationKind::Quote => vec![(0, quote(&household, &period, due, now))],
        OperationKind::Submit | OperationKind::Cancel => submit(operation, &household, &period, due),
    }
}

/// The household and period an operation is about.
pub(super) fn bill_of(operation: &Operation, now: Timestamp) -> Option<(String, String)> {
    household(operation).map(|household| (household, period(now)))
}

fn household(operation: &Operation) -> Option<String> {
    let text = answer_text(operation, &HOUSEHOLD)?;
    let digits: String = normalise_digits(&text).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    (digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// The month before `now` in China: `2026-10`.
fn period(now: Timestamp) -> String {
    let date = Offset::constant(8).to_datetime(now.to_jiff()).date();
    let (year, month) =
        if date.month() == 1 { (date.year() - 1, 12) } else { (date.year(), date.month() - 1) };
    format!("{year:04}-{month:02}")
}

/// Between 20 and 500 yuan, by household and period; nothing for households ending in 9999.
fn amount_due(household: &str, period: &str) -> i64 {
    let bits = dice::bits(0, "bill", &format!("{household}/{period}"), 0) % 48_001;
    if household.ends_with("9999") { 0 } else { 2_000_i64.saturating_add(i64::try_from(bits).unwrap_or(0)) }
}

fn bill(household: &str, period: &str, due: i64) -> Value {
    let tail: String = household.chars().skip(6).collect();
    let family = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
    let pick = dice::bits(0, "name", household, 0) % 8;
    let name = usize::try_from(pick).ok().and_then(|i| family.get(i)).unwrap_or(&"王");
    json!({
        "household": format!("******{tail}"),
        "account_name": format!("{name}**"),
        "period": period,
        "amount_due": Money::cny(due),
    })
}

fn quote(household: &str, period: &str, due: i64, now: Timestamp) -> Draft {
    if due == 0 {
        return nothing_due();
    }
    let valid_until = now.plus(QUOTE_VALID);
    let facts = bill(household, period, due);
    done(
        json!({ "amount": Money::cny(due), "valid_until": valid_until, "facts": facts }),
        "查询成功",
        "Found",
    )
}

fn nothing_due() -> Draft {
    refused("nothing_due", "这个户号没有欠费", "Nothing is due for this household")
}

fn submit(operation: &Operation, household: &str, period: &str, due: i64) -> Plan {
    if due == 0 {
        return vec![(0, nothing_due())];
    }
    if operation.amount != Some(Money::cny(due)) {
        let (zh, en) = ("应缴金额已变化，请重新查询", "The amount due has changed. Query it again");
        return vec![(0, refused("amount_differs", zh, en))];
    }
    let id = operation.operation_id.as_str();
    let mut result = bill(household, period, 0);
    if let Value::Object(facts) = &mut result {
        facts.insert("receipt_number".to_owned(), format!("PW{}", dice::number("power", id, 14)).into());
        facts.insert("paid".to_owned(), json!(Money::cny(due)));
    }
    let booking =
        later("booking", Value::Null, "电力公司正在销账", "The power company is booking the payment");
    vec![(0, booking), (4_000, done(result, "电费已缴清", "The bill is paid"))]
}
