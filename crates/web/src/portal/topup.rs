//! Topping up the balance by card: how much, off to the gateway's page, and what really came of it.
//!
//! The page after coming back never trusts the browser: it asks the gateway, and shows what is booked. While that is not known it
//! says so, updates by itself and offers no second payment (U6).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::PaymentMethod;
use kernel::{Currency, Locale, Money, MoneyError};
use ordering::idempotency::{Key, fingerprint, parse_key};
use ordering::payment::{
    self, AttemptId, LIVE, PaymentId, PaymentView, Purpose, RETURN_PLACE, StartAttempt, Started, Status,
};
use serde::Deserialize;
use serde_json::json;

use super::checkout_view::{payer_address, screen};
use super::reply::{self, Trouble};
use super::topup_view::{Ask, Outcome, ask_page, going_on, state_page};
use crate::app::App;
use crate::edge::form::{local_path, see_other};
use crate::edge::live::HEARTBEAT;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{FormWords, TopUpWords};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/account/topup", get(ask).post(begin))
        .route("/account/topup/{payment}", get(show))
        .route("/account/topup/{payment}/pay", post(pay))
        .route("/account/topup/{payment}/events", get(events))
}

/// An amount that a link suggests, and where it came from.
#[derive(Debug, Deserialize)]
struct Suggested {
    amount: Option<String>,
    next: Option<String>,
}

/// Where it goes on afterwards, within this site; empty for nowhere.
fn next_of(text: &str) -> &str {
    match local_path(text) {
        "/" => "",
        path => path,
    }
}

async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Query(suggested): Query<Suggested>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let (amount, next) = (suggested.amount.unwrap_or_default(), suggested.next.unwrap_or_default());
    let typed = Typed { amount: &amount, gateway: "", next: next_of(&next) };
    Ok(question(&app, &visitor, &typed, Trouble::default()).await?.into_response())
}

/// What stands in the form.
struct Typed<'a> {
    amount: &'a str,
    gateway: &'a str,
    next: &'a str,
}

async fn question(
    app: &App,
    visitor: &Visitor,
    typed: &Typed<'_>,
    trouble: Trouble,
) -> Result<maud::Markup, Refused> {
    let customer = visitor.customer()?;
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, customer).await?;
    let mut gateways: Vec<&str> = app.payments.gateways.names().collect();
    // In the order in which every page offers them.
    let place = |name: &str| PaymentMethod::ALL.iter().position(|method| method.name() == name);
    gateways.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
    let key = kernel::encode_base32(app.cx.id());
    let Typed { amount, gateway, next } = *typed;
    let available = balance.available;
    let on_phone = visitor.is_on_phone();
    let ask = Ask { amount, gateway, gateways: &gateways, available, key: &key, next, on_phone, trouble };
    Ok(ask_page(&visitor.page(app).await?, &ask))
}

/// A top-up is opened, then the browser goes to the gateway. The page's key makes a repeated press open it once.
async fn begin(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let customer = visitor.customer()?;
    let next = next_of(form.get("next"));
    let typed = Typed { amount: form.get("amount"), gateway: form.get("gateway"), next };
    let (amount, key) = match read(&app, &form, visitor.locale) {
        Ok(read) => read,
        Err(trouble) => {
            return Ok(crate::edge::form::again(question(&app, visitor, &typed, trouble).await?));
        }
    };
    let key = Key {
        actor: customer,
        route: "POST /account/topup",
        key,
        fingerprint: fingerprint(&json!({ "amount": amount.minor })),
    };
    match payment::ops::start_top_up(&app.payments, &visitor.actor, amount, &key).await {
        Ok(opened) => lead(&app, visitor, opened.id, typed.gateway, screen(&form), next).await,
        Err(error) => {
            let refused = Refused::from(error);
            // The page was sent before with another amount: a new key makes it a new wish, once it is confirmed.
            let trouble = if refused.code() == "payment.idempotency_conflict" {
                Trouble {
                    message: Some(FormWords::of(visitor.locale).err_expired.to_owned()),
                    ..Trouble::default()
                }
            } else {
                Trouble::of(&refused, visitor.locale)
            };
            let page = question(&app, visitor, &typed, trouble).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

/// Amount and key of the form.
fn read(app: &App, form: &PostForm, locale: Locale) -> Result<(Money, String), Trouble> {
    let t = TopUpWords::of(locale);
    let amount = match Money::parse(form.get("amount"), Currency::CNY) {
        Ok(amount) => amount,
        // The op says what the limits are.
        Err(MoneyError::Overflow) => Money::cny(i64::MAX),
        Err(_) if form.get("amount").trim().is_empty() => {
            return Err(Trouble::field_is("amount", t.amount_empty));
        }
        Err(_) => return Err(Trouble::field_is("amount", t.amount_format)),
    };
    if app.payments.gateways.get(form.get("gateway")).is_none() {
        return Err(Trouble::field_is("gateway", t.method_missing));
    }
    let key = parse_key(form.get("idem")).unwrap_or_else(|| kernel::encode_base32(app.cx.id()));
    Ok((amount, key))
}

async fn pay(State(app): State<App>, Path(id): Path<String>, form: PostForm) -> Result<Response, Refused> {
    form.visitor.account()?;
    let next = next_of(form.get("next"));
    lead(&app, &form.visitor, parse(&id)?, form.get("gateway"), screen(&form), next).await
}

/// To the gateway's page, or to what is known when nothing is to be paid there.
async fn lead(
    app: &App,
    visitor: &Visitor,
    id: PaymentId,
    gateway: &str,
    screen: connectors::Screen,
    next: &str,
) -> Result<Response, Refused> {
    let here = format!("/account/topup/{id}");
    let input = StartAttempt {
        payment: id,
        gateway: gateway.to_owned(),
        locale: visitor.locale,
        return_url: format!(
            "{}{here}?attempt={RETURN_PLACE}{}",
            app.settings.public_url,
            going_on('&', next)
        ),
        screen,
        payer_address: payer_address(visitor),
    };
    match payment::attempt::start_attempt(&app.payments, &visitor.actor, input).await {
        Ok(Started::Checkout { checkout, .. }) => Ok(match checkout.page() {
            Some(page) => see_other(page),
            // The page of the top-up shows the code or the account.
            None => see_other(&format!("{here}{}", going_on('?', next))),
        }),
        Ok(Started::AlreadyPaid | Started::Confirming) => {
            Ok(see_other(&format!("{here}{}", going_on('?', next))))
        }
        Err(error) => {
            let refused = Refused::from(error);
            if !matches!(
                refused.kind(),
                kernel::Kind::Conflict | kernel::Kind::Unavailable | kernel::Kind::Invalid
            ) {
                return Err(refused);
            }
            let view = payment::ops::view(&app.cx, &visitor.actor, id).await?;
            let page = state(app, visitor, &view, next, Trouble::of(&refused, visitor.locale)).await?;
            reply::again(refused, |_| page, visitor.locale)
        }
    }
}

/// With what the gateway put behind the address when it sent the browser back.
#[derive(Debug, Deserialize)]
struct Back {
    attempt: Option<String>,
    next: Option<String>,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, Refused> {
    visitor.account()?;
    let id = parse(&id)?;
    let next = back.next.unwrap_or_default();
    if let Some(attempt) = back.attempt {
        if let Ok(attempt) = attempt.parse::<AttemptId>() {
            payment::attempt::returned(&app.payments, &visitor.actor, attempt).await?;
        }
        return Ok(see_other(&format!("/account/topup/{id}{}", going_on('?', next_of(&next)))));
    }
    let view = own(&app, &visitor, id).await?;
    Ok(state(&app, &visitor, &view, next_of(&next), Trouble::default()).await?.into_response())
}

async fn own(app: &App, visitor: &Visitor, id: PaymentId) -> Result<PaymentView, Refused> {
    let view = payment::ops::view(&app.cx, &visitor.actor, id).await?;
    if view.payment.purpose == Purpose::TopUp { Ok(view) } else { Err(EdgeError::NotFound.into()) }
}

async fn state(
    app: &App,
    visitor: &Visitor,
    view: &PaymentView,
    next: &str,
    trouble: Trouble,
) -> Result<maud::Markup, Refused> {
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, view.payment.customer).await?;
    let last = view.attempts.last().map(|attempt| attempt.gateway.as_str());
    let gateway = last.or_else(|| app.payments.gateways.names().next()).unwrap_or_default();
    let outcome = Outcome { view, available: balance.available, gateway, next, trouble };
    Ok(state_page(&visitor.page(app).await?, &outcome))
}

/// Tells the page to look again whenever something happened to the payment.
async fn events(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    visitor.account()?;
    // The ear is open before the payment is read, so nothing falls between.
    let listener = app.cx.db.listen(LIVE);
    let view = own(&app, &visitor, parse(&id)?).await?;
    let wanted = format!("{}|{}", view.payment.customer.raw(), view.payment.id.raw());
    let already = !matches!(view.status, Status::ToPay | Status::Confirming);
    let stopping = app.tasks.stopping().clone();
    let stream = futures_util::stream::unfold((listener, already), move |(mut listener, already)| {
        let (wanted, stopping) = (wanted.clone(), stopping.clone());
        async move {
            let heard = async {
                // A missed signal counts as one about this payment.
                while !already && listener.recv().await.is_some_and(|payload| payload != wanted) {}
            };
            tokio::select! {
                () = heard => {}
                () = stopping.cancelled() => return None,
            }
            let event = Event::default().event("refetch").data("topup-state");
            Some((Ok::<_, std::convert::Infallible>(event), (listener, false)))
        }
    });
    let sse = Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(([("x-accel-buffering", "no")], sse).into_response())
}

fn parse(id: &str) -> Result<PaymentId, Refused> {
    id.parse().map_err(|_| EdgeError::NotFound.into())
}
