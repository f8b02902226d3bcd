//! Charts as SVG from the server (D5): bars, stacked bars, lines, areas, sparklines, rings. Geometry in whole numbers; colours
//! and type by class, so they follow light, dark and print.
//!
//! Every chart has a title, a description with its extremes, and its numbers as a table under 查看数据. With script the arrow
//! keys walk along the columns and a small box names the values; without, the browser's own tooltip does.

mod scale;

use maud::{Markup, html};

pub use scale::Unit;
use scale::{Scale, int};

use super::PageCx;
use crate::i18n::Data;

/// The drawing, in half pixels of its usual size. Type is counter-scaled by container queries.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 340;
const LEFT: i64 = 84;
const RIGHT: i64 = 8;
const TOP: i64 = 20;
const BOTTOM: i64 = 44;
const PLOT_W: i64 = WIDTH - LEFT - RIGHT;
const PLOT_H: i64 = HEIGHT - TOP - BOTTOM;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Bars side by side, or on top of each other with [`Chart::stacked`].
    Bar,
    Line,
    /// A line with the area below it.
    Area,
}

/// One row of numbers.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    pub name: &'a str,
    /// As many as there are labels; in the chart's unit.
    pub values: Vec<i64>,
    pub mark: Mark,
}

/// A chart over categories: months, days, hours.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    /// Unique on the page.
    pub id: &'a str,
    pub title: &'a str,
    pub unit: Unit,
    /// What the labels are: 月份. Heads the first column of the table.
    pub axis: &'a str,
    pub labels: Vec<String>,
    pub series: Vec<Series<'a>>,
    pub stacked: bool,
}

impl<'a> Chart<'a> {
    /// One series of bars.
    pub fn bars(
        id: &'a str,
        title: &'a str,
        unit: Unit,
        labels: Vec<String>,
        name: &'a str,
        values: Vec<i64>,
    ) -> Self {
        let series = vec![Series { name, values, mark: Mark::Bar }];
        Self { id, title, unit, axis: "", labels, series, stacked: false }
    }

    /// One line with its area.
    pub fn area(
        id: &'a str,
        title: &'a str,
        unit: Unit,
        labels: Vec<String>,
        name: &'a str,
        values: Vec<i64>,
    ) -> Self {
        let series = vec![Series { name, values, mark: Mark::Area }];
        Self { id, title, unit, axis: "", labels, series, stacked: false }
    }

    fn value(&self, series: usize, column: usize) -> i64 {
        self.series.get(series).and_then(|s| s.values.get(column)).copied().unwrap_or(0)
    }

    /// The bottom of each stacked bar: what lies below it in its column.
    fn below(&self, series: usize, column: usize) -> i64 {
        if !self.stacked {
            return 0;
        }
        (0..series).filter(|&s| self.is_bar(s)).map(|s| self.value(s, column).max(0)).sum()
    }

    fn is_bar(&self, series: usize) -> bool {
        self.series.get(series).is_some_and(|s| s.mark == Mark::Bar)
    }

    fn scale(&self) -> Scale {
        let tops = (0..self.labels.len()).flat_map(|column| {
            (0..self.series.len()).map(move |s| {
                let below = if self.is_bar(s) { self.below(s, column) } else { 0 };
                below.saturating_add(self.value(s, column))
            })
        });
        Scale::over(tops)
    }

    /// "11月：支出 ¥1,604.00，收入 ¥1,800.00".
    fn tip(&self, cx: &PageCx, column: usize) -> String {
        let (colon, comma) = cx.locale.pick(("：", "，"), (": ", ", "));
        let parts: Vec<String> = self
            .series
            .iter()
            .enumerate()
            .map(|(s, series)| format!("{} {}", series.name, self.unit.exact(self.value(s, column))))
            .collect();
        let label = self.labels.get(column).map_or("", String::as_str);
        format!("{label}{colon}{}", parts.join(comma))
    }

    /// The extremes of the first series, in words.
    fn describe(&self, cx: &PageCx) -> String {
        let Some(first) = self.series.first() else { return String::new() };
        let numbered = || first.values.iter().copied().enumerate();
        let (Some(low), Some(high)) = (numbered().min_by_key(|p| p.1), numbered().max_by_key(|p| p.1)) else {
            return String::new();
        };
        let label = |column: usize| self.labels.get(column).map_or("", String::as_str);
        Data::of(cx.locale).chart_range(
            &self.unit.exact(low.1),
            label(low.0),
            &self.unit.exact(high.1),
            label(high.0),
        )
    }
}

/// The chart with legend, drawing and data table.
pub fn chart(cx: &PageCx, chart: &Chart<'_>) -> Markup {
    let scale = chart.scale();
    let (title_id, desc_id) = (format!("{}-t", chart.id), format!("{}-d", chart.id));
    html! {
        figure.chart #(chart.id) data-chart {
            figcaption {
                b { (chart.title) } " " span.muted.sm { (chart.unit.word(cx)) }
                @if chart.series.len() > 1 { (legend(cx, chart)) }
            }
            div.plot {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (title_id) " " (desc_id) } {
                    title id=(title_id) { (chart.title) }
                    desc id=(desc_id) { (chart.describe(cx)) }
                    (grid(cx, chart, scale))
                    (columns(cx, chart, scale))
                    @for (index, series) in chart.series.iter().enumerate() {
                        @if series.mark != Mark::Bar { (line(chart, index, scale)) }
                    }
                }
            }
            (data_table(cx, chart))
        }
    }
}

fn legend(cx: &PageCx, chart: &Chart<'_>) -> Markup {
    html! {
        ul.legend aria-label=(Data::of(cx.locale).legend) {
            @for (index, series) in chart.series.iter().enumerate() {
                li { (swatch(index, series.mark != Mark::Bar)) (series.name) }
            }
        }
    }
}

/// A small sample of a series' colour and form.
fn swatch(index: usize, is_line: bool) -> Markup {
    html! {
        svg.swatch viewBox="0 0 16 12" width="16" height="12" aria-hidden="true" {
            @if is_line { path class={ "ln " (colour(index)) } d="M1 6h14" {} }
            @else { rect class=(colour(index)) x="2" y="0" width="12" height="12" rx="3" {} }
        }
    }
}

/// Six colours, then from the start.
fn colour(index: usize) -> String {
    format!("c{}", index % 6 + 1)
}

fn grid(cx: &PageCx, chart: &Chart<'_>, scale: Scale) -> Markup {
    html! {
        @for tick in scale.ticks() {
            @let y = scale.y(tick, TOP, PLOT_H);
            line.base[tick == 0] .grid[tick != 0] x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
            text.ax x=(LEFT - 12) y=(y) dy=".34em" text-anchor="end" { (chart.unit.short(cx, tick)) }
        }
    }
}

/// Left edge of a column and its width.
fn column_at(count: usize, column: usize) -> (i64, i64) {
    let count = int(count).max(1);
    let from = LEFT + PLOT_W * int(column) / count;
    let to = LEFT + PLOT_W * (int(column) + 1) / count;
    (from, to - from)
}

fn columns(cx: &PageCx, chart: &Chart<'_>, scale: Scale) -> Markup {
    let count = chart.labels.len();
    html! {
        @for (column, label) in chart.labels.iter().enumerate() {
            @let (x, width) = column_at(count, column);
            g.col {
                title { (chart.tip(cx, column)) }
                rect.hit x=(x) y="0" width=(width) height=(HEIGHT) {}
                (bars(chart, column, (x, width), scale))
                text class={ "ax" @if skips(count, column) { " thin" } @if skips_wide(count, column) { " never" } }
                    x=(x + width / 2) y=(HEIGHT - 12) text-anchor="middle" { (label) }
            }
        }
    }
}

/// On a narrow screen every second label of many is left out, counted from the last, which stays.
fn skips(count: usize, column: usize) -> bool {
    (8..=14).contains(&count) && (count.saturating_sub(column)).is_multiple_of(2)
}

/// With more than 14 columns only about seven labels are drawn at all.
fn skips_wide(count: usize, column: usize) -> bool {
    count > 14 && !(count.saturating_sub(column).saturating_sub(1)).is_multiple_of(count.div_ceil(7))
}

fn bars(chart: &Chart<'_>, column: usize, (x, width): (i64, i64), scale: Scale) -> Markup {
    let drawn: Vec<usize> = (0..chart.series.len()).filter(|&s| chart.is_bar(s)).collect();
    let lanes = if chart.stacked { 1 } else { int(drawn.len()).max(1) };
    let bar = (width * 62 / 100 / lanes).clamp(2, 64);
    let start = x + (width - bar * lanes) / 2;
    let last = column.saturating_add(1) == chart.labels.len();
    html! {
        @for (lane, series) in drawn.iter().copied().enumerate() {
            @let below = chart.below(series, column);
            @let value = chart.value(series, column);
            @let (a, b) = (scale.y(below + value, TOP, PLOT_H), scale.y(below, TOP, PLOT_H));
            @let past = if drawn.len() == 1 && !last { " past" } else { "" };
            rect class={ (colour(series)) (past) }
                x=(if chart.stacked { start } else { start + bar * int(lane) + i64::from(lane > 0) })
                y=(a.min(b)) width=(bar - i64::from(lanes > 1)) height=((a - b).abs()) rx=(if chart.stacked { 1 } else { 5 }) {}
        }
    }
}

fn line(chart: &Chart<'_>, index: usize, scale: Scale) -> Markup {
    let count = chart.labels.len();
    let points: Vec<(i64, i64)> = (0..count)
        .map(|column| {
            let (x, width) = column_at(count, column);
            (x + width / 2, scale.y(chart.value(index, column), TOP, PLOT_H))
        })
        .collect();
    let path = path_of(&points);
    let is_area = chart.series.get(index).is_some_and(|s| s.mark == Mark::Area);
    let base = scale.y(0, TOP, PLOT_H);
    html! {
        @if let (true, Some(first), Some(end)) = (is_area, points.first(), points.last()) {
            path class={ "ar " (colour(index)) } d={ (path) "V" (base) "H" (first.0) "z" } {}
            circle class={ "pt " (colour(index)) } cx=(end.0) cy=(end.1) r="6" {}
        }
        path class={ "ln " (colour(index)) } d=(path) {}
        @if !is_area && count <= 31 {
            @for (x, y) in &points { circle class={ "pt " (colour(index)) } cx=(x) cy=(y) r="5" {} }
        }
    }
}

fn path_of(points: &[(i64, i64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{x} {y}"));
    }
    path
}

fn data_table(cx: &PageCx, chart: &Chart<'_>) -> Markup {
    let t = Data::of(cx.locale);
    let axis = if chart.axis.is_empty() { t.period } else { chart.axis };
    html! {
        details.more.data {
            summary { (t.show_data) }
            div.tw tabindex="0" role="region" aria-label=(chart.title) {
                table {
                    caption.vh { (chart.title) }
                    thead {
                        tr { th scope="col" { (axis) } @for series in &chart.series { th.r scope="col" { (series.name) } } }
                    }
                    tbody {
                        @for (column, label) in chart.labels.iter().enumerate() {
                            tr {
                                th scope="row" { (label) }
                                @for s in 0..chart.series.len() { td.r.num { (chart.unit.exact(chart.value(s, column))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A line the size of a word, beside a number that says the same: hidden from screen readers.
pub fn spark(values: &[i64]) -> Markup {
    let scale = Scale::over(values.iter().copied());
    let steps = int(values.len().saturating_sub(1)).max(1);
    let points: Vec<(i64, i64)> =
        values.iter().enumerate().map(|(i, &v)| (2 + 116 * int(i) / steps, scale.y(v, 3, 26))).collect();
    html! {
        svg.spark viewBox="0 0 120 32" width="120" height="32" aria-hidden="true" {
            path.ln.c1 d=(path_of(&points)) {}
            @if let Some((x, y)) = points.last() { circle.pt.c1 cx=(x) cy=(y) r="3" {} }
        }
    }
}

/// Parts of a whole as a ring with the total in its middle; the legend is the data table. At most six parts read well.
pub fn donut(cx: &PageCx, id: &str, title: &str, unit: Unit, parts: &[(&str, i64)]) -> Markup {
    let total: i64 = parts.iter().map(|(_, value)| (*value).max(0)).sum();
    let mut from = 0_i64;
    let arcs: Vec<(i64, i64)> = parts
        .iter()
        .map(|(_, value)| {
            let before = from;
            from = from.saturating_add((*value).max(0));
            (scale::share(before, total, 1000), scale::share(from, total, 1000))
        })
        .collect();
    html! {
        figure.chart.donut #(id) {
            figcaption { b { (title) } " " span.muted.sm { (unit.word(cx)) } }
            div.ringdata {
                svg viewBox="0 0 120 120" aria-hidden="true" {
                    circle.rail cx="60" cy="60" r="48" {}
                    @for (index, (start, end)) in arcs.iter().enumerate() {
                        @let length = (end - start - 6).max(0);
                        @if length > 0 {
                            circle class={ "seg " (colour(index)) } cx="60" cy="60" r="48" pathLength="1000"
                                stroke-dasharray={ (length) " 1000" } stroke-dashoffset=(-start) transform="rotate(-90 60 60)" {}
                        }
                    }
                    text.mid x="60" y="60" dy=".35em" text-anchor="middle" { (unit.short(cx, total)) }
                }
                table {
                    caption.vh { (title) }
                    tbody {
                        @for (index, (name, value)) in parts.iter().enumerate() {
                            tr {
                                th scope="row" { (swatch(index, false)) (name) }
                                td.r.num { (unit.exact(*value)) }
                                td.r.num.muted { (percent(*value, total)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn percent(value: i64, total: i64) -> String {
    let permille = scale::share(value, total, 2000).saturating_add(1) / 2;
    format!("{}.{}%", permille / 10, permille % 10)
}
