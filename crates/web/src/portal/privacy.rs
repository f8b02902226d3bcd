//! One's own data: what was agreed to, a copy of everything, and the end of the account.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::privacy::{self, ConsentPurpose, ConsentView};
use kernel::{Locale, Page as Rows, PageRequest, Position};
use maud::{Markup, html};
use ordering::order::query::{self, Which};
use serde_json::{Value, json};

use super::reply::{self, Trouble};
use super::settings::Saved;
use crate::app::App;
use crate::edge::cookie::{self, Name};
use crate::edge::form::see_other;
use crate::edge::middleware::append_cookie;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::PrivacyWords;
use crate::ui::form::Field;
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, shell, status, time};

/// Rows of one kind that a copy holds at most; nobody's history is longer, and the answer stays bounded.
const MOST_ROWS: usize = 20_000;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/me/privacy", get(look))
        .route("/me/privacy/consents", post(consent))
        .route("/me/privacy/copy", post(copy))
        .route("/me/privacy/close", post(close))
}

async fn look(
    State(app): State<App>,
    visitor: Visitor,
    Query(saved): Query<Saved>,
) -> Result<Response, Refused> {
    visitor.account()?;
    Ok(show(&app, &visitor, saved.is("consent"), "", Trouble::default()).await?.into_response())
}

async fn show(
    app: &App,
    visitor: &Visitor,
    saved: bool,
    reason: &str,
    trouble: Trouble,
) -> Result<Markup, Refused> {
    let consents = privacy::consents(&app.cx, &visitor.actor).await?;
    let mut cx = visitor.page(app).await?;
    cx.path = "/me/privacy".to_owned();
    Ok(page(&cx, &consents, saved, reason, &trouble))
}

async fn consent(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let actor = &form.visitor.actor;
    let purpose = ConsentPurpose::from_name(form.get("purpose")).ok_or(EdgeError::NotFound)?;
    if form.get("to") == "give" {
        privacy::give_consent(&app.cx, actor, purpose).await?;
    } else {
        privacy::withdraw_consent(&app.cx, actor, purpose).await?;
    }
    Ok(see_other("/me/privacy?saved=consent"))
}

/// Everything in one document, as a file.
async fn copy(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let body = everything(&app, &form.visitor).await?;
    let text = serde_json::to_vec_pretty(&body).map_err(EdgeError::bug)?;
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"everlit-my-data.json\""),
    ];
    Ok((headers, text).into_response())
}

/// What is known of somebody, for pages and programs alike.
pub(crate) async fn everything(app: &App, visitor: &Visitor) -> Result<Value, Refused> {
    let account = privacy::export(&app.cx, &visitor.actor).await?;
    Ok(json!({
        "made_at": app.cx.now(),
        "identity": account,
        "orders": orders(app, visitor).await?,
        "money": money(app, visitor).await?,
        "messages": messages(app, visitor).await?,
    }))
}

async fn orders(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Refused> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(after, PageRequest::MAX);
        let Rows { items, next } = query::list_own(&app.cx, &visitor.actor, Which::All, &request).await?;
        for order in items {
            let view = query::view(&app.cx, &visitor.actor, order.id).await?;
            let lines: Vec<Value> = view
                .lines
                .iter()
                .map(|line| json!({ "service": line.service, "state": line.state.name(), "total": line.total, "answers": line.answers }))
                .collect();
            all.push(json!({
                "id": order.id, "state": order.state.name(), "total": order.total, "lines": lines,
            }));
        }
        match more(next, all.len()) {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

async fn money(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Refused> {
    let customer = visitor.customer()?;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(after, PageRequest::MAX);
        let Rows { items, next } = ledger::entries(&app.cx, &visitor.actor, customer, request).await?;
        all.extend(
            items
                .iter()
                .map(|entry| json!({ "at": entry.at, "amount": entry.amount, "transfer": entry.transfer })),
        );
        match more(next, all.len()) {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

async fn messages(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Refused> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(after, PageRequest::MAX);
        let Rows { items, next } = notify::list_inbox(&app.cx, &visitor.actor, request).await?;
        all.extend(items.iter().map(
            |one| json!({ "at": one.created_at, "title": one.content.title, "body": one.content.body }),
        ));
        match more(next, all.len()) {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

fn more(next: Option<Position>, rows: usize) -> Option<Position> {
    next.filter(|_| rows < MOST_ROWS)
}

async fn close(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let (visitor, reason) = (&form.visitor, form.get("reason"));
    visitor.account()?;
    let done = if form.has("sure") {
        privacy::close_own(&app.cx, &visitor.actor, &*app.parties.standing, reason)
            .await
            .map_err(Refused::from)
    } else {
        let say = |locale| PrivacyWords::of(locale).sure_needed;
        let field = kernel::FieldError::new("/sure", "web.sure_needed", say(Locale::Zh), say(Locale::En));
        Err(EdgeError::Shape { fields: vec![field] }.into())
    };
    match done {
        Ok(()) => Ok(closed(&app, visitor)),
        Err(refused) if refused.code().ends_with(".proof_needed") => Err(refused),
        Err(refused) => {
            let trouble = Trouble::of(&refused, visitor.locale);
            let page = show(&app, visitor, false, reason, trouble).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

/// The last page: nothing of the account stays in the browser.
fn closed(app: &App, visitor: &Visitor) -> Response {
    let cx = PageCx::guest(visitor.locale, "/", app.cx.now());
    let t = PrivacyWords::of(cx.locale);
    let body = html! {
        h1 { (t.closed) }
        p { (t.closed_lead) }
        div.acts { (ui::button_link("/", t.home, "")) }
    };
    let mut response = shell::portal(&cx, &Page::new(t.closed).narrow(), body).into_response();
    let headers = response.headers_mut();
    append_cookie(headers, &cookie::set(&app.settings, Name::Session, "", 0));
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    headers.insert(HeaderName::from_static("clear-site-data"), clear);
    response
}

/// `/me/privacy`
pub(crate) fn page(
    cx: &PageCx,
    consents: &[ConsentView],
    saved: bool,
    reason: &str,
    trouble: &Trouble,
) -> Markup {
    let t = PrivacyWords::of(cx.locale);
    let body = html! {
        h1 { (t.title) }
        (trouble.summary(cx, html! {}))
        @if saved { (banner::banner(Kind::Ok, t.saved, html! {})) }
        p.muted { (t.lead) }
        (card::card("consents", t.consents, None, html! {
            dl.sum { @for purpose in ConsentPurpose::ALL { (agreement(cx, purpose, consents)) } }
        }))
        (card::card("copy", t.copy, None, html! {
            p.muted { (t.copy_lead) }
            (ui::post_button(cx, "/me/privacy/copy", t.btn_copy, "sec", &[]))
        }))
        (card::card("close", t.close, None, html! {
            p.muted { (t.close_lead) }
            (form::form(cx, "close-form", "/me/privacy/close", None, html! {
                (Field::new("reason", t.reason).hint(t.reason_hint).value(reason).error(trouble.on("reason")).textarea(cx, 500))
                (Field::new("sure", t.sure).error(trouble.on("sure")).checkbox(cx, html! { (t.sure) }))
                button.btn.danger { (t.btn_close) }
            }))
        }))
    };
    let page = Page::new(t.title).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn agreement(cx: &PageCx, purpose: ConsentPurpose, consents: &[ConsentView]) -> Markup {
    let t = PrivacyWords::of(cx.locale);
    let known = consents.iter().find(|one| one.purpose == purpose);
    let live = known.filter(|one| one.withdrawn_at.is_none());
    let word = match purpose {
        ConsentPurpose::Notice => t.notice,
        ConsentPurpose::Personalisation => t.personalisation,
        ConsentPurpose::Marketing => t.marketing,
        ConsentPurpose::RealName => t.real_name,
    };
    let (to, button) = if live.is_some() { ("withdraw", t.btn_withdraw) } else { ("give", t.btn_give) };
    html! {
        div {
            dt { (word) }
            dd {
                @match (live, known) {
                    (Some(one), _) => { (status::tag(Kind::Ok, t.given)) " " (time::stamp(cx, one.given_at)) " · " (t.version) " " (one.version) }
                    (None, Some(_)) => { span.muted { (t.withdrawn) } }
                    (None, None) => { span.muted { (t.not_given) } }
                }
            }
            // Agreeing to be checked is part of being checked.
            @if purpose.is_optional() && (live.is_some() || purpose != ConsentPurpose::RealName) {
                dd.act { (ui::post_button(cx, "/me/privacy/consents", button, "text", &[("purpose", purpose.name()), ("to", to)])) }
            }
        }
    }
}
