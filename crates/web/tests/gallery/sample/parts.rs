//! Every component that no other sample page shows.

use kernel::{Locale, Money};
use maud::{Markup, html};
use web::ui::chart::{self, Chart, Mark, Series, Unit};
use web::ui::form::{AddressBook, Choice, Field, FieldWidth, SavedAddress};
use web::ui::shell::{self, Nav};
use web::ui::table::{Chip, Column, Row, Table, View};
use web::ui::{self, Kind, Page, PageCx, banner, card, empty, form, money, ring, status, table, time};

use super::*;

/// Every component not seen on the other pages.
pub(super) fn parts(locale: Locale) -> Markup {
    let cx = cx(locale, "/parts?tab=1");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let body = html! {
        (shell::breadcrumb(&cx, &[("/", p("首页", "Home")), ("/services", p("办业务", "Services"))], p("组件", "Parts")))
        h1 { (p("全部组件", "All parts")) }
        (card::card("tags", p("状态", "Status"), None, statuses(&cx)))
        (card::card("buttons", p("按钮", "Buttons"), None, html! {
            div.acts {
                button.btn type="button" { (p("立即办理", "Start")) }
                (ui::button_link("/x", p("返回", "Back"), "sec"))
                button.btn.danger type="button" { (p("取消订单", "Cancel order")) }
                button.btn type="button" aria-disabled="true" { (p("正在提交…", "Submitting…")) }
                (ui::post_button(&cx, "/x", p("再办一次", "Order again"), "sec", &[("order", "7")]))
                (ui::button_link("/x", p("办理", "Order"), "sec small"))
            }
        }))
        (banners(&cx))
        (charts(&cx))
        (lists(&cx))
        div.grid {
            (card::plain(empty::empty(p("还没有订单，办一次业务就会出现在这里", "No orders yet. Your first one will show here"), Some(ui::button_link("/services", p("去办业务", "See services"), "sec")))))
            (card::plain(empty::skeleton(4)))
            (card::plain(html! { (ring::busy(p("正在办理", "Working"))) " " (ring::progress(62, "62%")) " " (ring::hours(8, 22, p("人工", "People"))) " " (ring::quiet()) }))
        }
        (card::card("icons", p("图标", "Icons"), None, html! { div.chips { @for icon in ui::Icon::ALL { (ui::icon(*icon)) } } }))
        (card::card("forms", p("表单", "Forms"), None, fields(&cx)))
        (card::disclosure(p("多久到账？", "How long does it take?"), html! { p { (p("通常1分钟内。", "Usually within a minute.")) } }))
        (card::disclosure(p("可以退吗？", "Can I get a refund?"), html! { p { (p("开工前可全额退。", "In full before work starts.")) } }))
    };
    shell::portal(
        &cx,
        &Page::new(p("全部组件", "All parts")).nav(Nav::Services).scripts(&["chart", "form"]).live("/events"),
        body,
    )
}

fn statuses(cx: &PageCx) -> Markup {
    let p = |zh: &'static str, en: &'static str| cx.locale.pick(zh, en);
    let kinds = [
        (Kind::Ok, p("已完成", "Done")),
        (Kind::Warn, p("待补材料", "Documents needed")),
        (Kind::Bad, p("未成功", "Not done")),
        (Kind::Info, p("办理中", "In progress")),
        (Kind::Night, p("待上门", "Visit booked")),
        (Kind::Plain, p("已取消", "Cancelled")),
    ];
    html! {
        p { @for (kind, word) in kinds { (status::tag(kind, word)) " " } }
        p { @for (kind, word) in kinds { (status::word(kind, word)) " " } }
        p {
            (time::stamp(cx, ago(5))) " · " (time::stamp(cx, ago(60 * 30))) " · " (time::stamp(cx, ago(60 * 24 * 9))) " · "
            (time::stamp(cx, ago(60 * 24 * 400))) " · " (time::ago(cx, ago(3))) " · " (time::full(cx, NOW)) " · " (time::clock(NOW))
            " · " (time::date(NOW))
        }
        p { (time::countdown(cx, NOW.plus(kernel::Duration::from_secs(1694)))) " · " (time::length(cx.locale, kernel::Duration::from_secs(97_200))) }
        p { (money::signed(Money::cny(5_000))) " " (money::signed(Money::cny(-4_500))) " " (money::money(Money::cny(999_999_999_999))) " " (money::capital(cx, Money::cny(130_000))) }
    }
}

fn banners(cx: &PageCx) -> Markup {
    let p = |zh: &'static str, en: &'static str| cx.locale.pick(zh, en);
    html! {
        (banner::banner(Kind::Info, p("今晚22:00–22:30维护", "Maintenance tonight 22:00–22:30"), html! { p { (p("期间可查询，不能付款。", "You can look things up but not pay.")) } }))
        (banner::banner(Kind::Warn, p("还差一份材料", "One document is missing"), html! { p { (p("周一12:00前补交即可。", "Send it by Monday 12:00.")) } }))
        (banner::banner(Kind::Bad, p("付款没有成功", "The payment did not go through"), html! { p { (p("您没有被扣款，可以换一种方式再付。", "You were not charged. Try another method.")) } }))
        (banner::banner(Kind::Ok, p("已保存", "Saved"), html! {}))
        (banner::note(html! { (p("提交后30分钟内付款有效；开工前可随时取消，全额退款。", "Pay within 30 minutes. Cancel before work starts for a full refund.")) }))
        (banner::status_strip(cx, Kind::Warn, html! { (p("转账约需5分钟", "Transfers take about 5 minutes")) }))
        (form::problem_summary(p("余额不足", "Not enough balance"), html! { p { (p("还差 ¥120.00，可换支付方式", "¥120.00 short. Use another method")) } }))
    }
}

fn charts(cx: &PageCx) -> Markup {
    let p = |zh: &'static str, en: &'static str| cx.locale.pick(zh, en);
    let both = Chart {
        series: vec![
            Series { name: p("支出", "Spending"), values: SPENDING.to_vec(), mark: Mark::Bar },
            Series { name: p("收入", "Income"), values: INCOME.to_vec(), mark: Mark::Line },
        ],
        ..Chart::bars(
            "both",
            p("近12个月收支", "In and out, 12 months"),
            Unit::Money,
            months(cx.locale),
            "",
            vec![],
        )
    };
    let stacked = Chart {
        stacked: true,
        series: vec![
            Series { name: p("通信", "Telecom"), values: SPENDING.to_vec(), mark: Mark::Bar },
            Series { name: p("水电", "Utilities"), values: INCOME.to_vec(), mark: Mark::Bar },
            Series {
                name: p("购物", "Goods"),
                values: SPENDING.iter().map(|v| v / 2).collect(),
                mark: Mark::Bar,
            },
        ],
        ..both.clone()
    };
    let stacked = Chart { id: "stacked", title: p("分类支出", "Spending by kind"), ..stacked };
    let grouped = Chart { id: "grouped", stacked: false, ..stacked.clone() };
    let days: Vec<String> = (1..=30).map(|d| format!("11-{d:02}")).collect();
    let balance: Vec<i64> = (0..30).map(|d: i64| 900_000 + (d * 37_777) % 250_000 - d * 9_000).collect();
    let area =
        Chart::area("balance", p("余额曲线", "Balance"), Unit::Money, days, p("余额", "Balance"), balance);
    html! {
        div.grid {
            (card::plain(chart::chart(cx, &both)))
            (card::plain(chart::chart(cx, &stacked)))
            (card::plain(chart::chart(cx, &area)))
            (card::plain(html! {
                (chart::donut(cx, "share", p("本月分类", "This month"), Unit::Money, &[(p("通信", "Telecom"), 48_000), (p("水电", "Utilities"), 31_000), (p("购物", "Goods"), 59_900), (p("其他", "Other"), 9_900)]))
                p { (p("近7天", "7 days")) " " (chart::spark(&[3, 5, 4, 8, 6, 9, 12])) }
            }))
        }
        (card::plain(chart::chart(cx, &grouped)))
    }
}

fn lists(cx: &PageCx) -> Markup {
    let p = |zh: &'static str, en: &'static str| cx.locale.pick(zh, en);
    let rows = [
        (p("话费充值", "Top-up"), -10_000, 40),
        (p("账户充值", "Top-up by card"), 50_000, 900),
        (p("电费", "Power bill"), -23_145, 2000),
    ];
    let entries = Table {
        caption: p("交易明细", "Entries"),
        columns: vec![
            Column::new(p("项目", "Item")),
            Column::new(p("时间", "Time")),
            Column::new(p("类型", "Kind")),
            Column::number(p("金额（元）", "Amount (CNY)")),
        ],
        rows: rows
            .iter()
            .map(|(name, amount, minutes)| {
                Row::new(vec![
                    html! { (name) },
                    time::stamp(cx, ago(*minutes)),
                    html! { (if *amount < 0 { p("支出", "Out") } else { p("收入", "In") }) },
                    money::plain(Money::cny(*amount)),
                ])
            })
            .collect(),
        select: None,
        stack: true,
    };
    let views: Vec<View<'_>> = [
        (p("全部", "All"), 12, true),
        (p("待支付", "To pay"), 1, false),
        (p("办理中", "In progress"), 3, false),
        (p("已完成", "Done"), 8, false),
        (p("退款", "Refunds"), 0, false),
    ]
    .into_iter()
    .map(|(label, count, current)| View {
        label,
        href: "/orders?state=x".to_owned(),
        count: Some(count),
        current,
    })
    .collect();
    let chips = [
        Chip { label: p("状态：办理中", "State: in progress"), without: "/o".to_owned() },
        Chip { label: p("近30天", "30 days"), without: "/o".to_owned() },
    ];
    html! {
        (table::views(cx, &views))
        (table::filter_bar(cx, "/orders", Field::new("q", p("订单号", "Order number")).optional().text(cx, 40)))
        (table::chips(cx, &chips, "/orders"))
        (table::data_table(cx, &entries))
        (table::pager(cx, Some("/orders"), Some("/orders?after=x")))
    }
}

fn fields(cx: &PageCx) -> Markup {
    let p = |zh: &'static str, en: &'static str| cx.locale.pick(zh, en);
    let amounts: Vec<Choice<'_>> =
        ["50", "100", "200", "500"].into_iter().map(|v| Choice::new(v, v)).collect();
    let methods = [
        Choice {
            end: Some(money::money(Money::cny(1_248_036))),
            ..Choice::new("balance", p("账户余额", "Balance"))
        },
        Choice {
            hint: Some(p("上次使用", "Used last time")),
            ..Choice::new("card", p("银行卡 尾号 6217", "Card ending 6217"))
        },
        Choice {
            disabled: true,
            hint: Some(p("维护中", "Maintenance")),
            ..Choice::new("wechat", p("微信支付", "WeChat Pay"))
        },
    ];
    let book = AddressBook {
        saved: vec![SavedAddress {
            key: "a1".to_owned(),
            text: p(
                "上海市徐汇区漕溪北路88号1203室\n林女士 138****0000",
                "Room 1203, 88 Caoxi North Road, Shanghai\nMs Lin 138****0000",
            )
            .to_owned(),
        }],
        chosen: Some("new".to_owned()),
    };
    form::form(
        cx,
        "all",
        "/x",
        Some("/x/draft"),
        html! {
            (Field::new("name", p("姓名", "Name")).value("林").autocomplete("name").width(FieldWidth::Medium).text(cx, 40))
            (Field::new("household", p("户号", "Household number")).hint(p("在电费单右上角", "Top right of your bill")).width(FieldWidth::Medium).code(cx, "[0-9]{10}", 10))
            (Field::new("phone", p("手机号", "Mobile number")).value("138 0000 0000").phone(cx))
            (Field::new("mail", p("邮箱", "E-mail")).optional().email(cx))
            (Field::new("login", p("手机号或邮箱", "Phone or e-mail")).sign_in_name(cx))
            (Field::new("secret", p("密码", "Password")).password(cx, "current-password"))
            (Field::new("code", p("验证码", "Code")).hint(p("6 位数字，5 分钟内有效", "6 digits, valid for 5 minutes")).otp(cx))
            (Field::new("sum", p("金额", "Amount")).value("13,000").money(cx))
            (Field::new("qty", p("数量", "Quantity")).value("2").stepper(cx, 1, 9))
            (Field::new("id", p("身份证号", "ID number")).national_id(cx))
            (Field::new("start", p("生效日期", "Start date")).date(cx, Some("2026-11-21"), None))
            (Field::new("note", p("备注", "Note")).optional().value(p("请敲门", "Knock")).textarea(cx, 200))
            (Field::new("face", p("充值金额", "Amount")).value("100").pills(cx, &amounts))
            (Field::new("method", p("支付方式", "Pay with")).value("balance").radios(cx, &methods))
            (Field::new("plan", p("套餐", "Plan")).value("b").select(cx, &[Choice::new("a", "500M"), Choice::new("b", "1000M")]))
            (Field::new("home", p("收货地址", "Delivery address")).address(cx, &[("home.city".to_owned(), p("上海市", "Shanghai").to_owned())], &[], &book))
            (Field::new("agree", p("同意", "Agree")).checkbox(cx, html! { (p("我已阅读并同意", "I have read and agree to the ")) (ui::link("/legal/x", p("《业务协议》", "terms"))) }))
            (form::idem("0190"))
            (form::actions(cx, p("保存并继续", "Save and continue"), Some(ui::button_link("/", p("返回", "Back"), "sec"))))
        },
    )
}
