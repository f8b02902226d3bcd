//! How payments go: today, seven days or thirty; what became of attempts by way to pay, and what waits for somebody now.

use axum::extract::{Query, State};
use kernel::{Duration, Permission};
use maud::{Markup, html};
use ordering::payment::figures::{self, Figures, Method, Outcomes, SAMPLE, Span};
use reconciliation::Day;
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame};
use super::payments::{NAV, PATH as LIST};
use super::words;
use crate::app::App;
use crate::edge::Refused;
use crate::i18n::PayFigures as Words;
use crate::ui::chart::{Chart, Mark, Series, Unit, chart};
use crate::ui::stat::{self, Stat};
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind, PageCx, card, empty, link, money, time};

const PATH: &str = "/console/payments/figures";

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadOrders, page)
}

/// What a dashboard counts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Today,
    Week,
    Month,
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Today, Self::Week, Self::Month];

    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.name() == name).unwrap_or(Self::Today)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Today => "1",
            Self::Week => "7",
            Self::Month => "30",
        }
    }

    /// Days here, today among them.
    pub const fn days(self) -> i64 {
        match self {
            Self::Today => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    pub fn words(self, cx: &PageCx) -> &'static str {
        let t = Words::of(cx.locale);
        match self {
            Self::Today => t.today,
            Self::Week => t.week,
            Self::Month => t.month,
        }
    }

    pub const fn first_day(self, cx: &PageCx) -> Day {
        Day(Day::of(cx.now).0.saturating_sub(self.days()).saturating_add(1))
    }

    /// Where each part begins, as a chart names it: hours of today, else days.
    pub fn labels(self, cx: &PageCx, parts: usize) -> Vec<String> {
        let first = self.first_day(cx);
        (0_i64..)
            .take(parts)
            .map(|part| match self {
                Self::Today => format!("{part}:00"),
                Self::Week | Self::Month => {
                    Day(first.0.saturating_add(part)).date().strftime("%m-%d").to_string()
                }
            })
            .collect()
    }

    /// The way from one period to another.
    pub fn views(self, cx: &PageCx, path: &str) -> Markup {
        let one = |period: Self| View {
            label: period.words(cx),
            href: frame::href(path, &[("days", period.name())]),
            count: None,
            current: period == self,
        };
        table::views(cx, &Self::ALL.map(one))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wish {
    days: Option<String>,
}

impl Wish {
    pub fn period(&self) -> Period {
        Period::from_name(self.days.as_deref().unwrap_or_default())
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let period = wish.period();
    let part = if period == Period::Today { Duration::from_hours(1) } else { Duration::from_days(1) };
    let span = Span { from: period.first_day(&frame.cx).begins_at(), part };
    let figures = figures::show(&app.cx, &staff.actor, span).await?;
    let title = Words::of(frame.cx.locale).title;
    Ok(frame.page(title, NAV, html! {}, view(&frame.cx, period, &figures)))
}

fn view(cx: &PageCx, period: Period, figures: &Figures) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        p { (link(LIST, t.list)) }
        (period.views(cx, PATH))
        (tiles(cx, period, figures))
        @if figures.methods.is_empty() { (empty::empty(t.none, None)) }
        @else {
            (card::plain(chart(cx, &over_time(cx, period, figures))))
            (card::card("ways", t.ways, None, html! {
                (ways(cx, &figures.methods))
                p.muted.sm { (t.share_note(SAMPLE)) }
            }))
        }
        (card::card("waiting", t.waiting, None, waiting(cx, figures)))
    }
}

fn tiles(cx: &PageCx, period: Period, figures: &Figures) -> Markup {
    let t = Words::of(cx.locale);
    let over = period.words(cx);
    let all = figures.parts.iter().fold(Outcomes::default(), |mut sum, part| {
        sum.merge(*part);
        sum
    });
    let mood = |count: i64| Some(if count == 0 { Kind::Ok } else { Kind::Warn });
    let tile = |label, value: String, note, kind, href| Stat { label, value, note, href, kind };
    let waiting = &figures.waiting;
    stat::tiles(&[
        tile(t.attempts, all.all().to_string(), over, None, None),
        tile(t.share, share(all), over, None, Some("#ways")),
        tile(t.median, length(cx, figures.median), over, None, Some("#ways")),
        tile(t.overpaid, figures.overpaid.to_string(), over, mood(figures.overpaid), None),
        tile(
            t.unclear,
            waiting.unclear.to_string(),
            t.unclear_note,
            mood(waiting.unclear),
            Some("/console/payments?unclear=1"),
        ),
        tile(t.refunds, waiting.refunds.to_string(), t.now, None, Some("#waiting")),
        tile(t.failed, figures.refunds_failed.to_string(), over, mood(figures.refunds_failed), None),
        tile(t.disputes, waiting.disputes.to_string(), t.now, mood(waiting.disputes), Some("#waiting")),
    ])
}

/// 87.5%
pub(super) fn percent(permille: i64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

fn share(outcomes: Outcomes) -> String {
    outcomes.paid_permille().map_or_else(|| "—".to_owned(), percent)
}

fn length(cx: &PageCx, span: Option<Duration>) -> String {
    span.map_or_else(|| "—".to_owned(), |span| time::length(cx.locale, span))
}

fn over_time(cx: &PageCx, period: Period, figures: &Figures) -> Chart<'static> {
    let t = Words::of(cx.locale);
    let series = |name, of: fn(&Outcomes) -> i64| Series {
        name,
        values: figures.parts.iter().map(of).collect(),
        mark: Mark::Bar,
    };
    Chart {
        id: "attempts",
        title: t.over_time,
        unit: Unit::Count,
        axis: if period == Period::Today { t.hour } else { t.day },
        labels: period.labels(cx, figures.parts.len()),
        series: vec![
            series(t.paid, |part| part.paid),
            series(t.refused, |part| part.refused),
            series(t.closed, |part| part.closed),
            series(t.open, |part| part.open.saturating_add(part.unclear)),
        ],
        stacked: true,
    }
}

fn ways(cx: &PageCx, methods: &[Method]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |method: &Method| {
        let of = method.attempts;
        let number = |count: i64| html! { span.num { (count) } };
        Row::new(vec![
            link(&frame::href(LIST, &[("way", &method.gateway)]), words::gateway(&method.gateway, cx.locale)),
            number(of.all()),
            number(of.paid),
            html! { span.num { (share(of)) } },
            number(of.refused),
            number(of.closed),
            number(of.unclear),
            html! { (length(cx, method.median)) },
            html! { @for sum in &method.captured { (money::money(*sum)) " " } },
        ])
    };
    let columns = vec![
        Column::new(t.way),
        Column::number(t.attempts),
        Column::number(t.paid),
        Column::number(t.share),
        Column::number(t.refused),
        Column::number(t.closed),
        Column::number(t.unclear),
        Column::new(t.median),
        Column::number(t.captured),
    ];
    frame::table(cx, t.ways, columns, methods.iter().map(row).collect())
}

fn waiting(cx: &PageCx, figures: &Figures) -> Markup {
    let t = Words::of(cx.locale);
    let waiting = &figures.waiting;
    html! {
        dl.sum {
            div { dt { (t.unclear) } dd { span.num { (waiting.unclear) } " · " (t.unclear_note) } }
            div { dt { (t.refunds) } dd {
                span.num { (waiting.refunds) }
                @for sum in &waiting.refund_sums { " · " (money::money(*sum)) }
                @if let Some(at) = waiting.oldest_refund { " · " (t.oldest) " " (time::ago(cx, at)) }
            } }
            div { dt { (t.disputes) } dd {
                span.num { (waiting.disputes) }
                @if let Some(at) = waiting.evidence_due { " · " (t.evidence) " " (time::countdown(cx, at)) }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Money;
    use ordering::payment::figures::Waiting;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn figures() -> Figures {
        let card = Outcomes { paid: 7, refused: 1, ..Outcomes::default() };
        Figures {
            methods: vec![Method {
                gateway: "card".to_owned(),
                attempts: card,
                captured: vec![Money::cny(70_000)],
                median: Some(Duration::from_secs(90)),
            }],
            parts: vec![card; 7],
            median: Some(Duration::from_secs(90)),
            overpaid: 2,
            refunds_failed: 0,
            waiting: Waiting {
                unclear: 3,
                refunds: 4,
                oldest_refund: Some(NOW.minus(Duration::from_hours(3))),
                refund_sums: vec![Money::cny(8_000)],
                disputes: 1,
                evidence_due: Some(NOW.plus(Duration::from_days(7))),
            },
        }
    }

    #[test]
    fn the_page_tells_shares_and_what_waits_and_draws_each_day() {
        each_language(|cx| {
            let page = view(cx, Period::Week, &figures()).into_string();
            for part in ["87.5%", "¥700.00", "¥80.00", "11-15", "11-21", "way=card", "unclear=1"] {
                assert!(page.contains(part), "{part} {page}");
            }
            page
        });
        each_language(|cx| {
            let page = view(cx, Period::Today, &Figures::default()).into_string();
            assert!(page.contains(Words::of(cx.locale).none) && page.contains('—'), "{page}");
            page
        });
    }

    #[test]
    fn a_period_ends_today_and_nonsense_is_today() {
        let cx = crate::console::tests::cx(kernel::Locale::Zh);
        for (name, days) in [("1", 0), ("7", 6), ("30", 29), ("365", 0), ("", 0)] {
            let first = Period::from_name(name).first_day(&cx);
            assert_eq!(Day::of(NOW).0 - first.0, days, "{name}");
        }
        assert_eq!(Period::Month.labels(&cx, 2), ["10-23", "10-24"]);
        assert_eq!(Period::Today.labels(&cx, 2), ["0:00", "1:00"]);
    }
}
