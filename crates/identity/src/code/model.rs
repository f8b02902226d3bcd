//! A code and what it proves.

use kernel::{Duration, Timestamp};
use notify::{Channel, CodePurpose};

/// ASVS 6.5.5: out-of-band codes live ten minutes at most.
pub(crate) const VALID: Duration = Duration::from_mins(10);
/// Five of a million, and sending is throttled: guessing is hopeless.
pub(crate) const TRIES: i64 = 5;

/// What entering the code proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    VerifyPhone,
    VerifyEmail,
}

impl Purpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyPhone => "verify_phone",
            Self::VerifyEmail => "verify_email",
        }
    }

    pub(crate) const fn channel(self) -> Channel {
        match self {
            Self::VerifyPhone => Channel::Sms,
            Self::VerifyEmail => Channel::Email,
        }
    }

    pub(crate) const fn template(self) -> CodePurpose {
        match self {
            Self::VerifyPhone => CodePurpose::VerifyPhone,
            Self::VerifyEmail => CodePurpose::VerifyEmail,
        }
    }
}

/// What the page after sending shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    pub purpose: Purpose,
    /// The address, masked: `138****0000`.
    pub masked_to: String,
    pub expires_at: Timestamp,
    /// No new code before this time.
    pub resend_at: Timestamp,
}

/// The row of a live code.
pub(crate) struct Live {
    pub code_hash: Vec<u8>,
    pub tries_left: i64,
}
