//! Why a real name is not taken. One enum for this room and [`crate::review`]: they refuse for the same reasons.

use kernel::{FieldError, RetryAfter};

kernel::errors! {
    /// Why a real name is not taken.
    pub enum Error in "real_name" {
        /// Wrong input; each field has its own words.
        Invalid { fields: Vec<FieldError> } => Invalid "invalid", "有内容需要修改，见各项说明", "Some answers need a change, see below";
        /// Nobody is signed in.
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后才能继续", "Sign in to continue";
        /// The role does not permit it.
        NotAllowed => Forbidden "not_allowed", "您的角色没有这项权限，可联系管理员开通", "Your role does not permit this. Ask an administrator";
        /// No such thing, or not this person's.
        NotFound => NotFound "not_found", "没有找到这项认证，可刷新后再查", "There is no such verification. Reload and look again";
        /// The account is frozen or closed.
        WrongAccount => Forbidden "account_not_active", "账号现在不能认证，可联系客服", "This account cannot be verified now. Contact support";
        /// No provider is configured.
        NotOffered => Conflict "not_offered", "本站未接通实名核验，可上传证件由人工审核", "There is no automatic check here. Upload your documents instead";
        /// Name and number are confirmed already.
        AlreadyVerified => Conflict "already_verified", "已完成实名认证，更换证件需先撤回", "Your identity is verified. Withdraw it first to change it";
        /// The question before this one has no answer yet.
        Running => Conflict "running", "上一次核验还没有结果，稍后再看", "The last check has no result yet. Look again soon";
        /// Too often today.
        TooManyTries { after: RetryAfter, zh: String, en: String } => Limited "too_many_tries", "今天的次数已用完，请 {zh}后再试", "No tries are left for today. Try again in {en}";
        /// The key was used for another name or number.
        KeyUsed => Invalid "key_used", "这个幂等键已用于另一个请求，换一个新键", "This idempotency key was used for another request. Use a new key";
        /// The person has an account already.
        PersonTaken => Conflict "person_taken", "该身份已在其他账号认证，可登录那个账号", "This person has another account already. Sign in there, or merge the two";
        /// The documents are somebody else's than the name that was checked.
        OtherPerson => Conflict "other_person", "与已认证的身份不一致，更换需先撤回", "This is not the person you were verified as. Withdraw that first";
        /// There are documents that nobody has decided about.
        ReviewWaiting => Conflict "review_waiting", "证件正在审核，有结果会通知您", "Your documents are being reviewed. We will tell you the result";
        /// Somebody has decided, or the customer took it back.
        Decided => Conflict "decided", "这份证件已处理或已撤回，刷新后再看", "These documents were decided about or withdrawn. Reload";
        /// Nobody decides about themselves.
        OwnReview => Forbidden "own_review", "不能审核自己的证件，由其他同事处理", "You cannot review your own documents. Leave them to a colleague";
        /// Documents are looked at after saying why.
        NotOpened => Conflict "not_opened", "填写查看原因后才能继续，15 分钟内有效", "Say why you look at this first. That holds for 15 minutes";
        /// A colleague is at it.
        OpenedByOther => Conflict "opened_by_other", "同事正在审核这份证件，换一份处理", "A colleague is reviewing these. Take others";
        /// The file was erased in time.
        Erased => NotFound "erased", "证件已按期删除，不能再查看", "These documents were erased on time";
        /// Nothing was verified and nothing waits.
        NothingToWithdraw => Conflict "nothing_to_withdraw", "没有可以撤回的认证信息", "There is nothing to withdraw";
    }
}

db::bug_from!(Error, vault::Error, notify::Error, crate::Error);

/// For rooms that use this one inside a transaction of their own: what it refuses there is a mistake of ours.
impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        Self::bug(error)
    }
}

impl Error {
    /// One wrong field.
    pub(crate) fn field(pointer: &str, code: &'static str, zh: &str, en: &str) -> Self {
        Self::Invalid { fields: vec![FieldError::new(pointer, code, zh, en)] }
    }
}
