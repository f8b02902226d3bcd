//! Which columns hold sealed values, so that they can be counted and sealed again under another key; and which hold
//! indexes, so that those can be made again under another key.

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

/// One column of indexes made by [`crate::Vault::blind_index`], with the sealed column of the same row that they can be made from again.
/// Every crate with such columns lists them in its `INDEXED`.
#[derive(Debug, Clone, Copy)]
pub struct IndexedColumn {
    pub table: &'static str,
    pub column: &'static str,
    /// What the index is made for.
    pub context: &'static str,
    /// The sealed column. Where it is empty there is nobody left to find, and the index is emptied.
    pub source: &'static str,
    pub source_context: &'static str,
    /// What the index is made of, from what was sealed; `None` when that is not as we write it.
    pub value: fn(&[u8]) -> Option<String>,
}

impl IndexedColumn {
    /// An index of the very text that is sealed, for the same context.
    pub const fn new(
        table: &'static str,
        column: &'static str,
        source: &'static str,
        context: &'static str,
    ) -> Self {
        Self { table, column, context, source, source_context: context, value: text }
    }

    /// An index of something in what is sealed, or for another context.
    pub const fn made_by(self, context: &'static str, value: fn(&[u8]) -> Option<String>) -> Self {
        Self { context, value, ..self }
    }
}

fn text(plain: &[u8]) -> Option<String> {
    String::from_utf8(plain.to_vec()).ok()
}
