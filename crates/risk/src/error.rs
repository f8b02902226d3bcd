//! Refusals of this crate.

use kernel::FieldError;

kernel::errors! {
    /// Why staff or a customer cannot do something with a decision. A decision against somebody is an outcome, no error.
    pub enum Error in "risk" {
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后再继续", "Sign in first";
        /// The actor may not see or decide.
        Forbidden => Forbidden "forbidden", "您没有查看或处理风险决策的权限", "You may not see or decide about risk decisions";
        NotFound => NotFound "not_found", "没有这条风险决策", "There is no such risk decision";
        /// Nobody decides about themselves.
        OwnReview => Forbidden "own_review", "不能处理关于自己的复查，请由其他同事处理", "You cannot decide about yourself. Ask a colleague";
        /// The review was released, rejected or expired before.
        Ended => Conflict "review_ended", "这条复查已经结束，刷新后查看结果", "This review has ended. Reload to see the result";
        /// No such rule, list entry, model, case or dry run.
        NoSuchEntry => NotFound "no_such_entry", "没有这条记录", "There is no such entry";
        /// What takes two people was tried by one.
        SamePerson => Forbidden "same_person", "发起和复核不能是同一人，请由其他同事复核", "Who asks cannot approve. Let a colleague approve";
        /// What leaves the house needs a factor shown just now.
        ProofNeeded => Forbidden "proof_needed", "再次验证身份后继续", "Prove once more that it is you, then go on";
        /// It is not in a state that allows this.
        WrongState => Conflict "wrong_state", "状态已经变化，刷新后再试", "It has changed meanwhile. Reload and try again";
        /// The very same is on the list.
        AlreadyListed => Conflict "already_listed", "名单中已有这一条", "It is on the list already";
        /// The file is no model, or one for other features.
        BadModel { why: String } => Invalid "bad_model", "模型文件无法使用：{why}", "The model file cannot be used: {why}";
        /// The input needs a change.
        Input { fields: Vec<FieldError> } => Invalid "input", "修改标出的内容", "Change what is marked";
    }
}
db::bug_from!(Error);
