//! The payee book.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::policy::TRANSFER_SERVICE;
use kernel::{Currency, Money, Permission};
use maud::{Markup, html};
use ordering::payee::{self, NewBalancePayee, NewPayee, Payee};

use super::reply::{self, Trouble};
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{PayeeWords, SettingsWords};
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, card, form, shell, status, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/payees", get(book).post(add))
        .route("/me/payees/customer", get(customer).post(add_customer))
        .route("/me/payees/{id}/remove", post(remove))
}

/// Where money can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    /// To an account at a bank.
    pub bank: bool,
    /// To another customer's balance, where the operator offers it.
    pub balance: bool,
}

impl Ways {
    pub(crate) fn of(app: &App) -> Self {
        Self { bank: app.shelf.service(TRANSFER_SERVICE).is_some(), balance: app.shelf.crediting().is_some() }
    }

    pub(crate) const fn any(self) -> bool {
        self.bank || self.balance
    }

    /// Whether money can be sent to this payee.
    pub(super) const fn leads_to(self, payee: &Payee) -> bool {
        if payee.beneficiary.is_some() { self.balance } else { self.bank }
    }
}

async fn book(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(show(&app, &visitor, &NewPayee::default(), Trouble::default()).await?.into_response())
}

async fn show(app: &App, visitor: &Visitor, typed: &NewPayee, trouble: Trouble) -> Result<Markup, Refused> {
    let payees = payee::list(&app.cx, &visitor.actor).await?;
    Ok(book_page(&visitor.page(app).await?, &payees, typed, Ways::of(app), &trouble))
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

/// Another customer of this counter, where money can be sent to one.
async fn customer(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    visitor.account()?;
    app.shelf.crediting().ok_or(EdgeError::NotFound)?;
    let page = customer_page(&visitor.page(&app).await?, &NewBalancePayee::default(), &Trouble::default());
    Ok(page.into_response())
}

async fn add_customer(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let text = |name: &str| form.get(name).to_owned();
    let new = NewBalancePayee { name: text("name"), contact: text("contact"), nickname: text("nickname") };
    match payee::add_balance(&app.cx, &app.shelf, &form.visitor.actor, &new).await {
        Ok(_) => Ok(see_other("/me/payees")),
        Err(error) => {
            let refused = Refused::from(error);
            if refused.leads_away() || app.shelf.crediting().is_none() {
                return Err(refused);
            }
            let trouble = Trouble::of(&refused, form.visitor.locale);
            let page = customer_page(&form.visitor.page(&app).await?, &new, &trouble);
            reply::again(refused, |_| page, form.visitor.locale)
        }
    }
}

async fn remove(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    let id = id.parse().map_err(|_| EdgeError::NotFound)?;
    payee::remove(&app.cx, &form.visitor.actor, id).await?;
    Ok(see_other("/me/payees"))
}

/// One of the book as lists show it.
pub(super) fn line(cx: &PageCx, payee: &Payee) -> Markup {
    let t = PayeeWords::of(cx.locale);
    html! {
        (who(cx, payee)) " "
        @if payee.warm_at > cx.now {
            (status::tag(Kind::Warn, t.cooling)) " "
            span.muted.sm { (t.until) " " (time::stamp(cx, payee.warm_at)) }
        }
    }
}

/// Name and account, four digits of it.
pub(super) fn who(cx: &PageCx, payee: &Payee) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let name = payee.shown_name();
    html! {
        strong { (payee.nickname.as_deref().unwrap_or(&name)) } " "
        span.muted {
            @if payee.nickname.is_some() { (name) " · " }
            @if payee.beneficiary.is_some() { (t.to_balance) " · " (payee.shown_contact()) }
            @else { (payee.bank) " · " (t.ending(payee.tail())) }
        }
    }
}

/// `/me/payees`
pub(crate) fn book_page(
    cx: &PageCx,
    payees: &[Payee],
    typed: &NewPayee,
    ways: Ways,
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
        @if ways.any() {
            div.acts {
                (ui::button_link("/account/transfer", t.btn_transfer, "sec"))
                @if ways.balance && cx.may(Permission::ActAsCustomer) { (ui::button_link("/me/payees/customer", t.btn_customer, "sec")) }
            }
        }
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

/// `/me/payees/customer`
pub(crate) fn customer_page(cx: &PageCx, typed: &NewBalancePayee, trouble: &Trouble) -> Markup {
    let t = PayeeWords::of(cx.locale);
    let most = Money::new(payee::NEW_MOST, Currency::CNY).to_string();
    let body = html! {
        (shell::back_link("/me/payees", t.title))
        h1 { (t.customer) }
        p.muted { (t.customer_lead) }
        p.muted { (t.lead(&most)) }
        (trouble.summary(cx, html! {}))
        (card::plain(form::form(cx, "customer-form", "/me/payees/customer", None, html! {
            (Field::new("name", t.name).hint(t.customer_name_hint).value(&typed.name).error(trouble.on("name")).text(cx, 60))
            (Field::new("contact", t.contact).value(&typed.contact).error(trouble.on("contact")).text(cx, 254))
            (Field::new("nickname", t.nickname).optional().value(&typed.nickname).error(trouble.on("nickname")).text(cx, 60))
            (form::actions(cx, t.btn_add, None))
        })))
    };
    shell::portal(
        cx,
        &Page::new(t.customer).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]),
        body,
    )
}

#[cfg(test)]
pub(super) mod tests {
    use axum::http::StatusCode;
    use catalogue::service::BetweenBalances;
    use kernel::{Locale, Timestamp};
    use testkit::TestDb;

    use super::*;
    use crate::portal::journey_tests::{Browser, demo, opened};

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
            beneficiary: None,
        };
        let ways = Ways { bank: true, balance: false };
        for locale in Locale::ALL {
            let t = PayeeWords::of(locale);
            let at = |now| {
                let cx = PageCx::guest(locale, "/me/payees", Timestamp(now));
                let new = NewPayee::default();
                book_page(&cx, std::slice::from_ref(&payee), &new, ways, &Trouble::default()).into_string()
            };
            let new = status::tag(Kind::Warn, t.cooling).into_string();
            assert!(at(4).contains(&new) && !at(5).contains(&new));
            assert!(at(4).contains("6789") && !at(4).contains(&payee.account));
        }
    }

    /// With the services that send money, of an operator who lets customers send it to each other or does not.
    pub(in crate::portal) async fn sending(t: &TestDb, between: BetweenBalances) -> App {
        let app = opened(t, shield::Settings::off(), between).await;
        let (name, text) =
            ("transfer.yaml".to_owned(), include_str!("../../../../services/transfer.yaml").to_owned());
        let pack = [catalogue::pack::SourceFile { name, text }];
        catalogue::service::publish(&app.cx, &kernel::Actor::system("test"), &pack).await.unwrap();
        app.shelf.reload(&app.cx).await.unwrap();
        app
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

    /// Somebody signed in whose name is known.
    async fn known(t: &TestDb, app: &App) -> Browser {
        let mut browser = Browser::new(app);
        browser.register().await;
        prove(t, vec![7_u8]).await;
        browser
    }

    /// The name of whoever has an account is known from now on, as it is sealed here.
    pub(in crate::portal) async fn prove(t: &TestDb, sealed: Vec<u8>) {
        t.raw("UPDATE account SET phone_verified_at = 1", Vec::new()).await;
        let person = "INSERT INTO real_name (account_id, person_index, slot, level, person_sealed, consented_at, proved_at)
            SELECT id, $1, 0, 'real_name', $2, 0, 0 FROM account";
        t.raw(person, db::params![vec![7_u8], sealed]).await;
    }

    const SOMEBODY: [(&str, &str); 3] =
        [("name", "周启明"), ("contact", "13910001188"), ("nickname", "老周")];

    #[testkit::db_test]
    async fn w3_where_money_between_customers_is_not_offered_no_page_knows_of_it(t: TestDb) {
        let app = sending(&t, BetweenBalances::Withheld).await;
        let mut browser = known(&t, &app).await;
        for path in ["/me/payees", "/account/transfer", "/account", "/services"] {
            let html = browser.get(path).await.html;
            assert!(!html.contains("/me/payees/customer") && !html.contains("balance-transfer"), "{path}");
        }
        assert_eq!(browser.get("/me/payees/customer").await.status, StatusCode::NOT_FOUND);
        let refused = browser.post("/me/payees", "/me/payees/customer", &SOMEBODY).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let service = browser.get("/s/balance-transfer").await;
        assert_eq!(service.status, StatusCode::NOT_FOUND);
    }

    #[testkit::db_test]
    async fn w3_where_it_is_offered_a_customer_is_looked_for_by_who_is_signed_in(t: TestDb) {
        let app = sending(&t, BetweenBalances::Offered).await;
        let asked = Browser::new(&app).get("/me/payees/customer").await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "sign in first");
        let mut browser = known(&t, &app).await;
        for path in ["/me/payees", "/account/transfer"] {
            assert!(browser.get(path).await.html.contains("/me/payees/customer"), "{path}");
        }
        let page = "/me/payees/customer";
        let unknown = browser.post(page, page, &SOMEBODY).await;
        assert_eq!(unknown.status, StatusCode::CONFLICT);
        assert!(unknown.html.contains("没有找到姓名与手机号或邮箱相符的客户"), "{}", unknown.html);
        assert!(unknown.html.contains("value=\"老周\""), "what was typed is still there");
        let wrong = browser.post(page, page, &[("name", ""), ("contact", "12"), ("nickname", "")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.html.contains("href=\"#f-contact\"") && wrong.html.contains("href=\"#f-name\""));
    }
}
