//! Sample pages with every component in its states: what the tests check and what a designer looks at.

use kernel::{FieldError, Locale, Money, Permission, Timestamp};
use maud::{Markup, html};
use serde_json::json;
use web::ui::chart::{self, Chart, Mark, Series, Unit};
use web::ui::console::ConsoleNav;
use web::ui::form::{AddressBook, Choice, Field, FieldWidth, SavedAddress, SlotChoice, SlotDay};
use web::ui::shell::{self, Exit, Nav};
use web::ui::table::{Chip, Column, Row, Table, View};
use web::ui::timeline::{Item, Step};
use web::ui::{
    self, Kind, Page, PageCx, banner, card, confirm, console, empty, form, guide, money, print, ring, stat,
    status, summary, table, time, timeline,
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
        ("parts", parts(locale).into_string()),
        ("form", question(locale).into_string()),
        ("check", check(locale).into_string()),
        ("progress", progress(locale).into_string()),
        ("done", done(locale).into_string()),
        ("receipt", receipt(locale).into_string()),
        ("service", service(locale).into_string()),
        ("console", queue(locale).into_string()),
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

/// Every component not seen on the other pages.
fn parts(locale: Locale) -> Markup {
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

fn question(locale: Locale) -> Markup {
    let cx = PageCx { flow: true, ..cx(locale, "/o/1/2") };
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let schema = forms::Form::parse(&json!({ "fields": [
        { "name": "street", "kind": "text", "label": { "zh": "安装地址", "en": "Installation address" }, "hint": { "zh": "写到门牌号，工程师按此上门", "en": "Down to the door" }, "max": 100 },
        { "name": "phone", "kind": "phone", "label": { "zh": "联系电话", "en": "Contact phone" }, "hint": { "zh": "用于上门前联系，不会用于营销", "en": "To call before the visit" } },
        { "name": "slot", "kind": "slot", "label": { "zh": "上门时段", "en": "Visit time" } },
        { "name": "invoice", "kind": "choice", "label": { "zh": "发票类型", "en": "Invoice" }, "options": [
            { "value": "none", "label": { "zh": "不需要", "en": "None" } },
            { "value": "company", "label": { "zh": "企业发票", "en": "Company" }, "hint": { "zh": "可抵扣", "en": "Deductible" } } ], "default": "none" },
        { "name": "title", "kind": "text", "label": { "zh": "发票抬头", "en": "Invoice title" }, "show_when": { "field": "invoice", "is": "company" } },
    ] })).expect("the sample form is well-formed");
    let answers = json!({ "street": "上海市徐汇区漕溪北路88号1203室", "phone": "1380000" });
    let errors = [
        FieldError::new(
            "/phone",
            "forms.phone",
            "手机号需为 11 位数字，例如 138 0000 0000",
            "Mobile number must be 11 digits, like 138 0000 0000",
        ),
        FieldError::new("/slot", "forms.not_chosen", "请选择上门时段", "Choose a visit time"),
    ];
    let day = |days: i64, hour: i64| {
        NOW.plus(kernel::Duration::from_hours(days * 24 + hour - 20)).minus(kernel::Duration::from_secs(2713))
    };
    let slot = |key, days, from, to, full| SlotChoice { key, from: day(days, from), to: day(days, to), full };
    let days = [
        SlotDay {
            day: day(1, 9),
            slots: vec![slot("a", 1, 9, 12, true), slot("b", 1, 14, 17, false), slot("c", 1, 19, 21, false)],
        },
        SlotDay { day: day(2, 9), slots: vec![slot("d", 2, 9, 12, false), slot("e", 2, 14, 17, false)] },
    ];
    let body = html! {
        (form::error_summary(&cx, &form::errors_of(&errors, locale)))
        (form::steps(&cx, 2, 3, p("宽带新装 500M", "Broadband 500M")))
        h1 { (p("安装地址和时间", "Address and time")) }
        (form::form(&cx, "step", "/o/1/2", Some("/o/1/draft"), html! {
            @for field in schema.fields() {
                @if field.name == "slot" { (form::render_slot_field(&cx, &schema, field, &answers, &errors, &days)) }
                @else { (form::render_field(&cx, &schema, field, &answers, &errors, &AddressBook::default())) }
            }
            (form::actions(&cx, p("保存并继续", "Save and continue"), None))
        }))
    };
    let page = Page::new(p("安装地址和时间", "Address and time")).narrow().scripts(&["form"]).errors(true);
    shell::flow(&cx, &page, "/o/1/1", Exit::Form("step"), body)
}

fn check(locale: Locale) -> Markup {
    let cx = cx(locale, "/o/1/check");
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let answers = [
        summary::Answer::text(
            p("套餐", "Plan"),
            p("宽带 500M，12 个月合约", "Broadband 500M, 12 months"),
            Some("/o/1/1?back=check"),
        ),
        summary::Answer::text(
            p("安装地址", "Address"),
            p("上海市徐汇区漕溪北路88号1203室\n林女士 138****0000", "Room 1203, 88 Caoxi North Road"),
            Some("/o/1/2?back=check"),
        ),
        summary::Answer::text(
            p("上门时段", "Visit"),
            p("11 月 22 日 周日 19:00–21:00", "Sun 22 Nov 19:00–21:00"),
            Some("/o/1/2?back=check"),
        ),
        summary::Answer::text(p("备注", "Note"), "", Some("/o/1/2?back=check")),
    ];
    let lines = [
        summary::PriceLine {
            label: p("宽带500M一年", "Broadband, one year"),
            note: "",
            amount: Money::cny(120_000),
        },
        summary::PriceLine {
            label: p("光猫押金", "Modem deposit"),
            note: p("归还后可退", "Refunded on return"),
            amount: Money::cny(10_000),
        },
    ];
    let body = html! {
        (form::steps(&cx, 3, 3, p("宽带新装 500M", "Broadband 500M")))
        h1 { (p("核对后提交", "Check and submit")) }
        (card::card("what", p("办理内容", "What you ordered"), None, summary::summary_list(&cx, &answers)))
        (card::card("fees", p("费用", "Fees"), None, summary::price_table(&cx, &lines, Money::cny(130_000))))
        (banner::note(html! { (p("提交后30分钟内付款有效；开工前可随时取消，全额退款。", "Pay within 30 minutes. Cancel before work starts for a full refund.")) }))
        (form::form(&cx, "submit", "/o/1/submit", None, html! {
            (form::idem("0190"))
            (Field::new("agree", "").checkbox(&cx, html! { (p("我已阅读并同意", "I agree to the ")) (ui::link("/legal/x", p("《宽带业务协议》", "terms"))) }))
            (form::actions(&cx, &web::i18n::Common::of(locale).pay_amount("¥1,300.00"), None))
        }))
    };
    shell::flow(&cx, &Page::new(p("核对信息", "Check")).narrow(), "/o/1/2", Exit::Link("/orders"), body)
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

fn queue(locale: Locale) -> Markup {
    let cx = PageCx { is_staff: true, ..cx(locale, "/console/orders") };
    let p = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let stats = [
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
    ];
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
