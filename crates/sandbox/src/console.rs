//! Watching and meddling: a page for people and the same as JSON for tests.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use kernel::{Locale, Money};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::config::Desk;
use crate::denied::Denied;
use crate::knobs::{AnswerMode, Knobs};
use crate::world::World;
use crate::{Sandbox, page};

type Pairs = BTreeMap<String, String>;

/// Rows of a list on the page.
const ROWS: usize = 50;

/// `GET /`
pub(crate) async fn home(State(sandbox): State<Sandbox>) -> Redirect {
    Redirect::to(&here(&sandbox))
}

fn here(sandbox: &Sandbox) -> String {
    format!("{}/sandbox", sandbox.0.config.public_url)
}

/// `GET /sandbox/knobs`
pub(crate) async fn all_knobs(State(sandbox): State<Sandbox>) -> Json<BTreeMap<&'static str, Knobs>> {
    Json(Desk::ALL.into_iter().map(|desk| (desk.name(), sandbox.knobs(desk))).collect())
}

/// `GET /sandbox/knobs/{desk}`
pub(crate) async fn knobs(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Response {
    match Desk::from_name(&name) {
        Some(desk) => Json(sandbox.knobs(desk)).into_response(),
        None => no_desk(),
    }
}

/// `PUT /sandbox/knobs/{desk}`: what is left out goes back to its default.
pub(crate) async fn put_knobs(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    body: Result<Json<Knobs>, JsonRejection>,
) -> Response {
    let Some(desk) = Desk::from_name(&name) else { return no_desk() };
    match body {
        Ok(Json(knobs)) => match set(&sandbox, desk, knobs) {
            Ok(()) => Json(sandbox.knobs(desk)).into_response(),
            Err(denied) => denied.into_response(),
        },
        Err(error) => Denied::malformed(error.body_text()).into_response(),
    }
}

/// `POST /sandbox/knobs/{desk}`: the form on the page.
pub(crate) async fn post_knobs(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let Some(desk) = Desk::from_name(&name) else { return no_desk() };
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let typed = |(name, text): (String, String)| {
        let value = text.parse::<u32>().map_or_else(|_| Value::String(text.clone()), Value::from);
        (!text.is_empty()).then_some((name, value))
    };
    let object: Map<String, Value> = form.into_iter().filter_map(typed).collect();
    let result = match serde_json::from_value(Value::Object(object)) {
        Ok(knobs) => set(&sandbox, desk, knobs),
        Err(error) => Err(Denied::unprocessable("malformed", error.to_string())),
    };
    match result {
        Ok(()) => Redirect::to(&here(&sandbox)).into_response(),
        Err(denied) => denied.into_response(),
    }
}

fn set(sandbox: &Sandbox, desk: Desk, knobs: Knobs) -> Result<(), Denied> {
    if let Some(name) = knobs.excess() {
        return Err(Denied::unprocessable("malformed", format!("{name} is more than 100")));
    }
    sandbox.set_knobs(desk, knobs);
    Ok(())
}

fn no_desk() -> Response {
    Denied::not_found("unknown_desk").into_response()
}

/// `POST /sandbox/flush`: everything due; with `?all=1` everything that lies in the future too. A browser is sent back to the
/// page.
pub(crate) async fn flush(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let all = query.get("all").is_some_and(|value| value == "1");
    let flushed = if all { sandbox.flush_all().await } else { sandbox.flush().await };
    let accept = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        Redirect::to(&here(&sandbox)).into_response()
    } else {
        Json(flushed).into_response()
    }
}

/// `GET /sandbox/state`: everything, as JSON.
pub(crate) async fn state(State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.world();
    Json(json!({
        "operations": world.operations.values().collect::<Vec<_>>(),
        "payments": world.payments.values().collect::<Vec<_>>(),
        "trades": world.trades.values().collect::<Vec<_>>(),
        "collections": world.collections.values().collect::<Vec<_>>(),
        "receipts": world.receipts.values().collect::<Vec<_>>(),
        "deliveries": world.deliveries.values().collect::<Vec<_>>(),
        "name_checks": world.name_checks.values().collect::<Vec<_>>(),
    }))
}

/// `GET /sandbox`
pub(crate) async fn overview(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let locale = page::locale(&query, &headers, None);
    let title = locale.pick("沙箱：试用时的对方系统", "Sandbox: the other side, for trying things out");
    let base = &sandbox.0.config.public_url;
    let world = sandbox.world();
    let main = html! {
        h1 { (title) }
        (rules(locale))
        (people(locale))
        h2 { (locale.pick("旋钮", "Knobs")) }
        @for desk in Desk::ALL { (knobs_form(locale, base, desk, &world.knobs(desk))) }
        h2 { (locale.pick("催一催", "Hurry")) }
        form class="row" method="post" action={ (base) "/sandbox/flush" } {
            button { (locale.pick("送出到期的回调", "Deliver what is due")) }
            button formaction={ (base) "/sandbox/flush?all=1" } {
                (locale.pick("让以后的事现在发生", "Let the future happen now"))
            }
        }
        (crate::card::disputes_form(locale, &world))
        h2 { (locale.pick("从银行转账付款", "Pay by bank transfer")) }
        (crate::bank::send_form(locale, base, &Pairs::new()))
        (lists(locale, &world))
    };
    page::document(locale, base, title, &main, "")
}

fn rules(locale: Locale) -> Markup {
    let rules: [(&str, &str); 12] = [
        ("号码以 0000 结尾：空号，立即拒绝", "Phone ending 0000: not in service, refused at once"),
        ("号码以 0001 结尾：运营商忙，可以重试", "Phone ending 0001: carrier busy, may be tried again"),
        ("号码以 0002 结尾：受理后一直没有结果", "Phone ending 0002: accepted, then never finished"),
        ("号码以 0003 结尾：受理后拒绝", "Phone ending 0003: accepted, then refused"),
        ("户号 0000000000：没有这个户号", "Household 0000000000: unknown"),
        ("户号以 9999 结尾：没有欠费", "Household ending 9999: nothing due"),
        (
            "电费：金额由户号和上月决定，缴过就是零",
            "Power: the bill depends on household and last month, zero once paid",
        ),
        ("收货地址含“孤岛”：不配送", "Address with “Nowhere”: no delivery"),
        (
            "收款人含“无此户”：没有这个账号；含“错名”：受理后户名不符",
            "Payee with “无此户”: no such account; with “错名”: accepted, then the name does not match",
        ),
        (
            "收款人含“打烊”：收款银行关门，可以重试",
            "Payee with “打烊”: the payee's bank is closed, may be tried again",
        ),
        ("收款人含“不回”：受理后一直没有结果", "Payee with “不回”: accepted, then never finished"),
        ("收货地址含“拒收”：发货后被拒收", "Address with “Refuse”: refused by the recipient after shipping"),
    ];
    html! {
        h2 { (locale.pick("约定", "Rules")) }
        ul { @for (zh, en) in rules { li { (locale.pick(zh, en)) } } }
    }
}

fn people(locale: Locale) -> Markup {
    html! {
        h2 { (locale.pick("登记在册的人（虚构）", "People of the register (made up)")) }
        ul { @for (name, number) in crate::PEOPLE { li { (name) " " code { (number) } } } }
        p {
            (locale.pick(
                "姓名以“测试”开头的人，任何有效号码都核验一致；其他号码查不到。",
                "A name that begins with 测试 matches any well-formed number; other numbers are not found.",
            ))
        }
    }
}

fn desk_words(locale: Locale, desk: Desk) -> &'static str {
    match desk {
        Desk::Telecom => locale.pick("运营商", "Telecom"),
        Desk::Power => locale.pick("电力公司", "Power company"),
        Desk::Warehouse => locale.pick("仓库", "Warehouse"),
        Desk::Card => locale.pick("银行卡网关", "Card gateway"),
        Desk::Bank => locale.pick("银行", "Bank"),
        Desk::Identity => locale.pick("实名核验", "Register of people"),
        Desk::Wechat => locale.pick("微信支付", "WeChat Pay"),
        Desk::Alipay => locale.pick("支付宝", "Alipay"),
    }
}

fn knobs_form(locale: Locale, base: &str, desk: Desk, knobs: &Knobs) -> Markup {
    let changed = *knobs != Knobs::default();
    let numbers = [
        ("delay_ms", knobs.delay_ms.map(|ms| ms.to_string())),
        ("hang_ms", knobs.hang_ms.map(|ms| ms.to_string())),
        ("duplicate_callbacks", Some(knobs.duplicate_callbacks.to_string())),
    ];
    let modes = [(AnswerMode::Natural, "natural"), (AnswerMode::Now, "now"), (AnswerMode::Later, "later")];
    html! {
        details open[changed] {
            summary {
                (desk_words(locale, desk))
                @if changed { " · " span class="danger" { (locale.pick("已调整", "changed")) } }
            }
            form class="knobs" method="post" action={ (base) "/sandbox/knobs/" (desk.name()) } {
                label { "answer"
                    select name="answer" {
                        @for (mode, name) in modes {
                            option value=(name) selected[mode == knobs.answer] { (name) }
                        }
                    }
                }
                @for (name, value) in numbers {
                    label { (name) input type="number" min="0" name=(name) value=[value]; }
                }
                @for (name, percent) in knobs.percentages() {
                    label { (name) input type="number" min="0" max="100" name=(name) value=(percent); }
                }
                button { (locale.pick("设置", "Set")) }
            }
        }
    }
}

fn lists(locale: Locale, world: &World) -> Markup {
    let mut operations: Vec<_> = world.operations.values().collect();
    operations.sort_by_key(|record| std::cmp::Reverse(record.answer.at));
    let operations = operations.into_iter().take(ROWS).map(|record| {
        let request = &record.request;
        [
            record.desk.name().to_owned(),
            request.operation.name().to_owned(),
            request.service.clone(),
            request.reference.clone(),
            record.answer.outcome.name().to_owned(),
            record.answer.at.to_rfc3339(),
        ]
    });
    let mut payments: Vec<_> = world.payments.values().collect();
    payments.sort_by_key(|record| std::cmp::Reverse(record.updated_at()));
    let payments = payments.into_iter().take(ROWS).map(|record| {
        [
            record.intent_id.clone(),
            record.reference.clone(),
            record.amount.to_string(),
            record.status.name().to_owned(),
            record.refunded().to_string(),
            record.updated_at().to_rfc3339(),
        ]
    });
    let mut trades: Vec<_> = world.trades.values().collect();
    trades.sort_by_key(|trade| std::cmp::Reverse(trade.expires_at));
    let trades = trades.into_iter().take(ROWS).map(|trade| {
        [
            desk_words(locale, trade.desk).to_owned(),
            trade.number.clone(),
            Money::cny(trade.fen).to_string(),
            format!("{:?}", trade.state),
            Money::cny(trade.given_back()).to_string(),
            trade.expires_at.to_rfc3339(),
        ]
    });
    let mut deliveries: Vec<_> = world.deliveries.values().collect();
    deliveries.sort_by_key(|delivery| std::cmp::Reverse(delivery.next_at));
    let deliveries = deliveries.into_iter().take(ROWS).map(|delivery| {
        [
            delivery.desk.name().to_owned(),
            delivery.about.clone(),
            format!("{:?}", delivery.state),
            delivery.tries.to_string(),
            delivery.last.clone().unwrap_or_default(),
            delivery.next_at.to_rfc3339(),
        ]
    });
    html! {
        h2 { (locale.pick("办理", "Operations")) }
        (table(locale.pick(["柜台", "种类", "业务", "单号", "结果", "时间"], ["Desk", "Kind", "Service", "Reference", "Outcome", "At"]), operations))
        h2 { (locale.pick("付款", "Payments")) }
        (table(locale.pick(["编号", "单号", "金额", "状态", "已退", "时间"], ["Number", "Reference", "Amount", "State", "Refunded", "At"]), payments))
        h2 { (locale.pick("微信支付和支付宝的订单", "Orders at WeChat Pay and Alipay")) }
        (table(locale.pick(["柜台", "商户单号", "金额", "状态", "已退", "付到"], ["Desk", "Number", "Amount", "State", "Refunded", "Until"]), trades))
        h2 { (locale.pick("回调", "Callbacks")) }
        (table(locale.pick(["柜台", "关于", "状态", "次数", "上次", "时间"], ["Desk", "About", "State", "Tries", "Last", "At"]), deliveries))
    }
}

fn table(head: [&str; 6], rows: impl Iterator<Item = [String; 6]>) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(head.join("、")) {
            table {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}
