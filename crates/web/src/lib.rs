//! The edge of Everlit: what people see and what programs call. Pages are HTML from the server; script only enhances.
//!
//! [`ui`] holds the components, [`i18n`] the words in both languages, [`assets`] the style, script and pictures.

pub mod assets;
pub mod i18n;
pub mod ui;
