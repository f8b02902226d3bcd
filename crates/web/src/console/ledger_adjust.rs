//! Corrections by hand: one person asks and sees what will be booked, another decides (W1).

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kernel::{AccountId, Currency, FieldError, Money, Page, Permission};
use ledger::adjustment::{self, Adjustment, AdjustmentId, AdjustmentState, NewAdjustment, Side, Wanted};
use maud::{Markup, html};
use serde::Deserialize;

use super::access::{Routes, Staff};
use super::frame::{self, Frame, People, ROWS, Tried, next_href};
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{PostForm, Refused, seal};
use crate::i18n::LedgerWords as Words;
use crate::ui::console::ConsoleNav;
use crate::ui::form::Choice;
use crate::ui::table::{self, Column, Row};
use crate::ui::{Kind, PageCx, card, form, link, money, status, time};

const PATH: &str = "/console/adjustments";
const NAV: ConsoleNav = ConsoleNav::Adjustments;
const LIST: &str = "console.adjustments";

pub(crate) fn routes() -> Routes {
    let (read, book, check) = (Permission::ReadLedger, Permission::BookLedger, Permission::ApproveLedger);
    Routes::new()
        .get(PATH, read, page)
        .post(PATH, book, ask)
        .get("/console/adjustments/{id}", read, one)
        .post("/console/adjustments/{id}/approve", check, approve)
        .post("/console/adjustments/{id}/refuse", check, refuse)
        .post("/console/adjustments/{id}/withdraw", book, withdraw)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Wish {
    after: Option<String>,
    done: Option<String>,
    /// What is to be reversed, when the entries of an account led here.
    transfer: Option<String>,
}

async fn page(State(app): State<App>, staff: Staff, Query(wish): Query<Wish>) -> Result<Markup, Refused> {
    show(&app, &staff, &wish, Tried::default()).await
}

async fn show(app: &App, staff: &Staff, wish: &Wish, tried: Tried) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(PATH);
    let request = seal::page(app, LIST, wish.after.as_deref(), None, ROWS)?;
    let Page { items, next } = adjustment::list(&app.cx, &staff.actor, request).await?;
    let next = next_href(app, LIST, PATH, &[], next);
    let mut named: Vec<AccountId> = items.iter().map(|item| item.maker).collect();
    named.extend(items.iter().filter_map(|item| item.checker));
    let people = People::load(app, staff, named.into_iter()).await?;
    let key = kernel::encode_base32(app.cx.id());
    let body = html! {
        (frame::done(&frame.cx, wish.done.as_deref()))
        (rows(&frame.cx, &people, &items))
        (table::pager(&frame.cx, wish.after.as_deref().map(|_| PATH), next.as_deref()))
        @if frame.cx.may(Permission::BookLedger) { (asking(&frame.cx, &tried, wish.transfer.as_deref().unwrap_or_default(), &key)) }
    };
    Ok(frame.form_page(Words::of(frame.cx.locale).adjustments, NAV, &tried, body))
}

fn rows(cx: &PageCx, people: &People, items: &[Adjustment]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |item: &Adjustment| {
        let target = format!("{PATH}/{}", item.id);
        Row::new(vec![
            link(&target, &item.id.to_string()),
            html! { @if item.reverses.is_some() { (t.reverse) } @else { (t.ask) } },
            money::money(item.amount),
            state(cx, item.state),
            html! { (people.name(item.maker)) },
            html! { @match item.checker { Some(id) => { (people.name(id)) } None => { "—" } } },
            time::stamp(cx, item.created_at),
        ])
        .href(target)
    };
    let columns = vec![
        Column::new(t.number),
        Column::new(t.what),
        Column::number(t.amount),
        Column::new(t.state),
        Column::new(t.maker),
        Column::new(t.checker),
        Column::new(t.asked),
    ];
    frame::table(cx, t.adjustments, columns, items.iter().map(row).collect())
}

fn state(cx: &PageCx, state: AdjustmentState) -> Markup {
    let t = Words::of(cx.locale);
    match state {
        AdjustmentState::Waiting => status::tag(Kind::Warn, t.waiting),
        AdjustmentState::Booked => status::tag(Kind::Ok, t.booked),
        AdjustmentState::Refused => status::tag(Kind::Bad, t.refused),
        AdjustmentState::Withdrawn => status::tag(Kind::Info, t.withdrawn),
        AdjustmentState::Expired => status::tag(Kind::Info, t.expired),
    }
}

/// Two forms: a reversal, and a booking between two accounts.
fn asking(cx: &PageCx, tried: &Tried, transfer: &str, key: &str) -> Markup {
    let t = Words::of(cx.locale);
    let currencies: Vec<Choice<'_>> =
        Currency::ALL.iter().map(|currency| Choice::new(currency.code(), currency.code())).collect();
    let mut currency = tried.field("currency", t.currency);
    if currency.value.is_empty() {
        currency = currency.value(ledger::HOUSE_CURRENCY.code());
    }
    let mut reversed = tried.field("transfer", t.transfer).hint(t.reverse_hint);
    if reversed.value.is_empty() {
        reversed = reversed.value(transfer);
    }
    html! {
        div.two.even {
            (card::card("reverse", t.reverse, None, form::form(cx, "reverse-form", PATH, None, html! {
                input type="hidden" name="key" value=(key);
                (reversed.text(cx, 40))
                (frame::reason_field(cx, tried, "reason"))
                button.btn { (t.btn_ask) }
            })))
            (card::card("ask", t.ask, None, form::form(cx, "ask-form", PATH, None, html! {
                input type="hidden" name="key" value=(key);
                (tried.field("debit", t.debit).hint(t.account_hint).text(cx, 80))
                (tried.field("credit", t.credit).hint(t.account_hint).text(cx, 80))
                (tried.field("amount", t.amount).text(cx, 20))
                (currency.select(cx, &currencies))
                (tried.field("booking_reason", t.reason).textarea(cx, 500))
                button.btn { (t.btn_ask) }
            })))
        }
    }
}

async fn ask(State(app): State<App>, staff: Staff, form: PostForm) -> Result<Response, Refused> {
    let reverses = form.has("transfer");
    let focus = if reverses { "reason" } else { "booking_reason" };
    let result = asked(&app, &staff, &form, focus).await;
    let target = result.map(|id| format!("{PATH}/{id}?done=asked"));
    let wish = Wish::default();
    frame::answer(target, &form, focus, |tried| show(&app, &staff, &wish, tried)).await
}

async fn asked(app: &App, staff: &Staff, form: &PostForm, reason: &str) -> Result<AdjustmentId, Refused> {
    let wanted = if form.has("transfer") {
        let id = form.get("transfer").trim().parse();
        Wanted::Reversal(id.map_err(|_| wrong("transfer", |t| t.transfer_wrong))?)
    } else {
        let currency = Currency::from_code(form.get("currency")).unwrap_or(ledger::HOUSE_CURRENCY);
        let amount = Money::parse(form.get("amount"), currency);
        Wanted::Booking {
            debit: form.get("debit").to_owned(),
            credit: form.get("credit").to_owned(),
            amount: amount.map_err(|_| wrong("amount", |t| t.amount_wrong))?,
        }
    };
    let (reason, key) = (form.get(reason).to_owned(), form.get("key").to_owned());
    Ok(adjustment::request(&app.cx, &staff.actor, NewAdjustment { wanted, reason, key }).await?.id)
}

/// A control that does not read.
fn wrong(name: &str, words: fn(&'static Words) -> &'static str) -> Refused {
    let (zh, en) = (words(Words::of(kernel::Locale::Zh)), words(Words::of(kernel::Locale::En)));
    EdgeError::Shape { fields: vec![FieldError::new(format!("/{name}"), "web.ledger_field", zh, en)] }.into()
}

async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Markup, Refused> {
    show_one(&app, &staff, frame::id(&id)?, wish.done.as_deref(), Tried::default()).await
}

async fn show_one(
    app: &App,
    staff: &Staff,
    id: AdjustmentId,
    done: Option<&str>,
    tried: Tried,
) -> Result<Markup, Refused> {
    let frame = Frame::load(app, staff).await?.at(format!("{PATH}/{id}"));
    let item = adjustment::get(&app.cx, &staff.actor, id).await?;
    let sides = adjustment::sides(&app.cx, &staff.actor, &item).await?;
    let people = People::load(app, staff, [Some(item.maker), item.checker].into_iter().flatten()).await?;
    let body = html! {
        (frame::done(&frame.cx, done))
        (detail(&frame, &people, &item, &sides, &tried))
    };
    Ok(frame.form_page(&item.id.to_string(), NAV, &tried, body))
}

fn detail(frame: &Frame, people: &People, item: &Adjustment, sides: &[Side; 2], tried: &Tried) -> Markup {
    let (cx, t) = (&frame.cx, Words::of(frame.cx.locale));
    let waits = item.state == AdjustmentState::Waiting;
    let own = frame.me == Some(item.maker);
    let path = format!("{PATH}/{}", item.id);
    html! {
        p { (link(PATH, t.adjustments)) " " (state(cx, item.state)) }
        (card::card("facts", t.reason, None, html! {
            p { (item.reason) }
            p.muted { (t.maker) " " (people.name(item.maker)) " · " (time::full(cx, item.created_at)) }
            @if let Some(checker) = item.checker { p.muted { (t.checker) " " (people.name(checker)) } }
            @if let Some(original) = item.reverses { p.muted { (t.reverse) " " code { (original) } } }
            @if let Some(booked) = item.transfer { p.muted { (t.transfer) " " code { (booked) } } }
        }))
        (card::card("diff", t.diff, None, diff(cx, item, sides, waits)))
        @if waits && own && cx.may(Permission::BookLedger) {
            p.muted { (t.own) }
            (form::form(cx, "withdraw", &format!("{path}/withdraw"), None, html! { button.btn.sec { (t.btn_withdraw) } }))
        } @else if waits && cx.may(Permission::ApproveLedger) {
            (form::form(cx, "approve", &format!("{path}/approve"), None, html! { button.btn { (t.btn_approve) } }))
            (form::form(cx, "refuse", &format!("{path}/refuse"), None, html! {
                (frame::reason_field(cx, tried, "reason"))
                button.btn.danger { (t.btn_refuse) }
            }))
        }
    }
}

/// Both accounts with what stands there now and what will.
fn diff(cx: &PageCx, item: &Adjustment, sides: &[Side; 2], waits: bool) -> Markup {
    let t = Words::of(cx.locale);
    let row = |(label, side): (&str, &Side)| {
        let mut cells = vec![
            html! { (label) },
            html! { code { (side.code) } },
            money::money(item.amount),
            money::money(side.now.posted),
        ];
        if waits {
            cells.push(money::money(side.after));
        }
        Row::new(cells)
    };
    let mut columns =
        vec![Column::new(t.what), Column::new(t.code), Column::number(t.amount), Column::number(t.now)];
    if waits {
        columns.push(Column::number(t.after));
    }
    let [debit, credit] = sides;
    frame::table(cx, t.diff, columns, [(t.debit, debit), (t.credit, credit)].into_iter().map(row).collect())
}

async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AdjustmentId = frame::id(&id)?;
    let result = adjustment::approve(&app.cx, &staff.actor, id).await.map(|_| ()).map_err(Refused::from);
    after(&app, &staff, id, &form, result).await
}

async fn refuse(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AdjustmentId = frame::id(&id)?;
    let result = adjustment::refuse(&app.cx, &staff.actor, id, form.get("reason")).await;
    after(&app, &staff, id, &form, result.map_err(Refused::from)).await
}

async fn withdraw(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    form: PostForm,
) -> Result<Response, Refused> {
    let id: AdjustmentId = frame::id(&id)?;
    let result = adjustment::withdraw(&app.cx, &staff.actor, id).await;
    after(&app, &staff, id, &form, result.map_err(Refused::from)).await
}

async fn after(
    app: &App,
    staff: &Staff,
    id: AdjustmentId,
    form: &PostForm,
    result: Result<(), Refused>,
) -> Result<Response, Refused> {
    let target = result.map(|()| format!("{PATH}/{id}?done=decided"));
    frame::answer(target, form, "reason", |tried| show_one(app, staff, id, None, tried)).await
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use ledger::{Balance, HoldId, LedgerAccountId};

    use super::*;
    use crate::console::tests::{NOW, each_frame};

    fn sample(maker: i64) -> Adjustment {
        Adjustment {
            id: AdjustmentId(5),
            reverses: None,
            debit: LedgerAccountId(1),
            credit: LedgerAccountId(2),
            amount: Money::cny(500),
            customer: None,
            hold: HoldId(3),
            reason: "客户误充值".to_owned(),
            state: AdjustmentState::Waiting,
            maker: AccountId(maker),
            checker: None,
            transfer: None,
            created_at: NOW,
            expires_at: Timestamp(i64::MAX),
            decided_at: None,
        }
    }

    #[test]
    fn w1_whoever_asked_sees_no_button_to_approve_and_both_see_what_will_be_booked() {
        each_frame(|frame| {
            let side = |code: &str, now, after| Side {
                code: code.to_owned(),
                now: Balance { posted: Money::cny(now), held: Money::cny(0), available: Money::cny(now) },
                after: Money::cny(after),
            };
            let sides = [side("adjustment:goodwill", 0, 500), side("customer:x:wallet", 100, 600)];
            let people = People::default();
            let (other, own) = (sample(7), sample(99));
            let page = |item| detail(frame, &people, item, &sides, &Tried::default()).into_string();
            let (theirs, mine) = (page(&other), page(&own));
            assert!(
                theirs.contains("/approve") && theirs.contains("/refuse") && !theirs.contains("/withdraw")
            );
            assert!(!mine.contains("/approve") && !mine.contains("/refuse") && mine.contains("/withdraw"));
            assert!(theirs.contains("¥6.00") && theirs.contains("¥1.00"));
            let led_here = asking(&frame.cx, &Tried::default(), "trf_7", "k").into_string();
            assert!(led_here.contains("value=\"trf_7\""), "the transfer to reverse is filled in: {led_here}");
            theirs + &mine + &led_here
        });
    }
}
