//! Tables, lists, charts, receipts: words around data.

super::texts! {
    /// Words around data: tables, lists, charts, print sheets.
    Data {
        next_page: "下一页" / "Next page";
        first_page: "回到第一页" / "First page";
        end_of_list: "已经到底" / "End of the list";
        filter: "筛选" / "Filter";
        btn_filter: "筛选" / "Filter";
        btn_clear: "清除筛选" / "Clear filters";
        filters_on: "当前筛选" / "Filters in use";
        views: "分类" / "Views";
        select_all: "全选" / "Select all";
        show_data: "查看数据" / "Show the data";
        period: "时间" / "Period";
        income: "收入" / "Income";
        spending: "支出" / "Spending";
        scroll_region: "可左右滚动的表格" / "Table, scrolls sideways";
        item: "项目" / "Item";
        quantity: "数量" / "Quantity";
        unit_price_yuan: "单价（元）" / "Unit price (CNY)";
        amount_yuan: "金额（元）" / "Amount (CNY)";
        reference: "编号" / "Reference";
        fees: "费用" / "Fees";
        progress: "进度" / "Progress";
        done: "已完成" / "Done";
        now: "当前" / "Now";
        next: "接下来" / "Next";
        failed: "未成功" / "Not done";
        guide_who: "谁能办" / "Who can apply";
        guide_need: "需要什么" / "What you need";
        guide_price: "多少钱" / "Price";
        guide_time: "要多久" / "How long";
        guide_hours: "几点能办" / "When";
        guide_refund: "可否退" / "Refunds";
        hours_ring: "一天 24 小时的服务时段" / "Service hours around the clock";
        self_service: "24 小时自助" / "Self-service at any hour";
        legend: "图例" / "Legend";
    }
    fns {
        filter_off(what: &str): "去掉筛选{what}" / "Remove filter {what}";
        rows(count: usize): "{count} 行" / "{count} rows";
        select_row(what: &str): "选择{what}" / "Select {what}";
        chart_range(low: &str, low_at: &str, high: &str, high_at: &str): "最低 {low_at} {low}，最高 {high_at} {high}。" / "Lowest {low} ({low_at}), highest {high} ({high_at}).";
        staffed(from: u8, to: u8): "人工 {from}:00–{to}:00" / "People {from}:00–{to}:00";
        more_of(what: &str): "办理{what}" / "Order {what}";
    }
}
