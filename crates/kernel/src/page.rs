//! Keyset pages: a list goes on after the last row seen, so it stays right while rows are added.

/// Where a list goes on: the sort key and id of the last row seen. Sealed into an opaque cursor at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub key: i64,
    pub id: i64,
}

impl Position {
    /// Before the newest row of a descending list.
    pub const START: Self = Self { key: i64::MAX, id: i64::MAX };
}

/// One page is wanted: at most `limit` rows after `after`.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub after: Position,
    limit: u16,
}

impl PageRequest {
    /// The most rows of one page.
    pub const MAX: u16 = 100;

    /// `limit` is capped to 1..=100.
    pub fn new(after: Option<Position>, limit: u16) -> Self {
        Self { after: after.unwrap_or(Position::START), limit: limit.clamp(1, Self::MAX) }
    }

    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// What the query asks for: one row more than the page, to know whether there is a next.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit).saturating_add(1)
    }
}

/// One page of a list, and where the next begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Cuts what `request.fetch()` brought to the page; `position` tells where a row stands in the order.
    pub fn cut(mut items: Vec<T>, request: &PageRequest, position: impl Fn(&T) -> Position) -> Self {
        let more = items.len() > request.limit();
        items.truncate(request.limit());
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
