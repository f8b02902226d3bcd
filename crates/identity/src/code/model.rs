//! A code and what it proves.

use kernel::{Duration, Timestamp};
use notify::CodePurpose;

use crate::Error;

/// ASVS 6.5.5: out-of-band codes live ten minutes at most.
pub(crate) const VALID: Duration = Duration::from_mins(10);
/// Five of a million, and sending is throttled: guessing is hopeless.
pub(crate) const TRIES: i64 = 5;

/// What entering the code proves. One live code an account and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    VerifyPhone,
    VerifyEmail,
    /// The one factor of a sign-in.
    SignIn,
    /// A second factor where the account has none of its own.
    SecondFactor,
    /// A fresh proof for a sensitive act.
    Proof,
    /// A phone number that is to become the account's.
    NewPhone,
    NewEmail,
    /// One part of unfreezing one's own account.
    Unfreeze,
    /// A new password in place of a forgotten one.
    Reset,
}

impl Purpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyPhone => "verify_phone",
            Self::VerifyEmail => "verify_email",
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::Proof => "proof",
            Self::NewPhone => "new_phone",
            Self::NewEmail => "new_email",
            Self::Unfreeze => "unfreeze",
            Self::Reset => "reset",
        }
    }

    /// Whether it is about a phone number rather than an e-mail address.
    pub const fn is_phone(self) -> bool {
        matches!(self, Self::VerifyPhone | Self::NewPhone)
    }

    pub(crate) const fn template(self) -> CodePurpose {
        match self {
            Self::VerifyPhone | Self::NewPhone => CodePurpose::VerifyPhone,
            Self::VerifyEmail | Self::NewEmail => CodePurpose::VerifyEmail,
            Self::SignIn | Self::SecondFactor => CodePurpose::SignIn,
            Self::Proof => CodePurpose::Proof,
            Self::Unfreeze => CodePurpose::Unfreeze,
            Self::Reset => CodePurpose::Reset,
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

/// What came of entering a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was right and is used up.
    Right,
    /// It was wrong; so many tries are left.
    Wrong { left: i64 },
    /// There is none, or none any more.
    Gone,
}

impl Taken {
    pub(crate) fn is_right(self) -> bool {
        self == Self::Right
    }

    /// What to answer.
    pub(crate) fn refusal(self) -> Result<(), Error> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong { left: 0 } | Self::Gone => Err(Error::CodeExpired),
            Self::Wrong { left } => Err(Error::code_wrong(left)),
        }
    }
}
