//! The home page.

super::texts! {
    /// The words of the home page.
    HomeWords {
        title: "首页" / "Home";
        hero_1: "现在就能办，" / "Open now, ";
        hero_2: "不用等上班时间" / "no need to wait for office hours";
        guest: "24 小时自助，随时下单、缴费、查进度" / "Self-service day and night: order, pay, follow";
        quick: "常用业务" / "Often used";
        running: "正在办理" / "Under way";
        all_orders: "全部订单" / "All orders";
        none_running: "现在没有办理中的业务" / "Nothing is under way";
        drafts: "继续填写" / "Go on where you stopped";
        discard: "放弃" / "Discard";
        account: "账户" / "Account";
        details: "查看明细" / "Details";
        available: "可用余额" / "Available balance";
        chart: "近 12 个月支出" / "Spending, 12 months";
        month: "月份" / "Month";
        spending: "支出" / "Spending";
        top_up: "充值余额" / "Add to balance";
        verticals: "按类别找" / "Browse by kind";
        how: "怎么办" / "How it works";
        how_1: "选业务，填几项必要的内容" / "Choose a service and answer a few questions";
        how_2: "核对金额，用余额或银行卡付款" / "Check the amount, pay from your balance or by card";
        how_3: "在订单页看实时进度，办完打印收据" / "Follow it live, print the receipt when it is done";
        sign_in: "登录后能看到您的订单、账户和未填完的内容" / "Sign in to see your orders, your account and what you began";
    }
    fns {
        all_services(count: usize): "全部 {count} 项" / "All {count}";
        open_now(count: usize): "{count} 项业务全天受理" / "{count} services open day and night";
        month_label(month: i8): "{month}月" / "{month}";
        discard_what(service: &str): "放弃{service}的草稿" / "Discard the draft of {service}";
        draft_saved(when: &str): "保存于 {when}" / "Saved {when}";
    }
}
