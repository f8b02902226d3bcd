//! From the tree to the types: each member as what it should be. Rules between members are in `check`.

use kernel::{Duration, Level, Text};

use super::fields::{Fields, code, scalar};
use super::offerings::{offering, own_forms};
use super::report::{Report, rule};
use super::steps;
use super::tree::{Node, Value};
use super::{copy, fields};
use crate::service::{
    AfterLimit, Attribute, CancelRule, CancelUntil, CaptureAt, Consequence, Document, EligibilityRule,
    Enquiry, EnquiryOperation, FORMAT, FailureRefund, Faq, Guide, Outcome, PaymentMethod, Proof, RefundRule,
    Service, Shown, ShownKind, SlotPlan, StockPolicy, Vertical, Weekday, Window,
};

pub(super) const YEAR: Duration = Duration::from_days(365);
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// The vertical and the nodes of the services of one file. `None` when the file is not of a known format.
pub(super) fn head<'n>(root: &'n Node, report: &'n Report) -> Option<(Vertical, &'n [Node])> {
    let mut file = Fields::open(root, "pack", report);
    let format = file.need("format").map(|node| (node.line, scalar(node, report)));
    if let Some((line, given)) = format
        && given != FORMAT.to_string()
    {
        report.add(
            line,
            rule::FORMAT,
            format!("格式“{given}”本版本读不了，应为 {FORMAT}"),
            format!("this version does not read format `{given}`; write {FORMAT}"),
        );
        return None;
    }
    let vertical = file.need("vertical").map(|node| vertical(node, report));
    let services: &[Node] = match file.need("services") {
        Some(Node { value: Value::List(items), .. }) => items,
        Some(other) => {
            report.add(other.line, rule::VALUE_SHAPE, "services 须为列表", "`services` must be a list");
            &[]
        }
        None => &[],
    };
    file.close();
    Some((vertical?, services))
}

fn vertical(node: &Node, report: &Report) -> Vertical {
    let mut v = Fields::open(node, "vertical", report);
    let out = Vertical {
        code: v.code("code"),
        name: v.words("name", 8),
        summary: v.words("summary", 40),
        icon: v.code("icon"),
        position: v.number_or("position", 100, 0, 1000),
    };
    v.close();
    out
}

/// One service. Placeholders stand where the report has grown; the caller then refuses it. `None` only when no form,
/// not even an empty one, could stand in.
pub(super) fn service(node: &Node, vertical: &str, report: &Report) -> Option<Service> {
    let mut s = Fields::open(node, "service", report);
    let form_node = s.need("form");
    let form = form_node.and_then(|form| read_form(form, report)).or_else(empty_form)?;
    let out = Service {
        code: s.code("code"),
        vertical: vertical.to_owned(),
        icon: s.code("icon"),
        seller: s.code("seller"),
        seller_name: s.optional_words("seller_name", 20),
        name: s.words("name", 12),
        summary: s.words("summary", 40),
        guide: s.need("guide").map_or_else(no_guide, |g| guide(g, report)),
        faq: s.optional_list("faq", 12, faq),
        aliases: s.optional_list("aliases", 60, scalar),
        outcome: s.choice_or_first("outcome", ("order", Outcome::Order), &[("answer", Outcome::Answer)]),
        enquiry: s.get("enquiry").map(|e| enquiry(e, report)),
        attributes: s.optional_list("attributes", 4, attribute),
        offerings: own_forms(s.optional_list("offerings", 200, |n, r| offering(n, &form, r)), form_node),
        form,
        eligibility: s.optional_list("eligibility", 20, eligibility),
        stock: s.need("stock").map_or(StockPolicy::None, |k| stock(k, report)),
        payment: s.optional_list("payment", 8, payment),
        capture: s.choice_or_first(
            "capture",
            ("at_order", CaptureAt::Order),
            &[("at_completion", CaptureAt::Completion)],
        ),
        proof: s.choice_or_first("proof", ("none", Proof::None), &[]),
        requires_level: Level::from_number(s.number_or("requires_level", 0, 0, 3)).unwrap_or_default(),
        workflow: s.optional_list("workflow", 30, steps::step),
        service_level: s.duration("service_level", SECOND, YEAR),
        cancel: s.need("cancel").map_or_else(no_cancel, |c| cancel(c, report)),
        refund: s.need("refund").map_or_else(no_refund, |r| refund(r, report)),
        documents: s
            .optional_list("documents", 4, |n, r| fields::pick(n, &("receipt", Document::Receipt), &[], r)),
        results: s.optional_list("results", 20, shown),
        staffed: s.get("staffed").map(|h| window(h, report)),
    };
    s.close();
    Some(out)
}

fn empty_form() -> Option<forms::Form> {
    forms::Form::parse(&serde_json::json!({ "fields": [] })).ok()
}

fn no_guide() -> Guide {
    Guide { who: Text::default(), need: Text::default(), time: Text::default(), refund: Text::default() }
}

fn no_cancel() -> CancelRule {
    let (until, consequence) = (CancelUntil::Never, Consequence::FullRefund);
    CancelRule { until, consequence, after: AfterLimit::Refuse, text: Text::default() }
}

fn no_refund() -> RefundRule {
    RefundRule { on_failure: FailureRefund::Automatic, on_request_within: None }
}

/// Hands the form over to `forms`; its problems get the lines of the pack, its texts the rules of the house.
pub(super) fn read_form(node: &Node, report: &Report) -> Option<forms::Form> {
    check_texts(node, report);
    match forms::Form::parse(&node.to_json()) {
        Ok(form) => Some(form),
        Err(problems) => {
            for problem in problems {
                let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
                report.add(
                    node.line_at(&problem.pointer),
                    rule::FORM_VALID,
                    format!("表单 {place} 处有误：{}", problem.message),
                    format!("the form is wrong at {place}: {}", problem.message),
                );
            }
            None
        }
    }
}

fn check_texts(node: &Node, report: &Report) {
    match &node.value {
        Value::Map(_) if node.get("zh").is_some() => drop(copy::words(node, 60, report)),
        Value::Map(entries) => entries.iter().for_each(|entry| check_texts(&entry.node, report)),
        Value::List(items) => items.iter().for_each(|item| check_texts(item, report)),
        Value::Scalar { .. } => {}
    }
}

fn guide(node: &Node, report: &Report) -> Guide {
    let mut g = Fields::open(node, "guide", report);
    let out = Guide {
        who: g.words("who", 60),
        need: g.words("need", 60),
        time: g.words("time", 60),
        refund: g.words("refund", 60),
    };
    g.close();
    out
}

fn faq(node: &Node, report: &Report) -> Faq {
    let mut f = Fields::open(node, "faq", report);
    let out = Faq { question: f.words("question", 40), answer: f.words("answer", 200) };
    f.close();
    out
}

fn attribute(node: &Node, report: &Report) -> Attribute {
    let mut a = Fields::open(node, "attribute", report);
    let out = Attribute { code: a.code("code"), name: a.words("name", 8) };
    a.close();
    out
}

fn enquiry(node: &Node, report: &Report) -> Enquiry {
    let mut e = Fields::open(node, "enquiry", report);
    let out = Enquiry {
        provider: e.code("provider"),
        operation: e.choice_or_first(
            "operation",
            ("query", EnquiryOperation::Query),
            &[("quote", EnquiryOperation::Quote)],
        ),
        needs: e.list("needs", 10, scalar),
        shows: e.list("shows", 20, shown),
        valid_for: e.duration("valid_for", Duration::from_mins(1), Duration::from_days(30)),
    };
    e.close();
    out
}

fn shown(node: &Node, report: &Report) -> Shown {
    let mut s = Fields::open(node, "shown member", report);
    let out = Shown {
        key: s.text("key"),
        label: s.words("label", 12),
        kind: s.choice_or_first(
            "kind",
            ("text", ShownKind::Text),
            &[("money", ShownKind::Money), ("date", ShownKind::Date)],
        ),
    };
    s.close();
    out
}

fn eligibility(node: &Node, report: &Report) -> EligibilityRule {
    let mut e = Fields::open(node, "eligibility rule", report);
    let out =
        EligibilityRule { code: e.code("code"), allow: e.text("allow"), refusal: e.words("refusal", 60) };
    e.close();
    out
}

fn stock(node: &Node, report: &Report) -> StockPolicy {
    if let Value::Scalar { .. } = node.value {
        let none = ("none", StockPolicy::None);
        return fields::pick(node, &none, &[("per_offering", StockPolicy::PerOffering)], report);
    }
    let mut k = Fields::open(node, "stock", report);
    let plan = k.need("slots").map(|slots| slot_plan(slots, report));
    k.close();
    plan.map_or(StockPolicy::None, StockPolicy::Slots)
}

fn slot_plan(node: &Node, report: &Report) -> SlotPlan {
    let mut s = Fields::open(node, "slot plan", report);
    let out = SlotPlan {
        field: s.text("field"),
        days_ahead: s.number("days_ahead", 1, 60),
        windows: s.list("windows", 24, window),
        capacity: s.number("capacity", 1, 1_000),
        lead: s.duration("lead", Duration::ZERO, Duration::from_days(14)),
        closed: s.optional_list("closed", 7, weekday),
    };
    s.close();
    out
}

fn weekday(node: &Node, report: &Report) -> Weekday {
    fields::pick(
        node,
        &("monday", Weekday::Monday),
        &[
            ("tuesday", Weekday::Tuesday),
            ("wednesday", Weekday::Wednesday),
            ("thursday", Weekday::Thursday),
            ("friday", Weekday::Friday),
            ("saturday", Weekday::Saturday),
            ("sunday", Weekday::Sunday),
        ],
        report,
    )
}

/// `09:00-11:00`.
fn window(node: &Node, report: &Report) -> Window {
    let text = scalar(node, report);
    let minute = |clock: &str| -> Option<i64> {
        let (hour, minute) = clock.trim().split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        let fine = (0..=24).contains(&hour) && (0..60).contains(&minute) && hour * 60 + minute <= 1440;
        fine.then_some(hour * 60 + minute)
    };
    let read = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    match read {
        Some((from_minute, to_minute)) if from_minute < to_minute => Window { from_minute, to_minute },
        Some(_) | None => {
            report.add(
                node.line,
                rule::VALUE_SHAPE,
                format!("“{text}”须写成 09:00-11:00，先早后晚"),
                format!("`{text}` must be written as 09:00-11:00, the earlier time first"),
            );
            Window { from_minute: 0, to_minute: 1 }
        }
    }
}

fn payment(node: &Node, report: &Report) -> PaymentMethod {
    let [first, others @ ..] = PaymentMethod::ALL.map(|method| (method.name(), method));
    fields::pick(node, &first, &others, report)
}

fn cancel(node: &Node, report: &Report) -> CancelRule {
    let mut c = Fields::open(node, "cancel rule", report);
    let until = match c.text("until").as_str() {
        "never" => CancelUntil::Never,
        "point_of_no_return" => CancelUntil::PointOfNoReturn,
        step => CancelUntil::Step(step.to_owned()),
    };
    let consequence = match c.get("fee") {
        Some(fee) => Consequence::Fee { amount: fields::money(fee, report) },
        None => Consequence::FullRefund,
    };
    let after = c.choice_or_first(
        "after",
        ("refuse", AfterLimit::Refuse),
        &[("refund_request", AfterLimit::RefundRequest)],
    );
    let out = CancelRule { until, consequence, after, text: c.words("text", 60) };
    c.close();
    out
}

fn refund(node: &Node, report: &Report) -> RefundRule {
    let mut r = Fields::open(node, "refund rule", report);
    let out = RefundRule {
        on_failure: r.choice(
            "on_failure",
            ("automatic", FailureRefund::Automatic),
            &[("staff", FailureRefund::Staff)],
        ),
        on_request_within: r
            .get("on_request_within")
            .map(|within| fields::duration(within, Duration::from_hours(1), YEAR, report)),
    };
    r.close();
    out
}

/// The code of a service that may not be readable as a whole, for uniqueness over files.
pub(super) fn code_of(node: &Node) -> Option<String> {
    let quiet = Report::new("");
    node.get("code").map(|found| code(found, &quiet))
}
