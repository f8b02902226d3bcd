//! How a file of orders looks line by line, and the form in which colleagues check it.

use std::collections::BTreeMap;

use kernel::{Currency, Money};
use maud::{Markup, html};
use ordering::approval::{Approval, ApprovalState, Mine};
use ordering::batch::{BatchState, BatchView, Entry, EntryState};

use super::approvals_view::Names;
use super::batches_view::{counted, notes, state_tag, state_word};
use super::reply::Trouble;
use crate::i18n::BatchWords;
use crate::ui::form::Field;
use crate::ui::table::{Column as Head, Row, Table, data_table};
use crate::ui::{self, Kind, Nav, Page, PageCx, banner, card, form, money, shell, status, time};

/// Characters of a line's content that its row shows.
const SHOWN: usize = 80;

/// What was just done, told on top of the file's page.
#[derive(Debug, Default)]
pub(crate) struct Notice {
    /// The file was handed in before.
    pub known: bool,
    /// So many lines were decided…
    pub done: Option<String>,
    /// …and so many were not.
    pub left: Option<String>,
}

/// A file with everything its page shows.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub found: BatchView,
    /// By raw id.
    pub approvals: BTreeMap<i64, (Approval, Mine)>,
    pub names: Names,
    pub service: String,
    pub notice: &'a Notice,
    /// What was typed as a reason.
    pub reason: &'a str,
    pub trouble: Trouble,
}

/// `/org/batches/{id}`
pub(crate) fn batch_page(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let batch = &sheet.found.batch;
    let mine = sheet.approvals.values().filter(|(_, mine)| matches!(mine, Mine::MayCheck { .. })).count();
    let body = html! {
        (shell::back_link("/org/batches", t.title))
        h1 { (batch.name) " " (state_tag(t, batch.state)) }
        (sheet.trouble.summary(cx, html! { p { (t.keep_all) } }))
        (notices(cx, sheet))
        (overview(cx, sheet))
        (maker_acts(cx, sheet))
        @if mine > 0 { (check_form(cx, sheet, mine)) } @else { (lines(cx, sheet, None)) }
        div.acts { (ui::button_link(&format!("/org/batches/{}/results", batch.id), t.btn_results, "sec")) }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).errors(sheet.trouble.any()).scripts(&["table"]), body)
}

fn notices(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let batch = &sheet.found.batch;
    let stopped = batch.stopped.as_deref().map(|code| match code {
        code if code.ends_with("proof_needed") => t.stopped_proof,
        "batch.not_offered" => t.stopped_gone,
        _ => t.stopped_forbidden,
    });
    html! {
        @if sheet.notice.known { (banner::banner(Kind::Info, t.known, html! {})) }
        @if let Some(count) = sheet.notice.done.as_deref().filter(|count| *count != "0") {
            (banner::banner(Kind::Ok, &t.decided(count), html! {}))
        }
        @if let Some(count) = &sheet.notice.left { (banner::banner(Kind::Warn, &t.not_decided(count), html! {})) }
        @if let Some(stopped) = stopped { (banner::banner(Kind::Warn, stopped, html! { p { (t.keep_all) } })) }
        @if sheet.found.columns.is_empty() { (banner::banner(Kind::Warn, t.not_offered, html! {})) }
        @if batch.state == BatchState::Placing {
            (banner::banner(Kind::Info, t.placing_title, html! {
                p { (t.counts(sheet.found.counts.ordered, sheet.found.counts.all())) }
                p { (ui::link(&format!("/org/batches/{}", batch.id), t.btn_refresh)) }
            }))
        }
    }
}

fn overview(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let (batch, counts) = (&sheet.found.batch, &sheet.found.counts);
    let inside = html! {
        dl.sum {
            div { dt { (t.service) } dd { (sheet.service) } }
            div { dt { (t.maker) } dd { (sheet.names.get(cx, batch.maker)) } }
            div { dt { (t.made) } dd { (time::full(cx, batch.created_at)) } }
            @if let Some(at) = batch.submitted_at { div { dt { (t.submitted) } dd { (time::full(cx, at)) } } }
            div { dt { (t.lines) } dd { (counted(t, counts).join(" · ")) } }
            @if counts.to_order() > 0 { div { dt { (t.to_order) } dd { (money::money(yuan(counts.to_order_minor))) } } }
            @if counts.ordered > 0 { div { dt { (t.total) } dd { (money::money(yuan(counts.ordered_minor))) } } }
        }
    };
    card::card("overview", t.overview, None, inside)
}

fn maker_acts(cx: &PageCx, sheet: &Sheet<'_>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let (found, counts) = (&sheet.found, &sheet.found.counts);
    let path = format!("/org/batches/{}", found.batch.id);
    let idle = found.is_maker && found.batch.state == BatchState::Open;
    html! {
        @if idle {
            div.acts {
                @if counts.to_order() > 0 && !found.columns.is_empty() {
                    (ui::post_button(cx, &format!("{path}/submit"), t.btn_submit, "main", &[]))
                }
                @if counts.ordered == 0 { (ui::post_button(cx, &format!("{path}/discard"), t.btn_discard, "sec", &[])) }
            }
        }
    }
}

/// Agreeing and returning, for all lines or the ticked ones: one form around the table.
fn check_form(cx: &PageCx, sheet: &Sheet<'_>, mine: usize) -> Markup {
    let t = BatchWords::of(cx.locale);
    let keys = pick_values(sheet);
    let action = format!("/org/batches/{}/check", sheet.found.batch.id);
    let inside = html! {
        p { strong { (t.mine(mine)) } " " (t.check_lead) }
        @for value in keys.values() { input type="hidden" name="all" value=(value); }
        (lines(cx, sheet, Some(&keys)))
        div.acts {
            button.btn.main name="do" value="agree_all" { (t.btn_agree_all) }
            button.btn.sec name="do" value="agree" { (t.btn_agree) }
        }
        (Field::new("reason", t.reason).hint(t.reason_hint).optional().value(sheet.reason).error(sheet.trouble.on("reason")).textarea(cx, 200))
        div.acts {
            button.btn.sec name="do" value="return_all" { (t.btn_return_all) }
            button.btn.sec name="do" value="return" { (t.btn_return) }
        }
    };
    form::form(cx, "check-form", &action, None, inside)
}

/// What is sent for each line that is to be checked: the request and the level that is shown, by line.
fn pick_values(sheet: &Sheet<'_>) -> BTreeMap<i64, String> {
    let value = |entry: &Entry| {
        let (approval, mine) = sheet.approvals.get(&entry.approval?.raw())?;
        let may = matches!(mine, Mine::MayCheck { .. });
        may.then(|| (entry.line, format!("{}:{}", approval.id, approval.level)))
    };
    sheet.found.entries.iter().filter_map(value).collect()
}

fn lines(cx: &PageCx, sheet: &Sheet<'_>, keys: Option<&BTreeMap<i64, String>>) -> Markup {
    let t = BatchWords::of(cx.locale);
    let numbers: Vec<String> = sheet.found.entries.iter().map(|entry| t.of_line(entry.line)).collect();
    let rows = sheet.found.entries.iter().zip(&numbers).map(|(entry, number)| {
        let key = keys.and_then(|keys| keys.get(&entry.line));
        Row { key: key.map(|value| (value.as_str(), number.as_str())), ..line_row(cx, sheet, entry) }
    });
    let table = Table {
        caption: t.lines,
        columns: vec![
            Head::new(t.line),
            Head::new(t.content),
            Head::number(t.amount),
            Head::new(t.state),
            Head::new(t.note),
        ],
        rows: rows.collect(),
        select: keys.map(|_| "pick"),
        stack: true,
    };
    data_table(cx, &table)
}

fn line_row<'a>(cx: &PageCx, sheet: &Sheet<'_>, entry: &Entry) -> Row<'a> {
    let t = BatchWords::of(cx.locale);
    let found = &sheet.found;
    let approval = entry.approval.and_then(|id| sheet.approvals.get(&id.raw()));
    let content: Vec<&str> =
        entry.cells.iter().map(String::as_str).filter(|cell| !cell.trim().is_empty()).collect();
    let content: String = content.join(" · ").chars().take(SHOWN).collect();
    let mends = found.is_maker && found.batch.state == BatchState::Open && entry.order.is_none();
    let path = format!("/org/batches/{}/lines/{}", found.batch.id, entry.line);
    let note = html! {
        @for note in notes(&found.columns, entry, cx.locale) { p.sm { (note) } }
        @if mends && !found.columns.is_empty() { p.sm { (ui::link(&path, t.btn_mend)) } }
        @match (entry.approval, entry.order) {
            (Some(id), _) => { p.sm { (ui::link(&format!("/org/approvals/{id}"), t.approval)) } }
            (None, Some(id)) => { p.sm { (ui::link(&format!("/orders/{id}"), t.order)) } }
            (None, None) => {}
        }
    };
    Row::new(vec![
        html! { span.num id={ "line-" (entry.line) } { (entry.line) } },
        html! { (content) },
        html! { @match entry.amount { Some(amount) => (money::money(amount)), None => "—" } },
        entry_tag(t, entry, approval),
        note,
    ])
}

fn entry_tag(t: &BatchWords, entry: &Entry, approval: Option<&(Approval, Mine)>) -> Markup {
    let kind = match entry.state {
        EntryState::Wrong | EntryState::Refused => Kind::Bad,
        EntryState::Ready => Kind::Info,
        EntryState::Repeated => Kind::Warn,
        EntryState::Ordered => Kind::Ok,
    };
    let check = approval.map(|(approval, mine)| match (approval.state, mine) {
        (ApprovalState::Open, Mine::MayCheck { .. }) => status::tag(Kind::Warn, t.yours),
        (ApprovalState::Open, _) => status::tag(Kind::Warn, t.waits),
        (ApprovalState::Approved, _) => status::tag(Kind::Ok, t.approved),
        (ApprovalState::Returned, _) => status::tag(Kind::Bad, t.returned),
        (ApprovalState::Withdrawn | ApprovalState::Expired, _) => status::tag(Kind::Plain, t.ended),
    });
    html! {
        @match check {
            Some(check) => (check),
            None => (status::tag(kind, state_word(t, entry.state))),
        }
    }
}

fn yuan(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}
