//! The bill of a day: a ZIP of tables in GBK.

use std::io::{Cursor, Write as _};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use encoding_rs::GBK;
use http::{StatusCode, header};
use kernel::{Money, Timestamp};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::No;
use crate::config::Desk;
use crate::ledger_day::{self, Entry};
use crate::world::World;
use crate::{Sandbox, dice};

/// What stands above the columns.
const HEAD: [&str; 25] = [
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝红包（元）",
    "集分宝（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）",
    "券名称",
    "商家红包消费金额（元）",
    "卡消费金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "分润（元）",
    "备注",
];

/// The address of the file; whoever has it may read the file.
pub(super) fn place(world: &World, kind: &str, day: &str, now: Timestamp) -> Result<Value, No> {
    if kind != "trade" || !ledger_day::is_over(day, now) {
        return Err(("40004", "isp.bill_not_exist"));
    }
    if ledger_day::entries(world, Desk::Alipay, day).is_empty() {
        return Err(("40004", "isp.bill_not_exist"));
    }
    let word = word(world, day);
    Ok(json!({ "bill_download_url": format!("{}/alipay-pay/bill/{day}.{word}", world.public_url) }))
}

fn word(world: &World, day: &str) -> String {
    format!("{:016x}", dice::bits(world.seed, &world.page_secret, day, 7))
}

/// `GET /bill/{day}.{word}`
pub(super) async fn file(State(sandbox): State<Sandbox>, Path(token): Path<String>) -> Response {
    let world = sandbox.world();
    let day = token.split_once('.').filter(|(day, given)| *given == word(&world, day)).map(|(day, _)| day);
    match day.and_then(|day| packed(&world, day)) {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/zip")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn packed(world: &World, day: &str) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let seller = &world.merchants.alipay_seller_id;
    let plain = day.replace('-', "");
    for (name, text) in [
        (
            format!("{seller}_{plain}_业务明细{}汇总{}.csv", '(', ')'),
            format!("#支付宝业务汇总查询\r\n{}\r\n", ["门店编号", "门店名称"].join(",")),
        ),
        (format!("{seller}_{plain}_业务明细.csv"), table(world, day)),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).ok()?;
        zip.write_all(&GBK.encode(&text).0).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

fn table(world: &World, day: &str) -> String {
    let entries = ledger_day::entries(world, Desk::Alipay, day);
    let mut text = format!(
        "#支付宝业务明细查询\r\n#账号：[{}]\r\n{}\r\n",
        world.merchants.alipay_seller_id,
        HEAD.join(",")
    );
    for entry in ledger_day::spoilt(world, Desk::Alipay, &entries) {
        text.push_str(&entry.map_or_else(|| ["坏行", ""].join(","), |entry| row(&entry)));
        text.push_str("\r\n");
    }
    text.push_str(&format!("#业务明细列表结束\r\n#共{}笔\r\n", entries.len()));
    text
}

/// Cells are padded with tabs, as Alipay pads them.
fn row(entry: &Entry) -> String {
    let way = if entry.refund.is_some() { -1 } else { 1 };
    let amount = Money::cny(entry.fen.saturating_mul(way)).to_decimal();
    let fee = Money::cny(entry.fee.saturating_neg()).to_decimal();
    let kind = if entry.refund.is_some() { "退款" } else { "交易" };
    let refund = entry.refund.as_deref().unwrap_or_default();
    let zero = "0.00";
    let cells = [
        &entry.gateway_number,
        &entry.number,
        kind,
        "话费",
        &entry.at,
        &entry.at,
        "",
        "",
        "",
        "",
        "159****5620",
        &amount,
        &amount,
        zero,
        zero,
        zero,
        zero,
        zero,
        "",
        zero,
        zero,
        refund,
        &fee,
        zero,
        "",
    ];
    cells.map(|cell| format!("{cell}\t")).join(",")
}
