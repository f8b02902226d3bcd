//! Showing a second factor, confirming that it is really you, and everything in the security centre.

super::texts! {
    /// Words of the pages that ask for a factor.
    FactorWords {
        second: "再验证一步" / "One more step";
        second_lead: "为了您的账号安全，还需要下面任意一种验证。" / "To keep your account safe, show one of these as well.";
        proof: "确认是您本人" / "Confirm that it is you";
        proof_lead: "这项操作比较重要，先验证一下。5 分钟内不用再次验证。" / "This matters, so show that it is you. It lasts for five minutes.";
        proof_kept: "刚才填写的内容已保留，验证后继续提交。" / "What you filled in is kept. You submit it after this.";
        password: "密码" / "Password";
        totp: "动态口令" / "Code from your app";
        totp_hint: "打开身份验证器应用，输入 6 位数字" / "Open your authenticator app and enter the 6 digits";
        code: "验证码" / "Code";
        code_hint: "6 位数字，10 分钟内有效" / "6 digits, valid for 10 minutes";
        recovery: "恢复码" / "Recovery code";
        recovery_hint: "每个恢复码只能用一次，例如 abcde-fghjk" / "Each works once, like abcde-fghjk";
        use_recovery: "用恢复码" / "Use a recovery code";
        remember: "这台设备 30 天内不再询问" / "Do not ask on this device for 30 days";
        btn_confirm: "验证并继续" / "Confirm and continue";
        btn_send: "发送验证码" / "Send a code";
        btn_resend: "重新发送" / "Send again";
        no_way: "没有可用的验证方式，可联系客服找回账号。" / "There is nothing you can show here. Contact support to recover the account.";
        lost: "手机丢了或用不了这些方式？" / "Lost your phone, or none of these works?";
        lost_link: "找回账号" / "Recover your account";
        btn_leave: "退出登录" / "Sign out";
        go_on: "已确认，继续提交" / "Confirmed. Submit to go on";
        go_on_lead: "刚才填写的内容都在，点一下就提交。" / "Everything you filled in is here. One press submits it.";
        btn_go_on: "继续提交" / "Submit";
        give_up: "不提交了" / "Do not submit";
        code_login: "验证码登录" / "Sign in with a code";
        code_login_lead: "验证码会发到已验证过的手机号或邮箱。" / "The code goes to a mobile number or e-mail address that was verified.";
        contact: "手机号或邮箱" / "Mobile number or e-mail";
        btn_get_code: "获取验证码" / "Get a code";
        btn_login: "登录" / "Sign in";
        with_password: "用密码登录" / "Sign in with a password";
        other_contact: "换一个手机号或邮箱" / "Use another number or address";
        demo_title: "这里是演示环境" / "This is a demo";
        demo_outbox: "短信和邮件不会真的发出，都在演示发件箱里。" / "Nothing is really sent: messages are in the demo outbox.";
        demo_outbox_link: "打开演示发件箱" / "Open the demo outbox";
        enrol: "先设置两步验证" / "Set up a second step first";
        enrol_lead: "您的角色能看到客户的业务，登录时除了密码还要一种验证。设置只需一次，约 2 分钟。" / "Your role sees customers' business, so signing in takes more than a password. You set it up once, in about two minutes.";
        app_title: "身份验证器应用" / "Authenticator app";
        app_lead: "扫描二维码，或把密钥输入应用，再填写应用显示的 6 位数字。" / "Scan the code with your app or type the key, then enter the 6 digits the app shows.";
        app_which: "任何支持动态口令（TOTP）的应用都可以，例如腾讯身份验证器、Microsoft Authenticator、Google Authenticator。" / "Any app for time-based codes (TOTP) will do, such as Microsoft Authenticator or Google Authenticator.";
        app_key: "密钥" / "Key";
        app_qr: "二维码：用身份验证器应用扫描" / "QR code to scan with your authenticator app";
        btn_enable: "启用" / "Turn on";
        app_on: "已启用" / "On";
        app_since: "启用于" / "Since";
        app_replace: "换一台手机" / "Move to another phone";
        app_replace_lead: "用新手机扫描下面的二维码，验证后旧手机上的口令作废。" / "Scan this with the new phone. Once confirmed, codes of the old one no longer work.";
        btn_remove_app: "停用动态口令" / "Turn off";
        remove_app_note: "停用后，登录只需要密码。" / "Signing in will take only the password.";
        other_passkey: "也可以用通行密钥：指纹、面容或锁屏密码。" / "A passkey works too: fingerprint, face or screen lock.";
        other_passkey_link: "添加通行密钥" / "Add a passkey";
        recovery_title: "恢复码" / "Recovery codes";
        recovery_lead: "手机不在身边时，用恢复码代替动态口令。每个只能用一次，只显示这一回，请抄下、打印或下载保存。" / "They replace the app when your phone is not at hand. Each works once, and they are shown only now: write them down, print or download them.";
        recovery_about: "手机不在身边时，用恢复码代替动态口令，每个只能用一次。" / "They replace the app when your phone is not at hand. Each works once.";
        recovery_low: "恢复码不多了，可生成新的一组。" / "Few recovery codes are left. Make a new set.";
        recovery_new: "生成后，旧的恢复码全部作废。" / "The old ones stop working.";
        btn_new_codes: "生成新的恢复码" / "Make new codes";
        btn_download: "下载" / "Download";
        saved_go_on: "已保存，继续" / "Saved, go on";
        file_title: "长明账号恢复码，每个只能用一次" / "Everlit recovery codes; each works once";
    }
    fns {
        code_to(to: &str): "验证码已发送到{to}。" / "We sent a code to {to}.";
        code_maybe_to(to: &str): "如果{to}是已验证的联系方式，验证码已经发出。" / "If {to} is a verified contact, a code is on its way.";
        send_to(to: &str): "发送验证码到{to}" / "Send a code to {to}";
        codes_left(n: i64): "还剩 {n} 个" / "{n} left";
    }
}

super::texts! {
    /// Words of the security centre.
    SecurityWords {
        ways: "登录方式" / "Ways to sign in";
        password_set: "已设置" / "Set";
        password_none: "未设置" / "Not set";
        password: "密码" / "Password";
        password_advice: "建议用 15 个字符以上的一句话" / "A sentence of 15 characters or more is best";
        phone: "手机号" / "Mobile number";
        email: "邮箱" / "E-mail";
        change: "更换" / "Change";
        add: "添加" / "Add";
        verify: "去验证" / "Verify";
        links: "第三方账号" / "Other accounts";
        links_hint: "用其他网站的账号登录" / "Sign in with an account of another site";
        passkeys: "通行密钥" / "Passkeys";
        passkeys_hint: "指纹、面容或锁屏密码" / "Fingerprint, face or screen lock";
        second: "两步验证" / "Second step";
        second_lead: "开启后，别人知道密码也登录不了。" / "With it nobody gets in by knowing your password.";
        app: "身份验证器应用" / "Authenticator app";
        on: "已启用" / "On";
        off: "未启用" / "Off";
        app_off: "动态口令已停用" / "Codes from the app are no longer asked for";
        set_up: "设置" / "Set up";
        manage: "管理" / "Manage";
        recovery: "恢复码" / "Recovery codes";
        identity: "实名认证" / "Real-name check";
        identity_hint: "部分业务需要" / "Some services need it";
        account_recovery: "账号找回" / "Account recovery";
        account_recovery_hint: "手机丢失时怎么找回" / "What to do when your phone is lost";
        devices: "用过的设备" / "Devices you used";
        devices_lead: "移除后，在那台设备上会退出登录，下次登录要重新验证。" / "Removing one signs it out; signing in there again takes every step.";
        remembered: "免两步验证至" / "No second step until";
        seen: "最近使用" / "Last used";
        btn_forget: "移除" / "Remove";
        unknown_device: "未知设备" / "Unknown device";
        forgotten: "设备已移除" / "Device removed";
        history: "登录记录" / "Sign-in history";
        history_lead: "保留 180 天。有不认识的，先退出那台设备，再改密码，或冻结账号。" / "Kept for 180 days. If you do not know one, sign that device out and change your password, or freeze the account.";
        history_all: "全部登录记录" / "Whole history";
        history_empty: "还没有登录记录。" / "Nothing yet.";
        outcome_open: "登录成功" / "Signed in";
        outcome_second_factor: "待两步验证" / "Second step due";
        outcome_enrol: "待设置两步验证" / "Second step to be set up";
        outcome_wrong: "验证未通过" / "Did not match";
        outcome_refused: "账号不可用" / "Account not usable";
        outcome_denied: "已拦截" / "Stopped";
        by_password: "密码" / "Password";
        by_code: "验证码" / "Code";
        by_passkey: "通行密钥" / "Passkey";
        by_federated: "第三方账号" / "Other account";
        by_totp: "动态口令" / "Authenticator app";
        by_recovery_code: "恢复码" / "Recovery code";
        unusual: "不寻常之处" / "Unusual";
        freeze: "冻结账号" / "Freeze the account";
        freeze_lead: "手机丢了或账号被别人用了，先冻结：所有设备立即退出，谁都不能登录和付款。" / "Phone lost, or somebody else is in? Freeze first: every device is signed out at once, nobody can sign in or pay.";
        freeze_title: "冻结账号？" / "Freeze the account?";
        freeze_note: "冻结后，在登录页凭密码、两步验证和验证码可以解冻；没有两步验证的，由客服核实身份后解冻。正在办理的订单不受影响。" / "To unfreeze it you show your password, second step and a code on the sign-in page; without a second step, support checks who you are. Orders in progress go on.";
        btn_freeze: "冻结账号" / "Freeze";
        btn_confirm_freeze: "确认冻结" / "Freeze it now";
        keep: "不冻结" / "Keep it open";
        freeze_reason: "本人在安全中心冻结" / "Frozen by the owner";
        frozen: "账号已冻结" / "The account is frozen";
        frozen_body: "所有设备都已退出登录。" / "Every device is signed out.";
        unfreeze: "解冻账号" / "Unfreeze the account";
        unfreeze_lead: "本人冻结的账号，凭密码、两步验证和验证码解冻。" / "If you froze it yourself, show your password, second step and a code.";
        unfreeze_second: "填写验证码和一种两步验证。" / "Enter the code and show a second step.";
        btn_unfreeze: "解冻" / "Unfreeze";
        unfrozen: "账号已解冻，可以登录了" / "The account works again. You can sign in";
        contact_change: "更换手机号或邮箱" / "Change number or e-mail";
        contact_new: "新的手机号或邮箱" / "New mobile number or e-mail";
        contact_hint: "验证码会发到新的手机号或邮箱" / "A code goes to the new one";
        contact_done: "已更换，以后用新的登录和收通知" / "Changed. Sign in with the new one from now on";
        contact_other: "换一个" / "Use another";
        btn_next: "下一步" / "Continue";
        undo: "撤销更换" / "Undo the change";
        undo_phone: "您账号的手机号在 24 小时内被更换过。不是本人操作的，现在恢复原来的手机号，并退出所有设备。" / "The mobile number of your account was changed within the last 24 hours. If it was not you, put the old one back; every device is signed out.";
        undo_email: "您账号的邮箱在 24 小时内被更换过。不是本人操作的，现在恢复原来的邮箱，并退出所有设备。" / "The e-mail address of your account was changed within the last 24 hours. If it was not you, put the old one back; every device is signed out.";
        btn_undo: "恢复原来的" / "Put it back";
        undone: "已恢复，所有设备都已退出。登录后请修改密码。" / "It is back and every device is signed out. Sign in and change your password.";
        undo_dead: "这个撤销链接用不了" / "This link does not work";
        undo_dead_body: "链接只能用一次，24 小时内有效。不是本人更换的，请联系客服。" / "It works once and for 24 hours. If it was not you, contact support.";
        end_others_too: "同时退出其他设备" / "Sign out all other devices as well";
        reason_other: "其他" / "other";
    }
    fns {
        end_what(device: &str): "移除{device}" / "Remove {device}";
        from_address(address: &str): "地址{address}" / "from {address}";
    }
}
