//! What customers see.

pub mod problem;

use axum::Router;

use crate::app::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
}
