//! The seam: everything that differs between the two databases, the two halves side by side.

pub(crate) mod postgres;
mod render;
pub(crate) mod sqlite;

pub(crate) use render::render;

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// This engine's half of a pair.
    pub(crate) fn pick<T>(self, pair: &[T; 2]) -> &T {
        let [sqlite, postgres] = pair;
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}
