//! Everything this crate can refuse. One enum for all rooms: logging in passes through four of them, and a refusal reads
//! the same wherever it comes from.

use kernel::{Duration, FieldError, Money, RetryAfter};

kernel::errors! {
    /// Why identity refuses.
    pub enum Error in "identity" {
        /// The input is wrong.
        Invalid { fields: Vec<FieldError> } => Invalid "invalid", "有内容需要修改，见各项说明", "Some answers need a change, see below";
        /// The phone or e-mail address has an account.
        AlreadyRegistered => Conflict "already_registered", "该手机号或邮箱已有账号，可直接登录", "This phone or e-mail already has an account. Sign in instead";
        /// Unknown account or wrong password: the same answer for both.
        WrongCredentials { left: i64, tries: &'static str } => Unauthenticated "wrong_credentials", "账号或密码不对，还可尝试 {left} 次", "Wrong account or password. {left} {tries} left";
        /// The same, and the next try has to wait.
        WrongCredentialsWait { after: RetryAfter, zh: String, en: String } => Unauthenticated "wrong_credentials_wait", "账号或密码不对，请 {zh}后再试", "Wrong account or password. Try again in {en}";
        /// Too many tries from here or on this account.
        TooManyTries { after: RetryAfter, zh: String, en: String } => Limited "too_many_tries", "操作太频繁，请 {zh}后再试", "Too many tries. Try again in {en}";
        /// More passwords wait to be checked than the machine can check.
        Busy { after: RetryAfter } => Unavailable "busy", "现在登录的人较多，请 {after} 秒后再试", "Many people are signing in. Try again in {after} seconds";
        /// Nobody is signed in.
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后才能继续", "Sign in to continue";
        /// The role does not permit it.
        NotAllowed => Forbidden "not_allowed", "您的角色没有这项权限，可联系管理员开通", "Your role does not permit this. Ask an administrator";
        /// A sensitive act needs a factor shown in the last five minutes (W8).
        ProofNeeded => Forbidden "proof_needed", "先确认是您本人，再继续操作", "Confirm that it is you, then go on";
        /// More than the roles let somebody move at once.
        OverLimit { limit: Money } => Forbidden "over_limit", "超过您的单笔限额 {limit}，可请有权限的同事办理", "This is over your limit of {limit}. Ask a colleague who may";
        /// More than the roles let somebody move in a day.
        OverDayLimit { limit: Money } => Forbidden "over_day_limit", "超过您的当日限额 {limit}，可请有权限的同事办理", "This is over your limit of {limit} a day. Ask a colleague who may";
        /// The organisation with this credit code is here already.
        OrganisationExists => Conflict "organisation_exists", "该统一社会信用代码已登记，可请其管理员邀请您", "This organisation is here already. Ask its owner to invite you";
        /// An organisation keeps somebody who can manage it.
        LastOwner => Conflict "last_owner", "企业至少保留一位管理员，请先指定他人", "An organisation keeps one owner. Appoint another first";
        /// The invitation is for another address than the account's.
        InvitedSomebodyElse => Forbidden "invited_somebody_else", "邀请发给了其他手机号或邮箱，请用该账号加入", "This invitation is for another phone or e-mail. Join with that account";
        /// Unknown client or wrong secret: the same answer for both.
        ClientUnknown => Unauthenticated "invalid_client", "应用或密钥不对，请核对后再试", "Unknown client or wrong secret";
        /// More than the client may.
        ScopeUnfit => Invalid "invalid_scope", "申请的权限超出该应用的范围", "The scope is more than this client may";
        /// A request to take second factors away is under way.
        RecoveryUnderWay => Conflict "recovery_under_way", "已有一个申请在处理，可查看进度", "A request is already under way";
        /// The same person has agreed already: another is needed.
        SecondPersonNeeded => Conflict "second_person_needed", "需由另一位同事核实，同一人不能两次同意", "Another colleague has to agree";
        /// Approved, but the waiting time is not over.
        RecoveryWaits => Conflict "recovery_waits", "等待时间未到，到时再来继续", "The waiting time is not over yet. Come back then";
        /// What an account cannot be without.
        ConsentNeeded => Conflict "consent_needed", "不同意隐私说明则无法使用账号，可注销账号", "An account needs this agreement. You can close the account instead";
        /// Something keeps the account from being closed; `zh` and `en` say what.
        AccountInUse { zh: &'static str, en: &'static str } => Conflict "account_in_use", "暂不能注销：{zh}，处理后再来", "The account cannot be closed: {en}. Settle that first";
        /// No such account, or none the actor may see.
        NotFound => NotFound "not_found", "没有找到这个账号，可换个条件再查", "There is no such account. Try another search";
        /// No such session of this account.
        SessionNotFound => NotFound "session_not_found", "这次登录已经退出", "That session has already ended";
        /// The account is frozen; only said to who knows the password.
        Frozen => Forbidden "account_frozen", "账号已冻结，可联系客服解冻", "This account is frozen. Contact support";
        /// The account is closed; only said to who knows the password.
        Closed => Forbidden "account_closed", "账号已注销，可重新注册或联系客服", "This account is closed. Contact support";
        /// A one-time code does not match.
        CodeWrong { left: i64, tries: &'static str } => Invalid "code_wrong", "验证码不对，还可尝试 {left} 次", "Wrong code. {left} {tries} left";
        /// A one-time code is used, too old, replaced or tried too often.
        CodeExpired => Conflict "code_expired", "验证码已失效，可重新获取", "This code no longer works. Get a new one";
        /// A passkey did not show who somebody is: the same answer whatever was wrong.
        PasskeyRefused => Unauthenticated "passkey_refused", "没能用这个通行密钥登录，可换一种方式", "This passkey did not work here. Use another way";
        /// The question a passkey answered is too old, was answered already, or was not asked of this browser.
        PasskeyExpired => Conflict "passkey_expired", "这次验证已超时，可再试一次", "This took too long. Try again";
        /// A new passkey cannot be kept: the answer is not what was asked for, or it is known already.
        PasskeyNotAdded => Conflict "passkey_not_added", "没能添加这个通行密钥，可再试一次", "This passkey could not be added. Try again";
        /// An account has ten passkeys at most.
        TooManyPasskeys => Conflict "too_many_passkeys", "最多 10 个通行密钥，移除一个后再添加", "Ten passkeys at most. Remove one first";
        /// No such passkey of this account.
        PasskeyNotFound => NotFound "passkey_not_found", "没有这个通行密钥，可能已移除", "There is no such passkey. It may be removed already";
        /// Without it nobody could sign in any more.
        LastWayIn => Conflict "last_way_in", "这是唯一的登录方式，先设置密码再移除", "This is the only way to sign in. Set a password first";
        /// No party of this name is connected.
        PartyUnknown => NotFound "party_unknown", "没有接入这种第三方登录，可换一种方式", "This way to sign in is not offered. Choose another";
        /// The person said no at the other party.
        PartyDenied => Conflict "party_denied", "您在第三方取消了授权，可重新尝试", "You refused at the other site. You can try again";
        /// The other party does not take what came back: used, too old, somebody else's.
        PartyRefused => Conflict "party_refused", "第三方没有确认这次登录，可重新尝试", "The other site did not confirm this. Try again";
        /// The other party does not answer, or not readably.
        PartyUnavailable => Unavailable "party_unavailable", "第三方暂时没有答复，稍后再试或换一种方式", "The other site does not answer. Try later, or another way";
        /// The other party's answer must not be believed.
        PartyUntrusted => Forbidden "party_untrusted", "第三方的答复没有通过核验，未登录", "The other site's answer did not pass our checks. You are not signed in";
        /// A state that is used, too old, of another browser or made up: one answer for all.
        StateInvalid => Conflict "state_invalid", "这次第三方登录已失效，可重新开始", "This sign-in no longer works. Begin again";
        /// The identity opens another account.
        LinkTaken => Conflict "link_taken", "它已关联另一个账号，可合并账号", "It is linked to another account. You can merge the accounts";
        /// An account has twenty links at most.
        TooManyLinks => Conflict "too_many_links", "最多关联 20 个，解除一个后再添加", "Twenty links at most. Remove one first";
        /// No such link of this account.
        ThirdPartyLinkNotFound => NotFound "third_party_link_not_found", "没有这个第三方账号，可能已解除", "There is no such link. It may be removed already";
        /// No identity waits for a decision in this browser.
        ClaimExpired => Conflict "claim_expired", "第三方身份已过期，可重新登录一次", "This took too long. Sign in with the other site again";
        /// No other account was proved lately.
        MergeExpired => Conflict "merge_expired", "对另一个账号的验证已过期，可重新验证", "The proof of the other account is too old. Prove it again";
        /// Both are the same account.
        MergeSame => Conflict "merge_same", "这就是您现在登录的账号，不用合并", "This is the account you are signed in to";
        /// Accounts of staff are never merged.
        MergeStaff => Conflict "merge_staff", "员工账号不能合并，可联系管理员", "Accounts of staff cannot be merged. Ask an administrator";
        /// The other account has business that would be lost.
        MergeBlocked { zh: String, en: String } => Conflict "merge_blocked", "另一个账号还有{zh}，不能合并", "The other account still has {en} and cannot be merged";
        /// Nothing is left to verify.
        AlreadyVerified => Conflict "already_verified", "已验证过，不用再次验证", "This is already verified";
        /// The account is not in a state that allows this.
        WrongState => Conflict "wrong_state", "账号状态已变化，刷新后再操作", "The account has changed. Reload and try again";
        /// A setup or invitation link is used, too old or unknown.
        LinkInvalid => NotFound "link_invalid", "链接已用过或已过期，可申请新链接", "This link is used or too old. Ask for a new one";
        /// The first administrator exists already.
        AdministratorExists => Conflict "administrator_exists", "已有管理员，可由其邀请您加入", "There is an administrator already, who can invite you";
        /// A second factor or a proof does not match.
        FactorWrong { left: i64, tries: &'static str } => Invalid "factor_wrong", "验证没有通过，还可尝试 {left} 次", "That did not match. {left} {tries} left";
        /// A factor that does not count here: too weak for this account, or not set up.
        FactorUnfit => Conflict "factor_unfit", "这种验证方式现在不能用，可换一种", "This cannot be used here. Choose another way";
        /// The last second factor of a role that demands one.
        FactorDemanded => Conflict "factor_demanded", "您的角色必须有两步验证，先添加另一种再停用", "Your role needs a second factor. Add another one first";
        /// A code for signing in is wrong, used or too old, or there is no such account: one answer for all.
        SignInCodeWrong => Unauthenticated "sign_in_code_wrong", "验证码不对或已失效，可重新获取", "Wrong code, or it no longer works. You can get a new one";
        /// No such device of this account.
        DeviceNotFound => NotFound "device_not_found", "没有找到这台设备，可能已被移除", "There is no such device. It may have been removed";
        /// A person looks at it first; the same asked again within a day of their answer goes through or is turned down at once.
        UnderReview => Conflict "under_review", "这次操作需要人工核对，一天内完成，之后再提交一次", "A person has to look at this first, within a day. Then send it again";
        /// The risk engine says no, and never why.
        NotAccepted => Conflict "not_accepted", "没有通过安全检查，未能办理，可联系客服", "This did not pass our safety check. If you think this is wrong, contact us";
        /// Somebody else froze the account, or it has no second factor to unfreeze it with.
        UnfreezeByStaff => Forbidden "unfreeze_by_staff", "这个账号不能自助解冻，可联系客服办理", "This account cannot be unfrozen here. Contact support";
        /// A link to undo a change is used, too old or unknown.
        UndoInvalid => NotFound "undo_invalid", "撤销链接已用过或已过期，可联系客服", "This link is used or too old. Contact support";
        /// Staff cannot freeze, close or demote themselves.
        OwnAccount => Conflict "own_account", "不能操作自己的账号，可由其他管理员操作", "You cannot do this to your own account. Ask another administrator";
    }
}

db::bug_from!(Error, vault::Error, notify::Error);

impl Error {
    /// One wrong field.
    pub(crate) fn field(pointer: &str, code: &'static str, zh: &str, en: &str) -> Self {
        Self::Invalid { fields: vec![FieldError::new(pointer, code, zh, en)] }
    }

    pub(crate) fn too_many(wait: Duration) -> Self {
        let (after, zh, en) = waiting(wait);
        Self::TooManyTries { after, zh, en }
    }

    pub(crate) fn wrong_wait(wait: Duration) -> Self {
        let (after, zh, en) = waiting(wait);
        Self::WrongCredentialsWait { after, zh, en }
    }

    pub(crate) fn wrong(left: i64) -> Self {
        Self::WrongCredentials { left, tries: tries(left) }
    }

    pub(crate) fn factor_wrong(left: i64) -> Self {
        Self::FactorWrong { left, tries: tries(left) }
    }

    pub(crate) fn code_wrong(left: i64) -> Self {
        Self::CodeWrong { left, tries: tries(left) }
    }
}

const fn tries(left: i64) -> &'static str {
    if left == 1 { "try" } else { "tries" }
}

/// Seconds up to two minutes, whole minutes above, always rounded up.
fn waiting(wait: Duration) -> (RetryAfter, String, String) {
    let secs = wait.0.saturating_add(999_999).div_euclid(1_000_000).max(1);
    if secs <= 120 {
        let unit = if secs == 1 { "second" } else { "seconds" };
        (RetryAfter(secs), format!("{secs} 秒"), format!("{secs} {unit}"))
    } else {
        let mins = secs.saturating_add(59).div_euclid(60);
        (RetryAfter(secs), format!("{mins} 分钟"), format!("{mins} minutes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_short_and_in_proper_chinese() {
        for info in Error::CODES {
            let han = info.zh.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count();
            assert!((4..=25).contains(&han), "{}: {han}", info.code);
            assert!(!info.zh.contains([',', ';', ':', '?', '!', '(', '！']), "{}", info.code);
            assert!(!info.en.is_empty() && !info.en.contains('!'), "{}", info.code);
            assert_eq!(
                Error::CODES.iter().filter(|other| other.code == info.code).count(),
                1,
                "{}",
                info.code
            );
        }
    }

    #[test]
    fn waits_are_told_in_seconds_or_minutes_rounded_up() {
        for (micros, secs, zh, en) in [
            (1, 1, "1 秒", "1 second"),
            (30_000_000, 30, "30 秒", "30 seconds"),
            (120_000_000, 120, "120 秒", "120 seconds"),
            (120_000_001, 121, "3 分钟", "3 minutes"),
            (3_600_000_000, 3600, "60 分钟", "60 minutes"),
        ] {
            assert_eq!(waiting(Duration(micros)), (RetryAfter(secs), zh.to_owned(), en.to_owned()));
        }
    }
}
