//! The balance and what moved it.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::{PageRequest, Permission};
use ledger::{Balance, Entry, MonthFlow};
use maud::{Markup, html};
use ordering::OrderId;
use serde::Deserialize;

use super::payees::Ways;
use crate::app::App;
use crate::edge::{Refused, Visitor, seal};
use crate::i18n::{AccountWords, DocumentWords, InvoiceWords, PayeeWords, StatementWords};
use crate::ui::chart::{self, Chart, Mark, Series, Unit};
use crate::ui::table::{self, Column, Row, Table};
use crate::ui::{self, Nav, Page, PageCx, card, empty, money, shell, time};

/// Entries on the account page.
const RECENT: u16 = 10;
/// Entries of one page of the list.
const LISTED: u16 = 50;
/// What cursors of the list are sealed with.
const LIST: &str = "portal.entries";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/account", get(show)).route("/account/transactions", get(transactions))
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Refused> {
    let customer = visitor.customer()?;
    let balance = ledger::wallet_balance(&app.cx, &visitor.actor, customer).await?;
    let months = ledger::monthly(&app.cx, &visitor.actor, customer).await?;
    let recent = ledger::entries(&app.cx, &visitor.actor, customer, PageRequest::new(None, RECENT)).await?;
    let held = ledger::chart::holds_of(&app.cx, &visitor.actor, customer).await?;
    let transfers = Ways::of(&app).any();
    let withdraws = super::withdraw::is_offered(&app, &visitor);
    let view = Account { balance, months: &months, recent: &recent.items, held: &held, transfers, withdraws };
    Ok(account_page(&visitor.page(&app).await?, &view).into_response())
}

/// Where a list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct After {
    pub after: Option<String>,
}

async fn transactions(
    State(app): State<App>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    let customer = visitor.customer()?;
    let wanted = seal::page(&app, LIST, after.after.as_deref(), None, LISTED)?;
    let found = ledger::entries(&app.cx, &visitor.actor, customer, wanted).await?;
    let next = found
        .next
        .map(|position| format!("/account/transactions?after={}", seal::cursor(&app, LIST, position)));
    let view = Transactions { entries: &found.items, is_first: after.after.is_none(), next: next.as_deref() };
    Ok(transactions_page(&visitor.page(&app).await?, &view).into_response())
}

/// What `/account` shows.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    pub balance: Balance,
    pub months: &'a [MonthFlow],
    pub recent: &'a [Entry],
    /// What is set aside, each with what for.
    pub held: &'a [ledger::chart::OpenHold],
    /// Whether money can be sent to somebody.
    pub transfers: bool,
    /// Whether it can be sent to one's own bank.
    pub withdraws: bool,
}

/// `/account`
pub(crate) fn account_page(cx: &PageCx, view: &Account<'_>) -> Markup {
    let (t, s) = (AccountWords::of(cx.locale), StatementWords::of(cx.locale));
    let to = |path, name: &str| card::row(path, html! { (name) }, html! {}, html! {});
    let mut papers = vec![
        to("/account/statements", s.list),
        to("/documents", DocumentWords::of(cx.locale).title),
        to("/invoices", InvoiceWords::of(cx.locale).title),
    ];
    if view.transfers {
        papers.push(to("/me/payees", PayeeWords::of(cx.locale).title));
    }
    let all = (!view.recent.is_empty()).then(|| ui::link("/account/transactions", t.all_entries));
    let body = html! {
        h1 { (t.title) }
        div.grid {
            (card::plain(html! {
                p.muted.sm { (t.available) }
                p { (money::large(view.balance.available)) }
                @if view.balance.held.is_positive() {
                    dl.sum {
                        div { dt { (t.held) } dd { (money::money(view.balance.held)) } }
                        div { dt { (t.posted) } dd { (money::money(view.balance.posted)) } }
                    }
                }
                @if !view.held.is_empty() {
                    ul.plain.sm { @for hold in view.held { li { (held_for(cx, hold)) } } }
                }
                @if cx.may(Permission::ActAsCustomer) {
                    div.acts {
                        (ui::button_link("/account/topup", t.btn_top_up, ""))
                        @if view.transfers { (ui::button_link("/account/transfer", PayeeWords::of(cx.locale).btn_transfer, "sec")) }
                        @if view.withdraws { (ui::button_link(super::withdraw::PATH, PayeeWords::of(cx.locale).withdraw, "sec")) }
                    }
                }
            }))
            (card::plain(chart::chart(cx, &flow_chart(cx, view.months))))
        }
        (card::card("recent", t.recent, all, entries_or_none(cx, view.recent)))
        (card::plain(card::rows(&papers)))
    };
    shell::portal(cx, &Page::new(t.title).nav(Nav::Me).scripts(&["chart"]), body)
}

/// 冻结中 ¥x：订单….
fn held_for(cx: &PageCx, hold: &ledger::chart::OpenHold) -> Markup {
    let s = StatementWords::of(cx.locale);
    let Some(order) = hold.order else {
        return html! { (money::money(hold.amount)) " · " (hold.kind.label(cx.locale)) };
    };
    let words = s.held_for(&hold.amount.to_string(), &kernel::order_number(order));
    ui::link(&format!("/orders/{}", OrderId(order)), &words)
}

fn flow_chart<'a>(cx: &PageCx, months: &[MonthFlow]) -> Chart<'a> {
    let t = AccountWords::of(cx.locale);
    let values = |of: fn(&MonthFlow) -> i64| months.iter().map(of).collect();
    Chart {
        id: "flow",
        title: t.chart,
        unit: Unit::Money,
        axis: t.month,
        labels: months.iter().map(|flow| month_word(t, flow.month).to_owned()).collect(),
        series: vec![
            Series { name: t.income, values: values(|flow| flow.income.minor), mark: Mark::Bar },
            Series { name: t.spending, values: values(|flow| flow.outgo.minor), mark: Mark::Bar },
        ],
        stacked: false,
    }
}

/// The word for a month, 1–12.
pub(crate) fn month_word(t: &AccountWords, month: i8) -> &'static str {
    match month {
        1 => t.jan,
        2 => t.feb,
        3 => t.mar,
        4 => t.apr,
        5 => t.may,
        6 => t.jun,
        7 => t.jul,
        8 => t.aug,
        9 => t.sep,
        10 => t.oct,
        11 => t.nov,
        _ => t.dec,
    }
}

/// What `/account/transactions` shows.
#[derive(Debug)]
pub(crate) struct Transactions<'a> {
    pub entries: &'a [Entry],
    pub is_first: bool,
    pub next: Option<&'a str>,
}

/// `/account/transactions`
pub(crate) fn transactions_page(cx: &PageCx, view: &Transactions<'_>) -> Markup {
    let t = AccountWords::of(cx.locale);
    let first = (!view.is_first).then_some("/account/transactions");
    let body = html! {
        (shell::back_link("/account", t.title))
        h1 { (t.transactions) }
        @if !view.entries.is_empty() { p.muted.sm { (t.running) } }
        (entries_or_none(cx, view.entries))
        (table::pager(cx, first, view.next))
    };
    shell::portal(cx, &Page::new(t.transactions).nav(Nav::Me), body)
}

fn entries_or_none(cx: &PageCx, entries: &[Entry]) -> Markup {
    let t = AccountWords::of(cx.locale);
    if entries.is_empty() {
        return empty::empty(t.none_yet, None);
    }
    let table = Table {
        caption: t.transactions,
        columns: vec![
            Column::new(t.when),
            Column::new(t.what),
            Column::number(t.amount_yuan),
            Column::number(t.balance_yuan),
        ],
        rows: entries.iter().map(|entry| entry_row(cx, t, entry)).collect(),
        select: None,
        stack: true,
    };
    table::data_table(cx, &table)
}

fn entry_row<'a>(cx: &PageCx, t: &AccountWords, entry: &Entry) -> Row<'a> {
    let incoming = entry.amount.is_positive();
    let what = html! {
        (entry.kind.label(cx.locale))
        @if let Some(order) = entry.order {
            " · " (ui::link(&format!("/orders/{}", OrderId(order)), &kernel::order_number(order)))
        }
    };
    let amount = html! {
        span.muted.sm { (if incoming { t.income } else { t.spending }) } " "
        span.num { @if incoming { "+" } (entry.amount.to_plain()) }
    };
    Row::new(vec![time::stamp(cx, entry.at), what, amount, money::plain(entry.balance)])
}
