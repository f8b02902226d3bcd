//! The cart: several services, one payment, ordered at most once however often the button is pressed (I8, I9).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::{CaptureAt, PaymentMethod, Priced, ServiceVersion};
use kernel::{Kind, Money};
use maud::{Markup, html};
use ordering::cart::{self, CartId, CartLine, CartLineId};
use ordering::idempotency::{Key, fingerprint};
use ordering::order::Channel;
use ordering::{NewLine, PlaceOrder};
use serde_json::json;

use super::check::{after, is_to_pay, usual};
use super::check_page;
use super::filling::fitting;
use super::orderside::id;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{CartWords, Common, PayWords};
use crate::ui::form::{self, Field};
use crate::ui::{Page, PageCx, banner, button_link, card, empty, money, post_button, shell, summary, time};

const ROUTE: &str = "POST /cart/checkout";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/cart", get(show))
        .route("/cart/checkout", post(checkout))
        .route("/cart/{line}/quantity", post(set_quantity))
        .route("/cart/{line}/remove", post(remove))
}

/// A line with what it costs now.
struct Priceable {
    line: CartLine,
    version: Option<Arc<ServiceVersion>>,
    /// `None`: it cannot be ordered as it is.
    priced: Option<Priced>,
}

/// The cart with today's prices.
struct Basket {
    id: CartId,
    revision: i64,
    lines: Vec<Priceable>,
    /// The ways to pay that are set up here.
    set_up: Vec<PaymentMethod>,
}

impl Basket {
    async fn load(app: &App, visitor: &Visitor) -> Result<Self, Refused> {
        let cart = cart::get(&app.cx, &visitor.actor).await?;
        let snapshot = app.shelf.snapshot();
        let mut lines = Vec::with_capacity(cart.lines.len());
        for line in cart.lines {
            let version = snapshot.service(&line.service);
            let priced = match &version {
                Some(version) => price(app, visitor, version, &line).await?,
                None => None,
            };
            lines.push(Priceable { line, version, priced });
        }
        let set_up = app.payments.take(&PaymentMethod::ALL);
        Ok(Self { id: cart.id, revision: cart.revision, lines, set_up })
    }

    /// The sum, where every line has a price.
    fn total(&self) -> Option<Money> {
        let mut prices = self.lines.iter().map(|line| line.priced.as_ref().map(|priced| priced.total));
        let first = prices.next()??;
        prices.try_fold(first, |sum, price| sum.checked_add(price?).ok())
    }

    /// Something in it is charged when the work is done.
    fn is_charged_later(&self) -> bool {
        let versions = self.lines.iter().filter_map(|line| line.version.as_ref());
        versions.into_iter().any(|version| version.service.capture == CaptureAt::Completion)
    }

    /// The ways to pay that every line takes.
    fn methods(&self) -> Vec<PaymentMethod> {
        let taken = |method: &PaymentMethod| {
            self.lines
                .iter()
                .filter_map(|line| line.version.as_ref())
                .all(|v| v.service.payment.contains(method))
        };
        self.set_up.iter().copied().filter(taken).collect()
    }
}

/// What a line costs now; `None` when it must be asked or chosen anew.
async fn price(
    app: &App,
    visitor: &Visitor,
    version: &ServiceVersion,
    line: &CartLine,
) -> Result<Option<Priced>, Refused> {
    let Ok(offering) = version.offering(&line.offering) else { return Ok(None) };
    let quote = match line.quote {
        Some(quote) => match ordering::quote::get(&app.cx, &visitor.actor, quote).await {
            Ok(quote) => quote.provider,
            Err(ordering::Error::NotFound) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    Ok(version.price(offering, line.quantity, &line.answers, quote.as_ref(), app.cx.now()).ok())
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    visitor.account()?;
    let basket = Basket::load(&app, &visitor).await?;
    view(&app, &visitor, &basket, None, None).await
}

async fn view(
    app: &App,
    visitor: &Visitor,
    basket: &Basket,
    method: Option<PaymentMethod>,
    problem: Option<Markup>,
) -> Result<Markup, Refused> {
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, visitor.customer()?).await?.available;
    Ok(page(&visitor.page(app).await?, basket, balance, method, problem))
}

fn page(
    cx: &PageCx,
    basket: &Basket,
    balance: Money,
    method: Option<PaymentMethod>,
    problem: Option<Markup>,
) -> Markup {
    let t = CartWords::of(cx.locale);
    let has_problem = problem.is_some();
    let body = html! {
        @if let Some(problem) = problem { (problem) }
        h1 { (t.title) }
        @if basket.lines.is_empty() {
            (empty::empty(t.empty, Some(button_link("/services", t.browse, ""))))
        } @else {
            p.muted { (t.intro) }
            @for line in &basket.lines { (line_card(cx, line)) }
            (pay_part(cx, basket, balance, method))
        }
    };
    let frame = Page::new(t.title).narrow().scripts(&["form"]).errors(has_problem);
    shell::portal(cx, &frame, body)
}

fn line_card(cx: &PageCx, line: &Priceable) -> Markup {
    let (t, common) = (CartWords::of(cx.locale), Common::of(cx.locale));
    let line_id = line.line.id;
    let Some(version) = &line.version else {
        let remove = t.remove_what(&line.line.service);
        return card::card(
            &format!("l-{line_id}"),
            &line.line.service,
            None,
            html! {
                p { (t.gone) }
                (post_button(cx, &format!("/cart/{line_id}/remove"), &remove, "sec small", &[]))
            },
        );
    };
    let service = &version.service;
    let offering = service.offering(&line.line.offering);
    let name = service.name.get(cx.locale);
    let option = offering.map_or("", |offering| offering.name.get(cx.locale));
    let quantity = line.line.quantity.to_string();
    let limits = offering.map_or(catalogue::service::Quantity::ONE, |offering| offering.quantity);
    card::card(
        &format!("l-{line_id}"),
        name,
        None,
        html! {
            @if option != name { p { (option) } }
            p.muted.sm { (t.within(&time::length(cx.locale, service.service_level))) }
            @match &line.priced {
                Some(priced) => { p { b { (money::money(priced.total)) } @if line.line.quantity > 1 { span.muted.num { " (" (priced.unit) " × " (quantity) ")" } } } }
                None => { p { (t.stale) } }
            }
            @if limits.max > 1 {
                (form::form(cx, &format!("q-{line_id}"), &format!("/cart/{line_id}/quantity"), None, html! {
                    (Field::new(&quantity_name(line_id), &t.quantity_of(name)).value(&quantity).stepper(cx, limits.min, limits.max))
                    button.btn.sec.small { (t.btn_update) }
                }))
            }
            (post_button(cx, &format!("/cart/{line_id}/remove"), common.btn_remove, "sec small", &[]))
        },
    )
}

/// A control's name is its id: unique on the page.
fn quantity_name(line: CartLineId) -> String {
    format!("quantity_{line}")
}

/// The sum, the way to pay, one button. Nothing while a line cannot be ordered.
fn pay_part(cx: &PageCx, basket: &Basket, balance: Money, method: Option<PaymentMethod>) -> Markup {
    let (t, common) = (CartWords::of(cx.locale), Common::of(cx.locale));
    let Some(total) = basket.total() else { return html! {} };
    let methods = basket.methods();
    if methods.is_empty() && !total.is_zero() {
        return html! { p { (t.no_method) } };
    }
    let parts = basket.lines.iter().filter_map(|line| line.priced.as_ref()).flat_map(|priced| &priced.parts);
    let rows: Vec<summary::PriceLine<'_>> = parts
        .map(|part| summary::PriceLine { label: part.label.get(cx.locale), note: "", amount: part.amount })
        .collect();
    let chosen = method.unwrap_or_else(|| usual(&methods, balance, total));
    let button =
        if total.is_zero() { common.btn_submit.to_owned() } else { common.pay_amount(&total.to_string()) };
    html! {
        (card::card("fees", common.total, None, summary::price_table(cx, &rows, total)))
        (form::form(cx, "order", "/cart/checkout", None, html! {
            (form::idem(&key_of(basket.id, basket.revision)))
            input type="hidden" name="cart" value=(basket.id);
            input type="hidden" name="revision" value=(basket.revision);
            input type="hidden" name="total" value=(total.minor);
            @if !total.is_zero() {
                (check_page::methods(cx, &methods, chosen, balance, total))
                @if basket.is_charged_later() {
                    (banner::note(html! { p { (PayWords::of(cx.locale).authorise) } }))
                } @else {
                    (check_page::part(cx, &methods, balance, total))
                }
            }
            (form::actions(cx, &button, None))
        }))
    }
}

/// One cart at one revision is one order.
fn key_of(cart: CartId, revision: i64) -> String {
    format!("{cart}-{revision}")
}

async fn checkout(State(app): State<App>, form: PostForm) -> Result<Response, Refused> {
    let visitor = &form.visitor;
    let customer = visitor.customer()?;
    let basket = Basket::load(&app, visitor).await?;
    let cart: CartId = form.id("cart").ok_or(EdgeError::NotFound)?;
    let revision = form.number("revision").unwrap_or(0);
    let total = basket.total().unwrap_or_default();
    let method = PaymentMethod::from_name(form.get("method"));
    let set_up = total.is_zero() || method.is_none_or(|method| app.payments.takes(method));
    let key = Key {
        actor: customer,
        route: ROUTE,
        key: key_of(cart, revision),
        fingerprint: fingerprint(&json!({ "cart": cart, "revision": revision })),
    };
    // Another open cart: the one that was shown is an order already, and its key brings the first answer.
    let lines = if cart == basket.id { new_lines(&basket) } else { Vec::new() };
    let new = PlaceOrder {
        origin: visitor.origin(),
        actor: visitor.actor.clone(),
        customer,
        key,
        lines,
        payment: method.unwrap_or(PaymentMethod::Balance),
        from_balance: method.and_then(|method| check_page::chosen_part(&form, method, total)),
        agreed_total: Money::new(form.number("total").unwrap_or(-1), total.currency),
        cart: Some((cart, revision)),
        draft: None,
        channel: Channel::Portal,
        hold_for: None,
    };
    let placed = if set_up { app.desk.place(new).await } else { Err(ordering::Error::PaymentNotOffered) };
    match placed {
        Ok(placed) => Ok(see_other(&after(placed.order, is_to_pay(&placed)))),
        Err(ordering::Error::CartOrdered { order }) => Ok(see_other(&super::orderside::order_path(order))),
        Err(ordering::Error::NoLines) => Ok(see_other("/cart")),
        Err(error) => {
            let choices = match &error {
                ordering::Error::InsufficientFunds { .. } => {
                    check_page::short_choices(visitor.locale, "/cart")
                }
                ordering::Error::LevelNeeded { .. } => {
                    let verify = crate::i18n::IdentityWords::of(visitor.locale).btn_verify;
                    html! { p { (crate::ui::link(&super::real_name::path_from("/cart"), verify)) } }
                }
                ordering::Error::InvalidInput { fields } => html! {
                    ul { @for field in fields { li { (field.message(visitor.locale)) } } }
                },
                _ => html! {},
            };
            let refused = Refused::from(error);
            if refused.leads_away() {
                return Err(refused);
            }
            let problem = check_page::refusal(visitor.locale, &refused, choices);
            let page = view(&app, visitor, &basket, method, Some(problem)).await?;
            Ok((refused.status(), page).into_response())
        }
    }
}

fn new_lines(basket: &Basket) -> Vec<NewLine> {
    let line = |one: &Priceable| {
        let form = one.version.as_ref().map(|version| version.form_for(&one.line.offering));
        NewLine {
            service: one.line.service.clone(),
            version: None,
            offering: one.line.offering.clone(),
            quantity: one.line.quantity,
            answers: form.map_or_else(|| one.line.answers.clone(), |form| fitting(form, &one.line.answers)),
            quote: one.line.quote,
        }
    };
    basket.lines.iter().map(line).collect()
}

async fn set_quantity(
    State(app): State<App>,
    Path(line): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let line: CartLineId = id(&line)?;
    let quantity = form.number(&quantity_name(line)).unwrap_or(0);
    let changed = cart::set_quantity(&app.cx, &app.shelf, &form.visitor.actor, line, quantity).await;
    changed_or_told(&app, &form.visitor, changed).await
}

async fn remove(
    State(app): State<App>,
    Path(line): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let line: CartLineId = id(&line)?;
    let changed = cart::remove(&app.cx, &form.visitor.actor, line).await;
    changed_or_told(&app, &form.visitor, changed).await
}

/// Back to the cart, or the cart with what was wrong.
async fn changed_or_told(
    app: &App,
    visitor: &Visitor,
    changed: Result<cart::Cart, ordering::Error>,
) -> Result<Response, Refused> {
    let Err(error) = changed else { return Ok(see_other("/cart")) };
    let fields = match &error {
        ordering::Error::InvalidInput { fields } => fields.clone(),
        _ => Vec::new(),
    };
    let refused = Refused::from(error);
    if fields.is_empty() && !matches!(refused.kind(), Kind::Conflict) {
        return Err(refused);
    }
    let list = html! { ul { @for field in &fields { li { (field.message(visitor.locale)) } } } };
    let problem = check_page::refusal(visitor.locale, &refused, list);
    let basket = Basket::load(app, visitor).await?;
    let page = view(app, visitor, &basket, None, Some(problem)).await?;
    Ok((refused.status(), page).into_response())
}
