//! Why ordering says no. One enum for the crate: its rooms refuse for the same few reasons.

use kernel::{FieldError, Money, RetryAfter};

kernel::errors! {
    /// Why ordering says no.
    pub enum Error in "ordering" {
        /// No such thing, or not this customer's.
        NotFound => NotFound "not_found", "没有找到这份订单，可在“我的订单”里查找", "There is no such order. Look under My orders";
        Forbidden => Forbidden "forbidden", "您的角色不能做这一步，联系管理员", "Your role does not permit this. Ask an administrator";
        /// More than somebody may order at once for their organisation.
        OverLimit { limit: Money } => Forbidden "over_limit", "超过您在企业内的单笔限额 {limit}，可请管理员调整", "This is over your limit of {limit} in the organisation. Ask its owner";
        /// More than somebody may order in a day for their organisation.
        OverDayLimit { limit: Money } => Forbidden "over_day_limit", "超过您在企业内的当日限额 {limit}，可请管理员调整", "This is over your limit of {limit} a day in the organisation. Ask its owner";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后再继续", "Sign in first";
        /// Wrong input; each field has its own words.
        InvalidInput { fields: Vec<FieldError> } => Invalid "invalid_input", "有内容需要修改", "Some answers need a change";
        NoLines => Invalid "no_lines", "还没有选择业务，先选一项再提交", "Nothing is chosen yet. Choose a service first";
        TooManyLines { most: usize } => Invalid "too_many_lines", "一次最多办理 {most} 项，分次提交", "At most {most} lines in one order. Submit several";
        /// Not sold this way.
        PaymentNotOffered => Invalid "payment_not_offered", "这项业务不支持该支付方式，换一种", "This service does not take that payment method. Choose another";
        /// Two currencies in one order.
        MixedCurrencies => Invalid "mixed_currencies", "不同币种要分开下单", "Order different currencies separately";
        /// Some of it is taken at once and some when the work is done.
        MixedCapture => Conflict "mixed_capture", "这些业务的扣款时间不同（下单时与办结后），分开下单；您没有被扣款", "Some of these are charged now and some when the work is done. Order them separately. You were not charged";
        /// Price or form changed since the customer saw them (I10).
        Changed { total: Money } => Conflict "price_changed", "内容或价格已更新，现在合计 {total}，请核对后再确认；您没有被扣款", "The price or form has changed; the total is now {total}. Check and confirm again. You were not charged";
        QuoteExpired => Conflict "quote_expired", "报价已过期，重新查询后再提交；您没有被扣款", "The quote has expired. Ask again, then submit. You were not charged";
        /// Not enough stock, or the slot is full.
        StockShort { sku: String, left: i64, line: usize } => Conflict "stock_short", "库存不足，还剩 {left} 件，可减少数量或换一款", "Only {left} left. Order fewer or choose another";
        SlotTaken { line: usize } => Conflict "slot_taken", "该时段刚被约满，换一个时段", "That time was just taken. Choose another";
        InsufficientFunds { short: Money } => Conflict "insufficient_funds", "余额不足，还差 {short}，可换支付方式", "Not enough balance: {short} short. Use another method";
        /// The cart became an order already (I9).
        CartOrdered { order: crate::OrderId } => Conflict "cart_ordered", "这个购物车已经下单，可在订单里查看", "This cart was ordered already. See your orders";
        CartChanged => Conflict "cart_changed", "购物车在另一台设备上改过，核对后再提交", "The cart changed on another device. Check it and submit again";
        DraftChanged => Conflict "draft_changed", "此草稿已在另一台设备修改，核对后再提交", "This draft was changed on another device. Check it and submit again";
        IdempotencyConflict => Invalid "idempotency_conflict", "这个幂等键已用于另一个请求，换一个新键", "This idempotency key was used for another request. Use a new key";
        IdempotencyInFlight { wait: RetryAfter } => Conflict "idempotency_in_flight", "同一请求正在处理，{wait} 秒后再查", "The same request is being processed. Ask again in {wait} s";
        IdempotencyKeyRequired => Invalid "idempotency_key_required", "缺少 Idempotency-Key 请求头，1 至 255 个可见 ASCII 字符", "Send an Idempotency-Key header of 1 to 255 visible ASCII characters";
        /// The queue is full.
        Busy { wait: RetryAfter } => Unavailable "busy", "下单人数较多，{wait} 秒后再试；您没有被扣款", "Many people are ordering. Try again in {wait} s. You were not charged";
        /// Not in this state (O1).
        IllegalTransition { state: String, allowed: String } => Conflict "illegal_transition", "订单现在的状态不能这样做；可做：{allowed}", "The order is {state}: this is not possible now. Possible: {allowed}";
        CancelRefused { zh: String, en: String } => Conflict "cancel_refused", "{zh}", "{en}";
        /// Above what is sent without one, or to whom is new (W8).
        ProofNeeded => Forbidden "proof_needed", "先确认是您本人，再继续操作", "Confirm that it is you, then go on";
        /// The risk engine says no; which of its reasons is told to nobody who could learn from it.
        NotAccepted => Conflict "not_accepted", "这笔订单没有通过安全检查，未能提交；您没有被扣款，如有疑问可联系客服", "This order did not pass our safety check and was not placed. You were not charged. If you think this is wrong, contact us";
        /// More than goes to whom is not in the payee book, or was put there less than a day ago.
        PayeeNew { most: Money } => Conflict "payee_new", "新收款人 24 小时内每笔最多 {most}，可减少金额或先加入收款人名册", "At most {most} goes to a new payee for 24 hours. Send less, or add the payee first";
        PayeeNotFound => NotFound "payee_not_found", "没有这位收款人，可在“收款人”里查看", "There is no such payee. Look under Payees";
        /// The account stands in the book.
        PayeeKnown => Conflict "payee_known", "这个账号已在收款人名册中，可直接选用", "This account is in your payees already. Choose it there";
        /// No customer of this name has this address; which of the two is wrong is told to nobody.
        PayeeUnknown => Conflict "payee_unknown", "没有找到姓名与手机号或邮箱相符的客户，请核对；对方需已实名认证", "No customer of this name has this number or address. Check both; their name must be verified";
        /// Looked for too often: whoever guesses is slowed down.
        PayeeTooOften { after: RetryAfter, zh: String, en: String } => Limited "payee_too_often", "查找次数过多，请 {zh}后再试", "You looked for too many. Try again in {en}";
        PayeeSelf => Conflict "payee_self", "不能转账给自己，换一位收款人", "You cannot send money to yourself. Choose another payee";
        /// One of the two accounts is frozen or closed, or the payee may not hold so much; which is told to nobody.
        PayeeBlocked => Conflict "payee_blocked", "这笔转账现在不能到账，可与收款人联系；您没有被扣款", "This transfer cannot be delivered now. Ask the payee. You were not charged";
        /// The operator does not move money between customers.
        TransfersOff => Forbidden "transfers_off", "本站没有开通余额互转，可转账到银行卡", "Transfers between balances are not offered here. Send to a bank account instead";
        /// Money for another balance moves alone.
        TransferAlone => Invalid "transfer_alone", "转账到余额需单独提交，不能与其他业务一起", "Send a transfer to a balance on its own, without other services";
        TooManyPayees { most: i64 } => Conflict "too_many_payees", "收款人最多 {most} 位，删除不用的再添加", "At most {most} payees. Remove one first";
        /// A limit of what may be sent away; the words are the ledger's.
        OverAllowance { zh: String, en: String } => Conflict "over_allowance", "{zh}", "{en}";
        /// Somebody else changed it at the same moment.
        Stale => Conflict "stale", "刚有人改过，刷新后再试", "It was changed a moment ago. Reload and try again";
        /// A provider was asked for a price and did not answer.
        EnquiryUnavailable => Unavailable "enquiry_unavailable", "暂时查询不到，稍后再试；您没有被扣款", "The provider does not answer. Try again later. You were not charged";
        /// The provider says no to the question.
        EnquiryRefused { zh: String, en: String } => Invalid "enquiry_refused", "{zh}", "{en}";
        /// Who orders is not known surely enough for a service; `/me/identity` raises the level.
        LevelNeeded { needed: kernel::Level, has: kernel::Level } => Conflict "level_needed", "这项业务需要更高的认证等级（{needed} 级），完成认证后再提交", "This needs identity level {needed}; yours is {has}. Verify your identity, then submit";
        /// A rule of the service refuses; the words are the pack's.
        NotEligible { rule: String, zh: String, en: String } => Conflict "not_eligible", "{zh}", "{en}";
    }
}
db::bug_from!(Error);

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        use kernel::{Kind, Locale, Refusal as _};
        if error.kind() == Kind::Bug {
            return Self::bug(error);
        }
        Self::OverAllowance { zh: error.message(Locale::Zh), en: error.message(Locale::En) }
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::OverLimit { limit } => Self::OverLimit { limit },
            identity::Error::OverDayLimit { limit } => Self::OverDayLimit { limit },
            identity::Error::NotAllowed => Self::Forbidden,
            other => Self::bug(other),
        }
    }
}
