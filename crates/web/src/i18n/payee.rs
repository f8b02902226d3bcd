//! The payee book and transfers.

super::texts! {
    /// Whom money is sent to.
    PayeeWords {
        title: "收款人" / "Payees";
        none: "还没有收款人" / "There are no payees yet";
        until: "限额至" / "limited until";
        cooling: "新收款人" / "New";
        add: "添加收款人" / "Add a payee";
        name: "姓名或单位名称" / "Name";
        name_hint: "与开户名一致" / "As the bank knows it";
        bank: "开户银行" / "Bank";
        account: "账号" / "Account";
        account_hint: "8 至 30 位数字，可带空格" / "8 to 30 digits, blanks are fine";
        nickname: "备注名" / "Your name for them";
        btn_add: "添加" / "Add payee";
        btn_customer: "添加本站客户" / "Add a customer";
        customer: "添加本站客户" / "Add a customer of this counter";
        customer_lead: "填写对方的姓名，和手机号或邮箱，两者相符才能添加。" / "Enter the name and the mobile number or e-mail address. Both have to belong together.";
        customer_name_hint: "与对方实名认证的姓名一致" / "As their identity was verified";
        contact: "手机号或邮箱" / "Mobile number or e-mail";
        to_balance: "本站余额" / "Balance here";
        btn_remove: "删除" / "Remove";
        btn_transfer: "转账" / "Transfer";
        transfer: "转账" / "Transfer";
        transfer_lead: "选择收款人，再填写金额与用途。" / "Choose who gets it, then say how much and what for.";
        btn_choose: "选择" / "Choose";
        btn_other: "填写新账号" / "Somebody else";
        withdraw: "提现" / "Withdraw";
        withdraw_lead: "余额转到您本人的银行账户，不占用转账限额，通常 5 分钟到账。" / "From your balance to your own account at a bank, usually there in 5 minutes. It does not count towards what you may send to others.";
        withdraw_to: "提现到这个账户" / "Withdraw to this account";
        add_own: "添加本人的银行账户" / "Add an account of your own";
        btn_add_own: "添加账户" / "Add account";
        btn_book: "管理收款人" / "Manage payees";
    }
    fns {
        lead(most: &str): "新收款人 24 小时内每笔最多转 {most}。" / "For 24 hours at most {most} at once goes to a new payee.";
        own_name(name: &str): "户名须为 {name}，与实名认证一致；不符时银行会退回。" / "It has to be in the name of {name}, as verified. Otherwise the bank sends the money back.";
        ending(tail: &str): "尾号 {tail}" / "ending in {tail}";
    }
}
