//! The books, corrections by hand, settlements and payouts in the console.

super::texts! {
    /// Words of the ledger's pages.
    LedgerWords {
        title: "科目与余额" / "Accounts";
        chart: "科目表" / "Chart of accounts";
        sort: "科目" / "Account type";
        kind: "类别" / "Class";
        guard: "约束" / "Limit";
        moved_by: "由什么变动" / "Moved by";
        accounts: "账户数" / "Accounts";
        posted: "账面余额" / "Balance";
        held: "冻结" / "Held";
        sum: "借贷差额合计" / "Debits less credits";
        zero: "账平" / "The books balance";
        not_zero: "账不平" / "The books do not balance";
        asset: "资产" / "Asset";
        liability: "负债" / "Liability";
        income: "收入" / "Income";
        expense: "支出" / "Expense";
        guard_none: "无" / "None";
        guard_credits: "不可为负" / "Never below zero";
        guard_debits: "不可为负（借方）" / "Never below zero (debit side)";
        number: "编号" / "Number";
        code: "账户代码" / "Account code";
        at: "时点" / "Balance at";
        at_hint: "北京时间，留空为现在" / "Beijing time; empty means now";
        at_wrong: "填写日期和时间" / "Enter a day and a time";
        balance_at: "时点余额" / "Balance at that time";
        entries: "分录" / "Entries";
        when: "时间" / "Time";
        when_beijing: "时间（北京时间）" / "Beijing time";
        opened: "开户时间" / "Opened";
        reverse_short: "冲正" / "Reverse";
        what: "事项" / "What";
        other: "对方账户" / "Other account";
        amount: "金额" / "Amount";
        order: "订单" / "Order";
        transfer: "账务编号" / "Transfer";
        holds: "未解除的冻结" / "Open holds";
        from: "从" / "From";
        to: "到" / "To";
        until: "到期" / "Until";
        btn_show: "查看" / "Show";
        adjustments: "调账与冲正" / "Corrections";
        ask: "发起调账" / "Correct a balance";
        reverse: "发起冲正" / "Reverse a transfer";
        reverse_hint: "trf_ 开头，在账户分录中查看" / "Begins with trf_; the entries of an account show it";
        debit: "借方账户" / "Debit account";
        credit: "贷方账户" / "Credit account";
        account_hint: "例如 adjustment:goodwill" / "Like adjustment:goodwill";
        currency: "币种" / "Currency";
        btn_ask: "提交复核" / "Submit";
        state: "状态" / "State";
        maker: "申请人" / "Asked by";
        checker: "复核人" / "Decided by";
        reason: "原因" / "Reason";
        asked: "申请时间" / "Asked at";
        now: "现在" / "Now";
        after: "入账后" / "After";
        diff: "将要入账" / "What will be booked";
        btn_approve: "同意入账" / "Approve";
        btn_refuse: "退回" / "Refuse";
        btn_withdraw: "撤回申请" / "Withdraw";
        own: "申请人不能复核自己的申请" / "Whoever asks does not decide";
        waiting: "待复核" / "Waiting";
        booked: "已入账" / "Booked";
        refused: "已退回" / "Refused";
        withdrawn: "已撤回" / "Withdrawn";
        expired: "已过期" / "Expired";
        amount_wrong: "金额只填数字，例如 100.50" / "Enter the amount in digits, like 100.50";
        transfer_wrong: "编号不对，应以 trf_ 开头" / "Enter a number that begins with trf_";
        done: "已完成" / "Done";
    }
}

super::texts! {
    /// Words of settlements and payouts.
    SettleWords {
        title: "结算与付款" / "Settlements";
        sellers: "服务方" / "Sellers";
        seller: "服务方代码" / "Seller";
        revenue: "未结收入" / "Not settled";
        payable: "待付款" / "Owed";
        sent: "付款中" / "On its way";
        rate: "服务费率（%）" / "Commission (%)";
        rate_hint: "例如 2.50" / "Like 2.50";
        rate_wrong: "费率须在 0 至 100 之间，最多两位小数" / "0 to 100, at most two decimals";
        rhythm: "周期" / "Period";
        daily: "每日" / "Daily";
        weekly: "每周" / "Weekly";
        monthly: "每月" / "Monthly";
        holder: "收款户名" / "Account holder";
        bank: "开户银行" / "Bank";
        account: "收款账号" / "Account number";
        agree: "登记协议" / "Add an agreement";
        btn_agree: "保存协议" / "Save agreement";
        btn_run: "立即结算" / "Settle now";
        btn_pay: "发起付款" / "Pay out";
        settlements: "结算单" / "Settlements";
        period: "时段" / "Period";
        carried_in: "上期结转" / "Carried in";
        turnover: "本期净额" / "Turnover";
        commission: "服务费" / "Commission";
        carried_out: "结转下期" / "Carried out";
        rule: "服务费按整期净额计算，四舍五入到最小货币单位；各行按最大余数分摊。为负时不付款，结转下期。" / "The commission is computed once over the period and rounded half up; lines share it by largest remainder. Below zero nothing is paid and it is carried on.";
        lines: "明细" / "Lines";
        csv: "下载表格（CSV）" / "Download as CSV";
        payouts: "付款单" / "Payouts";
        reference: "银行流水号" / "Bank reference";
        outcome: "最近结果" / "Last answer";
        to_account: "收款账户" / "Goes to";
        s_waiting: "待复核" / "Waiting";
        s_approved: "待发送" / "To be sent";
        s_sent: "处理中" / "Under way";
        s_paid: "已付款" / "Paid";
        s_failed: "未付成" / "Failed";
        s_refused: "已退回" / "Refused";
        btn_approve: "同意付款" / "Approve";
    }
    fns {
        days(from: &str, to: &str): "{from} 至 {to}" / "{from} to {to}";
        version(number: i64): "第 {number} 版" / "Version {number}";
    }
}
