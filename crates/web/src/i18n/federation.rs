//! Signing in with other parties: the buttons, the way back, linked accounts, merging.

super::texts! {
    /// Words of third-party sign-in.
    FederationWords {
        or: "也可以用" / "Or sign in with";
        failed: "第三方登录没有成功" / "Signing in with the other site did not work";
        failed_link: "关联没有成功" / "Linking did not work";
        again: "再试一次" / "Try again";
        other_way: "换一种方式登录" / "Sign in another way";
        back_to_links: "返回第三方账号" / "Back to linked accounts";
        hop: "正在前往第三方" / "Taking you to the other site";
        hop_lead: "没有自动跳转时，点下面的按钮继续。" / "If nothing happens, press the button.";
        btn_hop: "继续" / "Continue";
        choose: "还没有账号使用它登录" / "No account is opened by it yet";
        have: "已有长明账号" / "I have an Everlit account";
        have_lead: "登录后确认关联，以后可直接用它登录。" / "Sign in and confirm. From then on it opens your account.";
        btn_have: "登录并关联" / "Sign in and link";
        fresh: "没有账号" / "I have no account";
        fresh_lead: "填手机号或邮箱即可注册，不用设密码。" / "Give a mobile number or e-mail. No password is needed.";
        contact: "手机号或邮箱" / "Mobile number or e-mail";
        contact_hint: "用来接收办理通知和验证码" / "For news of your orders and codes";
        name: "称呼" / "Name";
        btn_register: "注册并继续" / "Create account";
        registered_already: "直接登录并关联" / "Sign in and link instead";
        no_match: "我们不会只凭邮箱或手机号把它并入已有账号。" / "We never attach it to an existing account by e-mail or phone alone.";
        confirm: "确认关联" / "Confirm the link";
        btn_confirm: "关联到这个账号" / "Link to this account";
        not_now: "暂不关联" / "Not now";
        links: "第三方账号" / "Linked accounts";
        links_lead: "关联后可以用它登录；随时可以解除。" / "They open your account. You can unlink them at any time.";
        none: "还没有关联第三方账号。" / "Nothing is linked yet.";
        since: "关联于" / "Linked";
        used: "最近使用" / "Last used";
        never: "尚未用来登录" / "Not used yet";
        gone: "已停用的方式" / "No longer offered";
        add: "关联更多" / "Link more";
        btn_unlink: "解除关联" / "Unlink";
        linked: "已关联，以后可用它登录" / "Linked. From now on it opens your account";
        unlinked: "已解除关联" / "Unlinked";
        merged: "账号已合并" / "The accounts are merged";
        merge: "合并另一个账号" / "Merge another account";
        merge_short: "您还有另一个账号？证明它是您的，就能并入这里。" / "Do you have another account? Prove that it is yours to merge it into this one.";
        merge_lead: "另一个账号的登录方式会移到这里，那个账号随后关闭，不能恢复。" / "What opens the other account will open this one; the other account then closes for good.";
        merge_who: "证明另一个账号是您的" / "Prove that the other account is yours";
        password: "另一个账号的密码" / "Password of the other account";
        btn_prove: "验证" / "Prove it";
        merge_with: "或用它关联的第三方账号验证" / "Or prove it with a linked account";
        merge_check: "核对后合并" / "Check, then merge";
        merge_other: "将被合并的账号" / "The account to merge";
        merge_until: "验证有效期至" / "The proof counts until";
        second: "动态码或恢复码" / "Code from the app, or recovery code";
        second_hint: "另一个账号开启了两步验证" / "The other account has a second factor";
        btn_merge: "合并并关闭它" / "Merge and close it";
        blocked: "现在不能合并" / "It cannot be merged now";
        blocked_orders: "它有订单记录，合并后将查不到。" / "It has orders, which could no longer be found.";
        blocked_money: "它有余额或未结清的款项。" / "There is money on it, or set aside.";
        blocked_organisation: "它是企业成员，先在那里退出。" / "It belongs to an organisation. Leave that first.";
    }
    fns {
        btn_with(party: &str): "{party}登录" / "Sign in with {party}";
        add_party(party: &str): "关联{party}" / "Link {party}";
        prove_with(party: &str): "用{party}验证" / "Prove with {party}";
        unlink_what(party: &str): "解除关联{party}" / "Unlink {party}";
        arrived(party: &str): "您已通过{party}确认身份" / "{party} has told us who you are";
        arrived_as(party: &str, name: &str): "您已通过{party}确认身份，昵称为{name}" / "{party} has told us who you are: {name}";
        confirm_what(party: &str): "把{party}关联到当前登录的账号？以后可直接用它登录。" / "Link {party} to the account you are signed in to? From then on it opens the account.";
    }
}
