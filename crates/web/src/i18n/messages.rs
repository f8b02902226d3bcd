//! Messages to the customer, and the outbox of the demo.

super::texts! {
    /// Words of the message centre.
    MessageWords {
        title: "消息" / "Messages";
        empty: "还没有消息。下单后，办理进展会发到这里。" / "No messages yet. News of your orders will appear here.";
        btn_services: "去办业务" / "See services";
        unread: "未读" / "Unread";
        read: "已读" / "Read";
        btn_all_read: "全部标为已读" / "Mark all as read";
        btn_read: "标为已读" / "Mark as read";
        btn_open: "查看" / "View";
    }
    fns {
        unread_count(count: u32): "{count} 条未读" / "{count} unread";
    }
}

super::texts! {
    /// Words of the demo's outbox.
    OutboxWords {
        title: "演示发件箱" / "Demo outbox";
        lead: "演示环境不真的发短信和邮件，发出的内容都列在这里，最新的在最前。" / "The demo sends nothing for real. What it would have sent is listed here, newest first.";
        empty: "还没有发出过消息。注册一个账号，验证码就会出现在这里。" / "Nothing was sent yet. Create an account and its code appears here.";
        sms: "短信" / "SMS";
        email: "邮件" / "E-mail";
        inbox: "站内消息" / "Message centre";
        queued: "待发送" / "Waiting";
        sent: "已发送" / "Sent";
        failed: "未送达" / "Not delivered";
        unconfirmed: "可能已送达" / "Perhaps delivered";
        to: "收件人" / "To";
        open_link: "打开相关页面" / "Open the page it names";
        not_here: "只有演示环境有发件箱" / "Only a demo has an outbox";
    }
}
