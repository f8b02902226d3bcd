//! Payments at the console.

super::texts! {
    /// The console's pages of payments.
    PayDesk {
        title: "支付" / "Payments";
        figures: "支付概况" / "Figures";
        search: "支付号、订单号或渠道单号" / "Number of a payment, an order or a gateway";
        btn_search: "查找" / "Find";
        not_found: "没有找到这个编号的支付" / "No payment has this number";
        none: "没有符合条件的支付" / "No payment fits";
        unclear: "状态不明" / "Unclear";
        unclear_first: "先处理状态不明的支付" / "Unclear payments first";
        all: "全部" / "All";
        open: "待支付" / "Open";
        paid: "已支付" / "Paid";
        closed: "已关闭" / "Closed";
        from: "开始日期" / "From";
        to: "结束日期" / "To";
        payment: "支付号" / "Payment";
        purpose: "用途" / "For";
        top_up: "余额充值" / "Top-up";
        customer: "客户" / "Customer";
        gateway: "支付方式" / "Way to pay";
        amount: "金额" / "Amount";
        state: "状态" / "State";
        at: "时间" / "Time";
        expires: "支付期限" / "To be paid by";
        marks: "标记" / "Marks";
        overpaid: "多付" / "Overpaid";
        disputed: "有争议" / "Disputed";
        attempts: "支付尝试" / "Attempts";
        given_back: "退款决定" / "Money given back";
        refunds: "经渠道的退款" / "Refunds through gateways";
        disputes: "争议" / "Disputes";
        number: "编号" / "Number";
        captured: "实收" / "Captured";
        refunded: "已退" / "Refunded";
        outcome: "结果" / "Outcome";
        source: "来源" / "Source";
        reason: "原因" / "Reason";
        note: "说明" / "In words";
        to_balance: "其中退到余额" / "Of it to the balance";
        fee: "手续费" / "Fee";
        due_by: "举证截止" / "Evidence due";
        left: "还可退" / "Left to refund";
        refund: "退款给客户" / "Refund the customer";
        refund_amount: "退款金额" / "Amount to refund";
        refund_way: "按支付来源原路退回，退回后不能撤销" / "It goes back to where it came from and cannot be fetched back";
        btn_refund: "退款" / "Refund";
        ask: "核实支付结果" / "Find out how it stands";
        ask_note: "向渠道查询还没有结果的支付尝试，答复会立即入账" / "Asks the gateway about attempts without an end; what it says is taken in at once";
        btn_ask: "询问渠道" / "Ask the gateway";
        ok_refunded: "退款已受理" / "The refund is under way";
        ok_answered: "渠道已答复，状态已更新" / "The gateway answered; the state is up to date";
        ok_silent: "渠道没有答复，稍后再问" / "The gateway did not answer. Ask again later";
        ok_nothing: "没有待确认的支付尝试" / "No attempt is without an end";
        a_opening: "正在发起" / "Being opened";
        a_open: "等待付款" / "Waits for the payer";
        a_processing: "银行处理中" / "The bank decides";
        a_unknown: "渠道未答复" / "The gateway did not say";
        authorised: "已预授权" / "Authorised";
        authorised_until: "渠道保留至" / "Kept by the gateway until";
        take_by: "最迟扣款或释放" / "Taken or let go by";
        a_authorised: "已预授权，未扣款" / "Authorised, not taken";
        a_capturing: "正在扣款" / "Being taken";
        a_voiding: "正在释放" / "Being let go";
        a_uncollected: "应扣未扣到" / "Due and not to be had";
        a_captured: "已收款" / "Captured";
        a_surplus: "多收待退" / "Not wanted, goes back";
        a_declined: "银行拒绝" / "Declined";
        a_closed: "已关闭" / "Closed";
        a_failed: "渠道未受理" / "Not taken up";
        a_mismatch: "内容不符" / "Does not fit";
        r_pending: "待提交渠道" / "To be sent";
        r_processing: "渠道处理中" / "At the gateway";
        r_succeeded: "已退款" / "Refunded";
        r_failed: "渠道拒绝" / "Refused";
        s_escrow: "订单款项" / "Money of the order";
        s_surplus: "多收款项" / "What was overpaid";
        s_balance: "充值余额" / "What was topped up";
        why_by_staff: "工作人员退款" / "By staff";
        why_granted: "退款申请通过" / "Asked for and granted";
        why_cancelled: "订单取消" / "The order was cancelled";
        why_failed: "订单未办成" / "The order could not be done";
        why_partial: "部分未办成" / "A part could not be done";
        why_paid_twice: "重复支付" / "Paid twice";
        why_too_late: "订单结束后到账" / "Paid after the order's end";
        d_asked: "银行询问中" / "The bank asks";
        d_dropped: "已撤销" / "Dropped";
        d_open: "审理中" / "Open";
        d_won: "胜诉" / "Won";
        d_lost: "败诉" / "Lost";
        d_mismatch: "内容不符" / "Does not fit";
    }
    fns {
        refund_hint(left: &str): "还可退 {left}，可以只退一部分" / "{left} is left; a part of it is possible";
        refund_sure(amount: &str, payment: &str): "支付 {payment} 将退款 {amount}" / "{amount} of payment {payment} goes back";
    }
}

super::texts! {
    /// Payments in figures.
    PayFigures {
        title: "支付概况" / "Payments in figures";
        list: "支付" / "Payments";
        today: "今天" / "Today";
        week: "近 7 天" / "Last 7 days";
        month: "近 30 天" / "Last 30 days";
        now: "目前" / "Now";
        none: "这段时间没有支付尝试" / "Nobody tried to pay in this time";
        over_time: "支付尝试的结果" / "What became of attempts";
        hour: "小时" / "Hour";
        day: "日期" / "Day";
        ways: "各种支付方式" / "By way to pay";
        way: "支付方式" / "Way to pay";
        attempts: "支付尝试" / "Attempts";
        share: "成功率" / "Paid";
        median: "支付用时中位数" / "Median time to paid";
        paid: "已收款" / "Captured";
        refused: "被拒绝" / "Refused";
        closed: "未付款关闭" / "Nobody paid";
        open: "未结束" / "Without an end";
        captured: "实收金额" / "Money captured";
        overpaid: "多付" / "Overpaid";
        unclear: "状态不明" / "Unclear";
        unclear_note: "超过 10 分钟" / "For longer than 10 minutes";
        refunds: "等待渠道的退款" / "Refunds that wait";
        failed: "被渠道拒绝的退款" / "Refunds refused";
        disputes: "未决争议" / "Disputes open";
        waiting: "等待处理" / "What waits";
        oldest: "最早" / "the oldest";
        evidence: "举证还剩" / "evidence is due";
    }
    fns {
        share_note(sample: i64): "成功率按已有结果的尝试计算；用时从发起支付到收款，取最近 {sample} 笔" / "The share is of attempts that ended; the time is from the beginning of a payment to its capture, of the last {sample}";
    }
}
