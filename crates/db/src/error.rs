//! What can go wrong in a database, told apart by what the caller can do about it.

/// A database error. Rooms turn it into their `Bug` with [`bug_from!`](crate::bug_from), or look at it first.
#[derive(Debug)]
pub enum Error {
    /// A unique index refused the row; the text names the index or columns.
    Unique(String),
    /// A CHECK refused the row.
    Check(String),
    /// Deadlock, serialization failure or busy: nothing was written, the same may succeed now.
    Conflict(String),
    /// `one` found nothing.
    NoRow,
    /// The transaction already failed; nothing more can be done in it.
    Poisoned,
    /// A row does not have the shape the store expects.
    Shape(String),
    /// The database does not answer.
    Unavailable(String),
    Other(Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Unique(_))
    }

    pub fn is_check(&self) -> bool {
        matches!(self, Self::Check(_))
    }

    /// Nothing was written and the same may succeed when tried again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unique(what) => write!(f, "already there: {what}"),
            Self::Check(what) => write!(f, "refused by a check: {what}"),
            Self::Conflict(what) => write!(f, "in conflict with another transaction: {what}"),
            Self::NoRow => f.write_str("the row is not there"),
            Self::Poisoned => f.write_str("the transaction already failed"),
            Self::Shape(what) => write!(f, "a row is not as expected: {what}"),
            Self::Unavailable(what) => write!(f, "the database does not answer: {what}"),
            Self::Other(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for Error {}
