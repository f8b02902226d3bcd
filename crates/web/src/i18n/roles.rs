//! The names of roles and of what they may do.

super::texts! {
    /// Roles that come with Everlit.
    RoleNames {
        customer: "客户" / "Customer";
        operator: "操作员" / "Operator";
        supervisor: "值班主管" / "Shift supervisor";
        finance: "财务" / "Finance";
        risk_officer: "风控员" / "Risk officer";
        identity_reviewer: "实名审核员" / "Identity reviewer";
        catalogue_manager: "业务管理员" / "Catalogue manager";
        stock_keeper: "库存管理员" / "Stock keeper";
        security_officer: "安全管理员" / "Security officer";
        auditor: "安全审计员" / "Auditor";
        administrator: "系统管理员" / "Administrator";
        org_owner: "企业管理员" / "Owner";
        org_buyer: "企业经办人" / "Buyer";
        org_viewer: "企业查看人" / "Viewer";
    }
}

super::texts! {
    /// What may be done.
    PermissionNames {
        act_as_customer: "办理业务" / "Order and pay";
        read_own_business: "查看自己或所属企业的业务" / "See one's own or the organisation's business";
        manage_members: "管理企业成员" / "Manage members";
        read_orders: "查看订单" / "See orders";
        work_orders: "处理任务与异常" / "Work on tasks and fallout";
        refund_order: "退款" / "Refund";
        read_catalogue: "查看业务目录" / "See the catalogue";
        publish_catalogue: "发布业务包" / "Publish packs";
        read_stock: "查看库存" / "See stock";
        write_stock: "调整库存" / "Correct stock";
        read_customers: "查看客户（已遮盖）" / "See customers, masked";
        reveal_personal_data: "查看明文" / "See personal data in clear";
        freeze_account: "冻结账号" / "Freeze accounts";
        restore_account: "解冻与恢复账号" / "Unfreeze and restore accounts";
        review_identity: "审核实名资料" / "Review identity documents";
        manage_organisations: "管理企业客户与服务方" / "Manage organisations";
        read_risk: "查看风控记录" / "See risk decisions";
        decide_risk: "处理风控复查" / "Decide risk reviews";
        read_incidents: "查看安全事件" / "See security incidents";
        manage_shield: "管理封禁与名单" / "Manage blocks and lists";
        manage_clients: "管理接口密钥" / "Manage API keys";
        read_audit: "查看审计日志" / "Read the audit log";
        export_audit: "导出审计日志" / "Export the audit log";
        read_health: "查看运行状态" / "See health";
        manage_staff: "管理员工" / "Manage staff";
        manage_roles: "管理角色与限额" / "Manage roles and limits";
        read_ledger: "查看账务与对账" / "See the ledger and reconciliation";
        book_ledger: "发起调账、结算与付款" / "Ask for corrections, settlements and payouts";
        approve_ledger: "复核账务" / "Decide what others asked for in the ledger";
        reconcile: "处理对账差异与结月" / "Work on differences, close months";
        issue_invoices: "开具与红冲发票" / "Issue and reverse invoices";
        manage_risk: "管理风控规则、名单与模型" / "Manage risk rules, lists and models";
        export_evidence: "导出案件证据" / "Export evidence of a case";
        approve_orders: "复核企业订单" / "Approve orders of the organisation";
    }
}

super::texts! {
    /// The page of roles.
    RolePages {
        title: "角色与权限" / "Roles and permissions";
        lead: "改动从下一次请求起生效，并记入审计日志。" / "Changes count from the next request and are kept in the audit log.";
        who: "谁能做" / "Who may";
        who_permission: "权限" / "Permission";
        who_amount: "金额（元，选填）" / "Amount in yuan (optional)";
        btn_who: "查询" / "Look up";
        who_nobody: "没有角色可以这样做" / "No role may do this";
        within: "在限额内" / "Within the limit";
        beyond: "超出单笔限额" / "Over the limit of one transaction";
        matrix: "权限矩阵" / "The whole matrix";
        role: "角色" / "Role";
        permission: "权限" / "Permission";
        may: "可以" / "Yes";
        may_not: "不可以" / "No";
        second_factor: "须用双重验证" / "Second factor required";
        transaction_limit: "单笔限额（元）" / "Limit of one transaction, in yuan";
        day_limit: "单日限额（元）" / "Limit of a day, in yuan";
        limit_hint: "留空表示不限" / "Leave empty for no limit";
        no_limit: "不限" / "No limit";
        changed: "已修改" / "Changed";
        made_here: "自定义" / "Made here";
        as_delivered: "默认" / "As delivered";
        edit: "修改" / "Change";
        new: "新建角色" / "New role";
        code: "代码" / "Code";
        code_hint: "小写字母、数字和下划线，如 branch_teller；企业成员角色以 org_ 开头" / "Lower-case letters, digits and _, like branch_teller. Roles of organisations begin with org_";
        title_zh: "中文名称" / "Name in Chinese";
        title_en: "英文名称" / "Name in English";
        permissions: "权限" / "Permissions";
        btn_save: "保存角色" / "Save the role";
        btn_new: "新建" / "Create";
        remove: "删除角色" / "Remove the role";
        reset: "恢复默认" / "Back to as delivered";
        remove_note: "没有员工持有时才能删除。" / "Only a role that nobody holds can be removed.";
        reset_note: "恢复为系统自带的权限与限额。" / "Permissions and limits become those Everlit came with.";
        code_wrong: "代码只用小写字母、数字和下划线" / "Use lower-case letters, digits and _ only";
    }
}
