//! The twelve states of an order that a customer may read (U9), and words for outcomes.

super::texts! {
    /// Words for the state of an order, a line, a payment.
    State {
        draft: "草稿" / "Draft";
        awaiting_payment: "待支付" / "To pay";
        confirming_payment: "支付确认中" / "Confirming payment";
        reviewing: "审核中" / "In review";
        risk_review: "风控复查" / "Risk review";
        materials_needed: "待补材料" / "Documents needed";
        in_progress: "办理中" / "In progress";
        visit_booked: "待上门" / "Visit booked";
        completed: "已完成" / "Done";
        cancelled: "已取消" / "Cancelled";
        refunding: "退款中" / "Refunding";
        refunded: "已退款" / "Refunded";
        failed: "未成功" / "Not done";
        expired: "已过期" / "Expired";
        partly_done: "部分完成" / "Partly done";
        waiting: "等待中" / "Waiting";
        authorised: "已预授权" / "Authorised";
        paid: "已付款" / "Paid";
        unpaid: "未付款" / "Not paid";
        shipped: "已发货" / "Shipped";
        overdue: "已超时" / "Overdue";
        at_risk: "即将超时" / "Nearly due";
        in_time: "正常" / "On time";
        active: "启用" / "Active";
        inactive: "停用" / "Off";
        published: "已发布" / "Published";
        in_stock: "有货" / "In stock";
        low_stock: "库存紧张" / "Low stock";
        out_of_stock: "缺货" / "Out of stock";
    }
}
