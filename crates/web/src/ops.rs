//! For machines that watch: liveness, readiness, metrics. No personal data, no details that help an attacker.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Duration;
use serde_json::json;

use crate::app::App;

/// A fact that waits longer than this has nobody who hands it on.
const OUTBOX_LATE: Duration = Duration::from_mins(2);

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// The process runs; nothing else is asked.
async fn live() -> &'static str {
    "ok"
}

/// The database answers, work is being done, and the process is not stopping.
async fn ready(State(app): State<App>) -> Response {
    let stopping = app.tasks.stopping().is_cancelled();
    let outbox = durable::outbox_age(&app.cx).await;
    let late = ordering::order::query::late(&app.cx, 100).await.map(|orders| orders.len());
    let database = outbox.is_ok();
    let outbox_fresh = outbox.as_ref().is_ok_and(|age| *age <= OUTBOX_LATE);
    let ready = !stopping && database;
    let certificate =
        app.shield.certificate_until().map(|until| until.since(app.cx.now()).as_secs().div_euclid(86_400));
    let body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "database": database,
        "stopping": stopping,
        "outbox_fresh": outbox_fresh,
        "late_orders": late.unwrap_or(0),
        // Absent where a proxy speaks TLS.
        "certificate_days_left": certificate,
    });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Prometheus text.
async fn metrics(State(app): State<App>) -> Response {
    if let Ok(age) = durable::outbox_age(&app.cx).await {
        metrics::gauge!("everlit_outbox_age_seconds").set(age.to_std().as_secs_f64());
    }
    if let Ok(counts) = durable::job_counts(&app.cx).await {
        metrics::gauge!("everlit_jobs_waiting")
            .set(f64::from(i32::try_from(counts.total).unwrap_or(i32::MAX)));
        metrics::gauge!("everlit_jobs_dead").set(f64::from(i32::try_from(counts.dead).unwrap_or(i32::MAX)));
    }
    metrics::gauge!("everlit_desk_waiting")
        .set(f64::from(i32::try_from(app.desk.waiting()).unwrap_or(i32::MAX)));
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], (app.metrics)()).into_response()
}
