//! How this crate's ids and enums stand in a column: an id as a number, an enum as its code.

use kernel::Currency;

/// An enum whose variants have codes: what the database keeps and programs see.
macro_rules! coded {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that stands for it in the database and in answers to programs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }

        impl From<$name> for db::Value {
            fn from(value: $name) -> Self {
                Self::from(value.code())
            }
        }

        impl db::FromValue for $name {
            const NAME: &'static str = stringify!($name);

            fn from_value(value: &db::Value) -> Option<Self> {
                match value {
                    db::Value::Text(code) => Self::from_code(code),
                    _ => None,
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.code())
            }
        }
    };
}

/// A typed id as a column.
macro_rules! id_column {
    ($name:ident) => {
        impl From<$name> for db::Value {
            fn from(id: $name) -> Self {
                Self::Int(id.0)
            }
        }

        impl db::FromValue for $name {
            const NAME: &'static str = stringify!($name);

            fn from_value(value: &db::Value) -> Option<Self> {
                <i64 as db::FromValue>::from_value(value).map($name)
            }
        }
    };
}

pub(crate) use {coded, id_column};

/// A currency column. (The type is the kernel's, so it cannot read itself.)
pub(crate) fn currency(row: &mut db::RowReader<'_>) -> db::Result<Currency> {
    let code: String = row.get()?;
    Currency::from_code(&code).ok_or_else(|| db::Error::Shape(format!("{code} is no currency")))
}
