//! Searching and exporting the audit log.

super::texts! {
    /// Filters and export of the audit log.
    AuditSearch {
        customer: "客户或企业编号" / "Customer or organisation id";
        customer_hint: "acc_ 或 org_ 开头" / "Begins with acc_ or org_";
        actor_hint: "acc_ 开头的编号，或 system: 开头的系统任务名" / "acc_…, or system:… for a task of the system";
        from: "起始日期" / "From day";
        to: "截止日期（含当天）" / "To day, inclusive";
        unreadable: "这个条件无法识别，请修改" / "This cannot be read; change it";
        chip_customer: "客户" / "Customer";
        chip_verb: "动作" / "Act";
        chip_from: "起始" / "From";
        chip_to: "截止" / "To";
        of: "所属客户" / "Customer";
        place: "链上位置" / "Place in the chain";
        export: "导出" / "Export";
        export_note: "导出当前筛选出的全部记录。文件每行一条，带有链上位置和校验值，可脱离数据库验证。导出本身也会写入审计日志。" / "Exports everything the filters find. Each line is an entry with its place in the chain and its hashes, and can be proved without the database. The export itself is recorded.";
        export_proof: "验证命令：everlit audit verify --file 文件名" / "To prove it: everlit audit verify --file NAME";
        btn_export: "导出记录" / "Export";
        needs: "导出需要“导出审计日志”权限" / "An export needs the permission to export the audit log";
        heads: "各链末端，可另行保存以便日后比对" / "Ends of the chains; keep them elsewhere to compare later";
    }
    fns {
        chip(label: &str, value: &str): "{label}：{value}" / "{label}: {value}";
        head(lane: i64, seq: i64, hash: &str): "链 {lane} 至第 {seq} 条：{hash}" / "Chain {lane} up to {seq}: {hash}";
    }
}
