//! What can be ordered: all services, those of one vertical, and the guide of one service (U3) with its choice and 立即办理. Public.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use catalogue::service::{
    CancelUntil, FailureRefund, Offering, Outcome, Price, Service, ServiceVersion, Snapshot, Vertical,
};
use kernel::{Level, Locale};
use maud::{Markup, html};
use serde::Deserialize;

use super::orderside::id;
use super::real_name::missing_level;
use crate::app::App;
use crate::edge::form::{encode, see_other};
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, Visitor};
use crate::i18n::{Common, ServiceWords};
use crate::ui::form::{Choice, Field};
use crate::ui::shell::{self, Nav};
use crate::ui::{Page, PageCx, card, form, guide, time};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/services", get(all))
        .route("/services/{code}", get(one))
        .route("/services/{code}/start", post(start))
}

/// More options than this stand side by side when their names are short.
const MANY: usize = 4;
const PILL_CHARS: usize = 16;

/// `¥10.00 起`, `¥1.00 至 ¥50,000.00`, 查询后显示.
pub(super) fn price_word(locale: Locale, service: &Service) -> String {
    let t = ServiceWords::of(locale);
    if let [only] = service.offerings.as_slice() {
        return offering_price(locale, only);
    }
    match service.price_from() {
        Some(least) if least.is_zero() => Common::of(locale).free.to_owned(),
        Some(least) => t.from_price(&least.to_string()),
        None => t.by_provider.to_owned(),
    }
}

/// Services as cards.
pub(super) fn cards(cx: &PageCx, services: &[std::sync::Arc<ServiceVersion>]) -> Markup {
    let t = ServiceWords::of(cx.locale);
    let owned: Vec<(String, String, String)> = services
        .iter()
        .map(|v| {
            let time = t.within(&time::length(cx.locale, v.service.service_level));
            (format!("/services/{}", v.code), price_word(cx.locale, &v.service), time)
        })
        .collect();
    let cards: Vec<card::Service<'_>> = services
        .iter()
        .zip(&owned)
        .map(|(v, (href, price, time))| card::Service {
            href,
            icon: &v.service.icon,
            name: v.service.name.get(cx.locale),
            summary: v.service.summary.get(cx.locale),
            price,
            time,
        })
        .collect();
    card::services(&cards)
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Markup, Refused> {
    Ok(list_page(&visitor.page(&app).await?, &app.shelf.snapshot(), None))
}

/// The catalogue, whole or of one vertical.
fn list_page(cx: &PageCx, snapshot: &Snapshot, only: Option<&Vertical>) -> Markup {
    let t = ServiceWords::of(cx.locale);
    let title = only.map_or(t.title, |vertical| vertical.name.get(cx.locale));
    let verticals = snapshot.verticals.iter().filter(|v| only.is_none_or(|only| only.code == v.code));
    let body = html! {
        @if only.is_some() { (shell::breadcrumb(cx, &[("/services", t.title)], title)) }
        h1 { (title) }
        @match only {
            Some(vertical) => { p.muted { (vertical.summary.get(cx.locale)) } }
            None => { p.muted { (t.intro) } (shell::search_box(cx, "")) }
        }
        @for vertical in verticals {
            @let services: Vec<_> = snapshot.services.iter().filter(|v| v.vertical.code == vertical.code).cloned().collect();
            section.stack-s aria-label=(vertical.name.get(cx.locale)) {
                @if only.is_none() {
                    h2 { a href={ "/services/" (vertical.code) } { (vertical.name.get(cx.locale)) } }
                }
                (cards(cx, &services))
            }
        }
    };
    shell::portal(cx, &Page::new(title).nav(Nav::Services).public(), body)
}

/// What the guide page begins with: chosen before signing in, or by a link.
#[derive(Debug, Default, Deserialize)]
struct Chosen {
    offering: Option<String>,
    quantity: Option<i64>,
}

async fn one(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Markup, Refused> {
    let snapshot = app.shelf.snapshot();
    let cx = visitor.page(&app).await?;
    let Some(version) = snapshot.service(&code) else {
        let vertical = snapshot.verticals.iter().find(|v| v.code == code);
        return Ok(list_page(&cx, &snapshot, Some(vertical.ok_or(EdgeError::NotFound)?)));
    };
    let left = stock_left(&app, &version.service).await?;
    let missing = missing_level(&app, &visitor, &version).await?;
    let picked = pick(&version.service, &chosen, &left, missing);
    Ok(guide_page(&cx, &snapshot, &version, &picked, &left, None))
}

/// How many of each stock item can still be ordered.
pub(super) type Left = HashMap<String, i64>;

/// What is left of the items of a service; empty where nothing runs out.
pub(super) async fn stock_left(app: &App, service: &Service) -> Result<Left, Refused> {
    let skus: Vec<String> = service.offerings.iter().filter_map(|o| o.sku.clone()).collect();
    if skus.is_empty() {
        return Ok(Left::new());
    }
    let mut tx = app.cx.read().await.map_err(EdgeError::from)?;
    let found = catalogue::stock::available(&mut tx, &skus).await.map_err(EdgeError::from)?;
    Ok(found.into_iter().map(|(sku, (_, left))| (sku, left.max(0))).collect())
}

/// The offering and quantity that are marked first.
struct Picked {
    offering: String,
    quantity: i64,
    /// How surely it has to be known who orders, where it is not.
    missing: Option<Level>,
}

fn pick(service: &Service, chosen: &Chosen, left: &Left, missing: Option<Level>) -> Picked {
    let wanted = chosen.offering.as_deref().and_then(|code| service.offering(code));
    let free = service.offerings.iter().find(|offering| !is_gone(offering, left));
    let offering = wanted.or(free).or(service.offerings.first());
    let limits = offering.map_or(catalogue::service::Quantity::ONE, |o| o.quantity);
    Picked {
        offering: offering.map(|o| o.code.clone()).unwrap_or_default(),
        quantity: chosen.quantity.unwrap_or(limits.min).clamp(limits.min, limits.max),
        missing,
    }
}

fn is_gone(offering: &Offering, left: &Left) -> bool {
    offering.sku.as_ref().and_then(|sku| left.get(sku)).is_some_and(|left| *left <= 0)
}

/// The offerings of a service as cards to choose from; nothing when there is only one.
pub(super) fn offering_field(
    cx: &PageCx,
    service: &Service,
    left: &Left,
    chosen: &str,
    error: Option<&str>,
) -> Markup {
    if service.offerings.len() < 2 {
        return html! { input type="hidden" name="offering" value=(chosen); };
    }
    let t = ServiceWords::of(cx.locale);
    // Many short ones stand side by side, the price below the name: amounts of a top-up.
    let short = service.offerings.iter().all(|o| o.name.get(cx.locale).chars().count() <= PILL_CHARS);
    let side_by_side = short && service.offerings.len() > MANY;
    let choices: Vec<(String, String)> = service
        .offerings
        .iter()
        .map(|offering| {
            let price = offering_price(cx.locale, offering);
            let mut hints: Vec<String> =
                offering.summary.iter().map(|s| s.get(cx.locale).to_owned()).collect();
            hints.extend(stock_word(cx, offering, left));
            if side_by_side && hints.is_empty() {
                hints.push(price.clone());
            }
            (price, hints.join(cx.locale.pick("，", ", ")))
        })
        .collect();
    let cards: Vec<Choice<'_>> = service
        .offerings
        .iter()
        .zip(&choices)
        .map(|(offering, (price, hint))| Choice {
            hint: Some(hint.as_str()).filter(|hint| !hint.is_empty()),
            end: (!side_by_side).then(|| html! { span.num { (price) } }),
            disabled: is_gone(offering, left),
            ..Choice::new(&offering.code, offering.name.get(cx.locale))
        })
        .collect();
    let field = Field::new("offering", t.offering).value(chosen).error(error);
    if side_by_side { field.pills(cx, &cards) } else { field.radios(cx, &cards) }
}

/// 缺货, 还剩 4 件; nothing where there is plenty.
fn stock_word(cx: &PageCx, offering: &Offering, left: &Left) -> Option<String> {
    const FEW: i64 = 10;
    match left.get(offering.sku.as_ref()?)? {
        0 => Some(crate::i18n::State::of(cx.locale).out_of_stock.to_owned()),
        few if *few <= FEW => Some(ServiceWords::of(cx.locale).left(*few)),
        _ => None,
    }
}

pub(super) fn offering_price(locale: Locale, offering: &Offering) -> String {
    let t = ServiceWords::of(locale);
    match &offering.price {
        Price::Fixed { amount } if amount.is_zero() => Common::of(locale).free.to_owned(),
        Price::Fixed { amount } => amount.to_string(),
        Price::PerUnit { amount, unit } => t.per_unit(&amount.to_string(), unit.get(locale)),
        Price::Entered { min, max, .. } => t.between(&min.to_string(), &max.to_string()),
        Price::Quoted { .. } => t.by_provider.to_owned(),
    }
}

/// How many; nothing where only one can be ordered.
pub(super) fn quantity_field(cx: &PageCx, service: &Service, quantity: i64, error: Option<&str>) -> Markup {
    let most = service.offerings.iter().map(|o| o.quantity.max).max().unwrap_or(1);
    let least = service.offerings.iter().map(|o| o.quantity.min).min().unwrap_or(1);
    let value = quantity.to_string();
    if most <= 1 {
        return html! { input type="hidden" name="quantity" value=(value); };
    }
    Field::new("quantity", ServiceWords::of(cx.locale).quantity)
        .value(&value)
        .error(error)
        .stepper(cx, least, most)
}

/// The guide: who, what, how much, how long, refund; what to choose; how it goes; questions.
fn guide_page(
    cx: &PageCx,
    snapshot: &Snapshot,
    version: &ServiceVersion,
    picked: &Picked,
    left: &Left,
    wrong: Option<&Refused>,
) -> Markup {
    let t = ServiceWords::of(cx.locale);
    let service = &version.service;
    let name = service.name.get(cx.locale);
    let price = price_word(cx.locale, service);
    let errors = wrong.map_or_else(Vec::new, |refused| form::errors_of(refused.fields(), cx.locale));
    let vertical = format!("/services/{}", version.vertical.code);
    let trail = [("/services", t.title), (vertical.as_str(), version.vertical.name.get(cx.locale))];
    let steps = super::filling::step_count(version, &picked.offering);
    let facts = guide::Guide {
        who: service.guide.who.get(cx.locale),
        need: service.guide.need.get(cx.locale),
        price: &price,
        time: service.guide.time.get(cx.locale),
        refund: service.guide.refund.get(cx.locale),
        staffed: service.staffed.map(|hours| (hour(hours.from_minute), hour(hours.to_minute))),
    };
    let related: Vec<_> = snapshot
        .services
        .iter()
        .filter(|v| v.vertical.code == version.vertical.code && v.code != version.code)
        .take(3)
        .cloned()
        .collect();
    let error = |field: &str| errors.iter().find(|e| e.name == field).map(|e| e.message.as_str());
    let action = format!("/services/{}/start", version.code);
    let body = html! {
        (shell::breadcrumb(cx, &trail, name))
        (form::error_summary(cx, &errors))
        h1 { (name) }
        p.muted { (service.summary.get(cx.locale)) }
        (card::plain(guide::guide(cx, &facts)))
        @if let Some(level) = picked.missing { (super::real_name_view::level_note(cx, version, level)) }
        @if service.outcome == Outcome::Order {
            (card::plain(form::form(cx, "start", &action, None, html! {
                (offering_field(cx, service, left, &picked.offering, error("offering")))
                (quantity_field(cx, service, picked.quantity, error("quantity")))
                div.acts {
                    button.btn.main data-busy=(Common::of(cx.locale).working) { (Common::of(cx.locale).btn_start) }
                    span.muted.sm { (t.steps_ahead(steps)) }
                }
            })))
        }
        (rules_card(cx, service))
        @if !service.faq.is_empty() {
            (card::card("faq", t.faq, None, html! {
                @for faq in &service.faq {
                    (card::disclosure(faq.question.get(cx.locale), html! { p { (faq.answer.get(cx.locale)) } }))
                }
            }))
        }
        @if !related.is_empty() { h2 { (t.related) } (cards(cx, &related)) }
    };
    let page = Page::new(name)
        .nav(Nav::Services)
        .description(service.summary.get(cx.locale))
        .scripts(&["form"])
        .errors(!errors.is_empty())
        .public();
    shell::portal(cx, &page, body)
}

fn hour(minute: i64) -> u8 {
    u8::try_from(minute / 60).unwrap_or(24)
}

/// How the work goes, and what cancelling and failing mean.
fn rules_card(cx: &PageCx, service: &Service) -> Markup {
    let t = ServiceWords::of(cx.locale);
    let failure = match service.refund.on_failure {
        FailureRefund::Automatic => t.refund_automatic,
        FailureRefund::Staff => t.refund_staff,
    };
    html! {
        div.grid {
            (card::card("how", t.steps, None, html! {
                ol.stack-s { @for (index, step) in service.workflow.iter().enumerate() {
                    li { span.num { (index.saturating_add(1)) } ". " (step.title.get(cx.locale)) }
                } }
                @if !service.documents.is_empty() { p.muted.sm { (t.documents) } }
            }))
            (card::card("rules", t.cancel, None, html! {
                ul.stack-s {
                    @if service.cancel.until != CancelUntil::Never || !service.cancel.text.zh.is_empty() {
                        li { (service.cancel.text.get(cx.locale)) }
                    }
                    li { (failure) }
                    @if let Some(within) = service.refund.on_request_within {
                        li { (t.refund_within(&time::length(cx.locale, within))) }
                    }
                }
            }))
        }
    }
}

/// 立即办理: begins a form; guests sign in first and come back to what they chose.
async fn start(
    State(app): State<App>,
    Path(code): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let snapshot = app.shelf.snapshot();
    let version = snapshot.service(&code).ok_or(EdgeError::NotFound)?;
    let chosen = Chosen {
        offering: Some(form.get("offering").to_owned()).filter(|code| !code.is_empty()),
        quantity: form.number("quantity"),
    };
    let visitor = &form.visitor;
    let offering = chosen.offering.clone().unwrap_or_default();
    if visitor.actor.account().is_none() {
        let quantity = chosen.quantity.unwrap_or(1);
        let back = format!("/services/{}?offering={}&quantity={quantity}", version.code, encode(&offering));
        return Ok(see_other(&format!("/login?next={}", encode(&back))));
    }
    let Ok(found) = version.offering(&offering) else {
        let left = stock_left(&app, &version.service).await?;
        let missing = missing_level(&app, visitor, &version).await?;
        let picked = pick(&version.service, &chosen, &left, missing);
        let words = crate::i18n::FormWords::of(visitor.locale);
        let message = words.err_choose(ServiceWords::of(visitor.locale).offering);
        let field =
            kernel::FieldError::new("/offering", "catalogue.offering_not_found", message.clone(), message);
        let refused = Refused::from(EdgeError::BadQuery { fields: vec![field] });
        let page =
            guide_page(&visitor.page(&app).await?, &snapshot, &version, &picked, &left, Some(&refused));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let quantity = chosen.quantity.unwrap_or(1).clamp(found.quantity.min, found.quantity.max);
    let draft = ordering::draft::start(&app.cx, &visitor.actor, &version, &offering, quantity).await?;
    Ok(see_other(&super::filling::first_page(&version, &draft)))
}

/// A draft of the address.
pub(super) fn draft_id(text: &str) -> Result<ordering::draft::DraftId, Refused> {
    id(text)
}
