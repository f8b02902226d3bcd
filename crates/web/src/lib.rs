//! The edge of Everlit: what people see and what programs call. Pages are HTML from the server; script only enhances.
//!
//! `api` · `portal` · `console` mirror the rooms by name: a handler parses, calls one op, maps the result, renders, so that the API and
//! the pages cannot disagree. [`edge`] stands between the network and the handlers; [`ui`] holds the components, [`i18n`] the words in both
//! languages, [`assets`] the style, script and pictures.

pub mod api;
pub mod app;
pub mod assets;
pub mod console;
pub mod edge;
pub mod i18n;
mod oauth;
mod ops;
pub mod portal;
pub mod ui;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use app::{App, Parties, Parts, Settings};

/// Forms and API documents are small; more is refused before it is read.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Everything that answers: pages, console, API, assets, health.
pub fn router(app: &App) -> Router {
    use edge::{middleware, problem};
    let pages = portal::router()
        .merge(console::router())
        .fallback(|| async { edge::Refused::from(problem::EdgeError::NotFound) })
        .layer(from_fn_with_state(app.clone(), problem::as_page))
        .layer(from_fn_with_state(app.clone(), portal::display::keep_language));
    let gate = (app.clone(), std::sync::Arc::new(edge::shield::Hosts::of(&app.settings)));
    let api = api::router().layer(from_fn_with_state(app.clone(), problem::as_json));
    api.merge(ops::router())
        .merge(pages)
        .layer(CompressionLayer::new())
        .merge(assets::router())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(gate, edge::shield::gate))
        .layer(from_fn_with_state(app.clone(), edge::shield::by_form))
        .layer(from_fn_with_state(middleware::Secure::of(&app.settings), middleware::secure))
        .layer(from_fn_with_state(app.clone(), middleware::mark))
        .layer(from_fn(middleware::measure))
        .with_state(app.clone())
}
