//! One's own data: agreements, a copy, the end of the account.

super::texts! {
    /// The page about one's own data.
    PrivacyWords {
        title: "隐私与我的数据" / "Privacy and my data";
        lead: "您可以查看并撤回同意、下载一份我们保存的数据、或注销账号。" / "See and withdraw what you agreed to, download a copy of what we keep, or close the account.";
        consents: "我同意过的" / "What I agreed to";
        notice: "隐私说明：办理业务所必需" / "The privacy notice: what your orders need";
        personalisation: "根据订单与浏览推荐业务" / "Suggestions from orders and browsing";
        marketing: "接收业务与活动消息" / "News about services";
        real_name: "核实姓名与证件号码，撤回后即删除" / "Checking name and identity number; withdrawing erases both";
        given: "同意于" / "Agreed";
        withdrawn: "已撤回" / "Withdrawn";
        not_given: "未同意" / "Not agreed";
        version: "版本" / "Version";
        btn_give: "同意" / "Agree";
        btn_withdraw: "撤回" / "Withdraw";
        copy: "下载我的数据" / "Download my data";
        copy_lead: "包含账号资料、登录记录、订单、收支与消息，JSON 格式。下载前需确认是您本人。" / "Account, sign-ins, orders, money and messages as JSON. You confirm that it is you first.";
        btn_copy: "下载" / "Download";
        close: "注销账号" / "Close the account";
        close_lead: "注销后个人信息会被删除，账号不能恢复。依法须保存的订单与账务记录仅以编号保留三年。有办理中的订单或余额时不能注销。" / "Your personal data is erased and the account cannot come back. Orders and books stay under their number for three years, as the law wants. Orders under way and money on the balance come first.";
        reason: "注销原因" / "Why";
        reason_hint: "5 至 500 个字" / "5 to 500 characters";
        sure: "我已了解，账号不能恢复" / "I understand that it cannot come back";
        sure_needed: "先勾选确认" / "Tick to confirm first";
        btn_close: "注销账号" / "Close the account";
        closed: "账号已注销" / "The account is closed";
        closed_lead: "您的个人信息已删除。需要时可随时重新注册。" / "Your personal data is erased. You can register again at any time.";
        home: "回到首页" / "Home";
        saved: "已保存" / "Saved";
    }
}
