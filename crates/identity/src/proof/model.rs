//! What somebody shows.

use crate::signin::{Method, Proven, Way, Ways};

/// A factor that is shown. Has no `Debug`: these are secrets.
pub enum Proof {
    Password(String),
    Totp(String),
    RecoveryCode(String),
    /// A one-time code that was sent for this.
    Code(String),
    /// A passkey whose assertion was checked already.
    Passkey(Proven),
}

impl Proof {
    pub const fn method(&self) -> Method {
        match self {
            Self::Password(_) => Method::Password,
            Self::Totp(_) => Method::Totp,
            Self::RecoveryCode(_) => Method::RecoveryCode,
            Self::Code(_) => Method::Code,
            Self::Passkey(_) => Method::Passkey,
        }
    }

    pub(crate) fn fits(&self, ways: &Ways) -> bool {
        ways.0.iter().any(|way| {
            matches!(
                (self, way),
                (Self::Password(_), Way::Password)
                    | (Self::Totp(_), Way::Totp)
                    | (Self::RecoveryCode(_), Way::RecoveryCode)
                    | (Self::Code(_), Way::Code { .. })
                    | (Self::Passkey(_), Way::Passkey)
            )
        })
    }
}
