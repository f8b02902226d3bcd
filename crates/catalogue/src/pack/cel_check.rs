//! Eligibility rules are tried before they are published: they compile, name only what exists, and give true or false
//! on sample answers for every offering.

use std::collections::HashSet;

use forms::{Field, FieldKind};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::check::Checked;
use super::report::rule;
use crate::service::{CustomerFacts, EligibilityRule, Facts, RuleError, compile, run};

/// Noon on 1 January 2026 in Beijing.
const SAMPLE_NOW: Timestamp = Timestamp::from_secs(1_767_240_000);

pub(super) fn rules(checked: &Checked<'_>) {
    let mut seen = HashSet::new();
    for (index, given) in checked.service.eligibility.iter().enumerate() {
        if !seen.insert(&given.code) {
            checked.add(
                &format!("eligibility/{index}/code"),
                rule::ELIGIBILITY_UNIQUE,
                format!("规则代码“{}”重复，换一个", given.code),
                format!("the rule code `{}` is used twice; choose another", given.code),
            );
        }
        try_rule(checked, given, &format!("eligibility/{index}/allow"));
    }
}

fn try_rule(checked: &Checked<'_>, given: &EligibilityRule, path: &str) {
    let program = match compile(&given.allow) {
        Ok(program) => program,
        Err(RuleError::Names(name)) => return unknown_name(checked, path, &name),
        Err(RuleError::Syntax(why) | RuleError::Type(why)) => {
            checked.add(
                path,
                rule::CEL_SYNTAX,
                format!("规则不是有效的 CEL 表达式：{why}"),
                format!("the rule is not valid CEL: {why}"),
            );
            return;
        }
    };
    let customer = CustomerFacts { age_days: 400, level: kernel::Level::Contact, orders: 3 };
    for offering in &checked.service.offerings {
        for answers in &samples(offering.form.fields()) {
            let quantity = offering.quantity.min;
            let facts =
                Facts { answers, customer: &customer, offering: &offering.code, quantity, now: SAMPLE_NOW };
            match run(&program, &facts) {
                Ok(_) => {}
                Err(RuleError::Names(name)) => return unknown_name(checked, path, &name),
                Err(RuleError::Syntax(why) | RuleError::Type(why)) => {
                    checked.add(
                        path,
                        rule::CEL_TYPE,
                        format!("规则要得出 true 或 false：{why}"),
                        format!("the rule must give true or false: {why}"),
                    );
                    return;
                }
            }
        }
    }
}

fn unknown_name(checked: &Checked<'_>, path: &str, name: &str) {
    checked.add(
        path,
        rule::CEL_NAMES,
        format!("规则用到的“{name}”不存在；选填字段要先用 has() 判断，可用 answers、customer、offering、quantity、now"),
        format!("the rule uses `{name}`, which may not exist; test optional answers with has(); known are answers, customer, offering, quantity, now"),
    );
}

/// All fields answered, only the required ones, and every option of every choice.
fn samples(fields: &[Field]) -> Vec<Value> {
    let full: Map<String, Value> = fields.iter().map(|f| (f.name.clone(), sample(&f.kind))).collect();
    let needed = fields.iter().filter(|f| f.required && f.show_when.is_none());
    let least: Map<String, Value> = needed.map(|f| (f.name.clone(), sample(&f.kind))).collect();
    let mut out = vec![Value::Object(full.clone()), Value::Object(least)];
    for field in fields {
        if let FieldKind::Choice { options, .. } = &field.kind {
            out.extend(options.iter().skip(1).map(|option| {
                let mut answers = full.clone();
                answers.insert(field.name.clone(), json!(option.value));
                Value::Object(answers)
            }));
        }
    }
    out
}

fn sample(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Text { pattern: Some(pattern), .. } => json!(pattern.example),
        FieldKind::Text { .. } | FieldKind::Paragraph { .. } => json!("样例"),
        FieldKind::Phone => json!("+8613800000000"),
        FieldKind::Email => json!("name@example.com"),
        FieldKind::Money { min, .. } | FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Choice { options, .. } => json!(options.first().map(|option| &option.value)),
        FieldKind::Flag => json!(true),
        FieldKind::Date { .. } => json!("2026-01-01"),
        FieldKind::Slot => json!("slot:sample:2026-01-01:0900-1100"),
        FieldKind::Address => json!({
            "province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "文三路 1 号",
            "name": "林晓", "phone": "+8613800000000",
        }),
        FieldKind::NationalId => json!("11010519491231002X"),
    }
}
