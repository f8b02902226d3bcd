//! Documents that were issued, as values and as files; invoices and the titles they are issued to.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use documents::document::{self, PaperId};
use documents::invoice::{self, InvoiceId};
use documents::title::{self, NewTitle, TitleId, TitleKind};
use documents::{Error, Press};
use kernel::Timestamp;
use ordering::OrderId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Params, created, id, listed};
use super::json::Json;
use super::wire::{Items, Money, Rows};
use crate::app::App;
use crate::edge::{Refused, Visitor};

const DOCUMENTS: &str = "me/documents";
const INVOICES: &str = "me/invoices";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_documents, issue_document))
        .routes(routes!(get_document))
        .routes(routes!(get_document_file))
        .routes(routes!(list_invoice_titles, add_invoice_title))
        .routes(routes!(remove_invoice_title))
        .routes(routes!(list_invoices, request_invoice))
        .routes(routes!(get_invoice))
}

/// A document that was issued. It never changes.
#[derive(Serialize, ToSchema)]
struct IssuedDocument {
    id: String,
    /// `statement`, `payment_proof`, `invoice`, `red_invoice`.
    kind: &'static str,
    /// With `code` it is checked at `/verify` by anybody.
    number: String,
    code: String,
    title: String,
    /// The closing balance, what was paid, what is invoiced; below zero on a red-letter invoice.
    amount: Money,
    /// The invoice that this one takes back.
    takes_back: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
}

impl From<document::Document> for IssuedDocument {
    fn from(found: document::Document) -> Self {
        Self {
            id: found.id.to_string(),
            kind: found.kind.name(),
            number: found.number,
            code: found.code,
            title: found.sheet.title,
            amount: found.amount.into(),
            takes_back: found.takes_back.map(|id| id.to_string()),
            issued_at: found.issued_at,
        }
    }
}

/// One's own documents, newest first.
#[utoipa::path(
    get, path = "/me/documents", operation_id = "list_documents", tag = "wallet",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Documents", body = Rows<IssuedDocument>)),
)]
async fn list_documents(
    State(app): State<App>,
    visitor: Visitor,
    params: Params,
) -> Result<Response, Refused> {
    visitor.account()?;
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, DOCUMENTS)?;
    let found = document::list_own(&app.cx, &visitor.actor, &page).await?;
    let items = found.items.into_iter().map(IssuedDocument::from).collect();
    Ok(listed(&app, DOCUMENTS, &params, items, found.next))
}

/// What is to be issued: with `statement` the days, with `payment_proof` the order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "statement", "from": "2026-11-01", "to": "2026-11-30"}))]
struct DocumentWish {
    kind: WishedDocument,
    /// The first day in Beijing.
    #[serde(default)]
    #[schema(nullable = false)]
    from: Option<String>,
    /// The last day; it has to be over.
    #[serde(default)]
    #[schema(nullable = false)]
    to: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    order: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WishedDocument {
    /// All movements of one's balance over some days.
    Statement,
    /// What was paid for an order.
    PaymentProof,
}

/// Issues a statement or a proof of payment. Asked for the same again, it is the same document.
#[utoipa::path(
    post, path = "/me/documents", operation_id = "issue_document", tag = "wallet",
    request_body = DocumentWish,
    responses((status = 201, description = "Issued, now or before", body = IssuedDocument)),
)]
async fn issue_document(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<DocumentWish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let (cx, actor, locale) = (&app.cx, &visitor.actor, visitor.locale);
    let press: &Press = &app.press;
    let DocumentWish { kind, from, to, order } = body.value;
    let issued = match kind {
        WishedDocument::Statement => {
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            let bounds = ledger::statement::day_bounds(&from, &to).ok_or(ledger::Error::BadPeriod)?;
            document::statement(cx, press, actor, locale, bounds).await?
        }
        WishedDocument::PaymentProof => {
            let order: OrderId = id(&order.unwrap_or_default(), ordering::Error::NotFound)?;
            document::payment_proof(cx, press, actor, locale, order).await?
        }
    };
    Ok(created(&format!("/{DOCUMENTS}/{}", issued.id), IssuedDocument::from(issued), false))
}

fn paper(text: &str) -> Result<PaperId, Refused> {
    id(text, Error::NotFound)
}

/// One document.
#[utoipa::path(
    get, path = "/me/documents/{id}", operation_id = "get_document", tag = "wallet",
    params(("id" = String, Path, description = "`ppr_…`")),
    responses((status = 200, description = "The document", body = IssuedDocument)),
)]
async fn get_document(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Out<IssuedDocument>, Refused> {
    visitor.account()?;
    Ok(Out(document::find(&app.cx, &visitor.actor, paper(&text)?).await?.into()))
}

/// A document as PDF: the same bytes whenever it is asked for.
#[utoipa::path(
    get, path = "/me/documents/{id}/file", operation_id = "get_document_file", tag = "wallet",
    params(("id" = String, Path, description = "`ppr_…`")),
    responses((status = 200, description = "The file", content_type = "application/pdf")),
)]
async fn get_document_file(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let found = document::find(&app.cx, &visitor.actor, paper(&text)?).await?;
    let drawn = document::file(&app.cx, &app.press, &visitor.actor, found.id).await?;
    crate::portal::documents::pdf(&format!("{} {}", found.sheet.title, found.number), drawn)
}

/// To whom invoices are issued.
#[derive(Serialize, ToSchema)]
struct InvoiceTitle {
    id: String,
    /// `person` or `company`.
    kind: &'static str,
    name: String,
    /// A company's unified social credit code.
    tax_number: Option<String>,
}

impl From<title::Title> for InvoiceTitle {
    fn from(found: title::Title) -> Self {
        Self {
            id: found.id.to_string(),
            kind: found.kind.name(),
            name: found.facts.name,
            tax_number: found.facts.tax_number,
        }
    }
}

/// The titles of one's book.
#[utoipa::path(
    get, path = "/me/invoice-titles", operation_id = "list_invoice_titles", tag = "wallet",
    responses((status = 200, description = "The titles", body = Items<InvoiceTitle>)),
)]
async fn list_invoice_titles(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Out<Items<InvoiceTitle>>, Refused> {
    visitor.account()?;
    Ok(Out(title::list(&app.cx, &visitor.actor).await?.into_iter().map(InvoiceTitle::from).collect()))
}

/// A title for invoices.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "company", "name": "长明科技有限公司", "tax_number": "91350100M000100Y43"}))]
struct TitleWish {
    kind: TitleSort,
    name: String,
    /// Needed for companies, left out for people.
    #[serde(default)]
    #[schema(nullable = false)]
    tax_number: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TitleSort {
    Person,
    Company,
}

/// Adds a title.
#[utoipa::path(
    post, path = "/me/invoice-titles", operation_id = "add_invoice_title", tag = "wallet",
    request_body = TitleWish,
    responses((status = 201, description = "Added", body = InvoiceTitle)),
)]
async fn add_invoice_title(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<TitleWish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let TitleWish { kind, name, tax_number } = body.value;
    let kind = match kind {
        TitleSort::Person => TitleKind::Person,
        TitleSort::Company => TitleKind::Company,
    };
    let new = NewTitle { kind, name, tax_number: tax_number.unwrap_or_default() };
    let added = title::add(&app.cx, &visitor.actor, &new).await?;
    Ok(created(&format!("/me/invoice-titles/{}", added.id), InvoiceTitle::from(added), false))
}

/// Takes a title out of the book. Invoices that were asked for keep it.
#[utoipa::path(
    delete, path = "/me/invoice-titles/{id}", operation_id = "remove_invoice_title", tag = "wallet",
    params(("id" = String, Path, description = "`ttl_…`")),
    responses((status = 204, description = "Taken out")),
)]
async fn remove_invoice_title(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<StatusCode, Refused> {
    visitor.account()?;
    let id: TitleId = id(&text, Error::NotFound)?;
    title::remove(&app.cx, &visitor.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A wish for an invoice, and what came of it.
#[derive(Serialize, ToSchema)]
struct Invoice {
    id: String,
    order: String,
    amount: Money,
    /// `requested`, `issued`, `refused`, `reversed`.
    state: &'static str,
    /// To whom.
    name: String,
    tax_number: Option<String>,
    /// The document, once issued.
    document: Option<String>,
    /// What took it back.
    red_document: Option<String>,
    /// Why it was refused or taken back.
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
}

impl From<invoice::Invoice> for Invoice {
    fn from(found: invoice::Invoice) -> Self {
        Self {
            id: found.id.to_string(),
            order: found.order.to_string(),
            amount: found.amount.into(),
            state: found.state.name(),
            name: found.title.name,
            tax_number: found.title.tax_number,
            document: found.paper.map(|id| id.to_string()),
            red_document: found.red_paper.map(|id| id.to_string()),
            reason: found.reason,
            asked_at: found.asked_at,
            decided_at: found.decided_at,
        }
    }
}

/// One's own invoices, newest first.
#[utoipa::path(
    get, path = "/me/invoices", operation_id = "list_invoices", tag = "wallet",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u16>, Query, description = "At most 100, usually 20", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "Invoices", body = Rows<Invoice>)),
)]
async fn list_invoices(
    State(app): State<App>,
    visitor: Visitor,
    params: Params,
) -> Result<Response, Refused> {
    visitor.account()?;
    let params = params.only(&["after", "limit"])?;
    let page = params.page(&app, INVOICES)?;
    let found = invoice::list_own(&app.cx, &visitor.actor, &page).await?;
    let items = found.items.into_iter().map(Invoice::from).collect();
    Ok(listed(&app, INVOICES, &params, items, found.next))
}

/// For what, and to whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"order": "ord_000000000001A", "title": "ttl_000000000001B"}))]
struct InvoiceWish {
    /// One's own, and ended.
    order: String,
    /// Of one's own book.
    title: String,
}

/// Asks for the invoice of an order. There is one at a time, so a repetition asks for no second.
#[utoipa::path(
    post, path = "/me/invoices", operation_id = "request_invoice", tag = "wallet",
    request_body = InvoiceWish,
    responses((status = 201, description = "Staff will issue it", body = Invoice)),
)]
async fn request_invoice(
    State(app): State<App>,
    visitor: Visitor,
    body: Json<InvoiceWish>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let order: OrderId = id(&body.value.order, ordering::Error::NotFound)?;
    let title: TitleId = id(&body.value.title, Error::NotFound)?;
    let asked = invoice::ask(&app.cx, &visitor.actor, order, title).await?;
    Ok(created(&format!("/{INVOICES}/{}", asked.id), Invoice::from(asked), false))
}

/// One invoice.
#[utoipa::path(
    get, path = "/me/invoices/{id}", operation_id = "get_invoice", tag = "wallet",
    params(("id" = String, Path, description = "`ivc_…`")),
    responses((status = 200, description = "The invoice", body = Invoice)),
)]
async fn get_invoice(
    State(app): State<App>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Out<Invoice>, Refused> {
    visitor.account()?;
    let id: InvoiceId = id(&text, Error::NotFound)?;
    Ok(Out(invoice::find(&app.cx, &visitor.actor, id).await?.into()))
}
