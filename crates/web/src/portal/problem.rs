//! The pages for what went wrong (W7): what happened, whether money moved, the code to quote, the way on.

use kernel::Kind;
use maud::{Markup, html};

use crate::edge::Refused;
use crate::i18n::{Problem, Shell};
use crate::ui::{self, Page, PageCx, shell};

/// The page for a refusal.
pub fn page(cx: &PageCx, refused: &Refused) -> Markup {
    let t = Problem::of(cx.locale);
    let (title, body) = match refused.kind() {
        Kind::NotFound => (t.not_found, t.not_found_body.to_owned()),
        Kind::Forbidden => (t.forbidden, refused.message(cx.locale)),
        Kind::Unauthenticated => (t.unauthenticated, t.unauthenticated_body.to_owned()),
        Kind::Limited => (t.limited, refused.message(cx.locale)),
        Kind::Unavailable => (t.unavailable, refused.message(cx.locale)),
        Kind::Conflict => (t.conflict, refused.message(cx.locale)),
        Kind::Invalid => (t.invalid, refused.message(cx.locale)),
        Kind::Bug => (t.failed, t.failed_body.to_owned()),
    };
    let money = matches!(refused.kind(), Kind::Bug | Kind::Unavailable | Kind::Conflict);
    let content = html! {
        h1 { (title) }
        p { (body) }
        @if money { p { (t.money_safe) } }
        @if refused.kind() == Kind::NotFound { (shell::search_box(cx, "")) }
        div.acts {
            (ui::button_link("/", Shell::of(cx.locale).home, ""))
            (ui::button_link("/help", Shell::of(cx.locale).help, "sec"))
        }
        p.muted.sm { (t.code) " " span.num { (refused.code()) " · " (cx.request_id) } }
    };
    shell::portal(cx, &Page::new(title).narrow(), html! { div.stack { (content) } })
}
