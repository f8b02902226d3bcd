//! Catalogue, stock and customers in the console.

super::texts! {
    /// The catalogue as staff see it, and publishing.
    Packs {
        title: "业务目录" / "Catalogue";
        publish: "发布业务包" / "Publish a pack";
        service: "业务" / "Service";
        code: "代码" / "Code";
        version: "版本" / "Version";
        price: "价格" / "Price";
        quoted: "查询后得出" / "From the provider";
        file: "文件" / "File";
        published: "发布时间" / "Published";
        publisher: "发布人" / "By";
        empty: "还没有发布任何业务" / "Nothing is published yet";
        facts: "业务信息" / "The service";
        vertical: "业务类别" / "Vertical";
        seller: "提供方" / "Seller";
        level: "承诺时限" / "Service level";
        payment: "支付方式" / "Payment";
        cancel: "取消规则" / "Cancellation";
        offerings: "选项与价格" / "Options and prices";
        sku: "库存项" / "Stock item";
        form: "表单" / "Form";
        field: "字段" / "Field";
        required: "必填" / "Required";
        personal: "个人信息" / "Personal data";
        workflow: "办理步骤" / "Workflow";
        step: "步骤" / "Step";
        kind: "类型" / "Kind";
        no_return: "此后不可取消" / "No return from here";
        history: "版本历史" / "Versions";
        current: "当前版本" / "Current";
        hash: "内容摘要" / "Hash";
        see: "客户看到的页面" / "What customers see";
        intro: "粘贴一个业务包文件的全部内容。先检查，没有问题再发布；包内类别的业务会整体替换，其他类别不变。" / "Paste the whole text of one pack file. Check it first, then publish. All services of its verticals are replaced, others stay.";
        file_name: "文件名" / "File name";
        file_hint: "例如 telecom.yaml" / "Like telecom.yaml";
        text: "业务包内容" / "The pack";
        btn_check: "检查" / "Check";
        btn_publish: "发布" / "Publish";
        sound: "没有发现问题，可以发布" / "No problem was found. It can be published";
        refused: "业务包有问题，未发布任何内容，线上版本不变" / "The pack has mistakes. Nothing was published; the published version stays";
        problems: "问题列表" / "Problems";
        line: "行" / "Line";
        rule: "规则" / "Rule";
        problem: "问题" / "Problem";
    }
    fns {
        services(count: usize): "包含 {count} 项业务" / "{count} services in it";
        fields(count: usize): "{count} 个字段" / "{count} fields";
        problem_count(count: usize): "共 {count} 处" / "{count} in all";
    }
}

super::texts! {
    /// Goods and slots.
    Stock {
        title: "库存与时段" / "Stock and slots";
        goods: "商品" / "Goods";
        slots: "时段" / "Slots";
        sku: "编码" / "Item";
        on_hand: "在库" / "On hand";
        allocated: "已售未出" / "Allocated";
        reserved: "预留" / "Reserved";
        available: "可售" / "Available";
        state: "状态" / "State";
        updated: "更新时间" / "Updated";
        empty: "没有库存项，发布带库存的业务后出现" / "No stock items. They appear when a service with stock is published";
        facts: "库存信息" / "The item";
        adjust: "调整库存" / "Correct the stock";
        how: "怎样调整" / "How";
        count: "盘点为" / "Counted as";
        by: "增减" / "Change by";
        by_hint: "减少时填负数，例如 -3" / "Negative to take away, like -3";
        number: "数量" / "Number";
        btn_adjust: "保存调整" / "Save";
        needs: "调整库存需要“操作员”或“管理员”角色" / "Correcting stock needs an operator or administrator";
    }
}

super::texts! {
    /// Customers as staff see them.
    Clients {
        title: "客户" / "Customers";
        search: "手机号、邮箱或客户编号，需完整输入" / "Whole phone number, e-mail or customer id";
        search_label: "查找" / "Find";
        unknown: "没有找到这个客户，核对后再查" / "No such customer. Check what you typed";
        name: "姓名" / "Name";
        phone: "手机号" / "Phone";
        email: "邮箱" / "E-mail";
        verified: "已验证" / "Verified";
        registered: "注册时间" / "Registered";
        number: "客户编号" / "Customer id";
        empty: "还没有客户" / "No customers yet";
        profile: "资料" / "Profile";
        balance: "余额" / "Balance";
        available: "可用余额" / "Available";
        held: "冻结" / "Set aside";
        posted: "账面余额" / "Booked";
        entries: "交易明细" / "Entries";
        entries_empty: "没有交易" / "No entries";
        kind: "类型" / "Kind";
        amount: "金额" / "Amount";
        after: "余额" / "Balance after";
        orders: "订单" / "Orders";
        orders_empty: "没有订单" / "No orders";
        all_orders: "查看全部订单" / "All orders";
        acts: "操作" / "Actions";
        reveal: "查看联系方式明文" / "Show contact data";
        revealed: "以下为明文，已记入审计日志" / "Shown in clear; kept in the audit log";
        freeze: "冻结账号" / "Freeze the account";
        btn_freeze: "冻结账号" / "Freeze";
        unfreeze: "解冻账号" / "Unfreeze the account";
        btn_unfreeze: "解冻账号" / "Unfreeze";
        freeze_sure: "确认冻结账号" / "Confirm: freeze the account";
        unfreeze_sure: "确认解冻账号" / "Confirm: unfreeze the account";
        freeze_effect: "所有设备立即退出登录，解冻前不能登录" / "Every device is signed out at once; nobody can sign in until it is unfrozen";
        unfreeze_effect: "可以重新登录和办理业务" / "The customer can sign in and order again";
        read_only: "冻结和查看明文需要“管理员”角色" / "Freezing and clear data need an administrator";
    }
}
