//! Risk decisions in the console.

super::texts! {
    /// The journal of risk decisions and the reviews they wait for.
    RiskDesk {
        title: "风控记录" / "Risk decisions";
        decision: "风控决策" / "Risk decision";
        notable: "需留意" / "Notable";
        all: "全部" / "All";
        account: "账号编号" / "Account id";
        account_hint: "acc_ 开头" / "Begins with acc_";
        unreadable: "编号无法识别，请修改" / "That is not an id; change it";
        point: "环节" / "Where";
        subject: "账号" / "Account";
        score: "评分" / "Score";
        reasons: "原因" / "Reasons";
        outcome: "结果" / "Outcome";
        at: "时间" / "Time";
        version: "规则版本" / "Version";
        empty: "没有符合条件的记录" / "No decision fits";
        no_reason: "没有异常" / "Nothing unusual";
        no_score: "无评分" / "No score";
        score_note: "0 为正常，100 为极不像本人" / "0 is usual, 100 is least like the owner";
        facts: "决策内容" / "The decision";
        inputs: "依据" / "Made from";
        inputs_note: "只记录归类后的信息，不含地址和设备编号。查看已写入审计日志。" / "Classes only; no address, no device id. That you looked is kept in the audit log.";
        inputs_gone: "依据已应本人要求删除" / "What it was made from was erased";
        network: "网络（散列）" / "Network (hashed)";
        agent: "浏览器与系统" / "Browser and system";
        place: "地点" / "Place";
        no_place: "未知" / "Not known";
        device: "设备" / "Device";
        device_known: "登录过的设备" / "Signed in before";
        device_new: "新设备" / "New";
        failures: "此前失败次数" / "Failures before";
        second_factor: "第二验证方式" / "Second factor";
        yes: "有" / "Yes";
        no: "无" / "No";
        shadows: "影子规则" / "Shadows";
        shadows_note: "只记录，不影响结果" / "Written down; they change nothing";
        review: "复查" / "Review";
        state: "状态" / "State";
        pending: "待复查" / "Waiting";
        released: "已放行" / "Released";
        rejected: "已拒绝" / "Rejected";
        expired: "已过期" / "Expired";
        withdrawn: "已撤回" / "Withdrawn";
        until: "到期时间" / "Until";
        then: "到期结果" / "Then";
        ended_by: "处理人" / "By";
        ended_at: "处理时间" / "Ended";
        reason: "处理原因" / "Reason";
        release: "放行" / "Release";
        release_hint: "24 小时内，同一网络和浏览器的登录直接放行" / "For 24 hours, the same network and browser are let in";
        reject: "拒绝" / "Reject";
        reject_hint: "24 小时内，同一网络和浏览器的登录直接拒绝" / "For 24 hours, the same network and browser are turned down";
        btn_release: "放行" / "Release";
        btn_reject: "拒绝" / "Reject";
        needs: "处理复查需要“处理风控复查”权限" / "Ending a review needs the permission to decide about risk";
        ok_released: "已放行" / "Released";
        ok_rejected: "已拒绝" / "Rejected";
    }
    fns {
        of_account(id: &str): "账号：{id}" / "Account: {id}";
    }
}
