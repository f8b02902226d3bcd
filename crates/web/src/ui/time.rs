//! Times on pages (N6): kept in UTC, shown in Beijing time on a 24-hour clock.
//!
//! Without script the server's words stand; `time.js` keeps "3 分钟前" and countdowns moving.

use jiff::Zoned;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use kernel::{Duration, Locale, Timestamp};
use maud::{Markup, html};

use super::PageCx;
use crate::i18n::TimeWords;

/// The display time zone.
const ZONE: &str = "Asia/Shanghai";
const HOUR_SECS: i64 = 3600;
const DAY_SECS: i64 = 86_400;

fn local(at: Timestamp) -> Zoned {
    // The database of zones is compiled in; UTC+8 is what the zone has been since 1991.
    let zone = TimeZone::get(ZONE).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)));
    at.to_jiff().to_zoned(zone)
}

/// Hour and minute of the day on the display clock.
pub fn hour_minute(at: Timestamp) -> (u32, u32) {
    let at = local(at);
    (u32::try_from(at.hour()).unwrap_or(0), u32::try_from(at.minute()).unwrap_or(0))
}

/// In lists: 今天 20:31 · 昨天 20:31 · 11-19 20:31 · 2025-11-19; the full time in the tooltip.
pub fn stamp(cx: &PageCx, at: Timestamp) -> Markup {
    element(at, &short(cx, at), None)
}

/// Less than an hour ago in words that keep moving (3 分钟前), else as [`stamp`].
pub fn ago(cx: &PageCx, at: Timestamp) -> Markup {
    let seconds = cx.now.since(at).as_secs();
    if !(0..HOUR_SECS).contains(&seconds) {
        return stamp(cx, at);
    }
    let t = TimeWords::of(cx.locale);
    let text = if seconds < 60 { t.just_now.to_owned() } else { t.minutes_ago(seconds / 60) };
    element(at, &text, Some("ago"))
}

/// On documents and for deadlines: `2026-11-21 20:45:13（北京时间）`.
pub fn full(cx: &PageCx, at: Timestamp) -> Markup {
    element(at, &full_text(cx.locale, at), None)
}

/// To the second, for rows of documents and books: `2026-11-21 20:45:13`. The head of the column says that it is the time of Beijing.
pub fn second(at: Timestamp) -> Markup {
    element(at, &local(at).strftime("%Y-%m-%d %H:%M:%S").to_string(), None)
}

/// The time of day with seconds, for live boxes and timelines of today: `20:45:13`.
pub fn clock(at: Timestamp) -> Markup {
    element(at, &local(at).strftime("%H:%M:%S").to_string(), None)
}

/// `2026-11-21`.
pub fn date(at: Timestamp) -> Markup {
    element(at, &date_text(at), None)
}

/// What is left until `until`: 剩余 28 分 14 秒, moved on by script; the clock time stands beside it. Past: 已超时.
/// Never announced to screen readers while it moves (A6).
pub fn countdown(cx: &PageCx, until: Timestamp) -> Markup {
    let t = TimeWords::of(cx.locale);
    let left = until.since(cx.now);
    html! {
        span.count-down {
            span.num data-until=(until.as_secs()) data-now=(cx.now.as_secs()) data-over=(t.overdue) aria-hidden="true" {
                @if left.as_secs() > 0 { (t.left(&length(cx.locale, left))) } @else { (t.overdue) }
            }
            " "
            span.muted { (element(until, &t.before(&local(until).strftime("%H:%M").to_string()), None)) }
        }
    }
}

/// The words of [`stamp`].
pub fn short(cx: &PageCx, at: Timestamp) -> String {
    let t = TimeWords::of(cx.locale);
    let (day, today) = (local(at), local(cx.now));
    let clock = day.strftime("%H:%M").to_string();
    let date = day.date();
    let word = if date == today.date() {
        Some(t.today)
    } else if today.yesterday().is_ok_and(|d| d.date() == date) {
        Some(t.yesterday)
    } else if today.tomorrow().is_ok_and(|d| d.date() == date) {
        Some(t.tomorrow)
    } else {
        None
    };
    match word {
        Some(word) => format!("{word} {clock}"),
        None if day.year() == today.year() => day.strftime("%m-%d %H:%M").to_string(),
        None => date_text(at),
    }
}

/// The words of [`full`].
pub fn full_text(locale: Locale, at: Timestamp) -> String {
    TimeWords::of(locale).beijing(&local(at).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// `2026-11-21` on the display calendar.
pub fn date_text(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d").to_string()
}

/// 11 月 22 日 周日 · Sun 22 Nov.
pub fn day_text(locale: Locale, at: Timestamp) -> String {
    let t = TimeWords::of(locale);
    let at = local(at);
    let weekday = match at.weekday() {
        Weekday::Monday => t.monday,
        Weekday::Tuesday => t.tuesday,
        Weekday::Wednesday => t.wednesday,
        Weekday::Thursday => t.thursday,
        Weekday::Friday => t.friday,
        Weekday::Saturday => t.saturday,
        Weekday::Sunday => t.sunday,
    };
    match locale {
        Locale::Zh => format!("{} 月 {} 日 {weekday}", at.month(), at.day()),
        Locale::En => format!("{weekday} {}", at.strftime("%-d %b")),
    }
}

/// `19:00–21:00` on the display clock.
pub fn range_text(from: Timestamp, to: Timestamp) -> String {
    format!("{}–{}", local(from).strftime("%H:%M"), local(to).strftime("%H:%M"))
}

/// A greeting for the hour.
pub fn greeting(cx: &PageCx) -> &'static str {
    let t = TimeWords::of(cx.locale);
    match hour_minute(cx.now).0 {
        5..=10 => t.morning,
        11..=12 => t.noon,
        13..=17 => t.afternoon,
        18..=22 => t.evening,
        // English has no greeting for the small hours: "Good night" means goodbye.
        _ => cx.locale.pick(t.night, t.evening),
    }
}

/// A length of time in its two largest units: 2 分 10 秒, 1 天 3 小时. Under a second counts as none.
pub fn length(locale: Locale, span: Duration) -> String {
    let t = TimeWords::of(locale);
    let seconds = span.as_secs().max(0);
    let units = [
        (seconds / DAY_SECS, t.days(seconds / DAY_SECS)),
        (seconds % DAY_SECS / HOUR_SECS, t.hours(seconds % DAY_SECS / HOUR_SECS)),
        (seconds % HOUR_SECS / 60, t.minutes(seconds % HOUR_SECS / 60)),
        (seconds % 60, t.seconds(seconds % 60)),
    ];
    let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let words: Vec<&str> = units
        .iter()
        .enumerate()
        .filter(|(index, (count, _))| *index == first || (*index == first.saturating_add(1) && *count > 0))
        .map(|(_, (_, word))| word.as_str())
        .collect();
    words.join(" ")
}

fn element(at: Timestamp, text: &str, moving: Option<&str>) -> Markup {
    let title = local(at).strftime("%Y-%m-%d %H:%M:%S UTC%:z").to_string();
    html! { time.num datetime=(at.to_rfc3339()) title=(title) data-rel=[moving] { (text) } }
}
