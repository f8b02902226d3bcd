//! The least a web server can do: what P5 is compared with.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;

use crate::Failure;

/// Answers every `GET /` until it is killed.
pub async fn serve(listen: SocketAddr) -> Result<(), Failure> {
    let routes =
        Router::new().route("/", get(|| async { axum::Json(serde_json::json!({"hello": "world"})) }));
    let listener = tokio::net::TcpListener::bind(listen).await?;
    Ok(axum::serve(listener, routes).await?)
}
