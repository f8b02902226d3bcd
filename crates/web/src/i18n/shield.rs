//! The gate, security incidents, and the lists of networks.

super::texts! {
    /// The page for who is kept out: it stands alone.
    Gate {
        kept_out: "暂停访问" / "Access paused";
        get_help: "如有疑问，可致电网点或联系客服，并提供下面的编号。" / "If you think this is wrong, call your branch or contact support and give them the number below.";
        number: "编号" / "Number";
    }
}

super::texts! {
    /// Incidents and lists in the console.
    Incidents {
        title: "安全事件" / "Incidents";
        lists: "名单与封禁" / "Lists and blocks";
        open: "待处理" / "Open";
        acknowledged: "处理中" / "In hand";
        closed: "已关闭" / "Closed";
        empty: "没有安全事件" / "There are no incidents";
        kind: "类型" / "Kind";
        network: "网络地址" / "Network";
        hits: "次数" / "Hits";
        subjects: "不同对象" / "Different ones";
        first_seen: "首次发现" / "First seen";
        last_seen: "最近发现" / "Last seen";
        state: "状态" / "State";
        facts: "事件" / "Incident";
        evidence: "样本（已遮盖）" / "Samples, masked";
        evidence_none: "此类事件不保留样本" / "No samples are kept for this kind";
        note: "处理说明" / "Note";
        handled_by: "处理人" / "Handled by";
        handled_at: "处理时间" / "Handled at";
        acknowledge: "开始处理" / "Take in hand";
        btn_acknowledge: "开始处理" / "Take in hand";
        close: "关闭事件" / "Close the incident";
        btn_close: "关闭" / "Close";
        lift: "解除封禁" / "Lift the block";
        lift_hint: "立即恢复此网络的访问，所有节点生效" / "Lets this network in again at once, on all nodes";
        btn_lift: "解除封禁" / "Lift the block";
        handle: "处理" / "Handle";
        needs: "处理安全事件需要“管理防护”权限" / "Handling incidents needs the permission to manage the shield";
        blocks: "封禁记录" / "Blocks";
        blocks_now: "正在封禁" / "Blocked now";
        blocks_empty: "没有正在封禁的网络" / "Nobody is blocked";
        blocked_at: "开始" / "From";
        until: "结束" / "Until";
        lifted: "已解除" / "Lifted";
        ended: "已结束" / "Over";
        holds: "封禁中" / "Blocked";
        incident: "事件" / "Incident";
        entries: "名单" / "Lists";
        entries_empty: "名单为空" / "The lists are empty";
        list: "名单类型" / "List";
        deny: "禁止访问" / "Deny";
        deny_hint: "此网络的请求一律拒绝" / "Nothing from this network is answered";
        allow: "不自动封禁" / "Allow";
        allow_hint: "不会被自动封禁，其他规则照常" / "Never blocked automatically; all other rules hold";
        add: "添加网络" / "Add a network";
        network_hint: "地址或网段，例如 192.0.2.7 或 192.0.2.0/24" / "An address or a network, like 192.0.2.7 or 192.0.2.0/24";
        lifetime: "有效期" / "Holds for";
        day: "1 天" / "A day";
        week: "7 天" / "A week";
        month: "30 天" / "30 days";
        until_removed: "直到移除" / "Until removed";
        btn_add: "添加" / "Add";
        btn_remove: "移除" / "Remove";
        remove: "从名单移除" / "Take off the list";
        reason: "原因" / "Reason";
        author: "添加人" / "Added by";
        created: "添加时间" / "Added";
        expires: "到期" / "Until";
        ok_added: "已添加，所有节点生效" / "Added, on all nodes";
        ok_removed: "已移除，所有节点生效" / "Removed, on all nodes";
        ok_lifted: "已解除封禁" / "The block was lifted";
        ok_acknowledged: "已标记为处理中" / "It is in hand";
        ok_closed: "事件已关闭" / "The incident is closed";
        path_scan: "扫描路径" / "Path scan";
        stuffing: "撞库登录" / "Credential stuffing";
        injection: "注入尝试" / "Injection attempts";
        malformed: "异常请求" / "Malformed requests";
        forged_callback: "伪造回调" / "Forged callbacks";
        forgery: "跨站伪造表单" / "Forged forms";
        foreign_ids: "试探他人编号" / "Probing of others' ids";
    }
    fns {
        minutes(count: i64): "{count} 分钟" / "{count} min";
    }
}
