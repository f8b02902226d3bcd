//! Documents as people hold them: a sheet of facts, tables and notes, drawn as PDF.
//!
//! A [`Sheet`] is everything a document says, in one language, already as words: whoever keeps the sheet can draw the same document
//! again years later. [`render`] draws it on A4 with a font that the caller found; the same sheet and font give the same bytes.
//! Nothing here reads a file, a clock or a setting.
#![expect(clippy::float_arithmetic, reason = "places on paper are measured, not counted")]

mod draw;
mod font;
mod lines;
mod sheet;
#[cfg(test)]
mod tests;

pub use font::{Font, FontError};
pub use sheet::{Align, Column, Fact, Made, Seal, Sheet, Table};

/// Why a sheet could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the code on the paper leads to is too long for one.
    #[error("the address does not fit into a code")]
    Code,
    #[error("the document could not be written: {0}")]
    Write(String),
}

/// Draws a sheet as PDF.
pub fn render(sheet: &Sheet, font: &Font) -> Result<Vec<u8>, Error> {
    draw::document(sheet, font)
}
