//! `[smtp]`: the mail server.

use connectors::sender::{SmtpConfig, SmtpSecurity};
use kernel::Duration;

use super::Reader;

pub(super) fn smtp(r: &mut Reader) -> Option<SmtpConfig> {
    let host = r.text("smtp.host")?;
    let security = match r.text("smtp.security").as_deref() {
        None | Some("starttls") => SmtpSecurity::StartTls,
        Some("tls") => SmtpSecurity::Tls,
        Some("plain") => SmtpSecurity::Plain,
        Some(_) => r.problem("smtp.security", "is starttls, tls or plain")?,
    };
    let port = r.parsed("smtp.port", "a port").unwrap_or(587);
    let login = r.text("smtp.user").zip(r.text("smtp.password"));
    let from = match r.text("smtp.from") {
        Some(from) => from,
        None => r.problem("smtp.from", "is missing, for example \"Everlit <counter@example.com>\"")?,
    };
    Some(SmtpConfig { host, port, security, login, from, timeout: Duration::from_secs(20) })
}
