//! The registry of codes: what `type` and `code` of a problem say. One page a room, and an index of all.

use axum::extract::{Path, State};
use kernel::{CodeInfo, Locale};
use maud::{Markup, html};

use crate::app::App;
use crate::edge::problem::{EdgeError, status_of};
use crate::edge::{Refused, Visitor};
use crate::i18n::ApiDocs;
use crate::ui::table::{Column, Row, Table, data_table};
use crate::ui::{Page, PageCx, shell};

/// Every code a refusal can carry, by room.
pub(in crate::api) fn registry() -> Vec<&'static [CodeInfo]> {
    let mut rooms: Vec<&'static [CodeInfo]> = vec![
        EdgeError::CODES,
        crate::api::json::FIELD_CODES,
        identity::Error::CODES,
        audit::Error::CODES,
        risk::Error::CODES,
        shield::Error::CODES,
        identity::real_name::Error::CODES,
        crate::edge::upload::Error::CODES,
        ordering::Error::CODES,
        ordering::payment::Error::CODES,
        ledger::Error::CODES,
        notify::Error::CODES,
        forms::CODES,
    ];
    rooms.extend(catalogue::CODES);
    rooms.extend(fulfilment::CODES);
    rooms
}

/// What stands before the dot.
fn room_of(info: &CodeInfo) -> &'static str {
    info.code.split('.').next().unwrap_or_default()
}

/// Every code, each leading to its words. `type` of a problem names a place in this list.
pub(super) fn index() -> Markup {
    let mut codes: Vec<&CodeInfo> = registry().into_iter().flatten().collect();
    codes.sort_unstable_by_key(|info| info.code);
    html! {
        p {
            @for info in codes {
                a id=(info.code) href={ "/api/docs/codes/" (room_of(info)) "#" (info.code) } { (info.code) } " "
            }
        }
    }
}

/// `/api/docs/codes/{room}`: the codes of one room in words.
pub(in crate::api) async fn room(
    State(app): State<App>,
    visitor: Visitor,
    Path(room): Path<String>,
) -> Result<Markup, Refused> {
    let codes: Vec<&CodeInfo> =
        registry().into_iter().flatten().filter(|info| room_of(info) == room).collect();
    if codes.is_empty() {
        return Err(EdgeError::NotFound.into());
    }
    let cx = visitor.page(&app).await?;
    let t = ApiDocs::of(cx.locale);
    let body = html! {
        (shell::back_link("/api/docs", t.title))
        h1 { (t.codes) " " (room) }
        p { (t.codes_intro) }
        (table(&cx, &codes))
    };
    Ok(shell::portal(&cx, &Page::new(t.codes).public(), html! { div.stack { (body) } }))
}

fn table(cx: &PageCx, codes: &[&CodeInfo]) -> Markup {
    let t = ApiDocs::of(cx.locale);
    let columns =
        vec![Column::new(t.code), Column::number(t.status), Column::new(t.kind), Column::new(t.words)];
    let rows = codes.iter().map(|info| {
        let words = html! {
            span lang=(Locale::Zh.tag()) { (info.zh) } br; span.muted lang=(Locale::En.tag()) { (info.en) }
        };
        let status = status_of(info.code, info.kind).as_u16();
        let code = html! { code id=(info.code) { (info.code) } };
        Row::new(vec![code, html! { (status) }, html! { (format!("{:?}", info.kind)) }, words])
    });
    let shown = Table { caption: t.codes, columns, rows: rows.collect(), select: None, stack: true };
    data_table(cx, &shown)
}
