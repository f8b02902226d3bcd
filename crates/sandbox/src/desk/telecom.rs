//! The telecom: top-ups, data packs, plan changes. The end of the number decides what happens.

use connectors::{Operation, OperationKind};
use kernel::{Duration, Money, Text, Timestamp, mask_phone, parse_mobile};
use serde_json::{Value, json};

use super::{Draft, Plan, answer_text, done, later, refused};
use crate::dice;

const PHONE: [&str; 5] = ["phone", "mobile", "phone_number", "number", "msisdn"];

pub(super) fn decide(operation: &Operation, now: Timestamp) -> Plan {
    let Some(phone) = answer_text(operation, &PHONE).as_deref().and_then(parse_mobile) else {
        return vec![(
            0,
            refused("invalid_number", "手机号码不对，请核对后重新下单", "The mobile number is not valid"),
        )];
    };
    if phone.ends_with("0000") {
        return vec![(
            0,
            refused("empty_number", "该号码是空号，请核对后重新下单", "This number is not in service"),
        )];
    }
    match operation.operation {
        OperationKind::Query => vec![(0, facts(&phone))],
        OperationKind::Quote => vec![(0, quote(operation, now))],
        OperationKind::Submit | OperationKind::Cancel => submit(operation, &phone),
    }
}

fn submit(operation: &Operation, phone: &str) -> Plan {
    let accepted = later("accepted", Value::Null, "运营商已受理", "The carrier has accepted it");
    if phone.ends_with("0001") {
        let message = Text::new("运营商系统繁忙，请稍后再试", "The carrier is busy. Try again later");
        return vec![(0, Draft::Refused { reason_code: "carrier_busy", message, retriable: true })];
    }
    if phone.ends_with("0002") {
        return vec![(0, accepted)];
    }
    if phone.ends_with("0003") {
        let why = refused("number_suspended", "号码已停机，不能办理", "The number is suspended");
        return vec![(0, accepted), (3_000, why)];
    }
    let result = json!({
        "carrier_reference": format!("TC{}", dice::number("telecom", operation.operation_id.as_str(), 12)),
        "phone": mask_phone(phone),
    });
    let service = operation.service.as_str();
    if service.contains("data") {
        vec![(0, done(result, "流量已到账，立即生效", "The data is there and ready to use"))]
    } else if service.contains("plan") {
        let switching = later("switching", Value::Null, "正在变更套餐", "The plan is being changed");
        vec![
            (0, accepted),
            (4_000, switching),
            (4_000, done(result, "套餐已变更", "The plan has been changed")),
        ]
    } else {
        vec![(0, accepted), (3_000, done(result, "话费已到账", "The top-up has arrived"))]
    }
}

fn facts(phone: &str) -> Draft {
    let fen = i64::try_from(dice::bits(0, "credit", phone, 0) % 20_000).unwrap_or(0);
    done(json!({ "phone": mask_phone(phone), "credit": Money::cny(fen) }), "查询成功", "Found")
}

/// A change of plan costs what the offering says; without an amount the price comes from the number.
fn quote(operation: &Operation, now: Timestamp) -> Draft {
    let fen = 1_000 + i64::try_from(dice::bits(0, "quote", &operation.service, 0) % 90).unwrap_or(0) * 100;
    let amount = operation.amount.unwrap_or(Money::cny(fen));
    let valid_until = now.plus(Duration::from_mins(15));
    done(json!({ "amount": amount, "valid_until": valid_until, "facts": {} }), "报价成功", "Quoted")
}
