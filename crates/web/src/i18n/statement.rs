//! Statements of an account's balance.

super::texts! {
    /// Words of the statements.
    StatementWords {
        title: "对账单" / "Statement";
        list: "对账单" / "Statements";
        months: "按月查看" / "By month";
        month: "月份" / "Month";
        period: "自选时段" / "Any period";
        from: "开始日期" / "First day";
        to: "结束日期" / "Last day";
        btn_show: "查看" / "Show";
        day_wrong: "选择开始和结束日期，开始不晚于结束，不超过一年" / "Choose both days, the first not after the last, at most a year";
        none: "还没有对账单。充值或办理业务后，这里按月列出。" / "There is no statement yet. Months appear when you top up or order.";
        income_yuan: "收入（元）" / "In (CNY)";
        outgo_yuan: "支出（元）" / "Out (CNY)";
        closing_yuan: "期末余额（元）" / "Closing (CNY)";
        number: "序号" / "No.";
        when: "时间" / "Time";
        when_beijing: "时间（北京时间）" / "Beijing time";
        issue_lead: "开具的对账单有编号和验证码，可在“我的单据”下载、验真。" / "An issued statement has a number and a code. Download it from your documents; anybody can verify it.";
        what: "事项" / "What";
        with: "对方" / "Other side";
        amount: "收支" / "In or out";
        balance: "余额" / "Balance";
        order: "订单" / "Order";
        opening: "期初余额" / "Opening balance";
        income: "收入合计" / "Total in";
        outgo: "支出合计" / "Total out";
        closing: "期末余额" / "Closing balance";
        account: "账户编号" / "Account";
        currency: "币种" / "Currency";
        span: "时段" / "Period";
        digest: "内容摘要（SHA-256）" / "Digest (SHA-256)";
        is_final: "时段已结束，内容不再变化" / "The period is over; nothing in it changes any more";
        not_final: "时段未结束，之后的交易还会列入" / "The period is not over; later entries will be added";
        empty: "这段时间没有交易" / "Nothing moved in this period";
        csv: "下载表格（CSV）" / "Download as CSV";
        csv_plain: "下载表格（供程序读取）" / "Download as CSV for programs";
        held: "冻结中" / "Set aside";
        transfer: "账务编号" / "Entry";
        kind: "类型代码" / "Kind";
    }
    fns {
        days(from: &str, to: &str): "{from} 至 {to}" / "{from} to {to}";
        held_for(amount: &str, order: &str): "{amount}：订单 {order}" / "{amount} for order {order}";
    }
}
