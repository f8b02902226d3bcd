//! The knobs: how a desk misbehaves. All off by default.

use serde::{Deserialize, Serialize};

use crate::dice;

/// When the final answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// As the service would: a data pack at once, a delivery in steps.
    #[default]
    Natural,
    /// Final at once.
    Now,
    /// Never final at once.
    Later,
}

/// How one desk behaves. Percentages are of 100.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    pub answer: AnswerMode,
    /// Between the steps of work that takes time, in place of the natural delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
    /// Requests answered 500 with nothing done.
    pub failure_percent: u8,
    /// Requests answered 429 `busy` with nothing done.
    pub busy_percent: u8,
    /// Operations refused with `sandbox_refusal`; refunds that fail.
    pub refusal_percent: u8,
    /// Requests carried out and then not answered for `hang_ms`.
    pub hang_percent: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hang_ms: Option<u32>,
    /// Requests carried out and answered with something that is no JSON.
    pub garbage_percent: u8,
    /// How many extra copies of each callback are sent, at the same moment.
    pub duplicate_callbacks: u8,
    /// Callbacks that are never sent.
    pub lost_callbacks_percent: u8,
    /// Callbacks with a signature that does not match.
    pub bad_signature_percent: u8,
    /// WeChat Pay and Alipay: answers without a signature…
    pub unsigned_answer_percent: u8,
    /// … and answers that were changed after they were signed.
    pub forged_answer_percent: u8,
    /// Requests carried out and cut off in the middle of the answer.
    pub cut_percent: u8,
    /// Callbacks that are sent an hour late, so that later ones overtake them.
    pub late_callbacks_percent: u8,
    /// WeChat Pay and Alipay: trades that were closed and are paid all the same a moment later.
    pub paid_after_close_percent: u8,
    /// WeChat Pay: messages signed with the next certificate.
    pub next_certificate_percent: u8,
    /// Lines of a bill that do not read…
    pub broken_bill_percent: u8,
    /// … that are missing…
    pub missing_bill_percent: u8,
    /// … that are about something nobody bought, beside the true one…
    pub extra_bill_percent: u8,
    /// … that are one fen off.
    pub wrong_bill_percent: u8,
    /// Callbacks whose timestamp is an hour old.
    pub stale_timestamp_percent: u8,
    /// Card callbacks that report one fen too much.
    pub wrong_amount_percent: u8,
    /// Card callbacks that report another currency.
    pub wrong_currency_percent: u8,
    /// Card callbacks that name another merchant.
    pub wrong_merchant_percent: u8,
}

impl Knobs {
    /// How long a hanging request hangs: by default longer than any client waits.
    pub fn hang(&self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::from(self.hang_ms.unwrap_or(60_000)))
    }

    /// The percentages with their names, for pages and checks.
    pub fn percentages(&self) -> [(&'static str, u8); 21] {
        [
            ("failure_percent", self.failure_percent),
            ("busy_percent", self.busy_percent),
            ("refusal_percent", self.refusal_percent),
            ("hang_percent", self.hang_percent),
            ("garbage_percent", self.garbage_percent),
            ("lost_callbacks_percent", self.lost_callbacks_percent),
            ("bad_signature_percent", self.bad_signature_percent),
            ("stale_timestamp_percent", self.stale_timestamp_percent),
            ("unsigned_answer_percent", self.unsigned_answer_percent),
            ("forged_answer_percent", self.forged_answer_percent),
            ("cut_percent", self.cut_percent),
            ("late_callbacks_percent", self.late_callbacks_percent),
            ("paid_after_close_percent", self.paid_after_close_percent),
            ("next_certificate_percent", self.next_certificate_percent),
            ("broken_bill_percent", self.broken_bill_percent),
            ("missing_bill_percent", self.missing_bill_percent),
            ("extra_bill_percent", self.extra_bill_percent),
            ("wrong_bill_percent", self.wrong_bill_percent),
            ("wrong_amount_percent", self.wrong_amount_percent),
            ("wrong_currency_percent", self.wrong_currency_percent),
            ("wrong_merchant_percent", self.wrong_merchant_percent),
        ]
    }

    /// The first percentage above 100, if any.
    pub fn excess(&self) -> Option<&'static str> {
        self.percentages().into_iter().find(|(_, percent)| *percent > 100).map(|(name, _)| name)
    }
}

/// What goes wrong with one request at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    Failure,
    Busy,
    Hang,
    Garbage,
    /// Carried out and cut off.
    Cut,
}

impl Trouble {
    /// By id and number of the request, so that a repeated request may fare better.
    pub fn of(knobs: &Knobs, seed: u64, id: &str, number: u64) -> Self {
        let hits = |percent, purpose| dice::hits(percent, seed, purpose, id, number);
        if hits(knobs.failure_percent, "failure") {
            Self::Failure
        } else if hits(knobs.busy_percent, "busy") {
            Self::Busy
        } else if hits(knobs.hang_percent, "hang") {
            Self::Hang
        } else if hits(knobs.garbage_percent, "garbage") {
            Self::Garbage
        } else if hits(knobs.cut_percent, "cut") {
            Self::Cut
        } else {
            Self::None
        }
    }
}
