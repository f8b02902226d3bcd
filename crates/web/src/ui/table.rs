//! Tables and lists: data tables, filters in the URL, chips, views with counts, keyset paging (S1).
//!
//! Everything is links and GET forms: a list's state is its URL. In the console `table.js` adds J/K, Enter, X.

use maud::{Markup, html};

use super::{Icon, PageCx, icon};
use crate::i18n::Data;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    #[default]
    Start,
    /// Numbers, money.
    End,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    pub label: &'a str,
    pub align: Align,
}

impl<'a> Column<'a> {
    pub const fn new(label: &'a str) -> Self {
        Self { label, align: Align::Start }
    }

    /// Right-aligned with figures of one width.
    pub const fn number(label: &'a str) -> Self {
        Self { label, align: Align::End }
    }
}

/// One row; the first cell is its heading.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    pub cells: Vec<Markup>,
    /// Where Enter goes; the first cell should link there too.
    pub href: Option<String>,
    /// The value of the row's checkbox and what it is called; only where the table has `select`.
    pub key: Option<(&'a str, &'a str)>,
}

impl Row<'_> {
    pub fn new(cells: Vec<Markup>) -> Self {
        Self { cells, href: None, key: None }
    }

    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A table of data.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// Read by screen readers, and the name of the scroll region.
    pub caption: &'a str,
    pub columns: Vec<Column<'a>>,
    pub rows: Vec<Row<'a>>,
    /// The field name of row checkboxes, for bulk actions: the table then stands inside a form.
    pub select: Option<&'a str>,
    /// On a phone each row becomes a small card with labels, instead of scrolling sideways (portal).
    pub stack: bool,
}

/// The table in a scroll region that the keyboard can reach.
pub fn data_table(cx: &PageCx, table: &Table<'_>) -> Markup {
    let t = Data::of(cx.locale);
    html! {
        div.tw.stackable[table.stack] tabindex="0" role="region" aria-label=(table.caption) {
            table data-keys {
                caption.vh { (table.caption) " · " (t.rows(table.rows.len())) }
                thead {
                    tr {
                        @if table.select.is_some() {
                            th scope="col" { input.js-only type="checkbox" data-all aria-label=(t.select_all); }
                        }
                        @for column in &table.columns {
                            th.r[column.align == Align::End] scope="col" { (column.label) }
                        }
                    }
                }
                tbody { @for row in &table.rows { (table_row(t, table, row)) } }
            }
        }
    }
}

fn table_row(t: &Data, table: &Table<'_>, row: &Row<'_>) -> Markup {
    html! {
        tr data-href=[row.href.as_deref()] {
            @if let (Some(name), Some((value, what))) = (table.select, row.key) {
                td { input type="checkbox" name=(name) value=(value) aria-label=(t.select_row(what)); }
            }
            @for (index, cell) in row.cells.iter().enumerate() {
                @let column = table.columns.get(index);
                @let end = column.is_some_and(|c| c.align == Align::End);
                @if index == 0 {
                    th.r[end] scope="row" { (whole(table, cell)) }
                } @else {
                    td.r[end] data-label=[column.map(|c| c.label)] { (whole(table, cell)) }
                }
            }
        }
    }
}

/// A cell that may stand beside its label on a phone stays in one piece there.
fn whole(table: &Table<'_>, cell: &Markup) -> Markup {
    html! { @if table.stack { div.v { (cell) } } @else { (cell) } }
}

/// The way on through a keyset list: 回到第一页 and 下一页; no page numbers. `None` for both shows the end.
pub fn pager(cx: &PageCx, first: Option<&str>, next: Option<&str>) -> Markup {
    let t = Data::of(cx.locale);
    html! {
        @if first.is_some() || next.is_some() {
            nav.pager aria-label=(t.next_page) {
                @if let Some(href) = first { a.btn.sec href=(href) { (t.first_page) } }
                @match next {
                    Some(href) => { a.btn.sec href=(href) rel="next" { (t.next_page) (icon(Icon::Next)) } }
                    None => { span.muted.sm { (t.end_of_list) } }
                }
            }
        }
    }
}

/// Filters as a GET form to `action`: `inside` are labelled controls, the button applies them.
pub fn filter_bar(cx: &PageCx, action: &str, inside: Markup) -> Markup {
    html! {
        form.filters role="search" action=(action) aria-label=(Data::of(cx.locale).filter) {
            (inside)
            button.btn.sec { (Data::of(cx.locale).btn_filter) }
        }
    }
}

/// One filter in use.
#[derive(Debug, Clone)]
pub struct Chip<'a> {
    pub label: &'a str,
    /// The same list without this filter.
    pub without: String,
}

/// The filters in use, each removable, and a link that clears all.
pub fn chips(cx: &PageCx, chips: &[Chip<'_>], clear: &str) -> Markup {
    let t = Data::of(cx.locale);
    html! {
        @if !chips.is_empty() {
            ul.chips aria-label=(t.filters_on) {
                @for chip in chips {
                    li {
                        a.chip href=(chip.without) aria-label=(t.filter_off(chip.label)) {
                            (chip.label) (icon(Icon::Close))
                        }
                    }
                }
                li { a.chip.clear href=(clear) { (t.btn_clear) } }
            }
        }
    }
}

/// One view of a list: all, to pay, done.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub label: &'a str,
    pub href: String,
    pub count: Option<u64>,
    pub current: bool,
}

/// Views as links in a row; scrolls sideways on a phone.
pub fn views(cx: &PageCx, views: &[View<'_>]) -> Markup {
    html! {
        nav.views aria-label=(Data::of(cx.locale).views) {
            ul {
                @for view in views {
                    li {
                        a href=(view.href) aria-current=[view.current.then_some("page")] {
                            (view.label) @if let Some(count) = view.count { span.num.count { (count) } }
                        }
                    }
                }
            }
        }
    }
}
