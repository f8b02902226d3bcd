//! An empty list says why it is empty and what to do (W4). One quiet dial, no jokes.

use maud::{Markup, html};

use super::ring;

/// `action` is one link or button; `None` where nothing can be done.
pub fn empty(why: &str, action: Option<Markup>) -> Markup {
    html! {
        div.empty {
            (ring::quiet())
            p { (why) }
            @if let Some(action) = action { (action) }
        }
    }
}

/// The shape of what will come, while it comes after the first paint (W2). `lines` bars; still under reduced motion.
pub fn skeleton(lines: usize) -> Markup {
    html! { div.skeleton aria-busy="true" { @for _ in 0..lines { span.sk {} } } }
}
