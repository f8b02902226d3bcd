//! What the gateways themselves have in their books, as the sandbox shows them: the truth that bills and callbacks may lie about.

use std::collections::BTreeMap;

use connectors::http::{Request, web_address};
use connectors::{Http, Limits};
use serde_json::Value;

use super::town::Town;
use crate::Failure;

/// What one gateway took for one attempt, and gave back of it, in fen.
#[derive(Debug, Clone, Default)]
pub(super) struct Booked {
    pub gateway: &'static str,
    pub taken: i64,
    /// By our number of the refund.
    pub given_back: BTreeMap<String, i64>,
}

impl Booked {
    pub fn returned(&self) -> i64 {
        self.given_back.values().sum()
    }
}

/// By our number of the attempt.
pub(super) async fn read(town: &Town) -> Result<BTreeMap<String, Booked>, Failure> {
    let url = web_address(&format!("{}/sandbox/state", town.sandbox_url)).ok_or("no address")?;
    let http = Http::new(Limits { answer_bytes: 1 << 30, ..Limits::default() })?;
    let request = Request { method: http::Method::GET, url, headers: &[], body: Vec::new() };
    let state: Value = serde_json::from_slice(&http.send(request).await?.body)?;
    let mut books = BTreeMap::new();
    for one in list(&state, "payments") {
        let given_back = returned(one, "refunds", |back| {
            (text(back, "status") == "succeeded").then(|| (text(back, "id"), fen(back, "amount")))
        });
        books.insert(
            text(one, "attempt"),
            Booked { gateway: "card", taken: fen(one, "received"), given_back },
        );
    }
    for one in list(&state, "trades") {
        let gateway = if text(one, "desk") == "wechat" { "wechat" } else { "alipay" };
        let given_back = returned(one, "refunds", |back| {
            (text(back, "state") == "done").then(|| (text(back, "number"), fen(back, "fen")))
        });
        let taken = if one.get("paid_at").is_some_and(|at| !at.is_null()) { fen(one, "fen") } else { 0 };
        books.insert(text(one, "number"), Booked { gateway, taken, given_back });
    }
    for one in list(&state, "collections") {
        let payment = one.get("payment").unwrap_or(&Value::Null);
        let given_back = returned(one, "returns", |back| {
            let refund = back.get("refund")?;
            let left = back.get("left_at").is_some_and(|at| !at.is_null());
            left.then(|| (text(refund, "refund_id"), money(refund, "amount")))
        });
        let taken = money(payment, "captured");
        books.insert(text(payment, "attempt_id"), Booked { gateway: "bank_transfer", taken, given_back });
    }
    Ok(books)
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn returned(of: &Value, name: &str, one: impl Fn(&Value) -> Option<(String, i64)>) -> BTreeMap<String, i64> {
    list(of, name).iter().filter_map(one).collect()
}

fn text(of: &Value, name: &str) -> String {
    of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn fen(of: &Value, name: &str) -> i64 {
    let value = of.get(name).unwrap_or(&Value::Null);
    value.as_i64().or_else(|| value.get("minor")?.as_i64()).unwrap_or(0)
}

/// An amount inside a payment or refund of the bank, wherever its state is written.
fn money(of: &Value, name: &str) -> i64 {
    if of.get(name).is_some() {
        return fen(of, name);
    }
    of.get("state").map_or(0, |state| fen(state, name))
}
