//! The warehouse: packs, ships, delivers. Stock is not kept here.

use connectors::{Operation, OperationKind};
use serde_json::{Value, json};

use super::{Plan, done, later, refused};
use crate::dice;

pub(super) fn decide(operation: &Operation) -> Plan {
    // What stands in the address decides; where in the answers it stands does not matter.
    let address = serde_json::to_string(&operation.answers).unwrap_or_default();
    if operation.answers.is_empty() {
        return vec![(0, refused("address_missing", "没有收货地址", "There is no delivery address"))];
    }
    if address.contains("孤岛") || address.contains("Nowhere") {
        return vec![(0, refused("no_delivery", "收货地区暂不配送", "We do not deliver to this area"))];
    }
    match operation.operation {
        OperationKind::Submit | OperationKind::Cancel => ship(operation, &address),
        OperationKind::Query | OperationKind::Quote => {
            let (zh, en) = ("仓库不提供查询，发货进度看订单", "The warehouse answers no queries");
            vec![(0, refused("unknown_service", zh, en))]
        }
    }
}

fn ship(operation: &Operation, address: &str) -> Plan {
    let tracking = json!({
        "carrier": "沙箱快递",
        "tracking_number": format!("SX{}", dice::number("parcel", operation.operation_id.as_str(), 12)),
    });
    let end = if address.contains("拒收") || address.contains("Refuse") {
        refused(
            "rejected_by_recipient",
            "收件人拒收，包裹已退回",
            "The recipient refused it and it was sent back",
        )
    } else {
        done(tracking.clone(), "已签收", "Delivered")
    };
    vec![
        (0, later("accepted", Value::Null, "仓库已接单", "The warehouse has the order")),
        (3_000, later("packed", Value::Null, "已打包", "Packed")),
        (4_000, later("shipped", tracking, "已发货", "Shipped")),
        (8_000, end),
    ]
}
