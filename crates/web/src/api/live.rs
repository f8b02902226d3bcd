//! An order as a stream: how it stands now, then every change, until it has ended. What a stream says a plain GET says too.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use ordering::OrderId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::{OrderDetail, detail, order_id};
use crate::app::App;
use crate::edge::live::{Ear, HEARTBEAT};
use crate::edge::{Refused, Visitor};

/// A stream looks by itself this often, should a wake-up have been lost, and at whether its session still lives.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// What a client waits before it calls again.
const RETRY: Duration = Duration::from_secs(3);
const LAST_EVENT_ID: &str = "last-event-id";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow_order))
}

/// Follows one's own order. Each event `order` carries what `GET /orders/{id}` answers. The stream ends after the state that is final; who
/// calls again with the id of that event as `Last-Event-ID` gets 204, on which browsers stop calling.
#[utoipa::path(
    get, path = "/orders/{id}/events", operation_id = "follow_order", tag = "orders",
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("Last-Event-ID" = Option<String>, Header, description = "As browsers send it"),
    ),
    responses(
        (status = 200, description = "Events `order`, the current state first", body = String, content_type = "text/event-stream"),
        (status = 204, description = "That was the last event"),
    ),
)]
async fn follow_order(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    visitor.account()?;
    let id = order_id(&id)?;
    // Ears first: a change between reading and listening would be missed.
    let ear = app.live.hear();
    let first = Box::pin(detail(&app, &visitor.actor, id)).await?;
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    if first.summary.is_final && last == Some(event_id(&first).as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let follower = Follower { app, visitor, id, ear, next: Some(first), said: String::new(), ended: false };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = Box::pin(follower.next_event()).await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("still here");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Proxies that collect what they pass on would make it late.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn event_id(order: &OrderDetail) -> String {
    format!("{}.{}-{}", order.summary.version, order.entries(), order.summary.state)
}

/// One client that follows one order.
struct Follower {
    app: App,
    visitor: Visitor,
    id: OrderId,
    ear: Ear,
    /// Read already and not yet told.
    next: Option<OrderDetail>,
    /// What was told last.
    said: String,
    ended: bool,
}

impl Follower {
    /// Waits for something new to tell; `None` ends the stream.
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            if self.ended {
                return None;
            }
            let order = match self.next.take() {
                Some(order) => order,
                None => self.changed().await?,
            };
            let data = serde_json::to_string(&order).ok()?;
            if data == self.said {
                continue;
            }
            self.ended = order.summary.is_final;
            self.said.clone_from(&data);
            return Some(Event::default().event("order").id(event_id(&order)).retry(RETRY).data(data));
        }
    }

    /// Reads again after a change. Nothing more is told when the session or the process ends.
    async fn changed(&mut self) -> Option<OrderDetail> {
        let id = self.id;
        tokio::select! {
            _ = tokio::time::timeout(LOOK_EVERY, self.ear.wait(|change| change.order == id)) => {}
            () = self.app.tasks.stopping().cancelled() => return None,
        }
        let token = self.visitor.token.as_deref()?;
        identity::session::authenticate(&self.app.cx, token).await.ok()??;
        detail(&self.app, &self.visitor.actor, id).await.ok()
    }
}
