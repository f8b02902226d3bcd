//! Refusals of this crate.

use kernel::FieldError;

kernel::errors! {
    /// Why the record is not given out.
    pub enum Error in "audit" {
        Forbidden => Forbidden "forbidden", "您没有导出审计日志的权限", "You may not export the audit log";
        /// The last proof is too old for this (W8).
        ProofNeeded => Forbidden "proof_needed", "再次验证身份后继续", "Prove once more that it is you, then go on";
        /// The input needs a change.
        Input { fields: Vec<FieldError> } => Invalid "input", "修改标出的内容", "Change what is marked";
    }
}
db::bug_from!(Error);
