//! The balance back to one's own bank: the accounts in one's own verified name, and the way from one of them to a transfer.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::policy::TRANSFER_SERVICE;
use kernel::{Level, Money, Permission};
use maud::{Markup, html};
use ordering::payee::{self, NewPayee, Own};

use super::payees::who;
use super::real_name::path_from;
use super::real_name_view::level_words;
use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{AccountWords, IdentityWords, PayeeWords};
use crate::ui::form::Field;
use crate::ui::{self, Nav, Page, PageCx, banner, card, form, money, shell};

/// Where somebody has their balance sent to their own bank.
pub(super) const PATH: &str = "/account/withdraw";

pub(crate) fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(add))
}

/// Whether whoever looks can have their balance sent to their own bank: there is a bank that sends, and they act for themselves.
pub(super) fn is_offered(app: &App, visitor: &Visitor) -> bool {
    let own = visitor.actor.account().is_some_and(|account| visitor.actor.customer() == Some(account));
    own && app.shelf.service(TRANSFER_SERVICE).is_some()
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(page(&app, &visitor, &NewPayee::default(), Trouble::default()).await?.into_response())
}

/// An account of one's own: the name is the verified one, whatever is sent.
async fn add(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let actor = &form.visitor.actor;
    let own = payee::own(&app.cx, actor).await?.ok_or(EdgeError::NotFound)?;
    let text = |name: &str| form.get(name).to_owned();
    let new =
        NewPayee { name: own.name, bank: text("bank"), account: text("account"), nickname: String::new() };
    match payee::add(&app.cx, actor, &new).await {
        Ok(_) => Ok(see_other(PATH)),
        Err(error) => {
            let refused = Refused::from(error);
            if refused.leads_away() {
                return Err(refused);
            }
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = page(&app, &form.visitor, &new, trouble).await?;
            reply::again(refused, |_| page, form.visitor.locale)
        }
    }
}

async fn page(app: &App, visitor: &Visitor, typed: &NewPayee, trouble: Trouble) -> Result<Markup, Refused> {
    let customer = visitor.customer()?;
    if !is_offered(app, visitor) {
        return Err(EdgeError::NotFound.into());
    }
    let version = app.shelf.service(TRANSFER_SERVICE).ok_or(EdgeError::NotFound)?;
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, customer).await?;
    let own = payee::own(&app.cx, &visitor.actor).await?;
    let view =
        View { available: balance.available, needed: version.service.requires_level, own: own.as_ref() };
    Ok(withdraw_page(&visitor.page(app).await?, &view, typed, &trouble))
}

/// What the page shows.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub available: Money,
    /// How surely it has to be known who takes money out.
    pub needed: Level,
    /// `None` for who has shown no name.
    pub own: Option<&'a Own>,
}

/// `/account/withdraw`
pub(crate) fn withdraw_page(cx: &PageCx, view: &View<'_>, typed: &NewPayee, trouble: &Trouble) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let body = html! {
        (shell::back_link("/account", AccountWords::of(cx.locale).title))
        h1 { (t.withdraw) }
        p.muted { (t.withdraw_lead) }
        (trouble.summary(cx, html! {}))
        (card::plain(html! {
            p.muted.sm { (AccountWords::of(cx.locale).available) }
            p { (money::large(view.available)) }
        }))
        @match view.own {
            None => (verify_first(cx, view.needed)),
            Some(own) => (accounts(cx, own, typed, trouble)),
        }
    };
    shell::portal(
        cx,
        &Page::new(t.withdraw).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

fn verify_first(cx: &PageCx, needed: Level) -> Markup {
    let t = IdentityWords::of(cx.locale);
    let words = t.needs(level_words(needed, cx.locale));
    banner::note(html! { p { (words) " " (ui::link(&path_from(PATH), t.btn_verify)) } })
}

fn accounts(cx: &PageCx, own: &Own, typed: &NewPayee, trouble: &Trouble) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let may = cx.may(Permission::ActAsCustomer);
    html! {
        @for one in &own.accounts {
            @let id = one.id.to_string();
            (card::plain(html! {
                p { (who(cx, one)) }
                @if may {
                    (ui::post_button(cx, "/account/transfer", t.withdraw_to, "", &[("payee", &id), ("purpose", t.withdraw)]))
                }
            }))
        }
        @if may {
            (card::card("own-account", t.add_own, None, html! {
                p.muted { (t.own_name(&own.name)) }
                (form::form(cx, "own-form", PATH, None, html! {
                    (Field::new("bank", t.bank).value(&typed.bank).error(trouble.on("bank")).text(cx, 60))
                    (Field::new("account", t.account).hint(t.account_hint).value(&typed.account).error(trouble.on("account")).text(cx, 40))
                    (form::actions(cx, t.btn_add_own, None))
                }))
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;
    use testkit::TestDb;

    use super::*;
    use crate::portal::journey_tests::Browser;
    use crate::portal::payees::tests::{prove, sending};

    #[testkit::db_test]
    async fn the_balance_goes_only_to_an_account_in_ones_own_verified_name(t: TestDb) {
        let app = sending(&t, catalogue::service::BetweenBalances::Withheld).await;
        let mut browser = Browser::new(&app);
        assert_eq!(browser.get(PATH).await.status, StatusCode::SEE_OTHER, "sign in first");
        browser.register().await;
        let page = browser.get(PATH).await.html;
        assert!(page.contains("/me/identity") && !page.contains("own-form"), "verify first: {page}");
        let refused =
            browser.post(PATH, PATH, &[("bank", "中国银行"), ("account", "6217000123456789")]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);

        let person =
            json!({"name": "林小满", "number": "110101199003071234", "holder": "citizen"}).to_string();
        let cx = &app.cx;
        prove(&t, cx.vault.seal(cx.rng.as_ref(), "identity.real_name.person", person.as_bytes()).unwrap())
            .await;
        assert!(browser.get("/account").await.html.contains(PATH));
        let wrong = browser.post(PATH, PATH, &[("bank", "中国银行"), ("account", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.html.contains("href=\"#f-account\"") && wrong.html.contains("value=\"中国银行\""));
        let another = [("bank", "中国银行"), ("account", "6217 0001 2345 6789"), ("name", "王建国")];
        browser.post(PATH, PATH, &another).await;
        let page = browser.get(PATH).await.html;
        assert!(page.contains("林小满") && page.contains("6789") && !page.contains("王建国"), "{page}");
    }
}
