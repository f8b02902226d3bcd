//! Help about ordering, paying and getting money back.

use super::articles::Article;
use super::articles::Block::{Heading, Link, List, Steps, Text};
use super::articles::Topic;

/// In the order of the help centre.
pub(super) const ORDERING: &[Article] = &[
    Article {
        slug: "order",
        topic: Topic::Order,
        title: ("怎样办理业务", "How to order"),
        summary: ("从找到业务到提交，每一步要做什么", "From finding a service to placing the order"),
        also: "下单 办业务 申请 草稿 购物车 start apply draft cart form",
        body: &[
            Steps(&[
                (
                    "在“办业务”里选业务，或在首页搜索。",
                    "Choose a service under Services, or search on the home page.",
                ),
                (
                    "先看业务指南：谁能办、需要什么、多少钱、多久、能不能退。",
                    "Read the guide first: who can apply, what you need, price, time and refunds.",
                ),
                (
                    "点“立即办理”，一页一个主题地填写。填的内容会自动保存。",
                    "Press Start and answer one theme a page. What you fill in is saved as you go.",
                ),
                (
                    "在核对页看清每一项和应付金额，有错就点“修改”。",
                    "Check every answer and the price. Use Change where something is wrong.",
                ),
                (
                    "确认并支付。页面给出订单编号后，订单才算提交成功。",
                    "Confirm and pay. The order is placed once the page shows its number.",
                ),
            ]),
            Heading(("换一台设备继续", "Going on with another device")),
            Text((
                "草稿保存在您的账号里。在另一台设备登录后打开同一项业务，就能接着填。",
                "Drafts belong to your account. Sign in on another device and open the same service to go on.",
            )),
            Text((
                "不想办了，可在首页或填写页放弃草稿，已填写的内容会删除。",
                "If you do not want it any more, discard the draft on the home page or while filling it in: what you typed is deleted.",
            )),
            Heading(("一次办几项", "Several at once")),
            Text((
                "可以先放进购物车，再一起核对和付款。",
                "Put them in the cart, then check and pay for all together.",
            )),
            Link("/services", ("去办业务", "See services")),
        ],
        related: &["progress", "pay", "cancel-refund"],
    },
    Article {
        slug: "progress",
        topic: Topic::Order,
        title: ("查看办理进度", "Following your order"),
        summary: (
            "订单走到哪一步、下一步由谁处理、什么时候完成",
            "Where it stands, who acts next, and by when",
        ),
        also: "订单 状态 多久 到哪了 超时 编号 status track number late",
        body: &[
            Text((
                "在“我的订单”打开订单，就能看到时间线。页面开着时会自己更新；关闭脚本时，点“刷新进度”。",
                "Open the order under My orders to see its timeline. It updates by itself; with scripts off, use Refresh.",
            )),
            Heading(("状态是什么意思", "What the states mean")),
            List(&[
                (
                    "待支付：还没有付款，过了页面上的时间会自动取消。",
                    "To pay: not paid yet. It is cancelled by itself when the time on the page is over.",
                ),
                (
                    "办理中：系统或工作人员正在处理，页面写明下一步和时间。",
                    "In progress: being worked on. The page says what comes next and when.",
                ),
                (
                    "待上门：已约好时间，可在订单页查看。",
                    "Visit booked: the time is fixed and shown on the order page.",
                ),
                ("已完成：办好了，可以打印收据。", "Done: finished. You can print the receipt."),
                (
                    "未成功：没有办成，页面写明原因，款项会退回。",
                    "Not done: it could not be carried out. The page says why, and the money goes back.",
                ),
            ]),
            Heading(("到了时间还没有完成", "When it takes longer than promised")),
            Text((
                "超过承诺时间的订单会自动排到工作人员的处理队列里，您不用重新提交。重复提交可能会办两次。",
                "Late orders are put before our staff by themselves. Do not order again: it might be done twice.",
            )),
            Link("/orders", ("我的订单", "My orders")),
        ],
        related: &["order", "cancel-refund", "receipt"],
    },
    Article {
        slug: "cancel-refund",
        topic: Topic::Money,
        title: ("取消订单和退款", "Cancelling and refunds"),
        summary: (
            "什么时候能取消、能退多少、钱退到哪里",
            "When you can cancel, how much comes back, and where to",
        ),
        also: "退钱 撤销 不想要了 原路退回 cancel money back",
        body: &[
            Text((
                "能取消的订单，订单页上有“取消订单”。点之前，页面会写明能退多少。",
                "An order that can be cancelled has a Cancel button on its page. It says how much comes back before you press.",
            )),
            List(&[
                ("还没付款：直接取消，没有费用。", "Not paid yet: cancelled at once, nothing to pay."),
                (
                    "已付款、还没开始办：按业务指南里的退款规则退。",
                    "Paid but not begun: refunded by the rule in the service guide.",
                ),
                (
                    "已经办好：多数业务不能撤回，例如话费到账后。",
                    "Already done: most services cannot be taken back, such as credit that has arrived.",
                ),
            ]),
            Heading(("钱退到哪里", "Where the money goes")),
            List(&[
                (
                    "用余额付的，退回余额，马上可用。",
                    "Paid from your balance: back to the balance, usable at once.",
                ),
                (
                    "用银行卡付的，原路退回那张卡，到账时间由银行决定。",
                    "Paid by card: back to the same card. How long that takes is up to the bank.",
                ),
            ]),
            Heading(("没有办成的订单", "Orders that failed")),
            Text((
                "没有办成的部分会自动退款，不用申请。",
                "What could not be done is refunded by itself; you need not ask.",
            )),
        ],
        related: &["pay", "progress"],
    },
    Article {
        slug: "pay",
        topic: Topic::Money,
        title: ("怎样付款", "How to pay"),
        summary: (
            "余额和银行卡的区别，付款结果不明时怎么办",
            "Balance or card, and what to do when the result is not clear",
        ),
        also: "支付 银行卡 余额 扣款 重复扣款 付了两次 card balance twice charged",
        body: &[
            Heading(("用余额付", "From your balance")),
            Text((
                "提交订单时先暂扣，办好后才真正扣除；没有办成就放回余额。",
                "The amount is set aside when you order and taken only when the order is done. If it fails, it is free again.",
            )),
            Heading(("用银行卡付", "By card")),
            Text((
                "会转到银行卡页面付款。本站看不到也不保存完整卡号。付好后会回到本站，结果以订单页为准。",
                "You pay on the card company's page; we never see or keep the full number. You then come back, and the order page shows the result.",
            )),
            Text((
                "还没付的订单，也可以在付款页改用余额支付。",
                "An order that is not paid yet can also be paid from your balance, on its payment page.",
            )),
            Heading(("页面显示“正在确认支付结果”", "“Confirming the result of your payment”")),
            Text((
                "说明银行还没有答复。先不要再付一次，页面会自己更新，也可以过一会儿再打开订单看。",
                "The bank has not answered yet. Do not pay again: the page updates by itself, and you can come back later.",
            )),
            Heading(("付了两次", "Paid twice")),
            Text((
                "同一个订单只收一次钱。多付的会自动原路退回，订单页能看到退回的进度。",
                "An order is charged once. Anything paid on top goes back to the card by itself, and the order page shows it.",
            )),
        ],
        related: &["top-up", "cancel-refund", "receipt"],
    },
    Article {
        slug: "top-up",
        topic: Topic::Money,
        title: ("给余额充值", "Topping up your balance"),
        summary: ("充值步骤、限额，以及在哪里看明细", "Steps, limits, and where to see the entries"),
        also: "充钱 余额 限额 明细 top up deposit limit entries",
        body: &[
            Steps(&[
                ("登录后打开“账户”，点“充值”。", "Sign in, open Account and press Top up."),
                ("填写金额，每次 1 元至 50,000 元。", "Enter an amount from ¥1 to ¥50,000."),
                ("转到银行卡页面付款。", "Pay on the card company's page."),
                (
                    "回到本站，看到“充值成功”就可以用了。",
                    "Back here, it can be used as soon as the page says so.",
                ),
            ]),
            Text((
                "每一笔进出都在“交易明细”里，带有当时的余额。",
                "Every movement is listed under Transactions, with the balance after it.",
            )),
            Link("/account/topup", ("去充值", "Top up now")),
        ],
        related: &["pay"],
    },
    Article {
        slug: "receipt",
        topic: Topic::Money,
        title: ("收据和发票", "Receipts"),
        summary: ("怎样打印收据，收据上有什么", "Printing a receipt and what is on it"),
        also: "打印 凭证 发票 报销 大写 print pdf invoice",
        body: &[
            Steps(&[
                ("打开已完成的订单，点“收据”。", "Open an order that is done and press Receipt."),
                (
                    "点“打印或存为PDF”，在打印窗口里也可以选择存为PDF文件。",
                    "Press Print or save as PDF; the print window can also save a PDF file.",
                ),
            ]),
            Text((
                "收据写明订单编号、项目、金额和人民币大写。发票由提供该业务的商户开具，是否提供见业务指南。",
                "It shows the order number, items, amounts and the amount in Chinese capitals. Tax invoices come from the seller of the service; its guide says whether there are any.",
            )),
        ],
        related: &["progress", "pay"],
    },
];
