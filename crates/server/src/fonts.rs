//! What documents are issued and drawn with. The font is the host's: a Chinese one is larger than everything else here, and every
//! system that shows Chinese has one.

use std::path::Path;

use documents::Press;
use kernel::{Locale, Text};
use paper::Font;

use crate::Failure;
use crate::config::Config;

/// Where systems keep their Chinese fonts, and the face for simplified characters. Plain faces come first: they read best in small type.
const USUAL: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/adobe-source-han-sans/SourceHanSansCN-Regular.otf", 0),
    ("/usr/share/fonts/adobe-source-han-sans/SourceHanSansSC-Regular.otf", 0),
    ("/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 2),
    ("/System/Library/Fonts/STHeiti Light.ttc", 1),
    ("C:\\Windows\\Fonts\\msyh.ttc", 0),
];

/// The press as configured. A font that was named has to be one; without a name, and without one in the usual places, documents are
/// print pages only.
pub fn press(config: &Config) -> Result<Press, Failure> {
    let brand = |locale| web::i18n::Common::of(locale).brand;
    let issuer = match &config.documents.issuer {
        Some(name) => Text::new(name, name),
        None => Text::new(brand(Locale::Zh), brand(Locale::En)),
    };
    let font = match &config.documents.font {
        Some(path) => Some(named(path, config.documents.font_face)?),
        None => first_of(USUAL),
    };
    if font.is_none() {
        tracing::warn!(
            "no Chinese font was found: documents have print pages and no PDF; name one as documents.font"
        );
    }
    Ok(Press { issuer, verify_url: format!("{}/verify", config.public_url), font })
}

fn named(path: &Path, face: u32) -> Result<Font, Failure> {
    let name = path.display();
    let bytes =
        std::fs::read(path).map_err(|error| format!("documents.font {name} cannot be read: {error}"))?;
    Ok(Font::read(bytes, face).map_err(|error| format!("documents.font {name}, face {face}: {error}"))?)
}

/// The first that is there and can be drawn with.
fn first_of(places: &[(&str, u32)]) -> Option<Font> {
    places.iter().find_map(|(path, face)| Font::read(std::fs::read(path).ok()?, *face).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text, std::iter::empty()).unwrap()
    }

    #[test]
    fn a_font_that_was_named_and_is_none_stops_the_start() {
        let missing = press(&config("[documents]\nfont = \"/nowhere/song.ttc\"\n")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/song.ttc"), "{missing}");
        let no_font = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let wrong = press(&config(&format!("[documents]\nfont = \"{no_font}\"\n"))).unwrap_err();
        assert!(wrong.to_string().contains("not a font"), "{wrong}");
    }

    #[test]
    fn without_a_font_there_is_a_press_and_it_knows_where_papers_are_checked() {
        assert!(first_of(&[("/nowhere/song.ttc", 0)]).is_none());
        let press = press(&config("public_url = \"https://counter.example\"\n")).unwrap();
        assert_eq!(press.verify_url, "https://counter.example/verify");
        let ours = press_named("便民中心");
        assert_eq!(ours.get(Locale::Zh), ours.get(Locale::En));
    }

    fn press_named(name: &str) -> Text {
        press(&config(&format!("[documents]\nissuer = \"{name}\"\n"))).unwrap().issuer
    }
}
