//! Settlements: sellers and what is owed to them, settled periods with their lines and a file for the seller.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use kernel::{Currency, FieldError, Money, Page, PageRequest, Permission};
use ledger::payout;
use ledger::settlement::{
    self, Agreement, Bank, NewAgreement, Rhythm, SellerView, Settlement, SettlementId, SettlementLine,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, ROWS, Tried, next_href};
use super::ledger::order_link;
use super::ledger_payout::{PAYOUTS, payout_rows};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::{LedgerWords, SettleWords as Words};
use crate::ui::console::ConsoleNav;
use crate::ui::csv::{self, Cell, Mark};
use crate::ui::form::{Choice, Field};
use crate::ui::table::{self, Column, Row};
use crate::ui::{PageCx, card, form, link, money, time};

pub(super) const PATH: &str = "/console/settlements";
const NAV: ConsoleNav = ConsoleNav::Settlements;
const LIST: &str = "console.settlements";
/// Payouts shown beside the settlements; the list has all.
const FEW: u16 = 20;
const DAY: kernel::Duration = kernel::Duration::from_days(1);

pub(crate) fn routes() -> Routes {
    let (read, book) = (Permission::ReadLedger, Permission::BookLedger);
    Routes::new()
        .get(PATH, read, page)
        .post(PATH, book, agree)
        .post("/console/settlements/run", book, run)
        .get("/console/settlements/{id}", read, one)
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wish {
    after: Option<String>,
    done: Option<String>,
    format: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

pub(super) async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let sellers = settlement::sellers(&app.cx, &staff.actor).await?;
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = settlement::list(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let payouts = payout::list(&app.cx, &staff.actor, PageRequest::new(None, FEW)).await?.items;
    let (cx, t) = (&frame.cx, Words::of(frame.cx.locale));
    let key = kernel::encode_base32(app.cx.id());
    let body = html! {
        (frame::done(cx, wish.done.as_deref()))
        (card::card("sellers", t.sellers, None, seller_rows(cx, &sellers, &key)))
        (card::card("settlements", t.settlements, None, html! {
            p.muted.sm { (t.rule) }
            (settlement_rows(cx, &items))
            (table::pager(cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
            @if cx.may(Permission::BookLedger) {
                (form::form(cx, "run", "/console/settlements/run", None, html! { button.btn.sec { (t.btn_run) } }))
            }
        }))
        (card::card("payouts", t.payouts, None, payout_rows(cx, &payouts)))
        @if cx.may(Permission::BookLedger) { (card::card("agree", t.agree, None, agreement_form(cx, &tried))) }
    };
    Ok(frame.form_page(t.title, NAV, &tried, body))
}

fn seller_rows(cx: &PageCx, sellers: &[SellerView], key: &str) -> Markup {
    let t = Words::of(cx.locale);
    let row = |(at, view): (usize, &SellerView)| {
        let Agreement { seller, currency, bank, version, rhythm, commission_bp, .. } = &view.agreement;
        let pay = html! {
            @if view.payable.is_positive() && cx.may(Permission::BookLedger) {
                (form::form(cx, &format!("pay-{at}"), PAYOUTS, None, html! {
                    input type="hidden" name="key" value={ (key) "-" (at) };
                    input type="hidden" name="seller" value=(seller);
                    input type="hidden" name="currency" value=(currency.code());
                    button.btn.small { (t.btn_pay) }
                }))
            }
        };
        Row::new(vec![
            html! { code { (seller) } " " (currency.code()) },
            html! { (rhythm_word(t, *rhythm)) },
            html! { span.num { (percent(*commission_bp)) } },
            html! { (bank.bank) " " span.num { (bank.masked()) } " · " (t.version(*version)) },
            money::money(view.revenue),
            money::money(view.payable),
            money::money(view.sent),
            pay,
        ])
    };
    let columns = vec![
        Column::new(t.seller),
        Column::new(t.rhythm),
        Column::number(t.rate),
        Column::new(t.to_account),
        Column::number(t.revenue),
        Column::number(t.payable),
        Column::number(t.sent),
        Column::new(t.payouts),
    ];
    frame::table(cx, t.sellers, columns, sellers.iter().enumerate().map(row).collect())
}

const fn rhythm_word(t: &Words, rhythm: Rhythm) -> &'static str {
    match rhythm {
        Rhythm::Daily => t.daily,
        Rhythm::Weekly => t.weekly,
        Rhythm::Monthly => t.monthly,
    }
}

/// Basis points as percent: 250 is `2.50`, which is how two decimals of anything are written.
fn percent(basis_points: i64) -> String {
    Money::cny(basis_points).to_decimal()
}

fn days(one: &Settlement) -> (String, String) {
    (time::date_text(one.from), time::date_text(one.to.minus(DAY)))
}

fn settlement_rows(cx: &PageCx, items: &[Settlement]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |one: &Settlement| {
        let target = format!("{PATH}/{}", one.id);
        let (from, to) = days(one);
        Row::new(vec![
            link(&target, &t.days(&from, &to)),
            html! { code { (one.seller) } },
            money::money(one.carried_in),
            money::money(one.turnover),
            money::money(one.commission),
            money::money(one.payable),
            money::money(one.carried_out),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.period),
        Column::new(t.seller),
        Column::number(t.carried_in),
        Column::number(t.turnover),
        Column::number(t.commission),
        Column::number(t.payable),
        Column::number(t.carried_out),
    ];
    frame::table(cx, t.settlements, columns, items.iter().map(row).collect())
}

/// What is usual stands there until something else is chosen.
fn first<'a>(field: Field<'a>, usual: &'a str) -> Field<'a> {
    if field.value.is_empty() { field.value(usual) } else { field }
}

fn agreement_form(cx: &PageCx, tried: &Tried) -> Markup {
    let (t, l) = (Words::of(cx.locale), LedgerWords::of(cx.locale));
    let rhythms: Vec<Choice<'_>> =
        Rhythm::ALL.iter().map(|one| Choice::new(one.code(), rhythm_word(t, *one))).collect();
    let currencies: Vec<Choice<'_>> =
        Currency::ALL.iter().map(|one| Choice::new(one.code(), one.code())).collect();
    form::form(
        cx,
        "agree-form",
        PATH,
        None,
        html! {
            (tried.field("seller", t.seller).text(cx, 40))
            (first(tried.field("currency", l.currency), ledger::HOUSE_CURRENCY.code()).select(cx, &currencies))
            (tried.field("commission_bp", t.rate).hint(t.rate_hint).text(cx, 6))
            (first(tried.field("rhythm", t.rhythm), Rhythm::Monthly.code()).select(cx, &rhythms))
            (tried.field("holder", t.holder).text(cx, 80))
            (tried.field("bank", t.bank).text(cx, 80))
            (tried.field("account", t.account).text(cx, 34))
            button.btn { (t.btn_agree) }
        },
    )
}

async fn agree(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let result = agreed(&app, &staff, &form).await.map(|()| format!("{PATH}?done=noted"));
    let wish = Wish::default();
    frame::answer(result, &form, "seller", |tried| show(&app, &staff, &wish, tried)).await
}

async fn agreed(app: &App, staff: &Staff, form: &PostForm) -> Result<(), Refused> {
    let (zh, en) = (Words::of(kernel::Locale::Zh).rate_wrong, Words::of(kernel::Locale::En).rate_wrong);
    let wrong = || FieldError::new("/commission_bp", "web.ledger_field", zh, en);
    // Percent with two decimals reads as yuan does.
    let rate = Money::parse(form.get("commission_bp"), Currency::CNY)
        .map_err(|_| Refused::from(EdgeError::Shape { fields: vec![wrong()] }))?;
    let currency = Currency::from_code(form.get("currency")).unwrap_or(ledger::HOUSE_CURRENCY);
    let seller = form.get("seller").trim().to_owned();
    let known = settlement::sellers(&app.cx, &staff.actor).await?;
    let same = |view: &&SellerView| view.agreement.seller == seller && view.agreement.currency == currency;
    let version = known.iter().find(same).map_or(0, |view| view.agreement.version);
    let text = |name: &str| form.get(name).trim().to_owned();
    let new = NewAgreement {
        currency,
        commission_bp: rate.minor,
        rhythm: Rhythm::from_code(form.get("rhythm")).unwrap_or(Rhythm::Monthly),
        bank: Bank { holder: text("holder"), bank: text("bank"), account: text("account") },
        version,
        seller,
    };
    settlement::agree(&app.cx, &staff.actor, new).await?;
    Ok(())
}

async fn run(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let result = settlement::run(&app.cx, &staff.actor).await;
    let target = result.map(|_| format!("{PATH}?done=noted")).map_err(Refused::from);
    let wish = Wish::default();
    frame::answer(target, &form, "seller", |tried| show(&app, &staff, &wish, tried)).await
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Refused> {
    let id: SettlementId = frame::id(&id)?;
    let found = settlement::get(&app.cx, &staff.actor, id).await?;
    let lines = settlement::lines(&app.cx, &staff.actor, &found).await?;
    if wish.format.as_deref() == Some("csv") {
        let (from, to) = days(&found);
        let name = format!("settlement-{}-{from}-{to}", found.seller);
        return Ok(csv::answer(&name, &file(&staff, &found, &lines), Mark::With));
    }
    let frame = Frame::load(&app, &staff).await?;
    let t = Words::of(frame.cx.locale);
    let (from, to) = days(&found);
    let title = format!("{} {}", found.seller, t.days(&from, &to));
    Ok(frame.page(&title, NAV, html! {}, detail(&frame.cx, &found, &lines)).into_response())
}

fn detail(cx: &PageCx, one: &Settlement, lines: &[SettlementLine]) -> Markup {
    let (t, l) = (Words::of(cx.locale), LedgerWords::of(cx.locale));
    let rows = [
        (t.carried_in, one.carried_in),
        (t.turnover, one.turnover),
        (t.commission, one.commission),
        (t.payable, one.payable),
        (t.carried_out, one.carried_out),
    ];
    let line = |line: &SettlementLine| {
        Row::new(vec![
            time::second(line.at),
            html! { (line.kind.label(cx.locale)) },
            money::plain(line.amount),
            money::plain(line.commission),
            order_link(line.order),
            html! { code { (line.transfer) } },
        ])
    };
    let columns = vec![
        Column::new(l.when_beijing),
        Column::new(l.what),
        Column::number(l.amount),
        Column::number(t.commission),
        Column::new(l.order),
        Column::new(l.transfer),
    ];
    html! {
        p { (link(PATH, t.title)) }
        (card::plain(html! {
            dl.sum { @for (term, value) in rows { div { dt { (term) } dd { (money::money(value)) } } } }
            p.muted.sm { (t.rate) " " (percent(one.commission_bp)) " · " (t.rule) }
            p { (link(&format!("{PATH}/{}?format=csv", one.id), t.csv)) }
        }))
        (card::card("lines", t.lines, None, frame::table(cx, t.lines, columns, lines.iter().map(line).collect())))
    }
}

/// What the seller gets.
fn file(staff: &Staff, one: &Settlement, lines: &[SettlementLine]) -> Vec<Vec<Cell>> {
    let (t, l) = (Words::of(staff.locale), LedgerWords::of(staff.locale));
    let head = [l.when, l.what, l.amount, t.commission, l.order, l.transfer];
    let mut rows: Vec<Vec<Cell>> = vec![head.into_iter().map(Cell::text).collect()];
    rows.extend(lines.iter().map(|line| {
        vec![
            Cell::text(line.at.to_rfc3339()),
            Cell::text(line.kind.label(staff.locale)),
            Cell::money(line.amount),
            Cell::money(line.commission),
            Cell::text(line.order.map(kernel::order_number).unwrap_or_default()),
            Cell::text(line.transfer.to_string()),
        ]
    }));
    for (label, amount) in [
        (t.carried_in, one.carried_in),
        (t.turnover, one.turnover),
        (t.commission, one.commission),
        (t.payable, one.payable),
        (t.carried_out, one.carried_out),
    ] {
        rows.push(vec![Cell::text(label), Cell::text(one.turnover.currency.code()), Cell::money(amount)]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use ledger::settlement::AgreementId;

    use super::*;
    use crate::console::tests::{NOW, each_language};

    #[test]
    fn a_settlement_says_what_was_carried_taken_and_owed_by_which_rule() {
        each_language(|cx| {
            let one = Settlement {
                id: SettlementId(5),
                seller: "telecom".to_owned(),
                from: NOW,
                to: Timestamp(NOW.0).plus(DAY),
                agreement: AgreementId(1),
                commission_bp: 250,
                carried_in: Money::cny(-1_000),
                turnover: Money::cny(11_000),
                commission: Money::cny(250),
                payable: Money::cny(9_750),
                carried_out: Money::cny(0),
                created_at: NOW,
            };
            let page = detail(cx, &one, &[]).into_string();
            for part in ["−¥10.00", "¥110.00", "¥2.50", "¥97.50", "2.50", Words::of(cx.locale).rule] {
                assert!(page.contains(part), "{part}");
            }
            page + &settlement_rows(cx, &[one]).into_string()
        });
    }
}
