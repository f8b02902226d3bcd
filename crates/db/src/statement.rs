//! SQL constants. One text serves both engines; what differs is written as a `{word}` and filled in by the dialect.
//!
//! | written | meaning |
//! |---|---|
//! | `$1` | a parameter; may be repeated |
//! | `{list $1}` | a parameter that is a list: `WHERE id IN {list $1}` |
//! | `{for_update}` | lock the rows read |
//! | `{for_update_skip_locked}` | lock the rows read, passing over those another transaction holds |
//! | `{rows}` | in a bulk statement: the rows given, with the declared column names |
//! | `{bytes}`, `{id}` | in migrations: the types of bytes and of an id that is the primary key |

use std::sync::OnceLock;

use crate::dialect::{self, Engine};

/// A column of a bulk statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Int,
    Bool,
    Text,
    Bytes,
}

/// Anything that can be prepared; for the test that prepares every statement on both engines.
pub trait Statement: Sync {
    /// The constant's name.
    fn name(&self) -> &'static str;

    /// The text for one engine.
    fn rendered(&self, engine: Engine) -> &str;
}

/// One statement.
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    text: &'static str,
    rendered: [OnceLock<String>; 2],
}

impl Sql {
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, rendered: [OnceLock::new(), OnceLock::new()] }
    }
}

impl Statement for Sql {
    fn name(&self) -> &'static str {
        self.name
    }

    fn rendered(&self, engine: Engine) -> &str {
        engine.pick(&self.rendered).get_or_init(|| dialect::render(self.text, &[], engine))
    }
}

/// A statement over many rows: on PostgreSQL one statement over arrays, on SQLite a cached statement in a loop.
#[derive(Debug)]
pub struct Bulk {
    name: &'static str,
    text: &'static str,
    pub(crate) columns: &'static [(&'static str, ColumnType)],
    rendered: [OnceLock<String>; 2],
}

impl Bulk {
    pub const fn new(
        name: &'static str,
        columns: &'static [(&'static str, ColumnType)],
        text: &'static str,
    ) -> Self {
        Self { name, text, columns, rendered: [OnceLock::new(), OnceLock::new()] }
    }
}

impl Statement for Bulk {
    fn name(&self) -> &'static str {
        self.name
    }

    fn rendered(&self, engine: Engine) -> &str {
        engine.pick(&self.rendered).get_or_init(|| dialect::render(self.text, self.columns, engine))
    }
}

/// Declares a store's statements, and `STATEMENTS`, the list of them for the test that prepares all.
///
/// ```
/// db::statements! {
///     FIND = "SELECT id, name FROM box WHERE id = $1";
///     bulk INSERT (id: Int, name: Text) = "INSERT INTO box (id, name) SELECT id, name FROM {rows}";
/// }
/// # fn main() { let _ = (&FIND, &INSERT, STATEMENTS.len()); }
/// ```
#[macro_export]
macro_rules! statements {
    (@each [$($seen:ident)*] $(#[$doc:meta])* bulk $name:ident ($($column:ident : $type:ident),* $(,)?) = $text:expr; $($rest:tt)*) => {
        $(#[$doc])*
        pub(crate) static $name: $crate::Bulk = $crate::Bulk::new(
            stringify!($name),
            &[$((stringify!($column), $crate::ColumnType::$type)),*],
            $text,
        );
        $crate::statements!(@each [$($seen)* $name] $($rest)*);
    };
    (@each [$($seen:ident)*] $(#[$doc:meta])* $name:ident = $text:expr; $($rest:tt)*) => {
        $(#[$doc])*
        pub(crate) static $name: $crate::Sql = $crate::Sql::new(stringify!($name), $text);
        $crate::statements!(@each [$($seen)* $name] $($rest)*);
    };
    (@each [$($seen:ident)*]) => {
        /// Every statement of this store.
        pub(crate) static STATEMENTS: &[&dyn $crate::Statement] = &[$(&$seen),*];
    };
    ($($rest:tt)*) => {
        $crate::statements!(@each [] $($rest)*);
    };
}
