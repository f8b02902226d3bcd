//! Which columns hold sealed values, so that they can be counted and sealed again under another key.

/// One column of sealed values. Every crate with such columns lists them in its `SEALED`; the binary puts the lists together, and a
/// test fails for a column of bytes that nobody listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
    /// What every value of the column is sealed for.
    pub context: &'static str,
    /// Columns in which earlier versions kept the same in the clear. One start seals what lies there and empties them: a single text
    /// as it is, several as a JSON object of those that are not empty.
    pub clear: &'static [&'static str],
}

impl SealedColumn {
    pub const fn new(table: &'static str, column: &'static str, context: &'static str) -> Self {
        Self { table, column, context, clear: &[] }
    }

    /// What used to lie open.
    pub const fn once_clear(self, clear: &'static [&'static str]) -> Self {
        Self { clear, ..self }
    }
}
