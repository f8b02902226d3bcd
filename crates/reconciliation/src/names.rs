//! Enums whose values have one name each: in the database, in the API, in audit.

/// Declares such an enum with `ALL`, `name` and `from_name`.
macro_rules! named {
    ($(#[$doc:meta])* pub enum $type:ident { $($(#[$each:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $type { $($(#[$each])* #[serde(rename = $name)] $variant),* }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }

            /// A stored name this program does not know is a bug, not a default.
            pub(crate) fn stored(name: &str) -> Result<Self, ::db::Error> {
                Self::from_name(name).ok_or_else(|| ::db::Error::Shape(format!("unknown name {name}")))
            }
        }
    };
}
pub(crate) use named;
