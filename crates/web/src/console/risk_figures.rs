//! How risk stands: what was decided where, whether people keep up with reviews, whether alarms were right, what was kept from being
//! stolen, what rules and the model do.

use axum::extract::{Query, State};
use kernel::{Duration, Permission};
use maud::{Markup, html};
use risk::figures::{self, Day, Figures, LiveModel, Load, RuleHits};
use risk::{Outcome, Point};

use super::access::{Routes, Staff};
use super::frame::{self, Frame};
use super::payment_figures::{Period, Wish, percent};
use super::risk_parts::{bar, row};
use crate::app::App;
use crate::edge::Refused;
use crate::i18n::RiskFigures as Words;
use crate::ui::chart::{Chart, Mark, Series, Unit, chart};
use crate::ui::console::ConsoleNav;
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, empty, link, summary, time};

const PATH: &str = "/console/risk/figures";
const NAV: ConsoleNav = ConsoleNav::Risk;

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadRisk, page)
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let period = wish.period();
    let part = if period == Period::Today { Duration::from_hours(1) } else { Duration::from_days(1) };
    let from = period.first_day(&frame.cx).begins_at();
    let figures = figures::show(&app.cx, &staff.actor, from, part).await?;
    Ok(frame.page(Words::of(frame.cx.locale).title, NAV, html! {}, view(&frame.cx, period, &figures)))
}

fn view(cx: &PageCx, period: Period, figures: &Figures) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        (bar(cx, PATH))
        (period.views(cx, PATH))
        (tiles(cx, period, figures))
        @if figures.decisions.is_empty() { (empty::empty(t.none, None)) }
        @else {
            (card::plain(chart(cx, &over_time(cx, period, &figures.days))))
            (card::card("decisions", t.decisions, None, decisions(cx, &figures.decisions)))
        }
        (card::card("load", t.load, None, load(cx, period, &figures.load)))
        (card::card("rules", t.rules, None, rules(cx, &figures.rules)))
        (card::card("model", t.model, None, model(cx, figures.model.as_ref())))
    }
}

fn tiles(cx: &PageCx, period: Period, figures: &Figures) -> Markup {
    let t = Words::of(cx.locale);
    let over = period.words(cx);
    let tile = |label, value: String, note, kind, href| Stat { label, value, note, href, kind };
    let (load, alarms) = (&figures.load, figures.alarms);
    let late = Some(if load.expired == 0 { Kind::Ok } else { Kind::Warn });
    let share = alarms.confirmed_permille().map_or_else(|| "—".to_owned(), percent);
    let known = t.of_known(alarms.confirmed.saturating_add(alarms.cleared), alarms.all);
    let sums = |of: fn(&figures::Held) -> kernel::Money| {
        let parts: Vec<String> = figures.held.iter().map(|held| of(held).to_string()).collect();
        if parts.is_empty() { "—".to_owned() } else { parts.join(" ") }
    };
    stat::tiles(&[
        tile(t.pending, load.pending.to_string(), t.now, None, Some("#load")),
        tile(
            t.oldest,
            load.oldest.map_or_else(|| "—".to_owned(), |at| time::length(cx.locale, cx.now.since(at))),
            t.now,
            None,
            Some("#load"),
        ),
        tile(t.expired, load.expired.to_string(), over, late, Some("#load")),
        tile(t.alarms, alarms.all.to_string(), over, None, Some("/console/risk")),
        tile(t.confirmed, share, &known, None, None),
        tile(t.stopped, sums(|held| held.stopped), over, None, None),
        tile(t.saved, sums(|held| held.saved), over, None, None),
    ])
}

fn over_time(cx: &PageCx, period: Period, days: &[Day]) -> Chart<'static> {
    let t = Words::of(cx.locale);
    let series =
        |name, of: fn(&Day) -> i64| Series { name, values: days.iter().map(of).collect(), mark: Mark::Bar };
    Chart {
        id: "stopped",
        title: t.over_time,
        unit: Unit::Count,
        axis: if period == Period::Today { t.hour } else { t.day },
        labels: period.labels(cx, days.len()),
        series: vec![
            series(Outcome::StepUp.words(cx.locale), |day| day.step_up),
            series(Outcome::Review.words(cx.locale), |day| day.reviewed),
            series(Outcome::Deny.words(cx.locale), |day| day.denied),
        ],
        stacked: true,
    }
}

fn decisions(cx: &PageCx, found: &[(Point, Outcome, i64)]) -> Markup {
    let t = Words::of(cx.locale);
    let count = |point, outcome| {
        found.iter().find(|(p, o, _)| (*p, *o) == (point, outcome)).map_or(0, |(_, _, count)| *count)
    };
    let row = |point: Point| {
        let counts = Outcome::ALL.iter().map(|outcome| count(point, *outcome));
        let all = counts.clone().fold(0_i64, i64::saturating_add);
        let mut cells = vec![html! { (point.words(cx.locale)) }];
        cells.extend(counts.map(|count| html! { span.num { (count) } }));
        cells.push(html! { b.num { (all) } });
        Row::new(cells)
    };
    let mut columns = vec![Column::new(t.point)];
    columns.extend(Outcome::ALL.iter().map(|outcome| Column::number(outcome.words(cx.locale))));
    columns.push(Column::number(t.sum));
    let seen = Point::ALL.iter().copied().filter(|point| found.iter().any(|(p, _, _)| p == point));
    frame::table(cx, t.decisions, columns, seen.map(row).collect())
}

fn load(cx: &PageCx, period: Period, load: &Load) -> Markup {
    let t = Words::of(cx.locale);
    let days = period.days();
    let a_day = |count: i64| {
        let tenths = count.saturating_mul(10).checked_div(days).unwrap_or(0);
        html! { span.num { (count) } " · " (t.a_day(&format!("{}.{}", tenths / 10, tenths % 10))) }
    };
    let rows = [
        row(t.pending, html! { span.num { (load.pending) } " · " (t.material(load.material)) }),
        row(t.oldest, html! { @match load.oldest { Some(at) => { (time::full(cx, at)) } None => { "—" } } }),
        row(t.opened, a_day(load.opened)),
        row(t.decided, a_day(load.decided)),
        row(t.expired, a_day(load.expired)),
    ];
    html! {
        (summary::summary_list(cx, &rows))
        @if load.opened > load.decided.saturating_add(load.pending) { p.muted.sm { (t.behind) } }
    }
}

fn rules(cx: &PageCx, rules: &[RuleHits]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |rule: &RuleHits| {
        let target = format!("/console/risk/rules/{}", rule.id);
        let number = |count: i64| html! { span.num { (count) } };
        let known = rule.fraud.saturating_add(rule.cleared);
        let share = rule.fraud.saturating_mul(1_000).checked_div(known);
        let name = format!("{} v{}", rule.name.get(cx.locale), rule.number);
        Row::new(vec![
            link(&target, &name),
            html! { (rule.state.words(cx.locale)) },
            number(rule.live),
            number(rule.shadow),
            number(rule.fraud),
            number(rule.cleared),
            html! { span.num { (share.map_or_else(|| "—".to_owned(), percent)) } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.rule),
        Column::new(t.state),
        Column::number(t.live),
        Column::number(t.shadow),
        Column::number(t.fraud),
        Column::number(t.cleared),
        Column::number(t.confirmed),
    ];
    frame::table(cx, t.rules, columns, rules.iter().map(row).collect())
}

/// Millionths as 0.923.
fn thousandths(ppm: u32) -> String {
    let rounded = ppm.saturating_add(500) / 1_000;
    format!("{}.{:03}", rounded / 1_000, rounded % 1_000)
}

fn model(cx: &PageCx, model: Option<&LiveModel>) -> Markup {
    let t = Words::of(cx.locale);
    let Some(model) = model else { return empty::empty(t.no_model, None) };
    let mut rows = vec![
        row(t.version, html! { a href="/console/risk/models" { code { (model.version) } } }),
        row(t.since, html! { @match model.since { Some(at) => { (time::full(cx, at)) } None => { "—" } } }),
    ];
    if let Some(figures) = model.figures {
        let number = |ppm| html! { span.num { (thousandths(ppm)) } };
        rows.push(row(t.auc, number(figures.auc_ppm)));
        rows.push(row(t.average_precision, number(figures.average_precision_ppm)));
        rows.push(row(t.card_precision, number(figures.card_precision_100_ppm)));
        rows.push(row(t.measured, html! { (t.measured_on(figures.weeks, figures.rows)) }));
    } else {
        rows.push(row(t.measured, html! { (t.not_measured) }));
    }
    summary::summary_list(cx, &rows)
}

#[cfg(test)]
mod tests {
    use kernel::{Money, Text};
    use risk::figures::{Alarms, Held};
    use risk::registry::ModelId;
    use risk::rule::{RuleId, RuleState};

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn figures() -> Figures {
        let measured = risk::model::Figures {
            auc_ppm: 923_400,
            average_precision_ppm: 700_000,
            card_precision_100_ppm: 310_000,
            weeks: 4,
            rows: 12_000,
        };
        Figures {
            decisions: vec![(Point::Payment, Outcome::Allow, 90), (Point::Payment, Outcome::Review, 10)],
            days: vec![Day { let_through: 90, step_up: 0, reviewed: 10, denied: 0 }; 7],
            load: Load {
                pending: 3,
                material: 1,
                oldest: Some(NOW.minus(Duration::from_hours(5))),
                opened: 14,
                decided: 7,
                expired: 4,
            },
            alarms: Alarms { all: 10, confirmed: 3, cleared: 1 },
            held: vec![Held { stopped: Money::cny(1_000_000), saved: Money::cny(300_000) }],
            rules: vec![RuleHits {
                id: RuleId(8),
                code: "large".to_owned(),
                number: 2,
                name: Text::new("大额支付", "Large payment"),
                state: RuleState::Live,
                live: 10,
                shadow: 0,
                fraud: 3,
                cleared: 1,
            }],
            model: Some(LiveModel {
                id: ModelId(9),
                version: "model-0123abcd".to_owned(),
                since: Some(NOW),
                figures: Some(measured),
            }),
        }
    }

    #[test]
    fn the_page_tells_load_shares_sums_rules_and_the_model() {
        each_language(|cx| {
            let page = view(cx, Period::Week, &figures()).into_string();
            let t = Words::of(cx.locale);
            for part in [
                "75.0%",
                "¥10,000.00",
                "¥3,000.00",
                "0.923",
                "model-0123abcd",
                "/console/risk/rules/",
                t.behind,
            ] {
                assert!(page.contains(part), "{part} {page}");
            }
            assert!(page.contains(&t.a_day("2.0")) && page.contains(&t.of_known(4, 10)), "{page}");
            page
        });
        each_language(|cx| {
            let page = view(cx, Period::Today, &Figures::default()).into_string();
            let t = Words::of(cx.locale);
            assert!(page.contains(t.none) && page.contains(t.no_model) && !page.contains(t.behind), "{page}");
            page
        });
    }

    #[test]
    fn millionths_are_rounded_to_three_places() {
        for (ppm, text) in
            [(0, "0.000"), (499, "0.000"), (500, "0.001"), (999_499, "0.999"), (1_000_000, "1.000")]
        {
            assert_eq!(thousandths(ppm), text);
        }
    }
}
