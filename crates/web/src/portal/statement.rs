//! Statements: a list of months, any month and any period as a sheet for print, and as a file.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::{Currency, Timestamp};
use ledger::statement::{MonthFlow, Sheet, SheetLine, day_bounds, month_bounds, months, sheet};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor, form as posted};
use crate::i18n::{AccountWords, Common, DocumentWords, StatementWords as Words};
use crate::ui::csv::{self, Cell, Mark};
use crate::ui::form::Field;
use crate::ui::shell::{self, Nav};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{Kind, Page, PageCx, banner, card, empty, link, money, post_button, time};

const LIST: &str = "/account/statements";
/// The day of Beijing before a moment: the last day of a period that ends with it.
const DAY: kernel::Duration = kernel::Duration::from_days(1);

pub(crate) fn router() -> Router<App> {
    Router::new().route(LIST, get(list)).route("/account/statements/{period}", get(show))
}

/// What is wanted: days, a currency, a file.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    from: Option<String>,
    to: Option<String>,
    currency: Option<String>,
    format: Option<String>,
    bom: Option<String>,
}

impl Wish {
    fn currency(&self) -> Result<Currency, Refused> {
        match self.currency.as_deref() {
            None | Some("") => Ok(ledger::HOUSE_CURRENCY),
            Some(code) => Currency::from_code(code).ok_or_else(|| EdgeError::NotFound.into()),
        }
    }

    fn mark(&self) -> Mark {
        if self.bom.as_deref() == Some("0") { Mark::Without } else { Mark::With }
    }
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, Refused> {
    let customer = visitor.customer()?;
    let currency = wish.currency()?;
    let months = months(&app.cx, &visitor.actor, customer, currency).await?;
    Ok(list_page(&visitor.page(&app).await?, &months, &wish, None).into_response())
}

fn list_page(cx: &PageCx, months: &[MonthFlow], wish: &Wish, wrong: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let row = |flow: &MonthFlow| {
        let name = format!("{:04}-{:02}", flow.year, flow.month);
        let path = with_currency(&format!("{LIST}/{name}"), flow.closing.currency);
        Row::new(vec![
            link(&path, &name),
            money::plain(flow.income),
            money::plain(flow.outgo),
            money::plain(flow.closing),
        ])
        .href(path)
    };
    let columns = vec![
        Column::new(t.month),
        Column::number(t.income_yuan),
        Column::number(t.outgo_yuan),
        Column::number(t.closing_yuan),
    ];
    let rows: Vec<Row<'_>> = months.iter().map(row).collect();
    let given = |value: &Option<String>| value.clone().unwrap_or_default();
    let (from, to) = (given(&wish.from), given(&wish.to));
    let today = time::date_text(cx.now);
    let body = html! {
        (shell::back_link("/account", AccountWords::of(cx.locale).title))
        h1 { (t.list) }
        (card::card("months", t.months, None, html! {
            @if rows.is_empty() { (empty::empty(t.none, None)) }
            @else { (table::data_table(cx, &Table { caption: t.list, columns, rows, stack: true, ..Table::default() })) }
        }))
        (card::card("period", t.period, None, html! {
            form.stack action={ (LIST) "/period" } {
                (Field::new("from", t.from).value(&from).error(wrong).date(cx, None, Some(&today)))
                (Field::new("to", t.to).value(&to).date(cx, None, Some(&today)))
                div.acts { button.btn { (t.btn_show) } }
            }
        }))
    };
    shell::portal(cx, &Page::new(t.list).nav(Nav::Me).errors(wrong.is_some()), body)
}

fn with_currency(path: &str, currency: Currency) -> String {
    if currency == ledger::HOUSE_CURRENCY {
        path.to_owned()
    } else {
        format!("{path}?currency={}", currency.code())
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Refused> {
    let customer = visitor.customer()?;
    let currency = wish.currency()?;
    let bounds = if name == "period" {
        day_bounds(wish.from.as_deref().unwrap_or_default(), wish.to.as_deref().unwrap_or_default())
    } else {
        Some(month(&name).ok_or(EdgeError::NotFound)?)
    };
    let found = match bounds {
        Some(bounds) => sheet(&app.cx, &visitor.actor, customer, currency, bounds).await,
        None => Err(ledger::Error::BadPeriod),
    };
    let found = match found {
        Ok(found) => found,
        Err(ledger::Error::BadPeriod) => {
            let months = months(&app.cx, &visitor.actor, customer, currency).await?;
            let cx = visitor.page(&app).await?;
            let page = list_page(&cx, &months, &wish, Some(Words::of(cx.locale).day_wrong));
            return Ok(posted::again(page));
        }
        Err(error) => return Err(error.into()),
    };
    if wish.format.as_deref() == Some("csv") {
        let (from, to) = days(&found);
        return Ok(csv::answer(&format!("statement-{from}-{to}"), &file(&visitor, &found), wish.mark()));
    }
    Ok(sheet_page(&visitor.page(&app).await?, &found, &name).into_response())
}

/// `2026-11`.
pub(super) fn month(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
    month_bounds(year.parse().ok()?, month.parse().ok()?)
}

/// The first and the last day.
fn days(sheet: &Sheet) -> (String, String) {
    (time::date_text(sheet.from), time::date_text(sheet.to.minus(DAY)))
}

/// The same figures as on the sheet; the digest stands in the last row, so that the file says which sheet it is.
fn file(visitor: &Visitor, sheet: &Sheet) -> Vec<Vec<Cell>> {
    let t = Words::of(visitor.locale);
    let head = [t.number, t.when, t.what, t.kind, t.with, t.amount, t.balance, t.order, t.transfer];
    let mut rows = vec![head.into_iter().map(Cell::text).collect()];
    let sum = |label: &str, amount| {
        vec![
            Cell::text(""),
            Cell::text(""),
            Cell::text(label),
            Cell::text(""),
            Cell::text(""),
            Cell::text(""),
            Cell::money(amount),
        ]
    };
    rows.push(sum(t.opening, sheet.opening));
    for SheetLine { number, entry, with } in &sheet.lines {
        rows.push(vec![
            Cell::Number(number.to_string()),
            Cell::text(entry.at.to_rfc3339()),
            Cell::text(entry.kind.label(visitor.locale)),
            Cell::text(entry.kind.code()),
            Cell::text(with.words(visitor.locale)),
            Cell::money(entry.amount),
            Cell::money(entry.balance),
            Cell::text(entry.order.map(kernel::order_number).unwrap_or_default()),
            Cell::text(entry.transfer.to_string()),
        ]);
    }
    rows.push(sum(t.closing, sheet.closing));
    rows.push(vec![Cell::text(t.digest), Cell::text(sheet.digest.as_str())]);
    rows
}

fn sheet_page(cx: &PageCx, sheet: &Sheet, name: &str) -> Markup {
    let t = Words::of(cx.locale);
    // What is issued never changes, so the month has to be over.
    let issuable =
        sheet.is_final && month(name).is_some() && sheet.opening.currency == ledger::HOUSE_CURRENCY;
    let (from, to) = days(sheet);
    let code = sheet.opening.currency.code();
    let file = |bom: &str| format!("{LIST}/{name}?format=csv&bom={bom}&currency={code}&from={from}&to={to}");
    let rows = sheet.lines.iter().map(|line| sheet_row(cx, line)).collect();
    let columns = vec![
        Column::number(t.number),
        Column::new(t.when_beijing),
        Column::new(t.what),
        Column::new(t.with),
        Column::number(t.amount),
        Column::number(t.balance),
    ];
    let facts = [
        (t.account, sheet.customer.to_string()),
        (t.span, t.days(&from, &to)),
        (t.currency, code.to_owned()),
        (t.opening, sheet.opening.to_string()),
        (t.income, sheet.income.to_string()),
        (t.outgo, sheet.outgo.to_string()),
        (t.closing, sheet.closing.to_string()),
    ];
    let body = html! {
        div.noprint { (shell::back_link(LIST, t.list)) }
        @if !sheet.is_final { (banner::banner(Kind::Info, t.not_final, html! {})) }
        article.sheet {
            header { h1 { (t.title) } p.num.muted.sm { (t.days(&from, &to)) } }
            dl.facts2 { @for (term, value) in &facts { div { dt { (term) } dd.num { (value) } } } }
            @if sheet.lines.is_empty() { (empty::empty(t.empty, None)) }
            @else { (table::data_table(cx, &Table { caption: t.title, columns, rows, stack: true, ..Table::default() })) }
            p.sum-total { (t.closing) " " (money::large(sheet.closing)) }
            footer.sm.muted {
                @if sheet.is_final { p { (t.is_final) } }
                p { (t.digest) " " code { (sheet.digest) } }
                p { (Common::of(cx.locale).brand) }
            }
        }
        div.acts.noprint {
            @if issuable { (post_button(cx, &format!("{LIST}/{name}/issue"), DocumentWords::of(cx.locale).btn_statement, "", &[])) }
            button.btn.sec.js-only type="button" data-print { (Common::of(cx.locale).btn_print) }
        }
        @if issuable { p.muted.sm.noprint { (t.issue_lead) } }
        ul.plain.noprint { li { (link(&file("1"), t.csv)) } li { (link(&file("0"), t.csv_plain)) } }
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me), body)
}

fn sheet_row<'a>(cx: &PageCx, line: &SheetLine) -> Row<'a> {
    let entry = &line.entry;
    let what = html! {
        (entry.kind.label(cx.locale))
        @if let Some(order) = entry.order {
            " · " (link(&format!("/orders/{}", ordering::OrderId(order)), &kernel::order_number(order)))
        }
    };
    Row::new(vec![
        html! { span.num { (line.number) } },
        time::second(entry.at),
        what,
        html! { (line.with.words(cx.locale)) },
        html! { span.num { @if entry.amount.is_positive() { "+" } (entry.amount.to_plain()) } },
        money::plain(entry.balance),
    ])
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, Locale, Money};
    use ledger::TransferKind;
    use ledger::statement::{Counterparty, Entry};

    use super::*;
    use crate::portal::progress::tests::order;

    fn sample() -> Sheet {
        let (from, to) = month_bounds(2026, 11).unwrap();
        let entry = Entry {
            transfer: ledger::TransferId(5),
            kind: TransferKind::Purchase,
            amount: Money::cny(-4_500),
            balance: Money::cny(5_500),
            order: Some(42),
            memo: "order.fulfilled".to_owned(),
            at: from,
        };
        let line = SheetLine { number: 1, entry, with: Counterparty::Seller("telecom".to_owned()) };
        Sheet {
            customer: AccountId(7),
            from,
            to,
            opening: Money::cny(10_000),
            lines: vec![line],
            income: Money::cny(0),
            outgo: Money::cny(4_500),
            closing: Money::cny(5_500),
            is_final: true,
            digest: "ab".repeat(32),
        }
    }

    #[test]
    fn l6_the_sheet_says_opening_movements_closing_and_its_digest() {
        for locale in Locale::ALL {
            let cx = PageCx::guest(locale, "/account/statements/2026-11", order().placed_at);
            let t = Words::of(locale);
            let page = sheet_page(&cx, &sample(), "2026-11").into_string();
            for part in
                ["¥100.00", "−45.00", "¥55.00", &sample().digest, t.is_final, &kernel::order_number(42)]
            {
                assert!(page.contains(part), "{part}");
            }
            let page = list_page(&cx, &[], &Wish::default(), Some(t.day_wrong)).into_string();
            assert!(page.contains(t.day_wrong) && page.contains(t.none));
        }
    }

    #[test]
    fn what_is_no_month_is_none() {
        for text in ["2026-13", "2026-1", "26-01", "nonsense", "2026-11-01", ""] {
            assert!(month(text).is_none(), "{text}");
        }
        assert_eq!(month("2026-11"), month_bounds(2026, 11));
    }
}
