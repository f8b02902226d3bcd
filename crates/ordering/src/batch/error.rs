//! Why a file of orders is refused.

use super::model::BatchId;

kernel::errors! {
    /// Why a file of orders is refused.
    pub enum Error in "batch" {
        /// No such file or line, or another organisation's.
        NotFound => NotFound "not_found", "没有找到这份批量文件，可在“批量办理”里查看", "There is no such file. Look under Orders by file";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后再继续", "Sign in first";
        Forbidden => Forbidden "forbidden", "您在企业内的角色不能做这一步，联系企业管理员", "Your role in the organisation does not permit this. Ask its owner";
        /// Somebody else handed it in.
        NotMaker => Forbidden "not_maker", "只有上传人可以修改或提交这份文件", "Only whoever handed in this file changes or submits it";
        /// Money goes to others (W8).
        ProofNeeded => Forbidden "proof_needed", "先确认是您本人，再继续操作", "Confirm that it is you, then go on";
        /// It needs a price, a time slot or another way to pay.
        NotOffered => Invalid "not_offered", "这项业务不支持批量办理，换一项", "This service cannot be ordered by file. Choose another";
        TooLarge { most: usize } => Invalid "too_large", "文件超过 {most} 字节，拆分后再上传", "The file has more than {most} bytes. Split it and try again";
        Encoding => Invalid "encoding", "文件不是 UTF-8 或 GBK 编码的文本，另存为 CSV 后再上传", "The file is no text in UTF-8 or GBK. Save it as CSV and try again";
        Empty => Invalid "empty", "文件里没有内容行，填写后再上传", "The file has no lines. Fill it in and try again";
        TooManyLines { most: usize } => Invalid "too_many_lines", "一份文件最多 {most} 行，拆分后再上传", "A file has at most {most} lines. Split it and try again";
        /// Headings that no field of the service has.
        HeadingUnknown { names: String } => Invalid "heading_unknown", "表头有无法识别的列：{names}。可下载模板核对", "These columns are not known: {names}. Compare with the template";
        HeadingMissing { names: String } => Invalid "heading_missing", "表头缺少列：{names}。可下载模板核对", "These columns are missing: {names}. Compare with the template";
        HeadingTwice { names: String } => Invalid "heading_twice", "表头有重复的列：{names}。删除多余的列", "These columns are there twice: {names}. Remove one of each";
        /// It was handed in before.
        Known { batch: BatchId } => Conflict "known", "这份文件已上传过，不会重复办理", "This file was handed in before. Nothing is ordered twice";
        TooMany { most: i64 } => Conflict "too_many", "未办完的批量文件最多 {most} 份，先提交或删除旧的", "At most {most} files wait at a time. Submit or delete one first";
        /// Its lines are being ordered.
        Placing => Conflict "placing", "这份文件正在提交，完成后再操作", "This file is being submitted. Wait until that is done";
        NothingReady => Conflict "nothing_ready", "没有可提交的行，先修改有误的行", "No line can be submitted. Mend the wrong ones first";
        /// The line is an order already.
        Ordered => Conflict "ordered", "这一行已经下单，不能再修改", "This line was ordered already. It cannot be changed";
        /// Orders came of it: they are not forgotten.
        HasOrders => Conflict "has_orders", "已有行下单，不能删除这份文件", "Lines of this file were ordered. It cannot be deleted";
        /// Somebody changed it at the same moment.
        Stale => Conflict "stale", "刚有人改过，刷新后再试", "It was changed a moment ago. Reload and try again";
    }
}
db::bug_from!(Error);
