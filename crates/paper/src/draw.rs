//! Drawing: A4, one column, the head of a table again on every page, no row torn in two.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use crate::lines::{Line, line, wrap};
use crate::{Align, Column, Error, Fact, Font, Seal, Sheet, Table};

/// In points, as everything here: 210 × 297 mm, edges of 16 mm.
const PAGE: (f32, f32) = (595.28, 841.89);
const EDGE: f32 = 45.35;
const WIDTH: f32 = PAGE.0 - 2.0 * EDGE;
/// Nothing but the foot stands below.
const BOTTOM: f32 = PAGE.1 - EDGE - 18.0;

const TEXT: f32 = 9.5;
const SMALL: f32 = 8.0;
const TITLE: f32 = 18.0;
const LEADING: f32 = 1.45;
/// Between the edge of a cell and its words.
const PAD: f32 = 4.0;
const QR: f32 = 78.0;

/// Marks on one page, before it is known how many pages there are.
enum Mark {
    Words { x: f32, y: f32, size: f32, grey: u8, line: Line },
    Bar { x: f32, y: f32, width: f32, height: f32, grey: u8 },
}

struct Pen<'a> {
    font: &'a Font,
    pages: Vec<Vec<Mark>>,
    /// How far down the present page is used.
    y: f32,
}

pub(crate) fn document(sheet: &Sheet, font: &Font) -> Result<Vec<u8>, Error> {
    let mut pen = Pen { font, pages: vec![Vec::new()], y: EDGE };
    pen.head(sheet)?;
    pen.facts(&sheet.facts)?;
    for table in &sheet.tables {
        pen.table(table)?;
    }
    pen.totals(&sheet.totals)?;
    for note in &sheet.notes {
        pen.paragraph(note, SMALL, 90)?;
    }
    pen.paragraph(&format!("{} · {}", sheet.issuer, sheet.issued), SMALL, 90)?;
    if let Some(seal) = &sheet.seal {
        pen.seal(seal)?;
    }
    pen.feet(sheet)?;
    write(sheet, font, pen.pages)
}

impl Pen<'_> {
    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn words(&mut self, (x, y): (f32, f32), size: f32, grey: u8, line: Line) {
        self.mark(Mark::Words { x, y, size, grey, line });
    }

    fn rule(&mut self, y: f32, height: f32, grey: u8) {
        self.mark(Mark::Bar { x: EDGE, y, width: WIDTH, height, grey });
    }

    /// A new page, when less than `height` is left on this one.
    fn room(&mut self, height: f32) -> bool {
        let full = self.y + height > BOTTOM;
        if full {
            self.pages.push(Vec::new());
            self.y = EDGE;
        }
        full
    }

    fn head(&mut self, sheet: &Sheet) -> Result<(), Error> {
        let title = line(self.font, &sheet.title)?;
        self.y += TITLE;
        self.words(((PAGE.0 - title.width * TITLE) / 2.0, self.y), TITLE, 0, title);
        for words in [&sheet.subtitle, &sheet.number] {
            if words.is_empty() {
                continue;
            }
            let words = line(self.font, words)?;
            self.y += TEXT * LEADING + 2.0;
            self.words(((PAGE.0 - words.width * TEXT) / 2.0, self.y), TEXT, 80, words);
        }
        self.y += 12.0;
        self.rule(self.y, 1.0, 0);
        self.y += 6.0;
        Ok(())
    }

    /// Two facts beside each other.
    fn facts(&mut self, facts: &[Fact]) -> Result<(), Error> {
        let half = WIDTH / 2.0;
        for pair in facts.chunks(2) {
            let mut cells = Vec::new();
            for fact in pair {
                let text = format!("{}  {}", fact.term, fact.value);
                cells.push(wrap(self.font, &text, TEXT, half - 2.0 * PAD)?);
            }
            let tallest = cells.iter().map(Vec::len).max().unwrap_or(1);
            let height = lines_high(tallest, TEXT);
            self.room(height);
            for (place, cell) in cells.into_iter().enumerate() {
                let x = EDGE + if place == 0 { 0.0 } else { half };
                self.cell(cell, x, TEXT);
            }
            self.y += height;
        }
        self.y += 6.0;
        Ok(())
    }

    fn cell(&mut self, lines: Vec<Line>, x: f32, size: f32) {
        let mut y = self.y + size;
        for one in lines {
            self.words((x, y), size, 0, one);
            y += size * LEADING;
        }
    }

    fn table(&mut self, table: &Table) -> Result<(), Error> {
        if !table.title.is_empty() {
            self.room(lines_high(4, TEXT));
            let title = wrap(self.font, &table.title, TEXT + 1.5, WIDTH)?;
            let height = lines_high(title.len(), TEXT + 1.5);
            self.cell(title, EDGE, TEXT + 1.5);
            self.y += height;
        }
        let widths = widths(&table.columns);
        self.column_heads(&table.columns, &widths)?;
        for row in &table.rows {
            let mut cells = Vec::with_capacity(widths.len());
            for (place, width) in widths.iter().enumerate() {
                let words = row.get(place).map_or("", String::as_str);
                cells.push(wrap(self.font, words, TEXT, width - 2.0 * PAD)?);
            }
            let height = lines_high(cells.iter().map(Vec::len).max().unwrap_or(1), TEXT) + PAD;
            if self.room(height) {
                self.column_heads(&table.columns, &widths)?;
            }
            self.row(cells, &table.columns, &widths);
            self.y += height;
            self.rule(self.y, 0.4, 190);
        }
        self.y += 8.0;
        Ok(())
    }

    fn column_heads(&mut self, columns: &[Column], widths: &[f32]) -> Result<(), Error> {
        let mut cells = Vec::with_capacity(widths.len());
        for (column, width) in columns.iter().zip(widths) {
            cells.push(wrap(self.font, &column.title, TEXT, width - 2.0 * PAD)?);
        }
        let height = lines_high(cells.iter().map(Vec::len).max().unwrap_or(1), TEXT) + PAD;
        self.room(height * 2.0);
        self.mark(Mark::Bar { x: EDGE, y: self.y, width: WIDTH, height, grey: 236 });
        self.row(cells, columns, widths);
        self.y += height;
        Ok(())
    }

    fn row(&mut self, cells: Vec<Vec<Line>>, columns: &[Column], widths: &[f32]) {
        let mut x = EDGE;
        for ((lines, column), width) in cells.into_iter().zip(columns).zip(widths) {
            let mut y = self.y + TEXT + PAD / 2.0;
            for one in lines {
                let at = match column.align {
                    Align::Left => x + PAD,
                    Align::Right => x + width - PAD - one.width * TEXT,
                };
                self.words((at, y), TEXT, 0, one);
                y += TEXT * LEADING;
            }
            x += width;
        }
    }

    /// To the right, larger, kept together.
    fn totals(&mut self, totals: &[Fact]) -> Result<(), Error> {
        let size = TEXT + 2.0;
        let mut lines = Vec::new();
        for total in totals {
            lines.extend(wrap(self.font, &format!("{}  {}", total.term, total.value), size, WIDTH)?);
        }
        self.room(lines_high(lines.len(), size));
        for one in lines {
            self.y += size * LEADING;
            self.words((EDGE + WIDTH - one.width * size, self.y), size, 0, one);
        }
        self.y += 8.0;
        Ok(())
    }

    fn paragraph(&mut self, text: &str, size: f32, grey: u8) -> Result<(), Error> {
        for one in wrap(self.font, text, size, WIDTH)? {
            self.room(size * LEADING);
            self.y += size * LEADING;
            self.words((EDGE, self.y), size, grey, one);
        }
        Ok(())
    }

    /// The code, in words and to scan.
    fn seal(&mut self, seal: &Seal) -> Result<(), Error> {
        self.y += 8.0;
        self.room(QR);
        let code = qrcode::QrCode::new(seal.address.as_bytes()).map_err(|_| Error::Code)?;
        let (dots, side) = (code.to_colors(), code.width());
        let dot = QR / size_of(side);
        for (row, dots) in dots.chunks(side).enumerate() {
            for (column, _) in dots.iter().enumerate().filter(|(_, dot)| **dot == qrcode::Color::Dark) {
                let (x, y) = (EDGE + size_of(column) * dot, self.y + size_of(row) * dot);
                self.mark(Mark::Bar { x, y, width: dot, height: dot, grey: 0 });
            }
        }
        let x = EDGE + QR + 12.0;
        let mut y = self.y + TEXT * LEADING;
        let mut lines = wrap(self.font, &format!("{}  {}", seal.term, seal.code), TEXT, WIDTH - QR - 12.0)?;
        lines.extend(wrap(self.font, &seal.words, TEXT, WIDTH - QR - 12.0)?);
        for one in lines {
            self.words((x, y), TEXT, 0, one);
            y += TEXT * LEADING;
        }
        self.y += QR;
        Ok(())
    }

    /// Number and page at the foot of every page.
    fn feet(&mut self, sheet: &Sheet) -> Result<(), Error> {
        let count = self.pages.len();
        for (place, page) in self.pages.iter_mut().enumerate() {
            let foot = format!("{} · {} / {count}", sheet.number, place.saturating_add(1));
            let foot = line(self.font, &foot)?;
            let (x, y) = ((PAGE.0 - foot.width * SMALL) / 2.0, PAGE.1 - EDGE);
            page.push(Mark::Words { x, y, size: SMALL, grey: 90, line: foot });
        }
        Ok(())
    }
}

fn lines_high(count: usize, size: f32) -> f32 {
    size_of(count) * size * LEADING
}

/// A small count as a length.
fn size_of(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

fn widths(columns: &[Column]) -> Vec<f32> {
    let all: f32 = columns.iter().map(|column| f32::from(column.weight.max(1))).sum();
    columns.iter().map(|column| WIDTH * f32::from(column.weight.max(1)) / all).collect()
}

fn write(sheet: &Sheet, font: &Font, pages: Vec<Vec<Mark>>) -> Result<Vec<u8>, Error> {
    let mut document = Document::new();
    for marks in pages {
        let settings =
            PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Error::Write("page".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            put(&mut surface, font, &mark);
        }
        surface.finish();
        page.finish();
    }
    document.set_metadata(metadata(sheet));
    document.finish().map_err(|error| Error::Write(format!("{error:?}")))
}

fn metadata(sheet: &Sheet) -> Metadata {
    let made = sheet.made;
    let at = DateTime::new(made.year)
        .month(made.month)
        .day(made.day)
        .hour(made.hour)
        .minute(made.minute)
        .second(made.second)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(format!("{} {}", sheet.title, sheet.number))
        .language(sheet.language.clone())
        .creator(sheet.issuer.clone())
        .document_id(sheet.number.clone())
        .creation_date(at)
}

fn put(surface: &mut Surface<'_>, font: &Font, mark: &Mark) {
    match mark {
        Mark::Words { x, y, size, grey, line } => {
            surface.set_fill(Some(fill(*grey)));
            let start = Point::from_xy(*x, *y);
            surface.draw_glyphs(start, &line.glyphs, font.drawn(), &line.text, *size, false);
        }
        Mark::Bar { x, y, width, height, grey } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*grey)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(grey: u8) -> Fill {
    Fill { paint: luma::Color::new(grey).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}
