//! One SQL text, one store function, one migration for two databases.
//!
//! [`Db`] is SQLite inside the process or PostgreSQL over the wire; what differs between the two stands side by side in
//! `dialect/` and nowhere else. A [`Tx`] is a write transaction ([`Db::begin`]) or a read session ([`Db::read`]); stores take
//! `&mut Tx` and do not know which database answers. Statements are declared with [`statements!`], so that a test can
//! prepare every one of them on both engines.

mod column;
mod dialect;
mod error;
mod migrate;
mod mover;
mod pool;
mod row;
mod schema;
mod signal;
mod statement;
mod tx;
mod value;

pub use column::{ColumnDoor, Found, FoundClear};
pub use dialect::Engine;
pub use error::{Error, Result};
pub use migrate::Migrations;
pub use mover::{Moved, move_to};
pub use pool::Db;
pub use row::{FromValue, Row, RowReader};
pub use schema::{Column, Table};
pub use signal::{Listener, Signal};
pub use statement::{Bulk, ColumnType, Sql, Statement};
pub use tx::Tx;
pub use value::Value;

/// The parameters of a statement: `params![id, name]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Value::from($value)),*] };
}

/// `From<db::Error>` for a room's `Error`, and `From` of every cause named after it: what goes wrong there is a bug of ours, never
/// the user's input.
///
/// ```
/// kernel::errors! {
///     /// Why a box stays closed.
///     pub enum Error in "box" {}
/// }
/// db::bug_from!(Error, std::fmt::Error);
/// assert!(matches!(Error::from(std::fmt::Error), Error::Bug(_)));
/// ```
#[macro_export]
macro_rules! bug_from {
    (@one $error:ty, $cause:ty) => {
        impl From<$cause> for $error {
            fn from(error: $cause) -> Self {
                Self::bug(error)
            }
        }
    };
    ($error:ty $(, $cause:ty)* $(,)?) => {
        $crate::bug_from!(@one $error, $crate::Error);
        $( $crate::bug_from!(@one $error, $cause); )*
    };
}
