//! The catalogue, for everybody.

use axum::Json as Out;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use catalogue::service::{self, Error, Outcome, Price as Priced, ServiceVersion, ShownKind};
use kernel::Timestamp;
use ordering::payment::Payments;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::BASE;
use super::call::{Params, public_json, wrong};
use super::wire::{Money, PaymentMethod, Text};
use crate::app::App;
use crate::edge::Refused;

/// Longer searches find nothing that shorter ones do not.
const MAX_QUERY: usize = 100;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_services))
        .routes(routes!(get_service))
        .routes(routes!(list_slots))
}

/// What can be ordered, in short.
#[derive(Serialize, ToSchema)]
struct ServiceList {
    items: Vec<ServiceSummary>,
    verticals: Vec<Vertical>,
}

#[derive(Serialize, ToSchema)]
struct Vertical {
    code: String,
    name: Text,
    summary: Text,
}

#[derive(Serialize, ToSchema)]
struct ServiceSummary {
    code: String,
    version: i64,
    vertical: String,
    name: Text,
    summary: Text,
    /// The lowest price that is known beforehand; `null` where only the provider knows.
    price_from: Option<Money>,
    /// How surely it must be known who orders, 0 to 3: see `GET /real-name`.
    #[schema(minimum = 0, maximum = 3)]
    requires_level: u8,
    payment_methods: Vec<PaymentMethod>,
    /// When the money is taken: `at_order`, or `at_completion`, until when it is only authorised or held.
    capture: &'static str,
    href: String,
}

impl ServiceSummary {
    fn of(version: &ServiceVersion, payments: &Payments) -> Self {
        let service = &version.service;
        Self {
            code: version.code.clone(),
            version: version.version,
            vertical: version.vertical.code.clone(),
            name: (&service.name).into(),
            summary: (&service.summary).into(),
            price_from: service.price_from().map(Into::into),
            requires_level: service.requires_level.number(),
            payment_methods: payments.take(&service.payment).into_iter().map(Into::into).collect(),
            capture: service.capture.name(),
            href: format!("{BASE}/services/{}", version.code),
        }
    }
}

/// What can be ordered; with `q`, the best match first.
#[utoipa::path(
    get, path = "/services", operation_id = "list_services", tag = "services",
    params(
        ("q" = Option<String>, Query, description = "Names, aliases, pinyin, misspelt English", max_length = 100),
        ("vertical" = Option<String>, Query, description = "Only those of this vertical"),
    ),
    responses((status = 200, description = "Services", body = ServiceList)),
    security(()),
)]
async fn list_services(
    State(app): State<App>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Refused> {
    let params = params.only(&["q", "vertical"])?;
    let snapshot = app.shelf.snapshot();
    let query = params.get("q").unwrap_or_default().trim();
    if query.chars().count() > MAX_QUERY {
        return Err(wrong("q", "最多 100 个字符", "At most 100 characters"));
    }
    let found = if query.is_empty() { snapshot.services.clone() } else { snapshot.search(query) };
    let vertical = params.get("vertical");
    let wanted = found.iter().filter(|version| vertical.is_none_or(|code| version.vertical.code == code));
    let items = wanted.map(|version| ServiceSummary::of(version, &app.payments)).collect();
    let verticals = snapshot.verticals.iter().map(|vertical| Vertical {
        code: vertical.code.clone(),
        name: (&vertical.name).into(),
        summary: (&vertical.summary).into(),
    });
    public_json(&headers, &ServiceList { items, verticals: verticals.collect() })
}

/// Everything about one service.
#[derive(Serialize, ToSchema)]
struct Service {
    #[serde(flatten)]
    summary: ServiceSummary,
    guide: Guide,
    faq: Vec<Faq>,
    /// `order`: something is ordered. `answer`: a quote is all there is.
    #[schema(pattern = "^(order|answer)$")]
    outcome: &'static str,
    /// Ask `POST /quotes` first and send its id with the line.
    needs_quote: bool,
    offerings: Vec<Offering>,
    /// Who may not order, and why.
    rules: Vec<Rule>,
    /// Where the times stand that the form's slot field takes.
    slots: Option<String>,
    /// An order not finished after so many seconds is late.
    service_level_seconds: i64,
    cancel: Text,
}

#[derive(Serialize, ToSchema)]
struct Guide {
    who: Text,
    need: Text,
    time: Text,
    refund: Text,
}

#[derive(Serialize, ToSchema)]
struct Faq {
    question: Text,
    answer: Text,
}

#[derive(Serialize, ToSchema)]
struct Rule {
    code: String,
    refusal: Text,
}

#[derive(Serialize, ToSchema)]
struct Offering {
    code: String,
    name: Text,
    summary: Option<Text>,
    price: Price,
    quantity: Quantity,
    /// JSON Schema 2020-12 of `answers` for this offering.
    #[schema(value_type = Object)]
    form: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
struct Quantity {
    min: i64,
    max: i64,
}

/// How the price is found.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Price {
    Fixed {
        amount: Money,
    },
    PerUnit {
        amount: Money,
        unit: Text,
    },
    /// What the customer enters in this form field.
    Entered {
        field: String,
        min: Money,
        max: Money,
    },
    /// What the provider answers to a quote.
    Quoted {
        min: Money,
        max: Money,
    },
}

impl From<&Priced> for Price {
    fn from(price: &Priced) -> Self {
        match price {
            Priced::Fixed { amount } => Self::Fixed { amount: (*amount).into() },
            Priced::PerUnit { amount, unit } => Self::PerUnit { amount: (*amount).into(), unit: unit.into() },
            Priced::Entered { field, min, max } => {
                Self::Entered { field: field.clone(), min: (*min).into(), max: (*max).into() }
            }
            Priced::Quoted { min, max } => Self::Quoted { min: (*min).into(), max: (*max).into() },
        }
    }
}

impl Service {
    fn of(version: &ServiceVersion, payments: &Payments) -> Self {
        let s = &version.service;
        let offerings = s.offerings.iter().map(|offering| Offering {
            code: offering.code.clone(),
            name: (&offering.name).into(),
            summary: offering.summary.as_ref().map(Into::into),
            price: (&offering.price).into(),
            quantity: Quantity { min: offering.quantity.min, max: offering.quantity.max },
            form: version.form_for(&offering.code).schema().clone(),
        });
        let faq = |f: &service::Faq| Faq { question: (&f.question).into(), answer: (&f.answer).into() };
        let rule = |r: &service::EligibilityRule| Rule { code: r.code.clone(), refusal: (&r.refusal).into() };
        Self {
            summary: ServiceSummary::of(version, payments),
            guide: Guide {
                who: (&s.guide.who).into(),
                need: (&s.guide.need).into(),
                time: (&s.guide.time).into(),
                refund: (&s.guide.refund).into(),
            },
            faq: s.faq.iter().map(faq).collect(),
            outcome: match s.outcome {
                Outcome::Order => "order",
                Outcome::Answer => "answer",
            },
            needs_quote: s.offerings.iter().any(|o| matches!(o.price, Priced::Quoted { .. })),
            offerings: offerings.collect(),
            rules: s.eligibility.iter().map(rule).collect(),
            slots: s.slots().map(|_| format!("{BASE}/services/{}/slots", version.code)),
            service_level_seconds: s.service_level.as_secs(),
            cancel: (&s.cancel.text).into(),
        }
    }
}

/// One service with the form of each offering.
#[utoipa::path(
    get, path = "/services/{code}", operation_id = "get_service", tag = "services",
    params(("code" = String, Path, description = "`mobile-top-up`")),
    responses((status = 200, description = "The service", body = Service)),
    security(()),
)]
async fn get_service(
    State(app): State<App>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let version = app.shelf.service(&code).ok_or(Error::NotFound)?;
    public_json(&headers, &Service::of(&version, &app.payments))
}

/// The times that can be chosen.
#[derive(Serialize, ToSchema)]
struct SlotList {
    items: Vec<Slot>,
}

#[derive(Serialize, ToSchema)]
struct Slot {
    /// The answer to the form's slot field.
    code: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Zero when it is full.
    available: i64,
}

/// The times of a service that can be booked now, full ones too; empty where none is needed.
#[utoipa::path(
    get, path = "/services/{code}/slots", operation_id = "list_slots", tag = "services",
    params(("code" = String, Path, description = "`appliance-cleaning`")),
    responses((status = 200, description = "Times in their order", body = SlotList)),
    security(()),
)]
async fn list_slots(State(app): State<App>, Path(code): Path<String>) -> Result<Out<SlotList>, Refused> {
    let version = app.shelf.service(&code).ok_or(Error::NotFound)?;
    let mut tx = app.cx.read().await.map_err(Error::bug)?;
    let free = catalogue::stock::free_slots(&mut tx, &version.service, app.cx.now()).await;
    let slot = |slot: catalogue::stock::Slot| Slot {
        code: slot.sku,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        available: slot.available,
    };
    Ok(Out(SlotList { items: free.map_err(Error::bug)?.into_iter().map(slot).collect() }))
}

/// One member of a provider's answer, as the service shows it.
#[derive(Serialize, ToSchema)]
pub(super) struct Fact {
    key: String,
    label: Text,
    /// `text`, `money` or `date`.
    kind: &'static str,
    #[schema(value_type = Object)]
    value: serde_json::Value,
}

/// What the service wants shown of a provider's answer, and nothing else of it.
pub(super) fn facts(version: &ServiceVersion, answer: Option<&serde_json::Value>) -> Vec<Fact> {
    let shows = version.service.enquiry.iter().flat_map(|enquiry| &enquiry.shows);
    let fact = |shown: &service::Shown| {
        Some(Fact {
            key: shown.key.clone(),
            label: (&shown.label).into(),
            kind: match shown.kind {
                ShownKind::Text => "text",
                ShownKind::Money => "money",
                ShownKind::Date => "date",
            },
            value: answer?.get(&shown.key)?.clone(),
        })
    };
    shows.filter_map(fact).collect()
}
