//! Why stock is not changed or shown.

kernel::errors! {
    /// Why stock is not changed or shown.
    pub enum Error in "stock" {
        /// No such item.
        NotFound => NotFound "not_found", "没有这个库存项，核对编码", "There is no such stock item. Check its code";
        /// Somebody without the permission.
        Forbidden => Forbidden "forbidden", "您的角色不能查看或修改库存，联系管理员", "Your role may not see or change stock. Ask an administrator";
        /// Less than what is promised to customers.
        BelowPromised { promised: i64 } => Conflict "below_promised", "已有 {promised} 件许给客户，库存不能低于这个数", "{promised} are promised to customers; stock cannot go below that";
        /// A correction without a reason.
        ReasonMissing => Invalid "reason_missing", "填写调整原因，5 至 200 个字", "Enter the reason for the change, 5 to 200 characters";
        /// An absurd number.
        OutOfRange { max: i64 } => Invalid "out_of_range", "库存需在 0 至 {max} 之间", "Stock must be between 0 and {max}";
    }
}

db::bug_from!(Error);
