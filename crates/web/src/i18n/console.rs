//! The frame around every console page.

super::texts! {
    /// The frame around every console page: side navigation, command palette, keys.
    ConsoleShell {
        brand: "长明控制台" / "Everlit console";
        nav: "控制台导航" / "Console";
        nav_toggle: "菜单" / "Menu";
        group_work: "我的工作" / "My work";
        group_business: "经营" / "Business";
        group_trust: "身份与安全" / "Trust and safety";
        group_system: "系统" / "System";
        work: "工作台" / "Overview";
        orders: "订单队列" / "Orders";
        tasks: "员工任务" / "Tasks";
        fallout: "异常处理" / "Fallout";
        catalogue: "业务目录" / "Catalogue";
        stock: "库存与时段" / "Stock and slots";
        customers: "客户" / "Customers";
        organisations: "企业与服务方" / "Organisations";
        group_money: "账务" / "Money";
        ledger: "科目与余额" / "Accounts";
        adjustments: "调账与冲正" / "Corrections";
        invoices: "发票" / "Invoices";
        settlements: "结算与付款" / "Settlements";
        payments: "支付" / "Payments";
        reconciliation: "渠道对账" / "Reconciliation";
        identities: "实名审核" / "Identity reviews";
        recoveries: "账号恢复" / "Recoveries";
        risk_desk: "风控复查" / "Risk reviews";
        risk: "风控记录" / "Risk decisions";
        risk_cases: "风控案件" / "Risk cases";
        risk_rules: "风控规则" / "Risk rules";
        incidents: "安全事件" / "Incidents";
        audit: "审计日志" / "Audit log";
        health: "运行状态" / "Health";
        staff: "员工" / "Staff";
        roles: "角色与权限" / "Roles";
        clients: "接口密钥" / "API keys";
        portal: "客户门户" / "Customer portal";
        btn_command: "命令" / "Commands";
        palette_title: "去哪里或做什么" / "Go to or do";
        palette_empty: "没有匹配的命令" / "No command matches";
        keys_title: "键盘快捷键" / "Keyboard shortcuts";
        keys_move: "上下移动" / "Move down and up";
        keys_open: "打开" / "Open";
        keys_select: "选择" / "Select";
        keys_filter: "筛选" / "Filter";
        keys_palette: "命令" / "Commands";
        keys_help: "快捷键一览" / "This list";
        keys_off: "关闭单键快捷键" / "Turn single-key shortcuts off";
    }
}
