//! What documents say, in words. Pure.

use jiff::tz::{TimeZone, offset};
use kernel::{Locale, Money, Timestamp};
use ledger::Statement;
use ordering::order::Order;
use ordering::payment::{AttemptId, AttemptState, DisputeState, PaymentView, RefundState};
use paper::{Column, Fact, Made, Seal, Sheet, Table};
use risk::evidence::{Evidence, Section};

use super::model::{Document, Kind};
use crate::Press;

/// Universal time, as a file records it.
pub(crate) fn made(at: Timestamp) -> Made {
    let at = at.to_jiff().to_zoned(TimeZone::UTC);
    let small = |part: i8| u8::try_from(part).unwrap_or_default();
    Made {
        year: u16::try_from(at.year()).unwrap_or_default(),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
    }
}

/// `2026-10-31 09:30:00`, in Beijing.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_jiff().to_zoned(TimeZone::fixed(offset(8))).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A sheet with what all have in common; number and seal come when it is issued.
pub(crate) fn blank(press: &Press, locale: Locale, title: &str, now: Timestamp) -> Sheet {
    Sheet {
        language: locale.pick("zh-CN", "en").to_owned(),
        title: title.to_owned(),
        subtitle: String::new(),
        number: String::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        totals: Vec::new(),
        notes: Vec::new(),
        issuer: press.issuer.get(locale).to_owned(),
        issued: moment(now),
        made: made(now),
        seal: None,
    }
}

/// What proves a sheet. The address carries number and code, so that scanning shows the answer at once.
pub(crate) fn seal(press: &Press, language: &str, number: &str, code: &str) -> Seal {
    let zh = language == "zh-CN";
    Seal {
        term: if zh { "验证码" } else { "Verification code" }.to_owned(),
        code: code.to_owned(),
        words: if zh {
            format!("扫码，或在 {} 用编号和验证码核对真伪", press.verify_url)
        } else {
            format!("Scan the code, or check number and verification code at {}", press.verify_url)
        },
        address: format!("{}?number={number}&code={code}", press.verify_url),
    }
}

/// A name as anybody may see it: the first character, the rest as asterisks.
fn masked(name: &str) -> String {
    let mut characters = name.chars();
    let first: String = characters.by_ref().take(1).collect();
    format!("{first}{}", "*".repeat(characters.count().clamp(1, 4)))
}

/// A document as anybody sees it who holds its number and code: whoever paid is told by the first character only. Their own copy names them.
pub(crate) fn for_anybody(document: Document) -> Document {
    let mut sheet = document.sheet;
    if document.kind == Kind::PaymentProof {
        for fact in sheet.facts.iter_mut().filter(|fact| PAYER.contains(&fact.term.as_str())) {
            fact.value = masked(&fact.value);
        }
    }
    Document { sheet, ..document }
}

/// The term of whoever paid, in the languages of proofs.
const PAYER: [&str; 2] = ["付款人", "Payer"];

/// Evidence of a case, always in Chinese: its digests are of that. Columns get room by what stands in them.
pub(crate) fn evidence(press: &Press, it: &Evidence) -> Sheet {
    let table = |(section, digest): (&Section, &String)| Table {
        title: format!("{} · SHA-256 {digest}", section.title.zh),
        columns: section
            .columns
            .iter()
            .enumerate()
            .map(|(place, name)| column(section, place, &name.zh))
            .collect(),
        rows: section.rows.clone(),
    };
    Sheet {
        number: it.number.clone(),
        facts: vec![Fact::new("案件", it.case.to_string()), Fact::new("导出时间", moment(it.made_at))],
        tables: it.sections.iter().zip(&it.digests).map(table).collect(),
        totals: vec![Fact::new("总摘要 SHA-256", it.hash.clone())],
        notes: vec![
            "每张表的摘要由同一编号的 CSV 文件逐行得出，总摘要由各表摘要逐行得出，并已写入审计日志，可据此核对内容未被改动。"
                .to_owned(),
            "设备、网络和手机号只以散列编号列出。".to_owned(),
        ],
        ..blank(press, Locale::Zh, "证据材料", it.made_at)
    }
}

fn column(section: &Section, place: usize, name: &str) -> Column {
    // Full-width characters take twice the room.
    let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 1_usize } else { 2 }).sum::<usize>();
    let cells = section.rows.iter().filter_map(|row| row.get(place)).map(|cell| width(cell));
    let widest = cells.chain([width(name)]).max().unwrap_or(1).clamp(4, 26);
    Column::left(name, u16::try_from(widest).unwrap_or(1))
}

/// Opening, every movement, closing.
pub(crate) fn statement(
    press: &Press,
    locale: Locale,
    holder: &str,
    it: &Statement,
    now: Timestamp,
) -> Sheet {
    let t = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let last = Timestamp(it.to.0.saturating_sub(1));
    let mut sheet = blank(press, locale, t("账户对账单", "Account statement"), now);
    sheet.subtitle = format!("{} – {}", day(it.from), day(last));
    sheet.facts = vec![
        Fact::new(t("户名", "Holder"), holder),
        Fact::new(t("币种", "Currency"), it.opening.currency.code()),
        Fact::new(t("期初余额", "Opening balance"), it.opening.to_plain()),
        Fact::new(t("期末余额", "Closing balance"), it.closing.to_plain()),
        Fact::new(t("收入合计", "Money in"), it.income.to_plain()),
        Fact::new(t("支出合计", "Money out"), it.outgo.to_plain()),
    ];
    let rows = it.entries.iter().zip(1_u64..).map(|(entry, number)| {
        vec![
            number.to_string(),
            moment(entry.at),
            entry.kind.label(locale).to_owned(),
            entry.order.map_or_else(String::new, kernel::order_number),
            entry.amount.to_plain(),
            entry.balance.to_plain(),
        ]
    });
    sheet.tables = vec![Table {
        title: String::new(),
        columns: vec![
            Column::right(t("序号", "No."), 4),
            Column::left(t("时间", "Time"), 12),
            Column::left(t("类型", "Kind"), 10),
            Column::left(t("订单号", "Order"), 13),
            Column::right(t("金额", "Amount"), 9),
            Column::right(t("余额", "Balance"), 9),
        ],
        rows: rows.collect(),
    }];
    sheet.totals = vec![Fact::new(t("期末余额", "Closing balance"), in_full(locale, it.closing))];
    sheet.notes = vec![
        t(
            "期初余额加收入减支出等于期末余额。",
            "Opening balance plus money in less money out is the closing balance.",
        )
        .to_owned(),
    ];
    sheet
}

/// Who paid what, how, when; and what went back.
pub(crate) fn payment_proof(
    press: &Press,
    locale: Locale,
    (order, payer): (&Order, &str),
    paid: &Paid,
    now: Timestamp,
) -> Sheet {
    let t = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let mut sheet = blank(press, locale, t("付款证明", "Proof of payment"), now);
    sheet.facts = vec![
        Fact::new(t(PAYER[0], PAYER[1]), payer),
        Fact::new(t("订单号", "Order"), order.number()),
        Fact::new(t("项目", "Item"), order.title.get(locale)),
        Fact::new(t("订单金额", "Order total"), order.total.to_string()),
    ];
    let rows = paid.parts.iter().map(|part| {
        let sign = if part.moved.is_back() { "−" } else { "" };
        vec![
            moment(part.at),
            match part.moved {
                Moved::Payment => t("付款", "Payment"),
                Moved::Refund => t("退款", "Refund"),
                Moved::Dispute => t("拒付", "Chargeback"),
            }
            .to_owned(),
            way(locale, &part.way).to_owned(),
            part.reference.clone(),
            format!("{sign}{}", part.amount.to_plain()),
        ]
    });
    sheet.tables = vec![Table {
        title: String::new(),
        columns: vec![
            Column::left(t("时间", "Time"), 11),
            Column::left(t("类型", "Kind"), 6),
            Column::left(t("方式", "Method"), 8),
            Column::left(t("渠道流水号", "Reference"), 17),
            Column::right(t("金额", "Amount"), 8),
        ],
        rows: rows.collect(),
    }];
    sheet.totals = vec![Fact::new(t("实付", "Paid in the end"), in_full(locale, paid.net))];
    sheet.notes = vec![
        t(
            "本证明说明截至开具时的收付情况，不是发票。",
            "This states what was paid and given back up to the time of issue. It is no tax invoice.",
        )
        .to_owned(),
    ];
    sheet
}

/// What was paid for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paid {
    pub parts: Vec<Part>,
    pub net: Money,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub at: Timestamp,
    pub moved: Moved,
    /// `balance`, or the gateway's name.
    pub way: String,
    pub reference: String,
    pub amount: Money,
}

/// Which way money went, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moved {
    Payment,
    Refund,
    /// The payer's bank took it back, for good.
    Dispute,
}

impl Moved {
    pub const fn is_back(self) -> bool {
        !matches!(self, Self::Payment)
    }
}

/// What a gateway took and gave back for an order, as it is booked, each at the moment the gateway names.
pub(crate) fn through_gateways(view: &PaymentView) -> Vec<Part> {
    let winner = |id: AttemptId| {
        view.attempts.iter().find(|attempt| attempt.id == id && attempt.state == AttemptState::Captured)
    };
    let taken = view.attempts.iter().filter(|attempt| attempt.state == AttemptState::Captured);
    let taken = taken.map(|attempt| Part {
        at: attempt.captured_at.unwrap_or(attempt.updated_at),
        moved: Moved::Payment,
        way: attempt.gateway.clone(),
        reference: attempt.gateway_id.clone().unwrap_or_default(),
        amount: attempt.captured,
    });
    let gone = view.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded);
    let gone = gone.filter_map(|refund| {
        Some(Part {
            at: refund.succeeded_at.unwrap_or(refund.updated_at),
            moved: Moved::Refund,
            way: winner(refund.attempt)?.gateway.clone(),
            reference: refund.id.to_string(),
            amount: refund.amount,
        })
    });
    let lost = view.disputes.iter().filter(|dispute| dispute.state == DisputeState::Lost);
    let lost = lost.filter_map(|dispute| {
        Some(Part {
            at: dispute.ended_at.unwrap_or(dispute.updated_at),
            moved: Moved::Dispute,
            way: winner(dispute.attempt)?.gateway.clone(),
            reference: dispute.gateway_id.clone(),
            amount: dispute.amount,
        })
    });
    taken.chain(gone).chain(lost).collect()
}

/// The way of a payment, for people.
pub(crate) fn way(locale: Locale, way: &str) -> &str {
    match way {
        "balance" => locale.pick("账户余额", "Balance"),
        "card" => locale.pick("银行卡", "Bank card"),
        "wechat" => locale.pick("微信支付", "WeChat Pay"),
        "alipay" => locale.pick("支付宝", "Alipay"),
        "bank_transfer" => locale.pick("银行转账", "Bank transfer"),
        other => other,
    }
}

/// `¥1,300.00（壹仟叁佰元整）`; capitals where there are any.
pub(crate) fn in_full(locale: Locale, amount: Money) -> String {
    if locale == Locale::Zh && amount.minor >= 0 && amount.currency == kernel::Currency::CNY {
        format!("{amount}（{}）", amount.to_capital())
    } else {
        amount.to_string()
    }
}

fn day(at: Timestamp) -> String {
    at.to_jiff().to_zoned(TimeZone::fixed(offset(8))).strftime("%Y-%m-%d").to_string()
}

/// A receipt as a sheet, for its file.
pub(crate) fn receipt(press: &Press, locale: Locale, it: &fulfilment::Document) -> Sheet {
    let t = |zh: &'static str, en: &'static str| locale.pick(zh, en);
    let facts = &it.facts;
    let mut sheet = blank(press, locale, t("电子收据", "Receipt"), it.issued_at);
    sheet.number.clone_from(&it.number);
    sheet.facts = vec![
        Fact::new(t("订单号", "Order"), &facts.order_number),
        Fact::new(t("下单时间", "Ordered"), moment(facts.placed_at)),
        Fact::new(t("支付方式", "Paid with"), way(locale, &facts.payment)),
        Fact::new(t("收款方", "Payee"), facts.payee(locale)),
    ];
    sheet.facts.extend(facts.rows.iter().map(|row| Fact::new(row.label.get(locale), row.value.get(locale))));
    sheet.tables = vec![Table {
        title: String::new(),
        columns: vec![
            Column::left(t("项目", "Item"), 20),
            Column::right(t("数量", "Quantity"), 5),
            Column::right(t("单价", "Unit price"), 8),
            Column::right(t("金额", "Amount"), 8),
        ],
        rows: vec![vec![
            facts.item.get(locale).to_owned(),
            facts.quantity.to_string(),
            facts.unit.to_plain(),
            facts.total.to_plain(),
        ]],
    }];
    sheet.totals = vec![Fact::new(t("合计", "Total"), in_full(locale, facts.total))];
    sheet.notes = vec![t("本收据不是发票。", "This is no tax invoice.").to_owned()];
    sheet.seal = Some(seal(press, &sheet.language, &it.number, &it.code));
    sheet
}
