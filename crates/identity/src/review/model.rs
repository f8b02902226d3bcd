//! Documents, and what becomes of them.

use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Documents handed in once, to be decided about together.
    ReviewId, "idr"
);

/// Larger files are refused before they are looked at.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

/// Which side of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Front,
    Back,
}

impl Side {
    pub const ALL: [Self; 2] = [Self::Front, Self::Back];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }
}

/// What a file is, as its content shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    Jpeg,
    Png,
    Pdf,
}

impl Media {
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Pdf];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.name() == name)
    }

    /// `image/jpeg`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// The usual ends of file names; the first is given to downloads.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Pdf => &["pdf"],
        }
    }

    /// Whether a browser can show it beside the data.
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png)
    }
}

/// A file as it came. Has no `Debug`: it is personal data.
#[derive(Clone, Default)]
pub struct Upload {
    /// As the browser says; may be empty.
    pub content_type: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// It was larger than [`MAX_FILE_BYTES`] and is not here.
    pub too_large: bool,
}

/// What somebody hands in. Errors point to `/name`, `/number`, `/consent`, `/front` and `/back`.
pub struct NewReview {
    pub name: String,
    pub number: String,
    pub consent: bool,
    pub front: Upload,
    pub back: Upload,
}

/// How a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    Waiting,
    Approved,
    Rejected,
    /// The customer took back the consent.
    Withdrawn,
}

impl ReviewState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Approved, Self::Rejected, Self::Withdrawn];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why documents are rejected; the customer reads it with the reviewer's remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// Blurred, cut off, covered, reflecting.
    Unreadable,
    /// A side is missing, or it is another document.
    Incomplete,
    /// Name or number are others than those given.
    Differs,
    /// No longer valid.
    Expired,
    /// There are signs that it was changed.
    Doubtful,
}

impl Grounds {
    pub const ALL: [Self; 5] =
        [Self::Unreadable, Self::Incomplete, Self::Differs, Self::Expired, Self::Doubtful];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Incomplete => "incomplete",
            Self::Differs => "differs",
            Self::Expired => "expired",
            Self::Doubtful => "doubtful",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grounds| grounds.name() == name)
    }
}

/// One file of a review, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentFile {
    pub id: i64,
    pub side: Side,
    pub media: Media,
    pub bytes: i64,
}

/// Documents handed in, with the personal data masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: ReviewId,
    pub account: AccountId,
    pub state: ReviewState,
    /// `林*`; `None` once erased.
    pub name: Option<String>,
    /// `1*************002X`; `None` once erased.
    pub number: Option<String>,
    pub submitted_at: Timestamp,
    /// Who has said why they look, and when.
    pub opened: Option<(AccountId, Timestamp)>,
    pub decided: Option<(AccountId, Timestamp)>,
    pub grounds: Option<Grounds>,
    /// What the reviewer wrote to the customer.
    pub remark: Option<String>,
    pub erased_at: Option<Timestamp>,
    pub files: Vec<DocumentFile>,
}

/// What a reviewer sees in clear after saying why. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    pub name: String,
    pub number: String,
    /// [`forms::Holder::name`].
    pub holder: String,
    /// Until then the files may be looked at and decided about.
    pub until: Timestamp,
}

/// A row of the table.
#[derive(Clone)]
pub(crate) struct StoredReview {
    pub id: ReviewId,
    pub account: AccountId,
    pub state: ReviewState,
    pub person_index: Vec<u8>,
    pub person_sealed: Option<Vec<u8>>,
    pub consented_at: Timestamp,
    pub submitted_at: Timestamp,
    pub opened: Option<(AccountId, Timestamp)>,
    pub decided: Option<(AccountId, Timestamp)>,
    pub grounds: Option<Grounds>,
    pub remark_sealed: Option<Vec<u8>>,
    pub erased_at: Option<Timestamp>,
}
