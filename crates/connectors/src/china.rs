//! Time and money as Chinese gateways write them: the clock of China, yuan with decimals.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use kernel::Timestamp;

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// `2026-11-21 20:45:00`
pub(crate) fn written(at: Timestamp) -> String {
    at.to_jiff().to_zoned(zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-11-21T20:45:00+08:00`
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.to_jiff().to_zoned(zone()).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Reads what [`written`] writes.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok()?;
    let at = civil.to_zoned(zone()).ok()?.timestamp();
    Some(Timestamp::from_micros(at.as_microsecond()))
}

/// The hour of a day at which a gateway's bill of the day before is there.
pub(crate) fn bill_ready(day: jiff::civil::Date, hour: i8) -> Option<Timestamp> {
    let at = day.tomorrow().ok()?.at(hour, 0, 0, 0).to_zoned(zone()).ok()?;
    Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

/// Yuan as a decimal text in fen, exactly: `1.00`, `-0.6`, `0.06000`. What is finer than a fen is no amount.
pub(crate) fn fen(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, plain) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (cents, finer) = fraction.split_at_checked(2).unwrap_or((fraction, ""));
    if whole.is_empty() || !digits(whole) || !digits(fraction) || finer.bytes().any(|b| b != b'0') {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    let fen = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)?;
    Some(if negative { fen.saturating_neg() } else { fen })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_exactly_or_not_at_all() {
        for (text, want) in [
            ("1.00", Some(100)),
            ("0.6", Some(60)),
            ("130", Some(13_000)),
            (" 0.06000\t", Some(6)),
            ("-12.34", Some(-1_234)),
            ("92233720368547758.07", Some(i64::MAX)),
            ("92233720368547758.08", None),
            ("0.001", None),
            ("1.0.0", None),
            ("--1", None),
            ("1e2", None),
            (".5", None),
            ("", None),
        ] {
            assert_eq!(fen(text), want, "{text}");
        }
    }

    #[test]
    fn times_are_those_of_china_and_read_back() {
        let at = Timestamp::from_secs(1_795_265_100);
        assert_eq!(written(at), "2026-11-21 20:45:00");
        assert_eq!(rfc3339(at), "2026-11-21T20:45:00+08:00");
        assert_eq!(read(&written(at)), Some(at));
        assert_eq!(read("2026-11-31 20:45:00"), None);
    }
}
