//! Documents reviewed by staff (level 3). Promises: a file is what it says it is, of bounded size, and lies sealed in the
//! database in pieces; nobody sees one, or the name in clear, who has not the permission and said why; nobody decides about
//! themselves or without having looked; a rejection says why; files are erased when they have been kept long enough.

mod desk;
mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use crate::real_name::Error;
pub use desk::{approve, document, find, open, opened, queue, reject, waiting};
pub use model::{
    DocumentFile, Grounds, MAX_FILE_BYTES, Media, NewReview, Opened, Review, ReviewId, ReviewState, Side,
    Upload,
};
pub(crate) use ops::{SEALED, erase_all_of, erase_due};
pub use ops::{mine, submit};
pub(crate) use store::STATEMENTS;
