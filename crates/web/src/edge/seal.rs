//! Cursors of lists: opaque to the client, and refused when it made them up.

use kernel::{PageRequest, Position, hex};

use super::problem::EdgeError;
use crate::app::App;

/// Bytes of the check at the end of a cursor.
const CHECK_BYTES: usize = 8;

/// A cursor that goes on after `position` in the list called `list`.
pub fn cursor(app: &App, list: &str, position: Position) -> String {
    let (key, id) = (position.key.to_be_bytes(), position.id.to_be_bytes());
    let check = app.cx.vault.mac(&[b"cursor", list.as_bytes(), &key, &id]);
    hex::encode(key.iter().chain(&id).chain(check.iter().take(CHECK_BYTES)))
}

/// Reads a cursor of the same list.
pub fn page(
    app: &App,
    list: &str,
    after: Option<&str>,
    limit: Option<u16>,
    usual: u16,
) -> Result<PageRequest, EdgeError> {
    let position = after.filter(|text| !text.is_empty()).map(|text| read(app, list, text)).transpose()?;
    Ok(PageRequest::new(position, limit.unwrap_or(usual)))
}

fn read(app: &App, list: &str, text: &str) -> Result<Position, EdgeError> {
    let bytes = hex::decode(text).ok_or(EdgeError::BadCursor)?;
    let [key, id, _] = bytes.as_chunks().0 else { return Err(EdgeError::BadCursor) };
    let position = Position { key: i64::from_be_bytes(*key), id: i64::from_be_bytes(*id) };
    if cursor(app, list, position) == text { Ok(position) } else { Err(EdgeError::BadCursor) }
}
