//! `everlit doctor`: everything that must be right before people come.

use std::process::ExitCode;
use std::sync::Arc;

use crate::assemble::Core;
use crate::config::Config;
use crate::tls::{Certificates, days_left, is_exposed};
use crate::{Failure, MIGRATIONS};

pub(crate) async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let mut sound = true;
    let mut say = |fine: bool, what: &str| {
        sound &= fine;
        println!("{} {what}", if fine { "ok  " } else { "MEND" });
    };
    let database = db::Db::open(&config.database).await?;
    say(true, "the database answers");
    let pending = database.pending_migrations(&MIGRATIONS).await?;
    say(pending.is_empty(), &format!("{} migrations to apply (everlit migrate)", pending.len()));
    if !pending.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    drop(database);
    let core = Core::beside(config).await?;
    let administrator = identity::setup::has_administrator(&core.cx).await?;
    say(administrator, "there is an administrator (else `everlit serve` prints a one-time link)");
    let shelf = catalogue::service::Shelf::load(&core.cx).await?;
    say(
        !shelf.all().is_empty(),
        &format!("{} services published (everlit catalogue publish)", shelf.all().len()),
    );
    for version in shelf.all() {
        let calls = version.service.workflow.iter().filter_map(|step| step.kind.provider());
        let asked = version.service.enquiry.iter().map(|enquiry| enquiry.provider.as_str());
        for needed in calls.map(|call| call.provider.as_str()).chain(asked) {
            let known = config.providers.iter().any(|(name, _)| name == needed);
            say(known, &format!("{} needs provider {needed}", version.code));
        }
    }
    say(config.card.is_some(), "a card gateway is configured ([gateways.card])");
    say(
        config.smtp.is_some(),
        "a mail server is configured ([smtp]); without one codes cannot be sent by e-mail",
    );
    say(
        config.sms.is_some(),
        "a carrier of text messages is configured ([sms]); without one no phone number can be confirmed",
    );
    say(!config.public_url.starts_with("http://") || config.is_loopback(), "the public address is https");
    match config.plain_over_network() {
        None => say(true, "nothing is served in clear over a network"),
        Some(why) => say(false, &why),
    }
    if let Some(tls) = &config.tls {
        certificate(tls, &core, &mut say);
    }
    let books = ledger::verify(&core.cx).await?;
    say(books.is_sound(), "the books are right");
    say(audit::verify(&core.cx).await?.bad.is_none(), "the record of who did what is unbroken");
    core.close().await?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A certificate that runs out sooner should have been exchanged already.
const RENEW_DAYS: i64 = 14;

fn certificate(tls: &crate::config::Tls, core: &Core, say: &mut impl FnMut(bool, &str)) {
    match Certificates::open(tls.files.clone(), Arc::clone(&core.cx.clock)) {
        Ok(certificates) => {
            let days = days_left(certificates.until(), core.cx.now());
            let until = certificates.until().to_rfc3339();
            say(days >= RENEW_DAYS, &format!("the certificate holds for {days} more days, until {until}"));
        }
        Err(error) => say(false, &format!("the certificate can be used: {error}")),
    }
    say(!is_exposed(&tls.files.key), "the key of the certificate is readable by nobody else");
}
