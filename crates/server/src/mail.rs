//! Who carries messages out: the mail server where one is configured, an honest refusal where none is.

use std::sync::Arc;

use connectors::sender::{Letter, SendError as MailError, Sender as _, SmtpSender};
use notify::{OutboxSender, Outgoing, SendError, Sender, Senders, Sending};

/// E-mail through the configured server.
struct Mail(SmtpSender);

impl Sender for Mail {
    fn send<'a>(&'a self, message: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            let letter = Letter {
                id: message.id.to_string(),
                to: message.to.clone(),
                subject: message.content.title.clone(),
                text: message.content.body.clone(),
                html: None,
            };
            self.0.send(&letter).await.map_err(|error| match error {
                MailError::Temporary(why) => SendError::Temporary(why),
                MailError::Permanent(why) => SendError::Permanent(why),
            })
        })
    }
}

/// Nobody carries this channel. Messages are tried again for some hours, so that a carrier configured soon still sends them.
struct Nobody(&'static str);

impl Sender for Nobody {
    fn send<'a>(&'a self, _: &'a Outgoing) -> Sending<'a> {
        let why = format!("no carrier is configured for {}", self.0);
        Box::pin(std::future::ready(Err(SendError::Temporary(why))))
    }
}

/// The carriers of a real installation.
pub(crate) fn senders(smtp: Option<SmtpSender>) -> Senders {
    let email: Arc<dyn Sender> = match smtp {
        Some(smtp) => Arc::new(Mail(smtp)),
        None => Arc::new(Nobody("e-mail")),
    };
    Senders { sms: Arc::new(Nobody("SMS")), email }
}

/// The demo's: nothing leaves the machine.
pub(crate) fn outbox() -> Senders {
    Senders { sms: Arc::new(OutboxSender), email: Arc::new(OutboxSender) }
}
