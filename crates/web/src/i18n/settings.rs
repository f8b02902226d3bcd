//! What a person can see and set about themselves.

super::texts! {
    /// Words of the settings pages.
    SettingsWords {
        me: "我的" / "Me";
        profile: "个人信息" / "Profile";
        name: "称呼" / "Name";
        name_hint: "页面上这样称呼您" / "How pages address you";
        btn_save_name: "保存称呼" / "Save name";
        name_saved: "称呼已保存" / "Name saved";
        phone: "手机号" / "Mobile number";
        email: "邮箱" / "E-mail";
        verified: "已验证" / "Verified";
        unverified: "未验证" / "Not verified";
        verify_now: "去验证" / "Verify";
        not_given: "未填写" / "Not given";
        since: "注册于" / "Member since";
        roles: "角色" / "Roles";
        shortcuts: "常用入口" / "Shortcuts";
        account: "账户" / "Account";
        account_hint: "余额、充值、转账、对账单、发票" / "Balance, top-up, transfers, statements, invoices";
        orders: "我的订单" / "My orders";
        orders_hint: "进度、取消、收据" / "Progress, cancelling, receipts";
        payees_hint: "常用的收款账号" / "Whom you send money to";
        messages: "消息" / "Messages";
        messages_hint: "办理通知" / "News of your orders";
        security: "登录与安全" / "Sign-in and security";
        security_hint: "密码、已登录的设备" / "Password, devices signed in";
        privacy_hint: "同意记录、下载数据、注销" / "Agreements, a copy, closing";
        org_hint: "以企业身份办理、成员与限额" / "Act for one, members, limits";
        keys_hint: "让程序代您办理" / "Let programs act for you";
        display: "显示设置" / "Display";
        display_hint: "语言、深浅色、大字版" / "Language, colours, large text";
        help: "帮助中心" / "Help centre";
        help_hint: "办理、付款、退款、隐私" / "Ordering, paying, refunds, privacy";
        console: "员工控制台" / "Staff console";
        console_hint: "订单队列与任务" / "Orders and tasks";
        sessions: "已登录的设备" / "Devices signed in";
        sessions_lead: "有不认识的，先退出它，再改密码。" / "If you do not know one, sign it out and change your password.";
        this_one: "本机" / "This device";
        program: "程序" / "Program";
        unknown_device: "未知设备" / "Unknown device";
        seen: "最近使用" / "Last used";
        began: "登录于" / "Signed in";
        btn_end: "退出" / "Sign out";
        btn_end_others: "退出其他设备" / "Sign out all others";
        ended: "已退出" / "Signed out";
        others_ended: "其他设备都已退出" / "All other devices are signed out";
        change_password: "修改密码" / "Change password";
        password_current: "当前密码" / "Current password";
        password_new: "新密码" / "New password";
        password_note: "改好后，其他设备会退出登录。" / "All other devices will be signed out.";
        btn_change_password: "修改密码" / "Change password";
        password_changed: "密码已修改，其他设备已退出" / "Password changed; other devices are signed out";
        language: "语言" / "Language";
        zh: "中文" / "Chinese";
        en: "English" / "English";
        theme: "外观" / "Appearance";
        theme_system: "跟随系统" / "Like the device";
        theme_light: "浅色" / "Light";
        theme_dark: "深色" / "Dark";
        text: "字号" / "Text size";
        text_normal: "标准" / "Normal";
        text_large: "大字版" / "Large";
        text_large_hint: "字更大，按钮更大，一行一项" / "Larger text and buttons, one column";
        display_lead: "登录后在您的每台设备上都一样。" / "The same on every device you sign in to.";
        display_guest: "只在这台设备上记住。登录后会跟着账号走。" / "Kept on this device only. Sign in to take it with you.";
        btn_save_display: "保存设置" / "Save";
        display_saved: "显示设置已保存" / "Display settings saved";
    }
    fns {
        password_hint(least: usize): "至少 {least} 个字符，可用一句话；开启了两步验证的账号至少 8 个" / "At least {least} characters; a sentence is fine; 8 with a second step";
        from_address(address: &str): "地址{address}" / "from {address}";
        end_what(device: &str): "退出{device}" / "Sign out {device}";
    }
}
