//! How orders by file look: the lists, what a file has to hold, one line to be mended. The page of a file is
//! [`super::batch_sheet_view`].

use kernel::{Locale, Permission};
use maud::{Markup, html};
use ordering::batch::{Batch, BatchId, BatchState, Column, Counts, Entry, EntryState, Wrong};

use super::approvals_view::Names;
use super::reply::Trouble;
use crate::i18n::{BatchWords, OrgWords};
use crate::ui::form::{Field, id_of};
use crate::ui::table::{Column as Head, Row, Table, data_table, pager};
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, empty, form, shell, status, time};

/// An offering that can be ordered by file.
#[derive(Debug)]
pub(crate) struct Choice {
    pub path: String,
    pub label: String,
}

/// What is to be handed in.
#[derive(Debug)]
pub(crate) struct Upload<'a> {
    pub service: &'a str,
    pub offering: &'a str,
    pub name: &'a str,
    /// Where the template is.
    pub template: &'a str,
    pub columns: &'a [Column],
}

/// A line to be mended.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub id: BatchId,
    pub columns: &'a [Column],
    pub entry: &'a Entry,
    pub trouble: Trouble,
}

/// The name of the control for a column.
pub(crate) fn control(place: usize) -> String {
    format!("c{place}")
}

pub(super) fn state_tag(t: &BatchWords, state: BatchState) -> Markup {
    match state {
        BatchState::Open => status::tag(Kind::Plain, t.open),
        BatchState::Placing => status::tag(Kind::Info, t.placing),
        BatchState::Done => status::tag(Kind::Ok, t.done),
    }
}

/// How a line stands, in words.
pub(crate) fn state_word(t: &BatchWords, state: EntryState) -> &'static str {
    match state {
        EntryState::Wrong => t.state_wrong,
        EntryState::Ready => t.state_ready,
        EntryState::Repeated => t.state_repeated,
        EntryState::Ordered => t.state_ordered,
        EntryState::Refused => t.state_refused,
    }
}

/// What is wrong with a line, each with the heading of its column.
pub(crate) fn notes(columns: &[Column], entry: &Entry, locale: Locale) -> Vec<String> {
    let note = |wrong: &Wrong| {
        let column = columns.iter().find(|column| column.key == wrong.column);
        match column {
            Some(column) => {
                let colon = locale.pick("：", ": ");
                format!("{}{colon}{}", column.label.get(locale), wrong.message(locale))
            }
            None => wrong.message(locale).to_owned(),
        }
    };
    entry.wrong.iter().map(note).collect()
}

pub(super) fn counted(t: &BatchWords, counts: &Counts) -> Vec<String> {
    let parts = [
        (counts.ready, t.ready(counts.ready)),
        (counts.wrong, t.wrong(counts.wrong)),
        (counts.repeated, t.repeated(counts.repeated)),
        (counts.refused, t.refused(counts.refused)),
    ];
    let mut all = vec![t.counts(counts.ordered, counts.all())];
    all.extend(parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words));
    all
}

/// `/org/batches`
pub(crate) fn list_page(
    cx: &PageCx,
    items: &[(Batch, Counts)],
    names: &Names,
    title: &dyn Fn(&str) -> String,
    next: Option<&str>,
) -> Markup {
    let t = BatchWords::of(cx.locale);
    let row = |(batch, counts): &(Batch, Counts)| {
        let below = html! {
            (title(&batch.service)) " · " (counted(t, counts).join(" · ")) br;
            (names.get(cx, batch.maker)) " · " (time::stamp(cx, batch.created_at))
        };
        let end = state_tag(t, batch.state);
        card::row(&format!("/org/batches/{}", batch.id), html! { (batch.name) }, below, end)
    };
    let rows: Vec<Markup> = items.iter().map(row).collect();
    let body = html! {
        (shell::back_link("/org", OrgWords::of(cx.locale).title))
        h1 { (t.title) }
        p.muted { (t.lead) }
        @if cx.may(Permission::ActAsCustomer) { div.acts { (ui::button_link("/org/batches/new", t.btn_new, "main")) } }
        @if rows.is_empty() { (empty::empty(t.none, None)) } @else { (card::rows(&rows)) }
        (pager(cx, None, next))
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me), body)
}

/// `/org/batches/new`
pub(crate) fn choose_page(cx: &PageCx, all: &[Choice]) -> Markup {
    let t = BatchWords::of(cx.locale);
    let rows: Vec<Markup> = all
        .iter()
        .map(|choice| card::row(&choice.path, html! { (choice.label) }, html! {}, html! {}))
        .collect();
    let body = html! {
        (shell::back_link("/org/batches", t.title))
        h1 { (t.choose) }
        @if rows.is_empty() { (empty::empty(t.choose_none, None)) } @else {
            p.muted { (t.choose_lead) }
            (card::rows(&rows))
        }
    };
    shell::portal(cx, &Page::new(t.choose).nav(Nav::Me).narrow(), body)
}

/// `/org/batches/new?service=…`
pub(crate) fn upload_page(cx: &PageCx, upload: &Upload<'_>, trouble: &Trouble) -> Markup {
    let t = BatchWords::of(cx.locale);
    let (id, error) = (id_of("file"), trouble.on("file"));
    let columns = upload.columns.iter().map(|column| {
        let need = if column.required { t.required } else { t.optional };
        Row::new(vec![
            html! { (column.label.get(cx.locale)) },
            html! { (need) },
            html! { @match &column.hint { Some(hint) => (hint.get(cx.locale)), None => "—" } },
        ])
    });
    let table = Table {
        // Not the heading of its card again: two landmarks of one name cannot be told apart.
        caption: upload.name,
        columns: vec![Head::new(t.column), Head::new(t.required), Head::new(t.how)],
        rows: columns.collect(),
        select: None,
        stack: true,
    };
    let described = match error {
        Some(_) => format!("{id}-h {id}-e"),
        None => format!("{id}-h"),
    };
    let body = html! {
        (shell::back_link("/org/batches/new", t.back_choose))
        h1 { (upload.name) }
        (trouble.summary(cx, html! {}))
        p.muted { (t.lead) }
        div.acts { (ui::button_link(upload.template, t.btn_template, "sec")) }
        form.stack #upload method="post" action="/org/batches/upload" enctype="multipart/form-data" data-once {
            // The token stands before the file: without it nothing that follows is read.
            (form::csrf(cx))
            input type="hidden" name="service" value=(upload.service);
            input type="hidden" name="offering" value=(upload.offering);
            div.field.bad[error.is_some()] {
                label for=(id) { (t.file) }
                p.hint id={ (id) "-h" } { (t.file_hint) }
                @if let Some(error) = error { p.err id={ (id) "-e" } { (error) } }
                input.in #(id) type="file" name="file" required accept=".csv,text/csv"
                    aria-invalid=[error.map(|_| "true")] aria-describedby=(described);
            }
            (form::actions(cx, t.btn_upload, None))
        }
        (card::card("columns", t.columns, None, data_table(cx, &table)))
    };
    let page = Page::new(t.new).nav(Nav::Me).narrow().errors(trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// `/org/batches/{id}/lines/{line}`
pub(crate) fn line_page(cx: &PageCx, line: &Line<'_>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let entry = line.entry;
    let path = format!("/org/batches/{}/lines/{}", line.id, entry.line);
    let whole: Vec<&str> = entry
        .wrong
        .iter()
        .filter(|wrong| !line.columns.iter().any(|column| column.key == wrong.column))
        .map(|wrong| wrong.message(cx.locale))
        .collect();
    let body = html! {
        (shell::back_link(&format!("/org/batches/{}", line.id), t.lines))
        h1 { (t.mend_title) " · " (t.of_line(entry.line)) }
        (line.trouble.summary(cx, html! {}))
        @for message in &whole { (banner::banner(Kind::Warn, message, html! {})) }
        (form::form(cx, "line-form", &path, None, html! {
            @for (place, column) in line.columns.iter().enumerate() {
                @let value = entry.cells.get(place).map_or("", String::as_str);
                @let wrong = entry.wrong.iter().find(|wrong| wrong.column == column.key);
                (cell_field(cx, place, column, value, wrong.map(|wrong| wrong.message(cx.locale))))
            }
            (form::actions(cx, t.btn_save, None))
        }))
        @if entry.state == EntryState::Repeated {
            (card::card("repeated", t.state_repeated, None, html! {
                p { (t.repeated_lead) }
                (ui::post_button(cx, &format!("{path}/keep"), t.btn_keep, "sec", &[]))
            }))
        }
    };
    let page =
        Page::new(t.mend_title).nav(Nav::Me).narrow().errors(!entry.wrong.is_empty()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

fn cell_field(cx: &PageCx, place: usize, column: &Column, value: &str, error: Option<&str>) -> Markup {
    let name = control(place);
    let field = Field::new(&name, column.label.get(cx.locale)).value(value).error(error);
    let field = match &column.hint {
        Some(hint) => field.hint(hint.get(cx.locale)),
        None => field,
    };
    let field = if column.required { field } else { field.optional() };
    if value.contains('\n') { field.textarea(cx, 500) } else { field.text(cx, 500) }
}
