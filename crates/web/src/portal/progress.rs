//! The page of an order (U9): where it stands and why, who acts next and by when, every step, what can be done. Fresh by itself over SSE,
//! right after any reload. And the confirmation after ordering (U7).

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use forms::{FieldKind, SummaryRow};
use fulfilment::progress::{Outcome, TimelineEntry, outcomes, timeline};
use fulfilment::question::Question;
use futures_util::stream;
use maud::Markup;
use ordering::OrderId;
use ordering::order::{Line, OrderState, OrderView, query};

use super::form_page::slot_text;
use super::orderside::{id, order_path};
use super::progress_page;
use crate::app::App;
use crate::edge::form::see_other;
use crate::edge::live::{Ear, HEARTBEAT};
use crate::edge::{Refused, Visitor};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/orders/{id}", get(show))
        .route("/orders/{id}/live", get(live))
        .route("/orders/{id}/done", get(done))
}

/// Everything the page shows.
pub(super) struct Progress {
    pub view: OrderView,
    pub timeline: Vec<TimelineEntry>,
    /// Open questions to the customer.
    pub questions: Vec<Question>,
    pub has_receipt: bool,
    /// Money of what was done can be asked for now.
    pub is_refundable: bool,
    /// What was answered, as label and value.
    pub answers: Vec<(String, String)>,
    /// What came out of it and is for the customer.
    pub outcomes: Vec<Outcome>,
}

impl Progress {
    pub async fn load(app: &App, visitor: &Visitor, id: OrderId) -> Result<Self, Refused> {
        let actor = &visitor.actor;
        let view = query::view(&app.cx, actor, id).await?;
        let timeline = timeline(&app.cx, &app.fulfilment, actor, id).await?;
        let mut questions = Vec::new();
        if view.order.state == OrderState::InformationRequired {
            questions = fulfilment::question::list(&app.cx, actor, id).await?;
            questions.retain(|question| question.answered_at.is_none());
        }
        let has_receipt = !fulfilment::document::receipt(&app.cx, actor, id).await?.is_empty();
        let is_refundable = view.order.state.is_final()
            && !fulfilment::refund::refundable(&app.cx, &app.fulfilment, actor, id).await?.is_empty();
        let mut answers = Vec::new();
        for line in &view.lines {
            answers.extend(answers_of(app, visitor, line).await?);
        }
        let outcomes = outcomes(&app.cx, &app.fulfilment, actor, id).await?;
        Ok(Self { view, timeline, questions, has_receipt, is_refundable, answers, outcomes })
    }
}

/// The answers of a line under the form it was ordered with.
pub(super) async fn answers_of(
    app: &App,
    visitor: &Visitor,
    line: &Line,
) -> Result<Vec<(String, String)>, Refused> {
    let version = app.shelf.version(&app.cx, &line.service, line.service_version).await?;
    let form = version.form_for(&line.offering);
    let shown = |row: SummaryRow| {
        let slot = form.field(&row.field).is_some_and(|field| matches!(field.kind, FieldKind::Slot));
        let value = if slot { slot_text(&row.value) } else { row.value };
        (!value.is_empty()).then_some((row.label, value))
    };
    Ok(form.summary(&line.answers, visitor.locale).into_iter().filter_map(shown).collect())
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Markup, Refused> {
    let id: OrderId = id(&order)?;
    let progress = Progress::load(&app, &visitor, id).await?;
    Ok(progress_page::page(&visitor.page(&app).await?, &progress))
}

/// The confirmation. An order that still has to be paid is not confirmed.
async fn done(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    let id: OrderId = id(&order)?;
    let progress = Progress::load(&app, &visitor, id).await?;
    match progress.view.order.state {
        OrderState::AwaitingPayment => Ok(see_other(&format!("/pay/{id}"))),
        OrderState::Cancelled | OrderState::Failed => Ok(see_other(&order_path(id))),
        _ => Ok(progress_page::done(&visitor.page(&app).await?, &progress).into_response()),
    }
}

/// A stream of the page's parts: at once as it stands, then after every change.
struct Watching {
    app: App,
    visitor: Visitor,
    order: OrderId,
    ear: Ear,
    begun: bool,
}

async fn live(
    State(app): State<App>,
    visitor: Visitor,
    Path(order): Path<String>,
) -> Result<Response, Refused> {
    let order: OrderId = id(&order)?;
    query::get(&app.cx, &visitor.actor, order).await?;
    let ear = app.live.hear();
    let watching = Watching { app, visitor, order, ear, begun: false };
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok::<_, Infallible>(event), watching))
    });
    let quiet = [("x-accel-buffering", "no"), ("cache-control", "no-cache")];
    Ok((quiet, Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}

impl Watching {
    async fn next(&mut self) -> Option<Event> {
        if self.begun {
            let order = self.order;
            tokio::select! {
                () = self.ear.wait(|change| change.order == order) => {}
                () = self.app.tasks.stopping().cancelled() => return None,
            }
            // Whoever signed out meanwhile hears no more.
            let token = self.visitor.token.as_deref()?;
            identity::session::authenticate(&self.app.cx, token).await.ok()??;
        }
        self.begun = true;
        let progress = Progress::load(&self.app, &self.visitor, self.order).await.ok()?;
        let cx = self.visitor.page_cx(&self.app);
        let parts = progress_page::parts(&cx, &progress).into_string();
        Some(Event::default().event("patch").data(parts.replace('\r', "")))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use catalogue::service::PaymentMethod;
    use fulfilment::progress::EntryState;
    use kernel::{AccountId, Duration, Locale, Money, Text, Timestamp};
    use ordering::order::{Channel, MoneyState, Order};

    use super::*;
    use crate::ui::PageCx;

    const NOW: Timestamp = Timestamp::from_secs(1_795_265_113);

    /// A sample order that waits for its payment.
    pub fn order() -> Order {
        Order {
            id: OrderId(kernel::first_id_at(NOW)),
            customer: AccountId(7),
            state: OrderState::AwaitingPayment,
            money: MoneyState::Unpaid,
            version: 1,
            total: Money::cny(50_00),
            payment: PaymentMethod::Card,
            hold: None,
            title: Text::new("话费充值 · 50 元", "Mobile top-up · ¥50"),
            line_count: 1,
            channel: Channel::Portal,
            placed_at: NOW,
            updated_at: NOW,
            due_at: NOW.plus(Duration::from_mins(15)),
            pay_by: Some(NOW.plus(Duration::from_mins(30))),
            finished_at: None,
            reason: None,
        }
    }

    fn progress(state: OrderState, money: MoneyState) -> Progress {
        let order = Order { state, money, ..order() };
        let entry = |zh: &str, en: &str, state| TimelineEntry {
            title: Text::new(zh, en),
            state,
            at: Some(NOW),
            note: None,
            line: None,
        };
        Progress {
            view: OrderView { order, lines: Vec::new(), events: Vec::new() },
            timeline: vec![
                entry("提交订单", "Order placed", EntryState::Done),
                entry("运营商充值", "Operator adds the credit", EntryState::Current),
            ],
            questions: Vec::new(),
            has_receipt: state == OrderState::Completed,
            is_refundable: state == OrderState::Completed,
            answers: vec![("充值号码".to_owned(), "139 1234 5678".to_owned())],
            outcomes: vec![Outcome {
                line: ordering::LineId(3),
                key: "carrier_reference".to_owned(),
                value: "TC42".into(),
                label: Text::new("运营商流水号", "Operator reference"),
                words: Text::new("TC42", "TC42"),
            }],
        }
    }

    #[test]
    fn the_page_renders_in_both_languages_in_every_state() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/orders/x", NOW);
            for &state in OrderState::ALL {
                for &money in MoneyState::ALL {
                    let progress = progress(state, money);
                    let page = progress_page::page(&cx, &progress).into_string();
                    let told = super::super::standing::of_order(locale, &progress.view.order, &[], &[]);
                    assert!(page.contains(told.word) && page.contains(told.cause), "{state:?} {money:?}");
                    assert!(page.contains(progress.outcomes[0].label.get(locale)) && page.contains("TC42"));
                    assert!(page.contains(&progress.view.order.number()));
                    assert_eq!(page.matches("<h1").count(), 1);
                }
            }
        }
    }

    #[test]
    fn the_parts_of_the_stream_are_parts_of_the_page() {
        let cx = PageCx::guest(Locale::Zh, "/orders/x", NOW);
        let progress = progress(OrderState::InProgress, MoneyState::Held);
        let (page, parts) = (
            progress_page::page(&cx, &progress).into_string(),
            progress_page::parts(&cx, &progress).into_string(),
        );
        for id in progress_page::PARTS {
            let mark = format!("id=\"{id}\"");
            assert!(page.contains(&mark) && parts.contains(&mark), "{id}");
        }
        assert!(parts.contains("TC42"), "what came out is there without loading the page again");
    }

    #[test]
    fn the_confirmation_names_the_number_and_the_way_on() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/orders/x/done", NOW);
            for state in [OrderState::InProgress, OrderState::Completed] {
                let progress = progress(state, MoneyState::Held);
                let page = progress_page::done(&cx, &progress).into_string();
                assert!(page.contains(&progress.view.order.number()) && page.contains("/orders/ord_"));
            }
        }
    }
}
