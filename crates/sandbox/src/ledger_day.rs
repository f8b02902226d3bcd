//! What WeChat Pay and Alipay booked on a day of China, for their bills, and what the knobs make of it.

use std::io::Write as _;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use kernel::Timestamp;

use crate::config::Desk;
use crate::trade::BackState;
use crate::world::World;

/// Six of a thousand.
const FEE_PER_MILLE: i64 = 6;

/// One line of a bill.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// `2026-11-21 20:45:00`
    pub at: String,
    pub number: String,
    pub gateway_number: String,
    /// The merchant's number of the refund, if it is one.
    pub refund: Option<String>,
    pub fen: i64,
    /// Kept of a payment; given back with a refund, then below zero.
    pub fee: i64,
}

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// `2026-11-21 20:45:00`
pub(crate) fn written(at: Timestamp) -> String {
    at.to_jiff().to_zoned(zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whether nothing can be booked on this day any more.
pub(crate) fn is_over(day: &str, now: Timestamp) -> bool {
    day.parse::<Date>().is_ok_and(|day| day < now.to_jiff().to_zoned(zone()).date())
}

/// Six per mille, rounded half up.
fn fee(fen: i64) -> i64 {
    fen.saturating_mul(FEE_PER_MILLE).saturating_add(500).div_euclid(1000)
}

/// Everything that was booked, in the order it was.
pub(crate) fn entries(world: &World, desk: Desk, day: &str) -> Vec<Entry> {
    let mut all = Vec::new();
    for trade in world.trades.values().filter(|trade| trade.desk == desk) {
        let (number, gateway_number) = (trade.number.clone(), trade.gateway_number());
        let paid = trade.paid_at.map(|at| Entry {
            at: written(at),
            number: number.clone(),
            gateway_number: gateway_number.clone(),
            refund: None,
            fen: trade.fen,
            fee: fee(trade.fen),
        });
        let done = trade.refunds.iter().filter(|back| back.state == BackState::Done);
        let back = done.filter_map(|back| {
            Some(Entry {
                at: written(back.done_at?),
                number: number.clone(),
                gateway_number: gateway_number.clone(),
                refund: Some(back.number.clone()),
                fen: back.fen,
                fee: fee(back.fen).saturating_neg(),
            })
        });
        all.extend(paid.into_iter().chain(back).filter(|entry| entry.at.starts_with(day)));
    }
    all.sort_by(|a, b| (&a.at, &a.number, &a.refund).cmp(&(&b.at, &b.number, &b.refund)));
    all
}

/// The lines as they stand in the bill; `None` is one that does not read.
pub(crate) fn spoilt(world: &World, desk: Desk, entries: &[Entry]) -> Vec<Option<Entry>> {
    let knobs = world.knobs(desk);
    let mut lines = Vec::new();
    for entry in entries {
        let id = format!("{}/{}", entry.number, entry.refund.as_deref().unwrap_or_default());
        let hits = |percent, purpose| world.hits(percent, purpose, &id);
        let mut told = entry.clone();
        if hits(knobs.wrong_bill_percent, "bill-amount") {
            told.fen = told.fen.saturating_add(1);
        }
        if hits(knobs.broken_bill_percent, "bill-broken") {
            lines.push(None);
        }
        if !hits(knobs.missing_bill_percent, "bill-missing") {
            lines.push(Some(told.clone()));
        }
        if hits(knobs.extra_bill_percent, "bill-extra") {
            lines.push(Some(Entry { number: format!("{}X", told.number), ..told }));
        }
    }
    lines
}

/// Packed as gzip.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    if encoder.write_all(text.as_bytes()).is_err() {
        return Vec::new();
    }
    encoder.finish().unwrap_or_default()
}
