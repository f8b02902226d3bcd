//! The dial of 24 ticks: logo, progress of an order, service hours, empty drawing, busy sign (§3.1).
//!
//! The ticks are a table of points; the arc is a dash on a circle whose `pathLength` is the minutes of a day.

use maud::{Markup, PreEscaped, html};

/// Ticks of one dial, one an hour.
const HOURS: usize = 24;
/// Minutes of a day: the length of the inner arc.
const DAY: u32 = 1440;

/// The brand mark, 32 px: the dial at ten to ten in the evening, when other counters are closed.
pub fn mark() -> Markup {
    dial("mark", &Ticks::Lit(22), Some(DAY / 24 * 21 + 50))
}

/// The present hour: ticks already passed today are lit, the lamp stands at the time.
pub fn clock(hour: u32, minute: u32) -> Markup {
    let minute_of_day = hour.min(23).saturating_mul(60).saturating_add(minute.min(59));
    let lit = usize::try_from(hour.min(23)).unwrap_or(0).saturating_add(1);
    dial("ring", &Ticks::Lit(lit), Some(minute_of_day))
}

/// The present hour at `cx.now` in the display time zone.
pub fn now(cx: &super::PageCx) -> Markup {
    let (hour, minute) = super::time::hour_minute(cx.now);
    clock(hour, minute)
}

/// How much of the promised time has passed, in percent (over 100 shows full). `label` says it in words.
pub fn progress(percent: u32, label: &str) -> Markup {
    let percent = percent.min(100);
    let lit = usize::try_from(percent.saturating_mul(24).div_ceil(100)).unwrap_or(HOURS);
    html! {
        span.ringbox role="img" aria-label=(label) {
            (dial("ring", &Ticks::Lit(lit), Some(percent.saturating_mul(DAY) / 100)))
        }
    }
}

/// Service hours: hours with people are green and long, the others automatic and violet. `label` says it in words.
pub fn hours(from: u8, to: u8, label: &str) -> Markup {
    html! {
        span.ringbox role="img" aria-label=(label) { (dial("ring", &Ticks::Staffed(from.min(24), to.min(24)), None)) }
    }
}

/// The dial as a sign of work going on: ticks light up in turn; still under reduced motion.
pub fn busy(label: &str) -> Markup {
    html! { span.ringbox.busy role="img" aria-label=(label) { (dial("ring", &Ticks::Lit(3), None)) } }
}

/// The dial without a lamp, for empty lists.
pub fn quiet() -> Markup {
    dial("ring quiet", &Ticks::Lit(0), None)
}

enum Ticks {
    /// The first so many ticks are lit.
    Lit(usize),
    /// From hour to hour people are there.
    Staffed(u8, u8),
}

/// Ticks, and with `lamp` (minute of the day, 0..=1440) the inner arc and the amber lamp at its end.
fn dial(class: &str, ticks: &Ticks, lamp: Option<u32>) -> Markup {
    let mut out = format!(r#"<svg class="{class}" viewBox="0 0 48 48" aria-hidden="true">"#);
    match ticks {
        Ticks::Lit(count) => {
            let lit = (*count).min(HOURS);
            out.push_str(&tick_marks("t", 0, lit));
            out.push_str(&tick_marks("t off", lit, HOURS));
        }
        Ticks::Staffed(from, to) => {
            let (from, to) = (usize::from(*from), usize::from((*to).max(*from)));
            out.push_str(&tick_marks("t auto", 0, from));
            out.push_str(&tick_marks("t staff", from, to));
            out.push_str(&tick_marks("t auto", to, HOURS));
        }
    }
    if let Some(minute) = lamp {
        let degrees = minute.min(DAY) / 4;
        out.push_str(r#"<circle class="rail" cx="24" cy="24" r="12.5"/>"#);
        out.push_str(&format!(
            r#"<circle class="arc" cx="24" cy="24" r="12.5" pathLength="{DAY}" stroke-dasharray="{minute} {DAY}" transform="rotate(-90 24 24)"/>"#
        ));
        out.push_str(&format!(
            r#"<circle class="glow" cx="24" cy="11.5" r="6" transform="rotate({degrees} 24 24)"/><circle class="lamp" cx="24" cy="11.5" r="3.4" transform="rotate({degrees} 24 24)"/>"#
        ));
    }
    out.push_str("</svg>");
    PreEscaped(out)
}

/// The ticks of hours `from` to `to`, as one path.
fn tick_marks(class: &str, from: usize, to: usize) -> String {
    let path: String = TICKS.iter().take(to).skip(from).copied().collect();
    if path.is_empty() { path } else { format!(r#"<path class="{class}" d="{path}"/>"#) }
}

/// One mark an hour from midnight on top, clockwise; those of 0, 6, 12 and 18 reach further in.
const TICKS: [&str; 24] = [
    "M24 6.8L24 1.2",
    "M28.81 6.03L29.9 1.98",
    "M33.3 7.89L35.4 4.25",
    "M37.15 10.85L40.12 7.88",
    "M40.11 14.7L43.75 12.6",
    "M41.97 19.19L46.02 18.1",
    "M41.2 24L46.8 24",
    "M41.97 28.81L46.02 29.9",
    "M40.11 33.3L43.75 35.4",
    "M37.15 37.15L40.12 40.12",
    "M33.3 40.11L35.4 43.75",
    "M28.81 41.97L29.9 46.02",
    "M24 41.2L24 46.8",
    "M19.19 41.97L18.1 46.02",
    "M14.7 40.11L12.6 43.75",
    "M10.85 37.15L7.88 40.12",
    "M7.89 33.3L4.25 35.4",
    "M6.03 28.81L1.98 29.9",
    "M6.8 24L1.2 24",
    "M6.03 19.19L1.98 18.1",
    "M7.89 14.7L4.25 12.6",
    "M10.85 10.85L7.88 7.88",
    "M14.7 7.89L12.6 4.25",
    "M19.19 6.03L18.1 1.98",
];
