//! Help about the account, privacy, seeing better, and programs.

use super::articles::Article;
use super::articles::Block::{Code, Heading, Link, List, Text};
use super::articles::Topic;

/// In the order of the help centre.
pub(super) const ACCOUNT: &[Article] = &[
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
                "越长越好，可以用一句只有您知道的话；至少要多长，填写时页面会写明，开启了两步验证的账号可以短一些。太常见的密码会被拒绝。",
                "Longer is better, for example a sentence only you know. The page says how long it has to be; with a second step it may be shorter. Common passwords are refused.",
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
