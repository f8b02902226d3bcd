//! The receipt, and finding out whether one is true.

super::texts! {
    /// The words of the receipt and of its verification.
    ReceiptWords {
        title: "电子收据" / "Receipt";
        number: "收据编号" / "Receipt number";
        code: "验证码" / "Verification code";
        order_number: "订单号" / "Order number";
        placed_at: "下单时间" / "Ordered";
        paid_with: "支付方式" / "Paid with";
        seller: "收款方" / "Payee";
        balance: "账户余额" / "Account balance";
        card: "银行卡" / "Bank card";
        currency: "人民币（CNY）" / "Renminbi (CNY)";
        currency_label: "币种" / "Currency";
        none: "这份订单还没有收据，办结后开具" / "There is no receipt yet; it is issued when the work is done";
        back: "返回订单" / "Back to the order";
        others: "本订单的其他收据" / "Other receipts of this order";
        verify_title: "凭证验真" / "Verify a document";
        verify_intro: "输入凭证上的编号和验证码，核对内容是否一致" / "Enter the number and the code that stand on the document, and compare what it says";
        verify_number: "凭证编号" / "Document number";
        verify_true: "凭证真实有效" / "This receipt is genuine";
        verify_false: "没有这份凭证，或验证码不符" / "There is no such document, or the code does not match";
        verify_compare: "纸面内容与下面不一致的，以下面为准。" / "Where the paper says something else, what stands below counts.";
        verify_hint_number: "例如 01HV-6K2M-9Q7R-TC" / "Like 01HV-6K2M-9Q7R-TC";
        verify_hint_code: "例如 7Q2M-9K4T-XB" / "Like 7Q2M-9K4T-XB";
        btn_verify: "验真" / "Verify";
        issued_at: "开具时间" / "Issued";
        item: "项目" / "Item";
        amount: "金额" / "Amount";
    }
    fns {
        note(url: &str): "可在 {url} 用编号和验证码核对真伪。本收据不是发票。" / "Number and code can be checked at {url}. This is no tax invoice.";
        other(index: usize): "收据 {index}" / "Receipt {index}";
    }
}
