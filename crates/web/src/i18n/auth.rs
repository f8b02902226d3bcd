//! Registering, signing in, verifying an address, and the first steps of staff.

super::texts! {
    /// Words of the pages around signing in.
    AuthWords {
        login: "登录" / "Sign in";
        btn_login: "登录" / "Sign in";
        contact: "手机号或邮箱" / "Mobile number or e-mail";
        password: "密码" / "Password";
        no_account: "还没有账号？" / "No account yet?";
        register_link: "注册新账号" / "Create one";
        code_login_link: "用验证码登录" / "Sign in with a code";
        unfreeze_link: "本人解冻" / "Unfreeze it yourself";
        login_trouble: "登录遇到问题" / "Trouble signing in";
        login_next: "登录后会回到刚才那一步。" / "After signing in you go on where you were.";
        register: "注册" / "Create an account";
        register_lead: "填两项就能注册，约 30 秒。" / "Two answers, about 30 seconds.";
        contact_hint: "用来登录，也用来接收办理通知" / "You sign in with it and get news of your orders there";
        name: "称呼" / "Name";
        name_hint: "例如林女士，页面上这样称呼您" / "How pages should address you, like Ms Lin";
        password_new: "设置密码" / "Password";
        btn_register: "注册" / "Create account";
        have_account: "已有账号？" / "Already have an account?";
        login_link: "直接登录" / "Sign in";
        privacy_note: "我们只保存办理业务需要的信息，手机号和邮箱加密存放。" / "We keep only what your orders need; phone and e-mail are stored encrypted.";
        privacy_link: "隐私说明" / "Privacy";
        verify: "输入验证码" / "Enter the code";
        code: "验证码" / "Code";
        code_hint: "6 位数字，10 分钟内有效" / "6 digits, valid for 10 minutes";
        btn_verify: "验证并继续" / "Verify and continue";
        btn_resend: "重新发送" / "Send again";
        skip: "以后再说，先去办业务" / "Later, take me to the services";
        skip_note: "不验证也能登录和办理，验证后才能确认手机号或邮箱是您的。" / "You can sign in and order without it; the code only shows that the number or address is yours.";
        sent_again: "已重新发送，之前的验证码不再有效" / "Sent again. Earlier codes no longer work";
        not_received: "没有收到？" / "Nothing arrived?";
        demo_title: "这里是演示环境" / "This is a demo";
        demo_outbox: "短信和邮件不会真的发出，都在演示发件箱里。" / "Nothing is really sent: messages are in the demo outbox.";
        demo_outbox_link: "打开演示发件箱" / "Open the demo outbox";
        setup_admin: "创建第一个管理员" / "Create the first administrator";
        setup_staff: "加入员工团队" / "Join the staff";
        setup_lead: "这个链接只能用一次。填好后即登录控制台。" / "This link works once. Afterwards you are signed in to the console.";
        setup_role: "角色" / "Role";
        setup_until: "链接有效期至" / "The link works until";
        btn_setup: "创建账号" / "Create account";
        link_dead: "这个链接用不了" / "This link does not work";
        link_dead_next: "向发给您链接的管理员申请新链接；第一个管理员的链接可在服务器上重新生成。" / "Ask the administrator who sent it for a new one. The link of the first administrator can be made again on the server.";
    }
    fns {
        password_hint(least: usize): "至少 {least} 个字符，可用一句话" / "At least {least} characters; a sentence is fine";
        code_sent(to: &str): "验证码已发送到{to}。" / "We sent a code to {to}.";
    }
}
