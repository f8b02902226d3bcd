//! The bank as provider: sends money to the account of a person or a company, and pays merchants out. The holder's name decides what
//! happens.

use connectors::{Operation, OperationKind};
use kernel::{Money, Text, normalise_digits};
use serde_json::{Value, json};

use super::{Draft, Plan, answer_text, done, later, refused};
use crate::dice;

const ACCOUNT: [&str; 3] = ["account", "account_number", "payee_account"];
const HOLDER: [&str; 3] = ["payee", "holder", "account_name"];
/// Of a company's account.
const COMPANY_DIGITS: std::ops::RangeInclusive<usize> = 8..=30;
/// Of a person's, which is the number of a card.
const PERSON_DIGITS: std::ops::RangeInclusive<usize> = 16..=19;

pub(super) fn decide(operation: &Operation) -> Plan {
    if matches!(operation.operation, OperationKind::Query | OperationKind::Quote) {
        let (zh, en) = ("银行不提供查询，转账进度看订单", "The bank answers no queries");
        return vec![(0, refused("unknown_service", zh, en))];
    }
    let Some(account) = answer_text(operation, &ACCOUNT).map(|text| digits(&text)) else {
        return vec![(0, refused("account_missing", "没有收款账号", "There is no account to send it to"))];
    };
    let company = answer_text(operation, &["payee_kind"]).as_deref() == Some("company");
    if !(if company { is_company(&account) } else { is_person(&account) }) {
        let (zh, en) = ("收款账号不对，请核对", "The account number is not valid");
        return vec![(0, refused("invalid_account", zh, en))];
    }
    let Some(holder) = answer_text(operation, &HOLDER).filter(|name| !name.is_empty()) else {
        return vec![(0, refused("holder_missing", "没有收款人", "There is no payee"))];
    };
    match operation.amount.filter(|amount| amount.is_positive()) {
        Some(amount) => send(operation, &account, &holder, amount),
        None => vec![(0, refused("bad_amount", "转账金额不对", "The amount is not valid"))],
    }
}

fn send(operation: &Operation, account: &str, holder: &str, amount: Money) -> Plan {
    let accepted = later("accepted", Value::Null, "银行已受理", "The bank has accepted it");
    if holder.contains("无此户") {
        let (zh, en) = ("没有这个账号，款项未转出", "There is no such account; nothing was sent");
        return vec![(0, refused("no_account", zh, en))];
    }
    if holder.contains("打烊") {
        let message = Text::new("收款银行系统维护，稍后再试", "The payee's bank is closed. Try again later");
        return vec![(0, Draft::Refused { reason_code: "bank_closed", message, retriable: true })];
    }
    if holder.contains("错名") {
        let (zh, en) =
            ("户名与账号不符，款项已退回", "The name does not match the account; the money came back");
        return vec![(0, accepted), (3_000, refused("name_mismatch", zh, en))];
    }
    if holder.contains("不回") {
        return vec![(0, accepted)];
    }
    let tail: String = account.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let result = json!({
        "bank_reference": format!("BK{}", dice::number("bank", operation.operation_id.as_str(), 14)),
        "account_tail": tail,
        "sent": amount,
    });
    let sending = later("sending", Value::Null, "正在转往收款银行", "On its way to the payee's bank");
    vec![(0, accepted), (2_000, sending), (3_000, done(result, "款项已到账", "The money has arrived"))]
}

fn digits(text: &str) -> String {
    normalise_digits(text).chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

fn is_company(account: &str) -> bool {
    COMPANY_DIGITS.contains(&account.len()) && account.bytes().all(|b| b.is_ascii_digit())
}

/// The numbers of cards carry a check digit (Luhn).
fn is_person(account: &str) -> bool {
    let sum = account.chars().rev().enumerate().try_fold(0_u32, |sum, (place, c)| {
        let digit = c.to_digit(10)?;
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        Some(sum + doubled / 10 + doubled % 10)
    });
    PERSON_DIGITS.contains(&account.len()) && sum.is_some_and(|sum| sum % 10 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_account_has_a_check_digit_and_a_companys_has_none() {
        for (account, person, company) in [
            ("6222020000000000001", false, true),
            ("6222020000000000000", true, true),
            ("4111111111111111", true, true),
            ("4111111111111112", false, true),
            ("411111111111111", false, true),
            ("1234567", false, false),
            ("41111111x1111111", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_person(account), is_company(account)), (person, company), "{account}");
        }
    }
}
