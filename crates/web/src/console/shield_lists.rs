//! The lists kept by hand, and who is blocked now.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::Permission;
use maud::{Markup, html};
use serde::Deserialize;
use shield::incident::{self, Block};
use shield::list::{self, Entry, EntryKind, Lifetime, NewEntry};

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, Tried, fold, reason_field};
use crate::app::App;
use crate::edge::{PostForm, Refused};
use crate::i18n::Incidents as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind as Tone, PageCx, banner, card, empty, status, time};

pub(crate) const PATH: &str = "/console/shield";
const NAV: ConsoleNav = ConsoleNav::Incidents;

pub(crate) fn routes() -> Routes {
    let manage = Permission::ManageShield;
    Routes::new()
        .get(PATH, Permission::ReadIncidents, page)
        .post("/console/shield/entries", manage, add)
        .post("/console/shield/entries/{id}/remove", manage, remove)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    done: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, Tried::default(), wish.done.as_deref()).await
}

async fn show(app: &App, staff: &Staff, tried: Tried, done: Option<&str>) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let entries = list::entries(&app.cx, &staff.actor).await?;
    let blocks = incident::blocks(&app.cx, &staff.actor).await?;
    let authors = frame::accounts(entries.iter().map(|entry| entry.author.as_str()));
    let people = People::load(app, staff, authors.into_iter()).await?;
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let body = html! {
        (said(cx, done))
        (view(cx, &entries, &blocks, &people, &tried))
    };
    Ok(frame.form_page(t.lists, NAV, &tried, body))
}

fn said(cx: &PageCx, done: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let text = match done.unwrap_or_default() {
        "added" => t.ok_added,
        "removed" => t.ok_removed,
        _ => return html! {},
    };
    banner::banner(Tone::Ok, text, html! {})
}

fn view(cx: &PageCx, entries: &[Entry], blocks: &[Block], people: &People, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        p { a href="/console/incidents" { (t.title) } }
        (card::card("entries", t.entries, None, html! {
            @if entries.is_empty() { (empty::empty(t.entries_empty, None)) }
            @else { (entry_table(cx, entries, people, tried)) }
        }))
        div.two {
            (card::card("add", t.add, None, html! {
                @if cx.may(Permission::ManageShield) { (add_form(cx, tried)) } @else { p.muted { (t.needs) } }
            }))
            (card::card("blocks", t.blocks_now, None, html! {
                @if blocks.is_empty() { (empty::empty(t.blocks_empty, None)) } @else { (block_table(cx, blocks)) }
            }))
        }
    }
}

fn entry_table(cx: &PageCx, entries: &[Entry], people: &People, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let row = |entry: &Entry| {
        let kind = match entry.kind {
            EntryKind::Deny => status::word(Tone::Bad, t.deny),
            EntryKind::Allow => status::word(Tone::Ok, t.allow),
        };
        let mut cells = vec![
            html! { code { (entry.network) } },
            kind,
            html! { (entry.reason) },
            people.actor(&entry.author, cx.locale),
            time::stamp(cx, entry.created_at),
            html! { @if let Some(at) = entry.expires_at { (time::stamp(cx, at)) } @else { (t.until_removed) } },
        ];
        if cx.may(Permission::ManageShield) {
            cells.push(remove_form(cx, entry, tried));
        }
        Row::new(cells)
    };
    let mut columns = vec![
        Column::new(t.network),
        Column::new(t.list),
        Column::new(t.reason),
        Column::new(t.author),
        Column::new(t.created),
        Column::new(t.expires),
    ];
    if cx.may(Permission::ManageShield) {
        columns.push(Column::new(t.handle));
    }
    frame::table(cx, t.entries, columns, entries.iter().map(row).collect())
}

fn remove_form(cx: &PageCx, entry: &Entry, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    // Each control on the page has a name of its own, so that what is wrong stands beside the right one.
    let field = format!("remove_{}", entry.id);
    let path = format!("{PATH}/entries/{}/remove", entry.id);
    let inside = html! { (reason_field(cx, tried, &field)) button.btn.sec.small { (t.btn_remove) } };
    fold(t.remove, tried, &field, form::form(cx, &format!("form-{}", entry.id), &path, None, inside))
}

fn add_form(cx: &PageCx, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let kinds = [
        Choice { hint: Some(t.deny_hint), ..Choice::new(EntryKind::Deny.name(), t.deny) },
        Choice { hint: Some(t.allow_hint), ..Choice::new(EntryKind::Allow.name(), t.allow) },
    ];
    let lifetimes = Lifetime::ALL.map(|lifetime| {
        let label = match lifetime {
            Lifetime::Day => t.day,
            Lifetime::Week => t.week,
            Lifetime::Month => t.month,
            Lifetime::UntilRemoved => t.until_removed,
        };
        Choice::new(lifetime.name(), label)
    });
    let mut kind = tried.field("kind", t.list);
    if kind.value.is_empty() {
        kind = kind.value(EntryKind::Deny.name());
    }
    let inside = html! {
        (kind.radios(cx, &kinds))
        (tried.field("network", t.network).hint(t.network_hint).text(cx, 64))
        (tried.field("lifetime", t.lifetime).select(cx, &lifetimes))
        (reason_field(cx, tried, "reason"))
        button.btn { (t.btn_add) }
    };
    form::form(cx, "add-form", "/console/shield/entries", None, inside)
}

fn block_table(cx: &PageCx, blocks: &[Block]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |block: &Block| {
        let target = format!("/console/incidents/{}", block.incident);
        Row::new(vec![
            html! { code { (block.network) } },
            time::stamp(cx, block.blocked_at),
            time::stamp(cx, block.until_at),
            html! { a href=(target) { (t.incident) } },
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.network),
        Column::new(t.blocked_at),
        Column::new(t.until),
        Column::new(t.incident),
    ];
    frame::table(cx, t.blocks_now, columns, blocks.iter().map(row).collect())
}

async fn add(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let new = NewEntry {
        kind: EntryKind::from_name(form.get("kind")).unwrap_or(EntryKind::Deny),
        network: form.get("network").to_owned(),
        // Nothing chosen is refused nowhere: the shortest is the most harmless.
        lifetime: Lifetime::from_name(form.get("lifetime")).unwrap_or(Lifetime::Day),
        reason: form.get("reason").to_owned(),
    };
    let result = list::add(&app.cx, &staff.actor, &app.shield.kept(), new).await;
    let target = result.map(|_| format!("{PATH}?done=added")).map_err(Refused::from);
    frame::answer(target, &form, "reason", |tried| show(&app, &staff, tried, None)).await
}

async fn remove(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let field = format!("remove_{id}");
    let result = list::remove(&app.cx, &staff.actor, frame::id(&id)?, form.get(&field)).await;
    let target = result.map(|()| format!("{PATH}?done=removed")).map_err(Refused::from);
    frame::answer(target, &form, &field, |tried| show(&app, &staff, tried, None)).await
}

#[cfg(test)]
mod tests {
    use kernel::Duration;
    use shield::list::EntryId;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn entry(id: i64, expires: bool) -> Entry {
        Entry {
            id: EntryId(id),
            kind: if expires { EntryKind::Deny } else { EntryKind::Allow },
            network: "192.0.2.0/24".parse().unwrap(),
            reason: "scans <every> night".to_owned(),
            author: "acc_000000000001A".to_owned(),
            created_at: NOW,
            expires_at: expires.then(|| NOW.plus(Duration::from_days(7))),
        }
    }

    #[test]
    fn each_entry_says_why_and_can_be_removed_with_a_reason() {
        each_language(|cx| {
            let entries = [entry(7, true), entry(8, false)];
            let page = view(cx, &entries, &[], &People::default(), &Tried::default()).into_string();
            assert!(page.contains("scans &lt;every&gt; night"));
            for entry in &entries {
                assert!(page.contains(&format!("/console/shield/entries/{}/remove", entry.id)));
            }
            assert!(page.contains(r#"name="network""#) && page.contains(r#"value="until_removed""#));
            page
        });
    }

    #[test]
    fn without_the_permission_nothing_can_be_changed() {
        each_language(|cx| {
            let mut cx = cx.clone();
            cx.permissions = [Permission::ReadIncidents].into_iter().collect();
            let page = view(&cx, &[entry(7, true)], &[], &People::default(), &Tried::default()).into_string();
            assert!(!page.contains("<form") && page.contains(Words::of(cx.locale).needs));
            page
        });
    }
}
