//! Finds services by what people call them: names, synonyms, pinyin, abbreviations, misspelt English. Promises: every
//! published service is found by its name in either language; an answer takes microseconds; the order of equal hits is
//! always the same. Pure: an index is built with each snapshot of the catalogue and thrown away with it.

mod index;
#[cfg(test)]
mod tests;
mod words;

pub use index::{Document, Index};
