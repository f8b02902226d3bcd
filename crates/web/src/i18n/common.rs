//! Words that any page may use.

super::texts! {
    /// Words that any page may use: the name, buttons, small connecting words.
    Common {
        brand: "长明" / "Everlit";
        tagline: "现在就能办" / "Open now";
        description: "24 小时业务自助平台：随时下单、缴费、查询、报修。" / "A self-service counter open day and night: order, pay, look up, report a fault.";
        yes: "是" / "Yes";
        no: "否" / "No";
        none: "无" / "None";
        all: "全部" / "All";
        more: "更多" / "More";
        optional: "（选填）" / "(optional)";
        total: "合计" / "Total";
        amount_due: "应付合计" / "To pay";
        free: "免费" / "Free";
        not_filled: "未填写" / "Not given";
        copied: "已复制" / "Copied";
        opens_new_window: "（在新窗口打开）" / "(opens in a new window)";
        separator: "：" / ": ";
        btn_save: "保存" / "Save";
        btn_save_continue: "保存并继续" / "Save and continue";
        btn_continue: "继续" / "Continue";
        btn_back: "返回" / "Back";
        btn_save_exit: "保存并退出" / "Save and exit";
        btn_cancel: "取消" / "Cancel";
        btn_keep: "不取消了" / "Keep it";
        btn_confirm: "确认" / "Confirm";
        btn_submit: "提交" / "Submit";
        btn_change: "修改" / "Change";
        btn_remove: "移除" / "Remove";
        btn_delete: "删除" / "Delete";
        btn_add: "添加" / "Add";
        btn_close: "关闭" / "Close";
        btn_retry: "重试" / "Try again";
        btn_refresh: "刷新进度" / "Refresh";
        btn_copy: "复制" / "Copy";
        btn_print: "打印或存为 PDF" / "Print or save as PDF";
        btn_search: "搜索" / "Search";
        btn_view: "查看" / "View";
        btn_start: "立即办理" / "Start";
        btn_order: "办理" / "Order";
        btn_again: "再办一次" / "Order again";
        btn_home: "回首页" / "Go to home";
        btn_help: "帮助" / "Help";
        btn_pay: "付款" / "Pay";
        working: "正在提交…" / "Submitting…";
        live_lost: "实时更新中断，正在重连（也可刷新页面）" / "Live updates stopped. Reconnecting (you can also reload)";
        live_noscript: "此页不会自动更新" / "This page does not update by itself";
    }
    fns {
        pay_amount(amount: &str): "确认并支付 {amount}" / "Confirm and pay {amount}";
        confirm_amount(amount: &str): "确认支付 {amount}" / "Pay {amount}";
        change_what(what: &str): "修改{what}" / "Change {what}";
        copy_what(what: &str): "复制{what}" / "Copy {what}";
        updated_at(time: &str): "更新于 {time}" / "Updated {time}";
        step(step: usize, of: usize): "第 {step} 步，共 {of} 步" / "Step {step} of {of}";
        progress(step: usize, of: usize): "进度 {step}/{of}" / "Progress {step} of {of}";
        capital(words: &str): "大写：{words}" / "In capitals: {words}";
        capital_rmb(words: &str): "人民币大写：{words}" / "Amount in capitals: {words}";
    }
}
