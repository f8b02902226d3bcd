//! What customers see. One file a subject: a handler parses, calls one op, and renders a view function that can be tested with
//! sample data. [`reply`] answers a form that was refused with the same page.

mod account;
mod auth;
mod cancel;
mod cart;
mod catalogue;
mod check;
mod check_page;
mod demo;
pub(crate) mod display;
mod filling;
mod form_page;
mod help;
mod home;
#[cfg(test)]
mod journey_tests;
mod messages;
mod order_form;
mod orders;
mod orderside;
mod pay;
pub mod problem;
mod progress;
mod progress_page;
mod receipt;
pub(crate) mod reply;
mod search;
mod settings;
mod setup;
mod standing;
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
        .merge(orderside::router())
        .merge(settings::router())
        .merge(setup::router())
        .merge(status::router())
        .merge(topup::router())
}
