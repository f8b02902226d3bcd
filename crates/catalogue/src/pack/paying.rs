//! Rules about how a service is paid, and when.

use std::collections::HashSet;

use super::check::Checked;
use super::report::rule;
use crate::service::{CaptureAt, Outcome};

pub(super) fn rules(checked: &Checked<'_>) {
    let s = checked.service;
    let distinct: HashSet<_> = s.payment.iter().collect();
    let payable = !s.payment.is_empty() || s.outcome == Outcome::Answer;
    if !payable || distinct.len() != s.payment.len() {
        checked.add(
            "payment",
            rule::PAYMENT,
            "payment 至少一种支付方式，每种写一次",
            "`payment` names at least one method, each once",
        );
    }
    if s.capture == CaptureAt::Order {
        return;
    }
    if let Some(method) = s.payment.iter().find(|method| !method.can_authorise()) {
        checked.add(
            "payment",
            rule::CAPTURE,
            format!("{} 不能先授权后扣款，办结后扣款的业务只能用 balance 与 card", method.name()),
            format!("`{}` cannot be authorised first; with `capture: at_completion` only `balance` and `card` are", method.name()),
        );
    }
    if s.outcome == Outcome::Answer {
        checked.add(
            "capture",
            rule::CAPTURE,
            "结果为 answer 的业务不收款，去掉 capture",
            "a service whose outcome is `answer` takes no money; leave `capture` out",
        );
    }
}
