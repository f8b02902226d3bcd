//! The order flow: question pages, enquiry, check answers.

super::texts! {
    /// The words of the order flow.
    FlowWords {
        choose_title: "选择规格" / "Choose an option";
        details_title: "填写信息" / "Your details";
        enquiry_title: "查询结果" / "What is due";
        enquiry_due: "应缴金额" / "Amount due";
        enquiry_expired: "查询结果已过期，重新查询后继续；您没有被扣款" / "The result has expired. Query again to go on. You were not charged";
        enquiry_missing: "还没有查询结果" / "Nothing has been queried yet";
        btn_query: "重新查询" / "Query again";
        btn_query_continue: "查询并继续" / "Query and continue";
        not_done_title: "这一步没有完成" / "This step was not completed";
        conflict_title: "草稿已在别处修改" / "The draft changed elsewhere";
        conflict_body: "下面是您刚才填写的内容，再次保存会以此为准。" / "Below is what you just entered; saving again keeps it.";
        conflict_other: "改用另一台设备上的内容" / "Use what the other device has";
        check_title: "核对后提交" / "Check your answers";
        what: "办理内容" / "What you order";
        service: "业务" / "Service";
        offering: "规格" / "Option";
        quantity: "数量" / "Quantity";
        fees: "费用" / "Fees";
        method: "支付方式" / "How to pay";
        balance: "账户余额" / "Account balance";
        card: "银行卡" / "Bank card";
        card_hint: "前往银行卡支付页付款" / "You go to the card payment page";
        wechat: "微信支付" / "WeChat Pay";
        alipay: "支付宝" / "Alipay";
        scan_hint: "用手机扫码，或在本机打开" / "Scan with your phone, or open it on this device";
        bank_transfer: "银行转账" / "Bank transfer";
        bank_transfer_hint: "转账到账后开始办理" / "Work begins when the transfer has arrived";
        top_up: "充值余额" / "Add to balance";
        use_card: "改用银行卡付款" / "Pay by card instead";
        keeps: "填写的内容都已保存" / "Everything you filled in is saved";
        btn_discard: "放弃填写" / "Discard this form";
        btn_go_on: "继续填写" / "Go on filling it in";
        discard_title: "放弃这份草稿" / "Discard this draft";
        discard_body: "已填写的内容会删除，不能恢复。您没有被扣款。" / "What you filled in is deleted and cannot be brought back. You were not charged.";
        btn_cart: "加入购物车" / "Add to cart";
        rules: "取消规则" / "Cancelling";
        refused_title: "没有提交，您没有被扣款" / "Not submitted. You were not charged";
    }
    fns {
        use_part(amount: &str): "使用余额{amount}抵扣，其余用所选方式支付" / "Use {amount} of the balance and pay the rest with the method chosen";
        available(amount: &str): "可用 {amount}" / "{amount} available";
        saved(when: &str): "保存于 {when}" / "Saved {when}";
        short(amount: &str): "还差 {amount}" / "{amount} short";
        valid_until(time: &str): "{time} 前有效，过期需重新查询" / "Valid until {time}; after that query again";
        new_total(amount: &str): "现在合计 {amount}，核对后可再次提交" / "The total is now {amount}. Check it and submit again";
    }
}
