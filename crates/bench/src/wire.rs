//! What goes over the wire to `/api/v1/orders` and what comes back.

use serde_json::{Value, json};

/// Where orders are placed.
pub(crate) const ORDERS: &str = "/api/v1/orders";

/// One order of one line.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub service: &'static str,
    pub offering: &'static str,
    pub answers: Value,
    pub by_card: bool,
    /// What it costs, in fen.
    pub total: i64,
}

impl Wish {
    /// ¥10 for a mobile number.
    pub fn top_up(phone: &str) -> Self {
        let answers = json!({"phone": phone});
        Self { service: "mobile-top-up", offering: "y10", answers, by_card: false, total: 1_000 }
    }

    /// Two bulbs, of which there is a stock.
    pub fn bulbs() -> Self {
        let address = json!({
            "province": "上海市", "city": "上海市", "district": "徐汇区", "street": "漕溪北路 88 号",
            "name": "林晓", "phone": "13800001234"
        });
        let answers = json!({"address": address});
        Self { service: "smart-bulb", offering: "white-2", answers, by_card: false, total: 4_900 }
    }

    pub fn by_card(self) -> Self {
        Self { by_card: true, ..self }
    }

    /// The request's body.
    pub fn body(&self) -> String {
        json!({
            "lines": [{
                "service": self.service, "offering": self.offering, "quantity": 1, "answers": self.answers,
            }],
            "payment_method": if self.by_card { "card" } else { "balance" },
            "total": {"minor": self.total, "currency": "CNY"},
        })
        .to_string()
    }
}

/// The order's id in an answer.
pub(crate) fn order_id(answer: &Value) -> Option<String> {
    Some(answer.get("id")?.as_str()?.to_owned())
}
