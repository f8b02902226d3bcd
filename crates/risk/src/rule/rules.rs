//! What a rule may say, and whether it holds. Pure. A rule has no loops, so its work is bounded by its length, which is bounded too.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program};
use kernel::{FieldError, Locale};
use serde_json::Value;

use super::model::{NewRule, Rule, RuleId, RuleState};
use crate::feature;
use crate::{Outcome, Point};

/// Longer rules are refused: a rule is a sentence or two.
const MAX_CHARS: usize = 1_000;
/// Parts of a rule: names, numbers, operators. What a rule costs is at most so many steps.
const MAX_NODES: usize = 300;
/// Brackets within brackets.
const MAX_DEPTH: usize = 40;

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

/// Every name a rule may use besides `features.…`, which are those of [`feature::NAMES`], and `facts.…`, which come with the act.
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

/// Names whose members are free: they come with the act, or are the features by name.
const OPEN: [&str; 2] = ["facts", "features"];

/// Checks a rule as a whole: every problem at its field.
pub(crate) fn check(new: &NewRule) -> Result<Program, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !(3..=40).contains(&new.code.len()) || !new.code.chars().all(small) {
        wrong.push(FieldError::new(
            "/code",
            "risk.rule_code",
            "代码为 3 至 40 个小写字母、数字或下划线",
            "A code has 3 to 40 small letters, digits or underscores",
        ));
    }
    let named = |text: &str| (1..=80).contains(&text.trim().chars().count());
    if !named(&new.name.zh) || !named(new.name.get(Locale::En)) {
        wrong.push(FieldError::new(
            "/name",
            "risk.rule_name",
            "填写中文和英文名称，各 1 至 80 个字",
            "Give a name of 1 to 80 characters in both languages",
        ));
    }
    if new.points.is_empty() || new.points.contains(&Point::Login) {
        wrong.push(FieldError::new(
            "/points",
            "risk.rule_points",
            "选择至少一个环节，登录除外",
            "Choose at least one decision point other than the sign-in",
        ));
    }
    if new.outcome == Outcome::Allow {
        wrong.push(FieldError::new(
            "/outcome",
            "risk.rule_outcome",
            "规则只能通知、加验、复查或拒绝；放行用名单",
            "A rule notifies, steps up, reviews or denies; to allow, use a list",
        ));
    }
    match compile(&new.source) {
        Ok(program) if wrong.is_empty() => Ok(program),
        Ok(_) => Err(wrong),
        Err(error) => {
            wrong.push(error);
            Err(wrong)
        }
    }
}

/// Reads a rule; the refusal says where it is wrong.
pub(crate) fn compile(source: &str) -> Result<Program, FieldError> {
    let chars = source.chars().count();
    if chars == 0 || chars > MAX_CHARS {
        let (zh, en) =
            (format!("规则为 1 至 {MAX_CHARS} 个字符"), format!("A rule has 1 to {MAX_CHARS} characters"));
        return Err(wrong(zh, en));
    }
    if let Some((line, column)) = too_deep(source) {
        return Err(at(line, column, ("括号层数过多", "too many brackets within brackets")));
    }
    let program = ENV.compile(source).map_err(|errors| match errors.errors.first() {
        Some(error) => {
            let place = |n: isize| usize::try_from(n).unwrap_or(1);
            let said = error.msg.lines().next().unwrap_or_default();
            at(place(error.pos.0), place(error.pos.1), ("无法读取：", "cannot be read: ")).tail(said)
        }
        None => wrong("规则无法读取".to_owned(), "The rule cannot be read".to_owned()),
    })?;
    let mut walk = Walk { source, program: &program, nodes: 0 };
    walk.visit(program.expression())?;
    Ok(program)
}

/// Where a rule nests too deep for a reader that goes down one level for each bracket, choice or sign before a number.
fn too_deep(source: &str) -> Option<(usize, usize)> {
    let (mut brackets, mut nested, mut line, mut column) = (0_usize, 0_usize, 1, 0);
    for c in source.chars() {
        column += 1;
        match c {
            '(' | '[' | '{' => brackets += 1,
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            '?' | '!' | '-' => nested += 1,
            '\n' => (line, column) = (line + 1, 0),
            _ => {}
        }
        if brackets > MAX_DEPTH || nested > MAX_DEPTH {
            return Some((line, column));
        }
    }
    None
}

fn wrong(zh: String, en: String) -> FieldError {
    FieldError::new("/source", "risk.rule_source", zh, en)
}

fn at(line: usize, column: usize, (zh, en): (&str, &str)) -> FieldError {
    wrong(format!("第 {line} 行第 {column} 列：{zh}"), format!("Line {line}, column {column}: {en}"))
}

/// Adds what a reader said to a refusal.
trait Tail {
    fn tail(self, said: &str) -> Self;
}

impl Tail for FieldError {
    fn tail(mut self, said: &str) -> Self {
        self.zh.push_str(said);
        self.en.push_str(said);
        self
    }
}

/// Goes through the parts of a rule.
struct Walk<'a> {
    source: &'a str,
    program: &'a Program,
    nodes: usize,
}

impl Walk<'_> {
    fn refuse(&self, id: u64, words: (&str, &str)) -> FieldError {
        let offset = self.program.source_info().offset_for(id).map_or(0, |(start, _)| start);
        let before = usize::try_from(offset).unwrap_or(0);
        let (mut line, mut column) = (1, 1);
        for c in self.source.chars().take(before) {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at(line, column, words)
    }

    fn visit(&mut self, part: &IdedExpr) -> Result<(), FieldError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.refuse(part.id, ("规则过长，分成几条", "the rule is too long, make several")));
        }
        match &part.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.known(part.id, name),
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(root) if OPEN.contains(&root.as_str()) => {
                    self.open(select.operand.id, root, &select.field)
                }
                Expr::Ident(root) => self.known(select.operand.id, &format!("{root}.{}", select.field)),
                _ => self.visit(&select.operand),
            },
            Expr::Call(call) => {
                if !FUNCTIONS.contains(&call.func_name.as_str()) {
                    let (zh, en) =
                        (format!("不能用 {}", call.func_name), format!("no {} here", call.func_name));
                    return Err(self.refuse(part.id, (&zh, &en)));
                }
                call.target.iter().try_for_each(|target| self.visit(target))?;
                call.args.iter().try_for_each(|argument| self.visit(argument))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(one) => {
                    self.visit(&one.key)?;
                    self.visit(&one.value)
                }
                EntryExpr::StructField(_) => Err(self.refuse(entry.id, NO_LOOPS)),
            }),
            Expr::Comprehension(_) | Expr::Struct(_) => Err(self.refuse(part.id, NO_LOOPS)),
        }
    }

    fn known(&self, id: u64, name: &str) -> Result<(), FieldError> {
        if VARIABLES.iter().any(|variable| variable.name == name) {
            return Ok(());
        }
        let (zh, en) = (format!("没有 {name} 这个变量"), format!("there is no variable {name}"));
        Err(self.refuse(id, (&zh, &en)))
    }

    fn open(&self, id: u64, root: &str, member: &str) -> Result<(), FieldError> {
        if root == "features" && !feature::NAMES.contains(&member) {
            return self.known(id, &format!("{root}.{member}"));
        }
        Ok(())
    }
}

const NO_LOOPS: (&str, &str) =
    ("规则不能循环（all、exists、map、filter）", "a rule has no loops (all, exists, map, filter)");

/// Operators and functions whose work is bounded by what they are given.
const FUNCTIONS: &[&str] = &[
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "-_",
    "_+_",
    "_-_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_<_",
    "_<=_",
    "_>_",
    "_>=_",
    "@in",
    "_[_]",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "double",
    "string",
];

/// The standard functions, built once.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A rule ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub id: RuleId,
    /// Live, or shadow.
    pub state: RuleState,
    pub points: Vec<Point>,
    pub outcome: Outcome,
    pub program: Arc<Program>,
}

/// What a rule came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    Matches,
    DoesNot,
    /// Operands that do not fit, or a fact that did not come with the act.
    Unclear(String),
}

/// Whether a rule holds for these variables, an object with a member for each name before the dot.
pub fn run(program: &Program, variables: &Value) -> Tried {
    let resolver = Resolver(variables);
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(&resolver);
    match program.execute(&context) {
        Ok(cel::Value::Bool(true)) => Tried::Matches,
        Ok(cel::Value::Bool(false)) => Tried::DoesNot,
        Ok(other) => Tried::Unclear(format!("it gives {other:?}")),
        Err(error) => Tried::Unclear(error.to_string()),
    }
}

/// Reads a rule and runs it once over given variables: for the page that writes rules.
pub fn try_out(source: &str, variables: &Value) -> Result<Tried, FieldError> {
    Ok(run(&compile(source)?, variables))
}

struct Resolver<'a>(&'a Value);

impl VariableResolver for Resolver<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value = self.0.get(variable)?;
        <Box<dyn Val>>::try_from(to_cel(value)).ok().map(CowVal::Owned)
    }
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(flag) => cel::Value::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => cel::Value::Int(whole),
            None => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), to_cel(member)))
            .collect::<HashMap<_, _>>()
            .into(),
    }
}

/// A stored rule, compiled.
pub(crate) fn ready(rule: &Rule) -> Result<Ready, FieldError> {
    let program = Arc::new(compile(&rule.rule.source)?);
    let Rule { id, state, .. } = *rule;
    Ok(Ready { id, state, points: rule.rule.points.clone(), outcome: rule.rule.outcome, program })
}

/// What a change of state takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// It touches nobody: one person is enough.
    One,
    /// It changes what happens to customers.
    Two,
    Refused,
}

/// The machine of a version: nothing goes live that did not run beside first, and nothing comes back from retirement.
pub(crate) const fn takes(from: RuleState, to: RuleState) -> Takes {
    use RuleState::{Draft, Live, Retired, Shadow};
    match (from, to) {
        (Draft, Shadow | Retired) | (Shadow, Draft | Retired) => Takes::One,
        (Shadow, Live) | (Live, Retired | Shadow) => Takes::Two,
        (Draft, Draft | Live)
        | (Shadow, Shadow)
        | (Live, Live | Draft)
        | (Retired, Draft | Shadow | Live | Retired) => Takes::Refused,
    }
}
