//! What unfreezing goes on with.

use crate::code::CodeSent;
use crate::signin::Ways;

/// What the owner of a frozen account goes on with: a sealed note for the next step, and what has to be shown there besides
/// the code that was sent.
pub struct Unfreezing {
    /// Hexadecimal, for a hidden field.
    pub ticket: String,
    pub ways: Ways,
    pub sent: CodeSent,
}
