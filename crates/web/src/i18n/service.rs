//! The catalogue, the guide of a service, search.

super::texts! {
    /// The words of the catalogue, of a service's guide and of search.
    ServiceWords {
        title: "办业务" / "Services";
        intro: "全部业务都可自助办理，全天受理" / "Everything here is self-service, day and night";
        by_provider: "查询后显示" / "Shown after the query";
        at_once: "即时办结" / "At once";
        choose: "选择规格" / "Choose an option";
        offering: "规格" / "Option";
        quantity: "数量" / "Quantity";
        enter_amount: "金额自填" / "You enter the amount";
        faq: "常见问题" / "Questions and answers";
        steps: "办理流程" / "What happens";
        cancel: "取消与退款" / "Cancel and refund";
        related: "同类业务" / "Related services";
        documents: "办完可打印收据" / "A receipt is issued when it is done";
        search_title: "搜索" / "Search";
        search_orders: "订单" / "Orders";
        search_services: "业务" / "Services";
        search_hint: "可输入业务名称、拼音或订单号" / "A service name, pinyin or an order number";
        refund_automatic: "未办成的部分自动全额退款" / "What could not be done is refunded in full by itself";
        refund_staff: "未办成时由工作人员核定退款" / "If it fails, our staff decide about the refund";
    }
    fns {
        from_price(price: &str): "{price} 起" / "from {price}";
        between(least: &str, most: &str): "{least} 至 {most}" / "{least} to {most}";
        per_unit(price: &str, unit: &str): "{price}/{unit}" / "{price} per {unit}";
        within(length: &str): "最长 {length}" / "At most {length}";
        left(count: i64): "还剩 {count} 件" / "{count} left";
        steps_ahead(count: usize): "共 {count} 步" / "{count} steps";
        refund_within(length: &str): "办结后可申请退款，期限 {length}" / "You can ask for a refund within {length} of completion";
        nothing_found(what: &str): "没有找到与“{what}”有关的内容" / "Nothing found for “{what}”";
        found(count: usize): "找到 {count} 项" / "{count} found";
    }
}
