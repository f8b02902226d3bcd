//! Codes to scan.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// A QR code as inline SVG: dark modules on a light ground of four modules, as the standard asks for, in any theme.
pub fn code(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M) else { return html! {} };
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: Vec<String> = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width, at / width)).collect();
    let side = width.saturating_add(8);
    html! {
        svg role="img" aria-label=(label) viewBox={ "-4 -4 " (side) " " (side) } width="216" height="216" shape-rendering="crispEdges" {
            rect x="-4" y="-4" width=(side) height=(side) fill="#fff" {}
            path d=(path.concat()) fill="#000" {}
        }
    }
}
