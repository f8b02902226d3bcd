//! The names a rule may use, and what they stand for. Pure.

use kernel::Locale;

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

/// Every name a rule may use besides `features.…`, which are those of [`crate::feature::NAMES`], and `facts.…`, which come with the act.
pub const VARIABLES: &[Variable] = &[
    variable("act.point", "环节，例如 'payment'", "The decision point, 'payment' for example"),
    variable(
        "act.amount",
        "金额，单位为分；没有金额时为 0",
        "The amount in minor units; 0 where there is none",
    ),
    variable(
        "act.currency",
        "货币代码；没有金额时为空",
        "The currency's code; empty where there is no amount",
    ),
    variable("act.hour", "北京时间的小时，0 至 23", "The hour in Beijing, 0 to 23"),
    variable("act.weekend", "是否周末（北京时间）", "Whether it is a weekend in Beijing"),
    variable("act.has_payee", "是否有收款方", "Whether there is a payee"),
    variable("act.has_device", "设备是否可识别", "Whether the device is known by a mark"),
    variable("act.has_network", "网络地址是否可识别", "Whether the address is known"),
    variable("act.browser", "浏览器类别", "The browser's family"),
    variable("act.system", "操作系统类别", "The system's family"),
    variable("act.country", "国家或地区代码；未知时为空", "The country's code; empty where it is not known"),
    variable("act.for_organisation", "是否代表单位操作", "Whether somebody acts for an organisation"),
    variable("customer.age_days", "账号开立天数", "Days since the account was made"),
    variable("customer.count_1d", "账号近 1 天的次数", "Acts of the account within 1 days"),
    variable("customer.count_7d", "账号近 7 天的次数", "Acts of the account within 7 days"),
    variable("customer.count_30d", "账号近 30 天的次数", "Acts of the account within 30 days"),
    variable(
        "customer.amount_1d",
        "账号近 1 天的金额，单位为分",
        "Amount of the account within 1 days, minor units",
    ),
    variable(
        "customer.amount_7d",
        "账号近 7 天的金额，单位为分",
        "Amount of the account within 7 days, minor units",
    ),
    variable(
        "customer.amount_30d",
        "账号近 30 天的金额，单位为分",
        "Amount of the account within 30 days, minor units",
    ),
    variable(
        "customer.frauds_30d",
        "账号近 30 天已确认的欺诈次数",
        "Confirmed fraud with the account within 30 days",
    ),
    variable(
        "customer.since_last",
        "距账号上一次的秒数；没有时为 -1",
        "Seconds since the last act of the account; -1 for none",
    ),
    variable("payee.count_1d", "收款方近 1 天的次数", "Acts of the payee within 1 days"),
    variable("payee.count_7d", "收款方近 7 天的次数", "Acts of the payee within 7 days"),
    variable("payee.count_30d", "收款方近 30 天的次数", "Acts of the payee within 30 days"),
    variable(
        "payee.amount_1d",
        "收款方近 1 天的金额，单位为分",
        "Amount of the payee within 1 days, minor units",
    ),
    variable(
        "payee.amount_7d",
        "收款方近 7 天的金额，单位为分",
        "Amount of the payee within 7 days, minor units",
    ),
    variable(
        "payee.amount_30d",
        "收款方近 30 天的金额，单位为分",
        "Amount of the payee within 30 days, minor units",
    ),
    variable(
        "payee.frauds_30d",
        "收款方近 30 天已确认的欺诈次数",
        "Confirmed fraud with the payee within 30 days",
    ),
    variable(
        "payee.since_last",
        "距收款方上一次的秒数；没有时为 -1",
        "Seconds since the last act of the payee; -1 for none",
    ),
    variable("device.count_1d", "设备近 1 天的次数", "Acts of the device within 1 days"),
    variable("device.count_7d", "设备近 7 天的次数", "Acts of the device within 7 days"),
    variable("device.count_30d", "设备近 30 天的次数", "Acts of the device within 30 days"),
    variable(
        "device.amount_7d",
        "设备近 7 天的金额，单位为分",
        "Amount of the device within 7 days, minor units",
    ),
    variable(
        "device.frauds_30d",
        "设备近 30 天已确认的欺诈次数",
        "Confirmed fraud with the device within 30 days",
    ),
    variable("network.count_1d", "网络近 1 天的次数", "Acts of the network within 1 days"),
    variable("network.count_7d", "网络近 7 天的次数", "Acts of the network within 7 days"),
    variable("network.count_30d", "网络近 30 天的次数", "Acts of the network within 30 days"),
    variable(
        "network.amount_7d",
        "网络近 7 天的金额，单位为分",
        "Amount of the network within 7 days, minor units",
    ),
    variable(
        "network.frauds_30d",
        "网络近 30 天已确认的欺诈次数",
        "Confirmed fraud with the network within 30 days",
    ),
    variable("payee.new", "账号首次向该收款方付款", "The account never paid this payee"),
    variable("payee.fraud_run", "收款方最近连续的欺诈次数", "Frauds in a row at the payee"),
    variable(
        "device.new",
        "账号近 30 天没有用过这台设备",
        "The account did not use this device within 30 days",
    ),
    variable("device.customers_30d", "设备近 30 天的账号数", "Accounts on the device within 30 days"),
    variable(
        "place.new",
        "账号近 30 天没有在这个地点操作过",
        "The account was not at this place within 30 days",
    ),
    variable(
        "travel_speed",
        "与上一次地点之间的速度，公里每小时",
        "Speed from the last place, kilometres an hour",
    ),
    variable("amount_over_mean", "金额与账号平时均值之比", "The amount over the account's usual mean"),
    variable("score", "模型评分，0 至 100；没有模型时为 0", "The model's score, 0 to 100; 0 without a model"),
    variable(
        "lists",
        "命中的名单，例如 'watch:network' in lists",
        "Lists that name it, for example 'watch:network' in lists",
    ),
];
