//! The document: head, title, style, scripts, `<html lang data-theme data-text>`. Shells put the frame into it.

use kernel::Locale;
use maud::{DOCTYPE, Markup, html};

use super::{Nav, PageCx, TextSize, Theme};
use crate::assets;
use crate::i18n::{Common, FormWords, Shell};

/// How wide the content of a portal page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// 1120 px: lists, cards, account.
    #[default]
    Wide,
    /// 680 px: question pages, one thing at a time.
    Narrow,
}

/// What one page says about itself. Build with [`Page::new`] and the methods; render with
/// [`shell::portal`](super::shell::portal), [`shell::flow`](super::shell::flow) or [`console::shell`](super::console::shell).
#[derive(Debug, Clone)]
pub struct Page<'a> {
    pub title: &'a str,
    pub description: Option<&'a str>,
    /// The entry of the main navigation this page belongs to.
    pub nav: Option<Nav>,
    pub width: Width,
    /// Script modules beyond `boot` and `time`: `"form"`, `"live"`, `"chart"`.
    pub scripts: &'a [&'a str],
    /// URL of the event stream that keeps this page fresh.
    pub live: Option<&'a str>,
    /// The page came back with errors: the title says so first (F3).
    pub has_errors: bool,
    /// Public and worth finding: both languages are announced to search engines.
    pub public: bool,
}

impl<'a> Page<'a> {
    pub fn new(title: &'a str) -> Self {
        Self {
            title,
            description: None,
            nav: None,
            width: Width::Wide,
            scripts: &[],
            live: None,
            has_errors: false,
            public: false,
        }
    }

    pub fn nav(mut self, nav: Nav) -> Self {
        self.nav = Some(nav);
        self
    }

    /// 680 px, for question pages.
    pub fn narrow(mut self) -> Self {
        self.width = Width::Narrow;
        self
    }

    pub fn description(mut self, text: &'a str) -> Self {
        self.description = Some(text);
        self
    }

    pub fn scripts(mut self, modules: &'a [&'a str]) -> Self {
        self.scripts = modules;
        self
    }

    /// Keeps the page fresh from this event stream; loads the module that does it.
    pub fn live(mut self, url: &'a str) -> Self {
        self.live = Some(url);
        self
    }

    /// The page shows errors of a form.
    pub fn errors(mut self, any: bool) -> Self {
        self.has_errors = any;
        self
    }

    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }
}

/// Which style sheets and script a document loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Portal,
    Console,
}

/// The whole document around `body`.
pub(crate) fn document(cx: &PageCx, page: &Page<'_>, surface: Surface, body: &Markup) -> Markup {
    let common = Common::of(cx.locale);
    let theme = (cx.theme != Theme::System).then(|| cx.theme.name());
    let text = (cx.text_size == TextSize::Large).then(|| cx.text_size.name());
    html! {
        (DOCTYPE)
        html lang=(cx.locale.tag()) data-theme=[theme] data-text=[text] {
            head {
                meta charset="utf-8";
                title { (title(cx, page, surface)) }
                meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover";
                meta name="description" content=(page.description.unwrap_or(common.description));
                (theme_colour(cx.theme))
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="apple-touch-icon" href=(assets::url("icons/icon-180.png"));
                link rel="manifest" href={ "/manifest.webmanifest?lang=" (cx.locale.tag()) };
                link rel="stylesheet" href=(assets::url("app.css"));
                @if surface == Surface::Console {
                    link rel="stylesheet" href=(assets::url("console.css"));
                }
                link rel="stylesheet" href=(assets::url("print.css")) media="print";
                @if page.public { (alternates(cx)) }
                (scripts(page, surface))
            }
            (body)
        }
    }
}

fn title(cx: &PageCx, page: &Page<'_>, surface: Surface) -> String {
    let error = if page.has_errors { FormWords::of(cx.locale).error_prefix } else { "" };
    let brand = match surface {
        Surface::Portal => Common::of(cx.locale).brand,
        Surface::Console => crate::i18n::ConsoleShell::of(cx.locale).brand,
    };
    format!("{error}{} · {brand}", page.title)
}

fn theme_colour(theme: Theme) -> Markup {
    const LIGHT: &str = "#FFFFFF";
    const DARK: &str = "#171F1C";
    html! {
        @match theme {
            Theme::System => {
                meta name="theme-color" content=(LIGHT) media="(prefers-color-scheme: light)";
                meta name="theme-color" content=(DARK) media="(prefers-color-scheme: dark)";
            }
            Theme::Light => { meta name="theme-color" content=(LIGHT); }
            Theme::Dark => { meta name="theme-color" content=(DARK); }
        }
    }
}

/// Search engines want whole addresses.
fn alternates(cx: &PageCx) -> Markup {
    html! {
        @for locale in Locale::ALL {
            link rel="alternate" hreflang=(locale.tag()) href={ (cx.origin) (with_lang(&cx.path, locale)) };
        }
    }
}

/// `path` in another language: `lang` replaces one that is there.
pub fn with_lang(path: &str, locale: Locale) -> String {
    let (base, query) = path.split_once('?').unwrap_or((path, ""));
    let mut kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    let lang = format!("lang={}", locale.tag());
    kept.push(&lang);
    format!("{base}?{}", kept.join("&"))
}

fn scripts(page: &Page<'_>, surface: Surface) -> Markup {
    let mut modules = vec!["boot", "time"];
    if page.live.is_some() {
        modules.push("live");
    }
    if surface == Surface::Console {
        modules.extend(["table", "palette"]);
    }
    for module in page.scripts {
        if !modules.contains(module) {
            modules.push(module);
        }
    }
    html! {
        @for module in modules {
            script type="module" src=(assets::url(&format!("js/{module}.js"))) {}
        }
    }
}

/// The line that appears when live updates stop (W5), the polite region for announcements (A6), and the note for browsers
/// without script. `live.js` shows and fills them.
pub(crate) fn live_parts(cx: &PageCx, page: &Page<'_>) -> Markup {
    let t = Common::of(cx.locale);
    html! {
        @if page.live.is_some() {
            p.stale #stale role="status" hidden { (t.live_lost) }
            p.vh #announce role="status" {}
            noscript {
                p.stale { (t.live_noscript) " " a href=(cx.path) { (t.btn_refresh) } }
            }
        }
    }
}

/// The skip link: first in the document, visible when focused (A3).
pub(crate) fn skip_link(cx: &PageCx) -> Markup {
    html! { a.skip href="#main" { (Shell::of(cx.locale).skip) } }
}
