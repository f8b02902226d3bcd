//! For machines that watch: liveness, readiness, metrics. No personal data, no details that help an attacker.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Duration;
use serde_json::json;

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, shield, visitor};

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

/// Prometheus text, for those who may watch.
async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (headers, extensions) = (request.headers(), request.extensions());
    let is_direct = extensions.get::<shield::SpokenFor>().is_none();
    let address = shield::address(&app.settings, headers, extensions).filter(|_| is_direct);
    if !app.shield.may_watch(address, visitor::bearer(headers).as_deref()) {
        return Err(EdgeError::WatchersOnly.into());
    }
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
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], (app.metrics)()).into_response())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::StatusCode;
    use shield::{Settings, Watchers};
    use testkit::TestDb;
    use tower::ServiceExt as _;

    use super::Request;
    use crate::portal::journey_tests::guarded;

    const TOKEN: &str = "a-token-of-the-operator-24";

    #[testkit::db_test]
    async fn the_figures_are_for_this_machine_named_networks_and_the_token(t: TestDb) {
        let watchers =
            Watchers { networks: vec!["10.1.0.0/24".parse().unwrap()], token: Some(TOKEN.to_owned()) };
        let app = guarded(&t, Settings { watchers, ..Settings::off() }).await;
        let ask = async |from: &str, header: (&str, &str)| {
            let from: SocketAddr = from.parse().unwrap();
            let request = Request::get("/metrics").header("host", "127.0.0.1").header(header.0, header.1);
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(from));
            crate::router(&app).oneshot(request).await.unwrap().status()
        };
        let (nothing, token) = (("accept", "*/*"), ("authorization", format!("Bearer {TOKEN}")));
        assert_eq!(ask("127.0.0.1:9", nothing).await, StatusCode::OK);
        assert_eq!(ask("10.1.0.7:9", nothing).await, StatusCode::OK);
        assert_eq!(ask("192.0.2.1:9", nothing).await, StatusCode::FORBIDDEN);
        assert_eq!(ask("192.0.2.1:9", (token.0, &token.1)).await, StatusCode::OK);
        assert_eq!(ask("192.0.2.1:9", ("authorization", "Bearer another")).await, StatusCode::FORBIDDEN);
        // A proxy on this machine that nobody named: whoever stands behind it is not this machine.
        assert_eq!(ask("127.0.0.1:9", ("x-forwarded-for", "192.0.2.1")).await, StatusCode::FORBIDDEN);
        assert_eq!(ask("127.0.0.1:9", ("forwarded", "for=127.0.0.1")).await, StatusCode::FORBIDDEN);
    }
}
