//! The frame of the portal: bar on top, tabs at the foot of a phone, footer, the bare bar of the order flow.
//!
//! Without script everything here is links and small POST forms: language is a link (`?lang=`), colours and text size go to
//! `POST /display` with `theme` or `text` and `return`, which sets cookies (and the profile) and answers 303.

use kernel::Locale;
use maud::{Markup, html};

use super::page::{self, Page, Surface, Width};
use super::{Icon, Kind, PageCx, TextSize, Theme, form, icon, ring};
use crate::i18n::{Common, OrgWords, Shell};

/// The entries of the main navigation and the tab bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Home,
    Services,
    Orders,
    Help,
    Me,
}

impl Nav {
    pub const ALL: [Self; 5] = [Self::Home, Self::Services, Self::Orders, Self::Help, Self::Me];

    pub const fn href(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Services => "/services",
            Self::Orders => "/orders",
            Self::Help => "/help",
            Self::Me => "/me",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Home => Icon::Home,
            Self::Services => Icon::Grid,
            Self::Orders => Icon::List,
            Self::Help => Icon::Chat,
            Self::Me => Icon::User,
        }
    }

    fn label(self, locale: Locale) -> &'static str {
        let t = Shell::of(locale);
        match self {
            Self::Home => t.home,
            Self::Services => t.services,
            Self::Orders => t.orders,
            Self::Help => t.help,
            Self::Me => t.me,
        }
    }
}

/// An ordinary portal page around `body`. The body brings its own `h1`.
///
/// Keyboard: skip link, then the bar, then the page. Phone: navigation sits in a tab bar of 56 px and the safe area.
pub fn portal(cx: &PageCx, page: &Page<'_>, body: Markup) -> Markup {
    let inside = html! {
        body {
            (page::skip_link(cx))
            (top_bar(cx, page.nav))
            (page::live_parts(cx, page))
            (main(page, html! { (acting(cx)) (body) }))
            (footer(cx))
            (tab_bar(cx, page.nav))
        }
    };
    page::document(cx, page, Surface::Portal, &inside)
}

/// Whose business it is, where that is not one's own.
fn acting(cx: &PageCx) -> Markup {
    let t = OrgWords::of(cx.locale);
    html! {
        @if let Some(name) = cx.acting_for.as_deref().filter(|_| !cx.path.starts_with("/org")) {
            (super::banner::banner(Kind::Info, &t.acting_for(name), html! { (super::link("/org", t.change_hat)) }))
        }
    }
}

/// How a person leaves the order flow without losing what is filled in.
#[derive(Debug, Clone, Copy)]
pub enum Exit<'a> {
    /// Sends the form with this id and the field `exit=1`: save, then leave. Works without script.
    Form(&'a str),
    /// Nothing to save.
    Link(&'a str),
}

/// A page of the order flow (U8): only 返回, 保存并退出 and 帮助; no tabs, no promotion, no footer links.
pub fn flow(cx: &PageCx, page: &Page<'_>, back: &str, exit: Exit<'_>, body: Markup) -> Markup {
    let (t, words) = (Common::of(cx.locale), Shell::of(cx.locale));
    let inside = html! {
        body.flow {
            (page::skip_link(cx))
            header.top {
                div.wrap {
                    a.btn.ghost href=(back) { (icon(Icon::Back)) (t.btn_back) }
                    span.sp {}
                    @match exit {
                        Exit::Form(id) => {
                            button.btn.ghost form=(id) name="exit" value="1" formnovalidate { (t.btn_save_exit) }
                        }
                        Exit::Link(href) => { a.btn.ghost href=(href) { (t.btn_save_exit) } }
                    }
                    a.btn.ghost href="/help" aria-label=(words.flow_help) { (icon(Icon::Help)) }
                }
            }
            (page::live_parts(cx, page))
            (main(page, body))
        }
    };
    page::document(cx, page, Surface::Portal, &inside)
}

fn main(page: &Page<'_>, body: Markup) -> Markup {
    html! {
        main #main.wrap.stack.narrow[page.width == Width::Narrow] data-live=[page.live] { (body) }
    }
}

/// The bar on top: brand, navigation from 840 px, switches, messages, cart, sign-in.
fn top_bar(cx: &PageCx, current: Option<Nav>) -> Markup {
    let (common, t) = (Common::of(cx.locale), Shell::of(cx.locale));
    html! {
        header.top {
            div.wrap {
                a.brand href="/" {
                    (ring::mark())
                    span { (common.brand) span.vh { " " (t.full_name) } }
                }
                nav.nav aria-label=(t.nav_main) {
                    @for nav in Nav::ALL {
                        a href=(nav.href()) aria-current=[(current == Some(nav)).then_some("page")] {
                            (nav.label(cx.locale))
                        }
                    }
                    @if cx.is_staff { a href="/console" { (t.console) } }
                }
                span.sp {}
                (lang_switch(cx))
                (text_switch(cx))
                (theme_switch(cx))
                @if cx.signed_in() {
                    a.tool href="/messages" aria-label=(t.unread_count(cx.unread)) {
                        (icon(Icon::Bell)) (badge(cx.unread))
                    }
                    @if cx.cart > 0 {
                        a.tool href="/cart" aria-label=(t.cart_count(cx.cart)) {
                            (icon(Icon::Cart)) (badge(cx.cart))
                        }
                    }
                } @else {
                    a.btn.sec.small href="/login" { (t.btn_sign_in) }
                }
            }
        }
    }
}

fn badge(count: u32) -> Markup {
    html! {
        @if count > 0 {
            span.badge.num aria-hidden="true" { @if count > 99 { "99+" } @else { (count) } }
        }
    }
}

/// The other language, named in that language: a link with `?lang=`.
pub fn lang_switch(cx: &PageCx) -> Markup {
    let t = Shell::of(cx.locale);
    let other = cx.locale.pick(Locale::En, Locale::Zh);
    html! {
        a.tool href=(page::with_lang(&cx.path, other)) lang=(other.tag()) hreflang=(other.tag()) title=(t.other_language) {
            span aria-hidden="true" { (t.other_language_short) } span.vh { (t.other_language) }
        }
    }
}

/// Normal or large text: one button, as `POST /display`.
pub fn text_switch(cx: &PageCx) -> Markup {
    let t = Shell::of(cx.locale);
    let (next, label) = match cx.text_size {
        TextSize::Normal => (TextSize::Large, t.btn_text_large),
        TextSize::Large => (TextSize::Normal, t.btn_text_normal),
    };
    html! {
        (display_form(cx, html! {
            button.tool name="text" value=(next.name()) aria-label=(label) title=(label) { (icon(Icon::TextSize)) }
        }))
    }
}

/// Colours: a disclosure with three buttons, as `POST /display`.
pub fn theme_switch(cx: &PageCx) -> Markup {
    let t = Shell::of(cx.locale);
    let label = |theme| match theme {
        Theme::System => t.theme_system,
        Theme::Light => t.theme_light,
        Theme::Dark => t.theme_dark,
    };
    html! {
        details.menu {
            summary.tool aria-label=(t.theme) title=(t.theme) { (icon(Icon::Moon)) }
            div.pop {
                (display_form(cx, html! {
                    @for theme in Theme::ALL {
                        button name="theme" value=(theme.name()) aria-pressed=(if theme == cx.theme { "true" } else { "false" }) {
                            (label(theme))
                        }
                    }
                }))
            }
        }
    }
}

fn display_form(cx: &PageCx, inside: Markup) -> Markup {
    html! {
        form.display method="post" action="/display" {
            (form::csrf(cx))
            input type="hidden" name="return" value=(cx.path);
            (inside)
        }
    }
}

fn tab_bar(cx: &PageCx, current: Option<Nav>) -> Markup {
    html! {
        nav.tabs aria-label=(Shell::of(cx.locale).nav_tabs) {
            @for nav in Nav::ALL {
                a href=(nav.href()) aria-current=[(current == Some(nav)).then_some("page")] {
                    (icon(nav.icon())) (nav.label(cx.locale))
                }
            }
        }
    }
}

fn footer(cx: &PageCx) -> Markup {
    let (common, t) = (Common::of(cx.locale), Shell::of(cx.locale));
    html! {
        footer.foot {
            div.wrap {
                p { b { (common.brand) } span { (t.colophon) } }
                nav aria-label=(t.nav_footer) {
                    a href="/help" { (t.help) }
                    a href="/a11y" { (t.a11y) }
                    a href="/api/docs" { (t.api_docs) }
                    @if cx.signed_in() { (super::post_button(cx, "/logout", t.btn_sign_out, "text", &[])) }
                }
            }
        }
    }
}

/// One step up, above the heading: 返回 or the name of the list.
pub fn back_link(href: &str, label: &str) -> Markup {
    html! { a.back href=(href) { (icon(Icon::Back)) (label) } }
}

/// Where this page stands: the last entry is the page itself and no link.
pub fn breadcrumb(cx: &PageCx, trail: &[(&str, &str)], here: &str) -> Markup {
    html! {
        nav.crumbs aria-label=(Shell::of(cx.locale).nav_crumbs) {
            ol {
                @for (href, label) in trail { li { a href=(href) { (label) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

/// The search form: a GET to `/search?q=`; works without script. `/` focuses it.
pub fn search_box(cx: &PageCx, query: &str) -> Markup {
    let t = Shell::of(cx.locale);
    html! {
        form.search role="search" action="/search" {
            label.vh for="q" { (t.search_label) }
            input.in #q name="q" type="search" value=(query) placeholder=(t.search) autocomplete="off" maxlength="100" enterkeyhint="search";
            button.btn { (Common::of(cx.locale).btn_search) }
        }
    }
}
