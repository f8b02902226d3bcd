//! Words that several console pages use: columns, states only staff see, what happened, results of acts.

super::texts! {
    /// Words that several console pages use.
    Desk {
        order: "订单" / "Order";
        service: "业务" / "Service";
        customer: "客户" / "Customer";
        amount: "金额" / "Amount";
        state: "状态" / "State";
        money: "款项" / "Money";
        placed: "下单时间" / "Placed";
        due: "时限" / "Due";
        action: "操作" / "Action";
        reason: "原因" / "Reason";
        reason_hint: "5 至 500 个字，会记入审计日志" / "5 to 500 characters; kept in the audit log";
        actor: "操作人" / "By";
        at: "时间" / "At";
        what: "事项" / "What";
        detail: "详情" / "Details";
        request: "请求编号" / "Request";
        channel: "来源" / "Channel";
        version: "版本" / "Version";
        hidden: "已隐藏" / "Hidden";
        nobody: "未领取" / "Nobody";
        you: "您" / "You";
        system: "系统" / "System";
        guest: "未登录" / "Not signed in";
        internal: "仅内部可见" / "Internal only";
        btn_open: "处理" / "Open";
        btn_back: "返回" / "Back";
        btn_reveal: "查看明文" / "Show in clear";
        sure_title: "确认后立即生效" / "This takes effect at once";
        not_done: "没有执行" / "Not done";
        late: "已超时" / "Late";
        none_yet: "还没有记录" / "Nothing here yet";
        money_none: "免费" / "Nothing to pay";
        money_unpaid: "待支付" / "Not paid";
        money_confirming: "支付确认中" / "Being confirmed";
        money_held: "已冻结" / "Set aside";
        money_captured: "已入账" / "Taken";
        money_part: "部分入账" / "Taken in part";
        money_released: "已退回" / "Given back";
        money_refunding: "退款中" / "Refunding";
        money_refunded: "已退款" / "Refunded";
        assessing: "取消审核中" / "Cancellation in review";
        held: "人工审核" / "Held for review";
        fallout: "异常" / "Fallout";
        undoing: "撤回中" / "Being taken back";
        running: "进行中" / "Under way";
        waiting: "等待中" / "Waiting";
        begun: "已开始" / "Begun";
        done: "已完成" / "Done";
        forced: "人工完成" / "Forced";
        skipped: "已跳过" / "Skipped";
        refused: "被拒绝" / "Refused";
        undone: "已撤回" / "Taken back";
        dropped: "已放弃" / "Dropped";
        attempt_open: "待付款" / "Waits for the payer";
        attempt_processing: "银行处理中" / "With the bank";
        attempt_unknown: "结果未知" / "Unknown";
        attempt_captured: "已收款" / "Captured";
        attempt_surplus: "多付，退回中" / "Surplus, going back";
        attempt_declined: "银行拒绝" / "Declined";
        attempt_closed: "已关闭" / "Closed";
        attempt_failed: "未受理" / "Not taken up";
        attempt_mismatch: "金额不符" / "Mismatch";
        pay_balance: "账户余额" / "Balance";
        pay_card: "银行卡" / "Card";
        active: "正常" / "Active";
        frozen: "已冻结" / "Frozen";
        closed: "已注销" / "Closed";
        ok_cancelled: "已提交取消" / "The cancellation was submitted";
        ok_asked: "已向客户提问" / "The customer was asked";
        ok_noted: "备注已保存" / "The note was kept";
        ok_claimed: "已领取" / "Claimed";
        ok_released: "已放回队列" / "Given back to the queue";
        ok_completed: "任务已完成" / "The task is done";
        ok_handed_over: "已转到异常处理" / "Handed over to the fallout desk";
        ok_decided: "已记录决定" / "The decision was kept";
        ok_retry: "已重试" / "Tried again";
        ok_skip: "已跳过这一步" / "The step was skipped";
        ok_force_complete: "已按完成处理" / "Counted as done";
        ok_fail: "已按未成功处理" / "Given up";
        ok_refund: "已退款" / "Refunded";
        ok_published: "已发布新版本" / "Published";
        ok_unchanged: "内容没有变化，未产生新版本" / "Nothing changed; no new version was made";
        ok_adjusted: "库存已调整" / "The stock was corrected";
        ok_frozen: "账号已冻结" / "The account is frozen";
        ok_unfrozen: "账号已解冻" / "The account is active again";
        ok_roles: "角色已更新" / "The role was changed";
        ok_revived: "已重新排队" / "Queued again";
    }
    fns {
        select_order(number: &str): "处理{number}" / "Open {number}";
        table_of(what: &str): "{what}列表" / "{what}: list";
    }
}
