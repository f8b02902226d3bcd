//! Status is always shape, word and colour: ● done, ▲ waits for you, ■ failed, ○ under way, ☾ scheduled. The shapes are drawn,
//! so they stay in print and in forced colours.

use maud::{Markup, PreEscaped, html};

/// What sort of status it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ● done, normal
    Ok,
    /// ▲ somebody must act, or soon
    Warn,
    /// ■ failed, overdue
    Bad,
    /// ○ under way
    Info,
    /// ☾ scheduled, outside human hours
    Night,
    /// – nothing to say: drafts, cancelled
    Plain,
}

impl Kind {
    /// The class that carries the colour.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Night => "night",
            Self::Plain => "plain",
        }
    }

    const fn shape(self) -> &'static str {
        match self {
            Self::Ok => r#"<circle cx="5" cy="5" r="4" fill="currentColor"/>"#,
            Self::Warn => r#"<path d="M5 .8 9.6 9.2H.4z" fill="currentColor"/>"#,
            Self::Bad => r#"<path d="M1 1h8v8H1z" fill="currentColor"/>"#,
            Self::Info => {
                r#"<circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="2"/>"#
            }
            Self::Night => {
                r#"<path d="M9.2 6.3A4.5 4.5 0 1 1 3.7.8a3.7 3.7 0 0 0 5.5 5.5z" fill="currentColor"/>"#
            }
            Self::Plain => r#"<path d="M1 4h8v2H1z" fill="currentColor"/>"#,
        }
    }
}

/// The shape alone, 10 px; the word stands beside it.
pub fn shape(kind: Kind) -> Markup {
    PreEscaped(format!(
        r#"<svg class="shape" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">{}</svg>"#,
        kind.shape()
    ))
}

/// A status in a pill: shape, word, colour.
pub fn tag(kind: Kind, word: &str) -> Markup {
    html! { span class={ "tag " (kind.class()) } { (shape(kind)) (word) } }
}

/// A status without the pill, for dense tables and running text.
pub fn word(kind: Kind, word: &str) -> Markup {
    html! { span class={ "st " (kind.class()) } { (shape(kind)) (word) } }
}
