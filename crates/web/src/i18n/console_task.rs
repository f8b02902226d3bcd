//! Staff tasks and the fallout desk.

super::texts! {
    /// Staff tasks.
    Tasks {
        title: "员工任务" / "Staff tasks";
        all: "全部" / "All";
        mine: "我的" / "Mine";
        empty: "这里没有待办任务" / "No task waits here";
        show_all: "显示全部任务" / "Show all tasks";
        task: "任务" / "Task";
        queue: "队列" / "Queue";
        holder: "领取人" / "In whose hands";
        created: "创建时间" / "Opened";
        facts: "任务信息" / "The task";
        answers: "客户填写的内容" / "What the customer filled in";
        record: "填写结果" / "Record the result";
        nothing: "不用填写内容，确认办完即可。" / "Nothing is to be recorded. Confirm that it is done.";
        btn_claim: "领取任务" / "Claim";
        btn_release: "放回队列" / "Give back";
        btn_complete: "完成任务" / "Complete the task";
        btn_claim_complete: "领取并完成" / "Claim and complete";
        hand_over: "办不了，转异常处理" / "It cannot be done: hand over";
        btn_hand_over: "转异常处理" / "Hand over";
        taken: "已由同事领取" / "A colleague has it";
        ended: "这项任务已结束" / "This task has ended";
        decide: "决定是否退款" / "Refund or not";
        decide_needs: "需要“管理员”角色决定退款" / "An administrator decides about refunds";
        btn_grant: "同意退款" / "Grant the refund";
        btn_deny: "不退款" / "Deny";
        grant_title: "确认退款" / "Confirm the refund";
        grant_money: "这一项立即结束，款项退回客户" / "The line ends now and its money goes back to the customer";
        grant_provider: "服务方已完成的部分不会撤回" / "What the provider did is not taken back";
        recorded: "办理结果" / "What was recorded";
        queue_refunds: "退款申请" / "Refund requests";
        queue_exceptions: "例外情况" / "Exceptions";
        queue_visits: "上门服务" / "Visits";
    }
}

super::texts! {
    /// The fallout desk (O5).
    Fallout {
        title: "异常处理" / "Fallout desk";
        intro: "自动办理遇到问题的订单在这里等待决定，等得最久的在前。" / "Orders whose automatic work met a problem wait here for a decision, the longest waiting first.";
        empty: "没有异常订单" / "Nothing is stuck";
        step: "卡在哪一步" / "Stuck at";
        since: "开始时间" / "Since";
        facts: "发生了什么" / "What happened";
        said: "服务方说明" / "What the provider said";
        log: "步骤记录" / "Step log";
        actions: "处理方式" / "What to do";
        none: "这个流程不在异常中，不需要处理。" / "This work is not stuck. Nothing is to be done.";
        btn_retry: "重试" / "Retry";
        retry_hint: "再做这一步；可能已经发生的会先查询，不会重复下单" / "Does the step again. What may have happened is asked about first, not ordered twice";
        btn_skip: "跳过这一步" / "Skip this step";
        skip_hint: "不做这一步，继续下一步" / "Leaves the step out and goes on with the next";
        btn_force: "按完成处理" / "Count as done";
        force_hint: "视为已办成，继续下一步；不会再联系服务方" / "Counts the step as done and goes on. The provider is not contacted again";
        btn_fail: "按未成功处理" / "Give up";
        fail_hint: "撤回已办成的步骤，这一项的款项退回客户" / "Takes back what was done; the line's money goes back to the customer";
        btn_refund: "直接退款" / "Refund now";
        refund_hint: "立即结束并退款，不撤回服务方已完成的部分" / "Ends and refunds now. What the provider did is not taken back";
        refund_needs: "直接退款需要“管理员”角色" / "Refunding needs an administrator";
        sure_force: "确认按完成处理" / "Confirm: count as done";
        sure_fail: "确认按未成功处理" / "Confirm: give up";
        sure_refund: "确认直接退款" / "Confirm: refund now";
        kind: "类型" / "Kind";
        tries: "次数" / "Tries";
        round: "轮次" / "Round";
        provider: "服务方" / "Provider";
        trouble: "问题" / "Trouble";
        purpose_undo: "撤回" / "Take back";
        began: "开始" / "Began";
        ended: "结束" / "Ended";
    }
    fns {
        sure_money(amount: &str): "涉及金额 {amount}" / "Amount: {amount}";
    }
}
