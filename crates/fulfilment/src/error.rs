//! Why fulfilment says no. One enum for the crate: its rooms refuse for the same few reasons.

use kernel::{FieldError, Money};

kernel::errors! {
    /// Why fulfilment says no.
    pub enum Error in "fulfilment" {
        /// No such thing, or not this customer's.
        NotFound => NotFound "not_found", "没有找到这项内容，可返回列表重新选择", "There is no such thing here. Go back to the list";
        Forbidden => Forbidden "forbidden", "您的角色不能做这一步，联系管理员", "Your role does not permit this. Ask an administrator";
        /// A manual act without a reason (O5).
        ReasonNeeded => Invalid "reason_needed", "填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters";
        /// The text to or from the customer is empty or too long.
        TextNeeded => Invalid "text_needed", "填写内容，1 至 1000 个字", "Enter a text of 1 to 1,000 characters";
        /// Wrong input; each field has its own words.
        InvalidInput { fields: Vec<FieldError> } => Invalid "invalid_input", "有内容需要修改", "Some answers need a change";
        /// Not in this state (O1).
        IllegalTransition { state: String, allowed: String } => Conflict "illegal_transition", "现在的状态不能这样做；可做：{allowed}", "It is {state}: this is not possible now. Possible: {allowed}";
        /// The task is in other hands.
        TaskTaken => Conflict "task_taken", "这项任务已由同事领取，换一项", "A colleague has taken this task. Choose another";
        /// The task is in nobody's hands.
        TaskNotClaimed => Conflict "task_not_claimed", "先领取这项任务，再填写结果", "Claim the task first";
        /// The task was done or is no longer needed.
        TaskEnded => Conflict "task_ended", "这项任务已结束，刷新列表", "This task has ended. Reload the list";
        /// A question that nobody asked.
        NothingAsked => Conflict "nothing_asked", "这份订单没有待补充的内容", "Nothing is being asked about this order";
        /// Done in an order that has not ended: its money is not booked yet.
        NotSettledYet => Conflict "not_settled_yet", "这份订单还有未办结的内容，全部办结后再退款", "Other parts of this order are still being done. Refund it when all have ended";
        /// The service gives nothing back, or no longer.
        RefundNotOffered => Conflict "refund_not_offered", "这项业务已过退款期限或不支持退款，可联系客服", "This service cannot be refunded, or not any more. Contact us";
        /// The money of this line went back before.
        AlreadyRefunded => Conflict "already_refunded", "这项业务已退款，可在订单里查看", "This has been refunded already. See the order";
        /// The risk engine says no, and never why.
        RefundNotAccepted => Conflict "refund_not_accepted", "退款申请没有通过安全检查，可联系客服", "The refund did not pass our safety check. If you think this is wrong, contact us";
        /// The risk desk has not decided yet.
        RefundUnderReview => Conflict "refund_under_review", "风控正在复查这笔退款，结论出来后再处理", "The risk desk is looking at this refund. Decide when it has";
        /// A callback whose signature does not hold; logged.
        BadSignature => Unauthenticated "bad_signature", "签名校验未通过", "The signature does not verify";
        /// A callback that does not read.
        MalformedCallback => Invalid "malformed_callback", "回调内容无法识别", "The callback does not read";
        CallbackTooLarge => Invalid "callback_too_large", "回调内容过大", "The callback is too large";
        /// A callback about an operation this provider was never asked for.
        UnknownOperation => NotFound "unknown_operation", "没有这个操作", "There is no such operation";
        /// More than the actor's roles let them give back at once.
        OverLimit { limit: Money } => Forbidden "over_limit", "超过您的单笔限额 {limit}，可请有权限的同事办理", "This is over your limit of {limit}. Ask a colleague who may";
        /// More than the actor's roles let them give back in a day.
        OverDayLimit { limit: Money } => Forbidden "over_day_limit", "超过您的当日限额 {limit}，可请有权限的同事办理", "This is over your limit of {limit} a day. Ask a colleague who may";
        /// Money goes back only after a factor was shown within the last minutes (W8).
        ProofNeeded => Forbidden "proof_needed", "退款前先确认是您本人", "Confirm that it is you before giving money back";
        /// Somebody else changed it at the same moment.
        Stale => Conflict "stale", "刚有人改过，刷新后再试", "It was changed a moment ago. Reload and try again";
    }
}

db::bug_from!(
    Error,
    catalogue::service::Error,
    notify::Error,
    ledger::Error,
    vault::Error,
    serde_json::Error,
);

impl From<ordering::Error> for Error {
    fn from(error: ordering::Error) -> Self {
        match error {
            ordering::Error::NotFound => Self::NotFound,
            ordering::Error::Forbidden => Self::Forbidden,
            ordering::Error::Stale => Self::Stale,
            ordering::Error::IllegalTransition { state, allowed } => {
                Self::IllegalTransition { state, allowed }
            }
            other => Self::bug(other),
        }
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::OverLimit { limit } => Self::OverLimit { limit },
            identity::Error::OverDayLimit { limit } => Self::OverDayLimit { limit },
            other => Self::bug(other),
        }
    }
}
