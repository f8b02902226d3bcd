//! The lists of the risk engine: who or what is denied, watched or let past, with a second person where it lets past.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{Duration, FieldError, Page, Permission, Timestamp};
use maud::{Markup, html};
use risk::list::{self, Entity, Entry, EntryId, EntryState, List, NewEntry};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, fold, next_href, reason_field};
use super::risk_parts::bar;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{RiskLists as Words, RiskWork};
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice, FieldWidth};
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, banner, card, empty, post_button, status, time};

const PATH: &str = "/console/risk/lists";
const NAV: ConsoleNav = ConsoleNav::RiskRules;
const LIST: &str = "console.risk.lists";
/// An entry with an end lasts so long at most.
const DAYS: std::ops::RangeInclusive<i64> = 1..=3650;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageRisk;
    Routes::new()
        .get(PATH, Permission::ReadRisk, page)
        .post(PATH, manage, add)
        .post("/console/risk/lists/{id}/approve", manage, approve)
        .post("/console/risk/lists/{id}/remove", manage, remove)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = list::list(&app.cx, &staff.actor, &request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let people = People::load(app, staff, items.iter().map(|entry| entry.made_by)).await?;
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let body = html! {
        @if wish.done.is_some() { (banner::banner(Kind::Ok, RiskWork::of(cx.locale).done, html! {})) }
        (bar(cx, PATH))
        (view(cx, &people, &items, &tried))
        (table::pager(cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        (card::card("add", t.add, None, html! {
            @if cx.may(Permission::ManageRisk) { (add_form(cx, &tried)) }
            @else { p.muted { (RiskWork::of(cx.locale).manage_needs) } }
        }))
    };
    Ok(frame.form_page(RiskWork::of(cx.locale).lists, NAV, &tried, body))
}

/// What an entry names stays sealed; the journal of its decisions and a reveal say more.
fn view(cx: &PageCx, people: &People, items: &[Entry], tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.empty, None);
    }
    let manages = cx.may(Permission::ManageRisk);
    let row = |entry: &Entry| {
        let kind = match entry.list {
            List::Sanctions | List::Deny => Kind::Bad,
            List::Watch => Kind::Warn,
            List::Allow => Kind::Ok,
        };
        let mut cells = vec![
            status::word(kind, entry.list.words(cx.locale)),
            html! { (entry.entity.words(cx.locale)) },
            html! { (entry.reason) },
            state(cx, entry.state),
            html! { (people.name(entry.made_by)) " · " (time::stamp(cx, entry.made_at)) },
            html! { @if let Some(at) = entry.expires_at { (time::stamp(cx, at)) } @else { (t.forever) } },
        ];
        if manages {
            cells.push(handle(cx, entry, tried));
        }
        Row::new(cells)
    };
    let mut columns = vec![
        Column::new(t.list),
        Column::new(t.kind),
        Column::new(t.reason),
        Column::new(t.state),
        Column::new(t.made_by),
        Column::new(t.until),
    ];
    if manages {
        columns.push(Column::new(t.handle));
    }
    frame::table(cx, RiskWork::of(cx.locale).lists, columns, items.iter().map(row).collect())
}

fn state(cx: &PageCx, state: EntryState) -> Markup {
    let t = Words::of(cx.locale);
    match state {
        EntryState::Proposed => status::tag(Kind::Warn, t.proposed),
        EntryState::Active => status::tag(Kind::Ok, t.active),
        EntryState::Removed => status::tag(Kind::Plain, t.removed),
    }
}

fn handle(cx: &PageCx, entry: &Entry, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let base = format!("{PATH}/{}", entry.id);
    // Each control on the page has a name of its own, so that what is wrong stands beside the right one.
    let field = format!("remove_{}", entry.id);
    let inside = html! { (reason_field(cx, tried, &field)) button.btn.sec.small { (t.btn_remove) } };
    let form = form::form(cx, &format!("form-{}", entry.id), &format!("{base}/remove"), None, inside);
    html! {
        @if entry.state == EntryState::Proposed {
            (post_button(cx, &format!("{base}/approve"), t.btn_approve, "sec small", &[]))
        }
        (fold(t.remove, tried, &field, form))
    }
}

fn add_form(cx: &PageCx, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let lists: Vec<Choice<'_>> =
        List::ALL.iter().map(|one| Choice::new(one.name(), one.words(cx.locale))).collect();
    let kinds: Vec<Choice<'_>> =
        Entity::ALL.iter().map(|one| Choice::new(one.name(), one.words(cx.locale))).collect();
    let inside = html! {
        p.muted.sm { (t.allow_hint) }
        (tried.field("list", t.list).select(cx, &lists))
        (tried.field("entity", t.kind).select(cx, &kinds))
        (tried.field("value", t.value).hint(t.value_hint).text(cx, 80))
        (tried.field("days", t.days).hint(t.days_hint).optional().width(FieldWidth::Short).code(cx, "[0-9]*", 4))
        (reason_field(cx, tried, "reason"))
        button.btn { (t.btn_add) }
    };
    form::form(cx, "add-form", PATH, None, inside)
}

/// The entry as typed; what cannot be read is told at its control.
fn read(form: &PostForm, now: Timestamp) -> Result<NewEntry, Refused> {
    let needed = |pointer: &str, zh: &str, en: &str| FieldError::new(pointer, "web.choice_needed", zh, en);
    let mut fields = Vec::new();
    let list = List::from_name(form.get("list"));
    if list.is_none() {
        fields.push(needed("/list", "选择名单", "Choose the list"));
    }
    let entity = Entity::from_name(form.get("entity"));
    if entity.is_none() {
        fields.push(needed("/entity", "选择类型", "Choose the kind"));
    }
    let expires_at = match (form.get("days").trim(), form.number("days")) {
        ("", _) => None,
        (_, Some(days)) if DAYS.contains(&days) => Some(now.plus(Duration::from_days(days))),
        _ => {
            let (zh, en) = ("填写 1 至 3650 天", "Enter 1 to 3650 days");
            fields.push(FieldError::new("/days", "web.days", zh, en));
            None
        }
    };
    match (list, entity) {
        (Some(list), Some(entity)) if fields.is_empty() => Ok(NewEntry {
            list,
            entity,
            value: form.get("value").trim().to_owned(),
            reason: form.get("reason").to_owned(),
            expires_at,
        }),
        _ => Err(EdgeError::Shape { fields }.into()),
    }
}

async fn add(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let result = match read(&form, app.cx.now()) {
        Ok(new) => list::add(&app.cx, &staff.actor, &new).await.map(drop).map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    after(&app, &staff, &form, result, "reason").await
}

async fn after(
    app: &App,
    staff: &Staff,
    form: &PostForm,
    result: Result<(), Refused>,
    focus: &str,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}?done=yes"));
    frame::answer(target, form, focus, async |tried| show(app, staff, &Wish::default(), tried).await).await
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: EntryId = frame::id(&id)?;
    let result = list::approve(&app.cx, &staff.actor, id).await.map_err(Refused::from);
    after(&app, &staff, &form, result, "reason").await
}

async fn remove(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let field = format!("remove_{id}");
    let id: EntryId = frame::id(&id)?;
    let result = list::remove(&app.cx, &staff.actor, id, form.get(&field)).await.map_err(Refused::from);
    after(&app, &staff, &form, result, &field).await
}

#[cfg(test)]
mod tests {
    use kernel::AccountId;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn entry(state: EntryState) -> Entry {
        Entry {
            id: EntryId(81),
            list: List::Allow,
            entity: Entity::Phone,
            value: 4711,
            reason: "known <partner>".to_owned(),
            state,
            made_by: AccountId(5),
            made_at: NOW,
            checked_by: None,
            expires_at: None,
        }
    }

    #[test]
    fn an_entry_that_lets_past_waits_for_a_second_person_and_shows_nothing_of_what_it_names() {
        each_language(|cx| {
            let page = view(cx, &People::default(), &[entry(EntryState::Proposed)], &Tried::default());
            let page = page.into_string();
            assert!(page.contains("/approve\"") && page.contains("known &lt;partner&gt;"), "{page}");
            assert!(!page.contains("4711"));
            let active = view(cx, &People::default(), &[entry(EntryState::Active)], &Tried::default());
            assert!(!active.into_string().contains("/approve\""));
            page
        });
    }

    #[test]
    fn without_the_permission_nothing_can_be_changed() {
        each_language(|cx| {
            let mut cx = cx.clone();
            cx.permissions = [Permission::ReadRisk].into_iter().collect();
            let page = view(&cx, &People::default(), &[entry(EntryState::Proposed)], &Tried::default());
            let page = page.into_string();
            assert!(!page.contains("<form"));
            page
        });
    }
}
