//! Money that goes back.

use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sign::Asked;
use super::{Said, asked, served, time};
use crate::config::Desk;
use crate::trade::{self, Back, BackState, NoBack, Trade};
use crate::world::World;
use crate::{Sandbox, dice};

#[derive(Deserialize)]
struct NewRefund {
    out_trade_no: String,
    out_refund_no: String,
    amount: RefundTotal,
}

#[derive(Deserialize)]
struct RefundTotal {
    refund: i64,
    total: i64,
    currency: String,
}

pub(super) async fn refund(
    State(sandbox): State<Sandbox>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted: Option<NewRefund> = serde_json::from_slice(&body).ok();
    let id = wanted.as_ref().map(|wanted| wanted.out_refund_no.clone()).unwrap_or_default();
    let work = |world: &mut World, now| match wanted {
        Some(wanted) => give_back(world, &wanted, now),
        None => Said::bad("请求参数不符合参数格式"),
    };
    served(&sandbox, Asked { method: Method::POST, uri: &uri, headers: &headers, body: &body }, &id, work)
        .await
}

fn give_back(world: &mut World, wanted: &NewRefund, now: Timestamp) -> Said {
    let Some(trade) = trade::find(world, Desk::Wechat, &wanted.out_trade_no) else {
        return Said::fault(404, "RESOURCE_NOT_EXISTS", "订单不存在");
    };
    if wanted.amount.total != trade.fen || wanted.amount.currency != "CNY" {
        return Said::fault(400, "PARAM_ERROR", "订单金额或币种不一致");
    }
    match trade::give_back(world, &trade.key(), &wanted.out_refund_no, wanted.amount.refund, now) {
        Ok((trade, back)) => Said::ok(&refund_told(&trade, &back, "status")),
        Err(NoBack::NotPaid) => Said::fault(403, "REQUEST_BLOCKED", "订单未支付"),
        Err(NoBack::Taken) => Said::fault(400, "INVALID_REQUEST", "商户退款单号重复，参数不一致"),
        Err(NoBack::TooMuch) => Said::fault(400, "INVALID_REQUEST", "累计退款金额大于支付金额"),
        Err(NoBack::NotPositive) => Said::bad("退款金额不符合格式"),
    }
}

/// A refund in APIv3's words; notices call its state otherwise.
pub(crate) fn refund_told(trade: &Trade, back: &Back, state: &str) -> Value {
    let status = match back.state {
        BackState::Pending => "PROCESSING",
        BackState::Done => "SUCCESS",
        BackState::Failed => "CLOSED",
    };
    let mut document = json!({
        "refund_id": format!("503{}", dice::number("refund", &back.number, 20)), "out_refund_no": back.number,
        "transaction_id": trade.gateway_number(), "out_trade_no": trade.number,
        "user_received_account": "支付用户零钱", state: status,
        "amount": {
            "total": trade.fen, "refund": back.fen, "payer_total": trade.fen, "payer_refund": back.fen,
        },
    });
    if let (Some(at), Value::Object(all)) = (back.done_at, &mut document) {
        all.insert("success_time".to_owned(), time(at).into());
    }
    if let (true, Some(amount)) =
        (state == "status", document.get_mut("amount").and_then(Value::as_object_mut))
    {
        amount.insert("currency".to_owned(), "CNY".into());
    }
    document
}

pub(super) async fn query_refund(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let work = |world: &mut World, _| {
        let mut all = world.trades.values().filter(|trade| trade.desk == Desk::Wechat);
        let found =
            all.find_map(|t| t.refunds.iter().find(|back| back.number == number).map(|back| (t, back)));
        found.map_or_else(
            || Said::fault(404, "RESOURCE_NOT_EXISTS", "退款单不存在"),
            |(trade, back)| Said::ok(&refund_told(trade, back, "status")),
        )
    };
    served(&sandbox, asked(Method::GET, &uri, &headers), &number, work).await
}
