//! Help, accessibility and service status: the frame around their content. The articles are in `articles`.

super::texts! {
    /// Words of the help centre.
    HelpWords {
        title: "帮助中心" / "Help centre";
        lead: "先看这里，多数问题两分钟就能解决。" / "Most questions are answered here in two minutes.";
        search: "搜帮助" / "Search help";
        found_none: "没有找到相关帮助，换个词再搜，或看看下面的主题。" / "Nothing found. Try another word, or look at the topics below.";
        topic_order: "办理与订单" / "Ordering";
        topic_money: "付款与退款" / "Money";
        topic_account: "账号与隐私" / "Account and privacy";
        topic_more: "更多" / "More";
        related: "相关帮助" / "Related";
        updated: "本页内容适用于当前版本" / "Valid for the version in use";
        back: "帮助中心" / "Help centre";
        see_services: "办业务" / "Services";
        see_orders: "我的订单" / "My orders";
        status: "服务状态" / "Service status";
    }
    fns {
        found(count: usize, query: &str): "“{query}”找到 {count} 篇" / "{count} found for “{query}”";
    }
}

super::texts! {
    /// The accessibility statement.
    AccessWords {
        title: "无障碍说明" / "Accessibility";
        lead: "我们希望每个人都能独立办完业务。目标是 WCAG 2.2 AA级。" / "Everybody should be able to finish an order without help. Our aim is WCAG 2.2 AA.";
        does: "已经做到的" / "What works";
        keyboard: "所有操作只用键盘就能完成，焦点位置始终看得见。" / "Everything can be done with the keyboard, and the focus is always visible.";
        reader: "标题、表单、错误提示和进度都能被读屏软件读出。" / "Headings, forms, errors and progress are read by screen readers.";
        contrast: "文字对比度至少4.5:1；状态同时用形状、文字和颜色表示。" / "Text has a contrast of at least 4.5:1; status is shape, word and colour together.";
        zoom: "页面放大到200%或窄到320像素都不需要左右滚动。" / "Pages need no sideways scrolling at 200% zoom or at 320 pixels.";
        large: "大字版：字号放大，主要按钮至少60像素见方。" / "Large text: bigger type, main buttons of at least 60 pixels.";
        script: "关闭脚本也能办完全部业务。" / "Every order can be completed with scripts turned off.";
        motion: "系统设为减少动态效果时，页面没有动画。" / "With reduced motion set on your device nothing moves.";
        captcha: "没有图片验证码，密码和验证码都可以粘贴。" / "There are no picture puzzles; passwords and codes can be pasted.";
        limits: "还做不到的" / "What does not work yet";
        limit_pay: "付款在银行卡页面完成，那一页由支付机构提供，不受我们控制。" / "Card payments are made on the payment company's page, which we do not control.";
        limit_sign: "没有手语视频和语音朗读，需用设备自带的功能。" / "There are no sign-language videos and no reading aloud; use what your device offers.";
        tested: "检查方法" / "How we check";
        tested_body: "每次改动都用axe自动检查全部页面（手机浅色、手机深色、电脑浅色），并只用键盘走完主要流程。" / "Every change is checked with axe on all pages (phone light, phone dark, desktop light), and the main journeys are walked with the keyboard alone.";
        set_display: "去调整显示设置" / "Adjust the display";
    }
}

super::texts! {
    /// How the parts of the service are doing.
    StatusWords {
        title: "服务状态" / "Service status";
        all_ok: "各项服务正常" / "All services are working";
        some_slow: "部分服务较慢，已提交的订单不会丢" / "Some services are slow. Orders already placed are safe";
        some_down: "部分服务暂时不可用，已提交的订单不会丢" / "Some services are down. Orders already placed are safe";
        website: "网站与接口" / "Website and API";
        website_ok: "能打开这一页，网站就在工作" / "You are reading this, so it answers";
        website_stopping: "正在重启，新请求很快由其他节点处理" / "Restarting; other nodes take over shortly";
        database: "账户与订单数据" / "Account and order data";
        database_ok: "可以读写" / "Can be read";
        database_down: "暂时连不上，先不要重复提交" / "Cannot be reached. Do not submit again yet";
        handling: "后台办理" / "Order handling";
        handling_ok: "没有积压" / "Nothing is waiting";
        handling_unknown: "暂时看不到" / "Not known right now";
        in_time: "按时办结" / "On time";
        in_time_ok: "没有超时的订单" / "No order is late";
        word_ok: "正常" / "Normal";
        word_slow: "较慢" / "Slow";
        word_down: "不可用" / "Down";
        word_unknown: "未知" / "Unknown";
        checked: "检查时间" / "Checked";
    }
    fns {
        waiting(length: &str): "最久的一件等了 {length}" / "The oldest item has waited {length}";
        late(count: usize): "{count} 个订单超过了承诺时间，正在处理" / "{count} orders are past their promised time and being worked on";
        late_many(count: usize): "超过 {count} 个订单晚于承诺时间，正在处理" / "More than {count} orders are past their promised time and being worked on";
    }
}
