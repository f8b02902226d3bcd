//! The documentation of the API. A text named like an operation says what that operation does.

super::texts! {
    /// The documentation of the API.
    ApiDocs {
        title: "接口文档" / "API documentation";
        intro: "程序办理业务用的接口：查目录、报价、下单、付款、看进度。" / "For programs that order: catalogue, quotes, orders, payments, progress.";
        document: "OpenAPI 3.1 文件" / "OpenAPI 3.1 document";
        schemas: "数据结构" / "Schemas";
        schemas_intro: "请求与应答的形状，与 OpenAPI 文件同源。" / "The shapes of requests and answers, from the same document.";
        codes: "错误代码" / "Error codes";
        codes_intro: "代码不会改变含义，文字可能改进；程序请只看 code。" / "Codes keep their meaning, words may improve. Programs look at the code only.";
        how: "约定" / "Conventions";
        how_token: "登录得到令牌，放进 Authorization: Bearer；接口不认 Cookie。" / "Sign in for a token and send it as Authorization: Bearer. Cookies mean nothing here.";
        how_key: "下单和充值要带 Idempotency-Key，48 小时内重发只办一次，应答带 Idempotent-Replayed: true。" / "Orders and top-ups take an Idempotency-Key. Within 48 hours a repetition runs once and answers with Idempotent-Replayed: true.";
        how_money: "金额是最小单位的整数加币种，时间是 RFC 3339。" / "Money is a whole number of minor units and a currency; times are RFC 3339.";
        how_pages: "列表用 limit（最多 100）和 after 翻页，下一页在 next 和 Link 里。" / "Lists take limit (at most 100) and after; the next page is in next and in Link.";
        how_live: "订单进度可用 SSE 跟踪，先发当前状态，再发变化。" / "Orders can be followed by server-sent events: the current state first, then changes.";
        how_problems: "出错时应答是 application/problem+json，文字随 Accept-Language。" / "Refusals are application/problem+json, in the language of Accept-Language.";
        public: "不需要令牌" / "No token needed";
        parameters: "参数" / "Parameters";
        in_path: "在路径里" / "in the path";
        in_query: "在查询串里" / "in the query";
        in_header: "在请求头里" / "in the header";
        body: "请求正文" / "Body";
        answers: "应答" / "Answers";
        member: "成员" / "Member";
        kind: "类型" / "Kind";
        required: "必填" / "Required";
        yes: "是" / "Yes";
        no: "否" / "No";
        example: "示例" / "Example";
        code: "代码" / "Code";
        status: "状态码" / "Status";
        words: "说明" / "Words";
        tag_accounts: "账号与登录" / "Accounts and sessions";
        tag_services: "业务目录" / "Catalogue";
        tag_orders: "报价与订单" / "Quotes and orders";
        tag_payments: "付款" / "Payments";
        tag_wallet: "余额" / "Balance";
        tag_callbacks: "回调" / "Callbacks";
        create_account: "注册账号" / "Register";
        create_session: "登录，取得令牌" / "Sign in for a token";
        create_session_code: "发送登录验证码" / "Send a code to sign in with";
        prove_session: "再次验证身份" / "Show a factor";
        create_proof_code: "发送验证身份的验证码" / "Send a code to show as a factor";
        end_session: "退出登录" / "Sign out";
        get_real_name: "实名认证状态" / "Where real-name verification stands";
        check_real_name: "核验姓名与证件号码" / "Check name and identity number";
        get_me: "当前账号" / "The account of the token";
        list_services: "查找业务" / "Find services";
        get_service: "业务详情和表单" / "One service with its forms";
        list_slots: "可预约时段" / "Times that can be booked";
        create_quote: "询价或查询应缴金额" / "Ask for a price or an amount due";
        get_quote: "查看报价" / "Look at a quote";
        list_drafts: "没填完的草稿" / "Forms begun and not sent";
        discard_draft: "放弃草稿" / "Discard a draft";
        create_order: "下单" / "Place an order";
        list_orders: "我的订单" / "One's own orders";
        get_order: "订单详情、进度和可做的事" / "One order: lines, progress, what can be done";
        follow_order: "实时跟踪订单" / "Follow an order live";
        cancel_order: "取消订单" / "Cancel an order";
        get_receipt: "收据" / "Receipts";
        start_payment: "为订单付款" / "Pay for an order";
        get_payment: "付款状态" / "How a payment stands";
        get_wallet: "余额" / "The balance";
        list_wallet_entries: "余额明细" / "Movements of the balance";
        create_top_up: "充值余额" / "Add to the balance";
        gateway_callback: "支付渠道的通知" / "A gateway reports";
        provider_callback: "办理方的通知" / "A provider reports";
    }
}
