//! 我的工作: what waits, what is late, what is mine, today's numbers; each number leads to the list behind it (S7).

use axum::extract::State;
use fulfilment::fallout::FalloutItem;
use fulfilment::task::{Filter, QueueCount, Task};
use kernel::{Currency, Money, PageRequest, Permission, Timestamp};
use maud::{Markup, html};
use ordering::order::{OrderState, query};

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People};
use super::{tasks, words};
use crate::app::App;
use crate::edge::Refused;
use crate::i18n::{Desk, Work};
use crate::ui::console::ConsoleNav;
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{self, Kind, PageCx, card, empty, money, time};

/// Rows of each short list.
const FEW: u16 = 8;
/// Beijing is eight hours ahead, all year.
const BEIJING_SECS: i64 = 8 * 3600;
const DAY_SECS: i64 = 86_400;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/console", Permission::ReadOrders, page)
}

/// What the page shows.
#[derive(Debug, Default)]
struct Overview {
    /// Today's orders by state: how many, and their sum.
    today: Vec<(OrderState, i64, i64)>,
    open: i64,
    late: i64,
    stuck: Vec<FalloutItem>,
    stuck_count: i64,
    queues: Vec<QueueCount>,
    mine: Vec<Task>,
    urgent: Vec<Task>,
    dead: Option<i64>,
}

async fn page(State(app): State<App>, staff: Staff) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let overview = Box::pin(load(&app, &staff, &frame)).await?;
    let tasks = overview.mine.iter().chain(&overview.urgent);
    let ids = tasks.flat_map(|task| task.assignee.into_iter().chain([task.customer]));
    let people = People::load(&app, &staff, ids).await?;
    let t = Work::of(frame.cx.locale);
    Ok(frame.page(t.title, ConsoleNav::Work, html! {}, view(&frame, &overview, &people)))
}

async fn load(app: &App, staff: &Staff, frame: &Frame) -> Result<Overview, Refused> {
    let (cx, actor) = (&app.cx, &staff.actor);
    let few = PageRequest::new(None, FEW);
    let counts = fulfilment::level::counts(cx).await?;
    let mut overview = Overview {
        today: query::since(cx, actor, midnight(cx.now())).await?,
        open: query::open_by_state(cx, actor).await?.iter().map(|(_, count)| count).sum(),
        late: counts.late_orders,
        stuck_count: counts.fallout,
        ..Overview::default()
    };
    if frame.cx.may(Permission::WorkOrders) {
        overview.stuck = fulfilment::fallout::list(cx, &app.fulfilment, actor, &few).await?.items;
        overview.queues = fulfilment::task::queues(cx, actor).await?;
        overview.mine = fulfilment::task::list(cx, actor, &Filter::Mine, &few).await?.items;
        overview.urgent = fulfilment::task::list(cx, actor, &Filter::All, &few).await?.items;
    }
    if frame.cx.may(Permission::ReadHealth) {
        overview.dead = Some(durable::job_counts(cx).await.map_err(frame::db)?.dead);
    }
    Ok(overview)
}

/// When the day began in Beijing.
fn midnight(now: Timestamp) -> Timestamp {
    let local = now.as_secs().saturating_add(BEIJING_SECS);
    Timestamp::from_secs(local.saturating_sub(local.rem_euclid(DAY_SECS)).saturating_sub(BEIJING_SECS))
}

fn view(frame: &Frame, overview: &Overview, people: &People) -> Markup {
    let cx = &frame.cx;
    let t = Work::of(cx.locale);
    html! {
        (tiles(cx, overview))
        @if cx.may(Permission::WorkOrders) {
            (task_card(frame, people, "mine", (t.mine, t.mine_empty), "/console/tasks?view=mine", &overview.mine))
            (task_card(frame, people, "urgent", (t.urgent, t.urgent_empty), "/console/tasks", &overview.urgent))
            (card::card("stuck", t.stuck, Some(ui::link("/console/fallout", t.see_all)), stuck(cx, &overview.stuck)))
        }
        (card::card("today", t.today, Some(ui::link("/console/orders", t.see_all)), today(cx, &overview.today)))
    }
}

fn tiles(cx: &PageCx, overview: &Overview) -> Markup {
    let t = Work::of(cx.locale);
    let placed: i64 = overview.today.iter().map(|(_, count, _)| count).sum();
    let value: i64 = overview.today.iter().map(|(_, _, sum)| sum).sum();
    let warn = |count: i64, kind: Kind| (count > 0).then_some(kind);
    let sum = |of: fn(&QueueCount) -> i64| overview.queues.iter().map(of).sum::<i64>();
    let note = t.tasks_note(sum(|queue| queue.unclaimed), sum(|queue| queue.overdue));
    let tile = |label, value: String, note, href, kind| Stat { label, value, note, href: Some(href), kind };
    let mut stats = vec![
        tile(t.orders_today, placed.to_string(), t.since_midnight, "/console/orders", None),
        tile(t.turnover, Money::cny(value).to_string(), t.since_midnight, "/console/orders", None),
        tile(t.open_orders, overview.open.to_string(), t.open_orders_note, "/console/orders", None),
        tile(
            t.late_orders,
            overview.late.to_string(),
            t.late_note,
            "/console/late",
            warn(overview.late, Kind::Bad),
        ),
    ];
    if cx.may(Permission::WorkOrders) {
        let stuck = overview.stuck_count;
        stats.push(tile(
            t.fallout,
            stuck.to_string(),
            t.fallout_note,
            "/console/fallout",
            warn(stuck, Kind::Bad),
        ));
        let kind = warn(sum(|queue| queue.overdue), Kind::Warn);
        stats.push(tile(t.tasks, sum(|queue| queue.open).to_string(), &note, "/console/tasks", kind));
    }
    if let Some(dead) = overview.dead {
        stats.push(tile(
            t.dead_jobs,
            dead.to_string(),
            t.dead_note,
            "/console/health",
            warn(dead, Kind::Bad),
        ));
    }
    stat::tiles(&stats)
}

fn task_card(
    frame: &Frame,
    people: &People,
    id: &str,
    (title, none): (&str, &str),
    all: &str,
    list: &[Task],
) -> Markup {
    let body =
        if list.is_empty() { empty::empty(none, None) } else { tasks::rows(frame, people, title, list) };
    card::card(id, title, Some(ui::link(all, Work::of(frame.cx.locale).see_all)), body)
}

fn stuck(cx: &PageCx, items: &[FalloutItem]) -> Markup {
    let (t, d) = (Work::of(cx.locale), Desk::of(cx.locale));
    if items.is_empty() {
        return empty::empty(t.stuck_empty, None);
    }
    let row = |item: &FalloutItem| {
        let href = format!("/console/fallout/{}", item.flow.id);
        let cause = item.flow.cause.as_deref().unwrap_or_default();
        Row::new(vec![
            html! { a.num href=(href) { (item.order.number()) } },
            html! { (item.line.title.get(cx.locale)) },
            html! { (words::cause(cause, cx.locale)) },
            html! { @if let Some(at) = item.flow.fallout_at { (time::ago(cx, at)) } },
        ])
        .href(href)
    };
    let columns =
        vec![Column::new(d.order), Column::new(d.service), Column::new(d.reason), Column::new(d.at)];
    let rows = items.iter().map(row).collect();
    frame::table(cx, t.stuck, columns, rows)
}

fn today(cx: &PageCx, states: &[(OrderState, i64, i64)]) -> Markup {
    let (t, d) = (Work::of(cx.locale), Desk::of(cx.locale));
    if states.is_empty() {
        return empty::empty(t.today_empty, None);
    }
    let row = |(state, count, sum): &(OrderState, i64, i64)| {
        let href = format!("/console/orders?state={}", state.name());
        let cells = vec![
            html! { a href=(href) { (words::order_tag(*state, cx.locale)) } },
            html! { span.num { (count) } },
            money::plain(Money::new(*sum, Currency::CNY)),
        ];
        Row::new(cells).href(href)
    };
    let columns = vec![Column::new(d.state), Column::number(t.count), Column::number(t.sum)];
    let rows = states.iter().map(row).collect();
    frame::table(cx, t.today, columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{each_frame, task};

    #[test]
    fn the_day_begins_at_midnight_in_beijing() {
        // 2026-11-21 20:45:13 and 00:00:00 in Beijing.
        assert_eq!(midnight(Timestamp::from_secs(1_795_265_113)), Timestamp::from_secs(1_795_190_400));
    }

    #[test]
    fn every_number_of_the_overview_leads_to_its_list() {
        each_frame(|frame| {
            let overview = Overview {
                today: vec![(OrderState::Completed, 3, 15_000)],
                late: 2,
                mine: vec![task()],
                dead: Some(1),
                ..Overview::default()
            };
            let page = view(frame, &overview, &People::default()).into_string();
            for href in ["/console/late", "/console/fallout", "/console/tasks", "/console/health"] {
                assert!(page.contains(href), "{href}");
            }
            assert!(page.contains("¥150.00"));
            page
        });
    }
}
