//! Cookies: the session, the forgery token of guests, and how a guest wants pages to look.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use crate::app::Settings;

/// A year: preferences of guests.
const YEAR_SECS: i64 = 31_536_000;

/// The cookies Everlit sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Session,
    /// Ties a guest's forms to the guest's browser.
    Guest,
    /// What a browser is known by to the accounts that were opened in it.
    Device,
    /// Ties a way to another party and back to the browser that began it.
    Way,
    Language,
    Theme,
    TextSize,
}

impl Name {
    /// `__Host-` wherever the browser can hold us to it: secure, this host only, whole path.
    pub fn text(self, settings: &Settings) -> String {
        let plain = match self {
            Self::Session => "everlit",
            Self::Guest => "everlit_guest",
            Self::Device => "everlit_device",
            Self::Way => "everlit_way",
            Self::Language => "everlit_lang",
            Self::Theme => "everlit_theme",
            Self::TextSize => "everlit_text",
        };
        if settings.insecure { plain.to_owned() } else { format!("__Host-{plain}") }
    }
}

/// The value of a cookie.
pub fn get(headers: &HeaderMap, settings: &Settings, name: Name) -> Option<String> {
    let wanted = name.text(settings);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == wanted)
        .map(|(_, value)| value.to_owned())
}

/// A `Set-Cookie` value. `max_age_secs` of 0 removes it. Values are our own tokens and words: visible ASCII without separators.
pub fn set(settings: &Settings, name: Name, value: &str, max_age_secs: i64) -> String {
    let secure = if settings.insecure { "" } else { "; Secure" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_secs}{secure}", name.text(settings))
}

/// A preference that stays for a year.
pub fn remember(settings: &Settings, name: Name, value: &str) -> String {
    set(settings, name, value, YEAR_SECS)
}
