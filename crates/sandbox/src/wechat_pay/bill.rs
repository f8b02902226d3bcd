//! The bill of a day, as the merchant downloads it.

use std::collections::BTreeMap;

use axum::extract::{OriginalUri, Query, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use kernel::{Money, hex};
use serde_json::json;

use super::{Said, asked, served};
use crate::Sandbox;
use crate::config::Desk;
use crate::ledger_day::{self, Entry};
use crate::world::World;

const HEAD: [&str; 27] = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
];
const SUMS: [&str; 7] = [
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
];

type Pairs = BTreeMap<String, String>;

/// `GET /v3/bill/tradebill`
pub(super) async fn place(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let day = query.get("bill_date").cloned().unwrap_or_default();
    let work = |world: &mut World, now| {
        if !ledger_day::is_over(&day, now) {
            return Said::fault(400, "STATEMENT_CREATING", "账单生成中");
        }
        let Some(text) = written(world, &day) else {
            return Said::fault(400, "NO_STATEMENT_EXIST", "账单文件不存在");
        };
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let packed = query.get("tar_type").is_some_and(|kind| kind == "GZIP");
        let url = format!("{}/wechat-pay/v3/billdownload/file?token={day}&packed={packed}", world.public_url);
        Said::ok(
            &json!({ "hash_type": "SHA1", "hash_value": hex::encode(digest.as_ref()), "download_url": url }),
        )
    };
    served(&sandbox, asked(Method::GET, &uri, &headers), &day, work).await
}

/// `GET /v3/billdownload/file`
pub(super) async fn file(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let day = query.get("token").cloned().unwrap_or_default();
    if super::sign::check(&sandbox.0.config, &asked(Method::GET, &uri, &headers), sandbox.now()).is_err() {
        return Response::builder().status(401).body("unsigned".into()).unwrap_or_default();
    }
    let text = written(&sandbox.world(), &day).unwrap_or_default();
    let packed = query.get("packed").is_some_and(|packed| packed == "true");
    let bytes = if packed { ledger_day::gzip(&text) } else { text.into_bytes() };
    Response::new(bytes.into())
}

/// The table and its sums; `None` for a day without a trade.
fn written(world: &World, day: &str) -> Option<String> {
    let entries = ledger_day::entries(world, Desk::Wechat, day);
    if entries.is_empty() {
        return None;
    }
    let mut text = format!("{}\r\n", HEAD.join(","));
    for entry in ledger_day::spoilt(world, Desk::Wechat, &entries) {
        text.push_str(
            &entry.map_or_else(|| "`2026-11-21 20:45:00,`坏行".to_owned(), |entry| row(world, &entry)),
        );
        text.push_str("\r\n");
    }
    let sum = |back: bool| {
        let fen = entries.iter().filter(|entry| entry.refund.is_some() == back).map(|entry| entry.fen).sum();
        Money::cny(fen).to_decimal()
    };
    let (paid, back) = (sum(false), sum(true));
    text.push_str(&format!(
        "{}\r\n`{},`{paid},`{back},`0.00,`0.00000,`{paid},`{back}\r\n",
        SUMS.join(","),
        entries.len()
    ));
    Some(text)
}

fn row(world: &World, entry: &Entry) -> String {
    let merchant = &world.merchants;
    let amount = Money::cny(entry.fen).to_decimal();
    let zero = "0.00".to_owned();
    let (state, refund_id, refund, settled, back, order) = match &entry.refund {
        None => ("SUCCESS", "0", "0", &amount, &zero, &amount),
        Some(number) => ("REFUND", "5030", number.as_str(), &zero, &amount, &zero),
    };
    let cells = [
        &entry.at,
        &merchant.wechat_appid,
        &merchant.wechat_mchid,
        "0",
        "",
        &entry.gateway_number,
        &entry.number,
        "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "NATIVE",
        state,
        "OTHERS",
        "CNY",
        settled,
        "0.00",
        refund_id,
        refund,
        back,
        "0.00",
        "",
        "",
        "Top-up, 100",
        "",
        &format!("{}000", Money::cny(entry.fee).to_decimal()),
        "0.60%",
        order,
        back,
        "",
    ];
    cells.map(|cell| format!("`{cell}")).join(",")
}
