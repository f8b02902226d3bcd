//! The balance: what is there, what moved, and topping it up.

super::texts! {
    /// Words of the account pages.
    AccountWords {
        title: "账户" / "Account";
        available: "可用余额" / "Available balance";
        held: "办理中暂扣" / "Set aside for open orders";
        posted: "账面余额" / "Total balance";
        btn_top_up: "充值" / "Top up";
        recent: "最近交易" / "Recent entries";
        all_entries: "全部明细" / "All entries";
        transactions: "交易明细" / "Transactions";
        running: "每一行的余额，是这笔交易之后的余额。" / "The balance in each line is the one after it.";
        none_yet: "还没有交易。充值或办理业务后，这里会有记录。" / "Nothing has moved yet. Entries appear when you top up or order.";
        chart: "近12个月收支" / "In and out, 12 months";
        month: "月份" / "Month";
        when: "时间" / "Time";
        what: "事项" / "What";
        amount_yuan: "收支（元）" / "In or out (CNY)";
        balance_yuan: "余额（元）" / "Balance (CNY)";
        income: "收入" / "In";
        spending: "支出" / "Out";
        order: "订单" / "Order";
        jan: "1月" / "Jan";
        feb: "2月" / "Feb";
        mar: "3月" / "Mar";
        apr: "4月" / "Apr";
        may: "5月" / "May";
        jun: "6月" / "Jun";
        jul: "7月" / "Jul";
        aug: "8月" / "Aug";
        sep: "9月" / "Sep";
        oct: "10月" / "Oct";
        nov: "11月" / "Nov";
        dec: "12月" / "Dec";
    }
}

super::texts! {
    /// Words of topping up the balance.
    TopUpWords {
        title: "余额充值" / "Top up your balance";
        amount: "充值金额" / "Amount";
        amount_empty: "填写充值金额" / "Enter an amount";
        amount_format: "金额只填数字，例如 100 或 100.50" / "Enter the amount in digits, like 100 or 100.50";
        quick: "常用金额" / "Usual amounts";
        method: "支付方式" / "Pay with";
        method_missing: "选择支付方式" / "Choose how to pay";
        card: "银行卡" / "Bank card";
        card_hint: "转到银行卡页面付款，本站不经手卡号" / "You pay on the card company's page; we never see the number";
        wechat: "微信支付" / "WeChat Pay";
        alipay: "支付宝" / "Alipay";
        scan_hint: "用手机扫码，或在本机打开" / "Scan with your phone, or open it on this device";
        bank_transfer: "银行转账" / "Bank transfer";
        bank_transfer_hint: "转账到账后增加余额" / "The balance grows when the transfer has arrived";
        btn_go: "去付款" / "Continue to payment";
        balance_now: "当前可用余额" / "Available now";
        none_set_up: "现在没有可用的支付方式，稍后再来。" / "No way to pay is set up right now. Come back later.";
        reference: "编号" / "Reference";
        to_pay: "等待付款" / "Waiting for payment";
        to_pay_next: "还没有付款，没有扣款。" / "Not paid yet, nothing was charged.";
        btn_pay: "继续付款" / "Continue to pay";
        confirming: "正在确认支付结果" / "Confirming the result of your payment";
        confirming_next: "通常一分钟内有结果，这一页会自己更新。" / "Usually within a minute. This page updates by itself.";
        confirming_leave: "可以离开这一页：到账后余额和交易明细里都能看到。结果出来之前不用再付一次。" / "You may leave: the result shows in your balance and entries. Do not pay again before it is known.";
        declined: "没有付款成功" / "The payment did not go through";
        declined_next: "您没有被扣款，可以再试一次或换一张卡。" / "You were not charged. Try again or use another card.";
        btn_retry: "再付一次" / "Pay again";
        paid: "充值成功" / "Topped up";
        closed: "这笔充值已关闭" / "This top-up is closed";
        closed_next: "超过了付款时间，没有扣款。可以重新充值。" / "The time to pay is over and nothing was charged. You can start again.";
        btn_anew: "重新充值" / "Start again";
        btn_account: "查看账户" / "Go to account";
        btn_go_on: "继续办理" / "Go on with your order";
        btn_services: "去办业务" / "See services";
        returned: "多付的款项" / "Paid more than needed";
        refund_under_way: "正在原路退回" / "On its way back to your card";
        refund_done: "已原路退回" / "Returned to your card";
        refund_failed: "退回未成功，工作人员正在处理" / "The return failed; our staff is on it";
    }
    fns {
        limits(least: &str, most: &str): "{least} 至 {most}，可带两位小数" / "{least} to {most}, up to two decimals";
        paid_body(amount: &str): "{amount}已计入余额。" / "{amount} has been added to your balance.";
        card_ending(brand: &str, tail: &str): "{brand}尾号{tail}" / "{brand} ending in {tail}";
    }
}
