//! The statement of a day, with the lies that knobs ask for.

use connectors::RefundState;
use connectors::bank::statement::{HEADER, field};
use jiff::civil::Date;
use jiff::tz::Offset;
use kernel::{Money, Timestamp};

use crate::config::Desk;
use crate::world::World;

const BEIJING: Offset = Offset::constant(8);

struct Row {
    at: Timestamp,
    id: String,
    /// Signed for the sum.
    minor: i64,
    text: String,
}

fn row(kind: &str, our_id: &str, id: &str, amount: Money, at: Timestamp, who: [&str; 3]) -> Row {
    let local = at.to_jiff().to_zoned(BEIJING.to_time_zone());
    let time = local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let [party, account, purpose] = who.map(field);
    let text = format!(
        "{kind},{our_id},{id},{},0.00,{},{time},{party},{account},{purpose}",
        amount.to_decimal(),
        amount.currency.code()
    );
    let minor = if kind == "in" { amount.minor } else { amount.minor.saturating_neg() };
    Row { at, id: id.to_owned(), minor, text }
}

/// Everything that moved on the merchant's account on `day`.
pub(super) fn write(world: &World, day: Date) -> String {
    let on_day = |at: Timestamp| BEIJING.to_datetime(at.to_jiff()).date() == day;
    let came = world.receipts.values().filter(|receipt| on_day(receipt.at)).map(|receipt| {
        let ours = receipt.attempt.as_ref().map(ToString::to_string).unwrap_or_default();
        let who = [receipt.party.as_str(), &receipt.account, &receipt.purpose];
        row("in", &ours, &receipt.id, receipt.amount, receipt.at, who)
    });
    let went = world.collections.values().flat_map(|known| &known.returns).filter_map(|one| {
        let at = one.left_at.filter(|at| on_day(*at))?;
        let done = matches!(one.refund.state, RefundState::Succeeded);
        let payer = world.receipts.values().find(|r| r.attempt.as_ref() == Some(&one.request.attempt_id));
        let who = payer.map_or(["", "", "退款"], |r| [r.party.as_str(), r.account.as_str(), "退款"]);
        done.then(|| row("refund", &one.refund.refund_id, &one.refund.gateway_id, one.refund.amount, at, who))
    });
    let mut rows: Vec<Row> = came.chain(went).collect();
    rows.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let sum = Money::cny(rows.iter().map(|row| row.minor).sum());
    let knobs = world.knobs(Desk::Bank);
    let mut lines = Vec::new();
    for row in rows {
        if world.hits(knobs.missing_bill_percent, "bill-missing", &row.id) {
            continue;
        }
        if world.hits(knobs.extra_bill_percent, "bill-extra", &row.id) {
            lines.push(
                [
                    "in",
                    "",
                    &format!("{}_extra", row.id),
                    "1.00",
                    "0.00",
                    "CNY",
                    "2026-01-01T00:00:00+08:00",
                    "某人",
                    "",
                    "不明",
                ]
                .join(","),
            );
        }
        if world.hits(knobs.broken_bill_percent, "bill-broken", &row.id) {
            lines.push(row.text.replace(".00,", ",").replace(",0.00,", ",zero,"));
        } else {
            lines.push(row.text);
        }
    }
    let count = lines.len();
    lines.insert(0, HEADER.to_owned());
    lines.push(format!("total,,{count},{},,,,,,\r\n", sum.to_decimal()));
    lines.join("\r\n")
}
