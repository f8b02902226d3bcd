//! What can be bound to a statement: the palette both databases share.

use kernel::{AccountId, Duration, Timestamp};

/// One bound or read value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    /// Ids, money, time, counts.
    Int(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// For `{list $n}`.
    Ints(Vec<i64>),
    /// For `{list $n}`.
    Texts(Vec<String>),
}

macro_rules! from {
    ($($type:ty => |$value:ident| $make:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $make
            }
        })*
    };
}

from! {
    i64 => |v| Self::Int(v);
    i32 => |v| Self::Int(i64::from(v));
    u32 => |v| Self::Int(i64::from(v));
    u16 => |v| Self::Int(i64::from(v));
    bool => |v| Self::Bool(v);
    String => |v| Self::Text(v);
    &str => |v| Self::Text(v.to_owned());
    &String => |v| Self::Text(v.clone());
    Vec<u8> => |v| Self::Bytes(v);
    &[u8] => |v| Self::Bytes(v.to_vec());
    &Vec<u8> => |v| Self::Bytes(v.clone());
    Vec<i64> => |v| Self::Ints(v);
    Vec<String> => |v| Self::Texts(v);
    Timestamp => |v| Self::Int(v.0);
    Duration => |v| Self::Int(v.0);
    AccountId => |v| Self::Int(v.0);
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
