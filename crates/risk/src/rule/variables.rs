//! The names a rule may use, and what they stand for. Pure.

use kernel::{Locale, hex};
use serde_json::{Map, Value, json};

use crate::feature::{Feature, Vector};

/// A name a rule may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl Variable {
    pub const fn words(&self, locale: Locale) -> &'static str {
        locale.pick(self.zh, self.en)
    }
}

const fn variable(name: &'static str, zh: &'static str, en: &'static str) -> Variable {
    Variable { name, zh, en }
}

/// What is counted of everybody who has a part in an act reads the same, whoever it is.
macro_rules! variables {
    (@ [$($made:expr,)*]) => { &[$($made,)*] };
    (@ [$($made:expr,)*] counts $of:literal, $zh:literal, $en:literal; $($rest:tt)*) => {
        variables!(@ [
            $($made,)*
            variable(concat!($of, ".count_1d"), concat!($zh, "近 1 天的次数"), concat!("Acts of the ", $en, " within 1 day")),
            variable(concat!($of, ".count_7d"), concat!($zh, "近 7 天的次数"), concat!("Acts of the ", $en, " within 7 days")),
            variable(concat!($of, ".count_30d"), concat!($zh, "近 30 天的次数"), concat!("Acts of the ", $en, " within 30 days")),
            variable(concat!($of, ".frauds_30d"), concat!($zh, "近 30 天已确认的欺诈次数"), concat!("Confirmed fraud with the ", $en, " within 30 days")),
        ] $($rest)*)
    };
    (@ [$($made:expr,)*] sums $of:literal, $zh:literal, $en:literal; $($rest:tt)*) => {
        variables!(@ [
            $($made,)*
            variable(concat!($of, ".amount_1d"), concat!($zh, "近 1 天的金额，单位为分"), concat!("Amount of the ", $en, " within 1 day, in minor units")),
            variable(concat!($of, ".amount_30d"), concat!($zh, "近 30 天的金额，单位为分"), concat!("Amount of the ", $en, " within 30 days, in minor units")),
            variable(concat!($of, ".since_last"), concat!("距", $zh, "上一次的秒数；没有时为 -1"), concat!("Seconds since the last act of the ", $en, "; -1 for none")),
        ] $($rest)*)
    };
    (@ [$($made:expr,)*] week $of:literal, $zh:literal, $en:literal; $($rest:tt)*) => {
        variables!(@ [
            $($made,)*
            variable(concat!($of, ".amount_7d"), concat!($zh, "近 7 天的金额，单位为分"), concat!("Amount of the ", $en, " within 7 days, in minor units")),
        ] $($rest)*)
    };
    (@ [$($made:expr,)*] $name:literal, $zh:literal, $en:literal; $($rest:tt)*) => {
        variables!(@ [$($made,)* variable($name, $zh, $en),] $($rest)*)
    };
}

/// Every name a rule may use besides `features.…`, which are those of [`crate::feature::NAMES`], and `facts.…`, which come with the act.
pub const VARIABLES: &[Variable] = variables!(@ []
    "act.point", "环节，例如 'payment'", "The decision point, 'payment' for example";
    "act.amount", "金额，单位为分；没有金额时为 0", "The amount in minor units; 0 where there is none";
    "act.currency", "货币代码；没有金额时为空", "The currency's code; empty where there is no amount";
    "act.hour", "北京时间的小时，0 至 23", "The hour in Beijing, 0 to 23";
    "act.weekend", "是否周末（北京时间）", "Whether it is a weekend in Beijing";
    "act.has_payee", "是否有收款方", "Whether there is a payee";
    "act.has_device", "设备是否可识别", "Whether the device is known by a mark";
    "act.has_network", "网络地址是否可识别", "Whether the address is known";
    "act.browser", "浏览器类别", "The browser's family";
    "act.system", "操作系统类别", "The system's family";
    "act.country", "国家或地区代码；未知时为空", "The country's code; empty where it is not known";
    "act.for_organisation", "是否代表单位操作", "Whether somebody acts for an organisation";
    "customer.age_days", "账号开立天数", "Days since the account was made";
    counts "customer", "账号", "account";
    sums "customer", "账号", "account";
    week "customer", "账号", "account";
    counts "payee", "收款方", "payee";
    sums "payee", "收款方", "payee";
    week "payee", "收款方", "payee";
    counts "device", "设备", "device";
    week "device", "设备", "device";
    counts "network", "网络", "network";
    week "network", "网络", "network";
    "payee.new", "账号首次向该收款方付款", "The account never paid this payee";
    "payee.fraud_run", "收款方最近连续的欺诈次数", "Frauds in a row at the payee";
    "device.new", "账号近 30 天没有用过这台设备", "The account did not use this device within 30 days";
    "device.customers_30d", "设备近 30 天的账号数", "Accounts on the device within 30 days";
    "place.new", "账号近 30 天没有在这个地点操作过", "The account was not at this place within 30 days";
    "travel_speed", "与上一次地点之间的速度，公里每小时", "Speed from the last place, kilometres an hour";
    "amount_over_mean", "金额与账号平时均值之比", "The amount over the account's usual mean";
    "score", "模型评分，0 至 100；没有模型时为 0", "The model's score, 0 to 100; 0 without a model";
    "lists", "命中的名单，例如 'watch:network' in lists", "Lists that name it, for example 'watch:network' in lists";
);

/// Everything a rule may read: what is known of the act itself, and what was counted, under the names above.
pub(crate) fn variables(grounds: &Value, vector: &Vector) -> Value {
    let mut all = grounds.as_object().cloned().unwrap_or_default();
    let mut features = Map::new();
    for feature in Feature::ALL {
        let value = vector.get(*feature);
        features.insert(feature.name().to_owned(), number(value, -1));
        for part in ["customer", "payee", "device", "network"] {
            let member = feature.name().strip_prefix(part).and_then(|rest| rest.strip_prefix('_'));
            if let Some(member) = member {
                let unknown = if member == "since_last" { -1 } else { 0 };
                set(&mut all, part, member, number(value, unknown));
            }
        }
    }
    for (part, feature) in
        [("payee", Feature::NewPayee), ("device", Feature::NewDevice), ("place", Feature::NewPlace)]
    {
        set(&mut all, part, "new", json!(number(vector.get(feature), 0) == json!(1)));
    }
    all.insert("amount_over_mean".to_owned(), number(vector.get(Feature::AmountOverMean), 0));
    all.insert("travel_speed".to_owned(), number(vector.get(Feature::Speed), 0));
    all.insert("features".to_owned(), Value::Object(features));
    Value::Object(all)
}

fn set(all: &mut Map<String, Value>, part: &str, member: &str, value: Value) {
    let members = all.entry(part).or_insert_with(|| json!({}));
    if let Some(members) = members.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

/// A feature for a rule: whole where it is whole, `unknown` where nothing is known.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "only a whole number below 2^53 is made one, which is exact"
)]
fn number(value: f32, unknown: i64) -> Value {
    let value = f64::from(value);
    if !value.is_finite() {
        return json!(unknown);
    }
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return json!(value as i64);
    }
    json!(value)
}

/// What an act was judged from as a journal keeps it, with the variables that rules read in place of what they are made of: a vector says
/// the same as they do in a tenth of the room.
pub(crate) fn unfold(mut inputs: Value) -> Value {
    let Some(members) = inputs.as_object_mut() else { return inputs };
    let vector = members.get("vector").and_then(Value::as_str).and_then(hex::decode);
    let vector = vector.as_deref().and_then(Vector::from_bytes);
    if let Some((grounds, vector)) = members.remove("grounds").zip(vector) {
        members.insert("variables".to_owned(), variables(&grounds, &vector));
    }
    inputs
}
