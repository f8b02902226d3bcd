//! The payee book, and the way from a payee to a transfer: the form of the bank transfer, filled in with whom it goes to.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::policy::TRANSFER_SERVICE;
use kernel::{Currency, Money, Permission};
use maud::{Markup, html};
use ordering::draft::{self, Change};
use ordering::payee::{self, NewPayee, Payee};
use serde_json::{Map, Value, json};

use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{AccountWords, PayeeWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, card, form, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/payees", get(book).post(add))
        .route("/me/payees/{id}/remove", post(remove))
        .route("/account/transfer", get(choose).post(begin))
}

async fn book(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(show(&app, &visitor, &NewPayee::default(), Trouble::default()).await?.into_response())
}

async fn show(app: &App, visitor: &Visitor, typed: &NewPayee, trouble: Trouble) -> Result<Markup, Refused> {
    let payees = payee::list(&app.cx, &visitor.actor).await?;
    let offered = app.shelf.service(TRANSFER_SERVICE).is_some();
    Ok(book_page(&visitor.page(app).await?, &payees, typed, offered, &trouble))
}

async fn add(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let text = |name: &str| form.get(name).to_owned();
    let new = NewPayee {
        name: text("name"),
        bank: text("bank"),
        account: text("account"),
        nickname: text("nickname"),
    };
    match payee::add(&app.cx, &form.visitor.actor, &new).await {
        Ok(_) => Ok(see_other("/me/payees")),
        Err(error) => {
            let refused = Refused::from(error);
            if refused.leads_away() {
                return Err(refused);
            }
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = show(&app, &form.visitor, &new, trouble).await?;
            reply::again(refused, |_| page, form.visitor.locale)
        }
    }
}

async fn remove(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id = id.parse().map_err(|_| EdgeError::NotFound)?;
    payee::remove(&app.cx, &form.visitor.actor, id).await?;
    Ok(see_other("/me/payees"))
}

/// Whom the money goes to: somebody of the book or somebody new.
async fn choose(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    app.shelf.service(TRANSFER_SERVICE).ok_or(EdgeError::NotFound)?;
    let payees = payee::list(&app.cx, &visitor.actor).await?;
    Ok(transfer_page(&visitor.page(&app).await?, &payees).into_response())
}

/// The form of the transfer with the payee filled in; the rest is asked, checked and confirmed there.
async fn begin(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let actor = &form.visitor.actor;
    let version = app.shelf.service(TRANSFER_SERVICE).ok_or(EdgeError::NotFound)?;
    let answers: Map<String, Value> = match form.get("payee") {
        "" => Map::new(),
        text => {
            let id = text.parse().map_err(|_| EdgeError::NotFound)?;
            let chosen = payee::get(&app.cx, actor, id).await?;
            let filled = json!({
                "payee": chosen.name, "bank": chosen.bank, "account": chosen.account,
            });
            filled.as_object().cloned().unwrap_or_default()
        }
    };
    let offering = version.service.offerings.first().ok_or(EdgeError::NotFound)?.code.clone();
    let draft = draft::start(&app.cx, actor, &version, &offering, 1).await?;
    let change =
        Change { revision: draft.revision, offering: None, quantity: None, answers, emptied: Vec::new() };
    draft::save(&app.cx, actor, draft.id, change).await?;
    Ok(see_other(&format!("/o/{}/1", draft.id)))
}

fn line(cx: &PageCx, payee: &Payee) -> Markup {
    let t = PayeeWords::of(cx.locale);
    html! {
        strong { (payee.nickname.as_deref().unwrap_or(&payee.name)) } " "
        span.muted { @if payee.nickname.is_some() { (payee.name) " · " } (payee.bank) " · " (t.ending(payee.tail())) } " "
        @if payee.warm_at > cx.now {
            (status::tag(Kind::Warn, t.cooling)) " "
            span.muted.sm { (t.until) " " (time::stamp(cx, payee.warm_at)) }
        }
    }
}

/// `/me/payees`
pub(crate) fn book_page(
    cx: &PageCx,
    payees: &[Payee],
    typed: &NewPayee,
    transfers: bool,
    trouble: &Trouble,
) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let most = Money::new(payee::NEW_MOST, Currency::CNY).to_string();
    let body = html! {
        (shell::back_link("/me", SettingsWords::of(cx.locale).me))
        h1 { (t.title) }
        p.muted { (t.lead(&most)) }
        (trouble.summary(cx, html! {}))
        @if payees.is_empty() { (card::plain(html! { p { (t.none) } })) } @else {
            (card::plain(html! {
                ul.rows {
                    @for one in payees {
                        li.row {
                            div.grow { (line(cx, one)) }
                            @if cx.may(Permission::ActAsCustomer) {
                                (ui::post_button(cx, &format!("/me/payees/{}/remove", one.id), t.btn_remove, "text", &[]))
                            }
                        }
                    }
                }
            }))
        }
        @if transfers { div.acts { (ui::button_link("/account/transfer", t.btn_transfer, "sec")) } }
        @if cx.may(Permission::ActAsCustomer) {
            (card::card("new-payee", t.add, None, html! {
                (form::form(cx, "payee-form", "/me/payees", None, html! {
                    (Field::new("name", t.name).hint(t.name_hint).value(&typed.name).error(trouble.on("name")).text(cx, 60))
                    (Field::new("bank", t.bank).value(&typed.bank).error(trouble.on("bank")).text(cx, 60))
                    (Field::new("account", t.account).hint(t.account_hint).value(&typed.account).error(trouble.on("account")).text(cx, 40))
                    (Field::new("nickname", t.nickname).optional().value(&typed.nickname).error(trouble.on("nickname")).text(cx, 60))
                    (form::actions(cx, t.btn_add, None))
                }))
            }))
        }
    };
    shell::portal(
        cx,
        &Page::new(t.title).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

/// `/account/transfer`
pub(crate) fn transfer_page(cx: &PageCx, payees: &[Payee]) -> Markup {
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
            (ui::post_button(cx, "/account/transfer", t.btn_other, if payees.is_empty() { "" } else { "sec" }, &[("payee", "")]))
            (ui::button_link("/me/payees", t.btn_book, "sec"))
        }
    };
    shell::portal(cx, &Page::new(t.transfer).nav(Nav::Me).narrow(), body)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use kernel::{Locale, Timestamp};
    use testkit::TestDb;

    use super::*;
    use crate::portal::journey_tests::{Browser, demo};

    #[test]
    fn a_book_shows_four_digits_of_an_account_and_who_is_new() {
        let payee = Payee {
            id: payee::PayeeId(7),
            name: "王建国".to_owned(),
            bank: "中国银行".to_owned(),
            account: "6217000123456789".to_owned(),
            nickname: None,
            created_at: Timestamp(0),
            warm_at: Timestamp(5),
        };
        for locale in Locale::ALL {
            let t = PayeeWords::of(locale);
            let at = |now| {
                let cx = PageCx::guest(locale, "/me/payees", Timestamp(now));
                let new = NewPayee::default();
                book_page(&cx, std::slice::from_ref(&payee), &new, true, &Trouble::default()).into_string()
            };
            let new = status::tag(Kind::Warn, t.cooling).into_string();
            assert!(at(4).contains(&new) && !at(5).contains(&new));
            assert!(at(4).contains("6789") && !at(4).contains(&payee.account));
        }
    }

    #[testkit::db_test]
    async fn the_book_and_the_checks_are_for_whom_they_are(t: TestDb) {
        let app = demo(&t).await;
        let mut browser = Browser::new(&app);
        for path in ["/me/payees", "/org/approvals", "/org/approvals/rules"] {
            assert_eq!(browser.get(path).await.status, StatusCode::SEE_OTHER, "{path}: sign in first");
        }
        browser.register().await;
        assert_eq!(browser.get("/me/payees").await.status, StatusCode::OK);
        for path in ["/org/approvals", "/org/approvals/rules", "/org/approvals/apr_1"] {
            assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}: of no organisation");
        }
        let wrong = [("name", ""), ("bank", "中国银行"), ("account", "12"), ("nickname", "")];
        let again = browser.post("/me/payees", "/me/payees", &wrong).await;
        assert!(again.html.contains("中国银行"), "what was typed is still there");
        let right =
            [("name", "王建国"), ("bank", "中国银行"), ("account", "6217 0001 2345 6789"), ("nickname", "")];
        browser.post("/me/payees", "/me/payees", &right).await;
        let book = browser.get("/me/payees").await.html;
        assert!(book.contains("王建国") && book.contains("6789"));
    }
}
