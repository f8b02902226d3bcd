//! Lists of orders, the progress page, cancelling, questions.

super::texts! {
    /// The words of order pages.
    OrderPages {
        list_title: "我的订单" / "My orders";
        tab_all: "全部" / "All";
        tab_open: "进行中" / "Open";
        tab_ended: "已结束" / "Ended";
        empty_all: "还没有订单" / "No orders yet";
        empty_open: "现在没有进行中的订单" / "No order is open";
        empty_ended: "还没有结束的订单" / "No order has ended yet";
        browse: "去办业务" / "Browse services";
        title: "订单进度" / "Order";
        all_orders: "全部订单" / "All orders";
        progress: "进度" / "Progress";
        content: "订单内容" / "What was ordered";
        total: "合计" / "Total";
        paid_with: "支付方式" / "Paid with";
        balance: "账户余额" / "Account balance";
        card: "银行卡" / "Bank card";
        placed_at: "下单时间" / "Placed";
        due_at: "承诺办结" / "Promised by";
        who_next: "下一步" / "Next";
        btn_pay: "去付款" / "Pay now";
        btn_cancel: "取消订单" / "Cancel order";
        btn_receipt: "查看收据" / "Receipt";
        btn_progress: "查看进度" / "See progress";
        btn_answer: "补充内容" / "Answer";
        done_placed: "已受理" / "We have it";
        done_finished: "已办结" / "It is done";
        next_title: "接下来" / "What happens next";
        done_follow: "进度会实时更新，有变化也会发消息给您。" / "The progress page updates by itself, and we send you a message when something changes.";
        cancel_title: "取消订单" / "Cancel the order";
        cancel_ask: "取消后会怎样" / "What cancelling means";
        cancel_now: "办理会停止，已做的部分会撤回。" / "The work stops and what was done is taken back.";
        charged_when: "扣款时间" / "Charged";
        charged_later: "已预授权，办结后按实际完成的部分扣款" / "Authorised; what was done is charged when the work is done";
        charged_now: "已办结，正在扣款" / "Done; being charged";
        cancel_authorised: "办理会停止，预授权会释放，除取消费用外不扣款。" / "The work stops and the authorisation is let go; nothing but a cancellation fee is charged.";
        cancel_unpaid: "订单还没有付款，取消后直接关闭。" / "The order is not paid yet; it is simply closed.";
        cancel_request: "现在不能直接取消，可以申请退款，由工作人员核定。" / "It can no longer be cancelled at once. You can ask for a refund; our staff decide.";
        cancel_no: "现在不能取消。" / "It cannot be cancelled now.";
        cancel_refund: "退回金额" / "You get back";
        cancel_fee: "取消费用" / "Cancellation fee";
        cancel_to_balance: "退回账户余额，即时到账" / "To your balance, at once";
        cancel_to_card: "原路退回银行卡，1 至 3 个工作日" / "To your card, 1 to 3 working days";
        cancel_reason: "取消原因" / "Why";
        reason_not_needed: "不需要了" / "No longer needed";
        reason_mistake: "选错或填错了" / "Wrong choice or details";
        reason_slow: "等得太久" / "Takes too long";
        reason_other: "其他" / "Something else";
        btn_cancel_confirm: "确认取消" / "Cancel it";
        btn_ask_refund: "申请退款" / "Ask for a refund";
        refund_title: "申请退款" / "Ask for a refund";
        refund_meaning: "工作人员一般在一天内核定；同意后钱款原路退回，业务已办成的记录保留。" / "Our staff decide, usually within a day. If they agree the money goes back to where it came from; that it was done stays on record.";
        refund_none: "这份订单没有可申请退款的内容，或已过退款期限。" / "Nothing in this order can be refunded, or not any more.";
        refund_what: "退款内容" / "What for";
        refund_why: "退款原因" / "Why";
        refund_why_hint: "5 至 500 个字" / "5 to 500 characters";
        btn_keep: "不取消了" / "Keep it";
        question_title: "补充内容" / "We need something from you";
        question_intro: "工作人员办理时需要您补充：" / "To go on, our staff need this from you:";
        question_label: "您的回复" / "Your answer";
        question_hint: "提交后办理会继续" / "The work goes on when you submit";
        question_answered: "已回复，办理继续" / "Answered; the work goes on";
        again_short: "再办一次" / "Order again";
        shown_to_staff: "卡号、密码不用填写" / "No card numbers or passwords";
    }
    fns {
        percent(percent: u32): "已过承诺时间的 {percent}%" / "{percent}% of the promised time has passed";
        cancel_until(text: &str): "取消规则：{text}" / "Cancelling: {text}";
        by_when(time: &str): "预计 {time} 前办结" / "Expected before {time}";
        lines(count: i64): "共 {count} 项" / "{count} items";
    }
}
