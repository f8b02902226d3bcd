//! Handing a finished message to a carrier: e-mail by SMTP. What is written to whom is decided elsewhere.

use kernel::Duration;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::BoxFuture;

/// A carrier of messages.
pub trait Sender: Send + Sync + std::fmt::Debug {
    /// Hands one message over. `Ok` means the carrier took it, not that it arrived.
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>>;
}

/// One finished message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Ours; becomes the Message-ID, so that a repeated letter can be recognised.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// Why a carrier did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Worth trying again: not reached, busy, or unknown.
    #[error("not taken now: {0}")]
    Temporary(String),
    /// The same message will be refused again.
    #[error("refused: {0}")]
    Permanent(String),
}

/// How the mail server wants to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// TLS after STARTTLS, which must succeed; usually port 587.
    StartTls,
    /// No encryption: for a relay on this machine.
    Plain,
}

/// Settings of a mail server.
#[derive(Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// `Everlit 长明 <counter@example.com>`.
    pub from: String,
    pub timeout: Duration,
}

impl std::fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpConfig({}:{}, {:?}, from {})", self.host, self.port, self.security, self.from)
    }
}

/// The settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpConfigError {
    #[error("{0} is no sender address")]
    From(String),
    #[error("TLS to {host} cannot be set up: {detail}")]
    Tls { host: String, detail: String },
    #[error("a password is never sent unencrypted")]
    PasswordInTheClear,
}

/// E-mail by SMTP.
#[derive(Clone)]
pub struct SmtpSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpSender(from {})", self.from)
    }
}

impl SmtpSender {
    pub fn new(config: &SmtpConfig) -> Result<Self, SmtpConfigError> {
        let from: Mailbox = config.from.parse().map_err(|_| SmtpConfigError::From(config.from.clone()))?;
        let host = config.host.as_str();
        let tls = |error: lettre::transport::smtp::Error| SmtpConfigError::Tls {
            host: host.to_owned(),
            detail: error.to_string(),
        };
        let builder = match config.security {
            SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(tls)?,
            SmtpSecurity::StartTls => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(tls)?
            }
            SmtpSecurity::Plain if config.login.is_some() => return Err(SmtpConfigError::PasswordInTheClear),
            SmtpSecurity::Plain => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
        };
        let mut builder = builder.port(config.port).timeout(Some(config.timeout.to_std()));
        if let Some((user, password)) = &config.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn compose(&self, letter: &Letter) -> Result<Message, SendError> {
        let refused = |error: &dyn std::error::Error| SendError::Permanent(error.to_string());
        let to: Mailbox = letter.to.parse().map_err(|e: lettre::address::AddressError| refused(&e))?;
        let domain = self.from.email.domain();
        let head = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .subject(letter.subject.clone());
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text.clone());
        let message = match &letter.html {
            None => head.singlepart(text),
            Some(html) => {
                let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone());
                head.multipart(MultiPart::alternative().singlepart(text).singlepart(html))
            }
        };
        message.map_err(|e| refused(&e))
    }
}

/// What may be logged of an error: of a server's answer the code alone, for its words often quote the address.
fn told(error: &lettre::transport::smtp::Error) -> String {
    error.status().map_or_else(|| error.to_string(), |code| format!("the mail server answers {code}"))
}

impl Sender for SmtpSender {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let message = self.compose(letter)?;
            match self.transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(SendError::Permanent(told(&error))),
                Err(error) => Err(SendError::Temporary(told(&error))),
            }
        })
    }
}
