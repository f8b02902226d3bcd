//! What staff see. Every route is registered with the permission it needs ([`access`]); menus hide what a role cannot do, and the address
//! says 403 with the role that could (W3).
//!
//! Every page works without script: lists are addresses, acts are POST forms answered by 303, a refused form comes back as it was typed,
//! and what is final is asked about once more.

mod access;
mod acts;
pub(crate) mod audit;
pub(crate) mod audit_wish;
mod catalog;
mod clients;
mod customers;
mod fallout;
mod frame;
mod health;
#[cfg(test)]
mod invoice_journey_tests;
mod invoices;
#[cfg(test)]
mod journey_tests;
pub(crate) mod ledger;
mod ledger_adjust;
mod ledger_payout;
mod ledger_settle;
mod lines;
mod login;
mod order;
#[cfg(test)]
mod order_journey_tests;
mod order_view;
mod orders;
mod organisations;
mod payment;
mod payment_figures;
mod payment_view;
mod payments;
#[cfg(test)]
mod payments_journey_tests;
pub(crate) mod real_name;
mod recon;
mod recon_month;
mod recon_queue;
#[cfg(test)]
pub(crate) mod record_tests;
mod recoveries;
mod risk;
mod risk_case;
mod risk_case_view;
mod risk_desk;
mod risk_figures;
#[cfg(test)]
mod risk_journey_tests;
mod risk_lists;
mod risk_models;
mod risk_parts;
mod risk_rule_view;
mod risk_rules;
mod risk_thresholds;
mod risk_view;
mod roles;
mod shield;
#[cfg(test)]
mod shield_journey_tests;
mod shield_lists;
mod staff;
mod stock;
mod task_view;
mod tasks;
#[cfg(test)]
pub(crate) mod tests;
mod words;
mod work;

use axum::Router;

pub(crate) use recon::service as recon_service;

use crate::app::App;

fn routes() -> access::Routes {
    [
        work::routes(),
        orders::routes(),
        order::routes(),
        tasks::routes(),
        fallout::routes(),
        catalog::routes(),
        stock::routes(),
        customers::routes(),
        ledger::routes(),
        ledger_adjust::routes(),
        ledger_settle::routes(),
        ledger_payout::routes(),
        invoices::routes(),
        real_name::routes(),
        audit::routes(),
        risk::routes(),
        risk_desk::routes(),
        risk_figures::routes(),
        risk_case::routes(),
        risk_rules::routes(),
        risk_lists::routes(),
        risk_models::routes(),
        risk_thresholds::routes(),
        health::routes(),
        shield::routes(),
        shield_lists::routes(),
        staff::routes(),
        roles::routes(),
        payments::routes(),
        payment_figures::routes(),
        payment::routes(),
        recon::routes(),
        recon_queue::routes(),
        recon_month::routes(),
        recoveries::routes(),
        clients::routes(),
        organisations::routes(),
    ]
    .into_iter()
    .fold(access::Routes::new(), access::Routes::merge)
}

pub(crate) fn router() -> Router<App> {
    routes().into_router().merge(login::router())
}
