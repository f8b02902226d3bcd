//! What every page needs to know about who looks at it, how and when.

use kernel::{Locale, Permission, RequestId, Timestamp};

/// Which colours a person wants (V1). Saved in the profile or a cookie, applied by the server: no flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in forms, cookies and `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Anything unknown is `System`.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// How large the text is (V4, 大字版).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    #[default]
    Normal,
    Large,
}

impl TextSize {
    /// The word in forms, cookies and `data-text`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Large => "large",
        }
    }

    /// Anything unknown is `Normal`.
    pub fn from_name(name: &str) -> Self {
        if name == "large" { Self::Large } else { Self::Normal }
    }
}

/// What every page needs to know: who looks, in which language and colours, at what time.
#[derive(Debug, Clone)]
pub struct PageCx {
    pub locale: Locale,
    pub theme: Theme,
    pub text_size: TextSize,
    /// Path and query of this page, for the switches that come back to it. Starts with `/`.
    pub path: String,
    /// Scheme and host people type, without a slash at the end; empty in previews.
    pub origin: String,
    /// Goes into every POST form as `csrf`.
    pub csrf: String,
    /// How the person who signed in is addressed; `None` for guests.
    pub name: Option<String>,
    pub is_staff: bool,
    /// The organisation this person acts for, by name.
    pub acting_for: Option<String>,
    /// What this person may do: console navigation hides the rest. Hiding is comfort; the ops check.
    pub permissions: Vec<Permission>,
    /// Unread messages.
    pub unread: u32,
    /// Lines in the cart.
    pub cart: u32,
    pub now: Timestamp,
    pub request_id: RequestId,
    /// In the order flow: no tab bar, no navigation (U8).
    pub flow: bool,
    /// For guests: name and label of each party that can be signed in with.
    pub parties: Vec<(String, String)>,
    /// Characters of a password that is the only factor.
    pub password_least: usize,
}

impl PageCx {
    /// A guest's page at `path`: system colours, normal text, empty CSRF token. The rest is set field by field.
    pub fn guest(locale: Locale, path: impl Into<String>, now: Timestamp) -> Self {
        Self {
            locale,
            theme: Theme::System,
            text_size: TextSize::Normal,
            path: path.into(),
            origin: String::new(),
            csrf: String::new(),
            name: None,
            is_staff: false,
            acting_for: None,
            permissions: Vec::new(),
            unread: 0,
            cart: 0,
            now,
            request_id: RequestId(0),
            flow: false,
            parties: Vec::new(),
            password_least: identity::password::ALONE,
        }
    }

    pub fn signed_in(&self) -> bool {
        self.name.is_some()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The text in this page's language.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.locale.pick(zh, en)
    }
}
