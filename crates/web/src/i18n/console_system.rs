//! Audit, health and staff in the console.

super::texts! {
    /// The audit log.
    AuditLog {
        title: "审计日志" / "Audit log";
        object: "对象编号" / "Object id";
        object_hint: "例如 ord_、acc_、pay_ 开头的编号" / "Like ord_…, acc_… or pay_…";
        actor: "操作人编号" / "Actor id";
        verb: "动作" / "Act";
        about: "对象" / "Object";
        by: "操作人" / "By";
        when: "时间" / "At";
        reason: "原因" / "Reason";
        reason_lost: "无法读取" / "Unreadable";
        detail: "详情" / "Details";
        request: "请求编号" / "Request";
        empty: "没有符合条件的记录" / "No entry fits";
        unknown: "有条件无法识别，修改后再查询" / "A filter cannot be read. Change it and search again";
        btn_verify: "校验完整性" / "Verify the chain";
        sound: "审计记录完整，没有被改动" / "The audit log is whole and unchanged";
        broken: "发现被改动的记录" / "A changed entry was found";
    }
    fns {
        verified(entries: u64, lanes: usize): "校验 {entries} 条记录，{lanes} 条链" / "{entries} entries in {lanes} chains were checked";
        bad(lane: i64, seq: i64, id: i64): "链 {lane} 第 {seq} 条（行 {id}）" / "Chain {lane}, entry {seq} (row {id})";
    }
}

super::texts! {
    /// How the system is doing.
    Health {
        title: "运行状态" / "Health";
        database: "数据库" / "Database";
        database_ok: "应答正常" / "answers";
        embedded: "内嵌数据库" / "Embedded database";
        server: "数据库服务器" / "Database server";
        outbox: "待发事件" / "Outbox";
        outbox_note: "最早一条等待时长" / "age of the oldest fact";
        jobs: "待执行作业" / "Jobs waiting";
        jobs_note: "不含失败作业" / "without failed ones";
        dead: "失败作业" / "Failed jobs";
        dead_note: "多次重试未成功" / "gave up after several tries";
        desk: "下单队列" / "Order desk";
        desk_note: "正在等待入账的订单" / "orders waiting to be written";
        version: "版本" / "Version";
        version_note: "本节点" / "of this node";
        late: "超时订单" / "Late orders";
        late_note: "超过承诺时限" / "past the promised time";
        schedules: "定时任务" / "Schedules";
        schedule: "任务" / "Schedule";
        period: "周期" / "Period";
        succeeded: "上次成功" / "Last success";
        next: "下次执行" / "Next";
        state: "状态" / "State";
        on_time: "正常" / "On time";
        behind: "落后" / "Behind";
        never: "尚未成功" / "Never yet";
        job: "作业" / "Job";
        attempts: "尝试次数" / "Tries";
        error: "最后错误" / "Last error";
        created: "创建时间" / "Written";
        dead_empty: "没有失败作业" / "No job failed";
        btn_retry: "重试" / "Retry";
        proofs: "账务与审计校验" / "Proof of books and audit";
        proofs_note: "逐条重新计算，数据多时需要几秒" / "Everything is computed anew; with much data it takes seconds";
        btn_ledger: "校验账务" / "Verify the ledger";
        ledger_sound: "账务平衡，记录没有被改动" / "The books balance and are unchanged";
        ledger_broken: "账务不一致" / "The books do not agree";
        gone: "这个作业已不在失败列表中" / "This job is not among the failed ones any more";
    }
    fns {
        ledger_checked(accounts: u64, transfers: u64, holds: u64): "{accounts} 个账户，{transfers} 笔转账，{holds} 笔冻结" / "{accounts} accounts, {transfers} transfers, {holds} holds";
    }
}

super::texts! {
    /// Staff, invitations and roles.
    People {
        title: "员工与权限" / "Staff and roles";
        name: "姓名" / "Name";
        contact: "联系方式" / "Contact";
        role: "角色" / "Role";
        state: "状态" / "State";
        since: "加入时间" / "Since";
        act: "操作" / "Action";
        you: "您" / "You";
        btn_role: "更改角色" / "Change the role";
        invite: "邀请员工" / "Invite staff";
        invite_role: "角色" / "Role";
        btn_invite: "生成链接" / "Make a link";
        link_title: "邀请链接" / "Invitation link";
        link_once: "链接只显示这一次，只能使用一次" / "The link is shown only now and works once";
        link_until: "有效期至" / "Valid until";
        roles: "角色与权限" / "Roles and permissions";
    }
}
