//! Sample pages with every component in its states: what the tests check and what a designer looks at.

mod flow;
mod parts;
mod staff;

use kernel::{Locale, Money, Permission, Timestamp};
use maud::{Markup, html};
use web::ui::chart::{self, Chart, Unit};
use web::ui::shell::{self, Nav};
use web::ui::timeline::{Item, Step};
use web::ui::{
    self, Kind, Page, PageCx, banner, card, confirm, guide, money, print, ring, status, time, timeline,
};

/// 2026-11-21 20:45:13 in Beijing.
pub const NOW: Timestamp = Timestamp::from_secs(1_795_265_113);

pub fn cx(locale: Locale, path: &str) -> PageCx {
    PageCx {
        csrf: "c5rf".to_owned(),
        name: Some(locale.pick("林女士", "Ms Lin").to_owned()),
        unread: 3,
        cart: 2,
        permissions: Permission::ALL.to_vec(),
        ..PageCx::guest(locale, path, NOW)
    }
}

/// Every sample page: file name and document.
pub fn pages(locale: Locale) -> Vec<(&'static str, String)> {
    vec![
        ("home", home(locale).into_string()),
        ("parts", parts::parts(locale).into_string()),
        ("form", flow::question(locale).into_string()),
        ("check", flow::check(locale).into_string()),
        ("progress", progress(locale).into_string()),
        ("done", done(locale).into_string()),
        ("receipt", receipt(locale).into_string()),
        ("service", service(locale).into_string()),
        ("console", staff::queue(locale).into_string()),
    ]
}

fn ago(minutes: i64) -> Timestamp {
    NOW.minus(kernel::Duration::from_mins(minutes))
}

fn months(locale: Locale) -> Vec<String> {
    (1..=12).map(|m| locale.pick(format!("{m}月").as_str(), format!("{m}").as_str()).to_owned()).collect()
}

const SPENDING: [i64; 12] =
    [62_000, 48_000, 91_000, 70_000, 123_000, 86_000, 148_000, 99_000, 76_000, 132_000, 111_000, 160_400];
const INCOME: [i64; 12] =
    [90_000, 90_000, 110_000, 90_000, 130_000, 90_000, 150_000, 120_000, 90_000, 140_000, 120_000, 180_000];

fn home(locale: Locale) -> Markup {
    let cx = cx(locale, "/");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let quick = [
        ("bolt", "话费充值", "Top up"),
        ("phone", "套餐变更", "Change plan"),
        ("transfer", "转账汇款", "Transfer"),
        ("drop", "水电燃气", "Utilities"),
        ("plane", "差旅预订", "Travel"),
        ("tool", "故障报修", "Repairs"),
        ("shield", "安全中心", "Security"),
        ("more", "全部46项", "All 46"),
    ];
    let quick: Vec<card::Quick<'_>> = quick
        .iter()
        .map(|(icon, zh, en)| card::Quick { href: "/services", icon, label: p(zh, en) })
        .collect();
    let bars = Chart::bars(
        "spend",
        p("近12个月支出", "Spending, 12 months"),
        Unit::Money,
        months(locale),
        p("支出", "Spending"),
        SPENDING.to_vec(),
    );
    let running = [
        card::row(
            "/orders/1",
            html! { (p("宽带新装 500M", "Broadband 500M")) },
            html! { span.num { "SO-2026-1121-8841" } " · " (time::stamp(&cx, ago(14))) },
            status::tag(Kind::Night, p("待上门", "Visit booked")),
        ),
        card::row(
            "/orders/2",
            html! { (p("对公转账", "Transfer")) " " (money::money(Money::cny(4_800_000))) },
            html! { span.num { "SO-2026-1121-8790" } " · " (time::stamp(&cx, ago(163))) },
            status::tag(Kind::Warn, p("待补材料", "Documents needed")),
        ),
        card::row(
            "/orders/3",
            html! { (p("话费充值", "Mobile top-up")) },
            html! { span.num { "SO-2026-1120-1207" } " · " (time::stamp(&cx, ago(1500))) },
            status::tag(Kind::Ok, p("已完成", "Done")),
        ),
    ];
    let body = html! {
        (card::hero(html! {
            p.muted { (time::greeting(&cx)) (p("，林女士", ", Ms Lin")) }
            (card::heading(&[p("现在就能办，", "Open now. "), p("不用等", "No waiting "), p("上班时间", "for office hours")]))
            (shell::search_box(&cx, ""))
            (banner::status_strip(&cx, Kind::Ok, html! { "20:45 · " (p("近1小时平均 2 分 10 秒办结", "done in 2 min 10 s on average")) }))
        }, ring::now(&cx)))
        (card::quick_grid(p("常用业务", "Often used"), &quick))
        div.grid {
            (card::card("running", p("正在办理", "Under way"), Some(ui::link("/orders", p("全部订单", "All orders"))), card::rows(&running)))
            (card::card("account", p("账户", "Account"), Some(ui::link("/account", p("查看明细", "Details"))), html! {
                p.muted.sm { (p("可用余额", "Available")) }
                p { (money::large(Money::cny(1_248_036))) }
                (chart::chart(&cx, &bars))
            }))
        }
        (card::card("rec", p("为您推荐", "For you"), Some(ui::link("/recommend", p("为什么推荐", "Why these"))), html! {
            ul.rows { (card::recommendation(&cx, "/services/x", p("流量包30GB月包", "30 GB data pack"), p("您上月超出套餐6.2GB，比单独购买省 ¥18.00", "You used 6.2 GB over your plan last month; saves ¥18.00"))) }
        }))
    };
    shell::portal(&cx, &Page::new(p("首页", "Home")).nav(Nav::Home).scripts(&["chart"]).public(), body)
}

fn progress(locale: Locale) -> Markup {
    let cx = cx(locale, "/orders/1");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let item = |step, title, at: Option<i64>, detail: &'static str| Item {
        step,
        title,
        at: at.map(ago),
        detail: html! { (detail) },
    };
    let items = [
        item(Step::Done, p("已提交", "Placed"), Some(14), p("您", "You")),
        item(
            Step::Done,
            p("已付款 ¥1,300.00", "Paid ¥1,300.00"),
            Some(13),
            p("银行卡尾号 6217", "Card ending 6217"),
        ),
        item(
            Step::Failed,
            p("自动派单未成功", "Automatic dispatch failed"),
            Some(13),
            p("已转人工", "Handed to a person"),
        ),
        item(
            Step::Now,
            p("已派单给王师傅", "Mr Wang will come"),
            Some(12),
            p("可改期至 11-22 17:00 前", "Can be moved until 22 Nov 17:00"),
        ),
        item(Step::Next, p("上门安装", "Visit"), None, p("完成后短信确认", "Confirmed by SMS")),
    ];
    let body = html! {
        (shell::back_link("/orders", p("全部订单", "All orders")))
        (card::hero(html! {
            p.muted { (confirm::reference(&cx, "SO-2026-1121-8841")) }
            (card::heading(&[p("已付款，", "Paid. "), p("等待上门", "Visit to come")]))
            p { (p("预计 11 月 22 日 周日 19:00–21:00 上门", "Expected Sun 22 Nov 19:00–21:00")) }
            p { (status::tag(Kind::Night, p("待上门", "Visit booked"))) }
        }, ring::progress(62, p("已过承诺时间的 62%", "62% of the promised time"))))
        (card::card("progress", p("进度", "Progress"), None, timeline::timeline(&cx, "tl", &items)))
        div.acts {
            (ui::button_link("/x", p("改期", "Change time"), "sec")) (ui::button_link("/x", p("查看收据", "Receipt"), "sec"))
            (ui::button_link("/x", p("取消订单", "Cancel order"), "danger sec"))
        }
    };
    shell::portal(
        &cx,
        &Page::new(p("订单进度", "Order")).nav(Nav::Orders).narrow().live("/orders/1/events"),
        body,
    )
}

fn done(locale: Locale) -> Markup {
    let cx = cx(locale, "/orders/1/done");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let body = confirm::confirmation(
        &cx,
        p("已受理", "We have it"),
        "SO-2026-1121-8841",
        html! { p { (p("王师傅将于 11 月 22 日 19:00–21:00 上门，开工前可免费取消。", "Mr Wang comes on 22 Nov 19:00–21:00. Cancel free before work starts.")) } },
        html! { (ui::button_link("/orders/1", p("查看进度", "See progress"), "")) (ui::button_link("/receipts/1", p("查看收据", "Receipt"), "sec")) },
    );
    shell::portal(&cx, &Page::new(p("已受理", "Done")).narrow(), body)
}

fn receipt(locale: Locale) -> Markup {
    let cx = cx(locale, "/receipts/1");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let line = |item, amount| print::Line {
        item,
        quantity: 1,
        unit_price: Money::cny(amount),
        amount: Money::cny(amount),
    };
    let sheet = print::Sheet {
        title: p("电子收据", "Receipt"),
        number: "R20261121-000042",
        facts: vec![
            (p("付款方", "Payer"), p("上海青禾贸易有限公司", "Qinghe Trading").to_owned()),
            (p("支付时间", "Paid at"), time::full_text(locale, NOW)),
            (p("支付方式", "Paid with"), p("账户余额", "Balance").to_owned()),
        ],
        lines: vec![
            line(p("宽带新装 500M", "Broadband 500M"), 120_000),
            line(p("光猫押金", "Modem deposit"), 10_000),
        ],
        total: Money::cny(130_000),
        issuer: p("长明服务有限公司", "Everlit Ltd"),
        issued_at: NOW,
        note: p("此收据不作为报销凭证，发票可在订单页申请。", "This receipt is no tax invoice."),
    };
    shell::portal(
        &cx,
        &Page::new(p("电子收据", "Receipt")).narrow(),
        html! { (shell::back_link("/orders/1", p("返回订单", "Back to order"))) (print::sheet(&cx, &sheet)) },
    )
}

fn service(locale: Locale) -> Markup {
    let cx = PageCx { name: None, ..cx(locale, "/services/broadband") };
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let facts = guide::Guide {
        who: p("年满18周岁、地址已通光纤", "Adults whose address has fibre"),
        need: p("身份证号、安装地址、手机号", "ID number, address, mobile number"),
        price: p("¥100.00 每月，合约12个月", "¥100.00 a month for 12 months"),
        time: p("2 天内上门", "A visit within 2 days"),
        refund: p("开工前可全额退款", "In full before work starts"),
        staffed: Some((8, 22)),
    };
    let list = [
        (
            "signal",
            "宽带新装",
            "Broadband",
            "500M 至 1000M",
            "500M to 1000M",
            "¥100.00 起",
            "¥100.00 up",
            "2 天内上门",
            "2 days",
        ),
        (
            "bolt",
            "话费充值",
            "Mobile top-up",
            "全国手机号，即时到账",
            "Any mainland number, at once",
            "¥10.00 起",
            "¥10.00 up",
            "即时办结",
            "At once",
        ),
        (
            "drop",
            "电费查询与缴纳",
            "Power bill",
            "查到账单再付",
            "Look up, then pay",
            "",
            "",
            "即时办结",
            "At once",
        ),
    ];
    let cards: Vec<card::Service<'_>> = list
        .iter()
        .map(|s| card::Service {
            href: "/services/x",
            icon: s.0,
            name: p(s.1, s.2),
            summary: p(s.3, s.4),
            price: p(s.5, s.6),
            time: p(s.7, s.8),
        })
        .collect();
    let body = html! {
        (shell::breadcrumb(&cx, &[("/services", p("办业务", "Services"))], p("宽带新装", "Broadband")))
        h1 { (p("宽带新装", "Broadband")) }
        (card::plain(guide::guide(&cx, &facts)))
        div.acts { (ui::button_link("/o/new", p("立即办理", "Start"), "")) }
        h2 { (p("相关业务", "Related")) }
        (card::services(&cards))
    };
    shell::portal(&cx, &Page::new(p("宽带新装", "Broadband")).nav(Nav::Services).public(), body)
}
