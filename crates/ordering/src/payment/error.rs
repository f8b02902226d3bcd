//! Why a payment, a top-up or a refund is refused.

use kernel::{FieldError, Money, RetryAfter};

kernel::errors! {
    /// Why payment says no.
    pub enum Error in "payment" {
        /// No such payment, or not this customer's.
        NotFound => NotFound "not_found", "没有找到这笔付款，可在“我的订单”里查看", "There is no such payment. Look under My orders";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后才能付款", "Sign in to pay";
        Forbidden => Forbidden "forbidden", "您的角色不能付款，换客户账号登录", "Your role cannot pay. Sign in as a customer";
        /// Outside the limits of a top-up; `fields` names the amount.
        TopUpAmount { least: Money, most: Money, fields: Vec<FieldError> } => Invalid "top_up_amount",
            "金额需在 {least} 至 {most} 之间", "Amount must be between {least} and {most}";
        /// Over a limit of the customer's level; `fields` names the amount.
        LevelLimit { zh: String, en: String, fields: Vec<FieldError> } => Conflict "level_limit", "{zh}", "{en}";
        /// No gateway of this name.
        GatewayUnknown => Invalid "gateway_unknown", "没有这种支付方式，换一种", "There is no such payment method. Choose another";
        /// Its money is taken when the work is done, which this way cannot.
        CannotAuthorise => Conflict "cannot_authorise", "这笔付款在办结后才扣款，只能用银行卡或余额；您没有被扣款", "This is charged when the work is done: only by card or from the balance. You were not charged";
        BadReturnAddress => Invalid "bad_return_address", "返回地址需以 http 或 https 开头", "The return address must start with http or https";
        /// Its time is over, or its order ended.
        Ended => Conflict "ended", "这笔付款已关闭，重新下单即可", "This payment is closed. Place the order again";
        /// Not a payment for an order, or a service of the order is not sold for balance.
        NotFromBalance => Conflict "not_from_balance", "这笔付款不能用余额支付，换一种支付方式", "This cannot be paid from the balance. Choose another method";
        InsufficientFunds { short: Money } => Conflict "insufficient_funds",
            "余额不足，还差 {short}，可先充值或换支付方式；您没有被扣款", "Not enough balance: {short} short. Top up or use another method. You were not charged";
        /// The reservation ran out and others took what there was.
        StockGone => Conflict "stock_gone", "保留时间已过，库存不够了，重新下单；您没有被扣款", "Your reservation ran out and the stock is gone. Order again. You were not charged";
        /// The gateway does not take it; nothing happened.
        GatewayRefused => Conflict "gateway_refused", "支付渠道没有受理，换一种方式；您没有被扣款", "The gateway refused. Choose another method. You were not charged";
        /// The gateway was not reached; nothing happened.
        GatewayUnavailable { wait: RetryAfter } => Unavailable "gateway_unavailable",
            "支付渠道连不上，{wait} 秒后再试；您没有被扣款", "The gateway cannot be reached. Try again in {wait} s. You were not charged";
        /// More than is left of what was captured (P10).
        MoreThanCaptured { left: Money } => Conflict "more_than_captured", "最多还可退 {left}", "At most {left} can still be refunded";
        /// The work still goes on: what is not done is given back by itself at its end.
        NotSettledYet => Conflict "not_settled_yet", "订单还没办结，办结后才能退款；取消订单会自动退款", "The order is not finished. Refund it then; a cancelled order is refunded by itself";
        /// Staff say why.
        NoteMissing => Invalid "note_missing", "填写退款原因，最多 200 个字", "Say why it is refunded, in at most 200 characters";
        /// Over what the role may give back.
        OverRefundLimit { limit: Money } => Forbidden "over_refund_limit", "超过您的退款限额 {limit}，转给权限更高的同事", "Over your limit of {limit}. Pass it to a colleague with a higher one";
        /// The act needs a fresh proof of who acts.
        ProofNeeded => Forbidden "proof_needed", "先验证身份，再退款", "Prove who you are first, then refund";
        IdempotencyConflict => Invalid "idempotency_conflict", "这个幂等键已用于另一个请求，换一个新键", "This idempotency key was used for another request. Use a new key";
        /// A callback whose signature does not match (P3).
        BadSignature => Unauthenticated "bad_signature", "签名不符，没有处理", "The signature does not match. Nothing was done";
        /// A callback that does not read.
        BadCallback => Invalid "bad_callback", "通知内容读不出来，没有处理", "The callback does not read. Nothing was done";
        /// A callback for somebody else (P3).
        WrongMerchant => Invalid "wrong_merchant", "通知的商户号不是本站，没有处理", "The callback names another merchant. Nothing was done";
    }
}
db::bug_from!(Error);

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::NotFound => Self::NotFound,
            crate::Error::SignInNeeded => Self::SignInNeeded,
            crate::Error::Forbidden => Self::Forbidden,
            crate::Error::IdempotencyConflict => Self::IdempotencyConflict,
            crate::Error::StockShort { .. } => Self::StockGone,
            other => Self::bug(other),
        }
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::InsufficientFunds { short } => Self::InsufficientFunds { short },
            other => Self::bug(other),
        }
    }
}

impl Error {
    /// Nothing was written and the same may succeed in a new transaction.
    pub(crate) fn is_retryable(&self) -> bool {
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            let stale = matches!(error.downcast_ref(), Some(crate::Error::Stale));
            if stale || error.downcast_ref::<db::Error>().is_some_and(db::Error::is_conflict) {
                return true;
            }
            source = error.source();
        }
        false
    }
}
