//! What an account has besides its password.

use kernel::Timestamp;

/// The second factors of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enrolled {
    pub totp: bool,
    pub passkeys: i64,
    /// How many are not used yet.
    pub recovery_codes: i64,
}

impl Enrolled {
    /// Whether there is a second factor. Recovery codes stand in for one; they are none.
    pub const fn any(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// A secret to put into an app. Shown once; has no `Debug`.
pub struct TotpOffer {
    /// Base32, in groups of four: for typing.
    pub secret: String,
    /// `otpauth://totp/…`: for a QR code.
    pub uri: String,
}

/// What the page about the app shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotpState {
    pub confirmed_at: Option<Timestamp>,
}

/// A row of the table.
pub(crate) struct StoredTotp {
    pub secret_sealed: Option<Vec<u8>>,
    pub confirmed_at: Option<Timestamp>,
    pub last_step: i64,
    pub waiting_sealed: Option<Vec<u8>>,
    pub waiting_since: Option<Timestamp>,
}
