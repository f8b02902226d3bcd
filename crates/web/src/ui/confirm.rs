//! The end of a transaction (U7): only after the system of record says so. Reference to copy, what happens next, receipt.

use maud::{Markup, html};

use super::{Icon, PageCx, icon};
use crate::i18n::{Common, Data};

/// A number with a button that copies it without spaces (N5). Without script the number can be selected; the button is hidden.
pub fn reference(cx: &PageCx, number: &str) -> Markup {
    let (t, data) = (Common::of(cx.locale), Data::of(cx.locale));
    html! {
        span.refno {
            span.num { (number) }
            button.tool.js-only type="button" data-copy=(number) data-done=(t.copied) aria-label=(t.copy_what(data.reference)) title=(t.btn_copy) {
                (icon(Icon::Copy))
            }
        }
    }
}

/// A value with a button that copies it as it stands. Without script it can be selected; the button is hidden.
pub fn copyable(cx: &PageCx, value: &str, label: &str) -> Markup {
    let t = Common::of(cx.locale);
    html! {
        span.refno {
            span.num { (value) }
            button.tool.js-only type="button" data-copy=(value) data-done=(t.copied) aria-label=(t.copy_what(label)) title=(t.btn_copy) {
                (icon(Icon::Copy))
            }
        }
    }
}

/// The panel: title as `h1`, the reference, what happens next (`next`), one or two actions.
pub fn confirmation(cx: &PageCx, title: &str, number: &str, next: Markup, actions: Markup) -> Markup {
    html! {
        section.confirm {
            span.seal { (icon(Icon::Check)) }
            h1 { (title) }
            p.muted { (Data::of(cx.locale).reference) " " (reference(cx, number)) }
            div.stack-s { (next) }
            div.acts { (actions) }
        }
    }
}
