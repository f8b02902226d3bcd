//! Why a check is refused.

use kernel::FieldError;

kernel::errors! {
    /// Why approval says no.
    pub enum Error in "approval" {
        /// No such request, or another organisation's.
        NotFound => NotFound "not_found", "没有找到这份复核，可在“企业复核”里查看", "There is no such request. Look under Approvals";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后再继续", "Sign in first";
        Forbidden => Forbidden "forbidden", "您在企业内的角色不能做这一步，联系企业管理员", "Your role in the organisation does not permit this. Ask its owner";
        /// W1.
        OwnRequest => Forbidden "own_request", "您是提交人，需由他人复核", "You made this request. Somebody else has to check it";
        /// An earlier level was checked by the same person.
        CheckedBefore => Forbidden "checked_before", "您已复核过前一级，需由他人复核", "You checked an earlier level. Somebody else has to check this one";
        NotChecker => Forbidden "not_checker", "这一级由其他同事复核", "Other colleagues check this level";
        /// Above what the role may move, or from the amount that always asks (W8).
        ProofNeeded => Forbidden "proof_needed", "先确认是您本人，再继续操作", "Confirm that it is you, then go on";
        /// Somebody was faster, or its time is over.
        Decided { zh: String, en: String } => Conflict "decided", "这份复核{zh}，不能再操作", "This request {en}. Nothing more can be done";
        /// A colleague finished the level that was shown.
        LevelMoved => Conflict "level_moved", "同事刚完成了这一级复核，核对后再操作", "A colleague has just checked this level. Look again, then decide";
        /// The rules changed since the change of them was asked for.
        RulesMoved => Conflict "rules_moved", "复核规则已被改过，退回后重新提交", "The rules have changed meanwhile. Return this and ask again";
        /// One change of the rules at a time.
        RulesPending => Conflict "rules_pending", "已有一份规则修改等待复核，先完成或撤回", "A change of the rules waits already. Finish or withdraw it first";
        /// Each field has its own words.
        InvalidInput { fields: Vec<FieldError> } => Invalid "invalid_input", "有内容需要修改", "Some answers need a change";
        /// Ordering or identity says no, in its own words.
        Other { code: &'static str, zh: String, en: String } => Conflict "not_possible", "{zh}", "{en}";
    }
}
db::bug_from!(Error);

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        use kernel::{Kind, Locale, Refusal as _};
        if error.kind() == Kind::Bug {
            return Self::bug(error);
        }
        let (zh, en) = (error.message(Locale::Zh), error.message(Locale::En));
        Self::Other { code: error.code(), zh, en }
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::NotFound => Self::NotFound,
            identity::Error::SignInNeeded => Self::SignInNeeded,
            identity::Error::NotAllowed => Self::Forbidden,
            identity::Error::ProofNeeded => Self::ProofNeeded,
            identity::Error::WrongState => Self::RulesMoved,
            identity::Error::Invalid { fields } => Self::InvalidInput { fields },
            other => Self::bug(other),
        }
    }
}
