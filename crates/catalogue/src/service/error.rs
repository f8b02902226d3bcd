//! Why the catalogue says no.

use kernel::Money;

use crate::pack::Problems;

kernel::errors! {
    /// Why the catalogue says no.
    pub enum Error in "catalogue" {
        /// No service of this code, or not in this version.
        NotFound => NotFound "not_found", "没有这项业务，可在业务目录里查找", "There is no such service. Look in the catalogue";
        /// The service has no such offering (any more).
        OfferingNotFound => Conflict "offering_not_found", "该选项已不再提供，换一个选项", "This option is no longer offered. Choose another";
        /// Somebody without the permission.
        Forbidden => Forbidden "forbidden", "您的角色不能发布业务目录，联系管理员", "Your role may not publish the catalogue. Ask an administrator";
        /// Nothing was published; every mistake is named.
        PacksRefused { count: usize, problems: Problems, fields: Vec<kernel::FieldError> } => Invalid "packs_refused", "业务包有 {count} 处要修改，未发布任何内容", "{count} mistakes in the packs; nothing was published. Correct them and publish again";
        /// Fewer or more than one line may order.
        QuantityOutside { min: i64, max: i64 } => Invalid "quantity_outside", "数量需在 {min} 至 {max} 之间", "The quantity must be between {min} and {max}";
        /// The form has no amount.
        AmountMissing => Invalid "amount_missing", "填写金额", "Enter an amount";
        /// The amount entered or quoted is outside the limits.
        AmountOutside { min: Money, max: Money } => Invalid "amount_outside", "金额需在 {min} 至 {max} 之间", "The amount must be between {min} and {max}";
        /// The price comes from the provider and was not asked for.
        EnquiryNeeded => Conflict "enquiry_needed", "先查询应缴金额，再提交", "Query the amount due first, then submit";
        /// The provider's amount is too old.
        QuoteExpired => Conflict "quote_expired", "查询结果已过期，重新查询后再提交；您没有被扣款", "The queried amount has expired. Query again; you were not charged";
        /// No time was chosen.
        SlotMissing => Invalid "slot_missing", "选择上门时段", "Select a visit time";
        /// The time is over, too near, too far or not offered.
        SlotClosed => Conflict "slot_closed", "该时段已不能预约，选择其他时段", "This time can no longer be booked. Choose another";
        /// A rule of the service refuses; the words are the pack's.
        NotEligible { rule: String, zh: String, en: String } => Conflict "not_eligible", "{zh}", "{en}";
    }
}

db::bug_from!(Error);
