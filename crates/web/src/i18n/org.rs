//! Organisations: the space of members, and the desk of staff.

super::texts! {
    /// The space of an enterprise, as its members see it.
    OrgWords {
        title: "企业空间" / "Organisations";
        lead: "以企业身份办理业务、查看企业账户，由管理员分配成员与限额。" / "Order and pay for an organisation. Its owner decides who may do what.";
        none: "您还没有加入企业" / "You belong to no organisation yet";
        none_lead: "可登记自己的企业，或请管理员发邀请链接。" / "Register yours, or ask an owner for an invitation.";
        mine: "我的企业" / "My organisations";
        act: "以企业身份办理" / "Act for it";
        btn_act: "切换到企业" / "Act for it";
        btn_self: "回到个人身份" / "Act for myself";
        acting: "正在为企业办理业务" / "You are acting for an organisation";
        acting_note: "此时的订单与账户属于企业。" / "Orders and balance are now the organisation's.";
        change_hat: "切换身份" / "Change";
        suspended: "已停用" / "Suspended";
        confirmed: "已核验" / "Confirmed";
        unconfirmed: "待核验" / "Not confirmed yet";
        found: "登记企业" / "Register an organisation";
        name: "企业名称" / "Name of the organisation";
        name_hint: "与营业执照一致" / "As on the business licence";
        code: "统一社会信用代码" / "Unified social credit code";
        code_hint: "营业执照上的 18 位代码" / "18 characters, on the business licence";
        btn_found: "登记" / "Register";
        members: "成员" / "Members";
        member: "姓名" / "Name";
        contact: "联系方式" / "Contact";
        role: "角色" / "Role";
        department: "部门" / "Department";
        no_department: "未分配" / "None";
        limits: "限额（单笔 / 单日）" / "Limits (one / a day)";
        no_limit: "不限" / "No limit";
        since: "加入时间" / "Since";
        act_column: "操作" / "Action";
        you: "您" / "You";
        change: "修改成员" / "Change the member";
        transaction_limit: "单笔限额（元）" / "Limit of one transaction, in yuan";
        day_limit: "单日限额（元）" / "Limit of a day, in yuan";
        limit_hint: "留空表示不限" / "Leave empty for no limit";
        limit_wrong: "填写金额，如 5000.00" / "Enter an amount like 5000.00";
        btn_save: "保存" / "Save";
        btn_remove: "移出企业" / "Remove";
        btn_leave: "退出企业" / "Leave";
        departments: "部门" / "Departments";
        department_name: "部门名称" / "Name of the department";
        btn_add: "添加部门" / "Add";
        btn_delete: "删除" / "Delete";
        invite: "邀请成员" / "Invite a member";
        invite_contact: "手机号或邮箱（选填）" / "Phone or e-mail (optional)";
        invite_hint: "填写后链接会发给对方，且只有该号码的账号能加入" / "Then the link goes there, and only that person's account can use it";
        btn_invite: "生成邀请链接" / "Make the link";
        link_title: "邀请链接" / "Invitation link";
        link_once: "链接只显示这一次，7 天内有效，只能使用一次" / "The link is shown only now, works for 7 days and once";
        waiting: "待接受的邀请" / "Invitations that wait";
        anybody: "持有链接的人" / "Whoever has the link";
        until: "有效期至" / "Valid until";
        btn_withdraw: "撤回" / "Withdraw";
        join: "加入企业" / "Join an organisation";
        btn_join: "加入" / "Join";
        join_sign_in: "登录或注册后即可加入。" / "Sign in or register, then join.";
        join_dead: "邀请链接已用过或已过期，可请对方重新发送。" / "This invitation is used or too old. Ask for a new one.";
        done_saved: "已保存" / "Saved";
        done_joined: "已加入企业" / "You have joined";
        done_removed: "已移出" / "Removed";
        overview: "企业信息" / "The organisation";
    }
    fns {
        acting_for(name: &str): "正在为{name}办理" / "Acting for {name}";
        join_ask(name: &str, role: &str): "{name}邀请您以“{role}”身份加入。" / "{name} invites you to join as {role}.";
    }
}

super::texts! {
    /// Organisations as staff see them.
    OrgDesk {
        title: "企业与服务方" / "Organisations";
        name: "名称" / "Name";
        kind: "类型" / "Kind";
        enterprise: "企业客户" / "Enterprise";
        provider: "服务方" / "Provider";
        code: "信用代码" / "Credit code";
        state: "状态" / "State";
        active: "正常" / "Active";
        suspended: "已停用" / "Suspended";
        confirmed: "核验" / "Confirmed";
        yes: "已核验" / "Confirmed";
        no: "待核验" / "Not yet";
        since: "登记时间" / "Since";
        confirm: "核验通过" / "Confirm the papers";
        btn_confirm: "核验通过" / "Confirm";
        suspend: "停用企业" / "Suspend";
        suspend_note: "停用后没有人能以该企业身份办理；已有订单照常处理。" / "Nobody can act for it while it is suspended. Orders under way go on.";
        btn_suspend: "停用" / "Suspend";
        btn_resume: "恢复" / "Resume";
        new_provider: "登记服务方" / "Register a provider";
        btn_new: "登记" / "Register";
    }
}
