//! Incidents: what somebody tried, what was done about it, and what people decide. The lists stand in [`super::shield_lists`].

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Locale, Page, Permission};
use maud::{Markup, html};
use serde::Deserialize;
use shield::incident::{self, Block, Detail, Incident, IncidentId, Kind, State as Stage};

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, fold, next_href, reason_field};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::Incidents as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::summary::{self, Answer};
use crate::ui::table::{self, Column, Row, View};
use crate::ui::{Kind as Tone, PageCx, banner, card, empty, form, status, time};

const PATH: &str = "/console/incidents";
const NAV: ConsoleNav = ConsoleNav::Incidents;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageShield;
    Routes::new()
        .get(PATH, Permission::ReadIncidents, page)
        .get("/console/incidents/{id}", Permission::ReadIncidents, one)
        .post("/console/incidents/{id}/acknowledge", manage, acknowledge)
        .post("/console/incidents/{id}/close", manage, close)
        .post("/console/incidents/{id}/lift", manage, lift)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    state: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let stage = wish.state.as_deref().and_then(Stage::from_name).unwrap_or(Stage::Open);
    let list = format!("console.incidents.{}", stage.name());
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = incident::list(&app.cx, &staff.actor, stage, request).await?;
    let kept = [("state", stage.name())];
    let next = next_href(&app, &list, PATH, &kept, next);
    let first = wish.after.as_deref().map(|_| frame::href(PATH, &kept));
    let body = html! {
        (view(&frame.cx, stage, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    let t = Words::of(frame.cx.locale);
    let tools = html! { a.btn.sec.small href=(super::shield_lists::PATH) { (t.lists) } };
    Ok(frame.page(t.title, NAV, tools, body))
}

fn view(cx: &PageCx, stage: Stage, items: &[Incident]) -> Markup {
    let t = Words::of(cx.locale);
    let views = Stage::ALL.map(|one| View {
        label: named_stage(t, one),
        href: frame::href(PATH, &[("state", one.name())]),
        count: None,
        current: one == stage,
    });
    let row = |incident: &Incident| {
        let target = format!("{PATH}/{}", incident.id);
        Row::new(vec![
            html! { a href=(target) { (named(cx.locale, incident.kind)) } },
            html! { code { (incident.network) } },
            html! { span.num { (incident.hits) } },
            html! { span.num { (incident.subjects) } },
            time::stamp(cx, incident.first_seen_at),
            time::stamp(cx, incident.last_seen_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.kind),
        Column::new(t.network),
        Column::number(t.hits),
        Column::number(t.subjects),
        Column::new(t.first_seen),
        Column::new(t.last_seen),
    ];
    html! {
        (table::views(cx, &views))
        @if items.is_empty() { (empty::empty(t.empty, None)) }
        @else { (frame::table(cx, t.title, columns, items.iter().map(row).collect())) }
    }
}

const fn named_stage(t: &'static Words, stage: Stage) -> &'static str {
    match stage {
        Stage::Open => t.open,
        Stage::Acknowledged => t.acknowledged,
        Stage::Closed => t.closed,
    }
}

fn named(locale: Locale, kind: Kind) -> &'static str {
    let t = Words::of(locale);
    match kind {
        Kind::PathScan => t.path_scan,
        Kind::Stuffing => t.stuffing,
        Kind::Injection => t.injection,
        Kind::Malformed => t.malformed,
        Kind::ForgedCallback => t.forged_callback,
        Kind::Forgery => t.forgery,
        Kind::ForeignIds => t.foreign_ids,
    }
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show(&app, &staff, &id, Tried::default(), wish.done.as_deref()).await
}

async fn show(
    app: &App,
    staff: &Staff,
    id: &str,
    tried: Tried,
    done: Option<&str>,
) -> Result<Markup, Refused> {
    let id: IncidentId = frame::id(id)?;
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let detail = incident::get(&app.cx, &staff.actor, id).await?;
    let labels = detail
        .incident
        .handled_by
        .iter()
        .chain(detail.blocks.iter().filter_map(|block| block.lifted_by.as_ref()));
    let people = People::load(app, staff, frame::accounts(labels.map(String::as_str)).into_iter()).await?;
    let body = html! {
        (said(&frame.cx, done))
        (view_one(&frame.cx, &detail, &people, &tried))
    };
    Ok(frame.form_page(named(frame.cx.locale, detail.incident.kind), NAV, &tried, body))
}

fn said(cx: &PageCx, done: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let text = match done.unwrap_or_default() {
        "acknowledged" => t.ok_acknowledged,
        "closed" => t.ok_closed,
        "lifted" => t.ok_lifted,
        _ => return html! {},
    };
    banner::banner(Tone::Ok, text, html! {})
}

fn view_one(cx: &PageCx, detail: &Detail, people: &People, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        div.two {
            (card::card("facts", t.facts, None, facts(cx, &detail.incident, people)))
            (card::card("handle", t.handle, None, handle(cx, detail, tried)))
        }
        (card::card("evidence", t.evidence, None, html! {
            @if detail.incident.evidence.is_empty() { p.muted { (t.evidence_none) } }
            @else { ul.plain { @for sample in &detail.incident.evidence { li { code { (sample) } } } } }
        }))
        @if !detail.blocks.is_empty() { (card::card("blocks", t.blocks, None, blocks(cx, &detail.blocks, people))) }
    }
}

fn facts(cx: &PageCx, incident: &Incident, people: &People) -> Markup {
    let t = Words::of(cx.locale);
    let row = |label, value| Answer { label, value, change: None };
    let mut rows = vec![
        row(t.state, stage(cx, incident.state)),
        row(t.network, html! { code { (incident.network) } }),
        row(t.hits, html! { span.num { (incident.hits) } }),
        row(t.subjects, html! { span.num { (incident.subjects) } }),
        row(t.first_seen, time::full(cx, incident.first_seen_at)),
        row(t.last_seen, time::full(cx, incident.last_seen_at)),
    ];
    if let Some(note) = &incident.note {
        rows.push(row(t.note, html! { (note) }));
    }
    if let Some(by) = &incident.handled_by {
        rows.push(row(t.handled_by, people.actor(by, cx.locale)));
    }
    if let Some(at) = incident.handled_at {
        rows.push(row(t.handled_at, time::full(cx, at)));
    }
    summary::summary_list(cx, &rows)
}

fn stage(cx: &PageCx, stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Open => Tone::Bad,
        Stage::Acknowledged => Tone::Warn,
        Stage::Closed => Tone::Plain,
    };
    status::word(tone, named_stage(Words::of(cx.locale), stage))
}

fn handle(cx: &PageCx, detail: &Detail, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let incident = &detail.incident;
    let act = |name: &str, title: &str, button: &str| {
        let field = format!("{name}_reason");
        let path = format!("{PATH}/{}/{name}", incident.id);
        let inside = html! { (reason_field(cx, tried, &field)) button.btn { (button) } };
        fold(title, tried, &field, form::form(cx, &format!("{name}-form"), &path, None, inside))
    };
    html! {
        @if !cx.may(Permission::ManageShield) { p.muted { (t.needs) } }
        @else {
            @if detail.blocks.iter().any(|block| block.holds(cx.now)) {
                p.muted { (t.lift_hint) }
                (act("lift", t.lift, t.btn_lift))
            }
            @if incident.state == Stage::Open { (act("acknowledge", t.acknowledge, t.btn_acknowledge)) }
            @if incident.state != Stage::Closed { (act("close", t.close, t.btn_close)) }
            @else { p.muted { (t.closed) } }
        }
    }
}

fn blocks(cx: &PageCx, blocks: &[Block], people: &People) -> Markup {
    let t = Words::of(cx.locale);
    let row = |block: &Block| {
        let state = match (block.holds(cx.now), block.lifted_at.is_some()) {
            (true, _) => status::word(Tone::Bad, t.holds),
            (false, true) => status::word(Tone::Plain, t.lifted),
            (false, false) => status::word(Tone::Plain, t.ended),
        };
        Row::new(vec![
            time::stamp(cx, block.blocked_at),
            time::stamp(cx, block.until_at),
            state,
            html! { @if let Some(by) = &block.lifted_by { (people.actor(by, cx.locale)) } @else { "—" } },
            html! { (block.lift_reason.as_deref().unwrap_or("—")) },
        ])
    };
    let columns = vec![
        Column::new(t.blocked_at),
        Column::new(t.until),
        Column::new(t.state),
        Column::new(t.handled_by),
        Column::new(t.reason),
    ];
    frame::table(cx, t.blocks, columns, blocks.iter().map(row).collect())
}

async fn acknowledge(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let incident = frame::id(&id)?;
    let result = incident::acknowledge(&app.cx, &staff.actor, incident, form.get("acknowledge_reason")).await;
    answer(&app, &staff, &id, &form, result, "acknowledge_reason", "acknowledged").await
}

async fn close(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let incident = frame::id(&id)?;
    let result = incident::close(&app.cx, &staff.actor, incident, form.get("close_reason")).await;
    answer(&app, &staff, &id, &form, result, "close_reason", "closed").await
}

async fn lift(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let incident = frame::id(&id)?;
    let result = incident::lift(&app.cx, &staff.actor, incident, form.get("lift_reason")).await;
    answer(&app, &staff, &id, &form, result, "lift_reason", "lifted").await
}

async fn answer(
    app: &App,
    staff: &Staff,
    id: &str,
    form: &PostForm,
    result: Result<(), shield::Error>,
    focus: &str,
    done: &str,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done={done}")).map_err(Refused::from);
    frame::answer(target, form, focus, |tried| show(app, staff, id, tried, None)).await
}

#[cfg(test)]
mod tests {
    use kernel::Duration;
    use shield::incident::BlockId;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn detail(state: Stage) -> Detail {
        let incident = Incident {
            id: IncidentId(42),
            kind: Kind::PathScan,
            state,
            network: "192.0.2.7".parse().unwrap(),
            hits: 54,
            subjects: 5,
            evidence: vec!["/<b>.env".to_owned()],
            first_seen_at: NOW.minus(Duration::from_mins(2)),
            last_seen_at: NOW,
            note: None,
            handled_by: None,
            handled_at: None,
        };
        let block = Block {
            id: BlockId(43),
            incident: incident.id,
            network: incident.network,
            level: 0,
            blocked_at: NOW,
            until_at: NOW.plus(Duration::from_mins(10)),
            lifted_at: None,
            lifted_by: None,
            lift_reason: None,
        };
        Detail { incident, blocks: vec![block] }
    }

    #[test]
    fn what_attackers_wrote_is_shown_as_text() {
        each_language(|cx| {
            let page =
                view_one(cx, &detail(Stage::Open), &People::default(), &Tried::default()).into_string();
            assert!(page.contains("/&lt;b&gt;.env") && !page.contains("<b>"));
            assert!(page.contains("/lift") && page.contains("/acknowledge") && page.contains("/close"));
            page
        });
    }

    #[test]
    fn a_closed_incident_offers_only_the_lifting_of_its_block() {
        each_language(|cx| {
            let page =
                view_one(cx, &detail(Stage::Closed), &People::default(), &Tried::default()).into_string();
            assert!(page.contains("/lift") && !page.contains("/acknowledge") && !page.contains("/42/close"));
            page
        });
    }

    #[test]
    fn the_list_has_a_view_for_each_state() {
        each_language(|cx| {
            let page = view(cx, Stage::Open, &[detail(Stage::Open).incident]).into_string();
            assert!(page.contains("state=closed") && page.contains("192.0.2.7"));
            page
        });
    }
}
