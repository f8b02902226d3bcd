//! What customers see. One file a subject: a handler parses, calls one op, and renders a view function that can be tested with
//! sample data. [`reply`] answers a form that was refused with the same page.

mod account;
mod approvals;
mod approvals_view;
mod ask;
pub(crate) mod auth;
#[cfg(test)]
mod batch_journey_tests;
mod batch_sheet_view;
mod batches;
mod batches_view;
mod cancel;
mod cart;
mod catalogue;
mod check;
mod check_page;
mod checkout_view;
mod code_login;
mod contact;
mod demo;
mod devices;
pub(crate) mod display;
pub(crate) mod documents;
mod factors;
pub(crate) mod federation;
mod federation_view;
mod filling;
mod form_page;
mod freeze;
mod help;
mod home;
pub(crate) mod invoices;
#[cfg(test)]
pub(crate) mod journey_tests;
mod keys;
mod merging;
mod messages;
mod order_form;
mod orders;
mod orderside;
mod org;
mod org_view;
mod passkey_view;
mod passkeys;
mod pay;
mod pay_code;
mod payees;
pub(crate) mod privacy;
pub mod problem;
mod progress;
mod progress_page;
pub(crate) mod proof;
pub(crate) mod real_name;
pub(crate) mod real_name_view;
mod receipt;
mod recover;
mod refund;
pub(crate) mod reply;
mod search;
mod second;
pub(crate) mod security;
#[cfg(test)]
mod security_journey_tests;
#[cfg(test)]
mod security_samples;
mod settings;
mod setup;
mod standing;
mod statement;
mod status;
#[cfg(test)]
mod tests;
mod topup;
mod topup_view;
mod transfer;
mod withdraw;

use axum::Router;

use crate::app::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(account::router())
        .merge(approvals::router())
        .merge(auth::router())
        .merge(batches::router())
        .merge(code_login::router())
        .merge(contact::router())
        .merge(devices::router())
        .merge(factors::router())
        .merge(freeze::router())
        .merge(proof::router())
        .merge(second::router())
        .merge(security::router())
        .merge(demo::router())
        .merge(federation::router())
        .merge(display::router())
        .merge(documents::router())
        .merge(invoices::router())
        .merge(help::router())
        .merge(keys::router())
        .merge(merging::router())
        .merge(messages::router())
        .merge(orderside::router())
        .merge(org::router())
        .merge(passkeys::router())
        .merge(payees::router())
        .merge(real_name::router())
        .merge(privacy::router())
        .merge(recover::router())
        .merge(settings::router())
        .merge(setup::router())
        .merge(statement::router())
        .merge(status::router())
        .merge(topup::router())
        .merge(transfer::router())
        .merge(withdraw::router())
}
