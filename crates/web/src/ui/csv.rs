//! Tables as files for spreadsheets (RFC 4180). What people typed is never a formula there: a cell that begins like one gets an
//! apostrophe in front. A mark at the beginning tells old spreadsheets that the file is UTF-8; it can be left out.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// Written as it is: digits, a point, a minus.
    Number(String),
}

/// Whether the file begins with the mark of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    With,
    Without,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An amount as a decimal: `-45.00`.
    pub fn money(money: kernel::Money) -> Self {
        Self::Number(money.to_decimal())
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => {
                let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n');
                // A space or a sign in full width in front does not keep a spreadsheet from reading on.
                let formula = text.trim_start_matches(' ').starts_with(begins)
                    || text.starts_with(['＝', '＋', '－', '＠']);
                let guarded = if formula { format!("'{text}") } else { text.clone() };
                if guarded.contains([',', '"', '\n', '\r']) {
                    out.push('"');
                    out.push_str(&guarded.replace('"', "\"\""));
                    out.push('"');
                } else {
                    out.push_str(&guarded);
                }
            }
        }
    }
}

/// The file of these rows.
pub fn render(rows: &[Vec<Cell>], mark: Mark) -> String {
    let mut out = String::new();
    if mark == Mark::With {
        out.push('\u{feff}');
    }
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            cell.write(&mut out);
        }
        out.push_str("\r\n");
    }
    out
}

/// The file as an answer; `name` is plain ASCII without the ending.
pub fn answer(name: &str, rows: &[Vec<Cell>], mark: Mark) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let kind = "text/csv; charset=utf-8".to_owned();
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], render(rows, mark)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text_and_numbers_stay_numbers() {
        for (cell, written) in [
            (Cell::text("=1+1"), "'=1+1"),
            (Cell::text("  @SUM(A1)"), "'  @SUM(A1)"),
            (Cell::text("-2+3"), "'-2+3"),
            (Cell::text("＝1"), "'＝1"),
            (Cell::text("\t=1"), "'\t=1"),
            (Cell::text("a,\"b\""), "\"a,\"\"b\"\"\""),
            (Cell::text("话费充值"), "话费充值"),
            (Cell::money(kernel::Money::cny(-4_500)), "-45.00"),
        ] {
            assert_eq!(render(&[vec![cell]], Mark::Without), format!("{written}\r\n"));
        }
        assert!(render(&[], Mark::With).starts_with('\u{feff}'));
    }
}
