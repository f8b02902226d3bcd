//! Documents that were issued, and invoices, for customers and for staff.

super::texts! {
    /// The words around issued documents.
    DocumentWords {
        title: "我的单据" / "Documents";
        lead: "开具过的对账单、付款证明和发票，内容不再变化" / "Statements, proofs of payment and invoices that were issued to you. They never change";
        none: "还没有单据，可在对账单页或订单页开具" / "Nothing was issued yet. Issue a statement or a proof of payment from its page";
        kind: "类型" / "Kind";
        number: "编号" / "Number";
        amount: "金额" / "Amount";
        issued_at: "开具时间" / "Issued";
        file: "文件" / "File";
        pdf: "下载 PDF" / "Download PDF";
        code: "验证码" / "Verification code";
        qr: "扫码验真" / "Scan to verify";
        statements: "对账单" / "Statements";
        btn_statement: "开具对账单" / "Issue statement";
        btn_proof: "开付款证明" / "Proof of payment";
        btn_invoice: "申请发票" / "Invoice";
        taken_back: "这份单据已被冲销，不再有效" / "This document was cancelled and is no longer valid";
        true_paper: "单据真实有效" / "This document is genuine";
    }
    fns {
        taken_back_by(number: &str): "冲销单据编号 {number}" / "Cancelled by {number}";
    }
}

super::texts! {
    /// Invoices as customers see them.
    InvoiceWords {
        title: "我的发票" / "Invoices";
        titles: "发票抬头" / "Invoice titles";
        none: "还没有申请过发票，可在已办结的订单页申请" / "No invoice was asked for yet. Ask for one from the page of an order that has ended";
        order: "订单" / "Order";
        buyer: "抬头" / "Billed to";
        amount: "金额" / "Amount";
        state: "状态" / "State";
        asked_at: "申请时间" / "Asked";
        papers: "单据" / "Documents";
        invoice: "发票" / "Invoice";
        red: "红字发票" / "Red-letter invoice";
        because: "原因" / "Reason";
        ask_title: "申请发票" / "Ask for an invoice";
        ask_lead: "按实付金额开具；退款后的部分不计入" / "It is about what was paid and kept; what went back is not in it";
        not_ended: "订单办结后可申请发票" / "An invoice can be asked for when the order has ended";
        which: "开给谁" / "For whom";
        another: "新的抬头" / "Another title";
        kind: "抬头类型" / "Kind of title";
        person: "个人" / "A person";
        company: "单位" / "A company";
        name: "抬头名称" / "Name";
        tax_number: "统一社会信用代码" / "Unified social credit code";
        tax_hint: "单位需要填写，18 位" / "For companies, 18 characters";
        no_titles: "还没有保存抬头" / "No title is kept yet";
        add: "添加抬头" / "Add a title";
        btn_add: "添加抬头" / "Add title";
        btn_remove: "删除" / "Remove";
        btn_ask: "申请发票" / "Ask for invoice";
        btn_titles: "管理抬头" / "Manage titles";
        btn_order: "查看订单" / "To the order";
        choose: "选择抬头，或填写新的抬头" / "Choose a title, or enter another one";
        choose_kind: "选择抬头类型" / "Choose the kind of title";
    }
    fns {
        remove_what(name: &str): "删除抬头 {name}" / "Remove {name}";
    }
}

super::texts! {
    /// Invoices as staff see them.
    InvoiceDesk {
        title: "发票" / "Invoices";
        one: "发票申请" / "Invoice request";
        number: "申请编号" / "Request";
        customer: "客户" / "Customer";
        order: "订单" / "Order";
        buyer: "抬头" / "Title";
        tax_number: "统一社会信用代码" / "Unified social credit code";
        amount: "金额" / "Amount";
        state: "状态" / "State";
        asked_at: "申请时间" / "Asked";
        decided_at: "处理时间" / "Decided";
        because: "原因" / "Reason";
        paper: "发票单据" / "Invoice document";
        red_paper: "红字发票单据" / "Red-letter document";
        facts: "申请内容" / "What was asked for";
        decide: "处理" / "Decide";
        nothing: "没有可做的处理" / "There is nothing to decide";
        empty: "没有这个状态的申请" / "No request is in this state";
        platform: "税务平台发票号码" / "Number of the tax platform";
        platform_hint: "8 至 20 位数字；未使用平台时留空" / "8 to 20 digits. Leave it empty where no platform was used";
        refuse: "退回申请" / "Refuse";
        reverse: "红冲发票" / "Reverse";
        reverse_sure: "红冲这张发票" / "Reverse this invoice";
        reverse_effect: "开具等额红字发票，原发票作废，不能撤销" / "A red-letter invoice over the same amount is issued. This cannot be undone";
        btn_issue: "开具发票" / "Issue";
        btn_refuse: "退回" / "Refuse";
        btn_reverse: "红冲" / "Reverse";
        ok_issued: "发票已开具" / "The invoice is issued";
        ok_refused: "申请已退回" / "The request is refused";
        ok_reversed: "发票已红冲" / "The invoice is reversed";
    }
}
