//! What a service must look like whose money goes to another customer's balance.

use super::check::Checked;
use super::report::rule;
use crate::service::{PaymentMethod, StepKind};

/// The questions that say to whom.
const ASKED: [&str; 2] = ["contact", "payee"];

impl Checked<'_> {
    /// The money moves when the line is complete, so `credit` is the last step; what was sent belongs to somebody else, so nothing of it
    /// comes back on request; and it is balance that is sent, not a card's money.
    pub(super) fn credit(&self) {
        let s = self.service;
        if !s.credits() {
            return;
        }
        let is_credit = |step: &crate::service::Step| matches!(step.kind, StepKind::Credit);
        let last = s.workflow.iter().position(is_credit) == s.workflow.len().checked_sub(1);
        let asked = ASKED.iter().all(|name| s.form.field(name).is_some());
        let fits = last
            && asked
            && s.payment == [PaymentMethod::Balance]
            && s.refund.on_request_within.is_none()
            && s.cancel.consequence == crate::service::Consequence::FullRefund;
        if !fits {
            self.add(
                "workflow",
                rule::STEP_CREDIT,
                "credit 只能是最后一步；表单要有 payee 与 contact；只用余额支付；取消免费，完成后不按申请退款",
                "`credit` is the last step; the form asks `payee` and `contact`; payment is [balance]; cancelling is free and nothing is refunded on request",
            );
        }
    }
}
