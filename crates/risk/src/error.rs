//! Refusals of this crate.

use kernel::FieldError;

kernel::errors! {
    /// Why staff or a customer cannot do something with a decision. A decision against somebody is an outcome, no error.
    pub enum Error in "risk" {
        SignInNeeded => Unauthenticated "sign_in_needed", "请先登录", "Sign in first";
        /// The actor may not see or decide.
        Forbidden => Forbidden "forbidden", "您没有查看或处理风险决策的权限", "You may not see or decide about risk decisions";
        NotFound => NotFound "not_found", "没有这条风险决策", "There is no such risk decision";
        /// Nobody decides about themselves.
        OwnReview => Forbidden "own_review", "不能处理关于自己的复查，请由其他同事处理", "You cannot decide about yourself. Ask a colleague";
        /// The review was released, rejected or expired before.
        Ended => Conflict "review_ended", "这条复查已经结束，刷新后查看结果", "This review has ended. Reload to see the result";
        /// The input needs a change.
        Input { fields: Vec<FieldError> } => Invalid "input", "请修改标出的内容", "Change what is marked";
    }
}
db::bug_from!(Error);
