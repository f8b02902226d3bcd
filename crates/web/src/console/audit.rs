//! The audit log: by object, customer, actor, verb and time in any combination, all in the address (W4); the proof that nobody changed it;
//! an export that proves itself.

use audit::{Export, Found, Verified};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kernel::{AccountId, Kind as RefusalKind, Page, Permission, RequestId, encode_base32, hex};
use maud::{Markup, html};

use super::access::{Routes, Staff};
use super::audit_wish::{KINDS, Wish};
use super::frame::{self, Frame, People, ROWS, Tried, fold, href, next_href, reason_field};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{AuditLog, AuditSearch};
use crate::ui::console::ConsoleNav;
use crate::ui::form::{self, Choice, Field};
use crate::ui::table::{self, Chip, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, card, empty, time};

const PATH: &str = "/console/audit";
const NAV: ConsoleNav = ConsoleNav::Audit;
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Permission::ReadAudit, page)
        .post("/console/audit/verify", Permission::ReadAudit, verify)
        .post("/console/audit/export", Permission::ExportAudit, export)
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(href(PATH, &wish.pairs()));
    let (cx, t) = (&frame.cx, AuditLog::of(frame.cx.locale));
    let verbs = audit::verbs(&app.cx).await.map_err(frame::db)?;
    let filter = match wish.filter() {
        Ok(filter) => filter,
        Err(wrong) => {
            let body = html! {
                (banner::banner(Kind::Warn, t.unknown, html! {}))
                (filters(cx, wish, &verbs, &wrong))
            };
            return Ok(frame.page(t.title, NAV, verify_button(cx), body));
        }
    };
    let list = format!("console.audit.{filter:?}");
    let request = seal::page(app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = audit::search(&app.cx, &filter, &request).await.map_err(frame::db)?;
    let labels = items.iter().map(|entry| entry.actor.as_str());
    let people = People::load(app, staff, frame::accounts(labels).into_iter()).await?;
    let next = next_href(app, &list, PATH, &wish.pairs(), next);
    let first = wish.after.as_deref().map(|_| href(PATH, &wish.pairs()));
    let body = html! {
        (filters(cx, wish, &verbs, &[]))
        (view(cx, &people, &items))
        (table::pager(cx, first.as_deref(), next.as_deref()))
        (card::card("proof", t.btn_verify, None, html! { (verify_button(cx)) (export_form(cx, wish, &tried)) }))
    };
    Ok(frame.form_page(t.title, NAV, &tried, body))
}

pub(crate) fn verify_button(cx: &PageCx) -> Markup {
    ui::post_button(cx, "/console/audit/verify", AuditLog::of(cx.locale).btn_verify, "sec small", &[])
}

fn filters(cx: &PageCx, wish: &Wish, verbs: &[String], wrong: &[&str]) -> Markup {
    let (t, s) = (AuditLog::of(cx.locale), AuditSearch::of(cx.locale));
    let labels = [t.object, s.chip_customer, t.actor, s.chip_verb, s.chip_from, s.chip_to];
    let used: Vec<(usize, String)> = wish
        .pairs()
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(_, ((_, value), _))| !value.is_empty())
        .map(|(place, ((_, value), label))| (place, s.chip(label, value)))
        .collect();
    let without = |gone: usize| {
        let rest: Vec<_> = wish.pairs().into_iter().enumerate().filter(|(place, _)| *place != gone).collect();
        href(PATH, &rest.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>())
    };
    let chips: Vec<Chip<'_>> =
        used.iter().map(|(place, label)| Chip { label, without: without(*place) }).collect();
    let error = |name: &str| wrong.contains(&name).then_some(s.unreadable);
    let field = |name, label, value| Field::new(name, label).value(value).error(error(name)).optional();
    let choices: Vec<Choice<'_>> = verbs.iter().map(|verb| Choice::new(verb, verb)).collect();
    let inside = html! {
        (field("object", t.object, &wish.object).hint(t.object_hint).text(cx, 60))
        (field("customer", s.customer, &wish.customer).hint(s.customer_hint).text(cx, 40))
        (field("actor", t.actor, &wish.actor).hint(s.actor_hint).text(cx, 80))
        (field("verb", t.verb, &wish.verb).select(cx, &choices))
        (field("from", s.from, &wish.from).date(cx, None, None))
        (field("to", s.to, &wish.to).date(cx, None, None))
    };
    html! { (table::filter_bar(cx, PATH, inside)) (table::chips(cx, &chips, PATH)) }
}

/// The id as people write it, where its kind has a page or a prefix.
fn object(entry: &Found) -> Markup {
    let prefix = KINDS.iter().find(|(_, kind)| *kind == entry.object_kind).map(|(prefix, _)| *prefix);
    let digits = encode_base32(entry.object_id);
    let here = |text: &str| href(PATH, &[("object", text)]);
    html! {
        @match prefix {
            _ if entry.object_id == 0 => { "—" }
            Some("ord") => {
                a.num href={ "/console/orders/ord_" (digits) } { (kernel::order_number(entry.object_id)) }
            }
            Some(prefix) => { a.num href=(here(&format!("{prefix}_{digits}"))) { (prefix) "_" (digits) } }
            None => {
                a href=(here(&format!("{}:{}", entry.object_kind, entry.object_id))) {
                    (entry.object_kind) " " span.num { (entry.object_id) }
                }
            }
        }
    }
}

fn view(cx: &PageCx, people: &People, items: &[Found]) -> Markup {
    let (t, s) = (AuditLog::of(cx.locale), AuditSearch::of(cx.locale));
    if items.is_empty() {
        return empty::empty(t.empty, Some(ui::button_link(PATH, t.title, "sec")));
    }
    let row = |entry: &Found| {
        let detail = if matches!(entry.detail.as_str(), "null" | "{}") { "—" } else { &entry.detail };
        let customer = entry.customer_id.map(|id| AccountId(id).to_string());
        Row::new(vec![
            html! { code { (entry.verb) } },
            object(entry),
            people.actor(&entry.actor, cx.locale),
            html! { @match &customer { Some(id) => { a.num.sm href=(href(PATH, &[("customer", id)])) { (id) } } None => { "—" } } },
            time::stamp(cx, entry.at),
            html! { @if entry.is_reason_lost { strong { (t.reason_lost) } } @else { (entry.reason.as_deref().unwrap_or("—")) } },
            html! { span.sm.muted { (detail) } },
            html! { span.num.sm { (RequestId(entry.request_id)) } },
            html! { span.num.sm { (entry.lane) "/" (entry.seq) } },
        ])
    };
    let columns = vec![
        Column::new(t.verb),
        Column::new(t.about),
        Column::new(t.by),
        Column::new(s.of),
        Column::new(t.when),
        Column::new(t.reason),
        Column::new(t.detail),
        Column::new(t.request),
        Column::new(s.place),
    ];
    frame::table(cx, t.title, columns, items.iter().map(row).collect())
}

/// Exports what the filters find; they are carried along.
fn export_form(cx: &PageCx, wish: &Wish, tried: &Tried) -> Markup {
    let s = AuditSearch::of(cx.locale);
    let inside = html! {
        @for (name, value) in wish.pairs() { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
        p.muted.sm { (s.export_note) }
        p.muted.sm { (s.export_proof) }
        (reason_field(cx, tried, "reason"))
        button.btn { (s.btn_export) }
    };
    // The answer is a file and the page stays, so the button must not wait for another page.
    let form = html! { form.stack #export-form method="post" action="/console/audit/export" { (form::csrf(cx)) (inside) } };
    html! {
        @if cx.may(Permission::ExportAudit) {
            (fold(s.export, tried, "reason", form))
        } @else { p.muted.sm { (s.needs) } }
    }
}

async fn export(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let wish = Wish::of(&form);
    let Ok(filter) = wish.filter() else {
        let page = show(&app, &staff, &wish, Tried::default()).await?;
        return Ok(crate::edge::form::again(page));
    };
    match audit::begin_export(&app.cx, &staff.actor, filter, form.get("reason")).await.map_err(Refused::from)
    {
        Ok(export) => Ok(file(&app, export)),
        Err(refused) if refused.kind() == RefusalKind::Invalid => {
            let page = show(&app, &staff, &wish, Tried::new(&refused, &form, "reason")).await?;
            Ok((refused.status(), page).into_response())
        }
        Err(refused) => Err(refused),
    }
}

/// The lines as they are read. What breaks off has no last line, and is known by that.
pub(crate) fn file(app: &App, export: Export) -> Response {
    let name = format!("everlit-audit-{}.jsonl", app.cx.now().as_secs());
    let lines = stream::try_unfold((app.clone(), export), |(app, mut export)| async move {
        let part = export.next(&app.cx).await?;
        Ok::<_, db::Error>(part.map(|part| (part, (app, export))))
    });
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

async fn verify(State(app): State<App>, staff: Staff, _form: PostForm) -> Result<Response, Refused> {
    let found = audit::verify(&app.cx).await.map_err(frame::db)?;
    let frame = Frame::load(&app, &staff).await?.at(PATH);
    let t = AuditLog::of(frame.cx.locale);
    let body = html! {
        (verdict(&frame.cx, &found))
        (ui::button_link(PATH, t.title, "sec"))
    };
    Ok(frame::shown_once(frame.page(t.btn_verify, NAV, html! {}, body)))
}

/// What the verification found, in words.
pub(crate) fn verdict(cx: &PageCx, found: &Verified) -> Markup {
    let (t, s) = (AuditLog::of(cx.locale), AuditSearch::of(cx.locale));
    let counted = html! { p { (t.verified(found.entries, found.lanes)) } };
    match &found.bad {
        None => html! {
            (banner::banner(Kind::Ok, t.sound, counted))
            (card::card("heads", s.heads, None, html! {
                ul.plain { @for head in &found.heads { li { code { (s.head(head.lane, head.seq, &hex::encode(&head.hash))) } } } }
            }))
        },
        Some(bad) => banner::banner(
            Kind::Bad,
            t.broken,
            html! {
                (counted)
                p { (t.bad(bad.lane, bad.seq, bad.id)) " " span lang="en" { (bad.what) } }
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_language};

    #[test]
    fn what_cannot_be_read_is_marked_where_it_was_typed() {
        each_language(|cx| {
            let page = filters(
                cx,
                &Wish { object: "<b>".to_owned(), ..Wish::default() },
                &["order.place".to_owned()],
                &["object"],
            )
            .into_string();
            assert!(
                page.contains("aria-invalid") && page.contains("&lt;b&gt;") && page.contains("order.place")
            );
            page
        });
    }

    #[test]
    fn filters_in_use_can_be_taken_off_one_by_one() {
        each_language(|cx| {
            let wish =
                Wish { verb: "order.place".to_owned(), from: "2026-11-21".to_owned(), ..Wish::default() };
            let page = filters(cx, &wish, &[], &[]).into_string();
            assert!(
                page.contains("/console/audit?verb=order.place\"")
                    && page.contains("/console/audit?from=2026-11-21\"")
            );
            let export = export_form(cx, &wish, &Tried::default()).into_string();
            assert!(
                export.contains(r#"name="verb" value="order.place""#) && export.contains(r#"name="reason""#)
            );
            page + &export
        });
    }

    #[test]
    fn entries_and_the_verdict_are_told_in_words() {
        each_language(|cx| {
            let entry = Found {
                id: 1,
                lane: 0,
                seq: 9,
                at: NOW,
                actor: "system:watch".to_owned(),
                verb: "order.late".to_owned(),
                object_kind: "order".to_owned(),
                object_id: 42,
                customer_id: Some(7),
                detail: "{}".to_owned(),
                reason: None,
                is_reason_lost: false,
                request_id: 0,
            };
            let head = audit::Head { lane: 0, seq: 9, hash: vec![0xAB; 32] };
            let sound = Verified { entries: 9, lanes: 1, heads: vec![head], bad: None };
            assert!(verdict(cx, &sound).into_string().contains(&"ab".repeat(32)));
            let bad = audit::BadEntry { lane: 1, seq: 9, id: 3, what: "hash" };
            let broken = Verified { entries: 9, lanes: 2, heads: Vec::new(), bad: Some(bad) };
            assert!(verdict(cx, &broken).into_string().contains(r#"role="alert""#));
            let page = view(cx, &People::default(), &[entry]).into_string();
            assert!(page.contains(&kernel::order_number(42)) && page.contains(&AccountId(7).to_string()));
            page
        });
    }
}
