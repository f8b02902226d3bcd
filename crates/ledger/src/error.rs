//! Why the ledger refuses. One enum for the crate: its rooms refuse for the same reasons.

use kernel::{FieldError, Money};

kernel::errors! {
    /// Why money was not moved, set aside or shown.
    pub enum Error in "ledger" {
        /// The account's limit does not allow it; `short` is what is missing.
        InsufficientFunds { short: Money } => Conflict "insufficient_funds",
            "余额不足，还差 {short}，可换支付方式", "Not enough balance: {short} short. Use another method";
        /// No such account, transfer or hold, or not one this person may see.
        NotFound => NotFound "not_found", "没有找到这笔账", "We could not find this record";
        /// Zero, negative or absurd.
        BadAmount { most: Money } => Invalid "bad_amount",
            "金额须大于零，最多 {most}", "The amount must be more than zero and at most {most}";
        /// Debit and credit are one account.
        SameAccount => Invalid "same_account",
            "付款和收款不能是同一个账户", "The paying and the receiving account must differ";
        /// An account keeps one currency.
        CurrencyMismatch => Invalid "currency_mismatch",
            "账户的币种不同，不能入账", "The accounts do not keep this currency";
        /// The business key stands for something else already.
        KeyReused => Conflict "key_reused",
            "这个业务编号已用于另一笔账", "This business key was used for something else";
        AlreadyReversed => Conflict "already_reversed",
            "这笔账已经冲正过", "This transfer has already been reversed";
        AlreadyPosted => Conflict "already_posted",
            "这笔冻结已经入账", "This hold has already been posted";
        AlreadyVoided => Conflict "already_voided",
            "这笔冻结已经解除", "This hold has already been released";
        /// The hold is over, or its time is.
        Expired => Conflict "expired",
            "这笔冻结已经过期", "This hold has expired";
        MoreThanHeld { held: Money } => Invalid "more_than_held",
            "最多可入账 {held}", "At most {held} is held";
        /// More than one movement of this kind may be at the customer's level.
        OverSingle { limit: Money } => Conflict "over_single",
            "单笔最多 {limit}；实名等级越高，限额越高", "At most {limit} at once. A higher level of real name raises the limit";
        OverDay { limit: Money, left: Money } => Conflict "over_day",
            "单日限额 {limit}，今日还剩 {left}；实名等级越高，限额越高",
            "The limit of a day is {limit} and {left} is left today. A higher level of real name raises it";
        OverMonth { limit: Money, left: Money } => Conflict "over_month",
            "每月限额 {limit}，本月还剩 {left}；实名等级越高，限额越高",
            "The limit of a month is {limit} and {left} is left this month. A higher level of real name raises it";
        OverYear { limit: Money, left: Money } => Conflict "over_year",
            "每年限额 {limit}，本年还剩 {left}；实名等级越高，限额越高",
            "The limit of a year is {limit} and {left} is left this year. A higher level of real name raises it";
        /// The balance, and what is on its way to it, would be more than may be held.
        OverHolding { limit: Money, left: Money } => Conflict "over_holding",
            "余额最多 {limit}，还可充值 {left}；实名等级越高，限额越高",
            "The balance may be at most {limit}; {left} can still be added. A higher level of real name raises it";
        /// The role of the actor does not give this.
        Forbidden => Forbidden "forbidden", "您的角色不能这样做，联系管理员", "Your role does not allow this. Ask an administrator";
        /// Whoever asks does not decide (W1).
        OwnRequest => Forbidden "own_request",
            "申请人不能复核自己的申请，由另一位同事处理", "You asked for this yourself. Somebody else has to decide";
        /// Decided, withdrawn or expired before.
        AlreadyDecided => Conflict "already_decided",
            "这项申请已经有结果，刷新后查看", "This was decided already. Reload to see how";
        /// Somebody asked for the same and it is not decided yet.
        AlreadyAsked => Conflict "already_asked",
            "已有同样的申请等待复核", "The same was asked for and is not decided yet";
        /// What was typed; `fields` says where.
        BadInput { fields: Vec<FieldError> } => Invalid "bad_input", "有内容填写不对，修改后再提交", "Something is not right. Change it and send it again";
        /// Nothing is owed to the seller.
        NothingToPay => Conflict "nothing_to_pay", "没有可付的款项", "There is nothing to pay out";
        BadPeriod => Invalid "bad_period",
            "起始须早于结束，时段不超过一年", "The start must be before the end, and the period at most one year";
        TooManyEntries { most: usize } => Invalid "too_many_entries",
            "这段时间超过 {most} 笔，须缩短时段", "There are more than {most} entries; choose a shorter period";
    }
}

db::bug_from!(Error);

impl Error {
    /// One wrong field.
    pub(crate) fn field(pointer: &str, code: &'static str, zh: &str, en: &str) -> Self {
        Self::BadInput { fields: vec![FieldError::new(pointer, code, zh, en)] }
    }

    /// Nothing was written and the same may succeed in a new transaction (deadlock, busy).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Bug(source) => source.downcast_ref::<db::Error>().is_some_and(db::Error::is_conflict),
            _ => false,
        }
    }
}
