//! Errors of a form: the summary at the top that gets focus, and the ids that its lines point to (F3).

use kernel::{FieldError, Locale};
use maud::{Markup, html};

use crate::i18n::FormWords;
use crate::ui::PageCx;

/// One wrong field, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The control's name: `phone`, `home.city`.
    pub name: String,
    pub message: String,
}

/// The id of the first control named `name`.
pub fn id_of(name: &str) -> String {
    let tail: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    format!("f-{tail}")
}

/// The errors as the page shows them: a pointer `/home/city` belongs to the control `home.city`.
pub fn errors_of(errors: &[FieldError], locale: Locale) -> Vec<Wrong> {
    let wrong = |error: &FieldError| Wrong {
        name: error.pointer.trim_start_matches('/').replace('/', "."),
        message: error.message(locale).to_owned(),
    };
    errors.iter().map(wrong).collect()
}

/// The summary: says how many, links each to its field with the same words. Nothing when there is none.
/// `boot.js` gives it focus; without script the links work and the alert is read.
pub fn error_summary(cx: &PageCx, errors: &[Wrong]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.errsum #errors role="alert" tabindex="-1" aria-labelledby="errors-title" {
                h2 #errors-title { (FormWords::of(cx.locale).errors_found(errors.len())) }
                ul {
                    @for error in errors {
                        li {
                            @if error.name.is_empty() { (error.message) }
                            @else { a href={ "#" (id_of(&error.name)) } { (error.message) } }
                        }
                    }
                }
            }
        }
    }
}

/// The same frame for a refusal that is about no single field: balance, stock, sign-in.
pub fn problem_summary(title: &str, body: Markup) -> Markup {
    html! {
        div.errsum #errors role="alert" tabindex="-1" aria-labelledby="errors-title" {
            h2 #errors-title { (title) }
            (body)
        }
    }
}
