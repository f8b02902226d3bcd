//! `[documents]`: in whose name documents are issued, and the font of their files.

use std::path::PathBuf;

use super::Reader;

/// How documents look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// A font file with Chinese characters; `None` looks in the usual places.
    pub font: Option<PathBuf>,
    /// The face, where the file is a collection; counts from 0.
    pub font_face: u32,
    /// `None` issues in the name of the product.
    pub issuer: Option<String>,
}

pub(super) fn documents(r: &mut Reader) -> Documents {
    let font = r.text("documents.font").map(PathBuf::from);
    let face = r.parsed("documents.font_face", "the number of a face, counted from 0");
    if face.is_some() && font.is_none() {
        r.problem::<()>("documents.font_face", "belongs to documents.font, which is missing");
    }
    let issuer = r.text("documents.issuer").map(|name| name.trim().to_owned());
    if issuer.as_ref().is_some_and(String::is_empty) {
        r.problem::<()>("documents.issuer", "must not be empty");
    }
    Documents { font, font_face: face.unwrap_or_default(), issuer }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_face_belongs_to_a_font_and_an_issuer_has_a_name() {
        let parse = |text: &str| Config::parse(text, std::iter::empty());
        let text = "[documents]\nfont = \"/fonts/song.ttc\"\nfont_face = 2\nissuer = \"便民中心\"\n";
        let found = parse(text).unwrap().documents;
        assert_eq!((found.font_face, found.issuer.as_deref()), (2, Some("便民中心")));
        let problems = parse("[documents]\nfont_face = 2\nissuer = \" \"\n").unwrap_err().to_string();
        assert!(
            problems.contains("documents.font_face") && problems.contains("documents.issuer"),
            "{problems}"
        );
    }
}
