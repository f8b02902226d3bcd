//! Who reacts to what: every subscription, job and schedule of Everlit on one page.

use std::sync::Arc;

use durable::{BoxError, BoxFuture, Cx, Job, Outcome, Registry};
use kernel::{Actor, Duration};

use ledger::payout::PayoutJob;
use ordering::Desk;

use crate::assemble::Services;
use crate::payout::{BANK, BankDesk};

/// Facts handed on are kept this long, for streams that reconnect.
const KEEP_FACTS: Duration = Duration::from_days(7);

/// The job that follows an erased account.
const FORGET_JOB: &str = "account.forget_erased";
/// The job that freezes an account the risk desk asked to.
const FREEZE_JOB: &str = "account.freeze_asked";
/// When it looks again for messages that were on their way.
const COME_BACK: Duration = Duration::from_hours(1);

/// The whole reactive behaviour. What is ordered in the background is ordered at `desk`.
pub fn registry(services: &Services, desk: &Desk) -> Registry {
    let mut registry = Registry::default();
    // order.accepted → fulfilment begins; order.cancel_requested → fulfilment takes back or refuses; risk.review_ended → a refund that was
    // turned down is denied; late orders are noticed.
    fulfilment::register(&mut registry, Arc::clone(&services.fulfilment));
    // order.refund_due → money goes back; order.not_to_be_paid, payment.others_open → open attempts are closed; polls; expiry.
    ordering::payment::register(&mut registry, &services.payments);
    // risk.review_ended → the order that waits for it goes on or ends; orders that wait for a person end when nobody decides.
    ordering::held::register(&mut registry);
    // approval.asked → checkers are told; approval.decided → the maker; owners are asked where a rule says so.
    ordering::approval::register(&mut registry);
    // A submitted file is ordered line by line.
    ordering::batch::register(&mut registry, desk, &services.shelf);
    // The gateways' daily bills are fetched, matched, and asked for again when they are late.
    reconciliation::register(&mut registry, reconciliation(services));
    // Reviews nobody looked at expire; what was learned long ago is forgotten.
    risk::register(&mut registry);
    // risk.freeze_asked → the account is frozen and its sessions end.
    registry.subscribe(risk::case::FREEZE_ASKED, FREEZE_JOB).handle(FREEZE_JOB, freeze_asked);
    // risk.alarm → the owner of the account is told, with the way to freeze it.
    identity::freeze::register(&mut registry);
    // risk.review_ended → who asked for another address learns what came of it.
    identity::contact::register(&mut registry);
    // Questions to the provider of names get their end; documents that were kept long enough are erased.
    identity::real_name::register(&mut registry, &services.real_name);
    // identity.account_erased → messages, drafts and carts of the person go too.
    registry
        .subscribe(identity::privacy::ACCOUNT_ERASED, FORGET_JOB)
        .handle(FORGET_JOB, forget_erased)
        .handle(identity::signin::SEND_CODE_JOB, identity::signin::CodeJob)
        .handle(notify::DELIVER_JOB, notify::DeliverJob { senders: services.senders.clone() })
        .schedule("stock.expire", Duration::from_secs(15), catalogue::stock::expire_job)
        .schedule(
            "stock.open_slots",
            Duration::from_mins(10),
            catalogue::stock::OpenSlotsJob { shelf: Arc::clone(&services.shelf) },
        )
        .schedule(ledger::hold::ExpireHoldsJob::NAME, Duration::from_secs(15), ledger::hold::ExpireHoldsJob)
        .schedule(
            ledger::adjustment::ExpireAdjustmentsJob::NAME,
            Duration::from_mins(5),
            ledger::adjustment::ExpireAdjustmentsJob,
        )
        .schedule(ledger::settlement::SettleJob::NAME, Duration::from_hours(1), ledger::settlement::SettleJob)
        .schedule(shield::PurgeJob::NAME, Duration::from_hours(24), shield::PurgeJob)
        .schedule("keyring.destroy", Duration::from_hours(24), destroy_keys(services))
        .schedule("identity.purge", Duration::from_hours(1), identity::PurgeJob)
        .schedule("housekeeping", Duration::from_hours(1), housekeeping);
    // Without a bank's desk nothing is sent: what was approved waits.
    if let Some(bank) = services.fulfilment.providers.get(BANK) {
        let port = Arc::new(BankDesk(Arc::clone(bank)));
        registry.schedule(PayoutJob::NAME, Duration::from_secs(15), PayoutJob { port });
    }
    registry
}

/// The gateways' bills against our books, under the terms that come with Everlit.
pub(crate) fn reconciliation(services: &Services) -> Arc<reconciliation::Reconciliation> {
    Arc::new(reconciliation::Reconciliation {
        payments: Arc::clone(&services.payments),
        terms: reconciliation::Terms::default(),
    })
}

/// Data keys under which nothing lies any more are destroyed when they were kept long enough.
fn destroy_keys(services: &Services) -> keyring::DestroyJob {
    keyring::DestroyJob { sealed: crate::sealed().collect(), keep: services.keys_kept }
}

/// What other rooms know of somebody whose account was erased. Messages that are still on their way arrive first.
fn forget_erased<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let erased: identity::privacy::AccountErased = serde_json::from_value(job.payload.clone())?;
        let mut tx = cx.begin().await?;
        ordering::forget_customer(&mut tx, erased.account_id).await?;
        let under_way = notify::forget_account(&mut tx, erased.account_id).await?;
        tx.commit().await?;
        Ok(if under_way == 0 { Outcome::Done } else { Outcome::Again(cx.now().plus(COME_BACK)) })
    })
}

/// Freezes an account of a case; one that is frozen or closed already stays as it is. Who asked, and why, stands in the audit of the case.
fn freeze_asked<'a>(cx: &'a Cx, job: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        let asked: risk::case::FreezeAsked = durable::Event::of(job)?.read()?;
        let reason =
            format!("{} · {}", asked.case, asked.asked_by.map_or_else(String::new, |by| by.to_string()));
        let (actor, freeze) = (Actor::system("risk"), identity::account::StateCommand::Freeze);
        match identity::freeze::change_state(cx, &actor, asked.account, freeze, &reason).await {
            Ok(_) | Err(identity::Error::WrongState) => Ok(Outcome::Done),
            Err(error) => Err(error.into()),
        }
    })
}

/// What may be forgotten is forgotten.
fn housekeeping<'a>(cx: &'a Cx, _: &'a Job) -> BoxFuture<'a, Result<Outcome, BoxError>> {
    Box::pin(async move {
        durable::purge(cx, KEEP_FACTS).await?;
        ordering::idempotency::purge(cx, ordering::idempotency::KEEP).await?;
        ordering::quote::purge(cx).await?;
        Ok(Outcome::Done)
    })
}
