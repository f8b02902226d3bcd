//! One order as staff see it.

super::texts! {
    /// One order as staff see it.
    OrderDesk {
        title: "订单" / "Order";
        facts: "订单信息" / "The order";
        progress: "进度" / "Progress";
        lines: "明细" / "Lines";
        quantity: "数量" / "Quantity";
        result: "办理结果" / "Result";
        answers: "填写内容" / "Answers";
        offering: "选项" / "Option";
        payments: "付款记录" / "Payments";
        payments_empty: "没有经过银行卡付款" / "Nothing was paid by card";
        attempt: "付款尝试" / "Attempt";
        gateway: "渠道" / "Gateway";
        outcome: "说明" / "Outcome";
        refunds: "退款记录" / "Refunds";
        method: "支付方式" / "Paid by";
        hold: "冻结编号" / "Hold";
        history: "历史" / "History";
        from_to: "变化" / "Change";
        work: "办理过程" / "The work";
        tasks: "员工任务" / "Staff tasks";
        questions: "向客户提问" / "Questions to the customer";
        no_answer: "客户还没有回复" / "Not answered yet";
        receipts: "收据" / "Receipts";
        actions: "现在可做" / "What can be done now";
        no_actions: "订单已结束，没有可做的操作" / "The order has ended; nothing can be done";
        fallout_here: "这份订单有异常等待处理" / "Part of this order is stuck";
        btn_fallout: "去处理异常" / "To the fallout desk";
        cancel: "代客户取消" / "Cancel for the customer";
        cancel_now: "现在可以取消，款项退回客户" / "It can be cancelled now; the money goes back";
        cancel_request: "已过可取消的时点，会转为退款申请" / "It is too late for that: it becomes a refund request";
        cancel_no: "现在不能取消" / "It cannot be cancelled now";
        cancel_sure: "确认取消订单" / "Confirm: cancel the order";
        btn_cancel: "取消订单" / "Cancel the order";
        ask: "向客户提问" / "Ask the customer";
        ask_line: "关于哪一项" / "About which line";
        ask_text: "问题" / "Question";
        ask_hint: "客户会收到通知，订单等待回复" / "The customer is told; the order waits for the answer";
        btn_ask: "发送问题" / "Send";
        note: "添加备注" / "Add a note";
        note_text: "备注内容" / "Note";
        note_hint: "仅内部可见，1 至 500 个字" / "Staff only, 1 to 500 characters";
        btn_note: "保存备注" / "Keep the note";
        reveal: "查看客户填写的明文" / "Show the answers in clear";
        reveal_hint: "查看会写入审计日志" / "This is kept in the audit log";
        revealed: "以下为明文，已记入审计日志" / "Shown in clear; kept in the audit log";
        channel_portal: "门户" / "Portal";
        channel_api: "接口" / "API";
        channel_console: "控制台" / "Console";
        channel_demo: "演示数据" / "Demo data";
        channel_file: "批量文件" / "A file of orders";
    }
    fns {
        fee(amount: &str): "手续费 {amount}" / "Fee {amount}";
    }
}
