//! Why reconciliation says no. One enum for the crate: its rooms refuse for the same few reasons.

use kernel::Money;

kernel::errors! {
    /// Why reconciliation says no.
    pub enum Error in "reconciliation" {
        NotFound => NotFound "not_found", "没有找到这项内容，可返回列表重新选择", "There is no such thing here. Go back to the list";
        Forbidden => Forbidden "forbidden", "您的角色不能做这一步，联系管理员", "Your role does not permit this. Ask an administrator";
        ReasonNeeded => Invalid "reason_needed", "填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters";
        /// Not for this kind of difference, or not any more.
        NotPossible { allowed: String } => Conflict "not_possible", "这项差异现在不能这样处理；可做：{allowed}", "This difference cannot be handled that way now. Possible: {allowed}";
        /// Neither an attempt nor a refund of ours stands on the line.
        NothingToAsk => Conflict "nothing_to_ask", "账单行上没有本站的支付号，无法查询，可改用“关联付款”", "The line names no payment of ours, so there is nothing to ask about. Link it to a payment instead";
        /// The gateway did not answer; nothing changed.
        GatewayUnavailable => Unavailable "gateway_unavailable", "支付渠道没有答复，稍后再查；没有记账", "The gateway did not answer. Ask again later. Nothing was booked";
        GatewayUnknown => Invalid "gateway_unknown", "没有这个支付渠道", "There is no such gateway";
        /// The bill of that day is not there yet.
        NoBillYet => Conflict "no_bill_yet", "渠道还没有出这一天的账单，稍后再取", "The gateway has no bill of that day yet. Fetch it later";
        /// The gateway hands in no bills.
        NoBillOffered => Conflict "no_bill_offered", "这个渠道不提供账单", "This gateway hands in no bills";
        /// Its bills are fetched, not handed in.
        NotFromFiles => Conflict "not_from_files", "只有银行转账的对账单可以上传文件", "Only the statement of bank transfers can be handed in as a file";
        FileTooLarge { most: usize } => Invalid "file_too_large", "文件超过 {most} 字节，核对是否选错文件", "The file has more than {most} bytes. Check that it is the right one";
        FileUnusable { zh: String, en: String } => Invalid "file_unusable", "{zh}", "{en}";
        FileOfOtherDay { line: u64 } => Invalid "file_of_other_day", "第 {line} 笔不是所选日期的，核对日期或文件", "Movement {line} is of another day. Check the day and the file";
        /// The day has not ended, or is too long ago.
        BadDay => Invalid "bad_day", "只能取已结束的日期，且不早于一年前", "Choose a day that has ended, at most a year ago";
        BadMonth => Invalid "bad_month", "只能结已结束的月份", "Choose a month that has ended";
        /// Another node or person works on this day at the moment.
        Busy => Conflict "busy", "这一天正在对账，稍后刷新", "This day is being reconciled. Reload in a moment";
        /// W1.
        SamePerson => Forbidden "same_person", "您提交过、签过字或说明过，需由他人复核", "You proposed, signed or explained this. Somebody else has to check it";
        OverWriteOff { limit: Money } => Conflict "over_write_off", "超过核销上限 {limit}，需用其他方式处理", "This is more than may be written off ({limit}). Handle it another way";
        /// The payment that was named is not one that a bill lacks, or the amounts differ.
        CannotLink => Conflict "cannot_link", "这笔付款已对上别的账单行，或金额、币种不同，不能关联", "That payment is matched already or differs in amount or currency. It cannot be linked";
        /// The bank's reference is missing or too long.
        ReferenceNeeded => Invalid "reference_needed", "填写银行流水号，4 至 64 个字符", "Enter the bank's reference, 4 to 64 characters";
        /// What the bank says arrived is not what the gateway says it sent.
        ArrivedOther { sent: Money } => Conflict "arrived_other", "到账金额与渠道结算的 {sent} 不同，没有记账", "What arrived is not the {sent} the gateway sent. Nothing was booked";
        /// The month cannot close: days without a bill, or open items that nobody signed.
        NotReady { days: i64, items: i64 } => Conflict "not_ready", "还不能结账：{days} 天没有对完，{items} 项差异没有处理或签字", "Not yet: {days} days are not matched and {items} differences are neither handled nor signed";
        /// Not proposed, or closed already.
        NotProposed => Conflict "not_proposed", "没有待复核的结账申请，刷新后再看", "There is no close waiting to be checked. Reload";
        AlreadyClosed => Conflict "already_closed", "这个月已结账", "This month is closed already";
        /// Somebody else changed it at the same moment.
        Stale => Conflict "stale", "刚有人改过，刷新后再试", "It was changed a moment ago. Reload and try again";
    }
}

db::bug_from!(Error, vault::Error, serde_json::Error, kernel::MoneyError, identity::Error);

impl From<ordering::payment::Error> for Error {
    fn from(error: ordering::payment::Error) -> Self {
        match error {
            ordering::payment::Error::NotFound => Self::NothingToAsk,
            other => Self::bug(other),
        }
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        Self::bug(error)
    }
}
