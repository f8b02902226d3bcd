//! What staff do. Each handler takes a [`Staff`](super::caller::Staff), which only somebody with the permission becomes; the ops ask
//! again, and for a reason and a fresh proof where an act needs one.

mod accounts;
mod audit;
mod identity_reviews;
mod incidents;
mod ledger;
mod organisations;
mod payments;
mod reconciliation;
mod recoveries;
mod risk;
mod risk_cases;
mod roles;
mod shield;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(roles::router())
        .merge(accounts::router())
        .merge(organisations::router())
        .merge(recoveries::router())
        .merge(identity_reviews::router())
        .merge(risk::router())
        .merge(risk_cases::router())
        .merge(audit::router())
        .merge(shield::router())
        .merge(incidents::router())
        .merge(ledger::router())
        .merge(payments::router())
        .merge(reconciliation::router())
}
