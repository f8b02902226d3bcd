//! The order flow: a question page with errors, and the check page.

use kernel::{FieldError, Locale, Money};
use maud::{Markup, html};
use serde_json::json;
use web::ui::form::{AddressBook, Field, SlotChoice, SlotDay};
use web::ui::shell::{self, Exit};
use web::ui::{self, Page, PageCx, banner, card, form, summary};

use super::*;

pub(super) fn question(locale: Locale) -> Markup {
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
        FieldError::new("/slot", "forms.not_chosen", "选择上门时段", "Choose a visit time"),
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

pub(super) fn check(locale: Locale) -> Markup {
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
