//! Rules between the members of one service, and over all files. Only services that could be read whole come here.

use std::collections::{BTreeMap, HashMap, HashSet};

use forms::FieldKind;
use kernel::Money;

use super::copy::han_count;
use super::report::{Report, rule};
use super::tree::Node;
use crate::service::{
    CancelUntil, Consequence, Document, Offering, Outcome, Price, Quantity, Service, SlotPlan, StepKind,
    StockPolicy, Undo,
};

/// One service, the node it was read from and where to say what is wrong.
pub(super) struct Checked<'a> {
    pub service: &'a Service,
    pub node: &'a Node,
    pub report: &'a Report,
}

/// Every rule of a single service.
pub(super) fn service(checked: &Checked<'_>) {
    checked.guide();
    checked.outcome();
    super::paying::rules(checked);
    checked.enquiry();
    checked.offerings();
    checked.attributes();
    checked.stock();
    super::cel_check::rules(checked);
    checked.workflow();
    checked.credit();
    checked.results();
    checked.times();
    checked.cancel();
}

impl Checked<'_> {
    pub(super) fn add(&self, path: &str, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.report.add(self.node.line_at(path), rule, zh, en);
    }

    fn guide(&self) {
        let guide = &self.service.guide;
        let count: usize = [&guide.who, &guide.need, &guide.time, &guide.refund]
            .iter()
            .map(|text| han_count(&text.zh))
            .sum();
        if count > 120 {
            self.add(
                "guide",
                rule::GUIDE_LENGTH,
                format!("指南共 {count} 个汉字，最多 120 个，写短些"),
                format!("the guide has {count} Han characters; at most 120 fit above the fold"),
            );
        }
    }

    fn outcome(&self) {
        let s = self.service;
        let fine = match s.outcome {
            Outcome::Order => !s.offerings.is_empty() && !s.workflow.is_empty(),
            Outcome::Answer => s.offerings.is_empty() && s.workflow.is_empty() && s.enquiry.is_some(),
        };
        if !fine {
            self.add(
                "outcome",
                rule::OUTCOME,
                "结果为 order 的业务要有 offerings 与 workflow；结果为 answer 的只有 enquiry",
                "a service whose outcome is `order` needs offerings and a workflow; with `answer` only an enquiry",
            );
        }
    }

    /// The field exists and is of a kind that `fits`.
    fn field(&self, name: &str, path: &str, wanted: &str, fits: impl Fn(&FieldKind) -> bool) {
        let found = self.service.form.field(name);
        if found.is_none_or(|field| !fits(&field.kind)) {
            self.add(
                path,
                rule::FORM_FIELD,
                format!("表单里没有类型为 {wanted} 的字段“{name}”，补上字段或改名"),
                format!("the form has no field `{name}` of kind {wanted}; add it or correct the name"),
            );
        }
    }

    fn enquiry(&self) {
        let Some(enquiry) = &self.service.enquiry else { return };
        for (index, name) in enquiry.needs.iter().enumerate() {
            self.field(name, &format!("enquiry/needs/{index}"), "any", |_| true);
        }
    }

    fn offerings(&self) {
        let mut seen = HashSet::new();
        for (index, offering) in self.service.offerings.iter().enumerate() {
            let path = format!("offerings/{index}");
            if !seen.insert(&offering.code) {
                self.add(
                    &format!("{path}/code"),
                    rule::OFFERING_UNIQUE,
                    format!("选项代码“{}”重复，换一个", offering.code),
                    format!("the offering code `{}` is used twice; choose another", offering.code),
                );
            }
            self.price(offering, &format!("{path}/price"));
        }
    }

    fn price(&self, offering: &Offering, path: &str) {
        if let Price::Entered { min, max, .. } | Price::Quoted { min, max } = &offering.price
            && min.minor > max.minor
        {
            self.add(
                path,
                rule::PRICE_BOUNDS,
                "最低金额不能高于最高金额",
                "the lower limit must not be above the upper one",
            );
        }
        if let Price::Entered { field, min, max } = &offering.price {
            self.field(field, path, "money", |kind| matches!(kind, FieldKind::Money { .. }));
            if let Some(FieldKind::Money { min: low, max: high, .. }) =
                self.service.form.field(field).map(|f| f.kind.clone())
                && (low, high) != (min.minor, max.minor)
            {
                let (low, high) = (Money::cny(low).to_decimal(), Money::cny(high).to_decimal());
                self.add(
                    path,
                    rule::PRICE_BOUNDS,
                    format!("金额限制须与字段 {field} 一致：{low} 至 {high}"),
                    format!("the limits must equal those of the field {field}: {low} to {high}"),
                );
            }
        }
        if matches!(offering.price, Price::Quoted { .. }) && self.service.enquiry.is_none() {
            self.add(
                path,
                rule::PRICE_ENQUIRY,
                "quoted 价格要有 enquiry 才能得到金额，补上 enquiry",
                "a quoted price comes from an enquiry; add `enquiry`",
            );
        }
        let single = matches!(offering.price, Price::Entered { .. } | Price::Quoted { .. });
        if single && offering.quantity != Quantity::ONE {
            self.add(
                path,
                rule::PRICE_QUANTITY,
                "填写或查询得到的金额不能再乘数量，删去 quantity",
                "an entered or quoted amount is not multiplied; remove `quantity`",
            );
        }
    }

    fn attributes(&self) {
        let axes: Vec<&String> = self.service.attributes.iter().map(|a| &a.code).collect();
        let mut sorted = axes.clone();
        sorted.sort();
        let mut seen: HashSet<Vec<&str>> = HashSet::new();
        for (index, offering) in self.service.offerings.iter().enumerate() {
            let given: Vec<&String> = offering.attributes.keys().collect();
            let values: Vec<&str> = offering.attributes.values().map(|text| text.zh.as_str()).collect();
            let distinct = axes.is_empty() || seen.insert(values);
            if given != sorted || !distinct {
                let axes = axes.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(", ");
                self.add(
                    &format!("offerings/{index}/attributes"),
                    rule::ATTRIBUTES,
                    format!("每个选项要写全特征（{axes}），且组合不重复"),
                    format!("every offering needs a value for each attribute ({axes}), in a combination of its own"),
                );
            }
        }
    }

    fn stock(&self) {
        let per_offering = self.service.stock == StockPolicy::PerOffering;
        for (index, offering) in self.service.offerings.iter().enumerate() {
            if offering.sku.is_some() != per_offering {
                self.add(
                    &format!("offerings/{index}"),
                    rule::STOCK_SKU,
                    "stock 为 per_offering 时每个选项都要写 stock，否则都不写",
                    "with `stock: per_offering` every offering needs `stock`; otherwise none may have it",
                );
            }
        }
        if let StockPolicy::Slots(plan) = &self.service.stock {
            self.slots(plan);
        }
    }

    fn slots(&self, plan: &SlotPlan) {
        self.field(&plan.field, "stock/slots/field", "slot", |kind| matches!(kind, FieldKind::Slot));
        let overlap = plan.windows.windows(2).any(|pair| match pair {
            [a, b] => a.to_minute > b.from_minute,
            _ => false,
        });
        let mut closed = HashSet::new();
        let twice = plan.closed.iter().any(|day| !closed.insert(format!("{day:?}")));
        if overlap || twice || closed.len() >= 7 {
            self.add(
                "stock/slots",
                rule::SLOTS,
                "时段须按先后排列、互不重叠；每周至少开放一天",
                "windows must be in order and must not overlap; some day of the week must be open",
            );
        }
        if self.service.offerings.iter().any(|offering| offering.quantity != Quantity::ONE) {
            self.add(
                "stock/slots",
                rule::SLOTS,
                "预约一次一单，删去 quantity",
                "one visit an order: remove `quantity`",
            );
        }
    }

    fn workflow(&self) {
        let s = self.service;
        let mut seen = HashSet::new();
        let mut issued: Vec<Document> = Vec::new();
        for (index, step) in s.workflow.iter().enumerate() {
            let path = format!("workflow/{index}");
            if !seen.insert(&step.id) {
                self.add(
                    &format!("{path}/id"),
                    rule::STEP_UNIQUE,
                    format!("步骤“{}”重复，换一个 id", step.id),
                    format!("the step id `{}` is used twice; choose another", step.id),
                );
            }
            if step.undo == Undo::ProviderCancel && step.kind.provider().is_none() {
                self.add(
                    &format!("{path}/undo"),
                    rule::STEP_UNDO,
                    "只有 provider 与 ship 步骤能用 provider_cancel 撤销",
                    "only provider and ship steps can be undone by provider_cancel",
                );
            }
            match &step.kind {
                StepKind::WaitSlot if s.slots().is_none() => self.add(
                    &format!("{path}/wait_slot"),
                    rule::STEP_SLOT,
                    "wait_slot 需要 stock 为 slots",
                    "`wait_slot` needs `stock` with slots",
                ),
                StepKind::Issue { document } => issued.push(*document),
                StepKind::Provider(_)
                | StepKind::Ship(_)
                | StepKind::StaffTask(_)
                | StepKind::Notify { .. }
                | StepKind::Credit
                | StepKind::WaitSlot => {}
            }
        }
        if s.workflow.iter().filter(|step| step.point_of_no_return).count() > 1 {
            self.add(
                "workflow",
                rule::STEP_POINT,
                "point_of_no_return 最多一步",
                "at most one step is the point of no return",
            );
        }
        issued.sort();
        let mut named = s.documents.clone();
        named.sort();
        if issued != named {
            self.add(
                "documents",
                rule::STEP_DOCUMENT,
                "documents 与流程中 issue 的文件须一一对应",
                "`documents` and the documents issued in the workflow must be the same",
            );
        }
    }

    fn results(&self) {
        let mut seen = HashSet::new();
        for (index, shown) in self.service.results.iter().enumerate().filter(|(_, s)| !seen.insert(&s.key)) {
            let path = format!("results/{index}");
            let (zh, en) = (
                format!("“{}”写了两次，删去一处", shown.key),
                format!("`{}` is named twice; remove one", shown.key),
            );
            self.add(&path, rule::RESULT_UNIQUE, zh, en);
        }
    }

    fn times(&self) {
        let longest = self.service.workflow.iter().filter_map(|step| match &step.kind {
            StepKind::Provider(call) | StepKind::Ship(call) => Some(call.deadline),
            StepKind::StaffTask(task) => Some(task.within),
            StepKind::Notify { .. } | StepKind::Issue { .. } | StepKind::WaitSlot | StepKind::Credit => None,
        });
        if let Some(longest) = longest.max()
            && longest > self.service.service_level
        {
            self.add(
                "service_level",
                rule::SERVICE_LEVEL,
                "承诺时间不能短于流程中最长的一步",
                "the service level must not be shorter than the longest step of the workflow",
            );
        }
    }

    fn cancel(&self) {
        let cancel = &self.service.cancel;
        if let CancelUntil::Step(id) = &cancel.until
            && self.service.step(id).is_none()
        {
            self.add(
                "cancel/until",
                rule::CANCEL_STEP,
                format!("流程里没有步骤“{id}”；可写 never、point_of_no_return 或步骤 id"),
                format!("the workflow has no step `{id}`; write never, point_of_no_return or a step's id"),
            );
        }
        if let Consequence::Fee { amount } = &cancel.consequence {
            let lowest = self.service.offerings.iter().map(|offering| match &offering.price {
                Price::Fixed { amount } | Price::PerUnit { amount, .. } => amount.minor,
                Price::Entered { min, .. } | Price::Quoted { min, .. } => min.minor,
            });
            if lowest.min().is_some_and(|lowest| amount.minor >= lowest) {
                self.add(
                    "cancel/fee",
                    rule::CANCEL_FEE,
                    "取消费须低于每个选项的价格",
                    "the cancellation fee must be below every price",
                );
            }
        }
    }
}

/// Codes that must be unique over all files, and where each was seen first.
#[derive(Default)]
pub(super) struct Across {
    verticals: BTreeMap<String, String>,
    services: BTreeMap<String, String>,
    skus: HashMap<String, String>,
}

impl Across {
    pub fn vertical(&mut self, code: &str, line: usize, file: &str, report: &Report) {
        unique(&mut self.verticals, code, (line, file), rule::VERTICAL_UNIQUE, report);
    }

    pub fn service(&mut self, code: &str, line: usize, file: &str, report: &Report) {
        unique(&mut self.services, code, (line, file), rule::SERVICE_UNIQUE, report);
    }

    pub fn sku(&mut self, sku: &str, line: usize, file: &str, report: &Report) {
        if let Some(first) = self.skus.insert(sku.to_owned(), format!("{file}:{line}")) {
            twice(sku, &first, line, rule::SKU_UNIQUE, report);
        }
    }
}

fn unique(
    seen: &mut BTreeMap<String, String>,
    code: &str,
    (line, file): (usize, &str),
    rule: &'static str,
    report: &Report,
) {
    if let Some(first) = seen.get(code) {
        twice(code, first, line, rule, report);
    } else {
        seen.insert(code.to_owned(), format!("{file}:{line}"));
    }
}

fn twice(code: &str, first: &str, line: usize, rule: &'static str, report: &Report) {
    report.add(
        line,
        rule,
        format!("“{code}”已在 {first} 用过，换一个"),
        format!("`{code}` is already used at {first}; choose another"),
    );
}
