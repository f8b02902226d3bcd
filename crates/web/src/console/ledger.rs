//! The books: the chart with what stands in it, accounts with their entries and their balance at any moment, and what is set aside.
//! Currencies are shown apart and never added up with each other.

use axum::extract::{Query, State};
use kernel::{Currency, Locale, Page, Permission, Timestamp};
use ledger::chart::{self, AccountSort, At, Flow, OpenHold, SortTotal};
use ledger::{Account, AccountKind, Guard};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, href, next_href};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, seal};
use crate::i18n::LedgerWords as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::Field;
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, card, link, money, status, time};

const PATH: &str = "/console/ledger";
const ACCOUNT: &str = "/console/ledger/account";
const SORT: &str = "/console/ledger/sort";
const HOLDS: &str = "/console/ledger/holds";
const NAV: ConsoleNav = ConsoleNav::Ledger;

pub(crate) fn routes() -> Routes {
    let read = Permission::ReadLedger;
    Routes::new()
        .get(PATH, read, page)
        .get(SORT, read, sort)
        .get(ACCOUNT, read, account)
        .get(HOLDS, read, holds)
}

async fn page(State(app): State<App>, staff: Staff) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let totals = chart::totals(&app.cx, &staff.actor).await?;
    let t = Words::of(frame.cx.locale);
    let body = html! {
        (find(&frame.cx, None, None))
        @for currency in Currency::ALL {
            @let mine: Vec<&SortTotal> = totals.iter().filter(|total| total.currency == currency).collect();
            @if !mine.is_empty() { (of_currency(&frame.cx, currency, &mine)) }
        }
        p { (link(HOLDS, t.holds)) }
    };
    Ok(frame.page(t.title, NAV, html! {}, body))
}

/// One currency's accounts, and that they come to zero.
fn of_currency(cx: &PageCx, currency: Currency, totals: &[&SortTotal]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |total: &&SortTotal| {
        let target = href(SORT, &[("sort", total.sort.code()), ("currency", currency.code())]);
        Row::new(vec![
            link(&target, total.sort.label(cx.locale)),
            html! { (kind_word(cx.locale, total.kind)) },
            html! { (guard_word(cx.locale, total.guard)) },
            html! { (total.sort.moved_by(cx.locale)) },
            html! { span.num { (total.accounts) } },
            money::plain(total.posted),
            money::plain(total.held),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.sort),
        Column::new(t.kind),
        Column::new(t.guard),
        Column::new(t.moved_by),
        Column::number(t.accounts),
        Column::number(t.posted),
        Column::number(t.held),
    ];
    let net = totals.iter().fold(0_i64, |sum, total| sum.saturating_add(total.net_debit.minor));
    let net = kernel::Money::new(net, currency);
    let title = format!("{} {}", t.chart, currency.code());
    let state =
        if net.is_zero() { status::word(Kind::Ok, t.zero) } else { status::word(Kind::Bad, t.not_zero) };
    card::card(
        currency.code(),
        &title,
        None,
        html! {
            (frame::table(cx, &title, columns, totals.iter().map(row).collect()))
            p { (t.sum) " " (money::money(net)) " " (state) }
        },
    )
}

fn kind_word(locale: Locale, kind: AccountKind) -> &'static str {
    let t = Words::of(locale);
    match kind {
        AccountKind::Asset => t.asset,
        AccountKind::Liability => t.liability,
        AccountKind::Income => t.income,
        AccountKind::Expense => t.expense,
    }
}

fn guard_word(locale: Locale, guard: Guard) -> &'static str {
    let t = Words::of(locale);
    match guard {
        Guard::None => t.guard_none,
        Guard::CreditsCoverDebits => t.guard_credits,
        Guard::DebitsCoverCredits => t.guard_debits,
    }
}

/// Which account, which sort, when.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    sort: Option<String>,
    currency: Option<String>,
    code: Option<String>,
    at: Option<String>,
    after: Option<String>,
}

/// To an account by its code, and to a moment.
fn find(cx: &PageCx, wish: Option<&Wish>, wrong: Option<&str>) -> Markup {
    let t = Words::of(cx.locale);
    let given = |of: fn(&Wish) -> &Option<String>| wish.and_then(|wish| of(wish).clone()).unwrap_or_default();
    let (code, at) = (given(|wish| &wish.code), given(|wish| &wish.at));
    html! {
        form.filters role="search" action=(ACCOUNT) aria-label=(t.code) {
            (Field::new("code", t.code).hint(t.account_hint).value(&code).text(cx, 80))
            (Field::new("at", t.at).hint(t.at_hint).value(&at).error(wrong).optional().moment(cx))
            button.btn.sec { (t.btn_show) }
        }
    }
}

/// A moment as a page's calendar gives it, on the clock of Beijing; or one with its own zone, as links may have it.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(&format!("{text}:00+08:00")).or_else(|| Timestamp::parse_rfc3339(text))
}

async fn sort(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let sort = wish.sort.as_deref().and_then(AccountSort::from_code).ok_or(EdgeError::NotFound)?;
    let code = wish.currency.clone().unwrap_or_else(|| ledger::HOUSE_CURRENCY.code().to_owned());
    let currency = Currency::from_code(&code).ok_or(EdgeError::NotFound)?;
    let frame = Frame::load(&app, &staff).await?;
    let list = format!("console.ledger.{}.{code}", sort.code());
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = chart::list(&app.cx, &staff.actor, (sort, currency), request).await?;
    let kept = [("sort", sort.code()), ("currency", code.as_str())];
    let next = next_href(&app, &list, SORT, &kept, next);
    let first = wish.after.as_deref().map(|_| href(SORT, &kept));
    let body = html! {
        p { (link(PATH, Words::of(frame.cx.locale).chart)) }
        p.muted { (sort.moved_by(frame.cx.locale)) }
        (accounts(&frame.cx, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(sort.label(frame.cx.locale), NAV, html! {}, body))
}

fn to_account(code: &str) -> Markup {
    link(&href(ACCOUNT, &[("code", code)]), code)
}

fn accounts(cx: &PageCx, items: &[Account]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |account: &Account| {
        let balance = account.balance();
        Row::new(vec![
            to_account(&account.code),
            money::plain(balance.posted),
            money::plain(balance.held),
            time::stamp(cx, account.created_at),
        ])
    };
    let columns =
        vec![Column::new(t.code), Column::number(t.posted), Column::number(t.held), Column::new(t.opened)];
    frame::table(cx, t.accounts, columns, items.iter().map(row).collect())
}

async fn account(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let code = wish.code.clone().unwrap_or_default();
    let code = code.trim();
    let asked = wish.at.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let moment = asked.map_or(Some(app.cx.now()), moment);
    let at = chart::balance_at(&app.cx, &staff.actor, code, moment.unwrap_or(app.cx.now())).await?;
    let list = format!("console.ledger.entries.{}", at.account.id);
    let request = seal::page(&app, &list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = chart::flows(&app.cx, &staff.actor, &at.account, request).await?;
    let kept = [("code", code)];
    let next = next_href(&app, &list, ACCOUNT, &kept, next);
    let first = wish.after.as_deref().map(|_| href(ACCOUNT, &kept));
    let t = Words::of(frame.cx.locale);
    let body = html! {
        p { (link(PATH, t.chart)) }
        (find(&frame.cx, Some(&wish), moment.is_none().then_some(t.at_wrong)))
        (facts(&frame.cx, &at))
        (flows(&frame.cx, &items))
        (table::pager(&frame.cx, first.as_deref(), next.as_deref()))
    };
    Ok(frame.page(code, NAV, html! {}, body))
}

fn facts(cx: &PageCx, at: &At) -> Markup {
    let t = Words::of(cx.locale);
    let balance = at.account.balance();
    let rows = [
        (t.kind, html! { (kind_word(cx.locale, at.account.kind)) }),
        (t.guard, html! { (guard_word(cx.locale, at.account.guard)) }),
        (t.posted, money::money(balance.posted)),
        (t.held, money::money(balance.held)),
        (t.at, time::full(cx, at.at)),
        (t.balance_at, money::money(at.posted)),
    ];
    card::plain(html! { dl.sum { @for (term, value) in rows { div { dt { (term) } dd { (value) } } } } })
}

/// A transfer, which whoever books may reverse from here.
fn transfer(cx: &PageCx, number: &str) -> Markup {
    html! {
        code { (number) }
        @if cx.may(Permission::BookLedger) {
            " " a href=(href("/console/adjustments", &[("transfer", number)])) aria-label={ (Words::of(cx.locale).reverse) " " (number) } {
                (Words::of(cx.locale).reverse_short)
            }
        }
    }
}

fn flows(cx: &PageCx, items: &[Flow]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |flow: &Flow| {
        Row::new(vec![
            time::second(flow.at),
            html! { (flow.kind.label(cx.locale)) },
            to_account(&flow.other),
            money::plain(flow.amount),
            order_link(flow.order),
            transfer(cx, &flow.transfer.to_string()),
        ])
    };
    let columns = vec![
        Column::new(t.when_beijing),
        Column::new(t.what),
        Column::new(t.other),
        Column::number(t.amount),
        Column::new(t.order),
        Column::new(t.transfer),
    ];
    frame::table(cx, t.entries, columns, items.iter().map(row).collect())
}

pub(super) fn order_link(order: Option<i64>) -> Markup {
    html! {
        @if let Some(order) = order {
            (link(&format!("/console/orders/{}", ordering::OrderId(order)), &kernel::order_number(order)))
        } @else { "—" }
    }
}

async fn holds(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    let frame = Frame::load(&app, &staff).await?;
    let list = "console.ledger.holds";
    let request = seal::page(&app, list, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = chart::holds(&app.cx, &staff.actor, request).await?;
    let next = next_href(&app, list, HOLDS, &[], next);
    let t = Words::of(frame.cx.locale);
    let body = html! {
        p { (link(PATH, t.chart)) }
        (open(&frame.cx, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| HOLDS), next.as_deref()))
    };
    Ok(frame.page(t.holds, NAV, html! {}, body))
}

fn open(cx: &PageCx, items: &[OpenHold]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |hold: &OpenHold| {
        Row::new(vec![
            time::stamp(cx, hold.created_at),
            html! { (hold.kind.label(cx.locale)) },
            money::money(hold.amount),
            to_account(&hold.debit),
            to_account(&hold.credit),
            order_link(hold.order),
            html! { @match hold.expires_at { Some(at) => { (time::stamp(cx, at)) } None => { "—" } } },
        ])
    };
    let columns = vec![
        Column::new(t.when),
        Column::new(t.what),
        Column::number(t.amount),
        Column::new(t.from),
        Column::new(t.to),
        Column::new(t.order),
        Column::new(t.until),
    ];
    frame::table(cx, t.holds, columns, items.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use kernel::Money;

    use super::*;
    use crate::console::tests::each_language;

    #[test]
    fn a_moment_is_read_on_the_clock_of_beijing_unless_it_names_its_zone() {
        let midnight = Timestamp::parse_rfc3339("2026-10-31T16:00:00Z");
        assert!(midnight.is_some());
        for text in ["2026-11-01T00:00", "2026-11-01T00:00:00+08:00", "2026-10-31T16:00:00Z"] {
            assert_eq!(moment(text), midnight, "{text}");
        }
        for text in ["2026-11-01", "yesterday", "2026-11-01T25:00"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn l1_each_currency_shows_whether_it_comes_to_zero() {
        each_language(|cx| {
            let total = |sort, net| SortTotal {
                sort,
                kind: AccountKind::Asset,
                guard: Guard::None,
                currency: Currency::JPY,
                accounts: 1,
                posted: Money::new(700, Currency::JPY),
                held: Money::new(0, Currency::JPY),
                net_debit: Money::new(net, Currency::JPY),
            };
            let (t, gateway) = (Words::of(cx.locale), total(AccountSort::Gateway, 700));
            let (even, odd) = (total(AccountSort::Wallet, -700), total(AccountSort::Wallet, -699));
            let page = of_currency(cx, Currency::JPY, &[&gateway, &even]).into_string();
            assert!(page.contains(t.zero) && !page.contains(t.not_zero) && page.contains("JP¥0"));
            let wrong = of_currency(cx, Currency::JPY, &[&gateway, &odd]).into_string();
            assert!(wrong.contains(t.not_zero));
            page + &open(cx, &[]).into_string() + &find(cx, None, None).into_string()
        });
    }
}
