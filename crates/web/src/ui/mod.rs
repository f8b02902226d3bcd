//! The components of every page, as functions from data to HTML. No component knows a room, a database or a route handler.
//!
//! Each documents its states, its keyboard behaviour and what it does without script. All text goes through `maud`, which
//! escapes it; the only raw HTML is drawn from constants and integers (icons, rings, charts).
//!
//! The security policy allows no inline style, script or handler, so components use classes and SVG attributes only.

pub mod banner;
pub mod card;
pub mod chart;
pub mod confirm;
pub mod console;
mod cx;
pub mod empty;
pub mod form;
pub mod guide;
pub mod icon;
pub mod money;
pub mod page;
pub mod print;
pub mod qr;
pub mod ring;
pub mod role;
pub mod shell;
pub mod stat;
pub mod status;
pub mod summary;
pub mod table;
pub mod time;
pub mod timeline;

pub use cx::{PageCx, TextSize, Theme};
pub use icon::{Icon, icon};
pub use page::{Page, Width};
pub use shell::Nav;
pub use status::Kind;

/// An inline script-free link: `<a class="…" href>`; for the many places that need just that.
pub fn link(href: &str, text: &str) -> maud::Markup {
    maud::html! { a href=(href) { (text) } }
}

/// A button-shaped link. `class` adds to `btn`: `""`, `"sec"`, `"danger"`, `"block"`, `"small"`, `"ghost"`.
pub fn button_link(href: &str, text: &str, class: &str) -> maud::Markup {
    maud::html! { a class={ "btn " (class) } href=(href) { (text) } }
}

/// A one-button POST form: the action as a real form, so that it works without script and cannot be prefetched.
/// `fields` are hidden values besides the CSRF token.
pub fn post_button(
    cx: &PageCx,
    action: &str,
    text: &str,
    class: &str,
    fields: &[(&str, &str)],
) -> maud::Markup {
    maud::html! {
        form.inline method="post" action=(action) data-once {
            (form::csrf(cx))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class={ "btn " (class) } { (text) }
        }
    }
}

#[cfg(test)]
mod tests;
