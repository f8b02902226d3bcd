//! The behaviour of forms, as tables: what authors may write, what customers may answer, what each is told.

mod answers;
mod authoring;
mod messages;
mod pages;
mod properties;

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::Form;

/// The day on which the tests fill in forms.
const TODAY: Date = date(2026, 11, 21);

fn form(fields: Value) -> Form {
    match Form::parse(&fields) {
        Ok(form) => form,
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// One field named `f`.
fn one(extra: Value) -> Form {
    let mut field = json!({ "name": "f", "label": { "zh": "项目", "en": "Item" } });
    let members = field.as_object_mut().expect("an object");
    members.extend(extra.as_object().expect("an object").clone());
    form(json!([field]))
}

/// A field of every kind, some of them conditional.
fn every_kind() -> Form {
    let label = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
    form(json!({ "fields": [
        { "name": "who", "kind": "text", "label": label("姓名", "Name"), "max": 20, "sensitive": true },
        { "name": "household", "kind": "text", "label": label("户号", "Household number"), "pattern": "^[0-9]{10}$",
          "format": label("需为 10 位数字", "must be 10 digits"), "example": "3301001234", "remember": "household" },
        { "name": "note", "kind": "paragraph", "label": label("备注", "Note"), "required": false, "max": 200 },
        { "name": "phone", "kind": "phone", "label": label("手机号", "Mobile number") },
        { "name": "mail", "kind": "email", "label": label("邮箱", "E-mail address"), "required": false },
        { "name": "amount", "kind": "money", "label": label("金额", "Amount"), "min": "10.00", "max": "5000.00", "step": "10.00" },
        { "name": "months", "kind": "integer", "label": label("月数", "Months"), "min": 1, "max": 36, "default": 12 },
        { "name": "invoice", "kind": "choice", "label": label("发票类型", "Invoice type"), "default": "none", "options": [
            { "value": "none", "label": label("不需要", "None") },
            { "value": "company", "label": label("企业发票", "Company"), "hint": label("可抵扣", "Deductible") } ] },
        { "name": "title", "kind": "text", "label": label("发票抬头", "Invoice title"),
          "show_when": { "field": "invoice", "is": "company" } },
        { "name": "gift", "kind": "flag", "label": label("作为礼物", "As a gift") },
        { "name": "wish", "kind": "text", "label": label("赠言", "Wish"), "required": false,
          "show_when": { "field": "gift", "is": true } },
        { "name": "start", "kind": "date", "label": label("生效日期", "Start date"), "min_days_ahead": 0, "max_days_ahead": 90 },
        { "name": "visit", "kind": "slot", "label": label("上门时段", "Visit time") },
        { "name": "home", "kind": "address", "label": label("安装地址", "Installation address") },
        { "name": "id", "kind": "national_id", "label": label("身份证号", "ID number") },
        { "name": "terms", "kind": "flag", "label": label("我已阅读并同意服务协议", "I agree to the terms"), "required": true },
    ]}))
}

/// Right answers to [`every_kind`], normalised.
fn right() -> Value {
    json!({
        "who": "林 小满", "household": "3301001234", "phone": "+8613800000000", "amount": 130_000, "months": 12,
        "invoice": "company", "title": "长明有限公司", "gift": false, "start": "2026-12-01", "visit": "2026-12-01T09",
        "home": { "province": "浙江省", "city": "杭州市", "street": "文三路 1 号", "name": "林小满", "phone": "+8613800000000" },
        "id": "11010519491231002X", "terms": true,
    })
}
