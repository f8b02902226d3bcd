//! Paying an order, and what came of it.

super::texts! {
    /// The words of the pay pages.
    PayWords {
        title: "付款" / "Payment";
        due: "应付" / "To pay";
        payee: "收款方" / "Payee";
        order_number: "订单号" / "Order number";
        what: "办理内容" / "Order";
        back: "返回订单" / "Back to the order";
        escrow: "钱款由平台存管，办结后才支付给商家；未办成全额退回。" / "We keep the money until the work is done; what is not done is refunded in full.";
        authorise: "现在只预授权或冻结，不扣款。办结后按实际完成的部分扣款，未办成的全部释放。银行保留期满前一天仍在办理的，先扣款，未办成的原路退回。" / "Now it is only authorised or held, not charged. When the work is done what was done is charged; the rest is let go. If work is still going on a day before the bank lets the money go, all of it is charged, and what is not done is refunded.";
        result_title: "支付结果" / "Payment result";
        confirming: "正在确认支付结果" / "Confirming the result of your payment";
        confirming_body: "银行还没有给出结果，通常 1 分钟内确认。可以离开此页，结果会通知您。" / "The bank has not answered yet; it usually does within a minute. You may leave this page, we will tell you.";
        later: "银行仍在确认。有结果后会通知您，现在不用再次付款。" / "The bank is still confirming. We will tell you when it is done; do not pay again now.";
        to_pay: "还没有付款" / "Not paid yet";
        to_pay_body: "您没有被扣款，在时限内可以继续付款。" / "You were not charged. You can still pay within the time left.";
        declined: "银行没有扣款" / "The bank declined";
        declined_body: "可换一种方式再付，订单为您保留到付款时限。" / "Try another way to pay; the order is kept for you until the time to pay is over.";
        closed: "付款已关闭" / "The payment is closed";
        closed_body: "付款时限已过，您没有被扣款。可再办一次。" / "The time to pay is over. You were not charged. You can order again.";
        btn_retry: "继续付款" / "Pay now";
        btn_order: "查看订单" / "See the order";
        scan_here: "付款后此页自动更新，不用刷新" / "This page moves on by itself when you have paid";
        transfer: "从您的银行转账到以下账户，到账后开始办理" / "Send the money from your bank to this account; work begins when it has arrived";
        transfer_purpose: "转账时填写这段附言，到账才能认出这笔付款" / "Write this as the purpose, so that the payment is recognised when it arrives";
        bank: "收款银行" / "Bank";
        holder: "收款户名" / "Account holder";
        account: "收款账号" / "Account number";
        amount: "转账金额" / "Amount";
        purpose: "转账附言" / "Purpose";
        place: "在哪里付款" / "Where you pay";
        place_scan: "电脑付款或手机扫码" / "On a computer, or scan a code with your phone";
        place_here: "在本机打开" / "Open it on this phone";
        btn_go_on: "继续付款" / "Go on paying";
        btn_check: "查看支付结果" / "See the result";
        btn_other: "换支付方式" / "Pay another way";
        not_started: "没有开始付款" / "The payment did not start";
    }    fns {
        scan(app: &str): "用{app}扫码付款" / "Scan with {app} to pay";
        waits(method: &str): "{method}还没有付款，可以继续" / "The payment by {method} is not done yet. You can go on with it";
    }
}
