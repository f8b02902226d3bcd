//! What customers see. One file a subject: a handler parses, calls one op, and renders a view function that can be tested with
//! sample data. [`reply`] answers a form that was refused with the same page.

mod account;
mod auth;
mod demo;
pub(crate) mod display;
mod help;
mod messages;
pub mod problem;
pub(crate) mod reply;
mod settings;
mod setup;
mod status;
#[cfg(test)]
mod tests;
mod topup;
mod topup_view;

use axum::Router;

use crate::app::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(account::router())
        .merge(auth::router())
        .merge(demo::router())
        .merge(display::router())
        .merge(help::router())
        .merge(messages::router())
        .merge(settings::router())
        .merge(setup::router())
        .merge(status::router())
        .merge(topup::router())
}
