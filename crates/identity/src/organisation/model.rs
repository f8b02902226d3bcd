//! An organisation, its departments, its members, and links that invite.

use kernel::{AccountId, Duration, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Token;
use crate::role::Limits;

kernel::typed_id!(
    /// An organisation.
    OrganisationId, "org"
);

kernel::typed_id!(
    /// A department of an organisation.
    DepartmentId, "dep"
);

kernel::typed_id!(
    /// A link that makes somebody a member.
    InvitationId, "inv"
);

impl OrganisationId {
    /// The organisation as the one whose business it is: orders, balances and messages know it by this.
    pub const fn party(self) -> AccountId {
        AccountId(self.0)
    }
}

/// How long an invitation works.
pub(crate) const INVITATION_LASTS: Duration = Duration::from_days(7);

/// What an organisation is to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// Orders and pays.
    Enterprise,
    /// Serves: the merchant or carrier behind services.
    Provider,
}

impl OrganisationKind {
    pub const ALL: [Self; 2] = [Self::Enterprise, Self::Provider];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Provider => "provider",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether anybody may act for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationState {
    Active,
    /// Staff stopped it: nobody acts for it until it is resumed.
    Suspended,
}

impl OrganisationState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|state| state.name() == name)
    }
}

/// What somebody fills in to found an organisation here. Errors point to `/name` and `/code`.
pub struct Found {
    pub kind: OrganisationKind,
    pub name: String,
    /// Unified social credit code (统一社会信用代码, GB 32100), as typed.
    pub code: String,
}

/// An organisation as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationView {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub state: OrganisationState,
    pub name: String,
    /// In clear for members, masked for staff.
    pub code: String,
    /// When staff confirmed that it is who it says.
    pub confirmed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentView {
    pub id: DepartmentId,
    pub name: String,
}

/// A member as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    pub account: AccountId,
    pub name: Option<String>,
    /// Masked.
    pub contact: String,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub limits: Limits,
    pub joined_at: Timestamp,
}

/// What a member's place in an organisation is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub limits: Limits,
}

/// An organisation somebody belongs to, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    pub organisation: OrganisationView,
    pub role: Role,
}

/// Whom to invite. Errors point to `/role`, `/department` and `/contact`.
pub struct Invite {
    pub role: Role,
    pub department: Option<DepartmentId>,
    /// Phone or e-mail: then the link goes there, and only an account with that verified address can use it. Empty: whoever
    /// has the link.
    pub contact: String,
}

/// A new invitation. The token is shown here and never again.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub id: InvitationId,
    pub token: Token,
    pub expires_at: Timestamp,
}

/// An invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    pub id: InvitationId,
    pub role: Role,
    pub department: Option<DepartmentId>,
    /// Masked; `None` when whoever has the link may use it.
    pub contact: Option<String>,
    pub expires_at: Timestamp,
}

/// What the page behind an invitation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedTo {
    pub organisation: String,
    pub role: Role,
    pub expires_at: Timestamp,
}

/// What acting for an organisation means for one person now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub role: Role,
    pub limits: Limits,
}

/// A row of the organisation table.
pub(crate) struct StoredOrganisation {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub state: OrganisationState,
    pub name_sealed: Vec<u8>,
    pub code_sealed: Vec<u8>,
    pub confirmed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A row of the membership table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredMember {
    pub account: AccountId,
    pub place: Place,
    pub joined_at: Timestamp,
}

/// A row of the invitation table.
pub(crate) struct StoredInvitation {
    pub id: InvitationId,
    pub organisation: OrganisationId,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub contact_sealed: Option<Vec<u8>>,
    pub contact_index: Option<Vec<u8>>,
    pub expires_at: Timestamp,
}
