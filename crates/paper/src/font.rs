//! A font: which glyph a character has and how wide it is.

use std::sync::Arc;

use krilla::text::{GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

use crate::Error;

/// Why bytes are not a font for documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    #[error("not a font, or no such face in the collection")]
    Unreadable,
    /// Documents are Chinese first.
    #[error("the font has no Chinese characters")]
    NotChinese,
}

/// What a Chinese document cannot do without, also full-width punctuation.
const NEEDED: &str = "元整壹贰叁肆伍陆柒捌玖拾佰仟万亿零，。（）：、年月日收据发票对账单";

/// Stands for a character that the font has no picture for: what printers set for a missing type. Better a visible hole than no document.
const MISSING: char = '〓';

/// A font that has Chinese and Latin characters.
#[derive(Clone)]
pub struct Font {
    bytes: Arc<Vec<u8>>,
    index: u32,
    drawn: krilla::text::Font,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Font")
            .field("bytes", &self.bytes.len())
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

impl Font {
    /// Reads a font file; `index` is the face of a collection (`.ttc`), 0 elsewhere.
    pub fn read(bytes: Vec<u8>, index: u32) -> Result<Self, FontError> {
        let bytes = Arc::new(bytes);
        // Reading a face twice is cheap; the drawing library wants its own hold on the bytes.
        let drawn = krilla::text::Font::new(Arc::clone(&bytes).into(), index).ok_or(FontError::Unreadable)?;
        let font = Self { bytes, index, drawn };
        let face = font.face().ok_or(FontError::Unreadable)?;
        let map = face.charmap();
        if NEEDED.chars().all(|needed| map.map(needed).is_some()) {
            Ok(font)
        } else {
            Err(FontError::NotChinese)
        }
    }

    fn face(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(&self.bytes, self.index).ok()
    }

    pub(crate) fn drawn(&self) -> krilla::text::Font {
        self.drawn.clone()
    }

    /// The text as this font can show it.
    pub(crate) fn shown(&self, text: &str) -> String {
        let Some(face) = self.face() else { return String::new() };
        let map = face.charmap();
        let shown = |character: char| match character {
            '\n' => '\n',
            control if control.is_control() => ' ',
            known if map.map(known).is_some() => known,
            _ => MISSING,
        };
        text.chars().map(shown).collect()
    }

    /// The glyphs of a text, in a row.
    pub(crate) fn glyphs(&self, text: &str) -> Result<Vec<KrillaGlyph>, Error> {
        let face = self.face().ok_or_else(|| Error::Write("the font is gone".to_owned()))?;
        let (map, metrics) = (face.charmap(), face.glyph_metrics(Size::unscaled(), LocationRef::default()));
        let em = self.drawn.units_per_em();
        let mut glyphs = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            let glyph = map.map(character).unwrap_or_default();
            let advance = metrics.advance_width(glyph).unwrap_or(em) / em;
            let range = at..at.saturating_add(character.len_utf8());
            glyphs.push(KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, range, None));
        }
        Ok(glyphs)
    }

    /// How wide a character is at size 1.
    pub(crate) fn width(&self, character: char) -> Result<f32, Error> {
        let mut one = [0; 4];
        Ok(self.glyphs(character.encode_utf8(&mut one))?.iter().map(|glyph| glyph.x_advance).sum())
    }
}
