//! Documents that were issued: the list, each as a print page and as a file, and issuing statements and proofs of payment.

use ::documents::document::{self, Document};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use ordering::OrderId;
use ordering::order::query;
use paper::{Align, Sheet};

use super::account::After;
use super::orderside::id;
use super::receipt::Which;
use super::statement;
use crate::app::App;
use crate::edge::form::{encode, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor, seal};
use crate::i18n::{AccountWords, Common, DocumentWords as Words};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{Nav, Page, PageCx, empty, link, money, qr, shell, time};

const PATH: &str = "/documents";
/// What cursors of the list are sealed with.
const LIST: &str = "portal.documents";
const LISTED: u16 = 20;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(list))
        .route("/documents/{id}", get(show))
        .route("/account/statements/{period}/issue", post(issue_statement))
        .route("/orders/{id}/proof", post(issue_proof))
        .route("/orders/{id}/receipt.pdf", get(receipt))
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    visitor.customer()?;
    let wanted = seal::page(&app, LIST, after.after.as_deref(), None, LISTED)?;
    let found = document::list_own(&app.cx, &visitor.actor, &wanted).await?;
    let next = found.next.map(|position| format!("{PATH}?after={}", seal::cursor(&app, LIST, position)));
    let first = after.after.is_some().then_some(PATH);
    Ok(list_page(&visitor.page(&app).await?, &found.items, first, next.as_deref()).into_response())
}

fn list_page(cx: &PageCx, items: &[Document], first: Option<&str>, next: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let row = |it: &Document| {
        let path = path_of(it);
        Row::new(vec![
            link(&path, it.kind.words(cx.locale)),
            html! { span.num { (it.number) } },
            money::money(it.amount),
            time::stamp(cx, it.issued_at),
            html! { a href={ (path) ".pdf" } aria-label={ (t.pdf) " " (it.number) } { (t.pdf) } },
        ])
        .href(path)
    };
    let columns = vec![
        Column::new(t.kind),
        Column::new(t.number),
        Column::number(t.amount),
        Column::new(t.issued_at),
        Column::new(t.file),
    ];
    let rows: Vec<Row<'_>> = items.iter().map(row).collect();
    let body = html! {
        (shell::back_link("/account", AccountWords::of(cx.locale).title))
        h1 { (t.title) }
        p.muted { (t.lead) }
        @if rows.is_empty() {
            (empty::empty(t.none, Some(crate::ui::button_link("/account/statements", t.statements, "sec"))))
        } @else {
            (table::data_table(cx, &Table { caption: t.title, columns, rows, stack: true, ..Table::default() }))
            (table::pager(cx, first, next))
        }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me), body)
}

/// The page of a document.
fn path_of(document: &Document) -> String {
    format!("{PATH}/{}", document.id)
}

/// The print page, or with `.pdf` behind the id the file.
async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let wanted = name.strip_suffix(".pdf");
    let found = document::find(&app.cx, &visitor.actor, id(wanted.unwrap_or(&name))?).await?;
    if wanted.is_none() {
        return Ok(sheet_page(&visitor.page(&app).await?, &found).into_response());
    }
    let drawn = document::file(&app.cx, &app.press, &visitor.actor, found.id).await?;
    pdf(&format!("{} {}", found.sheet.title, found.number), drawn)
}

/// A drawn document: its bytes never change, so its digest names them; it is nobody else's, so nothing on the way keeps it.
pub(crate) fn pdf(name: &str, (bytes, digest): (Vec<u8>, String)) -> Result<Response, Refused> {
    let value = |text: String| HeaderValue::from_str(&text).map_err(EdgeError::bug);
    // A form writes a space as a plus sign, a header's name as %20.
    let name = encode(&format!("{name}.pdf")).replace('+', "%20");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(CONTENT_DISPOSITION, value(format!("inline; filename*=UTF-8''{name}"))?);
    headers.insert(ETAG, value(format!("\"{digest}\""))?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The statement of a month that is over.
async fn issue_statement(
    State(app): State<App>,
    Path(period): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let bounds = statement::month(&period).ok_or(EdgeError::NotFound)?;
    let visitor = &form.visitor;
    let issued = document::statement(&app.cx, &app.press, &visitor.actor, visitor.locale, bounds).await?;
    Ok(see_other(&path_of(&issued)))
}

/// The proof of what was paid for an order.
async fn issue_proof(
    State(app): State<App>,
    Path(order): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let order: OrderId = id(&order)?;
    let visitor = &form.visitor;
    let issued = document::payment_proof(&app.cx, &app.press, &visitor.actor, visitor.locale, order).await?;
    Ok(see_other(&path_of(&issued)))
}

/// A receipt as a file; which of them, as on its page.
async fn receipt(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let order = query::get(&app.cx, &visitor.actor, id(&order)?).await?;
    let receipts = fulfilment::document::receipt(&app.cx, &visitor.actor, order.id).await?;
    let chosen = receipts.get(which.place()).ok_or(EdgeError::NotFound)?;
    let drawn =
        document::receipt_file(&app.cx, &app.press, &visitor.actor, visitor.locale, chosen.id).await?;
    pdf(&chosen.number, drawn)
}

fn sheet_page(cx: &PageCx, it: &Document) -> Markup {
    let t = Words::of(cx.locale);
    let body = html! {
        div.noprint { (shell::back_link(PATH, t.title)) }
        (paper_sheet(cx, &it.sheet))
        div.acts.noprint {
            button.btn.js-only type="button" data-print { (Common::of(cx.locale).btn_print) }
            (crate::ui::button_link(&format!("{}.pdf", path_of(it)), t.pdf, "sec"))
        }
    };
    shell::portal(cx, &Page::new(&it.sheet.title).nav(Nav::Me), body)
}

/// What was issued, in the language it was issued in.
pub(crate) fn paper_sheet(cx: &PageCx, sheet: &Sheet) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        article.sheet lang=(sheet.language) {
            header { h1 { (sheet.title) } p.num.muted.sm { (sheet.number) } }
            @if !sheet.subtitle.is_empty() { p.muted { (sheet.subtitle) } }
            dl.facts2 { @for fact in &sheet.facts { div { dt { (fact.term) } dd.num { (fact.value) } } } }
            @for part in &sheet.tables { (paper_table(cx, &sheet.title, part)) }
            @for total in &sheet.totals { p.sum-total { (total.term) " " span.num { (total.value) } } }
            footer.sm.muted {
                @for note in &sheet.notes { p { (note) } }
                @if let Some(seal) = &sheet.seal {
                    p { (seal.term) " " code { (seal.code) } }
                    (qr::code(&seal.address, t.qr))
                    p { (seal.words) }
                }
                p { (sheet.issuer) " · " (sheet.issued) }
            }
        }
    }
}

fn paper_table(cx: &PageCx, title: &str, part: &paper::Table) -> Markup {
    let columns = part.columns.iter().map(|column| match column.align {
        Align::Left => Column::new(&column.title),
        Align::Right => Column::number(&column.title),
    });
    let caption = if part.title.is_empty() { title } else { &part.title };
    let rows = part.rows.iter().map(|row| Row::new(row.iter().map(|cell| html! { (cell) }).collect()));
    let table =
        Table { caption, columns: columns.collect(), rows: rows.collect(), stack: true, ..Table::default() };
    table::data_table(cx, &table)
}
