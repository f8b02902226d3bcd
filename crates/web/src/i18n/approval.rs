//! Maker and checker inside an organisation.

super::texts! {
    /// Checking what colleagues made, and the rules of who checks what.
    ApprovalWords {
        title: "企业复核" / "Approvals";
        lead: "超过企业规则的申请，由提交人以外的同事复核后才办理。" / "What is above the organisation's rules goes on when somebody else has agreed.";
        tab_open: "待复核" / "Waiting";
        tab_all: "全部" / "All";
        none: "没有需要复核的申请" / "Nothing waits for an approval";
        yours: "待您复核" / "Yours to check";
        open: "待复核" / "Waiting";
        approved: "已通过" / "Approved";
        returned: "已退回" / "Returned";
        withdrawn: "已撤回" / "Withdrawn";
        expired: "已过期" / "Expired";
        an_order: "企业订单" / "Order";
        a_policy: "复核规则修改" / "Change of rules";
        until: "到期" / "Until";
        done_approved: "已通过这一级复核" / "You approved it";
        done_returned: "已退回给提交人，没有扣款" / "Returned to its maker; nothing was charged";
        done_withdrawn: "已撤回，没有扣款" / "Withdrawn; nothing was charged";
        request: "申请" / "Request";
        maker: "提交人" / "Made by";
        made: "提交时间" / "Made at";
        level: "复核进度" / "Level";
        escalated: "已转给企业管理员" / "Passed to the owners";
        escalated_why: "原复核人没有在时限内处理" / "Nobody decided in time";
        checked_by: "复核人" / "Checked by";
        agreed: "通过" / "agreed";
        sent_back: "退回" / "returned it";
        reason: "退回原因" / "Why it is returned";
        reason_hint: "5 至 200 个字，提交人会看到" / "5 to 200 characters; its maker reads it";
        to_order: "查看订单" / "See the order";
        line: "业务" / "Service";
        quantity: "数量" / "Quantity";
        amount: "金额" / "Amount";
        own: "您是提交人，需由他人复核" / "You made this request. Somebody else has to check it";
        checked_before: "您已复核过前一级，需由他人复核" / "You checked an earlier level. Somebody else has to check this one";
        not_checker: "这一级由其他同事复核" / "Other colleagues check this level";
        proof_first: "通过前会确认是您本人。" / "Before it is approved we confirm that it is you.";
        btn_approve: "通过" / "Approve";
        btn_return: "退回" / "Return";
        btn_withdraw: "撤回" / "Withdraw";
        return_title: "退回给提交人" / "Return it to its maker";
        former: "已离开的成员" / "A former member";
        btn_rules: "查看复核规则" / "See the rules";
        rules_title: "复核规则" / "Rules for approvals";
        rules_lead: "金额超过规则的订单，要由他人逐级复核。有多名企业管理员时，修改规则也要另一名管理员复核。" / "Orders above these amounts are checked by others, level by level. With several owners a change of the rules is checked by another one.";
        rules_none: "还没有规则，成员在限额内可直接下单。" / "There are no rules yet. Members order within their limits.";
        rule: "规则" / "Rule";
        rule_add: "添加规则" / "Add a rule";
        rule_new: "新增规则" / "A new rule";
        rule_gone: "删除规则" / "A rule is removed";
        rule_changed: "修改规则" / "A rule changes";
        rule_same: "规则没有变化。" / "Nothing changes.";
        subject: "适用业务" / "For";
        any: "所有业务" / "Everything";
        transfer: "对外转账" / "Transfers";
        above: "超过金额" / "Above";
        above_hint: "超过这个金额的订单需要复核" / "Orders of more than this are checked";
        above_wrong: "填写金额，如 5000" / "Enter an amount such as 5000";
        levels: "复核人" / "Checked by";
        level_1: "一级复核人" / "First check";
        level_2: "二级复核人" / "Second check";
        level_3: "三级复核人" / "Third check";
        level_wrong: "选择一级复核人" / "Choose who checks first";
        lasts: "等待时长" / "Waits for";
        lasts_hint: "小时数，1 至 720" / "In hours, 1 to 720";
        lasts_wrong: "填写小时数，如 24" / "Enter hours such as 24";
        on_expiry: "到期没人处理" / "When nobody decides";
        expiry_reject: "自动退回，钱款退回" / "It is returned, the money goes back";
        expiry_escalate: "转给企业管理员，再等一次" / "The owners are asked and have as long again";
        btn_add: "提交规则" / "Add rule";
        btn_remove: "删除规则" / "Remove rule";
    }
    fns {
        level_of(level: &str, levels: &str): "第 {level} 级，共 {levels} 级" / "{level} of {levels}";
        hours(hours: &str): "{hours} 小时" / "{hours} hours";
    }
}
