//! Figures as Markdown tables: for the terminal and for `docs/measurements.md`.

use crate::load::Load;

/// One measured line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub what: String,
    pub per_second: f64,
    /// Processor microseconds for one, by the program and by the database server.
    pub program: Option<f64>,
    pub database: Option<f64>,
    /// Mean orders of a commit, and mean time of the oldest in the queue, in milliseconds.
    pub batch: Option<f64>,
    pub queue_ms: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub failed: u64,
}

impl Line {
    pub fn of(what: impl Into<String>, load: &Load) -> Self {
        Self {
            what: what.into(),
            per_second: load.per_second(),
            program: Some(load.program_each()),
            database: load.database_each(),
            batch: None,
            queue_ms: None,
            p50_ms: Some(load.quantile_ms(0.5)),
            p99_ms: Some(load.quantile_ms(0.99)),
            failed: load.failed,
        }
    }

    /// A figure somebody else took.
    pub fn bare(what: impl Into<String>, per_second: f64) -> Self {
        Self {
            what: what.into(),
            per_second,
            program: None,
            database: None,
            batch: None,
            queue_ms: None,
            p50_ms: None,
            p99_ms: None,
            failed: 0,
        }
    }

    pub fn with_batch(self, batch: Option<f64>, queue_ms: Option<f64>) -> Self {
        Self { batch, queue_ms, ..self }
    }

    fn cells(&self) -> Vec<String> {
        let whole = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.0}"));
        let fine = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.1}"));
        vec![
            self.what.clone(),
            whole(Some(self.per_second)),
            whole(self.program),
            whole(self.database),
            whole(self.batch),
            fine(self.queue_ms),
            fine(self.p50_ms),
            fine(self.p99_ms),
            self.failed.to_string(),
        ]
    }
}

/// One goal and whether it is met.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub what: String,
    pub reached: String,
    pub met: bool,
}

impl Verdict {
    /// `value` must be at least `wanted` times `limit`.
    pub fn ratio(what: impl Into<String>, value: f64, limit: f64, wanted: f64) -> Self {
        let ratio = value / limit.max(1e-9);
        Self { what: what.into(), reached: format!("{ratio:.2} ×"), met: ratio >= wanted }
    }

    /// `value` must be at most `most`.
    pub fn at_most(what: impl Into<String>, value: f64, most: f64, unit: &str) -> Self {
        Self { what: what.into(), reached: format!("{value:.0} {unit}"), met: value <= most }
    }

    /// The same for small values, with two digits behind the point.
    pub fn finely_at_most(what: impl Into<String>, value: f64, most: f64, unit: &str) -> Self {
        Self { what: what.into(), reached: format!("{value:.2} {unit}"), met: value <= most }
    }

    /// `value` must be above `limit`.
    pub fn above(what: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { what: what.into(), reached: format!("{value:.3}"), met: value > limit }
    }
}

/// Figures that are not calls a second: a table of its own.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// One goal with its figures.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub title: String,
    pub lines: Vec<Line>,
    pub tables: Vec<Table>,
    pub verdicts: Vec<Verdict>,
    pub notes: Vec<String>,
}

impl Section {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lines: Vec::new(),
            tables: Vec::new(),
            verdicts: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// All figures of a run.
#[derive(Debug, Clone)]
pub struct Report {
    pub(crate) sections: Vec<Section>,
    pub(crate) machine: String,
    pub(crate) date: String,
    pub(crate) secs: f64,
}

const HEAD: [&str; 9] = [
    "what",
    "a second",
    "CPU µs program",
    "CPU µs database",
    "batch",
    "queue ms",
    "p50 ms",
    "p99 ms",
    "failed",
];

impl Report {
    /// Was everything reached that was set as a goal?
    pub fn all_met(&self) -> bool {
        self.sections.iter().flat_map(|section| &section.verdicts).all(|verdict| verdict.met)
    }

    /// The report as a part of the page of measurements.
    pub fn as_part(&self, command: &str) -> String {
        format!(
            "Made by `{command}` on {}, {}. Figures are for {} s each; processor time is for one order or request, that of the load \
             generator not counted where it is another process.\n\n{self}",
            self.date, self.machine, self.secs,
        )
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for section in &self.sections {
            writeln!(f, "## {}\n", section.title)?;
            if !section.lines.is_empty() {
                let rows: Vec<Vec<String>> = section.lines.iter().map(Line::cells).collect();
                table(f, &HEAD, &rows)?;
            }
            for one in &section.tables {
                table(f, &one.head, &one.rows)?;
            }
            if !section.verdicts.is_empty() {
                let row = |v: &Verdict| {
                    vec![
                        v.what.clone(),
                        v.reached.clone(),
                        if v.met { "met" } else { "**not met**" }.to_owned(),
                    ]
                };
                let rows: Vec<Vec<String>> = section.verdicts.iter().map(row).collect();
                table(f, &["goal", "reached", ""], &rows)?;
            }
            for note in &section.notes {
                writeln!(f, "{note}\n")?;
            }
        }
        Ok(())
    }
}

fn table(f: &mut std::fmt::Formatter<'_>, head: &[&str], rows: &[Vec<String>]) -> std::fmt::Result {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    };
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().enumerate().map(|(column, cell)| {
            let space = " ".repeat(width(column).saturating_sub(cell.chars().count()));
            if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
    };
    writeln!(f, "{}", line(head.to_vec()))?;
    let rule = (0..head.len()).map(|column| {
        let dashes = "-".repeat(width(column).max(3) - 1);
        if column == 0 { format!("{dashes}-") } else { format!("{dashes}:") }
    });
    writeln!(f, "| {} |", rule.collect::<Vec<_>>().join(" | "))?;
    for row in rows {
        writeln!(f, "{}", line(row.iter().map(String::as_str).collect()))?;
    }
    writeln!(f)
}
