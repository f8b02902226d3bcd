//! Cards: a titled section, the hero of the home page, quick actions, services, list rows.

use maud::{Markup, html};

use super::icon::named;
use super::{Icon, PageCx, icon};
use crate::i18n::Data;

/// A section with a heading. `id` names the heading; `more` is a link at its end.
pub fn card(id: &str, title: &str, more: Option<Markup>, body: Markup) -> Markup {
    html! {
        section.card aria-labelledby=(id) {
            header { h2 id=(id) { (title) } @if let Some(more) = more { (more) } }
            (body)
        }
    }
}

/// A card without a heading.
pub fn plain(body: Markup) -> Markup {
    html! { div.card { (body) } }
}

/// The first thing on a page: words left, a ring right. `body` brings the `h1`.
pub fn hero(body: Markup, picture: Markup) -> Markup {
    html! { section.hero { div.stack-s { (body) } div.pic { (picture) } } }
}

/// A heading that breaks only where it may (T5): the parts are joined by `<wbr>`.
pub fn heading(parts: &[&str]) -> Markup {
    html! { h1.keep { @for (index, part) in parts.iter().enumerate() { @if index > 0 { wbr; } (part) } } }
}

/// One entry of the quick grid.
#[derive(Debug, Clone)]
pub struct Quick<'a> {
    pub href: &'a str,
    /// A name of [`Icon`].
    pub icon: &'a str,
    pub label: &'a str,
}

/// What people do most: eight actions, four a row on a phone. In large-text mode two a row and six in all.
pub fn quick_grid(title: &str, actions: &[Quick<'_>]) -> Markup {
    html! {
        section.card.quickcard aria-labelledby="quick" {
            h2.vh #quick { (title) }
            ul.quick {
                @for action in actions {
                    li { a href=(action.href) { span.plate { (named(action.icon)) } span { (action.label) } } }
                }
            }
        }
    }
}

/// One service of the catalogue.
#[derive(Debug, Clone)]
pub struct Service<'a> {
    pub href: &'a str,
    pub icon: &'a str,
    pub name: &'a str,
    pub summary: &'a str,
    /// `¥10.00 起`, 免费; empty where a price makes no sense.
    pub price: &'a str,
    /// How long it takes: 即时办结, 2 天内上门.
    pub time: &'a str,
}

/// A service as a card: the whole card is the target, the name is the link.
pub fn service(service: &Service<'_>) -> Markup {
    html! {
        article.service {
            span.plate { (named(service.icon)) }
            div {
                h3 { a.cover href=(service.href) { (service.name) } }
                p.muted.sm { (service.summary) }
                p.facts.sm {
                    @if !service.price.is_empty() { b.num { (service.price) } }
                    @if !service.time.is_empty() { span.muted { (service.time) } }
                }
            }
        }
    }
}

/// Services side by side: three columns, two, one.
pub fn services(list: &[Service<'_>]) -> Markup {
    html! { ul.services { @for item in list { li { (service(item)) } } } }
}

/// A row that leads somewhere: title, line below, something at the end (tag, amount). The whole row is the target.
pub fn row(href: &str, title: Markup, below: Markup, end: Markup) -> Markup {
    html! {
        li.row {
            div.grow { a.cover href=(href) { (title) } div.muted.sm { (below) } }
            div.end { (end) }
            (icon(Icon::Next))
        }
    }
}

/// A list of [`row`]s.
pub fn rows(rows: &[Markup]) -> Markup {
    html! { ul.rows { @for row in rows { (row) } } }
}

/// A recommendation: what, why, and a small button whose name says what it orders.
pub fn recommendation(cx: &PageCx, href: &str, name: &str, reason: &str) -> Markup {
    html! {
        li.row {
            div.grow { b { (name) } div.muted.sm { (reason) } }
            a.btn.sec.small href=(href) aria-label=(Data::of(cx.locale).more_of(name)) {
                (crate::i18n::Common::of(cx.locale).btn_order)
            }
        }
    }
}

/// Hidden until opened: question and answer, details. Native disclosure: Enter and Space, no script.
pub fn disclosure(summary: &str, body: Markup) -> Markup {
    html! { details.more { summary { (summary) } div.inside { (body) } } }
}
