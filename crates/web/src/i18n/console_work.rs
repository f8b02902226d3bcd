//! Signing in to the console, my work, the order queue, late orders.

super::texts! {
    /// Signing in as staff.
    StaffEntry {
        title: "员工登录" / "Staff sign-in";
        intro: "控制台只对员工开放。" / "The console is for staff only.";
        customers: "办业务在客户门户登录" / "To order something, sign in to the customer portal";
        account: "手机号或邮箱" / "Phone or e-mail";
        password: "密码" / "Password";
        btn_sign_in: "登录" / "Sign in";
        not_signed_in: "没有登录" / "Not signed in";
        not_staff: "控制台只对员工开放，请用员工账号登录" / "The console is for staff. Sign in with a staff account";
    }
}

super::texts! {
    /// The first page of the console.
    Work {
        title: "我的工作" / "My work";
        orders_today: "今日订单" / "Orders today";
        since_midnight: "自 0:00 起" / "since midnight";
        turnover: "今日金额" / "Value today";
        open_orders: "办理中订单" / "Open orders";
        open_orders_note: "尚未结束" / "not finished";
        late_orders: "超时订单" / "Late orders";
        late_note: "超过承诺时限" / "past the promised time";
        fallout: "异常" / "Fallout";
        fallout_note: "等待处理" / "wait for a decision";
        tasks: "员工任务" / "Staff tasks";
        dead_jobs: "失败作业" / "Failed jobs";
        dead_note: "多次重试未成功" / "gave up after several tries";
        mine: "我领取的任务" / "Tasks in my hands";
        mine_empty: "没有领取任务" / "You have no tasks";
        urgent: "最紧急的任务" / "Most urgent tasks";
        urgent_empty: "没有待办任务" / "No task waits";
        stuck: "等待处理的异常" / "Stuck orders";
        stuck_empty: "没有异常" / "Nothing is stuck";
        today: "今日订单分布" / "Today by state";
        count: "数量" / "Count";
        sum: "金额（元）" / "Value (CNY)";
        see_all: "查看全部" / "See all";
        today_empty: "今天还没有订单" / "No orders yet today";
    }
    fns {
        tasks_note(unclaimed: i64, overdue: i64): "{unclaimed} 项未领取，{overdue} 项超时" / "{unclaimed} unclaimed, {overdue} overdue";
    }
}

super::texts! {
    /// The order queue and the late orders.
    Queue {
        title: "订单队列" / "Order queue";
        search: "订单号、订单编号或客户编号" / "Order number, order id or customer id";
        search_label: "查找" / "Find";
        unknown: "没有这个订单，核对编号后再查" / "There is no such order. Check the number";
        all: "全部" / "All";
        late: "已超时" / "Late";
        empty: "没有符合条件的订单" / "No order fits";
        refresh: "显示全部订单" / "Show all orders";
        late_title: "超时订单" / "Late orders";
        late_intro: "超过业务承诺时限而没有结束的订单，最久的在前。" / "Orders past their service level and not finished, the oldest first.";
        late_empty: "没有超时订单" / "No order is late";
        keys: "J K 上下移动，Enter 打开，? 全部快捷键" / "J K move, Enter opens, ? lists all keys";
    }
    fns {
        of_state(state: &str): "状态：{state}" / "State: {state}";
        of_customer(customer: &str): "客户：{customer}" / "Customer: {customer}";
    }
}
