//! Refusals. Each room declares one enum with [`errors!`](crate::errors); each variant is a code of a closed registry with a kind and words
//! in both languages. Only the web edge knows how a kind becomes an HTTP status.

use crate::Locale;

/// What sort of refusal a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input is wrong; the same input will be refused again.
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    /// The state of things does not allow it (now).
    Conflict,
    /// Too often or too much; later it may be allowed.
    Limited,
    /// A part we need does not answer.
    Unavailable,
    /// Our mistake. Details are logged, never shown.
    Bug,
}

/// One entry of the registry of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// `room.what`, for example `ordering.stock_short`.
    pub code: &'static str,
    pub kind: Kind,
    /// The words before their values are filled in.
    pub zh: &'static str,
    pub en: &'static str,
}

/// One wrong field of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the input: `/lines/0/answers/phone`.
    pub pointer: String,
    /// A code of its own, for example `forms.required`.
    pub code: &'static str,
    pub zh: String,
    pub en: String,
}

impl FieldError {
    pub fn new(
        pointer: impl Into<String>,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code, zh: zh.into(), en: en.into() }
    }

    pub fn message(&self, locale: Locale) -> &str {
        match locale {
            Locale::Zh => &self.zh,
            Locale::En => &self.en,
        }
    }

    /// The same error seen from further out: `/phone` inside `/answers` is `/answers/phone`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// Seconds to wait before trying again, as a field of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub i64);

impl std::fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Anything that can be answered to the outside: every room's `Error` is one.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    fn info(&self) -> CodeInfo;

    /// What a person reads: what is wrong and what to do.
    fn message(&self, locale: Locale) -> String;

    /// The wrong fields, where the refusal is about an input.
    fn fields(&self) -> &[FieldError] {
        &[]
    }

    /// Seconds after which it makes sense to try again.
    fn retry_after_secs(&self) -> Option<i64> {
        None
    }

    fn code(&self) -> &'static str {
        self.info().code
    }

    fn kind(&self) -> Kind {
        self.info().kind
    }
}

/// Declares a room's `Error`: variants with data, each with kind, code and words in both languages.
///
/// Words may name the variant's fields. A field of type `Vec<FieldError>` answers [`Refusal::fields`]; one of type
/// [`RetryAfter`] answers [`Refusal::retry_after_secs`].
/// Every enum also has `Bug(BoxedError)` for what should not happen (`room.internal`), with `From` for any error by
/// `Error::bug(e)`, and `Error::CODES`, its part of the registry.
///
/// ```
/// kernel::errors! {
///     /// Why a box cannot be packed.
///     pub enum Error in "packing" {
///         /// Too little room.
///         TooFull { left_cm: i64 } => Conflict "too_full", "箱子只剩 {left_cm} 厘米", "Only {left_cm} cm left in the box";
///     }
/// }
/// use kernel::{Locale, Refusal as _};
/// let error = Error::TooFull { left_cm: 3 };
/// assert_eq!(error.code(), "packing.too_full");
/// assert_eq!(error.message(Locale::En), "Only 3 cm left in the box");
/// ```
#[macro_export]
macro_rules! errors {
    (
        $(#[$enum_doc:meta])*
        pub enum $name:ident in $room:literal {
            $(
                $(#[$doc:meta])*
                $variant:ident $({ $($field:ident : $type:ty),* $(,)? })? => $kind:ident $code:literal, $zh:literal, $en:literal;
            )*
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(Debug)]
        pub enum $name {
            $( $(#[$doc])* $variant $({ $($field : $type),* })?, )*
            /// Something that should not happen; the source is logged at the edge, never shown.
            Bug(Box<dyn ::std::error::Error + Send + Sync>),
        }

        impl $name {
            /// This room's part of the registry of codes.
            pub const CODES: &'static [$crate::CodeInfo] = &[
                $( $crate::CodeInfo { code: concat!($room, ".", $code), kind: $crate::Kind::$kind, zh: $zh, en: $en }, )*
                $crate::CodeInfo {
                    code: concat!($room, ".internal"),
                    kind: $crate::Kind::Bug,
                    zh: "系统没有处理成功，请稍后重试",
                    en: "We could not process this. Try again later",
                },
            ];

            /// Wraps what should not happen.
            pub fn bug(error: impl Into<Box<dyn ::std::error::Error + Send + Sync>>) -> Self {
                Self::Bug(error.into())
            }
        }

        impl $crate::Refusal for $name {
            fn info(&self) -> $crate::CodeInfo {
                let code = match self {
                    $( Self::$variant $({ $($field: _),* })? => concat!($room, ".", $code), )*
                    Self::Bug(_) => concat!($room, ".internal"),
                };
                Self::CODES.iter().copied().find(|info| info.code == code).unwrap_or($crate::CodeInfo {
                    code, kind: $crate::Kind::Bug, zh: "", en: "",
                })
            }

            #[allow(unused_variables, reason = "not every message names every field")]
            fn message(&self, locale: $crate::Locale) -> String {
                match self {
                    $( Self::$variant $({ $($field),* })? => match locale {
                        $crate::Locale::Zh => format!($zh),
                        $crate::Locale::En => format!($en),
                    }, )*
                    Self::Bug(_) => match locale {
                        $crate::Locale::Zh => "系统没有处理成功，请稍后重试".to_owned(),
                        $crate::Locale::En => "We could not process this. Try again later".to_owned(),
                    },
                }
            }

            #[allow(unused_variables, reason = "most variants have neither")]
            fn fields(&self) -> &[$crate::FieldError] {
                let details: &[&dyn ::std::any::Any] = match self {
                    $( Self::$variant $({ $($field),* })? => &[$($($field),*)?], )*
                    Self::Bug(_) => &[],
                };
                details.iter().find_map(|d| d.downcast_ref::<Vec<$crate::FieldError>>()).map_or(&[], Vec::as_slice)
            }

            #[allow(unused_variables, reason = "most variants have neither")]
            fn retry_after_secs(&self) -> Option<i64> {
                let details: &[&dyn ::std::any::Any] = match self {
                    $( Self::$variant $({ $($field),* })? => &[$($($field),*)?], )*
                    Self::Bug(_) => &[],
                };
                details.iter().find_map(|d| d.downcast_ref::<$crate::RetryAfter>()).map(|after| after.0)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::Refusal::message(self, $crate::Locale::En))
            }
        }

        impl ::std::error::Error for $name {
            fn source(&self) -> Option<&(dyn ::std::error::Error + 'static)> {
                match self {
                    Self::Bug(source) => Some(source.as_ref()),
                    #[allow(unreachable_patterns, reason = "a room may have no other variant")]
                    _ => None,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::errors! {
        /// A sample.
        pub enum Error in "sample" {
            /// With values.
            Short { left: i64 } => Conflict "short", "只剩 {left} 件", "Only {left} left";
            /// With fields.
            Bad { fields: Vec<FieldError> } => Invalid "bad", "修改", "Change it";
            /// With a time.
            Slow { wait: crate::RetryAfter } => Limited "slow", "{wait} 秒后再试", "Wait {wait} s";
        }
    }

    #[test]
    fn a_refusal_knows_its_code_kind_words_fields_and_time() {
        let short = Error::Short { left: 2 };
        assert_eq!((short.code(), short.kind()), ("sample.short", Kind::Conflict));
        assert_eq!(short.message(Locale::Zh), "只剩 2 件");
        let bad = Error::Bad { fields: vec![FieldError::new("/a", "forms.required", "填写", "Enter it")] };
        assert_eq!(bad.fields().len(), 1);
        assert_eq!(Error::Slow { wait: crate::RetryAfter(5) }.retry_after_secs(), Some(5));
        let bug = Error::bug("the disk is on fire");
        assert_eq!(bug.code(), "sample.internal");
        assert!(!bug.to_string().contains("fire"), "the source is never shown");
        assert_eq!(Error::CODES.len(), 4);
    }
}
