//! Reading a row: columns are taken in the order of the `SELECT`.

use kernel::{AccountId, Timestamp};

use crate::{Error, Result, Value};

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Reads the columns one after the other.
    pub fn reader(&self) -> RowReader<'_> {
        RowReader { values: &self.0, next: 0 }
    }

    /// The values in column order.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// Takes one column after the other.
#[derive(Debug)]
pub struct RowReader<'a> {
    values: &'a [Value],
    next: usize,
}

impl RowReader<'_> {
    /// The next column as `T`; the error names the column's place.
    pub fn get<T: FromValue>(&mut self) -> Result<T> {
        let place = self.next;
        self.next = place.saturating_add(1);
        let value = self.values.get(place).ok_or_else(|| Error::Shape(format!("no column {place}")))?;
        T::from_value(value)
            .ok_or_else(|| Error::Shape(format!("column {place} is {}, not {}", kind_of(value), T::NAME)))
    }
}

/// The sort of a value; never the value itself, which may be personal data.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Int(_) => "a whole number",
        Value::Bool(_) => "a flag",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Ints(_) | Value::Texts(_) => "a list",
    }
}

/// A type a column can be read as.
pub trait FromValue: Sized {
    /// For error messages.
    const NAME: &'static str;

    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($type:ty, $name:literal => $pattern:pat => $make:expr;)*) => {
        $(impl FromValue for $type {
            const NAME: &'static str = $name;

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $pattern => $make,
                    _ => None,
                }
            }
        })*
    };
}

from_value! {
    i64, "a whole number" => Value::Int(v) => Some(*v);
    i32, "a 32-bit number" => Value::Int(v) => i32::try_from(*v).ok();
    u32, "a positive 32-bit number" => Value::Int(v) => u32::try_from(*v).ok();
    u16, "a positive 16-bit number" => Value::Int(v) => u16::try_from(*v).ok();
    String, "text" => Value::Text(v) => Some(v.clone());
    Vec<u8>, "bytes" => Value::Bytes(v) => Some(v.clone());
    Timestamp, "a time" => Value::Int(v) => Some(Timestamp(*v));
    AccountId, "an account id" => Value::Int(v) => Some(AccountId(*v));
}

impl FromValue for bool {
    const NAME: &'static str = "a flag";

    /// The embedded database keeps flags as 0 and 1.
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(v) => Some(*v),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const NAME: &'static str = T::NAME;

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}
