//! Everything the shield refuses, at the door and in its console pages.

use kernel::{FieldError, RetryAfter};

kernel::errors! {
    /// Why the shield refuses.
    pub enum Error in "shield" {
        /// The budget of the address or of the account is used up.
        TooMany { after: RetryAfter } => Limited "too_many", "请求太频繁，请 {after} 秒后再试", "Too many requests. Try again in {after} seconds";
        /// The address is on the deny list.
        Denied => Forbidden "denied", "此网络地址不能使用本服务，可联系客服", "This network address may not use this service. Contact support";
        /// The address was blocked for a while.
        Blocked { after: RetryAfter } => Forbidden "blocked", "此网络地址因异常请求暂停访问，{after} 秒后恢复，可联系客服", "This network address is blocked for unusual requests, for {after} more seconds. Contact support";
        /// The request names a host that is not ours.
        WrongHost => Invalid "wrong_host", "这个网址不是本服务的地址，可核对后再打开", "This is not an address of this service. Check it and open it again";
        AddressTooLong => Invalid "address_too_long", "网址太长，可从首页重新进入", "The address is too long. Begin at the home page";
        HeadersTooLarge => Invalid "headers_too_large", "请求头太大，清除此网站的 Cookie 后再试", "The request headers are too large. Clear this site's cookies and try again";
        Malformed => Invalid "malformed", "请求格式不对，可从首页重新进入", "The request is malformed. Begin at the home page";
        /// The body came too slowly.
        TooSlow => Invalid "too_slow", "内容上传太慢，没有提交，换个网络再试", "The upload was too slow and nothing was submitted. Try another network";
        /// Handling took too long and was given up.
        TimedOut { after: RetryAfter } => Unavailable "timed_out", "处理超时，请 {after} 秒后查看结果或重试", "This took too long. Look at the result or try again in {after} seconds";
        /// The role does not permit it.
        NotAllowed => Forbidden "not_allowed", "您的角色没有这项权限，可联系管理员开通", "Your role does not permit this. Ask an administrator";
        Invalid { fields: Vec<FieldError> } => Invalid "invalid", "有内容需要修改，见各项说明", "Some answers need a change, see below";
        /// No such incident or entry.
        NotFound => NotFound "not_found", "没有找到这条记录，可回到列表查看", "There is no such record. Go back to the list";
        /// A live entry of this kind for this network exists.
        AlreadyListed => Conflict "already_listed", "名单中已有这个网络，可先移除再添加", "This network is on the list already. Remove it first";
        /// It would keep out whoever asks for it, this machine, or the proxy.
        WouldLockOut => Conflict "would_lock_out", "这会挡住您自己、本机或前置代理，没有添加", "This would keep out yourself, this machine or its proxy. Nothing was added";
        /// It has changed in the meantime.
        WrongState => Conflict "wrong_state", "状态已变化，刷新后再操作", "This has changed. Reload and try again";
    }
}

db::bug_from!(Error, vault::Error);

impl Error {
    pub(crate) fn field(pointer: &str, code: &'static str, zh: &str, en: &str) -> Self {
        Self::Invalid { fields: vec![FieldError::new(pointer, code, zh, en)] }
    }
}

/// A reason is needed and kept with what it explains.
pub(crate) fn reason(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if (5..=500).contains(&text.chars().count()) {
        return Ok(text);
    }
    let (zh, en) = ("填写原因，5 至 500 个字", "Enter a reason of 5 to 500 characters");
    Err(Error::field("/reason", "shield.reason_needed", zh, en))
}
