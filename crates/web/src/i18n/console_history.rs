//! What happened to an order, in words for staff, and why work is stuck.

super::texts! {
    /// Entries of an order's history and causes of fallout.
    Happened {
        placed: "下单" / "Placed";
        authorised: "已预授权" / "Authorised";
        captured_early: "预授权到期前已全额扣款" / "Charged in full before the authorisation ended";
        paid: "已付款" / "Paid";
        started: "开始办理" / "Work began";
        state: "订单状态变化" / "The order's state changed";
        line: "明细状态变化" / "A line's state changed";
        money: "款项状态变化" / "The money's state changed";
        cancelled: "已取消" / "Cancelled";
        cancel_requested: "申请取消" / "Cancellation asked for";
        cancel_refused: "取消未获准" / "Cancellation refused";
        refund_requested: "申请退款" / "Refund asked for";
        refund_denied: "退款未获准" / "Refund denied";
        information_asked: "向客户提问" / "The customer was asked";
        information_given: "客户已回复" / "The customer answered";
        step_done: "步骤完成" / "A step was done";
        step_undone: "步骤已撤回" / "A step was taken back";
        undo: "开始撤回" / "Taking back began";
        fallout: "转入异常处理" / "Went to the fallout desk";
        retried: "重试" / "Tried again";
        provider_update: "服务方进展" / "News from the provider";
        line_completed: "明细已办成" / "A line was done";
        line_cancelled: "明细已取消" / "A line was cancelled";
        late: "超过承诺时限" / "Later than promised";
        too_late: "服务方表示已来不及取消" / "The provider says it is too late to cancel";
        overpaid: "重复或超额付款" / "Paid twice or too much";
        payment_declined: "银行拒绝付款" / "The bank declined";
        note: "备注" / "Note";
        held: "等待人工决定" / "Waits for a person";
        released: "已放行" / "Released";
        checked: "一级复核已通过" / "One level of approval agreed";
        cause_deadline: "服务方逾期没有结果" / "No result from the provider in time";
        cause_refused: "服务方拒绝" / "The provider refused";
        cause_undo_refused: "服务方不能撤回" / "The provider cannot take it back";
        cause_unreachable: "服务方没有应答" / "The provider does not answer";
        cause_handed_over: "同事转来" / "Handed over by a colleague";
        cause_failed_by_staff: "员工判定未成功" / "Given up by staff";
        cause_refunded: "员工退款" / "Refunded by staff";
        cause_cancelled: "已取消" / "Cancelled";
        cause_hold_expired: "到期无人决定" / "Nobody decided in time";
        cause_stock_short: "等待期间库存售完" / "The stock went while it waited";
        cause_approval_returned: "企业复核退回" / "Returned by the organisation's checker";
        cause_approval_withdrawn: "提交人撤回" / "Withdrawn by its maker";
        cause_risk_rejected: "风控复查未通过" / "Rejected by the risk review";
    }
}
