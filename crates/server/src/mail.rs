//! Who carries messages out: the mail server and the carrier of text messages where they are configured, an honest refusal
//! where they are not.

use std::sync::Arc;

use connectors::sender::{Letter, SendError as MailError, Sender as _, SmtpSender};
use connectors::{AliyunSms, Http, Limits, SmsCarrier, SmsError, SmsText, TencentSms};
use durable::Cx;
use kernel::Duration;
use notify::{OutboxSender, Outgoing, SendError, Sender, Senders, Sending};

use crate::Failure;
use crate::config::{self, Carrier, Config, Templates};

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

/// Text messages by a carrier that has words of its own.
struct Texts {
    carrier: Arc<dyn SmsCarrier>,
    templates: Templates,
}

/// Jobs wait for the answer, not people.
const PATIENCE: Duration = Duration::from_secs(15);

impl Texts {
    fn open(settings: &config::Sms, cx: &Cx) -> Result<Self, Failure> {
        let http = Http::new(Limits { total: PATIENCE, ..Limits::default() })?;
        let (clock, rng) = (Arc::clone(&cx.clock), Arc::clone(&cx.rng));
        let carrier: Arc<dyn SmsCarrier> = match settings.carrier.clone() {
            Carrier::Aliyun(settings) => Arc::new(AliyunSms::new(settings, http, clock, rng)),
            Carrier::Tencent(settings) => Arc::new(TencentSms::new(settings, http, clock)),
        };
        Ok(Self { carrier, templates: settings.templates.clone() })
    }

    /// Our text as the carrier's template and what fills it.
    fn fill(&self, message: &Outgoing) -> Result<SmsText, SendError> {
        let name = &message.template;
        let template = self.templates.find(name, message.locale).ok_or_else(|| {
            SendError::Permanent(format!("no template is configured for {name}, nor one for all others"))
        })?;
        let values = template.places.iter().map(|(theirs, ours)| {
            let value = message.content.values.get(ours).filter(|value| !value.is_empty());
            let missing = || SendError::Permanent(format!("{name} has nothing for the placeholder {ours}"));
            Ok((theirs.clone(), value.cloned().ok_or_else(missing)?))
        });
        Ok(SmsText {
            id: message.id.to_string(),
            to: message.to.clone(),
            template: template.id.clone(),
            values: values.collect::<Result<_, SendError>>()?,
        })
    }
}

impl Sender for Texts {
    fn send<'a>(&'a self, message: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            let text = self.fill(message)?;
            self.carrier.send(&text).await.map_err(|error| match error {
                SmsError::Refused { code } => SendError::Permanent(code),
                SmsError::Limited { code, wait } => SendError::Limited { why: code, wait },
                SmsError::Unavailable(why) => SendError::Temporary(why),
                SmsError::Unknown(why) => SendError::Unknown(why),
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
pub(crate) fn senders(config: &Config, cx: &Cx) -> Result<Senders, Failure> {
    let email: Arc<dyn Sender> = match &config.smtp {
        Some(smtp) => Arc::new(Mail(SmtpSender::new(smtp)?)),
        None => Arc::new(Nobody("e-mail")),
    };
    let sms: Arc<dyn Sender> = match &config.sms {
        Some(sms) => Arc::new(Texts::open(sms, cx)?),
        None => Arc::new(Nobody("SMS")),
    };
    Ok(Senders { sms, email })
}

/// The demo's: nothing leaves the machine.
pub(crate) fn outbox() -> Senders {
    Senders { sms: Arc::new(OutboxSender), email: Arc::new(OutboxSender) }
}
