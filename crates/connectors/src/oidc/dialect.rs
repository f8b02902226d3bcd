//! What the dialects older than OpenID Connect have in common: no nonce, no PKCE, no word about when somebody last showed who they
//! are, an address that is known without asking, and an identity of a name and nothing else.

use kernel::Text;

use super::{Ask, Back, Claimed, Issuer, IssuerError};
use crate::BoxFuture;

/// One dialect. Whoever speaks one is an [`Issuer`].
pub(super) trait Dialect: Send + Sync + std::fmt::Debug {
    /// The name in settings, and what people read on the button.
    fn names(&self) -> (&str, &Text);

    /// Where the browser goes.
    fn address(&self, ask: &Ask<'_>) -> String;

    /// Exchanges the code for an identity.
    fn identity<'a>(
        &'a self,
        back: &'a Back<'a>,
    ) -> impl Future<Output = Result<Claimed, IssuerError>> + Send + 'a;
}

impl<T: Dialect> Issuer for T {
    fn name(&self) -> &str {
        self.names().0
    }

    fn label(&self) -> &Text {
        self.names().1
    }

    fn proves_afresh(&self) -> bool {
        false
    }

    fn authorize_url<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<String, IssuerError>> {
        Box::pin(std::future::ready(Ok(self.address(ask))))
    }

    fn finish<'a>(&'a self, back: &'a Back<'a>) -> BoxFuture<'a, Result<Claimed, IssuerError>> {
        Box::pin(self.identity(back))
    }
}

/// Somebody of whom nothing is said but the subject.
pub(super) fn bare(issuer: String, subject: String) -> Claimed {
    Claimed {
        issuer,
        subject,
        former_subject: None,
        name: None,
        email: None,
        email_verified: false,
        phone: None,
        authenticated_at: None,
    }
}
