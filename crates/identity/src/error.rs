//! Everything this crate can refuse. One enum for all rooms: logging in passes through four of them, and a refusal reads
//! the same wherever it comes from.

use kernel::{Duration, FieldError, RetryAfter};

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
        /// Nothing is left to verify.
        AlreadyVerified => Conflict "already_verified", "已验证过，不用再次验证", "This is already verified";
        /// The account is not in a state that allows this.
        WrongState => Conflict "wrong_state", "账号状态已变化，刷新后再操作", "The account has changed. Reload and try again";
        /// A setup or invitation link is used, too old or unknown.
        LinkInvalid => NotFound "link_invalid", "链接已用过或已过期，可申请新链接", "This link is used or too old. Ask for a new one";
        /// The first administrator exists already.
        AdministratorExists => Conflict "administrator_exists", "已有管理员，可由其邀请您加入", "There is an administrator already, who can invite you";
        /// Staff cannot freeze, close or demote themselves.
        OwnAccount => Conflict "own_account", "不能操作自己的账号，可由其他管理员操作", "You cannot do this to your own account. Ask another administrator";
    }
}

db::bug_from!(Error);

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        Self::bug(error)
    }
}

impl From<notify::Error> for Error {
    fn from(error: notify::Error) -> Self {
        Self::bug(error)
    }
}

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
