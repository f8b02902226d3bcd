//! The cart.

super::texts! {
    /// The words of the cart.
    CartWords {
        title: "购物车" / "Cart";
        empty: "购物车是空的" / "The cart is empty";
        browse: "去选业务" / "Browse services";
        quantity: "数量" / "Quantity";
        btn_update: "更新数量" / "Update";
        intro: "几项业务一次付款" / "Several services, one payment";
        gone: "这项业务已下架，移除后可继续" / "This service is no longer offered. Remove it to go on";
        stale: "价格需要重新查询，移除后从业务页重新办理" / "The price must be queried again. Remove it and start from the service";
        no_method: "这些业务没有共同的支付方式，分开办理" / "These services share no payment method. Order them separately";
    }
    fns {
        remove_what(what: &str): "移除{what}" / "Remove {what}";
        quantity_of(what: &str): "{what}的数量" / "Quantity of {what}";
        within(length: &str): "最长 {length} 办结" / "Done in at most {length}";
    }
}
