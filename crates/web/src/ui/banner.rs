//! Messages that stay: banners, notes, the service status strip. Toasts exist only for trifles and are made by script.

use maud::{Markup, html};

use super::status::{self, Kind};
use super::{Icon, PageCx, icon};
use crate::i18n::Shell;

/// A message about the whole page. `Kind::Bad` is announced at once (`role=alert`), the others politely.
pub fn banner(kind: Kind, title: &str, body: Markup) -> Markup {
    let (role, picture) = match kind {
        Kind::Bad => ("alert", Icon::Alert),
        Kind::Warn => ("status", Icon::Alert),
        Kind::Ok => ("status", Icon::Check),
        Kind::Night => ("status", Icon::Moon),
        Kind::Info | Kind::Plain => ("status", Icon::Info),
    };
    html! {
        div class={ "banner " (kind.class()) } role=(role) {
            (icon(picture))
            div { p { b { (title) } } (body) }
        }
    }
}

/// A remark beside the matter: refund rules, deadlines.
pub fn note(body: Markup) -> Markup {
    html! { div.note { (body) } }
}

/// How the services are doing (W6): a word, and what is affected or until when.
pub fn status_strip(cx: &PageCx, kind: Kind, detail: Markup) -> Markup {
    let t = Shell::of(cx.locale);
    let word = match kind {
        Kind::Bad | Kind::Warn => t.status_slow,
        Kind::Night => t.status_maintenance,
        Kind::Ok | Kind::Info | Kind::Plain => t.status_ok,
    };
    html! { p.strip.sm { (status::tag(kind, word)) span.muted { (detail) } } }
}
