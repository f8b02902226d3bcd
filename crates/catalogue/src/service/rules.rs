//! What a line costs and who may order. Pure, and in the path of every order: programs are compiled once, when a
//! version is loaded.

use std::sync::{Arc, LazyLock};

use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Program};
use kernel::{Money, Text, Timestamp};

use super::{Error, Facts, Offering, Price, PricePart, Priced, QuotedPrice, Service, StockPolicy};

/// Longer rules are refused: a rule is one sentence.
const MAX_RULE_CHARS: usize = 500;

/// What a rule may look at.
const NAMES: [&str; 5] = ["answers", "customer", "offering", "quantity", "now"];

/// What `quantity` pieces of an offering cost.
///
/// `answers` are checked ones; `quote` is the provider's, where the price is quoted. The parts add up to the total.
pub fn price(
    service: &Service,
    offering: &Offering,
    quantity: i64,
    answers: &serde_json::Value,
    quote: Option<&QuotedPrice>,
    now: Timestamp,
) -> Result<Priced, Error> {
    let limits = offering.quantity;
    if !(limits.min..=limits.max).contains(&quantity) {
        return Err(Error::QuantityOutside { min: limits.min, max: limits.max });
    }
    let unit = match &offering.price {
        Price::Fixed { amount } | Price::PerUnit { amount, .. } => *amount,
        Price::Entered { field, min, max } => {
            let entered = answers.get(field).and_then(serde_json::Value::as_i64);
            within(Money::cny(entered.ok_or(Error::AmountMissing)?), *min, *max)?
        }
        Price::Quoted { min, max } => {
            let quote = quote.ok_or(Error::EnquiryNeeded)?;
            if quote.expires_at <= now {
                return Err(Error::QuoteExpired);
            }
            within(quote.amount, *min, *max)?
        }
    };
    let total = unit.checked_mul(quantity).map_err(Error::bug)?;
    let label = part_label(service, offering, quantity);
    Ok(Priced { unit, total, parts: vec![PricePart { label, amount: total }] })
}

fn within(amount: Money, min: Money, max: Money) -> Result<Money, Error> {
    if (min.minor..=max.minor).contains(&amount.minor) && amount.currency == min.currency {
        Ok(amount)
    } else {
        Err(Error::AmountOutside { min, max })
    }
}

/// `话费充值 · 30 元`, with the count where there is more than one.
fn part_label(service: &Service, offering: &Offering, quantity: i64) -> Text {
    let same = service.name == offering.name;
    let join = |service: &str, offering: &str, unit: &str| {
        let name = if same { service.to_owned() } else { format!("{service} · {offering}") };
        if quantity > 1 { format!("{name} × {quantity}{unit}") } else { name }
    };
    let (zh_unit, en_unit) = match &offering.price {
        Price::PerUnit { unit, .. } => {
            (format!(" {}", unit.zh), format!(" {}", unit.get(kernel::Locale::En)))
        }
        Price::Fixed { .. } | Price::Entered { .. } | Price::Quoted { .. } => Default::default(),
    };
    let en = kernel::Locale::En;
    Text::new(
        join(&service.name.zh, &offering.name.zh, &zh_unit),
        join(service.name.get(en), offering.name.get(en), &en_unit),
    )
}

/// The stock item a line reserves, if any: the offering's, or the time chosen in the form if it can still be booked.
pub fn stock_item(
    service: &Service,
    offering: &Offering,
    answers: &serde_json::Value,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    match &service.stock {
        StockPolicy::None => Ok(None),
        StockPolicy::PerOffering => Ok(offering.sku.clone()),
        StockPolicy::Slots(plan) => {
            let chosen = answers.get(&plan.field).and_then(serde_json::Value::as_str);
            let sku = chosen.ok_or(Error::SlotMissing)?;
            let bookable = crate::stock::bookable(service, plan, now);
            if bookable.iter().any(|slot| slot.sku == sku) {
                Ok(Some(sku.to_owned()))
            } else {
                Err(Error::SlotClosed)
            }
        }
    }
}

/// The compiled rules of one service version, in the order of its `eligibility`.
#[derive(Debug)]
pub struct Eligibility(Vec<Program>);

impl Eligibility {
    /// Fails only on a rule that `pack::read` would have refused.
    pub fn compile(service: &Service) -> Result<Self, Error> {
        let compiled = service.eligibility.iter().map(|rule| compile(&rule.allow));
        Ok(Self(compiled.collect::<Result<_, _>>().map_err(|error| Error::bug(error.to_string()))?))
    }
}

/// Whether these facts allow the order; the first rule that does not is the refusal. A rule that cannot be worked out
/// refuses: an order is never let through by a mistake.
pub fn eligible(service: &Service, compiled: &Eligibility, facts: &Facts<'_>) -> Result<(), Error> {
    for (rule, program) in service.eligibility.iter().zip(&compiled.0) {
        let allowed =
            run(program, facts).map_err(|error| Error::bug(format!("rule {}: {error}", rule.code)))?;
        if !allowed {
            let en = rule.refusal.get(kernel::Locale::En).to_owned();
            return Err(Error::NotEligible { rule: rule.code.clone(), zh: rule.refusal.zh.clone(), en });
        }
    }
    Ok(())
}

/// Why a rule gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RuleError {
    Syntax(String),
    /// A name or member that does not exist.
    Names(String),
    /// Something else than true or false, or operands that do not fit.
    Type(String),
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Syntax(why) | Self::Names(why) | Self::Type(why)) = self;
        f.write_str(why)
    }
}

pub(crate) fn compile(source: &str) -> Result<Program, RuleError> {
    if source.chars().count() > MAX_RULE_CHARS {
        return Err(RuleError::Syntax(format!("more than {MAX_RULE_CHARS} characters")));
    }
    let program = ENV.compile(source).map_err(|error| {
        let text = error.to_string();
        RuleError::Syntax(text.lines().next().unwrap_or_default().to_owned())
    })?;
    match program.references().variables().into_iter().find(|name| !NAMES.contains(name)) {
        Some(unknown) => Err(RuleError::Names(unknown.to_owned())),
        None => Ok(program),
    }
}

pub(crate) fn run(program: &Program, facts: &Facts<'_>) -> Result<bool, RuleError> {
    let resolver = FactsResolver(facts);
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(&resolver);
    match program.execute(&context) {
        Ok(cel::Value::Bool(allowed)) => Ok(allowed),
        Ok(other) => Err(RuleError::Type(format!("it gives {other:?}"))),
        Err(ExecutionError::NoSuchKey(name) | ExecutionError::UndeclaredReference(name)) => {
            Err(RuleError::Names(name.to_string()))
        }
        Err(error) => Err(RuleError::Type(error.to_string())),
    }
}

/// The standard functions and macros, built once.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Gives a rule what it names, and converts nothing it does not name.
struct FactsResolver<'a>(&'a Facts<'a>);

impl VariableResolver for FactsResolver<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let facts = self.0;
        let value = match variable {
            "answers" => to_cel(facts.answers),
            "customer" => {
                let customer = facts.customer;
                let members: std::collections::HashMap<&str, cel::Value> = [
                    ("age_days", cel::Value::Int(customer.age_days)),
                    ("level", customer.level.name().into()),
                    ("orders", cel::Value::Int(customer.orders)),
                ]
                .into();
                members.into()
            }
            "offering" => facts.offering.into(),
            "quantity" => cel::Value::Int(facts.quantity),
            "now" => cel::Value::Int(facts.now.as_secs()),
            _ => return None,
        };
        <Box<dyn Val>>::try_from(value).ok().map(CowVal::Owned)
    }
}

/// Answers are texts, whole numbers, flags, objects and lists of these.
fn to_cel(value: &serde_json::Value) -> cel::Value {
    match value {
        serde_json::Value::Null => cel::Value::Null,
        serde_json::Value::Bool(flag) => cel::Value::Bool(*flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => cel::Value::Int(whole),
            None => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), to_cel(member)))
            .collect::<std::collections::HashMap<_, _>>()
            .into(),
    }
}
