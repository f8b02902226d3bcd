//! The articles of the help centre, in both languages, as data. Each says what this version really does.

use kernel::Locale;

/// Something said in both languages: Chinese, English.
pub type Both = (&'static str, &'static str);

/// Where an article stands in the help centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Order,
    Money,
    Account,
    More,
}

impl Topic {
    pub const ALL: [Self; 4] = [Self::Order, Self::Money, Self::Account, Self::More];
}

/// A piece of an article.
#[derive(Debug, Clone, Copy)]
pub enum Block {
    Heading(Both),
    Text(Both),
    /// One after the other.
    Steps(&'static [Both]),
    List(&'static [Both]),
    /// A path on this site and its words.
    Link(&'static str, Both),
    /// Lines for a terminal, the same in both languages.
    Code(&'static str),
}

/// One article.
#[derive(Debug)]
pub struct Article {
    /// `/help/{slug}`
    pub slug: &'static str,
    pub topic: Topic,
    pub title: Both,
    pub summary: Both,
    /// Other words people search for, in both languages.
    pub also: &'static str,
    pub body: &'static [Block],
    pub related: &'static [&'static str],
}

impl Article {
    pub const fn title(&self, locale: Locale) -> &'static str {
        locale.pick(self.title.0, self.title.1)
    }

    pub const fn summary(&self, locale: Locale) -> &'static str {
        locale.pick(self.summary.0, self.summary.1)
    }

    /// How well the article answers a search: 0 not at all.
    fn rank(&self, needle: &str) -> u8 {
        let has = |text: &str| text.to_lowercase().contains(needle);
        let both = |pair: Both| has(pair.0) || has(pair.1);
        if both(self.title) {
            return 4;
        }
        if has(self.also) {
            return 3;
        }
        if both(self.summary) {
            return 2;
        }
        let in_block = |block: &Block| match block {
            Block::Heading(text) | Block::Text(text) | Block::Link(_, text) => both(*text),
            Block::Steps(items) | Block::List(items) => items.iter().any(|item| both(*item)),
            Block::Code(_) => false,
        };
        u8::from(self.body.iter().any(in_block))
    }
}

/// The article at `/help/{slug}`.
pub fn find(slug: &str) -> Option<&'static Article> {
    ARTICLES.iter().find(|article| article.slug == slug)
}

/// Articles that have `query` in them, the best first.
pub fn search(query: &str) -> Vec<&'static Article> {
    let needle = query.trim().to_lowercase();
    if needle.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u8, &Article)> = ARTICLES
        .iter()
        .map(|article| (article.rank(&needle), article))
        .filter(|(rank, _)| *rank > 0)
        .collect();
    found.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    found.into_iter().map(|(_, article)| article).collect()
}

use Block::{Code, Heading, Link, List, Steps, Text};

/// All articles, in the order of the help centre.
pub const ARTICLES: &[Article] = &[
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
    Article {
        slug: "sign-in",
        topic: Topic::Account,
        title: ("注册、登录和密码", "Accounts and passwords"),
        summary: (
            "注册需要什么，登录不了怎么办，怎样保护账号",
            "What you need, when signing in fails, and keeping your account safe",
        ),
        also: "忘记密码 登录不了 验证码 冻结 设备 forgot password locked code device",
        body: &[
            Heading(("注册", "Creating an account")),
            Text((
                "用手机号或邮箱加一个密码就能注册，马上可用。验证码用来确认手机号或邮箱是您的，可以稍后再填。",
                "A mobile number or e-mail and a password are enough, and it works at once. The code confirms that the number or address is yours; you may enter it later.",
            )),
            Heading(("密码", "Passwords")),
            Text((
                "至少 8 个字符，越长越好，可以用一句只有您知道的话。太常见的密码会被拒绝。",
                "At least 8 characters; longer is better, for example a sentence only you know. Common passwords are refused.",
            )),
            Heading(("登录不了", "When signing in fails")),
            List(&[
                (
                    "连续输错后要等一会儿才能再试，页面会写明要等多久。",
                    "After several wrong tries you have to wait; the page says how long.",
                ),
                (
                    "手机号可以带空格或+86，邮箱不分大小写。",
                    "Spaces and +86 in a number do not matter, nor does upper or lower case in an e-mail.",
                ),
                (
                    "当前版本还不能自助找回密码。其他设备如果还登录着，可以在那里查看订单和余额。",
                    "This version cannot reset a forgotten password yet. A device that is still signed in keeps working.",
                ),
            ]),
            Heading(("发现不认识的设备", "A device you do not know")),
            Text((
                "在“登录与安全”里让它退出，再修改密码。修改密码后，其他设备都会退出。",
                "Sign it out under Sign-in and security, then change your password. All other devices are signed out.",
            )),
            Link("/me/security", ("登录与安全", "Sign-in and security")),
        ],
        related: &["privacy"],
    },
    Article {
        slug: "privacy",
        topic: Topic::Account,
        title: ("隐私说明", "Privacy"),
        summary: (
            "保存哪些信息、怎样保护、谁能看到",
            "What is kept, how it is protected, and who can see it",
        ),
        also: "个人信息 数据 加密 手机号 隐私政策 cookie data encryption personal",
        body: &[
            Heading(("保存哪些信息", "What is kept")),
            List(&[
                (
                    "账号：手机号或邮箱、称呼、密码的摘要（无法还原成密码）。",
                    "Your account: phone or e-mail, name, and a digest of the password that cannot be turned back.",
                ),
                (
                    "办理：您在表单里填写的内容、订单的经过、付款记录。",
                    "Your orders: what you filled in, what happened, what was paid.",
                ),
                (
                    "登录：设备名称、网络地址和时间，用来让您发现异常。",
                    "Signing in: device, network address and time, so that you can notice what is not yours.",
                ),
            ]),
            Heading(("怎样保护", "How it is protected")),
            List(&[
                (
                    "姓名、电话、邮箱、地址和表单内容加密后才存入数据库。",
                    "Names, phones, e-mails, addresses and answers are encrypted before they are stored.",
                ),
                (
                    "员工看到的是打码后的信息；查看完整信息需要权限和理由，并留下记录。",
                    "Staff see masked data. Seeing it in full needs permission and a reason, and is recorded.",
                ),
                (
                    "银行卡号在支付机构的页面填写，本站只保留卡的品牌和后四位。",
                    "Card numbers are entered on the payment company's page; we keep brand and last four digits.",
                ),
            ]),
            Heading(("谁能看到", "Who can see it")),
            Text((
                "只有办理您业务的机构会收到办理所需的内容，例如给手机充值时的号码。不用于广告，也没有第三方统计脚本。",
                "Only the company that carries out your order gets what it needs for it, like the number to top up. No advertising and no tracking by others.",
            )),
            Heading(("浏览器里存什么", "What is kept in your browser")),
            Text((
                "只用必需的小型文本文件（Cookie）：登录状态、防伪造的标记，以及语言、外观、字号这三项设置。",
                "Only cookies that are needed: being signed in, a mark against forged forms, and your language, colours and text size.",
            )),
        ],
        related: &["sign-in", "accessibility"],
    },
    Article {
        slug: "accessibility",
        topic: Topic::More,
        title: ("大字版、深色和读屏", "Large text, dark colours, screen readers"),
        summary: ("让页面更好看清、更好操作", "Making pages easier to see and use"),
        also: "老年人 适老化 字太小 无障碍 键盘 盲人 elderly font size keyboard contrast",
        body: &[
            List(&[
                (
                    "点页面顶部的“Aa”图标切换大字版：字更大，按钮更大。",
                    "Press the letter icon at the top for large text and larger buttons.",
                ),
                (
                    "点月亮图标选择浅色、深色或跟随系统。",
                    "Press the moon to choose light, dark, or like your device.",
                ),
                ("点“EN”换成英文页面。", "Press 中 to read everything in Chinese."),
                (
                    "只用键盘也能办理：Tab键移动，回车键确认，斜杠键跳到搜索。",
                    "The keyboard is enough: Tab moves, Enter confirms, the slash key goes to search.",
                ),
            ]),
            Text((
                "登录后，这些设置会跟着账号走，换设备也一样。",
                "Once you are signed in, these settings follow you to every device.",
            )),
            Link("/me/display", ("显示设置", "Display settings")),
            Link("/a11y", ("无障碍说明", "Accessibility statement")),
        ],
        related: &["privacy"],
    },
    Article {
        slug: "developers",
        topic: Topic::More,
        title: ("给开发者：用接口办理", "For developers: ordering by program"),
        summary: (
            "页面能办的，程序也能办：下单、查询、余额",
            "What pages can do, programs can do: orders, progress, balance",
        ),
        also: "API 接口 开放平台 令牌 幂等 openapi token idempotency curl",
        body: &[
            Text((
                "接口的完整说明可以在浏览器里查看，机器可读的定义在 /openapi.json。",
                "The full description can be read in the browser; the machine-readable one is at /openapi.json.",
            )),
            Code(
                "curl -s https://…/api/v1/services\ncurl -s -X POST https://…/api/v1/sessions -H 'Content-Type: application/json' \\\n  -d '{\"contact\":\"…\",\"password\":\"…\"}'",
            ),
            List(&[
                (
                    "先用账号和密码换取令牌，之后每个请求都带上它。",
                    "Exchange account and password for a token, then send it with every request.",
                ),
                (
                    "下单和付款要带Idempotency-Key：同一个键重复提交只办一次。",
                    "Orders and payments carry an Idempotency-Key: the same key twice has one effect.",
                ),
                (
                    "出错时返回problem+json，有稳定的错误代码和中英文说明。",
                    "Errors are problem+json with stable codes and words in both languages.",
                ),
                ("订单的进度可以用事件流订阅。", "Progress can be followed as an event stream."),
            ]),
            Link("/api/docs", ("接口文档", "API documentation")),
        ],
        related: &["order"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_han(c: char) -> bool {
        matches!(c, '\u{4E00}'..='\u{9FFF}')
    }

    fn texts(article: &Article) -> Vec<Both> {
        let blocks = article.body.iter().flat_map(|block| match block {
            Block::Heading(text) | Block::Text(text) | Block::Link(_, text) => vec![*text],
            Block::Steps(items) | Block::List(items) => items.to_vec(),
            Block::Code(_) => Vec::new(),
        });
        blocks.chain([article.title, article.summary]).collect()
    }

    #[test]
    fn articles_are_set_as_chinese_is_set() {
        for article in ARTICLES {
            for (zh, en) in texts(article) {
                let chars: Vec<char> = zh.chars().collect();
                for pair in chars.windows(2) {
                    let half = |c: char| [',', ';', ':', '?', '!', '(', ')'].contains(&c);
                    let beside = (is_han(pair[0]) && half(pair[1])) || (half(pair[0]) && is_han(pair[1]));
                    assert!(!beside, "{}: {zh}", article.slug);
                }
                assert!(!zh.contains('！') && !en.contains('!'), "{}: {zh}", article.slug);
                assert!(!en.replace('中', "").chars().any(is_han), "{}: {en}", article.slug);
                assert!(zh.chars().any(is_han) && !en.is_empty(), "{}: {zh}", article.slug);
            }
        }
    }

    #[test]
    fn slugs_are_unique_and_related_articles_exist() {
        for article in ARTICLES {
            assert_eq!(
                ARTICLES.iter().filter(|other| other.slug == article.slug).count(),
                1,
                "{}",
                article.slug
            );
            for related in article.related {
                assert!(find(related).is_some_and(|other| other.slug != article.slug), "{related}");
            }
        }
    }

    #[test]
    fn a_search_finds_by_title_first_and_by_other_words() {
        for (query, first) in [
            ("退款", "cancel-refund"),
            ("forgot password", "sign-in"),
            ("幂等", "developers"),
            ("限额", "top-up"),
        ] {
            assert_eq!(search(query).first().map(|article| article.slug), Some(first), "{query}");
        }
        assert!(search("   ").is_empty() && search("<script>").is_empty());
    }
}
