//! The way from a payee to a transfer: the form of the transfer, filled in with whom it goes to.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::policy::TRANSFER_SERVICE;
use kernel::Permission;
use maud::{Markup, html};
use ordering::draft::{self, Change};
use ordering::payee::{self, Payee};
use serde_json::{Map, Value, json};

use super::payees::{Ways, line};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{AccountWords, PayeeWords};
use crate::ui::{self, Nav, Page, PageCx, card, shell};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/account/transfer", get(choose).post(begin))
}

/// Whom the money goes to: somebody of the book or somebody new.
async fn choose(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    let ways = Some(Ways::of(&app)).filter(|ways| ways.any()).ok_or(EdgeError::NotFound)?;
    let mut payees = payee::list(&app.cx, &visitor.actor).await?;
    payees.retain(|payee| ways.leads_to(payee));
    Ok(transfer_page(&visitor.page(&app).await?, &payees, ways).into_response())
}

/// The form of the transfer with the payee filled in; the rest is asked, checked and confirmed there.
async fn begin(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let actor = &form.visitor.actor;
    let chosen = match form.get("payee") {
        "" => None,
        text => {
            let id = text.parse().map_err(|_| EdgeError::NotFound)?;
            Some(payee::get(&app.cx, actor, id).await?)
        }
    };
    let to_balance = chosen.as_ref().is_some_and(|payee| payee.beneficiary.is_some());
    let version = if to_balance { app.shelf.crediting() } else { app.shelf.service(TRANSFER_SERVICE) };
    let version = version.ok_or(EdgeError::NotFound)?;
    let mut answers = chosen.as_ref().map(filled_in).unwrap_or_default();
    if !form.get("purpose").is_empty() {
        answers.insert("purpose".to_owned(), json!(form.get("purpose")));
    }
    let offering = version.service.offerings.first().ok_or(EdgeError::NotFound)?.code.clone();
    let draft = draft::start(&app.cx, actor, &version, &offering, 1).await?;
    let change =
        Change { revision: draft.revision, offering: None, quantity: None, answers, emptied: Vec::new() };
    draft::save(&app.cx, actor, draft.id, change).await?;
    Ok(see_other(&format!("/o/{}/1", draft.id)))
}

/// What the form asks about a payee, answered.
fn filled_in(payee: &Payee) -> Map<String, Value> {
    let filled = if payee.beneficiary.is_some() {
        json!({"payee": payee.shown_name(), "contact": payee.account})
    } else {
        json!({"payee": payee.name, "bank": payee.bank, "account": payee.account})
    };
    filled.as_object().cloned().unwrap_or_default()
}

/// `/account/transfer`
pub(crate) fn transfer_page(cx: &PageCx, payees: &[Payee], ways: Ways) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/account", AccountWords::of(cx.locale).title))
        h1 { (t.transfer) }
        p.muted { (if payees.is_empty() { t.none } else { t.transfer_lead }) }
        @for one in payees {
            @let id = one.id.to_string();
            (card::plain(html! {
                p { (line(cx, one)) }
                (ui::post_button(cx, "/account/transfer", t.btn_choose, "", &[("payee", &id)]))
            }))
        }
        div.acts {
            @if ways.bank { (ui::post_button(cx, "/account/transfer", t.btn_other, if payees.is_empty() { "" } else { "sec" }, &[("payee", "")])) }
            @if ways.balance && cx.may(Permission::ActAsCustomer) { (ui::button_link("/me/payees/customer", t.btn_customer, "sec")) }
            (ui::button_link("/me/payees", t.btn_book, "sec"))
        }
    };
    shell::portal(cx, &Page::new(t.transfer).nav(Nav::Me).narrow(), body)
}
