//! Breaking words into lines of a width.

use krilla::text::KrillaGlyph;

use crate::{Error, Font};

/// One line with its glyphs and its width at size 1.
pub(crate) struct Line {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    pub width: f32,
}

/// What must not begin a line in Chinese.
const NOT_FIRST: &str = "，。、；：！？）》」』】”’％…·,.;:!?)]}%";
/// What must not end one.
const NOT_LAST: &str = "（《「『【“‘([{¥$";

/// Lines no wider than `width` at `size`; a text without a place to break is broken anywhere.
pub(crate) fn wrap(font: &Font, text: &str, size: f32, width: f32) -> Result<Vec<Line>, Error> {
    let (room, text) = (width / size, font.shown(text));
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut rest = paragraph;
        loop {
            let cut = cut(font, rest, room)?;
            let (head, tail) = rest.split_at(cut);
            lines.push(measured(font, head.trim_end())?);
            rest = tail.trim_start();
            if rest.is_empty() {
                break;
            }
        }
    }
    Ok(lines)
}

/// One line, however wide it is.
pub(crate) fn line(font: &Font, text: &str) -> Result<Line, Error> {
    measured(font, &font.shown(text).replace('\n', " "))
}

fn measured(font: &Font, text: &str) -> Result<Line, Error> {
    let glyphs = font.glyphs(text)?;
    let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
    Ok(Line { text: text.to_owned(), glyphs, width })
}

/// After how many bytes the first line ends; never 0 unless the text is empty.
fn cut(font: &Font, text: &str, room: f32) -> Result<usize, Error> {
    let (mut used, mut last_break, mut before): (f32, Option<usize>, Option<char>) = (0.0, None, None);
    for (at, character) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, character)) {
            last_break = Some(at);
        }
        used += font.width(character)?;
        if used > room && at > 0 {
            return Ok(last_break.unwrap_or(at));
        }
        before = Some(character);
    }
    Ok(text.len())
}

fn may_break(before: char, after: char) -> bool {
    if NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    // Between words, and around every character that is not part of a Latin word or a number.
    before == ' ' || before == '-' || !before.is_ascii() || !after.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::may_break;

    #[test]
    fn lines_break_between_words_and_characters_but_not_before_punctuation() {
        for (before, after, may) in [
            ('中', '文', true),
            ('文', '，', false),
            ('（', '中', false),
            ('a', 'b', false),
            (' ', 'b', true),
            ('1', '.', false),
            ('¥', '1', false),
            ('元', '1', true),
        ] {
            assert_eq!(may_break(before, after), may, "{before}{after}");
        }
    }
}
