//! The audit log: the newest first, of one object or one actor (W4), and the proof that nobody changed it.

use audit::{Filter, Found, Verified};
use axum::extract::{Query, State};
use axum::response::Response;
use kernel::{AccountId, Page, Permission, RequestId, decode_base32, encode_base32};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, href, next_href};
use crate::app::App;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::AuditLog;
use crate::ui::console::ConsoleNav;
use crate::ui::form::Field;
use crate::ui::table::{self, Chip, Column, Row};
use crate::ui::{self, Kind, PageCx, banner, empty, time};

const PATH: &str = "/console/audit";
const NAV: ConsoleNav = ConsoleNav::Audit;
/// What stands before the digits of an id, and what the log calls such a thing.
const KINDS: [(&str, &str); 5] =
    [("ord", "order"), ("acc", "account"), ("pay", "payment"), ("stk", "stock_item"), ("lnk", "setup_link")];

pub(crate) fn routes() -> Routes {
    Routes::new().get(PATH, Permission::ReadAudit, page).post(
        "/console/audit/verify",
        Permission::ReadAudit,
        verify,
    )
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    object: Option<String>,
    actor: Option<String>,
    after: Option<String>,
}

impl Wish {
    fn object(&self) -> &str {
        self.object.as_deref().unwrap_or_default().trim()
    }

    fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or_default().trim()
    }

    /// The filter; `None` when something was typed that is no id.
    fn filter(&self) -> Option<Filter> {
        match (self.object(), self.actor()) {
            ("", "") => Some(Filter::All),
            ("", actor) => actor.parse().ok().map(|id: AccountId| Filter::Actor(id.raw())),
            (object, _) => {
                if let Some(order) = kernel::parse_order_number(object) {
                    return Some(Filter::Object { kind: "order".to_owned(), id: order });
                }
                let (prefix, digits) = object.split_once('_')?;
                let (_, kind) = KINDS.iter().find(|(known, _)| *known == prefix)?;
                Some(Filter::Object { kind: (*kind).to_owned(), id: decode_base32(digits)? })
            }
        }
    }
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let filter = wish.filter();
    let unknown = filter.is_none();
    let filter = filter.unwrap_or_default();
    let list = format!("console.audit.{filter:?}");
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = audit::search(&app.cx, &filter, &request).await.map_err(frame::db)?;
    let labels = items.iter().map(|entry| entry.actor.as_str());
    let people = People::load(&app, &staff, frame::accounts(labels).into_iter()).await?;
    let kept = [("object", wish.object()), ("actor", wish.actor())];
    let next = next_href(&app, &list, PATH, &kept, next);
    let t = AuditLog::of(frame.cx.locale);
    let first = wish.after.as_deref().map(|_| href(PATH, &kept));
    let body = html! {
        @if unknown { (banner::banner(Kind::Warn, t.unknown, html! {})) }
        (filters(&frame.cx, &wish))
        (view(&frame.cx, &people, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(t.title, NAV, verify_button(&frame.cx), body))
}

pub(crate) fn verify_button(cx: &PageCx) -> Markup {
    ui::post_button(cx, "/console/audit/verify", AuditLog::of(cx.locale).btn_verify, "sec small", &[])
}

fn filters(cx: &PageCx, wish: &Wish) -> Markup {
    let t = AuditLog::of(cx.locale);
    let (object, actor) = (t.of_object(wish.object()), t.of_actor(wish.actor()));
    let mut chips = Vec::new();
    if !wish.object().is_empty() {
        chips.push(Chip { label: &object, without: href(PATH, &[("actor", wish.actor())]) });
    }
    if !wish.actor().is_empty() {
        chips.push(Chip { label: &actor, without: href(PATH, &[("object", wish.object())]) });
    }
    let inside = html! {
        (Field::new("object", t.object).hint(t.object_hint).value(wish.object()).optional().text(cx, 40))
        (Field::new("actor", t.actor).value(wish.actor()).optional().text(cx, 40))
    };
    html! { (table::filter_bar(cx, PATH, inside)) (table::chips(cx, &chips, PATH)) }
}

/// The id as people write it, where its kind has a page or a prefix.
fn object(entry: &Found) -> Markup {
    let prefix = KINDS.iter().find(|(_, kind)| *kind == entry.object_kind).map(|(prefix, _)| *prefix);
    let digits = encode_base32(entry.object_id);
    html! {
        @match prefix {
            Some(_) if entry.object_id == 0 => { "—" }
            Some("ord") => {
                a.num href={ "/console/orders/ord_" (digits) } { (kernel::order_number(entry.object_id)) }
            }
            Some(prefix) => { a.num href=(href(PATH, &[("object", &format!("{prefix}_{digits}"))])) { (prefix) "_" (digits) } }
            None => { (entry.object_kind) " " span.num { (entry.object_id) } }
        }
    }
}

fn view(cx: &PageCx, people: &People, items: &[Found]) -> Markup {
    let t = AuditLog::of(cx.locale);
    if items.is_empty() {
        return empty::empty(t.empty, Some(ui::button_link(PATH, t.title, "sec")));
    }
    let row = |entry: &Found| {
        let detail = if matches!(entry.detail.as_str(), "null" | "{}") { "—" } else { &entry.detail };
        Row::new(vec![
            html! { code { (entry.verb) } },
            object(entry),
            people.actor(&entry.actor, cx.locale),
            time::stamp(cx, entry.at),
            html! { (entry.reason.as_deref().unwrap_or("—")) },
            html! { span.sm.muted { (detail) } },
            html! { span.num.sm { (RequestId(entry.request_id)) } },
        ])
    };
    let columns = vec![
        Column::new(t.verb),
        Column::new(t.about),
        Column::new(t.by),
        Column::new(t.when),
        Column::new(t.reason),
        Column::new(t.detail),
        Column::new(t.request),
    ];
    let rows = items.iter().map(row).collect();
    frame::table(cx, t.title, columns, rows)
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
    let t = AuditLog::of(cx.locale);
    let counted = html! { p { (t.verified(found.entries, found.lanes)) } };
    match &found.bad {
        None => banner::banner(Kind::Ok, t.sound, counted),
        Some(bad) => banner::banner(
            Kind::Bad,
            t.broken,
            html! {
                (counted)
                p { (t.bad(bad.lane, bad.seq, bad.id)) " " (bad.what) }
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::{NOW, each_language};

    #[test]
    fn an_object_is_found_by_its_id_or_its_order_number() {
        let wish = |object: &str, actor: &str| {
            Wish { object: Some(object.to_owned()), actor: Some(actor.to_owned()), after: None }.filter()
        };
        let order = ordering::OrderId(42);
        for text in [order.to_string(), kernel::order_number(42)] {
            assert!(
                matches!(wish(&text, ""), Some(Filter::Object { kind, id: 42 }) if kind == "order"),
                "{text}"
            );
        }
        assert!(matches!(wish("", &AccountId(7).to_string()), Some(Filter::Actor(7))));
        assert!(matches!(wish(" ", ""), Some(Filter::All)));
        for nonsense in ["42", "xyz_1", "ord_!", "'; DROP TABLE audit_entry;--"] {
            assert!(wish(nonsense, "").is_none(), "{nonsense}");
        }
    }

    #[test]
    fn entries_and_the_verdict_are_told_in_words() {
        each_language(|cx| {
            let entry = Found {
                id: 1,
                at: NOW,
                actor: "system:watch".to_owned(),
                verb: "order.late".to_owned(),
                object_kind: "order".to_owned(),
                object_id: 42,
                customer_id: None,
                detail: "{}".to_owned(),
                reason: None,
                request_id: 0,
            };
            let bad = audit::BadEntry { lane: 1, seq: 9, id: 3, what: "hash" };
            let broken = Verified { entries: 9, lanes: 2, bad: Some(bad) };
            assert!(verdict(cx, &broken).into_string().contains(r#"role="alert""#));
            let page = view(cx, &People::default(), &[entry]).into_string();
            assert!(page.contains(&kernel::order_number(42)));
            page
        });
    }
}
