//! The review desk, cases, rules, lists and models of risk in the console.

super::texts! {
    /// Work on reviews and cases.
    RiskWork {
        desk: "风控复查" / "Risk reviews";
        figures: "概况" / "Figures";
        journal: "风控记录" / "Risk decisions";
        cases: "风控案件" / "Risk cases";
        rules: "风控规则" / "Risk rules";
        lists: "风控名单" / "Risk lists";
        models: "风控模型" / "Risk models";
        nothing: "没有等待复查的业务" / "Nothing waits for a review";
        next: "查看下一条" / "Show the next";
        review: "待复查业务" / "What waits";
        decide: "作出决定" / "Decide";
        ended: "这条复查已经结束" / "This review has ended";
        subject: "账号" / "Account";
        no_account: "尚未注册" / "No account yet";
        object: "订单" / "Order";
        amount: "金额" / "Amount";
        score: "评分" / "Score";
        reasons: "主要原因" / "Main reasons";
        hits: "命中规则" / "Rules that matched";
        version: "判断版本" / "Version";
        made_at: "提交时间" / "Submitted";
        until: "处理期限" / "Decide before";
        then: "逾期结果" / "After that";
        linked: "关联账号" / "Linked accounts";
        none: "无" / "None";
        case: "案件" / "Case";
        decision: "决策" / "Decision";
        asked: "已要求补充材料" / "Material was asked for";
        btn_open_case: "建立案件" / "Open a case";
        case_title: "案件标题" / "Title";
        ok_release: "已放行，以下为下一条" / "Released. Here is the next";
        ok_reject: "已拒绝，以下为下一条" / "Rejected. Here is the next";
        ok_material: "已通知客户补充材料，以下为下一条" / "The customer was asked. Here is the next";
        open: "处理中" / "Open";
        closed: "已结案" / "Closed";
        no_case: "没有案件，可在风控复查中建立" / "There are no cases. Open one from a risk review";
        state: "状态" / "State";
        opened_at: "建立时间" / "Opened";
        opened_by: "建立人" / "Opened by";
        assigned: "负责人" / "Assigned to";
        verdict: "结论" / "Verdict";
        fraud: "欺诈" / "Fraud";
        no_fraud: "非欺诈" / "No fraud";
        unclear: "无法判定" / "Unclear";
        links: "案件关联" / "Links of the case";
        kind: "类型" / "Kind";
        number: "编号" / "Number";
        added_at: "添加时间" / "Added";
        graph: "共用设备、网络、收款方或手机号的账号" / "Accounts that share a device, network, payee or phone";
        graph_note: "近 90 天，最多两层；25 个以上账号共用的不计。" / "Over 90 days, at most two hops; what more than 25 accounts share is left out.";
        graph_cut: "数量过多，只显示一部分" / "There is more than is shown";
        accounts: "账号" / "Accounts";
        btn_link: "加入案件" / "Add to case";
        notes: "调查记录" / "Notes";
        note: "新增记录" / "Write down";
        btn_note: "保存记录" / "Save";
        btn_take: "由我负责" / "Assign to me";
        btn_leave: "取消负责" / "Assign to nobody";
        close: "结案" / "Close the case";
        btn_close: "结案" / "Close";
        freeze: "冻结账号" / "Freeze an account";
        freeze_hint: "冻结后账号的登录全部失效，余额保留" / "All its sessions end; the balance stays";
        btn_freeze: "冻结账号" / "Freeze";
        evidence: "导出证据" / "Evidence";
        evidence_hint: "下载前需再次验证身份；导出人、原因和摘要写入审计日志" / "You prove once more that it is you; who, why and the digest are kept in the audit log";
        btn_evidence: "下载 CSV" / "Download CSV";
        btn_evidence_pdf: "下载 PDF" / "Download PDF";
        btn_evidence_page: "打开打印页" / "Open to print";
        done: "已保存" / "Saved";
        freeze_done: "已提交冻结，稍后生效" / "The account will be frozen shortly";
        pages: "风控页面" / "Pages of risk";
        manage_needs: "修改需要“管理风控规则、名单和模型”权限" / "Changes need the permission to manage rules, lists and models";
    }
}

super::texts! {
    /// Rules, lists and models.
    RiskRules {
        empty: "还没有规则" / "There are no rules yet";
        code: "代码" / "Code";
        code_hint: "3 至 40 个小写字母、数字或下划线；已有代码则为新版本" / "3 to 40 small letters, digits or underscores; a known code makes its next version";
        name: "名称" / "Name";
        name_zh: "中文名称" / "Name in Chinese";
        name_en: "英文名称" / "Name in English";
        points: "适用环节" / "Where it is asked";
        outcome: "命中结果" / "Outcome";
        source: "规则内容" / "Rule";
        source_hint: "CEL 表达式，成立即命中，例如 act.amount > 500000；金额以分为单位" / "A CEL expression that is true when it matches, like act.amount > 500000; amounts in the smallest unit";
        state: "状态" / "State";
        number: "版本" / "Version";
        wanted: "待复核" / "Waits for approval";
        made: "编写" / "Written";
        draft: "编写规则" / "Write a rule";
        btn_draft: "保存草稿" / "Save the draft";
        figures: "命中统计" / "Hits";
        shadow_hits: "影子命中" / "As shadow";
        live_hits: "生效命中" / "Live";
        frauds: "确认欺诈" / "Known fraud";
        cleared: "确认正常" / "Known to be honest";
        change: "更改状态" / "Change the state";
        to: "改为" / "Change to";
        two: "生效，以及停用或撤回生效规则，须由另一人复核" / "Going live, and taking a live rule out, takes a second person";
        btn_ask: "提交更改" / "Ask for it";
        approve: "复核更改" / "Approve the change";
        asked_by: "提交人" / "Asked by";
        btn_approve: "同意更改" / "Approve";
        btn_decline: "退回更改" / "Decline";
        dry: "试算" / "Dry run";
        dry_hint: "按当时的数据统计近 7 天本会命中的业务" / "Counts what would have matched over the last 7 days, with what was known then";
        btn_dry: "试算近 7 天" / "Run over 7 days";
        progress: "进度" / "Progress";
        scanned: "已检查" / "Looked at";
        unreadable: "无法判断" / "Without an answer";
        matched: "命中" / "Matched";
        matched_fraud: "命中且确认欺诈" / "Matched, known fraud";
        all_fraud: "全部确认欺诈" / "All known fraud";
        samples: "命中示例" / "Examples";
        running: "正在试算，刷新后查看进度" / "Running. Reload to see the progress";
        names: "可用变量" / "Names a rule may use";
        names_note: "规则里可以写的名称及含义；模型特征没有数据时为 -1" / "What may stand in a rule and what it means; a feature of the model is -1 where nothing is known";
        one_name: "变量" / "Name";
        meaning: "含义" / "Meaning";
        failed: "规则已无法读取，试算中止" / "The rule can no longer be read; the run stopped";
        reason: "原因" / "Reason";
    }
    fns {
        percent(value: i64): "{value}%" / "{value}%";
    }
}

super::texts! {
    /// Lists and models.
    RiskLists {
        empty: "名单为空" / "The lists are empty";
        list: "名单" / "List";
        kind: "类型" / "Kind";
        value: "内容" / "Value";
        value_hint: "账号编号、IP 地址、手机号，或决策中显示的设备、收款方编号" / "An account's id, an IP address, a mobile number, or a number of a device or payee as a decision shows it";
        reason: "原因" / "Reason";
        state: "状态" / "State";
        proposed: "待复核" / "Waits for approval";
        active: "有效" / "Active";
        removed: "已移除" / "Removed";
        made_by: "添加人" / "Added by";
        until: "到期" / "Until";
        forever: "长期" / "Until removed";
        days: "有效天数" / "Valid for days";
        days_hint: "留空为长期有效" / "Empty: until it is removed";
        handle: "处理" / "Handle";
        add: "添加名单" / "Add to a list";
        btn_add: "添加名单" / "Add";
        allow_hint: "放行名单须由另一人复核后生效" / "An entry that allows holds once a second person approved it";
        btn_approve: "同意放行" / "Approve";
        remove: "移除" / "Remove";
        btn_remove: "移除" / "Remove";
        no_model: "还没有加入模型" / "No model has been added yet";
        version: "版本" / "Version";
        data: "训练数据" / "Learned from";
        thresholds: "阈值（加验 / 复查 / 拒绝）" / "Thresholds (proof / review / deny)";
        live_since: "生效时间" / "Live since";
        made_at: "加入时间" / "Taken in";
        change: "更改" / "Change";
        act: "操作" / "Action";
        shadow: "影子运行" / "Run as shadow";
        promote: "生效" / "Make live";
        waits: "申请生效，待另一人选择“生效”：" / "Asked to be live; another person has to choose it too: ";
        retire: "停用" / "Retire";
        btn_change: "更改模型" / "Change";
        capacity: "按复查能力定阈值" / "Thresholds for a capacity";
        capacity_hint: "按近期实际评分测算：每天最多复查这么多笔时，复查阈值应设在哪里。只测算，不更改。" / "From the scores of the last days: where the review threshold has to stand so that at most so many a day are reviewed. It changes nothing by itself.";
        model: "模型" / "Model";
        reviews_a_day: "每天最多复查笔数" / "Reviews a day, at most";
        days_back: "按近几天测算" / "Going by so many days";
        btn_work_out: "测算阈值" / "Work it out";
        suggested: "建议阈值（加验 / 复查 / 拒绝）" / "Suggested thresholds (proof / review / deny)";
        scored: "期间评分笔数" / "Acts scored in these days";
        would_review: "其中需复查笔数" / "Of these to be reviewed";
        set: "设置阈值" / "Set the thresholds";
        set_hint: "1 至 101，101 表示不触发；加验 ≤ 复查 ≤ 拒绝" / "1 to 101, 101 is never reached; proof ≤ review ≤ deny";
        step_up: "加验阈值" / "Proof from";
        review_from: "复查阈值" / "Review from";
        deny_from: "拒绝阈值" / "Deny from";
        btn_set: "设置阈值" / "Set them";
        policies: "各环节的处置方式" / "How each decision point behaves";
        point: "环节" / "Point";
        time_limit: "时限" / "Time limit";
        on_failure: "无法评分时" / "Without an answer";
        lasts: "复查时限" / "A review lasts";
        then: "无人处理时" / "When nobody looks";
        policies_note: "由配置文件设定；有模型生效时，支付、转账和提现按模型的阈值。" / "Set in the configuration; while a model is live its thresholds hold for payments, transfers and withdrawals.";
        back: "恢复上一个模型" / "Back to the model before";
        btn_back: "恢复上一个" / "Roll back";
    }
    fns {
        milliseconds(value: i64): "{value} 毫秒" / "{value} ms";
        hours(value: i64): "{value} 小时" / "{value} h";
    }
}

super::texts! {
    /// Risk in figures.
    RiskFigures {
        title: "风控概况" / "Risk in figures";
        now: "目前" / "Now";
        none: "这段时间没有决策" / "Nothing was decided in this time";
        over_time: "被拦下的操作" / "What did not go on at once";
        hour: "小时" / "Hour";
        day: "日期" / "Day";
        decisions: "各环节的决策" / "Decisions by point";
        point: "环节" / "Point";
        sum: "合计" / "All";
        load: "复查工作量" / "Reviews";
        pending: "等待复查" / "Reviews that wait";
        oldest: "最早一件" / "Oldest";
        opened: "新增复查" / "Opened";
        decided: "人工处理" / "Decided by people";
        expired: "超时结束" / "Nobody looked in time";
        behind: "人工处理少于新增，调高复查阈值或增加人手" / "People decide less than is opened. Raise the threshold of reviews or add people";
        alarms: "报警" / "Alarms";
        confirmed: "报警属实" / "Alarms that were right";
        stopped: "拦下金额" / "Value stopped";
        saved: "挽回金额" / "Value saved";
        rules: "规则命中" / "Rules";
        rule: "规则" / "Rule";
        state: "状态" / "State";
        live: "生效命中" / "Matches live";
        shadow: "影子命中" / "Matches beside";
        fraud: "属实" / "Fraud";
        cleared: "误报" / "No fraud";
        model: "使用中的模型" / "The model in use";
        no_model: "没有生效的模型，只按规则和名单判断" / "No model is live: rules and lists decide";
        version: "版本" / "Version";
        since: "生效时间" / "Live since";
        auc: "AUC" / "AUC";
        average_precision: "平均精度" / "Average precision";
        card_precision: "前 100 名准确率" / "Card precision at 100";
        measured: "评估数据" / "Measured on";
        not_measured: "数据太少，没有评估" / "Too little data to measure";
    }
    fns {
        of_known(known: i64, all: i64): "{all} 次报警，已知结果 {known} 次" / "{known} of {all} alarms are known";
        a_day(count: &str): "平均每天 {count}" / "{count} a day";
        material(count: i64): "其中 {count} 件等待材料" / "{count} of them for material";
        measured_on(weeks: u32, rows: u64): "{weeks} 周，{rows} 笔" / "{weeks} weeks, {rows} acts";
    }
}
