//! The console: a queue with its tiles, table and details.

use kernel::{Locale, Money};
use maud::{Markup, html};
use web::ui::console::ConsoleNav;
use web::ui::table::{Chip, Column, Row, Table, View};
use web::ui::timeline::{Item, Step};
use web::ui::{self, Kind, Page, PageCx, card, console, money, stat, status, table, time, timeline};

use super::*;

pub(super) fn queue(locale: Locale) -> Markup {
    let cx = PageCx { is_staff: true, ..cx(locale, "/console/orders") };
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let stats = tiles(p);
    let data = [
        ("SO-8841", "宽带新装 500M", "Broadband", "林*", 130_000, Kind::Night, "待上门", "Visit"),
        ("SO-8790", "对公转账", "Transfer", "青禾贸易", 4_800_000, Kind::Warn, "待补材料", "Documents"),
        ("SO-8788", "差旅机票", "Flight", "周**", 214_000, Kind::Bad, "未成功", "Failed"),
        ("SO-8770", "话费充值", "Top-up", "陈*", 10_000, Kind::Ok, "已完成", "Done"),
        ("SO-8768", "套餐变更", "Plan change", "何**", 0, Kind::Info, "办理中", "Running"),
    ];
    let rows = data
        .iter()
        .map(|d| Row {
            cells: vec![
                html! { a.num href="/console/orders/x" { (d.0) } },
                html! { (p(d.1, d.2)) },
                html! { (d.3) },
                money::money(Money::cny(d.4)),
                status::tag(d.5, p(d.6, d.7)),
                time::stamp(&cx, ago(d.4 / 900)),
                ui::button_link("/console/orders/x", p("处理", "Open"), "sec small"),
            ],
            href: Some("/console/orders/x".to_owned()),
            key: Some((d.0, d.0)),
        })
        .collect();
    let columns = vec![
        Column::new(p("订单", "Order")),
        Column::new(p("业务", "Service")),
        Column::new(p("客户", "Customer")),
        Column::number(p("金额", "Amount")),
        Column::new(p("状态", "State")),
        Column::new(p("下单时间", "Placed")),
        Column::new(p("操作", "Action")),
    ];
    let list =
        Table { caption: p("订单队列", "Orders"), columns, rows, select: Some("order"), stack: false };
    let views: Vec<View<'_>> =
        [(p("全部", "All"), true), (p("待处理", "Waiting"), false), (p("即将超时", "Nearly due"), false)]
            .into_iter()
            .map(|(label, current)| View {
                label,
                href: "/console/orders".to_owned(),
                count: Some(24),
                current,
            })
            .collect();
    let body = html! {
        (stat::tiles(&stats))
        (table::views(&cx, &views))
        (table::chips(&cx, &[Chip { label: p("金额 ≥ 1,000", "Amount ≥ 1,000"), without: "/c".to_owned() }], "/console/orders"))
        (table::data_table(&cx, &list))
        (table::pager(&cx, None, Some("/console/orders?after=x")))
        div.two {
            (card::card("tl", p("时间线", "Timeline"), None, timeline::timeline(&cx, "tl-1", &[Item { step: Step::Done, title: p("已提交", "Placed"), at: Some(NOW), detail: html! {} }, Item { step: Step::Now, title: p("派单", "Dispatch"), at: None, detail: html! { (p("等待", "Waiting")) } }])))
            (card::card("acts", p("操作", "Actions"), None, html! { div.acts { (ui::post_button(&cx, "/console/x", p("重试", "Retry"), "", &[])) (ui::post_button(&cx, "/console/x", p("退款", "Refund"), "danger sec", &[])) } }))
        }
    };
    let filter = html! { form role="search" action="/console/orders" { label.vh for="q" { (p("筛选", "Filter")) } input.in #q name="q" placeholder=(p("订单号、客户", "Order or customer")); } };
    console::shell(
        &cx,
        &Page::new(p("订单队列", "Orders")),
        ConsoleNav::Orders,
        &[(ConsoleNav::Orders, 24), (ConsoleNav::Tasks, 3), (ConsoleNav::Fallout, 1)],
        filter,
        body,
    )
}

fn tiles(p: impl Fn(&'static str, &'static str) -> &'static str) -> [stat::Stat<'static>; 4] {
    [
        stat::Stat {
            label: p("今日订单", "Orders today"),
            value: "1,284".to_owned(),
            note: p("较昨日 +6.1%", "+6.1% on yesterday"),
            href: Some("/console/orders"),
            kind: None,
        },
        stat::Stat {
            label: p("自动办结率", "Automatic"),
            value: "93.4%".to_owned(),
            note: p("目标 ≥ 90%", "target ≥ 90%"),
            kind: Some(Kind::Ok),
            ..Default::default()
        },
        stat::Stat {
            label: p("中位办结", "Median time"),
            value: "2:10".to_owned(),
            note: "P95 11:40",
            ..Default::default()
        },
        stat::Stat {
            label: p("即将超时", "Nearly due"),
            value: "2".to_owned(),
            note: p("15 分钟内", "within 15 min"),
            kind: Some(Kind::Warn),
            ..Default::default()
        },
    ]
}
