//! What can be ordered of a service: offerings, their prices, their own forms.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Text;

use super::copy;
use super::fields::{self, Fields};
use super::report::{Report, rule};
use super::tree::{Node, Value};
use crate::service::{Offering, Price, Quantity};

pub(super) fn offering(node: &Node, form: &forms::Form, report: &Report) -> Offering {
    let mut o = Fields::open(node, "offering", report);
    let (sku, initial_on_hand) = match o.get("stock") {
        Some(stock) => {
            let mut k = Fields::open(stock, "stock item", report);
            let found = (Some(k.code("sku")), k.number("on_hand", 0, 1_000_000));
            k.close();
            found
        }
        None => (None, 0),
    };
    let out = Offering {
        code: o.code("code"),
        name: o.words("name", 24),
        summary: o.optional_words("summary", 60),
        price: o
            .need("price")
            .map_or(Price::Fixed { amount: kernel::Money::default() }, |p| price(p, report)),
        sku,
        initial_on_hand,
        attributes: o.get("attributes").map(|a| attributes(a, report)).unwrap_or_default(),
        quantity: o.get("quantity").map_or(Quantity::ONE, |q| quantity(q, report)),
        params: o.get("params").map(|p| params(p, report)).unwrap_or_default(),
        form: form.clone(),
    };
    o.close();
    out
}

fn attributes(node: &Node, report: &Report) -> BTreeMap<String, Text> {
    match &node.value {
        Value::Map(entries) => {
            entries.iter().map(|e| (e.key.clone(), copy::words(&e.node, 16, report))).collect()
        }
        Value::Scalar { .. } | Value::List(_) => {
            report.add(
                node.line,
                rule::VALUE_SHAPE,
                "attributes 须写成“特征: {zh: …, en: …}”",
                "`attributes` must be `axis: {zh: …, en: …}` lines",
            );
            BTreeMap::new()
        }
    }
}

fn params(node: &Node, report: &Report) -> serde_json::Map<String, serde_json::Value> {
    if let serde_json::Value::Object(map) = node.to_json() {
        return map;
    }
    report.add(
        node.line,
        rule::VALUE_SHAPE,
        "params 须由“成员: 值”组成",
        "`params` must consist of `member: value` lines",
    );
    serde_json::Map::new()
}

fn quantity(node: &Node, report: &Report) -> Quantity {
    let mut q = Fields::open(node, "quantity", report);
    let out = Quantity { min: q.number_or("min", 1, 1, 10_000), max: q.number("max", 1, 10_000) };
    if out.min > out.max {
        report.add(
            q.line(),
            rule::NUMBER_RANGE,
            "最少数量不能大于最多数量",
            "the least quantity must not be above the most",
        );
    }
    q.close();
    out
}

/// A map with one member, which names the kind.
fn price(node: &Node, report: &Report) -> Price {
    let mut p = Fields::open(node, "price", report);
    let found: Vec<Price> = [
        p.get("fixed").map(|n| Price::Fixed { amount: fields::money(n, report) }),
        p.get("per_unit").map(|n| {
            let mut u = Fields::open(n, "price per unit", report);
            let out = Price::PerUnit { amount: u.money("amount"), unit: u.words("unit", 6) };
            u.close();
            out
        }),
        p.get("entered").map(|n| {
            let mut e = Fields::open(n, "entered price", report);
            let out = Price::Entered { field: e.text("field"), min: e.money("min"), max: e.money("max") };
            e.close();
            out
        }),
        p.get("quoted").map(|n| {
            let mut q = Fields::open(n, "quoted price", report);
            let out = Price::Quoted { min: q.money("min"), max: q.money("max") };
            q.close();
            out
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    p.close();
    let mut found = found.into_iter();
    if let (Some(price), None) = (found.next(), found.next()) {
        return price;
    }
    report.add(
        node.line,
        rule::VALUE_CHOICE,
        "价格须恰为一种：fixed、per_unit、entered 或 quoted",
        "a price is exactly one of fixed, per_unit, entered, quoted",
    );
    Price::Fixed { amount: kernel::Money::default() }
}

/// A field that carries the amount of some offerings is asked only for these.
pub(super) fn own_forms(mut offerings: Vec<Offering>, form: Option<&Node>) -> Vec<Offering> {
    let amounts: BTreeSet<String> = offerings.iter().filter_map(amount_field).map(str::to_owned).collect();
    let Some(form) = form.filter(|_| !amounts.is_empty()).map(Node::to_json) else { return offerings };
    for offering in &mut offerings {
        let own = amount_field(offering);
        let foreign: BTreeSet<&str> =
            amounts.iter().map(String::as_str).filter(|name| Some(*name) != own).collect();
        // A form that is not valid without a field was reported as a whole, or another field's condition needs it; then
        // the field stays.
        if let Ok(smaller) = forms::Form::parse(&without(&form, &foreign)) {
            offering.form = smaller;
        }
    }
    offerings
}

fn amount_field(offering: &Offering) -> Option<&str> {
    match &offering.price {
        Price::Entered { field, .. } => Some(field),
        Price::Fixed { .. } | Price::PerUnit { .. } | Price::Quoted { .. } => None,
    }
}

/// The author's form without some fields, and without the steps that are then empty.
fn without(form: &serde_json::Value, foreign: &BTreeSet<&str>) -> serde_json::Value {
    use serde_json::Value;
    let kept = |name: Option<&str>| name.is_none_or(|name| !foreign.contains(name));
    let fields = |list: &Value| -> Value {
        let items = list.as_array().into_iter().flatten();
        items.filter(|field| kept(field.get("name").and_then(Value::as_str))).cloned().collect()
    };
    let Some(members) = form.as_object() else { return fields(form) };
    let mut out = members.clone();
    if let Some(list) = members.get("fields") {
        out.insert("fields".to_owned(), fields(list));
    }
    if let Some(steps) = members.get("steps").and_then(Value::as_array) {
        let smaller = steps.iter().filter_map(|step| {
            let names = step.get("fields")?.as_array()?;
            let left: Vec<Value> = names.iter().filter(|name| kept(name.as_str())).cloned().collect();
            let mut step = step.as_object()?.clone();
            let empty = left.is_empty();
            step.insert("fields".to_owned(), Value::Array(left));
            (!empty).then_some(Value::Object(step))
        });
        out.insert("steps".to_owned(), smaller.collect());
    }
    Value::Object(out)
}
