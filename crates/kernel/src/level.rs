//! How surely it is known who somebody is.

use serde::{Deserialize, Serialize};

/// What has been shown about a person; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 0: nothing but a password.
    #[default]
    None,
    /// 1: a phone number or an e-mail address was proved by a code.
    Contact,
    /// 2: name and identity number belong together, as a provider confirmed.
    RealName,
    /// 3: a person has looked at the documents.
    Documents,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::None, Self::Contact, Self::RealName, Self::Documents];

    /// 0 to 3, as service packs write it.
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Contact => 1,
            Self::RealName => 2,
            Self::Documents => 3,
        }
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| i64::from(level.number()) == number)
    }

    /// `none`, `contact`, `real_name`, `documents`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Contact => "contact",
            Self::RealName => "real_name",
            Self::Documents => "documents",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn each_level_has_one_number_and_one_name_and_includes_those_before() {
        for (number, level) in (0..).zip(Level::ALL) {
            assert_eq!(Level::from_number(number), Some(level));
            assert_eq!(Level::from_name(level.name()), Some(level));
            assert!(level >= Level::None && level.to_string() == number.to_string());
        }
        assert_eq!((Level::from_number(4), Level::from_number(-1)), (None, None));
        assert!(Level::Documents > Level::RealName && Level::RealName > Level::Contact);
    }
}
