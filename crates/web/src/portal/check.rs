//! Check answers, then order (U5): everything on one page, the amount in the button, one key for however many sends (I8), and the total
//! that was shown is the total that is charged (I10).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::{Error as CatalogueError, PaymentMethod, Priced};
use kernel::{Kind, Money, Refusal as _};
use maud::{Markup, html};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::Channel;
use ordering::quote::Quote;
use ordering::{NewLine, PlaceOrder, Placed};
use serde_json::json;

use super::check_page::{self, Sheet};
use super::filling::{Filling, Stop, fields_of, known_quote};
use super::orderside::order_path;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{Common, FlowWords, FormWords, IdentityWords};
use crate::ui::form::{self, today};
use crate::ui::{Kind as Tone, PageCx, banner, link};

/// Keys of the check page meet only each other.
const ROUTE: &str = "POST /o/check";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/o/{draft}/check", get(show).post(submit)).route("/o/{draft}/cart", post(to_cart))
}

/// Everything about a draft that is ready to be ordered.
struct Ready {
    answers: serde_json::Value,
    priced: Priced,
    quote: Option<Quote>,
}

/// The draft is ready, or which page still wants something.
async fn ready(app: &App, visitor: &Visitor, filling: &Filling) -> Result<Result<Ready, String>, Refused> {
    let first = format!("/o/{}/1?back=check&errors=1", filling.draft.id);
    let Ok(offering) = filling.version.offering(&filling.draft.offering) else { return Ok(Err(first)) };
    let cx = visitor.page_cx(app);
    let answers = match filling.form().check(&filling.answers(), today(&cx)) {
        Ok(answers) => answers,
        Err(errors) => {
            let wrong = errors.first().map(|error| error.pointer.trim_start_matches('/').to_owned());
            return Ok(Err(page_of(filling, wrong.as_deref().unwrap_or_default())));
        }
    };
    let quote = known_quote(app, visitor, filling).await?;
    if filling.version.service.enquiry.is_some() && quote.is_none() {
        return Ok(Err(filling.enquiry_path()));
    }
    let provider = quote.as_ref().and_then(|quote| quote.provider.as_ref());
    match filling.version.price(offering, filling.draft.quantity, &answers, provider, app.cx.now()) {
        Ok(priced) => Ok(Ok(Ready { answers, priced, quote })),
        Err(CatalogueError::EnquiryNeeded | CatalogueError::QuoteExpired) => Ok(Err(filling.enquiry_path())),
        Err(error) if error.kind() == Kind::Bug => Err(error.into()),
        Err(_) => Ok(Err(first)),
    }
}

/// The page that asks for the field a pointer names, with its errors shown.
fn page_of(filling: &Filling, pointer: &str) -> String {
    let name = pointer.split('/').next().unwrap_or_default();
    let asks = |stop: &Stop| match stop {
        Stop::Questions(index) => {
            let fields = fields_of(&filling.version, &filling.draft.offering, *index);
            fields.iter().any(|field| field.name == name)
        }
        Stop::Enquiry => false,
    };
    let place = filling.stops().iter().position(asks).unwrap_or(0).saturating_add(1);
    format!("/o/{}/{place}?back=check&errors=1", filling.draft.id)
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(draft): Path<String>,
) -> Result<Response, Refused> {
    let filling = Filling::load(&app, &visitor, &draft).await?;
    if let Some(elsewhere) = filling.ordered() {
        return Ok(elsewhere);
    }
    match ready(&app, &visitor, &filling).await? {
        Err(elsewhere) => Ok(see_other(&elsewhere)),
        Ok(ready) => Ok(sheet(&app, &visitor, &filling, &ready, None, None).await?.into_response()),
    }
}

/// Said before anything is sent: the service wants to know more surely who orders. The way there leads back here.
async fn too_little_known(
    app: &App,
    visitor: &Visitor,
    filling: &Filling,
) -> Result<Option<Markup>, Refused> {
    match ordering::desk::check_level(&app.cx, &visitor.actor, &filling.version).await {
        Ok(()) => Ok(None),
        Err(error @ ordering::Error::LevelNeeded { .. }) => {
            let choices = choices(visitor.locale, filling, &error);
            Ok(Some(banner::banner(Tone::Warn, &error.message(visitor.locale), choices)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The page; `problem` stands on top, `method` is what was chosen before.
async fn sheet(
    app: &App,
    visitor: &Visitor,
    filling: &Filling,
    ready: &Ready,
    method: Option<PaymentMethod>,
    problem: Option<Markup>,
) -> Result<Markup, Refused> {
    let cx = PageCx { flow: true, ..visitor.page_cx(app) };
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, visitor.customer()?).await?.available;
    let offered = app.payments.take(&filling.version.service.payment);
    let sheet = Sheet {
        answers: &ready.answers,
        priced: &ready.priced,
        quote: ready.quote.as_ref(),
        balance,
        method: method.unwrap_or_else(|| usual(&offered, balance, ready.priced.total)),
        offered,
        notice: if problem.is_none() { too_little_known(app, visitor, filling).await? } else { None },
        problem,
    };
    Ok(check_page::page(&cx, filling, &sheet))
}

/// The balance where it is enough, else the first way that brings money from outside.
pub(super) fn usual(offered: &[PaymentMethod], balance: Money, total: Money) -> PaymentMethod {
    let first = offered.first().copied().unwrap_or(PaymentMethod::Balance);
    let short = balance.minor < total.minor;
    let outside = offered.iter().copied().find(|method| short && method.is_outside());
    outside.unwrap_or(first)
}

async fn submit(
    State(app): State<App>,
    Path(draft): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let filling = Filling::load(&app, visitor, &draft).await?;
    if let Some(order) = filling.draft.order {
        // Sent again after it was ordered: the first answer, whatever has changed since.
        let order = ordering::order::query::get(&app.cx, &visitor.actor, order).await?;
        let waits = order.state == ordering::order::OrderState::AwaitingPayment;
        return Ok(see_other(&after(order.id, waits)));
    }
    let ready = match ready(&app, visitor, &filling).await? {
        Ok(ready) => ready,
        Err(elsewhere) => return Ok(see_other(&elsewhere)),
    };
    let total = ready.priced.total;
    let method = match PaymentMethod::from_name(form.get("method")) {
        Some(method) => method,
        None if total.is_zero() => PaymentMethod::Balance,
        None => {
            let words = FormWords::of(visitor.locale).err_choose(FlowWords::of(visitor.locale).method);
            let problem = html! { (form::problem_summary(FlowWords::of(visitor.locale).refused_title, html! { p { a href="#f-method" { (words) } } })) };
            let page = sheet(&app, visitor, &filling, &ready, None, Some(problem)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let seen = form.number("version") == Some(filling.version.version);
    let agreed = Money::new(form.number("total").unwrap_or(-1), total.currency);
    let placed = if !seen {
        Err(ordering::Error::Changed { total })
    } else if app.payments.takes(method) || total.is_zero() {
        let part = check_page::chosen_part(&form, method, total);
        app.desk.place(PlaceOrder { from_balance: part, ..order(visitor, &filling, method, agreed)? }).await
    } else {
        Err(ordering::Error::PaymentNotOffered)
    };
    match placed {
        Ok(placed) => Ok(see_other(&after(placed.order, is_to_pay(&placed)))),
        Err(error) => {
            let choices = choices(visitor.locale, &filling, &error);
            let refused = Refused::from(error);
            if refused.leads_away() {
                return Err(refused);
            }
            let problem = check_page::refusal(visitor.locale, &refused, choices);
            let page = sheet(&app, visitor, &filling, &ready, Some(method), Some(problem)).await?;
            Ok((refused.status(), page).into_response())
        }
    }
}

fn order(
    visitor: &Visitor,
    filling: &Filling,
    method: PaymentMethod,
    agreed_total: Money,
) -> Result<PlaceOrder, Refused> {
    let customer = visitor.customer()?;
    let line = NewLine { version: Some(filling.version.version), ..filling.line() };
    // What the draft is about; the way to pay may change between a refusal and the next try.
    let content = json!({
        "draft": filling.draft.id, "service": line.service, "offering": line.offering,
        "quantity": line.quantity, "answers": line.answers,
    });
    let key = Key {
        actor: customer,
        route: ROUTE,
        key: filling.draft.idem.clone(),
        fingerprint: fingerprint(&content),
    };
    Ok(PlaceOrder {
        origin: visitor.origin(),
        actor: visitor.actor.clone(),
        customer,
        key,
        lines: vec![line],
        payment: method,
        from_balance: None,
        agreed_total,
        cart: None,
        draft: Some(filling.draft.id),
        channel: Channel::Portal,
        hold_for: None,
    })
}

/// Where an order goes on: to its payment, or to its confirmation.
pub(super) fn after(order: ordering::OrderId, to_pay: bool) -> String {
    if to_pay { format!("/pay/{order}") } else { format!("{}/done", order_path(order)) }
}

pub(super) fn is_to_pay(placed: &Placed) -> bool {
    placed.state == ordering::order::OrderState::AwaitingPayment
}

/// What can be done about a refusal, as links; nothing that was filled in is lost.
fn choices(locale: kernel::Locale, filling: &Filling, error: &ordering::Error) -> Markup {
    use ordering::Error as E;
    let (t, common) = (FlowWords::of(locale), Common::of(locale));
    let check = filling.check_path();
    match error {
        E::InsufficientFunds { .. } => check_page::short_choices(locale, &check),
        E::SlotTaken { .. } => {
            let field = filling.version.service.slots().map_or("slot", |plan| plan.field.as_str());
            html! { p { (link(&filling.change_path(field), common.btn_change)) } }
        }
        E::StockShort { .. } | E::NotEligible { .. } => {
            html! { p { (link(&format!("/o/{}/1?back=check", filling.draft.id), common.btn_change)) } }
        }
        E::LevelNeeded { .. } => {
            let verify = IdentityWords::of(locale).btn_verify;
            html! { p { (link(&super::real_name::path_from(&check), verify)) } p { (t.keeps) } }
        }
        E::QuoteExpired => html! { p { (link(&filling.enquiry_path(), t.btn_query)) } },
        E::InvalidInput { fields } => {
            let lines: Vec<(String, &str)> = fields
                .iter()
                .map(|field| {
                    let pointer = field.pointer.trim_start_matches("/lines/0").trim_start_matches("/answers");
                    (page_of(filling, pointer.trim_start_matches('/')), field.message(locale))
                })
                .collect();
            html! { ul { @for (href, message) in &lines { li { a href=(href) { (message) } } } } }
        }
        E::Changed { total } => html! { p { (t.new_total(&total.to_string())) } },
        _ => html! { p { (t.keeps) } },
    }
}

/// Into the cart instead of ordering at once.
async fn to_cart(
    State(app): State<App>,
    Path(draft): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let filling = Filling::load(&app, visitor, &draft).await?;
    if let Some(elsewhere) = filling.ordered() {
        return Ok(elsewhere);
    }
    let ready = match ready(&app, visitor, &filling).await? {
        Ok(ready) => ready,
        Err(elsewhere) => return Ok(see_other(&elsewhere)),
    };
    match ordering::cart::add(&app.cx, &app.shelf, &visitor.actor, filling.line()).await {
        Ok(_) => Ok(see_other("/cart")),
        Err(error) => {
            let choices = choices(visitor.locale, &filling, &error);
            let refused = Refused::from(error);
            if refused.leads_away() {
                return Err(refused);
            }
            let problem = check_page::refusal(visitor.locale, &refused, choices);
            let page = sheet(&app, visitor, &filling, &ready, None, Some(problem)).await?;
            Ok((refused.status(), page).into_response())
        }
    }
}
